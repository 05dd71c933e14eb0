"""Scrambled Sobol points: low-discrepancy points that are the same for a seed on every machine.

All arithmetic is on whole numbers until the last division, which is exact.
"""

from functools import cache

import numpy as np

from advisor.array_types import Floats
from advisor.market.forecast.random_draws import UNIFORM_VALUES, Words, uniform_bits

_BITS = 32
_PRIMITIVE = (
    (0b11, (1,)),
    (0b111, (1, 3)),
    (0b1011, (1, 3, 1)),
    (0b1101, (1, 1, 1)),
    (0b10011, (1, 1, 3, 3)),
    (0b11001, (1, 3, 5, 13)),
    (0b100101, (1, 1, 5, 5, 17)),
    (0b101001, (1, 1, 5, 5, 5)),
    (0b101111, (1, 1, 7, 11, 19)),
    (0b110111, (1, 1, 5, 1, 1)),
    (0b111011, (1, 1, 1, 3, 11)),
)
"""Primitive polynomial over GF(2) and first direction numbers of each dimension after the first.

Source: Joe and Kuo (2008), Constructing Sobol sequences with better two-dimensional projections, SIAM Journal on
Scientific Computing 30; their file new-joe-kuo-6.21201.
"""
MOST_DIMENSIONS = 1 + len(_PRIMITIVE)


def sobol_points(seed: int, dimensions: int, count: int) -> Floats:
    """Return points that fill the unit cube evenly, in their order; each is uniformly distributed. (dimensions, count)

    Beside the number of a point, from 0 to count - 1, as one more coordinate they fill the cube of one dimension more.

    Args:
        seed: Of the scrambling.
        dimensions: At most `MOST_DIMENSIONS`.
        count: A power of two fills the cube most evenly.

    Source: Sobol (1967); random linear scrambling and digital shift: Matousek (1998), On the L2-discrepancy for
    anchored boxes, Journal of Complexity 14.
    """
    levels = max(1, (count - 1).bit_length())
    drawn = uniform_bits(f"{seed} sobol", MOST_DIMENSIONS * (_BITS + 1)).reshape(MOST_DIMENSIONS, _BITS + 1)
    directions = _scrambled(_directions()[:dimensions, :levels], drawn[:dimensions, 1:])
    points = np.empty((dimensions, count), dtype=np.uint32)
    points[:, :1] = drawn[:dimensions, :1]
    for level in range(levels):  # the second half of the first 2^(level + 1) is the first half, moved
        half = 1 << level
        more = min(half, count - half)
        np.bitwise_xor(points[:, :more], directions[:, level, None], out=points[:, half : half + more])
    return np.asarray((points + 0.5) / UNIFORM_VALUES, dtype=np.float64)


@cache
def _directions() -> Words:
    """The direction numbers, most significant bit first. (dimensions, 32)"""
    rows = [[1] * _BITS]
    for polynomial, first in _PRIMITIVE:
        row, degree = list(first), polynomial.bit_length() - 1
        for index in range(degree, _BITS):
            number = row[index - degree]
            for back in range(1, degree + 1):
                if polynomial >> (degree - back) & 1:
                    number ^= row[index - back] << back
            row.append(number)
        rows.append(row)
    return np.array([[number << (_BITS - 1 - at) for at, number in enumerate(row)] for row in rows], dtype=np.uint32)


def _scrambled(directions: Words, drawn: Words) -> Words:
    """The direction numbers (dimensions, levels) times a random lower triangular matrix over GF(2). drawn: random bits,
    a row of the matrix each (dimensions, 32)."""
    diagonal = np.uint32(1) << np.arange(_BITS - 1, -1, -1, dtype=np.uint32)
    rows = (drawn | diagonal) & ~(diagonal - np.uint32(1))  # on the diagonal one, to the right of it nothing
    parities = np.bitwise_count(directions[:, :, None] & rows[:, None, :]) & 1
    return np.asarray(np.bitwise_or.reduce(np.where(parities == 1, diagonal, np.uint32(0)), axis=-1))
