"""Switching values: where the pick changes class as one input moves, searched for many inputs at once
(docs/model.md#sensitivity).

Every round prices points of all inputs in one call. The lead of the pick's class is positive where its class is picked;
where a straight line through today's value and both ends of a range describes it, these are enough, else more are made.
Curves through the samples of each option say what to expect between them: which options may decide there, and where the
lead changes its sign. The others are not priced, nor what lies on a straight line, which is read off it.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence

import numpy as np

from advisor.array_types import Bools, Floats
from advisor.decision.flips.moved_inputs import MovedInput
from advisor.finance.solve import around_crossing, line_crossing
from advisor.values.many_points import distinct
from advisor.values.quick_dataclass import dataclass, replace

_CLOSE_ENOUGH = 1e-4  # of a standard deviation: how precisely a switching value is located
_CURVE_SHARE = 0.1  # a bend of less than this share of the smallest lead hides no change of sign
_STRAIGHT = 1e-6  # of the largest lead: a smaller bend counts as zero
_ON_A_LINE = 1e-10  # of the largest cost: a smaller bend counts as zero
_FINER_POINTS = 9
_MOST_WHOLE = 64  # whole values that are all priced; a figure may range over a million
_MOST_ROUNDS = 12
_MARGIN = 0.02  # of a cost: what is more above the best of its side, and its own bend, is not the best, nor tied
_ROUNDING = 1e-9  # by which a bracket may be wider for a rounding error
_BESIDE = 4  # samples near a bracket that has one on either side
_GRID_POINTS, _GRIDS = 17, 2  # on which a change is looked for in what is expected between samples

Points = Sequence[tuple[MovedInput, Floats]]
"""Values of some inputs, each moved alone: (values) for each input."""
Pricing = Callable[[Points, Bools | None], list[Floats]]
"""What the options are ranked by at such points, USD: (options, values) for each input; infinite where infeasible. Of
options that are not wanted, if it is said which ones are (options, inputs), it may be anything."""
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
        """Neighbors: those from one position on up to another."""
        return Samples(self.values[first:beyond], self.costs[:, first:beyond])


@dataclass(frozen=True)
class _Stretch:
    """A part of the range of an input (by its position): the samples at its ends, and those by which to tell what to
    expect between them, which are to be few."""

    input: int
    ends: Samples
    near: Samples

    def on_chord(self, values: Floats) -> Floats:
        """What is expected at some values by the straight line between the ends. (options, values)."""
        low, high = self.ends.values
        with np.errstate(invalid="ignore"):
            return np.asarray(self.ends.costs[:, :1] + np.diff(self.ends.costs) * ((values - low) / (high - low)))


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
    first value beyond the change. Changes beyond which nothing is feasible are left out. mine: which options are of
    that class (options)."""
    points = [(one, one.first_values) for one in inputs]
    samples = [Samples(values, costs) for (_, values), costs in zip(points, price(points, None), strict=True)]
    search, expected = _Search(inputs, price, lead, mine), list(samples)
    bent = [  # over their whole range
        _Stretch(at, Samples(samples[at].values[[0, -1]], samples[at].costs[:, [0, -1]]), samples[at])
        for at in _that_may_hide_a_change(inputs, samples, lead)
    ]
    for one, *curve in zip(bent, *_on_grid(bent, _FINER_POINTS), strict=True):
        if not inputs[one.input].whole:
            expected[one.input] = Samples(*curve)
    finer = [inputs[one.input].spread(_FINER_POINTS) for one in bent]
    spread = [(one, new[~np.isin(new, one.near.values)]) for one, new in zip(bent, finer, strict=True)]
    inside = search.inside(_changes(enumerate(expected), lead))
    costs = search.costs_at([*spread, *inside])  # the first round, in the same call
    for (one, further), usd in zip(spread, costs, strict=False):
        samples[one.input] = samples[one.input].with_more(further, usd)
    closer = list(samples)
    for (one, further), usd in zip(inside, costs[len(spread) :], strict=True):
        closer[one.input] = closer[one.input].with_more(further, usd)
    places: list[list[tuple[float, Floats]]] = [[] for _ in inputs]
    for bracket in search.narrowed(_changes(enumerate(closer), lead)):
        beyond = int(inputs[bracket.input].current <= bracket.ends.values[0])
        there = bracket.ends.costs[:, beyond]
        if np.isfinite(there.min()):
            places[bracket.input].append((float(bracket.ends.values[beyond]), there))
    return list(map(Searched, samples, places))


