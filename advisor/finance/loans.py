"""Loans and leases: monthly payments at an APR (docs/model.md#loans-and-leases).

Every rate here is an APR, charged at APR/12 a month: loans are quoted so. Debt is never discounted at the hurdle rate
of the business: that would make an expensive loan look like income.
"""

import numpy as np
import numpy_financial as npf

from advisor.array_types import Floats
from advisor.values.quick_dataclass import dataclass


@dataclass(frozen=True)
class LoanSchedule:
    """A loan repaid in level payments at the end of each month.

    Attributes:
        amount_usd: What is borrowed.
        apr: Yearly rate, a twelfth of which is charged each month.
        payment_usd_per_month: The level payment.
        balance_usd: Owed after 0, 1, ... payments (months + 1): first the amount, last 0.
        interest_usd: The interest part of each payment (months).
    """

    amount_usd: float
    apr: float
    payment_usd_per_month: float
    balance_usd: Floats
    interest_usd: Floats

    @property
    def months(self) -> int:
        """The term."""
        return self.interest_usd.size


def level_payment_loan(amount_usd: float, apr: float, months: int) -> LoanSchedule:
    """The schedule of an amortising loan.

        payment = amount * i / (1 - (1 + i)^-months),   i = APR / 12

    Args:
        amount_usd: What is borrowed.
        apr: Yearly rate as a share; 0 divides the amount by the months.
        months: The term.

    Raises:
        ValueError: For a term below one month.

    Source: docs/model.md#loans-and-leases; the payment as in numpy-financial's `pmt`.

    >>> round(level_payment_loan(201.0, 0.12, 2).payment_usd_per_month, 2)
    102.01
    """
    if months < 1:
        raise ValueError(f"months must be at least 1, found {months}")
    payment = -float(npf.pmt(apr / 12, months, amount_usd))
    if apr == 0:  # numpy-financial divides by the rate here
        interest = np.zeros(months)
    else:
        interest = -np.asarray(npf.ipmt(apr / 12, np.arange(1, months + 1), months, amount_usd), dtype=float)
    balance = amount_usd - np.concatenate([[0.0], np.cumsum(payment - interest)])
    balance[-1] = 0.0  # up to rounding it is already
    return LoanSchedule(amount_usd, apr, payment, balance, interest)


def lease_rent_usd_per_month(capex_usd: float, apr: float, months: int, residual_share: float) -> float:
    """The monthly rent, paid in advance, at which a lessor earns an APR.

        capex = sum_(t=0..months-1) rent * (1 + i)^-t + residual_share * capex * (1 + i)^-months,   i = APR / 12

    Args:
        capex_usd: Price of the leased hardware.
        apr: What the lessor earns a year, as a share.
        months: Length of the lease.
        residual_share: What the hardware is worth to the lessor at the end, as a share of its price.

    Source: docs/model.md#loans-and-leases; numpy-financial's `pmt` with payments in advance.

    >>> round(lease_rent_usd_per_month(1000.0, 0.12, 2, 0.5), 2)
    256.19
    """
    return -float(npf.pmt(apr / 12, months, capex_usd, -residual_share * capex_usd, when="begin"))
