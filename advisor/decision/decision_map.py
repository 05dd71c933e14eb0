"""The decision map: the cheapest class for every size and length of the plan (docs/model.md#decision-map).

Many plans are costed at once, those of similar lengths together, and decided by the rule of the verdict among the same
options. Cash is not a constraint: it would hide the pattern.
"""

import math

import numpy as np

from advisor.array_types import Floats
from advisor.costing.option import PlanOption
from advisor.decision.cost_options import Costing
from advisor.decision.plans.menu import PlanMenu, menu_on_all_gpus
from advisor.decision.plans.serving_answer import at_volume
from advisor.market.assumptions import Money
from advisor.profiles.defaults import ResolvedWorkload, resolve
from advisor.profiles.limits import MAX_NODES, MAX_PLAN_MONTHS
from advisor.profiles.schema import Profile
from advisor.profiles.serving.need import volume_per_day
from advisor.values.kept import forget
from advisor.values.many_points import distinct
from advisor.values.quick_dataclass import dataclass, replace

NODES, MONTHS = 24, 16
_TIMES_THE_VOLUME = (0.01, 100.0)  # of a service, across the map
_CALLS = 3  # lengths that are priced together are similar, since arrays have the months of the longest


@dataclass(frozen=True)
class Cell:
    """The cheapest option of one plan.

    Attributes:
        option: None where nothing is feasible.
        rival: The best of another class; None without one.
        gap_share: Its extra cost, as a share; None without one.
        close: Too close to call.
    """

    option: PlanOption | None
    rival: PlanOption | None
    gap_share: float | None
    close: bool


@dataclass(frozen=True)
class DecisionMap:
    """The map.

    Attributes:
        nodes: Sizes of the plans, ascending; the user's own is rounded up to whole nodes, but not those of a service.
        volumes: Tokens a day of a service of each size, or requests of one in GPU-seconds; empty for other work.
        months: Lengths of the plans, ascending.
        cells: A row for each of `months`, a cell in it for each of `nodes`.
        own: Row and column of the user's own plan.
    """

    nodes: tuple[float, ...]
    months: tuple[float, ...]
    cells: tuple[tuple[Cell, ...], ...]
    own: tuple[int, int]
    volumes: tuple[float, ...]


def decision_map(profile: Profile, costing: Costing) -> DecisionMap:
    """The map around a profile: 24 sizes from one node to a thousand or more, 16 lengths up to five years, its own size
    and length among them. Several workloads are scaled alike. A service is mapped from a hundredth of its volume a day
    to a hundred times as much.

    Args:
        profile: Whose workloads are scaled.
        costing: Of the profile.
    """
    case = costing.case
    works = [resolve(workload, profile.company, case.assumptions) for workload in profile.workload]
    own_nodes = sum(float(work.nodes) for work in works)
    own_months = max(float(work.months) for work in works)
    last = MAX_PLAN_MONTHS - max(work.start_month for work in works)
    service = profile.service
    nodes = _axis(own_nodes, 1.0, min(float(MAX_NODES), max(1024.0, 4 * own_nodes)), NODES)
    if service is not None:
        nodes = own_nodes * distinct(np.append(np.geomspace(*_TIMES_THE_VOLUME, NODES - 1), 1.0))
    months = _axis(own_months, 1.0, float(last), MONTHS)
    rows: list[tuple[Cell, ...]] = []
    for lengths in np.array_split(months, _CALLS):
        sizes, spans = np.tile(nodes, lengths.size)[:, None], np.repeat(lengths, nodes.size)[:, None]

        def altered(work: ResolvedWorkload, sizes: Floats = sizes, spans: Floats = spans) -> ResolvedWorkload:
            # a share first, which is exactly 1 for a single workload: a little more than a month would begin another
            longer = replace(work, months=work.months / own_months * spans)
            if service is None:
                return replace(longer, nodes=work.nodes / own_nodes * sizes)
            return at_volume(longer, profile.workload[0], case.assumptions, sizes / own_nodes)

        forget()  # so that the memory of the shorter plans is free for the longer ones
        menu = menu_on_all_gpus(profile, case, altered, costing.forecast, costing.verdict)
        cells = _cells(menu, case.assumptions.money)
        rows += [cells[start : start + nodes.size] for start in range(0, len(cells), nodes.size)]
    own = (int(np.abs(months - own_months).argmin()), int(np.abs(nodes - own_nodes).argmin()))
    named = np.ceil(nodes).astype(int) if service is None else nodes
    daily = [] if service is None else (volume_per_day(service, case.assumptions) * nodes / own_nodes).tolist()
    return DecisionMap(tuple(named.tolist()), tuple(months.tolist()), tuple(rows), own, tuple(daily))


def _axis(own: float, least: float, most: float, count: int) -> Floats:
    """`count` whole values from least to most, evenly spread on a log scale; the nearest is replaced by `own`."""
    values = distinct(np.geomspace(least, most, count).round())
    step = 1
    while values.size < min(count, int(most)):  # rounding merged the small ones: fill up from below
        values = distinct(np.append(values, least + step))
        step += 1
    values[np.abs(np.log(values / np.ceil(own))).argmin()] = own
    return distinct(values)


def _cells(menu: PlanMenu, money: Money) -> tuple[Cell, ...]:
    found, options = menu.decided(money), (*menu.options, None)  # the last stands for none, whose position is -1
    each = zip(found.pick.tolist(), found.rival.tolist(), found.gap_share.tolist(), strict=True)
    return tuple(
        Cell(options[pick], None, None, close=False)
        if math.isnan(gap)
        else Cell(options[pick], options[rival], gap, close=gap <= money.close_call_share)
        for pick, rival, gap in each
    )
