"""The cost tables against a slow loop written apart from them: on random profiles both must agree on every option."""

import math
from typing import Any

import pytest
from hypothesis import Phase, given, seed, settings
from hypothesis import strategies as st

from advisor.costing.build_case import case_of
from advisor.costing.options.commitments import holdings, nothing_left, with_holding
from advisor.costing.valuation import OptionCost, cost_menu, cost_of
from advisor.decision.advise import cost_options
from advisor.market.forecast.forecast import forecast_of
from advisor.market.forecast.price_process import PriceProcess
from advisor.market.price_book import Book, built_in_book
from advisor.profiles.schema import MAX_NODES, MAX_PLAN_MONTHS, Profile
from advisor.profiles.validation import own_book, parse_profile
from tests.oracle.slow_answers import Answers, bases_to_try, count_of_profiles, fates_to_try, fork_for, scene_for
from tests.oracle.slow_choices import Reckoning, reckon
from tests.oracle.slow_loop import Scene

BOOK = built_in_book()
RELATIVE = 1e-6
ABSOLUTE_USD = 1e-3
PARTS = 4  # to be spread over the cores

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
    "termination_fee_share": shares,
    "wait_months": st.integers(1, 12),
    "minimum_term_from_64_nodes_months": st.integers(1, 12),
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
    "sublet_discount_share": st.floats(0, 0.99),
}


forecast_figures = {
    "decline_shift_per_year": st.floats(-0.3, 0.5),
    "decline_sd_per_year": st.floats(0, 0.2),
    "level_sd": st.floats(0, 0.2),
    "reversion_per_year": st.floats(0.3, 3),
    "volatility_per_sqrt_year": st.floats(0.02, 0.6),  # certain laws have their own tests
    "resale_rent_elasticity": st.floats(0.5, 1.2),
    "resale_ageing_per_year": st.floats(0, 0.5),
}
company_figures = {
    "stage": st.sampled_from(["seed", "series-a", "series-b", "later"]),
    "discount_rate": st.just(0.0) | st.floats(0, 0.4),
    "rental_forbidden_because": st.just("data must stay here"),
}
tax_figures = {
    "tax_rate": st.floats(0.01, 0.5),
    "taxable_from_month": st.just(0) | st.integers(0, 40),
    "depreciation": st.sampled_from(["straight-line", "macrs", "bonus"]),
}
debt_figures = {
    "cost_of_debt_per_year": st.floats(0, 0.2),
    "loan_apr": st.just(0.0) | st.floats(0.01, 0.3),
    "loan_to_value_share": shares,
    "loan_months": st.integers(1, 36),
    "loan_fee_share": st.floats(0, 0.05),
    "lease_apr": st.just(0.0) | st.floats(0.01, 0.3),
    "lease_months": st.integers(1, 36),
    "lease_residual_share": shares,
    "lease_exit_share": shares,
}


