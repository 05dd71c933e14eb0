"""The identity that makes the engine fast (model section 3): every cost table is bilinear in rents and the month tau in
which the plan changes,

    C = A[tau] + sum_t B[tau, t] S[t] - Q[tau] V[sale(tau)]

with A, B and Q the table's lines, discounted and summed. Paths, policies and waiting all read these.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from advisor.array_types import Floats, Months
from advisor.costing.cost_table import Basis, CostTable
from advisor.costing.demand import Demand
from advisor.costing.rates import Rates


@dataclass(frozen=True)
class Bilinear:
    """A, B and Q of N tables side by side, and when they sell. a, q, sale: T x N; b: T x H x N. USD, GPU-hours, USD."""

    a: Floats
    b: Floats
    q: Floats
    sale: Months

    @property
    def months(self) -> int:
        """H: months of prices that are needed."""
        return int(self.b.shape[1])

    def given(self, change: int) -> "Meaned":
        """The expected tables when the plan is known to change in month `change`."""
        row, count = change - 1, self.a.shape[1]
        sold = np.zeros((count, self.months))
        sold[np.arange(count), self.sale[row]] = self.q[row]
        return Meaned(self.a[row], self.b[row].T, sold)

    def at(self, change: int, rents: Floats, resale_share: Floats) -> Floats:
        """The costs when the plan changes in month `change`, for P price paths (P x H each). P x N."""
        row = change - 1
        found = self.a[row] + rents @ self.b[row]
        owned = np.flatnonzero(self.q[row])
        found[:, owned] -= self.q[row, owned] * resale_share[:, self.sale[row, owned]]
        return np.asarray(found)


@dataclass(frozen=True)
class Meaned:
    """The same weighed with the chances of tau: expected cost = a + b . E[S] - sold . E[V]. a: N; b, sold: N x H."""

    a: Floats
    b: Floats
    sold: Floats

    def only(self, tables: Sequence[int]) -> "Meaned":
        """Some of them."""
        return Meaned(self.a[tables], self.b[tables], self.sold[tables])

    def usd(self, rents: Floats, resale_share: Floats, chance: float | Floats = 1.0) -> Floats:
        """What each table costs at these prices (... x H). With prices that hold only in some event, `chance` is its
        chance. ... x N."""
        return np.asarray(np.multiply.outer(chance, self.a) + rents @ self.b.T - resale_share @ self.sold.T)


@lru_cache(maxsize=4)  # a choice is decided and then valued by the same
def meaned(tables: tuple[CostTable, ...], demand: Demand, rates: Rates, months: int = 0) -> Meaned:
    """The expected tables of one plan, without going through every tau; H as in `bilinear`."""
    horizon = max(months, *(table.months + 1 for table in tables))
    a, b, sold = np.zeros(len(tables)), np.zeros((len(tables), horizon)), np.zeros((len(tables), horizon))
    process = demand.change_month_probabilities()
    for index, table in enumerate(tables):
        expected = expected_coefficients(table, demand) * (table.weights[:, None] * table.discounts(rates))
        a[index] = expected[table.basis == Basis.FIXED].sum()
        b[index, : table.months] = expected[table.basis == Basis.SPOT].sum(axis=0)
        signed = expected[table.basis == Basis.SIGNED]
        if signed.size:
            b[index] += np.bincount(table.signed_in, signed.sum(axis=0), minlength=horizon)
        if table.exit is not None:
            leaving, at = table.exit, table.exit.month
            asset, debt = (rates.factors(table.months + 1, kind)[at] for kind in (1, 2))
            a[index] += process @ (leaving.owed_usd * asset + leaving.debt_owed_usd * debt)
            sold[index] = np.bincount(at, process * leaving.sold * leaving.hardware_usd * asset, minlength=horizon)
    return Meaned(a, b, sold)


def expected_coefficients(table: CostTable, demand: Demand) -> Floats:
    """The coefficients of each line weighed with the chances of its states. L x ... x months."""
    unchanged = demand.chance_unchanged(table.months + 1)  # gone_by may name the month after the last
    alive = unchanged[..., : table.months]
    if table.gone_by.ndim == 1:
        running = unchanged[..., table.gone_by]
    else:
        full = np.broadcast_to(unchanged, (*table.gone_by.shape[:-1], table.months + 1))
        running = np.take_along_axis(full, table.gone_by, axis=-1)
    c = table.coefficients
    expected = c[:, 0] * alive + c[:, 1] * (running - alive) + c[:, 2] * (1 - running)
    if not c[:, 3].any():
        return np.asarray(expected)
    before = np.concatenate([np.ones_like(alive[..., :1]), alive[..., :-1]], axis=-1)
    return np.asarray(expected + c[:, 3] * (before - alive))


def bilinear(tables: Sequence[CostTable], demand: Demand, rates: Rates, months: int = 0) -> Bilinear:
    """The identity's tables of some cost tables of one plan; H is at least `months`, and a month more than the
    longest."""
    horizon = max(months, *(table.months + 1 for table in tables))
    each = [_collapsed(table, demand, rates, horizon) for table in tables]
    a, b, q, sale = (np.stack([parts[name] for parts in each], axis=-1) for name in range(4))
    return Bilinear(a, b, q, sale.astype(np.int64))


def _collapsed(table: CostTable, demand: Demand, rates: Rates, horizon: int) -> tuple[Floats, ...]:
    weighted = table.coefficients * (table.weights[:, None] * table.discounts(rates))[:, None, :]
    sums = np.array([weighted[table.basis == basis].sum(axis=0) for basis in Basis])
    fixed, spot, signed = table.by_change(sums, demand.months)
    b = np.zeros((demand.months, horizon))
    b[:, : table.months] = spot
    np.add.at(b.T, table.signed_in, signed.T)
    a, q, sale = fixed.sum(axis=1), np.zeros(demand.months), np.zeros(demand.months)
    if table.exit is not None:
        leaving, at = table.exit, table.exit.month
        asset, debt = (rates.factors(table.months + 1, kind)[at] for kind in (1, 2))
        a = a + leaving.owed_usd * asset + leaving.debt_owed_usd * debt
        q, sale = leaving.sold * leaving.hardware_usd * asset, at.astype(float)
    return a, b, q, sale
