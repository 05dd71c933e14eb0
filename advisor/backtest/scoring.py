"""Sums of scores: loss and regret by rule, right calls by gap, coverage of the band (docs/model.md#track-record)."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from advisor.array_types import Floats
from advisor.backtest.market_at import BacktestMarket, months_of
from advisor.backtest.rules import NAIVE_RULES
from advisor.backtest.walk_forward import BAND_MONTHS, ORACLE, RULE, Score
from advisor.market.price_history import month_number
from advisor.values.quick_dataclass import dataclass

GAPS: tuple[tuple[float, float | None], ...] = ((0.0, 0.05), (0.05, 0.15), (0.15, None))  # docs/model.md#confidence
BAND = (0.05, 0.95)
TAIL_SHARE = 0.05
TWO_SIDED = 1.96  # normal score of a 95 % interval


@dataclass(frozen=True)
class Bucket:
    """Verdicts by the gap to the rival of another class.

    Attributes:
        from_gap: Smallest gap, as a share.
        to_gap: Gap below which they lie; None for the last bucket.
        n: Verdicts.
        right_share: Share of them that named the class that turned out cheapest; None without any.
        base_share: Share in which the commonest class for plans of their size (under 16 nodes, or 16 and more) turned
            out cheapest.
        mean_regret: What their picks cost more than the best option in hindsight, as a share, on average.
        p95_regret: The same, exceeded by one in twenty.
    """

    from_gap: float
    to_gap: float | None
    n: int
    right_share: float | None
    base_share: float | None
    mean_regret: float | None
    p95_regret: float | None


@dataclass(frozen=True)
class Band:
    """Coverage: the share of `n` outcomes, this many months later, within the forecast's 5-95 % band."""

    months: int
    n: int
    inside_share: float


@dataclass(frozen=True)
class SeriesResult:
    """Results on one past series.

    Attributes:
        first: First month of decision.
        last: Last month of decision.
        decisions: Months of decision.
        plans: Months times plans with a known outcome, 16 nodes and more.
        independent_years: Whole years in it that do not overlap, at most.
        lost: By rule, 16 nodes and more, see `lost_share`.
        regret: Mean by rule, 16 nodes and more.
        regret_all: Mean by rule, all sizes.
    """

    name: str
    title: str
    first: str
    last: str
    decisions: int
    plans: int
    independent_years: int
    lost: Mapping[str, float]
    regret: Mapping[str, float]
    regret_all: Mapping[str, float]


@dataclass(frozen=True)
class RuleLoss:
    """The mean regret of a rule over the series, and on the worst of them."""

    rule: str
    mean: float
    worst: float


def rule_losses(results: Sequence[SeriesResult]) -> tuple[RuleLoss, ...]:
    """Every rule's mean regret, of 16 nodes and more, each series counting as one; the least first."""
    each = {rule: [one.regret[rule] for one in results] for rule in results[0].regret}
    losses = [RuleLoss(rule, sum(shares) / len(shares), max(shares)) for rule, shares in each.items()]
    return tuple(sorted(losses, key=lambda loss: loss.mean))


def series_result(market: BacktestMarket, scores: Sequence[Score]) -> SeriesResult:
    """The scores of one market."""
    own = [score for score in scores if score.market == market.name]
    months = months_of(market)
    return SeriesResult(
        market.name,
        market.title,
        own[0].month,
        own[-1].month,
        len(own),
        int(sum((score.scored & score.big).sum() for score in own)),
        _whole_years(months, own[0].month),
        {rule: lost_share(own, rule) for rule in own[0].usd},
        {rule: float(regrets(own, rule).mean()) for rule in own[0].usd},
        {rule: float(regrets(own, rule, all_sizes=True).mean()) for rule in own[0].usd},
    )


def _whole_years(months: Sequence[str], first: str) -> int:
    return (month_number(months[-1]) - month_number(first)) // 12


def regrets(scores: Iterable[Score], rule: str, *, all_sizes: bool = False) -> Floats:
    """The regret of a rule for each month and plan with an outcome. Array."""
    found = [score.regret(rule)[score.scored & (score.big | all_sizes)] for score in scores]
    return np.concatenate(found)


def buckets(scores: Sequence[Score]) -> tuple[Bucket, ...]:
    """Right calls by gap, over all plans with an outcome and a rival of another class."""
    gaps, right, regret, big = (
        np.concatenate([each[score.scored] for score, each in zip(scores, values, strict=True)])
        for values in (
            [score.gap_share for score in scores],
            [score.right for score in scores],
            [score.regret(RULE) for score in scores],
            [score.big for score in scores],
        )
    )
    best = np.concatenate([np.array(score.best_class)[score.scored] for score in scores])
    base = np.zeros(best.size, dtype=bool)
    for size in (big, ~big):
        counts = Counter(best[size].tolist())
        if counts:
            base |= size & (best == max(sorted(counts), key=lambda name: counts[name]))
    found = []
    for low, high in GAPS:
        own = (gaps >= low) & (gaps < (math.inf if high is None else high))
        if not own.any():
            found.append(Bucket(low, high, 0, None, None, None, None))
            continue
        mean, p95 = float(regret[own].mean()), float(np.quantile(regret[own], 1 - TAIL_SHARE))
        found.append(Bucket(low, high, int(own.sum()), float(right[own].mean()), float(base[own].mean()), mean, p95))
    return tuple(found)


