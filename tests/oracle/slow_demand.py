"""The slow loop: the demand of a question, month by month, before and after a change of plan."""

import math
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any

from advisor.market.assumptions import Tier
from advisor.profiles.offers.quote import Quote
from advisor.profiles.schema import Depreciation

Amount = Any  # USD: a float, or an array with one value for each course of rents


TOLERANCE = 1e-9


@dataclass(frozen=True)
class Work:
    """One workload with every default filled in."""

    nodes: float
    months: float
    start_month: int
    growth_per_month: float
    busy: float
    base_share: float
    base_busy: float
    hazard_per_month: float
    residual_share: float
    job_nodes: float = 1.0
    unit: float = 1.0
    ramp: Sequence[float] = ()

    def active(self, t: int) -> float:
        """Share of month t in which the work runs."""
        since = t - self.start_month
        return 0.0 if since < 0 else min(1.0, max(0.0, self.months - since))

    def raw_nodes(self, t: int) -> float:
        """Nodes wanted in month t, not yet rounded up."""
        if self.active(t) == 0:
            return 0.0
        since = t - self.start_month
        rise = self.ramp[min(since, len(self.ramp) - 1)] if self.ramp else 1.0
        return float(self.nodes * rise * (1 + self.growth_per_month) ** since)

    def weight(self, t: int) -> float:
        """Nodes at work in month t; says how much the workload counts in averages."""
        return self.raw_nodes(t) * self.active(t) * self.busy

    def steady_work(self) -> float:
        """What the always-on nodes do, as a share of all nodes: as busy as they should be, but never more than all of
        the work, and with the others at full load at least what these cannot do."""
        wanted = self.base_share * self.base_busy
        most = min(self.busy, self.base_share)
        least = max(0.0, self.busy - (1 - self.base_share))
        return min(max(wanted, least), most)

    def job(self, t: int) -> int:
        """Whole nodes that one job takes in month t."""
        return rounded_up(min(self.job_nodes, self.raw_nodes(t)))


@dataclass(frozen=True)
class Taxes:
    """What the company pays on its income, from which month on, and how it deducts hardware."""

    rate: float = 0.0
    from_month: int = 0
    depreciation: Depreciation = "macrs"


@dataclass(frozen=True)
class Given:
    """All the inputs of one question. rents: USD per GPU-hour by month; resale: share of today's node price; outlook:
    the rents that are expected today, as multiples of today's."""

    figures: Any  # Assumptions of single numbers: the loop knows no points
    tier: Tier
    quotes: Sequence[Quote]
    works: Sequence[Work]
    rents: Sequence[Amount]
    resale: Sequence[Amount]
    taxes: Taxes = Taxes()
    outlook: Sequence[float] = ()

    def quote(self, option: str, months: int | None = None) -> Quote | None:
        """The user's offer for an option, if there is one."""
        for quote in self.quotes:
            if quote.option == option and quote.months == months:
                return quote
        return None


@dataclass(frozen=True)
class Stack:
    """The nodes of a month, the steady ones at the bottom. steady_hours, other_hours: GPU-hours of work of a node of
    each kind; doublings: mean log2 of the nodes of a job; fabric: nodes of the largest job; jobs: how many of those;
    unit: the smallest part that is rented."""

    nodes: float
    steady: float
    steady_hours: float
    other_hours: float
    active_share: float
    doublings: float
    fabric: float
    jobs: int
    unit: float = 1.0

    def between(self, low: float, high: float) -> "Stack":
        """The nodes between two heights."""
        nodes = min(max(self.nodes, low), high) - low
        steady = min(max(self.steady, low), high) - low
        fabric = min(self.fabric, nodes)
        jobs = min(self.jobs, int(nodes / fabric)) if fabric >= 1 else 0
        return replace(self, nodes=nodes, steady=steady, fabric=fabric, jobs=jobs)

    def times(self, share: float) -> "Stack":
        """This share of all of it."""
        return replace(self, nodes=share * self.nodes, steady=share * self.steady, fabric=share * self.fabric)


@dataclass(frozen=True)
class Month:
    """What is wanted in one month: nodes, share of the month, hours that do work, hours billed on demand. occupied:
    hours of work and the idle hours of nodes that must stay up."""

    nodes: float
    active_share: float
    used: float
    occupied: float
    billed: float
    doublings: float


