"""Offers and credits as a profile has them: in the words of the seller, with their clauses, checked on input."""

import datetime
import re
from collections.abc import Iterator, Sequence
from typing import Literal

from advisor.profiles.limits import (
    LEAST_USD_PER_HOUR,
    LEAST_USD_PER_NODE,
    LONGEST_TERM_MONTHS,
    MAX_GPUS,
    MAX_NODES,
    MAX_PLAN_MONTHS,
    MOST_USD_PER_HOUR,
    MOST_USD_PER_NODE,
)
from advisor.values.printable_text import Text
from advisor.values.validated import Validated, field

QuoteOption = Literal[
    "on-demand", "reserved", "block", "spot", "committed-spend", "buy", "buy-used", "hosted", "lease",
    "loan", "sale-leaseback",
]  # fmt: skip
CreditOption = Literal["on-demand", "spot"]
PriceUnit = Literal[
    "gpu-hour", "node-hour", "rack-hour", "gpu-day", "node-day", "gpu-month", "node-month", "rack-month", "month",
    "total", "gpu", "node", "rack",
]  # fmt: skip
SIGNED = ("reserved", "block", "committed-spend")  # for a term
BOUGHT = ("buy", "buy-used")
FINANCED = ("lease", "loan", "sale-leaseback")
PAID_MONTHLY = (*FINANCED, "hosted")  # payments beside the price of the hardware
RENTAL_UNITS: tuple[PriceUnit, ...] = (
    "gpu-hour", "node-hour", "gpu-day", "node-day", "gpu-month", "node-month", "month", "total",
)  # fmt: skip
MAX_TERM_DAYS = 1825
DAYS_OF_A_MONTH = 30  # below, a term is counted in days rather than rounded to months
# Clauses: fields that a contract may have or not, each priced alone.
CLAUSES = (
    "free_months", "step_down", "prepaid", "upfront", "termination_fee_share", "notice_months", "refund_share",
    "indexed", "rerate_months", "most_favored", "extension_months", "may_sublet", "least_use_share",
    "sla_credit_share", "delay_credit_share_per_month", "refresh_gain_share",
)  # fmt: skip
Step = tuple[int, float]


