"""`gpu-advisor compare`: the rows of the Compare screen as text, and the figures of `advise` as JSON."""

import csv
import json
from datetime import date
from pathlib import Path

import pytest

from advisor.decision.joint.joint_advice import JointAdvice, advise_jointly
from advisor.formatting import usd
from advisor.profiles.form.form_fields import form_fields
from advisor.profiles.validation import parse_profile
from advisor.reports.board_memo import RunOptions
from advisor.reports.compare_view import compare_columns, difference_text
from advisor.reports.joint.joint_text import joint_report
from advisor.reports.joint.joint_view import joint_text
from advisor.reports.summary_row import EXPECTED_FIELDS, FIELDS, expected_rows, row_of, rows_of
from advisor.reports.write_as import advice_as
from tests.cli.test_cli import UNUSUAL
from tests.support.present import present
from tests.support.processes import Run, run_here
from tests.support.profile_builder import BOOK, a_profile, sample

NAMES = ("cluster-64", "pre-train-16", "lora-one-node")
FEW_PATHS = 1000


@pytest.fixture(scope="module")
def answers() -> list[JointAdvice]:
    """The answers for the three profiles."""
    return [advise_jointly(sample(name), BOOK, FEW_PATHS) for name in NAMES]


@pytest.fixture(scope="module")
def printed() -> Run:
    """The text with the three profiles side by side."""
    return run_here(["compare", *NAMES, "--paths", str(FEW_PATHS)])


@pytest.fixture(scope="module")
def as_json() -> Run:
    """The same as JSON."""
    return run_here(["compare", *NAMES, "--paths", str(FEW_PATHS), "--json"])


def test_every_row_of_the_screen_is_printed(printed: Run, answers: list[JointAdvice]) -> None:
    assert (printed.code, printed.err) == (0, "")
    answered = [(joint, form_fields(joint.profile, BOOK)) for joint in answers]
    folded = " ".join(printed.out.split())
    for column in compare_columns(answered):
        for question, answer in column.rows:
            assert question in folded
            assert answer.split()[0] in folded
    assert [line for line in printed.out.splitlines() if len(line) > 79] == []


def test_columns_stand_beside_each_other_under_their_names(printed: Run) -> None:
    head, differs, *rows = printed.out.splitlines()
    verdict = next(row for row in rows if row.startswith("Verdict"))
    assert differs.startswith("What differs"), "what a column is, under its name"
    assert head.split() == ["cluster-64", "pre-train-16"]
    assert verdict.index("RESERVE 12") == head.index("cluster-64")
    assert verdict.index("RESERVE or rent") == head.index("pre-train-16")
    assert "\n\n                 lora-one-node\n" in printed.out


def test_the_json_has_the_rows_and_the_figures_of_advise(as_json: Run, answers: list[JointAdvice]) -> None:
    found = json.loads(as_json.out)
    assert [one["name"] for one in found["profiles"]] == [sample(name).name for name in NAMES]
    for one, joint in zip(found["profiles"], answers, strict=True):
        assert one["figures"] == row_of(joint)
        assert one["path"] is None
        assert len(one["rows"]) == 12
    assert found["profiles"][0]["rows"][0] == {"question": "What differs", "answer": "the baseline"}


@pytest.mark.parametrize("name", ["a runway", "nothing fits", "a contract in hand", "other GPUs", "a late start"])
def test_the_quick_row_is_the_row_of_the_whole_answer(name: str) -> None:
    profile = UNUSUAL[name]
    (quick,) = rows_of([profile], BOOK, FEW_PATHS, 3)
    row = row_of(advise_jointly(profile, BOOK, FEW_PATHS, 3))
    assert quick == {
        name: pytest.approx(cell, rel=1e-9) if isinstance(cell, float) else cell for name, cell in row.items()
    }
    assert tuple(quick) == FIELDS


def test_a_plan_on_several_gpus_is_one_column_and_one_row() -> None:
    """All of its GPUs together, in `compare`, in a row of a sweep, and in the quick rows."""
    joint = advise_jointly(sample("train-and-serve"), BOOK, FEW_PATHS, 0)
    found = json.loads(run_here(["compare", "train-and-serve", "lora-one-node", "--paths", "1000", "--json"]).out)
    column = found["profiles"][0]
    rows = {row["question"]: row["answer"] for row in column["rows"]}
    assert rows["Verdict"] == joint_text([part.costing for part in joint.parts], joint.choice)
    assert rows["Present value"] == usd(joint.choice.expected_usd)
    assert [part.gpu.label in rows["Plan"] for part in joint.parts] == [True, True]
    assert [row["question"] for row in column["rows"]] == [row["question"] for row in found["profiles"][1]["rows"]]
    row = row_of(joint)
    assert column["figures"] == row
    assert row["expected_usd"] == pytest.approx(joint.choice.expected_usd, abs=0.01)
    assert rows_of([sample("lora-one-node"), sample("train-and-serve")], BOOK, FEW_PATHS, 0)[1] == row
    (expected,) = expected_rows([sample("train-and-serve")], BOOK)
    assert expected == {name: row[name] for name in EXPECTED_FIELDS}
    assert tuple(row) == FIELDS


