"""The place in the app survives a restart: the last profile, and the value its cursor was on."""

from pathlib import Path

import pytest

from advisor.paths import state_folder
from screens.views.home import HomeScreen
from screens.views.verdict import VerdictScreen
from tests.support.app_driver import press, request, running


async def test_the_last_profile_and_its_value_are_found_again(tmp_path: Path) -> None:
    async with running(request(folder=tmp_path)) as (app, pilot):
        await press(app, pilot, "down", "down", "enter")
        assert app.session.entry is not None
        name = app.session.entry.name
        await press(app, pilot, "down", "down", "down", "q")
    async with running(request(folder=tmp_path)) as (app, pilot):
        await press(app, pilot, "enter")
        assert app.session.entry is not None
        assert app.session.entry.name == name
        assert isinstance(app.screen, VerdictScreen)
        assert app.screen.form.cursor == 3
        await press(app, pilot, "escape", "up", "enter")
        assert app.screen.form.cursor == 0, "another profile begins at its first value"


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


async def test_only_the_owner_reads_it(tmp_path: Path) -> None:
    async with running(request("cluster-64", tmp_path)) as (app, pilot):
        await press(app, pilot, "q")
    assert (state_folder() / "places.json").stat().st_mode & 0o777 == 0o600
