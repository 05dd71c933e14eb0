"""Two offers of which the combination is the answer: found, named, and as expensive as the slow loop says."""

import re
from datetime import date
from typing import Any

import pytest

from advisor.decision.advise import advise
from advisor.decision.cost_options import Costing, cost_options
from advisor.decision.ranking import RankedOption
from advisor.profiles.schema import Profile
from advisor.profiles.validation import parse_profile
from advisor.reports.formats.text import text_report
from tests.oracle.random_profiles import BOOK
from tests.oracle.slow_answers import fork_for, scene_for
from tests.oracle.slow_choices import expected_totals
from tests.support.json_contracts import advise_json
from tests.support.present import present

TODAY = date(2026, 11, 24)
NOW = {"option": "reserved", "months": 3, "usd_per_gpu_hour": 2.6, "from": "A"}
LATER = {"option": "reserved", "months": 12, "usd_per_gpu_hour": 1.6, "from": "B", "start_month": 3}


def pick(costing: Costing) -> RankedOption:
    return present(costing.verdict.pick)


def plan(work: dict[str, Any], *offers: dict[str, Any]) -> Profile:
    raw = {"name": "two offers", "workload": [work], "company": {"cash_usd": 1e9}, "quote": list(offers)}
    return parse_profile(raw, BOOK)


def costed(work: dict[str, Any], *offers: dict[str, Any]) -> Costing:
    return cost_options(plan(work, *offers), BOOK)


def slow_usd(profile: Profile, costing: Costing, cost: RankedOption) -> float:
    """What the option costs by the loop."""
    figures = costing.case.assumptions
    scene = scene_for(profile, figures, figures, costing.forecast)
    return float(expected_totals(scene, fork_for(cost.cost.option, scene), costing.forecast).expected_usd)


def test_a_contract_from_month_3_and_another_until_then() -> None:
    """Fifteen months: three at A's price and twelve at B's, instead of all at A's or three on demand."""
    work = {"kind": "pre-train", "nodes": 16, "months": 15}
    found = pick(both := costed(work, NOW, LATER))
    assert found.id == "reserved-12m-b"
    assert found.cost.option.command == "reserve 12 months from B after 3 months from A"
    assert [(run.contract.id, int(run.under_contract.argmax())) for run in found.cost.option.contracts] == [
        ("reserved-12m-b", 3),
        ("reserved-3m-a", 0),
    ]
    assert found.cost.expected_usd == pytest.approx(slow_usd(plan(work, NOW, LATER), both, found), rel=1e-6)
    for one in (NOW, LATER):
        alone = pick(costed(work, one))
        assert alone.cost.expected_usd > found.cost.expected_usd


def test_a_base_with_one_seller_and_its_peaks_with_another() -> None:
    """Four nodes always work, and eight more for a fifth of the month, whose idle time cannot all be handed back."""
    base = {"option": "reserved", "months": 12, "usd_per_gpu_hour": 1.5, "from": "A", "may_sublet": False}
    peaks = {"option": "on-demand", "usd_per_gpu_hour": 2.6, "from": "B"}
    work = {"kind": "inference", "load": [[32, 1.0], [96, 0.2]], "months": 12}
    found = pick(both := costed(work, base, peaks))
    assert found.cost.option.command == "reserve 6 nodes from A, rent peaks from B"
    assert found.cost.expected_usd == pytest.approx(slow_usd(plan(work, base, peaks), both, found), rel=1e-6)
    for one in (base, peaks):
        assert pick(costed(work, one)).cost.expected_usd > found.cost.expected_usd


TEN = {"option": "reserved", "months": 12, "usd_per_gpu_hour": 1.9, "nodes": 10, "from": "A"}
SIX = {"option": "reserved", "months": 12, "usd_per_gpu_hour": 2.0, "nodes": 6, "from": "B"}


@pytest.mark.parametrize(
    ("work", "offers"),
    [
        ({"kind": "fine-tune", "nodes": 16, "months": 12, "busy": 0.9}, (TEN, SIX)),
        ({"kind": "fine-tune", "nodes": 15, "months": 14, "busy": 0.7}, (TEN, SIX)),  # a node and two months over
        (
            {"kind": "inference", "nodes": 12, "months": 20, "growth_per_month": 0.01},
            (TEN, SIX | {"months": 6, "usd_per_gpu_hour": 1.7}),
        ),
    ],
)
def test_two_contracts_of_a_fixed_size_beside_each_other(
    work: dict[str, Any], offers: tuple[dict[str, Any], ...]
) -> None:
    """Neither serves the plan alone; together they do, named with both sellers, at what the loop counts."""
    costing = costed(work, *offers)
    (both,) = (one for one in costing.verdict.ranked if "-and-" in one.id)
    assert both.feasible
    assert {"from A", "from B"} <= set(re.findall(r"from \w", both.cost.option.label))
    assert both.cost.option.seller in ("A and B", "B and A")
    assert both.cost.expected_usd == pytest.approx(slow_usd(plan(work, *offers), costing, both), rel=1e-6)


def test_two_contracts_are_the_answer_and_reports_name_both_sellers() -> None:
    """Sixteen nodes at a price that no other way has, in the verdict, its JSON and what would change it."""
    work = {"kind": "fine-tune", "nodes": 16, "months": 12, "busy": 0.9}
    costing = costed(work, TEN, SIX)
    found = pick(costing)
    assert found.id == "reserved-12m-a-and-reserved-12m-b"
    assert found.cost.option.command == "reserve 10 nodes from A and 6 nodes from B"
    answer = advise(plan(work, TEN, SIX), BOOK, 100)
    assert "RESERVE 10 nodes from A and 6 nodes from B" in text_report(answer, TODAY)
    assert advise_json(answer, None, TODAY)["verdict"]["option"] == found.id
    assert answer.sensitivity.swings
    for other in (SIX | {"nodes": 5}, SIX | {"nodes": 16}):  # too few together; enough alone
        assert not any("-and-" in one.id for one in costed(work, TEN, other).verdict.ranked)


def test_two_contracts_do_not_split_a_job() -> None:
    found = next(
        one
        for one in costed({"kind": "pre-train", "nodes": 16, "months": 12}, TEN, SIX).verdict.ranked
        if "-and-" in one.id
    )
    assert found.infeasible_because == ("one job on one fabric cannot be split",)
