"""However the program ends, the terminal is restored, and unsaved edits are offered at the next start."""

import errno
import fcntl
import os
import signal
import stat
import subprocess
import sys
import termios
from pathlib import Path

import pytest

from advisor.files.atomic import write_locked_file
from advisor.market.price_book import built_in_book
from advisor.profiles.store import load_profile
from screens.state import drafts
from screens.state.drafts import discard_draft, kept_drafts
from screens.state.session import Session
from tests.support.app_driver import TODAY, press, request, running, screen_text
from tests.support.long_runs import long_unless
from tests.support.processes import HANGS_AFTER_S
from tests.support.terminals import SSH, Program, Programs, app, left_on

LOCAL = {"TERM": "xterm-256color"}
LINES = {"local": LOCAL, "ssh": SSH}
NODES_UP = "\x1b[C"


def drafts_of(home: Path) -> list[Path]:
    return sorted((home / ".local/state/gpu-advisor/drafts").glob("*.toml"))


def edited(program: Program) -> None:
    """Change the nodes of the sample without saving."""
    program.read_until("64 nodes")
    program.press_until(NODES_UP, "(edited)")


@pytest.mark.parametrize(
    ("number", "line"),
    long_unless(
        [(signal.SIGTERM, "ssh"), (signal.SIGHUP, "local"), (signal.SIGINT, "ssh")],
        [
            *((number, line) for number in (signal.SIGTERM, signal.SIGHUP) for line in LINES),
            *((number, "ssh") for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGUSR1)),
        ],
    ),
)
def test_a_signal_restores_the_terminal_and_leaves_a_draft(
    number: signal.Signals, line: str, tmp_path: Path, programs: Programs
) -> None:
    program = programs.start(app("cluster-64"), tmp_path, LINES[line])
    before = termios.tcgetattr(program.master)
    edited(program)
    assert left_on(program.sent)
    program.signal(number)
    assert program.ended() == 128 + number
    assert not left_on(program.sent)
    assert termios.tcgetattr(program.master) == before
    (draft,) = drafts_of(tmp_path)
    assert stat.S_IMODE(draft.stat().st_mode) == 0o600
    assert load_profile(draft, built_in_book()).workload[0].nodes == 70


def test_after_sigkill_the_draft_is_offered_and_restored(tmp_path: Path, programs: Programs) -> None:
    """Drafts are written after every edit, so they survive SIGKILL. A draft of a run that goes on is not offered."""
    program = programs.start(app("cluster-64"), tmp_path, SSH)
    edited(program)
    while not drafts_of(tmp_path):
        program.read_until_quiet()
    beside = programs.start(app(), tmp_path, SSH, until="Three questions")
    beside.read_until_quiet()
    assert "Unsaved edits" not in beside.text()
    program.signal(signal.SIGKILL)
    program.ended()
    again = programs.start(app(), tmp_path, SSH, until="Unsaved edits of Train on 64 nodes, 2 years")
    again.press_until("z", "70 nodes")
    again.read_until_quiet()
    (draft,) = drafts_of(tmp_path)
    assert load_profile(draft, built_in_book()).workload[0].nodes == 70, "written again by the run that restored it"
    again.press_until("q", "unsaved edits")
    again.press_until("d", "")
    again.ended()
    assert drafts_of(tmp_path) == []


def test_without_edits_there_is_no_draft(tmp_path: Path, programs: Programs) -> None:
    program = programs.start(app("cluster-64"), tmp_path, LOCAL, until="64 nodes")
    program.signal(signal.SIGTERM)
    assert program.ended() == 128 + signal.SIGTERM
    assert drafts_of(tmp_path) == []


FAILING = "tests.robustness.failing_app"


