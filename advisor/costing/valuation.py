"""Cost tables x expected prices -> what each option costs (model section 3, last sentence).

Every figure the product shows of an option comes from the OptionCost made here, from the option's one CostTable. Where
the time goes, measured by `tests/benchmarks/engine.py` on the 64-node sample, two cores: an expected-cost answer takes
4.9 ms, of which the tables of plain options 1.7, waiting and bases 1.2, deciding later and its value 1.1, valuing plain
tables 0.5, cash and ranking 0.3, the case 0.3: a few dozen small array operations an option, so that numpy's overhead
per call is most of it. A full answer takes 40 ms, most of it sampled paths and break-evens; flips and break-evens
together take 223 ms, for every input is tried over its range, and the decision map 65 ms, because many plans at once
(the axis in front of the months) cost little more than one.
"""

import operator
from dataclasses import dataclass, replace
from functools import cached_property, reduce

import numpy as np

from advisor.array_types import Floats
from advisor.costing.case import Case
from advisor.costing.components import GROUPS, component_group
from advisor.costing.cost_coefficients import Meaned, bilinear, expected_coefficients, meaned
from advisor.costing.cost_table import CostTable
from advisor.costing.deferred_choice import Policy, policy_of
from advisor.costing.demand import Demand
from advisor.costing.option import Choice, Option
from advisor.costing.options.all_options import built_on, plain_menu
from advisor.costing.rates import Rates
from advisor.finance.weighted_quantile import quantile
from advisor.market.forecast.conditional import ConditionalForecast
from advisor.market.forecast.forecast import Forecast
from advisor.market.forecast.simulation import quantile_paths


@dataclass(frozen=True)
class OptionCost:
    """What one option is expected to cost: the ranking figure at once, everything else when it is asked for.

    expected_usd: net present cost, USD, costs positive; case and forecast are what it was valued on; policy: what will
    be chosen later, when the option leaves a choice.
    """

    option: Option
    expected_usd: float
    case: Case
    forecast: Forecast
    policy: Policy | None = None

    @cached_property
    def _value(self) -> "_Value":
        if self.option.choice is None or self.policy is None:
            return _valued(self.option.table, self.case, self.forecast)
        return _valued_choice(self.option.choice, self.policy, self.case, self.forecast)

    @cached_property
    def _meaned(self) -> Meaned:
        tables = self.option.choice.tables if self.option.choice else (self.option.table,)
        return meaned(tables, self.demand, rates_of(self.case))

    def at_prices_usd(self, prices: Forecast) -> float:
        """The net present cost by other beliefs about prices, for an option that is settled today."""
        months = self._meaned.b.shape[1]
        return float(self._meaned.usd(prices.usd_per_gpu_hour[:months], prices.resale_share[:months])[0])

    def on_path_usd(self, path: Forecast) -> float:
        """The net present cost if rents follow a certain path: what is to be chosen later is chosen by what was
        believed today."""
        choice, policy = self.option.choice, self.policy
        pick, months = 0, self._meaned.b.shape[1]
        if choice is not None and policy is not None:
            if not policy.is_one_decision(choice):
                return float(expected_usd(self.option, self.case, path, policy))
            rents = path.usd_per_gpu_hour
            moved = np.log(rents[choice.now[:1]] / rents[choice.since[:1]])
            pick = int(policy.picked(0, moved)[0])
        prices = path.usd_per_gpu_hour[:months], path.resale_share[:months]
        return float(self._meaned.only([pick]).usd(*prices)[0])

    @property
    def components(self) -> dict[str, float]:
        """The net present cost by named part, adding up to it."""
        return self._value.components

    @property
    def undiscounted_components(self) -> dict[str, float]:
        """The same without discounting."""
        return self._value.undiscounted

    @property
    def monthly_usd(self) -> Floats:
        """Expected undiscounted flows by month, resale in the month of sale. Array, one longer than the table."""
        return self._value.monthly_usd

    @property
    def monthly_present_usd(self) -> Floats:
        """The same discounted."""
        return self._value.monthly_present_usd

    @property
    def upfront_usd(self) -> float:
        """Due on the day of the decision."""
        return self._value.upfront_usd

    @property
    def end_asset_usd(self) -> float:
        """What the hardware is expected to fetch."""
        return self._value.end_asset_usd

    @property
    def usd_per_used_gpu_hour(self) -> float:
        """Undiscounted cost over the GPU-hours that do work."""
        return float(self.monthly_usd.sum()) / self.case.whole_demand.expected_used_gpu_hours

    @property
    def demand(self) -> Demand:
        """The demand it serves."""
        return self.case.demand

    @cached_property
    def cash(self) -> "CashPaths":
        """Its cash flows on every quantile path of rents and for every month in which the plan may change."""
        paths = quantile_paths(self.forecast)
        flows = self._flows(paths.usd_per_gpu_hour, paths.resale_share)
        return CashPaths(flows, np.multiply.outer(paths.weights, self.demand.change_month_probabilities()))

    def _flows(self, rents: Floats, resale_share: Floats) -> Floats:
        """Flows for each of K price paths and each tau, by what will be chosen on each. K x T x (months + 1)."""
        choice = self.option.choice
        if choice is None or self.policy is None:
            return _flows_by_change(self.option.table, self.demand, rents, resale_share)
        each = np.stack([_flows_by_change(table, self.demand, rents, resale_share) for table in choice.tables])
        moved = np.log(rents[:, choice.now] / rents[:, choice.since])  # K x T
        picks = np.stack([self.policy.picked(row, moved[:, row]) for row in range(moved.shape[1])], axis=1)
        return np.asarray(np.take_along_axis(each, picks[None, :, :, None], axis=0)[0])

    @cached_property
    def plan_holds_usd(self) -> Floats:
        """The flows by month when the plan holds, at expected prices. Array, one longer than the table."""
        rents, resale = self.forecast.usd_per_gpu_hour[None], self.forecast.resale_share[None]
        return np.asarray(self._flows(rents, resale)[0, -1])

    @cached_property
    def most_outlay_usd(self) -> float:
        """More than it can ever take: every payment at the dearest rent it is weighed at, nothing coming back. Quick,
        and most often enough to see that the cash suffices."""
        most_expensive = quantile_paths(self.forecast).usd_per_gpu_hour.max(axis=0)
        tables = self.option.choice.tables if self.option.choice else (self.option.table,)
        return max(_most_outlay(table, most_expensive) for table in tables)

    @cached_property
    def peak_outlay_usd(self) -> float:
        """The most that will have been paid out net at any time, in `cash_safety_share` of all cases."""
        peaks = np.maximum(0.0, self.cash.flows_usd.cumsum(axis=-1).max(axis=-1))
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


