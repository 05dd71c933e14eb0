"""Switching values: where the pick changes class as one input moves, searched for many inputs at once
(docs/model.md#sensitivity).

Every round prices points of all inputs in one call. The lead of the pick's class is positive where its class is picked;
where a straight line through today's value and both ends of a range describes it, these are enough, else more are made.
"""

import operator
from collections.abc import Callable, Iterable, Sequence
from functools import reduce

import numpy as np

from advisor.array_types import Bools, Floats
from advisor.decision.flips.moved_inputs import MovedInput
from advisor.finance.solve import around_crossing
from advisor.values.many_points import distinct
from advisor.values.quick_dataclass import dataclass

_CLOSE_ENOUGH = 1e-4  # of a standard deviation: how precisely a switching value is located
_CURVE_SHARE = 0.1  # a bend of less than this share of the smallest lead hides no change of sign
_STRAIGHT = 1e-6  # of the largest lead: a smaller bend is none
_FINER_POINTS = 9
_MOST_WHOLE = 64  # whole values that are all priced; a figure may range over a million
_MOST_ROUNDS = 12
_MARGIN = 0.02  # of a cost: what is more above the best of a bracket is not the best in it, nor tied

Points = Sequence[tuple[MovedInput, Floats]]
"""Values of some inputs, each moved alone: (values) for each input."""
Pricing = Callable[[Points, Bools | None], list[Floats]]
"""What the options are ranked by at such points, USD: (options, values) for each input; infinite where infeasible, and
of options that are not wanted, if it is said which ones are (options)."""
Lead = Callable[[Floats], Floats]
"""By how much the pick's class leads, USD (values), from what the options are ranked by (options, values)."""


@dataclass(frozen=True)
class Samples:
    """What the options are ranked by at some values of one input: the values, ascending; costs (options, values)."""

    values: Floats
    costs: Floats

    def with_more(self, values: Floats, costs: Floats) -> "Samples":
        """These and further samples, each value once."""
        every, first = np.unique(np.concatenate([self.values, values]), return_index=True)
        return Samples(every, np.concatenate([self.costs, costs], axis=1)[:, first])

    def between(self, at: int) -> "Samples":
        """Two neighbours: the one at this position and the next."""
        return Samples(self.values[at : at + 2], self.costs[:, at : at + 2])


def samples_over_ranges(inputs: Sequence[MovedInput], price: Pricing, lead: Lead) -> list[Samples]:
    """Values over the range of each input and what the options cost there: few where the lead is straight.

    Args:
        inputs: The inputs.
        price: What the options cost.
        lead: Of the pick's class.

    Returns:
        The samples of each input, today's value and both ends of its range among them.
    """
    points = [(one, one.first_values) for one in inputs]
    found = [Samples(values, costs) for (_, values), costs in zip(points, price(points, None), strict=True)]
    bent = [
        (at, one.spread(_FINER_POINTS))
        for at, (one, leads) in enumerate(zip(inputs, _leads(found, lead), strict=True))
        if not one.is_plan and _may_hide_a_change(found[at].values, leads, one.current)
    ]
    more = price([(inputs[at], values) for at, values in bent], None)
    for (at, values), costs in zip(bent, more, strict=True):
        found[at] = found[at].with_more(values, costs)
    return found


def _leads(samples: Sequence[Samples], lead: Lead) -> list[Floats]:
    """The leads at the values of each of several samples."""
    if not samples:
        return []
    ends = np.cumsum([one.values.size for one in samples])[:-1]
    return np.split(lead(np.concatenate([one.costs for one in samples], axis=1)), ends)


def _may_hide_a_change(values: Floats, leads: Floats, current: float) -> bool:
    """Whether the lead bends so much that it may change its sign between the values."""
    if not np.isfinite(leads).all():
        return True
    ends = np.interp(current, values[[0, -1]], leads[[0, -1]])
    bend = abs(float(ends - np.interp(current, values, leads)))
    if bend <= _STRAIGHT * max(1.0, float(np.abs(leads).max())):
        return False
    changes = bool((leads < 0).any() and (leads >= 0).any())
    return changes or bend > _CURVE_SHARE * float(np.abs(leads).min())


