"""Profile -> the GPU-hours needed in each month, before and after the plan changes (model section 1).

Many plans can be reckoned at once: every array may have a leading axis of plans that differ in length, size or any
other figure of a workload but share the month in which they start. Shapes are written (..., T) for that.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from advisor.array_types import Bools, Floats, Months
from advisor.market.assumptions import Assumptions, Rental
from advisor.profiles.defaults import Amount, ResolvedWorkload, resolve
from advisor.profiles.schema import LONGEST_TERM_MONTHS, MAX_PLAN_MONTHS, Profile

_HAIR = 1e-9  # what a sum of shares may be above a whole number of nodes


@dataclass(frozen=True, eq=False)
class Need:
    """The demand of each month in one state of the plan. Arrays (..., T).

    nodes: whole nodes wanted; active_share: share of the month in which they are wanted; used_gpu_hours: hours that do
    work; billed_gpu_hours: hours an on-demand user is billed, who can hand back part of the idle time.
    """

    nodes: Floats
    active_share: Floats
    used_gpu_hours: Floats
    billed_gpu_hours: Floats


@dataclass(frozen=True)
class Shape:
    """How the nodes of a month work: the steady ones first, the others on top of them. Arrays (..., T).

    nodes, steady_nodes: all nodes, and those of them that are always on, not rounded up where a change of plan leaves
    only a part; steady_hours, other_hours: GPU-hours of work a node of each kind does in the month; active_share: share
    of the month in which they are wanted; fabric_nodes: the most nodes that must hang on one fabric.
    """

    nodes: Floats
    steady_nodes: Floats
    steady_hours: Floats
    other_hours: Floats
    active_share: Floats
    fabric_nodes: Floats

    def over(self, plans: tuple[int, ...]) -> "Shape":
        """The same for so many plans."""
        parts = {name: np.broadcast_to(values, (*plans, values.shape[-1])) for name, values in vars(self).items()}
        return Shape(**parts)

    def scaled(self, share: Floats) -> "Shape":
        """So much of all nodes."""
        return replace(
            self,
            nodes=share * self.nodes,
            steady_nodes=share * self.steady_nodes,
            fabric_nodes=share * self.fabric_nodes,
        )

    def layer(self, low: Amount, high: Amount) -> "Shape":
        """The nodes between two heights, counted from the steady ones up."""
        nodes = np.clip(self.nodes, low, high) - low
        steady = np.clip(self.steady_nodes, low, high) - low
        return replace(self, nodes=nodes, steady_nodes=steady, fabric_nodes=np.minimum(self.fabric_nodes, nodes))


@dataclass(frozen=True, eq=False)
class Demand:
    """What must be served, month by month, and how likely the plan is still alive.

    months: T, of the longest plan; lengths: months of each plan (...); hazard_per_month: chance that the plan changes
    in a month (...); alive, after: the demand before and after the change, and the shapes they are made of; peak: most
    nodes wanted at once (...); start_month: first month with demand; always_on: some of the work must never be
    interrupted; node_hours: GPU-hours of one node in a month; release_doublings: see `handed_back_share`.
    """

    months: int
    lengths: Months
    hazard_per_month: Floats
    alive: Need
    after: Need
    alive_shape: Shape
    after_shape: Shape
    peak: Floats
    start_month: int
    always_on: bool
    node_hours: float
    release_doublings: float

    @property
    def peak_nodes(self) -> int:
        """Most nodes wanted at once, of one plan."""
        return int(self.peak)

    def chance_unchanged(self, months: int) -> Floats:
        """P(tau > t) for t = 0..months-1, tau the month in which the plan changes: (1-h)^t while the plan lasts, 0 from
        its end on. (..., months)."""
        return self._unchanged[..., :months]

    @cached_property
    def _unchanged(self) -> Floats:
        at = np.arange(MAX_PLAN_MONTHS + LONGEST_TERM_MONTHS + 2)
        going = at < self.lengths[..., None]
        return np.asarray(np.where(going, (1 - self.hazard_per_month[..., None]) ** at, 0.0))

    def change_month_probabilities(self) -> Floats:
        """P(tau = 1..T): geometric, the rest at the plan's last month (it survives). (..., T), sums to 1."""
        tau = np.arange(1, self.months + 1)
        hazard, length = self.hazard_per_month[..., None], self.lengths[..., None]
        process = (1 - hazard) ** (tau - 1.0) * np.where(tau < length, hazard, 1.0)
        return np.asarray(np.where(tau <= length, process, 0.0))

    @property
    def chance_of_change(self) -> float:
        """P(the plan changes before its last month), of one plan."""
        return 1.0 - float(self.change_month_probabilities()[-1])

    @cached_property
    def expected_used_gpu_hours(self) -> float:
        """GPU-hours of work expected over one plan."""
        alive = self.chance_unchanged(self.months)
        return float(alive @ self.alive.used_gpu_hours + (1 - alive) @ self.after.used_gpu_hours)

    @property
    def busy_share(self) -> float:
        """Share of the wanted node time that does work while the plan is alive, of one plan."""
        wanted = self.node_hours * float(self.alive.nodes @ self.alive.active_share)
        return float(self.alive.used_gpu_hours.sum()) / wanted

    def split(self, base_nodes: npt.ArrayLike) -> tuple["Demand", "Demand"]:
        """What a base of so many nodes serves, and what is left. The base works as much as it can, the steady nodes
        first, before and after a change of plan. base_nodes: broadcast against (..., T), so (S, 1) tries S sizes."""
        size = np.asarray(base_nodes, dtype=float)
        base = self._of(self.alive_shape.layer(0.0, size), self.after_shape.layer(0.0, size))
        return base, self._of(self.alive_shape.layer(size, np.inf), self.after_shape.layer(size, np.inf))

    def can_split(self, base_nodes: npt.ArrayLike) -> Bools:
        """Whether no job is torn: in every month the largest job on one fabric fits in the base or in the rest.
        (...)."""
        size, s = np.asarray(base_nodes, dtype=float), self.alive_shape
        fits = (s.fabric_nodes <= size) | (s.fabric_nodes <= s.nodes - size)
        return np.asarray(fits.all(axis=-1))

    def between(self, from_month: int, to_month: int) -> "Demand":
        """The same plan with nothing wanted outside some months."""
        wanted = np.arange(self.months)
        share = ((wanted >= from_month) & (wanted < to_month)).astype(float)
        return self._of(self.alive_shape.scaled(share), self.after_shape.scaled(share))

    def _of(self, alive_shape: Shape, after_shape: Shape) -> "Demand":
        """The same plan with other nodes."""
        peak = np.asarray(alive_shape.nodes.max(axis=-1))
        wanted = np.flatnonzero((alive_shape.nodes > 0).any(axis=tuple(range(peak.ndim))))
        return replace(
            self,
            start_month=int(wanted[0]) if wanted.size else self.start_month,
            lengths=np.broadcast_to(self.lengths, peak.shape),
            hazard_per_month=np.broadcast_to(self.hazard_per_month, peak.shape),
            alive=_need(alive_shape, self.node_hours, self.release_doublings),
            after=_need(after_shape, self.node_hours, self.release_doublings),
            alive_shape=alive_shape,
            after_shape=after_shape,
            peak=peak,
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
    ends = [np.ceil(np.asarray(w.start_month + w.months) - _HAIR) for w in workloads]
    lengths = np.max(np.broadcast_arrays(*ends), axis=0).astype(np.int64)
    lengths = lengths[..., 0] if lengths.ndim else lengths
    months = int(lengths.max())
    node_hours = rental.gpus_per_node * rental.hours_per_month
    shape, weights = _shape(workloads, months, node_hours)
    hazard = _mean_hazard(workloads, weights)
    left = _weighted([w.residual_share for w in workloads], weights)
    plans = np.broadcast_shapes(lengths.shape, hazard.shape, left.shape[:-1], shape.other_hours.shape[:-1])
    if plans:
        shape = shape.over(plans)
    after = shape.scaled(left)
    peak = np.asarray(shape.nodes.max(axis=-1))
    return Demand(
        months=months,
        lengths=np.broadcast_to(lengths, peak.shape),
        hazard_per_month=np.broadcast_to(hazard, peak.shape),
        alive=_need(shape, node_hours, rental.release_doublings),
        after=_need(after, node_hours, rental.release_doublings),
        alive_shape=shape,
        after_shape=after,
        peak=peak,
        start_month=min(w.start_month for w in workloads),
        always_on=any(w.always_on for w in workloads),
        node_hours=node_hours,
        release_doublings=rental.release_doublings,
    )


def handed_back_share(nodes: npt.ArrayLike, release_doublings: float) -> Floats:
    """rel(n): the share of idle time an on-demand user can hand back: all of one node, none of a 64-node cluster."""
    counts = np.maximum(np.asarray(nodes, dtype=float), 1.0)
    return np.asarray(np.clip(1 - np.log2(counts) / release_doublings, 0, 1))


def _shape(workloads: list[ResolvedWorkload], months: int, node_hours: float) -> tuple[Shape, list[Floats]]:
    """The nodes of all workloads together, and the weight of each in shared quantities: nodes at work by month."""
    raw = active = base = busy_base = busy_peak = np.zeros(months)
    fabric, weights = np.zeros(months), []
    for w in workloads:
        share = _active(w, months)
        nodes = _nodes(w, share, months)
        steady = w.base_share * nodes
        raw, active, base = raw + nodes, active + share * nodes, base + steady
        busy_base = busy_base + share * steady * w.base_busy
        busy_peak = busy_peak + share * (nodes - steady) * w.busy
        fabric = np.maximum(fabric, nodes * w.one_fabric)
        weights.append(nodes * share * (w.base_share * w.base_busy + (1 - w.base_share) * w.busy))
    peak = raw - base
    per_steady = _ratio(busy_base, base, 1e-12)
    per_other = np.where(peak > 1e-12, _ratio(busy_peak, peak, 1e-12), per_steady)
    shape = Shape(
        nodes=np.ceil(raw - _HAIR),
        steady_nodes=np.ceil(base - _HAIR),
        steady_hours=node_hours * per_steady,
        other_hours=node_hours * per_other,
        active_share=_ratio(active, raw, 1e-12),
        fabric_nodes=np.ceil(fabric - _HAIR),
    )
    return shape, weights


def _need(shape: Shape, node_hours: float, release_doublings: float) -> Need:
    """The need of one state: of the idle hours an on-demand user is billed what cannot be handed back."""
    s = shape
    nodes = np.ceil(s.nodes - _HAIR)
    used = s.steady_nodes * s.steady_hours + (s.nodes - s.steady_nodes) * s.other_hours
    idle = np.maximum(0.0, node_hours * s.active_share * s.nodes - used)
    billed = used + idle * (1 - handed_back_share(nodes, release_doublings))
    return Need(nodes, s.active_share * (nodes > 0), used, billed)


def _active(workload: ResolvedWorkload, months: int) -> Floats:
    """act_t: the share of month t in which the workload runs."""
    since = np.arange(months) - float(workload.start_month)
    return np.where(since >= 0, np.clip(workload.months - since, 0, 1), 0.0)


def _nodes(workload: ResolvedWorkload, active_share: Floats, months: int) -> Floats:
    """Nodes of one workload by month, growth included, not yet rounded up."""
    since = np.arange(months) - float(workload.start_month)
    return np.where(active_share > 0, workload.nodes * (1 + workload.growth_per_month) ** np.maximum(since, 0), 0.0)


def _mean_hazard(workloads: list[ResolvedWorkload], weights: list[Floats]) -> Floats:
    """The hazards' mean, weighted by the hours of work. (...)."""
    if len(workloads) == 1:
        hazard = np.asarray(workloads[0].hazard_per_month, dtype=float)
        return hazard[..., 0] if hazard.ndim else hazard
    hours = [weight.sum(axis=-1, keepdims=True) for weight in weights]
    mean = sum((w.hazard_per_month * h for w, h in zip(workloads, hours, strict=True)), np.zeros(1)) / sum(hours)
    return np.asarray(mean[..., 0])


def _weighted(values: list[Amount], weights: list[Floats]) -> Floats:
    """The weighted mean of `values`, month by month; zero where nothing weighs."""
    total = sum(weights, np.zeros(1))
    mean = sum((value * weight for value, weight in zip(values, weights, strict=True)), np.zeros(1))
    return _ratio(mean, total, 0.0)


def _ratio(top: Floats, bottom: Floats, least: float) -> Floats:
    """Top / bottom where there is more than `least` of it, else 0."""
    return np.asarray(np.divide(top, bottom, out=np.zeros(np.broadcast(top, bottom).shape), where=bottom > least))
