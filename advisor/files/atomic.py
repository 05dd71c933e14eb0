"""Reading and atomic writing of the user's files, also in a folder that several users share.

A folder is opened once and its files are reached through that handle, so that nothing can be swapped in between. On a
file system that cannot lock folders (some network ones) only the comparison with the content last read protects a file.
"""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from advisor.errors import InputError, reason_of
from advisor.files.folder_lock import FOLDER, locked_folder, temporary_name
from advisor.files.permissions import Permissions, give_permissions, make_folder_like, permissions_of

MAX_BYTES = 256 * 1024
_MAX_LINKS = 8
_SEARCH_ONLY = getattr(os, "O_PATH", 0)  # a folder may be searched but not listed
_NO_LINKS = {errno.EPERM, errno.ENOSYS, errno.EOPNOTSUPP}  # a file system without hard links


class ChangedError(Exception):
    """A file has changed since its writer read it. content: what it contains now, or None when it is gone."""

    def __init__(self, content: bytes | None) -> None:
        self.content = content
        super().__init__("the file has changed")


def read_file(path: Path, what: str) -> bytes:
    """The content of a small regular file; links are followed. Devices, pipes and folders are not opened.

    Args:
        path: the file.
        what: what the file should be, for the error: "a profile".

    Raises:
        InputError: for no such file, another kind of file, or one over `MAX_BYTES`.
    """
    with _as_input_error(path, what):
        return _read(str(path), None, path, what)


def read_file_in_folder(path: Path, what: str) -> bytes:
    """As `read_file`, for a folder where others write: a link that leads out of the folder is not followed."""
    with _as_input_error(path, what):
        folder = os.open(path.parent, FOLDER | _SEARCH_ONLY)
        try:
            return _read(_real_name(folder, path), folder, path, what)
        finally:
            os.close(folder)


def replace_file(path: Path, content: bytes, seen: bytes | None, what: str) -> None:
    """Replace a file atomically and durably if it has not changed since it was read.

    Mode, group and access list of an existing file are kept; a new one follows umask and folder.

    Args:
        path: the file.
        content: its new content.
        seen: its content when it was read, None when there was no such file.
        what: what the file should be, for the error.

    Raises:
        ChangedError: when its content is another one now.
        InputError: when something else than a small regular file is there, or the new content is too long to be read.
        OSError: when it cannot be written.
    """
    if len(content) > MAX_BYTES:
        raise InputError(str(path), f"{len(content):,} bytes to save", _allowed(what))
    with locked_folder(path.parent) as folder:
        name = _real_name(folder, path)
        old = _status(name, folder)
        found = None if old is None else _read(name, folder, path, what)
        if found != seen:
            raise ChangedError(found)
        if found == content:
            return
        if old is not None and not os.access(name, os.W_OK, dir_fd=folder, effective_ids=True):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        temporary = _write_new(folder, content, None if old is None else _permissions(name, folder))
        with _removed_on_error(temporary, folder):
            os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
        _flush_names(folder)


def write_file(path: Path, content: bytes, what: str, *, over: bool) -> None:
    """Write a file atomically and durably. An existing one is replaced only with `over`, and keeps mode and group.

    Raises:
        FileExistsError: when there is one already, without `over`.
        InputError: when something else than a regular file is there; links are not followed.
        OSError: when it cannot be written.
    """
    with locked_folder(path.parent) as folder:
        old = _status(path.name, folder) if path.name else os.fstat(folder)
        if old is not None:
            _check_kind(old, path, what)
            if not over:
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
            if not os.access(path.name, os.W_OK, dir_fd=folder, effective_ids=True):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        temporary = _write_new(folder, content, None if old is None else _permissions(path.name, folder))
        with _removed_on_error(temporary, folder):
            if old is None:
                _link_new(temporary, path.name, folder)
            else:
                os.rename(temporary, path.name, src_dir_fd=folder, dst_dir_fd=folder)
        _flush_names(folder)


