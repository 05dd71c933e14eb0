"""Two offers of which the combination is the answer: found, named, and as expensive as the slow loop says."""

from typing import Any

import pytest

from advisor.decision.cost_options import Costing, cost_options
from advisor.decision.ranking import RankedOption
from advisor.profiles.schema import Profile
from advisor.profiles.validation import parse_profile
from tests.oracle.random_profiles import BOOK
from tests.oracle.slow_answers import fork_for, scene_for
from tests.oracle.slow_choices import expected_totals

NOW = {"option": "reserved", "months": 3, "usd_per_gpu_hour": 2.6, "from": "A"}
LATER = {"option": "reserved", "months": 12, "usd_per_gpu_hour": 1.6, "from": "B", "start_month": 3}


def pick(costing: Costing) -> RankedOption:
    found = costing.verdict.pick
    assert found is not None
    return found


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
