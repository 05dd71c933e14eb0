"""The verdict: what is feasible, how it is ranked, and whether each figure shown with it is true when acted upon."""

import math
import re
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.costing.components import GROUPS
from advisor.decision.advise import Advice, advise
from advisor.decision.break_even import cumulative_usd, merged
from advisor.decision.cash.limit import cash_needed_usd, each_suffices
from advisor.decision.cash.runway import runway_with
from advisor.decision.confidence import notes_on
from advisor.decision.cost_options import cost_options
from advisor.decision.price_break_even import buys_used
from advisor.decision.ranking import RankedOption, Verdict
from advisor.decision.risk import risk_of
from advisor.formatting import usd
from advisor.market.terms import minimum_term_months
from advisor.profiles.schema import CASH_FIELDS, Company, Profile
from advisor.profiles.validation import parse_profile
from advisor.reports.formats.text import text_report
from advisor.reports.verdict_view import headline
from tests.support.long_runs import examples, quick_and_long
from tests.support.present import present
from tests.support.profile_builder import (
    BOOK,
    SAMPLES,
    a_profile,
    changed,
    costed,
    costs_by_id,
    option_of,
    profiles,
    sample,
    with_months,
    with_quote,
)

TODAY = date(2026, 11, 1)
JUST = 1e-3  # how far either side of a break-even the order is checked


def advice(profile: Profile) -> Advice:
    return advise(profile, BOOK)


def verdict(profile: Profile) -> Verdict:
    return costed(profile).verdict


# What is feasible


def test_the_ranking_is_by_cost_with_the_infeasible_last() -> None:
    for name in SAMPLES:
        ranked = verdict(sample(name)).ranked
        assert [option.feasible for option in ranked] == sorted((o.feasible for o in ranked), reverse=True)
        for feasible in (True, False):
            costs = [option.preference_usd for option in ranked if option.feasible == feasible]
            assert costs == sorted(costs)
        assert all(reason.strip() for option in ranked for reason in option.infeasible_because)


def test_what_puts_more_at_stake_has_a_hurdle_to_clear() -> None:
    """A prepaid term is ranked as if it cost 5 % more; everything else by its cost alone."""
    share = BOOK.figure("money.prepaid_hurdle_share").value
    assert share > 0
    for option in verdict(sample("cluster-64")).ranked:
        more = share if option.id.endswith("-prepaid") else 0.0
        assert option.preference_usd == pytest.approx((1 + more) * option.cost.expected_usd)


SIMPLEST_FIRST = (
    "api", "on-demand", "marketplace", "rent-3m-then-decide", "reserved-1m", "reserved-3m", "reserved-6m",
    "reserved-12m", "reserved-24m", "reserved-36m", "hybrid-reserve-api", "hybrid-reserve", "reserved-6m-prepaid",
    "reserved-12m-prepaid", "reserved-24m-prepaid", "reserved-36m-prepaid", "lease", "buy-loan", "hybrid-buy-api",
    "hybrid-buy", "buy", "buy-used",
)  # fmt: skip


def simplest_of_the_cheapest(options: Sequence[RankedOption]) -> str | None:
    """Of the options within half a percent of the cheapest the first of the list above."""
    if not options:
        return None
    least = min(option.preference_usd for option in options)
    tied = [option.id for option in options if option.preference_usd <= least + 0.005 * abs(least)]
    return min(tied, key=SIMPLEST_FIRST.index)


@pytest.mark.parametrize("name", SAMPLES)
def test_the_pick_is_the_simplest_of_the_cheapest(name: str) -> None:
    found = verdict(sample(name))
    assert present(found.pick).id == simplest_of_the_cheapest([option for option in found.ranked if option.feasible])


def with_cash(profile: Profile, **cash: float) -> Profile:
    company = profile.company.model_dump(exclude_none=True)
    return changed(profile, company={**company, **cash})


@pytest.mark.parametrize("name", SAMPLES)
def test_cash_too_small_for_the_pick_leaves_the_best_that_fits(name: str) -> None:
    """One dollar short of what the pick takes at its peak: the cheapest option that takes less is next."""
    profile = with_cash(sample(name), cash_usd=1e12)
    base = verdict(profile)
    assert base.pick is not None
    needed = {option.id: cash_needed_usd(option.cost, profile.company) for option in base.ranked}
    cash = needed[base.pick.id] - 1
    fits = [option for option in base.ranked if option.feasible and needed[option.id] <= cash]
    found = verdict(with_cash(profile, cash_usd=cash))
    assert (found.pick.id if found.pick else None) == simplest_of_the_cheapest(fits)
    assert found.market_gap_share == base.market_gap_share, "the word does not move with the cash"
    assert present(found.without_cash_limit).id == base.pick.id
    barred = option_of(found, base.pick.id)
    assert not barred.feasible
    assert "cash" in barred.infeasible_because[-1]


@pytest.mark.parametrize("share", [0.5, 0.9, 1 - 1e-6, 1 + 1e-6, 1.1])
@pytest.mark.parametrize("name", ["cluster-64", "inference-8"])
def test_bounds_on_cash_agree_with_all_paths(name: str, share: float) -> None:
    """Near what an option takes, bounds may not say other than its flows on every path and month of change do."""
    profile = with_cash(sample(name), cash_usd=1e12, burn_usd_per_month=100_000)
    costs = [option.cost for option in verdict(profile).ranked]
    needed = [cash_needed_usd(cost, profile.company) for cost in costs]
    for cost, need in zip(costs, needed, strict=True):
        have = with_cash(profile, cash_usd=share * need).company
        assert each_suffices([cost], have) == [share > 1]
        assert each_suffices(costs, have) == [one <= share * need for one in needed]


