"""Financed: the same cluster as `owned.py`, paid for with a loan or leased (model section 2.6).

What a lender or lessor is paid is discounted at the cost of debt, everything else at the cost of money: a loan at the
going rate is worth its fee and nothing more, it only moves cash to later.
"""

from dataclasses import replace
from functools import lru_cache
from itertools import chain

import numpy as np

from advisor.array_types import Floats, Months
from advisor.costing.case import Case
from advisor.costing.cost_table import Basis, Exit
from advisor.costing.line_writer import LineWriter
from advisor.costing.option import Option
from advisor.costing.options.ownership import (
    OwnedCluster,
    add_operation,
    add_purchase,
    constraints_on_owning,
    exit_of,
    node_price_usd,
    owned_cluster,
)
from advisor.finance.loans import LoanSchedule, lease_rent_usd_per_month, level_payment_loan


def bought_on_credit(case: Case) -> Option:
    """Buy with a loan on part of the capex, drawn at delivery and repaid in level payments; the rest of it is repaid
    when the hardware is sold. Infeasible where buying is."""
    cluster = owned_cluster(case)
    writer = cluster.writer()
    add_purchase(writer, cluster)
    lent_still = _add_loan(writer, cluster)
    add_operation(writer, cluster)
    interest = lent_still * case.assumptions.debt.loan_apr / 12
    exit_ = replace(exit_of(cluster), debt_owed_usd=lent_still + interest, debt_deductible_usd=interest)
    return replace(_option("buy-loan", "buy with a loan", cluster, writer, exit_), remake=bought_on_credit)


def leased(case: Case) -> Option:
    """Lease the hardware from delivery on, buy it at its residual value when the lease ends and the plan goes on, hand
    it back otherwise and pay what is left of the lease. Infeasible where buying is."""
    cluster = owned_cluster(case)
    writer = cluster.writer()
    exit_ = _add_lease(writer, cluster)
    add_operation(writer, cluster)
    return replace(_option("lease", "lease and colocate", cluster, writer, exit_), remake=leased)


def _option(name: str, label: str, cluster: OwnedCluster, writer: LineWriter, exit_: Exit) -> Option:
    case = cluster.case
    return Option(
        id=name,
        action="buy",
        label=label,
        table=writer.table(case.assumptions.rental, cluster.gone_by, exit_=exit_),
        constraints=constraints_on_owning(case, cluster.timing),
        priced=node_price_usd(case) is not None,
    )


def _held_months(cluster: OwnedCluster) -> Months:
    """How long the hardware is there when the plan changes in month tau, (..., T); 0 when it was never ordered."""
    tau = np.arange(1, cluster.case.demand.months + 1)
    held = cluster.timing.sale - cluster.timing.delivery
    return np.where(tau > cluster.timing.order, held, 0)


@lru_cache(maxsize=64)
def _dollar_loan(apr: float, months: int) -> LoanSchedule:
    return level_payment_loan(1.0, apr, months)


@lru_cache(maxsize=64)
def _dollar_lease(apr: float, months: int, residual_share: float) -> float:
    return lease_rent_usd_per_month(1.0, apr, months, residual_share)


def _add_loan(writer: LineWriter, cluster: OwnedCluster) -> Floats:
    """Draw at delivery, pay every month after it; what is still lent in the month before the hardware is sold, (...,
    T). Interest and fee may be deducted."""
    figures, delivery = cluster.case.assumptions.debt, cluster.timing.delivery
    loan = _dollar_loan(figures.loan_apr, int(figures.loan_months))
    lent = (cluster.capex.total_usd * figures.loan_to_value_share)[..., None]
    flows, interest = np.zeros((2, max(writer.months, delivery + loan.months + 1)))
    flows[delivery], interest[delivery] = figures.loan_fee_share - 1.0, figures.loan_fee_share
    paid = slice(delivery + 1, delivery + 1 + loan.months)
    flows[paid], interest[paid] = loan.payment_usd_per_month, loan.interest_usd
    due = lent * flows[: writer.months]
    bought = (*chain.from_iterable(cluster.capex_depends_on), *cluster.standing_depends_on)
    inputs = (*bought, "debt.loan_apr", "debt.loan_to_value_share", "debt.loan_months", "debt.loan_fee_share")
    writer.add("loan", Basis.FIXED, due, due, to_lender=True, deductible=False, depends_on=inputs)
    writer.deduct(lent * interest, interest=True)
    held = np.minimum(_held_months(cluster), loan.months + 1)
    before = np.concatenate([loan.balance_usd, [0.0]])[np.maximum(held - 1, 0)]
    return np.asarray(np.where(held > 0, lent * before, 0.0))


def _add_lease(writer: LineWriter, cluster: OwnedCluster) -> Exit:
    """Rent in advance for the term, then the residual value; installation is paid in cash. What leaving brings and
    costs: nothing is sold before the lease has ended."""
    figures, delivery, capex = cluster.case.assumptions.debt, cluster.timing.delivery, cluster.capex
    term, residual = int(figures.lease_months), figures.lease_residual_share
    rent = _dollar_lease(figures.lease_apr, term, residual)
    hardware = (capex.hardware_usd + capex.fabric_usd + capex.storage_usd)[..., None]
    rents, price, installed = np.zeros((3, max(writer.months, delivery + term + 1)))
    rents[delivery : delivery + term], price[delivery + term], installed[delivery] = rent, residual, 1.0
    leased_parts = (*chain.from_iterable(cluster.capex_depends_on[:3]), *cluster.standing_depends_on)
    terms = ("debt.lease_apr", "debt.lease_months", "debt.lease_residual_share", "debt.lease_exit_share")
    for component, flows, deductible in (("lease", rents, True), ("lease", price, False)):
        due = hardware * flows[: writer.months]
        writer.add(
            component, Basis.FIXED, due, due, to_lender=True, deductible=deductible, depends_on=(*leased_parts, *terms)
        )
    setup = capex.installation_usd[..., None] * installed[: writer.months]
    when = (*cluster.capex_depends_on[3], cluster.case.gpu_figure("lead_months"))
    writer.add("installation", Basis.FIXED, setup, setup, in_advance=True, depends_on=when)
    held, exit_ = _held_months(cluster), exit_of(cluster)
    left = np.where(held > 0, np.maximum(term - held, 0), 0)
    bought = exit_.sold * (held > term)
    owed = hardware * rent * left * figures.lease_exit_share
    return replace(
        exit_,
        sold=bought,
        debt_owed_usd=owed,
        debt_deductible_usd=owed,
        book_usd=bought * residual * hardware * (cluster.case.tax is not None),
        depends_on=(*exit_.depends_on, "debt.lease_months"),
    )
