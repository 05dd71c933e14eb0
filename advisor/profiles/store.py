"""Profiles on disk: list, open, save, rename. The only place that knows a profile's file name."""

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unicodedata import normalize

from advisor.errors import InputError, SaveError, nearest
from advisor.files.atomic import (
    ChangedError,
    make_folder,
    may_write_in,
    move_file,
    read_file_in_folder,
    read_only_because,
    replace_file,
)
from advisor.files.toml_document import fresh_content, merged_content, parse_toml
from advisor.formatting import cut, one_line
from advisor.paths import data_folder
from advisor.profiles.error_lines import with_line

if TYPE_CHECKING:  # the engine's types are heavy to import, and listing needs none of them
    from advisor.market.price_book import Book
    from advisor.profiles.schema import Profile

_WHAT = "a profile in TOML"
_LONGEST_NAME_SHOWN = 60
_LONGEST_NAME_COPIED = 40
_LONGEST_STEM = 60  # letters, of at most four bytes


@dataclass(frozen=True)
class Entry:
    """One profile that can be opened: its name (safe to show: what is not printable is a question mark), where it lies,
    and whether it is a sample that ships with us."""

    name: str
    path: Path
    sample: bool


def profiles_folder(chosen: Path | None = None) -> Path:
    """Where profiles are saved: the folder chosen on the command line, GPU_ADVISOR_PROFILES, or the user's data
    directory. Nothing is created."""
    if chosen is not None:
        return chosen
    if own := os.environ.get("GPU_ADVISOR_PROFILES"):
        return Path(own)
    return own_folder()


def own_folder() -> Path:
    """Where profiles are saved that nobody else sees: the user's data directory. Nothing is created."""
    return data_folder() / "profiles"


def folder_to_save(folder: Path) -> Path:
    """Where new profiles of somebody who works in `folder` go: there, or to their own where that is read-only."""
    return folder if may_write_in(folder) else own_folder()


def sample_entries() -> list[Entry]:
    """The profiles that ship with the program, smallest need first."""
    packaged = files("advisor") / "_profiles"
    folder = Path(str(packaged)) if packaged.is_dir() else Path(__file__).parents[2] / "profiles"
    order = ["lora-one-node", "fine-tune-cycle", "pre-train-16", "cluster-64", "inference-8", "frontier-lab-1000"]
    paths = sorted(
        folder.glob("*.toml"), key=lambda path: (order.index(path.stem) if path.stem in order else 99, path.stem)
    )
    return [Entry(path.stem, path, sample=True) for path in paths]


def saved_entries(folder: Path) -> list[Entry]:
    """The profiles saved in a folder, by name; none when the folder does not exist. Raises InputError if unreadable."""
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix == ".toml" and not path.name.startswith("."))
    except FileNotFoundError:
        return []
    except OSError as error:
        raise InputError(str(folder), error.strerror or str(error), "a readable folder of profiles") from error
    return [Entry(one_line(path.stem), path, sample=False) for path in paths]


def find(name: str, folder: Path) -> Entry:
    """The profile that `name` means: a path, the name of a saved profile, or of a sample. Raises InputError."""
    if name and (name.endswith(".toml") or os.sep in name):
        return Entry(one_line(Path(name).stem), Path(name), sample=False)
    known = [*saved_entries(folder), *sample_entries()]
    for entry in known:
        if entry.name == name:
            return entry
    if name and os.path.exists(name):  # noqa: PTH110 - Path.exists() raises for a name too long for a file
        return Entry(one_line(name), Path(name), sample=False)
    raise InputError(
        "PROFILE", f"no profile {cut(ascii(name), _LONGEST_NAME_SHOWN)}", nearest(name, [entry.name for entry in known])
    )


@dataclass(frozen=True)
class Opened:
    """A profile as it was read: what it says, its file's content, and why it cannot be saved there (or nothing)."""

    profile: "Profile"
    content: bytes
    read_only: str


def open_profile(path: Path, book: "Book") -> "Profile":
    """Read and check one profile. Raises InputError: file, line, field, what was found and what is allowed."""
    return open_to_edit(path, book).profile


def open_to_edit(path: Path, book: "Book") -> Opened:
    """As `open_profile`, with what a later save needs to know. Raises InputError."""
    from advisor.profiles.validation import parse_profile

    content = read_file_in_folder(path, _WHAT)
    text, raw = parse_toml(content, path, _WHAT)
    if not raw:
        raise empty_file(path)
    try:
        return Opened(parse_profile(raw, book, str(path)), content, read_only_because(path))
    except InputError as error:
        raise with_line(error, text, path) from None