def write_private_file(path: Path, content: bytes) -> None:
    """Write a file that only its owner may read, atomically and durably; a file or link of that name is replaced.

    Missing folders are made, for the owner alone. Raises OSError.
    """
    os.close(write_locked_file(path, content))


def write_locked_file(path: Path, content: bytes) -> int:
    """As `write_private_file`, and lock the file itself until the returned handle is closed.

    The lock is taken before the file has its name, so that no other process finds it unlocked in between.
    """
    make_folder(path.parent)
    with locked_folder(path.parent) as folder:
        temporary, handle = _open_new(folder, content, 0o600)
        try:
            with _removed_on_error(temporary, folder):
                lock_file(handle)
                os.rename(temporary, path.name, src_dir_fd=folder, dst_dir_fd=folder)
            _flush_names(folder)
        except BaseException:
            os.close(handle)
            raise
    return handle


def lock_file(handle: int) -> bool | None:
    """Lock an open file until its handle is closed; False when another process has locked it, None when the file system
    cannot lock."""
    import fcntl

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return False if error.errno in (errno.EWOULDBLOCK, errno.EAGAIN) else None
    return True


def _link_new(temporary: str, name: str, folder: int) -> None:
    """Give a new file its name unless the name was taken meanwhile, which a rename would not notice."""
    try:
        os.link(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
    else:
        with suppress(OSError):  # the file has its name; the next writer removes the other one
            os.unlink(temporary, dir_fd=folder)


def _flush_names(folder: int) -> None:
    """Flush what has been renamed in a folder to the disk. An error does not count: the file has its new name by now,
    its content is on the disk, and to call it not saved would be wrong."""
    with suppress(OSError):
        os.fsync(folder)


@contextmanager
def _removed_on_error(temporary: str, folder: int) -> Iterator[None]:
    """Remove a new file when it cannot be put in its place."""
    try:
        yield
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary, dir_fd=folder)
        raise


def fingerprint(content: bytes) -> str:
    """A short hash that tells one content from another."""
    import hashlib  # only to write

    return hashlib.blake2b(content, digest_size=16).hexdigest()


def move_file(path: Path, target: Path, seen: str = "", what: str = "a file") -> None:
    """Move a file to a free name: in its folder, into one below it, or back up.

    Args:
        path: the file.
        target: its new name.
        seen: the fingerprint of the content that the caller has read; empty to move any content.
        what: what the file should be, for the error.

    Raises:
        ChangedError: when its content is another one now.
        FileExistsError: when the new name is taken.
        InputError: when something else than a small regular file is there.
        OSError: when it cannot be moved.
    """
    upper, lower = sorted((path.parent, target.parent), key=lambda folder: len(folder.parts))
    with locked_folder(upper) as folder:
        below = (
            os.open(lower, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC | os.O_NOFOLLOW) if lower != upper else folder
        )
        source, goal = (folder, below) if path.parent == upper else (below, folder)
        try:
            if _status(target.name, goal) is not None:
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
            if seen:
                found = _read(_real_name(source, path), source, path, what)
                if fingerprint(found) != seen:
                    raise ChangedError(found)
            os.rename(path.name, target.name, src_dir_fd=source, dst_dir_fd=goal)
            _flush_names(goal)
            _flush_names(source)
        finally:
            if below != folder:
                os.close(below)


def make_folder(path: Path, mode: int = 0o700) -> None:
    """Make a folder and those above it where they are missing, durably. Raises OSError."""
    if path.is_dir():
        return
    make_folder(path.parent, mode)
    with suppress(FileExistsError):  # another process was quicker
        path.mkdir(mode)
    above = os.open(path.parent, FOLDER)
    try:
        _flush_names(above)
    finally:
        os.close(above)


def make_folder_beside(path: Path, name: str) -> None:
    """Make a folder in the folder of a file, with the permissions of that one. Raises OSError."""
    above = os.open(path.parent, FOLDER)
    try:
        make_folder_like(name, above)
    finally:
        os.close(above)