class Quote(Validated):
    """An offer in hand, beside the list prices."""

    option: QuoteOption = field(
        ...,
        "",
        "what is offered: on-demand, reserved, block (for days or weeks, paid when it is booked), spot, "
        "committed-spend, buy, buy-used, hosted (hardware that its seller runs for you), lease, loan or sale-leaseback "
        "(a lessor buys the hardware from you at `price`)",
    )
    gpu: Text | None = field(None, "", "the GPU it is about; needed where the work is on several", label="GPU")
    months: int | None = field(None, "months", "term of the offer", ge=1, le=LONGEST_TERM_MONTHS)
    days: int | None = field(None, "days", "term of the offer, in place of months", ge=1, le=MAX_TERM_DAYS)
    usd_per_gpu_hour: float | None = field(
        None,
        "USD/GPU-h",
        "rate of a rental offer",
        ge=LEAST_USD_PER_HOUR,
        le=MOST_USD_PER_HOUR,
        label="price per GPU-hour",
    )
    usd_per_node: float | None = field(
        None, "USD/node", "price of a node", ge=LEAST_USD_PER_NODE, le=MOST_USD_PER_NODE, label="price per node"
    )
    price: float | None = field(None, "", "price as the seller writes it, per `per`, in `currency`", gt=0, le=1e12)
    per: PriceUnit | None = field(
        None,
        "",
        "what `price` is for: gpu-hour, node-hour, rack-hour, gpu-day, node-day, gpu-month, node-month, rack-month, "
        "month (all of it a month), total; of hardware gpu, node, rack or total",
    )
    currency: Text = field(
        "USD", "", "currency of price, upfront, setup_fee and payments, as three letters", min_length=3
    )
    usd_per_currency: float | None = field(
        None, "USD", "what one unit of the currency costs", gt=0, le=1e4, label="exchange rate"
    )
    currency_date: datetime.date | None = field(None, "", "day of that rate")
    nodes: int | None = field(None, "nodes", "offered for exactly that many nodes", ge=1, le=MAX_NODES)
    gpus: int | None = field(None, "GPUs", "the same in GPUs, in place of nodes", label="GPUs", ge=1, le=MAX_GPUS)
    least_nodes: int | None = field(None, "nodes", "offered for at least that many nodes", ge=1, le=MAX_NODES)
    node_gpus: int | None = field(
        None,
        "GPUs",
        "GPUs of the machine or rack that the price is for; by default those of a node",
        ge=1,
        le=1024,
        label="GPUs of a node",
    )
    start_month: int | None = field(
        None, "months", "months from now until it starts; by default with the work", ge=0, lt=MAX_PLAN_MONTHS
    )
    starts: datetime.date | None = field(None, "", "the day on which it starts, counted from `date`")
    valid_until: datetime.date | None = field(None, "", "last day on which it can be accepted")
    prepaid: float | None = field(None, "share", "prepaid share", book="rental.prepaid_share", ge=0, le=1)
    upfront: float | None = field(
        None, "", "amount paid at the start, in `currency`; the price is paid beside it", ge=0, le=1e12
    )
    setup_fee: float | None = field(
        None, "", "fee paid once at the start, for all of it, in `currency`; the price is paid beside it", gt=0, le=1e12
    )
    payments: float | None = field(
        None, "", "of a lease, loan or hosting: what is paid a month, in `currency`", gt=0, le=1e11
    )
    residual_share: float | None = field(
        None, "share", "of a lease: price of the hardware at its end, as a share of `price`", ge=0, lt=1
    )
    free_months: int | None = field(None, "months", "clause: the first months are free", ge=0, le=59)
    step_down: tuple[Step, ...] = field(
        (), "", "clause: [[month, share], ...], from that month of the term the price is lower by that share",
        max_length=60,
    )  # fmt: skip
    termination_fee_share: float | None = field(
        None, "share", "clause: you may leave for this share of the payments left", ge=0, le=1
    )
    notice_months: int | None = field(None, "months", "clause: months that are paid after you leave", ge=0, le=60)
    refund_share: float | None = field(
        None, "share", "clause: share of what is prepaid for the months left that you get back on leaving", ge=0, le=1
    )
    indexed: float | None = field(
        None, "share", "clause: share of the moves of the market that the price follows", ge=0, le=1
    )
    rerate_months: int | None = field(
        None,
        "months",
        "clause: after each such number of months the rate is the list price of then if that is lower",
        ge=1,
        le=60,
    )
    most_favored: bool | None = field(
        None, "", "clause: each month the rate is the price of the same term for new customers if that is lower"
    )
    extension_months: int | None = field(
        None, "months", "clause: you may extend the term once, by these months at the same rate", ge=0, le=36
    )
    may_sublet: bool | None = field(
        None, "", "clause: whether it lets you sublet; left out: the book's chance that it does"
    )
    least_use_share: float | None = field(
        None, "share", "clause: share of the hours that is paid for even if unused; left out: all", ge=0, le=1
    )
    sla_credit_share: float | None = field(
        None, "share", "clause: share of the price of lost hours that is credited", ge=0, le=1
    )
    delay_credit_share_per_month: float | None = field(
        None, "share", "clause: share of a month's price that is credited for each month it starts late", ge=0, le=3
    )
    refresh_gain_share: float | None = field(
        None, "share", "clause: what newer hardware at the same rate does more than today's", ge=0, le=10
    )
    refresh_month: int | None = field(
        None, "months", "clause: month of the term from which there is newer hardware", ge=1, le=59
    )
    tier: Text = field("", "", "the seller's tier or product, in your own words")
    from_: Text = field("", "", "who made the offer", alias="from")
    date: datetime.date | None = field(None, "", "day of the offer")

    @property
    def term_months(self) -> int | None:
        """Its term in whole months, a term in days rounded to at least one; None without a term."""
        if self.days is not None:
            return max(1, round(self.days * 12 / 365))
        return self.months

    @property
    def clauses(self) -> tuple[str, ...]:
        """The names of the clauses that it has."""
        return tuple(name for name in CLAUSES if getattr(self, name) not in (None, ()))

    @property
    def says_what_is_prepaid(self) -> bool:
        """Whether it says how much of its price is paid at the start."""
        return self.option == "block" or self.prepaid is not None or self.upfront is not None

    @property
    def kind_id(self) -> str:
        """What is offered, as the first part of its id: `reserved-12m`."""
        if self.option not in SIGNED:
            return self.option
        length = f"{self.days}d" if self.days is not None and self.days < DAYS_OF_A_MONTH else f"{self.term_months}m"
        return f"{self.option.removesuffix('-spend')}-{length}"

    def _check(self) -> None:
        for problem in _problems(self):
            raise ValueError(problem)


