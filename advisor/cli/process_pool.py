"""One function over many tasks on several cores: results in the order of the tasks, each as soon as it is known.

No thread is started here, so that forking is safe; where other threads run, and on other systems than Linux, workers
are spawned. Why not `ProcessPoolExecutor`: docs/decisions/0006-process-pool.md.
"""

import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any

from advisor.errors import AdvisorError

_QUEUED = 2  # tasks at a worker: one in progress, one so that it need not wait for the next
_AHEAD = 8  # results for each worker that may wait for an earlier one: what bounds the memory
_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


def cores() -> int:
    """The number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def in_order(
    make: Callable[..., Callable[[Any], Any]], arguments: tuple[Any, ...], tasks: Iterable[Any], jobs: int
) -> Generator[Any, None, None]:
    """Yield the results of a function in the order of the tasks. Closing the generator ends the workers.

    Args:
        make: called as `make(*arguments)` once in every worker, returns the function.
        arguments: picklable, as are make, tasks and results.
        tasks: what the function is called with; read as workers become free.
        jobs: the number of workers; with 1 the function runs in this process.

    Raises:
        AdvisorError: when a worker ends by itself.
        RuntimeError: when the function raised, with the worker's traceback.
    """
    if jobs == 1:
        yield from map(make(*arguments), tasks)
        return
    workers: list[_Worker] = []
    try:
        with _no_interrupt():
            for _ in range(jobs):
                workers.append(_start(make, arguments, workers))
        yield from _results(workers, iter(tasks))
    finally:
        for worker in workers:
            worker.pipe.close()
            worker.process.terminate()
        for worker in workers:
            worker.process.join()


@dataclass(eq=False)
class _Worker:
    """A process, the pipe to it, and the numbers of the tasks that it was sent, in order."""

    process: BaseProcess
    pipe: "Connection[Any, Any]"
    queued: list[int] = field(default_factory=list)


def _results(workers: list[_Worker], tasks: Iterator[Any]) -> Iterator[Any]:
    numbered, ready, following = enumerate(tasks), dict[int, Any](), 0
    while True:
        while following in ready:
            yield ready.pop(following)
            following += 1
        for _ in range(_QUEUED):
            for worker in workers:
                if len(worker.queued) < _QUEUED and _sent(workers, ready) < _AHEAD * len(workers):
                    _send(worker, numbered)
        by_pipe = {worker.pipe: worker for worker in workers if worker.queued}
        if not by_pipe:
            return
        for pipe in wait(list(by_pipe)):
            worker = by_pipe[pipe]  # type: ignore[index]  # only these pipes are waited for
            ready[worker.queued.pop(0)] = _received(worker)


def _sent(workers: list[_Worker], ready: dict[int, Any]) -> int:
    """How many tasks have been sent whose results were not yielded yet."""
    return len(ready) + sum(len(worker.queued) for worker in workers)


def _send(worker: _Worker, numbered: Iterator[tuple[int, Any]]) -> None:
    number, task = next(numbered, (-1, None))
    if number >= 0:
        with suppress(OSError):  # it has ended; its last results are still in the pipe
            worker.pipe.send(task)
        worker.queued.append(number)


def _received(worker: _Worker) -> Any:
    try:
        result, failure = worker.pipe.recv()
    except (EOFError, OSError):
        worker.process.join()
        raise AdvisorError(f"a worker ended with code {worker.process.exitcode}: is there enough memory?") from None
    if failure:
        raise RuntimeError(failure)
    return result


def _start(make: Callable[..., Callable[[Any], Any]], arguments: tuple[Any, ...], others: list[_Worker]) -> _Worker:
    forks = sys.platform == "linux" and threading.active_count() == 1
    context = get_context("fork") if forks else get_context("spawn")
    ours, its = context.Pipe()
    inherited = [ours, *(other.pipe for other in others)] if forks else []
    process = context.Process(target=_work, args=(its, make, arguments, inherited), daemon=True)
    process.start()
    its.close()
    return _Worker(process, ours)


def _work(
    pipe: "Connection[Any, Any]",
    make: Callable[..., Callable[[Any], Any]],
    arguments: tuple[Any, ...],
    inherited: "list[Connection[Any, Any]]",
) -> None:
    """Do tasks until the pipe is closed. Ctrl+C reaches every process of the terminal; the parent alone acts on it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    for other in inherited:  # else its other end would never see it closed
        other.close()
    os.environ.update(dict.fromkeys(_THREADS, "1"))  # every core has a worker
    try:
        call = make(*arguments)
        while True:
            pipe.send(_answer(call, pipe.recv()))
    except (EOFError, OSError):
        return


def _answer(call: Callable[[Any], Any], task: Any) -> tuple[Any, str]:
    try:
        return call(task), ""
    except Exception:  # noqa: BLE001 - raised in the parent
        return None, traceback.format_exc()


@contextmanager
def _no_interrupt() -> Iterator[None]:
    """Delay Ctrl+C while workers start: one that is half started would print a traceback."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
