"""Risk: how the cost of each option is spread over sampled paths of prices and months in which the plan changes
(docs/model.md#risk)."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from itertools import chain

import numpy as np

from advisor.array_types import Bools, Floats
from advisor.costing.option import OptionClass
from advisor.decision.cost_options import Costing
from advisor.decision.ranking import RankedOption, Verdict, tied_up_to
from advisor.decision.sampled_costs import SampledCosts
from advisor.market.forecast.forecast import Forecast
from advisor.values.quick_dataclass import dataclass

TAIL_SHARE = 0.05
_PLANS_TOGETHER = 8  # on the paths: of more the costs on all paths no longer fit into the processor's cache


@dataclass(frozen=True)
class Spread:
    """How the net present cost of one option is spread over the paths.

    Attributes:
        p5_usd: 5 % quantile.
        p95_usd: 95 % quantile.
        cvar95_usd: CVaR: the mean of the worst 5 %.
        p95_regret_usd: 95 % quantile of the cost beyond the best option of the same path.
        probability_best: Share of the paths on which it is the cheapest of the competitors.
    """

    p5_usd: float
    p95_usd: float
    cvar95_usd: float
    p95_regret_usd: float
    probability_best: float


@dataclass(frozen=True)
class ValueOfInformation:
    """Expected value of perfect information before deciding: the most that waiting or asking can be worth.

    Attributes:
        total_usd: Of knowing rents and plan.
        rents_usd: Of knowing the path of rents alone.
        plan_usd: Of knowing the month of the change of plan alone.
    """

    total_usd: float
    rents_usd: float
    plan_usd: float


@dataclass(frozen=True)
class Risk:
    """The risk of all options, on the same paths.

    Attributes:
        spreads: By option id.
        class_best: The share of paths on which the cheapest competitor is of the class, by class.
        pick_equal: Share of paths on which the pick costs at most the margin of a tie more than the cheapest.
        paths: Number of paths.
        information: Value of perfect information.
        gap_error_share: Standard error of the gap between the two cheapest options, as a share of the cheaper, if the
            pairs of paths were independent; as they are spread evenly, it is smaller.
    """

    spreads: Mapping[str, Spread]
    class_best: Mapping[OptionClass, float]
    pick_equal: float
    paths: int
    information: ValueOfInformation
    gap_error_share: float


def risk_of(verdict: Verdict, forecasts: Mapping[str, Forecast], paths: int, seed: int) -> Risk:
    """The spread of every option of a verdict over the same sampled prices and changes of plan.

    Args:
        verdict: The ranking.
        forecasts: By GPU; rents of all GPUs move together, each around its own forecast.
        paths: Number of paths, even: two and two are antithetic.
        seed: Of the random draws.
    """
    costs, by_rents, by_plan = _all_costs(verdict, forecasts, paths, seed)
    feasible = np.array([option.feasible for option in verdict.ranked])
    wanted = {option.id for option in verdict.competitors}
    competes = np.array([option.id in wanted for option in verdict.ranked])
    shares, least = _best(costs, competes)
    spreads = {
        option.id: spread_of(costs[index], least, float(shares[index])) for index, option in enumerate(verdict.ranked)
    }
    by_class: dict[OptionClass, float] = {}
    for option, share in zip(verdict.ranked, shares.tolist(), strict=True):
        by_class[option.option_class] = by_class.get(option.option_class, 0.0) + share
    each_path = np.full(paths, 1 / paths)
    rents_usd = _worth_knowing(by_rents, feasible, each_path)
    plan_usd = _worth_knowing(by_plan, feasible, verdict.ranked[0].cost.demand.change_month_probabilities())
    total_usd = max(_worth_knowing(costs, feasible, each_path), rents_usd, plan_usd)
    return Risk(
        spreads,
        by_class,
        _pick_equal(verdict, costs, least),
        paths,
        ValueOfInformation(total_usd, rents_usd, plan_usd),
        _gap_error(costs, feasible),
    )


def spreads_of_picks(costings: Sequence[Costing], paths: int, seed: int) -> list[Spread | None]:
    """The spread of the pick of each of some plans among its competitors, as `risk_of` finds it; None without a pick.

    Plans whose chances of change, forecasts and discount rates are the same go together, a few at a time.
    """
    found: list[Spread | None] = [None] * len(costings)
    alike: dict[Hashable, list[int]] = {}
    for at, costing in enumerate(costings):
        if costing.verdict.pick is not None:
            process = costing.demand.change_month_probabilities().tobytes()
            key = process, tuple(costing.forecasts.items()), costing.case.rates
            alike.setdefault(key, []).append(at)
    longest = max((cost.option.table.months + 1 for one in costings for cost in one.costs), default=0)
    for places in alike.values():
        for first in range(0, len(places), _PLANS_TOGETHER):
            some = places[first : first + _PLANS_TOGETHER]
            each = [costings[at].verdict.competitors for at in some]
            options = list(chain.from_iterable(each))
            gpus, sheets = zip(*_sheets(options, costings[some[0]].forecasts, paths, seed, longest), strict=True)
            costs = _in_order(gpus, [sheet.costs_by_path() for sheet in sheets])
            ends = np.cumsum([len(competitors) for competitors in each])[:-1]
            for at, competitors, mine_usd in zip(some, each, np.split(costs, ends), strict=True):
                pick = next(place for place, option in enumerate(competitors) if option is costings[at].verdict.pick)
                found[at] = _spread_among(mine_usd, pick)
    return found


def _spread_among(costs: Floats, index: int) -> Spread:
    """The spread of one of some options, all of which compete. costs: USD (options, paths)."""
    before, after = (part.min(axis=0, initial=np.inf) for part in (costs[:index], costs[index + 1 :]))
    mine = costs[index]
    cheapest = (mine < before) & (mine <= after)  # of equal options the first
    return spread_of(mine, np.minimum(mine, np.minimum(before, after)), float(cheapest.mean()))


def spread_of(costs: Floats, least: Floats, share: float) -> Spread:
    """The spread of one option.

    Args:
        costs: Of the option on each path, USD (paths).
        least: Of the best option of each path, USD (paths).
        share: Of the paths on which it is the cheapest.
    """
    tail = max(1, round(TAIL_SHARE * costs.size))
    low, high = tail, costs.size - tail - 1
    ranked, regrets = np.partition(costs, (low, high)), costs - least
    some = regrets[regrets > 0]  # many are none, and numpy takes long to part equal values
    at = high - (costs.size - some.size)
    regret = np.partition(some, at)[at] if at >= 0 else np.partition(regrets, high)[high]
    return Spread(float(ranked[low]), float(ranked[high]), float(ranked[high + 1 :].mean()), float(regret), share)


def _best(costs: Floats, competes: Bools) -> tuple[Floats, Floats]:
    """On which share of the paths each option is the cheapest competitor (options), and what that costs (paths); of all
    options when there is none."""
    shares, left = np.zeros(len(costs)), np.ones(costs.shape[1], dtype=bool)
    least = costs[competes if competes.any() else slice(None)].min(axis=0)
    for at in np.flatnonzero(competes).tolist():
        cheapest = left & (costs[at] == least)  # of equal options the first
        shares[at] = cheapest.mean()
        left &= ~cheapest
    return shares, least


def _pick_equal(verdict: Verdict, costs: Floats, least: Floats) -> float:
    """The share of paths on which the pick is the cheapest of the competitors, or ties with it."""
    if verdict.pick is None:
        return 0.0
    tied = tied_up_to(least, verdict.pick.cost.case.assumptions.money.tie_share)
    return float((costs[verdict.ranked.index(verdict.pick)] <= tied).mean())


def _worth_knowing(costs: Floats, feasible: Bools, weights: Floats) -> float:
    """The least mean cost less the mean of the least cost: what deciding case by case saves, USD. costs: USD (options,
    cases); feasible: of the options; weights: the probability of each case."""
    if not feasible.any():
        return 0.0
    possible = costs[feasible]
    return float(max(0.0, (possible @ weights).min() - possible.min(axis=0) @ weights))


def _gap_error(costs: Floats, feasible: Bools) -> float:
    """Standard error of the relative gap between the first two feasible options; antithetic pairs of paths count as one
    draw."""
    first = np.flatnonzero(feasible)[:2]
    if first.size < 2:
        return 0.0
    pick, rival = costs[first]
    gaps = (rival - pick).reshape(-1, 2).mean(axis=1)
    size = abs(float(pick.mean()))
    return float(gaps.std() / np.sqrt(gaps.size) / size) if size else 0.0


def _all_costs(
    verdict: Verdict, forecasts: Mapping[str, Forecast], paths: int, seed: int
) -> tuple[Floats, Floats, Floats]:
    """Net present cost of each option, USD: on each path (options, paths), on each path with the expectation over the
    month of change (options, paths), and for each month of change with the mean over the paths (options, T)."""
    places, sheets = zip(*_sheets(verdict.ranked, forecasts, paths, seed), strict=True)
    each = [sheet.costs_by_path() for sheet in sheets]
    return (
        _in_order(places, each),
        _in_order(places, [sheet.costs_by_rents() for sheet in sheets]),
        _in_order(places, [sheet.mean_over_paths(usd) for sheet, usd in zip(sheets, each, strict=True)]),
    )


def _in_order(places: Sequence[list[int]], each: Sequence[Floats]) -> Floats:
    """Values of the options of each GPU (options, ...) in the order of all options. places: where those of each are."""
    return each[0] if len(each) == 1 else np.concatenate(each)[np.argsort(np.concatenate(places))]


def _sheets(
    options: Sequence[RankedOption], forecasts: Mapping[str, Forecast], paths: int, seed: int, months: int = 0
) -> Iterator[tuple[list[int], SampledCosts]]:
    """The options of each GPU, by position, on the sampled paths of its prices."""
    by_gpu: dict[str, list[int]] = {gpu: [] for gpu in forecasts}
    for index, option in enumerate(options):
        by_gpu[option.cost.case.assumptions.gpu.id].append(index)
    for gpu, mine in by_gpu.items():
        if mine:
            yield mine, SampledCosts([options[index].cost for index in mine], forecasts[gpu], paths, seed, months)
