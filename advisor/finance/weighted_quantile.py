"""The quantile of weighted values."""

import numpy as np

from advisor.array_types import Floats


def quantile(values: Floats, weights: Floats, share: float) -> float:
    """The least value that `share` of the weight does not exceed."""
    order = np.argsort(values, axis=None)
    reached = weights.ravel()[order].cumsum()
    at = int(np.searchsorted(reached, share - 1e-12))
    return float(values.ravel()[order][min(at, order.size - 1)])
