"""Cash flows of an option by price path and month of change: what a cash limit is checked against."""

from dataclasses import dataclass, replace

import numpy as np

from advisor.array_types import Floats
from advisor.costing.cost_table import Basis, CostTable
from advisor.costing.demand import Demand


@dataclass(frozen=True)
class CashPaths:
    """Cash flows on K weighted price paths for each of T months of change.

    flows_usd: (K, T, months + 1), payments positive; weights: (K, T), sum to 1.
    """

    flows_usd: Floats
    weights: Floats


def flows_by_change(table: CostTable, demand: Demand, rents: Floats, resale_share: Floats) -> Floats:
    """All flows of one plan, summed over the lines of a table, undiscounted.

    Args:
        table: the cost lines.
        demand: the plan.
        rents: USD per GPU-hour (K, H).
        resale_share: resale value as a share of today's price (K, H).

    Returns:
        USD by path, month of change and month (K, T, months + 1).

    """
    if table.beside:
        return np.asarray(sum(flows_by_change(one, demand, rents, resale_share) for one in _apart(table)))
    months, weighted = table.months, table.coefficients * table.weights[:, None, None]
    sums = np.array([weighted[table.has_basis(basis)].sum(axis=0) for basis in Basis])  # basis x state x month
    fixed, spot, signed = table.by_change(sums, demand.months)
    flows = np.zeros((rents.shape[0], demand.months, months + 1))
    flows[..., :-1] = fixed + spot * rents[:, None, :months] + signed * rents[:, table.signed_in][:, None]
    if table.exit is not None:
        leaving, at = table.exit, np.arange(demand.months)
        sale = leaving.sold * leaving.hardware_usd * resale_share[:, leaving.month]
        flows[:, at, leaving.month] += leaving.owed_usd + leaving.debt_owed_usd - sale
    return flows


def _apart(table: CostTable) -> tuple[CostTable, ...]:
    """The parts of a table, each alone."""
    return (replace(table, beside=()), *table.beside)


def outlay_bound_usd(table: CostTable, rents: Floats) -> Floats:
    """An upper bound on the outlay of a table: in every month its most expensive state, and nothing coming back. (...).

    rents: the highest rent of each month, USD per GPU-hour.
    """
    if table.beside:
        return np.asarray(sum(outlay_bound_usd(one, rents) for one in _apart(table)))
    worst, prices = np.maximum(table.coefficients.max(axis=1), 0.0), table.prices(rents)
    by_line = (worst * (table.per_line(prices) if prices.ndim < worst.ndim else prices)).sum(axis=-1)
    owed = 0.0 if table.exit is None else (table.exit.owed_usd + table.exit.debt_owed_usd).max(axis=-1)
    return np.asarray(table.weights @ by_line + owed)
