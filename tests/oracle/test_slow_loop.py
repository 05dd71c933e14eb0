"""The cost tables against a slow loop written apart from them: on random profiles both must agree on every option."""

import math
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import Phase, given, seed, settings

from advisor.array_types import of_one
from advisor.costing.build_case import case_of, case_on, constraints_of_another_gpu
from advisor.costing.option import any_holds, beside
from advisor.costing.options.all_options import cost_menu
from advisor.costing.options.in_hand.contracts_in_hand import (
    WorkOnGpu,
    commitment_plans,
    on_another_gpu,
    rest_on,
    serves_all_demand,
)
from advisor.costing.valuation import OptionCost, cost_of
from advisor.decision.cost_options import cost_options, forecast_for
from advisor.market.forecast.forecast import forecast_of
from advisor.market.forecast.price_process import PriceProcess
from advisor.market.price_book import PriceBook
from advisor.profiles.in_hand.in_hand import in_hand
from advisor.profiles.schema import Profile
from advisor.profiles.validation import own_book, parse_profile
from tests.oracle.random_profiles import (
    BOOK,
    book_with,
    commitments,
    contract,
    debts,
    hardware,
    profiles,
    with_peaks,
    work,
)
from tests.oracle.slow_answers import Answers, Holding, bases_to_try, dispositions_to_try, fork_for, scene_for
from tests.oracle.slow_choices import OptionTotals, expected_totals
from tests.oracle.slow_demand import Scene
from tests.support.long_runs import examples, long_unless, quick_and_long

RELATIVE = 1e-6
ABSOLUTE_USD = 1e-3
PARTS = 4  # to be spread over the cores
PROFILES = examples(1, 62)  # in each part


def assert_same(cost: OptionCost, slow: OptionTotals) -> None:
    """Both calculations of an option agree in every sum. A deferred choice ignores moves of rents beyond five standard
    deviations, which have a chance of 6e-7: what is paid and what is bought there must not matter in total."""
    fast = by_the_tables(cost)
    tails = 0.0 if cost.option.choice is None else RELATIVE * max(abs(slow.expected_usd), most_hardware_usd(cost))
    for name, expected in vars(slow).items():
        found = getattr(fast, name)
        close = math.isclose(found, expected, rel_tol=RELATIVE, abs_tol=ABSOLUTE_USD + tails)
        assert close, f"{cost.option.id}, {name}: the tables say {found:,.4f}, the loop {expected:,.4f}"


def most_hardware_usd(cost: OptionCost) -> float:
    """The price of the hardware that a choice may end in owning."""
    return max((float(np.max(table.exit.hardware_usd)) for table in cost.option.tables if table.exit), default=0.0)


def by_the_tables(cost: OptionCost) -> OptionTotals:
    """What the engine says of an option."""
    return OptionTotals(cost.expected_usd, cost.undiscounted_usd, cost.upfront_usd, cost.end_asset_usd)


def assert_every_option_agrees(profile: Profile, book: PriceBook = BOOK) -> None:
    """Every option of a profile costs the same by the tables and by the loop."""
    costing = cost_options(profile, book)
    answers = Answers(profile, costing)
    for cost in costing.costs:
        answer = answers.of(cost)
        assert_same(cost, expected_totals(answer.scene, answer.fork, cost.forecast))


