"""The installed program in a terminal, and in a real tmux where there is one: resizes, a lost connection, its draft."""

import os
import shutil
import signal
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.processes import HANGS_AFTER_S, clean_environment
from tests.support.terminals import Program

PROGRAM = Path(sys.executable).with_name("gpu-advisor")
PROFILE = 'schema = 1\nname = "Ours"\n[[workload]]\nkind = "pre-train"\nnodes = 64\nmonths = 24\n'


class Window(ABC):
    """A terminal for one run of the program."""

    @abstractmethod
    def __init__(self, home: Path, width: int, height: int, *arguments: str) -> None: ...

    @abstractmethod
    def text(self) -> str:
        """The text in the window."""

    @abstractmethod
    def type(self, keys: str) -> None:
        """Send keys."""

    @abstractmethod
    def resize(self, width: int, height: int) -> None:
        """Give the window another size."""

    @abstractmethod
    def program(self) -> int:
        """The process in the window."""

    @abstractmethod
    def cut(self) -> None:
        """Take the terminal from the program."""

    def close(self) -> None:
        """End it in any case."""
        self.cut()

    def until(self, right: Callable[[str], bool], what: str) -> str:
        """The text of the window once `right` accepts it. Raises TimeoutError."""
        begin = time.monotonic()
        while not right(text := self.text()):
            if time.monotonic() - begin > HANGS_AFTER_S:
                raise TimeoutError(f"never {what}:\n{text}")
            time.sleep(0.05)
        return text


class Plain(Window):
    """A terminal of our own."""

    def __init__(self, home: Path, width: int, height: int, *arguments: str) -> None:
        size = width, height
        self._run = Program([str(PROGRAM), *arguments], home, {"TERM": "xterm-256color"}, size)

    def text(self) -> str:
        self._run.read_until_quiet(0.05)
        return self._run.text()

    def type(self, keys: str) -> None:
        self._run.press(keys)

    def resize(self, width: int, height: int) -> None:
        self._run.resize(width, height)
        self._run.signal(signal.SIGWINCH)

    def program(self) -> int:
        return self._run.process.pid

    def cut(self) -> None:
        self._run.hang_up()

    def close(self) -> None:
        self._run.stop()


class Tmux(Window):
    """A tmux server with one window."""

    def __init__(self, home: Path, width: int, height: int, *arguments: str) -> None:
        self.environment = clean_environment(home, TERM="xterm-256color")
        self.socket = str(home / "tmux.socket")
        size = ["-x", str(width), "-y", str(height)]
        self("-f", "/dev/null", "new-session", "-d", "-s", "test", *size, str(PROGRAM), *arguments)

    def __call__(self, *arguments: str) -> str:
        """Run a command of tmux. Raises CalledProcessError."""
        command = ["tmux", "-S", self.socket, *arguments]
        done = subprocess.run(command, env=self.environment, capture_output=True, check=True, timeout=HANGS_AFTER_S)
        return done.stdout.decode()

    def text(self) -> str:
        """The text in the window."""
        return self("capture-pane", "-p", "-t", "test")

    def type(self, keys: str) -> None:
        self("send-keys", "-t", "test", "-l", keys)

    def resize(self, width: int, height: int) -> None:
        """Give the window another size."""
        self("resize-window", "-t", "test", "-x", str(width), "-y", str(height))

    def program(self) -> int:
        """The process in the window."""
        return int(self("display-message", "-p", "-t", "test", "#{pane_pid}"))

    def cut(self) -> None:
        """Kill the server: the program loses its terminal."""
        subprocess.run(["tmux", "-S", self.socket, "kill-server"], env=self.environment, check=False)


WINDOWS: list[type[Window]] = [Plain, Tmux] if shutil.which("tmux") else [Plain]


@pytest.fixture
def opened() -> Iterator[list[Window]]:
    """A list to which a test adds its windows, which are closed afterwards."""
    windows: list[Window] = []
    yield windows
    for window in windows:
        window.close()


def fits(text: str, width: int) -> bool:
    """Whether no line is wider than the window, and the verdict is there."""
    return "RESERVE" in text and max(map(len, text.splitlines())) <= width


def runs(process: int) -> bool:
    """Whether a process goes on. One that has ended and that nobody has asked for yet does not."""
    try:
        os.kill(process, 0)
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except ProcessLookupError:
        return False
    except FileNotFoundError:  # ended since, or a system without /proc
        return not Path("/proc").exists()


@pytest.mark.parametrize("window", WINDOWS)
def test_it_follows_resizes_and_leaves_a_draft_when_the_connection_is_lost(
    window: type[Window], tmp_path: Path, opened: list[Window]
) -> None:
    folder = tmp_path / "data/gpu-advisor/profiles"
    folder.mkdir(parents=True)
    (folder / "ours.toml").write_text(PROFILE)
    first = window(tmp_path, 200, 60, "ours")
    opened.append(first)
    first.until(lambda text: "What would change it" in text and fits(text, 200), "shows the whole verdict")
    first.resize(40, 10)
    first.until(lambda text: fits(text, 40) and len(text.rstrip("\n").splitlines()) <= 10, "fits 40x10")
    first.resize(200, 60)
    first.until(lambda text: "What would change it" in text and fits(text, 200), "comes back")
    first.type("70\r")
    first.until(lambda text: "Ours (edited)" in text, "takes the edit")
    process = first.program()
    first.cut()
    begin = time.monotonic()
    while runs(process):
        assert time.monotonic() - begin < HANGS_AFTER_S, "it runs on without a terminal"
        time.sleep(0.05)
    again = window(tmp_path, 80, 24)
    opened.append(again)
    again.until(lambda text: "Unsaved edits of Ours" in text, "offers the draft")
    again.type("z")
    again.until(lambda text: "70 nodes" in text and "Ours (edited)" in text, "restores the draft")