NO_DEMAND = Month(0, 0.0, 0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True, eq=False)
class Scene:
    """The inputs with the demand worked out, for both states of the plan. usual_start: the first month of work where
    nothing is wanted at all; decided: the month of the decision, before which nothing is ordered; signed_from: for
    nodes that are added as the demand grows, the month in which the first contract for them may be signed."""

    given: Given
    alive_stacks: list[Stack]
    after_stacks: list[Stack]
    hazard: float
    usual_start: int
    decided: int = 0
    signed_from: int | None = None

    @cached_property
    def alive(self) -> list[Month]:
        """The demand while the plan holds."""
        return [month_of(stack, self.given) for stack in self.alive_stacks]

    @cached_property
    def after(self) -> list[Month]:
        """What is left of it once the plan has changed."""
        return [month_of(stack, self.given) for stack in self.after_stacks]

    @cached_property
    def months(self) -> int:
        """Length of the plan, T."""
        return len(self.alive_stacks)

    @cached_property
    def peak(self) -> float:
        """Most nodes wanted at once."""
        return max(month.nodes for month in self.alive)

    @cached_property
    def whole_peak(self) -> int:
        """Most nodes wanted at once, as they are bought."""
        return rounded_up(self.peak)

    @cached_property
    def largest_job(self) -> float:
        """The most nodes that one job ever takes."""
        return max(stack.fabric for stack in self.alive_stacks)

    @cached_property
    def clustered(self) -> float:
        """The most nodes that jobs of the largest size take at once."""
        return max(stack.fabric * stack.jobs for stack in self.alive_stacks)

    @cached_property
    def start(self) -> int:
        """First month in which nodes are wanted, or in which those that are added may be signed for."""
        if self.signed_from is not None:
            return self.signed_from
        return next((t for t, month in enumerate(self.alive) if month.nodes > 0), self.usual_start)

    @property
    def node_hours(self) -> float:
        """GPU-hours of one node in one month."""
        return float(self.given.figures.rental.gpus_per_node * self.given.figures.rental.hours_per_month)

    def wanted(self, t: int, change: int) -> Month:
        """The demand of month t when the plan changes in month `change`."""
        if t >= self.months:
            return NO_DEMAND
        return self.alive[t] if change > t else self.after[t]

    def at(self, rents: Sequence[Amount], resale: Sequence[Amount]) -> "Scene":
        """The same at other prices; the demand, once worked out, stays."""
        other = copy(self)
        object.__setattr__(other, "given", replace(self.given, rents=rents, resale=resale))
        return other


@lru_cache(maxsize=256)
def below(scene: Scene, heights: tuple[float, ...]) -> Scene:
    """What a base of these heights serves, by month."""
    return _cut(scene, [(0.0, height) for height in heights])


@lru_cache(maxsize=256)
def above(scene: Scene, heights: tuple[float, ...]) -> Scene:
    """What such a base leaves."""
    return _cut(scene, [(height, math.inf) for height in heights])


@lru_cache(maxsize=256)
def during(scene: Scene, first: int, end: int) -> Scene:
    """The same plan with nothing wanted outside some months."""
    return _cut(scene, [(0.0, math.inf if first <= t < end else 0.0) for t in range(scene.months)])


def layers(scene: Scene, term: int) -> list[Scene]:
    """The nodes that contracts of a term are signed for, step by step as the demand grows."""
    job, lower, found = max(scene.largest_job, 1), 0.0, []
    step = int(scene.given.figures.rental.growth_step_months)
    for first in range(scene.start, scene.months, step) if term > step else ():
        most = max(month.nodes for month in scene.alive[first : first + step])
        upper = max(lower, min(float(rounded_up(most / job) * job), scene.peak))
        if upper > lower:
            layer = _cut(scene, [(lower, upper)] * scene.months)
            later = first > scene.start
            found.append(replace(layer, decided=first, signed_from=first) if later else layer)
        lower = upper
    return found if len(found) > 1 else [scene]


def _cut(scene: Scene, ranges: Sequence[tuple[float, float]]) -> Scene:
    alive, after = (
        [stack.between(*heights) for stack, heights in zip(stacks, ranges, strict=True)]
        for stacks in (scene.alive_stacks, scene.after_stacks)
    )
    return replace(scene, alive_stacks=alive, after_stacks=after, usual_start=scene.start)


