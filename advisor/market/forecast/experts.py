"""Three experts on where rents go: market-neutral, trend and cost anchor. `expert_weights` weights them.

Each gives the level that rents revert to and how fast that level falls:

    ln S_t = ln F0 - delta t/12 + y_t, with y_0 = ln S0 - ln F0 and y reverting to 0.

Source: docs/model.md#experts.
"""

from collections.abc import Sequence

import numpy as np

from advisor.array_types import Floats, Months
from advisor.market.assumptions import ExpertFigures
from advisor.market.forecast.price_process import PriceProcess, PriceUncertainty
from advisor.market.forecast.term_structure import Terms, fit_terms
from advisor.market.owner_economics import OwnerCosts, owner_price
from advisor.values.quick_dataclass import replace

LEAST_USD_PER_GPU_HOUR = 0.01  # the book's bound for a rent: a free node has no logarithm


def market_neutral(terms: Terms, uncertainty: PriceUncertainty, figures: ExpertFigures) -> PriceProcess:
    """Return the expert under whom the posted rates are fair, on each day; without posted terms, the prior. terms: a
    set for each day."""
    level, decline, discount = fit_terms(terms, uncertainty, figures)
    note = "" if discount.ndim > 1 else _fit_note(terms.months_of_last, float(discount[-1]))
    return uncertainty.view("market-neutral", level, decline, note)


def _fit_note(months: Sequence[int], discount_share: float) -> str:
    if not months:
        return "no term prices: the prior alone"
    named = ", ".join(map(str, months))
    return f"fits the posted prices of {named} months, at a commitment discount of {discount_share:.0%}"


def shrunk_trend(
    months: Months, log_prices: Floats, counts: Months, uncertainty: PriceUncertainty, figures: ExpertFigures
) -> PriceProcess:
    """Return the expert who extrapolates past rents from the price of the day.

    The slope is shrunk to a prior that counts as `trend_prior_months` months of data. Its standard deviation is that of
    the drift of a random walk observed for as many months.

    Args:
        months: Number of each month with a price, ascending. (N,)
        log_prices: Their prices. (N,)
        counts: How many of them were known on each day. (D,)
        uncertainty: Volatility of rents.
        figures: The prior.
    """
    prior_months, prior_slope = figures.trend_prior_months, -figures.trend_prior_decline_per_year
    known = np.arange(months.size) < counts[:, None]
    middle = (known @ months) / np.maximum(counts, 1)
    years = np.where(known, months - middle[:, None], 0.0) / 12
    weight, prior_weight = (years * years).sum(axis=1), prior_months * (prior_months**2 - 1) / 12 / 144
    total = weight + prior_weight
    slope = prior_slope + (years @ log_prices - weight * prior_slope) / np.where(total > 0, total, 1.0)
    seen_years = np.maximum(1.0, counts + prior_months) / 12
    sd = np.abs(uncertainty.volatility_per_sqrt_year) / np.sqrt(seen_years)
    one = not isinstance(prior_months, np.ndarray)
    note = f"slope of {counts[-1]} months of prices, and a prior worth {prior_months:g}" if one else ""
    return replace(uncertainty, decline_sd_per_year=sd).view("trend", 0.0, -slope, note)


def cost_anchor(
    log_spots: Floats, costs: OwnerCosts | None, uncertainty: PriceUncertainty, figures: ExpertFigures
) -> PriceProcess:
    """Return the expert for whom rents revert to what an efficient new owner must charge.

    The level falls as newer chips do the same work for less. Without a node price the level is the price of the last
    day.

    Args:
        log_spots: Log of the price of each day. (..., D)
        costs: Of the owner.
        uncertainty: Of the decline.
        figures: The return that the owner asks, and the fall of costs.
    """
    if costs is None:
        level, note = log_spots[..., -1:], "no node price: today's rent stands for an owner's cost"
    else:
        usd = owner_price(costs, figures)
        level = np.log(np.maximum(usd, LEAST_USD_PER_GPU_HOUR))
        one = not isinstance(usd, np.ndarray)
        note = f"a new owner earns {figures.owner_return_per_year:.0%} at ${usd:.2f} per GPU-hour" if one else ""
    own = replace(uncertainty, level_sd=figures.cost_level_sd)
    return own.view("cost-anchor", level - log_spots, figures.cost_decline_per_year, note)