def empty_file(path: Path) -> InputError:
    """What is wrong with a file that says nothing."""
    return InputError(str(path), "an empty file", "a profile: schema, name and at least one [[workload]]")


def profile_table(profile: "Profile") -> dict[str, Any]:
    """A profile as the TOML table that is saved: only what differs from the defaults, and what identifies it."""
    table = profile.model_dump(exclude_defaults=True, by_alias=True, mode="python")
    return {"schema": 1, "name": profile.name, **_as_toml(table)}


def _as_toml(value: Any) -> Any:
    """The same content in the types that TOML is read back as: a list for every tuple."""
    if isinstance(value, Mapping):
        return {key: _as_toml(part) for key, part in value.items()}
    return [_as_toml(part) for part in value] if isinstance(value, list | tuple) else value


def file_name(name: str) -> str:
    """A safe file name for a profile's name: letters and digits of any script, and dashes."""
    plain = "".join(letter if letter.isalnum() else "-" for letter in normalize("NFKC", name).lower())
    stem = re.sub("-+", "-", plain).strip("-")[:_LONGEST_STEM].strip("-")
    return f"{stem or 'profile'}.toml"


def free_name(name: str, folder: Path) -> str:
    """A name for a copy, of which there is no file yet: `Lab copy`, `Lab copy 2`."""
    base = f"{cut(name, _LONGEST_NAME_COPIED)} copy"
    copies = [base, *(f"{base} {number}" for number in range(2, 100))]
    return next((copy for copy in copies if not os.path.lexists(folder / file_name(copy))), base)


def save_profile(profile: "Profile", path: Path, seen: bytes | None = None) -> Opened:
    """Write a profile, whole or not at all. Comments and order of an existing file stay.

    seen: the file's content when it was opened or last saved; None: there is no such file yet. Raises ConflictError
    when the file is another by now, and SaveError; nothing is written then.
    """
    from advisor.profiles.merge import conflict_with

    with _as_save_error(path):
        if seen is None:
            make_folder(path.parent)
            content = fresh_content(profile_table(profile))
        else:
            content = _rewritten(seen, profile, path)
        try:
            replace_file(path, content, seen, _WHAT)
        except ChangedError as error:
            raise conflict_with(profile, path, error.content) from None
    return Opened(profile, content, "")


def rename_profile(opened: Opened, path: Path, name: str) -> tuple[Opened, Path]:
    """Give a saved profile another name, and its file the name that goes with it. Raises InputError when the name is
    taken or not allowed, ConflictError when the file changed meanwhile, SaveError."""
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


def duplicate_profile(opened: Opened, folder: Path, name: str) -> tuple[Opened, Path]:
    """Save a copy under another name, with the comments of `opened.content` (empty: there are none). Raises InputError
    when the name is taken or not allowed, SaveError."""
    profile, path = with_name(opened.profile, name), folder / file_name(name)
    content = fresh_content(profile_table(profile))
    if opened.content:
        with suppress(InputError):  # a layout that cannot say this: the values alone
            content = _rewritten(opened.content, profile, path)
    try:
        with _as_save_error(path):
            make_folder(folder)
            replace_file(path, content, None, _WHAT)
    except ChangedError:
        raise _taken(path) from None
    return Opened(profile, content, ""), path


def _rewritten(content: bytes, profile: "Profile", path: Path) -> bytes:
    """A file that says what the profile says, with the comments and the order of `content`. Raises InputError, also
    for a layout in which that cannot be had."""
    from advisor.profiles.schema import Profile

    spelt_out = _as_toml(profile.model_dump(exclude_none=True, by_alias=True, mode="python"))
    merged = merged_content(content, profile_table(profile), spelt_out, path, _WHAT)
    try:
        if Profile.model_validate(parse_toml(merged, path, _WHAT)[1]) == profile:
            return merged
    except (InputError, ValueError):
        pass
    raise InputError(str(path), "a layout in which these values cannot be written", "a new name")


def with_name(profile: "Profile", name: str) -> "Profile":
    """The profile under another name. Raises InputError when that is not allowed."""
    try:
        return type(profile).model_validate(profile.model_copy(update={"name": name.strip()}).model_dump())
    except ValueError:
        raise InputError("Name", cut(ascii(name), _LONGEST_NAME_SHOWN), "1 to 120 printable characters") from None


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
    except OSError as error:
        raise SaveError(str(path), error.strerror or str(error), "a folder you can write to") from error
