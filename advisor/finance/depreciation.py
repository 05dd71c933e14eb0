"""What may be deducted from taxable income for hardware, month by month from its delivery (model section 2.10).

A tax year is months 0-11, 12-23 and so on from delivery; the deduction of a year is spread evenly over its months.
"""

import numpy as np

from advisor.array_types import Floats

# IRS Publication 946, table A-1: five-year property (computers), half-year convention, share of the price by tax year.
MACRS_FIVE_YEAR_SHARES = (0.20, 0.32, 0.192, 0.1152, 0.1152, 0.0576)
MONTHS_PER_TAX_YEAR = 12


def straight_line_deductions_usd(price_usd: float, months: int) -> Floats:
    """The same deduction in each of `months` months. Array of `months`; raises ValueError below one month."""
    if months < 1:
        raise ValueError(f"months must be at least 1, found {months}")
    return np.full(months, price_usd / months)


def macrs_five_year_deductions_usd(price_usd: float) -> Floats:
    """Deductions under MACRS for five-year property: 72 months, as its half-year convention takes six years."""
    return _by_month(price_usd * np.asarray(MACRS_FIVE_YEAR_SHARES))


def bonus_deductions_usd(price_usd: float) -> Floats:
    """Bonus depreciation of 100 %: the whole price in the first tax year. Array of 12 months."""
    return _by_month(np.asarray([price_usd]))


def book_value_usd(price_usd: float, deductions_usd: Floats) -> Floats:
    """The price less what has been deducted: at delivery, then at the end of each month, one value more."""
    return price_usd - np.concatenate([[0.0], np.cumsum(deductions_usd)])


def _by_month(usd_per_tax_year: Floats) -> Floats:
    return np.repeat(usd_per_tax_year / MONTHS_PER_TAX_YEAR, MONTHS_PER_TAX_YEAR)
