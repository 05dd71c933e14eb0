"""Cost of an hour of work by utilization, for renting, each reserved term and buying (docs/model.md#break-evens)."""

import numpy as np

from advisor.array_types import Floats, of_one
from advisor.costing.build_case import with_plans
from advisor.costing.case import Case
from advisor.costing.demand import Demand
from advisor.costing.load_steps import moved_share
from advisor.costing.option import PlanOption, plan_option
from advisor.costing.options.buy import owned
from advisor.costing.options.on_demand import on_demand
from advisor.costing.options.reserved import reserved_options
from advisor.costing.valuation import expected_usd
from advisor.decision.cost_options import Costing
from advisor.profiles.schema import Profile
from advisor.values.quick_dataclass import dataclass, replace

SHARES = 46
_LEAST_SHARE = 0.1  # below it an hour of work costs many times the list price and would set the scale of the chart


@dataclass(frozen=True)
class UseCurve:
    """One option over the utilizations.

    Attributes:
        option: Which one.
        usd_per_used_gpu_hour: Net present cost over the expected hours of work (SHARES).
    """

    option: PlanOption
    usd_per_used_gpu_hour: Floats


@dataclass(frozen=True)
class UseCurves:
    """The curves of one profile.

    Attributes:
        shares: Utilizations, ascending to 1 (SHARES).
        curves: On demand, then the reserved terms, then buying; infeasible options are left out, except on demand.
    """

    shares: Floats
    curves: tuple[UseCurve, ...]


def use_curves(profile: Profile, costing: Costing) -> UseCurves:
    """Cost of an hour of work at each utilization.

    Two curves cross at `TermBreakEven.busy_share`, since each share is the same work for both."""
    shares = np.linspace(_LEAST_SHARE, 1.0, SHARES)
    at_shares = at_utilizations(profile, costing.case, shares)
    hours = at_shares.whole_demand.expected_used_gpu_hours
    curves = tuple(
        UseCurve(
            plan_option(option),
            np.broadcast_to(expected_usd(option, at_shares, costing.forecast) / hours, shares.shape),
        )
        for option in (on_demand(at_shares), *reserved_options(at_shares), owned(at_shares))
        if option.id == "on-demand" or not np.any(option.infeasible)
    )
    return UseCurves(shares, curves)


def at_utilizations(profile: Profile, case: Case, shares: Floats) -> Case:
    """The case at other mean utilizations: at the plan's own it is the plan itself. All workloads move to idle, or to
    always busy, in the same proportion. shares: the mean over all of them (P)."""
    own = case.whole_demand.busy_share
    return with_plans(profile, case, lambda work: replace(work, busy=moved_share(work.busy, own, shares[:, None])))


def billed_and_used_shares(demand: Demand) -> tuple[float, float]:
    """The shares of the time of whole nodes that on demand bills, and that the work uses, while the plan is alive."""
    alive = demand.alive
    wanted = of_one(demand.node_hours) * float(alive.nodes @ alive.active_share)
    return float(alive.billed_gpu_hours.sum()) / wanted, float(alive.used_gpu_hours.sum()) / wanted


def used_share_unrounded(demand: Demand) -> float:
    """The share of the time of the nodes before they are rounded up that the work uses, while the plan is alive."""
    alive = demand.alive
    nodes = alive.nodes * demand.alive_shape.wanted_share
    return float(alive.used_gpu_hours.sum()) / (of_one(demand.node_hours) * float(nodes @ alive.active_share))
