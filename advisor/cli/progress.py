"""How far a long answer is: a bar on stderr, for a person who is looking."""

import sys
from collections.abc import Callable

Progress = Callable[[int, int], None]  # how much is done, of how much

_CELLS = 30


def progress_bar(quiet: bool) -> Progress | None:
    """A bar on stderr; None where nobody looks at it."""
    if quiet or sys.stderr is None or not sys.stderr.isatty():
        return None

    def show(done: int, total: int) -> None:
        full = _CELLS * done // total
        end = "\r\x1b[K" if done == total else ""
        sys.stderr.write(f"\r[{'#' * full}{'.' * (_CELLS - full)}] {done} of {total}{end}")
        sys.stderr.flush()

    return show