@quick_and_long
@pytest.mark.parametrize("part", range(PARTS))
def test_tables_agree_with_the_slow_loop(part: int) -> None:
    """Both agree on random profiles."""

    @seed(part)
    @settings(max_examples=PROFILES, deadline=None, database=None, phases=[Phase.generate])
    @given(profiles(), debts())
    def agree(profile: Profile, debt: dict[str, float]) -> None:
        assert_every_option_agrees(profile, book_with(debt))

    agree()


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
    "a service ends within a month in which other work goes on": {
        "workload": [work(kind="inference", nodes=16, months=1.1), work(kind="pre-train", nodes=2, months=3, busy=1.0)]
    },
    "shrinks to nothing": {"workload": [work(months=20, growth_per_month=-0.5)]},
    "a rounding error over whole months": {"workload": [work(months=12 + 1e-12)]},
    "the plan never changes": {"workload": [work(plan_change_per_month=0)]},
    "a contract may be terminated": {"workload": [work()], "rental": {"termination_fee_share": 0.3}},
    "a contract may be terminated for nothing": {"workload": [work()], "rental": {"termination_fee_share": 0.0}},
    "a base under a contract that may be terminated": {
        "workload": [work(kind="inference")],
        "rental": {"termination_fee_share": 0.3},
    },
    "a contract that may be left beside others that may not": {
        "workload": [work(nodes=3, months=1)],
        "quote": [
            {"option": "reserved", "months": 1, "usd_per_gpu_hour": 9.0, "from": "A", "termination_fee_share": 0.2}
        ],
    },
    "a contract that may be left after one that may not": {
        "workload": [work(nodes=3, months=5, plan_change_per_month=0.1)],
        "quote": [
            {"option": "reserved", "months": 3, "usd_per_gpu_hour": 1.5, "from": "A"},
            {"option": "reserved", "months": 2, "usd_per_gpu_hour": 1.5, "from": "B", "termination_fee_share": 0.0},
        ],
    },
    "taxes": {"workload": [work()], "company": {"tax_rate": 0.25}},
    "taxes only from the second year on": {
        "workload": [work(months=26)],
        "company": {"tax_rate": 0.25, "taxable_from_month": 12, "depreciation": "bonus"},
    },
    "a lease, a loan and a schedule that end before the plan": {
        "workload": [work(months=60, plan_change_per_month=0.01)],
        "company": {"tax_rate": 0.25, "depreciation": "straight-line"},
    },
    "a service that grows": {"workload": [work(kind="inference", nodes=3, months=20, growth_per_month=0.1)]},
    "a service that grows, and an offer": {
        "workload": [work(kind="inference", nodes=8, months=20, growth_per_month=0.05, start_month=2)],
        "quote": [{"option": "reserved", "months": 12, "usd_per_gpu_hour": 2.2, "from": "S12"}],
        "company": {"tax_rate": 0.25},
    },
    "jobs of four nodes that become more": {
        "workload": [work(nodes=8, months=20, growth_per_month=0.06, job_nodes=4)],
    },
    "a cluster that only later needs a set-up": {"workload": [work(nodes=4, growth_per_month=0.1)]},
    "a cluster that shrinks after the decision": {"workload": [work(nodes=20, growth_per_month=-0.1)]},
    "an existing commitment": {"workload": [work()], "commitment": [contract()]},
    "an existing commitment that outlasts the plan": {"workload": [work()], "commitment": [contract(months_left=30)]},
    "hardware in hand": {"workload": [work()], "owned": [{"nodes": 3, "sells_for_usd_per_node": 90_000}]},
    "hardware in hand at the book's used price, and taxes": {
        "workload": [work()],
        "owned": [{"nodes": 3, "hosting_paid": True}],
        "company": {"tax_rate": 0.25},
    },
    "hardware in hand beside a contract": {
        "workload": [work(plan_change_per_month=0.05)],
        "owned": [{"nodes": 2, "sells_for_usd_per_node": 150_000, "may_be_let": False}],
        "commitment": [contract(nodes=2)],
    },
    "hardware in hand that is let, beside another GPU, and taxes": {
        "workload": [work(nodes=4, months=5)],
        "owned": [{"nodes": 1, "sells_for_usd_per_node": 30_000, "hosting_paid": True}],
        "market": {"other_gpus": ["MI355X"]},
        "company": {"tax_rate": 0.3},
    },
    "hardware in hand beside another GPU": {
        "workload": [work()],
        "owned": [{"nodes": 9, "sells_for_usd_per_node": 150_000}],
        "market": {"other_gpus": ["H200-SXM", "MI300X"]},
    },
    "an existing commitment, and taxes": {
        "workload": [work()],
        "commitment": [contract(termination_fee_share=1.0)],
        "company": {"tax_rate": 0.25},
    },
    "an existing commitment beside another GPU": {
        "workload": [work()],
        "commitment": [contract(nodes=60, may_be_resold=True)],
        "market": {"other_gpus": ["B200-SXM"]},
    },
    "older hardware in hand than the work's GPU, beside a third": {
        "workload": [work(job_nodes=1)],
        "owned": [{"nodes": 7, "gpu": "A100-80GB", "sells_for_usd_per_node": 20_000}],
        "market": {"other_gpus": ["B200-SXM"]},
    },
    "contracts on other GPUs than the work's": {
        "workload": [work(job_nodes=1)],
        "commitment": [contract(nodes=2), {**contract(nodes=3), "gpu": "H200-SXM"}],
        "owned": [{"nodes": 4, "gpu": "A100-80GB", "hosting_paid": True}],
        "company": {"tax_rate": 0.25},
    },
    "too large for on demand": {"workload": [work(kind="pre-train", nodes=200, months=30)]},
    "too large for on demand, also after a change of plan": {
        "workload": [work(kind="pre-train", nodes=300, months=40, residual_share=0.7, busy=0.6)],
        "rental": {"months_to_let": 3},
        "company": {"tax_rate": 0.25},
    },
    "the same for a contract that may be left": {
        "workload": [work(kind="pre-train", nodes=300, months=25, residual_share=0.7)],
        "rental": {"termination_fee_share": 0.3},
    },
    "too large for on demand, and growing": {
        "workload": [work(nodes=12, months=20, growth_per_month=0.06, job_nodes=6, residual_share=0.9)],
        "rental": {"on_demand_max_nodes": 4, "growth_step_months": 5, "months_to_let": 2},
        "quote": [{"option": "buy-used", "usd_per_node": 9e4}],
    },
    "too large for on demand, and started later": {
        "workload": [work(nodes=20, months=20, start_month=3, job_nodes=10, residual_share=0.8)],
        "rental": {"on_demand_max_nodes": 8},
        "quote": [{"option": "reserved", "months": 5, "usd_per_gpu_hour": 1.9, "may_sublet": True, "from": "S5"}],
    },
    "jobs that grow, of which a change before the decision leaves most": {
        "workload": [work(nodes=60, months=30, growth_per_month=0.02, job_nodes=10, residual_share=0.96)]
    },
    "one GPU": {"workload": [work(nodes=None, gpus=1)]},
    "a node and a half of GPUs, partly always on": {
        "workload": [work(nodes=None, kind="inference", gpus=12, base_share=0.4, growth_per_month=0.02)],
        "market": {"other_gpus": ["H200-SXM"]},
    },
    "one job on 12 GPUs": {"workload": [work(nodes=None, kind="pre-train", gpus=12)]},
    "runs side by side": {"workload": [work(nodes=None, runs_per_week=38.0, hours_per_run=20.0, gpus=3)]},
    "a ramp of GPUs beside nodes that come later": {
        "workload": [work(nodes=None, kind="inference", gpus_by_month=[4, 9, 12, 40, 31]), work(nodes=2, start_month=3)]
    },
    "a ramp of GPUs in servers of seven": {
        "workload": [work(nodes=None, kind="inference", gpus_by_month=[4, 9, 12, 40, 31])],
        "rental": {"gpus_per_node": 7},
    },
    "a ramp of jobs of four nodes": {"workload": [work(nodes=None, nodes_by_month=[8, 8, 16, 12], job_nodes=4)]},
    "another GPU": {"workload": [work()], "market": {"other_gpus": ["H200-SXM", "MI300X"]}},
    "racks, as many as have a least term": {
        "workload": [work(kind="pre-train", gpu="GB300-NVL72", nodes=8, months=14)]
    },
    "a rack that is bought": {
        "workload": [work(gpu="GB300-NVL72", nodes=1, months=14)],
        "quote": [{"option": "buy", "usd_per_node": 4e6}],
    },
    "GPUs, in racks on another GPU": {
        "workload": [work(gpu="B200-SXM", nodes=None, gpus=12)],
        "market": {"other_gpus": ["GB200-NVL72"]},
    },
    "a GPU that nobody sells for a term": {"workload": [work(gpu="L4")], "market": {"other_gpus": ["RTX-PRO-6000"]}},
}


