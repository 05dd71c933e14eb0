"""What we are on: a terminal that can show the app, or a pipe, a dumb terminal or CI, where plain text is right."""

import os
import sys
from collections.abc import Mapping, Sequence
from typing import TextIO

WIDE_CELLS = 110  # from here on there is room for the reasons beside the verdict
_CANNOT_PAINT = {"", "dumb", "unknown"}


def can_show_app(
    environment: Mapping[str, str] = os.environ, streams: Sequence[TextIO | None] = (sys.stdin, sys.stdout, sys.stderr)
) -> bool:
    """Whether the app may start: a person at a terminal on all ends that can move its cursor, and no CI. The app paints
    on stderr, so that counts too."""
    if environment.get("TERM", "") in _CANNOT_PAINT or environment.get("CI", "") not in ("", "false", "0"):
        return False
    return all(stream is not None and stream.isatty() for stream in streams)


def is_dumb(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether the terminal says that all it can do is to show one line after the other."""
    return environment.get("TERM", "") == "dumb"


def is_slow_line(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether the terminal is at the far end of an SSH connection."""
    return bool(environment.get("SSH_CONNECTION") or environment.get("SSH_TTY"))
