"""How surely: what each option costs on every sampled path of prices and month in which the plan changes.

Every option is bilinear in rents, used prices and the month tau of the change (model section 3):

    C[p] = A[tau_p] + sum_t B[tau_p, t] S[p, t] - Q[tau_p] V[p, sale(tau_p)]

A, B and Q are the option's one CostTable, discounted and summed over its lines. Paths are sorted by tau, so that each
group is a slice and costs one matrix product for all options together.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from advisor.array_types import Bools, Floats, Months
from advisor.costing.cost_coefficients import coefficients_by_change, expected_coefficients
from advisor.costing.cost_table import CostTable
from advisor.costing.option import Action
from advisor.costing.valuation import OptionCost
from advisor.decision.ranking import RankedOption, Verdict
from advisor.market.forecast.forecast import Forecast
from advisor.market.forecast.simulation import sample_paths

TAIL_SHARE = 0.05


@dataclass(frozen=True)
class Spread:
    """How one option's net present cost is spread over the paths, USD: the 5 and 95% points, the mean of the worst 5%,
    the 95% point of what it costs more than the best of its path, and the share of the paths on which it is the
    cheapest feasible option."""

    p5_usd: float
    p95_usd: float
    cvar95_usd: float
    p95_regret_usd: float
    probability_best: float


@dataclass(frozen=True)
class ValueOfInformation:
    """What knowing would be worth before deciding, USD: everything, only the path of rents, only when the plan changes.
    It is the most that waiting, or asking, can bring."""

    total_usd: float
    rents_usd: float
    plan_usd: float


@dataclass(frozen=True)
class Risk:
    """The spreads by option id, how often each class holds the cheapest feasible option, on how many paths, what
    knowing more would be worth, and the standard error of the gap between the two cheapest as a share of the
    cheaper."""

    spreads: Mapping[str, Spread]
    class_best: Mapping[Action, float]
    paths: int
    information: ValueOfInformation
    gap_error_share: float


def risk_of(verdict: Verdict, forecasts: Mapping[str, Forecast], paths: int, seed: int) -> Risk:
    """The spread of every option of a verdict over the same sampled prices and plan changes. forecasts: by GPU; rents
    of all GPUs move together, each around its own forecast."""
    costs, by_rents, by_plan = _all_costs(verdict, forecasts, paths, seed)
    feasible = np.array([option.feasible for option in verdict.ranked])
    best, least = _best(costs, feasible)
    shares = np.bincount(best, minlength=feasible.size) / paths if feasible.any() else np.zeros(feasible.size)
    tail = max(1, round(TAIL_SHARE * paths))
    low, high = tail, paths - tail - 1
    by_option = np.ascontiguousarray(costs.T)  # sorting along memory is twice as quick
    ranked = np.partition(by_option, (low, high), axis=1)
    regrets = np.partition(by_option - least, high, axis=1)[:, high]
    spreads = {
        option.id: Spread(
            float(ranked[index, low]),
            float(ranked[index, high]),
            float(ranked[index, high + 1 :].mean()),
            float(regrets[index]),
            float(shares[index]),
        )
        for index, option in enumerate(verdict.ranked)
    }
    by_class: dict[Action, float] = {}
    for option, share in zip(verdict.ranked, shares.tolist(), strict=True):
        by_class[option.action] = by_class.get(option.action, 0.0) + share
    process = verdict.ranked[0].cost.demand.change_month_probabilities()
    information = ValueOfInformation(
        _worth_knowing(costs, feasible, np.full(paths, 1 / paths)),
        _worth_knowing(by_rents, feasible, np.full(paths, 1 / paths)),
        _worth_knowing(by_plan, feasible, process),
    )
    return Risk(spreads, by_class, paths, information, _gap_error(costs, feasible))


def _best(costs: Floats, feasible: Bools) -> tuple[Months, Floats]:
    """Which feasible option is the cheapest on each path, and what it costs; of all options when none is feasible."""
    wanted = np.where(feasible, costs, np.inf) if feasible.any() else costs
    best = wanted.argmin(axis=1)
    return best, np.take_along_axis(costs, best[:, None], axis=1)[:, 0]


def _worth_knowing(costs: Floats, feasible: Bools, weights: Floats) -> float:
    """The least mean cost less the mean of the least cost: what it saves to decide case by case (rows)."""
    if not feasible.any():
        return 0.0
    possible = costs[:, feasible]
    return float(max(0.0, (weights @ possible).min() - weights @ possible.min(axis=1)))


def _gap_error(costs: Floats, feasible: Bools) -> float:
    """The standard error of the relative gap between the first two feasible options; pairs of paths count as one
    draw."""
    first = np.flatnonzero(feasible)[:2]
    if first.size < 2:
        return 0.0
    pick, rival = costs[:, first].T
    gaps = (rival - pick).reshape(-1, 2).mean(axis=1)
    size = abs(float(pick.mean()))
    return float(gaps.std() / np.sqrt(gaps.size) / size) if size else 0.0


@dataclass(frozen=True)
class OtherPick:
    """A pick for another taste: what it costs more than the cheapest, as a share, and how much less it costs in the
    mean of the worst 5%, as a share."""

    option: str
    extra_share: float
    tail_saving_share: float


def short_list(verdict: Verdict, risk: Risk, close_share: float) -> tuple[RankedOption, ...]:
    """The feasible options that cost at most `close_share` more than the cheapest, less those that another one of them
    beats in mean, worst 5% and regret alike. Empty without a pick."""
    pick = verdict.pick
    if pick is None or pick.cost.expected_usd <= 0:
        return ()
    near = [o for o in verdict.ranked if o.feasible and 0 <= _extra_share(o, pick) <= close_share]

    def merits(option: RankedOption) -> tuple[float, float, float]:
        spread = risk.spreads[option.id]
        return option.cost.expected_usd, spread.cvar95_usd, spread.p95_regret_usd

    def beaten(option: RankedOption) -> bool:
        mine = merits(option)
        others = (merits(other) for other in near if other is not option)
        return any(all(a <= b for a, b in zip(other, mine, strict=True)) and other != mine for other in others)

    return tuple(option for option in near if not beaten(option))


def flexible_pick(verdict: Verdict, risk: Risk, close_share: float) -> OtherPick | None:
    """The least commitment on the short list; None when that is the pick itself. Rent commits to nothing, a term to its
    months, buying to most."""
    return _other_pick(verdict, risk, close_share, commitment_months)


def insured_pick(verdict: Verdict, risk: Risk, close_share: float) -> OtherPick | None:
    """The smallest mean of the worst 5% on the short list; None when that is the pick itself."""
    return _other_pick(verdict, risk, close_share, lambda option: risk.spreads[option.id].cvar95_usd)


def _other_pick(
    verdict: Verdict, risk: Risk, close_share: float, taste: Callable[[RankedOption], float]
) -> OtherPick | None:
    pick, near = verdict.pick, short_list(verdict, risk, close_share)
    if pick is None or not near:
        return None
    chosen = min(near, key=lambda option: (taste(option), option.cost.expected_usd))
    if chosen.id == pick.id:
        return None
    saving = 1 - risk.spreads[chosen.id].cvar95_usd / risk.spreads[pick.id].cvar95_usd
    return OtherPick(chosen.id, _extra_share(chosen, pick), saving)


def _extra_share(option: RankedOption, pick: RankedOption) -> float:
    return option.cost.expected_usd / pick.cost.expected_usd - 1


def commitment_months(option: RankedOption) -> float:
    """How long an option binds: nothing for renting, a term's months, no end for buying."""
    if option.action == "buy":
        return math.inf
    return option.cost.option.term_months or 0


