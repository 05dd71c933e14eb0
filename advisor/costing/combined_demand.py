"""The demand of several workloads together: their nodes, hazards and what a change of plan leaves."""

from collections.abc import Iterator, Sequence
from functools import reduce
from operator import add
from typing import NamedTuple

import numpy as np

from advisor.array_types import ROUNDING_TOLERANCE, Amount, Floats, as_amount, by_month, of_plan
from advisor.costing.demand import Demand
from advisor.costing.load_curve import LoadCurve, Step, need_of, rounded_up
from advisor.costing.load_steps import NO_NODES, LoadStep, kept_nodes, load_steps, ratio
from advisor.market.assumptions import Rental
from advisor.profiles.defaults import ResolvedWorkload
from advisor.values.many_points import with_arrays


def combined_demand(workloads: list[ResolvedWorkload], rental: Rental) -> Demand:
    """The demand of workloads that share the capacity of one GPU model.

    Their nodes add up month by month and are rounded up once, together, and so are the nodes that must stay up; but
    replicas of several nodes are rounded up by workload. The hours that do work are not rounded. The unit is a GPU
    where every workload is given in GPUs and has jobs that fit a node, else a node. The plan changes as a whole; its
    hazard is the mean of the workloads' hazards weighted by their GPU-hours, and what is left after a change is
    likewise the weighted mean of the residual shares.

    Args:
        workloads: one or more; any of their amounts but the start may be an array (P, 1) for P plans.
        rental: GPUs in a node, hours in a month, how much idle time can be released.

    Source: docs/model.md#demand
    """
    end = np.max(np.broadcast_arrays(*(np.asarray(w.start_month + w.months) for w in workloads)), axis=0)
    end = end[..., 0] if end.ndim else end
    lengths = np.ceil(end - ROUNDING_TOLERANCE).astype(np.int64)
    whole_lengths = np.floor(end + ROUNDING_TOLERANCE).astype(np.int64)
    months = int(lengths.max())
    node_hours = rental.gpus_per_node * rental.hours_per_month
    load, weights = _load(workloads, months, node_hours)
    hazard, unit = _mean_hazard(workloads, weights), load.unit
    left_hours = (w.residual_share * weight for w, weight in zip(workloads, weights, strict=True))
    left = ratio(sum(left_hours, np.zeros(1)), sum(weights, np.zeros(1)), 0.0)
    release = rental.release_doublings
    curve, after = load.curve(np.ones(1)), load.curve(left)
    plans = np.broadcast_shapes(
        lengths.shape, hazard.shape, after.steps[-1].hours.shape[:-1], np.shape(of_plan(release))
    )
    if plans:
        curve, after = (
            with_arrays(one, lambda values: np.broadcast_to(values, (*plans, values.shape[-1])))
            for one in (curve, after)
        )
    peak = np.asarray(curve.nodes.max(axis=-1))
    return Demand(
        months=months,
        lengths=np.broadcast_to(lengths, peak.shape),
        whole_lengths=np.broadcast_to(whole_lengths, peak.shape),
        hazard_per_month=np.broadcast_to(hazard, peak.shape),
        alive=need_of(curve, release, unit),
        after=need_of(after, release, unit),
        alive_shape=curve,
        after_shape=after,
        peak=peak,
        start_month=min(w.start_month for w in workloads),
        always_on=any(w.always_on for w in workloads),
        scales_to_zero=all(w.scales_to_zero for w in workloads),
        replicated=all(w.replicated for w in workloads),
        node_hours=node_hours,
        release_doublings=release,
        unit=unit,
    )


class _Part(NamedTuple):
    """A step of the load before rounding, of all workloads together. Arrays (..., months), nodes as means over the
    month.

    Attributes:
        nodes: In the step.
        active: That run.
        open: That may have work.
        busy: That work.
        up: That are up when they are rented by the hour.
    """

    nodes: Floats
    active: Floats
    open: Floats
    busy: Floats
    up: Floats


class _Running(NamedTuple):
    """A workload, the share of each month in which it runs, and its nodes, not rounded up. Arrays (..., months)."""

    workload: ResolvedWorkload
    share: Floats
    nodes: Floats


