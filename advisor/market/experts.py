"""Three experts on where rents go, and how far each has earned belief (model section 4). None is right alone.

Each says to which level rents revert and how fast that level falls:

    ln S_t = ln F0 - delta t/12 + y_t, with y_0 = ln S0 - ln F0 and y reverting to 0.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Literal

import numpy as np
import numpy.typing as npt

from advisor.market.book import Assumptions, ExpertFigures, ForecastFigures, built_in_book
from advisor.market.history import (
    LEVEL,
    POOLED,
    RESTATED_CARDS,
    TERM_SERIES,
    History,
    built_in_history,
    month_name,
)
from advisor.market.law import log_mean, log_variance
from advisor.market.owner import OwnerCosts, falling_receipts, letting_flows_usd

Floats = npt.NDArray[np.float64]
Quotes = tuple[tuple[int, float], ...]
LogPrices = Sequence[tuple[int, float]]
_LEAST_USD_PER_GPU_HOUR = 0.01  # the book's bound for a rent: a free node has no logarithm
LENDER = "H100-SXM"  # the longest history; GPUs with too short a one borrow its returns


@dataclass(frozen=True)
class Expert:
    """One belief about rents. level_log: ln F0/S0, where today's price reverts to; decline_per_year: delta, log per
    year, positive when rents fall; the sds say how unsure each is; note: what it rests on."""

    name: Literal["market-neutral", "trend", "cost-anchor"]
    level_log: float
    decline_per_year: float
    level_sd: float
    decline_sd_per_year: float
    note: str


Mixture = tuple[tuple[Expert, float], ...]


def _log_mean(expert: Expert, figures: ForecastFigures, years: Floats) -> Floats:
    return log_mean(expert.level_log, expert.decline_per_year, figures.reversion_per_year, years)


def _half_variance(figures: ForecastFigures, level_sd: float, decline_sd: float, years: Floats) -> Floats:
    volatility, speed = figures.volatility_per_sqrt_year, figures.reversion_per_year
    return log_variance(volatility, speed, level_sd, decline_sd, years) / 2


def market_neutral(
    spot_usd_per_gpu_hour: float,
    quotes: Sequence[tuple[int, float]],
    forecast: ForecastFigures,
    figures: ExpertFigures,
    noise: float | None = None,
) -> Expert:
    """The belief that makes the quoted k-month rates fair: MAP of (ln F0/S0, delta, commitment discount cc).

    quotes: (months, USD per GPU-hour); quote_k = mean_{t<k} E[S_t] (1 - cc), with `noise` (log sd; the book's
    `quote_noise` unless given). Without quotes the priors speak. Raises ValueError unless months >= 1 and prices > 0.
    """
    if not spot_usd_per_gpu_hour > 0 or any(months < 1 or not usd > 0 for months, usd in quotes):
        raise ValueError("prices above zero and terms of a month or more are needed")
    ratios = tuple((int(months), usd / spot_usd_per_gpu_hour) for months, usd in quotes)
    level, decline, discount = _map_fit(ratios, forecast, figures, noise or figures.quote_noise)
    terms = ", ".join(str(months) for months, _ in ratios)
    note = (
        f"fits the posted prices of {terms} months, at a commitment discount of {discount:.0%}"
        if ratios
        else "no term prices: the prior alone"
    )
    return Expert("market-neutral", level, decline, forecast.level_sd, forecast.decline_sd_per_year, note)


@lru_cache(maxsize=1024)
def _map_fit(
    ratios: Quotes, forecast: ForecastFigures, figures: ExpertFigures, noise: float
) -> tuple[float, float, float]:
    """Gauss-Newton on the log quotes, as ratios to the spot price; a step is halved until it improves the fit."""
    prior = np.array([0.0, figures.decline_prior_per_year, figures.commitment_discount_prior])
    spread = np.array([figures.level_prior_sd, figures.decline_prior_sd_per_year, figures.commitment_discount_prior_sd])
    if not ratios:
        return (0.0, float(prior[1]), float(prior[2]))
    last = np.array([months - 1 for months, _ in ratios])
    wanted = np.log([ratio for _, ratio in ratios])
    years = np.arange(last.max() + 1) / 12
    reverted = -np.expm1(-forecast.reversion_per_year * years)
    half = _half_variance(forecast, forecast.level_sd, forecast.decline_sd_per_year, years)

    def misfit(at: Floats) -> tuple[float, Floats, Floats]:
        rents = np.exp(at[0] * reverted - at[1] * years + half)
        sums = np.cumsum([rents, rents * reverted, rents * years], axis=1)[:, last]
        slopes = np.column_stack([sums[1] / sums[0], -sums[2] / sums[0], np.full(last.size, -1 / (1 - at[2]))])
        gap = (np.log(sums[0] / (last + 1)) + math.log1p(-at[2]) - wanted) / noise
        away = (at - prior) / spread
        return float(gap @ gap + away @ away), slopes.T @ gap / noise + away / spread, slopes / noise

    at, (loss, gradient, slopes) = prior, misfit(prior)
    for _ in range(50):
        step = np.linalg.solve(slopes.T @ slopes + np.diag(spread**-2), gradient)
        while at[2] - step[2] >= 1 or (found := misfit(at - step))[0] > loss:
            step /= 2
            if np.abs(step).max() < 1e-12:
                return (float(at[0]), float(at[1]), float(at[2]))
        at, (loss, gradient, slopes) = at - step, found
        if np.abs(step).max() < 1e-9:
            break
    return (float(at[0]), float(at[1]), float(at[2]))


def shrunk_trend(log_prices: LogPrices, forecast: ForecastFigures, figures: ExpertFigures) -> Expert:
    """The slope of (month number, ln price), drawn to a prior that counts as `trend_prior_months` months of data.

    Rents go on from today's price. The sd is that of the drift of a random walk seen for as many months.
    """
    prior_months = figures.trend_prior_months
    prior_weight = prior_months * (prior_months**2 - 1) / 12 / 144
    slope = -figures.trend_prior_decline_per_year
    if log_prices:
        years, logs = np.array(log_prices).T
        years = (years - years.mean()) / 12
        weight = float(years @ years) + prior_weight
        if weight > 0:
            slope = (float(years @ (logs - logs.mean())) + prior_weight * slope) / weight
    seen_years = max(1.0, len(log_prices) + prior_months) / 12
    sd = abs(forecast.volatility_per_sqrt_year) / math.sqrt(seen_years)
    note = f"slope of {len(log_prices)} months of prices, and a prior worth {prior_months:g}"
    return Expert("trend", 0.0, -slope, forecast.level_sd, sd, note)


def owner_costs(gpu_id: str, figures: ExpertFigures) -> OwnerCosts | None:
    """What an efficient owner pays for a node of this GPU; None when the book has no price of one.

    Figures of the built-in [facility] and node price, and the fabric, staff and PUE of 64 nodes in a new site
    ([experts]). A founder's own discount on a node or on power moves the founder's cost, not the market's rents.
    """
    assumptions = _market(gpu_id)
    gpu, facility = assumptions.gpu, assumptions.facility
    if gpu.node_usd is None:
        return None
    hours, used = assumptions.rental.hours_per_month, figures.owner_utilisation_share
    load = facility.idle_power_share + (1 - facility.idle_power_share) * used
    power = gpu.node_kw * figures.owner_pue * load * 12 * hours * facility.electricity_usd_per_kwh
    upkeep = (
        facility.maintenance_share_per_year + facility.insurance_share_per_year + facility.failure_share_per_gpu_year
    )
    return OwnerCosts(
        capex_usd=gpu.node_usd
        + figures.owner_fabric_usd_per_node
        + facility.storage_usd_per_node
        + facility.setup_usd_per_node,
        running_usd_per_year=power
        + 12 * gpu.node_kw * facility.colocation_usd_per_kw_month
        + upkeep * gpu.node_usd
        + figures.owner_staff_fte_per_node * facility.staff_usd_per_fte_year,
        gpu_hours_per_month=hours * assumptions.rental.gpus_per_node * used,
    )


@cache
def _market(gpu_id: str) -> Assumptions:
    return built_in_book().assumptions(gpu_id)


def owner_flows_usd(usd_per_gpu_hour: float, costs: OwnerCosts, figures: ExpertFigures) -> list[float]:
    """The owner's purchase, then the net cash of each month of the node's life, rents falling with costs; the last
    month brings the residual value. USD per node."""
    receipts = falling_receipts(figures.cost_decline_per_year, round(12 * figures.owner_life_years))
    return letting_flows_usd(costs, usd_per_gpu_hour, receipts, figures.owner_residual_share)


def owner_price(costs: OwnerCosts, figures: ExpertFigures) -> float:
    """The rent of the first month, USD per GPU-hour, at which the flows above return `owner_return_per_year`.

    The flows are linear in the rent, so it is their cost at that rate over the worth of one dollar of rent.
    """
    worth = (1 + figures.owner_return_per_year) ** (-np.arange(round(12 * figures.owner_life_years) + 1) / 12)
    nothing = float(worth @ np.array(owner_flows_usd(0.0, costs, figures)))
    dollar = float(worth @ np.array(owner_flows_usd(1.0, costs, figures)))
    return -nothing / (dollar - nothing)


def cost_anchor(
    spot_usd_per_gpu_hour: float, costs: OwnerCosts | None, forecast: ForecastFigures, figures: ExpertFigures
) -> Expert:
    """Rents revert to what an efficient new owner must charge, and fall as newer chips do the same work for less.

    Without a node price the level is today's price.
    """
    if costs is None:
        level, note = 0.0, "no node price: today's rent stands for an owner's cost"
    else:
        usd = owner_price(costs, figures)
        level = math.log(max(usd, _LEAST_USD_PER_GPU_HOUR) / spot_usd_per_gpu_hour)
        note = f"a new owner earns {figures.owner_return_per_year:.0%} at ${usd:.2f} per GPU-hour"
    return Expert(
        "cost-anchor",
        level,
        figures.cost_decline_per_year,
        figures.cost_level_sd,
        forecast.decline_sd_per_year,
        note,
    )


@dataclass(frozen=True)
class _Inputs:
    """All a mixture rests on beside the history, hashable."""

    gpu: str
    spot_usd_per_gpu_hour: float
    quotes: Quotes | None
    costs: OwnerCosts | None
    forecast: ForecastFigures
    figures: ExpertFigures


def mixed(
    assumptions: Assumptions,
    as_of: str | None = None,
    quotes: Sequence[tuple[int, float]] | None = None,
    history: History | None = None,
) -> Mixture:
    """The three experts on the rents of one GPU, with weights that sum to one, as of the end of a month ("YYYY-MM").

    By default as of the last month of the history, with the book's neocloud list price and, unless `quotes` (months,
    USD per GPU-hour) are given, its term prices. Given a month, price and quotes come from the history and nothing
    later is seen of rents; owners' costs have no history, and the book's of 2026 stand in (an H100 node was $310,000 in
    2024-08 and $300,000 in 2026-07), which is kind to the cost anchor. Weights come from the past log scores of each
    expert `score_months` ahead, tempered, on the constant-mix history. Raises InputError for a month that is none,
    ValueError as `market_neutral` does.
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
    return _mixed(inputs, as_of, history)


