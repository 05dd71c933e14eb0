"""Internal rates of return: all of them, and the one to quote (docs/model.md#irr).

Sign convention, as in numpy-financial: money received is positive, money paid negative.
"""

from collections.abc import Sequence

import numpy as np

from advisor.array_types import Bools, Floats
from advisor.finance.solve import bisect
from advisor.values.many_points import distinct
from advisor.values.quick_dataclass import dataclass


@dataclass(frozen=True)
class RateOfReturn:
    """The rates at which the present value of flows is zero.

    Attributes:
        roots: All rates per period above -100 %, ascending.
        unique: The one to quote; None when there is none or it is not proven to be the only one.
    """

    roots: tuple[float, ...]
    unique: float | None


def rates_of_return(flows: Sequence[float]) -> RateOfReturn:
    """All internal rates of return per period above -100 %; a rate where NPV touches zero and turns back is one root.

        0 = sum_t flow_t * (1 + r)^-t

    NPV is a polynomial in v = 1/(1+r). It is scanned from the bound below which no root can lie (Cauchy) to v = 1, and
    in 1+r for negative rates. The scan is cut where the slope changes sign, so that close pairs of roots and tangents
    are found. Two roots and the turn between them are missed only with a second turn between neighbors of the grid.
    Roots closer than a millionth of 1+r count as one, and so do those that rounding cannot separate. A rate so near
    -100 % that it rounds to it is left out.

    `unique` is set only when the running sum starts negative and changes sign once, which proves a single positive
    root (Norstrom), or when there is one root for flows that change sign once (Descartes). numpy-financial's `irr`
    returns the root nearest zero, whichever it is, so it is not used.

    Args:
        flows: USD at t = 0, 1, 2, ... (periods).

    Raises:
        ValueError: For flows that are not finite.

    Source: docs/model.md#irr; Norstrom (1972), A sufficient condition for a unique nonnegative internal rate of return.

    >>> [round(root, 6) for root in rates_of_return([-100.0, 230.0, -132.0]).roots]
    [0.1, 0.2]
    """
    amounts = np.trim_zeros(np.asarray(flows, dtype=float))
    if not np.isfinite(amounts).all():
        raise ValueError("flows must be finite numbers")
    changes = _sign_changes(amounts)
    if changes == 0:
        return RateOfReturn((), None)
    amounts = amounts / np.abs(amounts).max()
    gains = [1 / v - 1 for v in _roots_up_to_one(amounts)]
    losses = [growth - 1 for growth in _roots_up_to_one(amounts[::-1])]
    roots = _one_of_each(sorted(rate for rate in gains + losses if rate > -1))
    sums = np.cumsum(amounts)
    positive = [root for root in roots if root > 0]
    if sums[0] < 0 and _sign_changes(sums) == 1 and len(positive) == 1:
        return RateOfReturn(roots, positive[0])
    return RateOfReturn(roots, roots[0] if changes == 1 and len(roots) == 1 else None)


def _sign_changes(amounts: Floats) -> int:
    """How often the sign changes from one amount to the next; zeros are skipped."""
    return int((np.diff(np.sign(amounts[amounts != 0])) != 0).sum())


def _one_of_each(ascending: list[float]) -> tuple[float, ...]:
    """The rates without those that are the same as the one before, up to rounding at a multiple root."""
    kept: list[float] = []
    for rate in ascending:
        if not kept or rate - kept[-1] > 1e-6 * (1 + rate):
            kept.append(rate)
    return tuple(kept)


def _roots_up_to_one(coefficients: Floats) -> list[float]:
    """Roots in (0, 1] of a polynomial given by ascending coefficients; the first may be so small that it is rounded to
    0."""
    slope: Floats = coefficients[1:] * np.arange(1.0, coefficients.size)
    first = abs(coefficients[0])
    bound = first / (first + np.abs(coefficients[1:]).max())
    lowest = max(bound, np.finfo(float).tiny)  # the bound may underflow to 0, where no grid in the log can start
    grid = distinct(np.concatenate([np.geomspace(lowest, 1, 400), 1 - np.geomspace(1e-4, 0.5, 400), np.ones(1)]))
    turns = _crossings(slope, grid, np.asarray(np.polyval(slope[::-1], grid), dtype=np.float64))
    cuts = distinct(np.append(grid, turns))
    values = np.asarray(np.polyval(coefficients[::-1], cuts), dtype=np.float64)
    rounding = 4 * np.finfo(float).eps * coefficients.size * np.polyval(np.abs(coefficients[::-1]), cuts)
    values[np.abs(values) <= rounding] = 0
    return [*_middles(cuts, values == 0), *_crossings(coefficients, cuts, values)]


def _middles(at: Floats, zero: Bools) -> list[float]:
    """One root for each run of points at which a polynomial is zero up to rounding, as around a root of high
    multiplicity: the middle of the run, or 1 when it reaches the end, where the other half of the scan goes on."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], zero.astype(int), [0]])))
    runs = zip(edges[::2].tolist(), (edges[1::2] - 1).tolist(), strict=True)
    return [1.0 if last == at.size - 1 else float(at[(first + last) // 2]) for first, last in runs]


def _crossings(coefficients: Floats, at: Floats, values: Floats) -> list[float]:
    """Where a polynomial changes sign between neighbors of `at`, to machine precision."""
    descending = coefficients[::-1].tolist()
    changes = np.flatnonzero(np.sign(values[:-1]) * np.sign(values[1:]) < 0)
    return [_root(descending, float(at[i]), float(at[i + 1]), rising=bool(values[i] < 0)) for i in changes]


def _root(descending: list[float], low: float, high: float, *, rising: bool) -> float:
    """The root of a polynomial, by descending coefficients, between two points of opposite sign."""

    def is_below(at: float) -> bool:
        value = 0.0
        for coefficient in descending:  # Horner's rule on plain floats: for one point faster than an array
            value = value * at + coefficient
        return (value < 0) == rising

    return sum(bisect(is_below, low, high)) / 2
