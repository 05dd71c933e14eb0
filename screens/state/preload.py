"""The first verdict, computed by a forked process while the screens of this one load, and shown until the engine of
this process has the same answer with everything behind it. docs/decisions/0003-preload.md has the figures."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, BinaryIO

from advisor.cli.parser import VIEWS, Request
from advisor.errors import AdvisorError
from advisor.profiles.store import find, profiles_folder
from screens.answer import AnswerView
from screens.terminal.capabilities import WIDE_CELLS

if TYPE_CHECKING:
    from screens.state.host import Host

_BLANK_S = 0.5  # what comes later needs a sign that it is awaited
_PATIENCE_S = 2.0  # then the engine of this process starts without waiting any longer


class Preload:
    """A process that writes what it finds into a pipe, and ends."""

    def __init__(self, pid: int, pipe: int) -> None:
        self._pid: int | None = pid
        self._pipe = pipe
        self._stopped = False

    def show(self, host: "Host", then: Callable[[], None]) -> None:
        """Show what the process finds. `then` is called once the first of it is painted, or when nothing comes: an
        engine that starts earlier takes time from the screen."""
        host.pause_painting(_BLANK_S)
        host.set_timer(_PATIENCE_S, self._kill)
        host.run_in_thread(partial(self._receive, host, then), "preload")

    def stop(self) -> None:
        """Show nothing more of it."""
        self._stopped = True
        self._kill()

    def _kill(self) -> None:
        pid, self._pid = self._pid, None
        if pid is not None:
            with suppress(ProcessLookupError, ChildProcessError):
                os.kill(pid, 9)
                os.waitpid(pid, 0)

    def _receive(self, host: "Host", then: Callable[[], None]) -> None:
        with os.fdopen(self._pipe, "rb") as pipe:
            views = _read_views(pipe)
            host.run_on_ui(partial(self._show, host, next(views, None), then))
            for view in views:
                host.run_on_ui(partial(self._show, host, view))
        host.run_on_ui(self._kill)

    def _show(self, host: "Host", view: AnswerView | None, then: Callable[[], None] | None = None) -> None:
        if not self._stopped and host.answer is None:
            host.preloaded = view
            host.resume_painting()
            if then is not None:
                host.call_after_refresh(then)


def _read_views(pipe: BinaryIO) -> Iterator[AnswerView]:
    """The verdict, then the same with more of it; ends early when the process fails: the engine here reports why."""
    import pickle

    with suppress(EOFError, pickle.UnpicklingError):
        while True:
            yield pickle.load(pipe)


def start_preload(request: Request, today: date) -> Preload | None:
    """Start to compute what the app shows first. None where that is not a verdict, where no second core is idle, or
    where a fork is not safe. To be called before there are threads."""
    if request.profile is None or request.screen != VIEWS[0] or sys.platform != "linux" or not _is_kept(request):
        return None
    cores = len(os.sched_getaffinity(0))
    if cores < 2 or os.getloadavg()[0] >= cores:
        return None
    reading, writing = os.pipe()
    try:
        pid = os.fork()
    except OSError:  # no more processes for this user
        os.close(reading)
        os.close(writing)
        return None
    if pid:
        os.close(writing)
        return Preload(pid, reading)
    try:
        wide = os.get_terminal_size(2).columns >= WIDE_CELLS
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in (reading, 0, 1, 2):  # the terminal is the other process's
            os.dup2(nowhere, stream)
        _write_views(request, today, writing, wide=wide)
    finally:
        os._exit(0)  # whatever happened: the engine of the other process meets it too, and reports it


def _is_kept(request: Request) -> bool:
    """Whether there is a profile of the name on the command line, which else is a plan in words."""
    try:
        find(request.profile or "", profiles_folder(request.profiles))
    except AdvisorError:
        return False
    return True


def _write_views(request: Request, today: date, pipe: int, *, wide: bool) -> None:
    import pickle

    with os.fdopen(pipe, "wb", buffering=0) as writing:
        for view in compute_views(request, today, wide=wide):
            pickle.dump(view, writing)


def compute_views(request: Request, today: date, *, wide: bool) -> Iterator[AnswerView]:
    """The verdict on the profile of a command line, then, where there is room for it, the deeper part. Raises
    AdvisorError."""
    from screens.state.session import Session

    session = Session(request, today)
    answer = session.engine.answer(session.read(session.find(request.profile or "")).profile)
    yield AnswerView(answer.view, answer.fields, None, answer.together)
    if wide:
        deeper = session.engine.completed(answer, "deeper").deeper
        yield AnswerView(answer.view, answer.fields, deeper, answer.together)
