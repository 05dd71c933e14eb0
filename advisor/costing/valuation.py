"""Cost tables and expected prices -> what each option costs.

Every figure shown of an option comes from the OptionCost made here, from the option's one CostTable. An expected cost
takes a few dozen small array operations, so that numpy's overhead of each call is most of its time; many plans at once
(the axis in front of the months) cost little more than one. `tests/benchmarks/engine.py` measures it.

Source: docs/model.md#cost-identity
"""

from dataclasses import replace
from functools import cached_property

import numpy as np

from advisor.array_types import Floats, at_months
from advisor.costing.case import Case
from advisor.costing.cash_paths import (
    CashPaths,
    chance_of_more,
    day_one_usd,
    flows_by_change,
    most_spent_usd,
    paths_of,
)
from advisor.costing.components import GROUPS, component_group
from advisor.costing.cost_breakdown import CostBreakdown, breakdown_of, breakdown_of_choice
from advisor.costing.cost_coefficients import (
    CostCoefficients,
    coefficients_by_change,
    exit_factors,
    expected_coefficients,
    expected_lines,
)
from advisor.costing.cost_table import Basis, CostTable
from advisor.costing.deferred_choice import Policy, policy_of
from advisor.costing.demand import Demand
from advisor.costing.option import Choice, Option, Right
from advisor.costing.options.all_options import built_on, plain_menu
from advisor.costing.rates import Rates
from advisor.finance.weighted_quantile import quantile
from advisor.market.forecast.conditional import ConditionalForecast
from advisor.market.forecast.forecast import Forecast
from advisor.values.quick_dataclass import dataclass


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
    def rights(self) -> tuple[tuple[Choice, Policy], ...]:
        """The rights of the option, and when each is used."""
        return tuple((right.choice, right_policy(right, self.case, self.forecast)) for right in self.option.rights)

    @cached_property
    def _breakdown(self) -> CostBreakdown:
        if self.option.choice is None or self.policy is None:
            found = breakdown_of(self.option.table, self.case, self.forecast)
        else:
            found = breakdown_of_choice(self.option.choice, self.policy, self.case, self.forecast)
        for right, policy in self.rights:
            found += breakdown_of_choice(right, policy, self.case, self.forecast)
        return found

    @cached_property
    def coefficients(self) -> CostCoefficients:
        """The expected coefficients of its tables."""
        return expected_coefficients(self.option.tables, self.demand, self.case.rates)

    def at_prices_usd(self, prices: Forecast) -> Floats:
        """The net present cost at other expected prices, for an option without a deferred choice. USD (...)."""
        months = self.coefficients.b.shape[1]
        rents, resale = prices.usd_per_gpu_hour[..., :months], prices.resale_share[..., :months]
        return np.asarray(self.coefficients.usd(rents, resale)[..., 0])

    def on_path_usd(self, path: Forecast) -> float:
        """The net present cost if rents follow a certain path; deferred choices follow the policy decided today."""
        choice, policy = self.option.choice, self.policy
        pick, months = 0, self.coefficients.b.shape[1]
        if choice is not None and policy is not None:
            if not policy.is_one_decision(choice):
                return float(expected_usd(self.option, self.case, path, policy))
            rents = path.usd_per_gpu_hour
            moved = np.log(rents[choice.now[:1]] / rents[choice.since[:1]])
            pick = int(policy.picked(0, moved)[0])
        prices = path.usd_per_gpu_hour[:months], path.resale_share[:months]
        total = float(self.coefficients.subset([pick]).usd(*prices)[0])
        return total + rights_usd(self.option, self.case, path)

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

    @cached_property
    def upfront_usd(self) -> float:
        """Due on the day of the decision, before anything that is left for later is chosen."""
        return day_one_usd(self.option.table, float(self.forecast.usd_per_gpu_hour[0]))

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
        paths = paths_of(self.forecast)
        flows = self._flows(paths.usd_per_gpu_hour, paths.resale_share)
        return CashPaths(flows, np.multiply.outer(paths.weights, self.demand.change_month_probabilities()))

    def _flows(self, rents: Floats, resale_share: Floats, since: int = 1) -> Floats:
        """Flows on K price paths for each tau from `since` on, with what is chosen on each path. (K, T, months + 1)."""
        choice = self.option.choice
        if choice is None or self.policy is None:
            found = flows_by_change(self.option.table, self.demand, rents, resale_share, since)
        else:
            found = self._chosen_flows(choice, self.policy, rents, resale_share, since)
        for right, policy in self.rights:
            found = found + self._chosen_flows(right, policy, rents, resale_share, since)
        return found

    def _chosen_flows(self, choice: Choice, policy: Policy, rents: Floats, resale_share: Floats, since: int) -> Floats:
        now, compared = choice.now[since - 1 :], choice.since[since - 1 :]
        picks = policy.picked_on(np.log(rents[:, now] / rents[:, compared]), since)
        flows = np.zeros((*picks.shape, choice.tables[0].months + 1))
        for pick in set(picks.ravel().tolist()):
            paths = (picks == pick).any(axis=1).nonzero()[0]
            chosen = flows_by_change(choice.tables[pick], self.demand, rents[paths], resale_share[paths], since)
            flows[paths] = np.where((picks[paths] == pick)[..., None], chosen, flows[paths])
        return flows

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
        total = self._known_usd(self.option.tables, self.option.choice, self.policy, month)
        return total + sum(self._known_usd(right.tables, right, policy, month) for right, policy in self.rights)

    def _known_usd(
        self, tables: tuple[CostTable, ...], choice: Choice | None, policy: Policy | None, month: int
    ) -> float:
        """What tables cost when the plan changes in a month, with what is chosen at expected prices."""
        known = coefficients_by_change(tables, self.demand, self.case.rates).conditional_on(month)
        rents, resale = (
            path[: known.b.shape[1]] for path in (self.forecast.usd_per_gpu_hour, self.forecast.resale_share)
        )
        pick = 0
        if choice is not None and policy is not None:
            at = slice(month - 1, month)
            moved = np.log(rents[choice.now[at]] / rents[choice.since[at]])
            pick = int(policy.picked(month - 1, moved)[0])
        return float(known.usd(rents, resale)[pick])

    def most_outlay_usd(self, burn_usd: Floats) -> float:
        """An upper bound on the outlay on all paths: quick, and usually enough to see that the cash suffices.

        Of an option without a deferred choice.

        burn_usd: what is spent besides until the end of each month (months + 1,).
        """
        spent = most_spent_usd(self.option.table, paths_of(self.forecast)) + burn_usd
        return max(self.upfront_usd, float(spent.max()))

    def least_chance_of_more(self, limit_usd: float, burn_usd: Floats) -> float:
        """A lower bound on the chance that more than a limit will have been spent at some time: quick, and usually
        enough to see that the cash does not suffice; 0 with a deferred choice.

        burn_usd: as for `most_outlay_usd`.
        """
        if self.upfront_usd > limit_usd:
            return 1.0
        if self.option.decides_later:
            return 0.0
        return chance_of_more(self.option.table, self.demand, paths_of(self.forecast), limit_usd - burn_usd)

    @cached_property
    def peak_outlay_usd(self) -> float:
        """The most that will have been paid net at any time, in `cash_safety_share` of all cases.

        What is due on day one is paid before anything of that month comes back.

        Source: docs/model.md#feasibility
        """
        peaks = self.cash.peaks_usd(np.zeros(1), self.upfront_usd)
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
    more = rights_usd(option, case, forecast)
    if option.choice is not None and policy is not None:
        return np.asarray(_expected_choice(option.choice, policy, case, forecast) + more)
    first, *beside = (_expected_table(part, case, forecast) for part in option.table.parts)
    return sum(beside, first) + more if more else sum(beside, first)


