"""Which way will be chosen later, by what is known then: the cheapest one given how rents have moved by the decision.

The choice is a threshold rule: cuts on z, the log change of rents, and the way chosen between each two of them. It uses
nothing that is known only after the decision. What each way costs is a straight line in the rents that are expected
once z is known, so that few matrix products decide for many plans.

Source: docs/model.md#deferred-choice
"""

from typing import NamedTuple

import numpy as np

from advisor.array_types import Bools, Floats, Months
from advisor.costing.case import Case
from advisor.costing.cost_coefficients import CostCoefficients, expected_coefficients
from advisor.costing.cost_table import CostTable
from advisor.costing.option import Choice
from advisor.finance.solve import false_position_each
from advisor.market.forecast.conditional import ConditionalForecast, conditional_forecast
from advisor.market.forecast.forecast import Forecast
from advisor.values.kept import kept
from advisor.values.quick_dataclass import dataclass

_GRID_POINTS = 21  # over the likely moves of rents of each price process
_REFINEMENTS = 4  # of each cut, by false position


@dataclass(frozen=True)
class Policy:
    """Which table is chosen.

    cuts: (n - 1,), ascending log changes of rents; picks: (n,), the table chosen below the first cut, between the first
    and the second, and so on.
    """

    cuts: Floats
    picks: Months

    def picked(self, z: Floats) -> Months:
        """The table chosen when rents have moved by z (log). Same shape as z."""
        return np.asarray(self.picks[np.searchsorted(self.cuts, z)])

    def picked_on(self, rents: Floats, month: int) -> Months:
        """The table chosen in a month on paths of rents (..., H). (...)."""
        return self.picked(np.log(rents[..., month] / rents[..., 0]))


@dataclass(frozen=True, eq=False)
class Ways:
    """What each of W ways costs each of P plans.

    each: the coefficients (W, P) and (W, P, H); barred: which ways are infeasible (W, P).
    """

    each: CostCoefficients
    barred: Bools

    def usd(self, rents: Floats, resale_share: Floats) -> Floats:
        """What each way costs at G prices, the same for all plans (G, H) or those of each (P, G, H). USD (W, G, P)."""
        a, b, sold = self.each.a, self.each.b, self.each.sold
        if rents.ndim > 2:
            usd = a[..., None] + (rents @ b[..., None] - resale_share @ sold[..., None])[..., 0]
        else:
            usd = a[..., None] + b @ rents.T - sold @ resale_share.T
        return np.where(self.barred[:, None], np.inf, usd.swapaxes(1, 2))

    def among(self, way: Months, plan: Months) -> CostCoefficients:
        """The coefficients of one way for one plan in each of R rows."""
        each = self.each
        return CostCoefficients(each.a[way, plan], each.b[way, plan], each.sold[way, plan])


class Changes(NamedTuple):
    """Where another way becomes the cheapest.

    lowest: the way below all cuts, of each plan (P,); in R rows, by plan and ascending: the plan, the ways before and
    after the cut, and the log change of rents at which it lies.
    """

    lowest: Months
    plan: Months
    before: Months
    after: Months
    cut: Floats


def policy_of(choice: Choice, case: Case, forecast: Forecast) -> Policy:
    """The cheapest table, by how rents have moved at the decision, whenever the plan may change after it."""
    tables = expected_coefficients(choice.tables, case.demand, case.rates)
    return _policies(_of_one_plan(tables), seen_at(choice.month, forecast, tables.b.shape[1]))[0]


def policies_of(
    tables: tuple[CostTable, ...], barred: Bools, month: int, case: Case, forecast: Forecast
) -> list[Policy]:
    """The cheapest tables of many plans: see `policy_of`.

    Args:
        tables: one of each way.
        barred: which ways are infeasible (W, P).
        month: of the decision.
        case: with the demand of the plans.
        forecast: of one point, or one of each plan.
    """
    each = expected_coefficients(tables, case.demand, case.rates)
    return _policies(Ways(each, barred), seen_at(month, forecast, each.b.shape[-1]))


