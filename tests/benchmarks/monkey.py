"""A monkey at the keyboard: random keys and window sizes on a real terminal, for as long as one likes.

    .venv/bin/python -m tests.benchmarks.monkey [--minutes 30] [--seed 1]

Ends with 1 at the first crash, internal error or unreadable screen, and prints the last keys; a program that was told
to quit is started again. The suite has a short one of its own.
"""

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path

from tests.support.terminals import SSH, Program, app

KEYS = (
    *"abcdefghijklmnopqrstuvwxyzGTZRDS1234567890./?- ",
    *("\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D", "\r", "\r", "\t", "\x1b", "\x7f", "\x10", "\x0c", "\x1bOP"),
    *("\x1b[5~", "\x1b[6~", "\x1b[H", "\x1b[F", "\x1b[3~", "\x1b[200~[red]\x07\x1b[201~"),
)
SIZES = ((80, 24), (80, 24), (140, 45), (40, 10), (60, 20), (200, 60), (110, 32), (30, 6))
LEAST_CHARACTERS = 10
RESIZE_SHARE = 0.02


def fault(program: Program) -> str | None:
    """What is wrong with what the program shows, if anything."""
    text = program.text()
    if "Traceback" in text or "internal error" in text:
        return "an error of ours"
    if len("".join(text.split())) < LEAST_CHARACTERS:
        return "nothing to read"
    return None


def _why(program: Program, home: Path) -> str:
    """The exit code, and the log of the error if it wrote one."""
    logs = (path.read_text("utf-8") for path in home.rglob("errors.log"))
    return "\n".join([str(program.process.returncode), *logs])


def one_life(home: Path, chance: random.Random, until: float) -> tuple[int, str | None, list[str]]:
    """From a start to the end of the program or of the time: keys typed, what went wrong, the last keys."""
    first = chance.choice([[], ["cluster-64"], ["inference-8", "--screen", "map"], ["lora-one-node"]])
    program, typed = Program(app(*first), home, SSH, chance.choice(SIZES)), list[str]()
    try:
        program.read_until_quiet(1.0)
        while time.monotonic() < until:
            if program.process.poll() is not None:
                wrong = None if program.process.returncode == 0 else f"ended with {_why(program, home)}"
                return len(typed), wrong, typed[-40:]
            burst = "".join(chance.choices(KEYS, k=chance.randint(1, 6)))
            typed.append(burst)
            program.press(burst, 0.15)
            if chance.random() < RESIZE_SHARE * len(burst):
                program.sent = b""  # what was sent for another size means nothing now: all is drawn again
                program.resize(*chance.choice([size for size in SIZES if size != program.size]))
                program.read_until_quiet(0.5)
            if fault(program) is not None:
                program.read_until_quiet(3.0)  # a screen may be in the making, or the program on its way out
                time.sleep(0.5)
                if program.process.poll() is None and (wrong := fault(program)) is not None:
                    program.press("\x0c", 2.0)  # does it come back when it is asked to draw itself?
                    after = "it stays so" if fault(program) else "it comes back when asked to"
                    return len(typed), f"{wrong} at {program.size}, {after}:\n{program.text()}", typed[-40:]
        return len(typed), None, []
    finally:
        program.stop()


def main() -> int:
    """Type until the time is over or something goes wrong."""
    parser = argparse.ArgumentParser("python -m tests.benchmarks.monkey")
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    chance, until = random.Random(asked.seed), time.monotonic() + 60 * asked.minutes
    bursts = lives = 0
    with tempfile.TemporaryDirectory() as home:
        while time.monotonic() < until:
            count, wrong, last = one_life(Path(home), chance, until)
            bursts, lives = bursts + count, lives + 1
            if wrong is not None:
                print(f"after {bursts} bursts of keys in {lives} runs: {wrong}\nlast keys: {last!r}")
                return 1
    print(f"{bursts} bursts of keys in {lives} runs and {asked.minutes:g} minutes, seed {asked.seed}: nothing wrong")
    return 0


if __name__ == "__main__":
    sys.exit(main())
