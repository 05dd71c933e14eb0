"""Which table will be chosen later, by what is known then: the cheapest one given how rents have moved by the decision.

The choice is a threshold rule: cuts on z, the log change of rents, and the table chosen between each two of them. It
uses nothing that is known only after the decision.

Source: docs/model.md#deferred-choice
"""

from collections.abc import Iterator

import numpy as np

from advisor.array_types import Floats, Months
from advisor.costing.case import Case
from advisor.costing.cost_coefficients import CostCoefficients, coefficients_by_change, expected_coefficients
from advisor.costing.option import Choice
from advisor.finance.solve import refine_on_grid
from advisor.market.forecast.conditional import ConditionalForecast
from advisor.market.forecast.forecast import Forecast
from advisor.values.quick_dataclass import dataclass

_GRID_POINTS = 21  # over the likely moves of rents of each price process
_FINER_POINTS, _FINER_ROUNDS = 17, 2  # around each cut


@dataclass(frozen=True)
class Policy:
    """Which table is chosen for each tau = 1..T.

    cuts: (T, n - 1), ascending log changes of rents (inf where there are fewer); picks: (T, n), the table chosen below
    the first cut, between the first and the second, and so on.
    """

    cuts: Floats
    picks: Months

    def picked(self, row: int, z: Floats) -> Months:
        """The table chosen for tau = row + 1 when rents have moved by z (log). Same shape as z."""
        return np.asarray(self.picks[row][np.searchsorted(self.cuts[row], z)])

    def picked_on(self, z: Floats, since: int = 1) -> Months:
        """The table chosen on each path for each tau from `since` on, when rents have moved by z (K, T). (K, T)."""
        below = (z[..., None] > self.cuts[since - 1 :]).sum(axis=-1)
        return np.asarray(self.picks[np.arange(since - 1, len(self.picks)), below])

    def is_one_decision(self, choice: Choice) -> bool:
        """Whether the decision is the same in whichever month the plan changes."""
        keys = np.column_stack([choice.now, choice.since, self.cuts, self.picks])
        return bool((keys == keys[0]).all())

    def decisions(self, choice: Choice) -> Iterator[tuple[int, int, list[float], list[int], Floats]]:
        """Every distinct decision.

        Yields:
            The month of the decision and the month its rents are compared with, the cuts, the table chosen in each
            region between them, and for which tau the decision holds (1 or 0, (T,)).

        """
        keys = np.column_stack([choice.now, choice.since, self.cuts, self.picks])
        if self.is_one_decision(choice):
            rows, group = keys[:1], np.zeros(keys.shape[0], dtype=np.int64)
        else:
            rows, group = np.unique(keys, axis=0, return_inverse=True)
        for index, row in enumerate(rows):
            cuts, picks = np.split(row[2:], [self.cuts.shape[1]])
            known = cuts[np.isfinite(cuts)].tolist()
            chosen = picks[: len(known) + 1].astype(int).tolist()
            yield int(row[0]), int(row[1]), known, chosen, (group.ravel() == index).astype(float)


def policy_of(choice: Choice, case: Case, forecast: Forecast) -> Policy:
    """The cheapest table for every month of change, by how rents have moved at the decision.

    A decision that is the same in whichever month the plan changes is made once, with expected coefficients; before it
    the tables are the same.
    """
    count, pairs = case.demand.months, np.column_stack([choice.now, choice.since])
    if (pairs == pairs[0]).all():
        tables = expected_coefficients(choice.tables, case.demand, case.rates)
        found = [_decided(tables, forecast, *pairs[0].tolist())] * count
    else:
        each = coefficients_by_change(choice.tables, case.demand, case.rates)
        found = [_decided(each.conditional_on(row + 1), forecast, *pairs[row].tolist()) for row in range(count)]
    most = max(len(picks) for _, picks in found)
    cuts = np.array([[*cut, *[np.inf] * (most - 1 - len(cut))] for cut, _ in found]).reshape(count, most - 1)
    picks = np.array([[*pick, *[pick[-1]] * (most - len(pick))] for _, pick in found])
    return Policy(cuts, picks)


def _decided(tables: CostCoefficients, forecast: Forecast, now: int, since: int) -> tuple[list[float], list[int]]:
    return cuts_and_picks(tables, ConditionalForecast(forecast, now, since, tables.b.shape[1]))


def cuts_and_picks(tables: CostCoefficients, conditional: ConditionalForecast) -> tuple[list[float], list[int]]:
    """One decision by what each table is then expected to cost: the cuts on z, and the table chosen between them."""
    if conditional.certain:
        return [], [int(tables.usd(*conditional.given(np.zeros(1)))[0].argmin())]
    z = conditional.grid(_GRID_POINTS)
    best = tables.usd(*conditional.given(z)).argmin(axis=1)
    cuts, picks = [], [int(best[0])]
    for at in np.flatnonzero(best[1:] != best[:-1]).tolist():
        pair = tables.subset([int(best[at]), int(best[at + 1])])
        cuts.append(_cut(pair, conditional, float(z[at]), float(z[at + 1])))
        picks.append(int(best[at + 1]))
    return cuts, picks


def _cut(pair: CostCoefficients, conditional: ConditionalForecast, left: float, right: float) -> float:
    """Where the second table becomes cheaper than the first, between two values of z."""

    def gap(z: Floats) -> Floats:
        return np.asarray(pair.usd(*conditional.given(z)) @ (1.0, -1.0))

    return refine_on_grid(gap, left, right, points=_FINER_POINTS, rounds=_FINER_ROUNDS)
