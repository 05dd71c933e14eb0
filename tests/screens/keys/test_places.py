"""The place in the app survives a restart: the last profile, the cursor on each of its screens, its variants with their
names, and the baseline. What is in the way of that is forgotten, and harms nothing."""

import json
from pathlib import Path

import pytest

from advisor.files.atomic import MAX_BYTES
from advisor.paths import state_folder
from advisor.profiles.store import sample_entries
from screens.state.kept_state import KeptState, keep_state, kept_state
from screens.state.variants import MOST
from screens.views.compare import CompareScreen
from screens.views.home import HomeScreen
from screens.views.map import MapScreen
from screens.views.verdict import VerdictScreen
from screens.views.why import WhyScreen
from tests.screens.test_app import field_keys
from tests.support.app_driver import press, request, running, screen_text
from tests.support.present import present

CLUSTER = next(entry.path for entry in sample_entries() if entry.name == "cluster-64")


async def test_the_last_profile_and_its_value_are_found_again(tmp_path: Path) -> None:
    async with running(request(folder=tmp_path)) as (app, pilot):
        await press(app, pilot, "down", "down", "enter")
        name = present(app.session.entry).name
        await press(app, pilot, "down", "down", "down", "q")
    async with running(request(folder=tmp_path)) as (app, pilot):
        await press(app, pilot, "enter")
        assert present(app.session.entry).name == name
        assert isinstance(app.screen, VerdictScreen)
        assert app.screen.form.cursor == app.screen.form.begins_at + 3
        await press(app, pilot, "escape", "up", "enter")
        assert isinstance(app.screen, VerdictScreen)
        assert app.screen.form.cursor == app.screen.form.begins_at, "another profile begins at its first number"
        await press(app, pilot, "escape", "down", "enter")
        assert app.screen.form.cursor == app.screen.form.begins_at + 3, "each has its own"


async def test_the_cursor_of_each_screen_is_found_again(tmp_path: Path) -> None:
    async with running(request("cluster-64", tmp_path)) as (app, pilot):
        await press(app, pilot, "w", "down", "down")
        assert isinstance(app.screen, WhyScreen)
        number = app.screen.drawn.number
        await press(app, pilot, "m", "right", "right", "down")
        assert isinstance(app.screen, MapScreen)
        plan = app.screen.grid.plan
        await press(app, pilot, "escape", "escape", "q")
    async with running(request("cluster-64", tmp_path)) as (app, pilot):
        await press(app, pilot, "m")
        assert isinstance(app.screen, MapScreen)
        assert app.screen.grid.plan == plan
        await press(app, pilot, "w")
        assert isinstance(app.screen, WhyScreen)
        assert app.screen.drawn.number == number


async def test_variants_their_names_and_the_baseline_are_found_again(tmp_path: Path) -> None:
    async with running(request("cluster-64", tmp_path), (140, 45)) as (app, pilot):
        await press(app, pilot, *field_keys(app, "Months"), *"36", "enter")
        await press(app, pilot, "p")
        await press(app, pilot, "z", "c")
        await press(app, pilot, "right", "R", *"three", "space", *"years", "enter", "B")
        assert "three years = baseline" in screen_text(app)
        before = screen_text(app)
        await press(app, pilot, "q")
    async with running(request("cluster-64", tmp_path), (140, 45)) as (app, pilot):
        await press(app, pilot, "c")
        await press(app, pilot, "right")
        assert isinstance(app.screen, CompareScreen)
        assert screen_text(app).splitlines()[1:-1] == before.splitlines()[1:-1]
        await press(app, pilot, "delete", "q")
    async with running(request("cluster-64", tmp_path)) as (app, pilot):
        await press(app, pilot, "c")
        assert "Nothing is pinned yet" in screen_text(app)


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"profile": 1, "field": "x"}', b"\xff"])
async def test_what_cannot_be_read_is_forgotten_with_one_line(content: bytes, tmp_path: Path) -> None:
    path = state_folder() / "places.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    async with running(request(folder=tmp_path), first=True) as (app, pilot):
        assert isinstance(app.screen, HomeScreen)
        assert app.session.places.problem == f"{path} cannot be read: the last place is forgotten"
        await press(app, pilot, "q")
    async with running(request(folder=tmp_path)) as (app, _):
        assert not app.session.places.problem, "it is written anew"


HOSTILE: tuple[dict[str, object], ...] = (
    {},
    {"places": {"map": "1e999 \x1b[2J -1", "why": "no/such/number", "record": "9" * 5000}},
    {"variants": [{"name": "\x1b]0;x\x07" * 99, "profile": "schema = 1\nname = 'x'\n"}]},
    {"variants": [{"name": "a", "profile": "a." * 9000 + "b = 1"}], "baseline": 10**30},
    {"variants": "abc", "baseline": "first", "places": []},
)


@pytest.mark.parametrize("changes", HOSTILE)
async def test_a_hostile_file_is_harmless(changes: dict[str, object], tmp_path: Path) -> None:
    keep_state(CLUSTER, KeptState({"why": "x"}))
    (path,) = (state_folder() / "profiles").iterdir()
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))
    async with running(request("cluster-64", tmp_path)) as (app, pilot):
        await press(app, pilot, "w", "m", "r", "c")
        assert isinstance(app.screen, CompareScreen)
        assert "Nothing is pinned yet" in screen_text(app)


async def test_a_variant_that_cannot_be_read_any_more_leaves_the_baseline_to_its_own(tmp_path: Path) -> None:
    other = CLUSTER.read_text("utf-8").replace("months = 24", "months = 36")
    keep_state(CLUSTER, KeptState({}, (("gone", "no = 'profile'"), ("three years", other)), baseline=2))
    async with running(request("cluster-64", tmp_path), (140, 45)) as (app, pilot):
        await press(app, pilot, "c")
        assert "three years = baseline" in screen_text(app)


def test_what_is_kept_is_bounded() -> None:
    text = "x" * (MAX_BYTES // 4)
    keep_state(CLUSTER, KeptState({}, tuple((f"{number}", text) for number in range(MOST))))
    assert [name for name, _ in kept_state(CLUSTER).variants] == ["0", "1", "2"]
    keep_state(CLUSTER, KeptState())
    assert not list((state_folder() / "profiles").iterdir()), "nothing to remember takes no file"
    for number in range(203):
        keep_state(Path(f"/profiles/{number}.toml"), KeptState({"why": "x"}))
    assert len(list((state_folder() / "profiles").iterdir())) == 200
    assert kept_state(Path("/profiles/202.toml")).places == {"why": "x"}


async def test_only_the_owner_reads_it(tmp_path: Path) -> None:
    async with running(request("cluster-64", tmp_path)) as (app, pilot):
        await press(app, pilot, "w", "q")
    files = [state_folder() / "places.json", *(state_folder() / "profiles").iterdir()]
    assert len(files) == 2
    assert [file.stat().st_mode & 0o777 for file in files] == [0o600, 0o600]
