"""Renting first and deciding later, for many plans at once (docs/model.md#rent-then-decide).

The same choice as `rent_then_decide` offers one plan, valued as exactly: by the moves of rents at which another way to
go on becomes the cheapest. What each way costs is a straight line in the rents that are expected once the move of rents
is known, so that few matrix products value all plans.
"""

from functools import cached_property

import numpy as np

from advisor.array_types import Bools, Floats, Months
from advisor.costing.case import Case
from advisor.costing.changed_tables import ended
from advisor.costing.cost_coefficients import CostCoefficients, coefficients_of_table
from advisor.costing.cost_table import CostTable, padded
from advisor.costing.options.hourly_rental import credits_left
from advisor.costing.options.on_demand import on_demand
from advisor.costing.options.rent_then_decide import ways_to_go_on
from advisor.costing.options.taxes import taxed_table
from advisor.finance.solve import false_position_each
from advisor.market.forecast.conditional import conditional_forecast
from advisor.market.forecast.forecast import Forecast
from advisor.values.many_points import distinct_points
from advisor.values.quick_dataclass import dataclass, replace

_PARTS = ("a", "b", "sold")  # of the coefficients
_GRID_POINTS = 21  # over the likely moves of rents of each price process
_REFINEMENTS = 4  # of each cut, by false position


@dataclass(frozen=True)
class WaitingPlans:
    """Rent first and decide later, for P plans.

    Attributes:
        id: Of the option.
        available: Which plans can wait (P).
        months: The month of the decision.
        first: What is rented until then (P).
        ways: What each way to go on costs from then on (P); the first is to rent on.
        barred: Which ways are infeasible (ways, P).
        forecast: What is expected today, by which the choice is made later.
    """

    id: str
    available: Bools
    months: int
    first: CostCoefficients
    ways: tuple[CostCoefficients, ...]
    barred: Bools
    forecast: Forecast

    def expected_usd(self) -> Floats:
        """Expected net present cost by today's forecast, USD (P); infinite where a plan cannot wait."""
        horizon = self.first.b.shape[-1]
        rents, resale = self.forecast.usd_per_gpu_hour[..., :horizon], self.forecast.resale_share[..., :horizon]
        today = _usd(self.first, rents[..., None, :], resale[..., None, :])[0]
        return np.where(self.available, today + self._later_usd(), np.inf)

    def _later_usd(self) -> Floats:
        """What is expected to be paid from the decision on, by what is then the cheapest way to go on, USD (P)."""
        forecast, place = distinct_points(self.forecast)
        points = np.broadcast_shapes((1,), forecast.usd_per_gpu_hour.shape[:-1], forecast.resale_share.shape[:-1])
        if place is None:
            place = np.broadcast_to(np.arange(*points), self.available.shape)
        decided = np.full((*points, 1), self.months)
        seen = conditional_forecast(forecast, decided, np.zeros_like(decided), np.arange(self.first.b.shape[-1]))
        z, whole = seen.grid(_GRID_POINTS), seen.up_to(np.float64(np.inf))
        prices = np.where(seen.known[:, None, None], whole[:, :, None, 1:], seen.all_given(z))  # (2, points, G, H)
        usd = self._by_way(*(prices[:, 0] if points == (1,) else prices[:, place]))
        best = usd.argmin(axis=0).T  # (P, G)
        plan, step = (best[:, 1:] != best[:, :-1]).nonzero()
        before, after, at = best[plan, step], best[plan, step + 1], place[plan]
        change, of_cut = _less(self._chosen(after, plan), self._chosen(before, plan)), seen.among(at)
        low, high = (usd[after, end, plan] - usd[before, end, plan] for end in (step, step + 1))

        def gap(moved: Floats) -> Floats:
            return _usd_of_each(change, of_cut.all_given(moved[:, None])[:, :, 0])

        cuts = false_position_each(gap, z[at, step], z[at, step + 1], low, high, _REFINEMENTS)
        above = whole[:, at] - of_cut.up_to(cuts)
        changed = np.bincount(plan, _usd_of_each(change, above[..., 1:], above[0, :, 0]), minlength=place.size)
        lowest = self._chosen(best[:, 0], np.arange(place.size))
        return _usd_of_each(lowest, whole[:, place, 1:]) + changed

    def _chosen(self, way: Months, plan: Months) -> CostCoefficients:
        """The coefficients of one way for one plan in each of R rows."""
        return CostCoefficients(*(self._by_part[part][way, plan] for part in _PARTS))

    @cached_property
    def _by_part(self) -> dict[str, Floats]:
        """Each part of the coefficients of all ways, (ways, P) or (ways, P, H)."""
        return {part: np.stack([getattr(way, part) for way in self.ways]) for part in _PARTS}

    def realized_usd(self, path: Forecast) -> Floats:
        """What it costs if rents follow a certain path, the choice being made by today's forecast, USD (P)."""
        horizon = self.first.b.shape[-1]
        rents, resale = path.usd_per_gpu_hour[:horizon], path.resale_share[:horizon]
        moved = np.log(rents[[self.months]] / rents[0])
        seen = conditional_forecast(self.forecast, self.months, 0, np.arange(horizon))
        chosen = self._by_way(*seen.given(moved))[:, 0].argmin(axis=0)
        costs = self._by_way(rents[None], resale[None])[:, 0]
        later = np.take_along_axis(costs, chosen[None], axis=0)[0]
        return np.where(self.available, self.first.usd(rents, resale) + later, np.inf)

    def _by_way(self, rents: Floats, resale: Floats) -> Floats:
        """What each way costs at some prices (..., G, H), USD (ways, G, P)."""
        each = np.array([_usd(way, rents, resale) for way in self.ways])
        return np.where(self.barred[:, None], np.inf, each)


