"""On demand: rent by the hour at list price, hand back what can be handed back (model section 2.1)."""

import numpy as np

from advisor.costing.case import Case
from advisor.costing.cost_table import Basis
from advisor.costing.line_writer import LineWriter
from advisor.costing.option import Constraint, Option, constraint
from advisor.costing.options.hourly_rental import (
    STORAGE_INPUTS,
    add_setup,
    on_demand_depends_on,
    on_demand_multiple,
    storage_usd,
)


def on_demand(case: Case) -> Option:
    """Rent all of the demand by the hour. Infeasible above the size that is offered, or where renting is forbidden."""
    demand = case.demand
    alive, after = demand.alive, demand.after
    writer = LineWriter(demand.months, demand.peak.shape)
    bill = on_demand_multiple(case, alive) * alive.billed_gpu_hours
    bill_after = on_demand_multiple(case, after) * after.billed_gpu_hours
    writer.add("rent", Basis.SPOT, bill, bill_after, bill_after, depends_on=on_demand_depends_on(case))
    kept, kept_after = storage_usd(case, alive), storage_usd(case, after)
    writer.add("storage_egress", Basis.FIXED, kept, kept_after, kept_after, depends_on=STORAGE_INPUTS)
    add_setup(writer, case)
    return Option(
        id="on-demand",
        action="rent",
        label="rent on demand",
        table=writer.table(case.assumptions.rental, gone_by=np.arange(demand.months)),
        constraints=constraints_on_demand(case),
        remake=on_demand,
    )


def constraints_on_demand(case: Case) -> tuple[Constraint, ...]:
    """No on-demand market exists above a certain size."""
    most = int(case.assumptions.rental.on_demand_max_nodes)
    return (constraint(case.demand.peak > most, f"no on-demand market above {most} nodes"),)
