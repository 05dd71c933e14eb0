"""The long runs of the shared folder and of hostile files: more inputs, more saves, other seeds than the tests have.

    .venv/bin/python -m tests.benchmarks.fuzz [INPUTS] [STARTS] [SEED]

Files and arguments meet the commands (INPUTS), runs of keys meet the app (STARTS), and a crowd saves one profile.

Ends with 1 when a run was at fault; every fault is one line. Faults can be met again with the same seed.
"""

import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.robustness.concurrent_savers import save_concurrently
from tests.robustness.test_hostile import can_trace, faults, run_all, wrong_calls
from tests.support.user_process import chain

INPUTS, STARTS = 10_000, 200
ROUNDS, PROCESSES, SAVES = 5, 16, 400


def hostile(count: int, seed: int, driver: str) -> int:
    """Run a driver on COUNT inputs and print what went wrong; returns the number of faults."""
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        trace = Path(folder) / "trace" if can_trace(Path(folder)) else None
        home = Path(folder) / "home"
        runs = run_all(home, seed, count, trace, driver)
        found = [fault for run in runs for fault in faults(run)]
        if trace is not None:
            found += [line for line in wrong_calls(trace, home)[0] if "execve(" not in line]
    for fault in found:
        print(fault)
    endings = Counter((run["act"], run["code"]) for run in runs)
    took = time.perf_counter() - began
    print(f"{driver}: {count:,} inputs of seed {seed}, {len(runs):,} runs in {took:,.0f} s: {dict(endings)}")
    print(f"system calls {'traced' if trace else 'not traced here'}; {len(found)} faults", flush=True)
    return len(found)


def crowds() -> int:
    """Let a crowd save; returns the number of saves that were lost."""
    lost = 0
    for _ in range(ROUNDS):
        began = time.perf_counter()
        with tempfile.TemporaryDirectory() as folder:
            saved = save_concurrently(Path(folder), PROCESSES, SAVES)
            left = [path.name for path in Path(folder).iterdir() if path.name != "shared.toml"]
        lost += len(saved) + 1 - len(chain("start", saved)) + len(left)
        print(
            f"{PROCESSES} processes, {len(saved):,} saves in {time.perf_counter() - began:.1f} s; lost so far: {lost}"
        )
    return lost


if __name__ == "__main__":
    given = [int(word) for word in sys.argv[1:]]
    inputs, starts, seed = given + [INPUTS, STARTS, 1][len(given) :]
    found = (
        crowds()
        + hostile(starts, seed, "tests.robustness.hostile_keys")
        + hostile(inputs, seed, "tests.robustness.hostile_runs")
    )
    sys.exit(bool(found))
