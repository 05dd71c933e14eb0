"""What a thousand variants of a profile take on one core and on two, and how soon the first row is there.

`python -m tests.benchmarks.sweep [PAIRS]`. Runs on one and on two are interleaved, so that a busy machine disturbs
both. Where others take the cores, the processor time still tells: what two workers need in all over what one does.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

VARIANTS = ["--set", "nodes=8..107", "--set", "months=12..30:2"]  # 100 x 10


@dataclass(frozen=True)
class Timed:
    """One run: seconds to the first row, to the end, and of processor time in all its processes."""

    first_s: float
    whole_s: float
    processor_s: float
    rows: int


def timed(jobs: int, home: str) -> Timed:
    """A sweep in a process of its own."""
    environment = {"PATH": os.environ["PATH"], "HOME": home, "PYTHONPATH": str(Path.cwd())}
    command = [sys.executable, "-m", "screens", "sweep", "cluster-64", *VARIANTS, "--jobs", str(jobs), "--json"]
    began, first, rows = time.perf_counter(), 0.0, 0
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None
        for _ in process.stdout:
            first = first or time.perf_counter() - began
            rows += 1
        _, status, used = os.wait4(process.pid, 0)  # with the workers that it has waited for
        process.returncode = os.waitstatus_to_exitcode(status)
    return Timed(first, time.perf_counter() - began, used.ru_utime + used.ru_stime, rows)


def main() -> None:
    """Measure and print."""
    pairs = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    with tempfile.TemporaryDirectory() as home:
        found = [(timed(1, home), timed(2, home)) for _ in range(pairs)]
    print("| cores | rows | first row | all rows | processor time |\n|--:|--:|--:|--:|--:|")
    for at, jobs in enumerate((1, 2)):
        runs = [pair[at] for pair in found]
        first, whole, used = (
            statistics.median(getattr(run, name) for run in runs) for name in ("first_s", "whole_s", "processor_s")
        )
        print(f"| {jobs} | {runs[0].rows:,} | {first:.2f} s | {whole:.1f} s | {used:.1f} s |")
    ratios = [one.whole_s / two.whole_s for one, two in found]
    alone = [2 * one.processor_s / two.processor_s for one, two in found]
    print(f"\n{statistics.median(ratios):.2f} times faster on two ({min(ratios):.2f} to {max(ratios):.2f})")
    print(f"{statistics.median(alone):.2f} times where nobody else wants the cores, by processor time")


if __name__ == "__main__":
    main()
