"""The forecast for display: mean and 5-95 % band of rents by month, and the experts behind them."""

import math
from functools import lru_cache

import numpy as np

from advisor.array_types import Floats
from advisor.finance.solve import erf, newton_each
from advisor.market.assumptions import Assumptions
from advisor.market.forecast.expert_weights import Mixture, expert_mixture
from advisor.market.forecast.forecast import Forecast, expected_forecast
from advisor.values.quick_dataclass import dataclass

BAND = (0.05, 0.95)
_LEAST_VARIANCE = 1e-18  # the price of today is certain
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

    The quantile of the mixture of normal distributions of ln S lies between those of its components. It is found by
    Newton's method, month by month."""
    from statistics import NormalDist  # 2 ms that a verdict need not pay

    weights = np.array([c.weight for c in forecast.components])[:, None]
    means = np.stack([c.log_mean for c in forecast.components])
    spreads = np.sqrt(np.maximum(np.stack([c.variance for c in forecast.components]), _LEAST_VARIANCE))
    each = means + spreads * NormalDist().inv_cdf(share)

    def excess(log_rents: Floats) -> tuple[Floats, Floats]:
        away = (log_rents - means) / spreads
        chances = weights * (1 + erf(away / math.sqrt(2))) / 2
        density = weights * np.exp(-(away**2) / 2) / (math.sqrt(2 * math.pi) * spreads)
        return chances.sum(axis=0) - share, density.sum(axis=0)

    log_rents = newton_each(excess, each.min(axis=0), each.max(axis=0))
    return np.asarray(forecast.spot_usd_per_gpu_hour * np.exp(log_rents))
