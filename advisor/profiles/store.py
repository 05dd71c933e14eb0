"""Profiles on disk: list, load, save, rename, copy. No other file knows a profile's file name."""

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unicodedata import normalize

from advisor.errors import FolderLockedError, InputError, SaveError, nearest, reason_of
from advisor.files.atomic import (
    ChangedError,
    make_folder,
    may_write_in,
    move_file,
    read_file_in_folder,
    read_only_because,
    replace_file,
)
from advisor.files.folder_lock import LockHeldError
from advisor.files.toml_document import fresh_content, merged_content, parse_toml
from advisor.files.toml_layout import relaid_content
from advisor.formatting import cut, one_line
from advisor.paths import data_folder
from advisor.profiles.error_lines import FieldLines, with_line
from advisor.values.quick_dataclass import dataclass

if TYPE_CHECKING:  # the engine's types are heavy to import, and listing needs none of them
    from advisor.market.price_book import PriceBook
    from advisor.profiles.schema import Profile

_WHAT = "a profile in TOML"
_LONGEST_NAME_SHOWN = 60
_LEAST_ALIKE = 0.5  # of names that are proposed in place of one that is not there
_LONGEST_NAME_COPIED = 40
_LONGEST_STEM = 60  # letters, of at most four bytes
_PATHS = ("/", "~/")  # a name that begins so says where it goes


@dataclass(frozen=True)
class Entry:
    """One profile that can be loaded. name: safe to print; sample: whether it ships with the program."""

    name: str
    path: Path
    sample: bool


def profiles_folder(chosen: Path | None = None) -> Path:
    """Return the folder for profiles: `chosen` on the command line, GPU_ADVISOR_PROFILES, or the user's data folder.

    Nothing is created.
    """
    if chosen is not None:
        return chosen
    if own := os.environ.get("GPU_ADVISOR_PROFILES"):
        return Path(own)
    return own_folder()


def own_folder() -> Path:
    """Return the folder for the user's own profiles in the data directory. Nothing is created."""
    return data_folder() / "profiles"


def folder_to_save(folder: Path) -> Path:
    """Return where to save new profiles when working in `folder`: there, or the user's own if it is read-only."""
    return folder if may_write_in(folder) else own_folder()


def sample_entries() -> list[Entry]:
    """Return the profiles that ship with the program: plans in nodes, the smallest first, then other ways to say it."""
    packaged = Path(__file__).parents[1] / "_profiles"
    folder = packaged if packaged.is_dir() else Path(__file__).parents[2] / "profiles"
    order = [
        "lora-one-node", "fine-tune-cycle", "pre-train-16", "cluster-64", "inference-8", "frontier-lab-1000",
        "train-and-serve", "one-gpu-speech", "gpu-hours-a-month", "runs-38-a-week", "train-500-gpus", "one-rack-of-72",
    ]  # fmt: skip
    paths = sorted(
        folder.glob("*.toml"), key=lambda path: (order.index(path.stem) if path.stem in order else 99, path.stem)
    )
    return [Entry(path.stem, path, sample=True) for path in paths]


def saved_entries(folder: Path) -> list[Entry]:
    """Return the profiles in a folder by name; none when it does not exist. Raises InputError if unreadable."""
    try:
        found = (path for path in folder.iterdir() if path.suffix == ".toml" and not path.name.startswith("."))
        paths = sorted(found, key=_by_name)
    except FileNotFoundError:
        return []
    except OSError as error:
        raise InputError(str(folder), reason_of(error), "a readable folder of profiles") from error
    return [Entry(one_line(path.stem), path, sample=False) for path in paths]


def _by_name(path: Path) -> list[tuple[int, str]]:
    """The order of names in which plan-2 comes before plan-10."""
    parts = re.split("([0-9]+)", path.stem)
    return [(int(part), part) if part.isascii() and part.isdigit() else (0, part) for part in parts]


