"""Reads a generated export of Slurm of a million rows, and a small one, and prints time and memory of both.

    .venv/bin/python -m tests.benchmarks.usage [ROWS] [--gzip]

Each is read by a process of its own; what the larger one needs more is what grows with the rows.
"""

import argparse
import gzip
import random
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.support.folders import ROOT

ROWS, FEW = 1_000_000, 1_000
_START = datetime(2026, 1, 1, tzinfo=UTC)
_DAYS = 300
_READ = """
import json, resource, sys, time
from screens.__main__ import main
began = time.perf_counter()
code = main(["usage", sys.argv[1], "--json", "--quiet"])
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform == "linux" else 1 << 20)
print(json.dumps([code, time.perf_counter() - began, time.process_time(), peak]), file=sys.stderr)
"""


def write_export(path: Path, rows: int, seed: int = 1) -> None:
    """A file as sacct -P prints it, with one broken row in ten thousand."""
    draw = random.Random(seed)
    with gzip.open(path, "wt") if path.suffix == ".gz" else path.open("w", encoding="utf-8") as file:
        file.write("JobIDRaw|State|Start|End|ElapsedRaw|AllocTRES\n")
        for number in range(rows):
            start = _START + timedelta(seconds=draw.randrange(_DAYS * 86400))
            seconds, gpus = draw.randrange(60, 6 * 3600), draw.choice((1, 2, 4, 8))
            end = start + timedelta(seconds=seconds)
            times = "broken|row" if number % 10_000 == 9_999 else f"{start:%Y-%m-%dT%H:%M:%S}|{end:%Y-%m-%dT%H:%M:%S}"
            tres = f"billing=64,cpu=64,gres/gpu:h100={gpus},gres/gpu={gpus},mem=512G,node=1"
            file.write(f"{number}|COMPLETED|{times}|{seconds}|{tres}\n")


def read(path: Path) -> tuple[float, float, float]:
    """Seconds, seconds of the processor and megabytes of reading a file. Raises RuntimeError when it fails."""
    done = subprocess.run([sys.executable, "-c", _READ, path], cwd=ROOT, capture_output=True, text=True, check=True)
    code, seconds, busy, megabytes = (float(part) for part in done.stderr.strip().strip("[]").split(","))
    if code:
        raise RuntimeError(done.stderr)
    return seconds, busy, megabytes


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser("python -m tests.benchmarks.usage")
    parser.add_argument("rows", type=int, nargs="?", default=ROWS)
    parser.add_argument("--gzip", action="store_true")
    asked = parser.parse_args()
    print("| rows | file | time | processor | memory |\n|--:|--:|--:|--:|--:|")
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for rows in (FEW, asked.rows):
            path = Path(folder) / f"{rows}.txt{'.gz' if asked.gzip else ''}"
            write_export(path, rows)
            seconds, busy, megabytes = read(path)
            found.append(megabytes)
            size = path.stat().st_size / 1e6
            print(f"| {rows:,} | {size:,.1f} MB | {seconds:,.1f} s | {busy:,.1f} s | {megabytes:,.0f} MB |")
    print(f"\nMemory of the large file over that of the small one: {found[1] / found[0]:.2f}")


if __name__ == "__main__":
    main()
