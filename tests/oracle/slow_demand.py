"""The slow loop: the demand of a question, month by month, before and after a change of plan."""

import math
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import pairwise
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
    open_share: float = 1.0
    load: Sequence[tuple[float, float]] = ()

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
        return self.raw_nodes(t) * self.active(t) * self.busy * self.open_share

    def steps(self) -> list[tuple[float, float]]:
        """The share of the nodes in each step of the load, and that of its open time in which it works: those that stay
        up, then the others."""
        if not self.load:
            steady = self.steady_work()
            others = divided(self.busy - steady, 1 - self.base_share)
            return [(self.base_share, divided(steady, self.base_share)), (1 - self.base_share, others)]
        found, kept, bottom = [], 0.0, 0.0
        for width, share in self.load:
            inside = max(0.0, min(self.base_share, bottom + width) - bottom)
            kept += inside * share
            found.append((width - inside, share))
            bottom += width
        return [(self.base_share, divided(kept, self.base_share)), *found]

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
class Block:
    """Nodes between two heights that work alike. hours: of the month in which each works; open_hours: in which it may;
    kept: whether it stays up in all of those."""

    bottom: float
    top: float
    hours: float
    open_hours: float
    kept: bool

    def between(self, low: float, high: float) -> "Block":
        """The nodes of it between two heights, counted from the lower one."""
        bottom, top = (min(max(height, low), high) - low for height in (self.bottom, self.top))
        return replace(self, bottom=bottom, top=top)


@dataclass(frozen=True)
class Stack:
    """The nodes of a month in blocks, those that stay up at the bottom. doublings: mean log2 of the nodes of a job;
    fabric: nodes of the largest job; jobs: how many of those; unit: the smallest part that is rented."""

    blocks: tuple[Block, ...]
    active_share: float
    doublings: float
    fabric: float
    jobs: int
    unit: float = 1.0

    @property
    def nodes(self) -> float:
        """All nodes."""
        return self.blocks[-1].top

    @property
    def steady(self) -> float:
        """The nodes that stay up."""
        return self.blocks[0].top

    def between(self, low: float, high: float) -> "Stack":
        """The nodes between two heights."""
        blocks = tuple(block.between(low, high) for block in self.blocks)
        nodes = blocks[-1].top
        fabric = min(self.fabric, nodes)
        jobs = min(self.jobs, int(nodes / fabric)) if fabric >= 1 else 0
        return replace(self, blocks=blocks, fabric=fabric, jobs=jobs)

    def in_units(self) -> "Stack":
        """The same work in whole units: the last block takes what rounding adds."""
        *below, last = self.blocks
        top, bottom = in_units(last.top, self.unit), below[-1].top
        hours = divided(last.hours * (last.top - bottom), top - bottom)
        return replace(self, blocks=(*below, replace(last, top=top, hours=hours)))

    def instants(self) -> list[float]:
        """The hours of the month at which a block begins or ends its work or its opening, from 0 on."""
        return sorted({0.0, *(block.hours for block in self.blocks), *(block.open_hours for block in self.blocks)})


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
    def whole_months(self) -> int:
        """Its months that are over before it ends."""
        return math.floor(max(work.start_month + work.months for work in self.given.works) + TOLERANCE)

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
def rest_above(scene: Scene, heights: tuple[float, ...]) -> Scene:
    """What such a base leaves, where its heights may be no whole nodes."""
    rest = above(scene, heights)
    alive, after = ([stack.in_units() for stack in stacks] for stacks in (rest.alive_stacks, rest.after_stacks))
    return replace(rest, alive_stacks=alive, after_stacks=after)


