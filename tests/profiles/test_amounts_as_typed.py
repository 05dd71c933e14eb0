"""Amounts of work as people type them: counts in words, magnitudes, other units, and what stands behind the amount."""

import re
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from advisor.errors import InputError
from advisor.market.price_book import built_in_book
from advisor.profiles.amount_of_work import nodes_at_start
from advisor.profiles.form.amount_text import amount_text
from advisor.profiles.form.edited_profile import with_text
from advisor.profiles.schema import Profile
from advisor.profiles.validation import parse_profile
from tests.support.present import present

BOOK = built_in_book()
NODES = ("workload", 0, "nodes")
A_DAY = {"good_enough": "same-size"}  # who names a size says that open models of that size serve as well


def profile_of(**work: Any) -> Profile:
    """A profile of one workload, of three months and a pre-training where nothing else is said."""
    return parse_profile({"name": "x", "workload": [{"kind": "pre-train", "months": 3} | work]}, BOOK)


@pytest.mark.parametrize(
    ("text", "work"),
    [
        ("two nodes", {"nodes": 2}),
        ("a dozen nodes", {"nodes": 12}),
        ("~100 GPUs", {"gpus": 100}),
        ("16 8xH100 nodes", {"gpus": 128, "gpu": "H100-SXM"}),  # never 16 and then 8 nodes
        ("16 nodes of 8 H100", {"gpus": 128, "gpu": "H100-SXM"}),
        ("16 \u00d7 8 H100", {"gpus": 128, "gpu": "H100-SXM"}),
        ("4 machines with 2 gpus", {"gpus": 8}),
        ("a single B200", {"gpus": 1, "gpu": "B200-SXM"}),
        ("8xA100 80GB", {"gpus": 8, "gpu": "A100-80-SXM"}),
        ("128 NVIDIA H100 80GB HBM3", {"gpus": 128, "gpu": "H100-SXM"}),
        ("128 H100 SXM5 80GB", {"gpus": 128, "gpu": "H100-SXM"}),
        ("5 DGX H200 systems", {"nodes": 5, "gpu": "H200-SXM"}),
        ("10 p5.48xlarge", {"gpus": 80, "gpu": "H100-SXM"}),
        ("2 million GPU hours", {"gpu_hours_per_month": 2e6}),
        ("400k B200-hours a month", {"gpu_hours_per_month": 4e5, "gpu": "B200-SXM"}),
        ("5000 GPU days", {"gpu_hours_per_month": 120_000}),
        ("1.2M gpu-h a year", {"gpu_hours_per_month": 100_000}),
        ("3 runs/week 8 GPUs 10h", {"runs_per_week": 3, "hours_per_run": 10, "gpus": 8}),
        ("3 x 10^24 flops", {"training": {"flops": 3e24}}),
        ("7b params, 1 trillion tokens", {"training": {"parameters": 7e9, "tokens": 1e12}}),
        ("7B 1,5T", {"training": {"parameters": 7e9, "tokens": 1.5e12}}),  # never 1 of 7B parameters and 5T tokens
        ("8,16 gpus", {"gpus_by_month": (8, 16)}),
        ("70B 500M lora", {"training": {"parameters": 70e9, "tokens": 5e8, "adapters": True}, "kind": "fine-tune"}),
        ("70B lora 500M", {"training": {"parameters": 70e9, "tokens": 5e8, "adapters": True}, "kind": "fine-tune"}),
        (
            "Qwen3-30B-A3B on 1T tokens",
            {"training": {"parameters": 30.5e9, "active_parameters": 3.3e9, "tokens": 1e12}},
        ),
        ("7B 1T on B200", {"training": {"parameters": 7e9, "tokens": 1e12}, "gpu": "B200-SXM"}),
        ("an 8xH100 node", {"gpus": 8, "gpu": "H100-SXM"}),  # never 8 nodes
        ("4 nodes with 8 H100 each", {"gpus": 32, "gpu": "H100-SXM"}),
        ("p5e.48xlarge x 4", {"gpus": 32, "gpu": "H200-SXM"}),
        ("H100: 64", {"gpus": 64, "gpu": "H100-SXM"}),
        ("64 GPUs (H100)", {"gpus": 64, "gpu": "H100-SXM"}),
        ("16 nodes (8xH100)", {"gpus": 128, "gpu": "H100-SXM"}),
        ("16 nodes x 8 GPUs each", {"gpus": 128}),
        ("a DGX B200", {"nodes": 1, "gpu": "B200-SXM"}),
        ("10K GPUs", {"gpus": 10_000}),
        ("one hundred H100", {"gpus": 100, "gpu": "H100-SXM"}),
        ("a 7B model on 2T tokens with H200s", {"training": {"parameters": 7e9, "tokens": 2e12}, "gpu": "H200-SXM"}),
        (
            "a 100B MoE with 10B active on 5T tokens",
            {"training": {"parameters": 100e9, "active_parameters": 10e9, "tokens": 5e12}},
        ),
        ("2 racks of GB200 NVL72", {"nodes": 2, "gpu": "GB200-NVL72"}),
        ("half a rack of GB200", {"gpus": 36, "gpu": "GB200-NVL72"}),
        ("1.5 lakh GPU-hours a month", {"gpu_hours_per_month": 150_000}),
        ("8,16,128 gpus", {"gpus_by_month": (8, 16, 128)}),  # never 8 and 16,128
        ("1.500.000 gpu-h", {"gpu_hours_per_month": 1.5e6}),
        ("4000 monthly GPU hours", {"gpu_hours_per_month": 4000}),
        ("we want to train 128 H100", {"gpus": 128, "gpu": "H100-SXM"}),
        ("2T tokens on a 7B model", {"training": {"parameters": 7e9, "tokens": 2e12}}),  # never 2T of parameters
        ("7 billion parameters for 2 trillion tokens", {"training": {"parameters": 7e9, "tokens": 2e12}}),
        ("Llama 70B 2T", {"training": {"parameters": 70.6e9, "tokens": 2e12}}),
        ("Qwen2.5-72B on 2T tokens", {"training": {"parameters": 72e9, "tokens": 2e12}}),
        (
            "DeepSeek V3 14.8T",
            {"training": {"parameters": 671e9, "active_parameters": 37e9, "tokens": 14.8e12}},
        ),
    ],
)
def test_counts_magnitudes_and_units_are_read_as_people_write_them(text: str, work: dict[str, Any]) -> None:
    kind = work.get("kind", "pre-train")
    before = profile_of(nodes=9, gpu="MI300X", kind=kind)
    assert with_text(before, NODES, text, BOOK) == profile_of(**{"gpu": "MI300X"} | work)


