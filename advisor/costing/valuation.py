"""Cost tables and expected prices -> what each option costs.

Every figure shown of an option comes from the OptionCost made here, from the option's one CostTable. An expected cost
takes a few dozen small array operations, so that numpy's overhead of each call is most of its time; many plans at once
(the axis in front of the months) cost little more than one. `tests/benchmarks/engine.py` measures it.

Source: docs/model.md#cost-identity
"""

from functools import cached_property

import numpy as np

from advisor.array_types import Floats, Months, at_months
from advisor.costing.case import Case
from advisor.costing.cash_paths import CashPaths, day_one_usd, flows_by_change
from advisor.costing.components import COMPONENTS, GROUPS
from advisor.costing.cost_breakdown import CostBreakdown, breakdown_of, breakdown_of_choice, breakdown_of_right
from advisor.costing.cost_coefficients import (
    CostCoefficients,
    coefficients_by_change,
    exit_factors,
    expected_coefficients,
    expected_lines,
)
from advisor.costing.cost_table import CostTable
from advisor.costing.credits_on_paths import CreditsOfTable, credits_of
from advisor.costing.decided_later.deferred_choice import Policy, expected_usd_of, policy_of, seen_at
from advisor.costing.decided_later.use_of_rights import UseOfRight, added_on_paths, moves_seen, rights_usd, use_of
from advisor.costing.demand import Demand
from advisor.costing.option import Choice, Option, Right
from advisor.market.forecast.forecast import Forecast
from advisor.market.forecast.simulation import quantile_paths
from advisor.values.quick_dataclass import dataclass


