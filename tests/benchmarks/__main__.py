"""Measures start-up, commands, edits and the engine on this machine, and prints one Markdown table.

    .venv/bin/python -m tests.benchmarks

Times are medians of interleaved runs, so that a busy machine disturbs all rows alike. "First paint" is the first moment
at which ten visible characters have been sent to a real pseudo-terminal of 80x24; the empty Textual app beside it is
the floor that no Textual program can undercut.
"""

import os
import pty
import re
import select
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from fcntl import ioctl
from termios import TIOCSWINSZ

from advisor.advice import advise, cost_options
from advisor.library import open_profile, sample_entries
from advisor.market.book import built_in_book

RUNS = 9
QUIET_S = 0.4
EMPTY_APP = """
from textual.app import App
from textual.widgets import Static

class Empty(App):
    def compose(self):
        yield Static("an empty Textual app")

Empty().run()
"""
_ESCAPES = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[PX^_].*?\x1b\\|[@-Z\\-_])", re.S)


class Terminal:
    """A program on a pseudo-terminal of 80x24, with every chunk it writes and when."""

    def __init__(self, argv: list[str], home: str) -> None:
        environment = {"PATH": os.environ["PATH"], "HOME": home, "XDG_DATA_HOME": home, "TERM": "xterm-256color"}
        self.started = time.perf_counter()
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            os.execve(argv[0], argv, environment)
        ioctl(self.master, TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))

    def read_until_quiet(self, quiet_s: float = QUIET_S, least_s: float = 0.0) -> list[tuple[float, bytes]]:
        """The chunks until nothing came for a while; times since the call."""
        begin = time.perf_counter()
        chunks: list[tuple[float, bytes]] = []
        while True:
            ready, _, _ = select.select([self.master], [], [], quiet_s)
            now = time.perf_counter() - begin
            if not ready and now >= least_s:
                return chunks
            if ready:
                chunks.append((now, os.read(self.master, 1 << 16)))

    def send(self, keys: bytes) -> None:
        """Type."""
        os.write(self.master, keys)

    def end(self) -> None:
        """Stop the program."""
        os.kill(self.pid, 9)
        os.waitpid(self.pid, 0)
        os.close(self.master)


def start_up(argv: list[str], home: str) -> tuple[float, float, int]:
    """Milliseconds to first paint and to the last byte of starting, and bytes sent."""
    terminal = Terminal(argv, home)
    chunks = terminal.read_until_quiet(least_s=1.2)
    terminal.end()
    seen, first = b"", 0.0
    for moment, chunk in chunks:
        seen += chunk
        if len(re.sub(rb"\s", b"", _ESCAPES.sub(b"", seen))) >= 10:
            first = moment
            break
    return first * 1e3, chunks[-1][0] * 1e3, sum(len(chunk) for _, chunk in chunks)


def edit_echo(argv: list[str], home: str) -> tuple[float, int]:
    """Milliseconds from a nudge of the nodes to the last byte of the new answer, and bytes sent."""
    terminal = Terminal(argv, home)
    terminal.read_until_quiet(least_s=1.5)
    terminal.send(b"\x1b[B\x1b[B")
    terminal.read_until_quiet()
    terminal.send(b"+")
    chunks = terminal.read_until_quiet()
    terminal.end()
    return chunks[-1][0] * 1e3, sum(len(chunk) for _, chunk in chunks)


def process_ms(argv: list[str], home: str) -> float:
    """Wall time of one whole process."""
    began = time.perf_counter()
    subprocess.run(argv, env={"PATH": os.environ["PATH"], "HOME": home}, capture_output=True, check=True)
    return (time.perf_counter() - began) * 1e3


def call_ms(call: Callable[[], object]) -> float:
    """The best of several calls in this process, warm."""
    times = []
    for _ in range(RUNS):
        began = time.perf_counter()
        call()
        times.append((time.perf_counter() - began) * 1e3)
    return statistics.median(times)


def main() -> None:
    """Measure and print."""
    program = [sys.executable, "-m", "screens"]
    with tempfile.TemporaryDirectory() as home:
        empty = [sys.executable, "-c", EMPTY_APP]
        for argv in (empty, [*program, "cluster-64"]):
            start_up(argv, home)  # a first run that is not counted
        starts = [
            (start_up(empty, home), start_up(program, home), start_up([*program, "cluster-64"], home))
            for _ in range(RUNS)
        ]
        edits = [edit_echo([*program, "cluster-64"], home) for _ in range(3)]
        commands = {
            words: [*program, *words.split()]
            for words in ("--version", "--help", "advise cluster-64", "advise cluster-64 --json")
        }
        walls = [{words: process_ms(argv, home) for words, argv in commands.items()} for _ in range(RUNS)]
    print("| what | median | bytes |\n|---|--:|--:|")
    for index, label in enumerate(("an empty Textual app", "gpu-advisor", "gpu-advisor cluster-64")):
        runs = [run[index] for run in starts]
        print(f"| {label}: first paint | {statistics.median(run[0] for run in runs):.0f} ms | |")
        print(f"| {label}: complete | {statistics.median(run[1] for run in runs):.0f} ms | {runs[0][2]:,} |")
    print(
        f"| an edit: new answer on screen | {statistics.median(edit[0] for edit in edits):.0f} ms | {edits[0][1]:,} |"
    )
    for words in commands:
        print(f"| `gpu-advisor {words}`, whole process | {statistics.median(wall[words] for wall in walls):.0f} ms | |")
    book = built_in_book()
    for entry in sample_entries():
        profile = open_profile(entry.path, book)
        fast, full = call_ms(lambda: cost_options(profile, book)), call_ms(lambda: advise(profile, book))  # noqa: B023
        print(
            f"| {entry.name}: expected cost of all options / full answer, in process | {fast:.1f} / {full:.0f} ms | |"
        )


if __name__ == "__main__":
    main()