def test_a_case_in_which_cash_decides() -> None:
    """A dollar short of what the thirstiest option takes bars that one; funding that is signed counts as cash; a dollar
    short of what the thriftiest takes bars them all."""
    profile = a_profile({"plan_change_per_month": 0.1})
    ranked = [option for option in verdict(profile).ranked if option.feasible]
    pick = ranked[0]
    cheapest_in_cash = min(ranked, key=lambda option: option.cost.peak_outlay_usd)
    most_cash = max(ranked, key=lambda option: option.cost.peak_outlay_usd)
    assert most_cash is not pick
    cash = most_cash.cost.peak_outlay_usd - 1
    barred = option_of(verdict(with_cash(profile, cash_usd=cash)), most_cash.id)
    assert not barred.feasible
    assert "cash" in barred.infeasible_because[0]
    funded = with_cash(profile, cash_usd=cash - 5e6, committed_funding_usd=5e6 + 2)
    assert option_of(verdict(funded), most_cash.id).feasible
    short = with_cash(profile, cash_usd=cheapest_in_cash.cost.peak_outlay_usd - 1)
    assert verdict(short).pick is None


def test_every_amount_of_money_of_a_company_says_what_its_cash_pays_for() -> None:
    """One that `CASH_FIELDS` does not name would be missing from the inputs of the runway, and plans that differ in it
    would be taken for alike. All but what is spent elsewhere is there to be paid with."""
    money = {name for name, field in Company.model_fields.items() if field.unit.startswith("USD")}
    assert set(CASH_FIELDS) == money
    rich = Company().model_copy(update=dict.fromkeys(money, 1.0))
    assert rich.available_usd == len(money) - 1
    assert Company().available_usd == math.inf


def test_the_month_in_which_the_cash_is_gone() -> None:
    """One node of H100 on demand for ten months at full use, rents flat, no plan risk. A month costs 8 x 730 h x $3.43
    = $20,031.20, 4 % more for support and lost goodput, and $427 of storage: $21,259.45. Cash for 3.5 months is spent
    in month 4."""
    bill = 8 * 730 * 3.43 * 1.04 + 427
    raw = {"kind": "fine-tune", "nodes": 1, "months": 10, "busy": 1.0, "plan_change_per_month": 0.0}
    market, gpu = {"rents_change_per_year": 0.0}, {"neocloud_usd_per_gpu_hour": 3.43}
    profile = a_profile(raw, market=market, gpu=gpu, company={"cash_usd": 3.5 * bill})
    option = option_of(verdict(profile), "on-demand")
    assert option.cost.peak_outlay_usd == pytest.approx(10 * bill)
    assert re.search(r"month 4\b", option.infeasible_because[0])


def test_cash_must_pay_what_is_due_on_day_one() -> None:
    """A reservation for a month that gives its idle time back in the same month: $342k is due before anything comes
    back, and $325k does not pay it."""
    profile = a_profile({"kind": "pre-train", "nodes": 16, "months": 1, "busy": 0.3}, company={"cash_usd": 325_000})
    for option in verdict(profile).ranked:
        assert option.cost.peak_outlay_usd >= option.cost.upfront_usd
        assert not option.feasible or option.cost.upfront_usd <= 325_000


def test_cash_must_last_in_nineteen_cases_of_twenty() -> None:
    """The 64-node sample holds with a chance of 0.985^23 = 71 %: cash for the mean of all cases is not enough, nor for
    a plan that holds while rents do as expected."""
    no_burn = with_cash(sample("cluster-64"), burn_usd_per_month=0.0)
    base = option_of(verdict(with_cash(no_burn, cash_usd=1e12)), "reserved-12m").cost
    mean = float(base.monthly_usd.cumsum().max())
    held = float(base.plan_holds_usd.cumsum().max())
    assert mean < held < base.peak_outlay_usd
    for cash, feasible in ((mean, False), (held, False), (base.peak_outlay_usd + 1, True)):
        found = verdict(with_cash(no_burn, cash_usd=cash))
        assert option_of(found, "reserved-12m").feasible is feasible


def test_burn_is_spent_too() -> None:
    """A reservation that cash alone pays for is out when the burn of the plan takes the rest; the runway agrees."""
    profile = with_cash(sample("cluster-64"), burn_usd_per_month=0.0)
    need = option_of(verdict(with_cash(profile, cash_usd=1e12)), "reserved-12m").cost.peak_outlay_usd
    burn, months = 100_000.0, 24
    for cash, feasible in ((need + burn, False), (need + burn * months, True)):
        burning = with_cash(profile, cash_usd=cash, burn_usd_per_month=burn)
        option = option_of(verdict(burning), "reserved-12m")
        assert option.feasible is feasible
        safety = option.cost.case.assumptions.money.cash_safety_share
        runway = present(runway_with(burning.company, option.cost.plan_holds_usd, option.cost.cash, safety))
        assert (runway.safe_months >= months - 1e-9) is feasible  # cash for the plan to the cent
        assert feasible or "burn" in option.infeasible_because[0]


def test_what_cash_pays_for_is_said_and_true() -> None:
    """Cash for none of it: the nodes and the months that are named can be paid for, and one more cannot."""
    profile = with_cash(a_profile(), cash_usd=5e6)
    payable = present(advice(profile).payable)
    for more, fits in ((0, True), (1, False)):
        fewer = with_cash(a_profile({"nodes": present(payable.nodes) + more}), cash_usd=5e6)
        assert (verdict(fewer).pick is not None) is fits
        shorter = with_cash(a_profile({"months": present(payable.months) + more}), cash_usd=5e6)
        assert (verdict(shorter).pick is not None) is fits
    assert payable.sentence in text_report(advice(profile), TODAY).replace("\n  ", " ")
    assert advice(a_profile()).payable is None


AMOUNTS: dict[str, tuple[dict[str, Any], float]] = {
    "a training": ({"nodes": None, "busy": None, "training": {"parameters": 7e10, "tokens": 2e12}, "months": 6}, 1e6),
    "a service": (
        {
            "kind": "inference",
            "nodes": None,
            "busy": None,
            "serving": {"parameters": 7e10, "tokens_per_day": 4e10},
            "months": 24,
        },
        2e6,
    ),
    "GPU-hours": ({"nodes": None, "busy": None, "gpu_hours_per_month": 40_000, "months": 12}, 4e5),
}