def _usd(plans: CostCoefficients, rents: Floats, resale_share: Floats) -> Floats:
    """What P plans cost at G prices, the same for all plans (G, H) or those of each (P, G, H), USD (G, P)."""
    if rents.ndim == resale_share.ndim == 2:
        return plans.usd(rents, resale_share)
    paid, sold = rents @ plans.b[..., None], resale_share @ plans.sold[..., None]
    return np.asarray((plans.a[:, None] + paid[..., 0] - sold[..., 0]).T)


def _usd_of_each(rows: CostCoefficients, prices: Floats, chance: float | Floats = 1.0) -> Floats:
    """What each of R rows costs at prices of its own, rents and used prices (2, R, H), USD (R)."""
    return np.asarray(chance * rows.a + np.vecdot(rows.b, prices[0]) - np.vecdot(rows.sold, prices[1]))


def _less(one: CostCoefficients, other: CostCoefficients) -> CostCoefficients:
    """What one costs more than the other."""
    return CostCoefficients(one.a - other.a, one.b - other.b, one.sold - other.sold)


def waiting_plans(case: Case, forecast: Forecast) -> WaitingPlans | None:
    """To rent first and decide later, for many plans; None where no plan can wait.

    Args:
        case: With the demand of many plans (plans, months).
        forecast: For the case's GPU.
    """
    demand, wait = case.demand, int(case.assumptions.rental.wait_months)
    decided, now = demand.start_month + wait, on_demand(case)
    available = ~np.broadcast_to(now.infeasible, demand.peak.shape) & (demand.lengths > decided)
    if not available.any() or case.rental_forbidden_because is not None:
        return None
    rest = demand.between(decided, demand.months)
    later = replace(case, demand=rest, decided_month=decided, credits=credits_left(case, decided))

    def of(table: CostTable) -> CostCoefficients:
        taxed = taxed_table(table, case.tax)
        return coefficients_of_table(taxed, demand, case.rates, taxed.months + 1)

    going_on = [(option.infeasible, of(option.table)) for option in ways_to_go_on(later)]
    bare = (of(ended(now.table, decided)), of(now.table), *(way for _, way in going_on))
    months = max(way.b.shape[-1] for way in bare)
    first, whole, *others = (_over(way, (*demand.peak.shape, months)) for way in bare)
    barred = np.array([np.zeros_like(available), *(infeasible | ~available for infeasible, _ in going_on)])
    ways = (_less(whole, first), *others)
    return WaitingPlans(f"rent-{wait}m-then-decide", available, decided, first, ways, barred, forecast)


def _over(way: CostCoefficients, shape: tuple[int, ...]) -> CostCoefficients:
    """The coefficients for all plans, over as many months as any way needs. shape: (P, H)."""
    months = shape[-1]
    return CostCoefficients(
        np.broadcast_to(way.a, shape[:-1]),
        np.broadcast_to(padded(way.b, months), shape),
        np.broadcast_to(padded(way.sold, months), shape),
    )
