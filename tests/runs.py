"""Real runs of the program: a process of its own, a clean environment, an empty data directory."""

import os
import pty
import select
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
PROGRAM = [sys.executable, "-m", "screens"]
HANGS_AFTER_S = 20  # a guard against a run that never ends; no run comes near it

# As root, permissions do not bind: give that privilege up, then become the command in argv.
_DROP_PRIVILEGE = """
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
for capability in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
    if libc.prctl(24, capability, 0, 0, 0) != 0:  # PR_CAPBSET_DROP
        sys.exit(f"cannot drop a capability: errno {ctypes.get_errno()}")
os.execv(sys.argv[1], sys.argv[1:])
"""


@dataclass(frozen=True)
class Run:
    """How a run ended and what it said."""

    code: int
    out: str
    err: str


def clean_environment(home: Path, **own: str) -> dict[str, str]:
    """Nothing of the tester's own settings; data, configuration and cache of the program go to `home`."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "XDG_DATA_HOME": str(home / "data"),
        "PYTHONPATH": str(ROOT),
        "LANG": "C.UTF-8",
        **own,
    }


def run(
    arguments: Sequence[str | Path],
    home: Path,
    *,
    program: Sequence[str] = PROGRAM,
    environment: Mapping[str, str] = {},
) -> Run:
    """Run gpu-advisor to its end, without a terminal."""
    done = subprocess.run(
        [*program, *map(str, arguments)],
        env=clean_environment(home, **environment),
        cwd=home,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=HANGS_AFTER_S,
        check=False,
    )
    return Run(done.returncode, done.stdout.decode(), done.stderr.decode())


def bound_by_permissions(command: Sequence[str]) -> list[str]:
    """The command, such that file permissions bind it even when the tests run as root."""
    if os.geteuid() != 0:
        return list(command)
    return [sys.executable, "-c", _DROP_PRIVILEGE, *command]


def run_in_terminal(arguments: Sequence[str], home: Path, environment: Mapping[str, str]) -> Run:
    """Run gpu-advisor with a real pseudo-terminal on stdin and stdout."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [*PROGRAM, *arguments],
        env=clean_environment(home, **environment),
        cwd=home,
        stdin=theirs,
        stdout=theirs,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        os.close(theirs)
        try:
            out = _read_all(ours)
            _, err = process.communicate(timeout=HANGS_AFTER_S)
        except (TimeoutError, subprocess.TimeoutExpired):
            process.kill()
            raise
        finally:
            os.close(ours)
    return Run(process.returncode, out.decode().replace("\r\n", "\n"), err.decode())


def _read_all(terminal: int) -> bytes:
    """Everything that is written to a terminal until the last writer is gone. Raises TimeoutError when it stays silent
    without going, as a program does that waits for a key."""
    parts: list[bytes] = []
    while True:
        if not select.select([terminal], [], [], HANGS_AFTER_S)[0]:
            raise TimeoutError(f"silent, and still running: {b''.join(parts)!r}")
        try:
            part = os.read(terminal, 65536)
        except OSError:  # Linux says "input/output error" at the end
            part = b""
        if not part:
            return b"".join(parts)
        parts.append(part)
