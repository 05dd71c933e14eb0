"""Compare every figure the program prints with those of an earlier commit: what a move or a rename must not change.

    .venv/bin/python -m tests.support.compare_figures REVISION [TOLERANCE]

TOLERANCE is relative, 0 unless it is given: 1e-8 for a change of the engine that may round differently.

Checks REVISION out beside this checkout, into an environment of its own, runs the same commands with both and compares
the numbers of the JSON at every place, and the numbers of all snapshots, in order. Words and names of keys may differ.
Exit code 1 and one line for each difference.
"""

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from pathlib import Path

from tests.support.folders import ROOT
from tests.support.profile_builder import PLANS as SAMPLES

COMMANDS: tuple[tuple[str, ...], ...] = (
    *(("advise", sample, "--json") for sample in SAMPLES),
    *(("report", sample, "--format", "json") for sample in SAMPLES),
    ("compare", "cluster-64", "inference-8", "--json"),
    ("sweep", "cluster-64", "--set", "nodes=8,16,32", "--set", "months=6..24:6", "--json"),
    ("market", "--json"),
    ("offers", "cluster-64", "--add", "64 nodes of H100 SXM, 12 months, $2.45 per GPU-hour, 25% prepaid", "--json"),
    ("seller", "--json"),
    ("size", "--params", "7B", "--tokens", "1T", "--json"),
    ("backtest", "--json"),
    ("profiles", "--json"),
)  # fmt: skip
_MOST_LINES = 40  # of a command
_NUMBER = re.compile(r"-?\d[\d,]*\.?\d*")


def numbers_in(value: object, where: str = "") -> Iterator[tuple[str, float]]:
    """The numbers of a JSON value with their places, in order: all but the version of the contract."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if key != "schema":
                yield from numbers_in(inner, f"{where}.{key}")
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for position, inner in enumerate(value):
            yield from numbers_in(inner, f"{where}[{position}]")
    elif isinstance(value, int | float):
        yield where, float(value)


def numbers_of_text(text: str) -> Iterator[tuple[str, float]]:
    """The numbers of a text with their lines, in order."""
    for number, line in enumerate(text.splitlines(), 1):
        yield from ((f"line {number}", float(found.replace(",", "").rstrip("."))) for found in _NUMBER.findall(line))


def differences(
    before: Iterator[tuple[str, float]], after: Iterator[tuple[str, float]], tolerance: float = 0.0
) -> list[str]:
    """One line for each number that differs by more than a relative tolerance, or stands on one side only."""
    return [
        f"{old and old[0]} was {old and old[1]!r}, {new and new[0]} is {new and new[1]!r}"
        for old, new in zip_longest(before, after)
        if old is None or new is None or abs(old[1] - new[1]) > tolerance * abs(old[1])
    ]


def checkout(revision: str, folder: Path) -> Path:
    """A clone of this repository at a revision, installed into an environment of its own. Returns its program."""
    clone = folder / "before"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
    subprocess.run(["git", "-C", str(clone), "checkout", "--quiet", revision], check=True)
    subprocess.run([sys.executable, "-m", "venv", str(clone / ".venv")], check=True)
    subprocess.run([str(clone / ".venv/bin/pip"), "install", "--quiet", str(clone)], check=True)
    return clone / ".venv" / "bin" / "gpu-advisor"


def printed(program: Sequence[str], arguments: Sequence[str], folder: Path) -> object:
    """What a command prints as JSON; a line each where it prints lines."""
    done = subprocess.run([*program, *arguments], cwd=folder, check=True, capture_output=True, text=True)
    try:
        return json.loads(done.stdout)
    except json.JSONDecodeError:
        return [json.loads(line) for line in done.stdout.splitlines()]


def main(revision: str, tolerance: float = 0.0) -> int:
    """Compare and print. Returns the exit code."""
    found = 0
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        before, after = [str(checkout(revision, folder))], [sys.executable, "-m", "screens"]
        for arguments in COMMANDS:
            was, now = printed(before, arguments, folder), printed(after, arguments, ROOT)
            changed = differences(numbers_in(was), numbers_in(now), tolerance)
            found += len(changed)
            print(f"{' '.join(arguments)}: {len(list(numbers_in(now)))} numbers, {len(changed)} differ")
            print(*(f"  {line}" for line in changed[:_MOST_LINES]), sep="\n", end="\n" if changed else "")
        found += _compare_snapshots(folder / "before")
    return int(found > 0)


def _compare_snapshots(clone: Path) -> int:
    """Snapshots of the same name: their numbers, whatever their folder."""
    found = 0
    now = {path.name: path for path in (ROOT / "tests").rglob("__snapshots__/**/*.txt")}
    for path in sorted((clone / "tests").rglob("__snapshots__/**/*.txt")):
        if path.name not in now:
            print(f"{path.name}: gone")
            continue
        old, new = (numbers_of_text(one.read_text("utf-8")) for one in (path, now[path.name]))
        changed = differences(old, new)
        found += bool(changed)
        if changed:
            print(f"{path.name}: {len(changed)} differ; {changed[0]}")
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], *map(float, sys.argv[2:])))
