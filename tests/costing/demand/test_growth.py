"""A demand that grows: contracts are signed half-year by half-year, and day one is charged for what is signed then."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.costing.valuation import OptionCost
from advisor.decision.plan_steps import grows, stages, steps
from advisor.decision.ranking import RankedOption
from advisor.profiles.schema import Profile
from advisor.profiles.validation import parse_profile
from advisor.reports.timeline.growth_view import growth_headline
from tests.support.long_runs import examples
from tests.support.present import present
from tests.support.profile_builder import BOOK, a_profile, changed, costed, costs_by_id, sample

GROWING = {"kind": "inference", "months": 36, "growth_per_month": 0.1}


def growing(nodes: int, **workload: Any) -> Profile:
    return a_profile({**GROWING, "nodes": nodes, **workload})


def headline_of(profile: Profile) -> str:
    pick = present(costed(profile).verdict.pick)
    return present(growth_headline(pick))


@pytest.mark.parametrize(
    ("nodes", "headline"),
    [
        (3, "RENT 3 nodes on demand now, up to 85 by month 36"),
        (8, "RESERVE 8 nodes month by month, up to 225 by month 36"),
    ],
)
def test_the_headline_is_about_today(nodes: int, headline: str) -> None:
    """Three nodes that grow 10 % a month were told to reserve 61; eight, that renting is out above 128. Since a service
    is billed for all hours it is up, eight cost 1 % less in contracts of a month, at their volume discount."""
    assert headline_of(growing(nodes)) == headline


def test_a_plan_that_only_rents_has_a_step_for_every_other_number_of_nodes() -> None:
    pick = present(costed(growing(3)).verdict.pick)
    found = steps(pick.cost)
    assert {step.kind for step in found} == {"rent"}
    assert [(step.month, step.nodes) for step in found] == [(s.month, s.rented) for s in stages(pick.cost)]


def test_steps_say_what_is_signed_anew_and_what_is_added() -> None:
    """Layer by layer: in month 13 the five nodes of today are renewed, and what the next half-year needs is added."""
    cost = costs_by_id(growing(3))["reserved-12m"]
    found = steps(cost)
    assert all(step.term_months for step in found)
    assert (found[0].month, found[0].added, found[0].renewed) == (0, stages(cost)[0].signed, 0)
    second_year = [step for step in found if step.month == 12]
    assert sum(step.renewed for step in second_year) == found[0].added
    assert sum(step.added for step in second_year) > 0


def test_a_month_that_is_signed_again_for_as_many_nodes_is_no_step() -> None:
    steady = costs_by_id(a_profile({"kind": "inference", "months": 36, "nodes": 8}))
    assert len(steps(steady["reserved-1m"])) == 1
    assert [step.month for step in steps(steady["reserved-12m"])] == [0, 12, 24]


def test_what_is_bought_is_ordered_and_served_until_it_arrives() -> None:
    """Nobody rents 1,000 nodes by the hour: contracts serve the months until delivery."""
    found = steps(costs_by_id(a_profile({"nodes": 1000, "months": 48}))["buy"])
    (ordered,) = (step.nodes for step in found if step.kind == "order")
    assert ordered >= 1000  # with spares
    assert all(step.nodes == 1000 for step in found if step.kind == "sign")
    assert {"order", "sign"} == {step.kind for step in found}


def test_what_is_decided_later_is_a_step() -> None:
    found = steps(costs_by_id(a_profile({"nodes": 16, "months": 24}))["rent-3m-then-decide"])
    assert [(step.month, step.kind) for step in found] == [(0, "rent"), (3, "decide")]


def test_month_by_month_signs_what_is_wanted_now() -> None:
    profile = growing(8, busy=0.95)
    cost = costs_by_id(profile)["reserved-1m"]
    assert headline_of(profile) == "RESERVE 8 nodes month by month, up to 225 by month 36"
    assert [(stage.month, stage.signed, stage.rented) for stage in stages(cost)][:2] == [(0, 8, 0), (1, 9, 0)]
    steady = costs_by_id(a_profile({"kind": "inference", "months": 36, "nodes": 8, "busy": 0.95}))["reserved-1m"]
    assert cost.upfront_usd == pytest.approx(steady.upfront_usd)


def test_a_long_term_is_signed_for_the_next_half_year_only() -> None:
    """Three nodes become 4.8 within six months: five are signed today, not the 85 of the last month."""
    cost = costs_by_id(growing(3))["reserved-36m"]
    assert stages(cost)[0].signed == 5
    five = costs_by_id(a_profile({"kind": "inference", "months": 36, "nodes": 5}))["reserved-36m"]
    assert cost.upfront_usd == pytest.approx(five.upfront_usd)


def signed_by_month(cost: OptionCost) -> Any:
    return present(cost.option.nodes)[: cost.demand.months]


@pytest.mark.parametrize("term", [12, 24])
def test_contracts_cover_the_need_while_they_run(term: int) -> None:
    """Whole terms fit for the first layers: nothing is rented beside them in the first year."""
    cost = costs_by_id(growing(8))[f"reserved-{term}m"]
    assert (signed_by_month(cost) >= cost.demand.alive.nodes)[:12].all()


def test_one_job_on_all_nodes_is_not_cut_into_contracts() -> None:
    """A pre-train on one fabric: each block holds the most that its own term needs."""
    cost = costs_by_id(a_profile({"kind": "pre-train", "nodes": 8, "months": 36, "growth_per_month": 0.1}))
    assert not cost["reserved-12m"].option.table.beside
    assert stages(cost["reserved-12m"])[0].signed == 23


def test_a_plan_that_stays_or_shrinks_has_no_growth_headline() -> None:
    for growth in (0.0, -0.05):
        verdict = costed(a_profile({"nodes": 16, "growth_per_month": growth})).verdict
        assert not grows(present(verdict.pick).cost.demand)
        assert growth_headline(present(verdict.pick)) is None


def test_what_is_rented_on_spot_is_counted_once() -> None:
    """It read `RENT 7 replicas spot replicas, on demand while interrupted now`."""
    profile = sample("serve-70b")
    (work,) = (workload.model_dump(exclude_none=True) for workload in profile.workload)
    work["serving"] |= {"tokens_per_day": 2e9}
    assert headline_of(changed(profile, workload=[work])) == (
        "RENT 7 replicas on spot now, up to 21 by month 24, on demand while interrupted"
    )


def test_what_a_plan_grows_by_is_not_told_where_it_is_decided_later() -> None:
    """It read `RENT 16 nodes 3 months, then decide now, up to 18`."""
    profile = a_profile({"nodes": 16, "months": 24, "growth_per_month": 0.005})
    waiting = costs_by_id(profile)["rent-3m-then-decide"]
    assert grows(waiting.demand)
    assert growth_headline(RankedOption(waiting, waiting.expected_usd, feasible=True, company=profile.company)) is None


@pytest.mark.long
@settings(max_examples=examples(4, 100), deadline=None, derandomize=True)
@given(
    st.sampled_from(["fine-tune", "inference"]),
    st.integers(1, 40),
    st.integers(7, 48),
    st.floats(0.01, 0.1),
    st.floats(0.1, 1.0),
)
def test_growth_makes_no_term_more_expensive_than_signing_for_the_end(
    kind: str, nodes: int, months: int, growth: float, busy: float
) -> None:
    """At most what the nodes of the last month would cost throughout; the parts and the months add up to the cost."""
    work = {"kind": kind, "months": months, "busy": busy, "plan_change_per_month": 0.02}
    found = costs_by_id(a_profile({**work, "nodes": nodes, "growth_per_month": growth}))
    most = int(found["on-demand"].demand.peak)
    flat = costs_by_id(a_profile({**work, "nodes": most}))
    for term in (12, 24, 36):
        cost = found[f"reserved-{term}m"]
        assert cost.expected_usd <= flat[f"reserved-{term}m"].expected_usd * (1 + 1e-9)
        assert sum(cost.components.values()) == pytest.approx(cost.expected_usd, rel=1e-9)
        assert float(cost.monthly_present_usd.sum()) == pytest.approx(cost.expected_usd, rel=1e-9)


@pytest.mark.parametrize("hazard", [0.0, 0.04])
@pytest.mark.parametrize(
    "right", [{"most_favored": True}, {"rerate_months": 1}, {"termination_fee_share": 0.2}, {"extension_months": 2}]
)
def test_each_step_of_growth_has_the_rights_of_the_offer_that_serves_its_last_months(
    hazard: float, right: dict[str, Any]
) -> None:
    """One node for 23 months and two more from month 7 on are two plans of their own: each signs for a year, and an
    offer of two months serves the rest of both."""
    offer = {"option": "reserved", "months": 2, "usd_per_gpu_hour": 2.0, "from": "A", **right}

    def costs(**work: Any) -> dict[str, float]:
        every = {"kind": "fine-tune", "busy": 0.9, "plan_change_per_month": hazard, "residual_share": 0}
        profile = parse_profile({"name": "steps", "workload": [{**every, **work}], "quote": [offer]}, BOOK)
        return {name: cost.expected_usd for name, cost in costs_by_id(profile).items()}

    grown = costs(nodes_by_month=[1, 1, 1, 1, 1, 1, 3], months=23)
    first, second = costs(nodes=1, months=23), costs(nodes=2, months=17, start_month=6)
    assert grown["reserved-12m"] == pytest.approx(first["reserved-12m"] + second["reserved-12m"], rel=1e-9)


def test_what_a_contract_in_hand_serves_is_not_to_be_rented_now() -> None:
    """One node that grows by 5% a month, held until March: a second one is wanted from month 2 on, not now."""
    growing = {"kind": "inference", "nodes": 1, "months": 24, "busy": 0.6, "growth_per_month": 0.05}
    held = {"nodes": 1, "months_left": 4, "usd_per_gpu_hour": 2.1}
    assert headline_of(a_profile(growing, commitment=[held])) == (
        "RENT 1 node on demand from month 2, up to 4 by month 24"
    )
