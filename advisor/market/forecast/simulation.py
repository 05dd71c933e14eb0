"""Sampled paths of rents and resale values, and quantile paths of rents."""

import math
from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from advisor.array_types import Floats, Months
from advisor.finance.solve import normal_quantile
from advisor.market.forecast.forecast import Forecast
from advisor.market.forecast.price_process import HORIZON_YEARS, PriceProcess
from advisor.market.forecast.random_draws import normals
from advisor.market.forecast.sobol import MOST_DIMENSIONS, sobol_points
from advisor.values.kept import kept
from advisor.values.quick_dataclass import dataclass

Singles = np.ndarray[tuple[Any, ...], np.dtype[np.float32]]
_DECILE_SCORES = np.array([-1.645, -1.036, -0.674, -0.385, -0.126, 0.126, 0.385, 0.674, 1.036, 1.645])
"""Normal scores of the middles of ten equal parts."""
_KEY_MONTHS = {6: 0, 12: 1, 24: 2, 1: 4, 2: 5, 36: 6, 18: 10}
"""The months whose rents decide most costs, since terms end and short plans are over then, most important first, and
the Sobol dimension of each. The first dimensions are the most even."""
_WHICH, _VOLATILITY, _SPEED, _USED = 3, 7, 8, 9
_MOVING = 2 + max(_KEY_MONTHS)  # normals that move the rents of key months: level, decline and the shocks before them
_LEAST_SHARE = 1e-6  # a direction that differs less from those before it adds nothing


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

    @cached_property
    def usd_per_gpu_hour(self) -> Floats:
        """Rents. (months, paths)"""
        return np.asarray(self.rents.T * self.forecast.usd_per_gpu_hour[: self.rents.shape[1], None])

    @cached_property
    def resale_share(self) -> Floats:
        """Used prices as in `Forecast`. (months, paths)"""
        return np.asarray(self.resale.T * self.forecast.resale_share[: self.resale.shape[1], None])

    @property
    def prices(self) -> tuple[Floats, Floats]:
        """Rents and used prices, each (paths, months)."""
        return self.usd_per_gpu_hour.T, self.resale_share.T


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


