"""What must hold for any profile: more expensive inputs never make anything cheaper; limits known in closed form."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from advisor.costing.valuation import OptionCost, expected_usd
from advisor.decision.cost_options import cost_options
from advisor.market.figures import Figure
from advisor.profiles.limits import MAX_NODES
from advisor.profiles.validation import parse_profile
from tests.support.long_runs import examples, quick_and_long
from tests.support.present import present
from tests.support.profile_builder import (
    BOOK,
    a_profile,
    costed,
    costs_by_id,
    profiles,
    raw_profiles,
    raw_workloads,
    shares,
    tiers_of,
)

GPUS_TO_BUY = ["H100-SXM", "H200-SXM", "B200-SXM", "A100-80-SXM"]  # nobody publishes the price of an MI300X node


@dataclass(frozen=True)
class CostFigure:
    """A figure that is a cost, and the options that pay it, in whole or in part: an id, or `reserved` for every term.
    alone: whether it is a pure cost only to those who are nothing else."""

    section: str
    name: str
    payers: frozenset[str]
    tier: str | None = None
    alone: bool = False

    def __str__(self) -> str:
        return f"{self.section}.{self.name}"

    def paid_by(self, option_id: str) -> bool:
        return bool(parts_of(option_id) & self.payers)


def parts_of(option_id: str) -> frozenset[str]:
    """What an option is made of, as payers are named."""
    whole = {"buy-loan": {"buy", "loan"}, "lease": {"buy", "lease"}, "hybrid-reserve": {"on-demand", "reserved"},
             "hybrid-buy": {"on-demand", "buy"}, "buy-used": {"buy", "used"}}  # fmt: skip
    if option_id.startswith("rent-"):
        return frozenset({"on-demand", "reserved", "buy"})
    return frozenset(whole.get(option_id, {"reserved" if option_id.startswith("reserved") else option_id}))


EVERYBODY = frozenset({"on-demand", "marketplace", "serverless", "reserved", "buy"})  # buying rents until delivery
BY_THE_HOUR = frozenset({"on-demand", "reserved", "buy"})  # a reservation, too, rents what no block covers
HOLDERS = frozenset({"reserved", "buy"})
OWNER = frozenset({"buy"})
MARKETPLACE, SERVERLESS = frozenset({"marketplace"}), frozenset({"serverless"})

COST_FIGURES = [
    CostFigure("rental", "storage_egress_usd_per_node_month", EVERYBODY),
    CostFigure("rental", "support_share", EVERYBODY),
    CostFigure("rental", "goodput_loss_share", EVERYBODY),
    CostFigure("rental", "setup_usd_per_node", frozenset({"on-demand", "reserved"})),
    CostFigure("rental", "cluster_premium_per_doubling", BY_THE_HOUR),
    CostFigure("rental", "sublet_fee_share", HOLDERS),
    CostFigure("rental", "provider_default_per_month", frozenset({"reserved"})),
    CostFigure("rental", "marketplace_interruptions_per_node_hour", MARKETPLACE),
    CostFigure("rental", "marketplace_restart_hours", MARKETPLACE),
    CostFigure("rental", "marketplace_checkpoint_hours", MARKETPLACE),
    *(
        CostFigure("facility", name, OWNER)
        for name in (
            "switch_usd",
            "cable_usd_per_gpu_no_layer",
            "cable_usd_per_gpu_one_layer",
            "cable_usd_per_gpu_two_layers",
            "cable_usd_per_gpu_three_layers",
            "storage_usd_per_node",
            "setup_usd_per_node",
            "colocation_usd_per_kw_month",
            "colocation_min_months",
            "colocation_exit_share",
            "electricity_usd_per_kwh",
            "pue",
            "idle_power_share",
            "maintenance_share_per_year",
            "insurance_share_per_year",
            "staff_fixed_fte",
            "staff_fte_per_node",
            "staff_usd_per_fte_year",
            "failure_share_per_gpu_year",
            "selling_cost_share",
        )
    ),
    CostFigure("rental", "termination_fee_share", frozenset({"reserved"})),
    CostFigure("debt", "loan_apr", frozenset({"loan"})),
    CostFigure("debt", "loan_fee_share", frozenset({"loan"})),
    CostFigure("debt", "lease_apr", frozenset({"lease"})),
    CostFigure("facility", "used_maintenance_share_per_year", frozenset({"used"})),
    CostFigure("facility", "used_failure_share_per_gpu_year", frozenset({"used"})),
    CostFigure("debt", "lease_exit_share", frozenset({"lease"})),
    CostFigure("gpu", "node_usd", OWNER),
    CostFigure("gpu", "node_kw", OWNER),
    CostFigure("gpu", "sublet_discount_share", HOLDERS),
    CostFigure("gpu", "marketplace_usd_per_gpu_hour", MARKETPLACE),
    CostFigure("gpu", "serverless_usd_per_gpu_hour", SERVERLESS),
    CostFigure("rental", "serverless_idle_share", SERVERLESS),
    # The list price is also what a sublet hour brings, so it is a pure cost only to those who hold nothing.
    CostFigure("gpu", "neocloud_usd_per_gpu_hour", frozenset({"on-demand"}), tier="neocloud", alone=True),
    CostFigure("gpu", "hyperscaler_usd_per_gpu_hour", BY_THE_HOUR, tier="hyperscaler"),
]


def figure_of(cost: CostFigure, gpu: str) -> Figure:
    """The book's figure, for its plausible range; the H100's where the GPU has none."""
    if cost.section != "gpu":
        return BOOK.sections[cost.section][cost.name]
    return BOOK.gpus[gpu].figures.get(cost.name) or BOOK.gpus["H100-SXM"].figures[cost.name]


def at_figure(raw: dict[str, Any], cost: CostFigure, value: float) -> dict[str, OptionCost]:
    """What the options cost when the user's own figure is `value`."""
    raw = {**raw, "market": {**raw["market"], "tier": cost.tier or raw["market"]["tier"]}}
    if cost.section == "debt":  # a figure of the book alone
        book = BOOK.overlaid({"debt": {cost.name: value}}, "a test")
        return {c.option.id: c for c in cost_options(parse_profile(raw, book), book).costs}
    return costs_by_id(parse_profile({**raw, cost.section: {cost.name: value}}, BOOK))


