"""Home with profiles of one's own: they are renamed, copied, deleted and restored, and no work is lost."""

import re
import signal
from datetime import date
from pathlib import Path
from threading import current_thread
from typing import Any

import pytest
from textual._compositor import Compositor
from textual.pilot import Pilot
from textual.widget import Widget
from textual.widgets import Input, OptionList

from advisor.market.price_book import built_in_book
from advisor.profiles.store import load_profile, sample_entries
from screens.app import AdvisorApp
from screens.commands import COMMANDS
from screens.dialogs.questions import NameDialog
from screens.state.list_reader import ListReader
from screens.state.profile_list import ProfileList
from screens.views.home import HomeScreen
from tests.screens.test_app import shown, write_profile
from tests.support.app_driver import SIZES, press, request, resize, running, screen_text, settled
from tests.support.present import present
from tests.support.processes import bound_by_permissions, names_in
from tests.support.terminals import SSH, Programs
from tests.support.terminals import app as app_of

LAB = '# ours\nschema = 1\nname = "Lab"\n[[workload]]\nkind = "pre-train"\nnodes = {}\nmonths = 12 # the grant ends\n'


def write(path: Path, nodes: int = 16) -> str:
    path.write_text(LAB.format(nodes))
    return path.read_text()


def line_of(app: AdvisorApp, word: str) -> str:
    return next((line for line in screen_text(app).splitlines() if line.startswith(word)), "")


def under_cursor(app: AdvisorApp) -> str:
    option = present(app.screen.query_one(OptionList).highlighted_option)
    return Path(str(option.id)).name


async def name_it(app: AdvisorApp, pilot: Pilot[int], name: str) -> None:
    assert isinstance(app.screen, NameDialog)
    app.screen.query_one(Input).value = name
    await press(app, pilot, "enter")


async def test_rename_changes_name_and_file_and_keeps_the_comments(tmp_path: Path) -> None:
    text = write(tmp_path / "lab.toml")
    write(tmp_path / "zoo.toml")
    async with running(request(folder=tmp_path)) as (app, pilot):
        await press(app, pilot, "R")
        assert isinstance(app.screen, NameDialog)
        assert app.screen.query_one(Input).value == "Lab"
        await name_it(app, pilot, "Zz Lab of Ann")
        assert isinstance(app.screen, HomeScreen)
        assert names_in(tmp_path) == ["zoo.toml", "zz-lab-of-ann.toml"]
        assert (tmp_path / "zz-lab-of-ann.toml").read_text() == text.replace('"Lab"', '"Zz Lab of Ann"')
        assert under_cursor(app) == "zz-lab-of-ann.toml", "the cursor goes with it"
        assert "Zz Lab of Ann" in line_of(app, "Zz Lab")


async def test_a_copy_of_a_profile_and_of_a_sample(tmp_path: Path) -> None:
    text = write(tmp_path / "lab.toml")
    async with running(request(folder=tmp_path)) as (app, pilot):
        await press(app, pilot, "D", "enter")
        assert (tmp_path / "lab-copy.toml").read_text() == text.replace('"Lab"', '"Lab copy"')
        assert under_cursor(app) == "lab-copy.toml"
        await press(app, pilot, "D")
        await name_it(app, pilot, "Lab copy 2")
        await press(app, pilot, "end", "D")
        await name_it(app, pilot, "Mine")
        assert under_cursor(app) == "mine.toml"
    book = built_in_book()
    last = load_profile(sample_entries()[-1].path, book)
    assert load_profile(tmp_path / "mine.toml", book) == last.model_copy(update={"name": "Mine"})
    assert names_in(tmp_path) == ["lab-copy-2.toml", "lab-copy.toml", "lab.toml", "mine.toml"]


