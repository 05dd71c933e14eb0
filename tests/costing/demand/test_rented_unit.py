"""Work given in GPUs is rented by the GPU where its jobs fit a node; hardware is bought in whole nodes."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from advisor.costing.build_case import case_of, case_on, demand_with
from advisor.costing.options.all_options import plain_options
from advisor.costing.valuation import OptionCost, expected_usd
from advisor.decision.cost_options import forecast_for
from advisor.profiles.schema import Profile
from advisor.profiles.validation import own_book, parse_profile
from tests.support.present import present
from tests.support.profile_builder import BOOK, costs_by_id

SMALL: dict[str, Any] = {"kind": "inference", "months": 14, "residual_share": 0.5, "plan_change_per_month": 0.03}


def profile_of(*works: dict[str, Any]) -> Profile:
    return parse_profile({"name": "x", "workload": [{**SMALL, **work} for work in works]}, BOOK)


def costs(*works: dict[str, Any]) -> dict[str, OptionCost]:
    return costs_by_id(profile_of(*works))


@pytest.mark.parametrize("kind", ["fine-tune", "pre-train", "inference"])
def test_eight_gpus_are_a_node(kind: str) -> None:
    """GPUs that fill nodes cost what the nodes do, where a change of plan leaves no part of one."""
    work = {"kind": kind, "residual_share": 0.0}
    in_nodes, in_gpus = costs({**work, "nodes": 4}), costs({**work, "gpus": 32})
    assert in_nodes.keys() == in_gpus.keys()
    for name, cost in in_nodes.items():
        assert in_gpus[name].expected_usd == pytest.approx(cost.expected_usd, rel=1e-9), name


def test_one_gpu_is_rented_for_an_eighth_and_bought_as_a_node() -> None:
    """What a job of one node costs is an eighth for one GPU, since discounts and premiums begin above a node."""
    node, gpu = costs({"nodes": 1, "residual_share": 0.0}), costs({"gpus": 1, "residual_share": 0.0})
    for name in ("on-demand", "marketplace", "reserved-1m", "reserved-12m", "reserved-12m-prepaid"):
        if name in node:
            assert gpu[name].expected_usd == pytest.approx(node[name].expected_usd / 8, rel=1e-9), name
    assert gpu["buy"].components["hardware"] == node["buy"].components["hardware"]
    assert gpu["buy"].components["colocation"] == node["buy"].components["colocation"]


def test_a_part_of_a_gpu_is_a_whole_one() -> None:
    """After a change of plan half of three GPUs is left: two are reserved or kept, the work is half."""
    need = costs({"gpus": 3})["on-demand"].demand.after
    assert (need.nodes[:14] * 8).tolist() == [2.0] * 14
    assert need.used_gpu_hours[0] == pytest.approx(3 * 0.5 * 0.65 * 730)


@pytest.mark.parametrize(
    ("works", "nodes"),
    [
        ([{"gpus": 12}], 1.5),
        ([{"gpus": 12, "kind": "pre-train"}], 2),  # one job over two nodes
        ([{"gpus": 5, "kind": "pre-train"}], 0.625),  # one job in a node
        ([{"gpus": 12, "job_nodes": 2}], 2),
        ([{"gpus": 3}, {"gpus": 4}], 0.875),
        ([{"gpus": 3}, {"nodes": 1}], 2),  # rented together in the larger unit
        ([{"gpus": 12, "growth_per_month": 0.01}], 1.75),  # 13.66 GPUs in the last month
        ([{"gpus_by_month": [4, 8, 20, 6]}], 2.5),
    ],
)
def test_the_unit_is_a_gpu_where_every_job_fits_a_node(works: list[dict[str, Any]], nodes: float) -> None:
    assert float(costs(*works)["on-demand"].demand.peak) == nodes


def test_a_ramp_holds_its_last_month() -> None:
    found = costs({"nodes_by_month": [8, 8, 16, 32], "start_month": 2})["on-demand"].demand.alive.nodes
    assert found.tolist() == [0, 0, 8, 8, 16, *[32] * 11]


def test_nodes_of_many_sizes_at_once_are_one_size_at_a_time() -> None:
    """GPUs in a node as a figure of points: the plan is another number of nodes at each, and costs the same alone."""
    profile = profile_of({"gpus": 12, "growth_per_month": 0.02})
    case = case_of(profile, own_book(profile, BOOK))
    forecast, per_node = forecast_for(case, profile), [8.0, 4.0, 7.0, 1.0, 16.0]

    def at(gpus: Any, hours: Any) -> Any:
        rental = replace(case.assumptions.rental, gpus_per_node=gpus, hours_per_month=hours)
        figures = replace(case.assumptions, rental=rental)
        demand = demand_with(profile, figures, lambda work: work, figures)
        return case.with_assumptions(figures).with_demand(demand)

    hours = [730.0, 700.0, 730.0, 720.0, 744.0]
    together = at(np.array(per_node)[:, None], np.array(hours)[:, None])
    one_by_one = [at(*figures) for figures in zip(per_node, hours, strict=True)]
    for option in plain_options(case):
        many = present(present(option.remake)(together))
        for point, alone in enumerate(one_by_one):
            one = present(present(option.remake)(alone))
            found = expected_usd(many, together, forecast)[point]
            assert found == pytest.approx(float(expected_usd(one, alone, forecast)), rel=1e-9), (option.id, point)


def on_a_rack(gpus_per_replica: int) -> Profile:
    """Nine replicas of a service on a GPU of which 72 are a rack, and four are rented together."""
    serving = {"parameters": 1e9, "output_tokens_per_second": 5000, "tokens_per_day": 1e6, "replicas": 9}
    return profile_of({"gpu": "GB200-NVL72", "serving": {**serving, "gpus_per_replica": gpus_per_replica}})


def test_a_replica_is_rented_in_as_many_gpus_as_are_rented_together() -> None:
    """Nine of 16 GPUs are 144, not three times four such replicas; nine of 2 are 20."""
    assert case_of(on_a_rack(16), BOOK).demand.alive.nodes[0] * 72 == pytest.approx(144)
    assert case_of(on_a_rack(2), BOOK).demand.alive.nodes[0] * 72 == pytest.approx(20)


def test_a_replica_on_a_rack_takes_the_nodes_of_another_gpu_that_do_its_work() -> None:
    """One of 16 GPUs is 2 nodes of as many GPUs that do as much; nine times the nodes were one job."""
    rack = BOOK.assumptions_for("GB200-NVL72").gpu.throughput_inference
    assert case_on(on_a_rack(16), BOOK, "H100-SXM").demand.largest_job == np.ceil(2 * rack)
