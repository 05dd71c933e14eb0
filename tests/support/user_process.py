"""Somebody who works on profiles, as a process of its own: other people's saves, accounts, umasks and deaths are real.

with Person() as ann:
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
    """Who a person is to the operating system; None for whoever runs the tests."""

    uid: int
    gid: int
    groups: tuple[int, ...]


@dataclass
class Desk:
    """What a person has on the table: the profile they opened, as they last saw it."""

    path: Path = Path()
    content: bytes | None = None
    trashed: list[Any] = field(default_factory=list)


class Person:
    """A process that opens, edits and saves on request."""

    def __init__(self, home: Path, account: Account | None = None, umask: int = 0o022) -> None:
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

    def tell(self, action: str, path: Path, *rest: Any) -> None:
        """Ask for something without waiting for it."""
        assert self.process.stdin is not None
        print(json.dumps([action, str(path), *rest]), file=self.process.stdin, flush=True)

    def hear(self) -> Any:
        """The answer to what was told: a result, or the words of an error after its name."""
        assert self.process.stdout is not None
        return json.loads(self.process.stdout.readline())

    def ask(self, action: str, path: Path, *rest: Any) -> Any:
        """Tell and hear."""
        self.tell(action, path, *rest)
        return self.hear()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.process.kill()
        self.process.communicate()


def _open(desk: Desk, path: Path) -> Any:
    from advisor.market.price_book import built_in_book
    from advisor.profiles.store import open_to_edit

    opened = open_to_edit(path, built_in_book())
    desk.path, desk.content = path, opened.content
    return {"notes": opened.profile.notes, "read_only": opened.read_only}


def _save(desk: Desk, path: Path, notes: str) -> Any:
    from advisor.profiles.store import save_profile

    desk.content = save_profile(noted(notes), path, desk.content if desk.path == path else None).content
    desk.path = path
    return notes


def _save_many(desk: Desk, path: Path, who: str, saves: int) -> list[tuple[str, str]]:
    return save_many(path, who, saves)


def _delete(desk: Desk, path: Path) -> Any:
    from advisor.profiles.trash import delete_profile

    desk.trashed.append(delete_profile(path))
    return str(desk.trashed[-1].path)


def _rename(desk: Desk, path: Path, name: str) -> Any:
    from advisor.market.price_book import built_in_book
    from advisor.profiles.store import open_to_edit, rename_profile

    return str(rename_profile(open_to_edit(path, built_in_book()), path, name)[1])


def _duplicate(desk: Desk, path: Path, name: str) -> Any:
    from advisor.market.price_book import built_in_book
    from advisor.profiles.store import duplicate_profile, open_to_edit

    return str(duplicate_profile(open_to_edit(path, built_in_book()), path.parent, name)[1])


def _restore(desk: Desk, folder: Path) -> Any:
    from advisor.profiles.trash import restore_profile, trashed_profiles

    return [str(restore_profile(trashed)) for trashed in trashed_profiles(folder)]


def _hold(desk: Desk, folder: Path) -> Any:
    """Take the lock of a folder and never let go."""
    from advisor.files.atomic import locked_folder

    desk.trashed.append(locked_folder(folder))
    return desk.trashed[-1].__enter__() >= 0


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
    """Save one profile so many times among others who do the same, reading it again after every conflict and trying
    again after every refusal: on a busy machine the folder may stay locked for too long. For every acknowledged save:
    its note, and the note it was knowingly written over."""
    from advisor.errors import SaveError
    from advisor.market.price_book import built_in_book
    from advisor.profiles.merge import ConflictError
    from advisor.profiles.store import open_to_edit, save_profile

    book = built_in_book()
    opened = open_to_edit(path, book)
    done: list[tuple[str, str]] = []
    while len(done) < saves:
        mine = opened.profile.model_copy(update={"notes": f"{who} {len(done)}"})
        try:
            saved = save_profile(mine, path, opened.content)
        except ConflictError:
            opened = open_to_edit(path, book)
            continue
        except SaveError as refusal:
            if "locked by another save" not in str(refusal):
                raise
            continue
        done.append((mine.notes, opened.profile.notes))
        opened = saved
    return done


def chain(initial: str, saved: list[tuple[str, str]]) -> list[str]:
    """The notes in the order in which they stood in the file. As long as there were saves, when none was lost; two
    saves over the same version, or one over a version never seen, break it off."""
    after = {over: note for note, over in saved}
    notes = [initial]
    while notes[-1] in after and len(notes) <= len(saved):
        notes.append(after[notes[-1]])
    return notes


def _serve(umask: int, account: Account | None) -> None:
    """Become somebody and do what is asked, line by line."""
    from advisor.errors import AdvisorError

    _warm_up()
    if account is not None:
        os.setgroups(account.groups)
        os.setgid(account.gid)
        os.setuid(account.uid)
    os.umask(umask)
    desk = Desk()
    for line in sys.stdin:
        action, path, *rest = json.loads(line)
        try:
            answer = ACTIONS[action](desk, Path(path), *rest)
        except AdvisorError as error:
            answer = f"{type(error).__name__}: {error}"
        print(json.dumps(answer), flush=True)  # noqa: T201 - the answer


def _warm_up() -> None:
    """Load everything before the account changes: its new owner may not read this checkout."""
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        desk = Desk()
        _save(desk, Path(folder) / "a.toml", "")
        _save(desk, Path(folder) / "a.toml", "again")
        _open(desk, Path(folder) / "a.toml")
        _duplicate(desk, Path(folder) / "a.toml", "b")
        _rename(desk, Path(folder) / "a.toml", "c")
        _delete(desk, Path(folder) / "c.toml")
        _restore(desk, Path(folder))


if __name__ == "__main__":
    mask, *who = sys.argv[1:]
    groups = tuple(int(group) for group in who[2].split(",")) if who else ()
    _serve(int(mask), Account(int(who[0]), int(who[1]), groups) if who else None)