@pytest.mark.parametrize(
    ("text", "service"),
    [
        ("20k daily users 70B", {"parameters": 70e9, "requests_per_day": 74_000, "requests_per_user_day": 3.7}),
        ("70B 20k DAU", {"parameters": 70e9, "requests_per_day": 74_000, "requests_per_user_day": 3.7}),
        ("100 rps 70B", {"parameters": 70e9, "requests_per_day": 100 * 86_400}),
        ("1M req/day 8B", {"parameters": 8e9, "requests_per_day": 1e6}),
        ("70B 5k tok/s", {"parameters": 70e9, "tokens_per_day": 5e3 * 86_400}),
        ("70B, 1.2bn tokens per day", {"parameters": 70e9, "tokens_per_day": 1.2e9}),
        ("70B 400 M tokens/day", {"parameters": 70e9, "tokens_per_day": 4e8}),
        ("DeepSeek R1 1B tokens a day", {"model": "DeepSeek-R1", "tokens_per_day": 1e9}),
        ("Llama 70B 400M tokens daily", {"model": "Llama-3-70B", "tokens_per_day": 4e8}),
        ("Mistral 7B 1M daily requests", {"parameters": 7e9, "requests_per_day": 1e6}),
        ("70B to 50k daily users", {"parameters": 70e9, "requests_per_day": 185_000, "requests_per_user_day": 3.7}),
        ("70B, 2000 req/min", {"parameters": 70e9, "requests_per_day": 2.88e6}),
        ("70B 5 lakh requests a day", {"parameters": 70e9, "requests_per_day": 5e5}),
        ("671B 37B 400M tokens a day", {"parameters": 671e9, "active_parameters": 37e9, "tokens_per_day": 4e8}),
        ("70B 400M tokens a day 24/7", {"parameters": 70e9, "tokens_per_day": 4e8}),
        # read and written apart: of a request where there are requests, else in proportion to the usual 256 written
        (
            "70B 50k requests/day with 2000 input and 500 output tokens",
            {"parameters": 70e9, "requests_per_day": 5e4, "tokens_in": 2000, "tokens_out": 500},
        ),
        *(
            (text, {"parameters": 70e9, "tokens_per_day": 4e8, "tokens_in": 768, "tokens_out": 256})
            for text in (
                "a 70B model, 300M tokens in and 100M out a day",
                "70B 300M input tokens/day + 100M output tokens/day",
                "70B 100M completion tokens and 300M prompt tokens a day",
                "70B 300M in/100M out per day",
            )
        ),
    ],
)
def test_the_use_of_a_service_is_read_as_people_write_it(text: str, service: dict[str, Any]) -> None:
    found = present(with_text(profile_of(kind="inference", nodes=1), NODES, text, BOOK).workload[0].serving)
    assert found.model_dump(exclude_unset=True) == service | (A_DAY if "parameters" in service else {})


