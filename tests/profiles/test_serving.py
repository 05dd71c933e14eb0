"""A service in tokens becomes GPUs: by hand, by month, as text in the form, and with one line for what is wrong."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.array_types import of_one
from advisor.costing.build_case import case_of
from advisor.errors import InputError
from advisor.profiles.amount_of_work import conversion, size_of
from advisor.profiles.form.edited_profile import nudged, with_text
from advisor.profiles.form.form_fields import form_fields
from advisor.profiles.scaled_plan import scaled_plan
from advisor.profiles.schema import Profile
from advisor.profiles.serving.need import need_of_service
from advisor.profiles.store import load_profile, save_profile
from advisor.profiles.validation import parse_profile
from tests.support.present import present
from tests.support.profile_builder import BOOK

H100 = BOOK.assumptions("H100-SXM")
LLAMA = {"model": "Llama-3-70B", "precision": "fp8", "tokens_in": 3000, "tokens_out": 1000, "peak_to_mean": 2.0}


def a_service(serving: dict[str, Any], **workload: Any) -> Profile:
    given = {"tokens_per_day": 100e6} if "requests_per_day" not in serving else {}
    table = {"kind": "inference", "gpu": "H100-SXM", "months": 12, "serving": {**LLAMA, **given, **serving}}
    return parse_profile({"schema": 1, "name": "service", "workload": [{**table, **workload}]}, BOOK)


def test_tokens_a_day_become_gpus_by_hand() -> None:
    """848.08 written tokens a second are 3,392.3 in all: 100M tokens a day are 0.341 GPUs in the mean, 0.682 at a peak
    of twice the mean. A replica of 70.6 GB takes 2 GPUs of 60 usable GB."""
    profile = a_service({})
    need = need_of_service(profile.workload[0].serving, H100)
    assert need.mean_gpus == pytest.approx(100e6 / 86_400 / (848.08 * 4))
    assert need.gpus_per_replica == 2
    assert need.load.peak_gpus == pytest.approx(2 * need.mean_gpus)
    size = size_of(profile.workload[0], H100)
    assert (size.nodes, size.unit) == (2 / 8, 2 / 8)  # one replica is up at the least
    assert size.busy == pytest.approx(need.mean_gpus / 2)
    assert "100M tokens a day take 1 replica of 2 GPUs" in conversion(profile.workload[0], BOOK)


def test_requests_and_hours_of_service_count() -> None:
    """25,000 requests of 4,000 tokens are 100M tokens; in 12 hours of the day the peak is twice as high."""
    tokens = need_of_service(a_service({}).workload[0].serving, H100)
    half = present(a_service({"requests_per_day": 25_000, "hours_per_day": 12.0}).workload[0].serving)
    requests = need_of_service(half, H100)
    assert requests.volume_per_day == tokens.volume_per_day
    assert requests.load.peak_gpus == pytest.approx(2 * tokens.load.peak_gpus)
    assert requests.mean_gpus == pytest.approx(tokens.mean_gpus)


@given(st.floats(1e8, 1e11), st.floats(-0.1, 0.2), st.floats(0, 0.1), st.floats(0.5, 3), st.integers(1, 20))
def test_the_work_of_each_month_follows_the_tokens(
    tokens: float, growth: float, change: float, multiple: float, replicas: int
) -> None:
    """Nodes are those of the peak and of the least replicas; the GPU-hours of work of a plan are its tokens."""
    serving = {
        "tokens_per_day": tokens,
        "model_change_per_month": change,
        "model_change_need": multiple,
        "replicas": replicas,
    }
    try:
        profile = a_service(serving, growth_per_month=growth)
    except InputError:
        return  # more nodes than are computed
    need = need_of_service(profile.workload[0].serving, H100)
    demand = case_of(profile, BOOK).demand
    work = peak = 0.0
    for month in range(12):
        times = (1 + growth) ** month * (1 + (multiple - 1) * (1 - (1 - change) ** month))
        work += need.mean_gpus * times * 730
        wanted = max(of_one(need.load.peak_gpus) * times, of_one(need.load.least_gpus))
        peak = max(peak, wanted)
        assert demand.alive.nodes[month] * 8 >= wanted * (1 - 1e-9)
        assert demand.alive.nodes[month] * 8 < wanted * (1 + 1e-9) + 2
    assert demand.alive.used_gpu_hours.sum() == pytest.approx(work, rel=1e-9)


def test_the_form_takes_a_model_and_its_tokens_a_day() -> None:
    profile = with_text(a_service({}), ("workload", 0, "nodes"), "8B 1B", BOOK)
    serving = present(profile.workload[0].serving)
    assert (serving.parameters, serving.model, serving.tokens_per_day, serving.tokens_in) == (8e9, None, 1e9, 3000)
    named = present(
        with_text(profile, ("workload", 0, "nodes"), "llama-3-70b 25k requests/day", BOOK).workload[0].serving
    )
    assert (named.model, named.parameters, named.requests_per_day) == ("Llama-3-70B", None, 25_000)
    shown = next(field for field in form_fields(profile, BOOK) if field.path[-1] == "nodes")
    assert (shown.label, shown.shown) == ("Amount", "1B tokens/day 8B")
    assert with_text(profile, shown.path, shown.shown, BOOK) == profile
    more = present(nudged(profile, shown.path, 1, BOOK).workload[0].serving)
    assert 1e9 < (more.tokens_per_day or 0) < 3e9
    assert with_text(profile, shown.path, "3", BOOK).workload[0].serving is None


def test_a_service_is_saved_and_scaled(tmp_path: Path) -> None:
    profile = a_service({"replicas": 2})
    path = tmp_path / "service.toml"
    save_profile(profile, path)
    assert load_profile(path, BOOK) == profile
    double = scaled_plan(profile, 2.0, 24, BOOK).workload[0]
    assert (present(double.serving).tokens_per_day, double.months) == (200e6, 24)


def test_the_latency_that_is_asked_for_bounds_the_throughput() -> None:
    """An 8B model in FP8, 512 tokens in and 256 out: of 8,155 tokens a second without a limit an H100 writes 7,596
    within the usual 50 ms, and 5,753 within 20 ms."""
    asked = {"model": "Llama-3.1-8B", "tokens_in": 512, "tokens_out": 256}
    rates = []
    for own in ({"latency": "batch"}, {}, {"next_token_seconds": 0.02}):
        serving = present(a_service({**asked, **own}).workload[0].serving)
        need = need_of_service(serving, H100)
        assert present(need.throughput).measured
        rates.append(present(need.throughput).output_tokens_per_second)
    assert rates == pytest.approx([8155.1, 7596.3, 5753.5])


@pytest.mark.parametrize(
    ("serving", "workload", "words"),
    [
        ({"model": "Lama"}, {}, "workload 1, serving, model: found the unknown model 'Lama'; allowed: did you mean"),
        ({"parameters": 7e9}, {}, "model and parameters, or neither; allowed: one of the two"),
        ({"requests_per_day": 5.0, "tokens_per_day": 1e6}, {}, "allowed: one of the two"),
        ({"output_tokens_per_second": 1e5}, {}, "more than its FLOP/s and memory bandwidth allow"),
        (
            {"next_token_seconds": 0.01},
            {},
            "next_token_seconds: found 10 ms to each token; allowed: at least 10.5 ms, in",
        ),
        (
            {"first_token_seconds": 0.01},
            {},
            "found first token within 0.01 s; allowed: a limit that was measured",
        ),
        ({"next_token_seconds": 0.1, "latency": "batch"}, {}, "a time to a token with latency 'batch'"),
        ({"tokens": 5}, {}, "workload 1, serving, tokens: found an unknown key; allowed: did you mean tokens_"),
        ({"api_input_usd": 1.0}, {}, "one of api_input_usd and api_output_usd"),
        ({"precision": "int4"}, {}, "precision: found 'int4'; allowed: one of bf16, fp8, fp4"),
        ({}, {"busy": 0.5}, "busy with serving; allowed: one of the two, since busy follows from the tokens"),
        ({}, {"nodes": 4}, "nodes and serving"),
        ({}, {"kind": "pre-train"}, "serving with kind 'pre-train'"),
        ({"tokens_per_day": 1e15}, {}, "nodes; allowed: at most 65,536"),
    ],
)
def test_what_is_wrong_is_one_line(serving: dict[str, Any], workload: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError) as caught:
        a_service(serving, **workload)
    assert words in str(caught.value)
