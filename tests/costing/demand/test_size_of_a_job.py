"""Work is conserved: separable work costs no more together, on any GPU, and a typed utilization is what is used."""

from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from advisor.costing.build_case import case_of, other_cases
from advisor.costing.demand import Demand
from advisor.costing.load_steps import busy_split
from advisor.costing.options.all_options import cost_menu
from advisor.costing.valuation import OptionCost
from advisor.decision.cost_options import Costing, cost_options, forecast_for
from advisor.profiles.schema import Profile
from advisor.profiles.validation import parse_profile
from tests.support.frozen_book import frozen_prices
from tests.support.long_runs import examples, quick_and_long
from tests.support.present import present
from tests.support.profile_builder import a_profile, raw_profiles, shares

BOOK = frozen_prices()


def costed(profile: Profile) -> Costing:
    """What every option costs at the frozen prices."""
    return cost_options(profile, BOOK)


def costs_by_id(profile: Profile) -> dict[str, OptionCost]:
    """The cost of every option at the frozen prices."""
    return {cost.option.id: cost for cost in costed(profile).costs}


KINDS = ("fine-tune", "pre-train", "inference")


def on_demand_usd(**workload: Any) -> float:
    """Renting one H100 workload on demand, at a company of series B."""
    profile = a_profile({"plan_change_per_month": 0.01, **workload}, company={"stage": "series-b"})
    return costs_by_id(profile)["on-demand"].expected_usd


def least_usd(profile: Profile) -> float:
    """What the cheapest feasible way costs, whether it is offered or not."""
    costing = costed(profile)
    cannot_pay = {option.id for option in costing.verdict.ranked if not option.feasible}
    return min(
        cost.expected_usd for cost in costing.costs if not cost.option.infeasible and cost.option.id not in cannot_pay
    )


def demand_of(*workloads: dict[str, Any]) -> Demand:
    """The demand of workloads on the H100."""
    profile = parse_profile({"name": "x", "workload": [{"gpu": "H100-SXM", **one} for one in workloads]}, BOOK)
    return case_of(profile, BOOK).demand


@quick_and_long
@settings(max_examples=examples(8, 500), deadline=None, derandomize=True)
@given(raw_profiles(workloads=1, book=BOOK), st.integers(2, 200))
@example({"name": "x", "workload": [{"kind": "fine-tune", "nodes": 1, "months": 12, "busy": 0.5}]}, 8)
@example({"name": "x", "workload": [{"kind": "pre-train", "gpu": "MI325X", "nodes": 1, "months": 15}]}, 2)
def test_separable_nodes_cost_at_most_as_many_times_one(raw: dict[str, Any], count: int) -> None:
    """Each node could be got alone: together the cheapest way costs no more. The pick may: of ties, and where renting
    first saves too little to be offered, as for two MI325X, of which one can be reserved."""
    one = {**raw["workload"][0], "nodes": 1, "job_nodes": 1, "growth_per_month": 0.0}
    alone, together = (least_usd(parse_profile({**raw, "workload": [{**one, "nodes": n}]}, BOOK)) for n in (1, count))
    most = count * alone
    assert together <= most + 1e-6 * abs(most) + 1e-6


def test_eight_fine_tuning_nodes_cost_eight_times_one_and_are_rented() -> None:
    """One node for a year, half used: $108,809 on demand. As one fabric, half of their idle time would be billed."""
    work = {"kind": "fine-tune", "months": 12, "busy": 0.5}
    profile = a_profile({**work, "nodes": 8}, company={"stage": "series-b"})
    found, costing = costs_by_id(profile)["on-demand"].expected_usd, costed(profile)
    assert found == pytest.approx(8 * 108_809, rel=1e-5)
    assert present(costing.verdict.pick).action == "rent"
    one_job = costs_by_id(a_profile({**work, "nodes": 8, "job_nodes": 8}, company={"stage": "series-b"}))
    assert one_job["on-demand"].expected_usd > 1.2 * found