@dataclass(frozen=True)
class OptionCost:
    """What one option is expected to cost: the expected cost is computed at once, everything else on first use.

    expected_usd: net present cost, USD, costs positive; case and forecast: what it was valued on; policy: what will be
    chosen later, when the option leaves a choice.
    """

    option: Option
    expected_usd: float
    case: Case
    forecast: Forecast
    policy: Policy | None = None

    @cached_property
    def rights(self) -> tuple[tuple[Right, UseOfRight], ...]:
        """The rights of the option, and when each is used."""
        return tuple((right, use_of(right, self.case, self.forecast)) for right in self.option.rights)

    @property
    def later(self) -> tuple[Choice, Policy] | None:
        """The choice that is left for later, and what will be chosen; None when all is decided today."""
        choice, policy = self.option.choice, self.policy
        return None if choice is None or policy is None else (choice, policy)

    @cached_property
    def _breakdown(self) -> CostBreakdown:
        if self.later is None:
            found = breakdown_of(self.option.table, self.case, self.forecast)
        else:
            found = breakdown_of_choice(*self.later, self.case, self.forecast)
        for right, use in self.rights:
            found += breakdown_of_right(right, use, self.case, self.forecast)
        return found

    @cached_property
    def coefficients(self) -> CostCoefficients:
        """The expected coefficients of its tables."""
        return expected_coefficients(self.option.tables, self.demand, self.case.rates)

    def at_prices_usd(self, prices: Forecast) -> Floats:
        """The net present cost by other forecasts, for an option without a deferred choice. USD (...)."""
        months = self.coefficients.b.shape[1]
        rents, resale = prices.usd_per_gpu_hour[..., :months], prices.resale_share[..., :months]
        usd = self._usd(rents, resale)[..., 0]
        return np.asarray(usd + rights_usd(self.option, self.case, prices))

    def on_paths_usd(self, paths: Forecast) -> Floats:
        """The net present cost if rents follow certain paths; what is decided later is decided as planned today.
        USD (K,)."""
        months, rents = self.coefficients.b.shape[1], paths.usd_per_gpu_hour
        usd = self._usd(rents[:, :months], paths.resale_share[:, :months])
        rights = (added_on_paths(right, use, self.case, rents) for right, use in self.rights)
        return np.asarray(sum(rights, usd[np.arange(len(rents)), self.picked_on(rents)]))

    def _usd(self, rents: Floats, resale_share: Floats) -> Floats:
        """What each of its tables costs at monthly prices (..., H), without the rights. USD (..., tables)."""
        usd, chances = self.coefficients.usd(rents, resale_share), self.demand.change_month_probabilities()
        for table, paying in enumerate(self.credits):
            for one in paying:
                usd[..., table] += one.unpaid_usd(rents, chances)
        return usd

    @cached_property
    def credits(self) -> tuple[tuple[CreditsOfTable, ...], ...]:
        """What credits may pay in each of its tables."""
        return tuple(tuple(credits_of(table, self.case)) for table in self.option.tables)

    @property
    def components(self) -> dict[str, float]:
        """The net present cost by component, which sums to it."""
        return self._breakdown.components

    @property
    def undiscounted_components(self) -> dict[str, float]:
        """The cost by component without discounting."""
        return self._breakdown.undiscounted

    @property
    def monthly_usd(self) -> Floats:
        """Expected undiscounted flows by month, resale in the month of sale. (months + 1,)."""
        return self._breakdown.monthly_usd

    @property
    def monthly_present_usd(self) -> Floats:
        """Expected discounted flows by month. (months + 1,)."""
        return self._breakdown.monthly_present_usd

    @cached_property
    def upfront_usd(self) -> float:
        """Due on the day of the decision, before anything that is left for later is chosen."""
        return float(day_one_usd(self.option.table, float(self.forecast.usd_per_gpu_hour[0])))

    @property
    def end_asset_usd(self) -> float:
        """What the hardware is expected to be sold for."""
        return self._breakdown.end_asset_usd

    @cached_property
    def apart_usd(self) -> float:
        """What is in hand and not a cost of the work, not discounted, USD, negative where it brings money: what is let,
        sold or left, and what hardware that is kept would sell for today. Source: docs/model.md#hardware-in-hand"""
        apart = self.option.apart
        return 0.0 if apart is None else float(breakdown_of(apart, self.case, self.forecast).monthly_usd.sum())

    @property
    def work_usd(self) -> float:
        """The cost of the work alone, not discounted, USD."""
        return self.undiscounted_usd - self.apart_usd

    @property
    def usd_per_used_gpu_hour(self) -> float | None:
        """The cost of the work alone over the GPU-hours that do work; None where idle hours bring more than it costs,
        so that there is no cost to share."""
        if round(self.work_usd, 2) < 0:
            return None
        return max(self.work_usd, 0.0) / float(self.case.whole_demand.expected_used_gpu_hours)

    @property
    def demand(self) -> Demand:
        """The demand it serves."""
        return self.case.demand

    @cached_property
    def cash(self) -> CashPaths:
        """Its cash flows on every quantile path of rents and for every month in which the plan may change."""
        paths = quantile_paths(self.forecast)
        flows = self._flows(paths.usd_per_gpu_hour, paths.resale_share)
        return CashPaths(flows, np.multiply.outer(paths.weights, self.demand.change_month_probabilities()))

    def _flows(self, rents: Floats, resale_share: Floats, since: int = 1) -> Floats:
        """Flows on K price paths for each tau from `since` on, with what is chosen on each path. (K, T, months + 1)."""
        if self.later is None:
            found = self._flows_of(0, rents, resale_share, since)
        else:
            found = np.empty((len(rents), self.demand.months - since + 1, self.option.table.months + 1))
            picks = self.picked_on(rents)
            for table in set(picks.tolist()):
                here = picks == table
                found[here] = self._flows_of(table, rents[here], resale_share[here], since)
        for right, use in self.rights:
            used = use.used(moves_seen(right, rents))
            added = flows_by_change(right.table, self.demand, rents, resale_share, since)
            found = found + added * (used[:, since - 1 :] if used.shape[1] > 1 else used)[..., None]
        return found

    def _flows_of(self, table: int, rents: Floats, resale_share: Floats, since: int) -> Floats:
        """The flows of one of its tables."""
        found = flows_by_change(self.option.tables[table], self.demand, rents, resale_share, since)
        for one in self.credits[table]:
            unpaid = one.unpaid_by_month(rents, slice(since - 1, None))
            found[..., : unpaid.shape[-1]] += unpaid
        return found

    def picked_on(self, rents: Floats) -> Months:
        """Which of its tables applies on each path of rents (..., H), by position. (...)."""
        if self.later is None:
            return np.zeros(rents.shape[:-1], dtype=np.int64)
        choice, policy = self.later
        return policy.picked_on(rents, choice.month)

    @cached_property
    def plan_holds_usd(self) -> Floats:
        """The flows by month when the plan never changes, at expected prices. (months + 1,)."""
        rents, resale = self.forecast.usd_per_gpu_hour[None], self.forecast.resale_share[None]
        return np.asarray(self._flows(rents, resale, self.demand.months)[0, -1])

    @cached_property
    def plan_holds_present_usd(self) -> float:
        """The net present cost at expected prices when the plan never changes."""
        return self.if_it_changes_usd(self.demand.months)

    def if_it_changes_usd(self, month: int) -> float:
        """The net present cost at expected prices when the plan is known to change in a month, from 1 on; in the last
        one it never does. Source: docs/model.md#plan-survival"""
        rents, resale = self.forecast.usd_per_gpu_hour, self.forecast.resale_share
        tables = (*self.option.tables, *(right.table for right, _ in self.rights))
        known = coefficients_by_change(tables, self.demand, self.case.rates).conditional_on(month)
        each = known.usd(rents[: known.b.shape[1]], resale[: known.b.shape[1]]).tolist()
        total: float = each[int(self.picked_on(rents))]
        for usd, (right, use) in zip(each[len(self.option.tables) :], self.rights, strict=True):
            used = use.used(moves_seen(right, rents))
            total += usd * bool(used[month - 1 if right.now.size > 1 else 0])
        return total

    @cached_property
    def peak_outlay_usd(self) -> float:
        """The most that will have been paid net at any time, in `cash_safety_share` of all cases.

        What is due on day one is paid before anything of that month comes back.

        Source: docs/model.md#feasibility
        """
        return self.cash.peak_usd(self.case.assumptions.money.cash_safety_share, self.upfront_usd)

    @property
    def undiscounted_usd(self) -> float:
        """The plain sum of the expected flows."""
        return float(self.monthly_usd.sum())

    def by_group(self) -> dict[str, float]:
        """Net present cost by group of components (rent, committed, idle resale, capex, ...), all groups present."""
        sums = dict.fromkeys(GROUPS, 0.0)
        for component, usd in self.components.items():
            sums[COMPONENTS[component].group] += usd
        return sums