@quick_and_long
@settings(max_examples=examples(37, 150), deadline=None, derandomize=True)
@given(raw_profiles(), st.sampled_from(COST_FIGURES), st.tuples(shares, shares))
def test_a_higher_cost_figure_makes_nothing_cheaper(
    raw: dict[str, Any], cost: CostFigure, points: tuple[float, float]
) -> None:
    """Anywhere in its plausible range; those who do not pay it do not notice."""
    gpu = raw["workload"][0]["gpu"]
    assume(cost.tier is None or cost.tier in tiers_of(gpu))
    figure = figure_of(cost, gpu)
    low, high = (figure.low + point * (figure.high - figure.low) for point in sorted(points))
    if figure.unit == "months":
        low, high = round(low), round(high)
    cheap, expensive = at_figure(raw, cost, low), at_figure(raw, cost, high)
    for option_id, before in cheap.items():
        after = expensive[option_id].expected_usd
        rounding = 1e-9 * sum(abs(usd) for usd in before.components.values()) + 1e-6
        if before.policy is not None:  # where the answer changes is found to a few digits
            rounding += 1e-6 * abs(before.expected_usd)
        waits = "reserved" in cost.payers and "committed" in before.components  # bought, and under contract until then
        if (cost.paid_by(option_id) or waits) and (not cost.alone or option_id in cost.payers):
            assert after >= before.expected_usd - rounding, option_id
        elif not cost.alone:
            assert after == pytest.approx(before.expected_usd, abs=rounding), option_id


