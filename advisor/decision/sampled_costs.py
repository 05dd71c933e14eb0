"""What each option costs on every sampled path of prices and month of the change of plan (docs/model.md#simulation).

Every option is bilinear in rents S, used prices V and the month tau of the change:

    C[p] = A[tau_p] + sum_t B[tau_p, t] S[p, t] - Q[tau_p] V[p, sale(tau_p)] + sum_t D[tau_p, t] (M[p, t] - 1)

A, B and Q are the option's one CostTable, discounted and summed over its lines; D is the part of A that pays for
tokens, and M their price as a multiple of what is expected. Paths are sorted by tau, so that each group is a slice and
costs one matrix product for all options together. What credits pay is not bilinear: what A has them pay beyond what
they do on a path is added, where there are any.
"""

from collections.abc import Sequence
from functools import cached_property
from itertools import pairwise

import numpy as np

from advisor.array_types import Floats, Months, of_one
from advisor.costing.cost_coefficients import coefficients_by_change, together
from advisor.costing.cost_table import CostTable
from advisor.costing.credits_on_paths import CreditsOfTable
from advisor.costing.decided_later.use_of_rights import added_on_paths, moves_seen
from advisor.costing.valuation import OptionCost
from advisor.market.forecast.forecast import Forecast
from advisor.market.forecast.simulation import sample_paths
from advisor.market.forecast.token_paths import sample_token_prices


def changes_by_path(process: Floats, paths: int) -> Months:
    """The month tau = 1..T in which the plan changes on each path, ascending: every month gets its exact share.

    The price paths are in no order, so that both are independent. process: the probability of each month of change (T).
    Returns months (paths).
    """
    points = (np.arange(paths) + 0.5) / paths
    tau = np.searchsorted(process.cumsum(), points) + 1
    return np.minimum(tau, process.size)


class SampledCosts:
    """Some options on one GPU on the sampled paths of its prices: of one plan, or of plans whose chances of change and
    discount rates are the same.

    The tables of all options stand side by side; those of a deferred choice take one place each until it is known
    which one is chosen. What the rights of an option add when they are used stands behind them.
    """

    def __init__(self, costs: Sequence[OptionCost], forecast: Forecast, paths: int, seed: int, months: int = 0) -> None:
        self.costs, self.paths = costs, paths
        self.tables: list[CostTable] = []
        self.columns: list[slice] = []
        for cost in costs:
            mine = cost.option.tables
            self.columns.append(slice(len(self.tables), len(self.tables) + len(mine)))
            self.tables += mine
        self.rights = [(at, *right) for at, cost in enumerate(costs) for right in cost.rights]
        self.first_right = len(self.tables)
        self.tables += [right.table for _, right, _ in self.rights]
        self.process = costs[0].demand.change_month_probabilities()
        self.coefficients = coefficients_by_change(self.tables, costs[0].demand, costs[0].case.rates)
        self.prices = sample_paths(forecast, paths, max(self.coefficients.months, months), seed)
        self.token_moves = self._token_moves(costs[0], seed)
        bounds = np.searchsorted(changes_by_path(self.process, paths), np.arange(1, self.process.size + 2))
        self.groups = [
            (row, slice(start, end)) for row, (start, end) in enumerate(pairwise(bounds.tolist())) if start < end
        ]

    @cached_property
    def _credits(self) -> list[tuple[int, CreditsOfTable]]:
        """What credits may pay, with the place of the table in which they do."""
        columns = ((tables.start, cost.credits) for cost, tables in zip(self.costs, self.columns, strict=True))
        return [(at, one) for first, each in columns for at, of_table in enumerate(each, first) for one in of_table]

    def _token_moves(self, cost: OptionCost, seed: int) -> Floats | None:
        """By how much API prices are off those expected, as a share; None where no option pays them. (months, paths)"""
        if self.coefficients.tokens is None:
            return None
        figures, months = cost.case.assumptions.api, self.prices.rents.shape[1]
        multiples = sample_token_prices(of_one(figures.price_sd_per_sqrt_year), self.paths, months, seed)
        return np.asarray(multiples.T[: self.coefficients.months] - 1.0, dtype=np.float64)

    @property
    def _rents(self) -> Floats:
        """Rents on all paths over the months that are needed, USD per GPU-hour. (months, paths)"""
        return self.prices.usd_per_gpu_hour[: self.coefficients.months]

    def costs_by_path(self) -> Floats:
        """Cost of each option on each path, with the path's own month of change, USD (options, paths)."""
        each, known = np.empty((len(self.tables), self.paths)), self.coefficients
        for row, group in self.groups:
            here = each[:, group]
            np.add(_on_paths(known.b[row], self._rents[:, group]), known.a[row][:, None], out=here)
            for sale, q in known.sales:
                owned = np.flatnonzero(q[row])
                here[owned] -= q[row, owned, None] * self.prices.resale_share[sale[row], group]
            if self.token_moves is not None and known.tokens is not None:
                here += _on_paths(known.tokens[row], self.token_moves[:, group])
        for column, paying in self._credits:
            for row, group in self.groups:
                each[column, group] += paying.unpaid_usd(self._rents[:, group].T, np.ones(1), slice(row, row + 1))
        found = self._chosen(each)
        for column, (at, right, use) in enumerate(self.rights, start=self.first_right):
            used = use.used(moves_seen(right, self._rents.T))
            for row, group in self.groups:
                found[at, group] += each[column, group] * used[group, row if right.now.size > 1 else 0]
        return found

    def costs_by_rents(self) -> Floats:
        """Cost of each option on each path, with the expectation over the month of change, USD (options, paths)."""
        expected = together([cost.coefficients for cost in self.costs], self.coefficients.months)
        owned = np.flatnonzero(expected.sold.any(axis=1))
        each = expected.a[:, None] + _on_paths(expected.b, self._rents)
        each[owned] -= _on_paths(expected.sold[owned], self.prices.resale_share[: self.coefficients.months])
        if self.token_moves is not None and self.coefficients.tokens is not None:
            tokens = self.coefficients.tokens[:, : self.first_right]
            each += _on_paths(np.tensordot(self.process, tokens, axes=1), self.token_moves)
        for column, paying in self._credits:
            each[column] += paying.unpaid_usd(self._rents.T, self.process)
        found = self._chosen(each)
        for at, right, use in self.rights:
            found[at] += added_on_paths(right, use, self.costs[at].case, self._rents.T)
        return found

    def mean_over_paths(self, costs: Floats) -> Floats:
        """Expected cost by month of change, the mean over its paths, USD (options, T)."""
        found = np.zeros((costs.shape[0], self.process.size))
        for row, group in self.groups:
            found[:, row] = costs[:, group].mean(axis=1)
        return found

    def _chosen(self, each: Floats) -> Floats:
        """Reduce the tables of each choice to the one that is chosen on each path. each: USD (tables, paths), whose
        first row of a choice is overwritten. USD (options, paths)."""
        for cost, tables in zip(self.costs, self.columns, strict=True):
            if cost.later is not None:
                picks = cost.picked_on(self._rents.T)
                each[tables.start] = each[tables.start + picks, np.arange(self.paths)]
        return each if len(self.costs) == len(self.tables) else each[[tables.start for tables in self.columns]]


def _on_paths(weights: Floats, prices: Floats) -> Floats:
    """What months of tables cost on each path. (tables, paths).

    Paths stand first in the product: then the order in which BLAS adds depends neither on its threads nor on the number
    of tables. weights: of the months of each table (tables, months); prices: by month (months, paths).
    """
    return np.asarray((prices.T @ weights.T).T)
