"""The slow loop's deferred decisions: terminating a contract, or renting first and deciding then.

At the decision one number is known, z: by how much the logarithm of rents has moved. The conditional expectation of all
other months follows from the price processes of the forecast by the rule for a normal variable given another. Every
course of events is walked with a dollar on each price in turn, since a payment is proportional to the price it is due
at, and the cost of each way is then integrated over z, piece by piece between the points where another way becomes the
cheapest.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from advisor.array_types import Floats
from advisor.market.forecast.forecast import Forecast
from tests.oracle.slow_demand import Scene, above, below, chance_of, during, layers
from tests.oracle.slow_loop import (
    Contract,
    Ledger,
    Walk,
    nodes_left,
    on_demand,
    pay_setup,
    rent_month,
    reserved,
)

Seen = tuple[int, int]  # the month of the decision, and the month with whose rents its own are compared
Prices = tuple[Sequence[float], Sequence[float]]  # of one course of events: rents, and used prices as shares of new
_TIE = 1e-11  # of the cost: two ways that are nearer cost the same but for rounding
SUMS = ("present", "undiscounted", "upfront", "asset")


@dataclass(frozen=True)
class OptionTotals:
    """The totals of one option, expected over the month in which the plan changes. USD."""

    expected_usd: float
    undiscounted_usd: float
    upfront_usd: float
    end_asset_usd: float


@dataclass(frozen=True)
class Fork:
    """The ways an option may go, and what is seen when one is chosen, by the month of change: None where nothing is
    chosen. together: whether the decision is made before it is known when the plan changes; parts: of what is wanted,
    each decided on by itself; beside: what is paid in any case."""

    walks: tuple[Walk, ...]
    seen: Callable[[Scene, int], Seen | None] = lambda scene, change: None
    together: bool = False
    parts: Callable[[Scene], Sequence[Scene]] = lambda scene: (scene,)
    beside: Walk | None = None


def fixed(walk: Walk) -> Fork:
    """An option that leaves nothing to be chosen."""
    return Fork((walk,))


def reserve(contract: Contract, *, may_leave: bool, in_steps: bool = True) -> Fork:
    """Reserve, step by step where the demand grows; where a contract may be terminated for less than all that is owed,
    choose when the plan changes, for each step by itself. may_leave: whether that is so of any of those signed."""
    kept, left = contract, replace(contract, left=True)

    def seen(scene: Scene, change: int) -> Seen | None:
        if any(nodes_left(scene, one.term, signed) for signed, one in kept.blocks(scene)):
            return None  # what the change leaves could be served by this contract only
        for signed, one in kept.blocks(scene):
            if one.may_be_left(scene) and one.agreed_in(scene, signed) < change < signed + one.term:
                return change, one.priced_in(scene, signed)
        return None

    walks = (reserved(kept), reserved(left)) if may_leave else (reserved(kept),)
    return Fork(walks, seen, parts=lambda scene: layers(scene, contract.term) if in_steps else (scene,))


def on_a_base(base: Fork, nodes: int) -> Fork:
    """A base for the whole plan, and its peaks rented by the hour."""

    def base_part(scene: Scene) -> Scene:
        return below(scene, (float(nodes),) * scene.months)

    def beside(walk: Walk) -> Walk:
        def both(scene: Scene, change: int, ledger: Ledger) -> None:
            walk(base_part(scene), change, ledger)
            on_demand(above(scene, (float(nodes),) * scene.months), change, ledger)

        return both

    return Fork(tuple(beside(walk) for walk in base.walks), lambda scene, change: base.seen(base_part(scene), change))


def beside_another(base: Walk, rest: Walk, nodes: int) -> Walk:
    """A base of some nodes in one way for the whole plan, and what is above it in another."""

    def both(scene: Scene, change: int, ledger: Ledger) -> None:
        heights = (float(nodes),) * scene.months
        base(below(scene, heights), change, ledger)
        rest(above(scene, heights), change, ledger)

    return both


def rent_then_decide(ways: Sequence[Walk], decided: int) -> Fork:
    """Rent by the hour until month `decided`; go on so, or in one of the other ways with what is wanted by then. Until
    the decision nothing differs: the set-up is that of renting throughout."""

    def later(walk: Walk) -> Walk:
        def both(scene: Scene, change: int, ledger: Ledger) -> None:
            pay_setup(scene, change, ledger)
            for t in range(decided):
                rent_month(scene, t, change, ledger)
            walk(from_month(scene, decided), change, ledger)

        return both

    return Fork(
        (on_demand, *(later(way) for way in ways)),
        lambda scene, change: (decided, 0) if change > decided else None,
        together=True,
    )


@lru_cache(maxsize=256)
def from_month(scene: Scene, decided: int) -> Scene:
    """What is wanted from month `decided` on, decided then."""
    return replace(during(scene, decided, scene.months), decided=decided)


def expected_totals(scene: Scene, fork: Fork, forecast: Forecast) -> OptionTotals:
    """Every month in which the plan may change, weighted by its probability; what is chosen, by its probability too."""
    total = sum((_totals_of_part(part, fork, forecast) for part in fork.parts(scene)), np.zeros(len(SUMS)))
    if fork.beside is not None:
        total = total + _totals_of_part(scene, fixed(fork.beside), forecast)
    return OptionTotals(*total.tolist())


def _totals_of_part(scene: Scene, fork: Fork, forecast: Forecast) -> Floats:
    total, units = np.zeros(len(SUMS)), unit_prices(scene)
    decisions: dict[tuple[Seen, int], list[Floats]] = {}
    for change in range(1, scene.months + 1):
        chance = chance_of(scene, change)
        if chance == 0:
            continue
        seen = fork.seen(scene, change) if len(fork.walks) > 1 else None
        if seen is None:
            total += chance * np.array(sums_of(scene, fork.walks[0], change), dtype=float)
            continue
        key = seen, 0 if fork.together else change
        each = [chance * way for way in priced_ways(units, fork, change)]
        decisions[key] = added(decisions[key], each) if key in decisions else each
    for (seen, _), each in decisions.items():
        total += expected_choice(each, forecast, seen)
    return total


def added(ones: list[Floats], others: list[Floats]) -> list[Floats]:
    """Way by way."""
    return [one + other for one, other in zip(ones, others, strict=True)]


def cost_on_path(scene: Scene, fork: Fork, forecast: Forecast, change: int, prices: Prices) -> float:
    """What one course of events costs, at its rents and used prices, chosen by what was known when it was chosen."""
    total = sum(_part_on_path(part, fork, forecast, change, prices) for part in fork.parts(scene))
    return total if fork.beside is None else total + _part_on_path(scene, fixed(fork.beside), forecast, change, prices)


def _part_on_path(scene: Scene, fork: Fork, forecast: Forecast, change: int, prices: Prices) -> float:
    there = scene.at(*prices)
    seen = fork.seen(there, change) if len(fork.walks) > 1 else None
    if seen is None:
        return float(sums_of(there, fork.walks[0], change)[0])
    each = priced_over(
        scene, fork, range(seen[0] + 1, scene.months + 1) if fork.together else range(change, change + 1)
    )
    moved = math.log(there.given.rents[seen[0]] / there.given.rents[seen[1]])
    chosen = int(costs_given(each, forecast, seen, np.array([moved])).argmin())
    return float(sums_of(there, fork.walks[chosen], change)[0])


@lru_cache(maxsize=64)  # the same for every course of events
def priced_over(scene: Scene, fork: Fork, changes: range) -> list[Floats]:
    """`priced_ways` over some months in which the plan may change, weighted by their probabilities."""
    units, each = unit_prices(scene), [np.zeros((len(SUMS), 1))] * len(fork.walks)
    for one in changes:
        each = added(each, [chance_of(scene, one) * way for way in priced_ways(units, fork, one)])
    return each


def sums_of(scene: Scene, walk: Walk, change: int) -> list[Floats | float]:
    """The sums of one course of events."""
    ledger = Ledger(scene.given)
    walk(scene, change, ledger)
    return [getattr(ledger, name) for name in SUMS]


@lru_cache(maxsize=16)  # the same for every option of a case
def unit_prices(scene: Scene) -> Scene:
    """The same where nothing has a price, and then with a dollar on each price in turn, all at once."""
    months = len(scene.given.rents)
    one_by_one = np.eye(1 + 2 * months)[1:]
    return scene.at(list(one_by_one[:months]), list(one_by_one[months:]))


def priced_ways(units: Scene, fork: Fork, change: int) -> list[Floats]:
    """What each way costs besides prices, and for each dollar of each price. 4 sums x (1 + rents + used prices)."""
    each = []
    for walk in fork.walks:
        sums = np.array([np.broadcast_to(s, 1 + 2 * len(units.given.rents)) for s in sums_of(units, walk, change)])
        each.append(np.concatenate([sums[:, :1], sums[:, 1:] - sums[:, :1]], axis=1))
    return each


def expected_choice(each: Sequence[Floats], forecast: Forecast, seen: Seen) -> Floats:
    """The sums of the cheapest way, over all that may be seen at the decision."""
    processes = conditional_parts(forecast, seen)
    if all(variance <= 0 for _, _, variance, _ in processes):
        prices = np.concatenate([[1.0], forecast.usd_per_gpu_hour, forecast.resale_share])
        return np.asarray(min((way @ prices for way in each), key=lambda sums: sums[0]))
    reach = max(9 * math.sqrt(variance) + float(np.abs(covariance).max()) for _, _, variance, covariance in processes)
    low, high = (edge(mean for _, mean, _, _ in processes) for edge in (min, max))
    edges = pieces(lambda z: costs_given(each, forecast, seen, z), low - reach, high + reach)
    points, weights = np.polynomial.legendre.leggauss(10)
    total = np.zeros(len(SUMS))
    middles, halves = (edges[1:] + edges[:-1]) / 2, (edges[1:] - edges[:-1]) / 2
    z = (middles[:, None] + halves[:, None] * points).ravel()
    mass = (halves[:, None] * weights).ravel() * density(processes, z)
    prices = conditional_prices(forecast, seen, z)
    for way, chosen in enumerate(costs_given(each, forecast, seen, middles).argmin(axis=1).tolist()):
        part = slice(way * points.size, (way + 1) * points.size)
        total += each[chosen] @ (mass[part] @ prices[part])
    return total


def pieces(costs: Callable[[Floats], Floats], low: float, high: float) -> Floats:
    """Edges of intervals in each of which one way is the cheapest, none of them long."""
    grid = np.linspace(low, high, 193)
    found = list(grid[::4])
    pending = [grid]
    while pending:
        at = pending.pop()
        usd = costs(at)
        best = usd.argmin(axis=1)
        for left in np.flatnonzero(best[1:] != best[:-1]).tolist():
            right, ways = left + 1, best[left : left + 2]
            gaps = np.abs(usd[left : left + 2, ways[0]] - usd[left : left + 2, ways[1]])
            if at[right] - at[left] < 1e-12 * (high - low) or (gaps < _TIE * np.abs(usd[left]).max()).all():
                found.append((at[left] + at[right]) / 2)
            else:
                pending.append(np.linspace(at[left], at[right], 17))
    return np.unique(found)


def conditional_parts(forecast: Forecast, seen: Seen) -> list[tuple[float, float, float, Floats]]:
    """For each price process: its weight, mean and variance of z, and its covariance with each month's log rent."""
    now, since = seen
    found = []
    for process in forecast.components:
        at_now, at_since = process.covariance_with(now), process.covariance_with(since)
        covariance = at_now - at_since
        variance = at_now[now] + at_since[since] - 2 * at_now[since]
        found.append(
            (float(process.weight), float(process.log_mean[now] - process.log_mean[since]), float(variance), covariance)
        )
    return found


