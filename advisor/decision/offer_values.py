"""What each clause of an offer is worth, and when credits end.

Source: docs/model.md#clauses, docs/model.md#credits
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from advisor.array_types import of_one
from advisor.costing.case import Case
from advisor.costing.credits_on_paths import used_by_month
from advisor.costing.options.credits import pays
from advisor.costing.options.hourly_rental import on_demand_bill_usd
from advisor.costing.options.reserved import reserved_as
from advisor.costing.options.taxes import after_tax
from advisor.costing.valuation import OptionCost, cost_of
from advisor.decision.cost_options import Costing
from advisor.formatting import percent, plural, usd, usd_exact, usd_rate
from advisor.profiles.offers.kinds import SIGNED
from advisor.profiles.offers.quote import Quote
from advisor.profiles.offers.terms import Offer
from advisor.values.quick_dataclass import dataclass, replace


@dataclass(frozen=True)
class ClauseValue:
    """A clause of an offer, priced alone: the other clauses stay.

    Attributes:
        offer: Id of the offer.
        name: Of the clause, as in the file.
        words: What it says.
        usd: What it is worth: expected net present cost without it less that with it.
        usd_without, usd_with: Both costs.
    """

    offer: str
    name: str
    words: str
    usd: float
    usd_without: float
    usd_with: float


def clause_values(costing: Costing) -> Iterator[ClauseValue]:
    """The clauses of all offers to rent for a term, each compared with what holds where a contract does not have it.

    Prepayment is compared with the same sum paid month by month, the right to sublet with the usual chance of having
    it. An offer is not an option where what is in hand serves all of the work: its clauses are worth nothing then.
    """
    options = {cost.option.id for cost in costing.costs}
    for offer in costing.case.offers:
        if offer.quote.option not in SIGNED or not offer.quote.clauses or offer.id not in options:
            continue
        now = taken_usd(costing, offer)
        for name in offer.quote.clauses:
            without = taken_usd(costing, offer, **without_clause(offer, name))
            words = CLAUSE_WORDS[name](getattr(offer.quote, name), offer.quote)
            yield ClauseValue(offer.id, name, words, without - now, without, now)


def taken_usd(costing: Costing, offer: Offer, **changes: Any) -> float:
    """The expected net present cost of taking an offer with some fields changed, at the rate that it has now. USD."""
    return taken(costing, offer, **changes).expected_usd


def taken(costing: Costing, offer: Offer, **changes: Any) -> OptionCost:
    """What taking an offer costs with some fields changed (`free_months=1`), at the rate that it has now."""
    rate = {"usd_per_gpu_hour": of_one(offer.price), "currency": "USD"}
    rate |= dict.fromkeys(("price", "per", "upfront", "setup_fee"))  # which are in the rate
    prepaid = {"prepaid": None if offer.prepaid_share is None else of_one(offer.prepaid_share)}
    changed = offer.quote.model_copy(update={**rate, **prepaid, **changes})
    quotes, at = costing.case.quotes, costing.case.offers.index(offer)
    case = replace(costing.case, quotes=(*quotes[:at], changed, *quotes[at + 1 :]))  # in its place: all ids stay
    option = reserved_as(case, offer.id)
    assert option is not None  # the offer is in the case
    return cost_of(after_tax(option, case), case, costing.forecast)


def without_clause(offer: Offer, name: str) -> dict[str, Any]:
    """The fields of an offer that does not have a clause."""
    if name in ("prepaid", "upfront"):
        return {"prepaid": 0.0}
    return {name: ()} if name == "step_down" else {name: None}


def _months(count: int) -> str:
    return f"{count} {plural('month', count)}"


CLAUSE_WORDS: Mapping[str, Callable[[Any, Quote], str]] = {  # of its field and the offer: `2 months free`
    "free_months": lambda months, _: f"{_months(months)} free",
    "step_down": lambda steps, _: ", ".join(f"{percent(share)} less from month {month + 1}" for month, share in steps),
    "prepaid": lambda share, _: f"{percent(share)} prepaid",
    "upfront": lambda amount, quote: f"{usd_exact(amount).lstrip('$')} {quote.currency} upfront",
    "termination_fee_share": lambda share, _: f"you may leave for {percent(share)} of what is left",
    "notice_months": lambda months, _: f"you may leave with {_months(months)} of notice",
    "refund_share": lambda share, _: f"{percent(share)} of what is prepaid comes back on leaving",
    "indexed": lambda share, _: f"the price follows {percent(share)} of the market's moves",
    "rerate_months": lambda months, _: f"re-rated to the list price every {_months(months)}",
    "most_favored": lambda *_: "never more than new customers pay",
    "extension_months": lambda months, _: f"you may extend by {_months(months)} at the same rate",
    "may_sublet": lambda may, _: "you may sublet" if may else "no subletting",
    "least_use_share": lambda share, _: f"{percent(share)} of the hours is paid for in any case",
    "sla_credit_share": lambda share, _: f"{percent(share)} of the price of lost hours is credited",
    "delay_credit_share_per_month": lambda share, _: (
        f"{percent(share)} of a month's price is credited for each month that it starts late"
    ),
    "refresh_gain_share": lambda gain, quote: (
        f"newer hardware from month {(quote.refresh_month or 0) + 1}, which does {percent(gain)} more"
    ),
}


def whose_credits(case: Case) -> Iterator[str]:
    """At which price credits without a seller are counted, where a hyperscaler that gave them asks another."""
    listed, unnamed = case.assumptions.gpu.hyperscaler_usd_per_gpu_hour, not all(one.seller for one in case.credits)
    if unnamed and listed is not None and case.tier == "neocloud" and case.offer("on-demand") is None:
        yield (
            "Credits pay for hours at the list price of GPU clouds. If a hyperscaler gave them, set Market to "
            f"hyperscaler: its list price is {usd_rate(of_one(listed))} per GPU-hour."
        )


def credit_ends(case: Case) -> Iterator[str]:
    """When credits end and what the work costs from then on, a sentence for each, for the work rented on demand."""
    bill = on_demand_bill_usd(case)
    for credit in case.credits:
        if not pays(case, credit, "on-demand"):
            continue
        used = used_by_month(credit, bill)
        whose = f" ({credit.seller})" if credit.seller else ""
        unused, paid = of_one(credit.usd) - float(used.sum()), np.flatnonzero(used)
        last = int(paid[-1]) + 1 if paid.size else 0
        gone = unused < 1
        if not gone and credit.until_month > bill.size:
            continue  # they outlast the plan
        later = bill[last:] - used[last:]
        what = f"are used up in month {last}" if gone else f"expire after month {credit.until_month}"
        left = "" if gone else f" with {usd(unused)} unused"
        after = f"; on demand then costs {usd(float(later.max()))} a month" if later.size and later.max() > 0 else ""
        rest = float(bill[last - 1] - used[last - 1]) if gone and last else 0.0
        if not after and rest >= 1:
            after = f"; the rest of that month costs {usd(rest)}"
        yield f"Your {usd(of_one(credit.usd))} of credits{whose} {what}{left}{after}."
        bill = bill - used
