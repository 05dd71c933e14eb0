"""The log of unexpected errors: tracebacks in the state folder, for a bug report; two files of at most 256 kB."""

import logging
import os
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TextIO

from advisor.files.atomic import make_folder
from advisor.paths import state_folder

_MAX_BYTES = 256 * 1024


class _PrivateFile(RotatingFileHandler):
    """A log file that only its owner may read; a link in its place is not followed."""

    def _open(self) -> TextIO:  # type: ignore[override]  # the base class answers with the same stream
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        return os.fdopen(os.open(self.baseFilename, flags, 0o600), "a", encoding="utf-8", errors="backslashreplace")

    def handleError(self, record: object) -> None:  # noqa: N802 - the base class's name
        """Called while the error of writing is handled: the caller reports it."""
        raise  # noqa: PLE0704 - within the base class's except clause


def error_log_path() -> Path:
    """Where unexpected errors are logged: `gpu-advisor/errors.log` in the user's state folder (XDG_STATE_HOME)."""
    return state_folder() / "errors.log"


def log_error(error: BaseException) -> Path:
    """Append an error with its traceback to the log. Returns the log's path; raises OSError."""
    path = error_log_path()
    make_folder(path.parent)
    handler = _PrivateFile(path, maxBytes=_MAX_BYTES, backupCount=1, delay=True)
    try:
        handler.setFormatter(logging.Formatter("%(asctime)s %(process)d %(message)s"))
        what = (type(error), error, error.__traceback__)
        handler.emit(logging.LogRecord("gpu-advisor", logging.ERROR, "", 0, "unexpected error", None, what))
    finally:
        handler.close()
    return path
