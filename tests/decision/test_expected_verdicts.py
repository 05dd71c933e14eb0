"""Verdicts by expected cost, many at once: what one profile at a time says, whichever figures differ."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.decision.cash.limit import cash_needed_usd
from advisor.decision.plans.alike import groups_of_alike
from advisor.decision.plans.built_options import built_options, built_waiting
from advisor.decision.plans.expected import ExpectedVerdict, cheapest_usd, expected_verdicts, why_nothing_fits
from advisor.decision.plans.priced import priced_plans
from advisor.profiles.schema import Profile
from advisor.profiles.validation import parse_profile
from tests.support.long_runs import examples, quick_and_long
from tests.support.present import present
from tests.support.profile_builder import BOOK, a_profile, costed, raw_profiles, shares

PLANS = st.fixed_dictionaries(
    {
        "nodes": st.integers(1, 300),
        "months": st.integers(1, 36) | st.floats(0.1, 36),
        "busy": st.floats(0.05, 1),
        "growth_per_month": st.just(0.0) | st.floats(-0.1, 0.05),
        "plan_change_per_month": st.floats(0, 0.3),
        "residual_share": shares,
    }
)
SERVICE = {"kind": "inference", "nodes": 8, "months": 18, "busy": 0.4}
BARE = {"gpu": "H100-SXM", "plan_change_per_month": 0.02}
FEW_NODES = [{"nodes": nodes, "months": months} for nodes, months in ((1, 3), (4, 13), (9, 30))]


def one_by_one(profile: Profile) -> ExpectedVerdict:
    verdict = costed(profile).verdict
    pick, rival, free = verdict.pick, verdict.rival, verdict.without_cash_limit
    return ExpectedVerdict(
        pick.id if pick else None,
        pick.action if pick else None,
        verdict.close_call,
        rival.id if rival else None,
        verdict.gap_share,
        pick.cost.expected_usd if pick else None,
        free.id if free else None,
        why_nothing_fits(pick, free),
        cheapest_usd(verdict, "api"),
        cheapest_usd(verdict, "rent"),
        cheapest_usd(verdict, "reserve"),
        cheapest_usd(verdict, "buy"),
    )


def agree(profiles: list[Profile]) -> None:
    """Both ways say the same of each, to nine digits."""
    for profile, found in zip(profiles, expected_verdicts(profiles, BOOK), strict=True):
        alone = one_by_one(profile)
        assert vars(found) == {
            name: pytest.approx(value, rel=1e-9, abs=1e-9) if isinstance(value, float) else value
            for name, value in vars(alone).items()
        }


@quick_and_long
@settings(max_examples=examples(5, 100), deadline=None, derandomize=True)
@given(raw_profiles(workloads=2), st.lists(PLANS, min_size=2, max_size=5), st.sampled_from([0.0, 0.25]))
def test_many_plans_are_decided_as_each_alone(raw: dict[str, Any], plans: list[dict[str, Any]], tax: float) -> None:
    """Several amounts differ at a time; also for several workloads, and after taxes."""
    first, *others = raw["workload"]
    company = {**raw["company"], "tax_rate": tax}
    profiles = [parse_profile({**raw, "company": company, "workload": [first | plan, *others]}, BOOK) for plan in plans]
    agree(profiles)


def test_profiles_are_priced_together_unless_they_hold_what_needs_a_case_of_its_own() -> None:
    flat = [a_profile(plan) for plan in FEW_NODES]
    growing, seed = a_profile({"growth_per_month": 0.01}), a_profile(company={"stage": "seed"})
    costlier = [a_profile(facility={"pue": pue}) for pue in (1.5, 1.9)]
    hosting = a_profile(company={"hosting": "on-premises"})
    other = a_profile(market={"other_gpus": ["H200-SXM"]})
    found = groups_of_alike([growing, *flat, *costlier, other, hosting, seed], BOOK)
    assert [group.places for group in found] == [(0, 1, 2, 3, 8), (4, 5), (7,)]


@pytest.mark.parametrize("work", [{}, {"kind": "fine-tune", "busy": 0.5}, SERVICE], ids=["job", "tune", "service"])
def test_plans_that_cash_may_limit_are_decided_as_each_alone(work: dict[str, Any]) -> None:
    """From plenty of cash to none, so that a pick, a rival and all options fall away."""
    cash = [1e9, 3e7, 1.5e6, 4e5, 1e4, 0.0]
    plans = zip(FEW_NODES * 2, cash, strict=True)
    agree([a_profile(work | plan, company={"cash_usd": usd, "burn_usd_per_month": 1e4}) for plan, usd in plans])


@pytest.mark.parametrize(
    "tables",
    [
        {"market": {"other_gpus": ["H200-SXM"]}},
        {"commitment": [{"nodes": 2, "months_left": 9, "usd_per_gpu_hour": 2.5}]},
        {"rental": {"termination_fee_share": 0.3}},
        {"company": {"rental_forbidden_because": "a rule"}},
        {"company": {"hosting": "on-premises"}},
        {"quote": [{"option": "reserved", "months": 12, "usd_per_gpu_hour": 1.9}]},
    ],
    ids=lambda tables: next(iter(tables)),
)
def test_whatever_needs_a_case_of_its_own_is_decided_as_alone(tables: dict[str, Any]) -> None:
    agree([a_profile(SERVICE | plan, **tables) for plan in FEW_NODES])


@pytest.mark.parametrize("share", [0.8, 1 - 1e-6, 1 + 1e-6, 1.3])
@pytest.mark.parametrize("option_id", ["on-demand", "reserved-12m", "reserved-12m-prepaid", "buy", "buy-used", "lease"])
def test_what_many_plans_are_told_of_their_cash_is_what_each_takes(option_id: str, share: float) -> None:
    """Cash that is a little more or less than what an option takes: near it nothing may be told, else what is true."""
    profiles = []
    for months, hazard in ((30, 0.05), (19, 0.0)):
        work = {"nodes": 8, "months": months, "plan_change_per_month": hazard}
        profile = a_profile(work, company={"cash_usd": 1e12, "burn_usd_per_month": 2e4})
        cost = next(cost for cost in costed(profile).costs if cost.option.id == option_id)
        needed = cash_needed_usd(cost, profile.company)
        profiles.append(a_profile(work, company={"cash_usd": share * needed, "burn_usd_per_month": 2e4}))
    (group,) = groups_of_alike(profiles, BOOK)
    built = built_options(group, priced_plans(group), range(len(profiles)))
    told = next(one.cash_suffices for one in built.options if one.option.id == option_id)
    assert set(told.values()) <= {share > 1, None}
    assert abs(share - 1) < 0.1 or None not in told.values()


@pytest.mark.parametrize("cash", [{}, {"cash_usd": 6e7, "burn_usd_per_month": 1e5}], ids=["free", "limited"])
def test_growing_plans_that_may_wait_are_decided_as_each_alone(cash: dict[str, float]) -> None:
    """Renting first counts every contract that they sign as they grow; else it would be the cheapest for the last."""
    growth = [0.0, 0.02, 0.08]
    works = [{"nodes": 64, "months": 26, "job_nodes": 1, "growth_per_month": share} for share in growth]
    agree([a_profile({"plan_change_per_month": 0.015} | work, company=cash) for work in works])


def test_what_plans_that_rent_first_choose_later_is_what_each_alone_would() -> None:
    """Each by the rents that it expects itself: the plan that expects them to rise signs for longer."""
    changes = (-0.6, -0.1, 0.2)
    profiles = [a_profile({"nodes": 16, "months": 24}, market={"rents_change_per_year": change}) for change in changes]
    (group,) = groups_of_alike(profiles, BOOK)
    built = built_waiting(group, range(len(profiles)))
    chosen = set()
    for plan, profile in enumerate(profiles):
        costing = costed(profile)
        option, policy = built.of_plan(plan, costing.case)
        (alone,) = (cost for cost in costing.costs if cost.option.id == option.id)
        names = tuple(
            present(alone.option.choice).names[pick].partition(",")[0] for pick in present(alone.policy).picks
        )
        assert tuple(present(option.choice).names[pick] for pick in policy.picks) == names
        np.testing.assert_allclose(policy.cuts, present(alone.policy).cuts, rtol=1e-9)
        chosen.add(names)
    assert len(chosen) > 1


FIGURES: list[dict[str, tuple[float, float, float]]] = [
    {"facility.pue": (1.1, 1.3, 2.0), "facility.availability_share": (0.9, 0.99, 0.97)},
    {"rental.support_share": (0.0, 0.1, 0.3), "rental.idle_fill_share": (0.0, 0.5, 0.9)},
    {"rental.on_demand_max_nodes": (2.0, 8.0, 128.0), "company.discount_rate": (0.05, 0.5, 0.1)},
    {"gpu.neocloud_usd_per_gpu_hour": (1.0, 2.5, 4.0), "gpu.node_usd": (1e5, 2e5, 4e5)},
    {"gpu.neocloud_term_discount.12": (0.0, 0.2, 0.5), "forecast.level_sd": (0.0, 0.2, 0.4)},
    {"forecast.decline_shift_per_year": (0.0, 0.2, 0.1), "forecast.resale_rent_elasticity": (0.5, 0.9, 1.0)},
    {"market.rents_change_per_year": (-0.5, 0.0, 0.2), "company.discount_rate": (0.1, 0.2, 0.3)},
]


@pytest.mark.parametrize("figures", FIGURES, ids="-".join)
@pytest.mark.parametrize("work", [{}, SERVICE], ids=["job", "service"])
def test_profiles_with_figures_of_their_own_are_decided_as_each_alone(
    figures: dict[str, tuple[float, ...]], work: dict[str, Any]
) -> None:
    """Two figures and the plan differ at a time, and all profiles are priced together."""
    profiles = []
    growing: dict[str, Any] = {"nodes": 60, "months": 20, "growth_per_month": 0.03}
    for at, plan in enumerate([*FEW_NODES, growing]):
        tables: dict[str, dict[str, float]] = {}
        for path, values in figures.items():
            table, _, name = path.partition(".")
            tables.setdefault(table, {})[name] = values[at % len(values)]
        profiles.append(a_profile({**work, **plan}, **tables))
    assert len(groups_of_alike(profiles, BOOK)) == 1
    agree(profiles)


OFFERS: list[dict[str, Any]] = [
    {"option": "reserved", "months": 12, "usd_per_gpu_hour": 1.6, "nodes": 5, "from": "Acme"},
    {"option": "reserved", "months": 24, "usd_per_gpu_hour": 1.5, "free_months": 1, "start_month": 2},
    {"option": "on-demand", "usd_per_gpu_hour": 2.4},
    {"option": "on-demand", "usd_per_gpu_hour": 2.9, "from": "Other"},
    {"option": "buy", "usd_per_node": 180_000.0},
]
CREDITS = [{"usd": 3e5, "expires_month": 9}, {"usd": 5e4}]
API_SERVICE = {"model": "Llama-3-70B", "precision": "fp8", "peak_to_mean": 2.5}
CURVE = [[8, 0.9], [24, 0.5], [40, 0.1]]
TOGETHER: dict[str, list[dict[str, Any]]] = {
    "offers": [{"workload": [{**BARE, **SERVICE, **plan}], "quote": OFFERS} for plan in FEW_NODES],
    "credits": [{"workload": [{**BARE, **SERVICE, **plan}], "credit": CREDITS} for plan in FEW_NODES],
    "offers, credits and cash": [
        {
            "workload": [{**BARE, "kind": "fine-tune", "nodes": 12, "months": 20, "growth_per_month": growth}],
            "quote": OFFERS,
            "credit": CREDITS,
            "company": {"cash_usd": cash, "tax_rate": 0.25},
        }
        for growth, cash in ((0.0, 5e6), (0.05, 2e7), (-0.05, 1e6))
    ],
    "a service with an API": [
        {
            "workload": [
                {**BARE, "kind": "inference", "months": months, "serving": API_SERVICE | {"tokens_per_day": tokens}}
            ]
        }
        for months, tokens in ((24, 2e8), (6, 5e9), (30, 9e10))
    ],
    "load curves": [
        {"workload": [{**BARE, "kind": "inference", "months": months, "load": CURVE, "base_share": share}]}
        for months, share in ((3, 0.1), (18, 0.5), (30, 0.9))
    ],
    "rights": [
        {"workload": [{**SERVICE, **plan}], "quote": [{**OFFERS[0], "rerate_months": 3, "notice_months": notice}]}
        for plan, notice in zip(FEW_NODES, (1, 1, 1), strict=False)
    ],
    "office hours": [
        {"workload": [{**BARE, **SERVICE, "mode": "office-hours", "hours_per_week": hours}]} for hours in (30, 50, 100)
    ],
}
ALONE: dict[str, dict[str, Any]] = {
    "hardware in hand": {"owned": [{"nodes": 2, "age_months": 12}]},
    "an offer for some sizes": {"quote": [{**OFFERS[2], "nodes": 4}]},
    "nodes of another size": {"rental": {"gpus_per_node": 4}},
}


@pytest.mark.parametrize("tables", TOGETHER.values(), ids=TOGETHER)
def test_what_plans_have_in_common_is_priced_together_and_as_alone(tables: list[dict[str, Any]]) -> None:
    profiles = [parse_profile({"name": "a test", **table}, BOOK) for table in tables]
    assert [group.places for group in groups_of_alike(profiles, BOOK)] == [tuple(range(len(profiles)))]
    agree(profiles)


@pytest.mark.parametrize("tables", ALONE.values(), ids=ALONE)
def test_what_depends_on_one_plan_is_priced_alone(tables: dict[str, Any]) -> None:
    profiles = [a_profile(SERVICE | plan, **tables) for plan in FEW_NODES]
    assert not groups_of_alike(profiles, BOOK)
    agree(profiles)


def test_profiles_of_different_kinds_keep_their_order() -> None:
    gpus, prices = ("H100-SXM", "B200-SXM"), (200_000.0, 320_000.0)
    agree(
        [a_profile(plan | {"gpu": gpu}, gpu={"node_usd": usd}) for plan in FEW_NODES for gpu in gpus for usd in prices]
    )
