"""Back on a screen that was seen before: it is the same one, as it was left, with the answer of now. Views a key away
are put together before that key is pressed."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from textual.screen import Screen

from screens.views.home import HomeScreen
from screens.views.profile_screen import ProfileScreen
from tests.screens.test_app import field_keys
from tests.support.app_driver import answer_of, press, profile_of, request, resize, running, screen_text, until
from tests.support.folders import ROOT

SAMPLE = ROOT / "profiles" / "cluster-64.toml"


@pytest.mark.parametrize("key", ["w", "b", "m", "M", "r"])
async def test_it_comes_back_as_it_was_left(key: str, tmp_path: Path) -> None:
    async with running(request("cluster-64", tmp_path)) as (app, pilot):
        await press(app, pilot, key)  # the keys after it would wait for what it shows
        await press(app, pilot, "down", "down", "down")
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


async def test_it_shows_the_answer_of_now_at_the_size_and_in_the_colors_of_now(tmp_path: Path) -> None:
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


async def test_its_colors_are_those_of_now_however_often_they_changed(tmp_path: Path) -> None:
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
        await press(app, pilot, "down", "enter", "w", "m")
        assert app.screen not in first
        await until(pilot, lambda: not app._registry & set(first))


async def test_a_profile_that_is_opened_again_is_there_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its screens and its answer, without a question to the engine."""
    shutil.copy(SAMPLE, tmp_path / "lab.toml")
    async with running(request(folder=tmp_path)) as (app, pilot):
        await press(app, pilot, "enter", "down", "down")
        left, seen, answer = app.screen, screen_text(app), answer_of(app)
        await press(app, pilot, "escape")
        assert app.answer is answer  # no other one came in its place
        monkeypatch.setattr(app.session.engine, "answer", lambda _: pytest.fail("it was asked again"))
        await press(app, pilot, "enter")
        assert app.screen is left
        assert screen_text(app) == seen
        assert answer_of(app).joint is answer.joint


async def test_opened_again_with_another_file_it_is_answered_again(tmp_path: Path) -> None:
    lab = tmp_path / "lab.toml"
    shutil.copy(SAMPLE, lab)
    async with running(request(folder=tmp_path)) as (app, pilot):
        await press(app, pilot, "enter")
        seen = screen_text(app)
        await press(app, pilot, "escape")
        lab.write_text(lab.read_text("utf-8").replace("nodes = 64", "nodes = 32"), "utf-8")
        await press(app, pilot, "enter")
        assert profile_of(app).workload[0].nodes == 32
        again = screen_text(app)
    assert again != seen
    async with running(request("lab", tmp_path)) as (app, _):
        assert screen_text(app).splitlines()[:-1] == again.splitlines()[:-1]


async def test_opened_again_without_the_edits_that_were_dropped(tmp_path: Path) -> None:
    shutil.copy(SAMPLE, tmp_path / "lab.toml")
    async with running(request(folder=tmp_path)) as (app, pilot):
        await press(app, pilot, "enter")
        seen = screen_text(app)
        await press(app, pilot, *field_keys(app, "Nodes"), "3", "2", "enter", "escape", "d")
        assert isinstance(app.screen, HomeScreen)
        await press(app, pilot, "enter")
        await press(app, pilot, *field_keys(app, "Nodes"))
        assert screen_text(app) == seen


async def test_views_a_key_away_are_drawn_before_it_is_pressed(tmp_path: Path) -> None:
    """As they would be after it, with the answer of now."""
    async with running(request("cluster-64", tmp_path), idle_s=0.01) as (app, pilot):
        for edit in ((), (*field_keys(app, "Nodes"), "3", "2", "enter")):
            await press(app, pilot, *edit)
            await until(pilot, lambda: not app.prepare_view())
            behind = {screen.VIEW: screen for screen in app._registry if isinstance(screen, ProfileScreen)}
            for key, view in (("w", "why"), ("b", "break-even"), ("m", "map")):
                drawn = rows_of(behind[view])
                await press(app, pilot, key)
                assert app.screen is behind[view]
                assert rows_of(app.screen)[:-1] == drawn[:-1]  # but for the footer, which is for the one in front
            await press(app, pilot, "v")


def rows_of(screen: Screen[Any]) -> list[str]:
    """What a screen shows, or will show once it is in front."""
    return ["".join(part.text for part in strip) for strip in screen._compositor.render_strips()]
