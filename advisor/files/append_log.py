"""The log of saved verdicts: appended to line by line, and read."""

import os
from fcntl import LOCK_EX, flock
from pathlib import Path

from advisor.errors import InputError, SaveError, reason_of
from advisor.files.atomic import make_folder
from advisor.paths import state_folder

MAX_LOG_BYTES = 16 * 1024 * 1024  # some ten thousand verdicts


def log_path() -> Path:
    """Where saved verdicts are logged: `gpu-advisor/verdicts.jsonl` in the user's state folder (XDG_STATE_HOME)."""
    return state_folder() / "verdicts.jsonl"


def append_line(path: Path, line: str) -> None:
    """Append one line atomically, also while other processes append; an incomplete last line is ended first.

    Only its owner may read the file. Raises SaveError, also where the log would become too large to be read.
    """
    try:
        make_folder(path.parent)
        handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            flock(handle, LOCK_EX)
            size = os.fstat(handle).st_size
            incomplete = size > 0 and os.pread(handle, 1, size - 1) != b"\n"
            data = ("\n" * incomplete + line + "\n").encode()
            if size + len(data) > MAX_LOG_BYTES:  # a larger log could not be read again
                raise SaveError(
                    str(path), f"a full log, {size:,} bytes", "a log with room: move this one away and a new one begins"
                )
            if os.write(handle, data) != len(data):
                os.ftruncate(handle, size)
                raise SaveError(str(path), "a full disk", "a disk with free space")
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        raise SaveError(str(path), reason_of(error), "a folder you can write to") from error


def read_lines(path: Path) -> list[str]:
    """The lines of a log, none when there is no log yet. Raises InputError."""
    wanted = f"a log of verdicts, of at most {MAX_LOG_BYTES // 2**20} MB"
    try:
        if not path.exists():
            return []
        if not path.is_file():
            raise InputError(str(path), "not a regular file", wanted)
        if path.stat().st_size > MAX_LOG_BYTES:
            raise InputError(str(path), f"{path.stat().st_size:,} bytes", wanted)
        return path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError as error:
        raise InputError(str(path), reason_of(error), wanted) from None
