"""Sampled paths of rents and resale values, and quantile paths of rents."""

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from advisor.array_types import Floats, Months
from advisor.market.forecast.forecast import Forecast
from advisor.market.forecast.price_process import HORIZON_YEARS
from advisor.market.forecast.random_draws import normals, order
from advisor.values.quick_dataclass import dataclass

Singles = npt.NDArray[np.float32]
_DECILE_SCORES = np.array([-1.645, -1.036, -0.674, -0.385, -0.126, 0.126, 0.385, 0.674, 1.036, 1.645])
"""Normal scores of the middles of ten equal parts."""
_ANTITHETIC_SIGNS = np.array([1.0, -1.0])


@dataclass(frozen=True, eq=False)
class Paths:
    """Sampled prices around a forecast, for its first months.

    Their mean equals the forecast in every month, so that expected and simulated costs agree.

    Attributes:
        forecast: The forecast they are drawn around.
        rents, resale: Multiples of the expected price, read-only. (paths, months). Single precision halves the memory;
            where nothing is uncertain they are exactly one, and every option is costed in double precision at the same
            rounded prices.
    """

    forecast: Forecast
    rents: Singles
    resale: Singles

    def prices(self, some: slice = slice(None)) -> tuple[Floats, Floats]:
        """Return rents in USD per GPU-hour and used prices as in `Forecast`, each (paths, months).

        Args:
            some: Which paths.
        """
        months = self.rents.shape[1]
        expected = self.forecast.usd_per_gpu_hour[:months], self.forecast.resale_share[:months]
        return self.rents[some] * expected[0], self.resale[some] * expected[1]

    def rents_in(self, month: int, some: slice) -> Floats:
        """Return the rents of one month on some paths, USD per GPU-hour. (paths,)"""
        return np.asarray(self.rents[some, month] * self.forecast.usd_per_gpu_hour[month])


@dataclass(frozen=True, eq=False)
class QuantilePaths:
    """A few rent paths that represent all: the decile paths of each component.

    Attributes:
        weights: Sum to 1. (K,)
        usd_per_gpu_hour, resale_share: Means as in the forecast. (K, H)
    """

    weights: Floats
    usd_per_gpu_hour: Floats
    resale_share: Floats


@lru_cache(maxsize=64)
def quantile_paths(forecast: Forecast) -> QuantilePaths:
    """Return paths that stay at one quantile throughout.

    They are for questions of cash, where a run of expensive months does the damage.
    """
    scores = np.zeros(1) if forecast.certain else _DECILE_SCORES
    logs = [c.log_mean + scores[:, None] * np.sqrt(c.variance) for c in forecast.components]
    weights = np.concatenate([np.full(scores.size, c.weight / scores.size) for c in forecast.components])
    log_rents = np.concatenate(logs)
    rents, resale = np.exp(log_rents), np.exp(forecast.figures.resale_rent_elasticity * log_rents)
    rents *= forecast.usd_per_gpu_hour / (weights @ rents)
    resale *= forecast.resale_share / (weights @ resale)
    return QuantilePaths(weights, rents, resale)


def forget_paths() -> None:
    """Free the paths that are cached for the next question about the same forecast, some megabytes."""
    sample_paths.cache_clear()


@lru_cache(maxsize=2)
def sample_paths(forecast: Forecast, paths: int, months: int, seed: int) -> Paths:
    """Return sampled paths around a forecast, the same for the same seed.

    ln S_t = ln F - delta t/12 + y_t, with y reverting to 0. Each path follows one of the processes, in proportion to
    their weights. Its level F, drift delta, speed of reversion and volatility are drawn too, because history does not
    determine them. Used prices follow rents, fall with age and have noise of their own.

    Args:
        forecast: What to sample.
        paths: How many paths; an even number.
        months: Length of each path.
        seed: Of the random draws.

    Source: docs/model.md#simulation.
    """
    drawn, figures = normals(seed, 5 + months, paths // 2), forecast.figures
    log_rents = np.zeros((months, paths)) if forecast.certain else _log_rents(drawn, forecast, months, seed)
    resale = figures.resale_rent_elasticity * log_rents
    resale += figures.resale_sd_per_sqrt_year * np.sqrt(HORIZON_YEARS[:months, None]) * _in_pairs(drawn[4])
    return Paths(forecast, _multiples(log_rents).T, _multiples(resale).T)


def _multiples(logs: Floats) -> Singles:
    """Exponentiate in place to multiples whose mean is one in every month. (months, paths)"""
    prices = np.exp(logs, out=logs)
    prices /= prices.mean(axis=1, keepdims=True)
    rounded = prices.astype(np.float32)
    rounded.setflags(write=False)
    return rounded


def _log_rents(drawn: Floats, forecast: Forecast, months: int, seed: int) -> Floats:
    """Log rents relative to today's, not yet centred on the forecast. (months, paths)"""
    figures, paths = forecast.figures, 2 * drawn.shape[1]
    which = _process_by_path(tuple(weight for _, weight in forecast.processes), paths, seed)

    def of(name: str) -> Floats:
        return np.array([getattr(process, name) for process, _ in forecast.processes])[which]

    level = of("level_log") + of("level_sd") * _in_pairs(drawn[0])
    decline = of("decline_per_year") + of("decline_sd_per_year") * _in_pairs(drawn[1])
    speed = of("reversion_per_year") * np.exp(figures.reversion_log_sd * _in_pairs(drawn[2]))
    volatility = of("volatility_per_sqrt_year") * np.exp(figures.volatility_log_sd * _in_pairs(drawn[3]))
    keep = np.exp(-speed / 12)
    spread = np.divide(-np.expm1(-speed / 6), 2 * speed, out=np.full(speed.size, 1 / 12), where=speed > 0)
    step = volatility * np.sqrt(spread)
    away = -level  # today's price is known, so its distance to an uncertain level is not zero
    log_rents = np.empty((months, paths))
    for month, year in enumerate(HORIZON_YEARS[:months].tolist()):
        log_rents[month] = level - decline * year + away
        away = keep * away + step * _in_pairs(drawn[5 + month])
    return log_rents


@lru_cache(maxsize=8)
def _process_by_path(weights: tuple[float, ...], paths: int, seed: int) -> Months:
    """Which process each path follows: each its exact share, both of an antithetic pair the same. (paths,)"""
    half = paths // 2
    points = (np.arange(half) + 0.5) / half
    processes = np.minimum(np.searchsorted(np.cumsum(weights), points), len(weights) - 1)
    return np.repeat(processes[order(seed, half)], 2)


def _in_pairs(half: Floats) -> Floats:
    """Each draw followed by its negative, its antithetic partner."""
    return np.asarray(np.multiply.outer(half, _ANTITHETIC_SIGNS).ravel())
