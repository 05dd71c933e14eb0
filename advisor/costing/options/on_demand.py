"""On demand: rent by the hour at list price and release idle nodes where the size of the cluster allows it."""

import numpy as np

from advisor.costing.case import Case
from advisor.costing.cost_table import Basis, ByPlanState
from advisor.costing.line_writer import LineWriter
from advisor.costing.option import Option
from advisor.costing.options.hourly_rental import (
    add_setup,
    add_storage,
    constraints_on_demand,
    on_demand_depends_on,
    on_demand_multiple,
)


def on_demand(case: Case) -> Option:
    """Rent all of the demand by the hour.

    Bill of a month = billed GPU-hours x rate multiple x list price of that month, plus storage, and set-up in the first
    month. Infeasible for a job larger than what is offered on demand.

    Source: docs/model.md#on-demand
    """
    demand = case.demand
    writer = LineWriter(demand.months, demand.peak.shape)
    bill, bill_after = (on_demand_multiple(case, need) * need.billed_gpu_hours for need in (demand.alive, demand.after))
    due = ByPlanState(active=bill, winding_down=bill_after, exited=bill_after)
    writer.add("rent", Basis.SPOT, due, depends_on=on_demand_depends_on(case))
    add_storage(writer, case)
    add_setup(writer, case)
    return Option(
        id="on-demand",
        action="rent",
        label="on-demand rent",
        command="rent on demand",
        table=writer.table(case.assumptions.rental, gone_by=np.arange(demand.months)),
        constraints=constraints_on_demand(case),
        remake=on_demand,
    )
