"""Cash flows of an option by price path and month of change: what a cash limit is checked against."""

from functools import cached_property

import numpy as np

from advisor.array_types import Bools, Floats, Months, Row
from advisor.costing.cost_table import CostTable, PlanState, by_change
from advisor.costing.demand import Demand
from advisor.finance.weighted_quantile import quantile
from advisor.market.forecast.simulation import QuantilePaths
from advisor.values.quick_dataclass import dataclass


@dataclass(frozen=True)
class CashPaths:
    """Cash flows on K weighted price paths for each of T months of change.

    flows_usd: (K, T, months + 1), payments positive; weights: (K, T), sum to 1.
    """

    flows_usd: Floats
    weights: Floats

    @cached_property
    def spent_usd(self) -> Floats:
        """What has been spent until the end of each month. (K, T, months + 1)."""
        return self.flows_usd.cumsum(axis=-1)

    def peak_usd(self, share: float, upfront_usd: float, burn_usd: Floats | None = None) -> float:
        """The most that will have been spent at any time, in a share of all cases. USD.

        Args:
            share: of the cases, by weight.
            upfront_usd: what is paid on day one, before anything comes back.
            burn_usd: what is spent besides until the end of each month (months + 1,); None for nothing.
        """
        spent = self.spent_usd if burn_usd is None else self.spent_usd + burn_usd
        return quantile(np.maximum(upfront_usd, spent.max(axis=-1)), self.weights, share)


def flows_by_change(table: CostTable, demand: Demand, rents: Floats, resale_share: Floats, since: int = 1) -> Floats:
    """All flows of one plan, summed over the lines of a table, undiscounted.

    Args:
        table: the cost lines.
        demand: the plan.
        rents: USD per GPU-hour (K, H).
        resale_share: resale value as a share of today's price (K, H).
        since: the first month of change, tau, that is asked for.

    Returns:
        USD by path, month of change and month (K, T, months + 1).
    """
    months, taus = table.months, demand.months - since + 1
    flows, fixed_usd = np.empty((rents.shape[0], taus, months + 1)), np.zeros((taus, months + 1))
    priced: list[tuple[Floats, Floats]] = []
    for part in table.parts:
        fixed, spot, signed, tokens = by_change(part.by_basis.swapaxes(0, 1), part.gone_by, demand.months, since)
        fixed_usd[:, :months] += fixed + tokens
        each = (spot, rents[:, None, :months]), (signed, rents[:, None, part.signed_in])
        priced += ((hours, usd) for hours, usd in each if hours.any())
    flows[:] = fixed_usd  # written in place, since the arrays are large
    for hours, usd in priced:
        flows[..., :months] += hours * usd
    for leaving in table.exits:
        tail = slice(since - 1, None)
        sold = (leaving.sold * leaving.hardware_usd)[tail] * resale_share[:, leaving.month[tail]]
        owed = (leaving.owed_usd + leaving.debt_owed_usd)[tail]
        flows[:, np.arange(taus), leaving.month[tail]] += owed - sold
    return flows


def most_spent_usd(table: CostTable, paths: QuantilePaths) -> Floats:
    """An upper bound on what is spent by the end of each month, on any path and whenever the plan changes.

    Every month counts in its most expensive state at its worst rent; a one-off payment falls in the worst month so far.

    table: of one plan, or of many. USD (..., months + 1).
    """
    months, extremes = table.months, (paths.usd_per_gpu_hour.max(axis=0), paths.usd_per_gpu_hour.min(axis=0))
    flows, once = np.zeros((2, *table.coefficients.shape[2:-1], months + 1))
    for part in table.parts:
        fixed, spot, signed, tokens = part.by_basis
        due = fixed + tokens
        for hours, at in ((spot, slice(months)), (signed, part.signed_in)):
            if hours.any():
                most, least = (usd[at] for usd in extremes)
                due = due + np.maximum(hours * most, hours * least)
        flows[..., :months] += due[: PlanState.ON_CHANGE].max(axis=0)
        once[..., :months] += due[PlanState.ON_CHANGE]
    spent = flows.cumsum(axis=-1) + np.maximum.accumulate(np.maximum(once, 0.0), axis=-1)
    for leaving in table.exits:
        left, sale = np.zeros_like(spent), leaving.month
        sold = leaving.sold * leaving.hardware_usd[..., None] * paths.resale_share.min(axis=0)[sale]
        plans = () if sale.ndim == 1 else (np.arange(len(sale))[:, None],)
        np.maximum.at(left, (*plans, sale), leaving.owed_usd + leaving.debt_owed_usd - sold)
        spent += np.maximum.accumulate(left, axis=-1)
    return np.asarray(spent)