@pytest.mark.parametrize("cost", COST_FIGURES, ids=str)
def test_a_higher_cost_figure_is_paid_for(cost: CostFigure) -> None:
    """On some profile, large or small, short of the colocation minimum or not, each figure costs its payers more."""
    raws: list[dict[str, Any]] = [
        {"kind": "pre-train", "gpu": "H100-SXM", "nodes": nodes, "months": months, "busy": 0.7, "residual_share": 0.5}
        for nodes, months in ((2, 7), (20, 14), (100, 26), (3000, 38))
    ]
    raws.append({**raws[0], "kind": "inference", "mode": "scale-to-zero"})
    figure = figure_of(cost, "H100-SXM")
    more_expensive = set()
    for workload in raws:
        raw = {"name": "x", "workload": [workload], "market": {"tier": "neocloud"}}
        cheap, expensive = at_figure(raw, cost, figure.low), at_figure(raw, cost, figure.high)
        more_expensive |= {name for name, before in cheap.items() if expensive[name].expected_usd > before.expected_usd}
        if cost.payers <= frozenset().union(*(parts_of(name) for name in more_expensive)):
            return
    raise AssertionError(f"not all of {set(cost.payers)} pay more: {more_expensive}")


@quick_and_long
@settings(max_examples=examples(20, 80), deadline=None, derandomize=True)
@given(raw_profiles(workloads=1))
def test_two_halves_cost_what_the_whole_does(raw: dict[str, Any]) -> None:
    """One workload of 2N nodes in jobs of one node, and two workloads of N, with their peaks rented as well."""
    workload = {**raw["workload"][0], "job_nodes": 1}
    nodes = min(workload["nodes"], MAX_NODES // 2)
    whole = costs_by_id(parse_profile({**raw, "workload": [{**workload, "nodes": 2 * nodes}]}, BOOK))
    halves = costs_by_id(parse_profile({**raw, "workload": 2 * [{**workload, "nodes": nodes}]}, BOOK))
    assert whole.keys() == halves.keys()
    for option_id, cost in whole.items():
        scale = sum(abs(usd) for usd in cost.components.values())
        assert halves[option_id].expected_usd == pytest.approx(cost.expected_usd, abs=1e-9 * scale + 1e-6)
        assert halves[option_id].option.infeasible_because == cost.option.infeasible_because


@quick_and_long
@settings(max_examples=examples(20, 80), deadline=None, derandomize=True)
@given(profiles())
def test_the_chances_of_the_month_of_change_sum_to_one(profile: Any) -> None:
    demand = costed(profile).demand
    probabilities = demand.change_month_probabilities()
    assert probabilities.shape == (demand.months,)
    assert np.all(probabilities >= 0)
    assert probabilities.sum() == pytest.approx(1, abs=1e-12)
    later = probabilities[::-1].cumsum()[::-1]  # P(tau > t) for t = 0..T-1
    unchanged = demand.chance_unchanged(demand.months + 1)
    assert unchanged[:-1] == pytest.approx(later, abs=1e-12)
    assert unchanged[-1] == 0


@pytest.mark.parametrize(("nodes", "share"), [(1, 1), (2, 5 / 6), (8, 1 / 2), (16, 1 / 3), (64, 0), (1000, 0)])
def test_the_idle_time_an_on_demand_user_hands_back(nodes: int, share: float) -> None:
    """1 - log2(n) / 6 of a job on n nodes (docs/model.md#demand), on the bill: 730 hours of 8 GPUs a node, half of them
    used, and of the other half what is not handed back."""
    workload = {"kind": "fine-tune", "nodes": nodes, "job_nodes": nodes, "months": 1, "busy": 0.5}
    billed = costed(a_profile(workload)).demand.alive.billed_gpu_hours
    assert billed == pytest.approx([730 * 8 * nodes * (0.5 + 0.5 * (1 - share))])


@quick_and_long
@settings(max_examples=examples(12, 50), deadline=None, derandomize=True)
@given(profiles())
def test_the_quick_sum_is_the_whole_cost(profile: Any) -> None:
    costing = costed(profile)
    for cost in costing.costs:
        quick = expected_usd(cost.option, cost.case, cost.forecast, cost.policy)
        assert quick == pytest.approx(cost.expected_usd, rel=1e-12, abs=1e-6)
        scale = sum(abs(usd) for usd in cost.components.values())
        assert math.fsum(cost.components.values()) == pytest.approx(cost.expected_usd, abs=1e-9 * scale + 1e-6)


@quick_and_long
@settings(max_examples=examples(12, 50), deadline=None, derandomize=True)
@given(profiles())
def test_bills_lie_between_the_hours_used_and_the_hours_open(profile: Any) -> None:
    demand = costed(profile).demand
    for need in (demand.alive, demand.after):
        open_hours = demand.node_hours * need.nodes * need.active_share
        assert np.all(need.used_gpu_hours >= 0)
        assert np.all(need.used_gpu_hours <= need.billed_gpu_hours + 1e-6)
        assert np.all(need.billed_gpu_hours <= open_hours * (1 + 1e-9) + 1e-6)
    assert np.all(demand.after.used_gpu_hours <= demand.alive.used_gpu_hours + 1e-6)


@quick_and_long
@settings(max_examples=examples(12, 50), deadline=None, derandomize=True)
@given(raw_profiles())
def test_money_without_a_price_is_a_plain_sum(raw: dict[str, Any]) -> None:
    """At a discount rate of zero, for debt as well, the present cost is the sum of the flows."""
    profile = parse_profile({**raw, "company": {**raw["company"], "discount_rate": 0.0}}, BOOK)
    free_debt = BOOK.overlaid({"debt": {"cost_of_debt_per_year": 0.0}}, "a test")
    for cost in cost_options(profile, free_debt).costs:
        scale = sum(abs(usd) for usd in cost.components.values())
        assert cost.expected_usd == pytest.approx(cost.undiscounted_usd, abs=1e-9 * scale + 1e-6)


# Limits known in closed form


@quick_and_long
@settings(max_examples=examples(12, 50), deadline=None, derandomize=True)
@given(
    st.sampled_from(sorted(BOOK.gpus)),
    st.sampled_from(["fine-tune", "pre-train"]),
    st.floats(0.1, 1.0),
    st.floats(0.05, 0.8),
    st.sampled_from(["seed", "series-a", "series-b", "later"]),
)
def test_a_burst_on_one_node_rents(gpu: str, kind: str, months: float, busy: float, stage: str) -> None:
    """A single node hands back all of its idle time, so on demand bills at most 80 % of the hours at list price. A
    month reserved costs 94 % of list or more, for all hours, and sublets 3 in 10 of the idle fifth below list: 88 %."""
    workload = {"kind": kind, "gpu": gpu, "nodes": 1, "months": months, "busy": busy}
    pick = present(costed(a_profile(workload, company={"stage": stage})).verdict.pick)
    assert pick.action == "rent"


FREE_TO_RUN = {
    "electricity_usd_per_kwh": 0.0,
    "colocation_usd_per_kw_month": 0.0,
    "staff_fixed_fte": 0.0,
    "staff_fte_per_node": 0.0,
}


@quick_and_long
@settings(max_examples=examples(10, 40), deadline=None, derandomize=True)
@given(st.sampled_from(GPUS_TO_BUY), st.integers(1, 1000), st.integers(40, 60))
def test_certain_long_and_full_use_with_free_power_buys(gpu: str, nodes: int, months: int) -> None:
    """No plan risk, flat prices, always busy. The narrowest case by hand, a node of B200 among 1,000 for 40 months,
    undiscounted: $480k and $49k for fabric, storage and installation; $31k a year for maintenance, insurance and
    failures, $86k in all; 7 months of rent at $49k until delivery, $343k; less a sale at half the price after fees of
    15 %, $210k: $0.75M. Reserved at 43 % off list and 10 % for size: 36 x $22.5k + 4 x $49k, $1M."""
    workload = {"gpu": gpu, "nodes": nodes, "months": months, "busy": 1.0, "plan_change_per_month": 0.0}
    profile = a_profile(workload, market={"rents_change_per_year": 0.0}, facility=FREE_TO_RUN)
    pick = present(costed(profile).verdict.pick)
    assert pick.action == "buy"


NOTHING_TO_PAY = {
    **FREE_TO_RUN,
    "switch_usd": 0.0,
    "cable_usd_per_gpu_no_layer": 0.0,
    "cable_usd_per_gpu_one_layer": 0.0,
    "cable_usd_per_gpu_two_layers": 0.0,
    "cable_usd_per_gpu_three_layers": 0.0,
    "storage_usd_per_node": 0.0,
    "setup_usd_per_node": 0.0,
    "maintenance_share_per_year": 0.0,
    "insurance_share_per_year": 0.0,
    "failure_share_per_gpu_year": 0.0,
    "selling_cost_share": 0.0,
    "availability_share": 1.0,
}


@quick_and_long
@settings(max_examples=examples(12, 50), deadline=None, derandomize=True)
@given(st.integers(1, 2000), st.integers(1, 60), st.floats(0, 0.4))
@example(64, 24, 0.12)
@example(64, 24, 0.0)
def test_hardware_that_keeps_its_price_costs_the_time_value_of_money(nodes: int, months: int, rate: float) -> None:
    """Bought today at N x K less the volume discount, delivered at once, always busy, sold for the same after T
    months: what is left is N x K (1 - discount) (1 - (1+r)^(-T/12)), derived by hand.

    volume discount (docs/model.md#discounts): 1.2 % for each doubling above 8 nodes, at most 10 %."""
    workload = {"nodes": nodes, "months": months, "busy": 1.0, "plan_change_per_month": 0.0}
    profile = a_profile(
        workload,
        company={"discount_rate": rate},
        market={"rents_change_per_year": 0.0},
        facility=NOTHING_TO_PAY,
        forecast={"resale_floor_share": 1.0, "resale_cap_share": 1.0},
        gpu={"lead_months": 0, "node_usd": 300_000, "used_node_usd": 300_000},
    )
    discount = min(0.10, 0.012 * max(0.0, float(np.log2(nodes / 8))))
    paid = nodes * 300_000 * (1 - discount)
    cost = costs_by_id(profile)["buy"]
    assert cost.option.infeasible_because == ()
    assert cost.expected_usd == pytest.approx(paid * (1 - (1 + rate) ** (-months / 12)), rel=1e-9, abs=1e-3)
    assert cost.end_asset_usd == pytest.approx(paid)
    assert cost.upfront_usd == pytest.approx(paid)


@quick_and_long
@settings(max_examples=examples(12, 50), deadline=None, derandomize=True)
@given(raw_workloads("H100-SXM", most_nodes=128))
def test_on_demand_at_a_flat_price_is_hours_times_rate(workload: dict[str, Any]) -> None:
    """No premium, no extras, no interest: the bill is the price times the hours billed, weighed by the chance that the
    plan is unchanged. With H = 730 hours and 8 GPUs; a quote fixes the price."""
    bare = {
        "support_share": 0.0,
        "goodput_loss_share": 0.0,
        "storage_egress_usd_per_node_month": 0.0,
        "setup_usd_per_node": 0.0,
    }
    raw = {
        "name": "x",
        "workload": [workload],
        "rental": bare,
        "company": {"discount_rate": 0.0},
        "market": {"rents_change_per_year": 0.0},
        "quote": [{"option": "on-demand", "usd_per_gpu_hour": 2.0}],
    }
    found = costed(parse_profile(raw, BOOK))
    demand = found.demand
    alive = (1 - demand.hazard_per_month) ** np.arange(demand.months)
    hours = alive @ demand.alive.billed_gpu_hours + (1 - alive) @ demand.after.billed_gpu_hours
    cost = next(cost for cost in found.costs if cost.option.id == "on-demand")
    assert cost.expected_usd == pytest.approx(2.0 * float(hours), rel=1e-9, abs=1e-6)
