"""What we are on: a terminal that can show the app, or a pipe, a dumb terminal or CI, where plain text is right."""

import os
import sys
from collections.abc import Mapping
from typing import TextIO

_CANNOT_PAINT = {"", "dumb", "unknown"}


def can_show_app(
    environment: Mapping[str, str] = os.environ, stdin: TextIO = sys.stdin, stdout: TextIO = sys.stdout
) -> bool:
    """Whether the app may start: a person at a terminal on both ends that can move its cursor, and no CI."""
    if environment.get("TERM", "") in _CANNOT_PAINT or environment.get("CI", "") not in ("", "false", "0"):
        return False
    return stdin.isatty() and stdout.isatty()
