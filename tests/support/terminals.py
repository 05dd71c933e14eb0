"""Programs on real pseudo-terminals, and an emulated terminal that shows what they sent."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pyte

from tests.support.processes import HANGS_AFTER_S, clean_environment

SSH = {"TERM": "xterm-256color", "SSH_CONNECTION": "192.0.2.1 50000 192.0.2.2 22", "SSH_TTY": "/dev/pts/0"}
_MODES_NOT_TO_LEAVE = {"1049", "1000", "1002", "1003", "1006", "1015", "1016", "2004", "1004", "2048", "2026"}


class Screen(pyte.Screen):
    """pyte's terminal, which also keeps faint text (as pyte's "blink", which nothing of ours uses)."""

    def select_graphic_rendition(self, *attrs: int, **more: Any) -> None:
        """Colors and attributes of what is printed next."""
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
        """Character, colors and attributes of every cell."""
        return [[self.buffer[row][column] for column in range(self.columns)] for row in range(self.lines)]

    def text(self) -> str:
        """What a person reads."""
        return "\n".join(line.rstrip() for line in self.display)


_BEGUN = re.compile(rb"\x1b(\[[0-?]*[ -/]*|[]P_^X][^\x07\x1b]*)?\Z|[\xc0-\xff][\x80-\xbf]{0,2}\Z")


def used_before(home: Path) -> None:
    """Make a home that of a user who has used the app: it opens on the list of profiles, and asks nothing first."""
    places = home / ".local" / "state" / "gpu-advisor" / "places.json"
    if not places.exists():
        places.parent.mkdir(parents=True, exist_ok=True)
        places.write_text('{"profile": "", "field": 0}', encoding="utf-8")


class Shown:
    """A terminal that is fed what was sent, only what is new of it; a sequence or a character whose rest is still under
    way waits."""

    def __init__(self, size: tuple[int, int]) -> None:
        self.size, self.sent, self.screen = size, b"", Screen(*size)
        self._stream = pyte.Stream(self.screen)

    def feed(self, sent: bytes) -> None:
        """All that was sent, from the beginning."""
        new = sent[len(self.sent) :]
        begun = _BEGUN.search(new)
        if begun is not None:
            new = new[: begun.start()]
        self._stream.feed(without_foreign(new.decode(errors="replace")))
        self.sent += new


# Make the terminal on stdin the controlling one, heed a hang-up (tests under nohup do not) or not, become the command.
_LAUNCH = """
import fcntl, os, signal, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
signal.signal(signal.SIGHUP, signal.SIG_IGN if sys.argv[1] == "deaf" else signal.SIG_DFL)
os.execv(sys.argv[2], sys.argv[2:])
"""


class Idleness:
    """Whether the processes of a session have nothing to do any more: once a second, whether any of their threads runs,
    is about to run or waits for a disk. A busy machine leaves a thread about to run, so speed does not matter."""

    FOR_GOOD = 20  # samples in a row without anything to do

    def __init__(self, session: int) -> None:
        self.samples = 0
        self._session, self._ticks, self._next = session, -1, 0.0

    def for_good(self) -> bool:
        """Whether nothing was done for long; never where the system does not say so."""
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + 1.0
            states, ticks = self._look()
            waits = bool(states) and states <= {"S", "Z", "T"} and ticks - self._ticks <= 1
            self.samples, self._ticks = self.samples + 1 if waits else 0, ticks
        return self.samples >= self.FOR_GOOD

    def _look(self) -> tuple[set[str], int]:
        """The states of all threads, and the processor time they have used, in ticks."""
        states, ticks = set(), 0
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):  # it ends meanwhile
                if os.getsid(int(process.name)) == self._session:
                    for thread in process.glob("task/*/stat"):
                        fields = thread.read_text().rpartition(")")[2].split()
                        states.add(fields[0])
                        ticks += int(fields[11]) + int(fields[12])
        return states, ticks


class Program:
    """A program with a pseudo-terminal as its controlling terminal, as a login has it; `deaf` keeps SIGHUP from it."""

    def __init__(
        self,
        argv: Sequence[str],
        home: Path,
        environment: Mapping[str, str],
        size: tuple[int, int] = (80, 24),
        *,
        deaf: bool = False,
    ) -> None:
        self.sent, self.home = b"", home
        self._shown = Shown((0, 0))
        self.master, its_end = pty.openpty()
        self.resize(*size)
        self.process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _LAUNCH, "deaf" if deaf else "", *argv],
            stdin=its_end,
            stdout=its_end,
            stderr=its_end,
            cwd=home,
            env=clean_environment(home, **environment),
            start_new_session=True,
        )
        os.close(its_end)

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
        """What the program sends until it shows something, and what belongs to it.

        Raises:
            TimeoutError: It has ended, or does nothing any more, and does not show it.
        """
        begin, before, idle = time.monotonic(), len(self.sent), Idleness(self.process.pid)
        while text not in self.text():
            ended = self.process.poll() is not None
            if self.read_until_quiet(0.1):
                idle.samples = 0
            elif ended or idle.for_good() or time.monotonic() - begin > HANGS_AFTER_S:
                what = "has ended" if ended else "waits"
                raise TimeoutError(f"{what} and does not show {text!r}:\n{self.text()}")
        self.read_until_quiet()
        return self.sent[before:]

    def text(self) -> str:
        """What a person reads on the terminal now."""
        if self._shown.size != self.size or not self.sent.startswith(self._shown.sent):
            self._shown = Shown(self.size)
        self._shown.feed(self.sent)
        return self._shown.screen.text()

    def _read(self) -> bytes:
        try:
            return os.read(self.master, 1 << 16)
        except OSError:  # Linux says "input/output error" at the end
            return b""

    def press(self, keys: str, quiet_s: float = 0.4) -> bytes:
        """Type, and read the answer."""
        os.write(self.master, keys.encode())
        return self.read_until_quiet(quiet_s)

    def answer_to(self, keys: str) -> bytes:
        """Type, and read the answer, however long it takes to begin. Raises TimeoutError without one."""
        os.write(self.master, keys.encode())
        if not select.select([self.master], [], [], HANGS_AFTER_S)[0]:
            raise TimeoutError(f"no answer to {keys!r}")
        return self.read_until_quiet()

    def press_until(self, keys: str, text: str) -> bytes:
        """Type, and read until something is shown. Raises TimeoutError."""
        os.write(self.master, keys.encode())
        return self.read_until(text)

    def resize(self, width: int, height: int) -> None:
        """Give the terminal another size."""
        self.size = width, height
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))

    def signal(self, number: int) -> None:
        """Send a signal."""
        self.process.send_signal(number)

    def ended(self) -> int:
        """The exit code, negative for a signal that killed it. Raises TimeoutExpired when it hangs."""
        end = time.monotonic() + HANGS_AFTER_S
        while self.master >= 0 and time.monotonic() < end:
            if select.select([self.master], [], [], 0.1)[0]:
                part = self._read()
                if not part:
                    break
                self.sent += part
        return self.process.wait(HANGS_AFTER_S)

    def ends_well(self) -> None:
        """Raise AssertionError, with what it said and logged last, unless it ends with exit code 0."""
        code = self.ended()
        logs = [log.read_text("utf-8") for log in self.home.rglob("errors.log")] if code else []
        assert code == 0, f"exit code {code}: {self.sent[-500:]!r} {logs}"

    def hang_up(self) -> None:
        """Close the terminal."""
        os.close(self.master)
        self.master = -1

    def stop(self) -> None:
        """End it in any case."""
        self.process.kill()
        self.process.wait()
        if self.master >= 0:
            self.hang_up()


class Programs:
    """The programs that a test starts."""

    def __init__(self) -> None:
        self._started: list[Program] = []

    def start(
        self,
        argv: Sequence[str],
        home: Path,
        environment: Mapping[str, str],
        size: tuple[int, int] = (80, 24),
        *,
        deaf: bool = False,
        until: str = "",
    ) -> Program:
        """Start a program, as `Program` does, and read until it shows something."""
        program = Program(argv, home, environment, size, deaf=deaf)
        self._started.append(program)
        if until:
            program.read_until(until)
        return program

    def stop(self) -> None:
        """End all of them in any case."""
        for program in self._started:
            program.stop()


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
    return re.sub(r"\x1b\[[<>=]\d*u|\x1b\[\?\d+\$p", "", sent)


def left_on(sent: bytes) -> set[str]:
    """Which modes of the terminal are still switched on after all this; "keyboard" and "cursor" are modes too."""
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
