"""Profile -> the GPU-hours needed in each month, before and after the plan changes (model section 1)."""

from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from advisor.market.book import Assumptions, Plan, Rental
from advisor.profile import LONGEST_TERM_MONTHS, MAX_PLAN_MONTHS, Company, Profile, Workload

Floats = npt.NDArray[np.float64]
T = TypeVar("T")


@dataclass(frozen=True)
class Need:
    """The demand of each month in one state of the plan. Arrays of T months.

    nodes: whole nodes wanted; active_share: share of the month in which they are wanted; used_gpu_hours: hours that do
    work; billed_gpu_hours: hours an on-demand user is billed, who can hand back part of the idle time.
    """

    nodes: Floats
    active_share: Floats
    used_gpu_hours: Floats
    billed_gpu_hours: Floats


@dataclass(frozen=True)
class Demand:
    """What must be served, month by month, and how likely the plan is still alive.

    months: T; hazard_per_month: chance that the plan changes in a month; alive, after: the demand before and after the
    change; peak_nodes: most nodes wanted at once; start_month: first month with demand; always_on: some of the work
    must never be interrupted; node_hours: GPU-hours of one node in a month.
    """

    months: int
    hazard_per_month: float
    alive: Need
    after: Need
    peak_nodes: int
    start_month: int
    always_on: bool
    node_hours: float

    def chance_unchanged(self, months: int) -> Floats:
        """P(tau > t) for t = 0..months-1, tau the month in which the plan changes: (1-h)^t up to T, 0 from T on, when
        the plan is over anyway. Array of `months`."""
        return self._unchanged[:months]

    @cached_property
    def _unchanged(self) -> Floats:
        at = np.arange(MAX_PLAN_MONTHS + LONGEST_TERM_MONTHS + 2)
        return np.where(at < self.months, (1 - self.hazard_per_month) ** at, 0.0)

    def change_month_law(self) -> Floats:
        """P(tau = 1..T): geometric, the rest at T (the plan survives). Array of T, sums to 1."""
        tau = np.arange(1, self.months + 1)
        law = self.hazard_per_month * (1 - self.hazard_per_month) ** (tau - 1.0)
        law[-1] = (1 - self.hazard_per_month) ** (self.months - 1.0)
        return np.asarray(law)

    @property
    def chance_of_change(self) -> float:
        """P(the plan changes before its last month)."""
        return 1.0 - float(self.change_month_law()[-1])

    @cached_property
    def expected_used_gpu_hours(self) -> float:
        """GPU-hours of work expected over the plan."""
        alive = self.chance_unchanged(self.months)
        return float(alive @ self.alive.used_gpu_hours + (1 - alive) @ self.after.used_gpu_hours)

    @property
    def busy_share(self) -> float:
        """Share of the wanted node time that does work while the plan is alive."""
        wanted = self.node_hours * float(self.alive.nodes @ self.alive.active_share)
        return float(self.alive.used_gpu_hours.sum()) / wanted


@dataclass(frozen=True)
class ResolvedWorkload:
    """A workload with every default filled in from the book."""

    nodes: int
    months: float
    start_month: int
    growth_per_month: float
    busy: float
    base_share: float
    base_busy: float
    hazard_per_month: float
    residual_share: float
    always_on: bool


def resolve(workload: Workload, company: Company, plan: Plan) -> ResolvedWorkload:
    """Fill what the founder left out: busy shares by kind, plan risk by stage, what a change of plan leaves."""
    training = workload.kind == "pre-train"
    inference = workload.kind == "inference"
    busy = {
        "fine-tune": plan.busy_fine_tune_share,
        "pre-train": plan.busy_pre_train_share,
        "inference": plan.busy_inference_share,
    }[workload.kind]
    hazard = {
        "seed": plan.hazard_seed_per_month,
        "series-a": plan.hazard_series_a_per_month,
        "series-b": plan.hazard_series_b_per_month,
        "later": plan.hazard_later_per_month,
    }[company.stage]
    residual = plan.residual_training_share if training else plan.residual_other_share
    base_share = _either(workload.base_share, plan.base_inference_share) if inference else 0.0
    return ResolvedWorkload(
        nodes=workload.nodes,
        months=workload.months,
        start_month=workload.start_month,
        growth_per_month=workload.growth_per_month,
        busy=_either(workload.busy, busy),
        base_share=base_share,
        base_busy=_either(workload.base_busy, plan.base_busy_inference_share) if inference else 0.0,
        hazard_per_month=_either(workload.plan_change_per_month, hazard),
        residual_share=_either(workload.residual_share, residual),
        always_on=_either(workload.always_on, inference),
    )


def demand_of(profile: Profile, assumptions: Assumptions) -> Demand:
    """The demand of all workloads of a profile together."""
    resolved = [resolve(workload, profile.company, assumptions.plan) for workload in profile.workload]
    return combined_demand(resolved, assumptions.rental)