@pytest.mark.parametrize(
    ("text", "work"),
    [
        ("1024 GPUs for 3 months", {"gpus": 1024, "months": 3}),
        ("16 nodes, 85% busy, for 2 years", {"nodes": 16, "busy": 0.85, "months": 24}),
        ("64 gpus doubling every year at 60%", {"gpus": 64, "busy": 0.6, "growth_per_month": 2 ** (1 / 12) - 1}),
        ("64 gpus doubling every 6 months", {"gpus": 64, "growth_per_month": 2 ** (1 / 6) - 1}),  # never for 6 months
        ("from 8 to 64 nodes over 2 years", {"nodes": 8, "months": 24, "growth_per_month": 8 ** (1 / 24) - 1}),
        ("50 GPUs now, 200 GPUs in a year", {"gpus": 50, "months": 12, "growth_per_month": 4 ** (1 / 12) - 1}),
        (
            "16 H100 growing to 64 H100 in a year for 3 years",
            {"gpus": 16, "months": 36, "growth_per_month": 4 ** (1 / 12) - 1},
        ),
        ("2 runs a month of 2 days on 16 H100", {"gpus": 16, "runs_per_week": 2 * 7 / (365 / 12), "hours_per_run": 48}),
        ("64 H100 at 60% growing 5% a month", {"gpus": 64, "busy": 0.6, "growth_per_month": 0.05}),
        ("1 run of 3 weeks on 256 GPUs", {"gpus": 256, "months": 0.69}),
        ("7B 2T on 64 H100 at 60%", {"training": {"parameters": 7e9, "tokens": 2e12, "busy": 0.6}, "months": 2.11}),
        ("7B 1T in 3 months", {"training": {"parameters": 7e9, "tokens": 1e12}, "months": 3}),
        ("7B 1T at 50% busy", {"training": {"parameters": 7e9, "tokens": 1e12, "busy": 0.5}}),
        (
            "256 gpus for 3 weeks a quarter for 2 years",
            {"gpus": 256, "weeks_per_year": 12.0, "busy": 1.0, "months": 24},
        ),
        # the hours of all months, unless they are those of one
        ("300k GPU-hours over 3 months", {"gpu_hours_per_month": 100_000, "months": 3}),
        ("300k GPU-hours a month over 3 months", {"gpu_hours_per_month": 300_000, "months": 3}),
        ("64 GPUs 2 years 85%", {"gpus": 64, "months": 24, "busy": 0.85}),
        ("64 gpus 85% utilization, 18 mths", {"gpus": 64, "months": 18, "busy": 0.85}),
        ("64 gpus, 36m", {"gpus": 64, "months": 36}),
        ("64 gpus for a year and a half", {"gpus": 64, "months": 18}),
        ("64 gpus on a 2-year contract", {"gpus": 64, "months": 24}),
        ("4 8xH100 nodes for 1 year", {"gpus": 32, "gpu": "H100-SXM", "months": 12}),  # never 4 nodes and then 8
        ("64 gpus 24/7", {"gpus": 64, "busy": 1.0}),
        ("64 gpus at 0.8 for two (2) years", {"gpus": 64, "busy": 0.8, "months": 24}),
        ("64 gpus asap for 3 months", {"gpus": 64, "months": 3}),
        ("64 gpus for 18 months, 12 hours a day", {"gpus": 64, "gpu_hours_per_month": 23_360, "months": 18}),
        ("64 gpus 8 hours a day", {"gpus": 64, "gpu_hours_per_month": 15_573.333333}),
        ("64 gpus with 5% monthly growth", {"gpus": 64, "growth_per_month": 0.05}),
        (
            "7B 2T in 3 months at 40% MFU",
            {"training": {"parameters": 7e9, "tokens": 2e12, "share_of_peak": 0.4}, "months": 3},
        ),
    ],
)
def test_what_stands_behind_an_amount_is_set_too(text: str, work: dict[str, Any]) -> None:
    assert with_text(profile_of(nodes=9, months=7), NODES, text, BOOK) == profile_of(**{"months": 7} | work)


