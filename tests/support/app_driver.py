"""Drives the app for the tests: a fixed day, an empty folder of profiles, and the screen as plain text."""

import asyncio
import time
import unicodedata
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from contextvars import copy_context
from dataclasses import replace
from datetime import date
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import RenderableType
from textual import on
from textual._compositor import Compositor
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet
from textual.dom import DOMNode
from textual.drivers.headless_driver import HeadlessDriver
from textual.events import DescendantFocus, Key, Resize
from textual.geometry import Size
from textual.keys import REPLACED_KEYS, _character_to_key, _get_unicode_name_from_key
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input
from textual.worker import WorkerCancelled

from advisor.cli.parser import Request
from advisor.market.forecast.default_paths import DEFAULT_PATHS
from screens.answer import Answer
from screens.app import AdvisorApp
from screens.state.session import Session
from tests.support.folders import ROOT
from tests.support.present import present
from tests.support.processes import HANGS_AFTER_S

if TYPE_CHECKING:
    from advisor.profiles.schema import Profile
    from screens.state.engine import MarketChoice

TODAY = date(2026, 11, 24)
SIZES = {"80x24": (80, 24), "140x45": (140, 45)}
SMALLEST, LARGEST = "60x20", "200x60"
ALL_SIZES = {SMALLEST: (60, 20), **SIZES, LARGEST: (200, 60)}
_TURNS, _A_MOMENT_S = 100, 0.002  # of the event loop, before a timer or another thread is what is waited for
_ANSWERS_KEPT = 200  # half a megabyte each
_OF_THE_ADVICE = ("deeper", "use", "map")  # parts that nothing but the advice goes into


def request(
    profile: str | None = None, folder: Path = Path("profiles-of-the-test"), screen: str = "verdict"
) -> Request:
    """A command line that opens the app."""
    return Request(
        command=None,
        profile=profile,
        as_json=False,
        quiet=False,
        no_color=False,
        book=None,
        profiles=folder,
        paths=DEFAULT_PATHS,
        seed=0,
        screen=screen,
    )


_parse_rules = Stylesheet._parse_rules
_parsed: dict[tuple[Any, ...], list[RuleSet]] = {}


def _parsed_once(sheet: Stylesheet, css: str, read_from: Any, *more: Any, **rest: Any) -> list[RuleSet]:
    """The rules of a style sheet with the colors of a theme, read once for all the apps of this process."""
    key = (css, read_from, *more, *rest.items(), *sheet._variables.items())
    if key not in _parsed:
        _parsed[key] = _parse_rules(sheet, css, read_from, *more, **rest)
    return _parsed[key]


Stylesheet._parse_rules = _parsed_once  # type: ignore[assignment]  # the same rules, only sooner

_render_update = Compositor.render_update


def _paint_later(compositor: Compositor, full: bool = False, **more: Any) -> RenderableType | None:
    """Paint nothing: what changed stays marked until `settled` paints it, once for all that a key moved. A picture is
    asked for in full."""
    return _render_update(compositor, full=full, **more) if full else None


Compositor.render_update = _paint_later  # type: ignore[assignment]  # the same cells, only once


class SteadyApp(AdvisorApp):
    """The app without a blinking cursor: what the screen shows does not depend on when it is looked at."""

    CSS_PATH = str(ROOT / "screens" / "app.tcss")
    draws_behind_dialogs = True

    @property
    def _background_screens(self) -> list[Screen[Any]]:
        return super()._background_screens if self.draws_behind_dialogs else []

    @on(DescendantFocus)
    def _stop_blinking(self, event: DescendantFocus) -> None:
        if isinstance(event.widget, Input):
            event.widget.cursor_blink = False

    async def _press_keys(self, keys: Iterable[str]) -> None:
        """Type, each key when the one before is handled. Textual's own waits until the processor does little."""
        assert self._driver is not None
        for key in keys:
            message = _key_event(key)
            message.set_sender(self)
            self._driver.send_message(message)
            await _handled(self, Pilot(self))
            if not self._animator._complete_event.is_set():
                await self._animator.wait_until_complete()
                await _handled(self, Pilot(self))


def _key_event(key: str) -> Key:
    """A key as the terminal sends it: by its name, or the character it types."""
    name = key if len(key) > 1 or key.isalnum() else _character_to_key(key)
    try:
        character: str | None = unicodedata.lookup(_get_unicode_name_from_key(REPLACED_KEYS.get(name, name)))
    except KeyError:
        character = name if len(name) == 1 else None
    return Key(name, character)


@asynccontextmanager
async def running(
    options: Request,
    size: tuple[int, int] = (80, 24),
    idle_s: float = 3_600.0,
    *,
    first: bool = False,
    behind_dialogs: bool = True,
    today: date = TODAY,
) -> AsyncIterator[tuple[AdvisorApp, Pilot[int]]]:
    """The app, started, with all workers done. idle_s: after which it calculates ahead; else a test would depend on how
    long it takes; first: as on a machine where it was never used, if nothing is remembered there; behind_dialogs:
    whether what is seen behind a dialog is laid out and drawn with it; today: the day of the run."""
    app = SteadyApp(options, today)
    app.draws_behind_dialogs = behind_dialogs
    app.session.places.is_first &= first
    app.answers.idle_s = idle_s
    remember_answers(app.session)
    async with app.run_test(size=size) as pilot:
        await settled(app, pilot)
        yield app, pilot


_answers: dict[tuple[Any, ...], Answer] = {}
_parts: dict[tuple[int, str], Answer] = {}


