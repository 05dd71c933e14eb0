"""The newer options by arithmetic of their own: credit, leases, hybrids, other GPUs, early exits, the balance sheet."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from advisor.costing.option import Option
from advisor.costing.options.buy import owned
from advisor.costing.options.combined.hybrid import Split
from advisor.costing.options.on_demand import on_demand
from advisor.costing.options.reserved import reserved_as
from advisor.costing.valuation import OptionCost, expected_usd
from advisor.decision.advise import advise
from advisor.decision.cash.balance_sheet import balance_sheets
from advisor.decision.cost_options import cost_options
from advisor.finance.loans import balance
from advisor.market.price_book import PriceBook
from advisor.profiles.schema import Profile
from advisor.profiles.validation import parse_profile
from tests.support.long_runs import examples, quick_and_long
from tests.support.profile_builder import BOOK, SAMPLES, a_profile, changed, costs_by_id, raw_profiles, sample

SERVICE = {"kind": "inference", "nodes": 8, "months": 36, "busy": 0.55, "base_share": 0.75, "base_busy": 0.85}


def by_id(profile: Profile, book: PriceBook) -> dict[str, OptionCost]:
    return {cost.option.id: cost for cost in cost_options(profile, book).costs}


def debt(**figures: float) -> PriceBook:
    return BOOK.overlaid({"debt": figures}, "a test")


# Credit


@quick_and_long
@settings(max_examples=examples(7, 30), deadline=None, derandomize=True)
@given(raw_profiles(workloads=1), st.floats(0.06, 0.2), st.floats(0, 0.4))
@example({"name": "x", "workload": [{"kind": "pre-train", "nodes": 64, "months": 24}]}, 0.13, 0.0)
def test_a_loan_at_the_cost_of_debt_without_a_fee_is_worth_buying(
    raw: dict[str, Any], apr: float, discount_rate: float
) -> None:
    """Whatever the discount rate, the length of the plan and when it changes: a fair loan only moves cash."""
    company = {**raw.get("company", {}), "discount_rate": discount_rate}
    book = debt(cost_of_debt_per_year=apr, loan_apr=apr, loan_fee_share=0.0)
    costs = by_id(parse_profile({**raw, "company": company}, book), book)
    scale = sum(abs(usd) for usd in costs["buy"].components.values())
    assert costs["buy-loan"].expected_usd == pytest.approx(costs["buy"].expected_usd, abs=1e-9 * scale + 1e-6)


def test_a_loan_with_a_fee_is_worth_its_fee() -> None:
    """1.5 % of 60 % of the capex, at delivery after five months, at the lender's rate; bought for certain."""
    book = debt(cost_of_debt_per_year=0.12, loan_apr=0.12, loan_fee_share=0.015)
    costs = by_id(a_profile({"plan_change_per_month": 0.0}), book)
    capex = sum(
        costs["buy"].undiscounted_components[part] for part in ("hardware", "fabric", "storage", "installation")
    )
    fee = 0.015 * 0.6 * capex / 1.01**5
    assert costs["buy-loan"].expected_usd - costs["buy"].expected_usd == pytest.approx(fee)


def test_a_loan_keeps_cash_longer_than_buying() -> None:
    costs = costs_by_id(a_profile({"plan_change_per_month": 0.0}))
    capex = sum(
        costs["buy"].undiscounted_components[part] for part in ("hardware", "fabric", "storage", "installation")
    )
    paid = {name: costs[name].plan_holds_usd.cumsum() for name in ("buy", "buy-loan", "lease")}
    at_delivery = paid["buy"][5] - paid["buy-loan"][5]
    assert at_delivery == pytest.approx((1 - 0.015) * 0.6 * capex), "sixty in a hundred less the fee"
    assert paid["lease"][5] < paid["buy"][5]


@pytest.mark.parametrize("months", [24, 36, 48])
def test_a_lease_by_hand(months: int) -> None:
    """One node, no risk, no interest: rents of 36 months and a fifth of the price are the price; after 19 months of
    use, the 17 rents left are owed; after that, the node is the lessee's to sell."""
    still = {"plan_change_per_month": 0.0, "kind": "fine-tune", "nodes": 1, "months": months}
    book = debt(cost_of_debt_per_year=0.0, lease_apr=0.0)
    lease = by_id(a_profile(still, company={"discount_rate": 0.0}), book)["lease"]
    hardware = 300_000 + float(case_capex(book, still)[1])
    rent = 0.8 * hardware / 36
    used = months - 5
    assert lease.components["lease"] == pytest.approx(36 * rent + 0.2 * hardware * (used > 36))
    assert (lease.end_asset_usd > 0) is (used > 36)


