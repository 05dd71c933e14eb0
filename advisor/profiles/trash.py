"""Deleted profiles: kept in a folder beside the others until they are restored. Nothing is ever erased."""

import re
from pathlib import Path

from advisor.errors import InputError, SaveError, reason_of
from advisor.files.atomic import ChangedError, make_folder_beside, move_file
from advisor.values.quick_dataclass import dataclass

_FOLDER = ".trash"
_KEPT = re.compile(r"(.+)~(\d{1,9})\.toml")


@dataclass(frozen=True)
class Trashed:
    """A deleted profile: where it is now, and where it was."""

    path: Path
    origin: Path


def delete_profile(path: Path, seen: str = "") -> Trashed:
    """Move a profile to the trash of its folder.

    Args:
        path: The profile.
        seen: Fingerprint of the content that the user saw; empty: delete it whatever it holds.

    Raises:
        SaveError: It cannot be moved, or has changed since; nothing is moved then.
    """
    trash = path.parent / _FOLDER
    try:
        make_folder_beside(path, _FOLDER)
        for number in range(1, len(list(trash.iterdir())) + 2):
            kept = trash / f"{path.stem}~{number}{path.suffix}"
            try:
                move_file(path, kept, seen)
            except FileExistsError:
                continue
            return Trashed(kept, path)
    except ChangedError:
        raise SaveError(str(path), "another version, saved meanwhile", "deleting the version that was listed") from None
    except InputError as error:
        raise SaveError(error.where, error.found, error.allowed) from None
    except OSError as error:
        raise SaveError(str(path), reason_of(error), "a profile and a folder you can write to") from error
    raise SaveError(str(path), "too many deleted profiles of that name", "fewer deletions at once")


def restore_profile(trashed: Trashed) -> Path:
    """Undo a deletion. Raises InputError when its name is taken by now, SaveError."""
    origin = trashed.origin
    try:
        move_file(trashed.path, origin)
    except FileExistsError:
        raise InputError(str(origin), "another profile of that name", "a name that is not taken") from None
    except OSError as error:
        raise SaveError(str(origin), reason_of(error), "a folder you can write to") from error
    return origin


def trashed_profiles(folder: Path) -> list[Trashed]:
    """Return the deleted profiles of a folder by name, the oldest of a name first."""
    try:
        paths = list((folder / _FOLDER).iterdir())
    except OSError:
        return []
    found = [(match[1], int(match[2]), path) for path in paths if (match := _KEPT.fullmatch(path.name))]
    return [Trashed(path, folder / f"{stem}.toml") for stem, _, path in sorted(found)]


def last_deleted(folder: Path) -> Trashed | None:
    """Return the profile deleted last in a folder, by any user; None when its trash is empty."""
    return max(trashed_profiles(folder), key=_moved_at, default=None)


def _moved_at(trashed: Trashed) -> int:
    """When a file was moved to the trash: a move changes only this time stamp."""
    try:
        return trashed.path.lstat().st_ctime_ns
    except OSError:  # another user restored it just now
        return 0
