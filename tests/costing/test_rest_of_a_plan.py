"""The months after the last whole term: a shorter term, one that overruns, or on demand where that market exists."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.array_types import at_months
from advisor.costing.options.contracts.blocks import most_in_terms
from tests.support.long_runs import examples, quick_and_long
from tests.support.profile_builder import a_profile, costed, costs_by_id


def label(option_id: str, **workload: Any) -> str:
    """What an option of the 64-node cluster is called."""
    return costs_by_id(a_profile(workload))[option_id].option.label


def command(option_id: str, **workload: Any) -> str:
    """What to do to take it."""
    option = costs_by_id(a_profile(workload))[option_id].option
    return option.command + option.then


def test_a_shorter_term_serves_the_last_months() -> None:
    assert label("reserved-12m", months=15) == "12+3-month reservation"
    assert label("reserved-12m", months=24) == "12-month reservation"
    assert label("reserved-12m-prepaid", months=15) == "prepaid 12+3-month term"
    assert command("reserved-12m", months=15) == "reserve 12 months, then 3 months"
    assert command("reserved-12m-prepaid", months=15) == "prepay 12 months, then 3 months"
    assert command("reserved-12m", nodes=8, months=13, busy=0.2) == "reserve 12 months, then rent"
    assert command("reserved-12m", months=27) == "reserve 12 months, then renew, then 3 months"
    assert command("reserved-12m", months=24) == command("reserved-12m", months=23.5) == "reserve 12 months, then renew"


def test_the_rest_of_a_plan_is_served_by_what_costs_least_in_present_value() -> None:
    """A plan of 53 months cost 0.8 % more than one of 54: the ways to serve its end were compared undiscounted."""
    task = {"kind": "fine-tune", "gpu": "B300-SXM", "nodes": 1, "busy": 1.0, "plan_change_per_month": 0.0}
    shorter, longer = (
        costs_by_id(a_profile({**task, "months": months}, market={"tier": "hyperscaler"}))["reserved-36m"].expected_usd
        for months in (53, 54)
    )
    assert shorter <= longer


def test_no_option_rents_where_there_is_no_on_demand_market() -> None:
    """256 nodes for 18 months: half a year on demand was charged, which the product says is not to be had."""
    found = costs_by_id(a_profile({"nodes": 256, "months": 18, "busy": 0.9, "residual_share": 0.0}))
    for name, cost in found.items():
        if name.startswith("reserved") and not cost.option.infeasible_because:
            assert cost.components["rent"] == pytest.approx(0.0, abs=1e-6), name
    assert found["reserved-12m"].option.then == ", sublet end"


def test_a_part_of_a_month_after_whole_terms_is_rented_where_that_costs_less_than_a_term() -> None:
    """32 nodes for 2.5 months: three terms of a month were billed, so that renting, at $2.02M, was advised."""
    work = {"kind": "pre-train", "nodes": 32, "busy": 0.95, "plan_change_per_month": 0.0}
    two, half, three = (costs_by_id(a_profile({**work, "months": months})) for months in (2, 2.5, 3))
    assert half["reserved-1m"].option.then == ", then renew, then rent"
    rented = (half["on-demand"].expected_usd - two["on-demand"].expected_usd) / two["reserved-1m"].expected_usd
    assert half["reserved-1m"].expected_usd == pytest.approx(two["reserved-1m"].expected_usd * (1 + rented), rel=1e-3)
    assert half["reserved-1m"].expected_usd < half["on-demand"].expected_usd < three["on-demand"].expected_usd
    assert command("reserved-1m", **{**work, "months": 2.95}) == "reserve 1 month, then renew"


def test_a_second_block_may_overrun_the_plan() -> None:
    """Two blocks of a year for 18 months: all of the second is paid for, and its last months are sublet."""
    sure = {"nodes": 256, "plan_change_per_month": 0.0}
    short, long = (costs_by_id(a_profile({**sure, "months": months}))["reserved-12m"] for months in (18, 24))
    assert short.components["committed"] == pytest.approx(long.components["committed"], rel=1e-9)
    assert short.components["idle_resale"] < long.components["idle_resale"] < 0


@quick_and_long
@settings(max_examples=examples(15, 100), deadline=None, derandomize=True)
@given(
    st.sampled_from(["fine-tune", "pre-train", "inference"]),
    st.integers(1, 40) | st.sampled_from([64, 127, 128, 256, 1000]),
    st.integers(2, 59),
    st.just(1.0) | st.floats(0.01, 1.0),
    st.sampled_from([0.0, 0.01, 0.04]),
)
def test_a_longer_plan_never_costs_less(kind: str, nodes: int, months: int, part: float, hazard: float) -> None:
    work = {"kind": kind, "nodes": nodes, "plan_change_per_month": hazard}
    lengths = sorted({months, months + part, months + 1})
    picks = [costed(a_profile({**work, "months": length})).verdict.pick for length in lengths]
    costs = [pick.cost.expected_usd for pick in picks if pick is not None]
    assert len(costs) == len(lengths)
    assert all(shorter <= longer * (1 + 1e-9) for shorter, longer in pairwise(costs))


@pytest.mark.parametrize("term", [1, 2, 3, 7, 36])
def test_the_most_in_a_term_from_each_month_on(term: int) -> None:
    wanted = np.random.default_rng(term).integers(0, 50, (3, 20)).astype(float)
    found, later = most_in_terms(wanted, term, 25), np.pad(wanted, ((0, 0), (0, 60)))
    assert found.tolist() == [[row[month : month + term].max() for month in range(25)] for row in later]


@pytest.mark.parametrize("values", [(7,), (1, 7), (4, 7)])
@pytest.mark.parametrize("months", [(5,), (4, 5), (4, 1)])
def test_values_at_months_of_each_point(values: tuple[int, ...], months: tuple[int, ...]) -> None:
    draws = np.random.default_rng(1)
    by_month, at = draws.random(values), draws.integers(0, 7, months)
    rows, columns = np.broadcast_to(by_month, (4, 7)), np.broadcast_to(at, (4, months[-1]))
    expected = [[row[month] for month in own] for row, own in zip(rows, columns, strict=True)]
    assert np.broadcast_to(at_months(by_month, at), (4, months[-1])).tolist() == expected
