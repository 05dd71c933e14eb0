"""One function over many tasks on several cores: results in the order of the tasks, each as soon as it can be had.

No thread is started here, so that forking is safe; where others run, and off Linux, workers are started afresh.
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

_AHEAD = 2  # tasks a worker is given: one to do, one so that it need not wait for the next
_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


def cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def in_order(
    make: Callable[..., Callable[[Any], Any]], arguments: tuple[Any, ...], tasks: Iterable[Any], jobs: int
) -> Generator[Any, None, None]:
    """`make(*arguments)` gives the function, once in every worker; its results come in the order of the tasks.

    jobs: how many workers; one works in this process. make, arguments, tasks and results must be picklable. Closing the
    generator, or an exception at the caller's, ends the workers. Raises AdvisorError when one of them ends by itself.
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
    """A process, the pipe to it, and the numbers of the tasks that it has, in its order."""

    process: BaseProcess
    pipe: "Connection[Any, Any]"
    has: list[int] = field(default_factory=list)


def _results(workers: list[_Worker], tasks: Iterator[Any]) -> Iterator[Any]:
    numbered = enumerate(tasks)
    ready: dict[int, Any] = {}
    following = 0
    for _ in range(_AHEAD):
        for worker in workers:
            _give(worker, numbered)
    while True:
        while following in ready:
            yield ready.pop(following)
            following += 1
        by_pipe = {worker.pipe: worker for worker in workers if worker.has}
        if not by_pipe:
            return
        for pipe in wait(list(by_pipe)):
            worker = by_pipe[pipe]  # type: ignore[index]  # what is waited for are these pipes
            ready[worker.has.pop(0)] = _taken(worker)
            _give(worker, numbered)


def _give(worker: _Worker, numbered: Iterator[tuple[int, Any]]) -> None:
    number, task = next(numbered, (-1, None))
    if number >= 0:
        with suppress(OSError):  # it has ended: what it still has to say comes first
            worker.pipe.send(task)
        worker.has.append(number)


def _taken(worker: _Worker) -> Any:
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
    """Do tasks until the pipe is closed. Who asked decides when to stop: Ctrl+C, which reaches all, is theirs."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    for other in inherited:  # else no pipe would ever be closed
        other.close()
    os.environ.update(dict.fromkeys(_THREADS, "1"))  # the cores are taken already
    try:
        call = make(*arguments)
        while True:
            pipe.send(_answer(call, pipe.recv()))
    except (EOFError, OSError):
        return


def _answer(call: Callable[[Any], Any], task: Any) -> tuple[Any, str]:
    try:
        return call(task), ""
    except Exception:  # noqa: BLE001 - told to who asked, who raises it
        return None, traceback.format_exc()


@contextmanager
def _no_interrupt() -> Iterator[None]:
    """Ctrl+C waits while workers are started: one that is half made would answer it with a traceback."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
