"""`--dask`: a real scheduler and two worker processes, one killed on the way: nothing is lost or doubled."""

import os
import signal
import subprocess
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from advisor.backtest.synthetic_markets import market_scorer
from advisor.cli import cluster
from advisor.cli.commands.backtest import synthetic_scores
from advisor.errors import ExitCode, InputError
from tests.support.folders import ROOT
from tests.support.present import present
from tests.support.processes import HANGS_AFTER_S, PROGRAM, clean_environment, run_here
from tests.support.profile_builder import BOOK

NOTHING_LISTENS = "tcp://127.0.0.1:1"
SWEEP = ["sweep", "lora-one-node", "--set", "nodes=1..12", "--set", "months=0.5..6:0.5", "--expected"]

# It says where the scheduler is, then the processes of its workers for every line that it reads.
_CLUSTER = """
import sys
from distributed import LocalCluster

if __name__ == "__main__":
    with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0") as cluster:
        print(cluster.scheduler_address, flush=True)
        for _ in sys.stdin:
            print(*(worker.pid for worker in cluster.workers.values()), flush=True)
"""


@dataclass(frozen=True)
class Cluster:
    """A running cluster."""

    process: "subprocess.Popen[str]"
    address: str

    def workers(self) -> list[int]:
        """The processes of its workers."""
        present(self.process.stdin).write("\n")
        present(self.process.stdin).flush()
        return [int(word) for word in present(self.process.stdout).readline().split()]


@pytest.fixture(scope="module")
def dask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    home = tmp_path_factory.mktemp("cluster")
    with subprocess.Popen(
        [sys.executable, "-c", _CLUSTER],
        env=clean_environment(home, PYTHONWARNINGS="ignore"),
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # where the scheduler reports a killed worker
        text=True,
    ) as process:
        yield Cluster(process, present(process.stdout).readline().strip())
        present(process.stdin).close()
        process.wait(HANGS_AFTER_S)


def silent(note: str) -> None:
    """Tell nobody."""


def on_cluster(dask: Cluster, make: Callable[..., Callable[[int], int]], *arguments: Any, tasks: int) -> list[int]:
    return list(cluster.in_order(dask.address, make, arguments, range(tasks), silent))


def first_time(folder: str, name: str) -> bool:
    """Whether this is the first call with a name, in whichever process."""
    try:
        os.close(os.open(Path(folder) / name, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return False
    return True


def dying_once(folder: str) -> Callable[[int], int]:
    """A function whose seventh task kills its worker the first time."""

    def work(task: int) -> int:
        if task == 7 and first_time(folder, "died"):
            os.kill(os.getpid(), signal.SIGKILL)
        return 10 * task

    return work


def failing(folder: str, times: int) -> Callable[[int], int]:
    """A function whose third task raises some times."""

    def work(task: int) -> int:
        if task == 3 and any(first_time(folder, f"failed {time}") for time in range(times)):
            raise MemoryError("three")
        return task

    return work


def test_a_worker_that_dies_on_the_way_loses_and_doubles_nothing(dask: Cluster, tmp_path: Path) -> None:
    assert on_cluster(dask, dying_once, str(tmp_path), tasks=40) == [10 * task for task in range(40)]
    assert (tmp_path / "died").exists()


def test_a_sweep_on_a_cluster_prints_what_it_prints_here_also_when_a_worker_is_killed(
    dask: Cluster, tmp_path: Path
) -> None:
    here = run_here([*SWEEP, "--jobs", "1"])
    assert here.out.count("\n") == 1 + 12 * 12
    with subprocess.Popen(
        [*PROGRAM, *SWEEP, "--dask", dask.address],
        env=clean_environment(tmp_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        head = present(process.stdout).readline()
        os.kill(dask.workers()[0], signal.SIGKILL)
        rest, said = present(process.stdout).read(), present(process.stderr).read()
        code = process.wait(HANGS_AFTER_S)
    assert (code, said) == (ExitCode.DONE, "")
    assert head + rest == here.out


def test_a_task_that_fails_is_tried_again_and_in_the_end_told(dask: Cluster, tmp_path: Path) -> None:
    assert on_cluster(dask, failing, str(tmp_path), 2, tasks=5) == list(range(5))
    with pytest.raises(RuntimeError, match="MemoryError: three"):
        on_cluster(dask, failing, str(tmp_path), 100, tasks=5)


def test_closing_it_frees_the_cluster_of_all_tasks(dask: Cluster) -> None:
    """However many there are; few are under way at any time."""
    tasks = count()
    results = cluster.in_order(dask.address, dying_once, ("",), (task for task in tasks if task != 7), silent)
    assert [next(results) for _ in range(3)] == [0, 10, 20]
    assert next(tasks) < 40
    results.close()
    client = cluster.connected(dask.address)
    try:
        for _ in range(10_000):  # each asks the scheduler, which hears of the end in its own time
            if not client.run_on_scheduler(lambda dask_scheduler: len(dask_scheduler.tasks)):
                break
        else:
            pytest.fail("tasks are left")
    finally:
        client.close()


def test_synthetic_markets_on_a_cluster_are_scored_as_here(dask: Cluster) -> None:
    where = Namespace(jobs=None, dask=dask.address)
    here = market_scorer(BOOK, 5)
    assert str(synthetic_scores(BOOK, 2, 5, where, None, silent)) == str([here(0), here(1)])


def test_workers_of_another_version_are_refused(dask: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "__version__", "99.0")
    with pytest.raises(InputError, match=r"a worker with gpu-advisor .*; allowed: workers with gpu-advisor 99\.0"):
        on_cluster(dask, failing, "", 0, tasks=1)


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (["--dask", NOTHING_LISTENS], ExitCode.INPUT, f"--dask {NOTHING_LISTENS}: found no scheduler that answers"),
        (["--dask", NOTHING_LISTENS, "--jobs", "2"], ExitCode.INPUT, "--jobs: found --dask as well"),
        (["--dask", "127.0.0.1:8786"], ExitCode.USAGE, "is not the address of a scheduler"),
        (["--dask", "tcp://127.0.0.1:99999"], ExitCode.USAGE, "is not the address of a scheduler"),
        (["--dask", "tcp://a b:1"], ExitCode.USAGE, "is not the address of a scheduler"),
    ],
)
def test_a_cluster_that_cannot_be_used_is_one_line(options: list[str], code: ExitCode, words: str) -> None:
    found = run_here([*SWEEP, *options])
    assert (found.code, found.out) == (code, "")
    assert words in found.err
    assert len(found.err.splitlines()) == 1 or code == ExitCode.USAGE
