"""The quantile of weighted values."""

import numpy as np

from advisor.array_types import Floats


def quantile(values: Floats, weights: Floats, share: float) -> float:
    """The smallest value that is reached with at least this share of the weight.

    Args:
        values: Values (...).
        weights: Their weights (...), which sum to 1.
        share: From 0 to 1.

    Source: numpy's `quantile(weights=..., method="inverted_cdf")`, which gives the same at five times the time.

    >>> quantile(np.array([30.0, 10.0, 20.0]), np.array([0.2, 0.5, 0.3]), 0.8)
    20.0
    """
    order = np.argsort(values, axis=None)
    reached = weights.ravel()[order].cumsum()
    at = int(np.searchsorted(reached, share - 1e-12))
    return float(values.ravel()[order][min(at, order.size - 1)])