def remember_answers(session: Session) -> None:
    """Let the engine compute each profile only once for all the tests of this process: most open the same few samples,
    and the same request has the same answer."""
    engine = session.engine
    compute, complete = engine.answer, engine.completed

    def remembered(profile: "Profile") -> Answer:
        options = engine.request
        if options.book is not None:  # a file, which may be another one next time
            return compute(profile)
        written = (profile.model_dump_json(exclude_unset=own) for own in (False, True))  # what is set is shown as own
        key = (*written, options.paths, options.seed, engine.today)
        known = _answers.get(key)
        if known is None:
            known = compute(profile)
            if len(_answers) >= _ANSWERS_KEPT:
                _answers.clear()
                _parts.clear()
            _answers[key] = known
        return replace(known, profile=profile)

    def completed(answer: Answer, part: str, market: "MarketChoice | None" = None) -> Answer:
        if part not in _OF_THE_ADVICE:
            return complete(answer, part, market)
        known = _parts.get((id(answer.advice), part))
        if known is None or known.advice is not answer.advice:
            known = _parts[id(answer.advice), part] = complete(answer, part)
        return replace(answer, **{part: getattr(known, part)})

    engine.answer = remembered  # type: ignore[method-assign]  # the same answers, only sooner
    engine.completed = completed  # type: ignore[method-assign]  # as above


def forget_answers() -> None:
    """Drop the answers that are remembered."""
    _answers.clear()
    _parts.clear()


async def settled(app: AdvisorApp, pilot: Pilot[int]) -> None:
    """Wait until nothing is being computed or waits to be done, and the screen shows it; no clock is asked."""
    while not (app._exit or app._exception):
        with suppress(WorkerCancelled):  # an older question that was dropped
            await app.workers.wait_for_complete()
        await _handled(app, pilot)
        if app._exit or not all(worker.is_finished for worker in app.workers):
            continue
        copy_context().run(_render_update, app.screen._compositor, screen_stack=app._background_screens)
        if not _unfinished(app):  # a list knows how long it is once it is painted, and may need a scrollbar
            break


async def _handled(app: AdvisorApp, pilot: Pilot[int]) -> None:
    """Wait until every message is handled and the screen shows it, whatever is still being computed."""
    end = time.monotonic() + HANGS_AFTER_S
    while not (app._exit or app._exception):
        for turn in count():  # no question to each widget while there are messages
            for screen in _in_sight(app):
                if screen is app.screen or _to_be_drawn(screen):
                    screen._on_timer_update()
            if app._exit or app._exception or not _at_work(app):
                break
            if time.monotonic() > end:
                raise TimeoutError(f"never done: {app.screen}, {app.screen._callbacks}, {app.screen._dirty_widgets}")
            await asyncio.sleep(0 if turn < _TURNS else _A_MOMENT_S)
        await pilot._wait_for_screen(HANGS_AFTER_S)  # nor is any of them in the middle of one
        if not _unfinished(app):
            break


def _unfinished(app: AdvisorApp) -> bool:
    """Whether something waits to be done, or will ask for it."""
    return _at_work(app) or any(map(_changes_yet, app.screen.walk_children()))


def _in_sight(app: AdvisorApp) -> list[Screen[Any]]:
    """The screen in front, and those that are seen behind a dialog."""
    behind = app._background_screens if app.screen.styles.background.a < 1 else []
    return [*behind, app.screen]


def _to_be_drawn(screen: Screen[Any]) -> bool:
    """Whether something on a screen waits to be laid out or painted."""
    return bool(screen._callbacks or screen._dirty_widgets or screen._layout_required)


def _at_work(app: AdvisorApp) -> bool:
    """Whether something waits to be handled, laid out or painted."""
    screens = _in_sight(app)
    return (
        any(map(_to_be_drawn, screens))
        or app._resize_timer is not None
        or any(
            node._message_queue.qsize() or node._next_callbacks
            for node in (app, *(node for screen in screens for node in screen.walk_children(with_self=True)))
        )
    )


def _changes_yet(widget: DOMNode) -> bool:
    """Whether a widget will ask for a new layout or to be painted as soon as it has nothing else to do."""
    return isinstance(widget, Widget) and (
        widget._layout_required
        or widget._repaint_required
        or widget._scroll_required
        or widget._refresh_styles_required
        or widget._recompose_required
    )


async def until(pilot: Pilot[int], holds: Callable[[], bool]) -> None:
    """Wait until something holds, for minutes at most."""
    for _ in range(4800):
        if holds():
            return
        await pilot.pause(0.05)
    raise AssertionError("it never held")


async def press(app: AdvisorApp, pilot: Pilot[int], *keys: str) -> None:
    """Press keys and wait for the answer."""
    if keys:
        await app._press_keys(keys)
    await settled(app, pilot)


async def resize(app: AdvisorApp, pilot: Pilot[int], size: tuple[int, int]) -> None:
    """Give the terminal another size and wait until all is drawn again."""
    driver = app._driver
    assert isinstance(driver, HeadlessDriver)
    driver._size = size
    app.post_message(Resize(Size(*size), Size(*size)))
    await settled(app, pilot)


def profile_of(app: AdvisorApp) -> "Profile":
    """The open profile."""
    return present(app.session.profile)


def answer_of(app: AdvisorApp) -> Answer:
    """The answer that is shown."""
    return present(app.answer)


def screen_text(app: AdvisorApp) -> str:
    """What a person sees, as plain text without trailing blanks."""
    strips = app.screen._compositor.render_strips()
    lines = ["".join(segment.text for segment in strip).rstrip() for strip in strips]
    return "\n".join(lines)


def dialog_text(app: AdvisorApp) -> str:
    """What the dialog in front says, without its frame and what is seen behind it."""
    (dialog,) = (child.content_region for child in app.screen.displayed_children)
    lines = screen_text(app).splitlines()[dialog.y : dialog.bottom]
    return "\n".join(line[dialog.x : dialog.right].rstrip() for line in lines)
