"""What a thousand variants of a profile take on one core and on two, and how soon the first row is there.

`python -m tests.benchmarks.sweep [PAIRS]`. Runs on one and on two are interleaved, so that a busy machine disturbs
both; on a machine with other work the ratio says little.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

VARIANTS = ["--set", "nodes=8..107", "--set", "months=12..30:2"]  # 100 x 10


def seconds(jobs: int, home: str) -> tuple[float, float, int]:
    """Seconds to the first row and to the end of all thousand, and how many rows there were."""
    environment = {"PATH": os.environ["PATH"], "HOME": home, "PYTHONPATH": str(Path.cwd())}
    began, first, rows = time.perf_counter(), 0.0, 0
    command = [sys.executable, "-m", "screens", "sweep", "cluster-64", *VARIANTS, "--jobs", str(jobs), "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None
        for _ in process.stdout:
            first = first or time.perf_counter() - began
            rows += 1
    return first, time.perf_counter() - began, rows


def main() -> None:
    """Measure and print."""
    pairs = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    with tempfile.TemporaryDirectory() as home:
        found = [(seconds(1, home), seconds(2, home)) for _ in range(pairs)]
    print("| cores | rows | first row | all rows |\n|--:|--:|--:|--:|")
    for at, jobs in enumerate((1, 2)):
        first, whole = (statistics.median(pair[at][part] for pair in found) for part in (0, 1))
        print(f"| {jobs} | {found[0][at][2]:,} | {first:.2f} s | {whole:.1f} s |")
    ratios = [one[1] / two[1] for one, two in found]
    print(f"\n{statistics.median(ratios):.2f} times faster on two, {min(ratios):.2f} to {max(ratios):.2f}")


if __name__ == "__main__":
    main()
