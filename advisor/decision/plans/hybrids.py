"""A base with its peaks rented, for many plans at once: the size and term that are the cheapest for each.

The same search as `hybrids` makes for one plan, over pairs of a plan and a size.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from advisor.array_types import Amount, Floats, Months
from advisor.costing.case import Case
from advisor.costing.option import Option
from advisor.costing.options.combined.hybrid import (
    MakeBase,
    Peaks,
    offered_sizes,
    peaks_of_kind,
    sizes_to_try,
    tried_bases,
)
from advisor.costing.options.taxes import after_tax
from advisor.costing.valuation import expected_usd
from advisor.decision.plans.alike import AlikeProfiles
from advisor.decision.plans.menu import PlanOption, plan_option
from advisor.market.forecast.forecast import Forecast
from advisor.values.quick_dataclass import dataclass, replace

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
        peaks: How those above it are served.
    """

    option: PlanOption
    hurdle_share: Amount
    usd: Floats
    nodes: Floats
    make: MakeBase
    peaks: Peaks


def hybrids_of_plans(group: AlikeProfiles) -> Iterator[PlanHybrid]:
    """The bases that are the cheapest of their kind for some plan, reserved ones first, by term."""
    plans, sizes = _pairs(group)
    if not plans.size or group.case.rental_forbidden_because is not None:
        return
    found: dict[int, _Tried] = {}
    for at in np.array_split(np.arange(plans.size), -(-plans.size // _PAIRS)):
        case, forecast = group.case.among(plans[at]), group.forecast.among(plans[at])

        def cost(option: Option, case: Case = case, forecast: Forecast = forecast) -> Floats:
            return expected_usd(after_tax(option, case), case, forecast)

        for number, tried in enumerate(tried_bases(case, sizes[at], cost)):
            option = replace(tried.base, id=f"hybrid-{tried.kind}")
            made = plan_option(option), option.hurdle_share, tried.kind, tried.make
            mine = found.setdefault(number, _Tried(*made, np.full(plans.size, np.inf)))
            mine.usd[at] = np.where(tried.infeasible, np.inf, tried.usd)
    bases = [_of_best_size(base, plans, sizes, len(group.places)) for base in found.values()]
    for name in dict.fromkeys(base.option.id for base in bases):
        yield from _cheapest([base for base in bases if base.option.id == name])


def _cheapest(bases: list[PlanHybrid]) -> Iterator[PlanHybrid]:
    best = np.argmin([base.usd for base in bases], axis=0)
    for at, base in enumerate(bases):
        if (best == at).any():
            yield replace(base, usd=np.where(best == at, base.usd, np.inf))


class _Tried(NamedTuple):
    """A base in all pairs of a plan and a size: what the rule needs to know of it, what it must save, its kind and how
    it is made, and what it costs in each, USD (Q)."""

    option: PlanOption
    hurdle_share: Amount
    kind: str
    make: MakeBase
    usd: Floats


def _of_best_size(base: _Tried, plans: Months, sizes: Floats, count: int) -> PlanHybrid:
    """A base of the best size for each plan."""
    order = np.lexsort((base.usd, plans))
    first = order[np.unique(plans[order], return_index=True)[1]]
    least, nodes = np.full(count, np.inf), np.ones(count)
    least[plans[first]], nodes[plans[first]] = base.usd[first], sizes[first]
    return PlanHybrid(base.option, base.hurdle_share, least, nodes, base.make, peaks_of_kind(base.kind))


def _pairs(group: AlikeProfiles) -> tuple[Months, Floats]:
    """Every plan with each size of a base that splits no job: the numbers of the plans, and the sizes (Q)."""
    demand = group.case.demand
    if (demand.largest_job >= demand.peak).all():
        return np.empty(0, dtype=np.int64), np.empty(0)
    inside = np.arange(demand.months) < demand.lengths[:, None]
    least = np.where(inside, demand.alive.nodes, np.inf).min(axis=-1)
    tops = [step.top.max(axis=-1) for step in demand.alive_shape.steps[:-1]]
    levels, offered = np.column_stack([demand.whole_peak, least, *tops]).tolist(), offered_sizes(group.case)
    each = [sizes_to_try(int(peak), highest, few, offered) for peak, few, *highest in levels]
    plans, sizes = np.repeat(np.arange(len(each)), [found.size for found in each]), np.concatenate(each)
    splits = demand.among(plans).can_split(sizes[:, None]) if plans.size else np.empty(0, dtype=bool)
    return plans[splits], sizes[splits]
