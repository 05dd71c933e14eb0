"""The installed program in a real tmux: resizes, a lost connection, and the draft it leaves."""

import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.processes import clean_environment
from tests.support.terminals import HANGS_AFTER_S

PROGRAM = Path(sys.executable).with_name("gpu-advisor")
PROFILE = 'schema = 1\nname = "Ours"\n[[workload]]\nkind = "pre-train"\nnodes = 64\nmonths = 24\n'


class Tmux:
    """A tmux server for one test, with one window."""

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

    def until(self, right: Callable[[str], bool], what: str) -> str:
        """The text of the window once `right` accepts it. Raises TimeoutError."""
        begin = time.monotonic()
        while not right(text := self.text()):
            if time.monotonic() - begin > HANGS_AFTER_S:
                raise TimeoutError(f"never {what}:\n{text}")
            time.sleep(0.05)
        return text

    def type(self, *keys: str) -> None:
        """Send keys, by the names of tmux."""
        self("send-keys", "-t", "test", *keys)

    def resize(self, width: int, height: int) -> None:
        """Give the window another size."""
        self("resize-window", "-t", "test", "-x", str(width), "-y", str(height))

    def program(self) -> int:
        """The process in the window."""
        return int(self("display-message", "-p", "-t", "test", "#{pane_pid}"))

    def cut(self) -> None:
        """Kill the server: the program loses its terminal."""
        subprocess.run(["tmux", "-S", self.socket, "kill-server"], env=self.environment, check=False)


@pytest.fixture
def servers() -> Iterator[list[Tmux]]:
    """A list to which a test adds its servers, which are ended afterwards."""
    if shutil.which("tmux") is None:
        pytest.skip("tmux is not installed, and this is about tmux")
    started: list[Tmux] = []
    yield started
    for server in started:
        server.cut()


def fits(text: str, width: int) -> bool:
    """Whether no line is wider than the window, and the verdict is there."""
    return "RESERVE" in text and max(map(len, text.splitlines())) <= width


def test_it_follows_resizes_and_leaves_a_draft_when_the_connection_is_lost(tmp_path: Path, servers: list[Tmux]) -> None:
    folder = tmp_path / "data/gpu-advisor/profiles"
    folder.mkdir(parents=True)
    (folder / "ours.toml").write_text(PROFILE)
    server = Tmux(tmp_path, 200, 60, "ours")
    servers.append(server)
    server.until(lambda text: "What would change it" in text and fits(text, 200), "shows the whole verdict")
    server.resize(40, 10)
    server.until(lambda text: fits(text, 40) and len(text.rstrip("\n").splitlines()) <= 10, "fits 40x10")
    server.resize(200, 60)
    server.until(lambda text: "What would change it" in text and fits(text, 200), "comes back")
    server.type("Down", "Down", "7", "0", "Enter")
    server.until(lambda text: "Ours (edited)" in text, "takes the edit")
    process = Path("/proc") / str(server.program())
    server.cut()
    begin = time.monotonic()
    while process.exists() and (process / "stat").read_text().rpartition(")")[2].split()[0] != "Z":
        assert time.monotonic() - begin < HANGS_AFTER_S, "it runs on without a terminal"
        time.sleep(0.05)
    again = Tmux(tmp_path, 80, 24)
    servers.append(again)
    again.until(lambda text: "Unsaved edits of Ours" in text, "offers the draft")
    again.type("r")
    again.until(lambda text: "70 nodes" in text and "Ours (edited)" in text, "restores the draft")
