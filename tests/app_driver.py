"""Drives the app for the tests: a fixed day, an empty folder of profiles, and the screen as plain text."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import date
from pathlib import Path

from textual.pilot import Pilot
from textual.worker import WorkerCancelled

from advisor.cli import Request
from screens.app import AdvisorApp

TODAY = date(2026, 11, 24)
SIZES = {"80x24": (80, 24), "140x45": (140, 45)}


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
    async with app.run_test(size=size) as pilot:
        await settled(app, pilot)
        yield app, pilot


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
