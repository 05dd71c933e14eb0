"""The fewest runs of one choice along a line: as few, and as cheap, as the best of all ways to choose."""

from itertools import groupby, product

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from advisor.finance.fewest_runs import fewest_runs

TOLERANCE = 0.02
COSTS = st.sampled_from([100.0, 101.0, 102.0, 103.0, np.inf])
TABLES = st.integers(1, 5).flatmap(
    lambda points: st.lists(st.lists(COSTS, min_size=points, max_size=points), min_size=1, max_size=3)
)


def runs_and_cost(chosen: tuple[int, ...], costs: list[list[float]]) -> tuple[int, float]:
    """How many runs a way to choose has, and what it costs above the cheapest choices; -1 costs nothing."""
    least = [min(column) for column in zip(*costs, strict=True)]
    added = sum(costs[one][at] / least[at] - 1 for at, one in enumerate(chosen) if one >= 0)
    return len(list(groupby(chosen))), round(added, 9)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(TABLES)
@example([[100.0, 102.0, 103.0], [102.0, 101.0, 101.0]])
def test_no_other_way_to_choose_has_fewer_runs_or_costs_less_with_as_few(costs: list[list[float]]) -> None:
    allowed = [
        [one for one, cost in enumerate(column) if cost <= min(column) * (1 + TOLERANCE) and np.isfinite(cost)] or [-1]
        for column in zip(*costs, strict=True)
    ]
    found = tuple(fewest_runs(np.array(costs), TOLERANCE))
    assert all(one in these for one, these in zip(found, allowed, strict=True))
    assert runs_and_cost(found, costs) == min(runs_and_cost(way, costs) for way in product(*allowed))


def test_a_choice_that_is_known_is_kept() -> None:
    """The user's own length keeps the verdict's pick, also where another choice would give a single run."""
    costs = np.array([[100.0, 100.0, 100.0], [101.0, 101.0, 101.0]])
    assert fewest_runs(costs, TOLERANCE) == [0, 0, 0]
    assert fewest_runs(costs, TOLERANCE, known=(1, 1)) == [1, 1, 1]