@dataclass(frozen=True)
class CashPaths:
    """Cash flows in every case that is weighed: K quantile paths of rents x T months of change. flows_usd: K x T x
    (months + 1); weights: K x T, sum to 1."""

    flows_usd: Floats
    weights: Floats


def _most_outlay(table: CostTable, most_expensive: Floats) -> float:
    worst = np.maximum(table.coefficients.max(axis=1), 0.0) * table.prices(most_expensive)
    owed = 0.0 if table.exit is None else float((table.exit.owed_usd + table.exit.debt_owed_usd).max())
    return float(table.weights @ worst.sum(axis=1)) + owed


def rates_of(case: Case) -> Rates:
    """What a dollar is worth later, in this case; debt at its cost after taxes."""
    tax = case.tax
    rates = case.assumptions.money.discount_rate, case.assumptions.debt.cost_of_debt_per_year
    return Rates(*rates) if tax is None else Rates(*rates, tax.rate, tax.from_month)


def cost_of(option: Option, case: Case, forecast: Forecast) -> OptionCost:
    """Value one option at expected prices and the law of the month in which the plan changes."""
    policy = policy_of(option.choice, case, forecast, rates_of(case)) if option.choice else None
    return OptionCost(option, float(expected_usd(option, case, forecast, policy)), case, forecast, policy)


