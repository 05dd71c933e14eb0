"""What each option costs on every sampled path of prices and month of the change of plan (docs/model.md#simulation).

Every option is bilinear in rents S, used prices V and the month tau of the change:

    C[p] = A[tau_p] + sum_t B[tau_p, t] S[p, t] - Q[tau_p] V[p, sale(tau_p)]

A, B and Q are the option's one CostTable, discounted and summed over its lines. Paths are sorted by tau, so that each
group is a slice and costs one matrix product for all options together.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from advisor.array_types import Floats, Months
from advisor.costing.cost_coefficients import coefficients_by_change, expected_coefficients
from advisor.costing.cost_table import CostTable
from advisor.costing.valuation import OptionCost
from advisor.market.forecast.forecast import Forecast
from advisor.market.forecast.simulation import sample_paths


def changes_by_path(process: Floats, paths: int) -> Months:
    """The month tau = 1..T in which the plan changes on each path, ascending: every month gets its exact share.

    The price paths are in no order, so that both are independent.

    Args:
        process: Probability of each month of change (T).
        paths: Number of paths.

    Returns:
        Months (paths).
    """
    points = (np.arange(paths) + 0.5) / paths
    tau = np.searchsorted(process.cumsum(), points) + 1
    return np.minimum(tau, process.size)


class SampledCosts:
    """Some options of one GPU on the sampled paths of its prices.

    The tables of all options stand side by side; those of a deferred choice take one column each until it is known
    which one is chosen.
    """

    def __init__(self, costs: Sequence[OptionCost], forecast: Forecast, paths: int, seed: int) -> None:
        self.costs, self.paths = costs, paths
        self.tables: list[CostTable] = []
        self.columns: list[slice] = []
        for cost in costs:
            mine = cost.option.tables
            self.columns.append(slice(len(self.tables), len(self.tables) + len(mine)))
            self.tables += mine
        self.process = costs[0].demand.change_month_probabilities()
        self.coefficients = coefficients_by_change(self.tables, costs[0].demand, costs[0].case.rates)
        self.prices = sample_paths(forecast, paths, self.coefficients.months, seed)
        bounds = np.searchsorted(changes_by_path(self.process, paths), np.arange(1, self.process.size + 2))
        self.groups = [slice(start, end) for start, end in pairwise(bounds.tolist())]

    def costs_by_path(self) -> tuple[Floats, Floats]:
        """Cost of each option on each path, USD (paths, options): with the path's own month of change, and with the
        expectation over that month."""
        first, months = self.costs[0], self.coefficients.months
        expected = expected_coefficients(tuple(self.tables), first.demand, first.case.rates, months)
        owned = np.flatnonzero(expected.sold.any(axis=1))
        each, unknown = np.empty((self.paths, expected.a.size)), np.empty((self.paths, expected.a.size))
        for row, group in enumerate(self.groups):
            if group.start < group.stop:
                rents, resale = self.prices.prices(group)
                each[group] = self.coefficients.at(row + 1, rents, resale)
                unknown[group] = expected.a + rents @ expected.b.T
                unknown[group, owned] -= resale @ expected.sold[owned].T
        return self._chosen(each, by_group=True), self._chosen(unknown, by_group=False)

    def mean_over_paths(self, costs: Floats) -> Floats:
        """Expected cost by month of change, the mean over its paths, USD (T, options)."""
        found = np.zeros((self.process.size, costs.shape[1]))
        for row, group in enumerate(self.groups):
            if group.start < group.stop:
                found[row] = costs[group].mean(axis=0)
        return found

    def _chosen(self, each: Floats, *, by_group: bool) -> Floats:
        """Reduce the columns of each choice to the one that is chosen on each path. For a choice that does not depend
        on the month of change the last row of the policy is used."""
        found = np.empty((self.paths, len(self.costs)))
        groups = enumerate(self.groups) if by_group else [(self.process.size - 1, slice(0, self.paths))]
        regions = [(row, group) for row, group in groups if group.start < group.stop]
        for index, (cost, columns) in enumerate(zip(self.costs, self.columns, strict=True)):
            choice, policy = cost.option.choice, cost.policy
            if choice is None or policy is None:
                found[:, index] = each[:, columns.start]
                continue
            for row, group in regions:
                now, since = (self.prices.rents_in(int(at[row]), group) for at in (choice.now, choice.since))
                moved = np.log(now / since)
                picks = policy.picked(row, moved)
                found[group, index] = np.take_along_axis(each[group, columns], picks[:, None], axis=1)[:, 0]
        return found
