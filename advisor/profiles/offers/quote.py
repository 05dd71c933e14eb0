"""Offers and credits as a profile has them: in the words of the seller, with their clauses."""

import datetime
import re
from collections.abc import Sequence

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
from advisor.profiles.offers.kinds import DAYS_OF_A_MONTH, SIGNED, CreditOption, PriceUnit, QuoteOption
from advisor.profiles.offers.quote_rules import problems_of
from advisor.values.printable_text import Text
from advisor.values.validated import Validated, field

MAX_TERM_DAYS = 1825
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
        for problem in problems_of(self):
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
