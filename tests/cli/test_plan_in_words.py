"""PROFILE as a plan in words: what is read, that it answers as a profile of the same values, and what is refused."""

import json
from pathlib import Path
from typing import Any

import pytest

from advisor.profiles.form.plan_in_words import plan_from
from screens.views.verdict import VerdictScreen
from tests.support.app_driver import press, request, running, screen_text
from tests.support.processes import run_here
from tests.support.profile_builder import BOOK

PLAN = "train 128 H100 for 2 years at 85%"
SAME = """schema = 1
name = "Lab"
[[workload]]
kind = "pre-train"
gpus = 128
months = 24
busy = 0.85
[company]
stage = "series-a"
"""


@pytest.mark.parametrize(
    ("text", "kind", "work"),
    [
        (PLAN, "pre-train", {"gpus": 128, "months": 24, "busy": 0.85}),
        ("Pre-training on 16 nodes for 3 months", "pre-train", {"nodes": 16, "months": 3}),
        ("fine-tune 8 B200 for a quarter", "fine-tune", {"gpus": 8, "gpu": "B200-SXM", "months": 3}),
        ("train a 7B model on 2T tokens in 2 months", "pre-train", {"months": 2}),
        ("fine-tune Llama-3.3-70B on 100M tokens", "fine-tune", {}),
        ("serve a 70B model to 20k users a day", "inference", {}),
        ("transcribe 3000 audio hours a day at 40x", "inference", {}),
        ("we need to rent 10k H100 for a year", "pre-train", {"gpus": 10_000, "months": 12}),
        ("32 GPUs, 18 months", "fine-tune", {"gpus": 32, "months": 18}),
        ("serving on 8 L40S for a year", "inference", {"gpus": 8, "gpu": "L40S", "months": 12}),
        # what is not said is what is most likely
        ("8 H100 for a year", "fine-tune", {"gpus": 8, "months": 12}),
        ("64 H100 for a year", "pre-train", {"gpus": 64, "months": 12}),
        ("3 runs a week of 10 h on 8 gpus", "fine-tune", {"runs_per_week": 3, "hours_per_run": 10, "gpus": 8}),
        ("7B 1T", "pre-train", {}),
        ("70B 1B lora", "fine-tune", {}),
        ("70B 400M tokens/day", "inference", {}),
        ("70B 20k users", "inference", {}),
        ("200k images/day 6 s on L40S", "inference", {"gpu": "L40S"}),
    ],
)
def test_a_line_of_words_is_a_plan(text: str, kind: str, work: dict[str, Any]) -> None:
    workload = plan_from(text, BOOK)[0].workload[0]
    assert workload.kind == kind
    assert {name: getattr(workload, name) for name in work} == work


@pytest.mark.parametrize(
    "cash", ["with $2.5M", "with $2.5M cash", ", with $2.5 million in the bank", "and $2,500,000 of cash"]
)
def test_a_plan_may_say_the_cash(cash: str) -> None:
    plan = plan_from(f"train 64 H100 for 18 months {cash}", BOOK)[0]
    assert plan.company.cash_usd == 2.5e6
    assert (plan.workload[0].gpus, plan.workload[0].months) == (64, 18)


def test_what_a_plan_leaves_open_is_told() -> None:
    """Nothing where both are said; else the kind that was taken, and the months of the sample."""
    assert plan_from(PLAN, BOOK)[1] == ""
    assert plan_from("64 H100 for a year", BOOK)[1].startswith("read as training; a plan such as")
    assert plan_from("fine-tune 8 H100", BOOK)[1].startswith("read as fine-tuning for 3 months; a plan such as")


def test_a_plan_is_answered_as_a_profile_of_the_same_values(tmp_path: Path) -> None:
    path = tmp_path / "lab.toml"
    path.write_text(SAME)
    saved, said = (json.loads(run_here(["advise", name, "--json"], tmp_path).out) for name in (str(path), PLAN))
    assert said["options"] == saved["options"]
    assert said["profile"]["name"] == PLAN
    assert said["profile"]["path"] is None


def test_every_command_on_a_profile_takes_a_plan(tmp_path: Path) -> None:
    offer = "64 H100 nodes, 12 months, $2.45/GPU-hr, from Acme"
    for arguments in (
        ["report", PLAN],
        ["compare", PLAN, "cluster-64", "--paths", "200"],
        ["sweep", PLAN, "--set", "months=6,12", "--expected"],
        ["offers", PLAN, "--add", offer],
    ):
        ran = run_here(arguments, tmp_path)
        assert (ran.code, ran.err) == (0, ""), arguments
        assert "not feasible: no" not in ran.out
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (
            ["advise", "cluster-46"],
            "found no profile 'cluster-46'; allowed: did you mean cluster-64?, or a plan",
        ),
        (["advise", "my lab"], "found no profile 'my lab'"),
        (["advise", "16"], "found no profile '16'"),
        (["advise", "16 RTX 4090 for a year"], "found the unknown GPU 'RTX 4090'"),
        (["advise", "train lots for 2 years 3"], "found 'lots for 2 years 3'; allowed: nodes"),
        (["advise", "no/such.toml"], "no/such.toml: found no such file"),
        (["offers", PLAN, "--add", "64 H100, 12 months, $2.45", "--write"], f"found the plan in words {PLAN}"),
    ],
)
def test_what_is_neither_a_profile_nor_a_plan_is_one_error(arguments: list[str], told: str, tmp_path: Path) -> None:
    ran = run_here(arguments, tmp_path)
    assert ran.code == 1
    assert told in ran.err
    assert "Traceback" not in ran.err


async def test_the_app_opens_on_a_plan_and_saves_it(tmp_path: Path) -> None:
    async with running(request(PLAN, tmp_path)) as (app, pilot):
        assert isinstance(app.screen, VerdictScreen)
        assert "train 128 H100 for 2 years" in screen_text(app)
        assert "128 gpus" in screen_text(app)
        await press(app, pilot, "s", "enter")
        assert [path.name for path in tmp_path.glob("*.toml")] == ["train-128-h100-for-2-years-at-85.toml"]
