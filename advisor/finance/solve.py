"""Numerical routines: the error function and root finding on scalars and arrays."""

import math

import numpy as np

from advisor.array_types import Floats


def erf(values: Floats) -> Floats:
    """The error function of each value; numpy has none."""
    return np.array([math.erf(value) for value in values.ravel().tolist()]).reshape(values.shape)
