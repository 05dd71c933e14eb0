"""The weights of the experts on rents: each expert of a month, weighted by its past log scores.

The weights come from past months alone, so the mixture of a past month uses only what was known then.

Source: docs/model.md#expert-weights.
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np

from advisor.array_types import Floats
from advisor.market.assumptions import Assumptions, ExpertFigures, ForecastFigures
from advisor.market.forecast.experts import (
    LENDER,
    Expert,
    LogPrices,
    PostedTerms,
    Quotes,
    cost_anchor,
    market_neutral,
    market_neutrals,
    shrunk_trend,
)
from advisor.market.forecast.price_process import closed_share, log_variance
from advisor.market.owner_economics import OwnerCosts, owner_costs
from advisor.market.price_history import (
    LEVEL,
    POOLED,
    RESTATED_CARDS,
    TERM_SERIES,
    History,
    built_in_history,
    month_name,
)
from advisor.values.quick_dataclass import dataclass

Mixture = tuple[tuple[Expert, float], ...]


@dataclass(frozen=True)
class _Inputs:
    """All that a mixture depends on beside the history, hashable."""

    gpu: str
    spot_usd_per_gpu_hour: float
    quotes: Quotes | None
    costs: OwnerCosts | None
    forecast: ForecastFigures
    figures: ExpertFigures


def expert_mixture(
    assumptions: Assumptions,
    as_of: str | None = None,
    quotes: Sequence[tuple[int, float]] | None = None,
    history: History | None = None,
) -> Mixture:
    """Return the three experts on the rents of one GPU, with weights that sum to one.

    Weights come from the past log scores of each expert `score_months` ahead, tempered, on the constant-mix history.
    Owners' costs have no history, so those of the 2026 book stand in for past months (an H100 node was $310,000 in
    2024-08 and $300,000 in 2026-07), which favors the cost anchor.

    Args:
        assumptions: The figures of the book for the GPU.
        as_of: End of which month, "YYYY-MM": price and quotes then come from the history, and nothing later is used.
            None: now, with the book's list price.
        quotes: Term prices (months, USD per GPU-hour) in place of the book's.
        history: In place of the built-in one.

    Raises:
        InputError: `as_of` is not a month.
        ValueError: As `market_neutral` does.
    """
    history = history or built_in_history()
    gpu = assumptions.gpu
    spot = gpu.neocloud_usd_per_gpu_hour
    if quotes is None and as_of is None:
        quotes = [(months, spot * (1 - share)) for months, share in gpu.term_discounts["neocloud"].items()]
    inputs = _Inputs(
        gpu.id,
        spot,
        None if quotes is None else tuple(sorted(quotes)),
        owner_costs(gpu.id, assumptions.experts),
        assumptions.forecast,
        assumptions.experts,
    )
    return _cached_mixture(inputs, as_of, history)


@lru_cache(maxsize=256)
def _cached_mixture(inputs: _Inputs, as_of: str | None, history: History) -> Mixture:
    known = history if as_of is None else history.until(as_of)
    own = known.log_prices(inputs.gpu)
    spot = inputs.spot_usd_per_gpu_hour if as_of is None or not own else math.exp(own[-1][1])
    lender = inputs.gpu if len(own) >= inputs.figures.short_history_months else LENDER
    logs = own if lender == inputs.gpu else _lent(known.log_prices(LENDER), spot)
    if inputs.quotes is None:
        neutral = _posted_neutrals(known, inputs.gpu, [as_of or known.last_month], inputs)[0]
    else:
        neutral = market_neutral(spot, inputs.quotes, inputs.forecast, inputs.figures)
    experts = (
        neutral,
        shrunk_trend(logs, inputs.forecast, inputs.figures),
        cost_anchor(spot, inputs.costs, inputs.forecast, inputs.figures),
    )
    if lender != inputs.gpu:
        experts = tuple(replace(e, note=f"{e.note}; scored on returns borrowed from {LENDER}") for e in experts)  # type: ignore[assignment]  # still three
    scores = _scores(logs, known, lender, spot, inputs)
    return tuple(zip(experts, _weights(scores, inputs.figures), strict=True))


def _lent(logs: LogPrices, spot_usd_per_gpu_hour: float) -> tuple[tuple[int, float], ...]:
    """Another GPU's log prices, shifted so that the last is this GPU's price: only its returns are borrowed."""
    if not logs:
        return ()
    shift = math.log(spot_usd_per_gpu_hour) - logs[-1][1]
    return tuple((month, log + shift) for month, log in logs)


def _posted_neutrals(known: History, gpu: str, months: Sequence[str], inputs: _Inputs) -> tuple[Expert, ...]:
    """The market-neutral expert of each past month.

    It is fitted to the posted terms of the month against its list price when there are `min_term_quotes`, else to the
    pooled commitment price, else it is the prior.
    """
    posted = [_posted(known, gpu, month, inputs.figures) for month in months]
    experts = market_neutrals([terms for terms, _ in posted], inputs.forecast, inputs.figures)
    return tuple(
        replace(expert, note=f"{expert.note}, from the pooled series {POOLED} of {month}") if pooled else expert
        for expert, (_, pooled), month in zip(experts, posted, months, strict=True)
    )


def _posted(known: History, gpu: str, month: str, figures: ExpertFigures) -> tuple[PostedTerms, bool]:
    """The terms posted in a month, and whether they are the pooled price."""
    level, terms = _terms(known, gpu, month)
    if level is not None and len(terms) >= figures.min_term_quotes:
        return PostedTerms(level, terms, figures.quote_noise), False
    pooled = known.value(gpu, POOLED, month)
    listed = known.value(gpu, RESTATED_CARDS, month) or level
    if pooled is None or listed is None:
        return PostedTerms(1.0, (), figures.quote_noise), False
    return PostedTerms(listed, ((int(figures.pooled_quote_months), pooled),), figures.pooled_quote_noise), True


@lru_cache(maxsize=4096)
def _terms(known: History, gpu: str, month: str) -> tuple[float | None, Quotes]:
    """The list price of a month and the terms posted in it, USD per GPU-hour."""
    terms = ((months, known.value(gpu, series, month)) for months, series in TERM_SERIES.items())
    return known.value(gpu, LEVEL, month), tuple((months, usd) for months, usd in terms if usd is not None)


def _scores(logs: LogPrices, known: History, gpu: str, spot: float, inputs: _Inputs) -> Floats:
    """Sum of the log predictive densities of each expert over every month whose outcome is known. (3,)"""
    ahead = int(inputs.figures.score_months)
    later = dict(logs)
    past = [(count, month, log) for count, (month, log) in enumerate(logs, start=1) if month + ahead in later]
    if not past:
        return np.zeros(3)
    changes = np.array([later[month + ahead] - log for _, month, log in past])
    columns = (
        _posted_neutrals(known, gpu, [month_name(month) for _, month, _ in past], inputs),
        [shrunk_trend(logs[:count], inputs.forecast, inputs.figures) for count, _, _ in past],
        [_anchor(log, spot, inputs) for _, _, log in past],
    )
    return np.array([_log_density(experts, changes, ahead / 12, inputs).sum() for experts in columns])


def _anchor(log: float, spot: float, inputs: _Inputs) -> Expert:
    """The cost anchor of a past month; without an owner's cost, the price of the month the mixture is for."""
    expert = cost_anchor(math.exp(log), inputs.costs, inputs.forecast, inputs.figures)
    return replace(expert, level_log=math.log(spot) - log) if inputs.costs is None else expert


