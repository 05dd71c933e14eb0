"""`gpu-advisor compare`: the rows of the Compare screen as text, and the figures of `advise` as JSON."""

import json
from pathlib import Path

import pytest

from advisor.decision.advise import Advice, advise
from advisor.profiles.form import form_fields
from advisor.reports.compare_view import compare_columns
from advisor.reports.summary_row import FIELDS, advice_row, rows_of
from tests.cli.test_cli import UNUSUAL
from tests.support.processes import Run, run_here
from tests.support.profile_builder import BOOK, a_profile, sample

NAMES = ("cluster-64", "pre-train-16", "lora-one-node")
FEW_PATHS = 1000


@pytest.fixture(scope="module")
def advices() -> list[Advice]:
    """The answers for the three profiles."""
    return [advise(sample(name), BOOK, FEW_PATHS) for name in NAMES]


@pytest.fixture(scope="module")
def printed() -> Run:
    """The text with the three profiles side by side."""
    return run_here(["compare", *NAMES, "--paths", str(FEW_PATHS)])


@pytest.fixture(scope="module")
def as_json() -> Run:
    """The same as JSON."""
    return run_here(["compare", *NAMES, "--paths", str(FEW_PATHS), "--json"])


def test_every_row_of_the_screen_is_printed(printed: Run, advices: list[Advice]) -> None:
    assert (printed.code, printed.err) == (0, "")
    answered = [(advice, form_fields(advice.profile, BOOK)) for advice in advices]
    folded = " ".join(printed.out.split())
    for column in compare_columns(answered[0], answered[1:]):
        for question, answer in column.rows:
            assert question in folded
            assert answer.split()[0] in folded
    assert [line for line in printed.out.splitlines() if len(line) > 79] == []


def test_columns_stand_beside_each_other_under_their_names(printed: Run) -> None:
    head, verdict, *_ = printed.out.splitlines()
    assert head.split() == ["cluster-64", "pre-train-16"]
    assert verdict.index("RESERVE 12") == head.index("cluster-64")
    assert verdict.index("RESERVE or rent") == head.index("pre-train-16")
    assert "\n\n                 lora-one-node\n" in printed.out


def test_the_json_has_the_rows_and_the_figures_of_advise(as_json: Run, advices: list[Advice]) -> None:
    found = json.loads(as_json.out)
    assert [one["name"] for one in found["profiles"]] == [sample(name).name for name in NAMES]
    for one, advice in zip(found["profiles"], advices, strict=True):
        assert one["figures"] == advice_row(advice)
        assert one["path"] is None
        assert len(one["rows"]) == 12
    assert found["profiles"][0]["rows"][-1] == {"question": "What differs", "answer": "as it stands"}


@pytest.mark.parametrize("name", ["a runway", "nothing fits", "a contract in hand", "other GPUs", "a late start"])
def test_the_quick_row_is_the_row_of_the_whole_answer(name: str) -> None:
    profile = UNUSUAL[name]
    (quick,) = rows_of([profile], BOOK, FEW_PATHS, 3)
    row = advice_row(advise(profile, BOOK, FEW_PATHS, 3))
    assert quick == {
        name: pytest.approx(cell, rel=1e-9) if isinstance(cell, float) else cell for name, cell in row.items()
    }
    assert tuple(quick) == FIELDS


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
    assert found["profiles"][1]["rows"][-1]["answer"] == "nothing"
    assert found["profiles"][0]["name"] == "[red]mine"


@pytest.mark.parametrize(
    ("asked", "code", "words"),
    [(["cluster-64"], 2, "arguments are required: PROFILE"), (["cluster-64", "nobody"], 1, "no profile 'nobody'")],
)
def test_wrong_uses(asked: list[str], code: int, words: str) -> None:
    found = run_here(["compare", *asked])
    assert (found.code, found.out) == (code, "")
    assert words in found.err.splitlines()[-1]
