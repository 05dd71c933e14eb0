"""An unexpected error ends the program with one line, a log and exit code 3; the terminal is clean, edits are kept."""

import os
import shlex
import stat
import sys
import termios
from pathlib import Path

import pytest

from advisor.files.error_log import log_error
from advisor.market.price_book import built_in_book
from advisor.profiles.store import load_profile
from tests.robustness.failing_app import PLACES
from tests.support.long_runs import long_unless
from tests.support.processes import run
from tests.support.terminals import SSH, Program, Programs, app, left_on

LINES = {"local": {"TERM": "xterm-256color"}, "ssh": SSH}
RUNS = [(where, "ssh") for where in sorted(set(PLACES) - {"start", "command", "slow to keep"})] + [
    ("handler", "local"),
    ("input thread", "local"),
]


def failing(where: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "tests.robustness.failing_app", where, *arguments]


def last_lines(program: Program) -> list[str]:
    """What is printed after the app has left the terminal."""
    return program.sent.rpartition(b"\x1b[?1004l")[2].decode().strip().splitlines()


QUICK = [("handler", "local"), ("worker", "ssh"), ("input thread", "local")]


@pytest.mark.parametrize(("where", "line"), long_unless(QUICK, RUNS))
def test_an_unexpected_error_keeps_the_edits_and_is_one_line(
    where: str, line: str, tmp_path: Path, programs: Programs
) -> None:
    program = programs.start(failing(where, "cluster-64"), tmp_path, LINES[line])
    before = termios.tcgetattr(program.master)
    program.read_until("64 nodes")
    if where == "worker":
        os.write(program.master, b"\x1b[C")
    else:
        program.press_until("\x1b[C", "(edited)")
        os.write(program.master, b"f")
    assert program.ended() == 3
    assert not left_on(program.sent)
    assert termios.tcgetattr(program.master) == before
    (said,) = last_lines(program)
    log = tmp_path / ".local/state/gpu-advisor/errors.log"
    wrong = "not enough memory" if where == "memory" else "internal error: BuiltInError: a fault ?[31mof ours"
    assert said.startswith(f"gpu-advisor: {wrong}")
    assert "unsaved edits are kept for the next start" in said
    assert str(log) in said
    assert "Traceback" in log.read_text()
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    (draft,) = (tmp_path / ".local/state/gpu-advisor/drafts").glob("*.toml")
    assert load_profile(draft, built_in_book()).workload[0].nodes == 70


def test_an_error_while_the_terminal_is_taken_leaves_it_clean(tmp_path: Path, programs: Programs) -> None:
    program = programs.start(failing("start", "cluster-64"), tmp_path, LINES["local"])
    before = termios.tcgetattr(program.master)
    assert program.ended() == 3
    assert not left_on(program.sent)
    assert termios.tcgetattr(program.master) == before
    assert last_lines(program)[-1].startswith("gpu-advisor: internal error: BuiltInError")


LIMITS = ["-v 100000", "-v 200000", "-v 300000", "-v 400000", "-d 60000", "-d 120000"]


@pytest.mark.parametrize("limit", long_unless(["-v 300000", "-d 120000"], LIMITS))
def test_too_little_memory_is_one_line_before_the_terminal_is_taken(
    limit: str, tmp_path: Path, programs: Programs
) -> None:
    command = f"ulimit {limit}; exec {shlex.join(app('cluster-64'))}"
    program = programs.start(["/bin/sh", "-c", command], tmp_path, SSH)
    assert program.ended() == 1
    assert program.sent.decode().startswith("gpu-advisor: memory: found less than ")
    assert len(program.sent.decode().strip().splitlines()) == 1


def test_an_unexpected_error_of_a_command_is_logged_too(tmp_path: Path) -> None:
    done = run(["advise", "cluster-64"], tmp_path, program=failing("command"))
    assert done.code == 3
    (said,) = done.err.strip().splitlines()
    assert said.startswith("gpu-advisor: internal error: BuiltInError: a fault ?[31mof ours; details in ")
    assert "Traceback" in (tmp_path / ".local/state/gpu-advisor/errors.log").read_text()


def test_the_log_of_errors_stays_small(own_state: Path) -> None:
    for _ in range(600):
        try:
            raise ValueError("x" * 2000)
        except ValueError as error:
            path = log_error(error)
    assert {file.name for file in path.parent.iterdir()} == {"errors.log", "errors.log.1"}
    assert all(file.stat().st_size <= 256 * 1024 for file in path.parent.iterdir())
    assert all(stat.S_IMODE(file.stat().st_mode) == 0o600 for file in path.parent.iterdir())
