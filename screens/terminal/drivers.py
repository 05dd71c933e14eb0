"""Textual's terminal driver for real lines: it leaves the terminal clean however the program ends, and over SSH sends
only the cells that changed."""

import os
import select
import selectors
import signal
import termios
import threading
from collections.abc import Callable
from contextlib import suppress
from time import monotonic
from types import FrameType
from typing import Any, Protocol, cast

from textual import constants
from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver

from advisor.cli.ascii_text import ascii_only, shows_utf8
from advisor.errors import ExitCode
from screens.failure import CrashError, failure_line
from screens.terminal.cell_diff import Frames
from screens.terminal.input_reader import InputReader

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
_READ_WAIT_S = 0.1
_READ_BYTES = 4096
_ESCAPE_S = 0.025  # a terminal of this machine sends a sequence whole; a line may cut it anywhere
_PASTE_AT_MOST = 1 << 20
_PAINTED_ON = 2  # Textual paints on stderr
_CHECK_EVERY_S = 1.0
_KEEP_WITHIN_S = 5.0  # what is being typed is kept by the thread that may be drawing; a busy machine takes its time
_KILL_AFTER_S = 0.4
_REPORT_WITHIN_S = 5.0  # a fault is logged before the end; a busy machine takes its time
# What asks a program to end, and what ends it by default: the terminal would be left as the app has it.
_ENDING = ("SIGTERM", "SIGHUP", "SIGINT", "SIGQUIT", "SIGXCPU", "SIGUSR1", "SIGUSR2", "SIGALRM")


class DraftOwner(Protocol):
    """An app with unsaved edits."""

    def keep_draft(self) -> str:
        """Write down what is not saved, and say what became of it; empty when nothing was unsaved. Called from any
        thread."""

    def keep_all(self) -> str:
        """The same, what is being typed included. Called on the UI thread."""


