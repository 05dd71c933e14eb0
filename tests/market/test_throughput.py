"""Throughput of serving: by hand, from the table and between its rows, from the user's files; and what cannot be."""

import json
import math
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.errors import InputError
from advisor.market.throughput.evidence import chip_of, own_throughput, refuse, throughput, usual_limits
from advisor.market.throughput.measurement_file import read_measurement
from advisor.market.throughput.measurements import Row, TokenLimits, cache_bytes_like, model_named, open_models, rows
from advisor.market.throughput.roofline import PRECISIONS, Request, ServedModel, least_seconds
from tests.support.folders import CASES
from tests.support.processes import run_here
from tests.support.profile_builder import BOOK

FILES = CASES / "throughput"
ROWS = {f"{row.model_name} {row.gpu} {row.request.tokens_in:g}/{row.request.tokens_out:g}": row for row in rows()}
SIZE = ["size", "--params", "8B", "--tokens", "100B", "--kind", "inference"]
H100 = BOOK.assumptions("H100-SXM")
USUAL = usual_limits(H100.sizing)
LLAMA = ServedModel(70.6e9, 70.6e9, "fp8", 327680)


def test_the_least_time_of_a_request_by_hand() -> None:
    """70B in FP8, 3,000 in and 1,000 out: 2 x 70.6e9 x 4,000 / 1,978e12 = 0.286 s of arithmetic, and 1,000 x 3,500 keys
    and values of 163,840 bytes at 3.35e12 bytes/s = 0.171 s."""
    least = least_seconds(chip_of(H100.gpu, "test"), LLAMA, Request(3000, 1000), 2)
    assert least == pytest.approx(2 * 70.6e9 * 4000 / 1978e12 + 1000 * 3500 * 163840 / 3.35e12)


@pytest.mark.parametrize("name", ROWS)
def test_a_row_can_be_traced_and_the_gate_agrees_with_its_verdict(name: str) -> None:
    row = ROWS[name]
    assert row.source in BOOK.sources
    chip = chip_of(BOOK.assumptions(row.gpu).gpu, "test")
    if row.rejected:
        with pytest.raises(InputError, match="written tokens a second"):
            refuse(row.output_tokens_per_second, chip, row.model, row.request, 2, "row")
    else:
        assert 0 < refuse(row.output_tokens_per_second, chip, row.model, row.request, 2, "row") <= 1


@pytest.mark.parametrize("row", [row for row in rows() if not row.rejected])
def test_what_was_measured_is_answered_as_measured(row: Row) -> None:
    found = throughput(BOOK.assumptions(row.gpu), row.model, row.request, TokenLimits(), "test")
    assert found.output_tokens_per_second == pytest.approx(row.output_tokens_per_second)
    assert found.measured
    assert found.low < found.output_tokens_per_second < found.high


@given(
    st.sampled_from(sorted(BOOK.gpus)),
    st.sampled_from(PRECISIONS),
    st.floats(1e9, 1e12),
    st.floats(1, 1e5),
    st.floats(1, 1e5),
)
def test_between_rows_it_stays_within_the_shares_that_were_reached(
    gpu: str, precision: str, parameters: float, tokens_in: float, tokens_out: float
) -> None:
    model = ServedModel(parameters, parameters, precision, cache_bytes_like(parameters))  # type: ignore[arg-type]  # one of PRECISIONS
    found = throughput(BOOK.assumptions(gpu), model, Request(tokens_in, tokens_out), USUAL, "test")
    assert 0.02 < found.roofline_share < 0.63
    assert 0 < found.low <= found.output_tokens_per_second <= found.high
    best = tokens_out / least_seconds(
        chip_of(BOOK.assumptions(gpu).gpu, "test"), model, Request(tokens_in, tokens_out), 2
    )
    assert found.high <= best * (1 + 1e-9)


def test_an_own_measurement_replaces_the_table_unless_it_cannot_be() -> None:
    found = own_throughput(900, H100, LLAMA, Request(3000, 1000), USUAL, "mine")
    assert (found.output_tokens_per_second, found.low, found.high, found.own) == (900, 900, 900, True)
    for wrong, why in ((90_000, "more than its FLOP/s and memory bandwidth allow"), (8, "of what its FLOP/s")):
        with pytest.raises(InputError, match=why):
            own_throughput(wrong, H100, LLAMA, Request(3000, 1000), USUAL, "mine")


def test_a_limit_bounds_which_measurements_are_used() -> None:
    """An 8B model in FP8 on an H100, 512 tokens in and 256 out: 8,155 tokens a second at any latency, 7,596 within 2 s
    and 50 ms, 5,753 within 20 ms, and 2,493 where the first token must come within 0.1 s."""
    model = ServedModel(8.03e9, 8.03e9, "fp8", 131072)
    wanted = [
        (TokenLimits(), 8155.1),
        (USUAL, 7596.3),
        (TokenLimits(None, 0.02, own=True), 5753.5),
        (TokenLimits(0.1, None, own=True), 2492.9),
    ]
    for limits, expected in wanted:
        found = throughput(H100, model, Request(512, 256), limits, "test")
        assert found.measured
        assert found.output_tokens_per_second == pytest.approx(expected)


def test_a_row_of_unknown_latency_is_used_unless_the_user_sets_a_limit() -> None:
    """DeepSeek-R1 in FP4 on B200 is cited at a concurrency: nobody says how soon its tokens came."""
    row = ROWS["DeepSeek-R1 B200-SXM 8192/1024"]
    found = throughput(BOOK.assumptions(row.gpu), row.model, row.request, USUAL, "test")
    assert (found.measured, found.rows) == (True, (row,))
    assert found.latency.endswith("which the nearest row does not say of itself")
    own = TokenLimits(2.0, 0.05, own=True)
    found = throughput(BOOK.assumptions(row.gpu), row.model, row.request, own, "test")
    assert not found.measured
    assert all(one.latency_known for one in found.rows)


