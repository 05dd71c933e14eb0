"""Drives the app for the tests: a fixed day, an empty folder of profiles, and the screen as plain text."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual.pilot import Pilot
from textual.worker import WorkerCancelled

from advisor.cli.parser import Request
from screens.app import AdvisorApp
from screens.state.session import Answer, Session

if TYPE_CHECKING:
    from advisor.profiles.schema import Profile

TODAY = date(2026, 11, 24)
SIZES = {"80x24": (80, 24), "140x45": (140, 45)}
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
        paths=10_000,
        seed=0,
        screen=screen,
    )


@asynccontextmanager
async def running(asked: Request, size: tuple[int, int] = (80, 24)) -> AsyncIterator[tuple[AdvisorApp, Pilot[int]]]:
    """The app, started, with all workers done."""
    app = AdvisorApp(asked, TODAY)
    remember_answers(app.session)
    async with app.run_test(size=size) as pilot:
        await settled(app, pilot)
        yield app, pilot


_answers: dict[tuple[Any, ...], Answer] = {}
_parts: dict[tuple[int, str], Answer] = {}


def remember_answers(session: Session) -> None:
    """Let the engine reckon each profile only once for all the tests of this process: most open the same few samples,
    and the same question has the same answer."""
    reckon, complete = session.answer, session.completed

    def remembered(profile: "Profile") -> Answer:
        asked = session.request
        if asked.book is not None:  # a file, which may be another one next time
            return reckon(profile)
        written = (profile.model_dump_json(exclude_unset=own) for own in (False, True))  # what is set is shown as own
        key = (*written, asked.paths, asked.seed, session.today)
        known = _answers.get(key)
        if known is None:
            known = reckon(profile)
            if len(_answers) >= _ANSWERS_KEPT:
                _answers.clear()
                _parts.clear()
            _answers[key] = known
        return replace(known, profile=profile)

    def completed(answer: Answer, part: str) -> Answer:
        if part not in _OF_THE_ADVICE:
            return complete(answer, part)
        known = _parts.get((id(answer.advice), part))
        if known is None or known.advice is not answer.advice:
            known = _parts[id(answer.advice), part] = complete(answer, part)
        return replace(answer, **{part: getattr(known, part)})

    session.answer = remembered  # type: ignore[method-assign]  # the same answers, only sooner
    session.completed = completed  # type: ignore[method-assign]  # as above


def forget_answers() -> None:
    """Drop the answers that are remembered."""
    _answers.clear()
    _parts.clear()


async def settled(app: AdvisorApp, pilot: Pilot[int]) -> None:
    """Wait until nothing is being computed and the screen shows it."""
    quiet = 0
    while quiet < 2:
        with suppress(WorkerCancelled):  # an older question that was dropped
            await app.workers.wait_for_complete()
        await pilot.pause()
        quiet = quiet + 1 if all(worker.is_finished for worker in app.workers) else 0


async def press(app: AdvisorApp, pilot: Pilot[int], *keys: str) -> None:
    """Press keys and wait for the answer."""
    await pilot.press(*keys)
    await settled(app, pilot)


def screen_text(app: AdvisorApp) -> str:
    """What a person sees, as plain text without trailing blanks."""
    strips = app.screen._compositor.render_strips()
    lines = ["".join(segment.text for segment in strip).rstrip() for strip in strips]
    return "\n".join(lines)
