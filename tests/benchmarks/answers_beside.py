"""What answers cost beside those of an earlier commit, in turns, so that the ratios hold on a busy machine.

`python -m tests.benchmarks.answers_beside /path/to/clone`: a clone with an environment of its own in `.venv`. Processor
time, the first quartile of several turns; flips and break-evens are compared with the full answer of this commit.
"""

import statistics
import subprocess
import sys
from pathlib import Path

from tests.benchmarks.engine import SAMPLES
from tests.support.folders import ROOT

TURNS = 11
# Runs in either clone: reads a sample and what is asked for, and writes the milliseconds of processor time.
_WORKER = """
import os, sys, time
os.environ["OPENBLAS_NUM_THREADS"] = "1"
from functools import cache
from advisor.decision.advise import advise
from advisor.decision.cost_options import cost_options
from advisor.decision.decision_map import decision_map
from tests.benchmarks.engine import BOOK, SAMPLES, changes
costed = cache(lambda name: cost_options(SAMPLES[name], BOOK))
ask = {
    "expected": lambda name: cost_options(SAMPLES[name], BOOK),
    "full": lambda name: advise(SAMPLES[name], BOOK),
    "changes": lambda name: changes(SAMPLES[name], costed(name)),
    "map": lambda name: mapped(SAMPLES[name], costed(name)),
}


def mapped(profile, costing):
    try:
        return decision_map(profile, costing)
    except TypeError:  # as an earlier commit takes it
        return decision_map(profile, costing.case, costing.forecast, costing.verdict)


for line in sys.stdin:
    name, what = line.split()
    costed(name)
    began = time.process_time()
    ask[what](name)
    print((time.process_time() - began) * 1e3, flush=True)
"""


class Engine:
    """The engine of a clone in a process of its own."""

    def __init__(self, clone: Path, python: str) -> None:
        self._process = subprocess.Popen(
            [python, "-c", _WORKER], cwd=clone, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def ms(self, name: str, what: str) -> float:
        """The processor time of one answer."""
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        print(name, what, file=process.stdin, flush=True)
        return float(process.stdout.readline())

    def close(self) -> None:
        """End the process."""
        self._process.communicate()


def in_turns(name: str, asked: list[tuple[Engine, str]], turns: int) -> list[float]:
    """The processor time of each of some answers about a sample, the first of which is not counted."""
    rows = [[engine.ms(name, what) for engine, what in asked] for _ in range(turns + 1)][1:]
    return [statistics.quantiles(column)[0] for column in zip(*rows, strict=True)]


def main() -> None:
    """Measure and print."""
    clone = Path(sys.argv[1]).resolve()
    now, before = Engine(ROOT, sys.executable), Engine(clone, str(clone / ".venv" / "bin" / "python"))
    print("| sample | expected answer | full answer | map | flips and break-evens |\n|---|--:|--:|--:|--:|")
    for name in SAMPLES:
        expected, was_expected, full, was_full = in_turns(
            name, [(engine, what) for what in ("expected", "full") for engine in (now, before)], TURNS
        )
        mapped, was_mapped = in_turns(name, [(now, "map"), (before, "map")], 3)
        changes, beside = in_turns(name, [(now, "changes"), (now, "full")], 3)
        cells = (
            f"{expected:.1f} ms, x{expected / was_expected:.2f}",
            f"{full:.0f} ms, x{full / was_full:.2f}",
            f"{mapped:.0f} ms, x{mapped / was_mapped:.2f}",
            f"{changes:.0f} ms, x{changes / beside:.1f} of the full answer",
        )
        print(f"| {name} | {' | '.join(cells)} |", flush=True)
    now.close()
    before.close()


if __name__ == "__main__":
    main()
