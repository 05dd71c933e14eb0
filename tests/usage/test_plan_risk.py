"""The plan risk of usage: the chance that the load falls as its weeks let it, beside that of the company's stage."""

import json
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from advisor.decision.advise import Advice, advise
from advisor.market.price_book import PriceBook
from advisor.usage.hourly_usage import Week
from advisor.usage.plan_risk import PlanRisk, plan_risk
from advisor.usage.spread import spread_of
from tests.support.present import present
from tests.support.processes import run_here
from tests.support.profile_builder import BOOK, a_profile
from tests.usage.readings import a_job, sacct_file

WORK = {"kind": "pre-train", "nodes": 4, "months": 12, "busy": 0.8}


def risk_of_weeks(*loads: float, months: float = 12, book: PriceBook = BOOK) -> PlanRisk:
    start = date(2026, 9, 7)
    weeks = [Week(start + timedelta(weeks=at), 168, 168 * load, load, load, None) for at, load in enumerate(loads)]
    spread = present(spread_of(weeks, months))
    return plan_risk(a_profile({**WORK, "months": months}), spread, book)


def test_a_load_that_never_changes_leaves_the_chance_of_the_stage() -> None:
    risk = risk_of_weeks(5, 5, 5, 5)
    assert risk.fall_share == 0
    assert risk.per_month == pytest.approx(risk.usual_per_month, abs=5e-5)
    assert risk.residual_share == 0.1  # of a pre-train, by the book


def test_a_book_in_which_no_plan_changes_leaves_what_the_kind_of_work_does() -> None:
    """It divided by zero."""
    risk = risk_of_weeks(5, 5, 5, 5, book=BOOK.overlaid({"plan": {"hazard_series_a_per_month": 0.0}}, "ours"))
    assert (risk.per_month, risk.residual_share) == (0, 0.1)


def test_the_chance_is_that_of_weeks_walked_one_by_one() -> None:
    """Weeks up or down by a tenth in logs: of 40,000 walks of a year, as many reach the low end as the formula says."""
    risk = risk_of_weeks(*np.exp([0, 0.1, 0.2, 0.1, 0.0]))
    steps = np.random.default_rng(7).normal(0, 0.1 / 8, (40_000, 52 * 64 // 8))  # eight of 64 parts of a week at a time
    walks = (steps * np.sqrt(8)).cumsum(axis=1)
    reached = float((walks.min(axis=1) <= np.log(risk.fall_to)).mean())
    assert risk.fall_share == pytest.approx(reached, rel=0.1)
    stays = (1 - risk.usual_per_month) ** 12 * (1 - risk.fall_share)
    assert (1 - risk.per_month) ** 12 == pytest.approx(stays, abs=1e-3)
    monthly = 1 - (1 - risk.fall_share) ** (1 / 12)
    left = (risk.usual_per_month * 0.1 + monthly * risk.fall_to) / (risk.usual_per_month + monthly)
    assert risk.residual_share == pytest.approx(left, abs=5e-5)


def test_the_fall_is_deeper_with_larger_changes_and_longer_plans() -> None:
    calm, wild, short = (
        risk_of_weeks(5, 5.2, 5.4, 5.2), risk_of_weeks(5, 7, 9, 6), risk_of_weeks(5, 5.2, 5.4, 5.2, months=3)
    )  # fmt: skip
    assert wild.fall_to < calm.fall_to < short.fall_to < 1
    assert 0 < calm.fall_share < 1


def test_the_engine_counts_the_risk_in_the_range_of_the_cost() -> None:
    """More plans change: the cost on demand falls with their hours, and what is reserved is paid all the same."""
    found = risk_of_weeks(5, 7, 9, 6)
    plain, risky = (
        advise(a_profile({**WORK, "plan_change_per_month": risk, "residual_share": left}), BOOK, paths=100)
        for risk, left in ((0.025, 0.1), (found.per_month, found.residual_share))
    )
    ratio = {option: cost_in(risky, option) / cost_in(plain, option) for option in ("on-demand", "reserved-12m")}
    assert ratio["on-demand"] < ratio["reserved-12m"]


def cost_in(advice: Advice, option: str) -> float:
    return next(one.cost.expected_usd for one in advice.verdict.ranked if one.id == option)


def test_the_written_profile_has_it_and_the_text_says_it(tmp_path: Path) -> None:
    rows = [
        a_job(day, f"2026-09-{day + 7:02}T00:00:00", f"2026-09-{day + 7:02}T23:59:59", 16 + 8 * (day // 7 % 2))
        for day in range(21)
    ]
    jobs, profile = sacct_file(tmp_path / "sacct.txt", rows), tmp_path / "team.toml"
    done = run_here(["usage", jobs, "--write", profile])
    found = json.loads(run_here(["usage", jobs, "--json"]).out)
    per_month = found["plan_risk"]["per_month"]
    assert found["plan_risk"]["usual_per_month"] < per_month == found["workload"]["plan_change_per_month"]
    assert found["workload"]["residual_share"] == found["plan_risk"]["residual_share"]
    assert f"plan_change_per_month = {per_month}" in profile.read_text("utf-8")
    assert f"with a chance of {per_month:.1%} a month" in " ".join(done.out.split())
