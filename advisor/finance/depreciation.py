"""Depreciation: what is deductible from taxable income for hardware, month by month from its delivery
(docs/model.md#taxes).

A tax year is months 0-11, 12-23 and so on from delivery; the deduction of a year is spread evenly over its months.
"""

import numpy as np

from advisor.array_types import Floats

# IRS Publication 946, table A-1: five-year property (computers), half-year convention, share of the price by tax year.
MACRS_FIVE_YEAR_SHARES = (0.20, 0.32, 0.192, 0.1152, 0.1152, 0.0576)
MONTHS_PER_TAX_YEAR = 12


def straight_line_deductions_usd(price_usd: float, months: int) -> Floats:
    """Straight-line depreciation: price / months in each month.

    Returns:
        USD (months).

    Raises:
        ValueError: Below one month.

    >>> straight_line_deductions_usd(1200.0, 4).tolist()
    [300.0, 300.0, 300.0, 300.0]
    """
    if months < 1:
        raise ValueError(f"months must be at least 1, found {months}")
    return np.full(months, price_usd / months)


def macrs_five_year_deductions_usd(price_usd: float) -> Floats:
    """MACRS depreciation of five-year property, half-year convention.

    Returns:
        USD (72): the convention takes six tax years.

    Source: IRS Publication 946, table A-1.

    >>> macrs_five_year_deductions_usd(1200.0)[[0, 12]].round(6).tolist()
    [20.0, 32.0]
    """
    return _by_month(price_usd * np.asarray(MACRS_FIVE_YEAR_SHARES))


def bonus_deductions_usd(price_usd: float) -> Floats:
    """Bonus depreciation of 100 %: the whole price in the first tax year.

    Returns:
        USD (12).

    >>> bonus_deductions_usd(1200.0)[:2].tolist()
    [100.0, 100.0]
    """
    return _by_month(np.asarray([price_usd]))


def book_value_usd(price_usd: float, deductions_usd: Floats) -> Floats:
    """The price less what has been deducted so far.

    Args:
        price_usd: Price of the hardware.
        deductions_usd: By month from delivery (months).

    Returns:
        USD (months + 1): at delivery, then at the end of each month.

    >>> book_value_usd(300.0, np.array([100.0, 50.0])).tolist()
    [300.0, 200.0, 150.0]
    """
    return price_usd - np.concatenate([[0.0], np.cumsum(deductions_usd)])


def _by_month(usd_per_tax_year: Floats) -> Floats:
    return np.repeat(usd_per_tax_year / MONTHS_PER_TAX_YEAR, MONTHS_PER_TAX_YEAR)
