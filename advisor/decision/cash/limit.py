"""Whether the company's cash suffices for an option: payments and burn against cash (docs/model.md#feasibility)."""

import math
from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from advisor.array_types import Amount, Bools, Floats, Months, among
from advisor.costing.cash_paths import chance_of_reaching, first_beyond, most_if_rising_usd, most_spent_usd
from advisor.costing.changed_tables import in_rows
from advisor.costing.cost_table import CostTable
from advisor.costing.credits_on_paths import pay_in
from advisor.costing.demand import Demand
from advisor.costing.valuation import OptionCost
from advisor.formatting import usd
from advisor.market.forecast.forecast import Forecast
from advisor.market.forecast.simulation import QuantilePaths, quantile_paths
from advisor.profiles.schema import Company

ALWAYS = np.ones((1, 1), dtype=bool)
NOTHING_SETTLED: Mapping[str, bool | None] = MappingProxyType({})
_CLOSE_CHANCE = 1e-9  # a chance nearer to the limit than this is not settled by bounds


def cash_needed_usd(cost: OptionCost, company: Company) -> float:
    """The cash that suffices for an option and the company's burn in `cash_safety_share` of all cases: the most that
    will have been spent at any time, USD."""
    if not company.burn_usd_per_month:
        return cost.peak_outlay_usd
    safe_share = cost.case.assumptions.money.cash_safety_share
    return cost.cash.peak_usd(safe_share, cost.upfront_usd, _burn_usd(cost, company))


def each_suffices(
    costs: Sequence[OptionCost], company: Company, settled: Mapping[str, bool | None] = NOTHING_SETTLED
) -> list[bool]:
    """Whether cash and committed funding suffice for each of some options; bounds decide most cases. settled: whether
    bounds have shown already that cash suffices, by id; None where they cannot tell."""
    have = company.available_usd
    if math.isinf(have):
        return [True] * len(costs)
    known = dict(settled)
    for alike in _alike(cost for cost in costs if cost.option.id not in known):
        known |= _settled_together(alike, company)
    found = (known.get(cost.option.id) for cost in costs)
    return [
        cash_needed_usd(cost, company) <= have if suffices is None else suffices
        for cost, suffices in zip(costs, found, strict=True)
    ]


def _alike(costs: Iterable[OptionCost]) -> Iterable[list[tuple[OptionCost, CostTable]]]:
    """The options that bounds may settle, each with its table: grouped by demand and forecast, except tables with
    others beside them."""
    alike: dict[tuple[int, ...], list[tuple[OptionCost, CostTable]]] = {}
    for cost in costs:
        table = _only_table(cost)
        if table is not None:
            key = (id(cost),) if table.beside else (id(cost.demand), id(cost.forecast))
            alike.setdefault(key, []).append((cost, table))
    return alike.values()


def _only_table(cost: OptionCost) -> CostTable | None:
    """The table that applies on every path; None if the table, or what credits pay of its bills, depends on the
    path."""
    if cost.option.rights or pay_in(cost.option.tables):
        return None
    if cost.later is None:
        return cost.option.table
    picks = set(cost.picked_on(quantile_paths(cost.forecast).usd_per_gpu_hour).tolist())
    return cost.option.tables[picks.pop()] if len(picks) == 1 else None


def _settled_together(alike: Sequence[tuple[OptionCost, CostTable]], company: Company) -> dict[str, bool | None]:
    """Whether cash suffices for options of one demand and forecast, by id; None where bounds cannot tell."""
    costs, tables = zip(*alike, strict=True)
    case, upfront = costs[0].case, np.array([cost.upfront_usd for cost in costs])
    figures = company.available_usd, company.burn_usd_per_month, case.whole_demand.months
    cash = Cash(*map(np.asarray, (*figures, upfront)))
    table = tables[0] if len(tables) == 1 else in_rows(tables)
    settled = settled_by_bounds(
        [table], ALWAYS, case.demand, costs[0].forecast, cash, case.assumptions.money.cash_safety_share
    )
    return dict(zip((cost.option.id for cost in costs), settled.answers, strict=True))


class Cash(NamedTuple):
    """What companies have, what they burn a month and for how many months, and what an option costs on day one before
    anything comes back: for one plan or for many (...)."""

    have_usd: Floats
    burn_usd_per_month: Floats
    months: Months
    upfront_usd: Floats


class SettledByBounds(NamedTuple):
    """Whether bounds show that cash suffices, and that it falls short (...); neither where they cannot tell."""

    suffices: Bools
    falls_short: Bools

    @property
    def answers(self) -> list[bool | None]:
        """Whether cash suffices, by plan; None where bounds cannot tell."""
        each = zip(self.suffices.tolist(), self.falls_short.tolist(), strict=True)
        return [True if suffices else False if short else None for suffices, short in each]