def divided(top: float, bottom: float) -> float:
    """top / bottom, or 0 of nothing."""
    return top / bottom if bottom > 0 else 0.0


def rounded_up(amount: float) -> int:
    """Whole nodes or months; a rounding error above a whole number does not count."""
    return math.ceil(amount - TOLERANCE)


def in_units(amount: float, unit: float) -> float:
    """Nodes rounded up to what is rented: whole nodes, or whole GPUs."""
    return rounded_up(amount / unit) * unit


def rented_in(works: Sequence[Work], months: int) -> float:
    """The smallest part that is rented: a GPU where all work is given in GPUs and no job takes several nodes."""
    units = [1.0 if any(work.job(t) > 1 for t in range(months)) else work.unit for work in works]
    return max(units)


def month_of(stack: Stack, given: Given) -> Month:
    """A month of demand; an on-demand user is billed for the idle hours that cannot be released."""
    rental, nodes = given.figures.rental, in_units(stack.nodes, stack.unit)
    used = stack.steady * stack.steady_hours + (stack.nodes - stack.steady) * stack.other_hours
    open_hours = rental.gpus_per_node * rental.hours_per_month * stack.active_share * stack.nodes
    doublings = min(stack.doublings, math.log2(max(nodes, 1)))
    released = min(1.0, max(0.0, 1 - doublings / rental.release_doublings))
    up_hours = rental.gpus_per_node * rental.hours_per_month * stack.active_share * stack.steady
    occupied = max(up_hours, stack.steady * stack.steady_hours) + (stack.nodes - stack.steady) * stack.other_hours
    billed = occupied + max(0.0, open_hours - occupied) * (1 - released)
    return Month(nodes, stack.active_share if nodes > 0 else 0.0, used, occupied, billed, doublings)


def alive_stack(given: Given, t: int, unit: float) -> Stack:
    """The nodes of all workloads together in month t while the plan is unchanged."""
    raw = base = base_hours = peak_hours = active = doublings = 0.0
    fabric = max(work.job(t) for work in given.works)
    for work in given.works:
        nodes = work.raw_nodes(t)
        raw += nodes
        base += nodes * work.base_share
        active += nodes * work.active(t)
        base_hours += nodes * work.steady_work() * work.active(t)
        peak_hours += nodes * (work.busy - work.steady_work()) * work.active(t)
        doublings += nodes * work.active(t) * math.log2(max(work.job(t), 1))
    node_hours = given.figures.rental.gpus_per_node * given.figures.rental.hours_per_month
    jobs = sum(max(1, int(work.raw_nodes(t) / fabric + TOLERANCE)) for work in given.works if 0 < work.job(t) == fabric)
    all_nodes, steady = in_units(raw, unit), in_units(base, unit)
    other_hours = node_hours * divided(peak_hours, all_nodes - base)
    steady_hours = node_hours * base_hours + (steady - base) * other_hours  # a part of a node or GPU stays up whole
    return Stack(
        all_nodes,
        steady,
        divided(steady_hours, steady),
        other_hours,
        divided(active, raw),
        divided(doublings, active),
        fabric,
        min(jobs, int(all_nodes / max(fabric, 1))),
        unit,
    )


def after_stack(given: Given, t: int, before: Stack) -> Stack:
    """What is left of month t once the plan has changed."""
    weight = sum(work.weight(t) for work in given.works)
    return before.times(divided(sum(work.weight(t) * work.residual_share for work in given.works), weight))


def scene_of(given: Given) -> Scene:
    """Work out the demand month by month, before and after a change of plan."""
    months = rounded_up(max(work.start_month + work.months for work in given.works))
    unit = rented_in(given.works, months)
    alive = [alive_stack(given, t, unit) for t in range(months)]
    after = [after_stack(given, t, alive[t]) for t in range(months)]
    hours = [sum(work.weight(t) for t in range(months)) for work in given.works]
    risk = sum(w * work.hazard_per_month for w, work in zip(hours, given.works, strict=True))
    start = min(work.start_month for work in given.works)
    return Scene(given, alive, after, divided(risk, sum(hours)), start)


def chance_of(scene: Scene, change: int) -> float:
    """The chance that the plan changes in month `change`; a plan that never changes ends with its last month."""
    return (1 - scene.hazard) ** (change - 1) * (scene.hazard if change < scene.months else 1.0)
