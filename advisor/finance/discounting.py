"""Money over time: monthly rate, discount factors, net present value, payback, break-even share."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import numpy_financial as npf

from advisor.array_types import Floats


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


def simple_payback(outlay: float, saving_per_period: float) -> float | None:
    """Simple undiscounted payback: periods until the savings add up to the outlay; None when they never do.

    The saving must be cash. Taking depreciation off it recovers the outlay twice, a mistake seen in the wild."""
    return outlay / saving_per_period if saving_per_period > 0 else None


def break_even_share(fixed_cost: float, variable_cost_at_full_use: float) -> float:
    """The share of full use at which a fixed cost equals a cost in proportion to use: fixed / variable."""
    return fixed_cost / variable_cost_at_full_use
