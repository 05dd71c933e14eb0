"""Nothing is charged that cannot be had, a longer plan never costs less, and a jump in price has its reason shown."""

from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from advisor.costing.build_case import case_of, demand_with
from advisor.costing.case import Case
from advisor.costing.cost_table import PlanState, padded
from advisor.costing.option import Option
from advisor.costing.options.all_options import plain_options
from advisor.costing.options.hardware import new_hardware
from advisor.costing.options.ownership import owned_nodes, ownership_schedule
from advisor.costing.size_limits import costly_limit
from advisor.costing.valuation import expected_usd
from advisor.decision.advise import advise
from advisor.decision.cost_options import forecast_for
from advisor.profiles.schema import Profile
from advisor.profiles.validation import parse_profile
from advisor.reports.verdict_view import verdict_view
from tests.support.long_runs import examples, quick_and_long
from tests.support.present import present
from tests.support.profile_builder import BOOK, a_profile, changed, costed, costs_by_id, sample, tiers_of

MOST = BOOK.assumptions("H100-SXM").rental.on_demand_max_nodes
LENGTHS = np.arange(1.0, 60.0)


@st.composite
def plans(draw: st.DrawFn) -> dict[str, Any]:
    """One workload of any kind and size, small and large jobs, which may start later and leave a part behind."""
    gpu = draw(st.sampled_from(sorted(BOOK.gpus)))
    nodes = draw(st.integers(1, 40) | st.integers(60, 300) | st.sampled_from([127, 128, 129, 255, 256, 1000]))
    work: dict[str, Any] = {
        "kind": draw(st.sampled_from(["fine-tune", "pre-train", "inference"])),
        "gpu": gpu,
        "nodes": nodes,
        "months": draw(st.integers(1, 40)),
        "busy": draw(st.floats(0.2, 1.0)),
        "plan_change_per_month": draw(st.sampled_from([0.0, 0.005, 0.02, 0.05])),
        "residual_share": draw(st.sampled_from([0.0, 0.1, 0.6, 1.0])),
    }
    optional: dict[str, st.SearchStrategy[Any]] = {
        "start_month": st.integers(1, 12),
        "growth_per_month": st.floats(-0.02, 0.02),
        "job_nodes": st.integers(1, nodes),
    }
    work |= draw(st.fixed_dictionaries({}, optional=optional))
    return {"name": "random", "workload": [work], "market": {"tier": draw(st.sampled_from(tiers_of(gpu)))}}


def rents_beyond_the_market(case: Case, option: Option) -> bool:
    """Whether a table holds on-demand rent for a job that is larger than any on offer, in a state that can occur."""
    table, demand = option.table, case.demand
    month = np.arange(table.months)
    reached = {
        PlanState.ACTIVE: (month < demand.lengths, demand.alive_shape),
        PlanState.WINDING_DOWN: ((month >= 1) & (table.gone_by < month), demand.after_shape),
        PlanState.EXITED: (table.gone_by >= 1, demand.after_shape),
    }
    rent = table.coefficients[[name == "rent" for name in table.components]].sum(axis=0)
    return any(
        bool((rent[state] * possible * (padded(shape.fabric_nodes, table.months) > MOST)).any())
        for state, (possible, shape) in reached.items()
        if state == PlanState.ACTIVE or demand.hazard_per_month > 0
    )


