"""From a model to GPUs, nodes and days: by hand, by properties that hold for any sizing, and as a command."""

import json
import math
from pathlib import Path

import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from advisor.decision.advise import advise
from advisor.errors import InputError
from advisor.profiles import amount_of_work
from advisor.profiles.form.edited_profile import with_text
from advisor.profiles.model_text import parse_amount, training_from
from advisor.profiles.sizing import (
    Model,
    ModelWork,
    Size,
    gpus_for_flops,
    memory_gb,
    size_of_model,
)
from advisor.profiles.store import load_profile
from advisor.profiles.training.work import Training
from tests.support.present import present
from tests.support.processes import run_here
from tests.support.profile_builder import BOOK, a_profile

H100 = BOOK.assumptions("H100-SXM")
WORKS: tuple[ModelWork, ...] = ("train", "adapt", "serve")


def sized(work: ModelWork, parameters: float, tokens: float, **asked: float) -> Size:
    nodes = asked.get("nodes")
    return size_of_model(
        Model(work, parameters, tokens, asked.get("busy", 0.85)),
        BOOK,
        "H100-SXM",
        asked.get("months"),
        None if nodes is None else int(nodes),
    )


def test_seven_billion_parameters_on_a_trillion_tokens_by_hand() -> None:
    size = sized("train", 7e9, 1e12)
    assert size.gpu_hours == pytest.approx(6 * 7e9 * 1e12 / (0.40 * 989e12) / 3600)
    assert size.gpu_hours_low == pytest.approx(size.gpu_hours * 0.40 / 0.50)
    assert size.gpu_hours_high == pytest.approx(size.gpu_hours * 0.40 / 0.30)
    assert size.memory_gb == pytest.approx(112)
    assert (size.gpus, size.least_nodes, size.needed_nodes) == (2, 1, None)  # 60 of 80 GB are there for it
    first = size.plans[0]
    assert first.months == pytest.approx(size.gpu_hours / (8 * 730 * 0.85))
    assert first.days == pytest.approx(size.gpu_hours / (8 * 24 * 0.85))


def test_a_model_that_fills_many_nodes() -> None:
    size = sized("train", 405e9, 15e12, nodes=128)
    assert size.gpus == 108  # 6,480 GB at 60 GB a GPU
    assert size.least_nodes == 14
    assert 128 in [plan.nodes for plan in size.plans]
    assert min(plan.nodes for plan in size.plans) >= 14


def test_adapters_need_little_more_than_the_weights() -> None:
    assert memory_gb("serve", 70e9, H100.sizing) == pytest.approx(140)
    assert memory_gb("adapt", 70e9, H100.sizing) == pytest.approx(140 + 0.01 * 16 * 70)
    assert sized("adapt", 70e9, 1e9).gpu_hours == pytest.approx(sized("train", 70e9, 1e9).gpu_hours * 4 / 6)


def test_serving_is_sized_by_the_month() -> None:
    size = sized("serve", 70e9, 1e12, busy=0.5)
    per_second = present(size.serving).throughput.output_tokens_per_second * (1024 + 256) / 256
    assert size.gpu_hours == pytest.approx(1e12 / per_second / 3600)
    needed = next(plan for plan in size.plans if plan.nodes == size.needed_nodes)
    assert needed.busy <= 0.5
    assert size.gpu_hours / ((needed.nodes - 1) * 8 * 730) > 0.5
    assert all(plan.months is None for plan in size.plans)


def test_serving_is_sized_in_whole_replicas_of_several_nodes() -> None:
    """A copy of 671B parameters takes 32 GPUs: 5 nodes were marked for two copies of 4, and 3 beside them hold none."""
    size = sized("serve", 671e9, 1e10, busy=0.5)
    assert present(size.serving).replica_gpus == 32
    assert [plan.nodes % 4 for plan in size.plans] == [0] * len(size.plans)
    assert size.needed_nodes == 4 * present(size.serving).replicas


