"""The terms that sellers post: those of the book today, and those of past months as the history has them."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np

from advisor.array_types import Amount, Bools, Floats, Months
from advisor.market.assumptions import ExpertFigures
from advisor.market.forecast.term_structure import Terms
from advisor.market.price_history import LEVEL, POOLED, RESTATED_CARDS, TERM_SERIES, History
from advisor.values.quick_dataclass import dataclass

_TERM_MONTHS = np.array(list(TERM_SERIES))


def quoted_terms(ratios: Sequence[tuple[int, Amount]], noise: Amount) -> Terms:
    """The terms of one day. Arrays (..., 1, terms).

    Args:
        ratios: (months, price as a multiple of the price on demand of the day).
        noise: Log standard deviation of a quote.

    Raises:
        ValueError: Unless months >= 1 and prices > 0.
    """
    if any(months < 1 or not np.all(ratio > 0) for months, ratio in ratios):
        raise ValueError("prices above zero and terms of a month or more are needed")
    last = np.array([[months - 1 for months, _ in ratios]], dtype=np.int64)
    each = np.broadcast_arrays(np.ones(1), *(ratio for _, ratio in ratios))[1:]
    log_ratio = np.log(np.stack(each, axis=-1)) if each else np.zeros(last.shape)
    precision = 1 / _beside_terms(noise)
    shape = np.broadcast_shapes(log_ratio.shape, precision.shape)
    return Terms(*(np.broadcast_to(values, shape) for values in (last, log_ratio, precision)))


@dataclass(frozen=True, eq=False)
class PostedMonths:
    """What was posted for a GPU in each of M months; K terms.

    Attributes:
        log_ratio: Log of the price of each term as a multiple of the list price; 0 where none was posted. (M, K)
        posted: Which terms were posted. (M, K)
        counts: How many; -1 without a list price. (M,)
        pooled_log_ratio: The same of the pooled price of all terms. (M,)
        pooled: Whether there was one. (M,)
    """

    log_ratio: Floats
    posted: Bools
    counts: Months
    pooled_log_ratio: Floats
    pooled: Bools

    def takes_pooled(self, figures: ExpertFigures) -> Bools:
        """Which months have the pooled price only, for want of `min_term_quotes` terms. (..., M)"""
        return np.asarray(self.pooled & (self.counts < figures.min_term_quotes))

    def terms(self, figures: ExpertFigures) -> Terms:
        """The terms of each month where there are enough, else the pooled price, else none. (..., M, K)"""
        pooled, enough = self.takes_pooled(figures)[..., None], self.counts >= figures.min_term_quotes
        first = _TERM_MONTHS[0] == _TERM_MONTHS  # the pooled price is a month's only term
        last = np.where(pooled & first, _beside_terms(figures.pooled_quote_months).astype(np.int64), _TERM_MONTHS) - 1
        log_ratio = np.where(pooled & first, self.pooled_log_ratio[:, None], self.log_ratio)
        of_terms = (enough[..., None] & self.posted) / _beside_terms(figures.quote_noise)
        precision = of_terms + (pooled & first) / _beside_terms(figures.pooled_quote_noise)
        return Terms(*np.broadcast_arrays(last, log_ratio, precision))


def _beside_terms(amount: Amount) -> Floats:
    """An amount as an array beside (..., sets, terms)."""
    return np.asarray(amount)[..., None]


@lru_cache(maxsize=256)
def posted_months(known: History, gpu: str, months: tuple[str, ...]) -> PostedMonths:
    """What was posted for a GPU in some months, "YYYY-MM"."""
    named = known.by_gpu.get(gpu, {})

    def prices(name: str) -> Floats:
        series = named.get(name)
        by_month: Mapping[str, float] = {} if series is None else dict(zip(series.months, series.values, strict=True))
        return np.array([by_month.get(month, np.nan) for month in months])

    level, pooled, cards = (prices(name) for name in (LEVEL, POOLED, RESTATED_CARDS))
    terms = np.array([prices(name) for name in TERM_SERIES.values()]).T / level[:, None]
    posted, pooled_ratio = np.isfinite(terms), pooled / np.where(np.isfinite(cards), cards, level)
    return PostedMonths(
        log_ratio=np.log(np.where(posted, terms, 1.0)),
        posted=posted,
        counts=np.where(np.isfinite(level), posted.sum(axis=1), -1),
        pooled_log_ratio=np.log(np.where(np.isfinite(pooled_ratio), pooled_ratio, 1.0)),
        pooled=np.isfinite(pooled_ratio),
    )