class SafeDriver(LinuxDriver):
    """Ends the program on a signal and when the terminal is gone, with exit code 128 + signal, and on an unexpected
    error with exit code 3: writes the draft and restores the terminal. A program that cannot end in order, because its
    line is stuck, is killed."""

    _leaving = False
    _watch: threading.Thread | None = None
    _note = ""
    _suspended = False
    in_ascii = not shows_utf8(os.environ)
    _escape_s = _ESCAPE_S

    def start_application_mode(self) -> None:
        """Watch over the terminal from before its first change on."""
        for number in (getattr(signal, name) for name in _ENDING):
            if signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, self._on_signal)
        threading.excepthook = self._on_thread_error
        self._loop.set_exception_handler(self._on_loop_error)
        super().start_application_mode()  # type: ignore[no-untyped-call]  # Textual leaves it untyped
        if self._watch is None:
            self._watch = threading.Thread(target=self._watch_terminal, name="terminal-watch", daemon=True)
            self._watch.start()

    def write(self, data: str) -> None:
        """Send text and sequences, in ASCII where the terminal shows no other characters."""
        super().write(ascii_only(data) if self.in_ascii else data)

    # Input

    def run_input_thread(self) -> None:
        """Read what is typed and pasted until the app ends."""
        reader = InputReader(XTermParser(self._debug), self._escape_s)
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                patience_s = reader.patience_s(monotonic())
                ready = selector.select(_READ_WAIT_S if patience_s is None else min(_READ_WAIT_S, patience_s))
                data = os.read(self.fileno, _READ_BYTES) if ready else b""
                while data and len(data) < _PASTE_AT_MOST and selector.select(0):  # all of a paste that is there
                    more = os.read(self.fileno, _READ_BYTES)
                    if not more:
                        break
                    data += more
                for message in reader.read(data, monotonic()):
                    self.process_message(message)

    def _run_input_thread(self) -> None:
        try:
            self.run_input_thread()
        except Exception as error:  # noqa: BLE001 - whatever it is, the app cannot be used without its keys
            self.fail(error)

    # Suspension

    def _sigtstp_application(self, *_: object) -> None:
        self._suspended = True
        super()._sigtstp_application()

    def _sigcont_application(self, *_: object) -> None:
        """Come back: from our own suspension, or from a stop that left the terminal to a shell unasked."""
        if self._suspended:
            self._suspended = False
            super()._sigcont_application()
        else:
            self._loop.call_soon_threadsafe(self._take_terminal_again)

    def _take_terminal_again(self) -> None:
        """Leave the terminal and enter it again, so that all its modes are known and the screen is painted anew."""
        if self._leaving or self._suspended:
            return
        with suppress(OSError):
            if os.tcgetpgrp(self.fileno) != os.getpgrp():
                os.kill(os.getpid(), signal.SIGSTOP)  # still in the background: writing is for the foreground
                return
        self.suspend_application_mode()
        self._must_signal_resume = True
        self.resume_application_mode()

    # The end

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        self._leave(128 + number)

    def _on_thread_error(self, failed: threading.ExceptHookArgs) -> None:
        if isinstance(failed.exc_value, Exception):
            self.fail(failed.exc_value)

    def _on_loop_error(self, _loop: object, context: dict[str, Any]) -> None:
        if isinstance(context.get("exception"), Exception):
            self.fail(context["exception"])

    def fail(self, error: Exception) -> None:
        """End on an unexpected error, from any thread; on a terminal that is gone, nothing else is expected."""
        if self._is_gone():
            self._leave(128 + signal.SIGHUP)
        else:
            self._leave(ExitCode.INTERNAL, error)

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

    def _leave(self, code: int, error: Exception | None = None) -> None:
        """End, without the quarter of a second that a running app takes to shut down."""
        if self._leaving:
            return
        self._leaving, self._kept = True, threading.Event()
        app = cast(DraftOwner, self._app)
        with suppress(RuntimeError, MemoryError):  # no memory for a thread: then without
            threading.Thread(target=self._end_by_force, args=(app, code, error), name="leave", daemon=True).start()
        if error is not None and threading.current_thread() is threading.main_thread():
            self._end_in_order(app, code, error)
        else:
            self._loop.call_soon_threadsafe(self._end_in_order, app, code, error)

    def _end_in_order(self, app: DraftOwner, code: int, error: Exception | None) -> None:
        try:
            self._keep(app.keep_all)
            self._kept.set()
            if not self._is_gone():
                LinuxDriver.write(self, _LEAVE)
                self._restore_modes()
                self.close()  # waits until all is sent
            self._report(error)
        finally:
            os._exit(code)

    def _end_by_force(self, app: DraftOwner, code: int, error: Exception | None) -> None:
        """Give the orderly end some time to keep what is typed, and a moment for the rest; then end it from here."""
        kept = self._kept.wait(_KEEP_WITHIN_S)
        threading.Event().wait(_KILL_AFTER_S if error is None else _REPORT_WITHIN_S)
        try:
            if not kept:
                self._keep(app.keep_draft)
            self._restore_modes()
            last = threading.Thread(target=self._write_leave_codes, daemon=True)
            last.start()
            last.join(0.05)  # a stuck line takes nothing
            self._report(error)
        finally:
            os._exit(code)

    def _keep(self, keep: Callable[[], str]) -> None:
        """Write the draft; an app that has failed may fail in this too, and the terminal is still to be restored."""
        try:
            self._note = keep()
        except Exception as problem:  # noqa: BLE001 - reported in the line about the error
            self._note = f"unsaved edits may be lost ({type(problem).__name__})"

    def _report(self, error: Exception | None) -> None:
        """Print the line about an unexpected error on a terminal that is clean again."""
        if error is not None:
            failure = CrashError(self._note)
            failure.__cause__ = error
            os.write(_PAINTED_ON, f"{failure_line(failure)}\n".encode(errors="replace"))

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

    _escape_s = constants.ESCAPE_DELAY

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
