"""The identity that makes the engine fast: the cost of a table is bilinear in rents and in the month of the change.

    C = A[tau] + sum over t of B[tau, t] S[t] - Q[tau] V[sale(tau)]

where tau is the month in which the plan changes, S the rents, V the resale value as a share of today's price, and A, B
and Q the table's lines, discounted and summed. Simulated paths, deferred choices and the value of waiting all use these
coefficients, and the expected cost needs only their mean over tau.

Source: docs/model.md#cost-identity
"""

from collections.abc import Sequence

import numpy as np

from advisor.array_types import Floats, Months, at_months
from advisor.costing.cost_table import Basis, CostTable, PlanState, by_change, padded
from advisor.costing.demand import Demand
from advisor.costing.rates import Rates, Timing
from advisor.values.kept import kept
from advisor.values.quick_dataclass import dataclass


@dataclass(frozen=True)
class CoefficientsByChange:
    """A, B and Q of N tables for each month of change tau = 1..T.

    Attributes:
        a: (T, N), USD.
        b: (T, N, H), GPU-hours.
        sales: For each way in which the month of a sale follows from tau, the months (T,) and Q (T, N), USD.
        tokens: (T, N, H), the USD in a that move with API prices, None where none do.
    """

    a: Floats
    b: Floats
    sales: tuple[tuple[Months, Floats], ...]
    tokens: Floats | None = None

    @property
    def months(self) -> int:
        """H: months of prices that are needed."""
        return int(self.b.shape[-1])

    def conditional_on(self, change: int) -> "CostCoefficients":
        """The coefficients when the plan is known to change in month `change`."""
        row, sold = change - 1, np.zeros(self.b.shape[1:])
        for sale, q in self.sales:
            sold[:, sale[row]] += q[row]
        return CostCoefficients(self.a[row], self.b[row], sold)


@dataclass(frozen=True)
class CostCoefficients:
    """The coefficients of N tables with tau expected or known: cost = a + b . E[S] - sold . E[V].

    Attributes:
        a: (N,), USD.
        b: (N, H), GPU-hours.
        sold: (N, H), USD sold in each month at today's price.
    """

    a: Floats
    b: Floats
    sold: Floats

    def usd(self, rents: Floats, resale_share: Floats) -> Floats:
        """What each table costs at these prices.

        Args:
            rents: USD per GPU-hour (..., H).
            resale_share: resale value as a share of today's price (..., H).

        Returns:
            USD (..., N).
        """
        return np.asarray(self.a + rents @ self.b.T - resale_share @ self.sold.T)


def together(each: Sequence[CostCoefficients], months: int) -> CostCoefficients:
    """Coefficients side by side, over as many months as any needs. months: H."""
    b, sold = ([padded(getattr(one, part), months) for one in each] for part in ("b", "sold"))
    return CostCoefficients(np.concatenate([one.a for one in each]), np.concatenate(b), np.concatenate(sold))


@kept(maxsize=4)  # a choice is first decided and then valued with the same coefficients
def expected_coefficients(tables: tuple[CostTable, ...], demand: Demand, rates: Rates) -> CostCoefficients:
    """The expected coefficients of some tables of one plan, without a loop over tau. tables: N; H is one month more
    than the longest."""
    horizon = 1 + max(table.months for table in tables)
    each = [coefficients_of_table(table, demand, rates, horizon) for table in tables]
    return CostCoefficients(*(np.array([getattr(one, part) for one in each]) for part in ("a", "b", "sold")))


def coefficients_of_table(table: CostTable, demand: Demand, rates: Rates, months: int) -> CostCoefficients:
    """The expected coefficients of one table: of many plans, which stand where the tables stand else, or of one.

    Args:
        table: the cost table.
        demand: the plans (..., months).
        rates: discount rates.
        months: H, at least one month more than the table.

    Returns:
        a: (...), b and sold: (..., H).
    """
    plans, probabilities = table.coefficients.shape[2:-1], demand.change_month_probabilities()
    a, b, sold = np.zeros(plans), np.zeros((*plans, months)), np.zeros((*plans, months))
    for part in table.parts:
        due = expected_lines(part, demand) * (part.weights * part.discounts(rates))
        a = a + due[part.in_dollars].sum(axis=(0, -1))
        b[..., : part.months] += due[part.has_basis(Basis.SPOT)].sum(axis=0)
        signed = due[part.has_basis(Basis.SIGNED)]
        if signed.size:
            _add_at(b, part.signed_in, signed.sum(axis=0))
        if part.exit is not None:
            leaving, asset = part.exit, exit_factors(part, rates)[0]
            a = a + np.vecdot(probabilities, _owed(part, rates))
            _add_at(sold, leaving.month, probabilities * leaving.sold * leaving.hardware_usd[..., None] * asset)
    return CostCoefficients(a, b, sold)


def _add_at(sums: Floats, months: Months, values: Floats) -> None:
    """Add each value to the month it belongs to. sums: (..., H); months, values: (..., T)."""
    width, rows = sums.shape[-1], int(np.prod(sums.shape[:-1], dtype=np.int64))
    at = np.broadcast_to(months, values.shape).reshape(rows, -1) + width * np.arange(rows)[:, None]
    sums += np.bincount(at.ravel(), values.ravel(), minlength=rows * width).reshape(sums.shape)


def expected_lines(table: CostTable, demand: Demand) -> Floats:
    """The coefficients of each line weighted with the probabilities of its states. (L, ..., months)."""
    return np.asarray(np.einsum("ls...,s...->l...", table.coefficients, demand.state_chances(table.gone_by)))