@pytest.mark.parametrize("amount", AMOUNTS)
def test_what_cash_pays_for_is_said_of_every_amount_of_work(amount: str) -> None:
    """A part of the work on that part of the nodes, or all nodes for a part of the months: a training of half the
    months does half its work."""
    work, cash = AMOUNTS[amount]
    found = advice(with_cash(a_profile(work), cash_usd=cash))
    assert found.payable is not None
    assert 0 < present(found.payable.nodes) < found.payable.wanted_nodes
    assert 0 < present(found.payable.months) < work["months"]
    assert found.payable.sentence in text_report(found, TODAY).replace("\n  ", " ")


def test_what_cash_pays_for_is_searched_below_the_least_length_of_a_training() -> None:
    """A month of training beside four years of another plan, of which less than a fortieth is tried."""
    training = {"kind": "fine-tune", "months": 1, "training": {"parameters": 7e9, "tokens": 1e12}}
    works = [training, {"kind": "fine-tune", "nodes": 4, "months": 48}]
    profile = parse_profile({"name": "x", "workload": works, "company": {"cash_usd": 100.0}}, BOOK)
    found = present(advice(profile).payable)
    assert found.sentence == "Your cash does not pay for one node over the plan, nor for all of the work over one month"


@quick_and_long
@settings(max_examples=examples(10, 100), deadline=None, derandomize=True)
@given(profiles())
def test_cash_flows_of_all_cases_average_to_the_expected_flows(profile: Any) -> None:
    """Of options that are settled today: what is chosen later is chosen by other chances than a few quantiles."""
    for option in verdict(profile).ranked:
        cost = option.cost
        assert cost.cash.weights.sum() == pytest.approx(1)
        if cost.policy is None:
            mean = np.einsum("kt,ktm->m", cost.cash.weights, cost.cash.flows_usd)
            assert mean == pytest.approx(cost.monthly_usd, rel=1e-9, abs=1e-3), option.id


def test_each_block_commits_to_what_it_needs() -> None:
    """32 nodes for a quarter, then 4 for three years: no block of a quarter pays for 32 nodes after the first."""
    big = {"kind": "pre-train", "gpu": "H200-SXM", "nodes": 32, "months": 3, "plan_change_per_month": 0.0}
    small = {**big, "kind": "fine-tune", "nodes": 4, "months": 36, "start_month": 3, "residual_share": 0.0}
    needs = ([big, small], [big], [{**small, "start_month": 0}])
    both, first, second = (parse_profile({"name": "x", "workload": works}, BOOK) for works in needs)
    together = option_of(verdict(both), "reserved-3m").cost.undiscounted_components["committed"]
    apart = [option_of(verdict(p), "reserved-3m").cost.undiscounted_components["committed"] for p in (first, second)]
    assert together < 1.02 * sum(apart)


def test_no_cash_for_anything_is_said_plainly() -> None:
    found = advice(with_cash(sample("cluster-64"), cash_usd=10_000.0))
    assert found.verdict.pick is None
    assert found.verdict.rival is None
    assert found.verdict.gap_share is None
    assert not found.verdict.close_call
    assert "NOTHING FITS" in headline(found)
    assert found.reasons.sentences
    assert found.reasons.waterfall == ()
    assert all(option.infeasible_because for option in found.verdict.ranked)
    assert all(
        "cash" in option.infeasible_because[-1]
        for option in found.verdict.ranked
        if not option.cost.option.infeasible_because
    )
    report = text_report(found, TODAY)
    assert "NOTHING FITS" in report
    assert "cash" in report


def test_a_service_that_must_always_run_is_not_put_on_a_marketplace() -> None:
    workload = {"kind": "inference", "nodes": 2, "months": 12}
    barred = option_of(verdict(a_profile(workload)), "marketplace")
    assert not barred.feasible
    assert any("always" in reason for reason in barred.infeasible_because)
    assert option_of(verdict(a_profile({**workload, "always_on": False})), "marketplace").feasible
    assert option_of(verdict(a_profile({**workload, "kind": "fine-tune"})), "marketplace").feasible


@pytest.mark.parametrize(("nodes", "feasible"), [(4, True), (5, False)])
def test_a_marketplace_has_no_fabric_above_four_nodes(nodes: int, feasible: bool) -> None:
    workload = {"kind": "fine-tune", "nodes": nodes, "months": 3}
    one_job = option_of(verdict(a_profile({**workload, "job_nodes": nodes})), "marketplace")
    assert one_job.feasible is feasible
    assert option_of(verdict(a_profile(workload)), "marketplace").feasible, "jobs of one node need no fabric"


@pytest.mark.parametrize(("nodes", "feasible"), [(128, True), (129, False)])
def test_on_demand_ends_at_128_nodes(nodes: int, feasible: bool) -> None:
    option = option_of(verdict(a_profile({"nodes": nodes})), "on-demand")
    assert option.feasible is feasible
    assert option_of(verdict(a_profile({"nodes": nodes, "job_nodes": 64})), "on-demand").feasible
    assert feasible or "on-demand" in option.infeasible_because[0]


MINIMUM_TERMS = [
    (1, 1),
    (63, 1),
    (64, 3),
    (127, 3),
    (128, 6),
    (255, 6),
    (256, 12),
    (1000, 12),
]  # docs/model.md#reserved


@pytest.mark.parametrize(("nodes", "least"), MINIMUM_TERMS)
def test_a_cluster_has_a_shortest_term(nodes: int, least: int) -> None:
    assert minimum_term_months(nodes, BOOK.assumptions("H100-SXM").rental) == least
    for option in verdict(a_profile({"nodes": nodes})).ranked:
        term = option.cost.option.term_months
        if term is not None:
            assert option.feasible is (term >= least)
            assert option.feasible or f"{least} months" in option.infeasible_because[0]


def test_an_offer_in_hand_beats_the_shortest_term() -> None:
    profile = with_quote(a_profile({"nodes": 256}), option="reserved", months=1, usd_per_gpu_hour=3.0)
    assert option_of(verdict(profile), "reserved-1m-offer").feasible