# The loop takes long for each; what they are made of is in shorter ones or in random profiles.
MANY_COURSES = {
    "a contract may be terminated",
    "a contract may be terminated for nothing",
    "a base under a contract that may be terminated",
    "taxes only from the second year on",
    "a lease, a loan and a schedule that end before the plan",
    "a service that grows",
    "a service that grows, and an offer",
    "jobs of four nodes that become more",
    "a cluster that only later needs a set-up",
    "an existing commitment",
    "an existing commitment, and taxes",
    "hardware in hand at the book's used price, and taxes",
    "too large for on demand, also after a change of plan",
    "too large for on demand, and growing",
    "jobs that grow, of which a change before the decision leaves most",
    "contracts on other GPUs than the work's",
    "hardware in hand beside a contract",
    "hardware in hand beside another GPU",
    "older hardware in hand than the work's GPU, beside a third",
    "an existing commitment that outlasts the plan",
    "the same for a contract that may be left",
    "shrinks to nothing",
    "one node too few for a set-up",
    "as many nodes as one layer of switches joins",
    "a ramp of GPUs in servers of seven",
    "a ramp of jobs of four nodes",
}


@pytest.mark.parametrize("edge", long_unless(EDGES.keys() - MANY_COURSES, EDGES))
def test_tables_agree_with_the_slow_loop_at_the_edges(edge: str) -> None:
    """Random profiles rarely meet a limit exactly; these do."""
    assert_every_option_agrees(parse_profile({"name": edge, **EDGES[edge]}, BOOK))


