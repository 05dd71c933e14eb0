"""The months after the last whole term: a shorter term, one that overruns, or on demand where that market exists."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.long_runs import examples, quick_and_long
from tests.support.profile_builder import a_profile, costed, costs_by_id


def label(option_id: str, **workload: Any) -> str:
    """What an option of the 64-node cluster is called."""
    return costs_by_id(a_profile(workload))[option_id].option.label


def command(option_id: str, **workload: Any) -> str:
    """What to do to take it."""
    return costs_by_id(a_profile(workload))[option_id].option.command


def test_a_shorter_term_serves_the_last_months() -> None:
    assert label("reserved-12m", months=15) == "12+3-month reservation"
    assert label("reserved-12m", months=24) == "12-month reservation"
    assert label("reserved-12m-prepaid", months=15) == "prepaid 12+3-month term"
    assert command("reserved-12m", months=15) == "reserve 12 months, then 3"
    assert command("reserved-12m-prepaid", months=15) == "prepay 12 months, then 3"
    assert command("reserved-12m", nodes=8, months=13, busy=0.2) == "reserve 12 months, then rent"


def test_no_option_rents_where_there_is_no_on_demand_market() -> None:
    """256 nodes for 18 months: half a year on demand was charged, which the product says is not to be had."""
    found = costs_by_id(a_profile({"nodes": 256, "months": 18, "busy": 0.9, "residual_share": 0.0}))
    for name, cost in found.items():
        if name.startswith("reserved") and not cost.option.infeasible_because:
            assert cost.components["rent"] == pytest.approx(0.0, abs=1e-6), name
    assert found["reserved-12m"].option.command == "reserve 12 months, sublet end"


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
    st.sampled_from([0.0, 0.01, 0.04]),
)
def test_a_longer_plan_never_costs_less(kind: str, nodes: int, months: int, hazard: float) -> None:
    work = {"kind": kind, "nodes": nodes, "plan_change_per_month": hazard}
    shorter, longer = (costed(a_profile({**work, "months": length})).verdict.pick for length in (months, months + 1))
    assert shorter is not None
    assert longer is not None
    assert shorter.cost.expected_usd <= longer.cost.expected_usd * (1 + 1e-9)
