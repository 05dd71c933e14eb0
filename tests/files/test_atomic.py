"""Files in a shared folder: atomic writes, one writer at a time, nothing outside the folder. The processes that save,
crash and conflict are real."""

import errno
import json
import os
import pwd
import signal
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from advisor.errors import InputError, SaveError
from advisor.files import atomic, folder_lock
from advisor.files.atomic import ChangedError, move_file, read_file, read_file_in_folder, replace_file, write_file
from advisor.profiles.store import load_profile, save_profile
from advisor.profiles.trash import delete_profile, restore_profile
from tests.support.folders import ROOT
from tests.support.long_runs import examples, long_unless, quick_and_long
from tests.support.processes import HANGS_AFTER_S, clean_environment, names_in
from tests.support.profile_builder import BOOK, a_profile
from tests.support.user_process import User, chain, noted

WHAT = "a note"


def run_driver(module: str, home: Path, *arguments: object) -> list[Any]:
    """The JSON lines that a driver in tests/robustness prints."""
    done = subprocess.run(
        [sys.executable, "-B", "-m", module, *map(str, arguments)],
        env=clean_environment(home),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=3 * HANGS_AFTER_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


# Concurrent saves

SAVES = examples(10, 200)  # of each process
KILLS = examples(8, 60)


@quick_and_long
def test_sixteen_processes_save_at_once_and_no_save_is_lost(tmp_path: Path) -> None:
    """All acknowledged saves form one chain from the first version to the last: each was replaced only by a process
    that had read it."""
    ((outcome),) = run_driver("tests.robustness.concurrent_savers", tmp_path, tmp_path, 16, SAVES)
    saved = [(note, over) for note, over in outcome["saved"]]
    assert len(saved) == 16 * SAVES
    history = chain("start", saved)
    assert len(history) == 1 + len(saved)
    assert load_profile(tmp_path / "shared.toml", BOOK).notes == history[-1]
    hands = sum(note.split()[0] != over.split()[0] for note, over in saved)
    assert hands > SAVES // 2, "the processes did conflict"
    assert names_in(tmp_path) == ["shared.toml"], "no lock and no temporary file is left"


def test_a_chain_breaks_where_a_save_is_lost() -> None:
    assert chain("a", [("b", "a"), ("c", "b")]) == ["a", "b", "c"]
    assert len(chain("a", [("b", "a"), ("c", "a")])) < 3, "two saves over one version"
    assert len(chain("a", [("b", "a"), ("c", "x")])) < 3, "a save over a version that never was"


# Crashes


TASKS = ("save", "create", "rename", "duplicate", "delete", "restore", "draft")
QUICK = ("save", "rename", "delete", "draft")
CRASHES = [(task, how) for task in TASKS for how in ("exit", "half")]


@pytest.mark.parametrize(("task", "how"), long_unless([("save", "half"), *((task, "exit") for task in QUICK)], CRASHES))
def test_a_crash_at_any_step_leaves_the_old_or_the_new_file(task: str, how: str, tmp_path: Path) -> None:
    steps = run_driver("tests.robustness.killed_saves", tmp_path, tmp_path, task, how)
    assert [step["died"] for step in steps] == [True] * (len(steps) - 1) + [False]
    assert {"rename", "fsync", "flock"} <= {step["call"] for step in steps}
    mine, other, trash = ({name: "old"} for name in ("mine.toml", "other.toml", ".trash/mine~1.toml"))
    old, new = {
        "save": (mine, {"mine.toml": "new"}),
        "create": ({}, {"mine.toml": "new"}),
        "rename": (mine, other),
        "duplicate": (mine, mine | other),
        "delete": (mine, trash),
        "restore": (trash, mine),
        "draft": ({"draft": "old"}, {"draft": "new"}),
    }[task]
    assert all(step["found"] in (old, new) for step in steps)
    assert steps[0]["found"] == old
    assert steps[-1]["found"] == new
    for step in steps:
        assert set(step["next"].values()) == {"next"}, "the next save works"
        assert len(step["after"]) == max(1, len(step["found"])), "and removes temporary files"


def test_a_save_flushes_the_file_before_the_rename_and_the_folder_after_it(tmp_path: Path) -> None:
    calls = [step["call"] for step in run_driver("tests.robustness.killed_saves", tmp_path, tmp_path, "save", "exit")]
    written, renamed = calls.index("write"), calls.index("rename")
    assert "fsync" in calls[written:renamed]
    assert "fsync" in calls[renamed:]
    assert calls.count("rename") == 1


@quick_and_long
def test_sigkill_at_any_moment_leaves_a_whole_file_and_the_next_save_works(tmp_path: Path) -> None:
    rounds = run_driver("tests.robustness.killed_saves", tmp_path, tmp_path, "random", KILLS)
    notes = [found["mine.toml"] for found in rounds]
    assert [found["killed"] for found in rounds] == [signal.SIGKILL] * KILLS + [0]
    assert notes[-1] == "end"
    assert [int(note) for note in notes[:-1]] == sorted(int(note) for note in notes[:-1]), "no save was undone"
    assert int(notes[-2]) >= KILLS
    assert names_in(tmp_path) == ["mine.toml"]


# Locks


def test_a_lock_is_waited_for_reported_and_released_with_its_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "mine.toml"
    monkeypatch.setattr(folder_lock, "LOCK_WAIT_S", 0.05)
    with User(tmp_path) as holder:
        assert holder.ask("hold", tmp_path) is True
        who = rf"{pwd.getpwuid(os.geteuid()).pw_name} \(process \d+, running since \d{{4}}-\d\d-\d\d \d\d:\d\d\)"
        with pytest.raises(SaveError, match=rf"the folder is locked by another save, of {who}") as caught:
            save_profile(a_profile(), path)
        assert "\n" not in str(caught.value)
        assert not path.exists()
    save_profile(a_profile(), path)
    assert names_in(tmp_path) == ["mine.toml"]


def test_only_our_own_temporary_files_are_removed(tmp_path: Path) -> None:
    ours = ".gpu-advisor-0123456789abcdef.tmp"
    others = [".gpu-advisor-mine.tmp", ".mine.toml.swp", "gpu-advisor-0123456789abcdef.tmp", "a.tmp"]
    for name in [ours, *others]:
        (tmp_path / name).write_text("left")
    save_profile(a_profile(), tmp_path / "new.toml")
    assert names_in(tmp_path) == sorted([*others, "new.toml"])


# Comparison


def test_a_file_is_replaced_only_if_unchanged_since_it_was_read(tmp_path: Path) -> None:
    path = tmp_path / "note"
    replace_file(path, b"one", None, WHAT)
    with pytest.raises(ChangedError) as new:
        replace_file(path, b"two", None, WHAT)
    assert new.value.content == b"one"
    with pytest.raises(ChangedError) as changed:
        replace_file(path, b"two", b"on", WHAT)
    assert changed.value.content == b"one"
    replace_file(path, b"two", b"one", WHAT)
    path.unlink()
    with pytest.raises(ChangedError) as gone:
        replace_file(path, b"three", b"two", WHAT)
    assert gone.value.content is None
    assert names_in(tmp_path) == []


def test_an_existing_file_is_replaced_only_with_over_and_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "memo.md"
    write_file(path, b"first", "a memo", over=False)
    path.chmod(0o640)
    with pytest.raises(FileExistsError):
        write_file(path, b"second", "a memo", over=False)
    assert path.read_bytes() == b"first"
    write_file(path, b"third", "a memo", over=True)
    assert path.read_bytes() == b"third"
    assert path.stat().st_mode & 0o777 == 0o640
    (tmp_path / "link").symlink_to("memo.md")
    (tmp_path / "loose").symlink_to("nowhere")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    for name in ("link", "loose", "pipe", "folder", ".", ".."):
        for over in (False, True):
            with pytest.raises(InputError, match=r"not a regular file|a directory"):
                write_file(tmp_path / name, b"fourth", "a memo", over=over)
    assert path.read_bytes() == b"third"
    assert names_in(tmp_path) == ["folder", "link", "loose", "memo.md", "pipe"]


def test_only_one_of_two_writers_gets_a_new_name(tmp_path: Path) -> None:
    """Also when a program without our lock takes the name after the last check."""
    with folder_lock.locked_folder(tmp_path) as folder:
        names = [atomic._write_new(folder, content, None) for content in (b"mine", b"theirs")]
        atomic._link_new(names[0], "memo.md", folder)
        with pytest.raises(FileExistsError), atomic._removed_on_error(names[1], folder):
            atomic._link_new(names[1], "memo.md", folder)
    assert (tmp_path / "memo.md").read_bytes() == b"mine"
    assert names_in(tmp_path) == ["memo.md"]


def test_a_move_never_replaces_a_file(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("a")
    (tmp_path / "b").write_text("b")
    with pytest.raises(FileExistsError):
        move_file(tmp_path / "a", tmp_path / "b")
    (tmp_path / "link").symlink_to("nowhere")
    with pytest.raises(FileExistsError):
        move_file(tmp_path / "a", tmp_path / "link")
    assert (tmp_path / "b").read_text() == "b"
    move_file(tmp_path / "a", tmp_path / "c")
    assert names_in(tmp_path) == ["b", "c", "link"]


# Links, pipes and devices


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A file outside the folder of profiles."""
    (tmp_path / "folder").mkdir()
    secret = tmp_path / "secret.toml"
    secret.write_text("secret")
    return secret


@pytest.mark.parametrize("target", ["../secret.toml", "{}", "../folder/../secret.toml", "other", "."])
def test_a_link_out_of_the_folder_is_neither_read_nor_written(target: str, outside: Path) -> None:
    folder = outside.parent / "folder"
    (folder / "other").symlink_to("../secret.toml")
    path = folder / "mine.toml"
    path.symlink_to(target.format(outside))
    with pytest.raises(InputError):
        read_file_in_folder(path, WHAT)
    with pytest.raises((InputError, OSError)):
        replace_file(path, b"overwritten", b"secret", WHAT)
    assert outside.read_text() == "secret"
    assert path.is_symlink()


def test_links_within_the_folder_are_followed_up_to_a_limit(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("real")
    (tmp_path / "one").symlink_to("real")
    (tmp_path / "two").symlink_to(tmp_path / "one")
    assert read_file_in_folder(tmp_path / "two", WHAT) == b"real"
    replace_file(tmp_path / "two", b"changed", b"real", WHAT)
    assert (tmp_path / "real").read_text() == "changed"
    assert (tmp_path / "two").is_symlink()
    (tmp_path / "round").symlink_to("round")
    with pytest.raises(InputError, match="symbolic links"):
        read_file_in_folder(tmp_path / "round", WHAT)


def test_pipes_devices_and_folders_are_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "zero").symlink_to("/dev/zero")
    for path, found in (
        (tmp_path / "pipe", "not a regular file"),
        (Path("/dev/zero"), "not a regular file"),
        (tmp_path / "zero", "not a regular file"),
        (tmp_path, "a directory"),
        (Path("/"), "a directory"),
        (Path(), "a directory"),
        (tmp_path / "..", "a directory"),
    ):
        with pytest.raises(InputError, match=found):
            read_file(path, WHAT)
        with pytest.raises(InputError):
            read_file_in_folder(path, WHAT)


def test_swaps_between_check_and_open_do_no_harm(outside: Path, tmp_path: Path) -> None:
    """A link out of the folder, a pipe without a writer, a folder or another file replaces a file after it was checked:
    nothing is read or written through it, and nothing hangs."""
    swaps = run_driver("tests.robustness.swapped_files", tmp_path, tmp_path / "folder", outside)
    results = {(swap["kind"], swap["act"]): swap["result"] for swap in swaps}
    assert all(swap["swapped"] for swap in swaps)
    assert {results[kind, act] for kind in ("link", "pipe", "folder") for act in ("read", "save")} <= {
        "InputError",
        "OSError",
    }
    assert results["file", "read"] == "other"
    assert results["file", "save"] == "ChangedError"
    assert outside.read_text() == "secret"
    assert (tmp_path / "folder" / "file-save.toml").read_text() == "other"


def test_a_large_file_is_not_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "large"
    path.write_bytes(b"")
    os.truncate(path, 1 << 40)  # a sparse terabyte
    with pytest.raises(InputError, match="1,099,511,627,776 bytes"):
        read_file(path, WHAT)


# Modes


@pytest.mark.parametrize("umask", [0o002, 0o022, 0o077])
def test_a_new_file_follows_umask_and_the_group_of_its_folder(umask: int, tmp_path: Path) -> None:
    folder = tmp_path / "shared"
    folder.mkdir()
    group = folder.stat().st_gid
    folder.chmod(0o2770)
    with User(tmp_path, umask=umask) as ann:
        assert ann.ask("save", folder / "new.toml", "hello") == "hello"
    status = (folder / "new.toml").stat()
    assert status.st_mode & 0o777 == 0o666 & ~umask
    assert status.st_gid == group


def test_a_file_that_may_not_be_written_is_not_replaced(tmp_path: Path) -> None:
    """The folder allows it, the mode of the file does not."""
    path = tmp_path / "mine.toml"
    save_profile(noted("old"), path)
    path.chmod(0o444)
    with User(tmp_path) as ann:
        assert "may not write" in ann.ask("open", path)["read_only"]
        assert "permission denied" in ann.ask("save", path, "new")
    assert load_profile(path, BOOK).notes == "old"


# Limits and errors of the disk


def test_what_is_too_long_to_be_read_is_not_written(tmp_path: Path) -> None:
    """A profile just below the limit grows by one value: the old file stays, and opens."""
    path = tmp_path / "mine.toml"
    save_profile(noted("old"), path)
    text = path.read_bytes()
    path.write_bytes(b"# " + b"x" * (atomic.MAX_BYTES - len(text) - 3) + b"\n" + text)
    content = path.read_bytes()
    with pytest.raises(SaveError, match="bytes to save; allowed: a profile in TOML, of at most 256 kB"):
        save_profile(noted("a longer note"), path, content)
    assert path.read_bytes() == content
    assert load_profile(path, BOOK).notes == "old"
    save_profile(noted("new"), path, content)
    assert load_profile(path, BOOK).notes == "new"


@pytest.mark.parametrize("code", [errno.EIO, errno.EINVAL, errno.ENOSYS])
def test_an_error_after_the_file_has_its_name_is_not_a_failed_save(
    code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder cannot be flushed: the new content is there, so the save counts and the next one is not a conflict."""
    flush = os.fsync

    def failing(handle: int) -> None:
        if stat.S_ISDIR(os.fstat(handle).st_mode):
            raise OSError(code, os.strerror(code))
        flush(handle)

    monkeypatch.setattr(os, "fsync", failing)
    path = tmp_path / "below" / "mine.toml"
    first = save_profile(noted("first"), path)
    second = save_profile(noted("second"), path, first.content)
    save_profile(noted("third"), path, second.content)
    assert load_profile(path, BOOK).notes == "third"
    restore_profile(delete_profile(path))
    assert names_in(path.parent) == [".trash", "mine.toml"]


@pytest.mark.parametrize("call", ["write", "fsync", "close", "rename"])
def test_an_error_before_the_file_has_its_name_leaves_the_old_file_alone(
    call: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "mine.toml"
    saved = save_profile(noted("old"), path)
    working = getattr(os, call)

    def failing(*arguments: object, **named: object) -> object:
        if call == "close" and not (isinstance(arguments[0], int) and _is_temporary(arguments[0])):
            return working(*arguments)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(os, call, failing)
        with pytest.raises(SaveError, match="no space left on device"):
            save_profile(noted("new"), path, saved.content)
    assert names_in(tmp_path) == ["mine.toml"]
    save_profile(noted("next"), path, saved.content)
    assert load_profile(path, BOOK).notes == "next"


def _is_temporary(handle: int) -> bool:
    return Path(f"/proc/self/fd/{handle}").readlink().suffix == ".tmp"