def test_limits_that_nobody_met_are_one_line() -> None:
    limits = TokenLimits(0.01, 0.05, own=True)
    with pytest.raises(InputError, match=r"found first token within 0.01 s, next within 50 ms; allowed: a lim"):
        throughput(H100, LLAMA, Request(3000, 1000), limits, "service")
    asked = ["size", "--params", "70B", "--tokens", "1B", "--kind", "inference", "--precision", "fp8"]
    found = run_here([*asked, "--next-token", "0.01"])
    assert "--next-token: found 10 ms to each token; allowed: at least 10.4 ms, in which 2 GPUs" in found.err


def test_files_of_other_tools_are_read() -> None:
    vllm = read_measurement(FILES / "vllm_bench_serve.json", "H100-SXM", 2)
    assert (vllm.tokens_in, vllm.tokens_out, vllm.output_tokens_per_second) == (3000, 1000, 800)
    table = read_measurement(FILES / "aiconfigurator.csv", "H100-SXM", 1)
    assert (table.tokens_in, table.tokens_out, table.output_tokens_per_second) == (3000, 1000, 848.08)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "broken JSON"),
        ("{}", "completed: found nothing; allowed: a number above 0"),
        ('{"completed": 0}', "completed: found 0;"),
        ('{"completed": "x"}', "completed: found 'x'"),
        ("a,b\n1,2\n", "no columns isl, osl, tokens/s/gpu"),
        ("isl,osl,tokens/s/gpu,system\n1,2,3,h200_sxm\n", "the GPU 'h200_sxm'; allowed: rows of H100-SXM"),
        ("", "no columns"),
    ],
)
def test_a_file_that_is_neither_is_one_line(content: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "measured"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_measurement(path, "H100-SXM", 1)
    assert words in str(caught.value)


def test_the_size_of_serving_covers_what_was_measured() -> None:
    """One H100 with Qwen3-8B: 100B tokens took 955, 1,023 and 1,853 GPU-hours in three shapes."""
    found = json.loads(run_here([*SIZE, "--json"]).out)
    assert found["gpu_hours_low"] < 955
    assert found["gpu_hours_high"] > 1_853
    for tokens_in, tokens_out, hours in ((128, 128, 955), (1024, 128, 1_023), (128, 1024, 1_853)):
        shape = ["--tokens-in", str(tokens_in), "--tokens-out", str(tokens_out)]
        one = json.loads(run_here([*SIZE, *shape, "--json"]).out)
        assert one["gpu_hours"] == pytest.approx(hours, rel=0.1)
        assert one["gpu_hours_low"] < hours < one["gpu_hours_high"]


def test_seventy_billion_parameters_take_a_dozen_gpus() -> None:
    """100B tokens a month in FP8, 3,000 in and 1,000 out: 848 written tokens a second are 11 GPUs at full load."""
    asked = ["size", "--params", "70B", "--tokens", "100B", "--kind", "inference", "--precision", "fp8"]
    shape = ["--tokens-in", "3000", "--tokens-out", "1000"]
    found = json.loads(run_here([*asked, *shape, "--json"]).out)["serving"]
    assert 11 < found["gpus_at_full_load"] < 12.5
    assert found["gpus_per_replica"] == 2  # 70 GB in 60 of 80 GB each
    assert found["replicas"] == math.ceil(found["gpus_at_full_load"] / 0.65 / 2)
    own = json.loads(
        run_here([*asked, "--measured", str(FILES / "vllm_bench_serve.json"), "--measured-gpus", "2", "--json"]).out
    )
    assert own["serving"]["output_tokens_per_second_per_gpu"] == 800
    assert own["gpu_hours_low"] == own["gpu_hours"] == pytest.approx(100e9 / (800 * 4) / 3600)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (["--measured", "90000"], "the measured throughput: found 90,000 written tokens a second for each GPU, more"),
        (["--measured", "nowhere.json"], "nowhere.json"),
        (["--measured-gpus", "2"], "--measured-gpus: found no --measured"),
        (["--active", "9B"], "--active: found 9B parameters; allowed: at most --params, 8B"),
        (
            ["--kind", "pre-train", "--tokens-in", "5"],
            "--tokens-in: found --kind pre-train; allowed: only with --kind inference",
        ),
        (["--kind", "pre-train", "--precision", "fp8"], "--precision: found --kind pre-train"),
        (["--measured", str(FILES / "aiconfigurator.csv"), "--tokens-in", "5"], "found 3000 in and 1000 out"),
    ],
)
def test_what_makes_no_sense_of_serving_is_one_line(asked: list[str], words: str) -> None:
    found = run_here([*SIZE, *asked])
    assert (found.code, found.out) == (1, "")
    assert words in found.err


def test_every_open_model_names_the_card_that_publishes_its_size() -> None:
    for model in open_models().values():
        assert re.fullmatch(r"huggingface\.co/[\w.-]+/[\w.-]+", model.card), model.name
    assert model_named("deepseek-r1", "x").words == (
        "671B parameters, 37B for a token (huggingface.co/deepseek-ai/DeepSeek-R1)"
    )
    assert model_named("Llama-3.3-70B", "x").words == (
        "70.6B parameters (huggingface.co/meta-llama/Meta-Llama-3-70B), as Llama-3.1-70B and Llama-3.3-70B"
    )
    assert model_named("Qwen3-8B", "x").words == "8.2B parameters (huggingface.co/Qwen/Qwen3-8B)"
