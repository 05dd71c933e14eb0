"""Sampled paths of API prices: around what is expected, in both directions alike, and independent of rents."""

import math

import numpy as np

from advisor.array_types import Floats
from advisor.finance.solve import normal_quantile
from advisor.market.forecast.random_draws import normals
from advisor.market.forecast.simulation import Singles, antithetic_multiples
from advisor.market.forecast.sobol import MOST_DIMENSIONS, sobol_points
from advisor.values.kept import kept

_OWN_DIMENSION = 11  # of the Sobol points; paths of rents use those before it
_LEADING_MONTH = 24  # the point of a path decides its price in this month


@kept(maxsize=2)
def sample_token_prices(sd_per_sqrt_year: float, paths: int, months: int, seed: int) -> Singles:
    """Return API prices as multiples of those expected, read-only; their mean is one in every month. (paths, months)

    ln price moves by a normal shock each month, of the same size in every month, without reversion: nothing longer than
    a few weeks is known of it. The sum of the first two years' shocks comes from a Sobol dimension of its own, so that
    paths of rents are the same with and without an API. Neighboring paths are antithetic, as those of rents are.

    Args:
        sd_per_sqrt_year: Standard deviation of ln price after a year.
        paths: How many paths; an even number.
        months: Length of each path.
        seed: Of the random draws.

    Source: docs/model.md#simulation.
    """
    pairs, found = paths // 2, np.empty((months, paths // 2, 2), dtype=np.float32)
    away, nothing = np.zeros(pairs), np.zeros(pairs)
    shocks = sd_per_sqrt_year / math.sqrt(12) * _normals(pairs, months, seed)
    for month in range(months):
        found[month] = antithetic_multiples(nothing, away)
        away = away + shocks[month]
    found.setflags(write=False)
    return found.reshape(months, paths).T


def _normals(pairs: int, months: int, seed: int) -> Floats:
    """Standard normals by month, which add up to those of the Sobol points in the leading month. (months, pairs)"""
    drawn = normals(f"{seed} tokens", max(months, _LEADING_MONTH), pairs)
    leading = normal_quantile(sobol_points(seed, MOST_DIMENSIONS, pairs)[_OWN_DIMENSION])
    drawn[:_LEADING_MONTH] += leading / math.sqrt(_LEADING_MONTH) - drawn[:_LEADING_MONTH].mean(axis=0)
    return drawn
