"""Demand as a load curve: steps of nodes and hours, office hours, and what each way to get GPUs is billed of them."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from advisor.costing.build_case import case_of, demand_with
from advisor.costing.demand import Demand
from advisor.costing.options.on_demand import on_demand
from advisor.costing.valuation import OptionCost, expected_usd
from advisor.decision.cost_options import cost_options, forecast_for
from advisor.errors import InputError
from advisor.profiles.form.amount_text import amount_text
from advisor.profiles.form.everyday_words import in_everyday_words
from advisor.profiles.form.typed_amount import amount_from
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


CURVE = [[8, 1.0], [16, 0.5], [24, 0.1]]


def test_a_load_curve_of_a_profile_is_what_each_node_works() -> None:
    """8 GPUs all the time, 8 more in half of it, 8 more in a tenth: 1.6 of 3 nodes."""
    demand = demand_of({"kind": "fine-tune", "months": 6, "load": CURVE})
    assert steps_of(demand) == [(0.0, 0.0), (1.0, 1.0), (2.0, 0.5), (3.0, 0.1)]
    assert demand.alive.used_gpu_hours[0] == pytest.approx(1.6 * NODE_HOURS)
    assert demand.alive.billed_gpu_hours[0] == pytest.approx(1.6 * NODE_HOURS)
    assert demand.busy_share == pytest.approx(1.6 / 3)


def test_a_base_covers_the_curve_from_below() -> None:
    """A base of 12 GPUs works 8 + 4 x 0.5 of its hours, what is above it 4 x 0.5 + 8 x 0.1."""
    demand = demand_of({"kind": "fine-tune", "months": 6, "load": CURVE})
    base, rest = demand.split(1.5)
    assert base.alive.used_gpu_hours[0] == pytest.approx(10 * 730)
    assert rest.alive.used_gpu_hours[0] == pytest.approx(2.8 * 730)


def test_nodes_that_stay_up_take_the_lowest_steps() -> None:
    """Half of three nodes is rounded up by the GPU: 12 of 24 stay up, working 8 + 4 x 0.5 of their hours."""
    demand = demand_of({"kind": "inference", "months": 6, "load": CURVE, "base_share": 0.5})
    assert steps_of(demand)[0] == (1.5, round(10 / 12, 6))
    assert demand.alive.billed_gpu_hours[0] == pytest.approx((12 + 2.8) * 730)
    assert demand.alive.used_gpu_hours[0] == pytest.approx(12.8 * 730)


def test_a_curve_of_one_step_is_a_utilization() -> None:
    work = {"kind": "fine-tune", "months": 9}
    curve, usual = (costs_by_id({**work, **own}) for own in ({"load": [[20, 0.35]]}, {"gpus": 20, "busy": 0.35}))
    assert {name: cost.expected_usd for name, cost in curve.items()} == pytest.approx(
        {name: cost.expected_usd for name, cost in usual.items()}, rel=1e-12
    )


def test_curves_together_add_up_step_by_step() -> None:
    one, two = ({"kind": "fine-tune", "months": 6, "load": load} for load in (CURVE, [[8, 0.75]]))
    assert steps_of(demand_of(one, two))[1:] == [(2.0, 0.875), (3.0, 0.5), (4.0, 0.1)]


def test_an_on_demand_user_is_billed_for_no_less_than_is_occupied() -> None:
    """A service of 16 nodes ends a tenth into the month in which a training run on 2 nodes goes on.

    Both together are up for a fifth of the month, 146 hours: 8 nodes of the service stay up in these; the other 8 work
    in half of its 73 hours, the run in all 730. So the upper nodes work longer than they are open on average, and none
    of that is less than no idle time.
    """
    service = {"kind": "inference", "nodes": 16, "months": 1.1, "busy": 0.65, "base_share": 0.5, "base_busy": 0.8}
    need = demand_of(service, {"kind": "pre-train", "nodes": 2, "months": 3, "busy": 1.0}).alive
    occupied = 8 * (8 * 146 + 8 * 73 * 0.5 + 2 * 730)
    assert need.occupied_gpu_hours[1] == pytest.approx(occupied, rel=1e-9)
    assert need.billed_gpu_hours[1] == pytest.approx(occupied, rel=1e-9)


def test_many_plans_with_a_curve_cost_what_each_costs() -> None:
    """Curves at other utilizations, of other sizes and lengths at once: three plans of up to 20 months."""
    profile = plan({"kind": "inference", "months": 20, "load": CURVE, "base_share": 0.2}, **STILL)
    case = case_of(profile, BOOK)
    amounts = {"busy": [0.3, 0.55, 0.9], "nodes": [2.0, 3.4, 11.0], "months": [20.0, 7.5, 13.0]}

    def at(values: dict[str, Any]) -> Demand:
        return demand_with(profile, case.assumptions, lambda work: replace(work, **values), case.assumptions)

    together = at({name: np.array(values)[:, None] for name, values in amounts.items()})
    usd = expected_usd(on_demand(case.with_demand(together)), case.with_demand(together), forecast_for(case, profile))
    for point in range(3):
        alone = case.with_demand(at({name: values[point] for name, values in amounts.items()}))
        assert usd[point] == pytest.approx(expected_usd(on_demand(alone), alone, forecast_for(case, profile)), rel=1e-9)


@pytest.mark.parametrize(
    ("load", "words"),
    [
        ([[8, 0.5], [4, 0.2]], r"\[4, 0.2\] in load"),
        ([[8, 0.5], [16, 0.6]], r"\[16, 0.6\] in load"),
        ([[8, 1.5]], r"\[8, 1.5\] in load"),
        ([[8, 0.0]], r"\[8, 0\] in load"),
    ],
)
def test_a_curve_rises_in_gpus_and_falls_in_hours(load: list[list[float]], words: str) -> None:
    with pytest.raises(InputError, match=words):
        plan({"kind": "fine-tune", "months": 6, "load": load})


def test_a_curve_has_its_own_utilization() -> None:
    with pytest.raises(InputError, match="busy with load"):
        plan({"kind": "fine-tune", "months": 6, "load": CURVE, "busy": 0.5})


def test_a_curve_may_be_typed() -> None:
    profile = plan({"kind": "fine-tune", "months": 6, "load": CURVE})
    assert amount_text(profile.workload[0]) == "8 gpus 100% 16 gpus 50% 24 gpus 10%"
    assert amount_from(in_everyday_words("8 gpus 100% 16 gpus 50%, 24 GPUs 10%")) == {
        "load": ((8, 1.0), (16, 0.5), (24, 0.1))
    }