@pytest.mark.parametrize("command", [app("cluster-64"), [sys.executable, "-m", FAILING, "slow to keep", "cluster-64"]])
def test_a_value_being_typed_is_in_the_draft(command: list[str], tmp_path: Path, programs: Programs) -> None:
    """On a busy machine too, which was given less than half a second for it."""
    program = programs.start(command, tmp_path, SSH, until="64 nodes")
    program.press_until("72", "72▏")
    program.signal(signal.SIGHUP)
    assert program.ended() == 128 + signal.SIGHUP
    (draft,) = drafts_of(tmp_path)
    assert load_profile(draft, built_in_book()).workload[0].nodes == 72


@pytest.mark.parametrize(
    ("deaf", "line"),
    long_unless([(False, "local"), (True, "ssh")], [(deaf, line) for deaf in (False, True) for line in LINES]),
)
def test_losing_the_terminal_ends_the_program(deaf: bool, line: str, tmp_path: Path, programs: Programs) -> None:
    program = programs.start(app("cluster-64"), tmp_path, LINES[line], deaf=deaf)
    edited(program)
    program.hang_up()
    assert program.ended() == 128 + signal.SIGHUP
    (draft,) = drafts_of(tmp_path)
    assert load_profile(draft, built_in_book()).workload[0].nodes == 70


def test_a_blocked_connection_does_not_keep_the_program_alive(tmp_path: Path, programs: Programs) -> None:
    program = programs.start([*app("cluster-64"), "--no-calm"], tmp_path, SSH)
    edited(program)
    for _ in range(40):
        os.write(program.master, b"T")
        signal.sigtimedwait([], 0.05)
    program.signal(signal.SIGTERM)
    assert program.process.wait(HANGS_AFTER_S) == 128 + signal.SIGTERM
    (draft,) = drafts_of(tmp_path)
    assert load_profile(draft, built_in_book()).workload[0].nodes == 70


def test_the_next_start_offers_the_draft_and_restores_it(tmp_path: Path, programs: Programs) -> None:
    folder = tmp_path / "data/gpu-advisor/profiles"
    folder.mkdir(parents=True)
    own = folder / "ours.toml"
    own.write_text('schema = 1\nname = "Ours"\n[[workload]]\nkind = "pre-train"\nnodes = 64\nmonths = 24\n# kept\n')
    program = programs.start(app("ours"), tmp_path, SSH)
    edited(program)
    program.signal(signal.SIGHUP)
    program.ended()
    again = programs.start(app(), tmp_path, SSH, until="Unsaved edits of Ours")
    again.press_until("z", "Ours (edited)")
    again.read_until("70 nodes")
    again.press_until("s", "Saved")
    assert drafts_of(tmp_path) == []
    assert load_profile(own, built_in_book()).workload[0].nodes == 70
    assert "# kept" in own.read_text()


def leave_draft(tmp_path: Path) -> None:
    """Leave the draft of a new profile, as an earlier run would."""
    session = Session(request(folder=tmp_path), TODAY)
    session.start_new("pre-train")
    session.nudge_value(("workload", 0, "nodes"), 1)
    session.draft_writer()()
    assert kept_drafts() == [], "the draft of a run that goes on is not offered"
    session.drafts.release()
    assert [draft.name for draft in kept_drafts()] == ["New pre-train"]


async def test_a_draft_can_be_kept_for_later(tmp_path: Path) -> None:
    leave_draft(tmp_path)
    async with running(request(folder=tmp_path)) as (shown_app, pilot):
        assert "Unsaved edits of New pre-train" in screen_text(shown_app)
        await press(shown_app, pilot, "escape")
        assert "Unsaved edits" not in screen_text(shown_app)
    assert len(kept_drafts()) == 1


async def test_a_draft_can_be_discarded(tmp_path: Path) -> None:
    leave_draft(tmp_path)
    async with running(request(folder=tmp_path)) as (shown_app, pilot):
        await press(shown_app, pilot, "d")
        assert "Profile " in screen_text(shown_app)
    assert kept_drafts() == []