def _log_density(experts: Sequence[Expert], changes: Floats, years: float, inputs: _Inputs) -> Floats:
    """Log density of each change of ln S over `years` under the expert of its month. (months,)

    A posted price is known up to the noise of a quote.
    """
    forecast, ahead = inputs.forecast, np.array(years)
    level, decline, level_sd, decline_sd = np.array(
        [(e.level_log, e.decline_per_year, e.level_sd, e.decline_sd_per_year) for e in experts]
    ).T
    speed, volatility = forecast.reversion_per_year, forecast.volatility_per_sqrt_year
    moved = level * closed_share(speed, ahead) - decline * years
    noise = float(log_variance(volatility, speed, 0.0, 0.0, ahead)) + inputs.figures.quote_noise**2
    variance = noise + (level_sd * closed_share(speed, ahead)) ** 2 + (decline_sd * years) ** 2
    gap = changes - moved
    return np.asarray(-0.5 * (gap * gap / variance + np.log(2 * math.pi * variance)))


def _weights(scores: Floats, figures: ExpertFigures) -> tuple[float, ...]:
    """Shares in proportion to exp(temper x score), each at least the floor, summing to one."""
    odds = np.exp(figures.score_temper * (scores - scores.max()))
    floor = min(figures.weight_floor, 1 / scores.size)
    return tuple((floor + (1 - floor * scores.size) * odds / odds.sum()).tolist())
