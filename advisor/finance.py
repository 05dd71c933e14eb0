"""Money over time: present value, rates of return with all their roots, simple payback (model sections 0 and 5).

Sign convention here, as in numpy-financial: money received is positive, money paid negative.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import numpy_financial as npf

Floats = npt.NDArray[np.float64]


def monthly_rate(yearly_rate: float) -> float:
    """r_m = (1+r)^(1/12) - 1: the monthly rate that compounds to the yearly one."""
    return float((1 + yearly_rate) ** (1 / 12) - 1)


@lru_cache(maxsize=512)
def discount_factors(yearly_rate: float, months: int, *, mid_month: bool) -> Floats:
    """Present value of $1 paid in month 0..months-1: when it starts, or in its middle. Array of `months`, read-only."""
    when = np.arange(months) + (0.5 if mid_month else 0.0)
    factors = np.asarray((1 + monthly_rate(yearly_rate)) ** -when)
    factors.setflags(write=False)
    return factors


def net_present_value(rate: float, flows: Sequence[float]) -> float:
    """Value today of flows at t = 0, 1, 2 ... at `rate` per period; the first flow is not discounted."""
    return float(npf.npv(rate, flows))


@dataclass(frozen=True)
class RateOfReturn:
    """The rates at which flows are worth nothing today. `unique` is the one to quote, None when there is none."""

    roots: tuple[float, ...]
    unique: float | None


def rates_of_return(flows: Sequence[float]) -> RateOfReturn:
    """All internal rates of return per period above -100 %, found by scanning NPV and solving each change of sign.

    `unique` is set only when the running sum starts negative and changes sign once, which proves a single positive
    root, or when the scan finds one root for flows that change sign once. numpy-financial's `irr` returns the root
    nearest zero, whichever it is, so it is not used.
    """
    amounts = np.asarray(flows, dtype=float)
    if not amounts.any():
        return RateOfReturn((), None)
    rates = np.unique(np.concatenate([-1 + np.geomspace(1e-3, 1, 400), np.geomspace(1e-4, 1e3, 800)]))
    values = np.array([net_present_value(rate, amounts.tolist()) for rate in rates])
    at_zero = rates[values == 0].tolist()
    changes = np.flatnonzero(np.sign(values[:-1]) * np.sign(values[1:]) < 0)
    found = (_bisect(amounts.tolist(), float(rates[i]), float(rates[i + 1])) for i in changes)
    roots = sorted([*at_zero, *found])
    sums = np.cumsum(amounts)
    signs = np.sign(sums[sums != 0])
    proven = signs.size > 0 and signs[0] < 0 and int((np.diff(signs) != 0).sum()) == 1
    positive = [root for root in roots if root > 0]
    changes_once = int((np.diff(np.sign(amounts[amounts != 0])) != 0).sum()) == 1
    if proven and len(positive) == 1:
        return RateOfReturn(tuple(roots), positive[0])
    return RateOfReturn(tuple(roots), roots[0] if changes_once and len(roots) == 1 else None)


def _bisect(flows: list[float], low: float, high: float) -> float:
    """The root of NPV between two rates of opposite sign, to machine precision."""
    rising = net_present_value(low, flows) < 0
    for _ in range(200):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        if (net_present_value(middle, flows) < 0) == rising:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def simple_payback(outlay: float, saving_per_period: float) -> float | None:
    """Simple undiscounted payback: periods until the savings add up to the outlay; None when they never do.

    The saving must be cash. Taking depreciation off it recovers the outlay twice, a mistake seen in the wild."""
    return outlay / saving_per_period if saving_per_period > 0 else None


def break_even_share(fixed_cost: float, variable_cost_at_full_use: float) -> float:
    """The share of full use at which a fixed cost equals a cost in proportion to use: fixed / variable."""
    return fixed_cost / variable_cost_at_full_use
