"""Lease: the cluster of `buy.py`, leased from delivery on.

What a lessor is paid is discounted at the cost of debt, everything else at the discount rate of the business.
"""

from itertools import chain

import numpy as np

from advisor.array_types import whole
from advisor.costing.case import Case
from advisor.costing.cost_table import Basis, ByPlanState, Exit
from advisor.costing.line_writer import LineWriter
from advisor.costing.option import Option
from advisor.costing.options.ownership import OwnedCluster, owned_cluster, ownership_option, with_place
from advisor.costing.options.ownership_costs import add_lender_line, exit_of, operation
from advisor.costing.rates import Timing
from advisor.finance.loans import lease_rent
from advisor.values.quick_dataclass import replace

_NAMES = "leasing", "lease"
_FINANCED = "debt.lease_financed_share"
_LEASE_INPUTS = (
    "debt.lease_apr", "debt.lease_months", "debt.lease_residual_share", "debt.lease_exit_share", _FINANCED,
)  # fmt: skip


def leased(case: Case) -> Option:
    """Lease the hardware from delivery on.

    When the lease ends and the plan goes on, buy the hardware at its residual value; when the plan changes or ends
    before, return it and pay the exit share of the rents still to come. Infeasible where buying is.

    Source: docs/model.md#loans-and-leases
    """
    cluster = owned_cluster(case)
    writer = cluster.writer()
    exit_ = _add_lease(writer, cluster)
    writer.extend(operation(cluster))
    return ownership_option("lease", with_place(_NAMES, case), cluster, writer, exit_, leased)


def _add_lease(writer: LineWriter, cluster: OwnedCluster) -> Exit:
    """Rent in advance for the term, then the residual value; installation is paid in cash, and so is what the lessor
    does not pay for.

    Returns:
        What leaving brings and costs: nothing is sold before the lease has ended.
    """
    figures, age, capex = cluster.case.assumptions.debt, cluster.since_delivery, cluster.capex
    term, residual = whole(figures.lease_months), figures.lease_residual_share
    whole_price = capex.hardware_usd + capex.fabric_usd + capex.storage_usd
    hardware = whole_price * figures.lease_financed_share
    rent = hardware * lease_rent(figures.lease_apr, term, residual)
    parts = cluster.parts_depend_on
    inputs = (*chain.from_iterable(parts[:3]), *cluster.period_depends_on, *_LEASE_INPUTS)
    rents, price = (cluster.owning & (age < term)) * rent, (age == term) * (hardware * residual)
    add_lender_line(writer, "lease", rents, deductible=True, depends_on=inputs)
    add_lender_line(writer, "lease", price, deductible=False, depends_on=inputs)
    if np.any(figures.lease_financed_share != 1):
        own = ByPlanState.running((age == 0) * (whole_price - hardware))
        own_inputs = (*chain.from_iterable(parts[:3]), cluster.hardware.lead_input, _FINANCED)
        writer.add("hardware", Basis.FIXED, own, timing=Timing.IN_ADVANCE, deductible=False, depends_on=own_inputs)
    setup = ByPlanState.running((age == 0) * capex.installation_usd)
    when = (*parts[3], cluster.hardware.lead_input)
    writer.add("installation", Basis.FIXED, setup, timing=Timing.IN_ADVANCE, depends_on=when)
    leased_months, exit_ = cluster.owned_months, exit_of(cluster)
    bought = exit_.sold * (leased_months > term)
    owed = (rent * figures.lease_exit_share) * np.maximum(term - leased_months, 0) * (leased_months > 0)
    return replace(
        exit_,
        sold=bought,
        debt_owed_usd=owed,
        debt_deductible_usd=owed,
        book_usd=bought * (hardware * residual) * (cluster.case.tax is not None),
        depends_on=(*exit_.depends_on, "debt.lease_months"),
    )
