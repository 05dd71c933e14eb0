"""Switching values: where the pick changes class as one input moves, searched for many inputs at once
(docs/model.md#sensitivity).

Every round prices points of all inputs in one call. The lead of the pick's class is positive where its class is picked;
where a straight line through today's value and both ends of a range describes it, these are enough, else more are made.
A lead bends mostly because other options come to decide it: where what each of them costs is a straight line, more is
read off the lines instead of priced.
"""

import operator
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from functools import reduce

import numpy as np

from advisor.array_types import Bools, Floats
from advisor.decision.flips.moved_inputs import MovedInput
from advisor.finance.solve import around_crossing, line_crossing
from advisor.values.many_points import distinct
from advisor.values.quick_dataclass import dataclass

_CLOSE_ENOUGH = 1e-4  # of a standard deviation: how precisely a switching value is located
_CURVE_SHARE = 0.1  # a bend of less than this share of the smallest lead hides no change of sign
_STRAIGHT = 1e-6  # of the largest lead: a smaller bend is none
_ON_A_LINE = 1e-10  # of the largest cost: a smaller bend is none
_FINER_POINTS = 9
_MOST_WHOLE = 64  # whole values that are all priced; a figure may range over a million
_MOST_ROUNDS = 12
_MARGIN = 0.02  # of a cost: what is more above the best of a bracket is not the best in it, nor tied
_GRID_POINTS, _GRIDS = 33, 2  # on which a change is looked for in what is expected between samples

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

    def among(self, first: int, beyond: int) -> "Samples":
        """Neighbours: those from one position on up to another."""
        return Samples(self.values[first:beyond], self.costs[:, first:beyond])

    @property
    def are_on_lines(self) -> bool:
        """Whether the costs of each option lie on a straight line; two samples do not tell."""
        known = self.costs[~np.isinf(self.costs).all(axis=1)]
        if self.values.size < 3 or not np.isfinite(known).all():
            return False
        bend = np.abs(known - Samples(self.values, known).on_lines(self.values)).max(initial=0.0)
        return bool(bend <= _ON_A_LINE * np.abs(known).max(initial=0.0))

    def on_lines(self, values: Floats) -> Floats:
        """What is expected by the straight lines through the first and the last sample. (options, values)."""
        return Samples(self.values[[0, -1]], self.costs[:, [0, -1]]).expected(values)

    def expected(self, values: Floats) -> Floats:
        """What is expected by the curves through all samples, which are to be few (options, values); infinite where an
        option is infeasible in any of them."""
        other = ~np.eye(self.values.size, dtype=bool)
        distance, apart = values[:, None, None] - self.values, self.values[:, None] - self.values
        weights = (np.where(other, distance, 1.0) / np.where(other, apart, 1.0)).prod(axis=-1)
        feasible = np.isfinite(self.costs).all(axis=1, keepdims=True)
        return np.where(feasible, np.where(feasible, self.costs, 0.0) @ weights.T, np.inf)


@dataclass(frozen=True)
class _Bracket:
    """Two neighbouring samples of an input (by its position) between which the lead changes its sign; near: they with
    a neighbour on either side."""

    input: int
    ends: Samples
    near: Samples


@dataclass(frozen=True)
class Searched:
    """What is found out about one input.

    Attributes:
        samples: Over its range, today's value and both ends among them; few where the lead is straight.
        places: Its switching values in ascending order, each with what the options are ranked by there (options).
    """

    samples: Samples
    places: list[tuple[float, Floats]]


