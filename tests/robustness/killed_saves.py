"""Saves that die at every step, and what is found in the folder then.

    .venv/bin/python -m tests.robustness.killed_saves FOLDER save|create|rename|duplicate|delete|restore|draft exit|half

A child does the work with every function of `os` counted, and dies before the n-th call without any clean-up; with
`half`, a write that would be the n-th call puts half of its bytes on the disk first. The parent, whose functions are
untouched, says what it found: one JSON line a step.
"""

import contextlib
import fcntl
import functools
import json
import os
import random
import shutil
import signal
import sys
import time
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

from advisor.errors import AdvisorError
from advisor.market.price_book import built_in_book
from advisor.profiles.store import duplicate_profile, open_profile, open_to_edit, rename_profile, save_profile
from advisor.profiles.trash import delete_profile, restore_profile, trashed_profiles
from screens.state.drafts import DraftKeeper, kept_drafts
from tests.support.user_process import noted

DIED = 77
_NO_SYSTEM_CALL = {"fspath", "_exit", "fsencode", "fsdecode"}


def count_calls(die_at: int, *, half: bool, seen: Callable[[str], object]) -> None:
    """From now on count every call into the operating system and die before number `die_at`."""
    number = 0

    def counted(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def call(*arguments: Any, **named: Any) -> Any:
            nonlocal number
            number += 1
            seen(name)
            if number == die_at:
                if half and name == "write":
                    function(arguments[0], arguments[1][: len(arguments[1]) // 2])
                exit_now(DIED)
            return function(*arguments, **named)

        return call

    exit_now = os._exit
    for name, function in list(vars(os).items()):
        if isinstance(function, types.BuiltinFunctionType) and name not in _NO_SYSTEM_CALL:
            setattr(os, name, counted(name, function))
    fcntl.flock = counted("flock", fcntl.flock)


def work(task: str, path: Path) -> None:
    """One thing that changes the folder."""
    if task == "create":
        save_profile(noted("new"), path)
    elif task == "save":
        save_profile(noted("new"), path, path.read_bytes())
    elif task == "rename":
        rename_profile(open_to_edit(path, built_in_book()), path, "other")
    elif task == "duplicate":
        duplicate_profile(open_to_edit(path, built_in_book()), path.parent, "other")
    elif task == "delete":
        delete_profile(path)
    elif task == "restore":
        restore_profile(trashed_profiles(path.parent)[0])
    else:
        keep_draft("new")


def keep_draft(notes: str) -> None:
    """As the app does after an edit; let go at once, as by a run that is over."""
    keeper = keeper_of(os.environ["XDG_STATE_HOME"])
    keeper.keep(noted(notes), None, keeper.version)
    keeper.let_go()


@functools.cache
def keeper_of(_: str) -> DraftKeeper:
    """The same for all edits of a step."""
    return DraftKeeper()


def begin(task: str, path: Path) -> None:
    """What was there before."""
    os.environ["XDG_STATE_HOME"] = str(path.parent)
    if task == "draft":
        keep_draft("old")
    elif task != "create":
        save_profile(noted("old"), path)
    if task == "restore":
        delete_profile(path)


def found_in(task: str, folder: Path) -> dict[str, str]:
    """What the next start would find."""
    if task == "draft":
        (draft,) = kept_drafts()
        return {"draft": open_profile(draft.path, built_in_book()).notes}
    return notes_in(folder)


def go_on(task: str, folder: Path, found: dict[str, str]) -> None:
    """Somebody goes on working."""
    if task == "draft":
        keep_draft("next")
        return
    for left in list(found) or ["mine.toml"]:
        file = folder / left
        save_profile(noted("next"), file, file.read_bytes() if file.exists() else None)


def notes_in(folder: Path) -> dict[str, str]:
    """What every profile of a folder says, its trash included; raises when one cannot be read."""
    return {
        str(path.relative_to(folder)): open_to_edit(path, built_in_book()).profile.notes
        for path in sorted(folder.rglob("*.toml"))
    }


def die_at_every_step(folder: Path, task: str, *, half: bool) -> None:
    """One JSON line a step: the call before which it died, what was found, and what was left after the next save."""
    died, step = True, 0
    while died:
        step += 1
        here = folder / f"{step}"
        path = here / "mine.toml"
        here.mkdir()
        begin(task, path)
        died, call = _die_once(task, path, step, half=half)
        found = found_in(task, here)
        go_on(task, here, found)
        after = sorted(str(file.relative_to(here)) for file in here.rglob("*") if file.is_file())
        print(json.dumps({"call": call, "died": died, "found": found, "after": after, "next": found_in(task, here)}))  # noqa: T201


def _die_once(task: str, path: Path, step: int, *, half: bool) -> tuple[bool, str]:
    """Whether the child died, and the name of the last call it made."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        tell, leave = os.write, os._exit
        count_calls(step, half=half, seen=lambda name: tell(writer, f"{name} ".encode()))
        work(task, path)
        leave(0)
    os.close(writer)
    with os.fdopen(reader) as calls:
        names = calls.read().split()
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == DIED, names[-1]


def kill_at_random(folder: Path, rounds: int, seed: int) -> None:
    """A child saves without end and is killed at any moment: one JSON line a round with what was found."""
    chance = random.Random(seed)
    path = folder / "mine.toml"
    save_profile(noted("0"), path)
    for _ in range(rounds):
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            opened = open_to_edit(path, built_in_book())
            while True:
                notes = f"{int(opened.profile.notes) + 1}"
                opened = save_profile(opened.profile.model_copy(update={"notes": notes}), path, opened.content)
                os.write(writer, b".")
        os.close(writer)
        os.read(reader, 1)  # however slow the machine is, one save is done
        time.sleep(chance.uniform(0, 0.03))
        os.kill(child, signal.SIGKILL)
        status = os.waitpid(child, 0)[1]
        os.close(reader)
        print(json.dumps({"killed": os.WTERMSIG(status), **notes_in(folder)}))  # noqa: T201
    with contextlib.suppress(AdvisorError):
        save_profile(noted("end"), path, path.read_bytes())
    print(json.dumps({"killed": 0, **notes_in(folder)}))  # noqa: T201


def main() -> None:
    """As the arguments say."""
    folder, task, how = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    noted("")
    save_profile(noted("a"), folder / "warm.toml", None)
    work("save", folder / "warm.toml")  # everything is loaded before anybody dies
    os.environ["XDG_STATE_HOME"] = str(folder / "warm")
    keep_draft("a")
    found_in("draft", folder)
    shutil.rmtree(folder / "warm")
    (folder / "warm.toml").unlink()
    if task == "random":
        kill_at_random(folder, int(how), seed=1)
    else:
        die_at_every_step(folder, task, half=how == "half")


if __name__ == "__main__":
    main()
