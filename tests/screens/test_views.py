"""The screens around one open profile, driven by keys."""

import random
import threading
from itertools import combinations
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

import pytest
from textual import events
from textual.widgets import Input, OptionList

from advisor.cli.parser import VIEWS as VIEW_WORDS
from advisor.cli.parser import parse
from advisor.decision.advise import advise
from advisor.errors import ExitCode
from advisor.market.price_book import built_in_book
from advisor.profiles.schema import Profile
from advisor.profiles.store import sample_entries
from advisor.reports.verdict_view import headline
from screens.answer import Answer
from screens.app import AdvisorApp
from screens.dialogs.offer import OfferText
from screens.dialogs.questions import UnsavedDialog
from screens.state.answers import AnswerController
from screens.state.engine import Engine
from screens.views.home import HomeScreen
from screens.views.map import MapScreen
from screens.views.profile_screen import ProfileScreen
from screens.views.registry import VIEWS
from screens.views.verdict import VerdictScreen
from screens.widgets.form import ProfileForm
from screens.widgets.grid import MapGrid
from screens.widgets.lines import NumberLines
from tests.screens.test_app import field_keys, shown, write_profile
from tests.support.app_driver import (
    SIZES,
    answer_of,
    press,
    profile_of,
    request,
    resize,
    running,
    screen_text,
    settled,
    until,
)
from tests.support.long_runs import examples, long_unless, quick_and_long
from tests.support.present import present
from tests.support.processes import HANGS_AFTER_S

if TYPE_CHECKING:
    from screens.state.engine import MarketChoice

KEYS = {
    "verdict": "v",
    "why": "w",
    "break-even": "b",
    "map": "m",
    "market": "M",
    "offers": "O",
    "compare": "c",
    "record": "r",
}


def view_of(app: AdvisorApp) -> str:
    """Which view is in front."""
    assert isinstance(app.screen, ProfileScreen)
    return app.screen.VIEW


def test_the_command_line_knows_the_views_there_are() -> None:
    assert set(VIEW_WORDS) == set(VIEWS) == set(KEYS)


