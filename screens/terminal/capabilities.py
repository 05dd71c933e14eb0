"""What the program runs on: a terminal that can show the app; or a pipe, a dumb terminal or CI, for plain text."""

import os
import sys

WIDE_CELLS = 110  # from this width on the reasons fit beside the verdict
_CANNOT_PAINT = {"", "dumb", "unknown"}


def can_show_app() -> bool:
    """Whether the app may start: input and output are a terminal that can move its cursor, and this is not CI. The app
    paints on stderr, so that counts too."""
    if os.environ.get("TERM", "") in _CANNOT_PAINT or os.environ.get("CI", "") not in ("", "false", "0"):
        return False
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr))


def is_dumb() -> bool:
    """Whether the terminal can only show one line after the other."""
    return os.environ.get("TERM", "") == "dumb"


def is_slow_line() -> bool:
    """Whether the terminal is at the far end of an SSH connection."""
    return bool(os.environ.get("SSH_CONNECTION") or os.environ.get("SSH_TTY"))
