"""On demand: rent by the hour at list price and release idle nodes where the size of the cluster allows it."""

from advisor.costing.case import Case
from advisor.costing.option import Option
from advisor.costing.options.hourly_rental import (
    constraints_on_demand,
    hourly_table,
    on_demand_depends_on,
    on_demand_multiple,
)
from advisor.values.kept import kept


@kept(maxsize=4)  # an option of its own, and until a decision
def on_demand(case: Case) -> Option:
    """Rent all of the demand by the hour.

    Bill of a month = billed GPU-hours x rate multiple x list price of that month, plus storage, and set-up in the first
    month. Infeasible for a job larger than what is offered on demand.

    Source: docs/model.md#on-demand
    """
    demand = case.demand
    bills = (on_demand_multiple(case, need) * need.billed_gpu_hours for need in (demand.alive, demand.after))
    return Option(
        id="on-demand",
        action="rent",
        label="on-demand rent",
        command=f"rent on demand{case.from_seller('on-demand')}",
        table=hourly_table(case, bills, on_demand_depends_on(case), set_up=True, kind="on-demand"),
        constraints=constraints_on_demand(case),
        remake=on_demand,
    )