def first_beyond(table: CostTable, demand: Demand, paths: QuantilePaths, limit_usd: Floats) -> Months:
    """The month by whose end more than a limit is spent on each path while the plan is unchanged.

    The last month and one where that is never so, and where hardware may be sold before.

    Args:
        table: the cost lines of one plan, or of many.
        demand: the plan, or the plans.
        paths: of rents.
        limit_usd: on what is spent by the end of each month (..., months or more).

    Returns:
        From 0 on (K, ...).
    """
    months, rents = demand.months, paths.usd_per_gpu_hour
    plans = table.coefficients.shape[2:-1]
    flows, of_month = np.zeros((len(rents), *plans, months)), np.arange(months)
    for part in table.parts:
        fixed, spot, signed, tokens = part.by_basis[:, PlanState.ACTIVE, ..., :months]
        flows += fixed + tokens
        for hours, month in ((spot, of_month), (signed, part.signed_in[..., :months])):
            if hours.any():
                flows += hours * rents[:, month if month.ndim > len(plans) else month.reshape(*(1,) * len(plans), -1)]
    over = flows.cumsum(axis=-1) > limit_usd[..., :months]
    first = np.where(over.any(axis=-1), over.argmax(axis=-1), months)
    for leaving in table.exits:
        sold_before = (leaving.month <= of_month) & (of_month < demand.lengths[..., None])
        first = np.where(sold_before.any(axis=-1), months, first)
    return np.asarray(first)


def chance_of_reaching(first: Months, demand: Demand, paths: QuantilePaths) -> Floats:
    """The chance that the plan is unchanged until a month of each path. first: see `first_beyond` (K, ...). (...)."""
    unchanged = demand.chance_unchanged(demand.months + 1)
    reached = unchanged[first] if unchanged.ndim == 1 else unchanged[np.arange(len(unchanged)), first]
    return np.asarray(paths.weights @ reached)


def most_if_rising_usd(
    table: CostTable, demand: Demand, paths: QuantilePaths, burned_usd: Floats, rows: Months
) -> tuple[Floats, Bools]:
    """The most that will have been spent in some rows of a table, where nothing comes back but by a sale: then it is
    what is spent until the sale, or until the end.

    Args:
        table: the cost lines of many plans, or of options of one plan; with one exit at most.
        demand: the plans, or the plan.
        paths: of rents.
        burned_usd: what is spent besides until the end of each month, by row (R, months + 1).
        rows: which rows (R,).

    Returns:
        USD (R, K, T), and in which rows nothing comes back but by a sale (R,).
    """

    def of_rows(values: Row) -> Row:
        return np.broadcast_to(values, (every, values.shape[-1]))[rows]

    months, rents, leaving = table.months, paths.usd_per_gpu_hour, next(iter(table.exits), None)
    every = table.coefficients.shape[2]
    tau, month = np.arange(1, demand.months + 1), np.arange(months)[:, None]
    sale = np.full((rows.size, tau.size), months) if leaving is None else of_rows(leaving.month)
    total, until_sale = np.zeros((2, rows.size, len(rents), tau.size))
    rises = np.ones(rows.size, dtype=bool)
    for part in table.parts:
        fixed, spot, signed, tokens = part.by_basis[:, :, rows]
        at_signing = rents[:, of_rows(part.signed_in)].swapaxes(0, 1)
        flows = (fixed + tokens)[:, :, None] + spot[:, :, None] * rents[:, :months] + signed[:, :, None] * at_signing
        rises &= (flows >= 0).all(axis=(0, 2, 3))
        exited = tau <= of_rows(part.gone_by)[..., None]
        states = ~exited & (tau > month), ~exited & (tau <= month), exited, np.broadcast_to(tau == month, exited.shape)
        for due, here in zip(flows, states, strict=True):
            if due.any():
                total += due @ here.astype(float)
                until_sale += due @ (here & (month < sale[:, None])).astype(float)
    if leaving is not None:
        hardware_usd = np.broadcast_to(leaving.hardware_usd, every)[rows, None]
        brought = (of_rows(leaving.sold) * hardware_usd)[:, None] * paths.resale_share[:, sale].swapaxes(0, 1)
        total += (of_rows(leaving.owed_usd) + of_rows(leaving.debt_owed_usd))[:, None] - brought
    burned = np.take_along_axis(burned_usd, np.maximum(sale - 1, 0), axis=-1)
    return np.maximum(until_sale + burned[:, None], total + burned_usd[:, None, -1:]), rises


def day_one_usd(table: CostTable, usd_per_gpu_hour: float) -> Floats:
    """The payments on the day of the decision, at today's list price, USD (...). Tax relief comes later."""
    total = np.zeros(table.coefficients.shape[2:-1])
    for part in table.parts:
        first = part.in_advance & ~part.is_component("tax")
        prices = np.where(part.in_dollars, 1.0, usd_per_gpu_hour)
        due = part.weights[..., 0] * part.coefficients[:, PlanState.ACTIVE, ..., 0]
        total = total + (first * prices) @ due
    return total
