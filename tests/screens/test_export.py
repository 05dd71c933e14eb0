"""Exporting from the app: on every view, to a file of one's choice, and never over another without a question."""

import csv
import json
from io import StringIO
from pathlib import Path
from threading import Event

import pytest
from textual.widgets import Input

from advisor.market.forecast.default_paths import DEFAULT_PATHS
from advisor.reports.board_memo import RunOptions
from advisor.reports.export_file import FORMATS
from advisor.reports.write_as import advice_as
from screens.answer import Answer
from screens.app import AdvisorApp
from screens.dialogs.questions import ExportDialog, ReplaceDialog
from screens.state import file_actions
from screens.state.exports import export
from screens.state.session import Session
from screens.views.compare import CompareScreen
from screens.views.profile_screen import ProfileScreen
from tests.screens.test_app import field_keys, write_profile
from tests.support.app_driver import TODAY, answer_of, dialog_text, press, request, running
from tests.support.processes import names_in

NAME = "fine-tune-on-1-node-2-weeks.md"


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory of the test's own."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def named(app: AdvisorApp) -> str:
    """The name that stands in the dialog."""
    assert isinstance(app.screen, ExportDialog)
    return app.screen.query_one("#name", Input).value


def said(app: AdvisorApp) -> str:
    """The words of the dialog."""
    return " ".join(dialog_text(app).split())


def notes(app: AdvisorApp) -> list[str]:
    """What was said in passing."""
    return [f"{note.title}: {note.message}" for note in app._notifications]


async def test_every_view_exports_what_it_shows_in_every_format(own_folder: Path) -> None:
    async with running(request("lora-one-node")) as (app, pilot):
        for at, (form, view) in enumerate(zip(FORMATS, ("verdict", "why", "break-even", "map"), strict=True)):
            await press(app, pilot, view[0])
            assert isinstance(app.screen, ProfileScreen)
            assert view == app.screen.VIEW
            await press(app, pilot, "x", *["down"] * at, "enter")
            assert isinstance(app.screen, ProfileScreen)
            written = own_folder / Path(NAME).with_suffix(f".{form}")
            assert notes(app)[-1] == f"Exported the memo: {written}"
            assert written.read_text() == advice_as(
                form, answer_of(app).joint, RunOptions(TODAY, DEFAULT_PATHS, 0), None
            )
        assert len(names_in(own_folder)) == 4


async def test_compare_exports_the_comparison(own_folder: Path) -> None:
    async with running(request("lora-one-node")) as (app, pilot):
        await press(app, pilot, "p", *field_keys(app, "Months"), "2", "enter", "c")
        assert isinstance(app.screen, CompareScreen)
        await press(app, pilot, "right", "x")
        assert named(app) == NAME.replace(".md", "-compared.md")
        await press(app, pilot, "enter", "x", "up", "enter", "x", "up", "up", "enter")
        assert len(app.session.variants) == 1, "x removes no column"
        compared = [path for path in sorted(own_folder.iterdir()) if "compared" in path.name]
        assert [path.suffix for path in compared] == [".csv", ".json", ".md"]
        found = json.loads(compared[1].read_text())["compared"]
        rows = list(csv.DictReader(StringIO(compared[0].read_text())))
        assert (
            [row["column"] for row in rows]
            == [one["column"] for one in found]
            == ["Fine-tune on 1 node, 2 weeks (edited)", "variant 1"]
        )
        for row, one in zip(rows, found, strict=True):
            assert float(row["expected_usd"]) == one["options"][0]["expected_usd"]
            assert f"| {one['rows']['Due on day one']} |" in compared[2].read_text()


async def test_what_is_being_typed_counts_and_edits_are_exported_too(own_folder: Path, tmp_path: Path) -> None:
    write_profile(tmp_path / "lab.toml", "Lab")
    async with running(request("lab", tmp_path)) as (app, pilot):
        await press(app, pilot, *field_keys(app, "Months"), "7")
        await pilot.press("enter", "x")
        assert "still calculating" in app.problem
        await press(app, pilot)
        await press(app, pilot, "x", *["down"] * 2, "enter")
        (written,) = own_folder.iterdir()
        found = json.loads(written.read_text())
        assert {one["id"]: one["value"] for one in found["assumptions"]}["workload.1.months"] == 7
        assert found["profile"]["path"] == str(tmp_path / "lab.toml")
        assert app.session.edited, "an export saves nothing"