@given(
    st.sampled_from(WORKS),
    st.floats(1e6, 1e12),
    st.floats(1e6, 1e13),
    st.floats(0.05, 1),
    st.floats(0.5, 60) | st.none(),
)
def test_more_nodes_are_sooner_done_and_all_plans_do_the_same_work(
    work: ModelWork, parameters: float, tokens: float, busy: float, months: float | None
) -> None:
    asked = None if work == "serve" else months
    try:
        size = size_of_model(Model(work, parameters, tokens, busy), BOOK, "H100-SXM", asked)
    except InputError:
        reject()  # more than any cluster can do
    nodes = [plan.nodes for plan in size.plans]
    assert nodes == sorted(set(nodes))
    assert nodes[0] >= size.least_nodes
    assert size.gpus * 60 >= size.memory_gb * (1 - 1e-9)
    assert size.gpu_hours_low <= size.gpu_hours <= size.gpu_hours_high
    for plan in size.plans:
        hours = plan.gpus * 730 * plan.busy * (1 if plan.months is None else plan.months)
        assert hours == pytest.approx(size.gpu_hours)
    if asked is not None:
        found = next(plan for plan in size.plans if plan.nodes == size.needed_nodes)
        assert present(found.months) <= asked * (1 + 1e-9)


@pytest.mark.parametrize(
    ("kind", "text", "asked", "nodes"),
    [
        ("pre-train", "70B 1T", [], 30),
        ("pre-train", "70b/1t", [], 30),
        ("fine-tune", "70B 1B", ["--kind", "fine-tune", "--params", "70B", "--tokens", "1B"], 3),
        ("fine-tune", "70B 1B lora", ["--kind", "fine-tune", "--lora", "--params", "70B", "--tokens", "1B"], 1),
    ],
)
def test_the_form_sizes_each_kind_of_work_as_the_command_does(
    kind: str, text: str, asked: list[str], nodes: int
) -> None:
    typed = with_text(a_profile({"kind": kind, "months": 2, "busy": None}), ("workload", 0, "nodes"), text, BOOK)
    found = json.loads(run_here(["size", "--params", "70B", "--tokens", "1T", *asked, "--months", "2", "--json"]).out)
    size = amount_of_work.size_of(typed.workload[0], H100)
    assert math.ceil(size.nodes) == found["nodes_needed"] == nodes
    assert float(size.nodes) * 8 * 730 * 2 * (size.busy or 0) == pytest.approx(found["gpu_hours"])


@pytest.mark.parametrize(
    ("kind", "text", "words"),
    [
        (
            "inference",
            "70B",
            "Nodes: found '70B'; allowed: nodes, GPUs (12 gpus), GPU-hours a month (4000 gpu-h), or a model and its "
            "use: 70B 400M tokens a day, 70B 20k users",
        ),
        ("inference", "Lama 1B", "Nodes: found the unknown model 'lama'; allowed: did you mean Llama-3-70B"),
        ("pre-train", "70B", "Nodes: found '70B' without tokens; allowed: the tokens trained on too: 70B 1T"),
        ("fine-tune", "70B lora", "'70B lora' without tokens"),
        ("pre-train", "70B 1T lora", "or a model's parameters and the tokens trained on: 7B 1T"),
        ("pre-train", "70B x", "found '70B x'"),
        ("pre-train", "lots", "found 'lots'; allowed: nodes, GPUs (12 gpus), GPU-hours a month"),
    ],
)
def test_a_model_with_something_missing_is_one_line_that_says_what(kind: str, text: str, words: str) -> None:
    with pytest.raises(InputError) as caught:
        with_text(a_profile({"kind": kind}), ("workload", 0, "nodes"), text, BOOK)
    assert words in str(caught.value)


def test_a_published_training_run(tmp_path: Path) -> None:
    """70B parameters, 2T tokens, 45 % of 989 TFLOP/s: 6 x 70e9 x 2e12 / (0.45 x 989e12) / 3600 = 524,286 GPU-hours."""
    path = tmp_path / "mfu.toml"
    path.write_text("[sizing]\nmodel_flops_utilisation = 0.45\n")
    found = run_here(["size", "--params", "70B", "--tokens", "2T", "--book", str(path)])
    assert "524,286 GPU-hours" in found.out


@pytest.mark.parametrize(
    ("text", "amount"), [("7B", 7e9), ("1.5T", 1.5e12), ("300m", 3e8), ("2e12", 2e12), ("40k", 4e4), ("8", 8)]
)
def test_amounts_as_people_write_them(text: str, amount: float) -> None:
    assert parse_amount(text) == pytest.approx(amount)


def test_the_command_takes_numbers_as_people_write_them() -> None:
    plain = run_here(["size", "--params", "7.5e9", "--tokens", "2e12", "--months", "24", "--busy", "0.85"])
    assert plain == run_here(["size", "--params", "7,5B", "--tokens", "2,000B", "--months", "2y", "--busy", "85%"])
    few = run_here(["size", "--params", "70", "--tokens", "2T"])
    assert "'70' is not a number of parameters such as 7e9 or 7B, from 1e+06" in few.err


