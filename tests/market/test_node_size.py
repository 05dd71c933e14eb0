"""The size of a node: a rack of 72, or a machine of 1 or 4 GPUs, in place of one of 8."""

from typing import Any

import pytest

from advisor.costing.build_case import case_of
from advisor.costing.options.ownership import owned_cluster
from advisor.costing.valuation import OptionCost
from advisor.decision.cost_options import cost_options
from advisor.errors import InputError
from advisor.market.book_file import with_own_gpu
from advisor.market.price_book import built_in_book
from advisor.market.terms import minimum_terms
from advisor.profiles.schema import Profile
from advisor.profiles.validation import own_book, parse_profile

BOOK = built_in_book()
RACK = "GB200-NVL72"


def plan(gpu: str, parts: dict[str, Any] | None = None, **work: Any) -> Profile:
    """A year of fine-tuning."""
    workload = {"kind": "fine-tune", "gpu": gpu, "months": 12, "plan_change_per_month": 0.0, **work}
    return parse_profile({"name": "x", "workload": [workload], **(parts or {})}, BOOK)


def costs_of(profile: Profile) -> dict[str, OptionCost]:
    """What each option costs."""
    return {cost.option.id: cost for cost in cost_options(profile, BOOK).costs}


def test_a_rack_is_one_node_of_72_gpus() -> None:
    case = case_of(plan(RACK, nodes=1), own_book(plan(RACK, nodes=1), BOOK))
    assert case.assumptions.rental.gpus_per_node == 72
    assert case.demand.peak_nodes == 1
    assert case.demand.node_hours == 72 * 730
    assert case.assumptions.gpu.node_kw == 126


def test_what_a_node_costs_grows_with_its_gpus_and_limits_stay_those_of_as_many_gpus() -> None:
    """A rack is nine nodes of eight: storage 9 x 427, at most 128 / 9 racks on demand, and 64 nodes of eight, after
    which no idle time is released, are 64 / 9 racks: 6 - log2(9) doublings of one."""
    eight, rack = BOOK.assumptions("B200-SXM"), BOOK.assumptions(RACK)
    assert rack.rental.storage_egress_usd_per_node_month == 9 * eight.rental.storage_egress_usd_per_node_month
    assert rack.facility.setup_usd_per_node == 9 * eight.facility.setup_usd_per_node
    assert rack.rental.on_demand_max_nodes == pytest.approx(128 / 9)
    assert 2**rack.rental.release_doublings == pytest.approx(2**eight.rental.release_doublings / 9)
    assert [one.nodes for one in minimum_terms(rack.rental)] == pytest.approx([64 / 9, 128 / 9, 256 / 9])
    assert rack.facility.colocation_usd_per_kw_month == eight.facility.colocation_usd_per_kw_month


@pytest.mark.parametrize("gpus_per_node", [1, 2, 4, 16])
def test_separate_gpus_cost_the_same_in_nodes_of_any_size(gpus_per_node: int) -> None:
    """64 GPUs, whose jobs each fit a machine: rented or bought, they cost as much in machines of any size."""
    own, usual = (
        costs_of(plan("H100-SXM", parts, gpus=64)) for parts in ({"gpu": {"gpus_per_node": gpus_per_node}}, {})
    )
    for name in ("on-demand", "reserved-12m", "reserved-36m", "buy"):
        assert own[name].expected_usd == pytest.approx(usual[name].expected_usd, rel=1e-9)


def test_less_than_a_rack_is_rented_by_trays_and_bought_whole() -> None:
    """6 GPUs: two trays of 4 are rented, of which 6 work; a rack is bought, at its own price."""
    profile = plan(RACK, {"quote": [{"option": "buy", "usd_per_node": 3_000_000}]}, gpus=6, busy=1.0)
    case = case_of(profile, own_book(profile, BOOK))
    assert case.demand.peak * 72 == pytest.approx(8)
    assert case.demand.alive.used_gpu_hours[0] == pytest.approx(6 * 730)
    cluster = owned_cluster(case)
    assert (cluster.nodes, cluster.capex.hardware_usd, cluster.kw) == (1, 3_000_000, 126)


def test_a_rack_alone_needs_no_switch_and_two_share_one_layer() -> None:
    """One layer takes 8 switches for 64 nodes of eight: two racks, 18 of those, take ceil(18 x 8 / 64) = 3."""
    quote = {"quote": [{"option": "buy", "usd_per_node": 3_000_000}]}
    facility = BOOK.assumptions(RACK).facility
    one, two = (plan(RACK, quote, kind="pre-train", nodes=nodes) for nodes in (1, 2))
    fabric = []
    for profile in (one, two):
        case = case_of(profile, own_book(profile, BOOK))
        fabric.append(owned_cluster(case).capex.fabric_usd)
    assert fabric[0] == pytest.approx(72 * facility.cable_usd_per_gpu_no_layer)
    assert fabric[1] == pytest.approx(3 * facility.switch_usd + 144 * facility.cable_usd_per_gpu_one_layer)


def test_the_same_work_on_a_gpu_with_another_node_is_as_many_gpus_by_throughput() -> None:
    """9 nodes of 8 H100 are 72 of them: a rack does 2.23 times that, so it takes 1 / 2.23 of one."""
    profile = plan("H100-SXM", {"market": {"other_gpus": [RACK]}}, nodes=9)
    costing = cost_options(profile, BOOK)
    other = next(cost.case for cost in costing.costs if cost.case.assumptions.gpu.id == RACK)
    ratio = other.assumptions.gpu.throughput_fine_tune
    work = float(other.demand.alive_shape.nodes[0] * other.demand.alive_shape.wanted_share[0])
    assert work == pytest.approx(1 / ratio)
    assert other.demand.peak_nodes == 1


def test_a_figure_of_the_user_is_that_of_his_own_node() -> None:
    profile = plan(RACK, {"facility": {"storage_usd_per_node": 50_000}}, nodes=1)
    book = own_book(profile, BOOK)
    assert book.assumptions(RACK).facility.storage_usd_per_node == 50_000
    assert book.figure("facility.setup_usd_per_node").value == 9 * 5000
    assert own_book(profile, book).figure("facility.setup_usd_per_node").value == pytest.approx(9 * 5000)


def test_what_is_known_of_a_machine_follows_its_gpus_unless_it_is_given() -> None:
    book = own_book(plan("H100-SXM", {"gpu": {"gpus_per_node": 4, "node_kw": 6}}, nodes=1), BOOK)
    gpu, eight = book.assumptions("H100-SXM").gpu, BOOK.assumptions("H100-SXM").gpu
    assert eight.node_usd is not None
    assert (gpu.node_usd, gpu.node_kw) == (eight.node_usd / 2, 6)
    lent = with_own_gpu("MINE", {"neocloud_usd_per_gpu_hour": 5, "gpu_memory_gb": 100, "like": RACK}, BOOK, "a test")
    assert lent.assumptions("MINE").rental.gpus_per_node == 72
    eights = {"neocloud_usd_per_gpu_hour": 5, "gpu_memory_gb": 100, "like": RACK, "gpus_per_node": 8}
    assert with_own_gpu("MINE", eights, BOOK, "a test").assumptions("MINE").gpu.node_kw == pytest.approx(126 / 9)


def test_the_nodes_of_a_gpu_with_its_own_are_not_given_with_the_rental_figures() -> None:
    with pytest.raises(InputError, match=r"rental, gpus_per_node.*\[gpu\] gpus_per_node"):
        plan(RACK, {"rental": {"gpus_per_node": 8}}, nodes=1)
