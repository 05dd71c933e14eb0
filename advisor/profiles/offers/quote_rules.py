"""What an offer must have and may not have: the rules by which a quote is checked on input."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from advisor.profiles.offers.kinds import BOUGHT, DAYS_OF_A_MONTH, PAID_MONTHLY, SIGNED

if TYPE_CHECKING:
    from advisor.profiles.offers.quote import Quote


def problems_of(quote: "Quote") -> Iterator[str]:
    """What is wrong with an offer, as "found; allowed: ..."; only the first is reported."""
    yield from _of_price(quote)
    yield from _of_size(quote)
    yield from _of_term(quote)
    yield from _of_currency(quote)
    yield from _of_payment(quote)
    yield from _of_clauses(quote)


def _both(quote: "Quote", one: str, other: str) -> Iterator[str]:
    """That two fields are given which say the same."""
    if getattr(quote, one) is not None and getattr(quote, other) is not None:
        yield f"{one} and {other} in a quote; allowed: one of the two"


def _of_price(quote: "Quote") -> Iterator[str]:
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


def _of_size(quote: "Quote") -> Iterator[str]:
    yield from _both(quote, "nodes", "gpus")
    if quote.least_nodes is not None and (quote.nodes is not None or quote.gpus is not None):
        yield "least_nodes beside an exact size; allowed: one of nodes, gpus and least_nodes"
    if quote.node_gpus is not None and quote.price is None:
        yield "node_gpus without price; allowed: node_gpus with price and per"


def _of_term(quote: "Quote") -> Iterator[str]:
    yield from _both(quote, "months", "days")
    has_term, wants = quote.term_months is not None, quote.option in SIGNED or quote.option in PAID_MONTHLY
    if has_term != wants:
        allowed = "also months or days" if wants else "no months or days"
        yield f"{'a' if has_term else 'no'} term in a quote {quote.option!r}; allowed: {allowed}"
    if quote.option in PAID_MONTHLY and quote.days is not None:
        yield f"days in a quote {quote.option!r}; allowed: months"
    starting = quote.start_month is not None or quote.starts is not None
    yield from _both(quote, "start_month", "starts")
    if starting and quote.option not in SIGNED:
        yield f"a start in a quote {quote.option!r}; allowed: only with {', '.join(SIGNED)}"
    if quote.starts is not None and quote.date is None:
        yield "starts without date; allowed: also date, the day of the offer, or start_month in its place"
    if quote.starts is not None and quote.date is not None and quote.starts < quote.date:
        yield f"starts {quote.starts} before the offer of {quote.date}; allowed: a later day"
    if quote.valid_until is not None and quote.date is not None and quote.valid_until < quote.date:
        yield f"valid_until {quote.valid_until} before the offer of {quote.date}; allowed: a later day"


def _of_currency(quote: "Quote") -> Iterator[str]:
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


def _of_payment(quote: "Quote") -> Iterator[str]:
    option, signed = quote.option, quote.option in SIGNED
    unsized = quote.nodes is None and quote.gpus is None
    yield from _both(quote, "prepaid", "upfront")
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


def _of_clauses(quote: "Quote") -> Iterator[str]:
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


def _of_changing_prices(quote: "Quote", term: int) -> Iterator[str]:
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


def _of_endings(quote: "Quote", term: int) -> Iterator[str]:
    """Clauses on how the contract ends, after a term in months."""
    if quote.notice_months is not None and quote.notice_months > term:
        yield f"notice_months {quote.notice_months} of a term of {term} months; allowed: at most the term"
    if quote.notice_months is not None and quote.termination_fee_share == 1:
        yield "notice_months where all that is left is due (termination_fee_share 1); allowed: one of the two"
    if quote.refund_share is not None and quote.prepaid == 0:
        yield "refund_share with nothing prepaid; allowed: also prepaid or upfront"
    if quote.days is not None and quote.days < DAYS_OF_A_MONTH and quote.extension_months is not None:
        yield f"extension_months of a term of {quote.days} days; allowed: a term of {DAYS_OF_A_MONTH} days or more"
