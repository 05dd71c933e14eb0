"""Real runs of the program: a process of its own, a clean environment, an empty data directory."""

import os
import pty
import re
import select
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from screens.__main__ import main
from tests.support.folders import ROOT

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
PROGRAM = [sys.executable, "-m", "screens"]
HANGS_AFTER_S = 600  # a guard against a run that never ends, far above any run on a busy machine

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


def assert_one_error_line(found: Run, *words: str, code: int = 1) -> None:
    """A wrong input gives nothing on stdout and one line on stderr with these words, without control characters."""
    assert found.code == code, found
    assert found.out == ""
    assert "Traceback" not in found.err
    assert found.err.startswith("gpu-advisor: ")
    assert found.err.endswith("\n")
    assert len(found.err.splitlines()) == 1
    assert not CONTROL.search(found.err)
    assert len(found.err) < 1000
    for word in words:
        assert word.lower() in found.err.lower(), found.err


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


def run_here(arguments: Sequence[str | Path], home: Path | None = None, *, environment: Mapping[str, str] = {}) -> Run:
    """Run gpu-advisor in this process: what it says, without the second that a process of its own takes.

    Args:
        arguments: Of the command line.
        home: Where to run it as `run` does, with a clean environment; None for the folder and environment of the test.
        environment: Own variables beside the clean ones.
    """
    out, err = _Text(), _Text()
    with redirect_stdout(out), redirect_stderr(err), _as_in(home, environment):
        try:
            code = main([*map(str, arguments)])
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 1
    return Run(code, out.getvalue(), err.getvalue())


class _Text(StringIO):
    """A stream that is not a terminal, whose encoding can be asked for."""

    encoding = "utf-8"


@contextmanager
def _as_in(home: Path | None, environment: Mapping[str, str]) -> Iterator[None]:
    """The folder, the environment and the closed stdin of a process of its own."""
    if home is None:
        yield
        return
    folder, own, stdin = Path.cwd(), dict(os.environ), sys.stdin
    clean = clean_environment(home, **environment)
    try:
        os.environ.clear()
        os.environ.update(clean)
        os.chdir(home)
        with Path(os.devnull).open() as sys.stdin:
            yield
    finally:
        sys.stdin = stdin
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(own)


def names_in(folder: Path) -> list[str]:
    """The names of everything in a folder, hidden ones included."""
    return sorted(path.name for path in folder.iterdir())


def bound_by_permissions(command: Sequence[str]) -> list[str]:
    """The command, such that file permissions bind it even when the tests run as root."""
    if os.geteuid() != 0:
        return list(command)
    return [sys.executable, "-c", _DROP_PRIVILEGE, *command]


def run_in_terminal(
    arguments: Sequence[str], home: Path, environment: Mapping[str, str], until: str | None = None
) -> Run:
    """Run gpu-advisor on real pseudo-terminals: stdin and stdout on one, stderr on another, to its end or until it says
    `until`. Raises TimeoutError when it waits for a key instead."""
    screen, its_screen = pty.openpty()
    errors, its_errors = pty.openpty()
    with subprocess.Popen(
        [*PROGRAM, *arguments],
        env=clean_environment(home, **environment),
        cwd=home,
        stdin=its_screen,
        stdout=its_screen,
        stderr=its_errors,
        start_new_session=True,
    ) as process:
        os.close(its_screen)
        os.close(its_errors)
        try:
            said = _listen([screen, errors], until)
        except TimeoutError:
            process.kill()
            raise
        finally:
            os.close(screen)
            os.close(errors)
        if until is not None:
            process.kill()
    out, err = (said[terminal].decode().replace("\r\n", "\n") for terminal in (screen, errors))
    return Run(process.returncode, out, err)


def _listen(terminals: Sequence[int], until: str | None) -> dict[int, bytes]:
    """What is written to each terminal until all writers are gone, or until one of them has said `until`."""
    said = dict.fromkeys(terminals, b"")
    listening = set(terminals)
    while listening:
        heard = select.select(list(listening), [], [], HANGS_AFTER_S)[0]
        if not heard:
            raise TimeoutError(f"silent, and still running: {said}")
        for terminal in heard:
            try:
                part = os.read(terminal, 65536)
            except OSError:  # Linux says "input/output error" at the end
                part = b""
            said[terminal] += part
            if not part:
                listening.discard(terminal)
        if until is not None and any(until.encode() in text for text in said.values()):
            break
    return said
