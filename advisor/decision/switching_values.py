"""Switching values: where the gap between two classes changes sign as one input moves (docs/model.md#sensitivity).

The gap is what the cheapest option of another class costs more than the cheapest of the pick's class. Where it is a
straight line through both ends of the range and today's value, two evaluations are enough; else more are made.
"""

from collections.abc import Callable, Iterator
from typing import Protocol

import numpy as np

from advisor.array_types import Bools, Floats
from advisor.finance.solve import illinois
from advisor.profiles.schema import MAX_PLAN_MONTHS

_MOST_STEPS, _CLOSE_ENOUGH = 8, 1e-4  # of a standard deviation: how precisely a switching value is located
_CURVE_SHARE = 0.1  # a bend of less than this share of the smallest gap hides no change of sign
_FINER_POINTS = 9
_MOST_WHOLE, _MOST_CHEAP = 256, 4096  # whole values that are all evaluated; a figure may range over a million


class CostCurve(Protocol):
    """What the options cost as one input moves over its range."""

    @property
    def current(self) -> float:
        """Today's value."""

    @property
    def low(self) -> float:
        """Lower end of the range."""

    @property
    def high(self) -> float:
        """Upper end of the range."""

    @property
    def sd(self) -> float:
        """A plausible standard deviation."""

    @property
    def whole(self) -> bool:
        """Whether only whole values make sense."""

    @property
    def cheap(self) -> bool:
        """Whether many values take little longer than one."""

    @property
    def costs(self) -> Callable[[Floats], Floats]:
        """What the options are ranked by at some values, USD (options, values)."""

    def usable(self, values: Floats) -> Floats:
        """The values within the range, sorted, whole where the input is."""


def gap_usd(costs: Floats, mine: Bools) -> Floats:
    """The cheapest option of the other classes less the cheapest of the pick's.

    Args:
        costs: What the options are ranked by, USD (options, values); infinite where one is not available.
        mine: Which options are of the pick's class (options).

    Returns:
        USD (values): infinite where one of the two has no option, NaN where neither has one.
    """
    with np.errstate(invalid="ignore"):
        return np.asarray(costs[~mine].min(axis=0) - costs[mine].min(axis=0))


def costs_over_range(curve: CostCurve, mine: Bools) -> tuple[Floats, Floats]:
    """Values over the range of an input and what the options cost there: few where the gap is straight, more elsewhere.

    Args:
        curve: The input.
        mine: Which options are of the pick's class (options).

    Returns:
        The values (values), ascending, today's among them; what the options are ranked by there, USD (options, values).
    """
    values = curve.usable(np.array([curve.low, curve.current, curve.high]))
    costs = curve.costs(values)
    gaps = gap_usd(costs, mine)
    bend = abs(float(np.interp(curve.current, values[[0, -1]], gaps[[0, -1]]) - gaps[values == curve.current][0]))
    flips = bool((gaps < 0).any() and (gaps >= 0).any())
    straight = bend <= 1e-6 * max(1.0, float(abs(gaps).max()))
    if not curve.cheap and (straight or (not flips and bend <= _CURVE_SHARE * float(abs(gaps).min()))):
        return values, costs
    count = min(int(curve.high - curve.low) + 1 if curve.cheap and curve.whole else _FINER_POINTS, MAX_PLAN_MONTHS)
    finer = curve.usable(np.concatenate([np.linspace(curve.low, curve.high, count), [curve.current]]))
    return finer, curve.costs(finer)


def switching_values(curve: CostCurve, values: Floats, costs: Floats, mine: Bools) -> Iterator[tuple[float, Floats]]:
    """Every value of an input at which the gap changes sign, on the far side of today's value.

    Args:
        curve: The input.
        values: Values already evaluated (values), ascending.
        costs: What the options are ranked by there, USD (options, values).
        mine: Which options are of the pick's class (options).

    Yields:
        The value, for whole inputs the first beyond the change; and what the options are ranked by there (options).
    """
    gaps = gap_usd(costs, mine)
    for at in np.flatnonzero((gaps[1:] < 0) != (gaps[:-1] < 0)).tolist():
        ends = (float(values[at]), float(values[at + 1]))
        if curve.whole and ends[1] - ends[0] > 1:
            between = _whole_values(*ends, most=_MOST_CHEAP if curve.cheap else _MOST_WHOLE)
            yield from switching_values(curve, between, curve.costs(between), mine)
            continue
        beyond = int(curve.current <= ends[0])
        there = costs[:, at + beyond]
        if np.isinf(there.min()):
            continue
        if curve.whole or not bool(np.isfinite(gaps[at : at + 2]).all()):
            yield ends[beyond], there
            continue
        yield _narrowed(curve, mine, ends, costs[:, at : at + 2], beyond)


def _whole_values(low: float, high: float, most: int) -> Floats:
    """All whole values of a range if they are at most `most`; else a few spread over it, to look between them again."""
    if high - low < most:
        return np.arange(low, high + 1)
    return np.unique(np.round(np.linspace(low, high, _FINER_POINTS)))


def _narrowed(
    curve: CostCurve, mine: Bools, ends: tuple[float, float], costs: Floats, beyond: int
) -> tuple[float, Floats]:
    """Where the gap changes sign between two values, and what the options cost at the end beyond it."""
    seen = {end: costs[:, side] for side, end in enumerate(ends)}

    def gap_at(value: float) -> float:
        found = curve.costs(np.array([value]))
        seen[value] = found[:, 0]
        return float(gap_usd(found, mine)[0])

    low, high = gap_usd(costs, mine).tolist()
    place = illinois(
        gap_at, ends, (low, high), tolerance=_CLOSE_ENOUGH * curve.sd, steps=_MOST_STEPS, least_share=_CLOSE_ENOUGH
    )[beyond]
    return place, seen[place]
