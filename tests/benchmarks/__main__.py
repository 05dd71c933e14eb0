"""Measures start-up, keys, memory and idle cost on this machine, and prints Markdown tables.

    .venv/bin/python -m tests.benchmarks [--beside NAME=COMMAND ...]

Times are medians of interleaved runs, so that a busy machine disturbs all rows alike, on pseudo-terminals of 80x24.
The empty Textual app is the floor that no Textual program can undercut; `--beside` measures other terminal programs in
the same run, for example `--beside posting=/elsewhere/bin/posting`.
"""

import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from tests.benchmarks.beside import runs_and_others
from tests.benchmarks.clock import Echo, Start, Terminal
from tests.support.folders import ROOT
from tests.support.terminals import SSH

RUNS = 9
KEY_RUNS = 3
HOME_OF_MANY = 1_000
EMPTY_APP = """
from textual.app import App
from textual.widgets import Static

class Empty(App):
    def compose(self):
        yield Static("an empty Textual app")

Empty().run()
"""
PROGRAM = [sys.executable, "-m", "screens"]
EMPTY = "an empty Textual app"
OVER_SSH = ", over SSH"
DOWN, UP, RIGHT, ESCAPE = b"\x1b[B", b"\x1b[A", b"\x1b[C", b"\x1b"
KEYS = (("arrow key in the form", DOWN), ("another", DOWN), ("a typed digit", b"7"), ("back", ESCAPE),
        ("an edit and its answer", RIGHT), ("help", b"?"), ("back", ESCAPE), ("Why", b"w"), ("Break-even", b"b"),
        ("Map", b"m"), ("Verdict", b"v"), ("back", b"u"), ("back", ESCAPE),
        ("opened again from Home", b"\r"))  # fmt: skip


def starts_of(programs: dict[str, list[str]], homes: dict[str, str], runs: int) -> dict[str, list[Start]]:
    """The starts of each program, taking turns; a first one that is not counted."""
    found: dict[str, list[Start]] = {name: [] for name in programs}
    for run in range(runs + 1):
        for name, argv in programs.items():
            terminal = Terminal(argv, homes[name], SSH if name.endswith(OVER_SSH) else {})
            start = terminal.started()
            terminal.end()
            if run:
                found[name].append(start)
    return found


def keys_of(environment: dict[str, str]) -> list[tuple[str, list[Echo]]]:
    """The answers to a walk of keys from the verdict on, several times; each in a home of its own, without drafts."""
    walks = []
    for _ in range(KEY_RUNS):
        with tempfile.TemporaryDirectory() as home:
            terminal = Terminal([*PROGRAM, "cluster-64"], home, environment)
            terminal.started()
            walks.append([terminal.press(keys, 0.8) for _, keys in KEYS])
            terminal.end()
    return [(label, [walk[at] for walk in walks]) for at, (label, _) in enumerate(KEYS)]


def full_home(folder: Path) -> None:
    """A data directory with many profiles."""
    profiles = folder / "gpu-advisor" / "profiles"
    profiles.mkdir(parents=True)
    sample = ROOT / "profiles" / "cluster-64.toml"
    for number in range(HOME_OF_MANY):
        shutil.copy(sample, profiles / f"plan-{number:04}.toml")


def print_starts(found: dict[str, list[Start]]) -> None:
    """First paint, complete, bytes and memory; and the first two against the empty app."""

    def median(name: str, of: Callable[[Start], float]) -> float:
        return statistics.median(of(start) for start in found[name])

    print("| start | first paint | complete | first paint, x empty | complete, x empty | bytes | resident |")
    print("|---|--:|--:|--:|--:|--:|--:|")
    floor = median(EMPTY, lambda start: start.first_paint_ms), median(EMPTY, lambda start: start.complete_ms)
    for name in found:
        first, complete = median(name, lambda start: start.first_paint_ms), median(name, lambda s: s.complete_ms)
        count, memory = median(name, lambda start: start.count), median(name, lambda start: start.resident_mb)
        print(
            f"| {name} | {first:.0f} ms | {complete:.0f} ms | {first / floor[0]:.2f} | {complete / floor[1]:.2f} "
            f"| {count:,.0f} | {memory:.0f} MB |"
        )


def print_keys(walks: Iterable[tuple[str, list[Echo]]]) -> None:
    """First and last byte of each answer, over SSH, and when it would be there on a slow line."""
    print("\n| key, over SSH | first byte | last byte | bytes | on 64 kbit/s and 150 ms |\n|---|--:|--:|--:|--:|")
    for label, echoes in walks:
        if label == "back":
            continue
        first, last = (statistics.median(getattr(echo, of) for echo in echoes) for of in ("first_ms", "last_ms"))
        slow = statistics.median(echo.slow_line_s for echo in echoes)
        print(f"| {label} | {first:.0f} ms | {last:.0f} ms | {echoes[0].count:,} | {slow:.2f} s |")


def print_rest(home: str) -> None:
    """What it costs to leave the verdict open."""
    terminal = Terminal([*PROGRAM, "cluster-64"], home, SSH)
    terminal.started()
    percent, rate = terminal.idle(20.0)
    terminal.end()
    print(f"\nIdle on a verdict: {percent:.2f} % of a core, {rate:.0f} bytes a second.")


def main() -> None:
    """Measure and print."""
    runs, others = runs_and_others("tests.benchmarks", RUNS)
    programs = {
        EMPTY: [sys.executable, "-c", EMPTY_APP],
        "gpu-advisor": PROGRAM,
        f"gpu-advisor, {HOME_OF_MANY:,} profiles": PROGRAM,
        "gpu-advisor cluster-64": [*PROGRAM, "cluster-64"],
        f"gpu-advisor cluster-64{OVER_SSH}": [*PROGRAM, "cluster-64"],
        **others,
    }
    with tempfile.TemporaryDirectory() as folder:
        homes = {name: str(Path(folder) / str(number)) for number, name in enumerate(programs)}
        for name, home in homes.items():
            Path(home).mkdir()
            if name.endswith("profiles"):
                full_home(Path(home))
        print_starts(starts_of(programs, homes, runs))
        print_keys(keys_of(SSH))
        print_rest(homes["gpu-advisor"])


if __name__ == "__main__":
    main()
