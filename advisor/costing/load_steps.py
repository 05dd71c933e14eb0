"""The load of one workload as steps of its nodes: how much each works, and in which hours it is up."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from advisor.array_types import ROUNDING_TOLERANCE, Amount, Floats
from advisor.profiles.defaults import ResolvedWorkload

NO_NODES = 1e-12  # below this there are no nodes to divide hours by
_KEPT_STEPS = 4  # of nodes that stay up
_STEPS = 8  # of whole replicas above those that stay up
_LEAST_SHARE = 1e-9  # by which a mean load must stay below the peak for a power of it to be taken


class LoadStep(NamedTuple):
    """A step of the load, as shares of all nodes of the workload. Amounts, or arrays (..., months).

    Attributes:
        nodes: In the step.
        work: That work, as a mean over the hours that are open.
        up: That are up when they are rented by the hour, likewise.
    """

    nodes: Amount
    work: Amount
    up: Amount


def kept_nodes(workload: ResolvedWorkload, nodes: Floats) -> Floats:
    """How many of the nodes of each month must stay up, not rounded. nodes: (..., months)."""
    return np.asarray(_base_share(workload, nodes) * nodes)


def load_steps(workload: ResolvedWorkload, nodes: Floats, left: Floats) -> tuple[list[LoadStep], list[LoadStep]]:
    """The load curve of a workload as steps of its nodes, from the bottom up: those that stay up, and the others.

    Nodes that stay up are alike, and so are the others where it is known how busy those are; a load that was given as a
    curve keeps its steps; those of a service in tokens follow from its peak and its mean.

    Args:
        workload: with its utilization.
        nodes: of each month (..., months).
        left: the share of them that is wanted, of which the steps are shares: less than 1 after a change of plan.

    Source: docs/model.md#demand
    """
    if workload.load:
        return _given_steps(workload)
    kept = _base_share(workload, nodes)
    if workload.base_busy is None:
        return _steps_of_mean(workload, np.asarray(kept), left * nodes)
    steady, other = busy_split(workload.busy, kept, workload.base_busy)
    above = (1 - kept) * other
    return [LoadStep(kept, kept * steady, kept * workload.kept_share)], [LoadStep(1 - kept, above, above)]


def _given_steps(workload: ResolvedWorkload) -> tuple[list[LoadStep], list[LoadStep]]:
    """Those of a load that was given as a curve, at a mean utilization of `busy`."""
    base, below = np.asarray(workload.base_share, dtype=float), 0.0
    work, found = np.zeros(1), []
    mean = sum(of_nodes * share for of_nodes, share in workload.load)
    for of_nodes, given_share in workload.load:
        share, top = moved_share(given_share, mean, workload.busy), below + of_nodes
        inside = np.clip(base, below, top) - below
        work = work + inside * share
        above = (of_nodes - inside) * share
        found.append(LoadStep(of_nodes - inside, above, above))
        below = top
    return [LoadStep(base, work, base * workload.kept_share)], found


def _steps_of_mean(workload: ResolvedWorkload, kept: Floats, nodes: Floats) -> tuple[list[LoadStep], list[LoadStep]]:
    """Those that follow from the mean of the load and its peak: four of what stays up; then what fills up the last
    replica of that, and up to eight of whole replicas. kept: the share that stays up (..., months)."""
    replica = _replica_share(workload, nodes)
    most, least = (np.ceil(ratio(share, replica, 0.0) - ROUNDING_TOLERANCE) for share in (np.ones(1), kept))
    tops = [(least + below) * replica for below in _groups(most - least)]
    parts = [kept * part / _KEPT_STEPS for part in range(_KEPT_STEPS + 1)]
    *bounds, _ = np.broadcast_arrays(*parts, *tops, workload.busy)  # which may differ by plan
    ends = np.stack(bounds)
    above, worked = _exceeded_and_worked(np.minimum(ends, 1.0), workload)
    width, work = np.diff(ends, axis=0), np.diff(worked, axis=0)
    alone, many = width * above[:-1], work - replica / 2 * np.diff(above, axis=0)
    up = np.where(width <= replica * (1 + ROUNDING_TOLERANCE), alone, many)
    up[:_KEPT_STEPS] = np.maximum(width * workload.kept_share, work)[:_KEPT_STEPS]
    found = list(map(LoadStep, width, work, up))
    return found[:_KEPT_STEPS], found[_KEPT_STEPS:]


def _groups(replicas: Floats) -> Iterator[Floats]:
    """The ends of eight groups of replicas from the bottom up, and where the first begins: single ones as far as there
    are, the first groups empty; of more, the lower groups are smaller, since the load spends the most hours there."""
    yield np.zeros(replicas.shape)
    for number in range(1, _STEPS + 1):
        single = np.maximum(replicas - (_STEPS - number), 0.0)
        several = np.maximum(np.ceil(replicas * (number / _STEPS) ** 2 - ROUNDING_TOLERANCE), number)
        yield np.where(replicas <= _STEPS, single, several)


def _exceeded_and_worked(share: Floats, workload: ResolvedWorkload) -> tuple[Floats, Floats]:
    """In which share of the hours a load exceeds a share z of its peak, and its mean up to there, as one of the peak.

    It exceeds z in h (1 - z^(u / (1 - u))) of the hours, where u is its mean in the hours h with requests, as a share
    of the peak; the mean is the integral of that.

    Source: docs/model.md#serving
    """
    hours = np.maximum(workload.served_share, workload.busy)
    mean = np.minimum(np.asarray(workload.busy / hours), 1 - _LEAST_SHARE)
    power = share ** (mean / (1 - mean))
    return np.asarray(hours * (1 - power)), np.asarray(hours * share * (1 - (1 - mean) * power))


def _replica_share(workload: ResolvedWorkload, nodes: Floats) -> Floats:
    """What is started at a time as a share of all nodes: the nodes of a job, else the smallest part that is rented."""
    replica = np.where(np.asarray(workload.job_nodes) > 1, workload.job_nodes, workload.unit)
    return ratio(replica, nodes, NO_NODES)


def _base_share(workload: ResolvedWorkload, nodes: Floats) -> Amount:
    """The share of the nodes that must stay up: by month where some of them must at the least. nodes: (..., months)."""
    least = workload.least_nodes
    if not isinstance(least, np.ndarray) and least == 0:
        return workload.base_share
    return np.maximum(workload.base_share, np.minimum(ratio(np.asarray(least), nodes, NO_NODES), 1.0))


def moved_share(share: Amount, mean: float, wanted: Amount) -> Floats:
    """One of several utilizations when their mean moves: to idle below it, to always busy above it, in proportion.

    share: where the mean is `mean` (...); wanted: the mean after the move (...).

    Source: docs/model.md#demand

    >>> [float(moved_share(0.8, 0.5, wanted)) for wanted in (0.0, 0.25, 0.5, 0.75, 1.0)]
    [0.0, 0.4, 0.8, 0.9, 1.0]
    """
    mean_then = np.asarray(wanted, dtype=float)
    idle = np.minimum((1 - mean_then) / max(1 - mean, NO_NODES), 1.0)
    return np.where(mean_then < mean, share * mean_then / mean, 1 - (1 - share) * idle)


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
    return ratio(steady, share, 0.0), ratio(mean - steady, 1 - share, 0.0)


def ratio(top: Floats, bottom: Floats, least: float) -> Floats:
    """Top / bottom where bottom exceeds `least`, else 0."""
    return np.asarray(np.divide(top, bottom, out=np.zeros(np.broadcast(top, bottom).shape), where=bottom > least))
