"""The amount of work in every unit: conversion, messages, typed text, scaling, and refusal of two units at once."""

from pathlib import Path
from typing import Any

import pytest

from advisor.costing.build_case import case_of
from advisor.decision.advise import advise
from advisor.errors import InputError
from advisor.explain.number_id import NumberId
from advisor.explain.what_if import tried
from advisor.market.book_file import with_own_gpu
from advisor.market.price_book import PriceBook, built_in_book
from advisor.profiles.amount_of_work import conversion, size_of, with_amount
from advisor.profiles.form.amount_text import amount_text
from advisor.profiles.form.edited_profile import nudged, with_text
from advisor.profiles.form.everyday_words import in_everyday_words
from advisor.profiles.form.form_fields import form_fields
from advisor.profiles.form.typed_amount import amount_from
from advisor.profiles.scaled_plan import at_plan
from advisor.profiles.schema import Profile, Workload
from advisor.profiles.size_notes import size_note
from advisor.profiles.store import load_profile, load_to_edit, save_profile
from advisor.profiles.validation import parse_profile
from advisor.reports.verdict_view import profile_line
from tests.support.present import present

BOOK = built_in_book()
H100 = BOOK.assumptions("H100-SXM")
NODES = ("workload", 0, "nodes")
TRAINING = {"training": {"parameters": 70e9, "tokens": 2e12, "share_of_peak": 0.45, "busy": 0.5}}
RUNS = {"runs_per_week": 38.0, "hours_per_run": 0.29, "gpus": 4}


def profile_of(**work: Any) -> Profile:
    return parse_profile({"name": "x", "workload": [{"kind": "fine-tune", "months": 12, **work}]}, BOOK)


def work_of(**work: Any) -> Workload:
    return profile_of(**work).workload[0]


@pytest.mark.parametrize(
    ("work", "nodes", "busy", "told"),
    [
        ({"nodes": 3}, 3, None, ""),
        ({"gpus": 12}, 1.5, None, "12 GPUs are 1.5 nodes"),
        ({"gpus": 1}, 0.125, None, "1 GPU is 0.125 nodes"),
        # 4,000 / 730 = 5.48 GPUs: six of them, 4,000 / 4,380 of the time
        ({"gpu_hours_per_month": 4000.0}, 0.75, 0.913242, "4,000 GPU-hours a month are 6 GPUs 91% busy, 0.75 nodes"),
        ({"gpu_hours_per_month": 4000.0, "gpus": 16}, 2, 0.342466, "are 16 GPUs 34% busy, 2 nodes"),
        ({"gpu_hours_per_month": 730.0}, 0.125, 1.0, "are 1 GPU 100% busy"),
        # 38 x 0.29 of 168 hours
        (RUNS, 0.5, 0.0655952, "38 runs a week of 0.29 hours, one at a time, keep 4 GPUs 7% busy, 0.5 nodes"),
        # 380 hours of runs take three weeks of hours, so three run side by side
        (RUNS | {"hours_per_run": 10.0}, 1.5, 0.753968, "3 side by side, keep 12 GPUs 75% busy, 1.5 nodes"),
        ({"pflops": 40.0}, 5.125, None, "40 petaFLOP/s of dense peak are 41 GPUs, 5.125 nodes"),  # 989 teraFLOP/s each
        # 6 x 70e9 x 2e12 / (0.45 x 989e12) / 3600 = 524,286 GPU-hours, / (730 x 12 x 0.5) = 119.7 GPUs
        (TRAINING, 15, 0.498750, "70B parameters on 2T tokens take 524,286 GPU-hours, in 12 months 120 GPUs 50% busy"),
        (
            {"training": {"flops": 8.4e23, "gpu_teraflops": 989.0, "share_of_peak": 0.45, "busy": 0.5}},
            15,
            0.498750,
            "8.4e+23 floating-point operations take 524,286 GPU-hours, in 12 months 120 GPUs",
        ),
        # 24 experts of which one is used: a 24th of the operations, but all weights in memory, 384 GB of 60 each
        (
            {"training": {"parameters": 24e9, "active_parameters": 1e9, "tokens": 1e9}},
            0.875,
            None,
            "24B parameters on 1B tokens take",
        ),
        ({"gpus_by_month": [4, 8, 20]}, 0.5, None, "4 to 20 GPUs by month are 0.5 to 2.5 nodes"),
    ],
)
def test_an_amount_of_work_is_converted_to_nodes_and_told(
    work: dict[str, Any], nodes: float, busy: float | None, told: str
) -> None:
    size = size_of(work_of(**work), H100)
    assert size.nodes == nodes
    assert busy is None or size.busy == pytest.approx(busy, rel=1e-5)
    assert told in conversion(work_of(**work), BOOK)


