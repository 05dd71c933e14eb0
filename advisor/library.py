"""Profiles on disk: list, open, save. The only place that knows a profile's file name."""

import os
import re
import stat
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from advisor.errors import InputError, SaveError, nearest
from advisor.tomlfile import read_text, read_toml

if TYPE_CHECKING:  # the engine's types are heavy to import, and listing needs none of them
    from advisor.market.book import Book
    from advisor.profile import Profile


@dataclass(frozen=True)
class Entry:
    """One profile that can be opened: its name, where it lies, and whether it is a sample that ships with us."""

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
    from platformdirs import user_data_path  # 15 ms that --version need not pay

    return user_data_path("gpu-advisor", appauthor=False) / "profiles"


def sample_entries() -> list[Entry]:
    """The profiles that ship with the program, smallest need first."""
    packaged = files("advisor") / "_profiles"
    folder = Path(str(packaged)) if packaged.is_dir() else Path(__file__).parents[1] / "profiles"
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
    return [Entry(path.stem, path, sample=False) for path in paths]


def find(name: str, folder: Path) -> Entry:
    """The profile that `name` means: a path, the name of a saved profile, or of a sample. Raises InputError."""
    if name and (name.endswith(".toml") or os.sep in name):
        return Entry(Path(name).stem, Path(name), sample=False)
    known = [*saved_entries(folder), *sample_entries()]
    for entry in known:
        if entry.name == name:
            return entry
    if name and Path(name).exists():
        return Entry(Path(name).name, Path(name), sample=False)
    raise InputError("PROFILE", f"no profile {name!a}", nearest(name, [entry.name for entry in known]))


def open_profile(path: Path, book: "Book") -> "Profile":
    """Read and check one profile. Raises InputError: file, line, field, what was found and what is allowed."""
    from advisor.profile import parse_profile

    text, raw = read_toml(path, "a profile in TOML")
    if not raw:
        raise InputError(str(path), "an empty file", "a profile: schema, name and at least one [[workload]]")
    try:
        return parse_profile(raw, book, str(path))
    except InputError as error:
        line_number = line_of(text, error.field)
        if line_number is None:
            raise
        where = error.where.replace(str(path), f"{path}:{line_number}", 1)
        raise InputError(where, error.found, error.allowed, error.field) from None


def line_of(text: str, field: tuple[int | str, ...]) -> int | None:
    """The line on which a field of a profile stands, 1-based: `("workload", 0, "nodes")`. None when it has none."""
    if not field:
        return None
    table = str(field[0]) if len(field) > 1 or isinstance(field[-1], int) else ""
    wanted_index = next((part for part in field[1:2] if isinstance(part, int)), 0)
    key, here, index, header_line = _key(field), "", -1, None
    for number, line in enumerate(text.splitlines(), start=1):
        header = re.match(r"\s*\[+\s*([A-Za-z0-9_\"'-]+)\s*\]+", line)
        if header:
            here = header[1].strip("\"'")
            index += here == table
            if here == table and index == wanted_index:
                header_line = number
            if not table and here == key:
                return number
        found = re.match(r"\s*[\"']?([^\"'=]+?)[\"']?\s*=", line)
        if found and here == table and found[1] == key and (not table or index == wanted_index):
            return number
    return header_line


def _key(field: tuple[int | str, ...]) -> str:
    """The key that a field's value is written behind: its own, or that of the list it is in."""
    return str(next(part for part in reversed(field) if isinstance(part, str)))


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
    """A safe file name for a profile's name: letters, digits and dashes."""
    stem = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:60]
    return f"{stem or 'profile'}.toml"


