"""Samples are called by what they are for."""

import pytest

from advisor.reports.purpose import purpose_text
from tests.support.profile_builder import a_profile, sample


@pytest.mark.parametrize(
    ("name", "purpose"),
    [
        ("lora-one-node", "Fine-tune on 1 node, 2 weeks"),
        ("cluster-64", "Train on 64 nodes, 2 years"),
        ("one-gpu-speech", "Serve on 1 GPU, 1 year"),
        ("serve-70b", "Serve Llama-3-70B, 2 years"),
        ("runs-38-a-week", "Fine-tune 38 runs a week, 1 year"),
        ("gpu-hours-a-month", "Fine-tune 1,000 GPU-h a month, 6 months"),
        ("train-and-serve", "Train and serve, 2 years"),
    ],
)
def test_a_purpose_says_what_how_much_and_how_long(name: str, purpose: str) -> None:
    assert purpose_text(sample(name)) == purpose


@pytest.mark.parametrize(("months", "words"), [(1, "1 month"), (18, "18 months"), (0.1, "1 week"), (12, "1 year")])
def test_a_length_is_in_its_largest_whole_unit(months: float, words: str) -> None:
    assert purpose_text(a_profile({"months": months})).endswith(f", {words}")