@pytest.mark.parametrize(
    ("work", "told"),
    [
        (TRAINING, "120 GPUs, 15 nodes; may be nodes, 12 gpus"),
        (RUNS, "4 GPUs, 0.5 nodes; may be nodes, 12 gpus"),
        # two replicas of two GPUs at the peak, though 0.34 nodes would do
        ({"kind": "inference", "serving": {"model": "Llama-3-70B", "tokens_per_day": 4e8}}, "4 GPUs, 0.5 nodes; "),
        ({"nodes": 3}, "servers of 8 GPUs"),
    ],
)
def test_the_form_says_first_how_many_gpus_an_amount_is(work: dict[str, Any], told: str) -> None:
    amount = next(field for field in form_fields(profile_of(**work), BOOK) if field.path == NODES)
    assert amount.meaning.startswith(told)


def test_a_server_of_other_gpus_is_another_number_of_nodes() -> None:
    raw = {"name": "x", "workload": [{"kind": "fine-tune", "months": 12, "gpus": 12}], "rental": {"gpus_per_node": 4}}
    profile = parse_profile(raw, BOOK)
    advice = advise(profile, BOOK, paths=100)
    assert profile_line(advice).startswith("12 GPUs (3 nodes) · 12 months")
    assert "12 GPUs are 3 nodes" in advice.reasons.sizes[0]


