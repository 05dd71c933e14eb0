"""Existing commitments: kept, sublet or terminated, and what the rest of the work costs beside them."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.decision.advise import advise
from advisor.decision.cost_options import Costing, cost_options
from advisor.errors import InputError
from advisor.profiles.schema import Profile
from advisor.profiles.validation import parse_profile
from advisor.reports.verdict_view import verdict_view
from tests.support.long_runs import examples, quick_and_long
from tests.support.present import present
from tests.support.profile_builder import BOOK, a_profile, best_usd, by_disposition, changed, raw_profiles

WORK = {"kind": "inference", "nodes": 8, "months": 24, "busy": 0.5, "plan_change_per_month": 0.0}


def with_contracts(profile: Profile, *contracts: dict[str, Any]) -> Costing:
    return cost_options(changed(profile, commitment=list(contracts)), BOOK)


def contract(nodes: int = 4, months_left: int = 12, usd: float = 2.5, **more: Any) -> dict[str, Any]:
    return {"nodes": nodes, "months_left": months_left, "usd_per_gpu_hour": usd} | more


@quick_and_long
@settings(max_examples=examples(6, 25), deadline=None, derandomize=True)
@given(raw_profiles(workloads=2), st.integers(1, 64), st.integers(1, 36), st.booleans())
def test_a_contract_that_costs_nothing_is_never_a_burden(
    raw: dict[str, Any], nodes: int, months: int, resold: bool
) -> None:
    """Kept where it can serve, sublet where it may be, or terminated: each costs at most what the same work costs
    without it. A pick that is prepaid is ranked by more than its cost: that much is left out of account."""
    bare = cost_options(parse_profile(raw, BOOK), BOOK)
    free = contract(nodes, months, 0.0, may_be_resold=resold)
    costing = cost_options(parse_profile({**raw, "commitment": [free]}, BOOK), BOOK)
    if bare.verdict.pick is None:
        return
    limit = bare.verdict.pick.preference_usd
    for dispositions, usd in by_disposition(costing).items():
        assert usd is not None, dispositions
        assert usd <= limit + 1e-9 * abs(limit) + 1e-6, dispositions


def test_a_notice_is_paid_in_full_and_a_refund_comes_back() -> None:
    """Of 12 months at $58,400, three are paid, and two fifths of the other nine; $100,000 of the prepaid come back."""
    profile = changed(a_profile(WORK), company={"discount_rate": 0.0})
    bare = best_usd(cost_options(profile, BOOK))
    left = contract(termination_fee_share=0.4, notice_months=3, refund_usd=100_000.0)
    found = by_disposition(with_contracts(profile, left))
    assert found["terminate",] == pytest.approx(bare + 58_400 * (3 + 0.4 * 9) - 100_000, rel=1e-9)
    with pytest.raises(InputError, match="notice_months 13; allowed: at most months_left, 12"):
        with_contracts(profile, contract(notice_months=13))


def test_an_exit_fee_may_be_a_sum() -> None:
    """Three months of notice at $58,400 are paid, and $250,000 whatever the other nine would cost."""
    profile = changed(a_profile(WORK), company={"discount_rate": 0.0})
    bare = best_usd(cost_options(profile, BOOK))
    found = by_disposition(with_contracts(profile, contract(termination_fee_usd=250_000, notice_months=3)))
    assert found["terminate",] == pytest.approx(bare + 58_400 * 3 + 250_000, rel=1e-9)
    with pytest.raises(InputError, match="termination_fee_share and termination_fee_usd; allowed: one of the two"):
        with_contracts(profile, contract(termination_fee_usd=250_000, termination_fee_share=0.5))


@pytest.mark.parametrize("share", [0.0, 0.4, 1.0])
def test_a_termination_costs_its_fee_today_and_leaves_all_of_the_work(share: float) -> None:
    """4 nodes for 12 months at $2.50: 4 x 8 x 730 x 12 x 2.5 = $700,800 left to pay."""
    bare = best_usd(cost_options(a_profile(WORK), BOOK))
    found = by_disposition(with_contracts(a_profile(WORK), contract(termination_fee_share=share)))
    assert found["terminate",] == pytest.approx(bare + share * 700_800, rel=1e-9)


def test_to_resell_pays_on_and_brings_what_freed_hours_fetch() -> None:
    """No discounting and flat rents: $700,800 paid, and of 280,320 hours the share that is let at the sublet price:
    of four nodes less than of one, and in the first two of twelve months, without a tenant, only what gaps bring."""
    profile = a_profile(WORK, company={"discount_rate": 0.0}, market={"rents_change_per_year": 0.0})
    costing = with_contracts(profile, contract())
    a = costing.case.assumptions
    price = a.gpu.neocloud_usd_per_gpu_hour * costing.case.sublet_share
    bare = best_usd(cost_options(profile, BOOK))
    filled = (10 * a.rental.freed_fill_share + 2 * a.rental.idle_fill_share) / 12
    wanted = bare + 700_800 - 280_320 * 0.8 * filled * price
    assert by_disposition(costing)["sublet",] == pytest.approx(wanted, rel=1e-9)


def test_a_contract_for_all_of_the_work_leaves_nothing_to_decide() -> None:
    """8 nodes for the whole plan, undiscounted, not to be resold: what is left to pay, 4 % of it for support and lost
    goodput and $427 a node and month for storage, and no option beside it."""
    costing = with_contracts(a_profile(WORK, company={"discount_rate": 0.0}), contract(8, 24, 1.0, may_be_resold=False))
    assert present(costing.commitments).dispositions == ("keep",)
    assert [cost.option.id for cost in costing.costs] == ["held"]
    assert best_usd(costing) == pytest.approx(8 * 8 * 730 * 24 * 1.0 * 1.04 + 8 * 24 * 427, rel=1e-9)


def test_the_verdict_is_the_cheapest_disposition() -> None:
    for usd in (0.5, 2.0, 3.5, 6.0):
        costing = with_contracts(a_profile(WORK), contract(usd=usd, termination_fee_share=0.3))
        known = {dispositions: cost for dispositions, cost in by_disposition(costing).items() if cost is not None}
        assert known[present(costing.commitments).dispositions] == min(known.values())
        assert best_usd(costing) == pytest.approx(min(known.values()))
    both = (contract(usd=usd, termination_fee_share=0.3) for usd in (0.5, 6.0))
    cheap, expensive = (present(with_contracts(a_profile(WORK), one).commitments) for one in both)
    assert (cheap.dispositions, expensive.dispositions) == (("keep",), ("terminate",))


def test_what_may_not_be_resold_is_not() -> None:
    dispositions = by_disposition(with_contracts(a_profile(WORK), contract(may_be_resold=False)))
    assert set(dispositions) == {("keep",), ("idle",), ("terminate",)}
    both = by_disposition(with_contracts(a_profile(WORK), contract(2), contract(2, may_be_resold=False)))
    assert len(both) == 9


def test_a_job_on_one_fabric_is_not_split_by_a_contract() -> None:
    """16 nodes of pre-training cannot use 4 under contract elsewhere; 16 can."""
    assert ("keep",) not in by_disposition(with_contracts(a_profile({"nodes": 16, "months": 12}), contract(4)))
    assert ("keep",) in by_disposition(with_contracts(a_profile({"nodes": 16, "months": 12}), contract(16)))


@pytest.mark.parametrize("work", [{"nodes": 16, "months": 12}, {"nodes": 1, "months": 6, "start_month": 12}])
def test_a_contract_of_no_use_is_paid_by_month_and_not_left_for_all_of_it_today(work: dict[str, Any]) -> None:
    """4 nodes at $2.50 for 12 months, $58,400 a month, not to be sublet: too few for a job of 16, or over before the
    work starts. At 12 % a year 12 installments in advance are worth 58,400 x (1 - 1.12^-1) / (1 - 1.12^(-1/12)) =
    $665,682; to leave costs all of the $700,800 today."""
    bare = best_usd(cost_options(a_profile(work), BOOK))
    costing = with_contracts(a_profile(work), contract(may_be_resold=False))
    found = by_disposition(costing)
    assert found.keys() == {("idle",), ("terminate",)}
    installments = 58_400 * (1 - 1.12**-1) / (1 - 1.12 ** (-1 / 12))
    assert found["idle",] == pytest.approx(bare + installments, rel=1e-9)
    assert found["terminate",] == pytest.approx(bare + 700_800, rel=1e-9)
    assert present(costing.commitments).dispositions == ("idle",)


def test_what_is_in_hand_before_the_work_starts_is_let_as_a_free_block() -> None:
    """4 nodes for 12 months of which the last six are all busy, undiscounted and at flat rents: of the six months
    before, two are let as gaps are, and four like any free block."""
    work = {"kind": "fine-tune", "nodes": 4, "months": 6, "start_month": 6, "busy": 1.0, "plan_change_per_month": 0.0}
    profile = a_profile(work, company={"discount_rate": 0.0}, market={"rents_change_per_year": 0.0})
    costing = with_contracts(profile, contract(usd=1.0))
    assert present(costing.commitments).dispositions == ("keep",)
    a = costing.case.assumptions
    price = a.gpu.neocloud_usd_per_gpu_hour * costing.case.sublet_share
    let = 4 * 8 * 730 * (2 * a.rental.idle_fill_share + 4 * a.rental.freed_fill_share)
    assert present(costing.verdict.pick).cost.components["idle_resale"] == pytest.approx(-let * price, rel=1e-9)


def test_every_option_includes_the_cost_of_the_contract() -> None:
    """Waiting and hybrids as well: the lines of the contract are in each, and the parts add up."""
    costing = with_contracts(a_profile(WORK), contract())
    assert present(costing.commitments).dispositions == ("keep",)
    assert any(cost.option.choice for cost in costing.costs)
    alone = next(cost for cost in costing.costs if cost.option.id == "on-demand")
    for cost in costing.costs:
        assert cost.components["committed"] >= alone.components["committed"] - 1e-6
        assert sum(cost.components.values()) == pytest.approx(cost.expected_usd)


def test_a_more_expensive_contract_is_never_better() -> None:
    costs = [best_usd(with_contracts(a_profile(WORK), contract(usd=usd))) for usd in (0.0, 1.0, 2.0, 4.0)]
    assert costs == sorted(costs)


def until(day: date, **own: Any) -> dict[str, Any]:
    return {"nodes": 4, "ends": day, "usd_per_gpu_hour": 2.5, **own}


def test_a_last_day_is_the_months_that_are_left() -> None:
    """Months are whole ones, counted from the day of the question: 12 of 365 days, at least one while it runs."""
    day, work = BOOK.read_on, a_profile(WORK)
    assert BOOK.asked_on == day
    for days, months in ((365, 12), (150, 5), (20, 1), (1, 1)):
        dated = with_contracts(work, until(day + timedelta(days - 1)))
        assert by_disposition(dated) == by_disposition(with_contracts(work, contract(months_left=months)))


def test_the_months_left_are_those_from_today_however_old_the_prices_are() -> None:
    """Until 31 March, asked on 30 November: four months, where prices of 24 October made it five."""
    end, work = date(2027, 3, 31), a_profile(WORK)
    later = replace(BOOK, day=date(2026, 11, 30))
    four = with_contracts(work, contract(months_left=4))
    assert by_disposition(cost_options(changed(work, commitment=[until(end)]), later)) == by_disposition(four)
    assert replace(BOOK, day=date(2020, 1, 1)).asked_on == BOOK.read_on  # a clock that is wrong


def test_a_contract_that_has_ended_is_in_nobody_s_hand() -> None:
    """A saved profile outlives it: it costs and serves nothing, a refund and a notice go with it, and the verdict says
    that it has ended."""
    past, work = BOOK.read_on - timedelta(1), a_profile(WORK)
    profile = changed(work, commitment=[until(past, notice_months=2, refund_usd=1e6)])
    advice = advise(profile, BOOK)
    assert by_disposition(advice.costing) == {("ended",): pytest.approx(best_usd(cost_options(work, BOOK)), rel=1e-12)}
    said = f"Contracts in hand: the contract of 4 nodes until {past} has ended"
    assert said in verdict_view(advice, BOOK.read_on).summary
    both = with_contracts(work, until(past), contract(usd=1.0))
    assert present(both.commitments).dispositions == ("ended", "keep")


@pytest.mark.parametrize(
    ("own", "found"),
    [
        (
            {"nodes": 4, "usd_per_gpu_hour": 2.0},
            "found neither months_left nor ends; allowed: one of the two",
        ),
        (contract(ends=date(2030, 1, 1)), "commitment 1: found months_left and ends; allowed: one of the two"),
        (until(date(2040, 1, 1)), "commitment 1, ends: found 2040-01-01; allowed: at most 60 months from"),
    ],
)
def test_the_end_of_a_contract_is_given_once_and_within_reach(own: dict[str, Any], found: str) -> None:
    with pytest.raises(InputError, match=found):
        with_contracts(a_profile(WORK), own)


def test_a_contract_that_is_too_small_for_a_job_is_told_so() -> None:
    """64 nodes of one job on one fabric: eight of another one serve nothing of it, but each node of a service does."""
    cannot, hint = (
        "8 nodes cannot serve this work: a job takes 64 on one fabric",
        "; set Nodes a job if one needs fewer",
    )
    for work, told in ((a_profile(), [cannot + hint]), (a_profile({"job_nodes": 64}), [cannot]), (a_profile(WORK), [])):
        summary = verdict_view(advise(changed(work, commitment=[contract(8)]), BOOK), BOOK.read_on).summary
        assert [line for line in summary if "cannot serve" in line] == told


@pytest.mark.parametrize(("gpus", "served"), [(1, 0), (2, 2), (3, 2), (4, 4)])
def test_a_contract_for_a_part_of_a_node_serves_the_gpus_of_whole_replicas(gpus: int, served: int) -> None:
    """A service on replicas of two GPUs, without any other use for the third."""
    serving = {"model": "Llama-3-70B", "precision": "fp8", "tokens_per_day": 400e6, "peak_to_mean": 2.0}
    work = {"kind": "inference", "gpu": "H100-SXM", "months": 12, "serving": serving}
    raw = {"name": "a service", "workload": [work]}
    alone = cost_options(parse_profile(raw, BOOK), BOOK)
    held = [{"gpus": gpus, "months_left": 12, "usd_per_gpu_hour": 0.0, "may_be_resold": False}]
    found = cost_options(parse_profile({**raw, "commitment": held}, BOOK), BOOK)
    left = alone.case.demand.alive.nodes - found.case.demand.alive.nodes
    assert 8 * left == pytest.approx(served)


@pytest.mark.parametrize(("nodes", "served"), [(4, 4), (6, 4), (8, 8)])
def test_a_contract_serves_whole_replicas_of_several_nodes(nodes: int, served: int) -> None:
    """Of two replicas of 4 nodes a contract of 6 serves one. It was told that it cannot serve the work."""
    serving = {"parameters": 1e9, "output_tokens_per_second": 5000, "tokens_per_day": 1e6, "replicas": 2}
    work = {"kind": "inference", "nodes": None, "busy": None, "serving": {**serving, "gpus_per_replica": 32}}
    costing = with_contracts(a_profile({**work, "months": 12}), contract(nodes=nodes, usd=0.1, may_be_resold=False))
    assert present(costing.case.committed_nodes)[0] == served


def test_beside_replicas_of_several_nodes_a_contract_serves_the_smaller_ones() -> None:
    """One node serves a replica of one node, beside one of four nodes that it cannot hold a part of."""
    serving = {"parameters": 1e9, "output_tokens_per_second": 5000, "tokens_per_day": 1e6}
    services = [
        {"kind": "inference", "months": 12, "serving": {**serving, "gpus_per_replica": gpus, "replicas": count}}
        for gpus, count in ((32, 1), (8, 4))
    ]
    held = [contract(nodes=1, usd=0.1, may_be_resold=False)]
    costing = cost_options(parse_profile({"name": "x", "workload": services, "commitment": held}, BOOK), BOOK)
    assert present(costing.case.committed_nodes)[0] == 1


def test_one_gpu_of_four_under_contract_leaves_the_rent_of_three() -> None:
    """On demand at a flat price, not discounted: a quarter of the hours is paid at the contract's $2."""
    work = {"kind": "inference", "gpu": "H100-SXM", "gpus": 4, "months": 12, "busy": 1.0, "plan_change_per_month": 0.0}
    calm = {"company": {"discount_rate": 0.0}, "market": {"rents_change_per_year": 0.0}}
    raw = {"name": "four GPUs", "workload": [work], **calm}
    held = [{"gpus": 1, "months_left": 12, "usd_per_gpu_hour": 2.0}]
    alone, beside = (cost_options(parse_profile(one, BOOK), BOOK) for one in (raw, {**raw, "commitment": held}))
    rent, rest = (next(cost for cost in one.costs if cost.option.id == "on-demand") for one in (alone, beside))
    assert rest.components["rent"] == pytest.approx(0.75 * rent.components["rent"])
    assert rest.components["committed"] == pytest.approx(2.0 * 8760)
