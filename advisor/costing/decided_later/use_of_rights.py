"""When the rights of an option are used, and what that is expected to add to its cost: of one plan or of many at once.

A right has rows: one for each month in which the plan may change where it is used by then, else a single one. In each
row what using it costs, given z (the log change of rents by then), is weighed against not using it: the choice of
`deferred_choice.py` between two tables, one of them empty, for many plans at once. Points whose rents move alike are
decided together.

Source: docs/model.md#clauses
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from advisor.array_types import Bools, Floats, Months
from advisor.costing.case import Case
from advisor.costing.cost_coefficients import coefficients_of_table, rents_by_change
from advisor.costing.option import Option, Right
from advisor.finance.solve import false_position_each
from advisor.market.forecast.conditional import ConditionalForecast, conditional_forecast
from advisor.market.forecast.forecast import Forecast
from advisor.values.quick_dataclass import dataclass

_GRID_POINTS = 21  # over the likely moves of rents of each price process
_REFINEMENTS = 6  # of each cut, by false position
_MONTHS_TOGETHER, _MOVES_TOGETHER = 8, 128  # decisions in some months, of some forecasts, are made at a time


@dataclass(frozen=True, eq=False)
class UseOfRight:
    """When a right is used, in N rows.

    first: whether it is used while rents have moved by less than the first cut (N,); cuts: ascending log changes of
    rents at which that changes (N, n), inf where there are fewer.
    """

    first: Bools
    cuts: Floats

    def used(self, z: Floats) -> Bools:
        """Whether it is used when rents have moved by z (..., N). The same shape."""
        return np.asarray(self.first ^ ((z[..., None] > self.cuts).sum(axis=-1) % 2 == 1))

    def prices(self, conditional: ConditionalForecast) -> Floats:
        """The chance that it is used, then expected rents where it is, 0 elsewhere. (N, 1 + months)."""
        last = self.first ^ (np.isfinite(self.cuts).sum(axis=-1) % 2 == 1)
        found: Floats = last[:, None] * conditional.up_to(np.float64(np.inf))[0]
        for number, cut in enumerate(self.cuts.T):
            rows = np.isfinite(cut).nonzero()[0]
            sign = np.where(self.first[rows] ^ (number % 2 == 1), 1.0, -1.0)
            found[rows] += sign[:, None] * conditional.among(rows).up_to(cut[rows])[0] if rows.size else 0.0
        return found


class _Rows(NamedTuple):
    """Decisions: what using the right costs in each, weighted with its chance, a + b . rents (R,) and (R, H); the point
    of the forecast, the months as in `Right`, and the cut where it is known (R,)."""

    a: Floats
    b: Floats
    point: Months
    now: Months
    since: Months
    log_cut: Floats | None

    def among(self, rows: Months) -> "_Rows":
        """Some of the decisions."""
        return _Rows(*(None if one is None else one[rows] for one in self))  # type: ignore[arg-type]  # of each field


def rights_usd(option: Option, case: Case, forecast: Forecast) -> Floats | float:
    """What the rights of an option are expected to add to its cost, which they lower. USD (...)."""
    return sum(_expected_usd(right, case, forecast) for right in option.rights)


def use_of(right: Right, case: Case, forecast: Forecast) -> UseOfRight:
    """When a right of one plan is used."""
    a, b = coefficients_of(right, case)
    rows = _rows(right, a, b, forecast)
    found = [(at, _decided(rows.among(at), *seen)) for at, seen in _batches(rows, forecast)]
    cuts = np.full((a.size, max((use.cuts.shape[-1] for _, use in found), default=0)), np.inf)
    first = np.zeros(a.size, dtype=bool)
    for at, use in found:
        first[at], cuts[at, : use.cuts.shape[-1]] = use.first, use.cuts
    return UseOfRight(first, cuts)


def prices_of_use(right: Right, use: UseOfRight, forecast: Forecast, months: int) -> Floats:
    """The chance that a right of one plan is used in each row, and rents of some months where it is: see
    `UseOfRight.prices`. (N, 1 + months)."""
    now, since = right.now[:, None], right.since[:, None]
    return use.prices(conditional_forecast(forecast, now, since, np.arange(months), rents_only=True))


def moves_seen(right: Right, rents: Floats) -> Floats:
    """The log changes of rents by which a right is used, on paths of rents (..., H). (..., N)."""
    return np.asarray(np.log(rents[..., right.now] / rents[..., right.since]))


def added_on_paths(right: Right, use: UseOfRight, case: Case, rents: Floats) -> Floats:
    """What a right of one plan adds on paths of rents (K, H), expected over the month of change. USD (K,)."""
    a, b = coefficients_of(right, case)
    return np.asarray(((a + rents[:, : b.shape[-1]] @ b.T) * use.used(moves_seen(right, rents))).sum(axis=-1))


def coefficients_of(right: Right, case: Case) -> tuple[Floats, Floats]:
    """What using a right costs in each row, weighted with the chance of that row: a + b . rents. (..., N) and
    (..., N, H)."""
    table, demand = right.table, case.demand
    if right.now.shape[-1] == 1:
        found = coefficients_of_table(table, demand, case.rates, table.months + 1)
        return found.a[..., None], found.b[..., None, :]
    a, b = rents_by_change(table, demand, case.rates)
    chances = demand.change_month_probabilities()
    return a * chances, b * chances[..., None]


def _expected_usd(right: Right, case: Case, forecast: Forecast) -> Floats:
    """What one right is expected to add. USD (...)."""
    a, b = coefficients_of(right, case)
    points = np.broadcast_shapes(a.shape[:-1], forecast.usd_per_gpu_hour.shape[:-1])
    a, b = np.broadcast_to(a, (*points, a.shape[-1])), np.broadcast_to(b, (*points, *b.shape[-2:]))
    rows = _rows(right, a, b, forecast)
    total = np.zeros(points).ravel()
    for at, seen in _batches(rows, forecast):
        some = rows.among(at)
        conditional, place, months = seen
        prices = _decided(some, *seen).prices(conditional.among(place))
        usd = some.a * prices[:, 0] + np.vecdot(some.b[:, months], prices[:, 1:])
        total += np.bincount(at // a.shape[-1], usd, minlength=total.size)
    return total.reshape(points)


def _rows(right: Right, a: Floats, b: Floats, forecast: Forecast) -> _Rows:
    """The decisions of all points and rows, in this order. a: (..., N); b: (..., N, H)."""
    point = np.zeros(a.shape, dtype=np.int64)
    if forecast.usd_per_gpu_hour.ndim > 1:
        point += np.arange(len(a))[:, None]
    now, since = (np.broadcast_to(one, a.shape).ravel() for one in (right.now, right.since))
    cut = None if right.log_cut is None else np.broadcast_to(right.log_cut[..., None], a.shape).ravel()
    return _Rows(a.ravel(), b.reshape(-1, b.shape[-1]), point.ravel(), now, since, cut)


def _batches(rows: _Rows, forecast: Forecast) -> Iterator[tuple[Months, tuple[ConditionalForecast, Months, Months]]]:
    """The decisions that matter, a few similar ones at a time.

    Yields:
        Which rows; and what is seen in them: conditional forecasts, which of them each row has, and their months.

    """
    counts = ((rows.a != 0) | rows.b.any(axis=-1)).nonzero()[0]
    count = forecast.usd_per_gpu_hour.shape[-1]
    keys, place = np.unique(
        (rows.now[counts] * count + rows.since[counts]) * (1 + rows.point.max(initial=0)) + rows.point[counts],
        return_index=True, return_inverse=True,
    )[1:]  # fmt: skip
    heads = counts[keys]  # a row of each
    begin = 0
    while begin < heads.size:
        near = rows.now[heads[begin : begin + _MOVES_TOGETHER]] < rows.now[heads[begin]] + _MONTHS_TOGETHER
        end = begin + int(near.sum())
        mine = (place >= begin) & (place < end)
        at, some = counts[mine], heads[begin:end]
        months = rows.b[at].any(axis=0).nonzero()[0]
        own = forecast.among(rows.point[some])
        seen = conditional_forecast(own, rows.now[some][:, None], rows.since[some][:, None], months, rents_only=True)
        yield at, (seen, place[mine] - begin, months)
        begin = end


def _decided(rows: _Rows, conditional: ConditionalForecast, place: Months, months: Months) -> UseOfRight:
    """When it is expected to cost less to use the right. place: of each row among the conditional forecasts."""
    if rows.log_cut is not None:
        return UseOfRight(np.ones(rows.a.size, dtype=bool), rows.log_cut[:, None])
    b, z = rows.b[:, months], conditional.grid(_GRID_POINTS)
    rents, usd = conditional.given(z)[0], np.empty((rows.a.size, z.shape[-1]))
    for number in range(len(z)):
        here = (place == number).nonzero()[0]
        usd[here] = rows.a[here, None] + b[here] @ rents[number].T
    pays = usd < 0
    row, step = (pays[:, 1:] != pays[:, :-1]).nonzero()
    seen = conditional.among(place[row])
    bracket = z[place[row], step], z[place[row], step + 1], usd[row, step], usd[row, step + 1]

    def cost(moved: Floats) -> Floats:
        return np.asarray(rows.a[row] + np.vecdot(b[row], seen.given(moved[:, None])[0][:, 0]))

    number = np.arange(row.size) - np.searchsorted(row, row)  # of the cut in its row
    cuts = np.full((rows.a.size, int(number.max(initial=-1)) + 1), np.inf)
    if row.size:
        cuts[row, number] = false_position_each(cost, *bracket, _REFINEMENTS)
    return UseOfRight(pays[:, 0], cuts)