def save_profile(profile: "Profile", path: Path) -> None:
    """Write a profile, whole or not at all. Comments and order of an existing file stay. Raises SaveError."""
    import tomlkit  # 30 ms that only a save pays
    from tomlkit.exceptions import TOMLKitError

    table = profile_table(profile)
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        target = _target(path)
        if target.exists():
            document = tomlkit.parse(read_text(target, "a profile in TOML"))
            _merge(document, table, _as_toml(profile.model_dump(exclude_none=True, by_alias=True, mode="python")))
            text = tomlkit.dumps(document)
        else:
            text = _fresh_text(table)
        _replace(target, text)
    except OSError as error:
        raise SaveError(str(path), error.strerror or str(error), "a folder you can write to") from error
    except (InputError, TOMLKitError) as error:
        raise SaveError(str(path), f"a file that is no profile ({error})", "a new name, or a profile") from error


def _target(path: Path) -> Path:
    """The file that is written: a link within its folder stays one; a link out of it is not followed."""
    if not path.is_symlink():
        return path
    target = path.resolve()
    if target.parent != path.parent.resolve():
        raise SaveError(str(path), "a link that leads out of its folder", "a file in the folder")
    return target


def _fresh_text(table: Mapping[str, Any]) -> str:
    """A new file laid out to be edited by hand: plain values first, then a headed table for each part."""
    import tomli_w

    parts = [tomli_w.dumps({key: value for key, value in table.items() if not _is_part(value)})]
    for key, value in table.items():
        if isinstance(value, Mapping):
            parts.append(f"[{key}]\n{tomli_w.dumps(value)}")
        elif _tables(value):
            parts += [f"[[{key}]]\n{tomli_w.dumps(part)}" for part in value]
    return "\n".join(parts)


def _is_part(value: object) -> bool:
    return isinstance(value, Mapping) or _tables(value)


def _merge(document: Any, table: Mapping[str, Any], spelt_out: Mapping[str, Any]) -> None:
    """Bring a parsed file to the content of `table`, touching only what differs. A default that somebody wrote down
    (it is in `spelt_out`, which names every value) stays written."""
    for key in [key for key in document if key not in table]:
        _keep_defaults(document, key, spelt_out.get(key))
    for key, value in table.items():
        old, full = document.get(key), spelt_out.get(key)
        if isinstance(value, Mapping) and isinstance(old, Mapping):
            _merge(old, value, full if isinstance(full, Mapping) else {})
        elif _tables(value) and _tables(old):
            _merge_tables(old, value, full or ())
        elif key not in document or old != value:
            document[key] = _array_of_tables(value) if _tables(value) else value


def _keep_defaults(document: Any, key: str, default: object) -> None:
    """Take a key that is not wanted any more out, unless it says what holds by default anyway."""
    old = document[key]
    if isinstance(old, Mapping) and isinstance(default, Mapping):
        _merge(old, {}, default)
        if not old:
            del document[key]
    elif old != default:
        del document[key]


def _merge_tables(old: Any, parts: list[Mapping[str, Any]], spelt_out: Any) -> None:
    """Bring an array of tables to `parts`, table by table; more are appended, surplus ones go."""
    import tomlkit

    for old_part, part, full in zip(old, parts, spelt_out, strict=False):
        _merge(old_part, part, full)
    for part in parts[len(old) :]:
        item = tomlkit.inline_table() if isinstance(old, tomlkit.items.Array) else tomlkit.table()
        item.update(part)
        old.append(item)
    for _ in range(len(old) - len(parts)):
        del old[-1]


def _array_of_tables(parts: list[Mapping[str, Any]]) -> Any:
    import tomlkit

    array = tomlkit.aot()
    for part in parts:
        array.append(tomlkit.item(dict(part)))
    return array


def _tables(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(part, Mapping) for part in value)


def _replace(path: Path, text: str) -> None:
    """Write beside the target, flush to the disk, then rename over it: old or new content, never a torn file."""
    mode = stat.S_IMODE(path.stat().st_mode) if path.exists() else 0o666 & ~_umask()
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _umask() -> int:
    current = os.umask(0o077)
    os.umask(current)
    return current
