"""Walk-forward test: in each month the rule decides on what was known and is scored on what rents did afterwards
(docs/model.md#track-record)."""

from collections.abc import Callable, Mapping, Sequence
from statistics import NormalDist

import numpy as np

from advisor.array_types import Bools, Floats
from advisor.backtest.market_at import (
    BacktestMarket,
    DecisionProblem,
    certain_path,
    decision_problem,
    forecast_at,
    months_of,
    rents_from,
)
from advisor.backtest.rules import apply_rule, last_year, naive_costs
from advisor.backtest.searched import with_searched
from advisor.costing.option import OptionClass
from advisor.market.assumptions import Assumptions
from advisor.market.forecast.forecast import Forecast
from advisor.market.forecast.price_process import Component
from advisor.market.price_book import PriceBook
from advisor.market.price_history import month_number
from advisor.values.quick_dataclass import dataclass

RULE = "gpu-advisor"
ORACLE = "oracle"
BAND_MONTHS = (3, 6, 12, 24)


@dataclass(frozen=True, eq=False)
class Score:
    """One month of one market.

    Attributes:
        market: Name of the market.
        month: Month of the decision.
        scored: Plans with a known outcome (P).
        big: Plans of 16 nodes and more (P).
        weight: Of a dollar, so that plans of all sizes and rents count alike: one over the plan's node hours at the
            rent of the month (P).
        usd: By rule, what it turned out to cost (P).
        best_usd: Cost of the option that is best in hindsight (P).
        picks: Option ids that the rule picked (P).
        best: Option ids that are best in hindsight (P).
        best_class: Classes of these (P).
        right: Whether both are of the same class (P).
        gap_share: Gap to the rival as the rule saw it (P).
        band: By months from the decision, where the rent came out in the forecast's distribution, 0 to 1.
    """

    market: str
    month: str
    scored: Bools
    big: Bools
    weight: Floats
    usd: Mapping[str, Floats]
    best_usd: Floats
    picks: tuple[str, ...]
    best: tuple[str, ...]
    best_class: tuple[OptionClass, ...]
    right: Bools
    gap_share: Floats
    band: Mapping[int, float]

    def regret(self, rule: str) -> Floats:
        """What a rule lost against hindsight, as a share of the least cost (P)."""
        return np.asarray((self.usd[rule] - self.best_usd) / np.abs(self.best_usd))


def walk(
    markets: Sequence[BacktestMarket],
    book: PriceBook,
    hazard_per_month: float = 0.0,
    tell: Callable[[int, int], None] | None = None,
) -> list[Score]:
    """Score every month of every market in which at least the shortest plan has an outcome.

    Args:
        markets: The series to walk through.
        book: The price book.
        hazard_per_month: Chance a month that a plan ends early, for rule and outcome alike; at 0 plans survive.
        tell: Called with the months done and their number.
    """
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


def score_month(market: BacktestMarket, month: str, book: Assumptions, hazard_per_month: float = 0.0) -> Score | None:
    """Score the decision of one month; None when no plan has ended by the last known month."""
    rents = rents_from(market, month)
    problem = decision_problem(market, month, book, hazard_per_month)
    scored = problem.plans.months < rents.size
    if not scored.any():
        return None
    forecast = forecast_at(market, month, book)
    trend = last_year(market.rents, month_number(month))
    return scored_decision(problem, forecast, rents, trend, scored, market.name, month)


def scored_decision(
    problem: DecisionProblem,
    forecast: Forecast,
    rents: Floats,
    trend: float,
    scored: Bools,
    market: str,
    month: str,
    oracle: Forecast | None = None,
) -> Score:
    """Score the rule and the naive rules on the rents that followed.

    Args:
        problem: The options of the month that need no search.
        forecast: As of the month.
        rents: What followed, USD per GPU-hour (months from the decision).
        trend: Monthly change of the log rent over the last year.
        scored: Plans with a known outcome (P).
        market: Name of the market.
        month: Month of the decision.
        oracle: A forecast that knows how the market is generated; None on past series.
    """
    problem = with_searched(problem, forecast)
    decision = apply_rule(problem, forecast)
    truth = certain_path(rents, forecast)
    outcome = problem.menu(truth)
    realized, ids = outcome.usd, [option.id for option in outcome.options]
    plan, best = np.arange(scored.size), realized.argmin(axis=0)
    usd = {RULE: realized[decision.picks, plan], **naive_costs(problem, trend, truth, realized)}
    if oracle is not None:
        usd[ORACLE] = realized[apply_rule(problem, oracle).picks, plan]
    classes = np.array([option.option_class for option in outcome.options])
    return Score(
        market,
        month,
        scored,
        problem.plans.big,
        1
        / (problem.spot_usd_per_gpu_hour * problem.case.demand.node_hours * problem.plans.nodes * problem.plans.months),
        usd,
        realized[best, plan],
        tuple(ids[at] for at in decision.picks.tolist()),
        tuple(ids[at] for at in best.tolist()),
        tuple(classes[best].tolist()),
        np.asarray(classes[decision.picks] == classes[best]),
        decision.gap_share,
        {ahead: place_in(forecast, ahead, rents[ahead]) for ahead in BAND_MONTHS if ahead < rents.size},
    )


def place_in(forecast: Forecast, ahead: int, usd_per_gpu_hour: float) -> float:
    """The forecast's probability of a rent at or below this one, `ahead` months from now."""
    change = np.log(usd_per_gpu_hour / forecast.spot_usd_per_gpu_hour)
    return float(sum(c.weight * _below(c, ahead, float(change)) for c in forecast.components))


def _below(component: Component, ahead: int, change: float) -> float:
    return NormalDist(float(component.log_mean[ahead]), float(np.sqrt(component.variance[ahead]))).cdf(change)
