"""The weights of the experts on rents: each expert of a month, weighted by its past log scores.

The weights come from past months alone, so the mixture of a past month uses only what was known then. All experts are
made for D days at once: the past months that are scored, and last the day of the mixture.

Source: docs/model.md#expert-weights.
"""

import math
from functools import lru_cache

import numpy as np

from advisor.array_types import Amount, Bools, Floats, Months, whole
from advisor.market.assumptions import Assumptions, ExpertFigures
from advisor.market.forecast.experts import cost_anchor, market_neutral, shrunk_trend
from advisor.market.forecast.posted_terms import posted_months, quoted_terms
from advisor.market.forecast.price_process import PriceProcess, PriceUncertainty, log_mean, log_variance
from advisor.market.owner_economics import owner_costs
from advisor.market.price_history import POOLED, History, built_in_history, month_name
from advisor.values.many_points import for_distinct, last_column, remembered
from advisor.values.quick_dataclass import dataclass, replace

Mixture = tuple[tuple[PriceProcess, Amount], ...]  # the experts' views with their weights
LENDER = "H100-SXM"  # has the longest history; GPUs with a short one borrow its returns


@dataclass(frozen=True)
class _Figures:
    """All figures that a mixture depends on. discounts: by term, of the commitments offered today."""

    gpu: str
    spot_usd_per_gpu_hour: Amount
    discounts: tuple[tuple[int, Amount], ...]
    uncertainty: PriceUncertainty
    experts: ExpertFigures


def expert_mixture(assumptions: Assumptions, as_of: str | None = None, history: History | None = None) -> Mixture:
    """Return the three experts on the rents of one GPU, with weights that sum to one.

    Weights come from the past log scores of each expert `score_months` ahead, tempered, on the constant-mix history.
    Owners' costs have no history, so those of the 2026 book stand in for past months (an H100 node was $310,000 in
    2024-08 and $300,000 in 2026-07), which favors the cost anchor.

    Args:
        assumptions: The figures of the book for the GPU, of one point or of P points.
        as_of: End of which month, "YYYY-MM": price and terms then come from the history, and nothing later is used.
            None: now, with the book's list price and terms.
        history: In place of the built-in one.

    Returns:
        Numbers, or (P, 1) where they differ between points.

    Raises:
        InputError: `as_of` is not a month.
        ValueError: As `quoted_terms` does.
    """
    gpu = assumptions.gpu
    figures = _Figures(
        gpu.id,
        gpu.neocloud_usd_per_gpu_hour,
        tuple(sorted(gpu.term_discounts["neocloud"].items())) if as_of is None else (),
        uncertainty_of(assumptions),
        assumptions.experts,
    )
    return _mixture(figures, as_of, history or built_in_history())


def uncertainty_of(assumptions: Assumptions) -> PriceUncertainty:
    """What the book says of the uncertainty of rents."""
    figures = assumptions.forecast
    return PriceUncertainty(
        figures.reversion_per_year, figures.volatility_per_sqrt_year, figures.level_sd, figures.decline_sd_per_year
    )


@remembered(one=256, many=8)
def _mixture(figures: _Figures, as_of: str | None, history: History) -> Mixture:
    known = history if as_of is None else history.until(as_of)
    return for_distinct(lambda distinct: _of_either_lender(distinct, as_of, known), figures)


def _of_either_lender(figures: _Figures, as_of: str | None, known: History) -> Mixture:
    """The mixture where points may differ in how long a GPU's history must be to need no borrowed returns."""
    own = _prices(known, figures.gpu)[1]
    if as_of is not None and own.size:
        figures = replace(figures, spot_usd_per_gpu_hour=math.exp(own[-1]))
    lent = np.less(own.size, figures.experts.short_history_months)
    if figures.gpu == LENDER or not lent.any():
        return _lent_by(figures.gpu, figures, as_of, known)
    borrowed = tuple((_noted(one, f"; scored on returns borrowed from {LENDER}"), weight)
                     for one, weight in _lent_by(LENDER, figures, as_of, known))  # fmt: skip
    if lent.all():
        return borrowed
    return tuple(
        (_chosen(lent, theirs, ours), np.where(lent, their_weight, weight))
        for (theirs, their_weight), (ours, weight) in zip(
            borrowed, _lent_by(figures.gpu, figures, as_of, known), strict=True
        )
    )


def _noted(expert: PriceProcess, more: str) -> PriceProcess:
    return replace(expert, note=expert.note + more) if expert.note else expert


def _chosen(here: Bools, one: PriceProcess, other: PriceProcess) -> PriceProcess:
    """One expert at some points, another one elsewhere."""
    names = ("level_log", "decline_per_year", "level_sd", "decline_sd_per_year")
    chosen = {name: np.where(here, getattr(one, name), getattr(other, name)) for name in names}
    return replace(one, note="", **chosen)