def expected_usd(option: Option, case: Case, forecast: Forecast, policy: Policy | None = None) -> Floats:
    """The net present cost alone; without a choice for one plan or many at once. (...). policy: what was decided to do
    when, perhaps by other beliefs than this forecast; not given for a choice, the option is taken at its first
    table."""
    rates = rates_of(case)
    if option.choice is not None and policy is not None:
        return np.asarray(_expected_choice(option.choice, policy, case, forecast))
    table, demand = option.table, case.demand
    factors = table.per_line(table.weights[:, None] * table.discounts(rates))
    total = (_expected_flows(table, demand, forecast) * factors).sum(axis=(0, -1))
    if table.exit is not None:
        leaving = table.exit
        asset, debt = _exit_factors(table, rates)
        paid = leaving.owed_usd - leaving.sold * leaving.hardware_usd[..., None] * forecast.resale_share[leaving.month]
        due = paid * asset[leaving.month] + leaving.debt_owed_usd * debt[leaving.month]
        total = total + (demand.change_month_probabilities() * due).sum(axis=-1)
    return np.asarray(total)


def _expected_choice(choice: Choice, policy: Policy, case: Case, forecast: Forecast) -> float:
    """A choice, each table as far as it will be chosen."""
    total, rates, process = 0.0, rates_of(case), case.demand.change_month_probabilities()
    for now, since, cuts, picks, taus in policy.decisions(choice):
        if taus.all():
            tables = [(1.0, meaned(choice.tables, case.demand, rates))]
        else:
            each = bilinear(choice.tables, case.demand, rates)
            tables = [(float(process[row]), each.given(row + 1)) for row in np.flatnonzero(taus).tolist()]
        regions = ConditionalForecast(forecast, now, since, tables[0][1].b.shape[1]).within(cuts)
        for pick, (chance, rents, resale) in zip(picks, regions, strict=True):
            total += sum(weight * float(table.only([pick]).usd(rents, resale, chance)[0]) for weight, table in tables)
    return total


def cost_menu(case: Case, forecast: Forecast) -> list[OptionCost]:
    """What every option of a case is expected to cost."""
    made = built_on(case, lambda option, demand: expected_usd(option, replace(case, demand=demand), forecast))
    return [cost_of(option, case, forecast) for option in (*plain_menu(case), *made)]


@dataclass(frozen=True)
class _Value:
    """What one table comes to; see OptionCost."""

    components: dict[str, float]
    undiscounted: dict[str, float]
    monthly_usd: Floats
    monthly_present_usd: Floats
    upfront_usd: float
    end_asset_usd: float

    def __add__(self, other: "_Value") -> "_Value":
        return _Value(
            _summed(self.components, other.components),
            _summed(self.undiscounted, other.undiscounted),
            self.monthly_usd + other.monthly_usd,
            self.monthly_present_usd + other.monthly_present_usd,
            self.upfront_usd + other.upfront_usd,
            self.end_asset_usd + other.end_asset_usd,
        )


def _summed(one: dict[str, float], other: dict[str, float]) -> dict[str, float]:
    return {name: one.get(name, 0.0) + other.get(name, 0.0) for name in dict.fromkeys((*one, *other))}


def _valued(table: CostTable, case: Case, forecast: Forecast) -> _Value:
    """A table at expected prices."""
    flows = _expected_flows(table, case.demand, forecast)
    return _booked(table, case, flows, case.demand.change_month_probabilities(), forecast.resale_share)


def _valued_choice(choice: Choice, policy: Policy, case: Case, forecast: Forecast) -> _Value:
    """The tables of a choice, each as far as it will be chosen."""
    process, months = case.demand.change_month_probabilities(), choice.tables[0].months + 1
    parts = []
    for now, since, cuts, picks, taus in policy.decisions(choice):
        regions = ConditionalForecast(forecast, now, since, months).within(cuts)
        for pick, (chance, rents, resale) in zip(picks, regions, strict=True):
            table, rows = choice.tables[pick], process * taus
            states = np.einsum("t,ltm->lm", rows, table.by_change(table.coefficients, case.demand.months))
            rates = np.array([np.full(table.months, chance), rents[: table.months], rents[table.signed_in]])
            parts.append(_booked(table, case, states * rates[table.basis], rows, resale, chance))
    return reduce(operator.add, parts)


