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

from screens.terminal.cell_diff import Frames

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
_CHECK_EVERY_S = 1.0
_KILL_AFTER_S = 0.4


class DraftOwner(Protocol):
    """An app with unsaved edits."""

    def keep_draft(self) -> None:
        """Write down what is not saved. Called from any thread."""

    def keep_all(self) -> None:
        """The same, what is being typed included. Called on the UI thread."""


class SafeDriver(LinuxDriver):
    """Ends the program on SIGTERM, on SIGHUP and when the terminal is gone, with exit code 128 + signal: writes the
    draft and restores the terminal. A program that cannot end in order, because its line is stuck, is killed."""

    _leaving = False
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

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        self._leave(128 + number)

    def _watch_terminal(self) -> None:
        """A terminal can be gone without a SIGHUP (a container's exec, sudo, a wrapper that traps it)."""
        pause = threading.Event()
        while not self._leaving and not pause.wait(_CHECK_EVERY_S):
            if self._is_gone():
                self._leave(128 + signal.SIGHUP)

    def _is_gone(self) -> bool:
        try:
            termios.tcgetattr(self.fileno)
        except termios.error:
            return True
        return False

    def _leave(self, code: int) -> None:
        """End, without the quarter of a second that a running app takes to shut down."""
        if not self._leaving:
            self._leaving = True
            app = cast(DraftOwner, self._app)
            threading.Thread(target=self._end_by_force, args=(app, code), name="leave", daemon=True).start()
            self._loop.call_soon_threadsafe(self._end_in_order, app, code)

    def _end_in_order(self, app: DraftOwner, code: int) -> None:
        try:
            app.keep_all()
            if not self._is_gone():
                LinuxDriver.write(self, _LEAVE)
                self._restore_modes()
                self.close()  # waits until all is sent
        finally:
            os._exit(code)

    def _end_by_force(self, app: DraftOwner, code: int) -> None:
        """Give the orderly end a moment; then end it from here."""
        threading.Event().wait(_KILL_AFTER_S)
        app.keep_draft()
        self._restore_modes()
        last = threading.Thread(target=self._write_leave_codes, daemon=True)
        last.start()
        last.join(0.05)  # a stuck line takes nothing
        os._exit(code)

    def _restore_modes(self) -> None:
        with suppress(termios.error):
            termios.tcflush(self.fileno, termios.TCIFLUSH)
            if self.attrs_before is not None:
                termios.tcsetattr(self.fileno, termios.TCSANOW, self.attrs_before)

    def _write_leave_codes(self) -> None:
        with suppress(OSError):
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
        """Notice every resize too: the terminal moves its cells in ways that differ."""
        super().start_application_mode()
        app_handler = signal.getsignal(signal.SIGWINCH)

        def on_resize(number: int, frame: FrameType | None) -> None:
            self._stale = True
            if callable(app_handler):
                app_handler(number, frame)

        signal.signal(signal.SIGWINCH, on_resize)
        self._stale = True

    def forget(self) -> None:
        """Send the next frame whole."""
        self._stale = True

    def write(self, data: str) -> None:
        """Send what differs from what the terminal shows."""
        data = _CALM_MODES.get(data, data)
        with self._sending:
            if data == _SYNC_START:
                self._held = data  # sent only with a frame that changes something
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
