"""The same training on fewer nodes for longer: what to ask for where the market has no terms for large jobs."""

import math

import numpy as np

from advisor.array_types import of_one
from advisor.costing.build_case import with_plans
from advisor.costing.option import PlanOption
from advisor.decision.cost_options import Costing
from advisor.decision.plans.menu import menu_of_plans
from advisor.formatting import percent, plural, usd
from advisor.market.terms import minimum_terms
from advisor.profiles.defaults import ResolvedWorkload, resolve
from advisor.profiles.limits import MAX_PLAN_MONTHS
from advisor.profiles.schema import Profile
from advisor.values.quick_dataclass import dataclass, replace

_TIMES_LONGER = 4.0  # at most
_MOST_OF_IT = 0.5  # of what the cheapest saves: of those that save as much, the one that takes least longer is told


@dataclass(frozen=True)
class SmallerJob:
    """A plan of the same node-months on fewer nodes.

    Attributes:
        nodes: Its size.
        months: Its length.
        option: The cheapest way to get it, cash aside.
        usd: What that is expected to cost.
        saved_share: What an expected GPU-hour of work costs less than by the pick of the plan as it is, as a share.
    """

    nodes: int
    months: float
    option: PlanOption
    usd: float
    saved_share: float

    @property
    def sentence(self) -> str:
        """`The same work on 128 nodes for 2.02 months costs 57% less per busy GPU-hour: $6.72M as on-demand rent`."""
        way = f" as {self.option.label}" if self.option.label else ""
        size = f"{self.nodes} {plural('node', self.nodes)} for {self.months:.3g} months"
        return f"The same work on {size} costs {percent(self.saved_share)} less per busy GPU-hour: {usd(self.usd)}{way}"


def smaller_job(profile: Profile, costing: Costing) -> SmallerJob | None:
    """A plan that stays below a size at which the market sells less, with as many node-months as the profile's.

    Only for one training that takes all of its nodes, the same ones in every month. Of the plans that save at least
    half of what the cheapest does it is the largest.

    Returns:
        None where it is other work, or where none costs notably less.

    Source: docs/model.md#reserved
    """
    case, pick, workload = costing.case, costing.verdict.pick, profile.workload[0]
    work = resolve(workload, profile.company, case.assumptions)
    own, whole = float(work.nodes), len(profile.workload) == 1 and float(case.demand.largest_job) >= float(work.nodes)
    if pick is None or workload.kind == "inference" or not whole or work.ramp or np.any(work.growth_per_month):
        return None
    rental, months = case.assumptions.rental, float(work.months)
    longest = min(MAX_PLAN_MONTHS - work.start_month, _TIMES_LONGER * months)
    ends = {*(math.ceil(of_one(one.nodes)) - 1 for one in minimum_terms(rental)), int(rental.on_demand_max_nodes)}
    fitting = [size for size in sorted(ends) if 1 <= size < own and own / size * months <= longest]
    if not fitting:
        return None
    sizes = np.array(fitting, dtype=float)[:, None]
    spans = own / sizes * months

    def altered(work: ResolvedWorkload) -> ResolvedWorkload:
        return replace(work, nodes=sizes, months=spans)

    there = with_plans(profile, case, altered)
    menu = menu_of_plans(there, costing.forecast, costing.verdict)
    least, now = menu.usd.min(axis=0), pick.cost.expected_usd / float(pick.cost.demand.expected_used_gpu_hours)
    saved = 1 - least / there.demand.expected_used_gpu_hours / now
    if now <= 0 or saved.max() <= of_one(case.assumptions.money.small_difference_share):
        return None
    plan = int(np.flatnonzero(saved >= _MOST_OF_IT * saved.max())[-1])
    option = menu.options[int(menu.usd[:, plan].argmin())]
    return SmallerJob(fitting[plan], float(spans[plan, 0]), option, float(least[plan]), float(saved[plan]))