def _booked(
    table: CostTable, case: Case, flows: Floats, process: Floats, resale_share: Floats, chance: float = 1.0
) -> _Value:
    """The sums of a table's expected flows (L x months), and of what leaving brings with the law of tau (T)."""
    rates, weights = rates_of(case), table.weights
    present = flows * table.discounts(rates)
    monthly, monthly_present = np.zeros(table.months + 1), np.zeros(table.months + 1)
    monthly[:-1], monthly_present[:-1] = weights @ flows, weights @ present
    components, undiscounted = _by_component(table, present.sum(axis=1)), _by_component(table, flows.sum(axis=1))
    first = table.in_advance & (np.array(table.components) != "tax")  # relief comes later than the day of the decision
    upfront = float(flows[:, 0] @ (first * weights))
    value = _Value(components, undiscounted, monthly, monthly_present, upfront, 0.0)
    return value if table.exit is None else _with_exit(value, table, rates, process, resale_share, chance)


def _exit_factors(table: CostTable, rates: Rates) -> tuple[Floats, Floats]:
    """Present value of $1 when leaving, by month: for the owner, and for the lender."""
    return rates.factors(table.months + 1, 1), rates.factors(table.months + 1, 2)


def _expected_flows(table: CostTable, demand: Demand, forecast: Forecast) -> Floats:
    """The expected flow of each line in each month, surcharges left out. L x ... x months."""
    return expected_coefficients(table, demand) * table.prices(forecast.usd_per_gpu_hour)


def _flows_by_change(table: CostTable, demand: Demand, rents: Floats, resale_share: Floats) -> Floats:
    """All flows of an option, summed over its lines, for each of K price paths (K x H each) and each tau: K x T x
    (months + 1)."""
    months, weighted = table.months, table.coefficients * table.weights[:, None, None]
    sums = np.array([weighted[table.basis == basis].sum(axis=0) for basis in range(3)])  # basis x state x month
    fixed, spot, signed = table.by_change(sums, demand.months)
    flows = np.zeros((rents.shape[0], demand.months, months + 1))
    flows[..., :-1] = fixed + spot * rents[:, None, :months] + signed * rents[:, table.signed_in][:, None]
    if table.exit is not None:
        leaving, at = table.exit, np.arange(demand.months)
        sale = leaving.sold * leaving.hardware_usd * resale_share[:, leaving.month]
        flows[:, at, leaving.month] += leaving.owed_usd + leaving.debt_owed_usd - sale
    return flows


def _by_component(table: CostTable, sums: Floats) -> dict[str, float]:
    """The lines' sums by the name of their component, the surcharges on GPU bills among them."""
    found: dict[str, float] = {}
    for component, usd in zip(table.components, sums.tolist(), strict=True):
        found[component] = found.get(component, 0.0) + usd
    billed = float(sums[table.surcharged].sum())
    return found | {component: share * billed for component, share in table.surcharges}


def _with_exit(
    value: _Value, table: CostTable, rates: Rates, process: Floats, resale_share: Floats, chance: float
) -> _Value:
    """Book the sale, the tax on it and what is still owed then, over all months in which the plan may change.
    resale_share: E[V_t] where this table holds, whose chance is `chance`."""
    assert table.exit is not None
    leaving, at = table.exit, table.exit.month
    gross = leaving.before_tax or leaving
    asset, debt = (factors[at] for factors in _exit_factors(table, rates))
    price = process * leaving.hardware_usd * resale_share[at]
    sale = price * gross.sold
    lender = "lease" if "lease" in table.components else "loan"
    parts = [("hardware_resale", -sale, asset), ("colocation", chance * process * gross.owed_usd, asset)]
    if leaving.before_tax is not None:
        tax = price * (gross.sold - leaving.sold) + chance * process * (leaving.owed_usd - gross.owed_usd)
        parts.append(("tax", tax, asset))
        parts.append(("tax", chance * process * (leaving.debt_owed_usd - gross.debt_owed_usd), debt))
    if gross.debt_owed_usd.any():
        parts.append((lender, chance * process * gross.debt_owed_usd, debt))
    monthly, present = value.monthly_usd.copy(), value.monthly_present_usd.copy()
    components, undiscounted = dict(value.components), dict(value.undiscounted)
    for component, usd, discount in parts:
        components[component] = components.get(component, 0.0) + float(usd @ discount)
        undiscounted[component] = undiscounted.get(component, 0.0) + float(usd.sum())
        np.add.at(monthly, at, usd)
        np.add.at(present, at, usd * discount)
    return _Value(components, undiscounted, monthly, present, value.upfront_usd, float(sale.sum()))
