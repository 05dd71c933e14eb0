"""Where the answer changes over the size and the length of the plan: the cheapest class for every pair of both.

Many plans are costed at once, those of one length together. Options that are settled today are weighed, cash left
aside: it would hide the point. A base with its peaks rented keeps its share of the nodes.
"""

import math
from dataclasses import dataclass, replace

import numpy as np

from advisor.array_types import Floats
from advisor.costing.build_case import Alteration, demand_with
from advisor.costing.case import Case
from advisor.costing.option import Action
from advisor.decision.break_even import Ranked, costs_of_plans
from advisor.decision.ranking import Verdict, gap_share, pick_and_rival
from advisor.market.forecast.forecast import Forecast
from advisor.profiles.defaults import resolve
from advisor.profiles.schema import MAX_NODES, MAX_PLAN_MONTHS, Profile

NODES, MONTHS = 24, 16


@dataclass(frozen=True)
class Cell:
    """The cheapest option of one plan and its class; gap_share: what the best of another class costs more, None without
    one; close: too close to call. option is None where nothing can be had."""

    option: str | None
    action: Action | None
    gap_share: float | None
    close: bool


@dataclass(frozen=True)
class DecisionMap:
    """cells: a row for each of `months`, a cell in it for each of `nodes`; own: row and column of the founder's
    plan."""

    nodes: tuple[int, ...]
    months: tuple[float, ...]
    cells: tuple[tuple[Cell, ...], ...]
    own: tuple[int, int]


def decision_map(profile: Profile, case: Case, forecast: Forecast, verdict: Verdict) -> DecisionMap:
    """The map around a profile: 24 sizes from one node to a thousand or beyond, 16 lengths up to five years, its own
    size and length among them. With several workloads all are scaled alike."""
    works = [resolve(workload, profile.company, case.assumptions.plan) for workload in profile.workload]
    own_nodes = sum(float(work.nodes) for work in works)
    own_months = max(float(work.months) for work in works)
    last = MAX_PLAN_MONTHS - max(work.start_month for work in works)
    nodes = _axis(own_nodes, 1.0, min(float(MAX_NODES), max(1024.0, 4 * own_nodes)), NODES)
    months = _axis(own_months, 1.0, float(last), MONTHS)
    rows = []
    for length in months.tolist():

        def altered(sizes: Floats, length: float = length) -> Alteration:
            return lambda w: replace(
                w,
                nodes=float(w.nodes) / own_nodes * sizes[:, None],
                months=np.full((sizes.size, 1), float(w.months) / own_months * length),
            )

        demand = demand_with(profile, case.assumptions, altered(nodes), case.assumptions.gpu)
        rows.append(_row(case.asking(demand), forecast, verdict))
    own = (int(np.abs(months - own_months).argmin()), int(np.abs(nodes - own_nodes).argmin()))
    return DecisionMap(tuple(nodes.astype(int).tolist()), tuple(months.tolist()), tuple(rows), own)


def _axis(own: float, least: float, most: float, count: int) -> Floats:
    """`count` values from least to most, evenly spread on a log scale but whole; the nearest one gives way to one's
    own."""
    values = np.unique(np.geomspace(least, most, count).round())
    step = 1
    while values.size < min(count, int(most)):  # rounding merged the small ones: fill up from below
        values = np.union1d(values, [least + step])
        step += 1
    values[np.abs(np.log(values / own)).argmin()] = own
    return np.asarray(np.unique(values))


def _row(case: Case, forecast: Forecast, verdict: Verdict) -> tuple[Cell, ...]:
    names, usd = costs_of_plans(case, forecast, verdict)
    pick, rival = pick_and_rival(usd.T, [action for _, action in names])
    plan, near = np.arange(pick.size), case.assumptions.money.close_call_share
    known = (pick >= 0) & (rival >= 0)
    gaps = gap_share(np.where(known, usd[pick, plan], np.nan), np.where(known, usd[rival, plan], np.nan))
    return tuple(_cell(names, at, gap, near) for at, gap in zip(pick.tolist(), gaps.tolist(), strict=True))


def _cell(names: list[Ranked], pick: int, gap: float, near: float) -> Cell:
    if pick < 0:
        return Cell(None, None, None, close=False)
    return Cell(*names[pick], None if math.isnan(gap) else gap, close=gap <= near)
