"""Cost tables x expected prices -> what each option costs (model section 3, last sentence).

Every figure the product shows of an option comes from the OptionCost made here, from the option's one CostTable.
Time goes in about equal parts into building the tables and into valuing them, a dozen small array operations each.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from advisor.demand import Demand
from advisor.finance import discount_factors
from advisor.market.book import Money
from advisor.market.forecast import Forecast
from advisor.options.menu import menu
from advisor.options.table import GROUPS, Case, CostTable, Option, component_group

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class OptionCost:
    """What one option is expected to cost, USD, costs positive.

    expected_usd: net present cost; components: the same by named part, adding up to it exactly; monthly_usd: expected
    undiscounted flows by month, resale in the month of sale (array, one longer than the table); monthly_present_usd:
    the same discounted; upfront_usd: due on the day of the decision; end_asset_usd: what the hardware is expected to
    fetch; usd_per_used_gpu_hour: undiscounted cost over the GPU-hours that do work. demand and forecast are what it was
    valued on; cash_safety_share: in how many of the ways the plan may change its cash must last.
    """

    option: Option
    expected_usd: float
    components: dict[str, float]
    undiscounted_components: dict[str, float]
    monthly_usd: Floats
    monthly_present_usd: Floats
    upfront_usd: float
    end_asset_usd: float
    usd_per_used_gpu_hour: float
    demand: Demand
    forecast: Forecast
    cash_safety_share: float

    @cached_property
    def monthly_by_change_usd(self) -> Floats:
        """The flows for each month in which the plan may change, tau = 1..T: T x months, at expected prices. The last
        row is the plan that holds."""
        return _flows_by_change(self.option.table, self.demand, self.forecast)

    @cached_property
    def peak_outlay_usd(self) -> float:
        """The most that will have been paid out net at any time, in `cash_safety_share` of the ways the plan may
        change."""
        peaks = np.maximum(0.0, self.monthly_by_change_usd.cumsum(axis=1).max(axis=1))
        order = np.argsort(peaks)
        reached = self.demand.change_month_law()[order].cumsum()
        at = int(np.searchsorted(reached, self.cash_safety_share - 1e-12))
        return float(peaks[order][min(at, peaks.size - 1)])

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


def cost_of(option: Option, demand: Demand, forecast: Forecast, money: Money) -> OptionCost:
    """Value one option at expected prices and the law of the month in which the plan changes."""
    discount_rate = money.discount_rate
    table = option.table
    flows = _expected_flows(table, demand, forecast)
    present = flows * table.discounts(discount_rate)
    weights = table.weights
    monthly, monthly_present = np.zeros(table.months + 1), np.zeros(table.months + 1)
    monthly[:-1], monthly_present[:-1] = weights @ flows, weights @ present
    components = _by_component(table, present.sum(axis=1))
    undiscounted = _by_component(table, flows.sum(axis=1))
    end_asset = 0.0
    if table.exit is not None:
        end_asset = _leave(table, demand, forecast, discount_rate, (monthly, monthly_present), components, undiscounted)
    return OptionCost(
        option=option,
        expected_usd=float(sum(components.values())),
        components=components,
        undiscounted_components=undiscounted,
        monthly_usd=monthly,
        monthly_present_usd=monthly_present,
        upfront_usd=float(flows[:, 0] @ (table.in_advance * weights)),
        end_asset_usd=end_asset,
        usd_per_used_gpu_hour=float(monthly.sum()) / demand.expected_used_gpu_hours,
        demand=demand,
        forecast=forecast,
        cash_safety_share=money.cash_safety_share,
    )


def expected_usd(option: Option, demand: Demand, forecast: Forecast, money: Money) -> float:
    """The net present cost alone, as `cost_of` has it, at half the price: for scans over many plans."""
    table = option.table
    present = _expected_flows(table, demand, forecast) * table.discounts(money.discount_rate)
    total = float(table.weights @ present.sum(axis=1))
    if table.exit is not None:
        at = table.exit.month
        paid = table.exit.owed_usd - table.exit.sold * table.exit.hardware_usd * forecast.resale_share[at]
        discount = discount_factors(money.discount_rate, table.months + 1, mid_month=False)[at]
        total += float(demand.change_month_law() @ (paid * discount))
    return total


def cost_menu(case: Case, forecast: Forecast) -> list[OptionCost]:
    """What every option of a case is expected to cost, in the order of the menu; about a millisecond."""
    return [cost_of(option, case.demand, forecast, case.assumptions.money) for option in menu(case)]


def _expected_flows(table: CostTable, demand: Demand, forecast: Forecast) -> Floats:
    """The expected flow of each line in each month, surcharges left out. L x months."""
    unchanged = demand.chance_unchanged(table.months + 1)  # gone_by may name the month after the last
    alive, running = unchanged[: table.months], unchanged[table.gone_by]
    chances = np.array([alive, running - alive, 1 - running])
    return np.asarray(np.einsum("lsm,sm->lm", table.coefficients, chances) * table.prices(forecast.usd_per_gpu_hour))


def _flows_by_change(table: CostTable, demand: Demand, forecast: Forecast) -> Floats:
    """All flows of an option, summed over its lines, for each tau: T x (months + 1)."""
    prices = table.prices(forecast.usd_per_gpu_hour)
    states = np.einsum("l,lsm,lm->sm", table.weights, table.coefficients, prices)
    flows = np.zeros((demand.months, table.months + 1))
    flows[:, :-1] = table.by_change(states, demand.months)
    if table.exit is not None:
        at = (np.arange(demand.months), table.exit.month)
        flows[at] += table.exit.owed_usd
        flows[at] -= table.exit.sold * table.exit.hardware_usd * forecast.resale_share[table.exit.month]
    return flows


def _by_component(table: CostTable, sums: Floats) -> dict[str, float]:
    """The lines' sums by the name of their component, the surcharges on GPU bills among them."""
    found: dict[str, float] = {}
    for component, usd in zip(table.components, sums.tolist(), strict=True):
        found[component] = found.get(component, 0.0) + usd
    billed = float(sums[table.surcharged].sum())
    return found | {component: share * billed for component, share in table.surcharges}


def _leave(
    table: CostTable,
    demand: Demand,
    forecast: Forecast,
    discount_rate: float,
    monthly: tuple[Floats, Floats],
    components: dict[str, float],
    undiscounted: dict[str, float],
) -> float:
    """Book the sale and what is still owed then, over all months in which the plan may change; the expected sale."""
    assert table.exit is not None
    law, at = demand.change_month_law(), table.exit.month
    discount = discount_factors(discount_rate, table.months + 1, mid_month=False)[at]
    sale = law * table.exit.sold * table.exit.hardware_usd * forecast.resale_share[at]
    owed = law * table.exit.owed_usd
    for component, usd in (("hardware_resale", -sale), ("colocation", owed)):
        components[component] = components.get(component, 0.0) + float(usd @ discount)
        undiscounted[component] = undiscounted.get(component, 0.0) + float(usd.sum())
        np.add.at(monthly[0], at, usd)
        np.add.at(monthly[1], at, usd * discount)
    return float(sale.sum())