@quick_and_long
@settings(max_examples=examples(15, 500), deadline=None, derandomize=True)
@given(st.sampled_from(KINDS), st.integers(1, 150), st.integers(1, 30), st.floats(0.05, 1), shares, st.booleans())
def test_the_same_work_typed_for_either_gpu_costs_the_same(
    kind: str, nodes: int, months: int, busy: float, residual: float, always_on: bool
) -> None:
    """Typed in H100 and moved to the H200, or typed in whole nodes of H200 that do the same hours of work. Of a service
    either all nodes stay up or none: part of them, rounded up before or after, may be one node more or less."""
    raw = {"kind": kind, "nodes": nodes, "months": months, "busy": busy, "residual_share": residual}
    if kind == "inference":
        raw["base_share"] = float(always_on)
    profile = a_profile(raw, market={"other_gpus": ["H200-SXM"]})
    (case,) = other_cases(profile, BOOK)
    whole = case.demand.peak_nodes
    used = float(case.demand.alive.used_gpu_hours[0]) / (whole * case.demand.node_hours)
    typed = costs_by_id(a_profile({**raw, "gpu": "H200-SXM", "nodes": whole, "busy": used}))
    for cost in cost_menu(case, forecast_for(case, profile)):
        if not cost.option.id.startswith("hybrid") and used >= 0.001:
            assert cost.expected_usd == pytest.approx(typed[cost.option.id].expected_usd, rel=1e-9, abs=1e-6)


def test_a_service_on_part_of_a_node_is_not_billed_for_a_whole_one() -> None:
    """One H100 node half used for 6 months is 0.357 of an H200 node: what is not used is released, not billed."""
    work = {"kind": "inference", "nodes": 1, "months": 6, "busy": 0.5, "base_share": 0.0, "plan_change_per_month": 0.0}
    costing = costed(a_profile(work, market={"other_gpus": ["H200-SXM"]}))
    found = {cost.option.id: cost.expected_usd for cost in costing.costs}
    assert found["on-demand"] == pytest.approx(62_074, rel=1e-4)
    (case,) = other_cases(a_profile(work, market={"other_gpus": ["H200-SXM"]}), BOOK)
    h200 = {cost.option.id: cost.expected_usd for cost in cost_menu(case, costing.forecasts["H200-SXM"])}
    assert h200["on-demand"] == pytest.approx(52_306, rel=1e-4)
    assert present(costing.verdict.pick).id.startswith("H200-SXM:")


@settings(max_examples=100, deadline=None, derandomize=True)
@given(
    st.sampled_from(KINDS),
    st.integers(1, 300),
    st.integers(1, 24) | st.floats(0.1, 24),
    st.floats(0.001, 1),
    shares,
    shares,
    st.floats(-0.1, 0.1),
)
@example("inference", 1, 12, 0.1, 0.5, 0.8, 0.0)
@example("fine-tune", 3, 36, 0.5, 0.0, 0.0, 0.1)
def test_a_typed_utilization_is_what_is_used(
    kind: str, nodes: int, months: float, busy: float, base_share: float, base_busy: float, growth: float
) -> None:
    """Of any kind and number of nodes, growing or shrinking; and the mean of several workloads by their node-hours."""
    base = {"base_share": base_share, "base_busy": max(base_busy, 0.001)} if kind == "inference" else {}
    work = {"kind": kind, "nodes": nodes, "months": months, "busy": busy, "growth_per_month": growth, **base}
    assert demand_of(work).busy_share == pytest.approx(busy, rel=1e-9)
    other = {"kind": "fine-tune", "nodes": 2 * nodes, "months": months, "busy": 0.5, "growth_per_month": growth}
    assert demand_of(work, other).busy_share == pytest.approx((busy + 2 * 0.5) / 3, rel=1e-9)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(shares, shares, shares)
def test_the_split_of_a_utilization_has_it_as_its_mean(busy: float, base_share: float, base_busy: float) -> None:
    steady, other = busy_split(busy, base_share, base_busy)
    assert 0 <= steady <= 1 + 1e-9
    assert 0 <= other <= 1 + 1e-9
    assert base_share * steady + (1 - base_share) * other == pytest.approx(busy, abs=1e-9)


ONE_NODE = {"kind": "inference", "nodes": 1, "months": 12, "plan_change_per_month": 0.0}


