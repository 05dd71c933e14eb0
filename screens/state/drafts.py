"""Unsaved edits that survive a lost terminal, a kill and a power cut: written to the state directory after every edit,
offered at the next start. A draft is locked by the run it belongs to; the lock ends with the run, however it ends."""

import errno
import json
import os
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from advisor.files.atomic import lock_file, write_locked_file
from advisor.files.toml_document import fresh_content
from advisor.paths import drafts_folder
from advisor.profiles.store import profile_table
from advisor.values.quick_dataclass import dataclass

if TYPE_CHECKING:
    from advisor.profiles.schema import Profile

_HEAD = "# Unsaved edits of "
_PATIENCE_S = 0.2  # with a disk that hangs while the program is being ended


@dataclass(frozen=True)
class Draft:
    """A profile with unsaved edits: its name, the file it was read from (None for a new one), when it was written;
    stamp: the same in nanoseconds, as the file system has it."""

    path: Path
    name: str
    of: Path | None
    when: datetime
    stamp: int


class DraftKeeper:
    """Keeps the unsaved edits of one run. Safe from any thread: a thread that comes too late does not keep an edit that
    was saved or dropped meanwhile."""

    def __init__(self) -> None:
        self._path = drafts_folder() / f"{datetime.now():%Y%m%d-%H%M%S}-{_host()}-{os.getpid()}.toml"
        self._lock = Lock()
        self._handle: int | None = None
        self._kept: Profile | None = None
        self.version = 0

    def keep(self, profile: "Profile", of: Path | None, version: int) -> None:
        """Write a profile to the draft and onto the disk, unless there was a `drop` since this `version`. Raises
        OSError, also when the disk does not answer."""
        if not self._lock.acquire(timeout=_PATIENCE_S):
            raise TimeoutError(errno.ETIMEDOUT, "the disk does not answer")
        try:
            if version == self.version and profile != self._kept:
                head = f"{_HEAD}{json.dumps(None if of is None else str(of.absolute()))}\n"
                handle = write_locked_file(self._path, head.encode() + fresh_content(profile_table(profile)))
                self._close()
                self._handle = handle
                self._kept = profile
        finally:
            self._lock.release()

    def drop(self) -> None:
        """Remove the draft: nothing is unsaved."""
        with self._lock:
            self.version += 1
            if self._kept is not None:
                with suppress(OSError):
                    self._path.unlink(missing_ok=True)
                self._kept = None
            self._close()

    def release(self) -> None:
        """Leave the draft to the next run, as the end of the program does."""
        with self._lock:
            self._close()

    def _close(self) -> None:
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


def _host() -> str:
    """This machine's name as a part of a file's name."""
    return "".join(letter if letter.isalnum() else "_" for letter in os.uname().nodename)[:60]


@contextmanager
def _left_behind(path: Path) -> Iterator[bool]:
    """Whether the run that a draft belongs to is over; no other run takes the draft while this is checked. Where the
    file system cannot lock, a draft of another machine counts as in use."""
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        locked = lock_file(handle)
        yield locked is True or (locked is None and _has_ended(path.stem))
    finally:
        os.close(handle)


def _has_ended(stem: str) -> bool:
    """Whether the process that a draft's name tells ran on this machine and is no more."""
    *_, host, process = f"-{stem}".rsplit("-", 2)
    if host != _host() or not process.isascii() or not process.isdigit():
        return False
    try:
        os.kill(int(process), 0)
    except (ProcessLookupError, OverflowError):
        return True
    except PermissionError:
        pass
    return False


def discard_draft(draft: Draft) -> None:
    """Remove a draft that was left behind, unless another run uses it now or has written it since. Raises OSError."""
    with suppress(FileNotFoundError), _left_behind(draft.path) as left:
        if left and draft.path.stat().st_mtime_ns == draft.stamp:
            draft.path.unlink()


def kept_drafts() -> list[Draft]:
    """The drafts that earlier runs left behind, newest first; one that holds nothing is cleared away."""
    drafts = []
    with suppress(OSError):
        for path in drafts_folder().glob("*.toml"):
            with suppress(OSError), _left_behind(path) as left:
                if not left:
                    continue
                draft = _read(path)
                if draft is None:
                    path.unlink()
                else:
                    drafts.append(draft)
    return sorted(drafts, key=lambda draft: draft.when, reverse=True)


def _read(path: Path) -> Draft | None:
    """The properties of a draft; None when it is empty."""
    of, name = None, path.stem
    with suppress(ValueError):
        text = path.read_text(encoding="utf-8")
        head = text.partition("\n")[0].removeprefix(_HEAD)
        table = tomllib.loads(text)
        if not table:
            return None
        name = str(table.get("name", name))
        path_text = json.loads(head)
        of = Path(path_text) if isinstance(path_text, str) else None
    printable = "".join(character if character.isprintable() else "?" for character in name)[:60]
    written = path.stat()
    return Draft(path, printable, of, datetime.fromtimestamp(written.st_mtime), written.st_mtime_ns)