class _Load(NamedTuple):
    """The load of all workloads together before rounding (..., months).

    Attributes:
        works: The workloads it is of.
        raw: Nodes.
        active_share: Share of the month in which the nodes are wanted.
        job_doublings: Log2 of the nodes of a job.
        fabric, jobs: Nodes of the largest job, and how many of those.
        unit: The smallest part that is rented, in nodes.
        node_hours: GPU-hours of one node in a month.
    """

    works: list[_Running]
    raw: Floats
    active_share: Floats
    job_doublings: Floats
    fabric: Floats
    jobs: Floats
    unit: Amount
    node_hours: Amount

    def curve(self, share: Floats) -> LoadCurve:
        """The load curve after the nodes are cut to a share, by month; that share of the steady nodes and of all nodes
        is rounded up once more."""
        raw, fabric = share * self.raw, share * self.fabric
        kept = self._rounded([kept_nodes(w, nodes) for w, _, nodes in self.works], share)
        nodes = self._rounded([nodes for _, _, nodes in self.works], share)
        return LoadCurve(
            steps=_steps(*_parts(self.works, share), kept, nodes, self.node_hours, self.active_share),
            wanted_share=ratio(raw, nodes, NO_NODES),
            active_share=self.active_share,
            job_doublings=self.job_doublings,
            fabric_nodes=fabric,
            fabric_jobs=np.minimum(self.jobs, nodes // np.maximum(fabric, 1.0)),
        )

    def _rounded(self, of_each: list[Floats], share: Floats) -> Floats:
        """Nodes of each workload together, rounded up before and after they are cut to a share: replicas of several
        nodes by workload, all others at once."""
        alone, together = np.zeros(1), np.zeros(1)
        for (w, _, _), nodes in zip(self.works, of_each, strict=True):
            if np.max(w.unit) > 1:
                replicas = np.where(np.asarray(w.unit) > 1, nodes, 0.0)
                alone = alone + rounded_up(share * rounded_up(replicas, w.unit), w.unit)
                together = together - replicas
            together = together + nodes
        return rounded_up(alone + rounded_up(share * rounded_up(together, self.unit), self.unit), self.unit)


def _load(workloads: list[ResolvedWorkload], months: int, node_hours: Amount) -> tuple[_Load, list[Floats]]:
    """The load of all workloads together, and the weight of each in shared quantities (nodes at work by month)."""
    none = np.zeros(months)
    raw = active = doublings = fabric = jobs = none
    works, weights, units = [_running(w, months) for w in workloads], [], []
    for w, share, nodes in works:
        raw, active = raw + nodes, active + share * nodes
        job = np.ceil(np.minimum(w.job_nodes, nodes) - ROUNDING_TOLERANCE)
        doublings = doublings + share * nodes * np.log2(np.maximum(job, 1.0))
        wanted = np.where(np.asarray(w.unit) > 1, rounded_up(nodes, w.unit), nodes)
        count = np.floor(ratio(wanted, job, NO_NODES) + ROUNDING_TOLERANCE).clip(1.0)
        jobs = np.where(job > fabric, count, jobs + (job == fabric) * count)
        fabric = np.maximum(fabric, job)
        weights.append(nodes * share * w.busy * w.open_share)
        units.append(_unit(w, job))
    unit, active_share = reduce(np.maximum, units), ratio(active, raw, NO_NODES)
    doublings = ratio(doublings, active, NO_NODES)
    return _Load(works, raw, active_share, doublings, fabric, jobs, unit, node_hours), weights


def _parts(works: list[_Running], left: Floats) -> tuple[list[_Part], list[_Part]]:
    """The steps of the load of all workloads together, from the bottom up: those that stay up and the others, at least
    one of each. left: the share of their nodes that is wanted (..., months)."""
    kept, others = zip(*(load_steps(w, nodes, left) for w, _, nodes in works), strict=True)
    return _together(works, kept, left), _together(works, others, left)


def _together(works: list[_Running], steps: Sequence[list[LoadStep]], left: Floats) -> list[_Part]:
    """The steps of several workloads added up, the lowest of each together."""
    none = np.zeros(1)
    found = [_Part(none, none, none, none, none)] * max(map(len, steps))
    for (w, share, nodes), of_one in zip(works, steps, strict=True):
        wanted = left * nodes
        running, opened = share * wanted, w.open_share * share * wanted
        for number, step in enumerate(of_one):
            more = step.nodes * wanted, step.nodes * running, step.nodes * opened, step.work * opened, step.up * opened
            found[number] = _Part(*map(add, found[number], more))
    return found


def _steps(
    kept: list[_Part],
    others: list[_Part],
    steady: Floats,
    nodes: Floats,
    node_hours: Amount,
    active_share: Floats,
) -> tuple[Step, ...]:
    """The steps of the load: nodes that stay up, rounded up, take hours of the steps above with them, and the last step
    is spread over all that is left of `nodes`.

    Args:
        kept: what stays up, from the bottom up.
        others: the others.
        steady: the nodes that stay up, rounded up (..., months).
        nodes: all nodes, rounded up (..., months).
        node_hours: GPU-hours of one node in a month.
        active_share: share of the month in which nodes are wanted (..., months).
    """
    below = sum((part.nodes for part in kept), np.zeros(1))
    hours, found = kept[-1].busy, []
    for number, part in enumerate(others, 1):
        top = nodes if number == len(others) else below + part.nodes
        busy = ratio(part.busy, top - below, NO_NODES)
        hours = hours + np.maximum(np.minimum(steady, top) - below, 0.0) * busy
        found.append((np.maximum(top, steady), busy, ratio(part.up, top - below, NO_NODES), part))
        below = top
    return tuple(
        Step(top, node_hours * busy, node_hours * up, node_hours * active_share * ratio(part.open, part.active, 0.0))
        for top, busy, up, part in (*_that_stay_up(kept, hours, steady, active_share), *found)
    )


def _that_stay_up(
    kept: list[_Part], hours: Floats, steady: Floats, active_share: Floats
) -> Iterator[tuple[Floats, Floats, Floats, _Part]]:
    """The steps that stay up, the last up to `steady`: the top, the share of nodes that work and that are up, and what
    was there before rounding. hours: nodes at work in the last."""
    below = np.zeros(1)
    for number, part in enumerate(kept, 1):
        top, work = (steady, hours) if number == len(kept) else (below + part.nodes, part.busy)
        yield top, ratio(work, top - below, NO_NODES), active_share * ratio(part.up, part.active, 0.0), part
        below = top


def _unit(workload: ResolvedWorkload, job: Floats) -> Amount:
    """The smallest part of a node that a workload rents: its own where all jobs fit one. job: nodes (..., months)."""
    if not isinstance(workload.unit, np.ndarray) and workload.unit >= 1:
        return 1.0
    return as_amount(np.where(job.max(axis=-1) > 1, 1.0, np.minimum(of_plan(workload.unit), 1.0)))


def _running(workload: ResolvedWorkload, months: int) -> _Running:
    """A workload with the share of each month in which it runs, and its nodes, growth or ramp included."""
    since = np.arange(months) - float(workload.start_month)
    share = np.where(since >= 0, np.clip(workload.months - since, 0, 1), 0.0)
    since = np.maximum(since, 0)
    rise = (1 + workload.growth_per_month) ** since
    if workload.ramp:
        rise = rise * by_month(workload.ramp)[..., np.minimum(since, len(workload.ramp) - 1).astype(np.int64)]
    return _Running(workload, share, np.where(share > 0, workload.nodes * rise, 0.0))


def _mean_hazard(workloads: list[ResolvedWorkload], weights: list[Floats]) -> Floats:
    """The mean of the hazards, weighted by the hours of work. (...)."""
    if len(workloads) == 1:
        hazard = np.asarray(workloads[0].hazard_per_month, dtype=float)
        return hazard[..., 0] if hazard.ndim else hazard
    hours = [weight.sum(axis=-1, keepdims=True) for weight in weights]
    mean = sum((w.hazard_per_month * h for w, h in zip(workloads, hours, strict=True)), np.zeros(1)) / sum(hours)
    return np.asarray(mean[..., 0])
