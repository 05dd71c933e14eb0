"""One number of an answer: what it is, how it is computed, its parts, and the inputs it depends on."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from advisor.costing.lineage import Inputs, option_inputs
from advisor.decision.advise import Advice
from advisor.decision.ranking import RankedOption
from advisor.explain.number_id import NumberId
from advisor.input_id import InputId
from advisor.values.quick_dataclass import dataclass

T = TypeVar("T")
RECORD = InputId.of_book("record")  # the track record, an input without a value
RENT_SPREAD = (  # how uncertain the price process of rents is itself
    InputId.of_book("forecast.reversion_log_sd"),
    InputId.of_book("forecast.volatility_log_sd"),
)


@dataclass(frozen=True)
class Part:
    """One of the amounts that a number is the sum of."""

    number: NumberId
    label: str
    usd: float


@dataclass(frozen=True)
class Number:
    """One number.

    Attributes:
        amount: As it is shown.
        meaning: A sentence.
        formula: In words, with the figures it is computed from.
        inputs: The ids it depends on.
        parts: What it is the sum of, empty where there are no parts.
    """

    title: str
    amount: str
    meaning: str
    formula: str
    inputs: Inputs
    parts: tuple[Part, ...] = ()


def thing_of(number: NumberId, things: Iterable[T], id_of: Callable[[T], NumberId]) -> T:
    """The one of some things whose number has an id. Raises KeyError where none has."""
    for thing in things:
        if id_of(thing) == number:
            return thing
    raise KeyError(number)


def inputs_of(options: Iterable[RankedOption], advice: Advice) -> Inputs:
    """The inputs of some options together, each once."""
    each = (option_inputs(option.cost, advice.depends_on[option.id]) for option in options)
    return tuple(dict.fromkeys(one for inputs in each for one in inputs))


def option_named(option_id: str | None, advice: Advice) -> tuple[RankedOption, ...]:
    """The option of an id, alone in a tuple; empty where there is none."""
    return tuple(option for option in advice.verdict.ranked if option.id == option_id)


def contender_inputs(advice: Advice) -> Inputs:
    """The inputs of the best of rent, reserve and buy together: of what sets one class against another."""
    return inputs_of(advice.break_evens.contenders, advice)