@dataclass(frozen=True)
class _Bracket:
    """Two neighbouring samples of an input (by its position) between which the lead changes its sign."""

    input: int
    ends: Samples


def switching_values(
    inputs: Sequence[MovedInput], samples: Sequence[Samples], price: Pricing, lead: Lead
) -> list[list[tuple[float, Floats]]]:
    """Every value of each input at which the pick changes class, on the far side of today's value.

    Args:
        inputs: The inputs.
        samples: What is known of each, see `samples_over_ranges`.
        price: What the options cost.
        lead: Of the pick's class.

    Returns:
        For each input its switching values in ascending order, for whole inputs the first value beyond the change;
        each with what the options are ranked by there (options). Changes beyond which nothing is feasible are left out.
    """
    brackets = _changes(enumerate(samples), lead)
    narrow: list[_Bracket] = []
    for _ in range(_MOST_ROUNDS):
        inner = [_between(inputs[one.input], one.ends, lead) for one in brackets]
        narrow += [one for one, values in zip(brackets, inner, strict=True) if not values.size]
        wide = [(one, values) for one, values in zip(brackets, inner, strict=True) if values.size]
        if not wide:
            break
        wanted = reduce(operator.or_, (_may_decide(one.ends.costs, lead) for one, _ in wide))
        costs = price([(inputs[one.input], values) for one, values in wide], wanted)
        finer = [(one.input, one.ends.with_more(values, usd)) for (one, values), usd in zip(wide, costs, strict=True)]
        brackets = _changes(finer, lead)
    else:
        narrow += brackets
    found: list[list[tuple[float, Floats]]] = [[] for _ in inputs]
    for one in sorted(narrow, key=lambda bracket: float(bracket.ends.values[0])):
        beyond = int(inputs[one.input].current <= one.ends.values[0])
        there = one.ends.costs[:, beyond]
        if np.isfinite(there.min()):
            found[one.input].append((float(one.ends.values[beyond]), there))
    return found


def _changes(samples: Iterable[tuple[int, Samples]], lead: Lead) -> list[_Bracket]:
    """The neighbours between which the lead changes its sign, in samples of some inputs (by their position)."""
    known = list(samples)
    behind = [leads < 0 for leads in _leads([one for _, one in known], lead)]
    return [
        _Bracket(at, one.between(left))
        for (at, one), side in zip(known, behind, strict=True)
        for left in np.flatnonzero(side[1:] != side[:-1]).tolist()
    ]


def _may_decide(costs: Floats, lead: Lead) -> Bools:
    """Which options may be the best of their side in a bracket (options), from the costs at its ends (options, 2).

    Not those that cost more at both ends than the best of either side, by more than they change between them and a
    margin.
    """
    leads, least = lead(costs), costs.min(axis=0)
    if not np.isfinite(leads).all():
        return np.ones(len(costs), dtype=bool)
    with np.errstate(invalid="ignore"):
        change = np.abs(costs[:, 1] - costs[:, 0])
        far = costs.min(axis=1) - change > (least + np.abs(leads)).max() + _MARGIN * np.abs(least).max()
    return np.asarray(~(far | np.isinf(costs).all(axis=1)))


def _between(one: MovedInput, ends: Samples, lead: Lead) -> Floats:
    """Where to look next between the ends of a bracket; empty when it is narrow enough."""
    low, high = ends.values.tolist()
    width = high - low
    if one.whole:
        count = int(width) - 1
        inside = np.arange(low + 1.0, high) if count <= _MOST_WHOLE else np.linspace(low, high, _FINER_POINTS + 2)[1:-1]
        return distinct(np.asarray(np.round(inside), dtype=np.float64))
    if width <= _CLOSE_ENOUGH * one.sd:
        return np.empty(0)
    leads = lead(ends.costs)
    if not np.isfinite(leads).all():
        return np.linspace(low, high, _FINER_POINTS + 2)[1:-1]
    near = around_crossing(*np.array([low, high, *leads, _CLOSE_ENOUGH * one.sd]))
    return distinct(near[(near > low) & (near < high)])
