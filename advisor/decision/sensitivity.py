"""What would change the answer: every input alone over its plausible range (docs/model.md#sensitivity).

Each input is moved, and the same options are built and valued again; see `switching_values` for where the pick flips.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from advisor.array_types import Bools, Floats
from advisor.costing.option import Action, OptionClass, plan_option
from advisor.decision.cost_options import Costing
from advisor.decision.flips.moved_inputs import MovedInput, moved_inputs
from advisor.decision.flips.priced_points import PricedPoints
from advisor.decision.flips.switching_values import Searched, switching_values
from advisor.decision.plans.menu import PlanMenu
from advisor.decision.ranking import RankedOption, class_lead_usd, pick_and_rival
from advisor.input_id import InputId
from advisor.profiles.schema import Profile
from advisor.values.quick_dataclass import dataclass


@dataclass(frozen=True)
class Flip:
    """A switching value: a value of one input at which the pick changes class.

    Attributes:
        input: The input.
        unit: Of the input.
        current: Today's value.
        flips_at: The switching value.
        sds_away: Its distance from today's value, in plausible standard deviations.
        to_option: Id of the option that is picked beyond it.
        to_action: What that option does: rent, reserve or buy.
        to_class: Its class: another one than that of the pick, which may follow again farther from today's value.
    """

    input: InputId
    unit: str
    current: float
    flips_at: float
    sds_away: float
    to_option: str
    to_action: Action
    to_class: OptionClass


@dataclass(frozen=True)
class Swing:
    """What one input does to the gap between the pick and the best of another class, for the tornado chart.

    Attributes:
        input: The input.
        unit: Of the input.
        low: A plausible standard deviation below today's value.
        high: A plausible standard deviation above it.
        gap_at_low_usd: The gap at `low`, USD; negative where the other class is cheaper.
        gap_at_high_usd: The gap at `high`.
    """

    input: InputId
    unit: str
    low: float
    high: float
    gap_at_low_usd: float
    gap_at_high_usd: float

    @property
    def width_usd(self) -> float:
        """How much the input matters."""
        return abs(self.gap_at_high_usd - self.gap_at_low_usd)


@dataclass(frozen=True)
class Sensitivity:
    """The result.

    Attributes:
        flips: Switching values, nearest first.
        swings: Of all inputs that move the gap, widest first.
        steady: The inputs that change no answer within their range.
    """

    flips: tuple[Flip, ...]
    swings: tuple[Swing, ...]
    steady: tuple[InputId, ...]


def sensitivity(profile: Profile, costing: Costing, at_lengths: PlanMenu | None = None) -> Sensitivity:
    """Switching values and swings of a verdict; empty when there is no pick or no other class.

    Args:
        profile: The question.
        costing: What each option is expected to cost, and the ranking.
        at_lengths: What they cost in plans of 1, 2, 3, ... months, where it is known: see `BreakEvens.menu`.
    """
    verdict, pick = costing.verdict, costing.verdict.pick
    options = verdict.competitors
    mine = np.array([pick is not None and option.option_class == pick.option_class for option in options])
    if pick is None or mine.all() or not mine.any():
        return Sensitivity((), (), ())
    inputs = moved_inputs(profile, costing.book, costing.case)
    price = PricedPoints(profile, costing.case, options, at_lengths)
    tie, known = costing.case.assumptions.money.tie_share, [plan_option(option.cost.option) for option in options]

    def lead(costs: Floats) -> Floats:
        return class_lead_usd(costs.T, known, pick.option_class, tie)

    searched = list(zip(inputs, switching_values(inputs, price, lead, mine), strict=True))
    places = [(one, value, costs) for one, found in searched for value, costs in found.places]
    picks, _ = pick_and_rival(np.array([costs for *_, costs in places]).reshape(-1, len(options)), known, tie)
    flips = [_flip(one, value, options[at]) for (one, value, _), at in zip(places, picks.tolist(), strict=True)]
    swings = [one for one in _swings(searched, mine) if one.width_usd >= 1]
    return Sensitivity(
        tuple(sorted(flips, key=lambda flip: flip.sds_away)),
        tuple(sorted(swings, key=lambda one: -round(one.width_usd, 3))),
        tuple(one.id for one, found in searched if not found.places),
    )


def _flip(one: MovedInput, value: float, beyond: RankedOption) -> Flip:
    """A switching value. beyond: the option that is picked beyond it."""
    sds = abs(value - one.current) / one.sd if one.sd else 0.0
    return Flip(one.id, one.unit, one.current, value, sds, beyond.id, beyond.action, beyond.option_class)


def _swings(searched: Sequence[tuple[MovedInput, Searched]], mine: Bools) -> Iterator[Swing]:
    """The gap one standard deviation either way, in whole steps of what is counted, as far as both classes have a
    feasible option."""
    costs = np.concatenate([found.samples.costs for _, found in searched], axis=1)
    with np.errstate(invalid="ignore"):
        gaps = costs[~mine].min(axis=0) - costs[mine].min(axis=0)
    each, known = np.arange(len(searched)), np.isfinite(gaps)
    whose = np.repeat(each, [found.samples.values.size for _, found in searched])[known]
    values = np.concatenate([found.samples.values for _, found in searched])[known]
    moved = [(one.current - one.sd, one.current + one.sd, one.low, one.high, one.whole) for one, _ in searched]
    low, high, least, most, whole = np.array(moved).T
    first, last = (values[np.searchsorted(whose, each + at) - at] for at in (0, 1))  # today's value is known of each
    low = np.maximum(np.maximum(np.where(whole, np.floor(low), low), least), first)
    high = np.minimum(np.minimum(np.where(whole, np.ceil(high), high), most), last)
    scale = np.where(last > first, last - first, 1.0)
    along = 2 * whose + (values - first[whose]) / scale[whose]  # all inputs in a row
    ends = (np.interp(2 * each + (end - first) / scale, along, gaps[known]) for end in (low, high))
    for (one, _), *swing in zip(searched, low.tolist(), high.tolist(), *(end.tolist() for end in ends), strict=True):
        yield Swing(one.id, one.unit, *swing)