@pytest.mark.parametrize(
    ("months", "start", "feasible"), [(5, 0, False), (6, 0, True), (3, 2, False), (3, 3, True), (3, 12, True)]
)
def test_hardware_that_arrives_after_the_plan_is_not_bought(months: int, start: int, feasible: bool) -> None:
    """Delivery takes five months: the plan must still run then, counted from now."""
    option = option_of(verdict(a_profile({"months": months, "start_month": start})), "buy")
    assert option.feasible is feasible
    assert feasible or ("delivery" in option.infeasible_because[0] and "5 months" in option.infeasible_because[0])


def test_what_nobody_prices_is_not_bought_without_an_offer() -> None:
    profile = a_profile({"gpu": "MI300X"})
    barred = option_of(verdict(profile), "buy")
    assert "price" in barred.infeasible_because[0]
    assert option_of(verdict(with_quote(profile, option="buy", usd_per_node=250_000.0)), "buy").feasible


def test_data_nobody_publishes_are_pointed_out() -> None:
    warnings = " ".join(advice(a_profile({"gpu": "MI300X"})).reasons.warnings)
    assert "marketplace" in warnings
    assert "node" in warnings


@pytest.mark.parametrize(
    ("workload", "text"),
    [
        ({"kind": "fine-tune", "nodes": 5}, "fine-tuning"),
        ({"kind": "fine-tune", "nodes": 4}, None),
        ({"kind": "pre-train", "nodes": 15}, "pre-training"),
        ({"kind": "pre-train", "nodes": 16}, None),
    ],
)
def test_an_odd_size_for_the_work_is_a_warning_and_no_error(workload: dict[str, Any], text: str | None) -> None:
    warnings = advice(a_profile(workload)).reasons.warnings
    odd = [warning for warning in warnings if " usual" in warning or "costed as separate jobs" in warning]
    assert any(text in warning for warning in odd) if text else not odd


# How close it is


NO_WAITING = BOOK.overlaid({"money": {"waiting_edge_share": 0.5}}, "a test")
RENTER = {"nodes": 8, "months": 24, "busy": 0.3}  # on demand leads by far


def buying_at_gap(profile: Profile, gap: float) -> Profile:
    """The profile with an offer to buy that costs so much more than the cheapest of the rest.

    Owning costs a straight line in the price of a node up to what a used one is resold for, and another above it."""
    rest = next(o.cost.expected_usd for o in verdict(profile).ranked if o.feasible and o.action != "buy")
    prices = (50_000.0, BOOK.figure("H100-SXM.used_node_usd").value, BOOK.figure("H100-SXM.node_usd").value)
    usd = [costs_by_id(with_quote(profile, option="buy", usd_per_node=price))["buy"].expected_usd for price in prices]
    assert usd[0] < rest * (1 + gap) < usd[-1]
    price = float(np.interp(rest * (1 + gap), usd, prices))
    return with_quote(profile, option="buy", usd_per_node=price)


@pytest.mark.parametrize(
    ("gap", "pick", "close"),
    [(0.06, "rent", False), (0.04, "rent", True), (-0.04, "buy", True), (-0.06, "buy", False)],
)
def test_within_five_percent_of_another_class_is_too_close_to_call(gap: float, pick: str, close: bool) -> None:
    found = cost_options(buying_at_gap(a_profile(RENTER), gap), NO_WAITING).verdict  # which may end in buying as well
    assert found.pick is not None
    assert found.pick.action == pick
    assert found.close_call is close
    if gap > 0:
        share = option_of(found, "buy").cost.expected_usd / found.pick.cost.expected_usd - 1
        assert share == pytest.approx(gap, abs=1e-9)
        assert found.gap_share == pytest.approx(share)
    else:
        assert found.gap_share == pytest.approx(1 / (1 + gap) - 1, abs=0.006)  # a loan ties with cash
    assert present(found.rival).option_class != found.pick.option_class


def test_what_is_too_close_is_a_figure_of_the_book() -> None:
    wide = NO_WAITING.overlaid({"money": {"close_call_share": 0.10}}, "mine")
    profile = buying_at_gap(a_profile(RENTER), 0.06)
    assert cost_options(profile, wide).verdict.close_call
    assert not cost_options(profile, NO_WAITING).verdict.close_call


def test_a_short_and_a_long_reservation_are_two_classes() -> None:
    """Whether 12 or 3 months are reserved is a different commitment; how a year is paid for is not."""
    found = verdict(a_profile({"months": 36, "busy": 0.6}, company={"stage": "series-b"}))
    assert found.pick is not None
    assert (found.pick.id, found.pick.option_class) == ("reserved-12m", "reserve_long")
    assert (present(found.rival).id, present(found.rival).option_class) == ("reserved-6m", "reserve_short")
    prepaid = option_of(found, "reserved-12m-prepaid")
    assert prepaid.cost.expected_usd < found.pick.cost.expected_usd
    assert prepaid.folded_under == "reserved-12m"
    assert prepaid not in found.competitors


def test_where_no_other_class_is_feasible_the_pick_is_the_only_way() -> None:
    """256 nodes for three months are sold for a year or more, and hardware comes too late."""
    found = advice(a_profile({"nodes": 256, "months": 3}))
    assert found.verdict.only_way
    assert found.verdict.gap_share is None
    assert "no other class is feasible" in text_report(found, TODAY)
    assert "-$" not in "".join(found.reasons.sentences)


def test_the_only_way_says_so_where_cash_rules_out_the_others() -> None:
    """Renting 300 nodes has no market, buying takes more than there is: the confidence, cash aside, is told as well."""
    work = {"kind": "pre-train", "nodes": 300, "months": 36}
    found = advise(a_profile(work, company={"cash_usd": 200e6}), BOOK, 100)
    assert found.verdict.only_way
    text = text_report(found, TODAY)
    assert "No other class is feasible" in text
    assert "confidence, right" in text


def test_no_price_of_a_node_is_told_where_buying_is_out_at_any() -> None:
    """It was "no other class is feasible" beside "buy instead with a node under $95k"."""
    found = advise(a_profile({"kind": "pre-train", "nodes": 2000, "months": 24}), BOOK, 100)
    assert found.break_evens.node_price.usd is None
    text = " ".join(text_report(found, TODAY).split())
    assert "Buying cannot win: no on-demand market above 128 nodes for what a change of plan leaves" in text


