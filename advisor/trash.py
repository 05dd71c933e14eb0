"""Deleted profiles: kept in a folder beside the others until somebody wants them back."""

import re
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from advisor.errors import InputError, SaveError
from advisor.storage import move_file

_FOLDER = ".trash"
_KEPT = re.compile(r"(.+)~(\d{1,9})\.toml")


@dataclass(frozen=True)
class Trashed:
    """A deleted profile: where it lies now, and where it was."""

    path: Path
    origin: Path


def delete_profile(path: Path) -> Trashed:
    """Move a profile to the trash of its folder. Raises SaveError; nothing is moved then."""
    trash = path.parent / _FOLDER
    try:
        _make_like(trash, path.parent)
        for number in range(1, len(list(trash.iterdir())) + 2):
            kept = trash / f"{path.stem}~{number}{path.suffix}"
            try:
                move_file(path, kept)
            except FileExistsError:
                continue
            return Trashed(kept, path)
    except OSError as error:
        raise SaveError(str(path), error.strerror or str(error), "a profile and a folder you can write to") from error
    raise SaveError(str(path), "a trash that is full of its namesakes", "fewer deletions at once")


def _make_like(trash: Path, folder: Path) -> None:
    """Make the trash where it is missing, open to whoever the folder is open to, whatever the umask of its maker."""
    mode = stat.S_IMODE(folder.stat().st_mode)
    with suppress(FileExistsError):
        trash.mkdir(mode)
        trash.chmod(mode)


def restore_profile(trashed: Trashed) -> Path:
    """Undo a deletion. Raises InputError when its name is taken by now, SaveError."""
    origin = trashed.origin
    try:
        move_file(trashed.path, origin)
    except FileExistsError:
        raise InputError(str(origin), "another profile of that name", "a name that is not taken") from None
    except OSError as error:
        raise SaveError(str(origin), error.strerror or str(error), "a folder you can write to") from error
    return origin


def trashed_profiles(folder: Path) -> list[Trashed]:
    """What lies in the trash of a folder, by name; oldest of a name first."""
    try:
        paths = list((folder / _FOLDER).iterdir())
    except OSError:
        return []
    found = [(match[1], int(match[2]), path) for path in paths if (match := _KEPT.fullmatch(path.name))]
    return [Trashed(path, folder / f"{stem}.toml") for stem, _, path in sorted(found)]