def assert_no_base_is_cheaper(profile: Profile) -> None:
    """The engine took the cheapest feasible base of all that may be tried, and takes none only where there are none."""
    costing = cost_options(profile, BOOK)
    scene = scene_for(profile, costing.case.assumptions, costing.case.assumptions, costing.forecast)
    costs = {cost.option.id: cost for cost in costing.costs}
    for kind in ("reserve", "buy"):
        bases, cost = bases_to_try(scene, kind), costs.get(f"hybrid-{kind}")
        assert (cost is None) == (not bases)
        if cost is not None:
            usd = [
                (not base.feasible, expected_totals(scene, base.fork, costing.forecast).expected_usd) for base in bases
            ]
            infeasible, least = min(usd)
            assert bool(cost.option.infeasible) == infeasible
            best = bases[usd.index((infeasible, least))]
            message = (
                f"{cost.option.label}: {cost.expected_usd:,.2f}; {best.nodes} nodes, {best.contract}: {least:,.2f}"
            )
            assert cost.expected_usd == pytest.approx(least, rel=RELATIVE, abs=ABSOLUTE_USD), message


@quick_and_long
@settings(max_examples=examples(2, 40), deadline=None, database=None, phases=[Phase.generate])
@seed(0)
@given(with_peaks())
def test_no_other_size_of_a_base_is_cheaper(profile: Profile) -> None:
    assert_no_base_is_cheaper(profile)


@pytest.mark.long
def test_no_other_size_of_a_base_is_cheaper_when_contracts_may_be_left() -> None:
    serving = {"kind": "inference", "nodes": 6, "months": 8, "base_share": 0.4, "plan_change_per_month": 0.1}
    raw = {"name": "may leave", "workload": [serving], "rental": {"termination_fee_share": 0.2}}
    assert_no_base_is_cheaper(parse_profile(raw, BOOK))


def test_no_other_base_is_cheaper_after_taxes() -> None:
    serving = {"kind": "inference", "nodes": 100, "months": 11, "base_share": 0.0}
    raw = {"name": "taxed", "workload": [serving], "company": {"tax_rate": 0.45, "taxable_from_month": 6}}
    assert_no_base_is_cheaper(parse_profile(raw, BOOK))


def test_no_other_base_of_whole_nodes_is_cheaper_for_gpus() -> None:
    serving = {"kind": "inference", "gpus_by_month": [20, 27, 45], "months": 7, "base_share": 0.5}
    assert_no_base_is_cheaper(parse_profile({"name": "GPUs", "workload": [serving]}, BOOK))


def test_no_other_base_of_whole_nodes_is_cheaper_for_a_load_curve() -> None:
    """A level of 18.25 nodes: the 19th works a quarter as much as the 18th, which is the last that is worth a term."""
    workload = {"kind": "inference", "load": [[146, 0.95], [170, 0.05]], "months": 6}
    assert_no_base_is_cheaper(parse_profile({"name": "curve", "workload": [workload]}, BOOK))


