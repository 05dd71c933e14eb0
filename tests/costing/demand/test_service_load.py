"""The load of a service in tokens: how much its replicas work, and in which hours each is up and billed for."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from advisor.costing.build_case import case_of, case_on
from advisor.costing.demand import Demand
from advisor.profiles.defaults import applies
from advisor.profiles.schema import Profile
from advisor.profiles.validation import parse_profile
from tests.support.frozen_book import frozen_prices

BOOK = frozen_prices()
HOURS = 730.0
# One GPU of 5,000 written tokens a second serves 20,000 of 3 read and 1 written: 1.728 billion a day.
DAY_OF_ONE_GPU = 5_000 * 4 * 86_400.0
SERVICE = {
    "parameters": 1e9,
    "output_tokens_per_second": 5_000,
    "gpus_per_replica": 1,
    "tokens_in": 3000,
    "tokens_out": 1000,
    "peak_to_mean": 2.0,
}


def service(
    gpus: float, beside: Sequence[dict[str, Any]] = (), rest: Mapping[str, Any] | None = None, **serving: Any
) -> Profile:
    """A service that keeps some GPUs at work in the mean. beside: other workloads; rest: of its own."""
    amount = {"tokens_per_day": gpus * DAY_OF_ONE_GPU}
    work = {"kind": "inference", "gpu": "H100-SXM", "months": 12, "serving": {**SERVICE, **amount, **serving}}
    return parse_profile({"name": "service", "workload": [work | dict(rest or {}), *beside]}, BOOK)


def demand_of(profile: Profile) -> Demand:
    return case_of(profile, BOOK).demand


def billed_gpus(demand: Demand) -> float:
    """GPUs that on demand bills in the first month, as a mean over its hours."""
    return float(demand.alive.billed_gpu_hours[0]) / HOURS


def test_a_replica_is_billed_while_the_load_exceeds_what_those_below_it_serve() -> None:
    """A load of 2 GPUs in the mean and 4 at the peak falls evenly from 4 to 0. Two replicas are always up; the third is
    up while the load exceeds 2, half the time, and the fourth a quarter of it: 2.75 GPUs are billed, 2 work."""
    demand = demand_of(service(2.0))
    assert billed_gpus(demand) == pytest.approx(2.75)
    assert float(demand.alive.used_gpu_hours[0]) == pytest.approx(2.0 * HOURS)


def test_no_replica_works_that_is_not_paid_for_although_the_mean_fits_those_that_are_up() -> None:
    """A load of 1 GPU in the mean and 2 at the peak: one replica is always up, and the second while the load exceeds 1,
    half the time. The mean fits the first alone; nothing was billed for the second."""
    assert billed_gpus(demand_of(service(1.0))) == pytest.approx(1.5)


def test_replicas_are_up_in_the_hours_of_service() -> None:
    """A mean of 1 GPU over the day is 2 in the 12 hours of service, 4 at the peak: as above, half of the time."""
    assert billed_gpus(demand_of(service(1.0, hours_per_day=12))) == pytest.approx(2.75 / 2)


def test_a_load_that_never_falls_keeps_all_replicas_up() -> None:
    assert billed_gpus(demand_of(service(3.5, peak_to_mean=1.0))) == pytest.approx(4.0)


def test_a_steep_load_keeps_few_replicas_up() -> None:
    """At a peak of 4 GPUs, four times the mean, the load exceeds a share z of the peak in 1 - z^(1/3) of the hours:
    0.2063 for the third and 0.0914 for the fourth replica."""
    assert billed_gpus(demand_of(service(1.0, peak_to_mean=4.0))) == pytest.approx(2 + 0.2063 + 0.0914, abs=1e-4)


def test_a_base_serves_the_load_from_below() -> None:
    """Of a load that falls evenly from 16 GPUs to 0 the lower 8 serve 6 and the upper 8 serve 2 in the mean."""
    base, peaks = demand_of(service(8.0)).split(1.0)
    assert float(base.alive.used_gpu_hours[0]) == pytest.approx(6.0 * HOURS)
    assert float(peaks.alive.used_gpu_hours[0]) == pytest.approx(2.0 * HOURS)


def test_a_base_smaller_than_what_stays_up_serves_the_most_of_it() -> None:
    """Of a load that falls evenly from 32 GPUs to 0 the lower 8 serve 8 x (1 - 8 / 64) = 7: half of the 16 that stay up
    do 7 of their 12."""
    base, peaks = demand_of(service(16.0)).split(1.0)
    assert float(base.alive.used_gpu_hours[0]) == pytest.approx(7.0 * HOURS)
    assert float(peaks.alive.used_gpu_hours[0]) == pytest.approx(9.0 * HOURS)
    assert billed_gpus(base) == pytest.approx(8.0)


def test_many_replicas_cost_as_if_each_was_started_alone() -> None:
    """Of 100 replicas the upper 50 are up for (1 - k / 100) of the hours, k those below: 12.75 in the mean."""
    assert billed_gpus(demand_of(service(50.0))) == pytest.approx(50 + 12.75, rel=1e-9)


def test_what_a_change_of_plan_leaves_keeps_whole_replicas_up() -> None:
    """A fifth of a load of 2 GPUs at the peak is 0.4: one replica is up for it, half of the GPUs, all of the time."""
    work = service(1.0).workload[0].model_copy(update={"residual_share": 0.2})
    demand = demand_of(service(1.0).model_copy(update={"workload": (work,)}))
    assert float(demand.after.nodes[0]) * 8 == 1.0
    assert float(demand.after.billed_gpu_hours[0]) == pytest.approx(HOURS)


def test_a_replica_of_several_nodes_is_rented_as_a_whole() -> None:
    """Of a replica that takes 32 GPUs a peak of 40 needs two, 8 nodes: 5 were rented, or 1 bought and 4 rented."""
    demand = demand_of(service(20.0, gpus_per_replica=32))
    assert demand.alive.nodes.tolist() == [8.0] * 12
    assert demand.can_split(4.0)
    assert not demand.can_split(1.0)


def test_a_service_that_grows_rents_replicas_of_several_nodes_one_by_one() -> None:
    """At a peak of 30 GPUs that grows by 10 % a month a second replica of 32 is needed from the first month on and a
    third, for 64, from the eighth."""
    nodes = demand_of(service(15.0, rest={"growth_per_month": 0.1}, gpus_per_replica=32)).alive.nodes
    assert nodes.tolist() == [4.0] + [8.0] * 7 + [12.0] * 4


def test_what_a_change_of_plan_leaves_of_replicas_of_several_nodes_are_whole_ones() -> None:
    """Half of the 12 nodes of three replicas are 6, which two replicas serve."""
    demand = demand_of(service(48.0, rest={"residual_share": 0.5}, gpus_per_replica=32))
    assert demand.after.nodes.tolist() == [8.0] * 12


def test_beside_replicas_of_several_nodes_other_work_has_its_own_nodes() -> None:
    """A replica of 4 nodes and a fine-tune of 3 are 7 nodes, not two replicas."""
    fine_tune = {"kind": "fine-tune", "gpu": "H100-SXM", "months": 12, "nodes": 3}
    demand = demand_of(service(8.0, beside=[fine_tune], gpus_per_replica=32))
    assert demand.alive.nodes.tolist() == [7.0] * 12


def test_in_office_hours_all_of_the_tokens_are_served() -> None:
    """The tokens of a mean of 1 GPU over the week are served in 42 of its 168 hours, by 4 GPUs in the mean and 8 at the
    peak. A quarter of them was counted."""
    demand = demand_of(service(1.0, rest={"mode": "office-hours", "hours_per_week": 42}))
    assert float(demand.alive.used_gpu_hours[0]) == pytest.approx(HOURS)
    assert float(demand.peak) == 1.0  # a node
    assert demand.busy_share == pytest.approx(0.5)


def test_hours_of_a_day_within_office_hours_are_those_of_service() -> None:
    """Three hours of a day are 21 of the 42 office hours of a week: 8 GPUs in the mean of these and 16 at the peak."""
    rest = {"mode": "office-hours", "hours_per_week": 42}
    demand = demand_of(service(1.0, rest=rest, hours_per_day=3))
    assert float(demand.alive.used_gpu_hours[0]) == pytest.approx(HOURS)
    assert float(demand.peak) == 2.0
    assert demand.busy_share == pytest.approx(0.25)


def test_a_replica_of_several_nodes_is_as_much_of_another_gpu() -> None:
    """A replica of 4 nodes is 3 of a GPU that does 1.4 times the work: a peak of 40 GPUs needs two of either."""
    profile = service(20.0, gpus_per_replica=32)
    there = case_on(profile, BOOK, "H200-SXM").demand
    assert there.alive.nodes.tolist() == [6.0] * 12
    assert there.largest_job == 3.0
    assert there.can_split(3.0)
    assert not there.can_split(2.0)


def test_the_usual_utilization_of_what_stays_up_is_no_input_of_a_service_in_tokens() -> None:
    """It follows from the load; the form and the assumptions showed 80 %, which moved nothing."""
    profile = service(2.0)
    assert not applies("base_busy", profile.workload[0])
    assert applies("base_busy", profile.workload[0].model_copy(update={"base_busy": 0.6}))
