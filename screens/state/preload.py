"""The verdict ahead of the engine: reckoned in a process of its own while the screens load, on a second core, and shown
first. The engine of this process answers a moment later and finds the same, with all that stands behind it."""

import os
import select
import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from threading import Lock
from typing import TYPE_CHECKING

from advisor.cli.parser import VIEWS, Request
from screens.terminal.capabilities import WIDE_CELLS

if TYPE_CHECKING:
    from screens.state.session import Shown

_PATIENCE_S = 2.0  # then the engine of this process is asked without waiting any longer
_LENGTH_BYTES = 4


class Ahead:
    """A process that writes what is to be shown into a pipe, and ends."""

    def __init__(self, pid: int, pipe: int) -> None:
        self._pid: int | None = pid
        self._pipe = pipe
        self._lock = Lock()

    def parts(self) -> "Iterator[Shown]":
        """What it found, as soon as it is there: the verdict, then the same with more beside it. Ends early where the
        process failed; the engine here says why. To be called once, off the UI thread."""
        import pickle

        while (data := self._next()) is not None:
            yield pickle.loads(data)
        os.close(self._pipe)
        self.stop()

    def stop(self) -> None:
        """Wait for it no longer."""
        with self._lock:
            pid, self._pid = self._pid, None
        if pid is not None:
            with suppress(ProcessLookupError, ChildProcessError):
                os.kill(pid, 9)
                os.waitpid(pid, 0)

    def _next(self) -> bytes | None:
        length = self._read(_LENGTH_BYTES)
        return self._read(int.from_bytes(length, "big")) if length else None

    def _read(self, count: int) -> bytes | None:
        """So many bytes; None where the process has ended, or taken too long."""
        data = b""
        while len(data) < count and select.select([self._pipe], [], [], _PATIENCE_S)[0]:
            part = os.read(self._pipe, count - len(data))
            if not part:
                break
            data += part
        return data if len(data) == count else None


def begin_ahead(request: Request, today: date) -> Ahead | None:
    """Start reckoning what the app will show first; None where that is no verdict, where no second core is idle for it,
    or where a fork is not safe. To be called before there are threads."""
    if request.profile is None or request.screen != VIEWS[0] or sys.platform != "linux":
        return None
    cores = len(os.sched_getaffinity(0))
    if cores < 2 or os.getloadavg()[0] >= cores:
        return None
    reading, writing = os.pipe()
    try:
        pid = os.fork()
    except OSError:  # no more processes for this user: do without
        os.close(reading)
        os.close(writing)
        return None
    if pid:
        os.close(writing)
        return Ahead(pid, reading)
    try:
        os.close(reading)
        _write_parts(request, today, _is_wide_terminal(), writing)
    finally:
        os._exit(0)  # whatever happened: the engine of the other process meets it too, and says it


def _is_wide_terminal() -> bool:
    """How wide it is; from then on this process leaves it alone."""
    wide = os.get_terminal_size(2).columns >= WIDE_CELLS
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(nowhere, stream)
    return wide


def _write_parts(request: Request, today: date, wide: bool, pipe: int) -> None:
    import pickle

    for shown in shown_ahead(request, today, wide=wide):
        data = pickle.dumps(shown)
        data = len(data).to_bytes(_LENGTH_BYTES, "big") + data
        while data:
            data = data[os.write(pipe, data) :]


def shown_ahead(request: Request, today: date, *, wide: bool) -> "Iterator[Shown]":
    """The verdict on the profile of a command line, then, where there is room for them, the reasons' figures. Raises
    AdvisorError."""
    from screens.state.session import Session, Shown

    session = Session(request, today)
    opened = session.read(session.find(request.profile or ""))
    answer = session.answer(opened.profile)
    yield Shown(answer.view, answer.fields)
    if wide:
        yield Shown(answer.view, answer.fields, deeper=session.completed(answer, "deeper").deeper)