def case_capex(book: PriceBook, workload: dict[str, Any]) -> tuple[float, float]:
    """The parts that are leased: the node, and fabric with storage."""
    buy = by_id(a_profile(workload, company={"discount_rate": 0.0}), book)["buy"].undiscounted_components
    return buy["hardware"], buy["fabric"] + buy["storage"]


@pytest.mark.parametrize("figure", ["loan_fee_share", "loan_apr", "lease_apr", "lease_exit_share"])
def test_credit_is_not_paid_by_others(figure: str) -> None:
    stored = BOOK.sections["debt"][figure]
    low, high = (by_id(a_profile(), debt(**{figure: value})) for value in (stored.low, stored.high))
    mine = "lease" if figure.startswith("lease") else "buy-loan"
    assert high[mine].expected_usd > low[mine].expected_usd
    for name, cost in low.items():
        assert name == mine or high[name].expected_usd == cost.expected_usd


# Hybrids


def test_a_hybrid_that_may_be_left_for_a_fee_still_rents_its_peaks() -> None:
    """Whether its base may be left early must not lose the hours above it. At a fee of 99.9 % of what is left a
    contract is hardly ever left: about the cost of one that cannot be."""
    profile = a_profile(SERVICE)
    firm, free = (
        by_id(profile, BOOK.overlaid({"rental": {"termination_fee_share": share}}, "a test"))["hybrid-reserve"]
        for share in (1.0, 0.999)
    )
    assert free.rights
    assert free.components["rent"] == pytest.approx(firm.components["rent"], rel=0.01)
    assert free.expected_usd == pytest.approx(firm.expected_usd, rel=0.001)
    assert free.expected_usd <= firm.expected_usd * (1 + 1e-9)


@pytest.mark.parametrize("kind", ["reserve", "buy"])
@pytest.mark.parametrize("nodes", [2, 8, 12])
def test_the_base_of_a_hybrid_is_the_best_of_all_sizes(kind: str, nodes: int) -> None:
    """Every size and every term tried one by one; with at most a dozen nodes no size is left out."""
    profile = a_profile({**SERVICE, "nodes": nodes, "months": 20})
    costing = cost_options(profile, BOOK)
    case, found = costing.case, {c.option.id: c for c in costing.costs}[f"hybrid-{kind}"]

    def base_of(term: int | None) -> Any:
        return owned if term is None else lambda case: reserved_as(case, f"reserved-{term}m")

    costs = []
    for size in range(1, nodes):
        for term in [None] if kind == "buy" else [1, 3, 6, 12, 24, 36]:
            option = Split(case, np.array(float(size))).with_base(base_of(term))
            costs.append(float(expected_usd(option, case, costing.forecast)))
    assert found.expected_usd == pytest.approx(min(costs), rel=1e-12)


def test_a_base_of_no_nodes_is_renting_and_a_base_of_all_is_holding() -> None:
    costing = cost_options(a_profile(SERVICE), BOOK)
    case, forecast = costing.case, costing.forecast

    def usd(option: Option) -> float:
        return float(expected_usd(option, case, forecast))

    nothing, everything = (Split(case, np.array(size)).with_base(owned) for size in (0.0, 8.0))
    bought = {c.option.id: c.expected_usd for c in costing.costs}
    assert usd(everything) == pytest.approx(bought["buy"], rel=1e-9)
    assert usd(nothing) == pytest.approx(usd(on_demand(case)), rel=1e-9)


def test_one_job_on_one_fabric_is_never_split() -> None:
    assert not {"hybrid-reserve", "hybrid-buy"} & set(costs_by_id(a_profile({"nodes": 16})))
    works = [{"kind": "pre-train", "nodes": 16, "months": 24}, {"kind": "inference", "nodes": 4, "months": 24}]
    base = costs_by_id(changed(a_profile(), workload=works))["hybrid-reserve"]
    assert int(base.option.label.split()[1]) in (*range(1, 5), *range(16, 20))


# Another GPU


