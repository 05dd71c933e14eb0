"""What a dollar paid later is worth today, by the timing of the payment."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from advisor.array_types import Floats
from advisor.finance.discounting import discount_factors


@dataclass(frozen=True)
class Rates:
    """What a dollar is worth later, per year. operating: for everything but debt; debt: for what lenders and lessors
    are paid, monthly at a twelfth, less the tax that interest saves from `tax_from_month` on. Discounting debt at the
    operating rate would make money from nothing."""

    operating: float
    debt: float
    tax: float = 0.0
    tax_from_month: int = 0

    def by_timing(self, months: int) -> Floats:
        """`factors` of the three timings. 3 x months, read-only."""
        return _by_timing(self, months)

    def factors(self, months: int, kind: int) -> Floats:
        """Present value of $1 by month: paid in its middle (0), in advance (1), to a lender in advance (2)."""
        if kind == 2:
            taxed = np.arange(1, months) >= self.tax_from_month
            monthly = self.debt / 12 * (1 - self.tax * taxed)
            return np.concatenate([[1.0], np.cumprod(1 / (1 + monthly))])
        return discount_factors(self.operating, months, mid_month=kind == 0)


@lru_cache(maxsize=512)
def _by_timing(rates: Rates, months: int) -> Floats:
    factors = np.array([rates.factors(months, kind) for kind in range(3)])
    factors.setflags(write=False)
    return factors
