"""Textual's terminal driver for real lines: it leaves the terminal clean however the program ends, and over SSH sends
only the cells that changed."""

import os
import select
import signal
import termios
import threading
from contextlib import suppress
from types import FrameType
from typing import Protocol, cast

from textual.drivers.linux_driver import LinuxDriver

from screens.frames import Frames

_SYNC_START, _SYNC_END = "\x1b[?2026h", "\x1b[?2026l"
# Mouse, focus reports, bracketed paste, line wrap, keyboard protocol, alternate screen, cursor: as they were before.
_LEAVE = (
    "\x1b[m\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1015l\x1b[?1006l\x1b[?1016l\x1b[?2048l\x1b[?2004l\x1b[?2026l\x1b[?7h"
    "\x1b[<u\x1b[?1049l\x1b[?25h\x1b[?1004l"
)
# Over SSH a click is reported, a motion only while a button is held, and never in pixels or in the old urxvt way.
_CALM_MODES = {
    "\x1b[?1003h": "\x1b[?1002h",
    "\x1b[?1003l": "\x1b[?1002l",
    "\x1b[?1015h": "",
    "\x1b[?1015l": "",
    "\x1b[?2048$p": "",
}
_PAINTED_ON = 2  # Textual paints on stderr
_LOOKS_EVERY_S = 1.0
_FORCED_AFTER_S = 0.4


class Leaver(Protocol):
    """An app that can be told to end."""

    def keep_draft(self) -> None:
        """Write down what is not saved."""

    def leave_now(self, code: int) -> None:
        """Keep the draft and exit with a code, without asking."""


class SafeDriver(LinuxDriver):
    """Ends the app on SIGTERM, on SIGHUP and when the terminal is gone: draft kept, terminal as it was before, exit
    code 128 + signal. An app that cannot end by itself, because the line is stuck, is ended after a moment."""

    _leaving = False
    _lost = False
    _watch: threading.Thread | None = None

    def start_application_mode(self) -> None:
        """Watch over the terminal from before its first change on."""
        for number in (signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, self._on_signal)
        super().start_application_mode()  # type: ignore[no-untyped-call]  # Textual leaves it untyped
        if self._watch is None:
            self._watch = threading.Thread(target=self._watch_terminal, name="terminal-watch", daemon=True)
            self._watch.start()

    def write(self, data: str) -> None:
        """Send, unless nobody is there any more."""
        if not self._lost:
            super().write(data)

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        self._leave(128 + number)

    def _watch_terminal(self) -> None:
        """A terminal can go without a SIGHUP (a container's exec, sudo, a wrapper that traps it)."""
        pause = threading.Event()
        while not self._leaving and not pause.wait(_LOOKS_EVERY_S):
            if self._is_gone():
                self._leave(128 + signal.SIGHUP)

    def _is_gone(self) -> bool:
        try:
            termios.tcgetattr(self.fileno)
        except termios.error:
            return True
        return False

    def _leave(self, code: int) -> None:
        if self._leaving:
            return
        self._leaving = True
        if self._is_gone():
            self._lost = True
            nowhere = os.open(os.devnull, os.O_WRONLY)
            for stream in (1, _PAINTED_ON):
                os.dup2(nowhere, stream)  # what is still unsent would make Python end with a code of its own
        app = cast(Leaver, self._app)
        threading.Thread(target=self._end_by_force, args=(app, code), name="leave", daemon=True).start()
        self._loop.call_soon_threadsafe(app.leave_now, code)

    def _end_by_force(self, app: Leaver, code: int) -> None:
        """Wait for the app to end by itself; then end it."""
        threading.Event().wait(_FORCED_AFTER_S)
        app.keep_draft()
        last = threading.Thread(target=self._restore_terminal, daemon=True)
        last.start()
        last.join(0.05)  # a stuck line takes nothing any more
        os._exit(code)

    def _restore_terminal(self) -> None:
        with suppress(OSError, termios.error):
            if self.attrs_before is not None:
                termios.tcsetattr(self.fileno, termios.TCSANOW, self.attrs_before)
            if select.select([], [_PAINTED_ON], [], 0)[1]:
                os.write(_PAINTED_ON, _LEAVE.encode())


class CalmDriver(SafeDriver):
    """Sends only the cells that changed, and asks for no mouse motion."""

    def __init__(self, *args: object, **keywords: object) -> None:
        super().__init__(*args, **keywords)  # type: ignore[arg-type]  # as Textual calls it
        self._frames = Frames(*self._size_now())
        self._stale = False
        self._held = ""
        self._sending = threading.Lock()

    def start_application_mode(self) -> None:
        """Also hear of every resize: the terminal moves its cells about as it likes."""
        super().start_application_mode()
        tell_app = signal.getsignal(signal.SIGWINCH)

        def on_resize(number: int, frame: FrameType | None) -> None:
            self._stale = True
            if callable(tell_app):
                tell_app(number, frame)

        signal.signal(signal.SIGWINCH, on_resize)
        self._stale = True

    def forget(self) -> None:
        """Send the next frame whole."""
        self._stale = True

    def write(self, data: str) -> None:
        """Send what the terminal does not show yet."""
        data = _CALM_MODES.get(data, data)
        with self._sending:
            if data == _SYNC_START:
                self._held = data  # a frame that changes nothing is not worth its brackets
                return
            if data == _SYNC_END and self._held:
                self._held = ""
                return
            size = self._size_now()
            if self._stale or size != (self._frames.width, self._frames.height):
                self._stale = False
                self._frames.forget(*size)
            changes = self._frames.send(data)
            if changes:
                self._send(self._held + changes)
                self._held = ""

    def _send(self, changes: str) -> None:
        super().write(changes)

    def _size_now(self) -> tuple[int, int]:
        try:
            size = os.get_terminal_size(self.fileno)
        except OSError:
            return 80, 24
        return size.columns, size.lines