def cost_of(option: Option, case: Case, forecast: Forecast) -> OptionCost:
    """Value one option at expected prices and the probabilities of the month in which the plan changes."""
    policy = policy_of(option.choice, case, forecast) if option.choice else None
    return OptionCost(option, float(expected_usd(option, case, forecast, policy)), case, forecast, policy)


def expected_usd(option: Option, case: Case, forecast: Forecast, policy: Policy | None = None) -> Floats:
    """The expected net present cost alone; without a choice for one plan or many at once. USD (...). policy: what was
    decided to choose later, perhaps on another forecast; without it an option with a choice is valued at its first
    table."""
    more = rights_usd(option, case, forecast)
    if option.choice is not None and policy is not None:
        tables = expected_coefficients(option.choice.tables, case.demand, case.rates)
        seen = seen_at(option.choice.month, forecast, tables.b.shape[1])
        return np.asarray(expected_usd_of(tables, policy, seen) + more)
    return np.asarray(sum((_usd_of_part(part, case, forecast) for part in option.table.parts), more))


def _usd_of_part(table: CostTable, case: Case, forecast: Forecast) -> Floats:
    """The expected cost of one part of a table, of one plan or of many. USD (...)."""
    worth = table.prices(forecast.usd_per_gpu_hour) * table.discounts(case.rates)
    # summed in their order: lines without a cost then leave equal options equal
    total = sum(table.weights[..., 0] * np.vecdot(expected_lines(table, case.demand), worth))
    return np.asarray(total if table.exit is None else total + _exit_usd(table, case, forecast))


def _exit_usd(table: CostTable, case: Case, forecast: Forecast) -> Floats:
    """The expected cost of leaving one part of a table, negative where it brings money. USD (...)."""
    leaving = table.exit
    assert leaving is not None
    asset, debt = exit_factors(table, case.rates)
    resale = at_months(forecast.resale_share, leaving.month)
    paid = leaving.owed_usd - leaving.sold * leaving.hardware_usd[..., None] * resale
    due = paid * asset + leaving.debt_owed_usd * debt
    return np.asarray(np.vecdot(case.demand.change_month_probabilities(), due))
