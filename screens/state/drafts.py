"""Unsaved edits that survive a lost terminal, a kill and a power cut: written to the state directory after every edit,
offered at the next start. A draft is locked by the run it belongs to; the lock ends with the run, however it ends."""

import errno
import fcntl
import json
import os
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from advisor.files.atomic import make_folder
from advisor.files.toml_document import fresh_content
from advisor.paths import state_folder
from advisor.profiles.store import profile_table

if TYPE_CHECKING:
    from advisor.profiles.schema import Profile

_HEAD = "# Unsaved edits of "
_HALF_WRITTEN = ".new"
_PATIENCE_S = 0.2  # with a disk that hangs while the program is being ended


@dataclass(frozen=True)
class Draft:
    """A profile with unsaved edits: its name, the file it was read from (None for a new one), when it was written."""

    path: Path
    name: str
    of: Path | None
    when: datetime


class DraftKeeper:
    """Keeps the unsaved edits of one run. Safe from any thread: a thread that comes too late does not keep an edit that
    was saved or dropped meanwhile."""

    def __init__(self) -> None:
        self._path = _folder() / f"{datetime.now():%Y%m%d-%H%M%S}-{os.getpid()}.toml"
        self._lock = Lock()
        self._handle: int | None = None
        self._kept: Profile | None = None
        self.version = 0

    def keep(self, profile: "Profile", of: Path | None, version: int) -> None:
        """Write a profile to the draft and onto the disk, unless there was a `drop` since this `version`. Raises
        OSError."""
        if not self._lock.acquire(timeout=_PATIENCE_S):
            return
        try:
            if version == self.version and profile != self._kept:
                head = f"{_HEAD}{json.dumps(None if of is None else str(of.absolute()))}\n"
                self._write(head.encode() + fresh_content(profile_table(profile)))
                self._kept = profile
        finally:
            self._lock.release()

    def _write(self, content: bytes) -> None:
        make_folder(self._path.parent)
        new = self._path.with_suffix(_HALF_WRITTEN)
        handle = os.open(new, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            _is_free(handle)  # and locked by this run from here on
            rest = memoryview(content)
            while rest:
                rest = rest[os.write(handle, rest) :]
            os.fsync(handle)
            new.rename(self._path)
        except BaseException:
            os.close(handle)
            new.unlink(missing_ok=True)
            raise
        self._close()
        self._handle = handle
        _flush(self._path.parent)

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


def _folder() -> Path:
    return state_folder() / "drafts"


def _flush(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _is_free(handle: int) -> bool:
    """Whether no other run has locked a draft; it is locked through this handle then. A file system without locks
    counts as free."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in (errno.EWOULDBLOCK, errno.EAGAIN)
    return True


@contextmanager
def _left_behind(path: Path) -> Iterator[bool]:
    """Whether the run that a draft belongs to is over; no other run takes the draft while this is checked."""
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        yield _is_free(handle)
    finally:
        os.close(handle)


def kept_drafts() -> list[Draft]:
    """The drafts that earlier runs left behind, newest first; one that was never finished is deleted."""
    drafts = []
    with suppress(OSError):
        for path in [*_folder().glob("*.toml"), *_folder().glob(f"*{_HALF_WRITTEN}")]:
            with suppress(OSError), _left_behind(path) as left:
                if not left:
                    continue
                draft = _read(path) if path.suffix != _HALF_WRITTEN else None
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
    return Draft(path, printable, of, datetime.fromtimestamp(path.stat().st_mtime))
