"""A base with its peaks rented, for many plans at once: the size and term that are the cheapest for each.

The same search as `hybrids` makes for one plan, over pairs of a plan and a size.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from advisor.array_types import Amount, Floats, Months
from advisor.costing.case import Case
from advisor.costing.options.hybrid import MakeBase, Split, bases_of, sizes_to_try
from advisor.costing.options.taxes import after_tax
from advisor.costing.valuation import expected_usd
from advisor.decision.plans.alike import AlikeProfiles
from advisor.decision.plans.menu import PlanOption, plan_option
from advisor.market.forecast.forecast import Forecast
from advisor.values.quick_dataclass import dataclass

_PAIRS = 256  # priced at a time: more do not fit into the processor's cache


@dataclass(frozen=True)
class PlanHybrid:
    """One base, where it is the cheapest of its kind.

    Attributes:
        option: What the rule needs to know of it.
        hurdle_share: What it must save, as a share.
        usd: Expected net present cost of each plan, USD (P); infinite where another base of its kind costs less.
        nodes: Of the base of each plan (P).
        make: How the base is made.
    """

    option: PlanOption
    hurdle_share: Amount
    usd: Floats
    nodes: Floats
    make: MakeBase


def hybrids_of_plans(group: AlikeProfiles) -> Iterator[PlanHybrid]:
    """The bases that are the cheapest of their kind for some plan, reserved ones first, by term."""
    plans, sizes = _pairs(group)
    if not plans.size or group.case.rental_forbidden_because is not None:
        return
    parts = [
        (at, group.case.among(plans[at]), group.forecast.among(plans[at]))
        for at in np.array_split(np.arange(plans.size), -(-plans.size // _PAIRS))
    ]
    for kind, makers in bases_of(group.case).items():
        bases = [_of_base(kind, make, parts, plans, sizes, len(group.places)) for make in makers]
        if bases:
            yield from _cheapest(bases)


def _cheapest(bases: list[PlanHybrid]) -> Iterator[PlanHybrid]:
    best = np.argmin([base.usd for base in bases], axis=0)
    for at, base in enumerate(bases):
        if (best == at).any():
            yield replace(base, usd=np.where(best == at, base.usd, np.inf))


def _of_base(
    kind: str,
    make: MakeBase,
    parts: list[tuple[Months, Case, Forecast]],
    plans: Months,
    sizes: Floats,
    count: int,
) -> PlanHybrid:
    """A base of the best size for each plan."""
    usd = np.full(plans.size, np.inf)
    for at, case, forecast in parts:
        option = after_tax(Split(case, sizes[at, None]).with_base(make), case)
        usd[at] = np.where(option.infeasible, np.inf, expected_usd(option, case, forecast))
    order = np.lexsort((usd, plans))
    first = order[np.unique(plans[order], return_index=True)[1]]
    least, nodes = np.full(count, np.inf), np.ones(count)
    least[plans[first]], nodes[plans[first]] = usd[first], sizes[first]
    named = replace(option, id=f"hybrid-{kind}")
    return PlanHybrid(plan_option(named), named.hurdle_share, least, nodes, make)


def _pairs(group: AlikeProfiles) -> tuple[Months, Floats]:
    """Every plan with each size of a base that splits no job: the numbers of the plans, and the sizes (Q)."""
    demand = group.case.demand
    if (demand.largest_job >= demand.peak).all():
        return np.empty(0, dtype=np.int64), np.empty(0)
    inside = np.arange(demand.months) < demand.lengths[:, None]
    least = np.where(inside, demand.alive.nodes, np.inf).min(axis=-1)
    steady = demand.alive_shape.steady_nodes.max(axis=-1)
    levels = np.column_stack([demand.whole_peak, steady, least]).tolist()
    each = [sizes_to_try(int(peak), *others) for peak, *others in levels]
    plans, sizes = np.repeat(np.arange(len(each)), [found.size for found in each]), np.concatenate(each)
    splits = demand.among(plans).can_split(sizes[:, None]) if plans.size else np.empty(0, dtype=bool)
    return plans[splits], sizes[splits]