def find(name: str, folder: Path) -> Entry:
    """Return the profile of a name: a path, a saved profile, or a sample. Raises InputError."""
    in_words = " " in name and not os.path.lexists(name)  # 50k images/day 4 s
    if name and (name.endswith(".toml") or (os.sep in name and not in_words)):
        return Entry(one_line(Path(name).stem), Path(name), sample=False)
    known = [*saved_entries(folder), *sample_entries()]
    for entry in known:
        if entry.name == name:
            return entry
    if name and os.path.exists(name):  # noqa: PTH110 - Path.exists() raises for a name too long for a file
        return Entry(one_line(name), Path(name), sample=False)
    raise InputError(
        "PROFILE",
        f"no profile {cut(repr(name), _LONGEST_NAME_SHOWN)}",
        nearest(name, [entry.name for entry in known], least_alike=_LEAST_ALIKE),
    )


@dataclass(frozen=True)
class LoadedProfile:
    """A loaded profile. content: of its file; read_only: why it cannot be saved there, or empty."""

    profile: "Profile"
    content: bytes
    read_only: str


def load_profile(path: Path, book: "PriceBook") -> "Profile":
    """Read and check one profile. Raises InputError: file, line, field, what was found and what is allowed."""
    return load_to_edit(path, book).profile


def load_to_edit(path: Path, book: "PriceBook") -> LoadedProfile:
    """As `load_profile`, with what a later save needs to know. Raises InputError."""
    from advisor.profiles.validation import parse_profile

    content = read_file_in_folder(path, _WHAT)
    text, raw = parse_toml(content, path, _WHAT)
    if not raw:
        raise empty_file(path)
    try:
        return LoadedProfile(parse_profile(raw, book, str(path)), content, read_only_because(path))
    except InputError as error:
        raise with_line(error, FieldLines(text), path) from None


def empty_file(path: Path) -> InputError:
    """Return the error of an empty file."""
    return InputError(str(path), "an empty file", "a profile: schema, name and at least one [[workload]]")


def profile_table(profile: "Profile") -> dict[str, Any]:
    """Return a profile as the TOML table to save: schema, name, and what differs from the defaults."""
    table = profile.model_dump(exclude_defaults=True, by_alias=True, mode="python")
    return {"schema": 1, "name": profile.name, **_as_toml(table)}


def _as_toml(value: Any) -> Any:
    """The same content in the types that TOML is read back as: a list for every tuple."""
    if isinstance(value, Mapping):
        return {key: _as_toml(part) for key, part in value.items()}
    return [_as_toml(part) for part in value] if isinstance(value, list | tuple) else value


def file_name(name: str) -> str:
    """Return a safe file name for a profile's name: letters and digits of any script, and dashes."""
    plain = "".join(letter if letter.isalnum() else "-" for letter in normalize("NFKC", name).lower())
    stem = re.sub("-+", "-", plain).strip("-")[:_LONGEST_STEM].strip("-")
    return f"{stem or 'profile'}.toml"


def unlike_a_path(name: str) -> str:
    """Return the name of a profile, which another person may have chosen, that nothing takes for a path."""
    return name.lstrip("~/ ") or "profile"


def free_name(name: str, folder: Path) -> str:
    """Return a name for a copy that has no file yet: `Lab copy`, `Lab copy 2`."""
    base = f"{cut(unlike_a_path(name), _LONGEST_NAME_COPIED)} copy"
    copies = [base, *(f"{base} {number}" for number in range(2, 100))]
    return next((copy for copy in copies if not os.path.lexists(folder / file_name(copy))), base)


def save_profile(profile: "Profile", path: Path, seen: bytes | None = None, like: bytes = b"") -> LoadedProfile:
    """Write a profile atomically. Comments and order of an existing file stay.

    Args:
        profile: What to save.
        path: The file.
        seen: Its content when it was loaded or last saved; None: there is no such file.
        like: A file whose comments and order a new one takes, such as the one that was deleted meanwhile.

    Raises:
        ConflictError: The file has changed since; nothing is written.
        SaveError: The file cannot be written; nothing is written.
    """
    from advisor.profiles.merge import conflict_with

    with _as_save_error(path):
        if seen is None:
            make_folder(path.parent)
            content = _laid_out(profile, like, path)
        else:
            content = _rewritten(seen, profile, path)
        try:
            replace_file(path, content, seen, _WHAT)
        except ChangedError as error:
            raise conflict_with(profile, path, error.content) from None
    return LoadedProfile(profile, content, "")


