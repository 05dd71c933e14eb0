"""The long runs of the shared folder and of hostile files: more inputs, more saves, other seeds than the tests have.

    .venv/bin/python -m tests.benchmarks.fuzz [INPUTS] [SEED]

Ends with 1 when a run was at fault; every fault is one line. Faults can be met again with the same seed.
"""

import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.crowd import crowd
from tests.person import chain
from tests.test_hostile import can_trace, faults, meet_all, traced

INPUTS = 10_000
ROUNDS, PROCESSES, SAVES = 5, 16, 400


def hostile(count: int, seed: int) -> int:
    """Meet so many inputs and print what went wrong; returns the number of faults."""
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        trace = Path(folder) / "trace" if can_trace(Path(folder)) else None
        home = Path(folder) / "home"
        runs = meet_all(home, seed, count, trace)
        found = [fault for run in runs for fault in faults(run)]
        if trace is not None:
            found += [line for line in traced(trace, home)[0] if "execve(" not in line]
    print(*found, sep="\n")
    endings = Counter((run["act"], run["code"]) for run in runs)
    print(
        f"{count:,} inputs of seed {seed}, {len(runs):,} runs in {time.perf_counter() - began:,.0f} s: {dict(endings)}"
    )
    print(f"system calls {'traced' if trace else 'not traced here'}; {len(found)} faults")
    return len(found)


def crowds() -> int:
    """Let a crowd save; returns the number of saves that were lost."""
    lost = 0
    for _ in range(ROUNDS):
        began = time.perf_counter()
        with tempfile.TemporaryDirectory() as folder:
            saved = crowd(Path(folder), PROCESSES, SAVES)
            left = [path.name for path in Path(folder).iterdir() if path.name != "shared.toml"]
        lost += len(saved) + 1 - len(chain("start", saved)) + len(left)
        print(
            f"{PROCESSES} processes, {len(saved):,} saves in {time.perf_counter() - began:.1f} s; lost so far: {lost}"
        )
    return lost


if __name__ == "__main__":
    asked = [int(word) for word in sys.argv[1:]]
    sys.exit(bool(crowds() + hostile(*(asked + [INPUTS, 1][len(asked) :]))))
