"""The term structure of rents: the level and decline that make every quoted k-month rate fair.

Many sets of terms are fitted at once, because each change of a figure in the book refits the expert's whole past.

Source: docs/model.md#experts.
"""

import numpy as np

from advisor.array_types import Floats, Months
from advisor.market.assumptions import ExpertFigures
from advisor.market.forecast.price_process import PriceUncertainty, closed_share, log_variance
from advisor.values.many_points import Number, distinct, distinct_rows
from advisor.values.quick_dataclass import dataclass

_ROUNDS = 50
_VISIBLE = 1e-6  # whether a smaller step improves the fit is a matter of rounding
_SETTLED = 1e-9  # a smaller step is the last one
_AT_ONCE = 512  # sets of terms, whose arrays fit the processor's cache


@dataclass(frozen=True, eq=False)
class Terms:
    """Sets of posted terms, arrays (..., sets, terms).

    Attributes:
        last: Last month of each term, from 0.
        log_ratio: Log of its price as a multiple of the price on demand of the same day.
        precision: 1 / log standard deviation of the quote; 0 where a set has fewer terms.
    """

    last: Months
    log_ratio: Floats
    precision: Floats

    @property
    def months_of_last(self) -> list[int]:
        """The terms of the last set, in months; of the first point."""
        of_last = (*(0,) * (self.last.ndim - 2), -1)
        last, precision = self.last[of_last], self.precision[of_last]
        return [month + 1 for month in last[precision > 0].tolist()]

    def joined(self, other: "Terms") -> "Terms":
        """These sets and then those of the other."""
        points = np.broadcast_shapes(self.precision.shape[:-2], other.precision.shape[:-2])
        width = max(self.precision.shape[-1], other.precision.shape[-1], 1)

        def both(ours: Number, others: Number) -> Number:
            count = ours.shape[-2]
            wide = np.zeros((*points, count + others.shape[-2], width), ours.dtype)
            wide[..., :count, : ours.shape[-1]], wide[..., count:, : others.shape[-1]] = ours, others
            return wide

        return Terms(
            both(self.last, other.last),
            both(self.log_ratio, other.log_ratio),
            both(self.precision, other.precision),
        )