@quick_and_long
@settings(max_examples=examples(40, 500), deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(plans())
def test_no_option_rents_where_there_is_no_market(raw: dict[str, Any]) -> None:
    """On demand, failures, the wait for delivery, the rest of a plan and what a change of it leaves."""
    case = case_of(parse_profile(raw, BOOK), BOOK)
    for option in plain_options(case):
        if not option.infeasible_because:
            assert not rents_beyond_the_market(case, option), option.id


# For the last months of 41 two years of a contract are cheaper than twice one: a change of plan is likely to have left
# 36 racks by then, which are not rented on demand.
LEAVES_A_LARGE_JOB = {
    "name": "leaves a large job",
    "workload": [
        {
            "kind": "pre-train",
            "gpu": "GB300-NVL72",
            "nodes": 60,
            "months": 1,
            "busy": 1.0,
            "plan_change_per_month": 0.05,
            "residual_share": 0.6,
        }
    ],
}


def best_by_length(profile: Profile) -> dict[str, np.ndarray]:
    """The least cost of each class for plans of 1 to 59 months, of the feasible options; infinite without one."""
    case = case_of(profile, BOOK)
    demand = demand_with(
        profile, case.assumptions, lambda work: work.__class__(**{**vars(work), "months": LENGTHS[:, None]}),
        case.assumptions,
    )  # fmt: skip
    at_lengths, found = case.with_demand(demand), dict[str, np.ndarray]()
    for option in plain_options(at_lengths):
        usd = np.where(option.infeasible, np.inf, expected_usd(option, at_lengths, forecast_for(case, profile)))
        found[option.action] = np.minimum(found.get(option.action, np.inf), usd)
    return found


@quick_and_long
@settings(max_examples=examples(15, 500), deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(plans())
@example(LEAVES_A_LARGE_JOB)
def test_a_longer_plan_never_costs_less(raw: dict[str, Any]) -> None:
    """The best of all, and the best of the class that is best for the shorter plan."""
    work = {**raw["workload"][0], "start_month": 0}
    by_class = best_by_length(parse_profile({**raw, "workload": [work]}, BOOK))
    usd = np.array(list(by_class.values()))
    best, pick = usd.min(axis=0), usd.argmin(axis=0)[:-1]
    known = np.isfinite(best[:-1])
    of_class = usd[pick, np.arange(1, usd.shape[1])]
    for longer in (best[1:], of_class):
        assert (longer[known] >= best[:-1][known] * (1 - 1e-6)).all(), np.flatnonzero(longer < best[:-1]) + 1


TODAY = date(2026, 11, 24)
SIZES = [(63, 64), (127, 128), (127, 129), (255, 256)]  # where a minimum term or the end of the market begins


@pytest.mark.parametrize("months", [1, 3, 6, 15, 18, 24])
@pytest.mark.parametrize("sizes", SIZES)
def test_a_jump_in_price_between_two_sizes_has_its_reason_shown(sizes: tuple[int, int], months: int) -> None:
    """The price of a GPU-hour that is used rises by over 3 % only where a limit of size is named."""
    below, above = (costed(a_profile({"nodes": nodes, "months": months})) for nodes in sizes)
    pick = present(above.verdict.pick)
    limit = costly_limit(above.case, above.forecast, pick.cost.expected_usd)
    small, large = (
        cost.work_usd / cost.demand.expected_used_gpu_hours for cost in (present(below.verdict.pick).cost, pick.cost)
    )
    rise = large / small - 1
    assert rise <= 0.03 or limit is not None
    assert limit is None or limit.saved_share > 0.02


def test_the_reason_for_a_jump_is_a_warning() -> None:
    """Three months of 129 nodes cost 43 % more an hour than of 127, for want of a contract of three months."""
    for nodes, said in ((127, False), (129, True)):
        warnings = advise(a_profile({"nodes": nodes, "months": 3}), BOOK, 100).reasons.warnings
        assert any("129 nodes are not sold for less than 6 months" in line for line in warnings) is said


@pytest.mark.parametrize(
    ("nodes", "months", "smaller"),
    [(129, 2, 128), (256, 1, 128), (64, 2, 63), (63, 2, None), (64, 24, None), (1000, 48, None)],
)
def test_the_same_work_on_fewer_nodes_is_told_where_it_costs_less(nodes: int, months: int, smaller: int | None) -> None:
    """256 nodes for a month were told to reserve a year for $51M; 128 for two months cost $6.7M."""
    advice = advise(a_profile({"nodes": nodes, "months": months}), BOOK, 100)
    found = advice.reasons.smaller
    assert (found and found.nodes) == smaller
    if found is not None:
        assert found.nodes * found.months == pytest.approx(nodes * months)
        there = present(costed(a_profile({"nodes": found.nodes, "months": found.months})).verdict.pick).cost
        here = present(advice.verdict.pick).cost
        hour, now = (cost.expected_usd / cost.demand.expected_used_gpu_hours for cost in (there, here))
        assert (found.usd, found.saved_share) == pytest.approx((there.expected_usd, 1 - hour / now), rel=1e-6)
        assert found.sentence in verdict_view(advice, TODAY).summary


@pytest.mark.parametrize(("cash", "smaller"), [(30e6, 128), (3e6, None)])
def test_where_nothing_fits_the_smaller_job_is_told_that_cash_pays_for(cash: float, smaller: int | None) -> None:
    advice = advise(a_profile({"nodes": 256, "months": 1}, company={"cash_usd": cash}), BOOK, 100)
    found = advice.reasons.smaller
    assert advice.verdict.pick is None
    assert (found and found.nodes) == smaller
    assert found is None or verdict_view(advice, TODAY).summary[0] == found.sentence


@pytest.mark.parametrize(
    "changes",
    [
        {"growth_per_month": 0.02},
        {"job_nodes": 16},
        {"kind": "inference"},
        {"nodes": None, "nodes_by_month": [129, 200]},
    ],
)
def test_work_that_is_no_single_job_has_no_smaller_one(changes: dict[str, Any]) -> None:
    assert advise(a_profile({"nodes": 129, "months": 2} | changes), BOOK, 100).reasons.smaller is None


# Bought nodes until they are there


def test_the_wait_for_bought_nodes_is_served_by_a_contract_where_nothing_is_rented_on_demand() -> None:
    """300 nodes for 36 months were charged a rent on demand that is not to be had; a year is the shortest contract."""
    costing = costed(a_profile({"nodes": 300, "months": 36, "residual_share": 0.0}))
    buying = next(cost for cost in costing.costs if cost.option.id == "buy")
    assert buying.option.infeasible_because == ()
    assert buying.components["rent"] == 0
    assert buying.components["committed"] > 0
    schedule = ownership_schedule(costing.case, new_hardware(costing.case).lead_months)
    assert (int(schedule.order), int(schedule.delivery)) == (7, 12)
    assert float(owned_nodes(costing.case)) == 307  # 300 / 0.98 available: seven spares in place of rented hours


def test_a_short_contract_serves_the_wait_where_it_is_cheaper() -> None:
    """Five contracts of a month end when five months of delivery do; 64 nodes are not sold by the month."""
    small, large = (costs_by_id(a_profile({"nodes": nodes}))["buy"] for nodes in (63, 64))
    assert small.components["committed"] > 0
    assert "committed" not in large.components
    assert large.components["rent"] > 0


def test_buying_is_out_where_nothing_serves_the_work_until_delivery_in_time() -> None:
    found = costs_by_id(a_profile({"nodes": 300, "months": 12}))["buy"]
    assert "nothing under 12 months serves the work until delivery" in found.option.infeasible_because[0]


def test_what_a_change_of_plan_leaves_stays_under_contract_above_the_market() -> None:
    """Of 300 nodes 60 % are left, 180 in one job: the blocks after the change are signed for these."""
    work = {"nodes": 300, "months": 36, "plan_change_per_month": 0.03}
    some, none = (costs_by_id(a_profile({**work, "residual_share": share}))["reserved-12m"] for share in (0.6, 0.0))
    assert some.components["rent"] == none.components["rent"] == 0
    assert some.components["committed"] > none.components["committed"]


# What is known too little of to be promised


@pytest.mark.parametrize(("nodes", "asked"), [(64, "ask for 64 nodes first"), (1, None)])
def test_how_many_a_marketplace_has_is_said_not_to_be_known(nodes: int, asked: str | None) -> None:
    """64 fine-tuning nodes were told to rent on a marketplace, by a price of two sources and no figure of its depth."""
    advice = advise(a_profile({"kind": "fine-tune", "nodes": nodes, "months": 12, "busy": 0.5}), BOOK, 100)
    assert present(advice.verdict.pick).id == "marketplace"
    said = [line for line in advice.reasons.warnings if line.startswith("The marketplace price has 2 sources")]
    assert [asked is not None and asked in line for line in said] == [True] * (asked is not None)


@pytest.mark.parametrize(("own", "said"), [(None, True), (5.0, False)])
def test_a_charge_beside_the_gpus_that_is_most_of_the_cost_is_said(own: float | None, said: bool) -> None:
    """Four L4 for 38 runs a week cost $895 for their hours and $2,358 for storage, half of a large node's."""
    rental = {} if own is None else {"rental": {"storage_egress_usd_per_node_month": own}}
    advice = advise(changed(sample("runs-38-a-week"), **rental), BOOK, 100)
    assert any("of the cost is storage and traffic" in line for line in advice.reasons.warnings) is said
