"""Counts what the program sends for each key, with and without calm, and how fast it ends; prints one Markdown table.

    .venv/bin/python -m tests.benchmarks.bytes

A real pseudo-terminal of 80x24 with TERM=xterm-256color; bytes are exact, milliseconds are this machine's.
"""

import signal
import tempfile
import time
from pathlib import Path

from tests.support.terminals import SSH, Program, app, used_before

_STEPS = (
    ("arrow key on Home", "\x1b[B", None),
    ("help on Home", "?", "Keys on this screen"),
    ("back", "\x1b", None),
    ("open a verdict", "\x1b[B\x1b[B\r", "64 nodes"),
    ("arrow key in the form", "\x1b[B", None),
    ("another", "\x1b[B", None),
    ("a typed digit", "7", None),
    ("Esc", "\x1b", None),
    ("an edit and its new answer", "\x1b[C", "(edited)"),
    ("help on the verdict", "?", "Words on this screen"),
    ("back", "\x1b", None),
    ("palette", "\x10", "A command, a value"),
    ("back", "\x1b", None),
    ("reasons", "w", "Why"),
)


def bytes_sent(switch: str, home: Path) -> list[tuple[str, int]]:
    """Bytes of the start and of each step."""
    used_before(home)
    program = Program(app(switch), home, SSH)
    try:
        program.read_until("Train on 1,000 nodes")
        program.read_until_quiet(2.0)
        sent = [("start", len(program.sent))]
        for label, keys, until in _STEPS:
            answer = program.press(keys) if until is None else program.press_until(keys, until)
            sent.append((label, len(answer)))
        program.read_until_quiet(2.0)  # what would flip the answer comes a moment later
        return [*sent, ("5 s of rest", len(program.read_until_quiet(5.0)))]
    finally:
        program.stop()


def milliseconds_to_end(home: Path, number: signal.Signals | None) -> float:
    """From the signal, or from the loss of a terminal that says nothing, to the end of the process."""
    program = Program(app("cluster-64"), home, SSH, deaf=number is None)
    try:
        program.read_until("64 nodes")
        program.press_until("\x1b[C", "(edited)")
        began = time.perf_counter()
        if number is None:
            program.hang_up()
        else:
            program.signal(number)
        program.process.wait()
        return (time.perf_counter() - began) * 1e3
    finally:
        program.stop()


def main() -> None:
    """Count, time and print."""
    with tempfile.TemporaryDirectory() as folder:
        homes = [Path(folder) / name for name in ("plain", "calm", "SIGTERM", "SIGHUP", "terminal gone")]
        for home in homes:
            home.mkdir()
        plain, calm = bytes_sent("--no-calm", homes[0]), bytes_sent("--calm", homes[1])
        numbers = (signal.SIGTERM, signal.SIGHUP, None)
        ends = {home.name: milliseconds_to_end(home, number) for home, number in zip(homes[2:], numbers, strict=True)}
    print("| what | `--no-calm`, bytes | over SSH, bytes |\n|---|--:|--:|")
    for (label, count), (_, less) in zip(plain, calm, strict=True):
        print(f"| {label} | {count:,} | {less:,} |")
    print("\n| end, with unsaved edits kept | ms |\n|---|--:|")
    for label, time_ms in ends.items():
        print(f"| {label} | {time_ms:.0f} |")


if __name__ == "__main__":
    main()
