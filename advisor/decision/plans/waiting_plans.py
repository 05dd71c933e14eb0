"""Renting first and deciding later, for many plans at once (docs/model.md#rent-then-decide).

The same choice as `rent_then_decide` offers one plan: what each way to go on costs is a straight line in the rents that
are expected once the move of rents is known, so that few matrix products value all plans.
"""

from dataclasses import replace

import numpy as np

from advisor.array_types import Bools, Floats
from advisor.costing.case import Case
from advisor.costing.changed_tables import ended
from advisor.costing.cost_coefficients import CostCoefficients, coefficients_of_plans
from advisor.costing.cost_table import CostTable, padded
from advisor.costing.decided_later.deferred_choice import Policy, cuts_and_picks, expected_usd_of
from advisor.costing.options.hourly_rental import credits_left
from advisor.costing.options.on_demand import on_demand
from advisor.costing.options.rent_then_decide import ways_to_go_on
from advisor.costing.options.taxes import taxed_table
from advisor.market.forecast.conditional import ConditionalForecast, conditional_forecast
from advisor.market.forecast.forecast import Forecast
from advisor.values.many_points import for_distinct
from advisor.values.quick_dataclass import dataclass

_PARTS = ("a", "b", "sold")  # of the coefficients
_POINTS, _SDS = 41, 6.0  # of the grid over the move of rents under each price process


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

    def _given(self, forecast: Forecast) -> ConditionalForecast:
        return conditional_forecast(forecast, self.months, 0, np.arange(self.first.b.shape[-1]))

    def _moved_prices(self, forecast: Forecast) -> tuple[Floats, Floats, Floats]:
        """Chances of moves of rents (..., G), and rents and used prices after each (..., G, H)."""
        conditional = self._given(forecast)
        z, chances = _moves(conditional)
        return chances, *conditional.given(z)

    def expected_usd(self) -> Floats:
        """Expected net present cost by today's forecast, USD (P); infinite where a plan cannot wait."""
        horizon = self.first.b.shape[-1]
        chances, *moved = for_distinct(self._moved_prices, self.forecast)
        cheapest = self._by_way(*moved).min(axis=0)
        later = (chances * cheapest.T).sum(axis=-1)
        rents, resale = self.forecast.usd_per_gpu_hour[..., :horizon], self.forecast.resale_share[..., :horizon]
        today = _usd(self.first, rents[..., None, :], resale[..., None, :])[0]
        return np.where(self.available, today + later, np.inf)

    def exact_usd(self, plan: int) -> float:
        """Expected net present cost of one plan to the last digits, USD: by the moves of rents at which another way to
        go on becomes the cheapest, as `rent_then_decide` is valued. Infinite where it cannot wait."""
        if not self.available[plan]:
            return np.inf
        open_ways = [way for way, barred in zip(self.ways, self.barred[:, plan], strict=True) if not barred]
        tables = CostCoefficients(*(np.stack([getattr(way, part)[plan] for way in open_ways]) for part in _PARTS))
        forecast = self.forecast.at(plan)
        conditional = self._given(forecast)
        cuts, picks = cuts_and_picks(tables, conditional)
        later = expected_usd_of(tables, Policy(np.array(cuts), np.array(picks)), conditional)
        first = CostCoefficients(*(getattr(self.first, part)[[plan]] for part in _PARTS))
        horizon = first.b.shape[-1]
        prices = forecast.usd_per_gpu_hour[:horizon], forecast.resale_share[:horizon]
        return float(first.usd(*prices)[0]) + later

    def realized_usd(self, path: Forecast) -> Floats:
        """What it costs if rents follow a certain path, the choice being made by today's forecast, USD (P)."""
        horizon = self.first.b.shape[-1]
        rents, resale = path.usd_per_gpu_hour[:horizon], path.resale_share[:horizon]
        moved = np.log(rents[[self.months]] / rents[0])
        chosen = self._by_way(*self._given(self.forecast).given(moved))[:, 0].argmin(axis=0)
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
        return coefficients_of_plans(taxed, demand, case.rates, taxed.months + 1)

    going_on = [(option.infeasible, of(option.table)) for option in ways_to_go_on(later)]
    bare = (of(ended(now.table, decided)), of(now.table), *(way for _, way in going_on))
    months = max(way.b.shape[-1] for way in bare)
    first, whole, *others = (_over(way, (*demand.peak.shape, months)) for way in bare)
    rent_on = CostCoefficients(whole.a - first.a, whole.b - first.b, whole.sold - first.sold)
    barred = np.array([np.zeros_like(available), *(infeasible | ~available for infeasible, _ in going_on)])
    ways = (rent_on, *others)
    return WaitingPlans(f"rent-{wait}m-then-decide", available, decided, first, ways, barred, forecast)


def _over(way: CostCoefficients, shape: tuple[int, ...]) -> CostCoefficients:
    """The coefficients for all plans, over as many months as any way needs. shape: (P, H)."""
    months = shape[-1]
    return CostCoefficients(
        np.broadcast_to(way.a, shape[:-1]),
        np.broadcast_to(padded(way.b, months), shape),
        np.broadcast_to(padded(way.sold, months), shape),
    )


def _moves(conditional: ConditionalForecast) -> tuple[Floats, Floats]:
    """Moves of rents and their probabilities: a fine grid under each price process. Two arrays (..., moves)."""
    if conditional.certain:
        one = (*conditional.weights.shape[1:], 1)
        return np.zeros(one), np.ones(one)
    steps = np.linspace(-_SDS, _SDS, _POINTS)
    density = np.exp(-(steps**2) / 2)
    z = conditional.means[..., None] + np.sqrt(np.maximum(conditional.variances, 0.0))[..., None] * steps
    chances = conditional.weights[..., None] * density / density.sum()

    def in_a_row(by_process: Floats) -> Floats:
        return np.moveaxis(by_process, 0, -2).reshape(*by_process.shape[1:-1], -1)

    return in_a_row(z), in_a_row(chances)