def test_months_until_a_day_are_counted_from_the_start() -> None:
    book = replace(BOOK, day=date(2026, 11, 30))
    for start, months in ((0, 16.04), (3, 13.05)):
        later = profile_of(nodes=9, start_month=start)
        assert with_text(later, NODES, "64 H100 until March 2028", book).workload[0].months == months


def test_a_yearly_growth_is_that_of_twelve_months() -> None:
    grown = with_text(profile_of(nodes=9), NODES, "64 gpus growing 100% a year", BOOK).workload[0]
    assert (1 + grown.growth_per_month) ** 12 == pytest.approx(2)


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        ("4000 gpu-h at 60%", "no utilization here"),
        ("8 8 16 growing 5% a month", "no growth here"),
        ("16-32 GPUs", "nodes, GPUs"),
        ("half a node", "nodes, GPUs"),
        ("0 gpus growing to 8 in a year", "nodes, GPUs"),
        ("64 gpus in 3 months", "`for 3 months`"),
        ("8x7B 2T", "nodes, GPUs"),  # a mixture of experts, not 56B
        ("8 nodes, 64 GPUs", "nodes, GPUs"),  # never 8 of 64
        ("0 H100", "nodes, GPUs"),  # it ended the program
        ("serve 8 H100", "an amount for pre-train"),
    ],
)
def test_what_has_no_one_meaning_is_refused_in_the_words_that_were_typed(text: str, allowed: str) -> None:
    with pytest.raises(InputError, match=f"found '{text}'; allowed: {allowed}"):
        with_text(profile_of(nodes=9), NODES, text, BOOK)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("8xH200 boxes", "'8xh200 boxes'; allowed: how many such boxes"),
        ("4 GB200 NVL72", "'4 gb200 nvl72'; allowed: 4 racks of GB200-NVL72, or 4 GPUs of GB200-NVL72"),
        ("2 racks of H100", "'2 racks of h100'; allowed: nodes or GPUs: racks of H100-SXM differ"),
        ("1.500 gpu-h", "'1.500', which may be 1500; allowed: 1500 or 1.5"),
        ("2.000", "'2.000', which may be 2000; allowed: 2000 or 2"),
    ],
)
def test_what_may_be_two_numbers_is_refused(text: str, found: str) -> None:
    with pytest.raises(InputError, match=f"found {re.escape(found)}"):
        with_text(profile_of(nodes=9), NODES, text, BOOK)


