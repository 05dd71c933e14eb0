"""Random draws that are the same for a seed on every machine and with every version of numpy.

The stream of numpy.random may change between versions, and its import alone costs 7 MB and a tenth of the time to the
first verdict. The standard library's generator is stable.
"""

import math
from random import Random

import numpy as np
import numpy.typing as npt

from advisor.array_types import Floats

_UNIFORM_VALUES = 2.0**32


def normals(seed: int, rows: int, count: int) -> Floats:
    """Return independent standard normals. (rows, count)

    The first rows do not depend on the number of rows.

    Source: Box and Muller (1958): two uniform numbers, here of 32 bits, give the radius and angle of two normals.
    """
    pairs = (count + 1) // 2
    uniform = _uniform_bits(f"{seed} normals", rows * 2 * pairs).reshape(rows, 2, pairs)
    radius = np.sqrt(-2 * np.log((uniform[:, 0] + 0.5) / _UNIFORM_VALUES))
    angle = uniform[:, 1] * (2 * math.pi / _UNIFORM_VALUES)
    drawn = np.empty((rows, 2, pairs))
    np.multiply(radius, np.cos(angle), out=drawn[:, 0])
    np.multiply(radius, np.sin(angle), out=drawn[:, 1])
    return np.asarray(drawn.reshape(rows, 2 * pairs)[:, :count])


def order(seed: int, count: int) -> npt.NDArray[np.int64]:
    """Return the numbers 0 to count - 1 in random order."""
    return np.asarray(np.argsort(_uniform_bits(f"{seed} order", count), kind="stable"))


def _uniform_bits(seed: str, count: int) -> npt.NDArray[np.uint32]:
    """Uniform 32-bit integers; the first ones do not depend on `count`."""
    return np.frombuffer(Random(seed).randbytes(4 * count), dtype="<u4")
