"""Staged: rent by the hour for some months, then decide again by what rents have done (model section 2.8).

What is known at the decision is the rent of that month and that the plan still holds, nothing later. The edge over the
best option that is settled today is the value of waiting.
"""

from dataclasses import replace

import numpy as np

from advisor.costing.case import Case
from advisor.costing.cost_table import depending_on, ended, joined, stretched
from advisor.costing.option import Choice, Option
from advisor.costing.options.buy import owned
from advisor.costing.options.on_demand import constraints_on_demand, on_demand
from advisor.costing.options.reserved import reserved
from advisor.market.terms import TERMS_MONTHS, minimum_term_months

_DECIDED_BY = ("rental.wait_months", "rental.minimum_term_from_64_nodes_months")


def staged(case: Case) -> tuple[Option, ...]:
    """Rent on demand for some months of work, then go on with whatever is cheapest by then: on demand, any term, or
    buying. Nothing when the plan is over by then, or when there is nothing to rent."""
    wait = int(case.assumptions.rental.wait_months)
    decided = case.demand.start_month + wait
    now = on_demand(case)
    if now.barred or decided >= case.demand.lengths:
        return ()
    first = ended(now.table, decided)
    later = replace(case, demand=case.demand.between(decided, case.demand.months), decided_month=decided)
    ways = [option for option in _ways_on(later) if not option.barred]
    longest = max(now.table.months, *(way.table.months for way in ways)) if ways else now.table.months
    rented_on = stretched(depending_on(now.table, _DECIDED_BY), longest)
    tables = (rented_on, *(joined(way.table, first, longest, _DECIDED_BY) for way in ways))
    changes = np.full(case.demand.months, decided)
    names = ("rent on", *(option.label for option in ways))
    choice = Choice(tables, names, now=changes, since=np.zeros_like(changes))
    option = Option(
        id=f"rent-{wait}m-then-decide",
        action="rent",
        label=f"rent {wait} m, then decide",
        table=choice.tables[0],
        constraints=constraints_on_demand(case),
        choice=choice,
        remake=lambda other: next(iter(staged(other)), None),
    )
    return (option,)


def _ways_on(case: Case) -> list[Option]:
    """What can be signed when the stage is over; a term that is not sold for so many nodes is not made at all."""
    least = minimum_term_months(int(case.demand.peak), case.assumptions.rental)
    sold = (months for months in TERMS_MONTHS if months >= least or case.quote("reserved", months) is not None)
    terms = (reserved(case, months) for months in sold)
    return [*(option for option in terms if option is not None), owned(case)]
