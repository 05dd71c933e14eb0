"""The verdict read aloud: sentences in reading order, nothing drawn, on any terminal."""

from pathlib import Path

import pytest

from advisor.decision.advise import advise
from advisor.reports.formats.screen_reader import linear_report
from advisor.reports.verdict_view import verdict_view
from tests.support.app_driver import TODAY
from tests.support.processes import run_here
from tests.support.profile_builder import ALL_SAMPLES, BOOK, sample

_READ_ALOUD = set("abcdefghijklmnopqrstuvwxyz0123456789 .,;:!?'()[]$%/+-=~&@#*\n")


@pytest.mark.parametrize("name", ["cluster-64", "lora-one-node", "frontier-lab-1000"])
def test_nothing_is_drawn_and_all_is_said(name: str) -> None:
    advice = advise(sample(name), BOOK, 400)
    text, view = linear_report(advice, TODAY), verdict_view(advice, TODAY)
    assert set(text.lower()) - _READ_ALOUD == set()
    assert "  " not in text, "no columns"
    assert not any(3 * sign in text for sign in "#-=*+")
    assert all(line == "" or line[-1] in ".:!?" for line in text.splitlines())
    said = [
        view.headline,
        *(row.label for row in view.rows),
        *view.sentences,
        *(hint.text for hint in view.hints),
        *view.warnings,
    ]
    places = [text.find(words.rstrip(".")) for words in said]
    assert min(places) >= 0
    assert text.index(view.headline) < text.index("What each option costs") < text.index("Why:"), "in reading order"


@pytest.mark.parametrize(
    ("arguments", "environment"), [(["--plain"], {"TERM": "xterm-256color"}), ([], {"TERM": "dumb"})]
)
def test_it_is_printed_when_asked_for_and_on_a_dumb_terminal(
    arguments: list[str], environment: dict[str, str], tmp_path: Path
) -> None:
    done = run_here(["lora-one-node", *arguments], tmp_path, environment=environment)
    assert (done.code, done.err) == (0, "")
    assert "Verdict: RENT on a marketplace." in done.out.splitlines()


def test_the_profiles_are_listed_to_be_read_aloud_too(tmp_path: Path) -> None:
    done = run_here(["--plain"], tmp_path)
    lines = done.out.splitlines()
    assert len(lines) == len(ALL_SAMPLES)
    assert any(line.startswith("cluster-64, a sample: RESERVE 12 months $") for line in lines)
    assert done.err == "gpu-advisor: `gpu-advisor advise NAME` prints one verdict\n", "what to do next"


def test_the_report_of_advise_stays_as_it_is(tmp_path: Path) -> None:
    done = run_here(["advise", "lora-one-node"], tmp_path, environment={"TERM": "dumb"})
    assert "What each option costs (net present cost; the pick first, then by cost)" in done.out
    assert "░" in done.out