def test_a_sweep_of_a_plan_on_several_gpus_varies_one_of_its_workloads() -> None:
    done = run_here(["sweep", "train-and-serve", "--set", "workload.1.months=6,12", "--expected", "--jobs", "1"])
    head, short, long = csv.reader(done.out.splitlines())
    usd_at = head.index("expected_usd")
    assert (done.code, head[0]) == (0, "workload.1.months")
    assert float(short[usd_at]) < float(long[usd_at])


def test_the_cheapest_of_each_class_is_feasible() -> None:
    (row,) = rows_of([a_profile(company={"rental_forbidden_because": "a rule"})], BOOK, FEW_PATHS, 0)
    assert row["rent_usd"] is row["reserve_usd"] is None
    assert row["buy_usd"] is not None


def test_a_profile_of_your_own_has_its_path(tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text(
        'schema = 1\nname = "[red]mine"\n[[workload]]\nkind = "pre-train"\nnodes = 4\nmonths = 2\n', encoding="utf-8"
    )
    found = json.loads(run_here(["compare", mine, mine, "--paths", "100", "--json"]).out)
    assert [one["path"] for one in found["profiles"]] == [str(mine)] * 2
    assert found["profiles"][1]["rows"][0]["answer"] == "nothing"
    assert found["profiles"][0]["name"] == "[red]mine"


@pytest.mark.parametrize(
    ("asked", "code", "words"),
    [(["cluster-64"], 2, "arguments are required: PROFILE"), (["cluster-64", "nobody"], 1, "no profile 'nobody'")],
)
def test_wrong_uses(asked: list[str], code: int, words: str) -> None:
    found = run_here(["compare", *asked])
    assert (found.code, found.out) == (code, "")
    assert words in found.err.splitlines()[-1]


def test_what_differs_in_several_workloads_is_no_riddle() -> None:
    """`Nodes 1 16 nodes, Months 1 6 months`."""
    raw = {"name": "two", "workload": [{"kind": "pre-train", "nodes": 16, "months": 6}] * 2}
    profiles = (a_profile(), parse_profile(raw, BOOK))
    one, two = (form_fields(profile, BOOK) for profile in profiles)
    assert difference_text(one, two).startswith("Nodes 1: 16 nodes, Months 1: 6 months")


def test_cash_that_pays_for_no_combination_is_no_verdict() -> None:
    """It compared what cannot be paid: `RESERVE H100 SXM, RENT L40S`, `$2.95M, least`; a sweep had its cost."""
    work = [
        {"kind": "pre-train", "nodes": 16, "months": 9},
        {"kind": "inference", "gpu": "L40S", "nodes": 2, "months": 24},
    ]
    poor = parse_profile(
        {"name": "two", "workload": work, "company": {"cash_usd": 9e6, "burn_usd_per_month": 3.5e5}}, BOOK
    )
    joint = advise_jointly(poor, BOOK, FEW_PATHS)
    assert not joint.choice.fits
    (column,) = compare_columns([(joint, form_fields(poor, BOOK))])
    rows = dict(column.rows)
    assert rows["Verdict"] == "NOTHING FITS together"
    assert {rows[name] for name in ("Present value", "Due on day one", "Runway", "Per busy GPU-h")} == {"-"}
    row = row_of(joint)
    assert (row["option"], row["expected_usd"], row["close_call"]) == (None, None, False)
    assert (row["nothing_fits"], row["without_cash_limit"]) == (
        "cash pays for no combination of options",
        " + ".join(one.id for one in joint.choice.picks if one),
    )
    assert {name: row[name] for name in EXPECTED_FIELDS} == expected_rows([poor], BOOK)[0]
    printed = joint_report(joint, date(2026, 11, 30))
    assert "\nNOTHING FITS together: cash is $" in printed
    assert "H100 SXM alone: RESERVE" in printed
    asked = advice_as("md", joint, RunOptions(date(2026, 11, 30), FEW_PATHS, 0), None)
    assert "Question" in asked
    assert "Approve" not in asked


def test_a_row_without_a_verdict_says_why() -> None:
    """All of its cells were empty."""
    poor, free = a_profile(company={"cash_usd": 1e6}), a_profile()
    row = rows_of([poor], BOOK, FEW_PATHS, 0)[0]
    assert row["nothing_fits"] == "cash pays for no option"
    assert row["without_cash_limit"] == expected_rows([free], BOOK)[0]["option"]
    (column,) = compare_columns([(advise_jointly(poor, BOOK, FEW_PATHS), form_fields(poor, BOOK))])
    assert dict(column.rows)["Next best"] == "with more cash: 12-month reservation"


def test_a_price_that_cash_pays_for_stands_beside_the_one_by_cost(answers: list[JointAdvice]) -> None:
    """`Rent below $3.22` stood in the row of cluster-64, and $3.51 in its figures."""
    (column,) = compare_columns([(answers[0], [])])
    evens = answers[0].parts[0].break_evens
    payable, by_cost = present(evens.payable_rate_usd), present(evens.tipping.usd)
    assert payable < by_cost == row_of(answers[0])["break_even_usd_per_gpu_hour"]
    expected = f"${payable:.2f}; by cost ${by_cost:.2f}"
    assert dict(column.rows)["Rent below"] == expected