def may_write_in(folder: Path) -> bool:
    """Whether files can be made in a folder, or the folder itself where it is missing."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return folder.is_dir() and os.access(folder, os.W_OK | os.X_OK, effective_ids=True)


def read_only_because(path: Path) -> str:
    """Why a file cannot be saved where it lies, in one line; empty when it can."""
    if not os.access(path.parent, os.W_OK | os.X_OK, effective_ids=True):
        return f"read-only: you may not write to {path.parent}; saving asks for a name elsewhere"
    if path.exists() and not os.access(path, os.W_OK, effective_ids=True):
        return f"read-only: you may not write to {path}; saving asks for a new name"
    return ""


def _status(name: str, folder: int | None) -> os.stat_result | None:
    try:
        return os.stat(name, dir_fd=folder, follow_symlinks=folder is None)
    except FileNotFoundError:
        return None


def _real_name(folder: int, path: Path) -> str:
    """The name of a file in its folder, links within the folder followed. Raises InputError for a link out of it."""
    name = path.name or "."
    for _ in range(_MAX_LINKS):
        status = _status(name, folder)
        if status is None or not stat.S_ISLNK(status.st_mode):
            return name
        head, tail = os.path.split(os.readlink(name, dir_fd=folder))
        if not tail or (head and not os.path.samestat(os.stat(head, dir_fd=folder), os.fstat(folder))):
            raise InputError(str(path), "a link that leads out of its folder", "a file in the folder")
        name = tail
    raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))


def _read(name: str, folder: int | None, path: Path, what: str) -> bytes:
    """The content of a small regular file, checked before it is opened and again afterwards."""
    wanted = _allowed(what)
    links = 0 if folder is None else os.O_NOFOLLOW
    expected = os.stat(name, dir_fd=folder, follow_symlinks=folder is None)
    _check_kind(expected, path, wanted)
    handle = os.open(name, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC | links, dir_fd=folder)
    try:
        status = os.fstat(handle)
        _check_kind(status, path, wanted)
        parts = []
        left = MAX_BYTES + 1
        while left and (part := os.read(handle, left)):
            parts.append(part)
            left -= len(part)
    finally:
        os.close(handle)
    if not left:
        raise InputError(str(path), f"{max(status.st_size, MAX_BYTES + 1):,} bytes", wanted)
    return b"".join(parts)


def _check_kind(status: os.stat_result, path: Path, wanted: str) -> None:
    if stat.S_ISREG(status.st_mode):
        return
    kind = "a directory" if stat.S_ISDIR(status.st_mode) else "not a regular file"
    raise InputError(str(path), kind, wanted)


def _permissions(name: str, folder: int) -> Permissions:
    handle = os.open(name, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
    try:
        return permissions_of(handle)
    finally:
        os.close(handle)


def _write_new(folder: int, content: bytes, old: Permissions | None) -> str:
    """Write a new file, flush it to the disk and return its name. When it raises OSError, no file is left.

    If it replaces another it begins private to its owner: nobody may open it before it has the other's permissions.
    """
    name, handle = _open_new(folder, content, 0o666 if old is None else 0o600, old)
    with _removed_on_error(name, folder):
        os.close(handle)
    return name


def _open_new(folder: int, content: bytes, mode: int, old: Permissions | None = None) -> tuple[str, int]:
    """As `_write_new`: the name of the new file and its open handle."""
    name = temporary_name()
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    handle = os.open(name, flags, mode, dir_fd=folder)
    with _removed_on_error(name, folder):
        try:
            if old is not None:
                give_permissions(handle, old)
            rest = memoryview(content)
            while rest:
                rest = rest[os.write(handle, rest) :]
            os.fsync(handle)
        except BaseException:
            os.close(handle)
            raise
    return name, handle


@contextmanager
def _as_input_error(path: Path, what: str) -> Iterator[None]:
    try:
        yield
    except ValueError as error:  # a path with a null character
        raise InputError(repr(str(path)), str(error), _allowed(what)) from None
    except OSError as error:
        raise InputError(str(path), reason_of(error), _allowed(what)) from None


def _allowed(what: str) -> str:
    return f"{what}, of at most {MAX_BYTES // 1024} kB"
