"""Money over time: monthly rate, discount factors, net present value, payback
(docs/model.md#discounting).

Sign convention, as in numpy-financial: money received is positive, money paid negative.
"""

from collections.abc import Sequence

import numpy as np
import numpy_financial as npf

from advisor.array_types import Amount, Floats


def monthly_rate(yearly_rate: Amount) -> Amount:
    """The monthly rate that compounds to a yearly one.

        r_m = (1 + r)^(1/12) - 1

    >>> round(monthly_rate(0.12), 6)
    0.009489
    """
    return (1 + yearly_rate) ** (1 / 12) - 1


def discount_factors(yearly_rate: Amount, months: int, *, mid_month: bool) -> Floats:
    """Present value of $1 paid in each month.

        f_t = (1 + r_m)^-(t + h),   h = 1/2 for payments in the middle of a month, else 0

    Args:
        yearly_rate: Discount rate a year, as a share.
        months: How many months, from month 0 on.
        mid_month: Whether payments fall in the middle of the month instead of at its start.

    Returns:
        The factors (..., months).

    >>> discount_factors(3.0, 13, mid_month=False)[[0, 6, 12]].round(3).tolist()
    [1.0, 0.5, 0.25]
    """
    when = np.arange(months) + (0.5 if mid_month else 0.0)
    return np.asarray((1 + monthly_rate(yearly_rate)) ** -when)


def net_present_value(rate: float, flows: Sequence[float]) -> float:
    """Present value of flows at the ends of periods; the first flow is today and not discounted.

        NPV = sum_t flow_t * (1 + rate)^-t,   t = 0, 1, 2, ...

    Args:
        rate: Discount rate per period, as a share.
        flows: USD per period (periods).

    >>> round(net_present_value(0.1, [-100.0, 121.0]), 6)
    10.0
    """
    return float(npf.npv(rate, flows))


def simple_payback(outlay: float, saving_per_period: float) -> float | None:
    """Undiscounted payback: the periods until the savings add up to the outlay; None when they never do.

    Args:
        outlay: USD, positive.
        saving_per_period: Cash saved in each period, USD. Depreciation is not subtracted from it: that would recover
            the outlay twice, a mistake that is often published.

    >>> simple_payback(1200.0, 100.0)
    12.0
    """
    return outlay / saving_per_period if saving_per_period > 0 else None