@pytest.mark.parametrize(
    ("work", "message"),
    [
        ({}, "workload 1: found no amount of work; allowed: one of nodes, gpus, gpu_hours_per_month"),
        ({"nodes": 1, "gpus": 8}, "found nodes and gpus; allowed: one of"),
        ({"nodes": 1, **RUNS}, "found nodes and runs_per_week; allowed: one of"),
        ({"gpus": 1, "nodes_by_month": [1]}, "found gpus and nodes_by_month; allowed: one of"),
        ({"gpus": 1, "runs_per_week": 2.0}, "found runs_per_week alone; allowed: runs_per_week and hours_per_run"),
        ({"nodes": 1, "hours_per_run": 2.0}, "found hours_per_run alone; allowed: runs_per_week and hours_per_run"),
        ({"runs_per_week": 2.0, "hours_per_run": 1.0}, "found runs_per_week without gpus; allowed: also gpus"),
        ({"gpu_hours_per_month": 9.0, "busy": 0.5}, "found busy with gpu_hours_per_month; allowed: one of the two"),
        ({"gpus_by_month": [1, 2], "growth_per_month": 0.1}, "found growth_per_month with gpus_by_month; allowed: one"),
        ({"training": {"tokens": 1e9}}, "training: found not both of parameters and tokens; allowed: both of them, or"),
        (
            {"training": {"parameters": 1e9, "tokens": 1e9, "flops": 1e20}},
            "training: found flops with parameters and tokens",
        ),
        ({"training": {"flops": 1e20}, "busy": 0.5}, "found busy with training; allowed: one of the two"),
        ({"training": {"flops": 1e20}, "growth_per_month": 0.1}, "found growth_per_month with training"),
        ({"training": {"flops": 1e20}, "kind": "inference"}, "found training with kind 'inference'"),
        ({"training": {"flops": 1e30}}, "nodes; allowed: at most 65,536"),
        ({"training": {"token": 1e9}}, "training, token: found an unknown key; allowed: did you mean tokens?"),
        ({"pflops": 1.0, "gpus": 8}, "found gpus and pflops; allowed: one of"),
        ({"nodes_by_month": [1, 0]}, "found 0 in nodes_by_month; allowed: whole numbers from 1 to 65,536"),
        (
            {"gpus": 2, "gpu_hours_per_month": 2000.0},
            "gpu_hours_per_month: found 2,000; allowed: at most 1,460 on 2",
        ),
        ({"gpus": 500_000, "growth_per_month": 0.1}, "nodes; allowed: at most 65,536"),
        ({"gpus": 0}, "gpus: found 0; allowed: a whole number at least 1"),
        ({"gpus": 1.5}, "gpus: found 1.5; allowed: a whole number"),
        (
            {"nodes": 0.125},
            "a whole number at least 1 and at most 65,536; gpus for a part of one",
        ),
    ],
)
def test_an_amount_said_twice_or_in_part_is_refused_in_one_line(work: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as error:
        profile_of(**work)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("text", "work"),
    [
        ("64", {"nodes": 64}),
        ("12 gpus", {"gpus": 12}),
        ("4000 gpu-h", {"gpu_hours_per_month": 4000.0}),
        ("4000.5 gpu-h 16 gpus", {"gpu_hours_per_month": 4000.5, "gpus": 16}),
        ("38 runs 0.29 h 4 gpus", RUNS),
        ("8 8 16 32", {"nodes_by_month": (8, 8, 16, 32)}),
        ("4 8 gpus", {"gpus_by_month": (4, 8)}),
        ("40.5 pflops", {"pflops": 40.5}),
        ("1e+24 flops", {"training": {"flops": 1e24}}),
        ("7B 1T", {"training": {"parameters": 7e9, "tokens": 1e12}}),
        ("671B 37B 14.8T", {"training": {"parameters": 671e9, "active_parameters": 37e9, "tokens": 14.8e12}}),
        ("70B 1B lora", {"training": {"parameters": 70e9, "tokens": 1e9, "adapters": True}}),
        ("70B 2T 45% mfu", {"training": {"parameters": 70e9, "tokens": 2e12, "share_of_peak": 0.45}}),
    ],
)
def test_the_form_shows_an_amount_as_it_may_be_typed(text: str, work: dict[str, Any]) -> None:
    for before in (profile_of(nodes=2), profile_of(**RUNS), profile_of(nodes_by_month=[1, 2])):
        typed = with_text(before, NODES, text, BOOK)
        assert amount_text(typed.workload[0]) == text
        assert typed == profile_of(**work)
        assert next(field.text for field in form_fields(typed, BOOK) if field.path == NODES) == text


@pytest.mark.parametrize(
    ("text", "work"),
    [
        ("1000 gpu-h a month", {"gpu_hours_per_month": 1000.0}),
        ("1,000 GPU hours/month", {"gpu_hours_per_month": 1000.0}),
        ("1000 gpu-hrs per month on 4 gpus", {"gpu_hours_per_month": 1000.0, "gpus": 4}),
        ("38 runs a week of 0.29 hours on 4 GPUs", RUNS),
        ("38 runs per week, 0.29 h each, 4 gpus", RUNS),
        ("38 runs a week of 17.4 minutes on 4 gpus", RUNS),
        ("38 runs, 17.4 min each, 4 gpus", RUNS),
        ("70B on 2T tokens at 45% MFU", {"training": {"parameters": 70e9, "tokens": 2e12, "share_of_peak": 0.45}}),
        ("70B, 2T, 45% of peak", {"training": {"parameters": 70e9, "tokens": 2e12, "share_of_peak": 0.45}}),
    ],
)
def test_an_amount_may_be_typed_in_whole_words(text: str, work: dict[str, Any]) -> None:
    assert with_text(profile_of(nodes=2), NODES, text, BOOK) == profile_of(**work)