def bands(scores: Sequence[Score]) -> tuple[Band, ...]:
    """The share of outcomes within the band, by horizon."""
    found = []
    for months in BAND_MONTHS:
        places = np.array([score.band[months] for score in scores if months in score.band])
        if places.size:
            inside = (places >= BAND[0]) & (places <= BAND[1])
            found.append(Band(months, places.size, float(inside.mean())))
    return tuple(found)


@dataclass(frozen=True)
class Edge:
    """What a naive rule loses beyond the rule, as a share of cost, with its 95 % interval over the markets."""

    rule: str
    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class SyntheticResult:
    """Results on synthetic markets, by rule and oracle.

    Attributes:
        lost_all, lost: See `lost_share`, of all sizes, and of 16 nodes and more.
        lost_interval: Of the rule, all sizes, 95 %.
        lost_edges: Over each naive rule, all sizes.
        lost_by_kind: Of the rule and the oracle, 16 nodes and more.
        over_oracle: The loss of the rule over that of the oracle, 16 nodes and more.

    Those that begin with `regret` are the same for the mean regret, which is dominated by a few plans whose least cost
    is close to zero.
    """

    markets: int
    seed: int
    lost_all: Mapping[str, float]
    lost: Mapping[str, float]
    lost_interval: tuple[float, float]
    lost_edges: tuple[Edge, ...]
    lost_by_kind: Mapping[str, Mapping[str, float]]
    over_oracle: float
    regret_all: Mapping[str, float]
    regret: Mapping[str, float]
    regret_interval: tuple[float, float]
    regret_edges: tuple[Edge, ...]
    right_calls: tuple[Bucket, ...]
    band: tuple[Band, ...]


def synthetic_result(scores: Sequence[Score], seed: int) -> SyntheticResult:
    """The results of scored synthetic markets, which are named KIND-NUMBER."""
    kinds: dict[str, list[Score]] = {}
    for score in scores:
        kinds.setdefault(score.market.rpartition("-")[0], []).append(score)
    rules = (RULE, ORACLE, *NAIVE_RULES)
    lost = {rule: lost_share(scores, rule) for rule in rules}
    return SyntheticResult(
        markets=len(scores),
        seed=seed,
        lost_all={rule: lost_share(scores, rule, all_sizes=True) for rule in rules},
        lost=lost,
        lost_interval=lost_interval(scores),
        lost_edges=tuple(lost_edge(scores, rule) for rule in NAIVE_RULES),
        lost_by_kind={kind: {rule: lost_share(own, rule) for rule in rules[:2]} for kind, own in kinds.items()},
        over_oracle=lost[RULE] / lost[ORACLE],
        regret_all={rule: float(regrets(scores, rule, all_sizes=True).mean()) for rule in rules},
        regret={rule: float(regrets(scores, rule).mean()) for rule in rules},
        regret_interval=_interval([float(score.regret(RULE)[score.scored].mean()) for score in scores]),
        regret_edges=tuple(regret_edge(scores, rule) for rule in NAIVE_RULES),
        right_calls=buckets(scores),
        band=bands(scores),
    )


def lost_share(scores: Sequence[Score], rule: str, *, all_sizes: bool = False) -> float:
    """What a rule lost against hindsight as a share of the least cost: sums over all months and plans with an outcome,
    each dollar
    weighted by `Score.weight`. Unlike the mean regret it tolerates a plan whose least cost is zero."""
    lost, least = _sums(scores, rule, all_sizes=all_sizes)
    return float(lost.sum() / least.sum())


def lost_interval(scores: Sequence[Score]) -> tuple[float, float]:
    """95 % interval of the share the rule lost, all sizes; each market counts as one draw."""
    return _ratio_interval(*_sums(scores, RULE, all_sizes=True))


def lost_edge(scores: Sequence[Score], rule: str) -> Edge:
    """What a naive rule lost beyond the rule, all sizes; each market counts as one draw."""
    (mine, least), (theirs, _) = (_sums(scores, name, all_sizes=True) for name in (RULE, rule))
    return Edge(rule, float((theirs - mine).sum() / least.sum()), *_ratio_interval(theirs - mine, least))


def _sums(scores: Sequence[Score], rule: str, *, all_sizes: bool) -> tuple[Floats, Floats]:
    """What a rule lost in each month and the least cost, weighted: two arrays (months)."""
    lost, least = [], []
    for score in scores:
        counted = score.weight * (score.scored & (score.big | all_sizes))
        lost.append(float(counted @ (score.usd[rule] - score.best_usd)))
        least.append(float(counted @ score.best_usd))
    return np.array(lost), np.array(least)


def _ratio_interval(top: Floats, bottom: Floats) -> tuple[float, float]:
    """95 % interval of a ratio of sums of independent pairs, to first order (delta method)."""
    ratio = float(top.sum() / bottom.sum())
    half = TWO_SIDED * float(np.std(top - ratio * bottom, ddof=1)) / math.sqrt(top.size) / float(bottom.mean())
    return ratio - half, ratio + half


def regret_edge(scores: Sequence[Score], rule: str) -> Edge:
    """The mean edge in regret of the rule over a naive one, all sizes. Plans of one market are not independent, so each
    market counts as one draw."""
    each = [float((score.regret(rule) - score.regret(RULE))[score.scored].mean()) for score in scores]
    return Edge(rule, float(np.mean(each)), *_interval(each))


def _interval(values: Sequence[float]) -> tuple[float, float]:
    """95 % interval of the mean of independent values."""
    mean, half = float(np.mean(values)), TWO_SIDED * float(np.std(values, ddof=1)) / math.sqrt(len(values))
    return mean - half, mean + half
