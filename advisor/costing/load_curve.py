"""The load of a month as a curve: how many nodes are needed for how many hours; and the GPU-hours that are billed."""

import numpy as np

from advisor.array_types import ROUNDING_TOLERANCE, Amount, ArrayLike, Floats
from advisor.values.quick_dataclass import dataclass, replace


def rounded_up(nodes: Floats, unit: Amount = 1.0) -> Floats:
    """Nodes (..., months) rounded up to the smallest unit that is rented: a whole node, or a GPU as part of a node."""
    return np.asarray(np.ceil(nodes / unit - ROUNDING_TOLERANCE) * unit)


@dataclass(frozen=True, eq=False)
class Step:
    """The nodes from the step below up to `top`, all of which work alike. Arrays (..., months).

    top: its upper end, in nodes; hours: GPU-hours of work that each of its nodes does in the month; up_hours: GPU-hours
    in which each is up, where it may go down; open_hours: GPU-hours in which there may be work for it, those of the
    month or of the office hours in it.
    """

    top: Floats
    hours: Floats
    up_hours: Floats
    open_hours: Floats


@dataclass(frozen=True, eq=False)
class LoadCurve:
    """How many nodes are needed for how many hours: a load-duration curve for each month. Arrays (..., months).

    Attributes:
        steps: From the bottom up. The first ones, perhaps empty, hold the nodes that must stay up whether there is work
            or not; the others are up while there is work for them. Tops are in whole units for the last step of both.
        wanted_share: The part of all nodes that is wanted, not rounded up.
        active_share: Share of the month in which they are wanted.
        job_doublings: Log2 of the nodes of a job, weighted by node-hours.
        fabric_nodes, fabric_jobs: The nodes of the largest job, which needs one fabric, and how many of those run side
            by side.

    Source: docs/model.md#demand
    """

    steps: tuple[Step, ...]
    wanted_share: Floats
    active_share: Floats
    job_doublings: Floats
    fabric_nodes: Floats
    fabric_jobs: Floats

    @property
    def nodes(self) -> Floats:
        """All nodes. (..., months)."""
        return self.steps[-1].top

    @property
    def open_hours(self) -> Floats:
        """GPU-hours in which there may be work, of all nodes together. (..., months)."""
        below, total = np.zeros(1), np.zeros(1)
        for step in self.steps:
            total, below = total + (step.top - below) * step.open_hours, step.top
        return total

    def scaled(self, share: Floats) -> "LoadCurve":
        """This share of all nodes, by month."""
        steps = tuple(replace(step, top=share * step.top) for step in self.steps)
        return replace(self, steps=steps, fabric_nodes=share * self.fabric_nodes)

    def in_units(self, unit: Amount) -> "LoadCurve":
        """The same work in whole units: the last step is spread over all that is left of the nodes, rounded up."""
        *below, last = self.steps
        bottom = below[-1].top if below else np.zeros(1)
        nodes = rounded_up(last.top, unit)
        share = np.divide(last.top - bottom, nodes - bottom, out=np.ones(nodes.shape), where=nodes > bottom)
        spread = replace(last, top=nodes, hours=share * last.hours, up_hours=share * last.up_hours)
        return replace(self, steps=(*below, spread))

    def layer(self, low: Amount, high: Amount) -> "LoadCurve":
        """The nodes between two heights, counted from the steady ones up."""
        steps = tuple(replace(step, top=np.clip(step.top, low, high) - low) for step in self.steps)
        nodes = steps[-1].top
        fabric = np.minimum(self.fabric_nodes, nodes)
        jobs = np.minimum(self.fabric_jobs, nodes // np.maximum(fabric, 1.0))
        return replace(self, steps=steps, fabric_nodes=fabric, fabric_jobs=jobs)


@dataclass(frozen=True, eq=False)
class Need:
    """The demand of each month in one state of the plan. Arrays (..., months).

    Attributes:
        nodes: Nodes wanted, in whole units.
        active_share: Share of the month in which they are wanted.
        used_gpu_hours: Hours that do work.
        occupied_gpu_hours: Those and the idle hours in which nodes are up.
        billed_gpu_hours: Hours an on-demand user is billed, who can release part of the other idle time.
        job_doublings: The mean of log2 of the nodes that one job runs on.
    """

    nodes: Floats
    active_share: Floats
    used_gpu_hours: Floats
    occupied_gpu_hours: Floats
    billed_gpu_hours: Floats
    job_doublings: Floats


def released_idle_share(job_doublings: ArrayLike, release_doublings: Amount) -> Floats:
    """The share of idle time that an on-demand user can release: 1 - log2(J) / doublings, between 0 and 1.

    Args:
        job_doublings: log2 of the nodes of one job (...). A job on one node releases all of its idle time, however many
            such jobs there are.
        release_doublings: doublings of size after which nothing is released (6: none of a 64-node job).

    Source: docs/model.md#demand
    """
    return np.asarray(np.clip(1 - np.asarray(job_doublings, dtype=float) / release_doublings, 0, 1))


def need_of(curve: LoadCurve, release_doublings: Amount, unit: Amount) -> Need:
    """Hours used, occupied and billed in one state of the plan: billed = occupied + other idle x (1 - released share).

    Hours that are not open, those outside office hours, are released by jobs of any size.

    Args:
        curve: how many nodes are needed for how many hours (..., months).
        release_doublings: see `released_idle_share`.
        unit: the smallest part that is rented, in nodes.

    Source: docs/model.md#demand
    """
    nodes = rounded_up(curve.nodes, unit)
    doublings = np.minimum(curve.job_doublings, np.log2(np.maximum(nodes, 1.0)))
    used, occupied, possible, below = np.zeros(1), np.zeros(1), np.zeros(1), np.zeros(1)
    for step in curve.steps:
        width = step.top - below
        used, possible, below = used + width * step.hours, possible + width * step.open_hours, step.top
        occupied = occupied + width * np.maximum(step.hours, step.up_hours)
    idle = np.maximum(0.0, possible - occupied)
    billed = occupied + idle * (1 - released_idle_share(doublings, release_doublings))
    return Need(nodes, curve.active_share * (nodes > 0), used, occupied, billed, doublings)
