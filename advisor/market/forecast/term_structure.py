"""The term structure of rents: the level and decline that make every quoted k-month rate fair.

Many months are fitted at once, because each change of a figure in the book refits the expert's whole past.

Source: docs/model.md#experts.
"""

from functools import lru_cache

import numpy as np

from advisor.array_types import Floats, Months
from advisor.market.forecast.price_process import closed_share, log_variance
from advisor.values.quick_dataclass import dataclass

Ratios = tuple[tuple[int, float], ...]
"""Posted terms: months, and the price as a multiple of the price on demand of the same day."""
_ROUNDS = 50
_SMALLEST_STEP = 1e-12
_SETTLED = 1e-9


@dataclass(frozen=True)
class PriceUncertainty:
    """Reversion and volatility of rents, and the uncertainty of level and decline."""

    reversion_per_year: float
    volatility_per_sqrt_year: float
    level_sd: float
    decline_sd_per_year: float


@dataclass(frozen=True)
class Prior:
    """The prior of the fit: level at today's price, a decline in rents, and a discount for commitment."""

    level_sd: float
    decline_per_year: float
    decline_sd_per_year: float
    discount_share: float
    discount_sd: float


@lru_cache(maxsize=512)
def fit_terms(
    terms: tuple[Ratios, ...], noises: tuple[float, ...], uncertainty: PriceUncertainty, prior: Prior
) -> Floats:
    """Return the most likely (ln F0/S0, delta per year, commitment discount) for each set of terms. (sets, 3)

    quote_k = mean_{t<k} E[S_t] (1 - discount). Gauss-Newton on the logs; a step is halved until it improves the fit.

    Args:
        terms: Sets of posted terms; a set without terms yields the prior.
        noises: Log standard deviation of the quotes, one per set.
        uncertainty: Of the price process.
        prior: Mean and standard deviation of the three parameters.
    """
    if not terms:
        return np.empty((0, 3))
    posted = _posted(terms, noises, uncertainty)
    centre = np.array([0.0, prior.decline_per_year, prior.discount_share])
    precision = np.array([prior.level_sd, prior.decline_sd_per_year, prior.discount_sd]) ** -2
    at = np.repeat(centre[None], len(terms), axis=0)
    at_fit = posted.misfit(at, centre, precision)
    live = np.ones(len(terms), dtype=bool)
    for _ in range(_ROUNDS):
        loss, gradient, slopes = at_fit
        curvature = slopes.transpose(0, 2, 1) @ slopes + np.diag(precision)
        step: Floats = np.asarray(np.linalg.solve(curvature, gradient[..., None])[..., 0] * live[:, None])
        found = posted.misfit(at - _inside(at, step), centre, precision)
        while (worse := live & (found[0] > loss)).any():
            step[worse] /= 2
            live &= ~(worse & (np.abs(step).max(axis=1) < _SMALLEST_STEP))
            step[~live] = 0
            found = posted.misfit(at - step, centre, precision)
        at, at_fit = at - step, found
        live &= np.abs(step).max(axis=1) >= _SETTLED
        if not live.any():
            break
    at.setflags(write=False)
    return at


def _inside(at: Floats, step: Floats) -> Floats:
    """Halve the steps, in place, until every discount stays below 100 %."""
    while (over := at[:, 2] - step[:, 2] >= 1).any():
        step[over] /= 2
    return step


@dataclass(frozen=True, eq=False)
class _Posted:
    """Sets of posted terms as arrays.

    Attributes:
        last: Last month of each term. (sets, terms)
        wanted: Log of its price ratio. (sets, terms)
        precision: 1 / noise, and 0 where a set has fewer terms. (sets, terms)
        years, reverted, half_variance: Time, share of reversion and half the variance by then. (H,)
    """

    last: Months
    wanted: Floats
    precision: Floats
    years: Floats
    reverted: Floats
    half_variance: Floats

    def misfit(self, at: Floats, centre: Floats, prior_precision: Floats) -> tuple[Floats, Floats, Floats]:
        """-2 log posterior (sets,), half its gradient (sets, 3), slopes of the residuals (sets, terms, 3)."""
        rents = np.exp(at[:, :1] * self.reverted - at[:, 1:2] * self.years + self.half_variance)
        sums = np.cumsum([rents, rents * self.reverted, rents * self.years], axis=2)
        total, reverted, years = np.take_along_axis(sums, self.last[None], axis=2)
        discount = np.broadcast_to(-1 / (1 - at[:, 2:]), total.shape)
        slopes = np.stack([reverted / total, -years / total, discount], axis=2) * self.precision[..., None]
        gap = (np.log(total / (self.last + 1)) + np.log1p(-at[:, 2:]) - self.wanted) * self.precision
        away = at - centre
        loss = (gap * gap).sum(axis=1) + (away * away * prior_precision).sum(axis=1)
        return loss, (slopes * gap[..., None]).sum(axis=1) + away * prior_precision, slopes


def _posted(terms: tuple[Ratios, ...], noises: tuple[float, ...], uncertainty: PriceUncertainty) -> _Posted:
    width = max(1, *map(len, terms))
    last = np.zeros((len(terms), width), dtype=np.int64)
    wanted, precision = np.zeros(last.shape), np.zeros(last.shape)
    for row, (ratios, noise) in enumerate(zip(terms, noises, strict=True)):
        for column, (months, ratio) in enumerate(ratios):
            last[row, column], wanted[row, column], precision[row, column] = months - 1, np.log(ratio), 1 / noise
    years = np.arange(last.max() + 1) / 12
    variance = log_variance(
        uncertainty.volatility_per_sqrt_year,
        uncertainty.reversion_per_year,
        uncertainty.level_sd,
        uncertainty.decline_sd_per_year,
        years,
    )
    return _Posted(last, wanted, precision, years, closed_share(uncertainty.reversion_per_year, years), variance / 2)


def implied_forward_usd(short_years: int, short_usd: float, long_years: int, long_usd: float) -> float:
    """The mean rent between the ends of two terms that makes the longer rate the mean of its years.

        forward = (L * long - s * short) / (L - s)

    Args:
        short_years: Length of the shorter term, s.
        short_usd: Its rate, USD per GPU-hour.
        long_years: Length of the longer term, L.
        long_usd: Its rate, USD per GPU-hour.

    Returns:
        USD per GPU-hour.

    Raises:
        ValueError: Unless 0 < s < L.

    Source: docs/model.md#price-process.

    >>> implied_forward_usd(1, 2.0, 3, 1.5)
    1.25
    """
    if not 0 < short_years < long_years:
        raise ValueError("a shorter and a longer term are needed")
    return (long_years * long_usd - short_years * short_usd) / (long_years - short_years)
