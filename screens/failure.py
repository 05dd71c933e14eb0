"""How an unexpected error ends the program: one line on stderr, the traceback in a log, exit code 3."""

import os

from advisor.errors import reason_of
from advisor.formatting import cut, one_line

_LONGEST_LINE = 500


class CrashError(Exception):
    """The app ended on an unexpected error, its `__cause__`. note: what became of the unsaved edits."""

    def __init__(self, note: str) -> None:
        self.note = note
        super().__init__(note)


def failure_line(error: BaseException) -> str:
    """Log an unexpected error; the line to print about it, without control characters. With GPU_ADVISOR_DEBUG the
    traceback comes first."""
    from advisor.files.error_log import log_error  # only when something went wrong

    cause, note = (error.__cause__ or error, error.note) if isinstance(error, CrashError) else (error, "")
    if isinstance(cause, MemoryError):
        what = "not enough memory; a limit (ulimit -v) or other programs leave too little"
    else:
        said = next(filter(str.strip, str(cause).splitlines()), "")
        what = f"internal error: {type(cause).__name__}: {said}"
    try:
        where = f"details in {log_error(cause)}"
    except (OSError, MemoryError) as problem:
        where = f"no log: {reason_of(problem)}"
    parts = (cut(one_line(f"gpu-advisor: {what}"), _LONGEST_LINE), note, one_line(where))
    return _traceback(cause) + "; ".join(filter(None, parts))


def _traceback(error: BaseException) -> str:
    if not os.environ.get("GPU_ADVISOR_DEBUG"):
        return ""
    import traceback

    return "".join(traceback.format_exception(error))
