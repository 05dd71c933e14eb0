"""A user who works on profiles in a process of its own: its saves, account, umask and death are those of the system.

with User() as ann:
    ann.ask("open", path)
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.support.folders import ROOT
from tests.support.processes import bound_by_permissions, clean_environment


@dataclass(frozen=True)
class Account:
    """An account of the operating system."""

    uid: int
    gid: int
    groups: tuple[int, ...]


@dataclass
class Loaded:
    """The profile a user has open, as the user last saw it, and what the user deleted."""

    path: Path = Path()
    content: bytes | None = None
    trashed: list[Any] = field(default_factory=list)


class User:
    """A process that opens, edits and saves on request."""

    def __init__(self, home: Path, account: Account | None = None, umask: int = 0o022) -> None:
        if account is not None and account.uid == os.geteuid():
            account = None  # our own, which is taken on by doing nothing
        who = [] if account is None else [str(account.uid), str(account.gid), ",".join(map(str, account.groups))]
        command = [sys.executable, "-B", "-m", "tests.support.user_process", str(umask), *who]
        self.process = subprocess.Popen(
            bound_by_permissions(command) if account is None else command,
            env=clean_environment(home),
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def send(self, action: str, path: Path, *rest: Any) -> None:
        """Ask for an action without waiting for its result."""
        assert self.process.stdin is not None
        print(json.dumps([action, str(path), *rest]), file=self.process.stdin, flush=True)

    def receive(self) -> Any:
        """The result of the oldest action still open, or the name and text of its error."""
        assert self.process.stdout is not None
        return json.loads(self.process.stdout.readline())

    def ask(self, action: str, path: Path, *rest: Any) -> Any:
        """Ask for an action and wait for its result."""
        self.send(action, path, *rest)
        return self.receive()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.process.kill()
        self.process.communicate()


def _open(loaded: Loaded, path: Path) -> Any:
    from advisor.market.price_book import built_in_book
    from advisor.profiles.store import load_to_edit

    opened = load_to_edit(path, built_in_book())
    loaded.path, loaded.content = path, opened.content
    return {"notes": opened.profile.notes, "read_only": opened.read_only}


def _save(loaded: Loaded, path: Path, notes: str) -> Any:
    from advisor.profiles.store import save_profile

    loaded.content = save_profile(noted(notes), path, loaded.content if loaded.path == path else None).content
    loaded.path = path
    return notes


def _save_many(loaded: Loaded, path: Path, who: str, saves: int) -> list[tuple[str, str]]:
    return save_many(path, who, saves)


def _delete(loaded: Loaded, path: Path) -> Any:
    from advisor.profiles.trash import delete_profile

    loaded.trashed.append(delete_profile(path))
    return str(loaded.trashed[-1].path)


def _rename(loaded: Loaded, path: Path, name: str) -> Any:
    from advisor.market.price_book import built_in_book
    from advisor.profiles.store import load_to_edit, rename_profile

    return str(rename_profile(load_to_edit(path, built_in_book()), path, name)[1])


def _duplicate(loaded: Loaded, path: Path, name: str) -> Any:
    from advisor.market.price_book import built_in_book
    from advisor.profiles.store import duplicate_profile, load_to_edit

    return str(duplicate_profile(load_to_edit(path, built_in_book()), path.parent, name)[1])


def _restore(loaded: Loaded, folder: Path) -> Any:
    from advisor.profiles.trash import restore_profile, trashed_profiles

    return [str(restore_profile(trashed)) for trashed in trashed_profiles(folder)]


def _hold(loaded: Loaded, folder: Path) -> Any:
    """Take the lock of a folder and keep it."""
    from advisor.files.folder_lock import locked_folder

    loaded.trashed.append(locked_folder(folder))
    return loaded.trashed[-1].__enter__() >= 0


ACTIONS: dict[str, Callable[..., Any]] = {
    "open": _open, "save": _save, "save many": _save_many, "delete": _delete, "restore": _restore, "hold": _hold,
    "rename": _rename, "duplicate": _duplicate,
}  # fmt: skip


def noted(notes: str) -> Any:
    """A small profile that carries a note."""
    from advisor.market.price_book import built_in_book
    from advisor.profiles.validation import parse_profile

    work = {"kind": "fine-tune", "nodes": 1, "months": 3.0}
    return parse_profile({"name": "shared", "notes": notes, "workload": [work]}, built_in_book())


def save_many(path: Path, who: str, saves: int) -> list[tuple[str, str]]:
    """Save one profile `saves` times while others do the same: read it again after a conflict, try again after a
    refusal (on a busy machine the folder may stay locked for too long).

    Returns: for every acknowledged save its note, and the note it knowingly replaced.
    """
    from advisor.errors import SaveError
    from advisor.market.price_book import built_in_book
    from advisor.profiles.merge import ConflictError
    from advisor.profiles.store import load_to_edit, save_profile

    book = built_in_book()
    opened = load_to_edit(path, book)
    done: list[tuple[str, str]] = []
    while len(done) < saves:
        mine = opened.profile.model_copy(update={"notes": f"{who} {len(done)}"})
        try:
            saved = save_profile(mine, path, opened.content)
        except ConflictError:
            opened = load_to_edit(path, book)
            continue
        except SaveError as refusal:
            if "locked by another save" not in str(refusal):
                raise
            continue
        done.append((mine.notes, opened.profile.notes))
        opened = saved
    return done


def chain(initial: str, saved: list[tuple[str, str]]) -> list[str]:
    """The notes in the order in which they stood in the file.

    It is as long as the number of saves when none was lost; two saves over the same version, or one over a version
    never seen, cut it short.
    """
    after = {over: note for note, over in saved}
    notes = [initial]
    while notes[-1] in after and len(notes) <= len(saved):
        notes.append(after[notes[-1]])
    return notes


def _serve(umask: int, account: Account | None) -> None:
    """Take on an account and carry out the actions on stdin, one a line."""
    from advisor.errors import AdvisorError

    _warm_up()
    if account is not None:
        os.setgroups(account.groups)
        os.setgid(account.gid)
        os.setuid(account.uid)
    os.umask(umask)
    loaded = Loaded()
    for line in sys.stdin:
        action, path, *rest = json.loads(line)
        try:
            answer = ACTIONS[action](loaded, Path(path), *rest)
        except AdvisorError as error:
            answer = f"{type(error).__name__}: {error}"
        print(json.dumps(answer), flush=True)  # noqa: T201 - the answer


def _warm_up() -> None:
    """Load everything before the account changes: the new one may not be allowed to read this checkout."""
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        loaded = Loaded()
        _save(loaded, Path(folder) / "a.toml", "")
        _save(loaded, Path(folder) / "a.toml", "again")
        _open(loaded, Path(folder) / "a.toml")
        _duplicate(loaded, Path(folder) / "a.toml", "b")
        _rename(loaded, Path(folder) / "a.toml", "c")
        _delete(loaded, Path(folder) / "c.toml")
        _restore(loaded, Path(folder))


if __name__ == "__main__":
    mask, *who = sys.argv[1:]
    groups = tuple(int(group) for group in who[2].split(",")) if who else ()
    _serve(int(mask), Account(int(who[0]), int(who[1]), groups) if who else None)
