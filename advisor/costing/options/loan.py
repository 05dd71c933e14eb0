"""Loan: the owned cluster of `buy.py`, part of it paid with a loan.

What a lender is paid is discounted at the cost of debt, everything else at the discount rate of the business: a loan at
the going rate costs its fee and nothing more, it only moves cash to later.
"""

import numpy as np

from advisor.array_types import Floats, whole
from advisor.costing.case import Case
from advisor.costing.line_writer import LineWriter
from advisor.costing.option import Option
from advisor.costing.options.ownership import OwnedCluster, owned_cluster, ownership_option
from advisor.costing.options.ownership_costs import add_lender_line, exit_of, operation, purchase
from advisor.finance.loans import balance, level_payment
from advisor.values.quick_dataclass import replace

_NAMES = "buying with a loan", "buy with a loan"
_LOAN_INPUTS = ("debt.loan_apr", "debt.loan_to_value_share", "debt.loan_months", "debt.loan_fee_share")


def bought_on_credit(case: Case) -> Option:
    """Buy with a loan on part of the capex, drawn at delivery and repaid in level payments.

    What is still owed when the hardware is sold is repaid then, with a month's interest. Infeasible where buying is.

    Source: docs/model.md#loans-and-leases
    """
    cluster = owned_cluster(case)
    writer = cluster.writer()
    writer.extend(purchase(cluster))
    owed = _add_loan(writer, cluster)
    writer.extend(operation(cluster))
    interest = owed * case.assumptions.debt.loan_apr / 12
    exit_ = replace(exit_of(cluster), debt_owed_usd=owed + interest, debt_deductible_usd=interest)
    return ownership_option("buy-loan", _NAMES, cluster, writer, exit_, bought_on_credit)


def _add_loan(writer: LineWriter, cluster: OwnedCluster) -> Floats:
    """Draw at delivery and pay every month after it; interest and fee may be deducted.

    Returns:
        The balance in the month before the hardware is sold, USD (..., T).
    """
    figures, age = cluster.case.assumptions.debt, cluster.since_delivery
    apr, term, fee = figures.loan_apr, whole(figures.loan_months), figures.loan_fee_share
    lent, drawn, repaying = cluster.capex.total_usd * figures.loan_to_value_share, age == 0, (age > 0) & (age <= term)
    due = lent * (drawn * (fee - 1) + repaying * level_payment(apr, term))
    inputs = (*cluster.capex_depends_on, *cluster.period_depends_on, *_LOAN_INPUTS)
    add_lender_line(writer, "loan", due, deductible=False, depends_on=inputs)
    if cluster.case.tax is not None:
        interest = repaying * balance(apr, term, age - 1) * apr / 12
        writer.deduct(lent * (drawn * fee + interest), interest=True)
    owned_months = cluster.owned_months
    return np.asarray((owned_months > 0) * lent * balance(apr, term, owned_months - 1))
