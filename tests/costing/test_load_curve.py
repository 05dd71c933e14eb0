"""Demand as a load curve: steps of nodes and hours, office hours, and what each way to get GPUs is billed of them."""

from typing import Any

import pytest

from advisor.costing.build_case import case_of
from advisor.costing.demand import Demand
from advisor.costing.valuation import OptionCost
from advisor.decision.cost_options import cost_options
from advisor.errors import InputError
from advisor.profiles.schema import Profile
from advisor.profiles.validation import parse_profile
from tests.support.frozen_book import frozen_prices

BOOK = frozen_prices()
NODE_HOURS = 8 * 730.0
SERVICE = {"kind": "inference", "nodes": 1, "months": 12, "plan_change_per_month": 0.0}
STILL = {"market": {"rents_change_per_year": 0.0}, "company": {"discount_rate": 0.0}}


def plan(*workloads: dict[str, Any], **parts: Any) -> Profile:
    """A plan on the H100."""
    return parse_profile({"name": "x", "workload": [{"gpu": "H100-SXM", **one} for one in workloads], **parts}, BOOK)


def demand_of(*workloads: dict[str, Any]) -> Demand:
    """Its demand."""
    return case_of(plan(*workloads), BOOK).demand


def costs_by_id(workload: dict[str, Any]) -> dict[str, OptionCost]:
    """What each option costs at rents that stand still, not discounted."""
    return {cost.option.id: cost for cost in cost_options(plan(workload, **STILL), BOOK).costs}


def steps_of(demand: Demand, month: int = 0) -> list[tuple[float, float]]:
    """The height of each step in a month, and the share of the month in which its nodes work."""
    return [
        (float(step.top[month]), round(float(step.hours[month]) / NODE_HOURS, 6)) for step in demand.alive_shape.steps
    ]


def test_a_utilization_is_a_curve_of_two_steps() -> None:
    """10 nodes, 4 of them always on and 80 % busy, 50 % in the mean: the other 6 work (5 - 3.2) / 6 = 30 %."""
    work = {**SERVICE, "nodes": 10, "busy": 0.5, "base_share": 0.4, "base_busy": 0.8}
    assert steps_of(demand_of(work)) == [(4.0, 0.8), (10.0, 0.3)]


def test_a_service_in_office_hours_is_billed_for_those_on_demand() -> None:
    """42 hours are a quarter of a week. A node up all year costs 255,113 with 12 x 427 of storage (see
    test_size_of_a_job.py): a quarter of the rent and all of the storage are 249,989 / 4 + 5,124 = 67,621."""
    office = {**SERVICE, "mode": "office-hours", "hours_per_week": 42, "base_share": 1.0}
    found, always = costs_by_id(office), costs_by_id({**SERVICE, "base_share": 1.0})
    assert always["on-demand"].expected_usd == pytest.approx(255_113, abs=1)
    assert found["on-demand"].expected_usd == pytest.approx(67_621, abs=1)


def test_what_is_reserved_is_paid_for_in_all_hours_and_may_be_sublet_outside_the_office_hours() -> None:
    office = {**SERVICE, "mode": "office-hours", "hours_per_week": 42, "base_share": 1.0}
    found, always = (costs_by_id(one)["reserved-12m"].by_group() for one in (office, {**SERVICE, "base_share": 1.0}))
    assert found["rent"] == pytest.approx(always["rent"])
    assert always["idle resale"] == 0
    assert found["idle resale"] < 0


def test_office_hours_are_those_of_the_book_unless_the_profile_has_its_own() -> None:
    hours = BOOK.sections["plan"]["office_hours_per_week"].value
    demand = demand_of({**SERVICE, "mode": "office-hours", "base_share": 1.0, "busy": 0.5})
    assert demand.alive.billed_gpu_hours[0] == pytest.approx(NODE_HOURS * hours / 168)
    assert demand.alive.used_gpu_hours[0] == pytest.approx(NODE_HOURS * hours / 168 / 2)
    assert demand.busy_share == pytest.approx(0.5)


def test_all_hours_of_the_week_are_always_on() -> None:
    work = {**SERVICE, "nodes": 8, "busy": 0.6, "base_share": 0.3}
    always, office = costs_by_id(work), costs_by_id({**work, "mode": "office-hours", "hours_per_week": 168})
    assert {name: cost.expected_usd for name, cost in office.items()} == pytest.approx(
        {name: cost.expected_usd for name, cost in always.items()}, rel=1e-12
    )


def test_jobs_of_any_size_are_down_outside_office_hours() -> None:
    """A service on 64 nodes as one job hands back no idle time while it is up, and all of the rest."""
    work = {**SERVICE, "nodes": 64, "job_nodes": 64, "busy": 0.5, "base_share": 0.0}
    office = demand_of({**work, "mode": "office-hours", "hours_per_week": 42})
    assert office.alive.billed_gpu_hours[0] == pytest.approx(64 * NODE_HOURS / 4)
    assert demand_of(work).alive.billed_gpu_hours[0] == pytest.approx(64 * NODE_HOURS)


def test_gpu_hours_in_office_hours_take_more_gpus() -> None:
    """1,460 GPU-hours a month are 2 GPUs all the time, or 8 in a quarter of it, always busy."""
    work = {"kind": "inference", "months": 6, "gpu_hours_per_month": 1460}
    demand = demand_of({**work, "mode": "office-hours", "hours_per_week": 42})
    assert float(demand.peak) * 8 == 8.0
    assert demand.busy_share == pytest.approx(1.0)
    assert float(demand_of(work).peak) * 8 == 2.0


@pytest.mark.parametrize(
    ("own", "words"),
    [
        ({"nodes": 1, "hours_per_week": 40}, "hours_per_week; allowed: only with mode 'office-hours'"),
        ({"gpu_hours_per_month": 100, "mode": "office-hours"}, "allowed: also hours_per_week"),
        ({"nodes": 1, "mode": "office-hours", "hours_per_week": 169}, "168"),
        (
            {"gpu_hours_per_month": 800, "gpus": 2, "mode": "office-hours", "hours_per_week": 42},
            "at most 365 on 2 GPUs",
        ),
    ],
)
def test_office_hours_that_make_no_sense_are_refused(own: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        plan({"kind": "inference", "months": 6, **own})
