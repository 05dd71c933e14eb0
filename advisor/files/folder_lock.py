"""The lock on a folder against other writers of this program, and who holds it.

The lock is on the folder itself: it leaves no file behind and ends with the process that holds it.
"""

import errno
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

LOCK_WAIT_S = 5.0
FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_RETRY_S = 0.002
_TEMPORARY = r"\.gpu-advisor-[0-9a-f]{16}\.tmp"
_NO_LOCKS = {errno.EBADF, errno.EINVAL, errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP}


class LockHeldError(TimeoutError):
    """Another process holds the lock."""


@contextmanager
def locked_folder(path: Path) -> Iterator[int]:
    """The handle of a folder, locked against other writers of this program, without what a killed save left behind.

    Raises LockHeldError when another process holds the lock for too long, OSError.
    """
    folder = os.open(path, FOLDER)
    try:
        if _lock(folder):
            _remove_temporary(folder)
        yield folder
    finally:
        os.close(folder)  # this releases the lock


def temporary_name() -> str:
    """The name of a new temporary file, which the next writer removes if this one is killed."""
    return f".gpu-advisor-{os.urandom(8).hex()}.tmp"


def _lock(folder: int) -> bool:
    """Take the lock of a folder; False where its file system has none."""
    import fcntl

    end = time.monotonic() + LOCK_WAIT_S
    while True:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > end:
                raise LockHeldError(errno.ETIMEDOUT, f"the folder is locked by another save{_holder(folder)}") from None
            time.sleep(_RETRY_S)
        except OSError as error:
            if error.errno in _NO_LOCKS:
                return False
            raise
        else:
            return True


def _holder(folder: int) -> str:
    """Who holds the lock of a folder, as the end of a sentence; empty where the system does not say."""
    import pwd

    status = os.fstat(folder)
    place = f"{os.major(status.st_dev):02x}:{os.minor(status.st_dev):02x}:{status.st_ino}"
    with suppress(OSError, ValueError, IndexError):
        for line in Path("/proc/locks").read_text(encoding="ascii").splitlines():
            words = line.split()
            if "->" not in words and words[1] == "FLOCK" and words[5] == place and int(words[4]) > 0:
                owner = Path(f"/proc/{words[4]}").stat().st_uid
                process = f"process {words[4]}{_running_since(words[4])}"
                with suppress(KeyError):
                    return f", of {pwd.getpwuid(owner).pw_name} ({process})"
                return f", of user {owner} ({process})"
    return ""


def _running_since(process: str) -> str:
    """When a process was started, in local time, as the end of a phrase; empty where the system does not say."""
    with suppress(OSError, ValueError, IndexError):
        booted = next(line for line in Path("/proc/stat").read_text("ascii").splitlines() if line.startswith("btime"))
        fields = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        at = int(booted.split()[1]) + int(fields[19]) / os.sysconf("SC_CLK_TCK")
        return f", running since {time.strftime('%Y-%m-%d %H:%M', time.localtime(at))}"
    return ""


def _remove_temporary(folder: int) -> None:
    """Remove temporary files. Their writers held the lock, so they are gone."""
    for name in os.listdir(folder):
        if re.fullmatch(_TEMPORARY, name):
            with suppress(OSError):
                os.unlink(name, dir_fd=folder)
