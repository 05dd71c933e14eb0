"""The cost tables against a slow loop written apart from them: on random profiles both must agree on every option."""

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.demand import ResolvedWorkload, demand_of, resolve
from advisor.market.book import Assumptions, built_in_book
from advisor.market.forecast import Forecast, expected_forecast
from advisor.options.menu import menu
from advisor.options.table import Case, Option
from advisor.profile import MAX_NODES, MAX_PLAN_MONTHS, Profile, parse_profile
from advisor.valuation import cost_of
from tests.build import numbers_of
from tests.slow_loop import Given, Reckoning, Scene, Walk, Work, buy, marketplace, on_demand, reckon, reserved, scene_of

BOOK = built_in_book()
RELATIVE = 1e-6
ABSOLUTE_USD = 1e-3

shares = st.floats(0, 1)


def sometimes(values: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """None of the fields, or a random choice of them."""
    return st.booleans().flatmap(lambda own: st.fixed_dictionaries({}, optional=values if own else {}))


@st.composite
def workloads(draw: st.DrawFn, gpu: str) -> dict[str, Any]:
    """One workload of any kind, short or long, small or large, growing, shrinking or steady."""
    kind = draw(st.sampled_from(["fine-tune", "pre-train", "inference"]))
    start = draw(st.just(0) | st.integers(0, 12) | st.integers(0, MAX_PLAN_MONTHS - 1))
    room = MAX_PLAN_MONTHS - start
    months = draw(st.integers(1, min(room, 24)) | st.floats(0.1, min(room, 12.0)) | st.floats(0.1, room))
    nodes = draw(st.integers(1, 8) | st.integers(1, 300) | st.integers(1, 6000))
    steps = max(1, math.ceil(months) - 1)
    most = min(0.5, (MAX_NODES / nodes) ** (1 / steps) - 1 - 1e-9)
    growth = draw(st.just(0.0) | st.floats(-0.05, min(0.05, most)) | st.floats(-0.5, most))
    own = {
        "busy": st.floats(0.01, 1),
        "plan_change_per_month": st.just(0.0) | st.floats(0, 0.5),
        "residual_share": shares,
    }
    base = {"base_share": shares, "base_busy": st.floats(0.01, 1)} if kind == "inference" else {}
    fixed = {
        "kind": kind,
        "gpu": gpu,
        "nodes": nodes,
        "months": months,
        "start_month": start,
        "growth_per_month": growth,
    }
    return fixed | draw(st.fixed_dictionaries({}, optional=own | base))


@st.composite
def quotes(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Offers the founder may hold: at most one of each kind and term."""
    held: list[dict[str, Any]] = []
    rates = st.floats(0.5, 15)
    if draw(st.booleans()):
        held.append({"option": "on-demand", "usd_per_gpu_hour": draw(rates)})
    for months in draw(st.lists(st.sampled_from([1, 2, 5, 6, 12, 18, 36]), max_size=2, unique=True)):
        prepaid = draw(sometimes({"prepaid": shares}))
        held.append({"option": "reserved", "months": months, "usd_per_gpu_hour": draw(rates), **prepaid})
    if draw(st.booleans()):
        held.append({"option": "buy", "usd_per_node": draw(st.floats(50_000, 700_000))})
    return held


rental_figures = {
    "release_doublings": st.floats(1, 8),
    "cluster_premium_per_doubling": st.floats(0, 0.03),
    "storage_egress_usd_per_node_month": st.floats(0, 928),
    "support_share": st.floats(0, 0.05),
    "goodput_loss_share": st.floats(0, 0.05),
    "setup_usd_per_node": st.floats(0, 6400),
    "setup_from_nodes": st.integers(1, 16),
    "volume_discount_from_nodes": st.integers(1, 16),
    "volume_discount_per_doubling": st.floats(0, 0.03),
    "idle_fill_share": shares,
    "freed_fill_share": shares,
    "sublet_fee_share": shares,
    "prepaid_share": shares,
    "prepay_bonus_from_share": st.floats(0, 0.9),
    "provider_default_per_month": st.floats(0, 0.05),
    "marketplace_interruptions_per_node_hour": st.floats(0, 0.05),
}
facility_figures = {
    "exit_months": st.integers(0, 6),
    "colocation_min_months": st.integers(0, 36),
    "colocation_exit_share": shares,
    "deposit_share": shares,
    "availability_share": st.floats(0.5, 1),
    "selling_cost_share": shares,
    "pue": st.floats(1, 2),
    "idle_power_share": shares,
    "electricity_usd_per_kwh": st.floats(0, 0.5),
    "maintenance_share_per_year": st.floats(0, 0.1),
    "insurance_share_per_year": st.floats(0, 0.02),
    "staff_fixed_fte": st.floats(0, 4),
    "failure_share_per_gpu_year": st.floats(0, 0.1),
}
gpu_figures = {
    "lead_months": st.integers(0, 12),
    "node_usd": st.floats(50_000, 600_000),
    "sublet_discount_share": shares,
}


@st.composite
def profiles(draw: st.DrawFn) -> Profile:
    """A founder's question with one to three workloads of one GPU, some own figures and some quotes."""
    gpu = draw(st.sampled_from(sorted(BOOK.gpus)))
    stages = st.sampled_from(["seed", "series-a", "series-b", "later"])
    raw = {
        "name": "random",
        "workload": draw(st.lists(workloads(gpu), min_size=1, max_size=3)),
        "company": draw(
            sometimes(
                {
                    "stage": stages,
                    "discount_rate": st.just(0.0) | st.floats(0, 0.4),
                    "rental_forbidden_because": st.just("data must stay here"),
                }
            )
        ),
        "market": {
            "tier": draw(st.sampled_from(["neocloud", "hyperscaler"])),
            **draw(sometimes({"rents_change_per_year": st.floats(-0.6, 0.5)})),
        },
        "rental": draw(sometimes(rental_figures)),
        "facility": draw(sometimes(facility_figures)),
        "gpu": draw(sometimes(gpu_figures)),
        "quote": draw(quotes()),
    }
    return parse_profile(raw, BOOK)


def work_of(workload: ResolvedWorkload) -> Work:
    """The loop's own copy of a workload."""
    return Work(
        workload.nodes,
        workload.months,
        workload.start_month,
        workload.growth_per_month,
        workload.busy,
        workload.base_share,
        workload.base_busy,
        workload.hazard_per_month,
        workload.residual_share,
    )


def scene_for(profile: Profile, figures: Assumptions, forecast: Forecast) -> Scene:
    """The same question put to the loop."""
    works = [work_of(resolve(workload, profile.company, figures.plan)) for workload in profile.workload]
    rents, resale = forecast.usd_per_gpu_hour.tolist(), forecast.resale_share.tolist()
    return scene_of(Given(figures, profile.market.tier, profile.quote, works, rents, resale))


def walk_for(option: Option) -> Walk:
    """The loop's way through the same option."""
    if option.term_months is not None:
        return reserved(option.term_months)
    return {"on-demand": on_demand, "marketplace": marketplace, "buy": buy}[option.id]


def assert_same(option: Option, fast: Reckoning, slow: Reckoning) -> None:
    """Both reckonings of an option agree in every sum."""
    for name, expected in vars(slow).items():
        found = getattr(fast, name)
        close = math.isclose(found, expected, rel_tol=RELATIVE, abs_tol=ABSOLUTE_USD)
        assert close, f"{option.id}, {name}: the tables say {found:,.4f}, the loop {expected:,.4f}"


def assert_every_option_agrees(profile: Profile) -> None:
    """Every option of a profile costs the same by the tables and by the loop."""
    figures = numbers_of(profile, BOOK)
    spot, view = figures.gpu.neocloud_usd_per_gpu_hour, profile.market.rents_change_per_year
    forecast = expected_forecast(spot, figures.forecast, view)
    demand = demand_of(profile, figures)
    forbidden = profile.company.rental_forbidden_because
    scene = scene_for(profile, figures, forecast)
    for option in menu(Case(demand, figures, profile.market.tier, profile.quote, forbidden)):
        cost = cost_of(option, demand, forecast, figures.money)
        fast = Reckoning(cost.expected_usd, cost.undiscounted_usd, cost.upfront_usd, cost.end_asset_usd)
        assert_same(option, fast, reckon(scene, walk_for(option)))


@settings(max_examples=200, deadline=None, derandomize=True)
@given(profiles())
def test_tables_agree_with_the_slow_loop(profile: Profile) -> None:
    """Whatever a founder may ask, both say the same."""
    assert_every_option_agrees(profile)


def work(**own: Any) -> dict[str, Any]:
    """A small workload, with some fields of its own."""
    return {"kind": "fine-tune", "nodes": 7, "months": 14.5, "residual_share": 0.4, **own}


EDGES: dict[str, dict[str, Any]] = {
    "just enough nodes for a set-up": {"workload": [work()], "rental": {"setup_from_nodes": 7}},
    "one node too few for a set-up": {"workload": [work()], "rental": {"setup_from_nodes": 8}},
    "as many nodes as do without switches": {"workload": [work(nodes=2)]},
    "as many nodes as one layer of switches joins": {"workload": [work(nodes=64)]},
    "as many nodes as two layers join": {"workload": [work(nodes=2048)]},
    "one node more than two layers join": {"workload": [work(nodes=2049)]},
    "a quote to buy what has no list price": {
        "workload": [work(gpu="MI300X")],
        "quote": [{"option": "buy", "usd_per_node": 2e5}],
    },
    "the plan is over before delivery": {"workload": [work(months=1)]},
    "ordered ahead of a late start": {"workload": [work(start_month=11)]},
    "a gap between two workloads": {"workload": [work(months=2.5), work(start_month=8)]},
    "shrinks to nothing": {"workload": [work(months=60, growth_per_month=-0.5)]},
    "a hair over whole months": {"workload": [work(months=12 + 1e-12)]},
    "the plan never changes": {"workload": [work(plan_change_per_month=0)]},
}


@pytest.mark.parametrize("edge", EDGES)
def test_tables_agree_with_the_slow_loop_at_the_edges(edge: str) -> None:
    """Random profiles rarely meet a limit exactly; these do."""
    assert_every_option_agrees(parse_profile({"name": edge, **EDGES[edge]}, BOOK))