def exit_factors(table: CostTable, rates: Rates) -> tuple[Floats, Floats]:
    """Present value of $1 due at the exit, by tau: for the owner, and for the lender. Each (..., T)."""
    assert table.exit is not None
    owner, lender = (rates.factors(table.months + 1, timing) for timing in (Timing.IN_ADVANCE, Timing.TO_LENDER))
    return at_months(owner, table.exit.month), at_months(lender, table.exit.month)


def coefficients_by_change(tables: Sequence[CostTable], demand: Demand, rates: Rates) -> CoefficientsByChange:
    """A, B and Q of some tables of plans whose chances of change are the same, for each month of change; H as in
    `expected_coefficients`."""
    parts = [(at, part) for at, table in enumerate(tables) for part in table.parts]
    horizon, places = 1 + max(table.months for table in tables), [at for at, _ in parts]
    a, b, tokens = (
        None if of_part is None else _by_table(of_part, places, len(tables))
        for of_part in _by_change([part for _, part in parts], demand, rates, horizon)
    )
    assert a is not None
    assert b is not None
    sales: dict[bytes, tuple[Months, Floats]] = {}
    leaving = [(at, part, part.exit) for at, part in parts if part.exit is not None]
    for at, part, one in leaving:
        a[:, at] += _owed(part, rates)
        q = one.sold * one.hardware_usd * exit_factors(part, rates)[0]
        if q.any():
            sales.setdefault(one.month.tobytes(), (one.month, np.zeros(a.shape)))[1][:, at] += q
    return CoefficientsByChange(a, b, tuple(sales.values()), tokens)


def _by_table(of_parts: Floats, places: Sequence[int], tables: int) -> Floats:
    """The sums over the parts of each table: (parts, T, ...) to (T, tables, ...). places: of the parts, ascending."""
    if len(places) > tables:
        of_parts = np.add.reduceat(of_parts, np.searchsorted(places, np.arange(tables)))
    return np.ascontiguousarray(of_parts.swapaxes(0, 1))


def _by_change(
    parts: Sequence[CostTable], demand: Demand, rates: Rates, horizon: int
) -> tuple[Floats, Floats, Floats | None]:
    """The coefficients of the lines of N parts of tables, of one plan or of many, without what leaving costs.

    Returns:
        A (N, ..., T), B (N, ..., T, H), and the tokens in A (N, ..., T, H) if there are any.
    """
    sums, gone_by, signed_in = _sums_by_basis(parts, rates, horizon)
    fixed, spot, signed, tokens = sums
    a, b = _total_by_change(fixed + tokens, gone_by, demand.months), by_change(spot, gone_by, demand.months)
    later = signed.swapaxes(0, 1).reshape(len(parts), -1).any(axis=1).nonzero()[0]
    if later.size:
        more = np.zeros_like(b[later])
        _add_at(more, signed_in[later][..., None, :], by_change(signed[:, later], gone_by[later], demand.months))
        b[later] += more
    return a, b, by_change(tokens, gone_by, demand.months) if tokens.any() else None


def _sums_by_basis(parts: Sequence[CostTable], rates: Rates, horizon: int) -> tuple[Floats, Months, Months]:
    """The lines of N parts of tables with their surcharges, discounted and summed by basis.

    Returns:
        The sums (bases, states, N, ..., H), and `gone_by` and `signed_in` of each part (N, ..., H).
    """
    axes = (len(parts), *parts[0].coefficients.shape[2:-1], horizon)
    sums, (gone_by, signed_in) = np.zeros((len(Basis), len(PlanState), *axes)), np.zeros((2, *axes), dtype=np.int64)
    for at, part in enumerate(parts):
        sums[:, :, at, ..., : part.months] = part.sums_by_basis(part.weights * part.discounts(rates))
        gone_by[at, ..., : part.months], signed_in[at, ..., : part.months] = part.gone_by, part.signed_in
    return sums, gone_by, signed_in


def _total_by_change(states: Floats, gone_by: Months, plan_months: int) -> Floats:
    """Values of the states (4, ..., months) as they come due by tau = 1..T, summed over the months. (..., T).

    Each month adds to a range of tau in each state, so that the sum follows from where the ranges begin and end.
    """
    active, winding_down, exited, on_change = states
    steps = np.zeros((*active.shape[:-1], plan_months + 2))
    steps[..., 1:] = (active - winding_down)[..., : plan_months + 1]
    steps[..., 1] += exited.sum(axis=-1)
    _add_at(steps, np.minimum(gone_by, plan_months) + 1, winding_down - exited)
    return np.asarray(steps.cumsum(axis=-1)[..., 1:-1] + on_change[..., 1 : plan_months + 1])


def _owed(table: CostTable, rates: Rates) -> Floats:
    """What leaving one part of a table costs, by tau. (..., T)."""
    assert table.exit is not None
    asset, debt = exit_factors(table, rates)
    return table.exit.owed_usd * asset + table.exit.debt_owed_usd * debt


def rents_by_change(table: CostTable, demand: Demand, rates: Rates) -> tuple[Floats, Floats]:
    """A (..., T) and B (..., T, H) of a table without a sale, of one plan or of many, for each month of change; H is
    one month more than the table."""
    a, b, _ = _by_change(table.parts, demand, rates, table.months + 1)
    return sum((_owed(part, rates) for part in table.parts if part.exit is not None), a.sum(axis=0)), b.sum(axis=0)
