"""Loan: the owned cluster of `buy.py`, part of it paid with a loan.

What a lender is paid is discounted at the cost of debt, everything else at the discount rate of the business: a loan at
the going rate costs its fee and nothing more, it only moves cash to later.
"""

from dataclasses import replace
from functools import lru_cache
from itertools import chain

import numpy as np

from advisor.array_types import Floats
from advisor.costing.case import Case
from advisor.costing.cost_table import Basis, ByPlanState
from advisor.costing.line_writer import LineWriter
from advisor.costing.option import Option
from advisor.costing.options.ownership import OwnedCluster, after_delivery, owned_cluster, ownership_option
from advisor.costing.options.ownership_costs import add_operation, add_purchase, exit_of
from advisor.costing.rates import Timing
from advisor.finance.loans import LoanSchedule, level_payment_loan

_NAMES = "buying with a loan", "buy with a loan"
_LOAN_INPUTS = ("debt.loan_apr", "debt.loan_to_value_share", "debt.loan_months", "debt.loan_fee_share")


def bought_on_credit(case: Case) -> Option:
    """Buy with a loan on part of the capex, drawn at delivery and repaid in level payments.

    What is still owed when the hardware is sold is repaid then, with a month's interest. Infeasible where buying is.

    Source: docs/model.md#loans-and-leases
    """
    cluster = owned_cluster(case)
    writer = cluster.writer()
    add_purchase(writer, cluster)
    balance = _add_loan(writer, cluster)
    add_operation(writer, cluster)
    interest = balance * case.assumptions.debt.loan_apr / 12
    exit_ = replace(exit_of(cluster), debt_owed_usd=balance + interest, debt_deductible_usd=interest)
    return ownership_option("buy-loan", _NAMES, cluster, writer, exit_, bought_on_credit)


@lru_cache(maxsize=64)
def _dollar_loan(apr: float, months: int) -> LoanSchedule:
    return level_payment_loan(1.0, apr, months)


def _add_loan(writer: LineWriter, cluster: OwnedCluster) -> Floats:
    """Draw at delivery and pay every month after it; interest and fee may be deducted.

    Returns:
        The balance in the month before the hardware is sold, USD (..., T).

    """
    figures, delivery = cluster.case.assumptions.debt, cluster.schedule.delivery
    loan = _dollar_loan(figures.loan_apr, int(figures.loan_months))
    lent = (cluster.capex.total_usd * figures.loan_to_value_share)[..., None]
    fee = figures.loan_fee_share
    flows = np.concatenate([[fee - 1.0], np.full(loan.months, loan.payment_usd_per_month)])
    interest = after_delivery(np.concatenate([[fee], loan.interest_usd]), delivery, writer.months)
    due = lent * after_delivery(flows, delivery, writer.months)
    inputs = (*chain.from_iterable(cluster.capex_depends_on), *cluster.period_depends_on, *_LOAN_INPUTS)
    writer.add(
        "loan",
        Basis.FIXED,
        ByPlanState(active=due, winding_down=due),
        timing=Timing.TO_LENDER,
        deductible=False,
        depends_on=inputs,
    )
    writer.deduct(lent * interest, interest=True)
    owned_months = np.minimum(cluster.owned_months, loan.months + 1)
    before = np.concatenate([loan.balance_usd, [0.0]])[np.maximum(owned_months - 1, 0)]
    return np.asarray(np.where(owned_months > 0, lent * before, 0.0))
