"""How fast a sweep is, how soon its first row is there, how much memory it takes, and that a cluster prints the same.

    python -m tests.benchmarks.sweep [PAIRS]
    python -m tests.benchmarks.sweep --expected COUNT [--jobs N]
    python -m tests.benchmarks.sweep --cluster COUNT
    python -m tests.benchmarks.sweep --rows

The first: a thousand variants with bands, on one core and on two. Runs on one and on two are interleaved, so that a
busy machine disturbs both. Where others take the cores, the processor time still tells: what two workers need in all
over what one does. The second: expected figures of COUNT variants (1,000 to 1,000,000). The third: the same on two Dask
workers, one of them killed on the way, and whether the rows are those of a run without Dask. The fourth: processor time
of a variant of several sweeps, and as a share of importing numpy and pydantic.
"""

import argparse
import hashlib
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

WITH_BANDS = ["cluster-64", "--set", "nodes=8..107", "--set", "months=12..30:2"]  # 100 x 10
_MEASURED_EVERY_S = 0.5
_CHUNKS = 12  # of each sweep, since what a variant takes depends on whether cash rules some of its options out


def expected(count: int) -> list[str]:
    """A sweep of about that many variants: 1,000 sizes, 50 lengths, and utilizations."""
    shares = max(1, round(count / 50_000))
    sizes = min(1000, count // 50)
    axes = [f"nodes=1..{sizes}", "months=1..50", f"busy=0.5..{0.5 + (shares - 1) / 100:g}:0.01"]
    return ["frontier-lab-1000", "--expected", *(word for axis in axes for word in ("--set", axis))]


@dataclass(frozen=True)
class Timed:
    """One run: seconds to the first row, to the end, and of processor time in all its processes; the most memory of
    all of them together, MB; how many rows, and a digest of them."""

    first_s: float
    whole_s: float
    processor_s: float
    peak_mb: float
    rows: int
    digest: str


def timed(variants: list[str], where: list[str], home: str, after_first_row: list[int] | None = None) -> Timed:
    """A sweep in a process of its own. after_first_row: processes that are killed then."""
    environment = {"PATH": os.environ["PATH"], "HOME": home, "PYTHONPATH": str(Path.cwd())}
    command = [sys.executable, "-m", "screens", "sweep", *variants, *where, "--json"]
    began, first, rows, digest = time.perf_counter(), 0.0, 0, hashlib.sha256()
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as process, _memory(process.pid) as peak:
        assert process.stdout is not None
        for row in process.stdout:
            if not rows:
                first = time.perf_counter() - began
                for worker in after_first_row or ():
                    os.kill(worker, signal.SIGKILL)
            rows += 1
            digest.update(row)
        _, status, used = os.wait4(process.pid, 0)  # with the workers that it has waited for
        process.returncode = os.waitstatus_to_exitcode(status)
    whole = time.perf_counter() - began
    return Timed(first, whole, used.ru_utime + used.ru_stime, max(peak) / 1024, rows, digest.hexdigest()[:12])


@contextmanager
def _memory(pid: int) -> Iterator[list[int]]:
    """What a process and its children take together at some moments, shared pages once, kB."""
    found, done = [0], threading.Event()

    def measure() -> None:
        while not done.wait(_MEASURED_EVERY_S):
            children = Path(f"/proc/{pid}/task/{pid}/children")
            pids = [pid, *map(int, children.read_text().split())] if children.exists() else []
            found.append(sum(map(_kilobytes, pids)))

    thread = threading.Thread(target=measure)
    thread.start()
    try:
        yield found
    finally:
        done.set()
        thread.join()


def _kilobytes(pid: int) -> int:
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:  # it has just ended
        return 0
    match = re.search(r"^Pss: +(\d+)", text, flags=re.M)
    return int(match[1]) if match else 0


def _line(name: str, run: Timed) -> str:
    per_row = 1000 * run.processor_s / run.rows
    return (
        f"| {name} | {run.rows:,} | {run.first_s:.2f} s | {run.whole_s:.1f} s | {run.processor_s:.1f} s "
        f"| {per_row:.2f} ms | {run.peak_mb:.0f} MB | {run.digest} |"
    )


def pairs_of_runs(pairs: int, home: str) -> None:
    """One core and two, in turn."""
    found = [tuple(timed(WITH_BANDS, ["--jobs", str(jobs)], home) for jobs in (1, 2)) for _ in range(pairs)]
    for at, jobs in enumerate((1, 2)):
        runs = sorted((pair[at] for pair in found), key=lambda run: run.whole_s)
        print(_line(f"{jobs} cores", runs[len(runs) // 2]))
    ratios = [one.whole_s / two.whole_s for one, two in found]
    alone = [2 * one.processor_s / two.processor_s for one, two in found]
    print(
        f"\none core / two: {statistics.median(ratios):.2f} by the clock; {statistics.median(alone):.2f} with both free"
    )


_OF_ROWS = (  # a profile, its fields, and whether the rows have bands
    ("frontier-lab-1000", ["nodes=1..1000", "months=1..50"], False),
    ("cluster-64", ["nodes=8..107", "months=12..30"], False),
    ("cluster-64", ["nodes=8..107", "facility.pue=1.1..1.5:0.01"], False),
    ("cluster-64", ["nodes=8..107", "growth_per_month=0.01..0.1:0.002"], False),
    ("cluster-64", ["nodes=8..107", "company.cash_usd=2e6..8e7:2e6"], False),
    ("inference-8", ["nodes=8..107", "months=12..30"], False),
    ("cluster-64", ["nodes=8..107", "months=12..30:2"], True),
)


def of_rows() -> None:
    """Processor time of a variant, the mean of chunks spread evenly over each sweep, in this process."""
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # as the program sets for itself; before numpy is imported
    from advisor.cli.commands.sweep import LARGEST_CHUNK
    from advisor.cli.variants import chunks, parse_axes, rows_maker
    from advisor.market.forecast.default_paths import DEFAULT_PATHS
    from advisor.market.price_book import built_in_book
    from tests.benchmarks.process import FLOOR, medians
    from tests.support.profile_builder import sample

    book = built_in_book()
    floor = medians({FLOOR: [sys.executable, "-c", "import numpy, pydantic"]}, 5)[FLOOR]
    print("| sweep | a variant | x importing numpy and pydantic |\n|---|--:|--:|")
    for name, fields, bands in _OF_ROWS:
        profile = sample(name)
        axes = parse_axes(fields, profile, book)
        rows = rows_maker(profile, axes, book, (DEFAULT_PATHS, 0) if bands else None)
        every = list(chunks(axes, LARGEST_CHUNK))
        rows(every[0])
        some = every[1 :: -(-len(every) // _CHUNKS)]
        began = time.process_time()
        for chunk in some:
            rows(chunk)
        spent = (time.process_time() - began) / sum(map(len, some))
        what = f"{name}, {' and '.join(field.partition('=')[0] for field in fields)}{', with bands' if bands else ''}"
        print(f"| {what} | {1e3 * spent:.1f} ms | {spent / floor:.3f} |", flush=True)


# It says where the scheduler is and which processes are its workers, and ends with its stdin.
_CLUSTER = """
import sys
from distributed import LocalCluster

if __name__ == "__main__":
    with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0") as cluster:
        print(cluster.scheduler_address, *(worker.pid for worker in cluster.workers.values()), flush=True)
        sys.stdin.read()
"""


def cluster_and_here(count: int, home: str) -> None:
    """The same sweep on two Dask workers, one of them killed at the first row, and on the cores."""
    environment = {**os.environ, "PYTHONPATH": str(Path.cwd())}
    with subprocess.Popen(
        [sys.executable, "-c", _CLUSTER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=environment,
    ) as cluster:
        assert cluster.stdin is not None
        assert cluster.stdout is not None
        address, victim, _ = cluster.stdout.readline().split()
        there = timed(expected(count), ["--dask", address], home, [int(victim)])
        print(_line("2 Dask workers, one killed (only the client is measured)", there), flush=True)
        cluster.stdin.close()
    here = timed(expected(count), ["--jobs", "2"], home)
    print(_line("2 cores", here))
    print("\nthe same rows" if (here.rows, here.digest) == (there.rows, there.digest) else "\nOTHER ROWS")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser("python -m tests.benchmarks.sweep")
    parser.add_argument("pairs", type=int, nargs="?", default=3)
    parser.add_argument("--expected", type=int, metavar="COUNT")
    parser.add_argument("--cluster", type=int, metavar="COUNT")
    parser.add_argument("--rows", action="store_true")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    if options.rows:
        of_rows()
        return
    print("| where | rows | first row | all rows | processor time | a row | memory | digest |")
    print("|---|--:|--:|--:|--:|--:|--:|--|")
    with tempfile.TemporaryDirectory() as home:
        if options.cluster:
            cluster_and_here(options.cluster, home)
        elif options.expected:
            print(
                _line(f"{options.jobs} cores", timed(expected(options.expected), ["--jobs", str(options.jobs)], home))
            )
        else:
            pairs_of_runs(options.pairs, home)


if __name__ == "__main__":
    main()
