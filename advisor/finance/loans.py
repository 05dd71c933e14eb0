"""Loans and leases: what they pay month by month, and what they are worth at the lender's own rate (model section 2.6).

Every rate here is an APR, charged at APR/12 a month: a loan's own rate is quoted so, and the cost of debt it is weighed
against must be too. `apr_of` turns a yearly discount rate into one. Debt is never discounted at the hurdle rate of the
business: that would make a dear loan look like income.
"""

from dataclasses import dataclass

import numpy as np
import numpy_financial as npf

from advisor.array_types import Floats
from advisor.finance.discounting import monthly_rate


def apr_of(yearly_rate: float) -> float:
    """The APR that compounds to a yearly rate: 12 ((1+r)^(1/12) - 1)."""
    return 12 * monthly_rate(yearly_rate)


@dataclass(frozen=True)
class LoanSchedule:
    """A loan repaid in level payments at the end of each of `months` months.

    balance_usd: owed after 0..months payments, months + 1 values, the first the amount, the last 0. interest_usd and
    principal_usd: the two parts of each payment, `months` values.
    """

    amount_usd: float
    apr: float
    payment_usd_per_month: float
    balance_usd: Floats
    interest_usd: Floats
    principal_usd: Floats

    @property
    def months(self) -> int:
        """The term."""
        return self.interest_usd.size


def level_payment_loan(amount_usd: float, apr: float, months: int) -> LoanSchedule:
    """The schedule of an amortising loan at APR/12 a month. Raises ValueError below one month."""
    if months < 1:
        raise ValueError(f"months must be at least 1, found {months}")
    payment = -float(npf.pmt(apr / 12, months, amount_usd))
    if apr == 0:  # numpy-financial divides by the rate here
        interest = np.zeros(months)
    else:
        interest = -np.asarray(npf.ipmt(apr / 12, np.arange(1, months + 1), months, amount_usd), dtype=float)
    principal = payment - interest
    balance = amount_usd - np.concatenate([[0.0], np.cumsum(principal)])
    balance[-1] = 0.0  # up to rounding it is already
    return LoanSchedule(amount_usd, apr, payment, balance, interest, principal)


def loan_payments_usd(loan: LoanSchedule, *, repaid_after_months: int | None = None) -> Floats:
    """Payments at the end of each month until the loan is repaid; what is still owed is paid with the last of them.

    Positive, array of `repaid_after_months` (None: the whole term). Raises ValueError outside 1 to the term.
    """
    last = loan.months if repaid_after_months is None else repaid_after_months
    if not 1 <= last <= loan.months:
        raise ValueError(f"repaid_after_months must be 1 to {loan.months}, found {last}")
    payments = np.full(last, loan.payment_usd_per_month)
    payments[-1] += loan.balance_usd[last]
    return payments


def loan_cost_usd(
    loan: LoanSchedule, debt_apr: float, *, fee_usd: float = 0.0, repaid_after_months: int | None = None
) -> float:
    """What borrowing costs today: the fee, plus payments worth at the cost of debt, less the amount received.

    At its own APR a loan costs its fee, however large, long or early repaid. Negative only when it is cheaper than the
    cost of debt. Raises ValueError for a repayment outside 1 to the term.
    """
    payments = loan_payments_usd(loan, repaid_after_months=repaid_after_months)
    return fee_usd + float(npf.npv(debt_apr / 12, np.concatenate([[-loan.amount_usd], payments])))


def lease_rent_usd_per_month(capex_usd: float, apr: float, months: int, residual_share: float) -> float:
    """Rent in advance that earns a lessor its APR, `residual_share` of the price being left at the end."""
    return -float(npf.pmt(apr / 12, months, capex_usd, -residual_share * capex_usd, when="begin"))


def net_advantage_to_leasing_usd(
    capex_usd: float,
    rent_usd_per_month: float,
    months: int,
    debt_apr: float,
    *,
    residual_usd: float,
    tax_rate: float,
    deductions_usd: Floats,
) -> float:
    """What a lease is worth more than buying with debt, today: the price saved, less rents after tax, less the tax
    shield of depreciation and the residual value an owner would have.

    Everything at the after-tax cost of debt, debt_apr (1 - tax_rate) / 12 a month (Myers, Dill and Bautista 1976).
    Rents and their tax at the start of each month, shields at its end. residual_usd is the owner's sale at the end of
    the lease, taxed on what it exceeds the book value by; a sale below book value saves tax. deductions_usd: by month
    from delivery, of any length; those after the sale are part of the book value.
    """
    rate = debt_apr * (1 - tax_rate) / 12
    within = deductions_usd[:months]
    book_usd = capex_usd - float(within.sum())
    rents = float(npf.npv(rate, np.full(months, rent_usd_per_month * (1 - tax_rate))))
    shields = float(npf.npv(rate, np.concatenate([[0.0], tax_rate * within])))
    sale = (residual_usd - tax_rate * (residual_usd - book_usd)) * (1 + rate) ** -months
    return capex_usd - rents - shields - sale