@st.composite
def commitments(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Contracts the founder may be in already."""
    contract = st.fixed_dictionaries(
        {
            "nodes": st.integers(1, 8) | st.integers(1, 300),
            "months_left": st.integers(1, 24) | st.integers(1, MAX_PLAN_MONTHS),
            "usd_per_gpu_hour": st.floats(0, 10),
        },
        optional={"termination_fee_share": shares, "may_be_resold": st.booleans()},
    )
    held: list[dict[str, Any]] = draw(st.just([]) | st.just([]) | st.lists(contract, min_size=1, max_size=2))
    return held


@st.composite
def profiles(draw: st.DrawFn) -> Profile:
    """A founder's question with one to three workloads of one GPU, some own figures, some quotes and contracts."""
    gpu = draw(st.sampled_from(sorted(BOOK.gpus)))
    others = st.lists(st.sampled_from(sorted(BOOK.gpus)), min_size=1, max_size=2)
    raw = {
        "name": "random",
        "workload": draw(st.lists(workloads(gpu), min_size=1, max_size=3)),
        "company": {**draw(sometimes(company_figures)), **draw(sometimes(tax_figures))},
        "market": {
            "tier": draw(st.sampled_from(["neocloud", "neocloud", "hyperscaler"])),
            "other_gpus": draw(st.just([]) | st.just([]) | others),
            **draw(sometimes({"rents_change_per_year": st.floats(-0.6, 0.5)})),
        },
        "rental": draw(sometimes(rental_figures)),
        "facility": draw(sometimes(facility_figures)),
        "forecast": draw(sometimes(forecast_figures)),
        "gpu": draw(sometimes(gpu_figures)),
        "quote": draw(quotes()),
        "commitment": draw(commitments()),
    }
    return parse_profile(raw, BOOK)


def debts() -> st.SearchStrategy[dict[str, float]]:
    """At times other terms of debt than the book's."""
    return sometimes(debt_figures)


def book_with(debt: dict[str, float]) -> Book:
    """The book with these terms of debt."""
    return BOOK.overlaid({"debt": debt}, "a test") if debt else BOOK


def assert_same(cost: OptionCost, slow: Reckoning) -> None:
    """Both reckonings of an option agree in every sum. Where something is chosen later, nobody looks at moves of rents
    beyond five standard deviations: what hangs on those must not count in the whole."""
    fast = by_the_tables(cost)
    tails = 0.0 if cost.option.choice is None else RELATIVE * abs(slow.expected_usd)
    for name, expected in vars(slow).items():
        found = getattr(fast, name)
        close = math.isclose(found, expected, rel_tol=RELATIVE, abs_tol=ABSOLUTE_USD + tails)
        assert close, f"{cost.option.id}, {name}: the tables say {found:,.4f}, the loop {expected:,.4f}"


def by_the_tables(cost: OptionCost) -> Reckoning:
    """What the engine says of an option."""
    return Reckoning(cost.expected_usd, cost.undiscounted_usd, cost.upfront_usd, cost.end_asset_usd)


def assert_every_option_agrees(profile: Profile, book: Book = BOOK) -> None:
    """Every option of a profile costs the same by the tables and by the loop."""
    costing = cost_options(profile, book)
    answers = Answers(profile, costing)
    for cost in costing.costs:
        answer = answers.of(cost)
        assert_same(cost, reckon(answer.scene, answer.fork, cost.forecast))


@pytest.mark.parametrize("part", range(PARTS))
def test_tables_agree_with_the_slow_loop(part: int) -> None:
    """Whatever a founder may ask, both say the same."""

    @seed(part)
    @settings(max_examples=count_of_profiles() // 2 // PARTS, deadline=None, database=None, phases=[Phase.generate])
    @given(profiles(), debts())
    def agree(profile: Profile, debt: dict[str, float]) -> None:
        assert_every_option_agrees(profile, book_with(debt))

    agree()


def work(**own: Any) -> dict[str, Any]:
    """A small workload, with some fields of its own."""
    return {"kind": "fine-tune", "nodes": 7, "months": 14.5, "residual_share": 0.4, **own}


def contract(**own: Any) -> dict[str, Any]:
    """A contract in hand, with some fields of its own."""
    return {"nodes": 3, "months_left": 9, "usd_per_gpu_hour": 2.0, **own}


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
    "a contract may be left": {"workload": [work()], "rental": {"termination_fee_share": 0.3}},
    "a contract may be left for nothing": {"workload": [work()], "rental": {"termination_fee_share": 0.0}},
    "a base under a contract that may be left": {
        "workload": [work(kind="inference")],
        "rental": {"termination_fee_share": 0.3},
    },
    "taxes": {"workload": [work()], "company": {"tax_rate": 0.25}},
    "taxes only from the second year on": {
        "workload": [work(months=40)],
        "company": {"tax_rate": 0.25, "taxable_from_month": 12, "depreciation": "bonus"},
    },
    "a lease, a loan and a schedule that end before the plan": {
        "workload": [work(months=60, plan_change_per_month=0.01)],
        "company": {"tax_rate": 0.25, "depreciation": "straight-line"},
    },
    "a cluster that only later needs a set-up": {"workload": [work(nodes=4, growth_per_month=0.1)]},
    "a cluster that shrinks after the decision": {"workload": [work(nodes=20, growth_per_month=-0.1)]},
    "a contract in hand": {"workload": [work()], "commitment": [contract()]},
    "a contract in hand that outlasts the plan": {"workload": [work()], "commitment": [contract(months_left=30)]},
    "a contract in hand, and taxes": {
        "workload": [work()],
        "commitment": [contract(termination_fee_share=1.0)],
        "company": {"tax_rate": 0.25},
    },
    "a contract in hand beside another GPU": {
        "workload": [work()],
        "commitment": [contract(nodes=60, may_be_resold=True)],
        "market": {"other_gpus": ["B200-SXM"]},
    },
    "another GPU": {"workload": [work()], "market": {"other_gpus": ["H200-SXM", "MI300X"]}},
}


@pytest.mark.parametrize("edge", EDGES)
def test_tables_agree_with_the_slow_loop_at_the_edges(edge: str) -> None:
    """Random profiles rarely meet a limit exactly; these do."""
    assert_every_option_agrees(parse_profile({"name": edge, **EDGES[edge]}, BOOK))


@st.composite
def with_peaks(draw: st.DrawFn) -> Profile:
    """Short work of which a part is steady, at times beside a job that needs one fabric."""
    months = draw(st.integers(3, 12))
    serving = {
        "kind": "inference",
        "nodes": draw(st.integers(2, 12) | st.integers(2, 200)),
        "months": months,
        "base_share": draw(shares),
        "growth_per_month": draw(st.floats(-0.1, 0.1)),
    }
    job = {"kind": "pre-train", "nodes": draw(st.integers(1, 60)), "months": draw(st.integers(1, months))}
    tax = draw(sometimes(tax_figures))
    quote = {"option": "reserved", "months": 6, "usd_per_gpu_hour": draw(st.floats(0.5, 5))}
    return parse_profile(
        {
            "name": "peaks",
            "workload": [serving, job] if draw(st.booleans()) else [serving],
            "company": tax,
            "quote": [quote] if draw(st.booleans()) else [],
        },
        BOOK,
    )


def assert_no_base_is_cheaper(profile: Profile) -> None:
    """Of all bases that may be tried, the engine took the cheapest that can be had, and it takes none only where there
    are none."""
    costing = cost_options(profile, BOOK)
    scene = scene_for(profile, costing.case.assumptions, costing.case.assumptions, costing.forecast)
    costs = {cost.option.id: cost for cost in costing.costs}
    for kind in ("reserve", "buy"):
        bases, cost = bases_to_try(scene, kind), costs.get(f"hybrid-{kind}")
        assert (cost is None) == (not bases)
        if cost is not None:
            usd = [(not base.can_be_had, reckon(scene, base.fork, costing.forecast).expected_usd) for base in bases]
            barred, least = min(usd)
            assert bool(cost.option.barred) == barred
            best = bases[usd.index((barred, least))]
            words = f"{cost.option.label}: {cost.expected_usd:,.2f}; {best.nodes} nodes, {best.term}: {least:,.2f}"
            assert cost.expected_usd == pytest.approx(least, rel=RELATIVE, abs=ABSOLUTE_USD), words


@settings(max_examples=40, deadline=None, database=None, phases=[Phase.generate])
@seed(0)
@given(with_peaks())
def test_no_other_size_of_a_base_is_cheaper(profile: Profile) -> None:
    assert_no_base_is_cheaper(profile)


def test_no_other_size_of_a_base_is_cheaper_when_contracts_may_be_left() -> None:
    serving = {"kind": "inference", "nodes": 6, "months": 8, "base_share": 0.4, "plan_change_per_month": 0.1}
    raw = {"name": "may leave", "workload": [serving], "rental": {"termination_fee_share": 0.2}}
    assert_no_base_is_cheaper(parse_profile(raw, BOOK))


def test_no_other_base_is_cheaper_after_taxes() -> None:
    serving = {"kind": "inference", "nodes": 100, "months": 11, "base_share": 0.0}
    raw = {"name": "taxed", "workload": [serving], "company": {"tax_rate": 0.45, "taxable_from_month": 6}}
    assert_no_base_is_cheaper(parse_profile(raw, BOOK))


@settings(max_examples=8, deadline=None, database=None, phases=[Phase.generate])
@seed(0)
@given(profiles(), commitments())
def test_every_fate_of_contracts_in_hand_agrees_and_the_best_is_taken(profile: Profile, held: list[Any]) -> None:
    """Each fate is offered where it makes sense, each option costs the same beside it, and the cheapest is taken."""
    raw = profile.model_dump(by_alias=True, exclude_none=True)
    profile = parse_profile({**raw, "commitment": held or [contract()]}, BOOK)
    costing = cost_options(profile, BOOK)
    assert costing.held is not None
    case = case_of(profile, own_book(profile, BOOK))
    scene = scene_for(profile, case.assumptions, case.assumptions, costing.forecast)
    found, answers = holdings(case, profile.commitment), Answers(profile, costing)
    assert [holding.dispositions for holding in found] == fates_to_try(scene, profile.commitment)
    for holding in found:
        if not nothing_left(holding):
            for plain in cost_menu(holding.case, costing.forecast):
                cost = cost_of(with_holding(plain.option, holding), holding.case, costing.forecast)
                answer = answers.of(cost, holding.dispositions)
                assert_same(cost, reckon(answer.scene, answer.fork, cost.forecast))
    least = [usd for _, usd in costing.held.usd if usd is not None]
    assert costing.held.dispositions == costing.held.usd[0][0]
    assert least == sorted(least)


LAWS = {
    "falls or recovers": (
        (PriceProcess("falls", -0.5, 0.3, 0.1, 0.1, 1.0, 0.35), 0.4),
        (PriceProcess("recovers", 0.3, -0.1, 0.2, 0.05, 0.5, 0.5), 0.6),
    ),
    "three opinions": (
        (PriceProcess("calm", 0.0, 0.1, 0.05, 0.02, 2.0, 0.1), 0.5),
        (PriceProcess("wild", 0.0, 0.0, 0.2, 0.2, 0.3, 0.6), 0.3),
        (PriceProcess("drifts", -0.2, 0.4, 0.1, 0.1, 0.0, 0.3), 0.2),
    ),
}


def believing(processes: str, nodes: int) -> tuple[Scene, list[OptionCost]]:
    """A question where several laws are believed, put to the loop, and what the engine says of later choices."""
    own = work(nodes=nodes, plan_change_per_month=0.06)
    profile = parse_profile({"name": processes, "workload": [own], "rental": {"termination_fee_share": 0.3}}, BOOK)
    case = case_of(profile, own_book(profile, BOOK))
    spot = case.assumptions.gpu.neocloud_usd_per_gpu_hour
    forecast = forecast_of(spot, case.assumptions.forecast, LAWS[processes])
    chosen = [cost for cost in cost_menu(case, forecast) if cost.option.choice is not None]
    assert len(chosen) >= 10
    return scene_for(profile, case.assumptions, case.assumptions, forecast), chosen


@pytest.mark.parametrize("laws", LAWS)
@pytest.mark.parametrize("nodes", [4, 64])
def test_later_choices_agree_when_laws_are_mixed(processes: str, nodes: int) -> None:
    """What is seen at a decision also says which of several laws holds."""
    scene, chosen = believing(processes, nodes)
    for cost in chosen:
        assert_same(cost, reckon(scene, fork_for(cost.option, scene), cost.forecast))