async def test_a_restored_new_profile_is_unsaved(tmp_path: Path) -> None:
    leave_draft(tmp_path)
    async with running(request("cluster-64", folder=tmp_path)) as (shown_app, pilot):
        await press(shown_app, pilot, "z")
        assert "New pre-train (not saved)" in screen_text(shown_app)
        await press(shown_app, pilot, "q")
        assert "is not saved" in screen_text(shown_app)
    assert kept_drafts() == []


async def test_a_damaged_draft_gives_an_error_and_can_be_discarded(tmp_path: Path, own_state: Path) -> None:
    leave_draft(tmp_path)
    (draft,) = kept_drafts()
    draft.path.write_text('# Unsaved edits of null\nname = "\x1b[31m[bold]"\nnodes = "', encoding="utf-8")
    async with running(request(folder=tmp_path)) as (shown_app, pilot):
        assert "Unsaved edits of" in screen_text(shown_app)
        await press(shown_app, pilot, "z")
        assert "TOML" in screen_text(shown_app)
    assert len(kept_drafts()) == 1
    draft.path.write_text("# Unsaved edits of null\n", encoding="utf-8")
    assert kept_drafts() == []
    assert not draft.path.exists()


@pytest.mark.parametrize("line", long_unless(["ssh"], LINES))
def test_a_suspended_program_restores_the_terminal_and_redraws_when_resumed(
    line: str, tmp_path: Path, programs: Programs
) -> None:
    program = programs.start(app("cluster-64"), tmp_path, LINES[line], until="64 nodes")
    before = program.text()
    program.signal(signal.SIGTSTP)
    program.read_until_quiet()
    assert not left_on(program.sent)
    program.sent += b"\x1b[5;1Hmeanwhile, a shell"
    program.signal(signal.SIGCONT)
    program.read_until_quiet()
    assert program.text() == before
    assert left_on(program.sent)
    program.signal(signal.SIGTERM)
    assert program.ended() == 128 + signal.SIGTERM
    assert not left_on(program.sent)


def test_ctrl_z_goes_back_to_the_shell_and_fg_returns(tmp_path: Path, programs: Programs) -> None:
    """Out of a dialog too."""
    shell = [
        "/bin/bash",
        "--norc",
        "-m",
        "-c",
        '"$@"; echo STOPPED; read -r; fg; echo STOPPED AGAIN; read -r; fg; echo ENDED $?',
        "bash",
        *app("cluster-64"),
    ]
    program = programs.start(shell, tmp_path, LOCAL, until="64 nodes")
    program.press_until("\x1a", "STOPPED")
    assert not left_on(program.sent)
    program.press_until("\n", "64 nodes")
    program.press_until("o", "Numbers of this verdict")
    program.press_until("\x1a", "STOPPED AGAIN")
    program.press_until("\n", "Numbers of this verdict")
    program.press_until("\x1b", "64 nodes")
    program.press_until("w", "Why")
    program.press_until("q", "ENDED 0")


def test_ctrl_z_without_a_shell_behind_it_does_not_stop_for_good(tmp_path: Path, programs: Programs) -> None:
    program = programs.start(app("cluster-64"), tmp_path, LOCAL, until="64 nodes")
    program.press_until("\x1a", "Not suspended")
    program.press_until("q", "")
    program.ends_well()


@pytest.mark.parametrize("line", long_unless(["local"], LINES))
def test_a_stop_from_outside_leaves_a_terminal_that_can_be_cleaned(
    line: str, tmp_path: Path, programs: Programs
) -> None:
    """A shell that gets the terminal meanwhile puts its own modes on it; SIGCONT may also come without any stop."""
    program = programs.start(app("cluster-64"), tmp_path, LINES[line])
    before = termios.tcgetattr(program.master)
    program.read_until("64 nodes")
    shown = program.text()
    for number in (signal.SIGCONT, *(signal.SIGSTOP, signal.SIGCONT) * 5):
        program.signal(number)
    program.read_until_quiet(1.0)
    program.signal(signal.SIGSTOP)
    termios.tcsetattr(program.master, termios.TCSANOW, before)
    program.sent += b"\x1b[?1049l\x1b[5;1Hmeanwhile, a shell"
    program.signal(signal.SIGCONT)
    program.read_until("64 nodes")
    assert program.text() == shown
    program.press_until("w", "Why")
    program.press_until("v", "Nodes")
    program.press_until("q", "")
    program.ends_well()
    assert not left_on(program.sent)
    assert termios.tcgetattr(program.master) == before


