"""The expected cost of a table by component and by month."""

import operator
from functools import reduce

import numpy as np

from advisor.array_types import Floats, of_one
from advisor.costing.case import Case
from advisor.costing.cost_coefficients import exit_factors, expected_lines
from advisor.costing.cost_table import CostTable, by_change
from advisor.costing.decided_later.deferred_choice import Policy
from advisor.costing.decided_later.use_of_rights import UseOfRight, prices_of_use
from advisor.costing.option import Choice, Right
from advisor.market.forecast.conditional import conditional_forecast
from advisor.market.forecast.forecast import Forecast
from advisor.values.quick_dataclass import dataclass


@dataclass(frozen=True)
class CostBreakdown:
    """The expected cost of an option in parts; the fields are those of `OptionCost`.

    components, undiscounted: USD by component; monthly_usd, monthly_present_usd: (months + 1,).
    """

    components: dict[str, float]
    undiscounted: dict[str, float]
    monthly_usd: Floats
    monthly_present_usd: Floats
    end_asset_usd: float

    def __add__(self, other: "CostBreakdown") -> "CostBreakdown":
        """The sum of two breakdowns, part by part."""
        return CostBreakdown(
            _summed(self.components, other.components),
            _summed(self.undiscounted, other.undiscounted),
            self.monthly_usd + other.monthly_usd,
            self.monthly_present_usd + other.monthly_present_usd,
            self.end_asset_usd + other.end_asset_usd,
        )


def breakdown_of(table: CostTable, case: Case, forecast: Forecast) -> CostBreakdown:
    """The breakdown of one table at expected prices."""
    chances, resale = case.demand.change_month_probabilities(), forecast.resale_share
    rents = forecast.usd_per_gpu_hour
    flows = ((part, expected_lines(part, case.demand) * part.prices(rents)) for part in table.parts)
    return reduce(operator.add, (_booked(part, case, each, chances, resale) for part, each in flows))


def breakdown_of_choice(choice: Choice, policy: Policy, case: Case, forecast: Forecast) -> CostBreakdown:
    """The breakdown of a deferred choice: each table weighted with the chance that it will be chosen."""
    chances, months = case.demand.change_month_probabilities(), choice.tables[0].months
    regions = conditional_forecast(forecast, choice.month, 0, np.arange(months + 1)).within(policy.cuts.tolist())
    parts = []
    for pick, (chance, rents, resale) in zip(policy.picks.tolist(), regions, strict=True):
        for part in choice.tables[pick].parts:
            prices = np.array([np.full(months, chance), rents[:months], rents[part.signed_in], np.full(months, chance)])
            flows = expected_lines(part, case.demand) * prices[part.basis]
            parts.append(_booked(part, case, flows, chances, resale, chance))
    return reduce(operator.add, parts)


def breakdown_of_right(right: Right, use: UseOfRight, case: Case, forecast: Forecast) -> CostBreakdown:
    """The breakdown of what a right adds where it is used."""
    chances, months, parts = case.demand.change_month_probabilities(), right.table.months, []
    prices = prices_of_use(right, use, forecast, months + 1)
    chance, rents = prices[:, :1], prices[:, 1:]
    for part in right.table.parts:
        fixed = np.broadcast_to(chance, (len(chance), months))
        each = np.array([fixed, rents[:, :months], rents[:, part.signed_in], fixed])[part.basis]
        due = by_change(part.coefficients.swapaxes(0, 1), part.gone_by, case.demand.months) * each
        parts.append(_booked(part, case, np.einsum("t,ltm->lm", chances, due), chances, forecast.resale_share))
    return reduce(operator.add, parts)


def _booked(
    table: CostTable, case: Case, flows: Floats, probabilities: Floats, resale_share: Floats, chance: float = 1.0
) -> CostBreakdown:
    """Sum expected flows (L, months), and what the exit brings given the probabilities of tau (T,)."""
    weights = table.weights[:, 0]
    present = flows * table.discounts(case.rates)
    monthly, monthly_present = np.zeros(table.months + 1), np.zeros(table.months + 1)
    monthly[:-1], monthly_present[:-1] = weights @ flows, weights @ present
    components, undiscounted = _by_component(table, present.sum(axis=1)), _by_component(table, flows.sum(axis=1))
    sold_later = -float(flows[table.is_component("hardware_resale"), 1:].sum())  # on another GPU: see `sold_at`
    found = CostBreakdown(components, undiscounted, monthly, monthly_present, sold_later)
    return found if table.exit is None else _with_exit(found, table, case, probabilities, resale_share, chance)


def _with_exit(
    found: CostBreakdown, table: CostTable, case: Case, probabilities: Floats, resale_share: Floats, chance: float
) -> CostBreakdown:
    """Book the sale, the tax on it and what is still owed then, over all months in which the plan may change.

    resale_share: E[V_t] where this table holds, an event whose probability is `chance`.
    """
    assert table.exit is not None
    leaving, at = table.exit, table.exit.month
    gross = leaving.before_tax or leaving
    asset, debt = exit_factors(table, case.rates)
    price = probabilities * leaving.hardware_usd * resale_share[at]
    sale = price * gross.sold
    lender = "lease" if "lease" in table.components else "loan"
    parts = [("hardware_resale", -sale, asset), ("colocation", chance * probabilities * gross.owed_usd, asset)]
    if leaving.before_tax is not None:
        tax = price * (gross.sold - leaving.sold) + chance * probabilities * (leaving.owed_usd - gross.owed_usd)
        parts.append(("tax", tax, asset))
        parts.append(("tax", chance * probabilities * (leaving.debt_owed_usd - gross.debt_owed_usd), debt))
    if gross.debt_owed_usd.any():
        parts.append((lender, chance * probabilities * gross.debt_owed_usd, debt))
    monthly, present = found.monthly_usd.copy(), found.monthly_present_usd.copy()
    components, undiscounted = dict(found.components), dict(found.undiscounted)
    for component, usd, discount in parts:
        components[component] = components.get(component, 0.0) + float(usd @ discount)
        undiscounted[component] = undiscounted.get(component, 0.0) + float(usd.sum())
        np.add.at(monthly, at, usd)
        np.add.at(present, at, usd * discount)
    return CostBreakdown(components, undiscounted, monthly, present, found.end_asset_usd + float(sale.sum()))


def _by_component(table: CostTable, sums: Floats) -> dict[str, float]:
    """The sums of the lines by component, with the surcharges on GPU bills."""
    found: dict[str, float] = {}
    for component, usd in zip(table.components, sums.tolist(), strict=True):
        found[component] = found.get(component, 0.0) + usd
    billed = float(sums[table.surcharged].sum())
    return found | {component: of_one(share) * billed for component, share in table.surcharges}


def _summed(one: dict[str, float], other: dict[str, float]) -> dict[str, float]:
    return {name: one.get(name, 0.0) + other.get(name, 0.0) for name in dict.fromkeys((*one, *other))}