def _policies(ways: Ways, seen: ConditionalForecast) -> list[Policy]:
    found = changes(ways, seen, np.broadcast_to(np.arange(len(seen.known)), ways.barred.shape[1]))
    rows = [found.plan == plan for plan in range(found.lowest.size)]
    return [
        Policy(found.cut[mine], np.append(least, found.after[mine]))
        for least, mine in zip(found.lowest, rows, strict=True)
    ]


@kept(maxsize=4)  # a choice is decided, and then valued
def seen_at(month: int, forecast: Forecast, months: int) -> ConditionalForecast:
    """What is seen at a decision, of one or more points: how rents have moved since today. (points, ...)."""
    points = np.broadcast_shapes((1,), forecast.usd_per_gpu_hour.shape[:-1], forecast.resale_share.shape[:-1])
    decided = np.full((*points, 1), month)
    return conditional_forecast(forecast, decided, np.zeros_like(decided), np.arange(months))


def changes(ways: Ways, seen: ConditionalForecast, place: Months) -> Changes:
    """Where another way becomes the cheapest, of each plan. place: the point of each plan among those at which
    something is seen (P,)."""
    z = seen.grid(_GRID_POINTS)
    prices = seen.given(z)
    usd = ways.usd(*(prices[:, 0] if len(z) == 1 else prices[:, place]))
    best = usd.argmin(axis=0).T  # (P, G)
    plan, step = (best[:, 1:] != best[:, :-1]).nonzero()
    before, after, at = best[plan, step], best[plan, step + 1], place[plan]
    change, of_cut = less(ways.among(after, plan), ways.among(before, plan)), seen.among(at)
    low, high = (usd[after, end, plan] - usd[before, end, plan] for end in (step, step + 1))

    def gap(moved: Floats) -> Floats:
        return usd_of_each(change, of_cut.given(moved[:, None])[:, :, 0])

    cut = false_position_each(gap, z[at, step], z[at, step + 1], low, high, _REFINEMENTS)
    return Changes(best[:, 0], plan, before, after, cut)


def chosen_usd(ways: Ways, found: Changes, seen: ConditionalForecast, place: Months) -> Floats:
    """What the way that is chosen then is expected to cost each plan: the lowest, and above each cut what the next one
    costs more. Arguments as in `changes`. USD (P,)."""
    whole, at = seen.up_to(np.float64(np.inf)), place[found.plan]
    change = less(ways.among(found.after, found.plan), ways.among(found.before, found.plan))
    above = whole[:, at] - seen.among(at).up_to(found.cut)
    changed = np.bincount(found.plan, usd_of_each(change, above[..., 1:], above[0, :, 0]), minlength=place.size)
    lowest = ways.among(found.lowest, np.arange(place.size))
    return usd_of_each(lowest, whole[:, place, 1:]) + changed


def usd_of_each(rows: CostCoefficients, prices: Floats, chance: float | Floats = 1.0) -> Floats:
    """What each of R rows costs at prices of its own, rents and used prices (2, R, H). USD (R,)."""
    return np.asarray(chance * rows.a + np.vecdot(rows.b, prices[0]) - np.vecdot(rows.sold, prices[1]))


def less(one: CostCoefficients, other: CostCoefficients) -> CostCoefficients:
    """What one costs more than the other."""
    return CostCoefficients(one.a - other.a, one.b - other.b, one.sold - other.sold)


def expected_usd_of(tables: CostCoefficients, policy: Policy, seen: ConditionalForecast) -> float:
    """What a choice of one plan is expected to cost, see `chosen_usd`. seen: as `seen_at` makes it. USD."""
    plan, picks = np.zeros(policy.cuts.size, dtype=np.int64), policy.picks
    found = Changes(picks[:1], plan, picks[:-1], picks[1:], policy.cuts)
    return float(chosen_usd(_of_one_plan(tables), found, seen, np.zeros(1, dtype=np.int64))[0])


def _of_one_plan(tables: CostCoefficients) -> Ways:
    each = CostCoefficients(tables.a[:, None], tables.b[:, None], tables.sold[:, None])
    return Ways(each, np.zeros(each.a.shape, dtype=bool))