@pytest.mark.parametrize("line", long_unless(["ssh"], LINES))
def test_bytes_that_are_no_keys_and_pastes_do_nothing(line: str, tmp_path: Path, programs: Programs) -> None:
    program = programs.start(app("cluster-64"), tmp_path, LINES[line], until="64 nodes")
    for odd in (b"\xe9", b"\xf4", b"\x1b[M \xf0\xa1", b"\x1b[200~\n\x1b[31m\x1b[0m\x03\x1b[201~", b"\x1b[9;9;9z"):
        os.write(program.master, odd)
        program.read_until_quiet()
    assert program.process.poll() is None
    program.press_until("\x1b[B\x1b[A", ">Nodes")
    program.press_until("\x1b[200~7\x1b[31m2\n\x1b[201~", "72▏")
    program.press_until("\r", "72 nodes")
    assert "(edited)" in program.text()


async def test_edits_that_cannot_be_kept_are_reported_and_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = write_locked_file

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(drafts, "write_locked_file", full)
    async with running(request("cluster-64", folder=tmp_path)) as (shown_app, pilot):
        await press(shown_app, pilot, "right")
        assert "Unsaved edits are not kept" in [notice.title for notice in shown_app._notifications]
        assert "edits not kept: no space left on device" in screen_text(shown_app)
        assert shown_app.keep_draft() == "unsaved edits are lost: no space left on device"
        await press(shown_app, pilot, "right")
        assert "edits not kept: no space left on device" in screen_text(shown_app), "as long as it is so"
        monkeypatch.setattr(drafts, "write_locked_file", write)
        shown_app.answers.keep_draft()  # as its timer does
        await press(shown_app, pilot)
        assert "unsaved edits are kept again" in screen_text(shown_app)
        shown_app.session.drafts.release()
        (draft,) = kept_drafts()
        assert (load_profile(draft.path, built_in_book()).workload[0].nodes or 0) > 70


def test_without_locks_only_the_draft_of_an_ended_run_is_offered(
    tmp_path: Path, own_state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some network file systems have no locks: then the process that a draft's name tells must be gone."""

    def no_locks(*_: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", no_locks)
    session = Session(request(folder=tmp_path), TODAY)
    session.start_new("pre-train")
    session.nudge_value(("workload", 0, "nodes"), 1)
    assert session.draft_writer()() == ""
    assert kept_drafts() == []
    (path,) = (own_state / "gpu-advisor/drafts").glob("*.toml")
    ended = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    head = path.name.rpartition("-")[0]
    path = path.rename(path.with_name(f"{head}-{int(ended.stdout)}.toml"))
    (draft,) = kept_drafts()
    elsewhere = path.rename(path.with_name(f"20261128-120000-elsewhere-{int(ended.stdout)}.toml"))
    assert kept_drafts() == [], "a run on another machine may go on"
    path = elsewhere.rename(path)
    os.utime(path, ns=(0, draft.stamp + 1))
    discard_draft(draft)
    assert path.exists(), "written since it was offered"
    (draft,) = kept_drafts()
    discard_draft(draft)
    assert not path.exists()


def test_a_draft_that_another_run_took_meanwhile_is_not_discarded(tmp_path: Path) -> None:
    leave_draft(tmp_path)
    (draft,) = kept_drafts()
    handle = os.open(draft.path, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    discard_draft(draft)
    assert draft.path.exists()
    os.close(handle)
