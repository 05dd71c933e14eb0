"""Memos on one GPU, 62.5 nodes' worth of GPUs, a rack of 72, and training beside serving, as a board reads them."""

from datetime import date
from functools import cache

import pytest

from advisor.decision.joint.joint_advice import advise_jointly
from advisor.profiles.store import load_profile, sample_entries
from advisor.reports.board_memo import RunOptions
from advisor.reports.formats.markdown import markdown
from advisor.reports.joint.joint_memo import joint_memo
from tests.reports.odd_figures import odd_figures
from tests.support.profile_builder import BOOK

PLANS = ("one-gpu-speech", "train-500-gpus", "one-rack-of-72", "train-and-serve")
OPTIONS = RunOptions(date(2026, 11, 24), 200, 0)


@cache
def memo_of(name: str) -> str:
    entry = next(entry for entry in sample_entries() if entry.name == name)
    return markdown(joint_memo(advise_jointly(load_profile(entry.path, BOOK), BOOK, OPTIONS.paths), OPTIONS))


def section(memo: str, title: str) -> str:
    return memo.partition(f"## {title}\n")[2].partition("\n## ")[0]


@pytest.mark.parametrize("name", PLANS)
def test_its_figures_are_those_that_people_read(name: str) -> None:
    body = memo_of(name).partition("## Appendix")[0]
    assert list(odd_figures(body)) == []
    assert "  " not in "".join(line for line in body.splitlines() if not line.startswith("|"))


def test_the_size_stands_beside_the_question_and_not_among_the_risks() -> None:
    memo = memo_of("train-500-gpus")
    assert "**Size**: 500 GPUs are 62.5 nodes." in section(memo, "The decision")
    assert "62.5 nodes" not in section(memo, "Risks")
    assert "**Size**: 1 GPU is 0.125 nodes." in section(memo_of("one-gpu-speech"), "The decision")


def test_a_close_call_is_told_once() -> None:
    head = memo_of("train-500-gpus").partition("## ")[0].lower()
    assert head.count("too close to call") == 1
    assert "if the plan holds" not in head, "which costs what is expected"


def test_an_answer_without_alternative_says_so_and_compares_with_nothing() -> None:
    memo = memo_of("one-rack-of-72")
    assert memo.lower().count("no other class is feasible") == 2  # in the answer, and as its risk
    assert "reserving needs an offer" in section(memo, "Risks")
    assert "If rents move differently" not in memo
    assert "price scenarios" not in memo
    assert "not cheapest for any plan" not in memo, "a rack has no price in the book"


def test_rents_are_those_of_the_price_list_of_the_profile() -> None:
    """A hyperscaler's list of $3.43, not the neoclouds' $1.79, and offers are compared with it."""
    memo = memo_of("one-gpu-speech")
    assert "| 0 | $3.43 | $3.43 | $3.43 |" in section(memo, "Where rents may go")
    assert "31% above" in section(memo, "Offers")


def test_each_gpu_says_how_sure_its_answer_is() -> None:
    head = memo_of("train-and-serve").partition("## ")[0]
    answer = next(line for line in head.splitlines() if line.startswith("**"))
    assert "(" not in answer
    assert [line.partition(":")[0] for line in head.splitlines() if "right" in line] == ["- H100 SXM", "- L40S"]