def test_the_command_prints_nodes_days_and_sources() -> None:
    found = run_here(["size", "--params", "7e9", "--tokens", "1e12", "--gpu", "H100", "--months", "2"])
    assert (found.code, found.err) == (0, "")
    assert "112 GB" in found.out
    assert ">      3       24     60.2      2.0" in found.out
    assert "Llama 3" in found.out
    assert [line for line in found.out.splitlines() if len(line) > 79] == []
    assert found == run_here(["size", "--params", "7B", "--tokens", "1T", "--months", "2"])


def test_the_json_says_the_same_and_what_it_depends_on() -> None:
    found = json.loads(run_here(["size", "--params", "7B", "--tokens", "1T", "--months", "2", "--json"]).out)
    assert found["nodes_needed"] == 3
    assert [plan["months"] for plan in found["plans"] if plan["nodes"] == 3] == [pytest.approx(1.98, abs=0.01)]
    figures = {figure["id"]: figure for figure in found["figures"]}
    assert figures["sizing.model_flops_utilisation"]["n"] == 1
    assert all(figure["title"] for figure in figures.values())


def test_every_figure_of_the_answer_can_be_traced() -> None:
    for kind in (["--kind", "inference"], ["--kind", "fine-tune", "--lora"], []):
        asked = ["size", "--params", "70B", "--tokens", "1T", *kind, "--json"]
        for figure in json.loads(run_here(asked).out)["figures"]:
            provenance = run_here(["market", "--figure", figure["id"], "--json"])
            assert json.loads(provenance.out)["value"] == figure["value"]


@pytest.mark.parametrize(
    ("asked", "code", "words"),
    [
        (["--params", "7x"], 2, "'7x' is not a number of parameters"),
        (["--tokens", "0"], 2, "'0' is not a number of tokens"),
        (["--busy", "1.5"], 2, "not a number above 0 and up to 1"),
        (["--nodes", "1.5"], 2, "whole number of nodes"),
        (["--months", "61"], 2, "up to 60"),
        (["--gpu", "H10"], 1, "--gpu: found the unknown GPU 'H10'; allowed: did you mean H100"),
        (["--lora"], 1, "--lora: found --kind pre-train; allowed: only with --kind fine-tune"),
        (["--kind", "inference", "--months", "3"], 1, "serving does not end"),
        (["--params", "70B", "--nodes", "1"], 1, "--nodes: found 1; allowed: at least 3"),
        (["--params", "1e15", "--tokens", "1e18"], 1, "what 65,536 nodes can do"),
    ],
)
def test_what_makes_no_sense_is_met_with_one_line(asked: list[str], code: int, words: str) -> None:
    found = run_here(["size", "--params", "7B", "--tokens", "1T", *asked])
    assert (found.code, found.out) == (code, "")
    assert words in found.err.splitlines()[-1]


