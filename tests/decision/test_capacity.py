"""What counting on hours on demand puts at stake (docs/model.md#capacity)."""

from typing import Any

import pytest

from advisor.decision.advise import advise
from advisor.decision.capacity import Capacity, capacity_of
from advisor.decision.cost_options import Costing, cost_options
from advisor.explain.number_id import CAPACITY
from advisor.explain.numbers import number_of
from advisor.input_id import InputId
from advisor.reports.deeper_view import deeper_view
from tests.support.present import present
from tests.support.profile_builder import BOOK, a_profile, sample

SERVICE = {"kind": "inference", "nodes": 4, "months": 18, "busy": 0.3}


def costed(available: float | None = None, gpu: str = "H100-SXM", **market: Any) -> Costing:
    figures = {} if available is None else {"neocloud_available_share": available}
    return cost_options(a_profile({**SERVICE, "gpu": gpu}, gpu=figures, market=market), BOOK)


def known(available: float | None = None) -> Capacity:
    return present(capacity_of(costed(available).verdict))


def test_it_is_the_chance_times_what_the_way_that_is_left_costs_more() -> None:
    """On demand H = the least of rents, hybrids and hardware, which is waited for on demand; A = the least of the
    others; 0.65 available: 0.35 (A - H)."""
    costs = {o.id: o.cost.expected_usd for o in costed().verdict.ranked if o.feasible and not o.folded_under}
    by_the_hour = ("on-demand", "marketplace", "serverless", "rent-then-decide", "hybrid-", "buy", "lease")
    hourly = min(usd for name, usd in costs.items() if name.startswith(by_the_hour))
    assured = min(usd for name, usd in costs.items() if not name.startswith(by_the_hour))
    assert assured > hourly
    assert known().insured_usd == pytest.approx(0.35 * (assured - hourly))


def test_more_capacity_is_never_worth_less_insurance_and_certainty_insures_nothing() -> None:
    shares = [0.0, 0.4, 0.9, 1.0]
    insured = [known(share).insured_usd for share in shares]
    assert insured == sorted(insured, reverse=True)
    assert insured[0] == known().saves_usd
    assert insured[-1] == 0


def test_no_ranking_depends_on_it() -> None:
    scarce, plenty = (costed(share).verdict for share in (0.0, 1.0))
    assert [o.id for o in scarce.ranked] == [o.id for o in plenty.ranked]
    assert [o.preference_usd for o in scarce.ranked] == [o.preference_usd for o in plenty.ranked]


def test_nothing_is_said_where_nothing_is_known() -> None:
    assert capacity_of(costed(gpu="L4").verdict) is None, "no polls"
    assert capacity_of(costed(tier="hyperscaler").verdict) is None, "one seller was polled"


def test_it_is_said_with_its_evidence_and_opens_to_the_figure() -> None:
    advice = advise(sample("inference-8"), BOOK, 100)
    (text,) = [one.text for one in deeper_view(advice).worth if one.number == CAPACITY]
    assert "35% of polls (one machine, 8 sellers, one week of 2026-08: thin)" in text
    number = number_of(CAPACITY, advice)
    assert number.amount == f"${present(advice.capacity).insured_usd:,.0f}"
    assert InputId.of_book("H100-SXM.neocloud_available_share") in number.inputs


def test_a_marketplace_was_not_polled() -> None:
    advice = advise(sample("lora-one-node"), BOOK, 100)
    assert present(advice.capacity).hourly == "marketplace"
    assert "thin). No marketplace was polled." in " ".join(one.text for one in deeper_view(advice).worth)


def test_a_pick_that_counts_on_hours_is_what_a_shortage_is_told_of() -> None:
    """Buying with a loan was picked, and a shortage told of buying with cash, which cost less by half a percent."""
    work = {"kind": "pre-train", "nodes": 32, "months": 48, "busy": 0.9, "plan_change_per_month": 0.002}
    money = {"cash_usd": 6e7, "burn_usd_per_month": 5e5, "discount_rate": 0.1, "tax_rate": 0.25}
    found = advise(a_profile(work, company={**money, "depreciation": "bonus", "hosting": "on-premises"}), BOOK)
    assert present(found.verdict.pick).id == "buy-loan"
    assert present(found.capacity).hourly == "buy-loan"