def offer_ids(quotes: Sequence[Quote]) -> tuple[str, ...]:
    """The id of each offer: what is offered and who offers it, numbered where several are alike.

    >>> offer_ids([Quote(option="reserved", months=12, usd_per_gpu_hour=2.3, from_="Acme GPU")] * 2)
    ('reserved-12m-acme-gpu', 'reserved-12m-acme-gpu-2')
    """
    found: list[str] = []
    for quote in quotes:
        seller = re.sub(r"[^a-z0-9]+", "-", quote.from_.lower())[:24].strip("-") or "offer"
        seller = "prepaid-seller" if seller == "prepaid" else seller  # `-prepaid` ends the ids of listed contracts
        name, number = f"{quote.kind_id}-{seller}", 1
        while (name if number == 1 else f"{name}-{number}") in found:
            number += 1
        found.append(name if number == 1 else f"{name}-{number}")
    return tuple(found)


def _problems(quote: Quote) -> Iterator[str]:
    """What is wrong with an offer, as "found; allowed: ..."; only the first is reported."""
    yield from _of_price(quote)
    yield from _of_size(quote)
    yield from _of_term(quote)
    yield from _of_currency(quote)
    yield from _of_payment(quote)
    yield from _of_clauses(quote)


def _of_price(quote: Quote) -> Iterator[str]:
    option, given = quote.option, [n for n in ("usd_per_gpu_hour", "usd_per_node", "price") if getattr(quote, n)]
    buying = option in BOUGHT or option in PAID_MONTHLY
    wanted = "usd_per_node" if buying else "usd_per_gpu_hour"
    if len(given) != 1 or given[0] not in (wanted, "price"):
        found = " and ".join(given) or "no price"
        yield f"{found} in a quote {option!r}; allowed: one of {wanted} and price"
    if (quote.price is None) != (quote.per is None):
        yield f"{'per' if quote.price is None else 'price'} alone; allowed: price and per together"
    if quote.per is None:
        return
    if buying != (quote.per in ("gpu", "node", "rack")) and quote.per != "total":
        units = "gpu, node, rack or total" if buying else "a unit of time, or total"
        yield f"per {quote.per!r} in a quote {option!r}; allowed: {units}"
    if quote.per in ("month", "total") and quote.nodes is None and quote.gpus is None:
        yield f"per {quote.per!r} without a size; allowed: also nodes or gpus"
    if quote.per == "total" and not buying and option not in SIGNED:
        yield f"per 'total' in a quote {option!r}; allowed: a unit of time"
    if quote.per.startswith("rack") and quote.node_gpus is None:
        yield f"per {quote.per!r} without node_gpus; allowed: also node_gpus, the GPUs of a rack"


def _of_size(quote: Quote) -> Iterator[str]:
    if quote.nodes is not None and quote.gpus is not None:
        yield "nodes and gpus in a quote; allowed: one of the two"
    if quote.least_nodes is not None and (quote.nodes is not None or quote.gpus is not None):
        yield "least_nodes beside an exact size; allowed: one of nodes, gpus and least_nodes"
    if quote.node_gpus is not None and quote.price is None:
        yield "node_gpus without price; allowed: node_gpus with price and per"