@quick_and_long
async def test_letters_lead_from_every_view_to_every_other(tmp_path: Path) -> None:
    async with running(request("lora-one-node", tmp_path)) as (app, pilot):
        every = [*combinations(KEYS, 2)]
        for here, there in every[:: len(every) // examples(7, len(every))]:
            await press(app, pilot, KEYS[here])
            assert view_of(app) == here
            await press(app, pilot, KEYS[there])
            assert view_of(app) == there


async def test_digits_only_ever_type(tmp_path: Path) -> None:
    """They never lead to another view: not at rest, not on a choice, not where there is nothing to type into; where
    offers are, they type a price."""
    async with running(request("cluster-64", tmp_path)) as (app, pilot):
        await press(app, pilot, *field_keys(app, "Stage"), *"1234567")
        assert view_of(app) == "verdict"
        for letter, view in [(key, view) for view, key in KEYS.items() if view != "verdict"]:
            await press(app, pilot, letter, *"1234567")
            if view == "offers":
                assert app.screen.query_one(OfferText).value == "1234567"
                await press(app, pilot, "escape")
            assert view_of(app) == view
        assert not app.session.edited


async def test_what_is_being_typed_counts_when_the_view_changes(tmp_path: Path) -> None:
    async with running(request("cluster-64", tmp_path)) as (app, pilot):
        await press(app, pilot, *field_keys(app, "Nodes"), "4", "0", "ctrl+p", *"reasons", "enter")
        assert view_of(app) == "why"
        assert profile_of(app).workload[0].nodes == 40, "what was being typed counts"
        await press(app, pilot, "v")
        form = app.screen.query_one(ProfileForm)
        assert present(form.field).label == "Nodes", "the cursor is where it was"
        await press(app, pilot, "8", "enter", "up", "e", "0", "enter")
        assert profile_of(app).workload[0].nodes == 80, "e goes on from the value as it is"


async def test_e_goes_on_from_what_was_typed_also_while_its_answer_is_awaited(tmp_path: Path) -> None:
    async with running(request("cluster-64", tmp_path)) as (app, pilot):
        ready, compute = threading.Event(), app.session.engine.answer

        def slow(profile: Profile) -> Answer:
            assert ready.wait(HANGS_AFTER_S)
            return compute(profile)

        app.session.engine.answer = slow  # type: ignore[method-assign]  # a slow machine
        await pilot.press(*field_keys(app, "Nodes"), "8", "enter", "up", "e", "0", "enter")
        await pilot.pause()
        assert app.waiting
        ready.set()
        await settled(app, pilot)
        assert profile_of(app).workload[0].nodes == 80


async def test_h_and_l_step_a_value_as_the_arrows_do(tmp_path: Path) -> None:
    async with running(request("cluster-64", tmp_path)) as (app, pilot):
        await press(app, pilot, *field_keys(app, "Months"), "l", "l", "h")
        assert view_of(app) == "verdict"
        by_letters = app.session.profile
        await press(app, pilot, "up", "u", "down", "right", "right", "left")
        assert app.session.profile == by_letters
        assert app.session.edited


async def test_escape_goes_up_one_level_at_a_time(tmp_path: Path) -> None:
    async with running(request("cluster-64", tmp_path)) as (app, pilot):
        for view in list(KEYS)[1:]:
            await press(app, pilot, KEYS[view], "escape")
            assert view_of(app) == "verdict"
        await press(app, pilot, "escape")
        assert isinstance(app.screen, HomeScreen)


def test_a_screen_without_a_profile_makes_no_sense(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(["--screen", "map"])
    assert ended.value.code == ExitCode.USAGE
    assert "--screen needs the PROFILE" in capsys.readouterr().err
    assert parse(["cluster-64"]).screen == "verdict"
    assert parse(["cluster-64", "--screen", "map"]).screen == "map"


async def test_what_is_wrong_with_a_profile_is_said_in_full_on_any_view(tmp_path: Path) -> None:
    write_profile(tmp_path / "bad.toml", "Bad", nodes=-1)
    async with running(request("bad", tmp_path, "map")) as (app, _):
        assert "workload1,nodes:found-1;allowed:awholenumberatleast1" in shown(app).replace(" ", "")


@pytest.mark.parametrize("view", long_unless(("verdict", "map", "market"), KEYS))
async def test_the_command_line_opens_on_any_view(view: str, tmp_path: Path) -> None:
    options = request("cluster-64", tmp_path, view)
    async with running(options) as (app, pilot):
        assert view_of(app) == view
        assert not answer_of(app).lacks(app.needed_parts)
        await press(app, pilot, "escape", *(["escape"] if view != "verdict" else []))
        assert isinstance(app.screen, HomeScreen)


_SAMPLES = [entry.name for entry in sample_entries()]
_EVERY = [f"{name} {view}" for name in _SAMPLES for view in KEYS]
_EACH = {f"{name} {view}" for name, view in zip([*_SAMPLES, *_SAMPLES], KEYS, strict=False)}  # every view, every sample


@pytest.mark.parametrize("case", long_unless(_EACH, _EVERY))
async def test_every_view_of_every_sample_fits_both_sizes(case: str, tmp_path: Path) -> None:
    name, view = case.split()
    async with running(request(name, tmp_path, view)) as (app, pilot):
        for size in SIZES.values():
            await resize(app, pilot, size)
            lines = screen_text(app).splitlines()
            assert len(lines) == size[1]
            assert all(len(line) <= size[0] for line in lines)
            assert "? help" in lines[-1], "the footer is not cut off"
            assert "calculating" not in screen_text(app)


@pytest.mark.parametrize("plan", ["nodes = 256\nmonths = 3\nbusy = 0.85", "nodes = 400\nmonths = 60"])
async def test_every_view_is_drawn_where_one_class_is_feasible_or_none(plan: str, tmp_path: Path) -> None:
    company = '[company]\nstage = "seed"\ncash_usd = 40_000_000\n' if "400" in plan else ""
    text = f'schema = 1\nname = "Lab"\n[[workload]]\nkind = "pre-train"\n{plan}\n{company}'
    (tmp_path / "lab.toml").write_text(text)
    async with running(request("lab", tmp_path)) as (app, pilot):
        for key in "wbmMrv":
            await press(app, pilot, key)
            assert "calculating" not in screen_text(app)
    async with running(request("lab", tmp_path, "why")) as (app, _):
        assert "No option of another class is feasible" in shown(app) or "Your cash pays for" in shown(app)


async def test_why_shows_waterfall_flips_tornado_and_reasons(tmp_path: Path) -> None:
    async with running(request("cluster-64", tmp_path, "why"), (140, 90)) as (app, _):
        view, deeper = answer_of(app).view, present(answer_of(app).deeper)
        text = shown(app)
        for bar in view.waterfall:
            assert f"{bar.label} {bar.amount}" in text or bar.label in text
        assert all(bar.worse in text and bar.better in text for bar in deeper.tornado)
        assert deeper.changes[0].text[:40] in text
        assert view.sentences[0][:40] in text
        assert "What owning leaves" in text


async def test_arrow_and_vim_keys_walk_the_reasons(tmp_path: Path) -> None:
    async with running(request("cluster-64", tmp_path, "why")) as (app, pilot):
        top, lines = screen_text(app), app.screen.query_one("#drawn", NumberLines)
        first = present(lines.highlighted)
        await press(app, pilot, "j", "down")
        assert lines.highlighted == first + 4, "an empty line and a heading are passed over"
        await press(app, pilot, "k", "up")
        assert lines.highlighted == first
        assert screen_text(app) == top
        await press(app, pilot, "G")
        assert "What owning leaves" in screen_text(app)
        await press(app, pilot, "g")
        assert screen_text(app) == top


async def test_break_even_shows_the_curves_the_lengths_and_the_prices(tmp_path: Path) -> None:
    async with running(request("cluster-64", tmp_path, "break-even"), (140, 70)) as (app, _):
        assert "Cumulative cost by month" in shown(app)
        assert "Cost per busy GPU-hour by use" in shown(app)
        text = " ".join(" ".join(line[71:139] for line in screen_text(app).splitlines()).split())
        assert all(hint.text in text for hint in answer_of(app).view.hints[:2])
        assert all(row.months in text and row.option in text for row in answer_of(app).view.months)
        for term in answer_of(app).view.terms:
            assert f"{term.label} {term.busy_share} ({term.rate_ratio})" in text


async def test_a_cell_of_the_map_opens_as_an_edit_and_undo_brings_the_plan_back(tmp_path: Path) -> None:
    book = built_in_book()
    async with running(request("cluster-64", tmp_path, "map")) as (app, pilot):
        original = app.session.profile
        grid = app.screen.query_one(MapGrid)
        assert grid.plan == (64, 24)
        assert "64 nodes for 24 months: 12-month reservation" in shown(app)
        await press(app, pilot, "right", "l", "up", "k", "left", "h", "h")
        assert grid.plan == (50, 15)
        assert "50 nodes for 15 months:" in shown(app)
        await press(app, pilot, "enter")
        assert view_of(app) == "verdict"
        profile = profile_of(app)
        assert (profile.workload[0].nodes, profile.workload[0].months) == (50, 15)
        assert headline(advise(profile, book)) in shown(app)
        await press(app, pilot, "z")
        assert app.session.profile == original
        assert not app.session.edited
        await press(app, pilot, "Z", "m")
        assert app.screen.query_one(MapGrid).plan == (50, 15)


async def test_the_cursor_stops_at_the_edges_of_the_map_and_finds_home(tmp_path: Path) -> None:
    async with running(request("lora-one-node", tmp_path, "map"), (60, 24)) as (app, pilot):
        grid = app.screen.query_one(MapGrid)
        await press(app, pilot, *["left"] * 3, *["up"] * 3)
        assert grid.cursor == (0, 0)
        await press(app, pilot, *["right"] * 30, *["down"] * 20)
        assert grid.cursor == (15, 23)
        await press(app, pilot, "g")
        assert grid.cursor == (0, 23)
        await press(app, pilot, "full_stop")
        assert grid.cursor == present(grid.map).own


async def test_a_click_moves_the_cursor_of_the_map_and_a_double_click_opens_the_plan(tmp_path: Path) -> None:
    async with running(request("cluster-64", tmp_path, "map")) as (app, pilot):
        grid = app.screen.query_one(MapGrid)
        assert grid.map is not None
        await pilot.click(grid, offset=(8 + 3 * 5 + 1, 2))
        await settled(app, pilot)
        assert grid.cursor == (2, 5)
        await pilot.click(grid, offset=(2, 2))  # the axis is not a cell
        assert grid.cursor == (2, 5)
        plan = grid.plan
        await pilot.click(grid, offset=(8 + 3 * 5 + 1, 2), times=2)
        await settled(app, pilot)
        assert view_of(app) == "verdict"
        profile = profile_of(app)
        assert (profile.workload[0].nodes, profile.workload[0].months) == plan


async def test_a_third_input_is_changed_on_the_map(tmp_path: Path) -> None:
    """Cheaper nodes: buying wins in more of the map; undo brings the plan back; `i` takes another input."""

    def buying(app: AdvisorApp) -> int:
        found = present(app.screen.query_one(MapGrid).map)
        return sum(cell.action == "buy" for row in found.cells for cell in row)

    async with running(request("cluster-64", tmp_path, "map")) as (app, pilot):
        assert "[ ] node $300k" in shown(app)
        before, cells = app.session.profile, buying(app)
        await press(app, pilot, *["left_square_bracket"] * 12)
        assert buying(app) > cells
        await press(app, pilot, *["z"] * 12)
        assert app.session.profile == before
        await press(app, pilot, "i")
        assert "[ ] utilization 85%" in shown(app)
        await press(app, pilot, "right_square_bracket")
        assert profile_of(app).workload[0].busy == pytest.approx(0.9)


async def test_the_map_says_which_action_wins_nowhere(tmp_path: Path) -> None:
    async with running(request("fine-tune-cycle", tmp_path, "map")) as (app, _):
        assert "buying nowhere; reserving nowhere" in shown(app)


async def test_the_cell_under_the_cursor_is_in_sight_on_a_low_terminal(tmp_path: Path) -> None:
    async with running(request("cluster-64", tmp_path, "map"), (40, 10)) as (app, pilot):
        for keys in (["down"] * 20, ["up"] * 20):
            await press(app, pilot, *keys)
            grid = app.screen.query_one(MapGrid)
            text = screen_text(app)
            assert f"{grid.plan[1] if grid.plan else 0:>5g} m│" in text
            assert present(grid.cell).text[:20] in text


async def test_every_edit_can_be_undone_and_done_again(tmp_path: Path) -> None:
    async with running(request("cluster-64", tmp_path)) as (app, pilot):
        versions = [app.session.profile]
        for keys in (
            [*field_keys(app, "Months"), "right"],
            ["right"],
            ["up", "u"],
            [*field_keys(app, "Nodes"), "9", "enter"],
        ):
            await press(app, pilot, *keys)
            versions.append(app.session.profile)
        for version in reversed(versions[:-1]):
            await press(app, pilot, "z")
            assert app.session.profile == version
            assert answer_of(app).profile == version
        await press(app, pilot, "z")
        assert app.session.profile == versions[0], "nothing is left to undo"
        for version in versions[1:]:
            await press(app, pilot, "Z")
            assert app.session.profile == version


async def test_an_edit_after_an_undo_ends_what_could_be_done_again(tmp_path: Path) -> None:
    async with running(request("cluster-64", tmp_path)) as (app, pilot):
        await press(app, pilot, *field_keys(app, "Months"), "right", "right", "z", "left", "Z")
        assert profile_of(app).workload[0].months == 24


async def test_variants_are_pinned_compared_taken_and_removed(tmp_path: Path) -> None:
    async with running(request("cluster-64", tmp_path), (140, 45)) as (app, pilot):
        await press(app, pilot, "c")
        assert "Nothing is pinned yet" in shown(app)
        await press(app, pilot, "p")
        assert "variant 1" in shown(app)
        await press(app, pilot, "v")
        await press(app, pilot, *field_keys(app, "Months"), *"60", "enter")
        await press(app, pilot, "p", "p")
        assert len(app.session.variants) == 2, "the very same is not pinned twice"
        await press(app, pilot, "c")
        text = shown(app)
        assert "Months 24" in text
        assert all(word in text for word in ("variant 1", "variant 2", "9 in 10 cases", "Rent below", "Runway"))
        (_, first), _ = app.session.variants.answered
        assert first.view.rows[0].cost in text
        await press(app, pilot, "l", "enter")
        assert app.session.profile == first.profile
        await press(app, pilot, "z", "delete")
        assert profile_of(app).workload[0].months == 60
        assert [pinned.profile.workload[0].months for pinned in app.session.variants] == [60]


async def test_a_pinned_profile_stands_beside_the_next_one_that_is_opened(tmp_path: Path) -> None:
    async with running(request("cluster-64", tmp_path)) as (app, pilot):
        await press(app, pilot, "p", "escape", "g", "enter", "c")
        await press(app, pilot, "right")
        opened = profile_of(app)
        assert opened.name != "Train on 64 nodes, 2 years"
        assert "Train on 64 nodes, 2 years" in shown(app)
        await press(app, pilot, "enter")
        assert profile_of(app) == opened, "another profile's plan is not taken over"
        assert "open that first" in shown(app)


async def test_leaving_any_view_asks_about_what_is_not_saved(tmp_path: Path) -> None:
    """A plan in words that the command line gave too, though nothing of it is changed."""
    async with running(request("64 H100 for 2 years", tmp_path)) as (app, pilot):
        await press(app, pilot, "m", "q")
        assert isinstance(app.screen, UnsavedDialog)
        assert "This profile is not saved" in shown(app)
        await press(app, pilot, "escape")
        assert isinstance(app.screen, MapScreen)
        await press(app, pilot, "escape", "escape")
        assert isinstance(app.screen, UnsavedDialog)
        await press(app, pilot, "enter")
        assert view_of(app) == "verdict", "Enter does what the dialog says: it stays"
        assert app.session.edited


async def test_a_part_of_an_answer_is_computed_only_for_the_screen_that_shows_it(tmp_path: Path) -> None:
    async with running(request("cluster-64", tmp_path)) as (app, pilot):
        assert answer_of(app).lacks(("deeper", "use", "map")) == ("deeper", "use", "map")
        await press(app, pilot, "m")
        assert answer_of(app).lacks(("deeper", "use", "map")) == ("deeper", "use")
        await press(app, pilot, "w")
        assert answer_of(app).lacks(("deeper", "use", "map")) == ("use",)
        await press(app, pilot, "v", "right", "m")
        assert answer_of(app).lacks(("deeper", "use", "map")) == ("deeper", "use")


async def test_while_nobody_types_the_parts_of_the_other_views_are_calculated_and_then_memory_is_returned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts, received = ("deeper", "use", "map"), list[Answer]()
    freed: list[tuple[str, ...]] = []  # what was missing when memory was returned, as it is before each part too
    take = AnswerController.receive

    def receive(answers: AnswerController, answer: Answer, request_id: int) -> None:
        received.append(answer)
        take(answers, answer, request_id)

    monkeypatch.setattr(AnswerController, "receive", receive)
    monkeypatch.setattr(Engine, "free_memory", lambda _: freed.append(received[-1].lacks(parts) if received else parts))
    async with running(request("cluster-64", tmp_path), idle_s=0.01) as (app, pilot):
        await until(pilot, lambda: () in freed)
        answer = answer_of(app)
        assert answer.lacks(parts) == ()
        await press(app, pilot, *field_keys(app, "Utilization"))
        shown = screen_text(app).splitlines()
        await press(app, pilot, "right")
        await until(pilot, lambda: app.answer is not None and not app.answer.lacks(parts))
        assert app.answer is not answer, "an edit has an answer of its own"
        await press(app, pilot, "left")
        assert screen_text(app).splitlines()[:-1] == shown[:-1], "all but the footer, which can undo"


async def test_a_stale_part_is_dropped_and_the_old_picture_stays_until_the_new_one_is_there(tmp_path: Path) -> None:
    async with running(request("cluster-64", tmp_path, "map")) as (app, pilot):
        old, number = answer_of(app), app.answers._request_id
        grid = app.screen.query_one(MapGrid)
        whole, gate = app.session.engine.completed, Event()

        def slow(answer: Answer, part: str, market: "MarketChoice | None" = None) -> Answer:
            gate.wait(240)
            return whole(answer, part, market)

        app.session.engine.completed = slow  # type: ignore[method-assign]  # no profile takes so long
        app.answers.ask(app.session.set_plan(8, 3))
        while app.answer is old:
            await pilot.pause()
        assert app.answer is not old
        assert grid.map is old.map
        assert grid.has_class("waiting")
        assert "calculating" in shown(app)
        app.answers.receive(old, number)
        await pilot.pause()
        assert app.answer is not old, "an answer to an older question is dropped"
        gate.set()
        await settled(app, pilot)
        assert grid.plan == (8, 3)
        assert not grid.has_class("waiting")


async def test_a_part_that_is_computed_while_another_request_fails_is_computed_again(tmp_path: Path) -> None:
    """The answer stays, and what was computed for the request before is dropped: it was waited for without end."""
    async with running(request("cluster-64", tmp_path)) as (app, pilot):
        whole, gate = app.session.engine.completed, Event()

        def slow(answer: Answer, part: str, market: "MarketChoice | None" = None) -> Answer:
            gate.wait(HANGS_AFTER_S)
            return whole(answer, part, market)

        app.session.engine.completed = slow  # type: ignore[method-assign]  # no profile takes so long
        await pilot.press("m")
        assert isinstance(app.screen, MapScreen)
        app.answers.begin_request()
        app.answers.give_up("a file that is not a profile")
        gate.set()
        await settled(app, pilot)
        assert answer_of(app).lacks(("map",)) == ()


async def test_a_slash_narrows_the_list_and_escape_shows_all_again(tmp_path: Path) -> None:
    for number in range(5):
        write_profile(tmp_path / f"run-{number}.toml", f"Zebra {number}")
    async with running(request(folder=tmp_path)) as (app, pilot):
        profiles = app.screen.query_one(OptionList)
        everything = profiles.option_count
        await press(app, pilot, "slash", *"zeb")
        assert profiles.option_count == 5
        await press(app, pilot, *"ra", "space", "3", "enter")
        assert profiles.option_count == 1
        assert app.focused is profiles
        await press(app, pilot, "escape")
        assert profiles.option_count == everything
        assert not app.screen.query_one(Input).display
        await press(app, pilot, "slash", *"zebra 4".replace(" ", ""), "escape", "slash", *"cluster-64", "down", "enter")
        assert isinstance(app.screen, VerdictScreen)
        assert "Train on 64 nodes, 2 years" in shown(app)


_MONKEY_KEYS = (
    *"1234567vwbmMcrpzZuejkhlxgGTnsy", "up", "down", "left", "right", "enter", "delete", "pagedown", "pageup", "space",
    "home", "end", "question_mark", "escape", "tab", "slash",
)  # fmt: skip


@pytest.mark.parametrize("seed", long_unless([0], range(4)))
async def test_random_keys_and_sizes_leave_the_app_in_order(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    name = chance.choice([entry.name for entry in sample_entries()])
    async with running(request(name, tmp_path)) as (app, pilot):
        for _ in range(examples(25, 60)):
            await pilot.press(chance.choice(_MONKEY_KEYS))
            if chance.random() < 0.05:
                await pilot.resize_terminal(chance.choice([40, 60, 80, 110, 200]), chance.choice([10, 20, 24, 45]))
        await settled(app, pilot)
        assert "internal error" not in app.problem
        assert app.return_code is None
        assert not app.waiting
        if app.session.profile is not None and app.answer is not None:
            assert app.answer.profile == app.session.profile


async def test_what_only_variants_can_is_said_on_ones_own_column(tmp_path: Path) -> None:
    """R did nothing there, and the name that was typed next ran commands."""
    async with running(request("cluster-64", tmp_path)) as (app, pilot):
        await press(app, pilot, "p", "c", "R")
        assert "chooses a variant" in screen_text(app)
        await press(app, pilot, "right")
        assert "chooses a variant" not in screen_text(app)
        await press(app, pilot, "R")
        assert "Name this variant" in screen_text(app)


async def test_a_view_that_is_closed_before_its_widgets_are_there_ends_nothing() -> None:
    """One that is put together behind the verdict while the app ends, or another profile is opened, has none: it ended
    the app with an internal error, on a busy machine."""
    async with running(request("cluster-64")) as (app, _):
        for view in VIEWS.values():
            await view(app, "Closed").on_event(events.Mount())


async def test_a_view_that_is_removed_before_its_inner_widgets_are_there_ends_nothing() -> None:
    """The outer ones were there: 2 of 16 starts with random keys ended so beside other work."""
    async with running(request("cluster-64")) as (app, pilot):
        for view in VIEWS.values():
            screen = view(app, "Closed")
            app.mount_behind(screen)
            await pilot.pause()
            await screen.query_one("#view").remove_children()
            removal = screen.remove()
            await screen.on_event(events.Mount())
            await removal


async def test_a_view_that_is_asked_to_draw_without_its_widgets_ends_nothing() -> None:
    """One that was put together behind the verdict loses its widgets as the app ends: a call that was still waiting to
    draw on them ended the app with an internal error, on a busy machine."""
    async with running(request("cluster-64")) as (app, pilot):
        for view in VIEWS.values():
            screen = view(app, "Closed")
            app.mount_behind(screen)
            await pilot.pause()
            await screen.remove_children()
            await screen.on_event(events.Callback(callback=screen.prepare))