def test_a_file_keeps_the_unit_and_loses_what_contradicts_it(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    save_profile(profile_of(nodes=2, busy=0.5, growth_per_month=0.1), path)
    for text in ("12 gpus", "8 8 16", "4000 gpu-h", "38 runs 0.29 h 4 gpus", "5"):
        opened = load_to_edit(path, BOOK)
        save_profile(with_text(opened.profile, NODES, text, BOOK), path, opened.content)
        assert amount_text(load_profile(path, BOOK).workload[0]) == text


@pytest.mark.parametrize("text", ["12 apples", "gpus", "1.5 gpus", "38 runs", "7B 1T", "70B 1B lora", "64"])
def test_a_text_that_is_no_amount_in_words_is_left_to_others(text: str) -> None:
    assert amount_from(in_everyday_words(text)) is None


def test_thousands_are_one_number_and_other_commas_part_months() -> None:
    assert amount_from(in_everyday_words("10,000 gpus")) == {"gpus": 10_000}
    assert amount_from(in_everyday_words("8, 8, 16")) == {"nodes_by_month": (8, 8, 16)}
    assert amount_from(in_everyday_words("10,000")) is None


def test_utilization_that_follows_from_hours_is_displayed_and_may_not_be_typed() -> None:
    profile = profile_of(gpu_hours_per_month=4000.0)
    field = next(field for field in form_fields(profile, BOOK) if field.path[-1] == "busy")
    assert (field.shown, field.source) == ("91", "by the hours of the work")
    with pytest.raises(InputError, match="busy follows from the hours"):
        with_text(profile, field.path, "50", BOOK)


def test_an_amount_in_words_is_nudged() -> None:
    assert nudged(profile_of(gpus=12), NODES, 1, BOOK) == profile_of(gpus=13)
    assert nudged(profile_of(gpu_hours_per_month=4000.0), NODES, -1, BOOK).workload[0].gpu_hours_per_month == 3500


@pytest.mark.parametrize(
    ("work", "twice"),
    [
        ({"gpus": 12}, {"gpus": 24}),
        ({"gpu_hours_per_month": 4000.0}, {"gpu_hours_per_month": 8000.0, "gpus": 12}),
        (RUNS, RUNS | {"gpus": 8}),
        ({"gpus_by_month": [4, 8]}, {"gpus_by_month": [8, 16]}),
        ({"pflops": 9.89}, {"pflops": 19.78}),
    ],
)
def test_another_size_keeps_the_unit_and_the_utilization(work: dict[str, Any], twice: dict[str, Any]) -> None:
    """The same plan at twice its nodes; at its own, rounded up to whole nodes as the map has it, it stays as it is."""
    profile = profile_of(**work)
    nodes = float(size_of(profile.workload[0], H100).nodes)
    assert at_plan(profile, round(4 * nodes), 12, BOOK).workload[0].way == profile.workload[0].way
    same = at_plan(profile, int(-(-nodes // 1)), 12, BOOK)
    assert size_of(same.workload[0], H100) == size_of(profile.workload[0], H100)
    four = {"rental": {"gpus_per_node": 4}}
    small = parse_profile({"name": "x", "workload": [{"kind": "fine-tune", "months": 12, **work}], **four}, BOOK)
    scaled = at_plan(small, round(4 * nodes), 12, BOOK).workload[0]  # of nodes of 4
    assert size_of(scaled, H100) == size_of(work_of(**twice), H100)


def test_a_training_of_another_size_or_length_keeps_its_utilization() -> None:
    """Twice the GPUs for half the time do the same work; twice as long on the same GPUs does twice as much."""
    profile = profile_of(**TRAINING)
    training = present(at_plan(profile, 30, 6, BOOK).workload[0].training)
    assert training.tokens == pytest.approx(2e12)
    longer = at_plan(profile, 15, 24, BOOK).workload[0]
    assert present(longer.training).tokens == pytest.approx(4e12)
    assert size_of(longer, H100).nodes == 15


def test_a_training_typed_again_keeps_its_figures() -> None:
    """The share of peak and the utilization are the user's, whichever model they are used for."""
    typed = present(with_text(profile_of(**TRAINING), NODES, "7B 1T", BOOK).workload[0].training)
    assert (typed.parameters, typed.tokens, typed.share_of_peak, typed.busy) == (7e9, 1e12, 0.45, 0.5)
    of_nodes = with_text(profile_of(nodes=4, busy=0.7), NODES, "7B 1T", BOOK).workload[0]
    assert (present(of_nodes.training).busy, of_nodes.busy) == (0.7, None)


def test_a_training_on_a_gpu_of_ones_own_needs_its_peak() -> None:
    """From the profile, or from the table of the GPU in the book."""
    table = {"neocloud_usd_per_gpu_hour": 1.0, "gpu_memory_gb": 80}
    unknown = with_own_gpu("MINE", table, BOOK, "a file")
    known = with_own_gpu("MINE", table | {"peak_flops_per_second": 989e12}, BOOK, "a file")
    work = {"kind": "pre-train", "months": 12, "gpu": "MINE"}

    def nodes(book: PriceBook, **amount: Any) -> float:
        raw = {"name": "x", "workload": [work | amount]}
        return float(size_of(parse_profile(raw, book).workload[0], book.assumptions("MINE")).nodes)

    allowed = r"allowed: gpu_teraflops, or peak_flops_per_second in the table \[gpu.MINE\] of your book"
    with pytest.raises(InputError, match=f"found MINE, whose peak performance is unknown; {allowed}"):
        nodes(unknown, **TRAINING)
    with pytest.raises(InputError, match=r"pflops: found MINE, .* allowed: gpus, or peak_flops_per_second"):
        nodes(unknown, pflops=1.0)
    assert nodes(unknown, training=TRAINING["training"] | {"gpu_teraflops": 989.0}) == 15
    assert nodes(known, **TRAINING) == 15
    assert nodes(known, pflops=40.0) == 5.125


def test_a_flip_in_gpus_is_tried_in_gpus() -> None:
    """The size at which the answer changes is a whole number of GPUs, and a plan of that size."""
    profile = profile_of(kind="inference", gpus=1)
    advice = advise(profile, BOOK, paths=100)
    flips = [flip for flip in advice.sensitivity.flips if str(flip.input) == "profile.workload.1.gpus"]
    assert all(flip.unit == "GPUs" and flip.current == 1 and flip.flips_at == int(flip.flips_at) for flip in flips)
    for flip in flips:
        moved, text = tried(NumberId.flip(flip), advice, BOOK)
        assert moved.workload[0].gpus == flip.flips_at
        assert text == f"GPUs {flip.flips_at:g} GPUs"


def test_a_variant_replaces_the_way_and_keeps_what_goes_with_it() -> None:
    assert with_amount({"nodes": 8, "months": 3}, {"gpus": 4}) == {"gpus": 4, "months": 3}
    assert with_amount(RUNS, {"gpus": 8}) == RUNS | {"gpus": 8}
    assert with_amount(RUNS, {"nodes": 2}) == {"nodes": 2}
    assert with_amount(RUNS, {"gpu_hours_per_month": 9.0}) == {"gpus": 4, "gpu_hours_per_month": 9.0}
    assert with_amount({"nodes": 8, "busy": 0.5}, {"gpu_hours_per_month": 9.0}) == {"gpu_hours_per_month": 9.0}


@pytest.mark.parametrize(
    ("text", "gpu", "work"),
    [
        ("128 H100", "H100-SXM", {"gpus": 128}),
        ("128 x H100s", "H100-SXM", {"gpus": 128}),
        ("8 L40S", "L40S", {"gpus": 8}),
        ("4 B200 cards", "B200-SXM", {"gpus": 4}),
        ("16 nodes of H100", "H100-SXM", {"nodes": 16}),
        ("8 A100 servers", "A100-80-SXM", {"nodes": 8}),
        ("3 runs a week of 10 hours on 8 H100", "H100-SXM", {"runs_per_week": 3, "hours_per_run": 10, "gpus": 8}),
    ],
)
def test_an_amount_of_gpus_by_their_name_is_one_of_that_gpu(text: str, gpu: str, work: dict[str, Any]) -> None:
    assert with_text(profile_of(nodes=2, gpu="MI300X"), NODES, text, BOOK) == profile_of(gpu=gpu, **work)


@pytest.mark.parametrize("text", ["4 RTX 4090", "64 V100", "2 x A10G", "1 node TPU-v6e", "64 trainium2"])
def test_gpus_that_the_book_does_not_have_are_named_as_such(text: str) -> None:
    with pytest.raises(
        InputError, match=r"Nodes: found the unknown GPU '(RTX 4090|V100|A10G|TPU-V6E|TRAINIUM2)'; allowed: .*--book"
    ):
        with_text(profile_of(nodes=2), NODES, text, BOOK)


@pytest.mark.parametrize(
    ("text", "work"),
    [
        ("3 fine-tunes a week of 10 h on 8 gpus", {"runs_per_week": 3, "hours_per_run": 10, "gpus": 8}),
        ("365 jobs a year 10 h 8 gpus", {"runs_per_week": 7, "hours_per_run": 10, "gpus": 8}),
        # 4 quarters of 3 weeks; 8 x 21 in 168 hours
        ("256 gpus for 3 weeks each quarter", {"gpus": 256, "weeks_per_year": 12, "busy": 1.0}),
        ("8 gpus 21 h a week", {"gpu_hours_per_month": 730, "gpus": 8}),
        ("12 cards", {"gpus": 12}),
    ],
)
def test_runs_and_bursts_of_any_period_are_those_of_a_week_or_a_month(text: str, work: dict[str, Any]) -> None:
    assert amount_from(in_everyday_words(text)) == pytest.approx(work)


@pytest.mark.parametrize(("kind", "told"), [("pre-train", True), ("fine-tune", False)])
def test_a_cluster_that_waits_between_its_hours_is_said_to_be_paid_for(kind: str, told: bool) -> None:
    """256 GPUs on one fabric that work 43,008 hours a month cost on demand three times as many."""
    profile = with_text(profile_of(nodes=2, kind=kind), NODES, "43008 gpu-h 256 gpus", BOOK)
    assert ("Of bursts type their GPUs and weeks" in size_note(profile.workload[0], BOOK)) is told


def test_a_burst_is_rented_on_demand_in_its_weeks_alone() -> None:
    """256 GPUs for 3 weeks a quarter work 256 x 12 x 168 hours a year, and no more are billed: all idle time of a
    cluster of 32 nodes was, weeks long, three times as much. A reservation bills every hour."""
    profile = with_text(profile_of(nodes=2, kind="pre-train"), NODES, "256 gpus 3 weeks a quarter", BOOK)
    need = case_of(profile, BOOK).demand.alive
    assert need.billed_gpu_hours[:12].sum() == pytest.approx(256 * 12 * 168, rel=0.001)  # 8,760 hours a year
    assert need.used_gpu_hours.sum() == pytest.approx(need.billed_gpu_hours.sum())
    assert need.nodes.max() == 32
    assert "on demand in 12 weeks a year alone" in size_note(profile.workload[0], BOOK)
    again = with_text(profile, NODES, amount_text(profile.workload[0]), BOOK)
    assert again == profile
    other = with_text(profile, NODES, "64 gpus", BOOK).workload[0]
    assert (other.gpus, other.weeks_per_year) == (64, None)


@pytest.mark.parametrize("kind", ["pre-train", "fine-tune"])
def test_a_service_that_is_up_has_no_weeks(kind: str) -> None:
    profile = with_text(profile_of(nodes=2, kind=kind), NODES, "256 gpus 3 weeks a quarter", BOOK)
    assert with_text(profile, ("workload", 0, "kind"), "inference", BOOK).workload[0].weeks_per_year is None
    served = with_text(profile_of(nodes=2, kind="inference"), NODES, "256 gpus 3 weeks a quarter", BOOK).workload[0]
    assert (served.weeks_per_year, served.mode) == (12, "batch")
    with pytest.raises(InputError, match="weeks_per_year of a service that is up"):
        profile_of(gpus=16, kind="inference", weeks_per_year=12.0)
    with pytest.raises(InputError, match="weeks_per_year with training"):
        profile_of(**TRAINING, weeks_per_year=12.0)
