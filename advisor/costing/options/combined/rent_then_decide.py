"""Rent, then decide: rent by the hour for some months, then choose again by how rents have moved.

What is known at the decision is the rent of that month and that the plan is unchanged, nothing later. The advantage
over the best option that is decided today is the value of waiting.

Source: docs/model.md#rent-then-decide
"""

from collections.abc import Iterator

import numpy as np

from advisor.array_types import Bools, Floats
from advisor.costing.case import Case
from advisor.costing.changed_tables import depending_on, ended, joined, stretched, summed
from advisor.costing.cost_table import Basis, ByPlanState, CostTable
from advisor.costing.line_writer import LineWriter
from advisor.costing.option import Choice, Option
from advisor.costing.options.buy import owned
from advisor.costing.options.contracts.contract import contracts_of
from advisor.costing.options.contracts.ladder import STEP_INPUT, layers_of
from advisor.costing.options.hourly_rental import (
    constraints_on_demand,
    credits_left,
    on_demand_depends_on,
    on_demand_multiple,
)
from advisor.costing.options.on_demand import on_demand
from advisor.costing.options.reserved import signed_each
from advisor.market.terms import minimum_term_months
from advisor.values.kept import kept
from advisor.values.quick_dataclass import replace

RENTING_FIRST = "renting, then deciding"  # the label of the option
_DECISION_INPUTS = ("rental.wait_months", "rental.minimum_term_from_64_nodes_months")


def rent_then_decide(case: Case) -> tuple[Option, ...]:
    """Rent on demand for some months of work, then go on with what is cheapest by then: on demand, a term, or buying.

    Empty when the plan is over by then, or when on-demand rental is infeasible.
    """
    now = on_demand(case)
    if now.infeasible or decision_month(case) >= case.demand.lengths:
        return ()
    return (renting_first(case, now)[0],)


def renting_first(case: Case, now: Option) -> tuple[Option, Bools]:
    """The option to rent first, in plans that can wait, and which ways to go on are infeasible in each (ways, ...).

    Its ways to go on are to rent on and each other way that is feasible for any plan. now: renting on demand."""
    decided = decision_month(case)
    first = ended(now.table, decided)
    continuations = [option for option in ways_to_go_on(case) if not option.infeasible.all()]
    longest = max(now.table.months, *(option.table.months for option in continuations), 0)
    rented_on = stretched(depending_on(now.table, _DECISION_INPUTS), longest)
    others = (joined(option.table, first, longest, _DECISION_INPUTS) for option in continuations)
    names = "rent on", *(option.command for option in continuations)
    wait = int(case.assumptions.rental.wait_months)
    option = Option(
        id=renting_first_id(case),
        action="rent",
        label=RENTING_FIRST,
        command=f"rent {wait} months, then decide",
        table=rented_on,
        constraints=constraints_on_demand(case),
        choice=Choice((rented_on, *others), names, decided),
        remake=lambda other: next(iter(rent_then_decide(other)), None),
    )
    infeasible = (now.infeasible, *(one.infeasible for one in continuations))
    return option, np.array(np.broadcast_arrays(*infeasible))


def renting_first_id(case: Case) -> str:
    """The id of the option."""
    return f"rent-{int(case.assumptions.rental.wait_months)}m-then-decide"


def decision_month(case: Case) -> int:
    """The month of the decision."""
    return case.demand.start_month + int(case.assumptions.rental.wait_months)


def ways_to_go_on(case: Case) -> Iterator[Option]:
    """What can be signed at the decision beside renting on: the terms that are sold for some plan's size, and buying;
    one at a time, so that not all their tables are in memory at once. The demand is rented on demand until the
    decision."""
    decided = decision_month(case)
    rest, credits_then = case.demand.between(decided, case.demand.months), credits_left(case, decided)
    later = replace(case, demand=rest, decided_month=decided, credits=credits_then)
    least = minimum_term_months(rest.largest_job, case.assumptions.rental).min()
    sold = (one for one in contracts_of(later) if one.final or one.term_months >= least)
    for option in signed_each(later, sold):
        if len(option.table.parts) > 1:  # signed step by step
            rented = _rented_as_a_whole(later, layers_of(later, option.term_months or 0))
            yield replace(option, table=summed([option.table, rented]))
        else:
            yield option
    yield owned(later)


@kept(maxsize=4)  # the layers are the same for every term
def _rented_as_a_whole(case: Case, layers: tuple[Case, ...]) -> CostTable:
    """What renting the demand as a whole costs beyond renting it in layers, after a change of plan by the decision: no
    contract has been signed by then. layers: those that contracts would serve, see `ladder.py`."""

    def bill_after(part: Case) -> Floats:
        return on_demand_multiple(part, part.demand.after) * part.demand.after.billed_gpu_hours

    beyond = bill_after(case) - sum(map(bill_after, layers))
    writer = LineWriter(case.demand.months, case.demand)
    due = ByPlanState(active=np.zeros_like(beyond), exited=beyond)
    writer.add("rent", Basis.SPOT, due, depends_on=(*on_demand_depends_on(case), STEP_INPUT))
    return writer.table(case.assumptions.rental, np.full(case.demand.months, case.decided_month))