@pytest.mark.parametrize(("cash", "lasts"), [(8e6, "gone in month 34"), (10e6, "enough only if rents go as expected")])
def test_what_cash_rules_out_though_it_costs_less_is_told_with_how_long_cash_lasts(cash: float, lasts: str) -> None:
    work = {"gpu": "B200-SXM", "nodes": 8, "months": 36}
    found = advise(a_profile(work, company={"cash_usd": cash, "stage": "seed"}), BOOK, 100)
    said = " ".join(text_report(found, TODAY).split())
    have = f"you have {usd(cash)}, {lasts}"
    assert re.search(
        rf"On-demand rent would cost \$[\d.]+[kM] less, but cash is [^:]* short: [^·]*{re.escape(have)}", said
    )


def test_equal_options_go_to_the_simplest() -> None:
    """An offer of a year a hair cheaper than on demand is not worth the commitment; 1 % cheaper it is."""
    base = a_profile(RENTER)
    rent = costs_by_id(base)["on-demand"].expected_usd
    low, high = (
        costs_by_id(with_quote(base, option="reserved", months=12, usd_per_gpu_hour=rate))[
            "reserved-12m-offer"
        ].expected_usd
        for rate in (1.0, 2.0)
    )
    for less, pick in ((0.004, "on-demand"), (0.01, "reserved-12m-offer")):
        rate = 1.0 + (rent * (1 - less) - low) / (high - low)
        found = verdict(with_quote(base, option="reserved", months=12, usd_per_gpu_hour=rate))
        assert present(found.pick).id == pick
        assert present(found.gap_share) >= 0


@quick_and_long
@settings(max_examples=examples(15, 500), deadline=None, derandomize=True)
@given(profiles())
def test_a_pick_is_feasible_and_its_gap_is_never_negative(profile: Profile) -> None:
    assert_sound(verdict(profile))


@quick_and_long
@settings(max_examples=examples(10, 500), deadline=None, derandomize=True)
@given(profiles(), st.sampled_from([None, 1e5, 1e6, 1e7, 1e8]))
def test_the_pick_is_feasible_whatever_the_cash(profile: Profile, cash: float | None) -> None:
    free = verdict(profile)
    found = free if cash is None else verdict(with_cash(profile, cash_usd=cash))
    assert_sound(found)
    assert found.market_gap_share == (free.market_gap_share if cash is not None else found.gap_share)


def assert_sound(found: Verdict) -> None:
    if found.pick is None:
        assert not any(option.feasible for option in found.ranked)
        return
    assert found.pick.feasible
    assert found.gap_share is None or found.gap_share >= 0
    classes = {option.option_class for option in found.ranked if option.feasible}
    assert (found.rival is None) is (classes == {found.pick.option_class}) is found.only_way
    if found.rival is not None:
        assert found.rival.feasible
        assert found.rival.option_class != found.pick.option_class
        assert found.rival.cost.option.prepaid_base is None


@quick_and_long
@settings(max_examples=examples(10, 500), deadline=None, derandomize=True)
@given(profiles(workloads=1))
def test_the_expected_cost_lies_in_its_band_or_a_sentence_says_why_not(profile: Profile) -> None:
    costing = cost_options(profile, BOOK)
    if costing.verdict.pick is None:
        return
    risk = risk_of(costing.verdict, costing.forecasts, 200, 0)
    pick = costing.verdict.pick
    mean, spread = pick.cost.expected_usd, risk.spreads[pick.id]
    said = any("expected cost lies" in note for note in notes_on(costing.verdict, risk))
    inside = spread.p5_usd <= mean <= spread.p95_usd
    assert said is not (inside or usd(spread.p5_usd) == usd(spread.p95_usd))


def test_an_option_that_earns_money_is_no_close_call() -> None:
    """Nodes for $10,000 each, nearly idle, with power, hall and staff for nothing: letting the idle hours brings more
    than owning costs, so the pick costs less than nothing, and renting is not close. A contract cannot bring that: what
    it is let for is at most its own rate."""
    work = {"kind": "fine-tune", "nodes": 8, "busy": 0.01, "plan_change_per_month": 0.0}
    free = ("colocation_usd_per_kw_month", "staff_fixed_fte", "staff_fte_per_node", "staff_small_fte_per_node")
    profile = a_profile(work, facility=dict.fromkeys(free, 0.0))
    found = verdict(with_quote(profile, option="buy", usd_per_node=10_000.0))
    assert present(found.pick).cost.expected_usd < 0
    assert present(found.rival).cost.expected_usd > 1e5
    assert present(found.gap_share) > 1
    assert not found.close_call


# Figures that must add up


def assert_adds_up(profile: Profile) -> None:
    """Components, groups, the cumulative curve and the waterfall are one and the same cost."""
    found = advice(profile)
    for option in found.verdict.ranked:
        cost = option.cost
        exact = pytest.approx(cost.expected_usd, rel=1e-9, abs=1e-6)
        assert math.fsum(cost.components.values()) == exact
        assert math.fsum(cost.by_group().values()) == exact
        curve = cumulative_usd(cost)
        assert curve[0] == 0
        assert curve[-1] == pytest.approx(cost.expected_usd, rel=1e-9, abs=1e-3)
        assert cost.undiscounted_usd == pytest.approx(
            math.fsum(cost.undiscounted_components.values()), rel=1e-9, abs=1e-3
        )
    pick, rival = found.verdict.pick, found.verdict.rival
    if pick is not None and rival is not None:
        gap = rival.cost.expected_usd - pick.cost.expected_usd
        scale = max(abs(pick.cost.expected_usd), abs(rival.cost.expected_usd))
        assert math.fsum(step.usd for step in found.reasons.waterfall) == pytest.approx(gap, abs=1e-9 * scale + 1e-6)
        assert {step.group for step in found.reasons.waterfall} <= set(GROUPS)


@quick_and_long
@settings(max_examples=examples(8, 100), deadline=None, derandomize=True)
@given(profiles())
def test_everything_adds_up(profile: Profile) -> None:
    assert_adds_up(profile)


@pytest.mark.parametrize("name", SAMPLES)
def test_everything_adds_up_for_a_sample(name: str) -> None:
    assert_adds_up(sample(name))


