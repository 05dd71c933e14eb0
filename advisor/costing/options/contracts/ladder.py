"""Contracts signed step by step as a demand grows: each serves the nodes that are wanted beyond the earlier ones.

Nobody signs today for the nodes of the last month. A demand that grows is cut into layers of nodes: the first is what
is wanted in the first `growth_step_months`, and after every such step a contract for what is wanted beyond is signed.

Source: docs/model.md#reserved
"""

import numpy as np

from advisor.array_types import ROUNDING_TOLERANCE, Floats
from advisor.costing.case import Case
from advisor.costing.demand import Demand
from advisor.values.kept import kept
from advisor.values.quick_dataclass import replace

STEP_INPUT = "rental.growth_step_months"


def layers_of(case: Case, term_months: int) -> tuple[Case, ...]:
    """The demand in layers, each to be served by contracts of its own. case: of one plan, or of many that start in the
    same month.

    Returns:
        One case for each layer, the one of today first; `decided_month` is when its contract is signed. The case itself
        where the demand does not grow, where one job takes up all of it, or where a term is no longer than a step.
    """
    layers = _layers(case) if term_months > int(case.assumptions.rental.growth_step_months) else ()
    return layers if len(layers) > 1 else (case,)


@kept(maxsize=16)  # the same for every term
def _layers(case: Case) -> tuple[Case, ...]:
    demand, start, step = case.demand, case.demand.start_month, int(case.assumptions.rental.growth_step_months)
    lower = _wanted(demand, start, start + step)
    if (lower >= demand.peak).all():
        return ()
    found = [replace(case, demand=replace(demand.layer(0.0, lower[..., None]), start_month=start))]
    for first in range(start + step, demand.months, step):
        upper = np.maximum(lower, _wanted(demand, first, first + step))
        if (upper > lower).any():
            layer = replace(demand.layer(lower[..., None], upper[..., None]), start_month=first)
            found.append(replace(case, demand=layer, decided_month=first, credits=()))
        lower = upper
    return tuple(found)


def _wanted(demand: Demand, first: int, last: int) -> Floats:
    """The most nodes wanted in some months, rounded up to whole jobs of the largest size. (...)."""
    most, job = demand.alive.nodes[..., first:last].max(axis=-1), np.maximum(demand.largest_job, 1.0)
    return np.asarray(np.minimum(np.ceil(most / job - ROUNDING_TOLERANCE) * job, demand.peak))