def test_a_book_of_your_own_is_what_it_depends_on(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("[sizing]\nmodel_flops_utilisation = 0.2\n")
    asked = ["size", "--params", "7B", "--tokens", "1T", "--json"]
    own, plain = (json.loads(run_here([*asked, *more]).out) for more in (["--book", str(path)], []))
    assert own["gpu_hours"] == pytest.approx(2 * plain["gpu_hours"])
    assert own["gpu_hours_low"] == own["gpu_hours_high"] == own["gpu_hours"]


def test_a_mixture_of_experts_trains_what_it_uses_and_holds_all() -> None:
    """6 FLOP x 37B x 14.8T tokens; 16 bytes for each of 671B parameters."""
    size = size_of_model(Model("train", 671e9, 14.8e12, 0.85, 37e9), BOOK, "H100-SXM")
    assert size.gpu_hours == pytest.approx(6 * 37e9 * 14.8e12 / (0.40 * 989e12) / 3600)
    assert size.memory_gb == pytest.approx(16 * 671)
    wanted = {"parameters": 671e9, "active_parameters": 37e9, "tokens": 14.8e12, "adapters": False}
    assert training_from("671B 37B 14.8T", "pre-train", "Nodes", "671B 37B 14.8T") == wanted
    with pytest.raises(InputError, match="found '37B 671B 1T'"):
        training_from("37B 671B 1T", "pre-train", "Nodes", "37B 671B 1T")


def test_a_cluster_by_its_petaflops_goes_by_the_dense_rate() -> None:
    """40,000 petaFLOP/s / 989 teraFLOP/s = 40,445 GPUs, and a quarter more with headroom."""
    assert gpus_for_flops(40_000e15, 0.0, 989e12) == 40_445
    assert gpus_for_flops(40_000e15, 0.25, 989e12) == 50_557
    assert gpus_for_flops(989e12, 0.0, 989e12) == 1


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        (
            ["--params", "7B", "--tokens", "1T", "--months", "2"],
            {"kind": "pre-train", "months": 2, "training": Training(parameters=7e9, tokens=1e12)},
        ),
        (["--params", "70B", "--tokens", "1T", "--kind", "inference", "--nodes", "40"], {"nodes": 40}),
        (["--pflops", "40", "--gpu", "B200-SXM", "--months", "6"], {"gpu": "B200-SXM", "months": 6, "pflops": 40}),
    ],
)
def test_a_size_is_written_as_a_profile_that_answers(
    asked: list[str], wanted: dict[str, object], tmp_path: Path
) -> None:
    path = tmp_path / "mine.toml"
    done = run_here(["size", *asked, "--write", str(path)])
    assert done.code == 0, done.err
    work = load_profile(path, BOOK).workload[0]
    assert {name: getattr(work, name) for name in wanted} == wanted
    again = run_here(["size", *asked, "--write", str(path)])
    assert "already exists" in again.err
    assert run_here(["size", *asked, "--write", str(path), "--force"]).code == 0


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ([], "size: found no work; allowed: --params and --tokens, or --pflops"),
        (["--pflops", "5", "--params", "7B"], "--pflops: found a model as well"),
        (["--params", "7B", "--tokens", "1T", "--write", "x.toml"], "--write: found a size without a plan"),
        (
            ["--params", "7B", "--tokens", "1T", "--active", "9B"],
            "--active: found 9B parameters; allowed: at most --params, 7B",
        ),
    ],
)
def test_a_size_that_lacks_something_says_what(asked: list[str], said: str) -> None:
    done = run_here(["size", *asked])
    assert done.code == 1
    assert said in done.err


def test_a_size_has_a_price() -> None:
    found = json.loads(run_here(["size", "--params", "7B", "--tokens", "1T", "--json"]).out)
    rate = present(BOOK.gpu("H100-SXM").value("neocloud_usd_per_gpu_hour"))
    assert found["usd_on_demand"] == pytest.approx(found["gpu_hours"] * rate, abs=0.01)


def test_a_service_is_told_what_its_replicas_and_an_api_cost() -> None:
    """70B on a billion tokens a month: $540 was all that was said, of the hours in which its four GPUs serve."""
    command = ["size", "--kind", "inference", "--params", "70B", "--tokens", "1B"]
    serving = json.loads(run_here([*command, "--json"]).out)["serving"]
    rate = present(BOOK.gpu("H100-SXM").value("neocloud_usd_per_gpu_hour"))
    gpus = serving["replicas"] * serving["gpus_per_replica"]
    assert serving["always_up_usd_per_month"] == pytest.approx(gpus * 730 * rate, abs=0.01)
    assert 50 < serving["api_usd_per_month"] < 3600  # the posted prices of open models, for a thousand million tokens
    text = run_here(command).out
    assert "up in all hours: $11.4k a month on demand; as a hosted API: $" in text
    assert "nodes     GPUs" not in text
    assert "nodes     GPUs" in run_here([*command, "--nodes", "1"]).out


def test_a_service_is_written_as_the_service_that_was_sized(tmp_path: Path) -> None:
    """70B on 12 billion tokens a month takes 2 GPUs, and an API competes: a node of 8 was written, at four times the
    cost, and no API."""
    path, model = tmp_path / "service.toml", ["--params", "70B", "--tokens", "12B", "--precision", "fp8"]
    done = run_here(["size", "--kind", "inference", *model, "--next-token", "0.04", "--write", str(path), "--json"])
    sized, profile = json.loads(done.out)["serving"], load_profile(path, BOOK)
    service = present(profile.workload[0].serving)
    assert (service.parameters, service.next_token_seconds, service.good_enough) == (70e9, 0.04, "same-size")
    assert service.tokens_per_day == pytest.approx(12e9 * 24 / 730, rel=1e-5)
    found = advise(profile, BOOK)
    need = present(found.serving).need
    assert need.gpus_per_replica == sized["gpus_per_replica"]
    assert need.mean_gpus == pytest.approx(sized["gpus_at_full_load"], rel=1e-5)
    assert any(option.id == "api" for option in found.verdict.ranked)
