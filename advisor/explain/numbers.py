"""Every number of an answer by its id.

A number's parts are numbers too; no part has parts of its own, so that a user who opens a number is at a source line in
three steps.
"""

from collections.abc import Iterator

from advisor.decision.advise import Advice
from advisor.decision.confidence import confidence_in
from advisor.explain.break_even_numbers import BREAK_EVEN_NUMBERS, price_points
from advisor.explain.number import Number
from advisor.explain.number_id import CAPACITY, CONFIDENCE, GAP, INFORMATION, PAYBACK, RUNWAY, WAITING, NumberId
from advisor.explain.offer_numbers import OFFER_NUMBERS
from advisor.explain.option_numbers import option_number
from advisor.explain.sensitivity_numbers import SENSITIVITY_NUMBERS
from advisor.explain.service_numbers import SERVICE_NUMBERS
from advisor.explain.verdict_numbers import VERDICT_NUMBERS

_NUMBERS = {
    "option": option_number,
    **VERDICT_NUMBERS,
    **BREAK_EVEN_NUMBERS,
    **SENSITIVITY_NUMBERS,
    **OFFER_NUMBERS,
    **SERVICE_NUMBERS,
}


def number_of(number: NumberId, advice: Advice) -> Number:
    """The number of an answer with an id.

    Raises:
        KeyError: for an id that names none.
    """
    return _NUMBERS[number.family](number, advice)


def verdict_numbers(advice: Advice) -> Iterator[NumberId]:
    """The ids of all numbers beyond the options' own that are known with the verdict."""
    verdict, evens = advice.verdict, advice.break_evens
    if verdict.pick is None:
        return
    if verdict.rival is not None:
        yield from (GAP, *(NumberId.step(step.group) for step in advice.reasons.waterfall))
    if confidence_in(verdict) is not None:
        yield CONFIDENCE
    yield from map(NumberId.class_best, advice.risk.class_best)
    if advice.runway is not None:
        yield RUNWAY
    yield from (number for number, point in price_points(advice).items() if point.usd is not None)
    yield from map(NumberId.term, evens.terms)
    yield from (NumberId.length(one) for one in evens.months if one.option is not None)
    yield from map(NumberId.crossing, evens.crossings)
    if evens.payback is not None:
        yield PAYBACK
    yield from map(NumberId.scenario, advice.scenarios)
    yield from map(NumberId.clause, advice.clauses)
    if advice.waiting is not None:
        yield WAITING
    if advice.capacity is not None:
        yield CAPACITY
    yield INFORMATION