class _Search:
    """The search in brackets; what it learns about each input is which options may decide there."""

    def __init__(self, inputs: Sequence[MovedInput], price: Pricing, lead: Lead, mine: Bools) -> None:
        self._inputs, self._price, self._lead, self._mine = inputs, price, lead, mine
        self._may_decide = np.ones((len(inputs), mine.size), dtype=bool)

    def narrowed(self, brackets: list[_Stretch]) -> list[_Stretch]:
        """Brackets within some others that are narrow enough, in ascending order."""
        narrow: list[_Stretch] = []
        for number in range(_MOST_ROUNDS):
            brackets = self._closed_in(brackets)
            narrow += filter(self._is_narrow, brackets)
            wide = self.inside(brackets, evenly=number % 2 == 1)
            if not wide:
                break
            priced = zip(wide, self.costs_at(wide), strict=True)
            brackets = _changes([(one.input, one.ends.with_more(at, usd)) for (one, at), usd in priced], self._lead)
        else:
            narrow += brackets
        return sorted(narrow, key=lambda bracket: float(bracket.ends.values[0]))

    def costs_at(self, asked: Sequence[tuple[_Stretch, Floats]]) -> list[Floats]:
        """What the options are ranked by at values in some stretches: read off where an option lies on a line, else
        priced; infinite for those that cannot decide there."""
        if not asked:
            return []
        stretches, whose = [one for one, _ in asked], np.array([one.input for one, _ in asked])
        may_decide, straight = self._read(stretches)
        for at in set(whose.tolist()):
            self._may_decide[at] &= may_decide[whose == at].any(axis=0)
        wanted = self._may_decide[whose]
        priced = wanted & ~straight
        which = priced.any(axis=1).nonzero()[0]
        points = [(self._inputs[whose[at]], asked[at][1]) for at in which.tolist()]
        found = dict(zip(which.tolist(), self._price(points, priced[which].T), strict=True))
        lines, every = wanted & straight, [np.full((len(wanted[0]), values.size), np.inf) for _, values in asked]
        for at, usd in enumerate(every):
            if at in found:
                usd[priced[at]] = found[at][priced[at]]
            if lines[at].any():
                usd[lines[at]] = asked[at][0].on_chord(asked[at][1])[lines[at]]
        return every

    def _read(self, stretches: Sequence[_Stretch]) -> tuple[Bools, Bools]:
        """Which options may be the best of their side somewhere in each of some stretches, and whose costs are straight
        lines there. Each (stretches, options).

        Not the best are those that by the curves cost more everywhere than the best of their side, by more than they
        bend and a margin.
        """
        count, near = np.array([one.near.values.size for one in stretches]), [one.near for one in stretches]
        share, (_, usd) = np.linspace(0.0, 1.0, _GRID_POINTS), _on_grid(stretches, _GRID_POINTS)
        with np.errstate(invalid="ignore"):
            change = usd[..., -1:] - usd[..., :1]
            bend = np.abs(usd - usd[..., :1] - change * share).max(axis=-1, keepdims=True)
            bend = np.where(count[:, None, None] < 3, np.abs(change), bend)  # two samples do not tell
            large = np.abs(np.where(np.isfinite(usd), usd, 0.0)).max(axis=(1, 2))
            straight = bend[..., 0] <= _ON_A_LINE * large[:, None]
            may_be = np.zeros(straight.shape, dtype=bool)
            for side in (self._mine, ~self._mine):
                least = usd[:, side].min(axis=1, keepdims=True, initial=np.inf)
                may_be[:, side] = (usd[:, side] - bend[:, side] <= least + _MARGIN * np.abs(least)).any(axis=-1)
        somewhere = np.array([np.isfinite(one.costs).any(axis=1) for one in near])
        straight &= ~np.array([self._inputs[one.input].whole for one in stretches])[:, None] & (count > 2)[:, None]
        return may_be | (somewhere & ~np.isfinite(usd).all(axis=-1)), straight

    def inside(self, brackets: Sequence[_Stretch], *, evenly: bool = False) -> list[tuple[_Stretch, Floats]]:
        """Where to look next inside those of some brackets that are not narrow enough: around where a change is
        expected, or evenly, since nothing says where the lead jumps."""
        wide, found = [one for one in brackets if not self._is_narrow(one)], []
        if not wide:
            return []
        low, high = np.array([one.ends.values for one in wide]).T
        expected, even = self._expected_changes(wide), np.linspace(low, high, _FINER_POINTS + 2, axis=-1)
        near = around_crossing(low, high, expected, np.array([self._close(one) for one in wide]))
        guessed = (np.isfinite(expected) & (not evenly)).tolist()
        for one, guess, around, spaced in zip(wide, guessed, near, even, strict=True):
            ends = one.ends.values
            values = around if guess else spaced
            if self._inputs[one.input].whole:
                values = _whole_values(*ends.tolist())
            found.append((one, values[(values > ends[0]) & (values < ends[1])]))
        return found

    def _closed_in(self, brackets: list[_Stretch]) -> list[_Stretch]:
        """The brackets, with narrow ones in place of those in which it is known well enough where the lead changes.

        A lead that bends to one side, and does not jump, crosses zero between where the lines through two samples on
        either side of the bracket and the line through its ends do.
        """
        found, inner = list(brackets), [at for at, one in enumerate(brackets) if one.near.values.size == _BESIDE]
        inner = [at for at in inner if not self._inputs[brackets[at].input].whole]
        if not inner:
            return found
        near, close = [brackets[at].near for at in inner], np.array([self._close(brackets[at]) for at in inner])
        values, leads = (
            np.array([one.values for one in near]),
            _leads(np.array([one.costs for one in near]), self._lead),
        )
        with np.errstate(divide="ignore", invalid="ignore"):
            crossings = values[:, [1, 1, 2]] - leads[:, [1, 1, 2]] * np.diff(values) / np.diff(leads)
            least, most = crossings.min(axis=1), crossings.max(axis=1)
            ends = ((least + most) / 2)[:, None] + close[:, None] * np.array([-0.5, 0.5])
            costs = _expected(near, ends)
            known = (most - least <= close / 2) & ((_leads(costs, self._lead) < 0) == (leads[:, 1:3] < 0)).all(axis=1)
        for number in np.flatnonzero(known).tolist():
            found[inner[number]] = replace(brackets[inner[number]], ends=Samples(ends[number], costs[number]))
        return found

    def _close(self, one: _Stretch) -> float:
        """How narrow a bracket is to be."""
        moved = self._inputs[one.input]
        return 1.0 if moved.whole else _CLOSE_ENOUGH * moved.sd

    def _is_narrow(self, one: _Stretch) -> bool:
        low, high = one.ends.values.tolist()
        return bool(high - low <= self._close(one) * (1 + _ROUNDING))

    def _expected_changes(self, brackets: Sequence[_Stretch]) -> Floats:
        """Where the lead is expected to change its sign in each bracket, by the samples near it, or by the straight
        line between its ends where those say nothing; infinite where it is infinite at an end (brackets)."""
        near = [one.near for one in brackets]
        low, high = np.array([one.ends.values for one in brackets]).T
        at_ends, each = _leads(np.array([one.ends.costs for one in brackets]), self._lead), np.arange(len(brackets))
        known = np.isfinite(at_ends).all(axis=1)
        found = np.full(known.shape, np.inf)
        found[known] = line_crossing(low[known], high[known], *at_ends[known].T)
        for _ in range(_GRIDS):
            grids = np.linspace(low, high, _GRID_POINTS, axis=-1)
            leads = _leads(_expected(near, grids), self._lead)
            changes = (leads[:, 1:] < 0) != (leads[:, :-1] < 0)
            left, known = changes.argmax(axis=1), known & changes.any(axis=1) & np.isfinite(leads).all(axis=1)
            low, high, at_low, at_high = (one[each, at] for one in (grids, leads) for at in (left, left + 1))
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(known, line_crossing(low, high, at_low, at_high), found)