def switching_values(inputs: Sequence[MovedInput], price: Pricing, lead: Lead, mine: Bools) -> list[Searched]:
    """Every value of each input at which the pick changes class, on the far side of today's value; for whole inputs the
    first value beyond the change. Changes beyond which nothing is feasible are left out.

    Args:
        inputs: The inputs.
        price: What the options cost.
        lead: Of the pick's class.
        mine: Which options are of that class (options).
    """
    points = [(one, one.first_values) for one in inputs]
    samples = [Samples(values, costs) for (_, values), costs in zip(points, price(points, None), strict=True)]
    spread = [(at, inputs[at].spread(_FINER_POINTS)) for at in _that_may_hide_a_change(inputs, samples, lead)]
    brackets = _changes(enumerate(samples), lead)
    inside = zip((one.input for one in brackets), _inside(inputs, brackets, lead), strict=True)
    asked = [*spread, *((at, values) for at, values in inside if values.size)]  # the first round, in the same call
    points = [(inputs[at], values) for at, values in asked]
    costs = _costs_at(points, [samples[at] for at, _ in asked], price, mine)
    found = [(at, values, usd) for (at, values), usd in zip(asked, costs, strict=True)]
    for at, values, usd in found[: len(spread)]:
        samples[at] = samples[at].with_more(values, usd)
    closer = list(samples)
    for at, values, usd in found[len(spread) :]:
        closer[at] = closer[at].with_more(values, usd)
    places: list[list[tuple[float, Floats]]] = [[] for _ in inputs]
    for bracket in _narrowed(_changes(enumerate(closer), lead), inputs, price, lead, mine):
        beyond = int(inputs[bracket.input].current <= bracket.ends.values[0])
        there = bracket.ends.costs[:, beyond]
        if np.isfinite(there.min()):
            places[bracket.input].append((float(bracket.ends.values[beyond]), there))
    return list(map(Searched, samples, places))


def _narrowed(
    brackets: list[_Bracket], inputs: Sequence[MovedInput], price: Pricing, lead: Lead, mine: Bools
) -> list[_Bracket]:
    """Brackets within some others that are narrow enough, in ascending order."""
    narrow: list[_Bracket] = []
    for number in range(_MOST_ROUNDS):
        inside = _inside(inputs, brackets, lead, evenly=number % 2 == 1)
        narrow += [one for one, values in zip(brackets, inside, strict=True) if not values.size]
        wide = [(one, values) for one, values in zip(brackets, inside, strict=True) if values.size]
        if not wide:
            break
        points = [(inputs[one.input], values) for one, values in wide]
        costs = _costs_at(points, [one.near for one, _ in wide], price, mine)
        finer = [(one.input, one.ends.with_more(values, usd)) for (one, values), usd in zip(wide, costs, strict=True)]
        brackets = _changes(finer, lead)
    else:
        narrow += brackets
    return sorted(narrow, key=lambda bracket: float(bracket.ends.values[0]))


def _costs_at(points: Points, known: Sequence[Samples], price: Pricing, mine: Bools) -> list[Floats]:
    """What the options are ranked by at values among samples: read off where those lie on lines, else priced."""
    read_off = [not one.whole and near.are_on_lines for (one, _), near in zip(points, known, strict=True)]
    asked = [(point, near) for point, near, lines in zip(points, known, read_off, strict=True) if not lines]
    wanted = reduce(operator.or_, (_may_decide(near.costs, mine) for _, near in asked)) if asked else None
    priced = iter(price([point for point, _ in asked], wanted))
    return [
        near.on_lines(values) if lines else next(priced)
        for (_, values), near, lines in zip(points, known, read_off, strict=True)
    ]


def _in_a_row(samples: Sequence[Samples], lead: Lead) -> tuple[Floats, list[int]]:
    """The leads at the values of several samples in a row, and where those of each end."""
    leads = lead(np.concatenate([one.costs for one in samples], axis=1))
    return leads, np.cumsum([one.values.size for one in samples]).tolist()


def _that_may_hide_a_change(inputs: Sequence[MovedInput], samples: Sequence[Samples], lead: Lead) -> list[int]:
    """The figures whose lead bends so much at today's value that it may change its sign between the samples."""
    found: list[int] = []
    if not inputs:
        return found
    leads, ends = _in_a_row(samples, lead)
    start = np.array(ends) - [one.values.size for one in samples]
    figures = np.array([at for at, one in enumerate(inputs) if not one.is_plan], dtype=np.int64)
    size = np.array([samples[at].values.size for at in figures])
    for count in set(size.tolist()):  # both ends and today's value, which may be one of them
        which = figures[size == count]
        values = np.array([samples[at].values for at in which])
        of_each = leads[start[which][:, None] + np.arange(count)]
        with np.errstate(invalid="ignore"):
            inner = min(1, count - 1)
            share = (values[:, inner] - values[:, 0]) / (values[:, -1] - values[:, 0])
            bend = np.abs(of_each[:, 0] + share * (of_each[:, -1] - of_each[:, 0]) - of_each[:, inner])
            large = np.abs(of_each)
            bent = bend > _STRAIGHT * np.maximum(1.0, large.max(axis=1))
            near = ((of_each < 0).any(axis=1) & (of_each >= 0).any(axis=1)) | (bend > _CURVE_SHARE * large.min(axis=1))
        found += which[~np.isfinite(of_each).all(axis=1) | (bent & near)].tolist()
    return sorted(found)