@lru_cache(maxsize=256)
def _mixed(inputs: _Inputs, as_of: str | None, history: History) -> Mixture:
    known = history if as_of is None else history.until(as_of)
    own = known.log_prices(inputs.gpu)
    spot = inputs.spot_usd_per_gpu_hour if as_of is None or not own else math.exp(own[-1][1])
    lender = inputs.gpu if len(own) >= inputs.figures.short_history_months else LENDER
    logs = own if lender == inputs.gpu else _lent(known.log_prices(LENDER), spot)
    if inputs.quotes is None:
        neutral = _posted_neutral(known, inputs.gpu, as_of or known.last_month, inputs)
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
    """Another GPU's log prices, moved as a whole so that the last is this GPU's price: its returns and no more."""
    if not logs:
        return ()
    shift = math.log(spot_usd_per_gpu_hour) - logs[-1][1]
    return tuple((month, log + shift) for month, log in logs)


def _posted_neutral(known: History, gpu: str, month: str, inputs: _Inputs) -> Expert:
    """The market-neutral expert of a past month: its posted terms against the list of that month when there are
    `min_term_quotes`, else the pooled commitment price, else the prior."""
    level = known.value(gpu, LEVEL, month)
    terms = tuple(
        (months, usd) for months, series in TERM_SERIES.items() if (usd := known.value(gpu, series, month)) is not None
    )
    if level is not None and len(terms) >= inputs.figures.min_term_quotes:
        return market_neutral(level, terms, inputs.forecast, inputs.figures)
    pooled = known.value(gpu, POOLED, month)
    listed = known.value(gpu, RESTATED_CARDS, month) or level
    if pooled is None or listed is None:
        return market_neutral(1.0, (), inputs.forecast, inputs.figures)
    quote = (int(inputs.figures.pooled_quote_months), pooled)
    expert = market_neutral(listed, (quote,), inputs.forecast, inputs.figures, inputs.figures.pooled_quote_noise)
    return replace(expert, note=f"{expert.note}, from the pooled series {POOLED} of {month}")


