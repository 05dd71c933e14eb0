"""What the program runs on: a terminal that can show the app; or a pipe, a dumb terminal or CI, for plain text."""

import os
import sys
from collections.abc import Mapping, Sequence
from typing import TextIO

WIDE_CELLS = 110  # from this width on the reasons fit beside the verdict
_CANNOT_PAINT = {"", "dumb", "unknown"}


def can_show_app(
    environment: Mapping[str, str] = os.environ, streams: Sequence[TextIO | None] = (sys.stdin, sys.stdout, sys.stderr)
) -> bool:
    """Whether the app may start: input and output are a terminal that can move its cursor, and this is not CI. The app
    paints on stderr, so that counts too."""
    if environment.get("TERM", "") in _CANNOT_PAINT or environment.get("CI", "") not in ("", "false", "0"):
        return False
    return all(stream is not None and stream.isatty() for stream in streams)


def is_dumb(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether the terminal can only show one line after the other."""
    return environment.get("TERM", "") == "dumb"


def is_slow_line(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether the terminal is at the far end of an SSH connection."""
    return bool(environment.get("SSH_CONNECTION") or environment.get("SSH_TTY"))
