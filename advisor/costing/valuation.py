"""Cost tables and expected prices -> what each option costs.

Every figure shown of an option comes from the OptionCost made here, from the option's one CostTable. An expected cost
takes a few dozen small array operations, so that numpy's overhead of each call is most of its time; many plans at once
(the axis in front of the months) cost little more than one. `tests/benchmarks/engine.py` measures it.

Source: docs/model.md#cost-identity
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from advisor.array_types import Floats
from advisor.costing.case import Case
from advisor.costing.cash_paths import CashPaths, flows_by_change, outlay_bound_usd
from advisor.costing.components import GROUPS, component_group
from advisor.costing.cost_breakdown import CostBreakdown, breakdown_of, breakdown_of_choice, expected_flows
from advisor.costing.cost_coefficients import (
    CostCoefficients,
    coefficients_by_change,
    exit_factors,
    expected_coefficients,
)
from advisor.costing.cost_table import CostTable
from advisor.costing.deferred_choice import Policy, policy_of
from advisor.costing.demand import Demand
from advisor.costing.option import Choice, Option
from advisor.costing.options.all_options import built_on, plain_menu
from advisor.finance.weighted_quantile import quantile
from advisor.market.forecast.conditional import ConditionalForecast
from advisor.market.forecast.forecast import Forecast
from advisor.market.forecast.simulation import quantile_paths


@dataclass(frozen=True)
class OptionCost:
    """What one option is expected to cost: the figure it is ranked by at once, everything else when it is read.

    expected_usd: net present cost, USD, costs positive; case and forecast: what it was valued on; policy: what will be
    chosen later, when the option leaves a choice.
    """

    option: Option
    expected_usd: float
    case: Case
    forecast: Forecast
    policy: Policy | None = None

    @cached_property
    def _breakdown(self) -> CostBreakdown:
        if self.option.choice is None or self.policy is None:
            return breakdown_of(self.option.table, self.case, self.forecast)
        return breakdown_of_choice(self.option.choice, self.policy, self.case, self.forecast)

    @cached_property
    def _coefficients(self) -> CostCoefficients:
        return expected_coefficients(self.option.tables, self.demand, self.case.rates)

    def at_prices_usd(self, prices: Forecast) -> float:
        """The net present cost at other expected prices, for an option without a deferred choice."""
        months = self._coefficients.b.shape[1]
        return float(self._coefficients.usd(prices.usd_per_gpu_hour[:months], prices.resale_share[:months])[0])

    def on_path_usd(self, path: Forecast) -> float:
        """The net present cost if rents follow a certain path; deferred choices follow the policy decided today."""
        choice, policy = self.option.choice, self.policy
        pick, months = 0, self._coefficients.b.shape[1]
        if choice is not None and policy is not None:
            if not policy.is_one_decision(choice):
                return float(expected_usd(self.option, self.case, path, policy))
            rents = path.usd_per_gpu_hour
            moved = np.log(rents[choice.now[:1]] / rents[choice.since[:1]])
            pick = int(policy.picked(0, moved)[0])
        prices = path.usd_per_gpu_hour[:months], path.resale_share[:months]
        return float(self._coefficients.subset([pick]).usd(*prices)[0])

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
        """The same discounted. (months + 1,)."""
        return self._breakdown.monthly_present_usd

    @property
    def upfront_usd(self) -> float:
        """Due on the day of the decision."""
        return self._breakdown.upfront_usd

    @property
    def end_asset_usd(self) -> float:
        """What the hardware is expected to be sold for."""
        return self._breakdown.end_asset_usd

    @property
    def usd_per_used_gpu_hour(self) -> float:
        """Undiscounted cost over the GPU-hours that do work."""
        return float(self.monthly_usd.sum()) / float(self.case.whole_demand.expected_used_gpu_hours)

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

    def _flows(self, rents: Floats, resale_share: Floats) -> Floats:
        """Flows on K price paths for each tau, with what will be chosen on each path. (K, T, months + 1)."""
        choice = self.option.choice
        if choice is None or self.policy is None:
            return flows_by_change(self.option.table, self.demand, rents, resale_share)
        each = np.stack([flows_by_change(table, self.demand, rents, resale_share) for table in choice.tables])
        moved = np.log(rents[:, choice.now] / rents[:, choice.since])  # K x T
        picks = np.stack([self.policy.picked(row, moved[:, row]) for row in range(moved.shape[1])], axis=1)
        return np.asarray(np.take_along_axis(each, picks[None, :, :, None], axis=0)[0])

    @cached_property
    def plan_holds_usd(self) -> Floats:
        """The flows by month when the plan never changes, at expected prices. (months + 1,)."""
        rents, resale = self.forecast.usd_per_gpu_hour[None], self.forecast.resale_share[None]
        return np.asarray(self._flows(rents, resale)[0, -1])

    @cached_property
    def plan_holds_present_usd(self) -> float:
        """The net present cost at expected prices when the plan never changes."""
        choice, policy, months = self.option.choice, self.policy, self.demand.months
        last = coefficients_by_change(self.option.tables, self.demand, self.case.rates).conditional_on(months)
        rents, resale = (
            path[: last.b.shape[1]] for path in (self.forecast.usd_per_gpu_hour, self.forecast.resale_share)
        )
        pick = 0
        if choice is not None and policy is not None:
            moved = np.log(rents[choice.now[-1:]] / rents[choice.since[-1:]])
            pick = int(policy.picked(months - 1, moved)[0])
        return float(last.usd(rents, resale)[pick])

    @cached_property
    def most_outlay_usd(self) -> float:
        """See `most_outlay_usd`."""
        return float(most_outlay_usd(self.option, self.forecast))

    @cached_property
    def peak_outlay_usd(self) -> float:
        """The most that will have been paid net at any time, in `cash_safety_share` of all cases.

        What is due on day one is paid before anything of that month comes back.

        Source: docs/model.md#feasibility
        """
        peaks = np.maximum(self.upfront_usd, self.cash.flows_usd.cumsum(axis=-1).max(axis=-1))
        return quantile(peaks, self.cash.weights, self.case.assumptions.money.cash_safety_share)

    @property
    def undiscounted_usd(self) -> float:
        """The plain sum of the expected flows."""
        return float(self.monthly_usd.sum())

    def by_group(self) -> dict[str, float]:
        """Net present cost by group of components (rent, committed, idle resale, capex, ...), all groups present."""
        sums = dict.fromkeys(GROUPS, 0.0)
        for component, usd in self.components.items():
            sums[component_group(component)] += usd
        return sums


def cost_of(option: Option, case: Case, forecast: Forecast) -> OptionCost:
    """Value one option at expected prices and the probabilities of the month in which the plan changes."""
    policy = policy_of(option.choice, case, forecast) if option.choice else None
    return OptionCost(option, float(expected_usd(option, case, forecast, policy)), case, forecast, policy)


def most_outlay_usd(option: Option, forecast: Forecast) -> Floats:
    """An upper bound on the outlay on all paths: quick, and usually enough to see that the cash suffices. USD (...)."""
    highest = quantile_paths(forecast).usd_per_gpu_hour.max(axis=0)
    return np.asarray(np.max([outlay_bound_usd(table, highest) for table in option.tables], axis=0))


def expected_usd(option: Option, case: Case, forecast: Forecast, policy: Policy | None = None) -> Floats:
    """The expected net present cost alone; without a choice for one plan or many at once.

    Args:
        option: what is valued.
        case: its demand and discount rates.
        forecast: expected prices.
        policy: what was decided to choose later, perhaps on another forecast; without it an option with a choice is
            valued at its first table.

    Returns:
        USD (...).

    """
    if option.choice is not None and policy is not None:
        return np.asarray(_expected_choice(option.choice, policy, case, forecast))
    return np.asarray(sum(_expected_table(part, case, forecast) for part in option.table.parts))


def _expected_table(table: CostTable, case: Case, forecast: Forecast) -> Floats:
    """The expected cost of one part of a table. USD (...)."""
    demand = case.demand
    factors = table.per_line(table.weights[:, None] * table.discounts(case.rates))
    total = (expected_flows(table, demand, forecast) * factors).sum(axis=(0, -1))
    if table.exit is not None:
        leaving = table.exit
        asset, debt = exit_factors(table, case.rates)
        paid = leaving.owed_usd - leaving.sold * leaving.hardware_usd[..., None] * forecast.resale_share[leaving.month]
        due = paid * asset + leaving.debt_owed_usd * debt
        total = total + (demand.change_month_probabilities() * due).sum(axis=-1)
    return np.asarray(total)


def _expected_choice(choice: Choice, policy: Policy, case: Case, forecast: Forecast) -> float:
    """The expected cost of a deferred choice: each table weighted with the chance that it will be chosen."""
    total, probabilities = 0.0, case.demand.change_month_probabilities()
    for now, since, cuts, picks, taus in policy.decisions(choice):
        if taus.all():
            tables = [(1.0, expected_coefficients(choice.tables, case.demand, case.rates))]
        else:
            each = coefficients_by_change(choice.tables, case.demand, case.rates)
            rows = np.flatnonzero(taus).tolist()
            tables = [(float(probabilities[row]), each.conditional_on(row + 1)) for row in rows]
        regions = ConditionalForecast(forecast, now, since, tables[0][1].b.shape[1]).within(cuts)
        for pick, (chance, rents, resale) in zip(picks, regions, strict=True):
            total += sum(weight * float(table.subset([pick]).usd(rents, resale, chance)[0]) for weight, table in tables)
    return total


def cost_menu(case: Case, forecast: Forecast) -> list[OptionCost]:
    """What every option of a case is expected to cost."""
    combined = built_on(case, lambda option, demand: expected_usd(option, replace(case, demand=demand), forecast))
    return [cost_of(option, case, forecast) for option in (*plain_menu(case), *combined)]
