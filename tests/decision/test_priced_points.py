"""Points that are priced together cost what each costs alone, and today's values cost what they cost today; and flips
are found between them in few calls."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.decision.break_even import break_evens
from advisor.decision.cost_options import Costing, cost_options
from advisor.decision.flips.moved_inputs import MovedInput, moved_inputs
from advisor.decision.flips.priced_points import PricedPoints
from advisor.decision.flips.switching_values import Points, switching_values
from advisor.decision.ranking import RankedOption
from advisor.input_id import InputId
from advisor.profiles.schema import Profile
from tests.support.profile_builder import BOOK, a_profile, sample

CONTRACT: dict[str, Any] = {"nodes": 4, "months_left": 9, "usd_per_gpu_hour": 3.1}
PROFILES = {
    "a cluster": sample("cluster-64"),
    "a service": sample("inference-8"),
    "two years, with an end to serve": a_profile({"nodes": 16, "months": 21, "growth_per_month": 0.05}),
    "beside a contract": a_profile({"nodes": 8, "months": 18}, commitment=[CONTRACT]),
    "racks or nodes of another GPU, beside a contract": a_profile(
        {"gpu": "GB300-NVL72", "nodes": 2, "months": 12, "kind": "fine-tune"},
        market={"other_gpus": ["MI325X"]},
        commitment=[{"nodes": 1, "months_left": 1, "usd_per_gpu_hour": 0.0, "may_be_resold": True}],
    ),
}
HAIR = 1e-9  # of a value, so that its options are built again


def a_hair_from_today(one: MovedInput) -> float:
    return one.current if one.whole else one.current * (1 + HAIR)


def priced(profile: Profile) -> tuple[Costing, list[RankedOption], list[MovedInput], PricedPoints]:
    costing = cost_options(profile, BOOK)
    options = [option for option in costing.verdict.competitors if option.cost.option.choice is None]
    inputs = moved_inputs(profile, costing.book, costing.case)
    return costing, options, inputs, PricedPoints(profile, costing.case, options)


@pytest.mark.parametrize("name", PROFILES)
def test_together_is_what_each_is_alone(name: str) -> None:
    """Every fourth input, another fourth for another profile; one of them twice, as two switching values have it."""
    _, _, inputs, price = priced(PROFILES[name])
    some = inputs[list(PROFILES).index(name) :: 4]
    points = [(one, one.first_values) for one in some] + [(some[0], some[0].first_values[:1])]
    for (one, values), together in zip(points, price(points), strict=True):
        for at in {0, values.size - 1}:
            [alone] = price([(one, values[at : at + 1])])
            np.testing.assert_allclose(together[:, at], alone[:, 0], rtol=1e-9, err_msg=str(one.id))


@pytest.mark.parametrize("name", PROFILES)
def test_today_costs_what_it_costs_today(name: str) -> None:
    """A hair beyond, so that they are built again."""
    _, options, inputs, price = priced(PROFILES[name])
    today = [option.preference_usd for option in options]
    for one, costs in zip(inputs, price([(one, np.array([a_hair_from_today(one)])) for one in inputs]), strict=True):
        np.testing.assert_allclose(costs[:, 0], today, rtol=1e-6, err_msg=str(one.id))


@pytest.mark.parametrize("name", [*PROFILES, "half a month"])
def test_lengths_that_the_break_evens_have_priced_cost_what_they_cost_alone(name: str) -> None:
    """All at once, and where the plan's own length is not a whole number of months."""
    profile = PROFILES.get(name, a_profile({"nodes": 16, "months": 7.5}))
    costing, options, inputs, price = priced(profile)
    menu = break_evens(profile, costing).menu
    known = PricedPoints(profile, costing.case, options, menu)
    lengths = next(one for one in inputs if one.name == "months")
    [alone], [found] = price([(lengths, lengths.first_values)]), known([(lengths, lengths.first_values)])
    np.testing.assert_allclose(found, alone, rtol=1e-9)


def test_nothing_to_price_is_no_price() -> None:
    assert priced(PROFILES["a cluster"])[3]([]) == []


def _moved(low: float, current: float, high: float) -> MovedInput:
    return MovedInput(InputId.of_book("rental", "x"), "share", current, low, high, False, "rental", "x")


def _found(curves: Callable[[np.ndarray], list[np.ndarray]], moved: MovedInput) -> tuple[list[float], int]:
    """Where the lead of the first option over the rest changes its sign, and how many calls price points."""
    calls: list[int] = []

    def price(points: Points, _: np.ndarray | None) -> list[np.ndarray]:
        calls.extend([1] * bool(points))
        return [np.array(np.broadcast_arrays(*curves(values))) for _, values in points]

    def lead(costs: np.ndarray) -> np.ndarray:
        with np.errstate(invalid="ignore"):  # as in that of a class
            return np.asarray(costs[1:].min(axis=0) - costs[0])

    mine = np.arange(len(curves(np.zeros(1)))) == 0
    [one] = switching_values([moved], price, lead, mine)
    return [value for value, _ in one.places], len(calls)


def test_flips_between_straight_lines_are_read_off() -> None:
    """100 against 90 + 20 x and 130 - 40 x: the second is ahead below 0.5, the third beyond 0.75."""
    found, calls = _found(lambda x: [np.array(100.0), 90 + 20 * x, 130 - 40 * x], _moved(0.0, 0.6, 1.0))
    assert found == pytest.approx([0.5, 0.75], abs=1e-4 / 4)
    assert calls == 1


def test_a_flip_on_a_curve_takes_one_round_more() -> None:
    found, calls = _found(lambda x: [100 - 0 * x, 80 + 30 * x * x], _moved(0.0, 1.0, 1.2))
    assert found == pytest.approx([np.sqrt(2 / 3)], abs=1e-4 * 0.3)
    assert calls == 2


def test_a_flip_is_found_far_from_values_that_are_next_to_one_another() -> None:
    """By a curve through 100 and 101 at 0 and 1e-320 costs are infinite anywhere else."""
    found, _ = _found(lambda x: [100 + (x > 0), 80 + 30 * x * x], _moved(0.0, 1e-320, 1.2))
    assert found == pytest.approx([np.sqrt(0.7)], abs=1e-4 * 0.3)


@given(st.floats(0.01, 0.99))
def test_a_flip_where_the_lead_jumps_is_found_as_closely(jump: float) -> None:
    found, calls = _found(lambda x: [100.0 + 0 * x, np.where(x > jump, 90.0 + x, 150.0 - x)], _moved(0.0, 0.0, 1.0))
    assert found == pytest.approx([jump], abs=1e-4 / 4)
    assert calls <= 12