async def test_deleted_profiles_come_back_in_turn(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        write(tmp_path / f"{name}.toml")
    async with running(request(folder=tmp_path)) as (app, pilot):
        await press(app, pilot, "delete")
        await press(app, pilot, "delete")
        assert names_in(tmp_path) == [".trash", "c.toml"]
        assert under_cursor(app) == "c.toml"
        await press(app, pilot, "z")
        assert under_cursor(app) == "b.toml"
        await press(app, pilot, "z")
        assert names_in(tmp_path) == [".trash", "a.toml", "b.toml", "c.toml"]
        await press(app, pilot, "z")
        assert "found nothing" in screen_text(app)


async def test_what_was_deleted_at_an_earlier_start_comes_back_too(tmp_path: Path) -> None:
    text = write(tmp_path / "lab.toml")
    async with running(request(folder=tmp_path)) as (app, pilot):
        await press(app, pilot, "delete")
    assert names_in(tmp_path) == [".trash"]
    async with running(request(folder=tmp_path)) as (app, pilot):
        await press(app, pilot, "z")
    assert (tmp_path / "lab.toml").read_text() == text


async def test_a_name_that_was_taken_meanwhile_is_not_overwritten_by_undo(tmp_path: Path) -> None:
    write(tmp_path / "lab.toml", 1)
    async with running(request(folder=tmp_path)) as (app, pilot):
        await press(app, pilot, "delete")
        other = write(tmp_path / "lab.toml", 2)
        await press(app, pilot, "z")
        assert "another profile of that name" in " ".join(screen_text(app).split())
        assert (tmp_path / "lab.toml").read_text() == other
        (tmp_path / "lab.toml").rename(tmp_path / "other.toml")
        await press(app, pilot, "z")
    assert names_in(tmp_path) == [".trash", "lab.toml", "other.toml"]


@pytest.mark.parametrize("key", ["R", "delete"])
async def test_a_sample_stays_as_it_is(key: str, tmp_path: Path) -> None:
    before = [(entry.path, entry.path.read_bytes()) for entry in sample_entries()]
    async with running(request(folder=tmp_path)) as (app, pilot):
        await press(app, pilot, key)
        assert isinstance(app.screen, HomeScreen)
        assert "D makes a copy" in screen_text(app)
    assert [(entry.path, entry.path.read_bytes()) for entry in sample_entries()] == before


@pytest.mark.parametrize("key", ["R", "delete"])
async def test_what_another_program_saved_since_is_neither_renamed_nor_deleted_unseen(key: str, tmp_path: Path) -> None:
    write(tmp_path / "lab.toml", 1)
    async with running(request(folder=tmp_path)) as (app, pilot):
        theirs = write(tmp_path / "lab.toml", 64)
        await press(app, pilot, key)
        if key == "R":
            await name_it(app, pilot, "Other")
        assert "another version" in screen_text(app)
        assert (tmp_path / "lab.toml").read_text() == theirs
        await press(app, pilot, key)
        if key == "R":
            await name_it(app, pilot, "Other")
    assert names_in(tmp_path) == {"R": ["other.toml"], "delete": [".trash"]}[key], "once it is seen it may be"


async def test_a_refused_name_is_asked_for_again(tmp_path: Path) -> None:
    write(tmp_path / "lab.toml")
    write(tmp_path / "other.toml")
    async with running(request(folder=tmp_path)) as (app, pilot):
        for key in ("R", "D"):
            for name, said in (
                ("Other", "exists already"),
                ("../../Other", "exists already"),
                ("a\x1b[2J", "printable"),
            ):
                await press(app, pilot, *([key] if isinstance(app.screen, HomeScreen) else []))
                await name_it(app, pilot, name)
                assert isinstance(app.screen, NameDialog), (key, name)
                assert said in " ".join(screen_text(app).replace("│", " ").split()), (key, name)
            await press(app, pilot, "escape")
        await press(app, pilot, "D")
        await name_it(app, pilot, "../.. /etc/Passwd")
    assert names_in(tmp_path) == ["etc-passwd.toml", "lab.toml", "other.toml"]


async def test_a_broken_profile_can_be_deleted_and_had_back(tmp_path: Path) -> None:
    (tmp_path / "broken.toml").write_text("nodes = = 3")
    async with running(request(folder=tmp_path), SIZES["140x45"]) as (app, pilot):
        assert "F5 reads it again" in shown(app)
        await press(app, pilot, "delete")
        assert names_in(tmp_path) == [".trash"]
        await press(app, pilot, "z")
    assert (tmp_path / "broken.toml").read_text() == "nodes = = 3"


def test_a_read_only_folder_says_so_and_what_is_saved_goes_to_ones_own(tmp_path: Path, programs: Programs) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    write(shared / "lab.toml")
    shared.chmod(0o555)
    program = programs.start(
        bound_by_permissions(app_of("--profiles", str(shared))), tmp_path, SSH, until="read-only here"
    )
    program.press_until("R", "Rename this profile to")
    program.press_until("Other", "Other")
    program.press_until("\r", "ermission denied")
    program.press_until("\x1b[3~", "ermission denied")
    program.press_until("D", "Save a copy as")
    program.press_until("\r", "Copied")
    program.read_until("Lab copy")  # one's own are listed beside the shared ones
    program.signal(signal.SIGTERM)
    program.ended()
    shared.chmod(0o755)
    assert names_in(tmp_path / "data/gpu-advisor/profiles") == ["lab-copy.toml"]
    assert names_in(shared) == ["lab.toml"]


def test_where_ones_own_folder_is_read_only_too_a_path_is_asked_for(tmp_path: Path, programs: Programs) -> None:
    own = tmp_path / "data/gpu-advisor/profiles"
    own.mkdir(parents=True)
    write(own / "lab.toml")
    own.chmod(0o555)
    program = programs.start(bound_by_permissions(app_of()), tmp_path, SSH, until="read-only here: save with a path")
    program.press_until("D", "or type a path")
    program.press_until(f"\x15{tmp_path}/elsewhere/mine.toml\r", "Copied")
    program.signal(signal.SIGTERM)
    program.ended()
    own.chmod(0o755)
    assert names_in(tmp_path / "elsewhere") == ["mine.toml"]
    assert names_in(own) == ["lab.toml"]


async def test_the_rows_in_sight_are_judged_first(tmp_path: Path) -> None:
    for number in range(40):
        write(tmp_path / f"lab{number:02}.toml", 1 + number)
    async with running(request(folder=tmp_path)) as (app, _):
        pass
    order = list(app.list_reader.summaries)
    assert len(order) == 40 + len(sample_entries())
    async with running(request(folder=tmp_path)) as (app, pilot):
        app.profiles = ProfileList(tmp_path, app.session.engine.book)
        app.list_reader = ListReader(app, app.session, app.answers, app.profiles)
        await pilot.press("end")
        await press(app, pilot, "f5")
        first = list(app.list_reader.summaries)[:8]
        assert first != order[:8]
        assert set(first) <= set(order[-20:])


async def test_only_the_ui_thread_looks_at_the_widgets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where they are is laid out when it is asked for: two threads at once left a wrong layout, or ended the app."""
    write(tmp_path / "lab.toml")
    find, asked_by = Compositor.find_widget, set[str]()

    def find_for(compositor: Compositor, widget: Widget) -> Any:
        asked_by.add(current_thread().name)
        return find(compositor, widget)

    monkeypatch.setattr(Compositor, "find_widget", find_for)
    async with running(request(folder=tmp_path), (140, 45)) as (app, pilot):
        await press(app, pilot, "down", "f5", "up")
    assert asked_by == {current_thread().name}


async def test_a_profile_is_judged_again_only_when_its_file_is_another(tmp_path: Path) -> None:
    write(tmp_path / "lab.toml", 1)
    write(tmp_path / "zoo.toml", 1)
    async with running(request(folder=tmp_path)) as (app, pilot):
        before = dict(app.list_reader.summaries)
        write(tmp_path / "lab.toml", 64)
        await press(app, pilot, "f5")
        changed = [Path(path).name for path, one in app.list_reader.summaries.items() if one is not before[path]]
        assert changed == ["lab.toml"]
        assert app.list_reader.summaries[str(tmp_path / "lab.toml")].cost in screen_text(app)


def test_the_help_has_the_keys_of_home() -> None:
    listed = {command.id for command in COMMANDS if command.where == "home"}
    assert {"home.rename", "home.duplicate", "home.delete", "home.restore"} <= listed


async def test_of_many_profiles_those_in_sight_are_filled_in_and_the_others_when_they_come_into_sight(
    tmp_path: Path,
) -> None:
    for number in range(60):
        write(tmp_path / f"plan-{number:02}.toml", nodes=16 + number)
    async with running(request(folder=tmp_path)) as (app, pilot):
        lines = [line for line in screen_text(app).splitlines() if line.startswith("Lab ")]
        assert len(lines) > 15
        assert all(date.today().isoformat() in line for line in lines), "a profile is one line, beside a scroll bar too"
        assert len(app.list_reader.summaries) == 60 + len(sample_entries())
        prompts = [str(option.prompt) for option in app.screen.query_one(OptionList).options]
        assert sum("..." in prompt for prompt in prompts) > 30
        await pilot.resize_terminal(80, 40)
        await settled(app, pilot)
        assert "..." not in screen_text(app)
        await press(app, pilot, "end")
        assert "..." not in screen_text(app)
        await press(app, pilot, "pageup", "pageup")
        assert "..." not in screen_text(app)


async def test_a_wide_screen_shows_the_verdict_on_the_profile_under_the_cursor(tmp_path: Path) -> None:
    """The same sentence as on the verdict screen; it follows the cursor, and is computed once."""
    async with running(request(folder=tmp_path), (140, 45)) as (app, pilot):
        for steps in (3, 4):
            await press(app, pilot, "home", *["down"] * steps)
            previews = dict(app.list_reader.previews)
            here = present(
                next(known for summary, known in previews.items() if summary.entry.path.name == under_cursor(app))
            )
            assert " ".join(here.view.conclusion.split()[:4]) in screen_text(app)
        await press(app, pilot, "up")
        assert app.list_reader.previews == previews


async def test_names_have_what_a_wide_screen_leaves_and_dates_are_whole(tmp_path: Path) -> None:
    """Beside a scroll bar the last figure of each date was cut off, and names had 30 cells on every screen."""
    name = "A name of sixty characters that says what the cluster is for"
    for number in range(45):
        write_profile(tmp_path / f"p{number}.toml", name)
    async with running(request(folder=tmp_path), (140, 45)) as (app, pilot):
        for size, cells in (((140, 45), 30), ((200, 60), len(name)), ((80, 24), 30)):
            await resize(app, pilot, size)
            (line, *_) = (line for line in screen_text(app).splitlines() if name[: cells - 1] in line)
            assert (name in line) == (cells == len(name))
            assert re.search(r"\d{4}-\d{2}-\d{2} ", line + " ")


async def test_a_filter_that_no_name_has_says_so(tmp_path: Path) -> None:
    """The list was empty without a word, beside the verdict on a profile that was no longer in it."""
    async with running(request(folder=tmp_path), (140, 45)) as (app, pilot):
        await press(app, pilot, "slash", *"zzz")
        assert "no name has 'zzz' in it: Esc shows all again" in screen_text(app)
        assert "confidence" not in screen_text(app)
        await press(app, pilot, "escape")
        assert "saved in" in screen_text(app)
        assert "confidence" in screen_text(app)


async def test_a_narrow_screen_computes_no_preview(tmp_path: Path) -> None:
    async with running(request(folder=tmp_path)) as (app, pilot):
        await press(app, pilot, "down")
        assert not app.list_reader.previews


async def test_profiles_of_one_name_are_told_apart_and_numbers_in_names_are_in_order(tmp_path: Path) -> None:
    """The line below named the folder alone, and plan-10 came before plan-2."""
    for number in (10, 2, 1):
        write_profile(tmp_path / f"plan-{number}.toml", "Plan")
    async with running(request(folder=tmp_path)) as (app, pilot):
        for number in (1, 2, 10):
            assert f"plan-{number}.toml" in "".join(screen_text(app).split())
            await press(app, pilot, "down")