def test_the_waterfall_adds_up_when_a_step_is_cents() -> None:
    """One node of H100 for a month, 99.99 % busy: a reservation sublets 0.584 hours at $2.01, 30 % of them: 35 cents.
    Small as it is, the steps must still add up to the gap."""
    workload = {"kind": "fine-tune", "nodes": 1, "months": 1, "busy": 0.9999, "plan_change_per_month": 0.0}
    assert_adds_up(a_profile(workload))


def test_advice_is_the_same_twice() -> None:
    profile = sample("inference-8")
    assert text_report(advice(profile), TODAY) == text_report(advice(profile), TODAY)


# Where the answer changes

BREAK_EVEN_CASES: dict[str, dict[str, Any]] = {
    "the 64-node cluster": {},
    "one node for a month": {"kind": "fine-tune", "nodes": 1, "months": 1, "busy": 0.9},
    "four nodes in cycles": {"kind": "fine-tune", "nodes": 4, "months": 8, "busy": 0.5},
    "sixteen nodes for half a year": {"nodes": 16, "months": 6},
    "eight nodes for a term and a half": {"nodes": 8, "months": 18},  # above some rate a contract serves the rest
    "a service of eight nodes": {"kind": "inference", "nodes": 8, "months": 36, "busy": 0.6},
    "H200 for four years, bought": {"gpu": "H200-SXM", "nodes": 100, "months": 48, "plan_change_per_month": 0.005},
    "B200 for five years, bought": {"gpu": "B200-SXM", "nodes": 64, "months": 60, "plan_change_per_month": 0.005},
    "MI300X of an uneven length": {"gpu": "MI300X", "nodes": 2, "months": 5, "busy": 0.4, "kind": "fine-tune"},
    "A100 starting in a quarter": {"gpu": "A100-80-SXM", "nodes": 24, "months": 15, "start_month": 3},
}


def renting_less_the_rest(profile: Profile) -> float:
    """How much more renting on demand costs than what still ties with the best feasible commitment, USD."""
    found = verdict(profile)
    rest = min(option.preference_usd for option in found.ranked if option.feasible and option.action != "rent")
    return option_of(found, "on-demand").cost.expected_usd - rest - 0.005 * abs(rest)


@pytest.mark.parametrize("case", BREAK_EVEN_CASES)
def test_an_offer_at_the_tipping_price_turns_renting(case: str) -> None:
    """'Rent instead below $X': a user who finds it just below, and enters it, must be told to rent."""
    profile = a_profile(BREAK_EVEN_CASES[case])
    tipping = present(advice(profile).break_evens.tipping.usd)
    below = with_quote(profile, option="on-demand", usd_per_gpu_hour=tipping * (1 - JUST))
    above = with_quote(profile, option="on-demand", usd_per_gpu_hour=tipping * (1 + JUST))
    assert renting_less_the_rest(below) < 0
    assert renting_less_the_rest(above) > 0
    pick = present(verdict(below).pick)
    assert pick.action == "rent"


BOUGHT_BASES = ("hybrid-buy", "hybrid-buy-api")


def test_an_offer_at_the_price_that_cash_pays_for_turns_renting() -> None:
    """`Rent instead below $3.51` was said where $3.30 an hour was more than the cash pays for."""
    profile = sample("cluster-64")
    evens = advice(profile).break_evens
    assert present(evens.payable_rate_usd) < present(evens.tipping.usd)
    below, above = (
        verdict(with_quote(profile, option="on-demand", usd_per_gpu_hour=present(evens.payable_rate_usd) * (1 + part)))
        for part in (-JUST, JUST)
    )
    assert present(below.pick).id == "on-demand"
    assert not option_of(above, "on-demand").feasible


@pytest.mark.parametrize("case", BREAK_EVEN_CASES)
def test_an_offer_at_the_node_price_turns_buying(case: str) -> None:
    profile = a_profile(BREAK_EVEN_CASES[case])
    found, bought = advice(profile).break_evens.node_price, "buy-used" if buys_used(verdict(profile)) else "buy"
    if found.usd is None:
        assert found.reason
        barred = option_of(verdict(with_quote(profile, option=bought, usd_per_node=1.0)), bought)
        cheaper = [o for o in verdict(profile).ranked if o.feasible and o.action != "buy"]
        assert not barred.feasible or barred.cost.expected_usd >= cheaper[0].cost.expected_usd
        return
    below = verdict(with_quote(profile, option=bought, usd_per_node=found.usd * (1 - JUST)))
    above = verdict(with_quote(profile, option=bought, usd_per_node=found.usd * (1 + JUST)))
    assert present(below.pick).action == "buy"
    for found_there, wins in ((below, True), (above, False)):
        rest = min(
            o.preference_usd for o in found_there.ranked if o.feasible and o.action != "buy" and not o.cost.policy
        )
        buying = min(o.cost.expected_usd for o in found_there.ranked if o.feasible and o.id in (bought, *BOUGHT_BASES))
        assert (buying + 0.005 * abs(buying) < rest) is wins


@pytest.mark.parametrize(
    ("work", "company"),
    [
        ({"kind": "inference", "nodes": 8, "months": 18, "busy": 0.8, "growth_per_month": 0.05}, {}),
        ({"nodes": 16, "months": 36, "busy": 0.9}, {"stage": "later", "tax_rate": 0.3, "taxable_from_month": 0}),
    ],
)
def test_at_the_node_price_buying_a_part_and_taxes_count(work: dict[str, Any], company: dict[str, Any]) -> None:
    """Above the price of a node under which to buy all of a growing service, a base of it was bought all the same; of
    a company that pays taxes the price was $88k, where it buys up to $212k."""
    profile = a_profile(work, company=company)
    found = present(advice(profile).break_evens.node_price.usd)
    picks = [verdict(with_quote(profile, option="buy", usd_per_node=found * part)).pick for part in (0.98, 1.02)]
    assert [pick is not None and pick.action == "buy" for pick in picks] == [True, False]


