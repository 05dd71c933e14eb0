"""Copying text so that it reaches the user's own machine: through tmux, or by the terminal itself."""

import os
import subprocess

_TMUX_ANSWERS_WITHIN_S = 2.0


def copied_by_tmux(text: str) -> bool:
    """Whether tmux took the text; it hands it on to the terminal's clipboard, which it does not let programs reach by
    themselves. False outside tmux, and with a tmux before 3.2. Slow enough to stay off the UI thread."""
    if not os.environ.get("TMUX"):
        return False
    try:
        done = subprocess.run(
            ["tmux", "load-buffer", "-w", "-"],
            input=text.encode(),
            capture_output=True,
            timeout=_TMUX_ANSWERS_WITHIN_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