@pytest.mark.parametrize(
    ("text", "start", "months"),
    [
        ("64 H100 from January for 1 year", 1, 12),
        ("64 H100 for 1 year starting in March 2027", 3, 12),
        ("64 H100 from March 2027 until March 2028", 3, 13.05),
        ("64 H100 from Q1 to Dec 2027", 1, 12),
        ("64 H100 starting in 3 months", 3, 7),
        ("64 H100 Feb through July 2027", 2, 5.95),
        ("64 H100 between 1.2.2027 and 31.7.2027", 2, 5.95),
        ("64 H100 for the whole of 2027", 1, 12),
        ("64 H100 in Q1", 1, 2.96),
        ("64 H100 in 2027 for 2 years", 1, 24),
        ("64 H100 starting now, for 2 years", 0, 24),
    ],
)
def test_a_plan_may_start_later(text: str, start: int, months: float) -> None:
    """Asked on 30 November 2026; January without a year is the next one."""
    book = replace(BOOK, day=date(2026, 11, 30))
    work = with_text(profile_of(nodes=9, months=7), NODES, text, book).workload[0]
    assert (work.gpus, work.start_month, work.months) == (64, start, months)


def test_tokens_in_all_of_some_months_are_no_rate() -> None:
    with pytest.raises(InputError, match="allowed: a service by the day or the month"):
        with_text(profile_of(kind="inference", nodes=1), NODES, "70B 12B tokens over 3 months", BOOK)


def test_nothing_is_no_use_of_a_service() -> None:
    with pytest.raises(InputError, match="found '70B 0 users a day'; allowed: nodes"):
        with_text(profile_of(kind="inference", nodes=1), NODES, "70B 0 users a day", BOOK)


def test_tokens_without_a_model_are_no_service() -> None:
    with pytest.raises(InputError, match="found '400M tokens a day'; allowed: nodes"):
        with_text(profile_of(kind="inference", nodes=1), NODES, "400M tokens a day", BOOK)


def test_a_later_model_of_the_same_architecture_is_served_as_fast() -> None:
    found = with_text(profile_of(kind="inference", nodes=1), NODES, "Llama-3.3-70B 400M tokens/day", BOOK)
    assert found == with_text(profile_of(kind="inference", nodes=1), NODES, "Llama-3-70B 400M tokens/day", BOOK)


@pytest.mark.parametrize("text", ["70B 20k users", "Llama-3-70B 20k users", "50k users/day 4 s"])
def test_users_stay_users_with_what_each_of_them_asks(text: str) -> None:
    """They were shown as 74k requests a day."""
    found = with_text(profile_of(kind="inference", nodes=1), NODES, text, BOOK)
    assert amount_text(found.workload[0]) == text
    serving = present(found.workload[0].serving)
    asked = {**serving.model_dump(exclude_unset=True), "requests_per_day": 20e3, "requests_per_user_day": 10.0}
    own = profile_of(kind="inference", serving=asked)
    more = present(with_text(own, NODES, text, BOOK).workload[0].serving)
    assert more.requests_per_user_day == 10, "the profile's own figure stays"
    assert more.requests_per_day == 10 * (50e3 if "4 s" in text else 20e3)


def test_a_volume_without_a_time_says_what_it_lacks() -> None:
    for text, example in (("5000 hours of audio a day", "40x"), ("10M documents a day", "2 s")):
        with pytest.raises(InputError, match=f"the GPU time of each too, or .*: .* a day {example}"):
            with_text(profile_of(kind="inference", nodes=1), NODES, text, BOOK)


@pytest.mark.parametrize(("count", "unit"), [(8, "H100"), (64, "H100"), (1000, "H100"), (3, "nodes")])
def test_a_training_takes_as_many_gpus_as_were_said(count: int, unit: str) -> None:
    profile = with_text(profile_of(nodes=9), NODES, f"7B 2T on {count} {unit}", BOOK)
    nodes = nodes_at_start(profile, BOOK.assumptions_for(profile.workload[0].gpu))
    assert nodes == pytest.approx(count if unit == "nodes" else count / 8)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("7B 2T on 256 H100 for 3 months", "3 months; allowed: the GPUs or the months"),
        ("7B 6 2T on 32 nodes", "active_parameters: found 6; allowed: "),
        ("405B 15T on 16 H100", "found 16 GPUs; allowed: at least 108, which hold the model"),
    ],
)
def test_gpus_of_a_training_are_enough_and_say_its_months(text: str, told: str) -> None:
    with pytest.raises(InputError, match=told):
        with_text(profile_of(nodes=9), NODES, text, BOOK)