def own_nodes_of_one(own: Scene, there: Scene, t: int) -> float:
    """How many nodes of the work's GPU do the work of one of another GPU: both do the same on whole nodes."""
    nodes, others = own.alive[t].nodes, there.alive[t].nodes
    return nodes / others if others > 0 else 1.0


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
    """A month of demand, walked from instant to instant; an on-demand user is billed for the idle hours that cannot be
    released, and for none in which the work is closed."""
    rental, nodes = given.figures.rental, in_units(stack.nodes, stack.unit)
    doublings = min(stack.doublings, math.log2(max(nodes, 1)))
    released = min(1.0, max(0.0, 1 - doublings / rental.release_doublings))
    used = kept_idle = other_idle = 0.0
    for since, until in pairwise(stack.instants()):
        for block in stack.blocks:
            gpu_hours = rental.gpus_per_node * (until - since) * (block.top - block.bottom)
            works, may_work = block.hours >= until, block.open_hours >= until
            if works:
                used += gpu_hours
            if works and not may_work:  # two workloads of which one ends within the month: the mean of both is open
                other_idle -= gpu_hours
            elif may_work and not works and block.kept:
                kept_idle += gpu_hours
            elif may_work and not works:
                other_idle += gpu_hours
    occupied = used + kept_idle
    billed = occupied + max(0.0, other_idle) * (1 - released)  # never less than what is occupied
    return Month(nodes, stack.active_share if nodes > 0 else 0.0, used, occupied, billed, doublings)


def alive_stack(given: Given, t: int, unit: float) -> Stack:
    """The nodes of all workloads together in month t while the plan is unchanged."""
    fabric = max(work.job(t) for work in given.works)
    raw = sum(work.raw_nodes(t) for work in given.works)
    kept = sum(work.steps()[0][0] * work.raw_nodes(t) for work in given.works)
    active = sum(work.raw_nodes(t) * work.active(t) for work in given.works)
    doublings = sum(work.raw_nodes(t) * work.active(t) * math.log2(max(work.job(t), 1)) for work in given.works)
    jobs = sum(max(1, int(work.raw_nodes(t) / fabric + TOLERANCE)) for work in given.works if 0 < work.job(t) == fabric)
    return Stack(
        _blocks(given, t, in_units(raw, unit), in_units(kept, unit)),
        divided(active, raw),
        divided(doublings, active),
        fabric,
        min(jobs, int(in_units(raw, unit) / max(fabric, 1))),
        unit,
    )


def _blocks(given: Given, t: int, nodes: float, steady: float) -> tuple[Block, ...]:
    """The blocks of month t: each holds the steps of all workloads that are as high, and the last all that is left.
    steady: the whole nodes or GPUs that stay up, with what the blocks above do there."""
    month = given.figures.rental.hours_per_month
    active = divided(
        sum(work.raw_nodes(t) * work.active(t) for work in given.works), sum(w.raw_nodes(t) for w in given.works)
    )
    found: list[Block] = []
    bottom = 0.0
    count = max(len(work.steps()) for work in given.works)
    for number in range(count):
        width = running = opened = worked = 0.0
        for work in given.works:
            share, busy = work.steps()[number] if number < len(work.steps()) else (0.0, 0.0)
            width += share * work.raw_nodes(t)
            running += share * work.raw_nodes(t) * work.active(t)
            opened += share * work.raw_nodes(t) * work.active(t) * work.open_share
            worked += share * work.raw_nodes(t) * work.active(t) * work.open_share * busy
        top = nodes if number == count - 1 else bottom + width
        hours, open_hours = month * divided(worked, top - bottom), month * active * divided(opened, running)
        found.append(Block(bottom, top, hours, open_hours, kept=number == 0))
        bottom = bottom + width
    kept = found[0]
    inside = [replace(one, top=min(one.top, steady)) for one in found if one.bottom < steady]
    work_inside = sum((one.top - one.bottom) * one.hours for one in inside)
    whole = replace(kept, top=steady, hours=divided(work_inside, steady))
    return whole, *(replace(one, bottom=max(one.bottom, steady), top=max(one.top, steady)) for one in found[1:])


def after_stack(given: Given, t: int, before: Stack) -> Stack:
    """What is left of month t once the plan has changed: a share of the nodes, rounded up, and of their work."""
    weight = sum(work.weight(t) for work in given.works)
    share = divided(sum(work.weight(t) * work.residual_share for work in given.works), weight)
    left = replace(given, works=[replace(work, nodes=share * work.nodes) for work in given.works])
    nodes, steady = (in_units(share * whole, before.unit) for whole in (before.nodes, before.blocks[0].top))
    return replace(before, blocks=_blocks(left, t, nodes, steady), fabric=share * before.fabric)


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
