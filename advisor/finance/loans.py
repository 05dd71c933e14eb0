"""Loans and leases: monthly payments at an APR (docs/model.md#loans-and-leases).

Every rate here is an APR, charged at APR/12 a month: loans are quoted so. Debt is never discounted at the hurdle rate
of the business: that would make an expensive loan look like income. All amounts are for each dollar.
"""

from collections.abc import Callable

import numpy as np

from advisor.array_types import Amount, Floats, Months
from advisor.finance.solve import bisect

MOST_APR = 10.0  # the largest that `loan_apr` and `lease_apr` look for
_LEAST_APR = 1e-14  # as good as none, and its quotients still are what no interest at all would give


def level_payment(apr: Amount, months: Amount | Months) -> Floats:
    """The level payment at the end of each month that repays $1.

        payment = i / (1 - (1 + i)^-months),   i = APR / 12

    Args:
        apr: Yearly rate as a share; at 0 the dollar is divided by the months.
        months: The term, at least 1.

    >>> round(201 * float(level_payment(0.12, 2)), 2)
    102.01
    """
    monthly = np.maximum(apr, _LEAST_APR) / 12
    return np.asarray(monthly / -np.expm1(-months * np.log1p(monthly)))


def balance(apr: Amount, months: Amount | Months, payments: Amount | Months) -> Floats:
    """What is still owed of $1 after some level payments; 0 after the last.

        balance = 1 - ((1 + i)^payments - 1) / ((1 + i)^months - 1),   i = APR / 12

    payments: how many have been made.

    >>> [round(201 * float(balance(0.12, 2, paid)), 6) for paid in range(4)]
    [201.0, 101.0, 0.0, 0.0]
    """
    log_growth = np.log1p(np.maximum(apr, _LEAST_APR) / 12)
    return np.asarray(1 - np.minimum(np.expm1(payments * log_growth) / np.expm1(months * log_growth), 1.0))


def lease_apr(payment: float, months: int, residual_share: float) -> float:
    """The APR of a lease of $1 of hardware: see `lease_rent`, of which this is the inverse.

    Args:
        payment: The monthly rent, in advance.
        months: Length of the lease.
        residual_share: What the hardware costs at the end, as a share of its price.

    Returns:
        A share a year; 0 where the lessor does not earn anything.

    >>> round(lease_apr(float(lease_rent(0.14, 48, 0.1)), 48, 0.1), 9)
    0.14
    """
    return _apr(lambda apr: float(lease_rent(apr, months, residual_share)) < payment)


def loan_apr(payment: float, months: int) -> float:
    """The APR of a loan of $1 that is repaid in level payments at the end of each month; 0 where it costs nothing.

    >>> round(loan_apr(float(level_payment(0.12, 36)), 36), 9)
    0.12
    """
    return _apr(lambda apr: float(level_payment(apr, months)) < payment)


def _apr(is_below: Callable[[float], bool]) -> float:
    if not is_below(0.0):
        return 0.0
    return MOST_APR if is_below(MOST_APR) else bisect(is_below, 0.0, MOST_APR, tolerance=1e-12)[0]


def lease_rent(apr: Amount, months: Amount | Months, residual_share: Amount) -> Floats:
    """The monthly rent, paid in advance, at which a lessor earns an APR on $1 of hardware.

        1 = sum_(t=0..months-1) rent * (1 + i)^-t + residual_share * (1 + i)^-months,   i = APR / 12

    Args:
        apr: What the lessor earns a year, as a share.
        months: Length of the lease, at least 1.
        residual_share: What the hardware is worth to the lessor at the end, as a share of its price.

    >>> round(1000 * float(lease_rent(0.12, 2, 0.5)), 2)
    256.19
    """
    growth = 1 + apr / 12
    return np.asarray(level_payment(apr, months) * (1 - residual_share * growth**-months) / growth)
