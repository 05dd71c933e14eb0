"""Renting first and deciding later, for many plans at once (docs/model.md#rent-then-decide).

The same choice as `rent_then_decide` offers one plan, made by the same rule: see `deferred_choice`.
"""

from collections.abc import Sequence

import numpy as np

from advisor.array_types import Bools, Floats, Months
from advisor.costing.case import Case
from advisor.costing.changed_tables import ended
from advisor.costing.cost_coefficients import CostCoefficients, coefficients_of_table
from advisor.costing.cost_table import CostTable, padded
from advisor.costing.decided_later.deferred_choice import Ways, changes, chosen_usd, less, seen_at, usd_of_each
from advisor.costing.option import Option
from advisor.costing.options.combined.rent_then_decide import decision_month, renting_first_id, ways_to_go_on
from advisor.costing.options.on_demand import on_demand
from advisor.costing.options.taxes import taxed_table
from advisor.market.forecast.conditional import conditional_forecast
from advisor.market.forecast.forecast import Forecast
from advisor.values.many_points import distinct_points
from advisor.values.quick_dataclass import dataclass


@dataclass(frozen=True)
class _Together:
    """Plans that go on in the same month, since the contracts and hardware of many plans must start together.

    Attributes:
        plans: Their numbers (Q).
        available: Which of them can wait (Q).
        first: What is rented until the decision (Q).
        ways: What each way to go on costs from then on (Q), of which the first is to rent on.
    """

    plans: Months
    available: Bools
    first: CostCoefficients
    ways: Ways

    def expected_usd(self, forecast: Forecast, decided: int) -> Floats:
        """Expected net present cost by today's forecast of these plans, USD (Q)."""
        horizon = self.first.b.shape[-1]
        today = forecast.usd_per_gpu_hour[..., :horizon], forecast.resale_share[..., :horizon]
        prices = np.array([np.broadcast_to(price, (*self.available.shape, horizon)) for price in today])
        usd = usd_of_each(self.first, prices) + self._later_usd(forecast, decided)
        return np.where(self.available, usd, np.inf)

    def _later_usd(self, forecast: Forecast, decided: int) -> Floats:
        """What is expected to be paid from the decision on, by what is then the cheapest way to go on, USD (Q)."""
        some, place = distinct_points(forecast)
        seen = seen_at(decided, some, self.first.b.shape[-1])
        if place is None:
            place = np.broadcast_to(np.arange(len(seen.known)), self.available.shape)
        return chosen_usd(self.ways, changes(self.ways, seen, place), seen, place)

    def realized_usd(self, path: Forecast, forecast: Forecast, decided: int) -> Floats:
        """What they cost if rents follow a certain path, the choice being made by a forecast of one point, USD (Q)."""
        horizon = self.first.b.shape[-1]
        rents, resale = path.usd_per_gpu_hour[:horizon], path.resale_share[:horizon]
        moved = np.log(rents[[decided]] / rents[0])
        seen = conditional_forecast(forecast, decided, 0, np.arange(horizon))
        chosen = self.ways.usd(*seen.given(moved))[:, 0].argmin(axis=0)
        costs = self.ways.usd(rents[None], resale[None])[:, 0]
        later = np.take_along_axis(costs, chosen[None], axis=0)[0]
        return np.where(self.available, self.first.usd(rents, resale) + later, np.inf)


@dataclass(frozen=True)
class WaitingPlans:
    """Rent first and decide later, for P plans.

    Attributes:
        id: Of the option.
        months: The month of the decision.
        forecast: What is expected today, by which the choice is made later.
        parts: The plans, in groups that go on in the same month.
    """

    id: str
    months: int
    forecast: Forecast
    parts: tuple[_Together, ...]

    def expected_usd(self) -> Floats:
        """Expected net present cost by today's forecast, USD (P); infinite where a plan cannot wait."""
        if len(self.parts) == 1:
            return self.parts[0].expected_usd(self.forecast, self.months)
        return self._of_all([one.expected_usd(self.forecast.among(one.plans), self.months) for one in self.parts])

    def realized_usd(self, path: Forecast) -> Floats:
        """What it costs if rents follow a certain path, the choice being made by today's forecast, USD (P)."""
        return self._of_all([one.realized_usd(path, self.forecast, self.months) for one in self.parts])

    def _of_all(self, usd: Sequence[Floats]) -> Floats:
        """What each plan costs, from what those of each group cost."""
        return np.concatenate(usd)[np.concatenate([one.plans for one in self.parts]).argsort()]


def waiting_plans(case: Case, forecast: Forecast) -> WaitingPlans | None:
    """To rent first and decide later, for many plans; None where no plan can wait. case: with the demand of many plans
    (plans, months)."""
    demand, decided, now = case.demand, decision_month(case), on_demand(case)
    available = ~np.broadcast_to(now.infeasible, demand.peak.shape) & (demand.lengths > decided)
    if not available.any() or case.rental_forbidden_because is not None:
        return None
    groups = demand.starting_together(from_month=decided)
    each = [(plans, case.among(plans)) for plans in groups] if len(groups) > 1 else [(groups[0], case)]
    parts = (
        _together(plans, there, now if there is case else on_demand(there), available[plans]) for plans, there in each
    )
    return WaitingPlans(renting_first_id(case), decided, forecast, tuple(parts))


def _together(plans: Months, case: Case, now: Option, available: Bools) -> _Together:
    """Plans that go on in the same month. case: of these plans; now: renting on demand in it."""

    def of(table: CostTable) -> CostCoefficients:
        taxed = taxed_table(table, case.tax)
        return coefficients_of_table(taxed, case.demand, case.rates, taxed.months + 1)

    going_on = [(option.infeasible, of(option.table)) for option in ways_to_go_on(case)]
    bare = (of(ended(now.table, decision_month(case))), of(now.table), *(way for _, way in going_on))
    months = max(way.b.shape[-1] for way in bare)
    first, whole, *others = (_over(way, (*case.demand.peak.shape, months)) for way in bare)
    barred = np.array([np.zeros_like(available), *(infeasible | ~available for infeasible, _ in going_on)])
    each = less(whole, first), *others
    stacked = CostCoefficients(*(np.stack([getattr(way, part) for way in each]) for part in ("a", "b", "sold")))
    return _Together(plans, available, first, Ways(stacked, barred))


def _over(way: CostCoefficients, shape: tuple[int, ...]) -> CostCoefficients:
    """The coefficients for all plans, over as many months as any way needs. shape: (P, H)."""
    months = shape[-1]
    return CostCoefficients(
        np.broadcast_to(way.a, shape[:-1]),
        np.broadcast_to(padded(way.b, months), shape),
        np.broadcast_to(padded(way.sold, months), shape),
    )