def _scores(logs: LogPrices, known: History, gpu: str, spot: float, inputs: _Inputs) -> Floats:
    """Sum of the log predictive densities of each expert, over every month whose outcome is known."""
    ahead = int(inputs.figures.score_months)
    years = np.array(ahead / 12)
    later = dict(logs)
    total = np.zeros(3)
    for count, (month, log) in enumerate(logs, start=1):
        if month + ahead not in later:
            continue
        # Without an owner's cost the anchor is the price of the month the mixture is for.
        anchor = cost_anchor(math.exp(log), inputs.costs, inputs.forecast, inputs.figures)
        if inputs.costs is None:
            anchor = replace(anchor, level_log=math.log(spot) - log)
        experts = (
            _posted_neutral(known, gpu, month_name(month), inputs),
            shrunk_trend(logs[:count], inputs.forecast, inputs.figures),
            anchor,
        )
        change = later[month + ahead] - log
        total += [_log_density(expert, change, years, inputs) for expert in experts]
    return total


def _log_density(expert: Expert, change: float, years: Floats, inputs: _Inputs) -> float:
    """The log density of ln S_t/S_0 = change; a posted price is known to the noise of a quote."""
    spread = 2 * float(_half_variance(inputs.forecast, expert.level_sd, expert.decline_sd_per_year, years))
    variance = spread + inputs.figures.quote_noise**2
    gap = change - float(_log_mean(expert, inputs.forecast, years))
    return -0.5 * (gap * gap / variance + math.log(2 * math.pi * variance))


def _weights(scores: Floats, figures: ExpertFigures) -> tuple[float, ...]:
    """Shares in proportion to exp(temper x score), each at least the floor, summing to one."""
    belief = np.exp(figures.score_temper * (scores - scores.max()))
    floor = min(figures.weight_floor, 1 / scores.size)
    return tuple((floor + (1 - floor * scores.size) * belief / belief.sum()).tolist())