def rights_usd(option: Option, case: Case, forecast: Forecast) -> float:
    """What the rights of an option are expected to add to its cost, which they lower. USD."""
    rights = ((right.choice, right_policy(right, case, forecast)) for right in option.rights)
    return sum(_expected_choice(choice, policy, case, forecast) for choice, policy in rights)


def right_policy(right: Right, case: Case, forecast: Forecast) -> Policy:
    """When a right is used."""
    if right.log_cut is None:
        return policy_of(right.choice, case, forecast)
    months = right.choice.now.size
    return Policy(np.full((months, 1), right.log_cut), np.tile([1, 0], (months, 1)))


def _expected_table(table: CostTable, case: Case, forecast: Forecast) -> Floats:
    """The expected cost of one part of a table. USD (...)."""
    demand, spot = case.demand, forecast.usd_per_gpu_hour
    if table.is_expected:
        total = _sum_of_plans(table, case.rates, spot)
    else:
        values = table.prices(spot) * table.discounts(case.rates)
        total = table.weights @ np.vecdot(expected_lines(table, demand), values)
    if table.exit is not None:
        leaving = table.exit
        asset, debt = exit_factors(table, case.rates)
        resale = at_months(forecast.resale_share, leaving.month)
        paid = leaving.owed_usd - leaving.sold * leaving.hardware_usd[..., None] * resale
        due = paid * asset + leaving.debt_owed_usd * debt
        total = total + np.vecdot(demand.change_month_probabilities(), due)
    return np.asarray(total)


def _sum_of_plans(table: CostTable, rates: Rates, spot_usd_per_gpu_hour: Floats) -> Floats:
    """The expected cost of the lines of a table of many plans. USD (P,)."""
    total, spot = np.zeros(table.coefficients.shape[2:-1]), spot_usd_per_gpu_hour
    by_basis = {Basis.SPOT.value: spot[..., : table.months], Basis.SIGNED.value: at_months(spot, table.signed_in)}
    for line, basis, factors in zip(
        table.coefficients[:, 0], table.basis.tolist(), table.discounts(rates), strict=True
    ):
        total += np.vecdot(line, factors * by_basis[basis] if basis in by_basis else factors)
    return total


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