def test_a_service_that_must_stay_up_is_billed_for_the_hours_it_is_up() -> None:
    """A node for a year, whatever it does: 8 x 8,760 h x $3.43 = $240,374, with 4 % of extras and 12 x $427 of storage
    $255,113, before rents change."""
    own = {"market": {"rents_change_per_year": 0.0}, "company": {"discount_rate": 0.0}}
    for busy in (0.05, 0.5, 1.0):
        for base in ({}, {"base_share": 1.0, "base_busy": busy}, {"base_share": 0.2}):
            found = costs_by_id(a_profile({**ONE_NODE, "busy": busy, **base}, **own))["on-demand"].expected_usd
            assert found == pytest.approx(255_113, abs=1)


def test_a_node_that_need_not_stay_up_costs_as_much_as_it_is_used() -> None:
    """A twentieth of the hours of a node, which is not up for its own sake."""
    up = on_demand_usd(**ONE_NODE, busy=0.05)
    for own in ({"base_share": 0.0}, {"mode": "batch"}):
        assert on_demand_usd(**ONE_NODE, busy=0.05, **own) < 0.1 * up


def test_of_a_service_of_many_nodes_those_that_stay_up_are_billed_whole() -> None:
    """Ten nodes half used, two thirds always on: 7 nodes for all of their hours, 3 for half of theirs."""
    work = {"kind": "inference", "nodes": 10, "months": 6, "busy": 0.5, "base_busy": 0.5, "base_share": 2 / 3}
    need = costed(a_profile(work)).demand.alive
    assert need.billed_gpu_hours == pytest.approx(5840 * (7 + 3 * 0.5) * np.ones(6))
    assert need.used_gpu_hours == pytest.approx(5840 * 5 * np.ones(6))


def test_idle_hours_of_nodes_that_must_stay_up_are_not_sublet() -> None:
    quiet = costs_by_id(a_profile({**ONE_NODE, "busy": 0.05}))["reserved-12m"]
    assert quiet.by_group()["idle resale"] == 0
    batch = costs_by_id(a_profile({**ONE_NODE, "busy": 0.05, "mode": "batch"}))["reserved-12m"]
    assert batch.by_group()["idle resale"] < 0


def test_a_service_that_may_scale_to_zero_pays_serverless_prices_for_its_busy_hours() -> None:
    """A tenth of a node for a year: 8 x 876 h / (1 - 20 %) x $4.50 = $39,420; with 4 % of extras and the storage of the
    node, 12 x $427, $46,121: rented, the node would have to stay up for $255,113."""
    work = {**ONE_NODE, "busy": 0.1, "mode": "scale-to-zero"}
    costing = costed(a_profile(work, market={"rents_change_per_year": 0.0}, company={"discount_rate": 0.0}))
    found = {cost.option.id: cost.expected_usd for cost in costing.costs}
    assert found["serverless"] == pytest.approx(46_121, abs=1)
    assert found["on-demand"] == pytest.approx(255_113, abs=1)
    assert present(costing.verdict.pick).id == "serverless"


def test_serverless_is_for_services_that_may_scale_to_zero() -> None:
    for own in ({}, {"mode": "always-on"}, {"mode": "batch"}):
        assert "serverless" not in costs_by_id(a_profile({**ONE_NODE, **own}))
    two = {**ONE_NODE, "nodes": 4, "job_nodes": 2, "mode": "scale-to-zero"}
    assert costs_by_id(a_profile(two))["serverless"].option.infeasible


def test_a_busy_service_is_cheaper_on_a_node_than_serverless() -> None:
    """Above (1 - 20 %) x 3.43 / 4.50 = 61 % of a node the node that stays up is cheaper."""
    own = {"market": {"rents_change_per_year": 0.0}}
    for busy, cheaper in ((0.60, "serverless"), (0.62, "on-demand")):
        found = costs_by_id(a_profile({**ONE_NODE, "busy": busy, "mode": "scale-to-zero"}, **own))
        assert min(("serverless", "on-demand"), key=lambda name: found[name].expected_usd) == cheaper


def test_several_jobs_of_one_size_are_not_torn() -> None:
    """Two jobs of 4 nodes: a base of 4 leaves one for the peaks, a base of 6 would tear it."""
    demand = costed(a_profile({"kind": "fine-tune", "nodes": 8, "job_nodes": 4})).demand
    assert [bool(demand.can_split(size)) for size in range(1, 8)] == [size == 4 for size in range(1, 8)]
