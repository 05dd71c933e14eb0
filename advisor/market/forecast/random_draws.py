"""Random draws that are the same for a seed on every machine and with every version of numpy.

The stream of numpy.random may change between versions, and its import alone costs 7 MB and a tenth of the time to the
first verdict. The standard library's generator is stable.
"""

from functools import cache
from random import Random
from typing import Any

import numpy as np

from advisor.array_types import Floats
from advisor.finance.solve import normal_quantile

Words = np.ndarray[tuple[Any, ...], np.dtype[np.uint32]]
UNIFORM_VALUES = 2.0**32
_STEPS = 1 << 12


def normals(seed: int | str, rows: int, count: int) -> Floats:
    """Return independent draws from the standard normal distribution, in 4,096 equally likely steps. (rows, count)

    The first rows do not depend on the number of rows. A step is the quantile of the middle of its part, and the steps
    are scaled to a variance of one: enough for what is left when the directions that matter are drawn otherwise.
    """
    drawn = np.frombuffer(Random(f"{seed} normals").randbytes(2 * rows * count), dtype="<u2")
    return np.asarray(_steps()[drawn & (_STEPS - 1)].reshape(rows, count))


@cache
def _steps() -> Floats:
    """The equally likely values, ascending. (4096,)"""
    values = normal_quantile((np.arange(_STEPS) + 0.5) / _STEPS)
    return np.asarray(values / values.std())


def uniform_bits(seed: str, count: int) -> Words:
    """Return uniform 32-bit integers; the first ones do not depend on `count`. (count,)"""
    return np.frombuffer(Random(seed).randbytes(4 * count), dtype="<u4")
