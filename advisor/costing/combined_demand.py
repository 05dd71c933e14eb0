"""The demand of several workloads together: their nodes, hazards and what a change of plan leaves."""

from functools import reduce

import numpy as np

from advisor.array_types import Amount, Floats, as_amount, of_plan
from advisor.costing.billed_hours import ROUNDING_TOLERANCE, Shape, need_of, rounded_up
from advisor.costing.demand import Demand
from advisor.market.assumptions import Rental
from advisor.profiles.defaults import ResolvedWorkload

_NO_NODES = 1e-12  # below this there are no nodes to divide hours by


def combined_demand(workloads: list[ResolvedWorkload], rental: Rental) -> Demand:
    """The demand of workloads that share the capacity of one GPU model.

    Their nodes add up month by month and are rounded up once, together, and so are the nodes that must stay up; the
    hours that do work are not rounded. The unit is a GPU where every workload is given in GPUs and has jobs that fit a
    node, else a node. The plan changes as a whole; its hazard is the mean of the workloads' hazards weighted by their
    GPU-hours, and what is left after a change is likewise the weighted mean of the residual shares.

    Args:
        workloads: one or more; any of their amounts but the start may be an array (P, 1) for P plans.
        rental: GPUs in a node, hours in a month, how much idle time can be released.

    Source: docs/model.md#demand

    """
    ends = [np.ceil(np.asarray(w.start_month + w.months) - ROUNDING_TOLERANCE) for w in workloads]
    lengths = np.max(np.broadcast_arrays(*ends), axis=0).astype(np.int64)
    lengths = lengths[..., 0] if lengths.ndim else lengths
    months = int(lengths.max())
    node_hours = rental.gpus_per_node * rental.hours_per_month
    shape, weights, unit = _shape(workloads, months, node_hours)
    hazard = _mean_hazard(workloads, weights)
    left = _weighted([w.residual_share for w in workloads], weights)
    release = rental.release_doublings
    plans = np.broadcast_shapes(
        lengths.shape, hazard.shape, left.shape[:-1], shape.other_hours.shape[:-1], np.shape(of_plan(release))
    )
    shape = shape.for_plans(plans) if plans else shape
    after = shape.scaled(left)
    peak = np.asarray(shape.nodes.max(axis=-1))
    return Demand(
        months=months,
        lengths=np.broadcast_to(lengths, peak.shape),
        hazard_per_month=np.broadcast_to(hazard, peak.shape),
        alive=need_of(shape, node_hours, release, unit),
        after=need_of(after, node_hours, release, unit),
        alive_shape=shape,
        after_shape=after,
        peak=peak,
        start_month=min(w.start_month for w in workloads),
        always_on=any(w.always_on for w in workloads),
        scales_to_zero=all(w.scales_to_zero for w in workloads),
        node_hours=node_hours,
        release_doublings=release,
        unit=unit,
    )


