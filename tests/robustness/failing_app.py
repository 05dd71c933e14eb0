"""The program with a fault of the programmer's built in, where the command line says.

    .venv/bin/python -m tests.robustness.failing_app WHERE [ARGUMENT ...]

The fault is raised once the app runs and `f` is pressed or, in a worker, when a value changes.
"""

import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from advisor.cli.commands import advise
from screens import __main__ as program
from screens.state.engine import Engine
from screens.terminal.drivers import SafeDriver
from screens.terminal.input_reader import InputReader
from screens.widgets.form import ProfileForm


class BuiltInError(Exception):
    """The fault."""


def fail(*_: object, **__: object) -> Any:
    """Raise the fault, with a text that a terminal would obey."""
    raise BuiltInError("a fault \x1b[31mof ours\nin two lines")


def on_key(do: Callable[[ProfileForm], object]) -> None:
    """Do something when `f` is pressed in the form."""
    handle = ProfileForm.on_key

    async def on_key(self: ProfileForm, event: Any) -> None:
        if event.key == "f":
            do(self)
        await handle(self, event)

    ProfileForm.on_key = on_key  # type: ignore[method-assign]  # this is what the program is for


def in_worker() -> None:
    """A thread that answers an edit."""
    whole, count = Engine.answer, []

    def answer(self: Engine, profile: Any) -> Any:
        count.append(1)
        return whole(self, profile) if len(count) == 1 else fail()

    Engine.answer = answer  # type: ignore[method-assign]  # as above


def in_paint() -> None:
    """The form's own lines."""

    def paint(self: ProfileForm) -> None:
        ProfileForm.render_line = fail  # type: ignore[method-assign]  # as above
        self.refresh()

    on_key(paint)


def in_input_thread() -> None:
    """The thread that reads keys."""
    read = InputReader.read

    def reading(self: InputReader, data: bytes, now: float) -> Any:
        return fail() if data == b"f" else read(self, data, now)

    InputReader.read = reading  # type: ignore[method-assign]  # as above


def in_start() -> None:
    """Textual's own start of the terminal, after its first change."""
    SafeDriver._request_terminal_sync_mode_support = fail  # type: ignore[method-assign]  # as above


def in_command() -> None:
    """The answer of a command."""
    advise.answer = fail


def slow_to_keep() -> None:
    """No fault: what is being typed is asked of the form on a busy machine."""
    take = ProfileForm.take_typed

    def slowly(self: ProfileForm) -> Any:
        time.sleep(1.0)
        return take(self)

    ProfileForm.take_typed = slowly  # type: ignore[method-assign]  # as above


PLACES: dict[str, Callable[[], None]] = {
    "handler": lambda: on_key(fail),
    "memory": lambda: on_key(lambda form: [b"x" * (1 << 62)]),
    "timer": lambda: on_key(lambda form: form.set_timer(0.01, fail)),
    "callback": lambda: on_key(lambda form: form.call_after_refresh(fail)),
    "loop": lambda: on_key(lambda form: form.app._loop.call_soon(fail)),  # type: ignore[union-attr]  # it runs
    "thread": lambda: on_key(lambda form: threading.Thread(target=fail).start()),
    "worker": in_worker,
    "paint": in_paint,
    "input thread": in_input_thread,
    "start": in_start,
    "command": in_command,
    "slow to keep": slow_to_keep,
}

if __name__ == "__main__":
    PLACES[sys.argv[1]]()
    sys.exit(program.main(sys.argv[2:]))
