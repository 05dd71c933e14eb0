"""Contracts and hardware on another GPU than the work's: they do as much of it as their throughput says."""

from typing import Any

import pytest

from advisor.decision.advise import advise
from advisor.decision.cost_options import Costing, cost_options
from advisor.errors import InputError
from advisor.reports.formats.text import text_report
from tests.support.app_driver import TODAY
from tests.support.present import present
from tests.support.profile_builder import BOOK, a_profile

# Ten nodes of H100 for fine-tuning, each its own job, half busy; an A100 does 0.4 of that.
WORK = {"kind": "fine-tune", "nodes": 10, "months": 12, "busy": 0.5, "job_nodes": 1, "plan_change_per_month": 0.0}
CALM = {"company": {"discount_rate": 0.0}, "market": {"rents_change_per_year": 0.0}}
A100S = {"nodes": 5, "gpu": "A100", "sells_for_usd_per_node": 1000.0, "hosting_paid": True}


def owning(work: dict[str, Any], *lots: dict[str, Any], **parts: Any) -> Costing:
    return cost_options(a_profile(work, owned=list(lots), **{**CALM, **parts}), BOOK)


def test_five_nodes_of_a100_do_the_work_of_two_of_h100() -> None:
    """They are kept, since they are worth nothing else: 8 of 10 nodes are left, and of 10 x 5,840 / 2 hours a month the
    2 nodes' half."""
    costing = owning(WORK, A100S)
    assert present(costing.commitments).dispositions == ("keep",)
    assert float(costing.demand.alive.nodes[0]) == 8.0
    assert float(costing.demand.alive.used_gpu_hours[0]) == pytest.approx(8 * 5840 * 0.5)


def test_what_is_no_whole_node_lowers_the_hours_and_leaves_whole_nodes() -> None:
    """Three nodes do the work of 1.2: nine nodes of H100 work for the hours of 8.8."""
    costing = owning(WORK, {**A100S, "nodes": 3})
    assert float(costing.demand.alive.nodes[0]) == 9.0
    assert float(costing.demand.alive.used_gpu_hours[0]) == pytest.approx(8.8 * 5840 * 0.5)


def test_what_is_left_may_go_to_a_third_gpu() -> None:
    """The H200 does more than an H100: the work of 8 of these takes fewer hours on it."""
    costing = owning(WORK, A100S, market={"rents_change_per_year": 0.0, "other_gpus": ["H200-SXM"]})
    there = {cost.case.assumptions.gpu.id: cost.case.demand for cost in costing.costs}
    work = BOOK.assumptions("H200-SXM").gpu.throughput_fine_tune
    assert float(there["H200-SXM"].alive.used_gpu_hours[0]) == pytest.approx(8 * 5840 * 0.5 / float(work))


def test_a_job_that_needs_one_fabric_is_not_split_over_two_gpus() -> None:
    """A training on four nodes of H100 takes ten and a half of A100: five of them do nothing for it, eleven all."""
    training = {"kind": "pre-train", "nodes": 4, "months": 12, "plan_change_per_month": 0.0}
    few, enough = owning(training, A100S), owning(training, {**A100S, "nodes": 11})
    assert all("keep" not in dispositions for dispositions, _ in present(few.commitments).usd)
    assert present(enough.verdict.pick).id == "held"
    profile = a_profile(training, owned=[A100S], **CALM)
    said = "5 nodes of A100-80-SXM cannot serve this work: a job takes 11 on one fabric"  # it said 4, those of H100
    assert said in " ".join(text_report(advise(profile, BOOK), TODAY).split())


def test_too_little_memory_keeps_nothing_and_says_so() -> None:
    profile = a_profile({**WORK, "memory_gb_per_gpu": 100, "gpu": "H200-SXM"}, owned=[A100S], **CALM)
    costing = cost_options(profile, BOOK)
    assert all("keep" not in dispositions for dispositions, _ in present(costing.commitments).usd)
    said = "5 nodes of A100-80-SXM cannot serve this work: A100 80 GB SXM has 80 GB, the work needs 100"
    assert said in " ".join(text_report(advise(profile, BOOK), TODAY).split())


def test_a_contract_on_another_gpu_is_sublet_at_its_own_rents() -> None:
    """Leaving owes all that is left to pay. Of 5 x 5,840 hours a month 30 % are let in two months and 75 % in ten, at
    the A100's price less its discount and the fee."""
    contract = {"nodes": 5, "gpu": "A100", "months_left": 12, "usd_per_gpu_hour": 1.0}
    parts = {"commitment": [contract], "rental": {"sublet_loss_per_doubling": 0.0}, **CALM}
    costing = cost_options(a_profile({**WORK, "memory_gb_per_gpu": 100, "gpu": "H200-SXM"}, **parts), BOOK)
    usd = dict(present(costing.commitments).usd)
    rental, gpu = BOOK.assumptions("A100-80-SXM").rental, BOOK.assumptions("A100-80-SXM").gpu
    price = gpu.neocloud_usd_per_gpu_hour * (1 - gpu.sublet_discount_share) * (1 - rental.sublet_fee_share)
    assert usd["sublet",] is not None
    assert usd["terminate",] == pytest.approx(usd["sublet",] + 5 * 5840 * (2 * 0.3 + 10 * 0.75) * price, rel=1e-9)


def test_an_unknown_gpu_is_one_line() -> None:
    with pytest.raises(InputError, match="owned 1, gpu: found the unknown GPU 'A500'"):
        a_profile(WORK, owned=[{**A100S, "gpu": "A500"}])
