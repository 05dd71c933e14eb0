"""Root finding: brackets close on the root, to the tolerance that is given; and quantiles of the standard normal."""

import math
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.array_types import Floats
from advisor.finance.solve import (
    around_crossing,
    bisect,
    false_position_each,
    line_crossing,
    newton_each,
    normal_quantile,
)

roots = st.floats(-50, 50)


@given(roots)
def test_bisection_ends_at_neighbouring_floats(root: float) -> None:
    low, high = bisect(lambda x: x < root, -100.0, 100.0)
    assert low < root <= high
    assert math.nextafter(low, math.inf) == high


def test_bisection_stops_at_its_tolerance() -> None:
    low, high = bisect(lambda x: x < 0.3, 0.0, 1.0, tolerance=0.1)
    assert (low, high) == (0.25, 0.3125)


@given(st.lists(roots, min_size=1, max_size=5))
def test_many_roots_are_found_at_once(each: list[float]) -> None:
    """Also where the slope leads out of the bracket, and where false position has one end that stays."""
    wanted, ends = np.array(each), (np.full(len(each), -100.0), np.full(len(each), 100.0))

    def curve(x: Floats) -> tuple[Floats, Floats]:
        return np.arctan(3 * (x - wanted)), 3 / (1 + (3 * (x - wanted)) ** 2)

    assert newton_each(curve, *ends) == pytest.approx(wanted, abs=1e-12)
    low, high = (curve(end)[0] for end in ends)
    assert false_position_each(lambda x: curve(x)[0], *ends, low, high, 60) == pytest.approx(wanted, abs=1e-9)


@given(st.floats(0.05, 0.95), st.sampled_from([-1.0, 1.0]), st.floats(0.0, 3.0))
def test_proposals_close_in_on_a_change_of_sign(root: float, sign: float, bend: float) -> None:
    def curve(x: np.ndarray) -> np.ndarray:
        return np.asarray(sign * ((x - root) + bend * (x - root) ** 3))

    low, high = 0.0, 1.0
    for _ in range(6):
        ends = np.array([low, high])
        at_low, at_high = curve(ends)
        crossing = line_crossing(low, high, float(at_low), float(at_high))
        tried = np.array([low, *around_crossing(*np.array([low, high, crossing, 1e-3])), high])
        left = int(((curve(tried) < 0) == (curve(tried[:1]) < 0)).argmin()) - 1
        low, high = tried[left], tried[left + 1]
    assert low <= root + 1e-12
    assert root <= high + 1e-12
    assert high - low <= 1e-3


def test_one_round_of_proposals_brackets_the_crossing_of_a_straight_line() -> None:
    tried = around_crossing(*np.array([0.0, 1.0, 0.25, 1e-3]))
    assert tried[tried <= 0.25].max() > 0.25 - 1e-3
    assert tried[tried >= 0.25].min() < 0.25 + 1e-3


@given(st.floats(0.05, 0.95))
def test_false_position_finds_the_root_of_a_smooth_function(root: float) -> None:
    low, high = np.zeros(1), np.ones(1)
    found = false_position_each(lambda x: np.expm1(x - root), low, high, np.expm1(-root), np.expm1(1 - root), 6)
    assert found.item() == pytest.approx(root, abs=1e-7)


def test_normal_quantiles_are_those_of_the_standard_library() -> None:
    """In the middle, beyond it, and in the far tail, where each has a formula of its own."""
    shares = np.array([[1e-15, 1e-9, 0.001, 0.07, 0.08], [0.5, 0.92, 0.93, 0.999, 1 - 1e-12]])
    known = NormalDist()
    wanted = np.array([[known.inv_cdf(share) for share in row] for row in shares.tolist()])
    assert normal_quantile(shares) == pytest.approx(wanted, rel=1e-6, abs=1e-9)