def test_cash_pays_for_a_contract_in_hand_before_it_pays_for_hours() -> None:
    """Up to which rate cash pays for renting was told as if the contract that is kept cost nothing."""
    contract = {"nodes": 8, "months_left": 12, "usd_per_gpu_hour": 2.6, "may_be_resold": False}
    work = {"kind": "fine-tune", "nodes": 24, "months": 12, "plan_change_per_month": 0, "busy": 0.85}
    profile = a_profile(work, company={"cash_usd": 6e6}, commitment=[contract])
    evens = advice(profile).break_evens
    assert present(evens.payable_rate_usd) < present(evens.tipping.usd)
    for part, pays in ((-JUST, True), (JUST, False)):
        rate = present(evens.payable_rate_usd) * (1 + part)
        there = verdict(with_quote(profile, option="on-demand", usd_per_gpu_hour=rate))
        assert option_of(there, "on-demand").feasible is pays


def test_contracts_that_cover_all_leave_no_price_of_a_node() -> None:
    contract = {"nodes": 64, "months_left": 18, "usd_per_gpu_hour": 2.6}
    found = advice(
        a_profile({"nodes": 24, "months": 12, "plan_change_per_month": 0}, company={}, commitment=[contract])
    )
    assert present(found.verdict.pick).id == "held"
    assert found.break_evens.node_price.reason == "what you have covers all of the work"


@pytest.mark.parametrize(
    "in_hand",
    [
        {"commitment": [{"nodes": 64, "months_left": 18, "usd_per_gpu_hour": 2.6, "termination_fee_share": 0.5}]},
        {"owned": [{"nodes": 4}]},
    ],
)
def test_what_is_in_hand_costs_the_same_at_every_price_of_a_node(in_hand: dict[str, Any]) -> None:
    """Buying was told to win below $496k a node, where a node costs $294k and buying does not win: what leaving a
    contract costs was counted for the other options only."""
    profile = a_profile({"nodes": 24, "months": 12}, company={}, **in_hand)
    found, bought = advice(profile).break_evens.node_price, "buy-used" if buys_used(verdict(profile)) else "buy"
    for part, wins in ((-JUST, True), (JUST, False)):
        there = verdict(with_quote(profile, option=bought, usd_per_node=present(found.usd) * (1 + part)))
        rest = min(o.preference_usd for o in there.ranked if o.feasible and o.action != "buy" and not o.cost.policy)
        buying = option_of(there, bought).cost.expected_usd
        assert (buying + 0.005 * abs(buying) < rest) is wins


def at_busy(profile: Profile, share: float) -> Profile:
    """The profile, of one workload, at another utilization."""
    (workload,) = profile.model_dump(by_alias=True, exclude_none=True)["workload"]
    return changed(profile, workload=[{**workload, "busy": share}])


def reserving_less_renting(profile: Profile, option_id: str) -> float:
    costs = costs_by_id(profile)
    return costs[option_id].expected_usd - costs["on-demand"].expected_usd


@pytest.mark.parametrize("case", BREAK_EVEN_CASES)
def test_the_break_even_utilisation_turns_the_term(case: str) -> None:
    """Re-run just below and just above the share, the term is cheaper than on demand on the side that is named only;
    without a share the order is the same from nearly idle to always busy, and the reason says which, or why the term is
    not sold."""
    profile = a_profile(BREAK_EVEN_CASES[case])
    terms = advice(profile).break_evens.terms
    assert terms
    for term in terms:
        if term.busy_share is not None:
            below, above = term.busy_share * (1 - JUST), min(1.0, term.busy_share * (1 + JUST))
            side = 1 if term.pays == "above" else -1
            assert side * reserving_less_renting(at_busy(profile, below), term.option) > 0
            assert side * reserving_less_renting(at_busy(profile, above), term.option) < 0
        else:
            gaps = [reserving_less_renting(at_busy(profile, share), term.option) for share in (0.01, 0.5, 1.0)]
            assert term.reason
            if "cheaper at any use" in term.reason:
                assert all(gap < 0 for gap in gaps)
            elif "costs more" in term.reason:
                assert all(gap > 0 for gap in gaps)
            else:
                assert "not sold" in term.reason


def test_the_lengths_for_which_buying_wins_are_those_at_which_it_is_picked() -> None:
    """8 nodes: `Buy for plans of 30 to 50 months`, and at 30 months to reserve: lengths within 2 % were told as one."""
    work = {"kind": "pre-train", "nodes": 8, "busy": 0.9}
    found = advice(a_profile({**work, "months": 27})).break_evens.buying_months
    ends = {month for interval in found for month in interval}
    assert ends
    for month in ends | {month - 1 for month in ends} | {month + 1 for month in ends}:
        pick = present(verdict(a_profile({**work, "months": month})).pick)
        assert (pick.action == "buy") == any(first <= month <= last for first, last in found), month


def test_the_table_by_length_says_to_buy_where_buying_wins() -> None:
    """32 nodes in rooms of their own: buying won for 40 to 60 months, and the table had a prepaid term up to 40."""
    work = {"kind": "pre-train", "nodes": 32, "months": 48, "busy": 0.9, "plan_change_per_month": 0.002}
    company = {"discount_rate": 0.1, "tax_rate": 0.25, "depreciation": "bonus", "hosting": "on-premises"}
    found = advice(a_profile(work, company=company)).break_evens
    rows = [(one.from_month, one.to_month, one.option) for one in found.months if one.option is not None]
    bought = merged((first, last) for first, last, option in rows if option.action == "buy")
    assert bought == found.buying_months != ()
    assert not any(option.prepaid_base for *_, option in rows), "none is a pick"


def test_a_term_that_is_not_sold_has_no_break_even() -> None:
    """It read `cheaper at any use`, of 1,000 nodes for a month."""
    terms = {term.option: term for term in advice(sample("frontier-lab-1000")).break_evens.terms}
    assert terms["reserved-1m"].busy_share is None
    assert terms["reserved-1m"].reason == "not sold for this plan"
    assert terms["reserved-12m"].reason == "no on-demand market"


