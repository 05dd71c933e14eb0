"""The app when another program saves the profile that is open: no overwrite without a question, every choice works."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from advisor.files import folder_lock
from advisor.market.price_book import built_in_book
from advisor.profiles.store import load_profile, own_folder
from screens.app import AdvisorApp
from screens.dialogs.questions import ConflictDialog, NameDialog
from screens.views.verdict import VerdictScreen
from tests.screens.test_app import field_keys, shown
from tests.support.app_driver import dialog_text, press, profile_of, request, running, screen_text
from tests.support.user_process import User

MINE, THEIRS, BEFORE = 30, 12, 24


def write(path: Path, months: int) -> None:
    path.write_text(
        f'schema = 1\nname = "Lab"\n[[workload]]\nkind = "pre-train"\nnodes = 16  # ours\nmonths = {months}\n'
    )


def months_in(path: Path) -> float:
    return load_profile(path, built_in_book()).workload[0].months


def months_shown(app: AdvisorApp) -> float:
    return profile_of(app).workload[0].months


@asynccontextmanager
async def conflicting(folder: Path) -> AsyncIterator[tuple[AdvisorApp, Pilot[int], Path]]:
    """The app with an edit of mine on a profile that another program saved meanwhile, and its path."""
    path = folder / "lab.toml"
    write(path, BEFORE)
    async with running(request("lab", folder)) as (app, pilot):
        await press(app, pilot, *field_keys(app, "Months"), *f"{MINE}", "enter")
        write(path, THEIRS)
        yield app, pilot, path


async def test_the_difference_is_shown_and_esc_changes_nothing(tmp_path: Path) -> None:
    async with conflicting(tmp_path) as (app, pilot, path):
        await press(app, pilot, "s")
        assert isinstance(app.screen, ConflictDialog)
        assert "workload 1, months: yours 30, on disk 12" in shown(app)
        assert max(map(len, screen_text(app).splitlines())) <= 80
        await press(app, pilot, "escape")
        assert isinstance(app.screen, VerdictScreen)
        assert app.session.edited
        assert (months_in(path), months_shown(app)) == (THEIRS, MINE)


async def test_a_folder_that_another_process_has_locked_can_be_left_for_ones_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The dialog says who holds the lock, and saves in the user's own folder."""
    monkeypatch.setattr(folder_lock, "LOCK_WAIT_S", 0.05)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "own"))
    shared = tmp_path / "shared"
    shared.mkdir()
    write(shared / "lab.toml", BEFORE)
    async with running(request("lab", shared), (140, 45)) as (app, pilot):
        await press(app, pilot, *field_keys(app, "Months"), *f"{MINE}", "enter")
        with User(tmp_path) as holder:
            assert holder.ask("hold", shared) is True
            await press(app, pilot, "s")
            assert isinstance(app.screen, NameDialog)
            said = "".join(dialog_text(app).split())  # wrapped
            assert "lockedbyanothersave,of" in said
            assert str(own_folder()) in said
            await press(app, pilot, "enter")
        assert not app.session.edited
    assert (months_in(shared / "lab.toml"), months_in(own_folder() / "lab.toml")) == (BEFORE, MINE)


async def test_keep_mine_overwrites_what_was_shown(tmp_path: Path) -> None:
    async with conflicting(tmp_path) as (app, pilot, path):
        await press(app, pilot, "s", "s")
        assert (months_in(path), months_shown(app)) == (MINE, MINE)
        assert not app.session.edited
        await press(app, pilot, *field_keys(app, "Months"), *"6", "enter", "s")
        assert months_in(path) == 6, "and the next save is not a conflict"


async def test_keep_mine_asks_again_when_a_third_version_came(tmp_path: Path) -> None:
    async with conflicting(tmp_path) as (app, pilot, path):
        await press(app, pilot, "s")
        write(path, 7)
        await press(app, pilot, "s")
        assert isinstance(app.screen, ConflictDialog)
        assert "on disk 7" in shown(app)
        assert months_in(path) == 7


async def test_take_theirs_opens_what_is_on_disk(tmp_path: Path) -> None:
    async with conflicting(tmp_path) as (app, pilot, path):
        await press(app, pilot, "s", "d")
        assert (months_in(path), months_shown(app)) == (THEIRS, THEIRS)
        assert not app.session.edited


async def test_save_as_keeps_both(tmp_path: Path) -> None:
    async with conflicting(tmp_path) as (app, pilot, path):
        await press(app, pilot, "s", "S")
        assert isinstance(app.screen, NameDialog)
        app.screen.query_one(Input).value = "Lab of mine"
        await press(app, pilot, "enter")
        assert (months_in(path), months_in(tmp_path / "lab-of-mine.toml")) == (THEIRS, MINE)


async def test_a_deleted_file_offers_nothing_to_take(tmp_path: Path) -> None:
    async with conflicting(tmp_path) as (app, pilot, path):
        path.unlink()
        await press(app, pilot, "s")
        assert isinstance(app.screen, ConflictDialog)
        assert "deleted or renamed" in " ".join(dialog_text(app).split())
        await press(app, pilot, "d")
        assert isinstance(app.screen, ConflictDialog), "there is nothing to take"
        await press(app, pilot, "s")
        assert months_in(path) == MINE
        assert "# ours" in path.read_text(), "with the comments of the file that was deleted"


async def test_quitting_through_a_conflict_loses_nothing_without_a_question(tmp_path: Path) -> None:
    async with conflicting(tmp_path) as (app, pilot, path):
        await press(app, pilot, "q", "s")
        assert isinstance(app.screen, ConflictDialog)
        assert app.return_code is None
        await press(app, pilot, "s")
        assert app.return_code == 0
    assert months_in(path) == MINE