def settled_by_bounds(
    tables: Sequence[CostTable], applying: Bools, demand: Demand, forecast: Forecast, cash: Cash, safe_share: Amount
) -> SettledByBounds:
    """Whether bounds settle that cash suffices for an option without rights: they are quick, and decide most cases.

    Args:
        tables: that may apply, of one plan or of many, and of one length.
        applying: which of the tables applies on each path (tables, K, ...); of a single one `ALWAYS`.
        demand: the plan, or the plans.
        forecast: of one point.
        cash: of the plan, or of the plans.
        safe_share: of all cases, in which cash is to suffice (...).
    """
    paths, burned = quantile_paths(forecast), burned_usd(cash.burn_usd_per_month, tables[0].months + 1, cash.months)
    limit = cash.have_usd[..., None] - burned
    short = cash.upfront_usd > cash.have_usd
    beyond = ((most_spent_usd(table, paths) > limit).any(axis=-1) for table in tables)
    suffices = ~reduce(
        np.logical_or, (over & used.any(axis=0) for over, used in zip(beyond, applying, strict=True)), short
    )
    if suffices.all():
        return SettledByBounds(suffices, ~suffices)
    months = (first_beyond(table, demand, paths, limit) * used for table, used in zip(tables, applying, strict=True))
    unsafe = np.where(short, 1.0, chance_of_reaching(reduce(np.maximum, months), demand, paths))
    settled = SettledByBounds(suffices, np.asarray(~suffices & (unsafe > 1 - safe_share + _CLOSE_CHANCE)))
    bounds_only = tables[0].coefficients.ndim == 3 or len(tables) > 1 or len([*tables[0].exits]) > 1
    return (
        settled if bounds_only else _settled_where_rising(settled, tables[0], demand, paths, cash, burned, safe_share)
    )


def _settled_where_rising(
    settled: SettledByBounds,
    table: CostTable,
    demand: Demand,
    paths: QuantilePaths,
    cash: Cash,
    burned: Floats,
    safe_share: Amount,
) -> SettledByBounds:
    """Also settled for those of the other rows of a table in which nothing comes back but by a sale."""
    rows = np.flatnonzero(~(settled.suffices | settled.falls_short))
    if not rows.size:
        return settled
    count, probabilities = settled.suffices.size, demand.change_month_probabilities()
    burned, probabilities = (np.broadcast_to(one, (count, one.shape[-1]))[rows] for one in (burned, probabilities))
    have, upfront = (np.broadcast_to(one, count)[rows, None, None] for one in (cash.have_usd, cash.upfront_usd))
    spent, rises = most_if_rising_usd(table, demand, paths, burned, rows)
    unsafe = np.einsum("k,rkt,rt->r", paths.weights, np.maximum(spent, upfront) > have, probabilities)
    spare = 1 - among(safe_share, rows) - unsafe
    suffices, falls_short = settled.suffices.copy(), settled.falls_short.copy()
    suffices[rows] = rises & (spare > _CLOSE_CHANCE)
    falls_short[rows] = rises & (spare < -_CLOSE_CHANCE)
    return SettledByBounds(suffices, falls_short)


def shortfall(cost: OptionCost, company: Company) -> str:
    """Why cash and committed funding do not suffice for an option, where they do not."""
    have, need = company.available_usd, cash_needed_usd(cost, company)
    gone = cost.plan_holds_usd.cumsum() + _burn_usd(cost, company) > have
    when = f", gone in month {int(gone.argmax()) + 1}" if gone.any() else ", enough only if rents go as expected"
    other = " with your burn" if company.burn_usd_per_month else ""
    return f"cash is {usd(need - have)} short: it takes {usd(need)}{other}, you have {usd(have)}{when}"


def burned_usd(burn_usd_per_month: float | Floats, flow_months: int, plan_months: int | Months) -> Floats:
    """What is burned until the end of each month in which there may be flows, of each plan. USD (..., flow_months)."""
    burn, lengths = np.asarray(burn_usd_per_month, dtype=float), np.asarray(plan_months)
    return np.asarray(burn[..., None] * np.minimum(np.arange(1, flow_months + 1), lengths[..., None]))


def _burn_usd(cost: OptionCost, company: Company) -> Floats:
    """What the company has burned until the end of each month, in which the option may still cost. (months + 1,)."""
    return burned_usd(company.burn_usd_per_month, cost.option.table.months + 1, cost.case.whole_demand.months)
