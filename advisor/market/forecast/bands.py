"""The forecast for display: mean and 5-95 % band of rents by month, and the experts behind them."""

import math
from functools import lru_cache

import numpy as np

from advisor.array_types import Bools, Floats
from advisor.finance.solve import bisect_each, erf
from advisor.market.assumptions import Assumptions
from advisor.market.forecast.expert_weights import Mixture, expert_mixture
from advisor.market.forecast.forecast import Forecast, expected_forecast
from advisor.values.quick_dataclass import dataclass

BAND = (0.05, 0.95)
OUTLOOK_MONTHS = (0, 3, 6, 12, 18, 24, 36, 48, 60)


@dataclass(frozen=True, eq=False)
class Outlook:
    """Rents of one GPU, on-demand neocloud list price.

    Attributes:
        gpu: Its id.
        mean, low, high: USD per GPU-hour by month from now on; nine cases in ten lie between low and high. (H,)
        experts: Each with its weight.
    """

    gpu: str
    mean: Floats
    low: Floats
    high: Floats
    experts: Mixture


@lru_cache(maxsize=16)
def outlook(assumptions: Assumptions) -> Outlook:
    """Return the experts' forecast of a GPU's rents with its band; kept, since each month is asked for by itself."""
    forecast = expected_forecast(assumptions)
    low, high = (quantile_rents(forecast, share) for share in BAND)
    return Outlook(assumptions.gpu.id, forecast.usd_per_gpu_hour, low, high, expert_mixture(assumptions))


def quantile_rents(forecast: Forecast, share: float) -> Floats:
    """Return a quantile of the rent of each month, USD per GPU-hour. (H,)

    The quantile of the mixture of normal distributions of ln S is found by bisection, month by month.

    Args:
        forecast: The mixture.
        share: Probability that the rent is lower.
    """
    weights = np.array([c.weight for c in forecast.components])[:, None]
    means = np.stack([c.log_mean for c in forecast.components])
    spreads = np.sqrt(np.maximum(np.stack([c.variance for c in forecast.components]), _LEAST_VARIANCE))
    low, high = (means - 10 * spreads).min(axis=0), (means + 10 * spreads).max(axis=0)

    def is_below(log_rents: Floats) -> Bools:
        chances = weights * (1 + erf((log_rents - means) / (math.sqrt(2) * spreads))) / 2
        return np.asarray(chances.sum(axis=0) < share)

    return np.asarray(forecast.spot_usd_per_gpu_hour * np.exp(bisect_each(is_below, low, high)))


_LEAST_VARIANCE = 1e-18  # the price of today is certain