def fit_terms(terms: Terms, uncertainty: PriceUncertainty, experts: ExpertFigures) -> Floats:
    """Return the most likely ln F0/S0, delta per year and commitment discount of each set of terms. (3, ..., sets)

    quote_k = mean_{t<k} E[S_t] (1 - discount). Equal sets with equal figures are fitted once.

    Args:
        terms: The sets; one without terms yields the prior.
        uncertainty: Of the price process, of one point or of P points.
        experts: With the prior of the three parameters: the level at today's price, a decline in rents, and a discount
            for commitment; of one point or of P points.
    """
    figures = (0.0, experts.decline_prior_per_year, experts.commitment_discount_prior,
               experts.level_prior_sd, experts.decline_prior_sd_per_year, experts.commitment_discount_prior_sd,
               uncertainty.reversion_per_year, uncertainty.volatility_per_sqrt_year,
               uncertainty.level_sd, uncertainty.decline_sd_per_year)  # fmt: skip
    shape = np.broadcast_shapes(terms.last.shape[:-1], *{np.shape(figure) for figure in figures})
    count = terms.last.shape[-1]
    table = np.empty((*shape, 3 * count + len(figures)))
    table[..., :count], table[..., count : 2 * count] = terms.last, terms.log_ratio
    table[..., 2 * count : 3 * count] = terms.precision
    for column, figure in enumerate(figures, start=3 * count):
        table[..., column] = figure
    sets = table.reshape(-1, table.shape[-1])
    posted = np.flatnonzero(sets[:, 2 * count : 3 * count].any(axis=1))
    first, place = distinct_rows(sets[posted])
    years = np.arange(terms.last.max(initial=0) + 1) / 12
    moments = [
        np.atleast_2d(by_month)
        for by_month in (closed_share(uncertainty.reversion_per_year, years), log_variance(uncertainty, years) / 2)
    ]
    fits = np.empty((3, first.size))
    for start in range(0, first.size, _AT_ONCE):
        some = posted[first[start : start + _AT_ONCE]]
        by_set = (one[some // shape[-1] if len(one) > 1 else np.zeros_like(some)] for one in moments)
        fits[:, start : start + _AT_ONCE] = _fit(_Sets(sets[some], count, years, *by_set))
    found = sets[:, 3 * count : 3 * count + 3].T.copy()
    found[:, posted] = fits[:, place]
    return found.reshape(3, *shape)


class _Sets:
    """Sets of posted terms and the figures of each, arranged for the fit.

    Attributes:
        precision: As in `Terms`. (sets, terms)
        log_sums: Log of each price, as a multiple of the price on demand, for all months of the term. (sets, terms)
        years: Time. (H,)
        reverted, half_variance: Share of reversion and half the variance by then. (sets, H)
        up_to: 1 for the months of each of the different terms. (H, different terms)
        end: Where the sum of each term is among the sums of each set and different term. (sets, terms)
        center, prior_precision: Mean and 1 / standard deviation of the prior. (3, sets)
    """

    def __init__(self, sets: Floats, terms: int, years: Floats, reverted: Floats, half_variance: Floats) -> None:
        """Arrange the columns: by term the last month, the log ratio and the precision; then the prior."""
        last, ratio, self.precision, prior, _ = np.split(sets, [terms, 2 * terms, 3 * terms, 3 * terms + 6], axis=1)
        self.log_sums = ratio + np.log(last + 1)
        self.years, self.reverted, self.half_variance = years, reverted, half_variance
        ends = distinct(last)
        self.up_to = (np.arange(years.size)[:, None] <= ends).astype(float)
        self.end = np.searchsorted(ends, last) + ends.size * np.arange(len(sets))[:, None]
        self.center, self.prior_precision = prior.T[:3], 1 / prior.T[3:]

    def equations(self, at: Floats) -> Floats:
        """The normal equations: products of the residuals' slopes by parameter and, last, of the residuals.

        (4, 4, sets). Each residual is divided by its standard deviation; those of the prior follow those of the terms.
        """
        level, decline, discount = at[..., None]
        by_month = np.empty((3, *self.reverted.shape))
        np.exp(level * self.reverted - decline * self.years + self.half_variance, out=by_month[0])
        np.multiply(by_month[0], self.reverted, out=by_month[1])
        np.multiply(by_month[0], self.years, out=by_month[2])
        total, reverted, years = (by_month @ self.up_to).reshape(3, -1)[:, self.end]
        sets, count = self.end.shape
        parts = np.zeros((4, sets, count + 3))
        of_terms = parts[:, :, :count]
        of_terms[0], of_terms[1], of_terms[2] = reverted / total, -years / total, -1 / (1 - discount)
        of_terms[3] = np.log(total) + np.log1p(-discount) - self.log_sums
        of_terms *= self.precision
        parts[range(3), :, range(count, count + 3)] = self.prior_precision
        parts[3, :, count:] = ((at - self.center) * self.prior_precision).T
        return np.asarray(np.einsum("ast,bst->abs", parts, parts))


def _fit(sets: _Sets) -> Floats:
    """The most likely parameters. (3, sets)

    Gauss-Newton on the logs; a step is halved until it improves the fit, and until the discount stays below 100 %.
    """
    at = sets.center
    now = sets.equations(at)
    live = np.ones(at.shape[1], dtype=bool)
    for _ in range(_ROUNDS):
        step = _solved(now[:3, :3], now[:3, 3]) * live
        while (over := at[2] - step[2] >= 1).any():
            step[:, over] /= 2
        found = sets.equations(at - step)
        size = np.abs(step).max(axis=0)
        while (worse := (found[3, 3] > now[3, 3]) & (size >= _VISIBLE)).any():
            step[:, worse] /= 2
            size[worse] /= 2
            found = sets.equations(at - step)
        at, now = at - step, found
        live &= size >= _SETTLED
        if not live.any():
            break
    return at


def _solved(curvature: Floats, gradient: Floats) -> Floats:
    """Solve many symmetric systems of three equations, by elimination: LAPACK takes a call for each. (3, sets)"""
    (a, b, c), (_, d, e), (_, _, f) = curvature
    x, y, z = gradient
    by_a, c_by_a = b / a, c / a
    d, e = d - by_a * b, e - c_by_a * b
    y = y - by_a * x
    e_by_d = e / d
    z = (z - c_by_a * x - e_by_d * y) / (f - c_by_a * c - e_by_d * e)
    y = y / d - e_by_d * z
    return np.array([x / a - by_a * y - c_by_a * z, y, z])


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