def test_some_of_those_utilisations_lie_between_idle_and_busy() -> None:
    """So that the test above is not about reasons alone."""
    cases: Mapping[str, dict[str, Any]] = BREAK_EVEN_CASES
    found = [term.busy_share for case in cases.values() for term in advice(a_profile(case)).break_evens.terms]
    assert sum(share is not None for share in found) >= 5


@pytest.mark.parametrize("case", ["two workloads", *BREAK_EVEN_CASES])
def test_the_best_by_length_covers_every_month_and_is_the_pick_there_or_close_to_it(case: str) -> None:
    """Intervals follow each other from month 1 on; at both ends and in the middle of each, the profile re-run with
    that length picks what the interval says or something at most 2 % cheaper, of those whose size is not searched and
    of which nothing is left open. A base with rented peaks keeps its share of the nodes along the lengths; sized anew
    for one, it costs no more."""
    if case == "two workloads":
        first = {"kind": "pre-train", "nodes": 32, "months": 24, "busy": 0.85}
        second = {"kind": "fine-tune", "nodes": 2, "months": 12, "busy": 0.5}
        profile = changed(a_profile(), workload=[first, second])
    else:
        profile = a_profile(BREAK_EVEN_CASES[case])
    intervals = advice(profile).break_evens.months
    start = max(workload.start_month for workload in profile.workload)
    covered = [month for interval in intervals for month in range(interval.from_month, interval.to_month + 1)]
    assert covered == list(range(1, 60 - start + 1))
    assert all(one.option != other.option for one, other in pairwise(intervals))
    for interval in intervals:
        for months in {interval.from_month, (interval.from_month + interval.to_month) // 2, interval.to_month}:
            plain = [o for o in verdict(with_months(profile, months)).ranked if not o.cost.policy and o.feasible]
            named = "" if interval.option is None else interval.option.id
            told = next((o for o in plain if o.id == named), None)
            sized = named.startswith("hybrid-")
            rivals = [o for o in plain if o.id.startswith("hybrid-") == sized]
            pick = min(rivals, key=lambda option: option.preference_usd, default=None)
            assert (told is None) == (pick is None), f"{months} months"
            if told is not None and pick is not None:
                assert told.action == present(interval.option).action
                assert told.preference_usd <= pick.preference_usd + 0.02 * abs(pick.preference_usd) + 1e-6


def test_64_nodes_have_few_intervals_of_lengths() -> None:
    """Reserving 3 and 12 months in turn, which differ by under 2 %, were told apart eleven times."""
    for months in (6, 12, 24, 36):
        profile = a_profile({"months": months})
        found = advice(profile).break_evens.months
        assert len(found) <= 5
        plain = [one for one in verdict(profile).ranked if one.feasible and not one.cost.policy]
        own = next(one for one in found if one.from_month <= months <= one.to_month)
        assert present(own.option).id == simplest_of_the_cheapest([o for o in plain if not o.id.startswith("hybrid-")])


def test_the_lengths_do_not_depend_on_cash() -> None:
    """Cash bars options, it does not move the point from which they are cheapest."""
    profile = sample("cluster-64")
    assert advice(profile).break_evens.months == advice(with_cash(profile, cash_usd=25_000_000.0)).break_evens.months


def test_crossings_lie_on_both_curves() -> None:
    found = advice(a_profile())
    curves = {option.id: cumulative_usd(option.cost) for option in found.break_evens.contenders}
    assert found.break_evens.crossings
    for crossing in found.break_evens.crossings:
        month, part = int(crossing.month), crossing.month % 1
        before, after = curves[crossing.cheaper_before], curves[crossing.cheaper_after]
        for curve in (before, after):
            assert curve[month] + part * (curve[month + 1] - curve[month]) == pytest.approx(crossing.usd)
        assert before[month] < after[month]
        assert before[month + 1] > after[month + 1]


def test_runway_is_cash_over_burn() -> None:
    """$1.2M of cash and $100k a month last 12 months; a two-week fine-tune costs some thousands: a little less."""
    profile = with_cash(sample("lora-one-node"), cash_usd=1_200_000.0, burn_usd_per_month=100_000.0)
    found = advice(profile)
    assert present(found.runway).without_months == pytest.approx(12)
    spent = present(found.verdict.pick).cost.undiscounted_usd
    assert present(found.runway).with_months == pytest.approx(12 - spent / 100_000)


def test_the_price_shown_is_the_price_used() -> None:
    """The user's own list price, or price of a node, is what the report says the verdict depends on."""
    found = advice(a_profile(gpu={"neocloud_usd_per_gpu_hour": 1.23, "node_usd": 123_456}))
    report = text_report(found, TODAY)
    assert "$1.23/GPU-h" in report
    assert "3.43" not in report
    assert "123,456" in report
    assert "300,000" not in report


def test_cash_that_ends_before_the_plan_rules_it_out() -> None:
    """It is no longer a warning: what cash and burn do not allow is not feasible."""
    short = a_profile(company={"cash_usd": 3e7, "burn_usd_per_month": 1e6})
    long_ = a_profile(company={"cash_usd": 4e8, "burn_usd_per_month": 1e6})
    assert advice(short).verdict.pick is None
    assert not any("cash lasts" in warning for warning in advice(long_).reasons.warnings)


@pytest.mark.parametrize(("gpu", "tier"), [*((gpu, "neocloud") for gpu in BOOK.gpus), ("H100-SXM", "hyperscaler")])
def test_no_line_of_the_plain_report_is_wider_than_a_terminal(gpu: str, tier: str) -> None:
    profile = a_profile({"gpu": gpu, "months": 30}, name="n" * 100, market={"tier": tier})
    assert all(len(line) < 80 for line in text_report(advise(profile, BOOK, 100), TODAY).splitlines())


def test_a_plan_that_is_all_but_sure_to_change_before_it_begins_has_no_price_of_a_node() -> None:
    """In 54 months, half of them changing it, what a node costs is lost in rounding: there was a division by zero."""
    work = {"kind": "pre-train", "gpu": "GB200-NVL72", "nodes": 1, "months": 5, "start_month": 54}
    found = advice(a_profile(work | {"plan_change_per_month": 0.5})).break_evens.node_price
    assert found.usd is None
    assert found.reason == "the plan is all but sure to change before nodes are bought"