def density(processes: Sequence[tuple[float, float, float, Floats]], z: Floats) -> Floats:
    """The density of z."""
    return np.asarray(sum(weight * _normal(z, mean, variance) for weight, mean, variance, _ in processes))


def _normal(z: Floats, mean: float, variance: float) -> Floats:
    return np.asarray(np.exp(-((z - mean) ** 2) / (2 * variance)) / math.sqrt(2 * math.pi * variance))


def conditional_prices(forecast: Forecast, seen: Seen, z: Floats) -> Floats:
    """1, the mean rent of every month and the mean used price of every month, given each z. G x (1 + 2 H)."""
    processes, figures = conditional_parts(forecast, seen), forecast.figures
    whole = density(processes, z)
    years = np.arange(forecast.components[0].log_mean.size) / 12
    aged = -figures.resale_ageing_per_year * years
    rents, used, used_today = np.zeros((z.size, years.size)), np.zeros((z.size, years.size)), np.zeros(years.size)
    power = figures.resale_rent_elasticity
    for process, (weight, mean, variance, covariance) in zip(forecast.components, processes, strict=True):
        after = weight * _normal(z, mean, variance) / whole
        spread = process.variance
        mean_then = process.log_mean + (z - mean)[:, None] * covariance / variance
        spread_then = spread - covariance**2 / variance
        rents += after[:, None] * np.exp(mean_then + spread_then / 2)
        used += after[:, None] * np.exp(power * mean_then + power**2 * spread_then / 2 + aged)
        used_today += weight * np.exp(power * process.log_mean + power**2 * spread / 2 + aged)
    clipped = np.clip(used_today, figures.resale_floor_share, figures.resale_cap_share) / used_today
    return np.concatenate([np.ones((z.size, 1)), forecast.spot_usd_per_gpu_hour * rents, used * clipped], axis=1)


def costs_given(each: Sequence[Floats], forecast: Forecast, seen: Seen, z: Floats) -> Floats:
    """What each way is then expected to cost. G x ways."""
    processes = conditional_parts(forecast, seen)
    if all(variance <= 0 for _, _, variance, _ in processes):
        prices = np.concatenate([[1.0], forecast.usd_per_gpu_hour, forecast.resale_share])
        return np.broadcast_to([way[0] @ prices for way in each], (z.size, len(each)))
    return np.asarray(conditional_prices(forecast, seen, z) @ np.array([way[0] for way in each]).T)
