"""A progress bar on stderr for long answers."""

import sys
from collections.abc import Callable

Progress = Callable[[int, int], None]  # steps done, steps in total

_CELLS = 30


def progress_bar(quiet: bool) -> Progress | None:
    """A function that draws a bar on stderr; None with --quiet or when stderr is not a terminal."""
    if quiet or sys.stderr is None or not sys.stderr.isatty():
        return None

    def show(done: int, total: int) -> None:
        full = _CELLS * done // total
        end = "\r\x1b[K" if done == total else ""
        sys.stderr.write(f"\r[{'#' * full}{'.' * (_CELLS - full)}] {done} of {total}{end}")
        sys.stderr.flush()

    return show
