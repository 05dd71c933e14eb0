"""The sensitivities, explained: values of inputs at which the answer changes, what each input does to the gap."""

from collections.abc import Callable, Mapping

from advisor.costing.lineage import Inputs
from advisor.decision.advise import Advice
from advisor.explain.input_sources import label_of
from advisor.explain.number import Number, contender_inputs, inputs_of, option_named, thing_of
from advisor.explain.number_id import NumberId
from advisor.formatting import amount_words, usd
from advisor.input_id import InputId


def _flip(number: NumberId, advice: Advice) -> Number:
    flip = thing_of(number, advice.sensitivity.flips, NumberId.flip)
    to = option_named(flip.to_option, advice)
    pick = [option for option in (advice.verdict.pick,) if option is not None]
    return Number(
        f"What would change the answer: {label_of(flip.input, advice)}",
        amount_words(flip.flips_at, flip.unit),
        f"Beyond this value another option is cheaper: {to[0].cost.option.label if to else flip.to_option}.",
        f"all other inputs as they are; now {amount_words(flip.current, flip.unit)}, which is {flip.sds_away:.1f} "
        "standard deviations of its plausible range away",
        _moved_first(flip.input, inputs_of([*pick, *to], advice)),
    )


def _swing(number: NumberId, advice: Advice) -> Number:
    swing = thing_of(number, advice.sensitivity.swings, NumberId.swing)
    low, high = amount_words(swing.low, swing.unit), amount_words(swing.high, swing.unit)
    return Number(
        f"What moves the saving: {label_of(swing.input, advice)}",
        f"{usd(swing.gap_at_low_usd)} to {usd(swing.gap_at_high_usd)}",
        "The saving of the pick over the best of another class, with this input a standard deviation lower and higher.",
        f"at {low} and at {high}, all other inputs as they are",
        _moved_first(swing.input, contender_inputs(advice)),
    )


def _moved_first(moved: InputId, inputs: Inputs) -> Inputs:
    """The input that is moved, then the others."""
    return tuple(dict.fromkeys((moved, *inputs)))


SENSITIVITY_NUMBERS: Mapping[str, Callable[[NumberId, Advice], Number]] = {"flip": _flip, "swing": _swing}
