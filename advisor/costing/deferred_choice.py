"""What will be chosen later, by what is known then: the cheapest table given how rents have moved, never by what they
will do (model sections 2.3 and 2.8)."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from advisor.array_types import Floats, Months
from advisor.costing.case import Case
from advisor.costing.cost_coefficients import Meaned, bilinear, meaned
from advisor.costing.option import Choice
from advisor.costing.rates import Rates
from advisor.finance.solve import refine_on_grid
from advisor.market.forecast.conditional import Belief
from advisor.market.forecast.forecast import Forecast

_GRID, _FINER, _ROUNDS = 21, 17, 2  # points looked at: over the likely moves of rents under each law, then around each
# cut, so often


@dataclass(frozen=True)
class Policy:
    """What to choose when, for each tau = 1..T. cuts: T x (n - 1), ascending log changes of rents (inf where there are
    fewer); picks: T x n, the table chosen below the first cut, between the first and the second, and so on."""

    cuts: Floats
    picks: Months

    def picked(self, row: int, z: Floats) -> Months:
        """The table chosen for tau = row + 1 when rents have moved by z (log)."""
        return np.asarray(self.picks[row][np.searchsorted(self.cuts[row], z)])

    def is_one_decision(self, choice: Choice) -> bool:
        """Whether the same is decided whatever month the plan changes in."""
        keys = np.column_stack([choice.now, choice.since, self.cuts, self.picks])
        return bool((keys == keys[0]).all())

    def decisions(self, choice: Choice) -> Iterator[tuple[int, int, list[float], list[int], Floats]]:
        """Every decision that is made in the same way: the months whose rents are compared, its cuts, the table chosen
        in each region between them, and for which tau it holds (1 or 0, array of T)."""
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


def policy_of(choice: Choice, case: Case, forecast: Forecast, rates: Rates) -> Policy:
    """For every month of change the cheapest table by how rents have moved at the decision. A decision that is made
    whatever month the plan changes in is made once, for all; before it the tables are the same."""
    count, pairs = case.demand.months, np.column_stack([choice.now, choice.since])
    if (pairs == pairs[0]).all():
        tables = meaned(choice.tables, case.demand, rates)
        found = [_decided(tables, forecast, tuple(pairs[0].tolist()))] * count
    else:
        each = bilinear(choice.tables, case.demand, rates)
        found = [_decided(each.given(row + 1), forecast, tuple(pairs[row].tolist())) for row in range(count)]
    most = max(len(picks) for _, picks in found)
    cuts = np.array([[*cut, *[np.inf] * (most - 1 - len(cut))] for cut, _ in found]).reshape(count, most - 1)
    picks = np.array([[*pick, *[pick[-1]] * (most - len(pick))] for _, pick in found])
    return Policy(cuts, picks)


def _decided(tables: Meaned, forecast: Forecast, seen: tuple[int, int]) -> tuple[list[float], list[int]]:
    """Cuts and picks of one decision, by what each table is then expected to cost."""
    belief = Belief(forecast, *seen, tables.b.shape[1])
    if belief.sure:
        return [], [int(tables.usd(*belief.given(np.zeros(1)))[0].argmin())]
    z = belief.grid(_GRID)
    best = tables.usd(*belief.given(z)).argmin(axis=1)
    cuts, picks = [], [int(best[0])]
    for at in np.flatnonzero(best[1:] != best[:-1]).tolist():
        pair = tables.only([int(best[at]), int(best[at + 1])])
        cuts.append(_cut(pair, belief, float(z[at]), float(z[at + 1])))
        picks.append(int(best[at + 1]))
    return cuts, picks


def _cut(pair: Meaned, belief: Belief, left: float, right: float) -> float:
    """Where the second table becomes cheaper than the first, between two values of z."""

    def gap(z: Floats) -> Floats:
        return np.asarray(pair.usd(*belief.given(z)) @ (1.0, -1.0))

    return refine_on_grid(gap, left, right, points=_FINER, rounds=_ROUNDS)
