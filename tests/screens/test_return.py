"""Back on a screen that was seen before: it is the same one, as it was left, with the answer of now."""

from pathlib import Path

import pytest

from screens.views.home import HomeScreen
from screens.views.profile_screen import ProfileScreen
from tests.screens.test_app import field_keys
from tests.support.app_driver import press, request, resize, running, screen_text, until


@pytest.mark.parametrize("key", ["w", "b", "m", "M", "r"])
async def test_it_comes_back_as_it_was_left(key: str, tmp_path: Path) -> None:
    async with running(request("cluster-64", tmp_path)) as (app, pilot):
        await press(app, pilot, key, "down", "down", "down")
        left, seen = app.screen, screen_text(app)
        await press(app, pilot, "c", "v", key)
        assert app.screen is left
        assert screen_text(app) == seen


async def test_a_screen_looks_alike_whichever_were_seen_before(tmp_path: Path) -> None:
    """The market cuts the lines of its figures, Break-even wraps them."""
    seen = []
    for keys in ("b", "wmMOcrb"):
        async with running(request("cluster-64", tmp_path)) as (app, pilot):
            await press(app, pilot, *keys)
            seen.append(screen_text(app))
    assert seen[0] == seen[1]


async def test_it_shows_the_answer_of_now_at_the_size_and_in_the_colours_of_now(tmp_path: Path) -> None:
    """As a screen that is new."""
    async with running(request("cluster-64", tmp_path)) as (app, pilot):
        await press(app, pilot, "w", "v")
        await resize(app, pilot, (140, 45))
        await press(app, pilot, "T", *field_keys(app, "Nodes"), "3", "2", "enter", "w")
        back, theme, ground = screen_text(app), app.theme, app.screen.styles.background
        await press(app, pilot, "v", "s")
        await press(app, pilot, *"mine", "enter")
    async with running(request("mine", tmp_path), (140, 45)) as (app, pilot):
        assert app.theme == theme
        await press(app, pilot, "w")
        assert app.screen.styles.background == ground
        assert screen_text(app).splitlines()[1:-1] == back.splitlines()[1:-1]


async def test_its_colours_are_those_of_now_however_often_they_changed(tmp_path: Path) -> None:
    async with running(request("cluster-64", tmp_path)) as (app, pilot):
        await press(app, pilot, "w")
        dark = app.screen.styles.background
        await press(app, pilot, "T", "v", "T", "T", "T", "w")
        assert app.screen.styles.background == dark


async def test_another_profile_has_screens_of_its_own_and_those_of_the_last_are_gone(tmp_path: Path) -> None:
    async with running(request(folder=tmp_path)) as (app, pilot):
        home = app.screen
        await press(app, pilot, "enter", "w", "m")
        first = [screen for screen in app._registry if isinstance(screen, ProfileScreen)]
        assert {screen.VIEW for screen in first} == {"verdict", "why", "map"}
        await press(app, pilot, "escape", "escape")
        assert app.screen is home
        assert isinstance(home, HomeScreen)
        await until(pilot, lambda: not any(isinstance(node, ProfileScreen) for node in app._registry))
        await press(app, pilot, "down", "enter", "w", "m")
        assert app.screen not in first
        await until(pilot, lambda: not app._registry & set(first))
