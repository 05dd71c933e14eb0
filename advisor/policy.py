"""What will be chosen later, by what is known then: the cheapest table given how rents have moved, never by what they
will
do (model sections 2.3 and 2.8)."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from advisor.bilinear import Meaned, bilinear, meaned
from advisor.market.forecast import Forecast, Observed, expected_given
from advisor.options.table import Case, Choice, Rates

Floats = npt.NDArray[np.float64]
Months = npt.NDArray[np.int64]
_GRID, _FINER, _ROUNDS = 33, 17, 6  # points looked at: over all likely moves of rents, then around each cut, so often


@dataclass(frozen=True)
class Policy:
    """What to choose when, for each tau = 1..T. cuts: T x (n - 1), ascending log changes of rents (inf where there are
    fewer); picks: T x n, the table chosen below the first cut, between the first and the second, and so on."""

    cuts: Floats
    picks: Months

    def picked(self, row: int, z: Floats) -> Months:
        """The table chosen for tau = row + 1 when rents have moved by z (log)."""
        return np.asarray(self.picks[row][np.searchsorted(self.cuts[row], z)])

    def regions(self, choice: Choice) -> Iterator[tuple[Observed, float, float, int, Floats]]:
        """Every region in which one table is chosen: what is seen, between which values, the table, and for which tau
        it
        holds (1 or 0, array of T)."""
        keys = np.column_stack([choice.now, choice.since, self.cuts, self.picks])
        rows, group = np.unique(keys, axis=0, return_inverse=True)
        for index, row in enumerate(rows):
            cuts, picks = np.split(row[2:], [self.cuts.shape[1]])
            edges = [-np.inf, *cuts[np.isfinite(cuts)].tolist(), np.inf]
            taus = (group.ravel() == index).astype(float)
            for low, high, pick in zip(edges[:-1], edges[1:], picks, strict=False):
                yield Observed(int(row[0]), int(row[1])), low, high, int(pick), taus


def policy_of(choice: Choice, case: Case, forecast: Forecast, rates: Rates) -> Policy:
    """For every month of change the cheapest table by how rents have moved at the decision. A decision that is made
    whatever month the plan changes in is made once, for all; before it the tables are the same."""
    count, pairs = case.demand.months, np.column_stack([choice.now, choice.since])
    if (pairs == pairs[0]).all():
        tables = meaned(choice.tables, case.demand, rates)
        found = [_decided(tables, forecast, Observed(*pairs[0].tolist()))] * count
    else:
        each = bilinear(choice.tables, case.demand, rates)
        found = [_decided(each.given(row + 1), forecast, Observed(*pairs[row].tolist())) for row in range(count)]
    most = max(len(picks) for _, picks in found)
    cuts = np.array([[*cut, *[np.inf] * (most - 1 - len(cut))] for cut, _ in found]).reshape(count, most - 1)
    picks = np.array([[*pick, *[pick[-1]] * (most - len(pick))] for _, pick in found])
    return Policy(cuts, picks)


def _decided(tables: Meaned, forecast: Forecast, seen: Observed) -> tuple[list[float], list[int]]:
    """Cuts and picks of one decision, by what each table is then expected to cost."""

    def costs(z: Floats) -> Floats:
        return tables.usd(*expected_given(forecast, seen, z, tables.b.shape[1]))

    moments = [seen.moments(component)[:2] for component in forecast.components]
    spread = 5 * np.sqrt(max(variance for _, variance in moments))
    if forecast.certain or spread <= 0:
        return [], [int(costs(np.zeros(1))[0].argmin())]
    low, high = min(mean for mean, _ in moments) - spread, max(mean for mean, _ in moments) + spread
    z = np.linspace(low, high, _GRID)
    best = costs(z).argmin(axis=1)
    cuts, picks = [], [int(best[0])]
    for at in np.flatnonzero(best[1:] != best[:-1]).tolist():
        one, other = int(best[at]), int(best[at + 1])
        left, right = float(z[at]), float(z[at + 1])
        for _ in range(_ROUNDS):
            finer = np.linspace(left, right, _FINER)
            gap = costs(finer)[:, [one, other]] @ (1.0, -1.0)
            last = max(int(np.flatnonzero(gap <= 0)[-1]) if (gap <= 0).any() else 0, 0)
            left, right = float(finer[last]), float(finer[min(last + 1, _FINER - 1)])
        cuts.append((left + right) / 2)
        picks.append(other)
    return cuts, picks
