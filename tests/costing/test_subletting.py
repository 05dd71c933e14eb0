"""Subletting earns no more than the contract costs, less of a large cluster, less at first, only where allowed."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.costing.cost_table import Basis, PlanState
from advisor.costing.options.contracts.subletting import before_the_tenant, fills
from advisor.costing.valuation import OptionCost
from advisor.profiles.schema import Profile
from tests.support.long_runs import examples, quick_and_long
from tests.support.present import present
from tests.support.profile_builder import a_profile, costed, costs_by_id, with_quote

STILL = {"company": {"discount_rate": 0.0}, "market": {"rents_change_per_year": 0.0}}


def credit(cost: OptionCost) -> float:
    """What idle hours bring, USD."""
    return -cost.components["idle_resale"]


def held_too_long(months: int = 12, **offer: Any) -> Profile:
    """Four fine-tuning nodes for six months on a reservation of twelve: half of it is free."""
    work = {"kind": "fine-tune", "nodes": 4, "months": 6, "busy": 1.0, "plan_change_per_month": 0.0}
    return with_quote(a_profile(work, **STILL), option="reserved", months=months, usd_per_gpu_hour=1.0, **offer)


def test_a_freed_block_earns_at_most_its_own_rate_once_it_has_a_tenant() -> None:
    """4 x 8 x 730 hours a month, two of six free months let as gaps are at 30 %, then four at 75 %, for $1.00 rather
    than the market's price."""
    found = costs_by_id(held_too_long(may_sublet=True))["reserved-12m-offer"]
    assert credit(found) == pytest.approx(4 * 8 * 730 * (2 * 0.3 + 4 * 0.75) * 1.00)


@pytest.mark.parametrize("clause", [{"free_months": 6}, {"step_down": [[2, 0.6]]}])
def test_hours_of_cheaper_months_are_let_for_no_more_than_they_cost(clause: dict[str, Any]) -> None:
    """The same hours, of a contract at half of $1.00 over its twelve months."""
    found = costs_by_id(held_too_long(may_sublet=True, **clause))["reserved-12m-offer"]
    assert credit(found) == pytest.approx(4 * 8 * 730 * (2 * 0.3 + 4 * 0.75) * 0.50)


@pytest.mark.parametrize(("may_sublet", "share"), [(True, 1.0), (None, 0.5), (False, 0.0)])
def test_what_the_contract_forbids_earns_nothing(may_sublet: bool | None, share: float) -> None:
    allowed = costs_by_id(held_too_long(may_sublet=True))["reserved-12m-offer"]
    offer = {} if may_sublet is None else {"may_sublet": may_sublet}
    assert credit(costs_by_id(held_too_long(**offer))["reserved-12m-offer"]) == pytest.approx(share * credit(allowed))


def test_hyperscaler_commitments_earn_nothing() -> None:
    found = costs_by_id(a_profile({"busy": 0.3}, market={"tier": "hyperscaler"}))
    assert credit(found["reserved-12m"]) == 0


@pytest.mark.parametrize(("nodes", "left"), [(1, 1.0), (8, 0.7), (64, 0.4), (1024, 0.0)])
def test_a_cluster_on_one_fabric_finds_fewer_tenants(nodes: int, left: float) -> None:
    case = costed(a_profile({"nodes": nodes})).case
    assert fills(case, case.demand, 24).freed.max() == pytest.approx(0.75 * left)


def test_less_is_earned_until_there_is_a_tenant() -> None:
    case = costed(a_profile()).case
    lost = before_the_tenant(case, np.ones(6), np.array([0, 0, 0, 3, 3, 3]))
    assert lost.tolist() == [0, 2, 1, 0, 2, 1], "two months of the block that runs, not of one that is never signed"


@quick_and_long
@settings(max_examples=examples(40, 500), deadline=None, derandomize=True)
@given(
    st.sampled_from(["pre-train", "fine-tune"]),
    st.integers(1, 300),
    st.integers(1, 48),
    st.floats(0.05, 1),
    st.sampled_from([None, 0.3, 1.0, 3.0]),
)
def test_a_month_of_a_reservation_never_earns_more_than_it_costs(
    kind: str, nodes: int, months: int, busy: float, usd: float | None
) -> None:
    profile = a_profile({"kind": kind, "nodes": nodes, "months": months, "busy": busy})
    if usd is not None:
        profile = with_quote(profile, option="reserved", months=24, usd_per_gpu_hour=usd, may_sublet=True)
    for name, cost in costs_by_id(profile).items():
        if name.startswith("reserved-"):
            table = cost.option.table
            by_state = {
                component: table.coefficients[table.components.index(component)]
                for component in ("committed", "idle_resale")
            }
            assert table.basis[table.components.index("idle_resale")] == Basis.SPOT
            prepaid = by_state["committed"][PlanState.ACTIVE].sum()
            assert -by_state["idle_resale"][PlanState.WINDING_DOWN].sum() <= prepaid * (1 + 1e-9)
            assert (by_state["idle_resale"][PlanState.ACTIVE] <= 0).all()


def test_three_months_of_work_are_not_reserved_for_three_years() -> None:
    """128 nodes for three months, a third busy; and a cheap offer for 36 months beside three months of work."""
    work = {"gpu": "B200-SXM", "nodes": 128, "months": 3, "busy": 0.33}
    offer = {"option": "reserved", "months": 36, "usd_per_gpu_hour": 1.30}
    for profile in (
        a_profile(work, company={"stage": "series-b"}),
        with_quote(a_profile({"nodes": 16, "months": 3}), **offer),
        with_quote(a_profile({"nodes": 16, "months": 3}), **offer, may_sublet=True),
    ):
        pick = present(costed(profile).verdict.pick)
        assert pick.cost.option.term_months is None or pick.cost.option.term_months <= 6
