"""One function over many tasks on a Dask cluster: results in the order of the tasks, each once, whichever worker dies.

A task and what it needs travel as bytes, which only workers of the same version unpack: the scheduler needs no
gpu-advisor. Where a worker dies, the scheduler gives its tasks to another one, under the same key.
"""

import logging
import pickle
import socket
import traceback
import warnings
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import suppress
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from uuid import uuid4

from advisor import __version__
from advisor.cli.parser import Tell
from advisor.errors import AdvisorError, InputError

if TYPE_CHECKING:
    from distributed import Client, Future

_QUEUED = 4  # tasks for each thread of the cluster: enough that none waits while the oldest task is still running
_LEAST_QUEUED = 8  # also before the first worker has joined
_RETRIES = 2  # of a task that raised, such as for lack of memory; how often a worker may die is up to the scheduler
_ANSWERS_AFTER_S = 10  # a scheduler that can be reached accepts within this time


def in_order(
    address: str,
    make: Callable[..., Callable[[Any], Any]],
    arguments: tuple[Any, ...],
    tasks: Iterable[Any],
    tell: Tell,
) -> Generator[Any, None, None]:
    """Yield the results of a function in the order of the tasks. Closing the generator frees the cluster.

    Args:
        address: of the scheduler.
        make: called as `make(*arguments)` in every worker, returns the function.
        arguments: picklable, as are make, tasks and results.
        tasks: what the function is called with; read as workers become free, so that few are under way at any time.
        tell: prints a note.

    Raises:
        InputError: when the cluster cannot be reached, or a worker does not have this version of gpu-advisor.
        AdvisorError: when the scheduler is lost, or one task has ended several workers.
        RuntimeError: when the function raised, with the worker's traceback.
    """
    client = connected(address)
    try:
        if not client.nthreads():
            tell(f"{address} has no workers yet: waiting for one")
        yield from _results(client, address, pickle.dumps((make, arguments)), enumerate(tasks))
    finally:
        with suppress(Exception):  # the scheduler may be gone
            client.close()


def _results(client: "Client", address: str, function: bytes, numbered: Iterator[tuple[int, Any]]) -> Iterator[Any]:
    run, call = f"gpu-advisor-{uuid4().hex}", _call_by_value()
    needed = client.submit(bytes, function, key=f"{run}-function", pure=False)  # unlike scattered data, never lost
    waiting: deque[Future[Any]] = deque()
    while True:
        room = max(_LEAST_QUEUED, _QUEUED * sum(client.nthreads().values())) - len(waiting)
        for number, task in islice(numbered, max(0, room)):
            packed = pickle.dumps(task)
            waiting.append(
                client.submit(call, needed, packed, __version__, key=f"{run}-{number}", retries=_RETRIES, pure=False)
            )
        if not waiting:
            return
        yield _result(waiting.popleft(), address)


def _result(future: "Future[Any]", address: str) -> Any:
    from distributed import CancelledError, KilledWorker

    try:
        result, version = future.result()
    except KilledWorker as error:
        raise AdvisorError(f"{address}: one task ended its worker again and again ({error.task}): too large?") from None
    except ModuleNotFoundError as error:
        found = f"a worker without the module {error.name}"
        raise InputError(f"--dask {address}", found, f"workers with gpu-advisor {__version__}") from None
    except (CancelledError, OSError, TimeoutError):
        raise AdvisorError(f"{address}: the scheduler has ended or cannot be reached any more") from None
    if version != __version__:
        found = f"a worker with gpu-advisor {version}"
        raise InputError(f"--dask {address}", found, f"workers with gpu-advisor {__version__}")
    return result


def _call_by_value() -> Callable[[bytes, bytes, str], tuple[Any, str]]:
    """`work` as a function that is sent whole, not by its name, which the scheduler would import."""

    def call(function: bytes, task: bytes, version: str) -> tuple[Any, str]:
        from advisor.cli.cluster import work

        return work(function, task, version)

    return call


def work(function: bytes, task: bytes, version: str) -> tuple[Any, str]:
    """Do a task in a worker of the cluster: its result and the version that made it; no result for another version."""
    if version != __version__:
        return None, __version__
    try:
        return _unpacked(function)(pickle.loads(task)), __version__
    except Exception:  # noqa: BLE001 - told by the client
        raise RuntimeError(traceback.format_exc()) from None  # which can be sent, whatever the exception


@lru_cache(maxsize=2)
def _unpacked(function: bytes) -> Callable[[Any], Any]:
    make, arguments = pickle.loads(function)
    made: Callable[[Any], Any] = make(*arguments)
    return made


def _silence_logs() -> None:
    """Keep Dask's own messages from stderr: the command reports what it cannot fix in one line."""
    for name in logging.root.manager.loggerDict:
        if name.startswith(("distributed", "tornado")):
            logging.getLogger(name).setLevel(logging.CRITICAL)


def connected(address: str) -> "Client":
    """A client of the scheduler. Raises InputError."""
    where = f"--dask {address}"
    try:
        from distributed import Client
    except ImportError:
        raise InputError(where, "no Dask installed", "pip install '.[cluster]' in a checkout of gpu-advisor") from None
    _silence_logs()
    place = urlsplit(address)
    try:
        # Dask would try again for half a minute where nothing listens
        socket.create_connection((place.hostname or "", place.port or 0), _ANSWERS_AFTER_S).close()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # other versions of other packages: what cannot work ends in ImportError
            return Client(address, set_as_default=False)
    except ImportError as error:
        raise InputError(where, f"a scheduler of another version: {error}", "the version of Dask here") from None
    except (OSError, ValueError, RuntimeError) as error:
        found = f"no scheduler that answers ({str(error) or type(error).__name__})"
        raise InputError(where, found, "the address of a running Dask scheduler") from None