async def test_an_existing_file_is_asked_about(own_folder: Path) -> None:
    (own_folder / NAME).write_text("mine")
    async with running(request("lora-one-node")) as (app, pilot):
        await press(app, pilot, "x", "enter")
        assert isinstance(app.screen, ReplaceDialog)
        assert f"{NAME} exists already" in said(app)
        await press(app, pilot, "escape")
        assert (own_folder / NAME).read_text() == "mine"
        await press(app, pilot, "x", "enter")
        await press(app, pilot, "S")
        assert named(app) == NAME
        await press(app, pilot, "home", "n", "e", "w", "minus", "enter")
        assert (own_folder / f"new-{NAME}").read_text().startswith("# ")
        assert (own_folder / NAME).read_text() == "mine"
        await press(app, pilot, "x", "enter")
        await press(app, pilot, "s")
        assert (own_folder / NAME).read_text() == (own_folder / f"new-{NAME}").read_text()
        assert names_in(own_folder) == sorted([NAME, f"new-{NAME}"])


async def test_what_cannot_be_written_says_why_and_asks_again(own_folder: Path) -> None:
    async with running(request("lora-one-node")) as (app, pilot):
        await press(app, pilot, "x", *["backspace"] * len(NAME), *"memo.doc", "enter")
        assert "found 'memo.doc'; allowed: a name that ends in .md" in said(app)
        await press(app, pilot, "down")
        assert named(app) == "memo.doc.md", "an ending that is not one of the formats is part of the name"
        await press(app, pilot, *["backspace"] * 11, *"no/memo.md", "enter")
        assert named(app) == "no/memo.md"
        assert "no such file or directory" in said(app)
        await press(app, pilot, *["backspace"] * 10, *"l.md")
        (own_folder / "l.md").symlink_to("elsewhere.md")
        await press(app, pilot, "enter")
        assert "not a regular file" in said(app)
        await press(app, pilot, "escape")
        assert isinstance(app.screen, ProfileScreen)
        assert names_in(own_folder) == ["l.md"]


async def test_a_working_directory_that_is_gone_is_no_fault_of_ours(own_folder: Path) -> None:
    async with running(request("lora-one-node")) as (app, pilot):
        own_folder.rmdir()
        await press(app, pilot, "x", "enter")
        assert "no such file or directory" in said(app)
        await press(app, pilot, "escape")
        assert isinstance(app.screen, ProfileScreen)


async def test_nothing_waits_while_it_is_written(own_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The keys work while the memo is being written; it has the answer that was shown when x was pressed."""
    go_on, was_written = Event(), Event()
    async with running(request("lora-one-node")) as (app, pilot):

        def slow(session: Session, what: str, answer: Answer, name: str, *, over: bool) -> Path:
            go_on.wait(20)
            path = export(session, what, answer, name, over=over)
            was_written.set()
            return path

        monkeypatch.setattr(file_actions, "export", slow)
        months = field_keys(app, "Months")
        await pilot.press("x")
        await pilot.press("enter", *months, "3", "enter")
        while app.answer is None or app.answer.profile.workload[0].months != 3:
            await pilot.pause()
        assert not was_written.is_set()
        go_on.set()
        await press(app, pilot)
        assert "plan length (own)** | **how long the work lasts** | **0.5**" in (own_folder / NAME).read_text()


async def test_hostile_names_are_plain_in_the_dialog_and_on_disk(own_folder: Path, tmp_path: Path) -> None:
    text = "schema = 1\nname = '../../[red]$(id)|<b>'\n[[workload]]\nkind = 'fine-tune'\nnodes = 1\nmonths = 1\n"
    (tmp_path / "lab.toml").write_text(text)
    async with running(request("lab", tmp_path)) as (app, pilot):
        await press(app, pilot, "x")
        assert named(app) == "red-id-b.md"
        await press(app, pilot, "down", "enter")
        assert names_in(own_folder) == ["red-id-b.html"]
        assert "<b>" not in (own_folder / "red-id-b.html").read_text()
