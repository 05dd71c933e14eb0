"""Synthetic markets that do not follow the price process of the forecast, with an oracle that knows how each is made
(docs/model.md#track-record).

Five kinds: regimes that switch, jumps, volatility that clusters with fat tails, deterministic cycles, and steps down
with each generation of chips. In each month sellers post term prices and know the truth only in part.
"""

import math
from collections.abc import Callable, Mapping

import numpy as np

from advisor.array_types import Floats, Months
from advisor.backtest.market_at import PLAN_MONTHS, BacktestMarket, certain_path, decision_problem, forecast_at
from advisor.backtest.markets import H100, series_of
from advisor.backtest.rules import last_year
from advisor.backtest.walk_forward import Score, scored_decision
from advisor.market.assumptions import Assumptions
from advisor.market.forecast.forecast import Forecast
from advisor.market.price_book import PriceBook
from advisor.market.price_history import CONSTANT_MIX, LEVEL, TERM_SERIES, History, month_name, month_number
from advisor.market.terms import TERMS_MONTHS
from advisor.profiles.limits import MAX_PLAN_MONTHS
from advisor.values.quick_dataclass import dataclass

Rng = np.random.Generator
FORESEEN_MONTHS = MAX_PLAN_MONTHS + max(TERMS_MONTHS) + 1  # the longest plan, and a term begun in its last month
# One month of W parallel worlds: (state W x K, month W, generator) -> (next state W x K, change of the log rent W).
Step = Callable[[Floats, Months, Rng], tuple[Floats, Floats]]
FIRST_MONTH = month_number("2020-01")
HISTORY_MONTHS = (24, 40)  # known by the day of the decision
SPOT_USD = (1.5, 5.0)  # rents on that day: from where owning never pays to where it does
KNOWN_SHARE = (0.3, 1.0)  # how much of the truth sellers know; for the rest they follow the last year
COMMITMENT_DISCOUNT = (0.10, 0.06)  # mean and sd: what sellers give for certainty
QUOTE_NOISE = 0.05
QUOTE_WORLDS, ORACLE_WORLDS = 64, 512


@dataclass(frozen=True)
class MarketGenerator:
    """How one market is generated.

    Attributes:
        kind: One of the five kinds.
        start: The state it starts in (K).
        step: How state and log rent move in a month.
    """

    kind: str
    start: Floats
    step: Step


def _regimes(rng: Rng) -> MarketGenerator:
    """Glut, calm and shortage, each with its drift, switched at random."""
    drift = np.array([rng.uniform(-0.7, -0.3), rng.uniform(-0.25, 0.0), rng.uniform(0.1, 0.6)]) / 12
    stay, noise = 1 - 1 / rng.uniform(6, 18), rng.uniform(0.02, 0.05)

    def step(state: Floats, month: Months, dice: Rng) -> tuple[Floats, Floats]:
        kept = dice.random(month.size) < stay
        regime = np.where(kept, state[:, 0], dice.integers(0, 3, month.size)).astype(np.int64)
        return regime[:, None].astype(float), drift[regime] + noise * dice.standard_normal(month.size)

    return MarketGenerator("regimes", np.array([float(rng.integers(0, 3))]), step)


def _jumps(rng: Rng) -> MarketGenerator:
    """A drift, small noise, and a few large jumps a year, down or up."""
    drift, noise, often = rng.uniform(-0.25, 0.05) / 12, rng.uniform(0.01, 0.04), rng.uniform(0.4, 1.5) / 12
    lean, size = rng.normal(-0.03, 0.05), rng.uniform(0.1, 0.25)

    def step(state: Floats, month: Months, dice: Rng) -> tuple[Floats, Floats]:
        hit = dice.random(month.size) < often
        jump = hit * (lean + size * dice.standard_normal(month.size))
        return state, drift + noise * dice.standard_normal(month.size) + jump

    return MarketGenerator("jumps", np.zeros(0), step)


def _clusters(rng: Rng) -> MarketGenerator:
    """A random walk with GARCH(1,1) variance and Student shocks of five degrees of freedom. State: the variance."""
    drift, usual = rng.normal(-0.12, 0.12) / 12, (rng.uniform(0.15, 0.35)) ** 2 / 12
    react, keep = rng.uniform(0.05, 0.2), rng.uniform(0.6, 0.75)

    def step(state: Floats, month: Months, dice: Rng) -> tuple[Floats, Floats]:
        shock = np.sqrt(state[:, 0] * 3 / 5) * dice.standard_t(5, month.size)
        variance = (1 - react - keep) * usual + react * shock**2 + keep * state[:, 0]
        return variance[:, None], drift + shock

    return MarketGenerator("clusters", np.array([usual]), step)


def _cycles(rng: Rng) -> MarketGenerator:
    """A sine wave about a trend, almost deterministic."""
    trend, noise = rng.uniform(-0.25, 0.05) / 12, rng.uniform(0.01, 0.03)
    period, height, phase = rng.uniform(18, 48), rng.uniform(0.1, 0.35), rng.uniform(0, 2 * math.pi)

    def wave(month: Months) -> Floats:
        return np.asarray(height * np.sin(2 * math.pi * month / period + phase))

    def step(state: Floats, month: Months, dice: Rng) -> tuple[Floats, Floats]:
        return state, trend + np.diff(wave(np.array([month, month + 1])), axis=0)[0] + noise * dice.standard_normal(
            month.size
        )

    return MarketGenerator("cycles", np.zeros(0), step)


