"""GPU-hours of a month from its nodes: hours that do work, and hours that an on-demand user is billed for."""

from dataclasses import replace
from typing import Self

import numpy as np
import numpy.typing as npt

from advisor.array_types import Amount, Floats, Months
from advisor.values.quick_dataclass import dataclass

ROUNDING_TOLERANCE = 1e-9  # a sum of shares may exceed a whole number of nodes by this much without needing one more


def rounded_up(nodes: Floats, unit: Amount = 1.0) -> Floats:
    """Nodes (..., months) rounded up to the smallest unit that is rented: a whole node, or a GPU as part of a node."""
    return np.asarray(np.ceil(nodes / unit - ROUNDING_TOLERANCE) * unit)


class ByMonth:
    """Arrays by month of one plan, or of several."""

    def for_plans(self, plans: tuple[int, ...]) -> Self:
        """The same for several plans; `plans`: the shape of their axis."""
        parts = {name: np.broadcast_to(values, (*plans, values.shape[-1])) for name, values in vars(self).items()}
        return type(self)(**parts)

    def among(self, points: Months) -> Self:
        """Those of some of the plans."""
        return type(self)(**{name: values[points] for name, values in vars(self).items()})


@dataclass(frozen=True, eq=False)
class Need(ByMonth):
    """The demand of each month in one state of the plan. Arrays (..., months).

    nodes: nodes wanted, in whole units; active_share: share of the month in which they are wanted; used_gpu_hours:
    hours that do work; occupied_gpu_hours: those and the idle hours of nodes that must stay up; billed_gpu_hours: hours
    an on-demand user is billed, who can release part of the other idle time; job_doublings: the mean of log2 of the
    nodes that one job runs on.
    """

    nodes: Floats
    active_share: Floats
    used_gpu_hours: Floats
    occupied_gpu_hours: Floats
    billed_gpu_hours: Floats
    job_doublings: Floats


@dataclass(frozen=True)
class Shape(ByMonth):
    """How the nodes of a month work: the steady nodes first, the others on top of them. Arrays (..., months).

    nodes: all nodes, in whole units until a change of plan leaves only a part; steady_nodes: those of them that must
    stay up, likewise; wanted_share: the part of those nodes that is wanted, not rounded up; steady_hours, other_hours:
    GPU-hours of work that a node of each kind does in the month;
    active_share: share of the month in which they are wanted; job_doublings: log2 of the nodes of a job, weighted by
    node-hours; fabric_nodes, fabric_jobs: the nodes of the largest job, which needs one fabric, and how many of those
    run side by side.
    """

    nodes: Floats
    steady_nodes: Floats
    wanted_share: Floats
    steady_hours: Floats
    other_hours: Floats
    active_share: Floats
    job_doublings: Floats
    fabric_nodes: Floats
    fabric_jobs: Floats

    def scaled(self, share: Floats) -> "Shape":
        """This share of all nodes, by month."""
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
        fabric = np.minimum(self.fabric_nodes, nodes)
        jobs = np.minimum(self.fabric_jobs, nodes // np.maximum(fabric, 1.0))
        return replace(self, nodes=nodes, steady_nodes=steady, fabric_nodes=fabric, fabric_jobs=jobs)


def released_idle_share(job_doublings: npt.ArrayLike, release_doublings: Amount) -> Floats:
    """The share of idle time that an on-demand user can release: 1 - log2(J) / doublings, between 0 and 1.

    Args:
        job_doublings: log2 of the nodes of one job (...). A job on one node releases all of its idle time, however many
            such jobs there are.
        release_doublings: doublings of size after which nothing is released (6: none of a 64-node job).

    Source: docs/model.md#demand

    """
    return np.asarray(np.clip(1 - np.asarray(job_doublings, dtype=float) / release_doublings, 0, 1))


def need_of(shape: Shape, node_hours: Amount, release_doublings: Amount, unit: Amount) -> Need:
    """Hours used, occupied and billed in one state of the plan: billed = occupied + other idle x (1 - released share).

    Args:
        shape: how the nodes work (..., months).
        node_hours: GPU-hours of one node in a month.
        release_doublings: see `released_idle_share`.
        unit: the smallest part that is rented, in nodes.

    Source: docs/model.md#demand

    """
    s = shape
    nodes = rounded_up(s.nodes, unit)
    doublings = np.minimum(s.job_doublings, np.log2(np.maximum(nodes, 1.0)))
    used = s.steady_nodes * s.steady_hours + (s.nodes - s.steady_nodes) * s.other_hours
    occupied = used + np.maximum(0.0, s.steady_nodes * (node_hours * s.active_share - s.steady_hours))
    idle = np.maximum(0.0, node_hours * s.active_share * s.nodes - occupied)
    billed = occupied + idle * (1 - released_idle_share(doublings, release_doublings))
    return Need(nodes, s.active_share * (nodes > 0), used, occupied, billed, doublings)