def _of_term(quote: Quote) -> Iterator[str]:
    if quote.months is not None and quote.days is not None:
        yield "months and days in a quote; allowed: one of the two"
    has_term, wants = quote.term_months is not None, quote.option in SIGNED or quote.option in PAID_MONTHLY
    if has_term != wants:
        allowed = "also months or days" if wants else "no months or days"
        yield f"{'a' if has_term else 'no'} term in a quote {quote.option!r}; allowed: {allowed}"
    if quote.option in PAID_MONTHLY and quote.days is not None:
        yield f"days in a quote {quote.option!r}; allowed: months"
    starting = quote.start_month is not None or quote.starts is not None
    if quote.start_month is not None and quote.starts is not None:
        yield "start_month and starts in a quote; allowed: one of the two"
    if starting and quote.option not in SIGNED:
        yield f"a start in a quote {quote.option!r}; allowed: only with {', '.join(SIGNED)}"
    if quote.starts is not None and quote.date is None:
        yield "starts without date; allowed: also date, the day of the offer, or start_month in its place"
    if quote.starts is not None and quote.date is not None and quote.starts < quote.date:
        yield f"starts {quote.starts} before the offer of {quote.date}; allowed: a later day"
    if quote.valid_until is not None and quote.date is not None and quote.valid_until < quote.date:
        yield f"valid_until {quote.valid_until} before the offer of {quote.date}; allowed: a later day"


def _of_currency(quote: Quote) -> Iterator[str]:
    if not (len(quote.currency) == 3 and quote.currency.isascii() and quote.currency.isupper()):
        yield f"currency {quote.currency!r}; allowed: three letters such as EUR"
    if quote.currency == "USD":
        if quote.usd_per_currency is not None or quote.currency_date is not None:
            yield "usd_per_currency in USD; allowed: only with another currency"
        return
    if quote.price is None:
        yield f"currency {quote.currency} with an amount in USD; allowed: price and per"
    if quote.usd_per_currency is None or quote.currency_date is None:
        missing = "usd_per_currency" if quote.usd_per_currency is None else "currency_date"
        yield f"currency {quote.currency} without {missing}; allowed: also usd_per_currency and currency_date"


def _of_payment(quote: Quote) -> Iterator[str]:
    option, signed = quote.option, quote.option in SIGNED
    unsized = quote.nodes is None and quote.gpus is None
    if quote.prepaid is not None and quote.upfront is not None:
        yield "prepaid and upfront in a quote; allowed: one of the two"
    if not signed and (quote.prepaid is not None or quote.upfront is not None):
        yield f"prepaid or upfront in a quote {option!r}; allowed: only with {', '.join(SIGNED)}"
    if quote.upfront is not None and unsized:
        yield "upfront without a size; allowed: also nodes or gpus, or prepaid as a share"
    if quote.upfront is not None and quote.per == "total" and quote.upfront > (quote.price or 0.0):
        yield f"upfront {quote.upfront:,g} of a total of {quote.price or 0.0:,g}; allowed: at most the total"
    if quote.setup_fee is not None and option not in (*SIGNED, *BOUGHT):
        yield f"setup_fee in a quote {option!r}; allowed: only with {', '.join((*SIGNED, *BOUGHT))}"
    if quote.setup_fee is not None and unsized:
        yield "setup_fee without a size; allowed: also nodes or gpus"
    if option == "block" and (quote.prepaid not in (None, 1.0) or quote.upfront is not None):
        yield "a block that is not paid when it is booked; allowed: no prepaid or upfront, or a quote 'reserved'"
    if option in PAID_MONTHLY and unsized:
        yield f"a quote {option!r} without a size; allowed: also nodes or gpus"
    if (option in PAID_MONTHLY) != (quote.payments is not None):
        found = "no payments" if quote.payments is None else "payments"
        yield f"{found} in a quote {option!r}; allowed: payments with {', '.join(PAID_MONTHLY)}, and only there"
    if quote.residual_share is not None and option not in ("lease", "sale-leaseback"):
        yield f"residual_share in a quote {option!r}; allowed: only with a lease or sale-leaseback"


