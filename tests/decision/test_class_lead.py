"""The lead of a class is not negative exactly where the rule picks the class."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.costing.option import PlanOption
from advisor.decision.ranking import class_lead_usd, pick_and_rival

TIE = 0.005


RENT, MONTHS, YEAR, BUY = (
    PlanOption("on-demand", "rent"),
    PlanOption("reserved-3m", "reserve", 3),
    PlanOption("reserved-12m", "reserve", 12),
    PlanOption("buy", "buy"),
)
LONGER = PlanOption("reserved-24m", "reserve", 24)
WAYS = (RENT, MONTHS, YEAR, LONGER, BUY)

COSTS = st.one_of(st.sampled_from([np.inf, 100.0, 100.4, 100.6, 101.2, -100.0]), st.floats(-150, 150))


@given(st.lists(COSTS, min_size=len(WAYS), max_size=len(WAYS)), st.sampled_from(WAYS))
def test_it_is_not_negative_where_the_class_is_picked(costs: list[float], way: PlanOption) -> None:
    usd = np.array(costs)
    lead = float(class_lead_usd(usd, WAYS, way.option_class, TIE))
    pick, _ = pick_and_rival(usd, WAYS, TIE)
    if pick < 0:
        assert not lead >= 0
    elif abs(lead) > 1e-9:
        assert (lead > 0) == (WAYS[int(pick)].option_class == way.option_class)


@pytest.mark.parametrize(
    ("costs", "lead"),
    [
        ([100.0, np.inf, np.inf, np.inf, 110.0], 110 * 1.005 - 100),
        ([110.0, np.inf, np.inf, np.inf, 100.0], 100 * 1.005 - 110),
        ([100.0, np.inf, np.inf, np.inf, np.inf], np.inf),
        ([np.inf, np.inf, np.inf, np.inf, 100.0], -np.inf),
    ],
)
def test_it_is_what_the_others_cost_more_with_ties_counted(costs: list[float], lead: float) -> None:
    assert class_lead_usd(np.array(costs), WAYS, "rent", TIE) == pytest.approx(lead)


def test_a_third_class_that_is_cheaper_but_tied_is_counted() -> None:
    """Three months cost least; a year ties with them and loses; renting ties with the three months, and not with a year
    alone: the simplest is picked."""
    usd = np.array([100.45, 100.0, 100.3, np.inf, np.inf])
    assert class_lead_usd(usd, WAYS, "rent", TIE) == pytest.approx(100.0 * 1.005 - 100.45)
    assert class_lead_usd(usd, WAYS, "reserve_short", TIE) < 0


def test_many_points_at_once_are_the_points_one_by_one() -> None:
    usd = np.array([[100.0, 99.0, 101.0, 98.9, 120.0], [90.0, 99.0, np.inf, 98.9, 89.0]])
    each = [float(class_lead_usd(row, WAYS, "reserve_long", TIE)) for row in usd]
    assert class_lead_usd(usd, WAYS, "reserve_long", TIE).tolist() == each