@kept(maxsize=2)
def sample_paths(forecast: Forecast, paths: int, months: int, seed: int) -> Paths:
    """Return sampled paths around a forecast, the same for the same seed.

    ln S_t = ln F - delta t/12 + y_t, with y reverting to 0. Each path follows one of the processes, in proportion to
    their weights. Its level F, drift delta, speed of reversion and volatility are drawn too, because history does not
    determine them. Used prices follow rents, fall with age and have noise of their own.

    What matters most is drawn from scrambled Sobol points: process, speed, volatility, noise of used prices, and rents
    in a few key months. Any run of neighboring paths is spread evenly as well.

    Args:
        forecast: What to sample.
        paths: How many paths; an even number.
        months: Length of each path.
        seed: Of the random draws.

    Source: docs/model.md#simulation.
    """
    points, figures, pairs = sobol_points(seed, MOST_DIMENSIONS, paths // 2), forecast.figures, paths // 2
    rents, resale = np.empty((2, months, pairs, 2), dtype=np.float32)
    noise = figures.resale_sd_per_sqrt_year * normal_quantile(points[_USED])
    elasticity = figures.resale_rent_elasticity
    for month, (middle, away) in enumerate(_log_rents(points, forecast, months, seed)):
        rents[month] = antithetic_multiples(middle, away)
        later = math.sqrt(HORIZON_YEARS[month])
        resale[month] = antithetic_multiples(elasticity * middle, elasticity * away + later * noise)
    for prices in (rents, resale):
        prices.setflags(write=False)
    return Paths(forecast, rents.reshape(months, paths).T, resale.reshape(months, paths).T)


def antithetic_multiples(middle: Floats, away: Floats) -> Floats:
    """The multiples of one month, with mean one, of antithetic pairs: one path as far above a middle as the other below
    it, in logs. (pairs,) to (pairs, 2)"""
    prices = np.empty((middle.size, 2))
    np.add(middle, away, out=prices[:, 0])
    np.subtract(middle, away, out=prices[:, 1])
    np.exp(prices, out=prices)
    prices *= 1 / prices.mean()
    return np.asarray(prices)


def _log_rents(points: Floats, forecast: Forecast, months: int, seed: int) -> Iterator[tuple[Floats, Floats]]:
    """Log rents of each antithetic pair, not yet centered on the forecast, month by month: the middle of the two, and
    how far either is from it. (pairs,) each."""
    if forecast.certain:
        yield from [(np.zeros(points.shape[1]), np.zeros(points.shape[1]))] * months
        return
    figures, processes = forecast.figures, [process for process, _ in forecast.processes]
    up_to = np.cumsum([weight for _, weight in forecast.processes])
    which = np.minimum(np.searchsorted(up_to, points[_WHICH]), len(processes) - 1)

    def of(name: str) -> Floats:
        return np.asarray(np.array([getattr(process, name) for process in processes])[which])

    drawn = _normals(points, processes, which, months, seed)
    speed = of("reversion_per_year") * np.exp(figures.reversion_log_sd * normal_quantile(points[_SPEED]))
    noise = np.exp(figures.volatility_log_sd * normal_quantile(points[_VOLATILITY]))
    keep, step = np.exp(-speed / 12), of("volatility_per_sqrt_year") * noise * _month_sd(speed)
    level, decline = of("level_log"), of("decline_per_year")
    level_away, decline_away = of("level_sd") * drawn[0], of("decline_sd_per_year") * drawn[1]
    left, left_away = level, level_away  # today's price is known, so its distance to an uncertain level is not zero
    for year, shock in zip(HORIZON_YEARS[:months].tolist(), drawn[2:], strict=False):
        yield level - decline * year - left, level_away - decline_away * year - left_away
        left, left_away = keep * left, keep * left_away - step * shock


def _month_sd(speed: Floats) -> Floats:
    """Standard deviation of a month's shock at volatility one. As `speed`, per year."""
    variance = np.divide(-np.expm1(-speed / 6), 2 * speed, out=np.full(speed.shape, 1 / 12), where=speed > 0)
    return np.asarray(np.sqrt(variance))


def _normals(points: Floats, processes: Sequence[PriceProcess], which: Months, months: int, seed: int) -> Floats:
    """Standard normals of each pair: of its level, its decline, and the shock of each month. (2 + months, pairs)

    They are independent draws; but along the directions in which the rents of key months move under the pair's process
    they come from its point, which leaves their distribution as it is.

    points: Sobol points (dimensions, pairs); which: the process of each pair (pairs,).
    """
    drawn = normals(seed, 2 + max(months, *_KEY_MONTHS), which.size)
    leading, first = normal_quantile(points[list(_KEY_MONTHS.values())]), drawn[:_MOVING]
    directions = np.stack([_directions(process) for process in processes])
    of_pair = np.arange(len(processes))[:, None, None] == which
    missing = np.where(of_pair, leading - directions @ first, 0.0)
    first += directions.reshape(-1, _MOVING).T @ missing.reshape(-1, which.size)
    return drawn


def _directions(process: PriceProcess) -> Floats:
    """The directions in which the rents of key months move with the first normals of `_normals`, of length one and at
    right angles to one another; zero where a month adds nothing. (key months, normals)"""
    found = np.zeros((len(_KEY_MONTHS), _MOVING))
    keep = math.exp(-process.reversion_per_year / 12)
    shock = process.volatility_per_sqrt_year * float(_month_sd(np.array(process.reversion_per_year)))
    for index, month in enumerate(_KEY_MONTHS):
        moves = np.zeros(_MOVING)
        moves[:2] = process.level_sd * (1 - keep**month), -process.decline_sd_per_year * month / 12
        moves[2 : 2 + month] = shock * keep ** np.arange(month - 1, -1, -1)
        size = math.sqrt(moves @ moves)
        moves -= found[:index].T @ (found[:index] @ moves)
        left = math.sqrt(moves @ moves)
        found[index] = moves / left if left > _LEAST_SHARE * size else 0.0
    return found
