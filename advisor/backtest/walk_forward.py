"""The walk: in each month the rule decides on what was known, and is scored on what rents did afterwards."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from advisor.array_types import Bools, Floats
from advisor.backtest.market_at import Market, Question, belief, certain_path, months_of, question, rents_from
from advisor.backtest.rules import classes, decide, last_year, naive_costs
from advisor.market.assumptions import Assumptions
from advisor.market.forecast.forecast import Forecast
from advisor.market.forecast.price_process import Component
from advisor.market.price_book import Book
from advisor.market.price_history import month_number

RULE = "gpu-advisor"
ORACLE = "oracle"
BAND_MONTHS = (3, 6, 12, 24)


@dataclass(frozen=True, eq=False)
class Score:
    """One month of one market. scored: plans with a known outcome (P); big: of 16 nodes and more (P); weight: of a
    dollar, so that plans of all sizes and rents count alike: one over their node hours at the rent of the month (P);
    usd: by rule what
    it came to cost (P); best_usd: the hindsight-best option (P); picks, best: option ids (P); right: same class (P);
    gap_share: as the rule stated it (P); band: by months ahead where the rent came out in the forecast, 0 to 1."""

    market: str
    month: str
    scored: Bools
    big: Bools
    weight: Floats
    usd: Mapping[str, Floats]
    best_usd: Floats
    picks: tuple[str, ...]
    best: tuple[str, ...]
    right: Bools
    gap_share: Floats
    band: Mapping[int, float]

    def regret(self, rule: str) -> Floats:
        """What a rule lost against hindsight, as a share of the least cost. Array of P."""
        return np.asarray((self.usd[rule] - self.best_usd) / np.abs(self.best_usd))


def walk(
    markets: Sequence[Market],
    book: Book,
    hazard_per_month: float = 0.0,
    tell: Callable[[int, int], None] | None = None,
) -> list[Score]:
    """Every month of every market in which at least the shortest plan has an outcome. Plans survive unless a hazard is
    given; then rule and outcome both take the law of the month of the change. tell: months done, of how many."""
    steps = [(market, month) for market in markets for month in months_of(market)]
    books = {gpu: book.assumptions(gpu) for gpu in {market.gpu for market in markets}}
    scores = []
    for done, (market, month) in enumerate(steps, start=1):
        score = score_month(market, month, books[market.gpu], hazard_per_month)
        if score is not None:
            scores.append(score)
        if tell is not None:
            tell(done, len(steps))
    return scores


def score_month(market: Market, month: str, book: Assumptions, hazard_per_month: float = 0.0) -> Score | None:
    """The decision of one month and its outcome; None when no plan has ended by the last known month."""
    rents = rents_from(market, month)
    asked = question(market, month, book, hazard_per_month)
    scored = asked.plans.months < rents.size
    if not scored.any():
        return None
    forecast = belief(market, month, book)
    trend = last_year(market.rents, month_number(month))
    return scored_decision(asked, forecast, rents, trend, scored, market.name, month)


def scored_decision(
    asked: Question,
    forecast: Forecast,
    rents: Floats,
    trend: float,
    scored: Bools,
    market: str,
    month: str,
    oracle: Forecast | None = None,
) -> Score:
    """Score the rule and the naive rules on the rents that came, from the month of the decision on. oracle: a forecast
    by somebody who knows how the market is made."""
    decision = decide(asked, forecast)
    truth = certain_path(rents, forecast)
    realised = asked.costs_usd(truth)
    plan, best = np.arange(scored.size), realised.argmin(axis=0)
    usd = {RULE: realised[decision.picks, plan], **naive_costs(asked, trend, truth, realised)}
    if oracle is not None:
        usd[ORACLE] = realised[decide(asked, oracle).picks, plan]
    actions, ids = np.array(classes(asked)), [option.id for option in asked.options]
    return Score(
        market,
        month,
        scored,
        asked.plans.big,
        1 / (asked.spot_usd_per_gpu_hour * asked.case.demand.node_hours * asked.plans.nodes * asked.plans.months),
        usd,
        realised[best, plan],
        tuple(ids[at] for at in decision.picks.tolist()),
        tuple(ids[at] for at in best.tolist()),
        np.asarray(actions[decision.picks] == actions[best]),
        decision.gap_share,
        {ahead: place_in(forecast, ahead, rents[ahead]) for ahead in BAND_MONTHS if ahead < rents.size},
    )


def place_in(forecast: Forecast, ahead: int, usd_per_gpu_hour: float) -> float:
    """The chance that was given to rents at or below a figure, so many months ahead."""
    change = np.log(usd_per_gpu_hour / forecast.spot_usd_per_gpu_hour)
    return float(sum(c.weight * _below(c, ahead, float(change)) for c in forecast.components))


def _below(component: Component, ahead: int, change: float) -> float:
    return NormalDist(float(component.log_mean[ahead]), float(np.sqrt(component.variance[ahead]))).cdf(change)