def _of_clauses(quote: Quote) -> Iterator[str]:
    clauses = [name for name in quote.clauses if name not in ("prepaid", "upfront")]
    if quote.option not in SIGNED and clauses:
        yield f"{clauses[0]} in a quote {quote.option!r}; allowed: only with {', '.join(SIGNED)}"
        return
    term = quote.term_months or 1
    yield from _of_changing_prices(quote, term)
    yield from _of_endings(quote, term)
    if quote.option == "block" and quote.least_use_share is not None:
        yield "least_use_share in a block, which is paid when it is booked; allowed: a quote 'reserved'"
    if (quote.refresh_month is None) != (quote.refresh_gain_share is None):
        found = "refresh_month" if quote.refresh_gain_share is None else "refresh_gain_share"
        yield f"{found} alone; allowed: refresh_month and refresh_gain_share together"
    if quote.refresh_month is not None and quote.refresh_month >= term:
        yield f"refresh_month {quote.refresh_month} of a term of {term} months; allowed: a month before its end"


def _of_changing_prices(quote: Quote, term: int) -> Iterator[str]:
    """Clauses by which the price changes in the term, in months."""
    months, shares = [month for month, _ in quote.step_down], [share for _, share in quote.step_down]
    if quote.free_months is not None and quote.free_months >= term:
        yield f"free_months {quote.free_months} of a term of {term} months; allowed: fewer than the term"
    if months != sorted(set(months)):
        yield "step_down out of order; allowed: rising months"
    if shares != sorted(shares):
        yield "a step_down to a higher price; allowed: shares that rise, each from the first price"
    for month, share in quote.step_down:
        if not (1 <= month < term and 0 <= share < 1):
            yield f"[{month}, {share:g}] in step_down; allowed: months from 1 to {term - 1} and shares from 0 to 1"
    if quote.indexed and (quote.rerate_months is not None or quote.most_favored):
        yield "indexed with rerate_months or most_favored; allowed: one way to follow the market"
    if quote.rerate_months is not None and quote.most_favored:
        yield "rerate_months with most_favored; allowed: one of the two"
    if quote.rerate_months is not None and quote.rerate_months >= term:
        yield f"rerate_months {quote.rerate_months} of a term of {term} months; allowed: fewer than the term"


def _of_endings(quote: Quote, term: int) -> Iterator[str]:
    """Clauses on how the contract ends, after a term in months."""
    if quote.notice_months is not None and quote.notice_months > term:
        yield f"notice_months {quote.notice_months} of a term of {term} months; allowed: at most the term"
    if quote.notice_months is not None and quote.termination_fee_share == 1:
        yield "notice_months where all that is left is due (termination_fee_share 1); allowed: one of the two"
    if quote.refund_share is not None and quote.prepaid == 0:
        yield "refund_share with nothing prepaid; allowed: also prepaid or upfront"
    if quote.days is not None and quote.days < DAYS_OF_A_MONTH and quote.extension_months is not None:
        yield f"extension_months of a term of {quote.days} days; allowed: a term of {DAYS_OF_A_MONTH} days or more"


class Credit(Validated):
    """Credits of a seller: they pay for what they may, until they expire."""

    usd: float = field(..., "USD", "what is left of them", gt=0, le=1e10, label="credit")
    seller: Text = field("", "", "whose they are")
    product: Text = field("gpu", "", "what they pay for, in the seller's words")
    options: tuple[CreditOption, ...] = field(
        ("on-demand",),
        "",
        "which hours they pay for: on-demand, spot or both; commitments they rarely do",
        max_length=2,
    )
    expires_month: int | None = field(None, "months", "months from now until they expire", ge=0, le=120)
    expires: datetime.date | None = field(None, "", "the day on which they expire")

    def _check(self) -> None:
        if self.expires is not None and self.expires_month is not None:
            raise ValueError("expires and expires_month in a credit; allowed: one of the two")