def rename_profile(opened: LoadedProfile, path: Path, name: str) -> tuple[LoadedProfile, Path]:
    """Give a saved profile another name, and its file the name to match.

    Raises:
        InputError: The name is taken or not allowed.
        ConflictError: The file changed meanwhile.
        SaveError: The file cannot be written.
    """
    profile, target = with_name(opened.profile, name), path.with_name(file_name(name))
    moves = target != path
    if moves and os.path.lexists(target):
        raise _taken(target)
    renamed = save_profile(profile, path, opened.content)
    if moves:
        with _as_save_error(path):
            try:
                move_file(path, target)
            except FileExistsError:
                raise _taken(target) from None
    return renamed, target


def duplicate_profile(opened: LoadedProfile, folder: Path, name: str) -> tuple[LoadedProfile, Path]:
    """Save a copy under another name, with the comments of the original.

    Args:
        opened: The original.
        folder: Where the copy goes.
        name: Its name; or a path, such as `~/plans/lab.toml` or `/tmp`, which says where it goes instead.

    Raises:
        InputError: The name is taken or not allowed.
        SaveError: The file cannot be written.
    """
    if name.startswith(_PATHS):
        place = Path(name).expanduser()
        is_folder = name.endswith("/") or place.is_dir()
        folder, name = (place, opened.profile.name) if is_folder else (place.parent, place.name.removesuffix(".toml"))
    profile, path = with_name(opened.profile, name), folder / file_name(name)
    content = _laid_out(profile, opened.content, path)
    try:
        with _as_save_error(path):
            make_folder(folder)
            replace_file(path, content, None, _WHAT)
    except ChangedError:
        raise _taken(path) from None
    return LoadedProfile(profile, content, ""), path


def _laid_out(profile: "Profile", like: bytes, path: Path) -> bytes:
    """The profile as a new file, with the comments and order of another one where it can hold these values."""
    if like:
        with suppress(InputError):
            return _rewritten(like, profile, path)
    return fresh_content(profile_table(profile))


def _rewritten(content: bytes, profile: "Profile", path: Path) -> bytes:
    """The profile as a file with the comments and order of `content`. Raises InputError, also for a layout that cannot
    hold these values."""
    from advisor.profiles.schema import Profile

    full_table = _as_toml(profile.model_dump(exclude_none=True, by_alias=True, mode="python"))
    table = profile_table(profile)
    rewrites = (
        partial(merged_content, content, table, full_table, path, _WHAT),
        partial(relaid_content, content, table, path, _WHAT),
    )
    for rewrite in rewrites:
        with suppress(InputError, ValueError):
            rewritten = rewrite()
            if Profile.model_validate(parse_toml(rewritten, path, _WHAT)[1]) == profile:
                return rewritten
    raise InputError(str(path), "a layout in which these values cannot be written", "a new name")


def with_name(profile: "Profile", name: str) -> "Profile":
    """Return the profile under another name. Raises InputError when the name is not allowed."""
    try:
        return type(profile).model_validate(profile.model_copy(update={"name": name.strip()}).model_dump())
    except ValueError:
        raise InputError("Name", cut(repr(name), _LONGEST_NAME_SHOWN), "1 to 120 printable characters") from None


def _taken(path: Path) -> InputError:
    return InputError("Name", f"{path.name}, which exists already", "a name that is not taken")


@contextmanager
def _as_save_error(path: Path) -> Iterator[None]:
    try:
        yield
    except SaveError:
        raise
    except InputError as error:
        raise SaveError(error.where, error.found, error.allowed) from None
    except LockHeldError as error:
        raise FolderLockedError(str(path), reason_of(error), "a folder that no other process has locked") from error
    except OSError as error:
        raise SaveError(str(path), reason_of(error), "a folder you can write to") from error
