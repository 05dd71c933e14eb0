"""Three experts on where rents go: market-neutral, trend and cost anchor. `expert_weights` weights them.

Each gives the level that rents revert to and how fast that level falls:

    ln S_t = ln F0 - delta t/12 + y_t, with y_0 = ln S0 - ln F0 and y reverting to 0.

Source: docs/model.md#experts.
"""

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal

import numpy as np

from advisor.market.assumptions import ExpertFigures, ForecastFigures
from advisor.market.forecast.term_structure import PriceUncertainty, Prior, fit_terms
from advisor.market.owner_economics import OwnerCosts, owner_price
from advisor.values.quick_dataclass import dataclass

Quotes = tuple[tuple[int, float], ...]
LogPrices = Sequence[tuple[int, float]]
_LEAST_USD_PER_GPU_HOUR = 0.01  # the book's bound for a rent: a free node has no logarithm
LENDER = "H100-SXM"  # has the longest history; GPUs with a short one borrow its returns


@dataclass(frozen=True)
class Expert:
    """One view of rents.

    Attributes:
        name: Which expert.
        level_log: ln F0/S0, the level that today's price reverts to.
        decline_per_year: delta, log per year; positive when rents fall.
        level_sd, decline_sd_per_year: Standard deviations of both.
        note: What the view depends on, for the reader.
    """

    name: Literal["market-neutral", "trend", "cost-anchor"]
    level_log: float
    decline_per_year: float
    level_sd: float
    decline_sd_per_year: float
    note: str


def market_neutral(
    spot_usd_per_gpu_hour: float,
    quotes: Sequence[tuple[int, float]],
    forecast: ForecastFigures,
    figures: ExpertFigures,
) -> Expert:
    """Return the expert under whom the quoted k-month rates are fair; without quotes, the prior.

    Args:
        spot_usd_per_gpu_hour: On-demand price of the day of the quotes.
        quotes: (months, USD per GPU-hour), each known up to the book's `quote_noise`.
        forecast: Reversion and volatility of rents.
        figures: The priors.

    Raises:
        ValueError: Unless months >= 1 and prices > 0.
    """
    posted = PostedTerms(spot_usd_per_gpu_hour, tuple(quotes), figures.quote_noise)
    return market_neutrals([posted], forecast, figures)[0]


@dataclass(frozen=True)
class PostedTerms:
    """Term prices and the on-demand price of the same day, USD per GPU-hour; noise: log standard deviation of a quote.

    Raises ValueError for a price that is not positive or a term below a month.
    """

    spot_usd_per_gpu_hour: float
    quotes: Quotes
    noise: float

    def __post_init__(self) -> None:
        """See the class."""
        if not self.spot_usd_per_gpu_hour > 0 or any(months < 1 or not usd > 0 for months, usd in self.quotes):
            raise ValueError("prices above zero and terms of a month or more are needed")


def market_neutrals(
    posted: Sequence[PostedTerms], forecast: ForecastFigures, figures: ExpertFigures
) -> tuple[Expert, ...]:
    """Return the market-neutral expert of each set of posted terms, fitted together."""
    ratios = tuple(
        tuple((int(months), usd / terms.spot_usd_per_gpu_hour) for months, usd in terms.quotes) for terms in posted
    )
    uncertainty = PriceUncertainty(
        forecast.reversion_per_year,
        forecast.volatility_per_sqrt_year,
        forecast.level_sd,
        forecast.decline_sd_per_year,
    )
    prior = Prior(
        figures.level_prior_sd,
        figures.decline_prior_per_year,
        figures.decline_prior_sd_per_year,
        figures.commitment_discount_prior,
        figures.commitment_discount_prior_sd,
    )
    fits = fit_terms(ratios, tuple(terms.noise for terms in posted), uncertainty, prior).tolist()
    return tuple(
        Expert("market-neutral", level, decline, forecast.level_sd, forecast.decline_sd_per_year, _fit_note(terms, cut))
        for terms, (level, decline, cut) in zip(posted, fits, strict=True)
    )


def _fit_note(terms: PostedTerms, discount_share: float) -> str:
    if not terms.quotes:
        return "no term prices: the prior alone"
    months = ", ".join(str(months) for months, _ in terms.quotes)
    return f"fits the posted prices of {months} months, at a commitment discount of {discount_share:.0%}"


def shrunk_trend(log_prices: LogPrices, forecast: ForecastFigures, figures: ExpertFigures) -> Expert:
    """Return the expert who extrapolates past rents from today's price.

    The slope is shrunk to a prior that counts as `trend_prior_months` months of data. Its standard deviation is that of
    the drift of a random walk observed for as many months.

    Args:
        log_prices: (month number, ln price), ascending.
        forecast: Volatility of rents.
        figures: The prior.
    """
    prior_months = figures.trend_prior_months
    slope = _shrunk_slope(tuple(log_prices), prior_months, figures.trend_prior_decline_per_year)
    seen_years = max(1.0, len(log_prices) + prior_months) / 12
    sd = abs(forecast.volatility_per_sqrt_year) / math.sqrt(seen_years)
    note = f"slope of {len(log_prices)} months of prices, and a prior worth {prior_months:g}"
    return Expert("trend", 0.0, -slope, forecast.level_sd, sd, note)


@lru_cache(maxsize=1024)
def _shrunk_slope(log_prices: LogPrices, prior_months: float, prior_decline_per_year: float) -> float:
    """The shrunk slope, log per year; cached, because few figures of the book change it."""
    prior_weight = prior_months * (prior_months**2 - 1) / 12 / 144
    slope = -prior_decline_per_year
    if not log_prices:
        return slope
    years, logs = np.array(log_prices).T
    years = (years - years.mean()) / 12
    weight = float(years @ years) + prior_weight
    return (float(years @ (logs - logs.mean())) + prior_weight * slope) / weight if weight > 0 else slope


def cost_anchor(
    spot_usd_per_gpu_hour: float, costs: OwnerCosts | None, forecast: ForecastFigures, figures: ExpertFigures
) -> Expert:
    """Return the expert for whom rents revert to what an efficient new owner must charge.

    The level falls as newer chips do the same work for less. Without a node price the level is today's price.
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
