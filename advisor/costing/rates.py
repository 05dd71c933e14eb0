"""What a dollar paid later is worth today, by the timing of the payment."""

from enum import IntEnum
from functools import lru_cache

import numpy as np

from advisor.array_types import Floats
from advisor.finance.discounting import discount_factors
from advisor.values.quick_dataclass import dataclass


class Timing(IntEnum):
    """When in a month a line is paid and at which rate it is discounted: a row of `Rates.by_timing`."""

    MID_MONTH = 0  # spread over the month: usage, running costs
    IN_ADVANCE = 1  # on the first day of the month: commitments, purchases
    TO_LENDER = 2  # on the first day of the month, to a lender or lessor: discounted at the cost of debt


@dataclass(frozen=True)
class Rates:
    """The discount rates of a case, per year.

    operating: for everything but debt, compounded yearly; debt: for what lenders and lessors are paid, an APR charged
    monthly at a twelfth; tax: the tax rate, whose relief on interest lowers the cost of debt from `tax_from_month` on.
    Discounting debt at the operating rate would show a gain from borrowing alone.

    Source: docs/model.md#discounting
    """

    operating: float
    debt: float
    tax: float = 0.0
    tax_from_month: int = 0

    def by_timing(self, months: int) -> Floats:
        """`factors` of all timings. (3, months), read-only."""
        return _by_timing(self, months)

    def factors(self, months: int, timing: Timing) -> Floats:
        """Present value of $1 due in each of the first `months` months. (months,)."""
        if timing == Timing.TO_LENDER:
            taxed = np.arange(1, months) >= self.tax_from_month
            monthly = self.debt / 12 * (1 - self.tax * taxed)
            return np.concatenate([[1.0], np.cumprod(1 / (1 + monthly))])
        return discount_factors(self.operating, months, mid_month=timing == Timing.MID_MONTH)


@lru_cache(maxsize=512)
def _by_timing(rates: Rates, months: int) -> Floats:
    factors = np.array([rates.factors(months, timing) for timing in Timing])
    factors.setflags(write=False)
    return factors