def twin_book() -> tuple[PriceBook, str]:
    """A book in which the H200 is an H100 in everything but the name, and in its forecast too."""
    own, other = BOOK.gpus["H100-SXM"], BOOK.gpus["H200-SXM"]
    twin = replace(other, figures=own.figures, term_discounts=own.term_discounts)
    return replace(BOOK, gpus={**BOOK.gpus, "H200-SXM": twin}), "H200-SXM"


@pytest.mark.parametrize("name", SAMPLES)
def test_a_gpu_with_the_same_figures_costs_the_same(name: str) -> None:
    """Under one certain view of rents, for the history of each GPU's rents is its own."""
    profile = changed(sample(name), market={"rents_change_per_year": -0.15, "other_gpus": ["H200-SXM"]})
    book, twin = twin_book()
    costs = by_id(profile, book)
    others = [name for name in costs if name.startswith(f"{twin}:")]
    assert len(others) == 3, "the best of rent, reserve and buy"
    for other in others:
        mine = costs[other.partition(":")[2]]
        assert costs[other].expected_usd == pytest.approx(mine.expected_usd, rel=1e-12)
        assert costs[other].option.infeasible_because == mine.option.infeasible_because


def test_twice_the_throughput_needs_half_the_nodes() -> None:
    profile = a_profile({"nodes": 63}, market={"other_gpus": ["B200-SXM"]})
    costing = cost_options(profile, BOOK)
    factors = [BOOK.assumptions(gpu).gpu.throughput_pre_train for gpu in ("H100-SXM", "B200-SXM")]
    other = next(c for c in costing.costs if c.option.id.startswith("B200-SXM:"))
    assert other.demand.peak_nodes == int(np.ceil(63 * factors[0] / factors[1] - 1e-9))
    assert other.demand.peak_nodes < 63


def test_too_little_memory_and_no_fabric_rule_a_gpu_out() -> None:
    need = {"memory_gb_per_gpu": 100.0}
    costs = costs_by_id(a_profile(need, market={"other_gpus": ["A100-80-SXM", "B200-SXM"]}))
    for name, cost in costs.items():
        barred = any("GB" in words for words in cost.option.infeasible_because)
        assert barred is name.startswith("A100-80-SXM:"), name


# Early exits


@pytest.mark.parametrize("fee", [0.3, 0.6, 0.9])
def test_to_pay_the_fee_and_leave_is_taken_only_when_it_saves(fee: float) -> None:
    """A smaller fee never costs more; the choice is worth at least nothing against paying on."""
    profile = a_profile({"plan_change_per_month": 0.1, "residual_share": 0.0, "nodes": 16})
    firm, free = (
        by_id(profile, BOOK.overlaid({"rental": {"termination_fee_share": share}}, "a test")) for share in (1.0, fee)
    )
    for name in firm:
        assert free[name].expected_usd <= firm[name].expected_usd * (1 + 1e-9), name
    assert free["reserved-36m"].expected_usd < firm["reserved-36m"].expected_usd
    assert free["reserved-36m"].components["termination"] > 0


# The balance sheet


def test_book_market_and_debt_of_the_64_node_cluster() -> None:
    """Straight line over five years from delivery in month 5; the loan's balance by its own schedule."""
    profile = a_profile({"months": 30}, gpu={"node_usd": 120_000})
    advice = advise(profile, BOOK, 500)
    sheets = advice.balance_sheets
    costs = {o.id: o.cost for o in advice.verdict.ranked}
    bought = costs["buy"].option.table
    capex = [name in ("hardware", "fabric", "storage", "installation") for name in bought.components]
    price = float(bought.coefficients[capex, 0].sum())
    assert [sheet.month for sheet in sheets] == [5, 17, 29, 30]
    for sheet in sheets:
        assert sheet.book_usd == pytest.approx(price * (1 - (sheet.month - 5) / 60))
        hardware = float(costs["buy"].option.table.exit.hardware_usd)  # type: ignore[union-attr] # an owner can leave
        assert sheet.market_usd == pytest.approx(hardware * costs["buy"].forecast.resale_share[sheet.month])
    owed = [sheet.owed_usd for sheet in balance_sheets(costs["buy-loan"])]
    assert owed == pytest.approx([0.6 * price * float(balance(0.13, 36, month - 5)) for month in (5, 17, 29, 30)])