def _leads(costs: Floats, lead: Lead) -> Floats:
    """The leads (n, values), from costs (n, options, values)."""
    found = lead(costs.transpose(1, 0, 2).reshape(costs.shape[1], -1))
    return np.asarray(found.reshape(len(costs), -1))


def _on_grid(stretches: Sequence[_Stretch], points: int) -> tuple[Floats, Floats]:
    """Values spread evenly over each stretch (n, points), and what is expected there (n, options, points)."""
    if not stretches:
        return np.empty((0, points)), np.empty((0, 0, points))
    low, high = np.array([one.ends.values for one in stretches]).T
    values = np.linspace(low, high, points, axis=-1)
    return values, _expected([one.near for one in stretches], values)


def _expected(near: Sequence[Samples], at: Floats) -> Floats:
    """What is expected at some values (n, values) by the curves through n times some samples, which are to be few.
    (n, options, values); infinite where an option is infeasible in any of them, or they say nothing."""
    found, sizes = np.empty((len(near), len(near[0].costs), at.shape[1])), [one.values.size for one in near]
    for count in set(sizes):
        which = [place for place, size in enumerate(sizes) if size == count]
        values, costs = (np.array([getattr(near[place], name) for place in which]) for name in ("values", "costs"))
        other = ~np.eye(count, dtype=bool)
        distance = np.where(other, (at[which][..., None] - values[:, None])[:, :, None], 1.0)
        apart = np.where(other, values[:, :, None] - values[:, None], 1.0)
        with np.errstate(over="ignore", invalid="ignore"):
            weights = (distance / apart[:, None]).prod(axis=-1)
            curves = np.where(np.isfinite(costs), costs, 0.0) @ weights.transpose(0, 2, 1)
        feasible = np.isfinite(costs).all(axis=-1, keepdims=True)
        found[which] = np.where(feasible, curves, np.inf)
    return np.where(np.isfinite(found), found, np.inf)  # samples next to one another may say nothing of those far away


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


def _changes(samples: Iterable[tuple[int, Samples]], lead: Lead) -> list[_Stretch]:
    """The neighbors between which the lead changes its sign, in samples of some inputs (by their position)."""
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
        found.append(_Stretch(at, one.among(left, left + 2), one.among(max(left - 1, 0), left + 3)))
    return found


def _whole_values(low: float, high: float) -> Floats:
    """Whole values between two others: all of them, or some where there are many."""
    count = int(high - low) - 1
    inside = np.arange(low + 1.0, high) if count <= _MOST_WHOLE else np.linspace(low, high, _FINER_POINTS + 2)[1:-1]
    return distinct(np.asarray(np.round(inside), dtype=np.float64))
