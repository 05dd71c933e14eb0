"""The same training on fewer nodes for longer: what to ask for where the market has no terms for large jobs."""

import math

import numpy as np

from advisor.array_types import of_one
from advisor.costing.build_case import with_plans
from advisor.decision.cost_options import Costing, cost_options
from advisor.decision.plans.menu import menu_of_plans
from advisor.decision.ranking import RankedOption
from advisor.formatting import percent, plural, usd
from advisor.market.terms import minimum_terms
from advisor.profiles.defaults import ResolvedWorkload, resolve
from advisor.profiles.limits import MAX_PLAN_MONTHS
from advisor.profiles.scaled_plan import at_plan
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
        label: Of the option to take for it.
        usd: What that is expected to cost.
        saved_share: What an expected GPU-hour of work costs less than in the plan as it is, as a share.
    """

    nodes: int
    months: float
    label: str
    usd: float
    saved_share: float

    @property
    def sentence(self) -> str:
        """`The same work on 128 nodes for 2.02 months costs 57% less per busy GPU-hour: $6.72M as on-demand rent`."""
        size = f"{self.nodes} {plural('node', self.nodes)} for {self.months:.3g} months"
        less = f"{percent(self.saved_share)} less per busy GPU-hour"
        return f"The same work on {size} costs {less}: {usd(self.usd)} as {self.label}"


def smaller_job(profile: Profile, costing: Costing, taken: RankedOption) -> SmallerJob | None:
    """A plan that stays below a size at which the market sells less, with as many node-months as the profile's.

    Only for one training that takes all of its nodes, the same ones in every month. Of the plans that save at least
    half of what the cheapest does it is the largest.

    Args:
        profile: The plan as it is.
        costing: Of that.
        taken: Its pick, or what that would be with more cash.

    Returns:
        None where it is other work, where none costs notably less, or where the cash does not pay for it either.

    Source: docs/model.md#reserved
    """
    case, workload = costing.case, profile.workload[0]
    work = resolve(workload, profile.company, case.assumptions)
    own, whole = float(work.nodes), len(profile.workload) == 1 and float(case.demand.largest_job) >= float(work.nodes)
    if workload.kind == "inference" or not whole or work.ramp or np.any(work.growth_per_month):
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
    least = menu_of_plans(there, costing.forecast, costing.verdict).usd.min(axis=0)
    saved = 1 - least / there.demand.expected_used_gpu_hours / _per_used_hour(taken)
    small = of_one(case.assumptions.money.small_difference_share)
    if taken.cost.expected_usd <= 0 or saved.max() <= small:
        return None
    plan = int(np.flatnonzero(saved >= _MOST_OF_IT * saved.max())[-1])
    smaller = at_plan(profile, fitting[plan], float(spans[plan, 0]), costing.book)
    pick = cost_options(smaller, costing.book).verdict.pick
    if pick is None or (share := 1 - _per_used_hour(pick) / _per_used_hour(taken)) <= small:
        return None
    return SmallerJob(fitting[plan], smaller.workload[0].months, pick.cost.option.label, pick.cost.expected_usd, share)


def _per_used_hour(option: RankedOption) -> float:
    """What an expected GPU-hour of work costs, discounted, USD."""
    return option.cost.expected_usd / float(option.cost.demand.expected_used_gpu_hours)