def _generations(rng: Rng) -> MarketGenerator:
    """Rents hardly move, but fall in a step with each newer generation of chips."""
    every, first = int(rng.integers(12, 28)), int(rng.integers(0, 28))
    fall, drift, noise = rng.uniform(0.1, 0.35), rng.uniform(-0.08, 0.08) / 12, rng.uniform(0.01, 0.03)

    def step(state: Floats, month: Months, dice: Rng) -> tuple[Floats, Floats]:
        due = (month - first) % every == 0
        return state, drift - fall * due + noise * dice.standard_normal(month.size)

    return MarketGenerator("generations", np.zeros(0), step)


KINDS = (_regimes, _jumps, _clusters, _cycles, _generations)


@dataclass(frozen=True, eq=False)
class SyntheticMarket:
    """One synthetic market on the day of its decision.

    Attributes:
        kind: One of the five kinds.
        market: What is known by then.
        month: Month of the decision.
        rents: What followed, USD per GPU-hour (months from the decision).
        expected: What one who knows the generator and its state expects of them, USD per GPU-hour (horizon).
    """

    kind: str
    market: BacktestMarket
    month: str
    rents: Floats
    expected: Floats


def generate(number: int, seed: int) -> SyntheticMarket:
    """The market of a number and a seed; the kinds take turns."""
    rng = np.random.default_rng([seed, number])
    generator = KINDS[number % len(KINDS)](rng)
    known = int(rng.integers(HISTORY_MONTHS[0], HISTORY_MONTHS[1] + 1))
    states, logs = [generator.start], [0.0]
    for month in range(known + max(PLAN_MONTHS)):
        state, change = generator.step(states[-1][None], np.array([month]), rng)
        states.append(state[0])
        logs.append(logs[-1] + float(change[0]))
    today, spot = known - 1, SPOT_USD[0] * (SPOT_USD[1] / SPOT_USD[0]) ** rng.uniform()
    rents = spot * np.exp(np.array(logs) - logs[today])
    expected = (
        rents[today]
        * expected_multiples(generator, np.array([states[today]]), np.array([today]), ORACLE_WORLDS, rng)[0]
    )
    past = {FIRST_MONTH + month: float(rents[month]) for month in range(known)}
    quotes = _quotes(generator, np.array(states[:known]), past, rng)
    history = History(
        {H100: {name: series_of(H100, name, values) for name, values in quotes.items()}}, {}, month_name(FIRST_MONTH)
    )
    market = BacktestMarket(f"{generator.kind}-{number}", generator.kind, H100, history, past)
    return SyntheticMarket(generator.kind, market, month_name(FIRST_MONTH + today), rents[today:], expected)


def expected_multiples(generator: MarketGenerator, states: Floats, months: Months, worlds: int, rng: Rng) -> Floats:
    """E[S_t] / S_0 by months from now, from each of N states (N, K) and months (N), by simulation: (N, horizon)."""
    state, month = np.repeat(states, worlds, axis=0), np.repeat(months, worlds)
    logs, found = np.zeros(month.size), []
    for ahead in range(FORESEEN_MONTHS):
        found.append(np.exp(logs).reshape(months.size, worlds).mean(axis=1))
        state, change = generator.step(state, month + ahead, rng)
        logs = logs + change
    return np.array(found).T


def _quotes(
    generator: MarketGenerator, states: Floats, rents: Mapping[int, float], rng: Rng
) -> dict[str, dict[int, float]]:
    """The posted series of a market: its rents, and the term prices that sellers post."""
    months = np.arange(len(rents))
    truth = expected_multiples(generator, states, months, QUOTE_WORLDS, rng)
    knows, discount = rng.uniform(*KNOWN_SHARE), rng.normal(*COMMITMENT_DISCOUNT)
    trends = np.array([last_year(rents, FIRST_MONTH + month) for month in months.tolist()])
    naive = np.exp(np.multiply.outer(trends, np.arange(FORESEEN_MONTHS)))
    spot = np.array([rents[FIRST_MONTH + month] for month in months.tolist()])
    found = {name: dict(rents) for name in (CONSTANT_MIX, LEVEL)}
    for term, name in TERM_SERIES.items():
        means = (np.log(path[:, :term].mean(axis=1)) for path in (truth, naive))
        log = sum(share * mean for share, mean in zip((knows, 1 - knows), means, strict=True))
        noise = QUOTE_NOISE * rng.standard_normal(months.size)
        committed = discount * (1 - 1 / (1 + term / 6))  # little for a month, most of it for a year
        values = spot * np.exp(log + noise) * (1 - committed)
        found[name] = {FIRST_MONTH + month: float(values[month]) for month in months.tolist()}
    return found


def score_synthetic(synthetic: SyntheticMarket, book: Assumptions) -> Score:
    """Score the rule, the naive rules and the oracle on one synthetic market; every plan has an outcome."""
    problem = decision_problem(synthetic.market, synthetic.month, book)
    forecast = forecast_at(synthetic.market, synthetic.month, book)
    trend = last_year(synthetic.market.rents, month_number(synthetic.month))
    oracle: Forecast = certain_path(synthetic.expected, forecast)
    every = np.ones(problem.plans.months.size, dtype=bool)
    return scored_decision(
        problem, forecast, synthetic.rents, trend, every, synthetic.market.name, synthetic.month, oracle
    )


def market_scorer(book: PriceBook, seed: int) -> Callable[[int], Score]:
    """The function that scores the market of a number, for workers that share the numbers of one seed."""
    assumptions = book.assumptions(H100)
    return lambda number: score_synthetic(generate(number, seed), assumptions)