@quick_and_long
@settings(max_examples=examples(2, 8), deadline=None, database=None, phases=[Phase.generate])
@seed(0)
@given(profiles(), commitments(), hardware())
def test_every_disposition_of_commitments_agrees_and_the_best_is_taken(
    profile: Profile, own: list[Any], hardware: list[Any]
) -> None:
    """Each disposition is offered where it makes sense, each option costs the same beside it; the cheapest is taken."""
    raw = profile.model_dump(by_alias=True, exclude_none=True)
    hardware = hardware[:1] if own else hardware or [{"nodes": 3, "sells_for_usd_per_node": 90_000.0}]
    profile = parse_profile({**raw, "commitment": own[:1], "owned": hardware}, BOOK)
    costing = cost_options(profile, BOOK)
    assert costing.commitments is not None
    book = own_book(profile, BOOK)
    contracts, lots = in_hand(profile, book)
    holdings: tuple[Holding, ...] = (*contracts, *lots)
    by_gpu: dict[str | None, WorkOnGpu] = {None: WorkOnGpu(case_of(profile, book), costing.forecast)}
    for gpu in {one.gpu for one in holdings if one.gpu is not None}:
        case = case_on(profile, book, gpu)
        barred = bool(any_holds(constraints_of_another_gpu(profile, case)))
        by_gpu[gpu] = WorkOnGpu(case, forecast_for(case, profile), "too little memory" if barred else "")
    found, answers = commitment_plans(by_gpu, contracts, lots), Answers(profile, costing)
    scenes = {gpu: answers.scene(there.case.assumptions) for gpu, there in by_gpu.items() if not there.barred}
    if scenes.keys() == by_gpu.keys():
        assert [plan.dispositions for plan in found] == dispositions_to_try(scenes, holdings)
    third = case_on(profile, book, next(gpu for gpu in ("H200-SXM", "B200-SXM") if gpu != costing.gpu.id))
    for plan in found:
        there = rest_on(third, plan)
        for option in (*cost_menu(plan.case, costing.forecast), *cost_menu(there, forecast_for(there, profile))):
            if serves_all_demand(plan):
                continue
            held = plan if option.case is plan.case else on_another_gpu(plan, by_gpu[None])
            cost = cost_of(beside(option.option, held.table), option.case, option.forecast)
            answer = answers.of(cost, plan.dispositions)
            assert_same(cost, expected_totals(answer.scene, answer.fork, cost.forecast))
    least = [usd for _, usd in costing.commitments.usd if usd is not None]
    assert costing.commitments.dispositions == costing.commitments.usd[0][0]
    assert least == sorted(least)


PROCESSES = {
    "falls or recovers": (
        (PriceProcess(1.0, 0.35, 0.1, 0.1, "falls", -0.5, 0.3), 0.4),
        (PriceProcess(0.5, 0.5, 0.2, 0.05, "recovers", 0.3, -0.1), 0.6),
    ),
    "three opinions": (
        (PriceProcess(2.0, 0.1, 0.05, 0.02, "calm", 0.0, 0.1), 0.5),
        (PriceProcess(0.3, 0.6, 0.2, 0.2, "wild", 0.0, 0.0), 0.3),
        (PriceProcess(0.0, 0.3, 0.1, 0.1, "drifts", -0.2, 0.4), 0.2),
    ),
}


def choices_with(processes: str, nodes: int) -> tuple[Scene, list[OptionCost]]:
    """A case with several price processes for the loop, and the engine's options with a deferred choice."""
    own = work(nodes=nodes, plan_change_per_month=0.06)
    profile = parse_profile({"name": processes, "workload": [own], "rental": {"termination_fee_share": 0.3}}, BOOK)
    case = case_of(profile, own_book(profile, BOOK))
    spot = of_one(case.assumptions.gpu.neocloud_usd_per_gpu_hour)
    forecast = forecast_of(spot, case.assumptions.forecast, PROCESSES[processes])
    chosen = [cost for cost in cost_menu(case, forecast) if cost.option.decides_later]
    assert len(chosen) >= 10
    return scene_for(profile, case.assumptions, case.assumptions, forecast), chosen


@pytest.mark.parametrize(
    ("processes", "nodes"),
    long_unless({("three opinions", 64)}, product(PROCESSES, (4, 64))),
)
def test_deferred_choices_agree_for_mixtures_of_price_processes(processes: str, nodes: int) -> None:
    """The rents seen at a decision also change the weights of the price processes."""
    scene, chosen = choices_with(processes, nodes)
    for cost in chosen:
        assert_same(cost, expected_totals(scene, fork_for(cost.option, scene), cost.forecast))
