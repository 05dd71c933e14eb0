"""The GPU-hours needed in each month, before and after the plan changes; split into a base and its peaks.

Many plans can be costed at once: every array may have a leading axis of plans that differ in length, size or any other
figure of a workload but share the month in which they start. Shapes are written (..., months) for that.
"""

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from advisor.array_types import Amount, ArrayLike, Bools, Floats, Months, as_one, at_months
from advisor.costing.load_curve import LoadCurve, Need, need_of, rounded_up
from advisor.costing.rates import LONGEST_TABLE_MONTHS
from advisor.values.many_points import distinct, for_distinct, with_arrays
from advisor.values.quick_dataclass import dataclass, replace


@dataclass(frozen=True, eq=False)
class Demand:
    """What must be served, month by month, and how likely the plan is still unchanged.

    Attributes:
        months: T, of the longest plan.
        lengths: Months of each plan, the last of which it may need in part (...).
        whole_lengths: Months of each plan that are over before it ends (...).
        hazard_per_month: Chance that the plan changes in a month (...).
        alive, after: The demand before and after the change, and the load curves they are made of.
        peak: Most nodes wanted at once (...).
        start_month: First month with demand.
        always_on: Some of the work must never be interrupted.
        scales_to_zero: All of the work can wait for a cold start.
        replicated: All of the work is served by replicas that take over from one another.
        node_hours: GPU-hours of one node in a month.
        release_doublings: See `released_idle_share`.
        unit: The smallest part that is rented, in nodes; like the two before it an amount.

    Source: docs/model.md#demand
    """

    months: int
    lengths: Months
    whole_lengths: Months
    hazard_per_month: Floats
    alive: Need
    after: Need
    alive_shape: LoadCurve
    after_shape: LoadCurve
    peak: Floats
    start_month: int
    always_on: bool
    scales_to_zero: bool
    replicated: bool
    node_hours: Amount
    release_doublings: Amount
    unit: Amount

    @cached_property
    def largest_job(self) -> Floats:
        """The most nodes that one job ever needs on one fabric, of each plan. (...)."""
        return np.asarray(self.alive_shape.fabric_nodes.max(axis=-1))

    @cached_property
    def clustered_nodes(self) -> Floats:
        """The most nodes that jobs of the largest size take up at once, of each plan. (...)."""
        shape = self.alive_shape
        return np.asarray((shape.fabric_nodes * shape.fabric_jobs).max(axis=-1))

    @cached_property
    def whole_peak(self) -> Floats:
        """The most whole nodes that are wanted at once, as hardware is bought and a base is sized. (...)."""
        return rounded_up(self.peak)

    @property
    def peak_nodes(self) -> int:
        """Most whole nodes wanted at once, of one plan."""
        return int(self.whole_peak)

    def chance_unchanged(self, months: int) -> Floats:
        """P(tau > t) for t = 0..months-1, tau the month of the change: (1 - h)^t while the plan lasts, then 0.
        (..., months).

        Source: docs/model.md#plan-survival
        """
        return self._chance_unchanged[..., :months]

    @cached_property
    def _chance_unchanged(self) -> Floats:
        month = np.arange(LONGEST_TABLE_MONTHS)
        powers = for_distinct(lambda hazard: (1 - hazard) ** month, self.hazard_per_month[..., None])
        return np.where(month < self.lengths[..., None], powers, 0.0)

    def state_chances(self, gone_by: Months) -> Floats:
        """The chance of each state of an option in each month, and that the plan changes in it: see `cost_table.py`.

        With u = P(tau > t) and r = P(tau > gone_by[t]): active u, winding down r - u, exited 1 - r; on change
        P(tau = t).

        Args:
            gone_by: for each month the latest change of plan after which the option has been left (..., months).

        Returns:
            In the order of `PlanState` (4, ..., months).
        """
        unchanged, months = self._chance_unchanged, gone_by.shape[-1]
        running = at_months(unchanged, gone_by)
        found = np.empty((4, *running.shape))
        found[0], found[3] = unchanged[..., :months], self._chance_of_change_in[..., :months]
        np.subtract(running, found[0], out=found[1])
        np.subtract(1, running, out=found[2])
        return found

    @cached_property
    def _chance_of_change_in(self) -> Floats:
        """P(tau = t) for t = 0.. (..., months), read-only."""
        unchanged, found = self._chance_unchanged, 1 - self._chance_unchanged
        np.subtract(unchanged[..., :-1], unchanged[..., 1:], out=found[..., 1:])  # np.diff takes ten times as long
        found.setflags(write=False)
        return found

    def change_month_probabilities(self) -> Floats:
        """P(tau = 1..T), tau = T when the plan never changes: what the chance that it is unchanged falls by. (..., T),
        read-only."""
        return self._chance_of_change_in[..., 1 : self.months + 1]

    @property
    def chance_of_change(self) -> float:
        """P(the plan changes before its last month), of one plan."""
        return 1.0 - float(self.change_month_probabilities()[-1])

    @cached_property
    def expected_used_gpu_hours(self) -> Floats:
        """GPU-hours of work expected over each plan: sum over t of P(unchanged) x alive + P(changed) x after. (...)."""
        alive = self.chance_unchanged(self.months)
        used, used_after = np.vecdot(alive, self.alive.used_gpu_hours), np.vecdot(1 - alive, self.after.used_gpu_hours)
        return np.asarray(used + used_after)

    @property
    def busy_share(self) -> float:
        """The mean utilization of the nodes before they are rounded up, as the user gave it; of one plan that holds."""
        open_hours = self.alive_shape.open_hours @ self.alive_shape.wanted_share
        return float(self.alive.used_gpu_hours.sum() / open_hours)

    @property
    def busy_share_as_rented(self) -> float:
        """The mean utilization of the whole nodes, GPUs or replicas that the work takes; of one plan that holds."""
        return float(self.alive.used_gpu_hours.sum() / self.alive_shape.open_hours.sum())

    def starting_together(self, *, from_month: int = 0, above: Sequence[Amount] = (0.0,)) -> list[Months]:
        """The plans grouped by the month in which they first want more than some nodes: their numbers, group by group.

        Args:
            from_month: the earliest month that counts.
            above: several numbers of nodes; plans that never want more go with any others.
        """
        groups = [np.arange(self.peak.size)]
        for nodes in above:
            wanted = self.alive_shape.nodes[..., from_month:] > nodes
            first = wanted.argmax(axis=-1)
            first = np.where(wanted.any(axis=-1), first, first.max())
            groups = [some[first[some] == month] for some in groups for month in distinct(first[some])]
        return groups

    def over(self, points: int) -> "Demand":
        """The same plan repeated for several points; unchanged if it already has an axis of plans."""
        if self.peak.ndim:
            return self
        return with_arrays(
            self, lambda array: np.broadcast_to(array, (points, *array.shape)) if array.ndim < 2 else array
        )

    def among(self, points: Months) -> "Demand":
        """The plans at some of the points."""
        return with_arrays(self, lambda array: array[points])

    def of_plan(self, plan: int) -> "Demand":
        """One of the plans, as if it had been built alone."""
        length = int(self.lengths[plan])
        return replace(
            with_arrays(self, lambda array: np.asarray(array[plan] if array.ndim < 2 else array[plan, :length])),
            months=length,
            lengths=np.asarray(length),
            whole_lengths=np.asarray(self.whole_lengths[plan]),
            node_hours=as_one(self.node_hours, plan),
            release_doublings=as_one(self.release_doublings, plan),
            unit=as_one(self.unit, plan),
        )

    def split(self, base_nodes: ArrayLike) -> tuple["Demand", "Demand"]:
        """What a base of some nodes serves, and what is left.

        The base works as much as it can, the steady nodes first, before and after a change of plan.

        Args:
            base_nodes: size of the base, broadcast against (..., months): (S, 1) tries S sizes at once.

        Returns:
            The demand on the base and the demand above it.

        Source: docs/model.md#hybrids
        """
        size = np.asarray(base_nodes, dtype=float)
        return self.layer(0.0, size), self.layer(size, np.inf)

    def layer(self, low: ArrayLike, high: ArrayLike) -> "Demand":
        """What the nodes between two heights serve, counted from the steady ones up. low, high: as (..., months)."""
        ends = np.asarray(low, dtype=float), np.asarray(high, dtype=float)
        return self._with_shapes(self.alive_shape.layer(*ends), self.after_shape.layer(*ends))

    def above(self, nodes: ArrayLike) -> "Demand":
        """What is left when the lowest nodes are served, whole or in part. nodes: as (..., months)."""
        rest = self.layer(nodes, np.inf)
        if not np.any(rest.alive_shape.nodes % self.unit):
            return rest
        return rest._with_shapes(rest.alive_shape.in_units(self.unit), rest.after_shape.in_units(self.unit))

    def can_split(self, base_nodes: ArrayLike) -> Bools:
        """Whether each job of the largest size runs in the base or in the rest as a whole, in every month. (...)."""
        size, s = np.asarray(base_nodes, dtype=float), self.alive_shape
        job = np.maximum(s.fabric_nodes, 1.0)
        whole = size // job + np.maximum(s.nodes - size, 0.0) // job
        return np.asarray(((whole >= s.fabric_jobs) | (s.nodes == 0)).all(axis=-1))

    def between(self, from_month: int, to_month: int) -> "Demand":
        """The same plan with no demand outside the months from `from_month` to before `to_month`."""
        wanted = np.arange(self.months)
        share = ((wanted >= from_month) & (wanted < to_month)).astype(float)
        return self._with_shapes(self.alive_shape.scaled(share), self.after_shape.scaled(share))

    def _with_shapes(self, alive_shape: LoadCurve, after_shape: LoadCurve) -> "Demand":
        """The same plan with other nodes."""
        peak = np.asarray(alive_shape.nodes.max(axis=-1))
        same = peak.shape == self.lengths.shape == self.hazard_per_month.shape
        return replace(
            self,
            start_month=self._first_month(alive_shape),
            lengths=self.lengths if same else np.broadcast_to(self.lengths, peak.shape),
            whole_lengths=self.whole_lengths if same else np.broadcast_to(self.whole_lengths, peak.shape),
            hazard_per_month=self.hazard_per_month if same else np.broadcast_to(self.hazard_per_month, peak.shape),
            alive=need_of(alive_shape, self.release_doublings, self.unit),
            after=need_of(after_shape, self.release_doublings, self.unit),
            alive_shape=alive_shape,
            after_shape=after_shape,
            peak=peak,
        )

    def from_its_start(self) -> "Demand":
        """The same demand with the start month of these plans, which were taken from others that may start earlier."""
        return replace(self, start_month=self._first_month(self.alive_shape))

    def _first_month(self, alive_shape: LoadCurve) -> int:
        """The first month in which any nodes are wanted; the present start month if none are."""
        nodes = alive_shape.nodes
        wanted = np.flatnonzero((nodes > 0).any(axis=tuple(range(nodes.ndim - 1))))
        return int(wanted[0]) if wanted.size else self.start_month
