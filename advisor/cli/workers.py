"""Where the work of a long command is done: on the cores of this machine, or on a Dask cluster."""

import re
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable, Generator, Iterable
from typing import Any

from advisor.cli.argument_types import whole_number
from advisor.cli.parser import Tell
from advisor.errors import InputError

_MOST_JOBS = 256
_ADDRESS = re.compile(r"(?:tcp|tls)://(?:\[[0-9A-Fa-f:.]+\]|[^\s:/\[\]]+):\d{1,5}")


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options that say where the work is done."""
    jobs = whole_number(1, _MOST_JOBS, "a number of processes")
    parser.add_argument("--jobs", type=jobs, metavar="N", help="number of processes (as many as cores)")
    parser.add_argument(
        "--dask",
        type=_address,
        metavar="ADDRESS",
        help="run on the Dask cluster of this scheduler, such as tcp://10.0.0.1:8786; needs the extra `cluster`",
    )


def in_order(
    options: Namespace,
    make: Callable[..., Callable[[Any], Any]],
    arguments: tuple[Any, ...],
    tasks: Iterable[Any],
    count: int,
    tell: Tell,
) -> Generator[Any, None, None]:
    """Yield the results of a function in the order of the tasks, wherever the options say. Closing it ends the work.

    Args:
        options: of the command line: `jobs` and `dask`.
        make: called as `make(*arguments)` once in every worker, returns the function.
        arguments: picklable, as are make, tasks and results.
        tasks: what the function is called with; read as workers become free.
        count: how many tasks there are.
        tell: prints a note.

    Raises:
        InputError: for both options at once, and for a cluster that cannot be used.
        AdvisorError: when a worker ends by itself.
    """
    if options.dask is None:
        from advisor.cli import process_pool

        return process_pool.in_order(make, arguments, tasks, min(options.jobs or process_pool.cores(), count))
    if options.jobs is not None:
        raise InputError("--jobs", "--dask as well", "one of the two: a cluster sets its own number of processes")
    from advisor.cli import cluster

    return cluster.in_order(options.dask, make, arguments, tasks, tell)


def _address(text: str) -> str:
    if len(text) > 300 or not _ADDRESS.fullmatch(text) or not 1 <= int(text.rpartition(":")[2]) <= 65535:
        raise ArgumentTypeError(f"{text[:60]!r} is not the address of a scheduler such as tcp://10.0.0.1:8786")
    return text
