"""What the scores of a walk come to: mean regret by rule, right calls by stated gap, and how often the band held."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from advisor.market.history import month_number
from advisor.record.past import Floats, Market, months_of
from advisor.record.walk import BAND_MONTHS, RULE, Score

GAPS = ((0.0, 0.05), (0.05, 0.15), (0.15, float("inf")))  # model section 7.4
BAND = (0.05, 0.95)


@dataclass(frozen=True)
class Bucket:
    """Verdicts whose rival of another class lay so far away. from_gap, to_gap: shares; n: verdicts; right_share: how
    many of them named the class that turned out best, None without any."""

    from_gap: float
    to_gap: float
    n: int
    right_share: float | None


@dataclass(frozen=True)
class Band:
    """How often the rent so many months later lay within the stated 5-95 % band. n: outcomes."""

    months: int
    n: int
    inside_share: float


@dataclass(frozen=True)
class SeriesResult:
    """One series. first, last: months of decision; decisions: how many months; plans: months times plans with a known
    end, of 16 nodes and more; independent_years: whole years in it that do not overlap, at most; regret, regret_all:
    mean by rule, of 16 nodes and more, and of all sizes."""

    name: str
    title: str
    first: str
    last: str
    decisions: int
    plans: int
    independent_years: int
    regret: Mapping[str, float]
    regret_all: Mapping[str, float]


def series_result(market: Market, scores: Sequence[Score]) -> SeriesResult:
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
    """Right calls by stated gap, over all plans with an outcome and a rival of another class."""
    gaps = np.concatenate([score.gap_share[score.scored] for score in scores])
    right = np.concatenate([score.right[score.scored] for score in scores])
    found = []
    for low, high in GAPS:
        own = right[(gaps >= low) & (gaps < high)]
        found.append(Bucket(low, high, own.size, float(own.mean()) if own.size else None))
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
    """What a naive rule loses more than the rule, share of cost, with its 95 % interval over the markets."""

    rule: str
    mean: float
    low: float
    high: float


def edges(scores: Sequence[Score], rules: Iterable[str]) -> tuple[Edge, ...]:
    """The mean edge of the rule over each naive rule, all sizes. Plans of one market are not independent, so each
    market counts as one."""
    found = []
    for rule in rules:
        each = np.array([float((score.regret(rule) - score.regret(RULE))[score.scored].mean()) for score in scores])
        half = 1.96 * float(each.std(ddof=1)) / float(np.sqrt(each.size))
        found.append(Edge(rule, float(each.mean()), float(each.mean()) - half, float(each.mean()) + half))
    return tuple(found)