def _shape(workloads: list[ResolvedWorkload], months: int, node_hours: Amount) -> tuple[Shape, list[Floats], Amount]:
    """The nodes of all workloads together, the weight of each in shared quantities (nodes at work by month), and the
    smallest part that is rented."""
    raw = active = base = busy_base = busy_peak = doublings = fabric = jobs = np.zeros(months)
    weights, units = [], []
    for w in workloads:
        share = _active(w, months)
        nodes = _nodes(w, share, months)
        steady = w.base_share * nodes
        raw, active, base = raw + nodes, active + share * nodes, base + steady
        steady_busy, other_busy = busy_split(w.busy, w.base_share, w.base_busy)
        busy_base = busy_base + share * steady * steady_busy
        busy_peak = busy_peak + share * (nodes - steady) * other_busy
        job = np.ceil(np.minimum(w.job_nodes, nodes) - ROUNDING_TOLERANCE)
        doublings = doublings + share * nodes * np.log2(np.maximum(job, 1.0))
        count = np.floor(_ratio(nodes, job, _NO_NODES) + ROUNDING_TOLERANCE).clip(1.0)
        jobs = np.where(job > fabric, count, jobs + (job == fabric) * count)
        fabric = np.maximum(fabric, job)
        weights.append(nodes * share * w.busy)
        units.append(_unit(w, job))
    unit = reduce(np.maximum, units)
    nodes, steady = (rounded_up(amount, unit) for amount in (raw, base))
    busy_other = _ratio(busy_peak, nodes - base, _NO_NODES)
    shape = Shape(
        nodes=nodes,
        steady_nodes=steady,
        wanted_share=_ratio(raw, nodes, _NO_NODES),
        steady_hours=node_hours * _ratio(busy_base + (steady - base) * busy_other, steady, _NO_NODES),
        other_hours=node_hours * busy_other,
        active_share=_ratio(active, raw, _NO_NODES),
        job_doublings=_ratio(doublings, active, _NO_NODES),
        fabric_nodes=fabric,
        fabric_jobs=np.minimum(jobs, nodes // np.maximum(fabric, 1.0)),
    )
    return shape, weights, unit


def _unit(workload: ResolvedWorkload, job: Floats) -> Amount:
    """The smallest part of a node that a workload rents: its own where all jobs fit one. job: nodes (..., months)."""
    if not isinstance(workload.unit, np.ndarray) and workload.unit == 1:
        return 1.0
    return as_amount(np.where(job.max(axis=-1) > 1, 1.0, of_plan(workload.unit)))


def busy_split(busy: Amount, base_share: Amount, base_busy: Amount) -> tuple[Floats, Floats]:
    """The utilization of the always-on nodes and of the others, whose mean is `busy` whatever the other two say.

    The always-on nodes work at `base_busy` as far as the mean allows it: not more than all of the work, and no less
    than what the others cannot do.

    Args:
        busy: mean utilization of all nodes (...).
        base_share: share of the nodes that are always on (...).
        base_busy: utilization wanted for those (...).

    Returns:
        Two shares (...): base_share x the first + (1 - base_share) x the second = busy.

    Source: docs/model.md#demand

    >>> [float(share.round(9)) for share in busy_split(0.65, 0.5, 0.8)]
    [0.8, 0.5]
    >>> [float(share.round(9)) for share in busy_split(0.1, 0.5, 0.8)]
    [0.2, 0.0]
    """
    mean, share = np.asarray(busy, dtype=float), np.asarray(base_share, dtype=float)
    steady = np.clip(share * base_busy, np.maximum(mean - (1 - share), 0.0), np.minimum(mean, share))
    return _ratio(steady, share, 0.0), _ratio(mean - steady, 1 - share, 0.0)


def _active(workload: ResolvedWorkload, months: int) -> Floats:
    """The share of each month in which the workload runs. (..., months)."""
    since = np.arange(months) - float(workload.start_month)
    return np.where(since >= 0, np.clip(workload.months - since, 0, 1), 0.0)


def _nodes(workload: ResolvedWorkload, active_share: Floats, months: int) -> Floats:
    """Nodes of one workload by month, growth or ramp included, not yet rounded up. (..., months)."""
    since = np.maximum(np.arange(months) - float(workload.start_month), 0)
    rise = (1 + workload.growth_per_month) ** since
    if workload.ramp:
        rise = rise * np.asarray(workload.ramp)[np.minimum(since, len(workload.ramp) - 1).astype(np.int64)]
    return np.where(active_share > 0, workload.nodes * rise, 0.0)


def _mean_hazard(workloads: list[ResolvedWorkload], weights: list[Floats]) -> Floats:
    """The mean of the hazards, weighted by the hours of work. (...)."""
    if len(workloads) == 1:
        hazard = np.asarray(workloads[0].hazard_per_month, dtype=float)
        return hazard[..., 0] if hazard.ndim else hazard
    hours = [weight.sum(axis=-1, keepdims=True) for weight in weights]
    mean = sum((w.hazard_per_month * h for w, h in zip(workloads, hours, strict=True)), np.zeros(1)) / sum(hours)
    return np.asarray(mean[..., 0])


def _weighted(values: list[Amount], weights: list[Floats]) -> Floats:
    """The weighted mean of `values` in each month, 0 where the weights are. (..., months)."""
    total = sum(weights, np.zeros(1))
    mean = sum((value * weight for value, weight in zip(values, weights, strict=True)), np.zeros(1))
    return _ratio(mean, total, 0.0)


def _ratio(top: Floats, bottom: Floats, least: float) -> Floats:
    """Top / bottom where bottom exceeds `least`, else 0."""
    return np.asarray(np.divide(top, bottom, out=np.zeros(np.broadcast(top, bottom).shape), where=bottom > least))
