"""The break-evens, explained: prices, utilization, plan lengths, crossings of cumulative cost, payback."""

from collections.abc import Callable, Mapping
from functools import partial

from advisor.costing.lineage import undiscounted
from advisor.decision.advise import Advice
from advisor.decision.break_even import TermBreakEven
from advisor.decision.price_break_even import PricePoint
from advisor.explain.number import Number, contender_inputs, inputs_of, option_named, thing_of
from advisor.explain.number_id import NODE_PRICE, PAYBACK, TIPPING, NumberId
from advisor.formatting import months_phrase, percent, usd, usd_rate


def price_points(advice: Advice) -> Mapping[NumberId, PricePoint]:
    """The prices at which the answer changes, by the id of their number."""
    return {TIPPING: advice.break_evens.tipping, NODE_PRICE: advice.break_evens.node_price}


def _point(title: str, amount: Callable[[float], str], meaning: str, number: NumberId, advice: Advice) -> Number:
    point = price_points(advice)[number]
    rival = next(iter(option_named(point.against, advice)), None)
    against = "" if rival is None else f"; compared with: {rival.cost.option.label}, {usd(rival.preference_usd)}"
    return Number(
        title,
        "" if point.usd is None else amount(point.usd),
        meaning,
        f"each cost is a straight line in this price; here the two lines cross{against}",
        contender_inputs(advice),
    )


def _term(number: NumberId, advice: Advice) -> Number:
    term = thing_of(number, advice.break_evens.terms, NumberId.term)
    share = term.reason if term.busy_share is None else f"{term.pays} {percent(term.busy_share)}"
    options = option_named(term.option, advice)
    return Number(
        f"Utilization at which the {term.label} pays off",
        share,
        "How busy the GPUs must be for this term to beat renting on demand, everything counted.",
        f"each cost is a straight line in the utilization; here they cross; by the rates alone "
        f"{percent(term.rate_ratio)}, the reserved rate over the rate on demand{_paid_off(term)}",
        inputs_of([*option_named("on-demand", advice), *options], advice) or contender_inputs(advice),
    )


def _paid_off(term: TermBreakEven) -> str:
    """After how many months on demand would have cost as much; empty where it does not within the term."""
    if term.paid_months is None:
        return ""
    return f", so that all of it has paid off after {term.paid_months:.1f} of {term.term_months} months"


def _length(number: NumberId, advice: Advice) -> Number:
    found = thing_of(number, advice.break_evens.months, NumberId.length)
    near = percent(advice.costing.case.assumptions.money.small_difference_share)
    return Number(
        f"Cheapest for plans of {months_phrase([(found.from_month, found.to_month)])}",
        found.option.label if found.option is not None else "",
        f"What costs least for plans of these lengths, or at most {near} more, ignoring your cash limit.",
        "every option is costed again for every length of the plan",
        contender_inputs(advice),
    )


def _crossing(number: NumberId, advice: Advice) -> Number:
    found = thing_of(number, advice.break_evens.crossings, NumberId.crossing)
    options = [*option_named(found.cheaper_before, advice), *option_named(found.cheaper_after, advice)]
    before, after = (option.cost.option.label for option in options)
    return Number(
        f"Where {after} becomes cheaper than {before}",
        f"month {found.month:.1f}, {usd(found.usd)} each",
        "The month in which the cumulative costs cross.",
        "both costs summed up month by month, discounted; a straight line within the month",
        inputs_of(options, advice),
    )


def _payback(_: NumberId, advice: Advice) -> Number:
    payback = advice.break_evens.payback
    assert payback is not None
    return Number(
        "Simple undiscounted payback",
        "never" if payback.months is None else f"{payback.months:.1f} months",
        "When the price of the hardware has been saved in rent; falling rents and resale are left out.",
        f"{usd(payback.capex_usd)} over {usd(payback.saving_usd_per_month)} saved in a month of owning",
        undiscounted(inputs_of([*option_named("buy", advice), *option_named("on-demand", advice)], advice)),
    )


BREAK_EVEN_NUMBERS: Mapping[str, Callable[[NumberId, Advice], Number]] = {
    TIPPING: partial(
        _point,
        "Break-even price of renting",
        usd_rate,
        "The on-demand rate below which renting is cheapest.",
    ),
    NODE_PRICE: partial(
        _point,
        "Break-even price of a node",
        usd,
        "The price of a node below which buying is cheapest.",
    ),
    "term": _term,
    "length": _length,
    "crossing": _crossing,
    PAYBACK: _payback,
}