def combined_demand(workloads: list[ResolvedWorkload], rental: Rental) -> Demand:
    """Workloads on one GPU share capacity: their nodes add up month by month and are rounded up once, together.

    The plan changes as a whole; its hazard is the mean of the workloads' hazards, weighted by their GPU-hours, and what
    is left after a change is likewise the weighted mean of the residual shares.
    """
    months = int(np.ceil(max(w.start_month + w.months for w in workloads) - 1e-9))
    node_hours = rental.gpus_per_node * rental.hours_per_month
    raw, active, base, busy_base, busy_peak = _monthly_sums(workloads, months)
    nodes, base_nodes = np.ceil(raw - 1e-9), np.ceil(base - 1e-9)
    peak = raw - base
    peak_busy = np.divide(busy_peak, peak, out=np.zeros(months), where=peak > 1e-12)
    base_busy = np.divide(busy_base, base, out=np.zeros(months), where=base > 1e-12)
    used = node_hours * (base_nodes * base_busy + (nodes - base_nodes) * np.where(peak > 1e-12, peak_busy, base_busy))
    active_share = np.divide(active, raw, out=np.zeros(months), where=raw > 1e-12)
    each = [float(_own_hours(w, months).sum()) for w in workloads]
    residual = _weighted([w.residual_share for w in workloads], [_own_hours(w, months) for w in workloads], months)
    wanted = np.flatnonzero(nodes > 0)
    return Demand(
        months=months,
        hazard_per_month=sum(w.hazard_per_month * hours for w, hours in zip(workloads, each, strict=True)) / sum(each),
        alive=_need(nodes, active_share, used, node_hours, rental),
        after=_need(
            np.ceil(residual * nodes - 1e-9), active_share, residual * used, node_hours, rental, residual * nodes
        ),
        peak_nodes=int(nodes.max()),
        start_month=int(wanted[0]),
        always_on=any(w.always_on for w in workloads),
        node_hours=node_hours,
    )


def handed_back_share(nodes: npt.ArrayLike, release_doublings: float) -> Floats:
    """rel(n): the share of idle time an on-demand user can hand back: all of one node, none of a 64-node cluster."""
    counts = np.maximum(np.asarray(nodes, dtype=float), 1.0)
    return np.asarray(np.clip(1 - np.log2(counts) / release_doublings, 0, 1))


def _need(
    nodes: Floats, active_share: Floats, used: Floats, node_hours: float, rental: Rental, wanted: Floats | None = None
) -> Need:
    """The need of one state; `wanted` is the unrounded node count where it differs from `nodes`."""
    open_hours = node_hours * active_share * (nodes if wanted is None else wanted)
    kept_idle = np.maximum(0.0, open_hours - used) * (1 - handed_back_share(nodes, rental.release_doublings))
    return Need(nodes, active_share * (nodes > 0), used, used + kept_idle)


def _monthly_sums(workloads: list[ResolvedWorkload], months: int) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Sums over the workloads, by month: nodes, active nodes, base nodes, busy base nodes, busy peak nodes."""
    sums = np.zeros((5, months))
    for w in workloads:
        active = _active(w, months)
        nodes = _nodes(w, months)
        base = w.base_share * nodes
        sums += [nodes, active * nodes, base, active * base * w.base_busy, active * (nodes - base) * w.busy]
    return sums[0], sums[1], sums[2], sums[3], sums[4]


def _active(workload: ResolvedWorkload, months: int) -> Floats:
    """act_t: the share of month t in which the workload runs."""
    since = np.arange(months) - float(workload.start_month)
    return np.where(since >= 0, np.clip(workload.months - since, 0, 1), 0.0)


def _nodes(workload: ResolvedWorkload, months: int) -> Floats:
    """Nodes of one workload by month, growth included, not yet rounded up."""
    since = np.arange(months) - float(workload.start_month)
    return np.where(_active(workload, months) > 0, workload.nodes * (1 + workload.growth_per_month) ** since, 0.0)


def _own_hours(workload: ResolvedWorkload, months: int) -> Floats:
    """Relative GPU-hours of one workload by month, the weight it has in shared quantities."""
    active = _active(workload, months)
    busy = workload.base_share * workload.base_busy + (1 - workload.base_share) * workload.busy
    return np.asarray(_nodes(workload, months) * active * busy)


def _weighted(values: list[float], weights: list[Floats], months: int) -> Floats:
    """The weighted mean of `values`, month by month; zero where nothing weighs."""
    total = np.sum(weights, axis=0)
    mean = np.sum([value * weight for value, weight in zip(values, weights, strict=True)], axis=0)
    return np.asarray(np.divide(mean, total, out=np.zeros(months), where=total > 0))


def _either(own: T | None, default: T) -> T:
    return default if own is None else own
