"""What a dollar paid later is worth today, by the timing of the payment."""

from enum import IntEnum
from functools import cached_property, lru_cache

import numpy as np

from advisor.array_types import Amount, Floats
from advisor.finance.discounting import discount_factors
from advisor.profiles.limits import LONGEST_TERM_MONTHS, MAX_PLAN_MONTHS
from advisor.values.quick_dataclass import dataclass

LONGEST_TABLE_MONTHS = MAX_PLAN_MONTHS + LONGEST_TERM_MONTHS + 2


class Timing(IntEnum):
    """When in a month a line is paid and at which rate it is discounted: a row of `Rates.by_timing`."""

    MID_MONTH = 0  # spread over the month: usage, running costs
    IN_ADVANCE = 1  # on the first day of the month: commitments, purchases
    TO_LENDER = 2  # on the first day of the month, to a lender or lessor: discounted at the cost of debt


@dataclass(frozen=True, eq=False)
class Rates:
    """The discount rates of a case, per year; amounts.

    Attributes:
        operating: For everything but debt, compounded yearly.
        debt: For what lenders and lessors are paid, an APR charged monthly at a twelfth.
        tax: The tax rate, whose relief on interest lowers the cost of debt from `tax_from_month` on.

    Discounting debt at the operating rate would show a gain from borrowing alone.

    Source: docs/model.md#discounting
    """

    operating: Amount
    debt: Amount
    tax: float = 0.0
    tax_from_month: int = 0

    def by_timing(self, months: int) -> Floats:
        """Present value of $1 due in each of the first months, for each timing. (3, ..., months), read-only."""
        return self._by_timing[..., :months]

    def factors(self, months: int, timing: Timing) -> Floats:
        """Present value of $1 due in each of the first months, for one timing. (..., months)."""
        return self._by_timing[timing.value, ..., :months]

    @cached_property
    def _by_timing(self) -> Floats:
        months = LONGEST_TABLE_MONTHS
        relief = self.tax * (np.arange(months) >= self.tax_from_month)
        relief[0] = 1.0  # nothing is discounted before the first month has passed
        rows = (
            discount_factors(self.operating, months, mid_month=True),
            discount_factors(self.operating, months, mid_month=False),
            np.cumprod(1 / (1 + self.debt / 12 * (1 - relief)), axis=-1),
        )
        factors = np.array(np.broadcast_arrays(*rows))
        factors.setflags(write=False)
        return factors


rates_of = lru_cache(maxsize=64)(Rates)  # made of single numbers: cases of the same rates share their factors
