"""Which table will be chosen later, by what is known then: the cheapest one given how rents have moved by the decision.

The choice is a threshold rule: cuts on z, the log change of rents, and the table chosen between each two of them. It
uses nothing that is known only after the decision.

Source: docs/model.md#deferred-choice
"""

import numpy as np

from advisor.array_types import Floats, Months
from advisor.costing.case import Case
from advisor.costing.cost_coefficients import CostCoefficients, expected_coefficients
from advisor.costing.option import Choice
from advisor.finance.solve import refine_on_grid
from advisor.market.forecast.conditional import ConditionalForecast, conditional_forecast
from advisor.market.forecast.forecast import Forecast
from advisor.values.quick_dataclass import dataclass

_GRID_POINTS = 21  # over the likely moves of rents of each price process
_FINER_POINTS, _FINER_ROUNDS = 17, 2  # around each cut


@dataclass(frozen=True)
class Policy:
    """Which table is chosen.

    cuts: (n - 1,), ascending log changes of rents; picks: (n,), the table chosen below the first cut, between the first
    and the second, and so on.
    """

    cuts: Floats
    picks: Months

    def picked(self, z: Floats) -> Months:
        """The table chosen when rents have moved by z (log). Same shape as z."""
        return np.asarray(self.picks[np.searchsorted(self.cuts, z)])


def policy_of(choice: Choice, case: Case, forecast: Forecast) -> Policy:
    """The cheapest table, by how rents have moved at the decision, whenever the plan may change after it."""
    tables = expected_coefficients(choice.tables, case.demand, case.rates)
    cuts, picks = _cuts_and_picks(tables, conditional_forecast(forecast, choice.month, 0, np.arange(tables.b.shape[1])))
    return Policy(np.array(cuts), np.array(picks))


def _cuts_and_picks(tables: CostCoefficients, conditional: ConditionalForecast) -> tuple[list[float], list[int]]:
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


def expected_usd_of(tables: CostCoefficients, policy: Policy, conditional: ConditionalForecast) -> float:
    """What a choice is expected to cost: each table weighted with the chance that it will be chosen. USD."""
    regions = conditional.within(policy.cuts.tolist())
    return sum(
        float(tables.subset([pick]).usd(rents, resale, chance)[0])
        for pick, (chance, rents, resale) in zip(policy.picks.tolist(), regions, strict=True)
    )