def _lent_by(lender: str, figures: _Figures, as_of: str | None, known: History) -> Mixture:
    """The mixture by the returns of one GPU."""
    days, uncertainty, numbers = _days(known, lender, figures), figures.uncertainty, figures.experts
    posted = _Posted(figures.gpu, figures.discounts, as_of, lender, days.scored)
    experts = (
        _neutral(known, posted, uncertainty, numbers),
        shrunk_trend(days.months, days.log_prices, days.counts, uncertainty, numbers),
        cost_anchor(days.log_spots, owner_costs(figures.gpu, numbers), uncertainty, numbers),
    )
    weights = _weights(_scores(experts, days.changes, numbers), numbers)
    return tuple((one.latest, last_column(weights[..., : place + 1])) for place, one in enumerate(experts))


@dataclass(frozen=True)
class _Posted:
    """Whose posted terms the market-neutral expert goes by: those of a GPU today (`discounts`) or in the month `as_of`,
    and those of the lender in the months that are scored."""

    gpu: str
    discounts: tuple[tuple[int, Amount], ...]
    as_of: str | None
    lender: str
    scored: tuple[str, ...]


@remembered(one=64, many=4)
def _neutral(known: History, posted: _Posted, uncertainty: PriceUncertainty, figures: ExpertFigures) -> PriceProcess:
    """The market-neutral expert of each day; kept, because other prices on demand at the same discounts leave it."""
    past = posted_months(known, posted.lender, posted.scored).terms(figures)
    if posted.as_of is None:
        offered = quoted_terms([(months, 1 - share) for months, share in posted.discounts], figures.quote_noise)
        return market_neutral(past.joined(offered), uncertainty, figures)
    month = posted_months(known, posted.gpu, (posted.as_of,))
    expert = market_neutral(past.joined(month.terms(figures)), uncertainty, figures)
    pooled = month.takes_pooled(figures).all()
    return _noted(expert, f", from the pooled series {POOLED} of {posted.as_of}") if pooled else expert


@dataclass(frozen=True, eq=False)
class _Days:
    """The days on which the experts are asked: S past months that are scored, and last the day of the mixture.

    Attributes:
        months, log_prices: All months with a price that the experts' returns come from. (N,)
        scored: Names of the months that are scored. (S)
        counts: How many prices were known on each day. (S + 1,)
        log_spots: Log of the price of each day. (..., S + 1)
        changes: The change of the log price over the next `score_months`; NaN if not known yet. (..., S + 1)
    """

    months: Months
    log_prices: Floats
    scored: tuple[str, ...]
    counts: Months
    log_spots: Floats
    changes: Floats


def _days(known: History, lender: str, figures: _Figures) -> _Days:
    """The days on which the experts are asked. Another GPU's prices are shifted so that the last is this one's."""
    months, prices = _prices(known, lender)
    since = months - months[:1]
    by_month = np.full(since[-1:].sum() + 2, np.nan)
    by_month[since] = prices
    later = by_month[np.minimum(since + whole(figures.experts.score_months), by_month.size - 1)]
    changes = later - prices
    scored = np.flatnonzero(np.atleast_2d(np.isfinite(changes)).any(axis=0))
    log_spot = np.log(np.atleast_1d(figures.spot_usd_per_gpu_hour))
    past = prices[scored] + (0.0 if lender == figures.gpu else log_spot - prices[-1:])
    return _Days(
        months,
        prices,
        tuple(month_name(month) for month in months[scored].tolist()),
        np.append(scored + 1, prices.size),
        np.concatenate([np.broadcast_to(past, (*log_spot.shape[:-1], scored.size)), log_spot], axis=-1),
        np.concatenate([changes[..., scored], np.full((*changes.shape[:-1], 1), np.nan)], axis=-1),
    )


@lru_cache(maxsize=64)
def _prices(known: History, gpu: str) -> tuple[Months, Floats]:
    """Numbers of the months with a price, and the logs of the prices. (N,) each"""
    found = known.log_prices(gpu)
    return np.array([month for month, _ in found], dtype=np.int64), np.array([log for _, log in found])


def _scores(experts: tuple[PriceProcess, ...], changes: Floats, figures: ExpertFigures) -> Floats:
    """Sum of the log predictive densities of each expert over every day whose outcome is known. (..., experts)"""
    years, noise = figures.score_months / 12, figures.quote_noise
    sums = [
        np.where(np.isfinite(changes), _log_density(expert, changes, years, noise), 0.0).sum(axis=-1)
        for expert in experts
    ]
    return np.stack(np.broadcast_arrays(*sums), axis=-1)


def _log_density(expert: PriceProcess, changes: Floats, years: Amount, quote_noise: Amount) -> Floats:
    """Log density of each change of ln S over `years` under the expert of its day. (..., D)

    A posted price is known up to the noise of a quote.
    """
    variance = log_variance(expert, years) + quote_noise**2
    return np.asarray(-0.5 * ((changes - log_mean(expert, years)) ** 2 / variance + np.log(2 * math.pi * variance)))


def _weights(scores: Floats, figures: ExpertFigures) -> Floats:
    """Shares in proportion to exp(temper x score), each at least the floor, summing to one. (..., experts)"""
    count = scores.shape[-1]
    odds = np.exp(figures.score_temper * (scores - scores.max(axis=-1, keepdims=True)))
    floor = np.minimum(figures.weight_floor, 1 / count)
    return np.asarray(floor + (1 - floor * count) * odds / odds.sum(axis=-1, keepdims=True))