def _changes(samples: Iterable[tuple[int, Samples]], lead: Lead) -> list[_Bracket]:
    """The neighbours between which the lead changes its sign, in samples of some inputs (by their position)."""
    known = list(samples)
    if not known:
        return []
    leads, ends = _in_a_row([one for _, one in known], lead)
    changes = (leads[1:] < 0) != (leads[:-1] < 0)
    changes[np.array(ends[:-1], dtype=np.int64) - 1] = False  # between those of one input and those of the next
    found = []
    for place in np.flatnonzero(changes).tolist():
        at, one = known[whose := bisect_right(ends, place)]
        left = place - (ends[whose - 1] if whose else 0)
        found.append(_Bracket(at, one.among(left, left + 2), one.among(max(left - 1, 0), left + 3)))
    return found


def _may_decide(costs: Floats, mine: Bools) -> Bools:
    """Which options may be the best of their side between samples (options), from the costs there (options, samples).

    Not those that cost more at all of them than the best of their side, by more than they change and a margin.
    """
    found = np.ones(len(costs), dtype=bool)
    for side in (mine, ~mine):
        least = costs[side].min(axis=0, initial=np.inf)
        if np.isfinite(least).all():
            with np.errstate(invalid="ignore"):
                closest = 2 * costs[side].min(axis=1) - costs[side].max(axis=1)  # less than any, by what they change
            found[side] = ~(closest > (least + _MARGIN * np.abs(least)).max())
    return found


def _inside(
    inputs: Sequence[MovedInput], brackets: Sequence[_Bracket], lead: Lead, *, evenly: bool = False
) -> list[Floats]:
    """Where to look next inside each of some brackets, empty for those that are narrow enough: around where a change is
    expected, or evenly, since nothing says where the lead jumps."""
    found = []
    for bracket, expected in zip(brackets, _expected_changes(brackets, lead).tolist(), strict=True):
        one, (low, high) = inputs[bracket.input], bracket.ends.values.tolist()
        close = _CLOSE_ENOUGH * one.sd
        if one.whole:
            found.append(_whole_values(low, high))
        elif high - low <= close:
            found.append(np.empty(0))
        elif np.isfinite(expected) and not evenly:
            near = around_crossing(*np.array([low, high, expected, close]))
            found.append(distinct(near[(near > low) & (near < high)]))
        else:
            found.append(np.linspace(low, high, _FINER_POINTS + 2)[1:-1])
    return found


def _whole_values(low: float, high: float) -> Floats:
    """Whole values between two others: all of them, or some where there are many."""
    count = int(high - low) - 1
    inside = np.arange(low + 1.0, high) if count <= _MOST_WHOLE else np.linspace(low, high, _FINER_POINTS + 2)[1:-1]
    return distinct(np.asarray(np.round(inside), dtype=np.float64))


def _expected_changes(brackets: Sequence[_Bracket], lead: Lead) -> Floats:
    """Where the lead is expected to change its sign in each bracket, by the samples near it, or by the straight line
    between its ends where those say nothing; infinite where it is infinite at an end (brackets)."""
    if not brackets:
        return np.empty(0)
    ends, each = np.array([one.ends.values for one in brackets]), np.arange(len(brackets))
    low, high, at_ends = *ends.T, _in_a_row([one.ends for one in brackets], lead)[0].reshape(-1, 2)
    known = np.isfinite(at_ends).all(axis=1)
    found = np.full(known.shape, np.inf)
    found[known] = line_crossing(*ends[known].T, *at_ends[known].T)
    for _ in range(_GRIDS):
        grids = np.linspace(low, high, _GRID_POINTS, axis=-1)
        costs = [one.near.expected(grid) for one, grid in zip(brackets, grids, strict=True)]
        leads = lead(np.concatenate(costs, axis=1)).reshape(grids.shape)
        changes = (leads[:, 1:] < 0) != (leads[:, :-1] < 0)
        left, known = changes.argmax(axis=1), known & changes.any(axis=1) & np.isfinite(leads).all(axis=1)
        low, high, at_low, at_high = (one[each, at] for one in (grids, leads) for at in (left, left + 1))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(known, line_crossing(low, high, at_low, at_high), found)
