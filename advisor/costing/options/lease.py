"""Lease: the cluster of `buy.py`, leased from delivery on and colocated.

What a lessor is paid is discounted at the cost of debt, everything else at the discount rate of the business.
"""

from dataclasses import replace
from functools import lru_cache
from itertools import chain

import numpy as np

from advisor.costing.case import Case
from advisor.costing.cost_table import Basis, ByPlanState, Exit
from advisor.costing.line_writer import LineWriter
from advisor.costing.option import Option
from advisor.costing.options.ownership import OwnedCluster, after_delivery, owned_cluster, ownership_option
from advisor.costing.options.ownership_costs import add_operation, exit_of
from advisor.costing.rates import Timing
from advisor.finance.loans import lease_rent_usd_per_month

_NAMES = "leasing and colocating", "lease and colocate"
_LEASE_INPUTS = ("debt.lease_apr", "debt.lease_months", "debt.lease_residual_share", "debt.lease_exit_share")


def leased(case: Case) -> Option:
    """Lease the hardware from delivery on.

    When the lease ends and the plan goes on, buy the hardware at its residual value; when the plan changes or ends
    before, return it and pay the exit share of the rents still to come. Infeasible where buying is.

    Source: docs/model.md#loans-and-leases
    """
    cluster = owned_cluster(case)
    writer = cluster.writer()
    exit_ = _add_lease(writer, cluster)
    add_operation(writer, cluster)
    return ownership_option("lease", _NAMES, cluster, writer, exit_, leased)


@lru_cache(maxsize=64)
def _dollar_lease(apr: float, months: int, residual_share: float) -> float:
    return lease_rent_usd_per_month(1.0, apr, months, residual_share)


def _add_lease(writer: LineWriter, cluster: OwnedCluster) -> Exit:
    """Rent in advance for the term, then the residual value; installation is paid in cash.

    Returns:
        What leaving brings and costs: nothing is sold before the lease has ended.

    """
    figures, delivery, capex = cluster.case.assumptions.debt, cluster.schedule.delivery, cluster.capex
    term, residual = int(figures.lease_months), figures.lease_residual_share
    rent = _dollar_lease(figures.lease_apr, term, residual)
    hardware = (capex.hardware_usd + capex.fabric_usd + capex.storage_usd)[..., None]
    rents = after_delivery(np.full(term, rent), delivery, writer.months)
    price = after_delivery(residual * (np.arange(term + 1) == term), delivery, writer.months)
    installed = after_delivery(np.ones(1), delivery, writer.months)
    inputs = (*chain.from_iterable(cluster.capex_depends_on[:3]), *cluster.period_depends_on, *_LEASE_INPUTS)
    for flows, deductible in ((rents, True), (price, False)):
        due = hardware * flows
        writer.add(
            "lease",
            Basis.FIXED,
            ByPlanState(active=due, winding_down=due),
            timing=Timing.TO_LENDER,
            deductible=deductible,
            depends_on=inputs,
        )
    setup = capex.installation_usd[..., None] * installed
    when = (*cluster.capex_depends_on[3], cluster.hardware.lead_input)
    setup_due = ByPlanState(active=setup, winding_down=setup)
    writer.add("installation", Basis.FIXED, setup_due, timing=Timing.IN_ADVANCE, depends_on=when)
    leased_months, exit_ = cluster.owned_months, exit_of(cluster)
    left = np.where(leased_months > 0, np.maximum(term - leased_months, 0), 0)
    bought = exit_.sold * (leased_months > term)
    owed = hardware * rent * left * figures.lease_exit_share
    return replace(
        exit_,
        sold=bought,
        debt_owed_usd=owed,
        debt_deductible_usd=owed,
        book_usd=bought * residual * hardware * (cluster.case.tax is not None),
        depends_on=(*exit_.depends_on, "debt.lease_months"),
    )
