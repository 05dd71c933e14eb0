"""Programs on real pseudo-terminals, and an emulated terminal that shows what they sent."""

import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyte

from tests.runs import clean_environment

SSH = {"TERM": "xterm-256color", "SSH_CONNECTION": "192.0.2.1 50000 192.0.2.2 22", "SSH_TTY": "/dev/pts/0"}
HANGS_AFTER_S = 30
_MODES_NOT_TO_LEAVE = {"1049", "1000", "1002", "1003", "1006", "1015", "1016", "2004", "1004", "2048", "2026"}


class Screen(pyte.Screen):
    """pyte's terminal, which also keeps faint text (as pyte's "blink", which nothing of ours uses)."""

    def select_graphic_rendition(self, *attrs: int, **more: Any) -> None:
        """Colours and attributes of what is printed next."""
        faint = self.cursor.attrs.blink
        super().select_graphic_rendition(*attrs, **more)
        codes = list(attrs or (0,))
        while codes:
            code = codes.pop(0)
            if code in (38, 48) and codes:
                del codes[: 2 if codes[0] == 5 else 4]
            elif code in (0, 22):
                faint = False
            elif code == 2:
                faint = True
        self.cursor.attrs = self.cursor.attrs._replace(blink=faint)

    def draw(self, data: str) -> None:
        """Print, one character at a time: pyte drops what follows a character without a width in the same call."""
        for character in data:
            super().draw(character)

    def cells(self) -> list[list[Any]]:
        """Character, colours and attributes of every cell."""
        return [[self.buffer[row][column] for column in range(self.columns)] for row in range(self.lines)]

    def text(self) -> str:
        """What a person reads."""
        return "\n".join(line.rstrip() for line in self.display)


class Program:
    """A program with a pseudo-terminal as its controlling terminal, as a login has it."""

    def __init__(
        self, argv: Sequence[str], home: Path, environment: Mapping[str, str], size: tuple[int, int] = (80, 24)
    ) -> None:
        self.sent = b""
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
            os.chdir(home)
            os.execve(argv[0], list(argv), clean_environment(home, **environment))

    def read_until_quiet(self, quiet_s: float = 0.4, least_s: float = 0.0) -> bytes:
        """What the program sends until it says nothing for a while."""
        begin, said = time.monotonic(), b""
        while True:
            ready = select.select([self.master], [], [], quiet_s)[0]
            part = self._read() if ready else b""
            said += part
            if not part and time.monotonic() - begin >= least_s:
                self.sent += said
                return said
            if time.monotonic() - begin > HANGS_AFTER_S:
                raise TimeoutError(f"never quiet: {said[-200:]!r}")

    def read_until(self, text: str) -> bytes:
        """What the program sends until it has said something, and what belongs to it."""
        begin, said = time.monotonic(), b""
        while text.encode() not in said:
            if time.monotonic() - begin > HANGS_AFTER_S:
                raise TimeoutError(f"never said {text!r}: {said[-2000:]!r}")
            if select.select([self.master], [], [], 1.0)[0]:
                said += self._read()
        self.sent += said
        return said + self.read_until_quiet()

    def _read(self) -> bytes:
        try:
            return os.read(self.master, 1 << 16)
        except OSError:  # Linux says "input/output error" at the end
            return b""

    def press(self, keys: str, quiet_s: float = 0.4) -> bytes:
        """Type, and read the answer."""
        os.write(self.master, keys.encode())
        return self.read_until_quiet(quiet_s)

    def resize(self, width: int, height: int) -> None:
        """Give the terminal another size."""
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))

    def ended(self, within_s: float = HANGS_AFTER_S) -> int:
        """The exit code, negative for a signal that killed it. Raises TimeoutError."""
        begin = time.monotonic()
        while time.monotonic() - begin < within_s:
            if self.master >= 0 and select.select([self.master], [], [], 0.02)[0]:
                self.sent += self._read()
            done, status = os.waitpid(self.pid, os.WNOHANG)
            if done:
                self.pid = 0
                while self.master >= 0 and (part := self._read()):
                    self.sent += part
                return os.waitstatus_to_exitcode(status)
            if self.master < 0:
                time.sleep(0.02)
        raise TimeoutError(f"still running after {within_s} s")

    def hang_up(self) -> None:
        """Close the terminal."""
        os.close(self.master)
        self.master = -1

    def stop(self) -> None:
        """End it in any case."""
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
            self.pid = 0
        if self.master >= 0:
            self.hang_up()


def app(*arguments: str) -> list[str]:
    """The command line of the program."""
    return [sys.executable, "-m", "screens", *arguments]


def shown(sent: bytes, size: tuple[int, int] = (80, 24)) -> Screen:
    """A terminal of that size to which all this was sent."""
    screen = Screen(*size)
    pyte.Stream(screen).feed(without_foreign(sent.decode(errors="replace")))
    return screen


def without_foreign(sent: str) -> str:
    """Without what pyte takes for something else: the keyboard protocol's sequences restore a cursor there."""
    import re

    return re.sub(r"\x1b\[[<>=]\d*u|\x1b\[\?\d+\$p", "", sent)


def left_on(sent: bytes) -> set[str]:
    """Which modes of the terminal are still switched on after all this; "keyboard" and "cursor" are modes too."""
    import re

    on: set[str] = set()
    depth = 0
    for mode, switch, keyboard in re.findall(rb"\x1b\[\?(\d+)([hl])|\x1b\[([<>])\d*u", sent):
        if keyboard:
            depth = max(0, depth + (1 if keyboard == b">" else -1))
        elif (mode == b"25" and switch == b"l") or (mode != b"25" and switch == b"h"):
            on.add(mode.decode())
        else:
            on.discard(mode.decode())
    left = on & (_MODES_NOT_TO_LEAVE | {"25"})
    return left | {"keyboard"} if depth else left