def _all_costs(
    verdict: Verdict, forecasts: Mapping[str, Forecast], paths: int, seed: int
) -> tuple[Floats, Floats, Floats]:
    """Net present cost of each option, USD: on each path (paths x options), on each path with the mean over the months
    of change, and for each month of change with the mean over the paths (T x options)."""
    count, months = len(verdict.ranked), verdict.ranked[0].cost.demand.months
    costs, by_rents, by_plan = np.empty((paths, count)), np.empty((paths, count)), np.empty((months, count))
    for gpu, forecast in forecasts.items():
        columns = [i for i, o in enumerate(verdict.ranked) if o.cost.case.assumptions.gpu.id == gpu]
        if columns:
            sheet = _Sheet([verdict.ranked[i].cost for i in columns], forecast, paths, seed)
            costs[:, columns], by_rents[:, columns] = sheet.costs_by_path()
            by_plan[:, columns] = sheet.mean_over_paths(costs[:, columns])
    return costs, by_rents, by_plan


def path_costs(costs: Sequence[OptionCost], forecast: Forecast, paths: int, seed: int) -> Floats:
    """Net present cost of each option (all on one GPU) on each sampled path, USD. Paths x options."""
    return _Sheet(costs, forecast, paths, seed).costs_by_path()[0]


def changes_by_path(process: Floats, paths: int) -> Months:
    """The month tau = 1..T in which the plan changes on each path, ascending: every month has its exact share. The
    paths of prices are in no order, so both are independent. Array of paths."""
    points = (np.arange(paths) + 0.5) / paths
    tau = np.searchsorted(process.cumsum(), points) + 1
    return np.minimum(tau, process.size)


class _Sheet:
    """Some options of one GPU on the sampled paths of its prices: the tables of all of them side by side, those of a
    choice as one column each until it is known which one is chosen."""

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
        """Each path in the month of change that falls to it, and what is expected on it when that month is not known.
        Paths x options each."""
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
        """What is expected for each month of change when the prices are not known: the mean of its paths. T x
        options."""
        found = np.zeros((self.process.size, costs.shape[1]))
        for row, group in enumerate(self.groups):
            if group.start < group.stop:
                found[row] = costs[group].mean(axis=0)
        return found

    def _chosen(self, each: Floats, *, by_group: bool) -> Floats:
        """The columns of a choice brought down to the one that is chosen on each path; what is chosen whatever month
        the plan changes in is what the last row of a policy says."""
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
