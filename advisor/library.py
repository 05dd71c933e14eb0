"""Profiles on disk: list, open, save. The only place that knows a profile's file name."""

import os
import re
import stat
import tempfile
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from advisor.errors import InputError, SaveError, nearest

if TYPE_CHECKING:  # the engine's types are heavy to import, and listing needs none of them
    from advisor.market.book import Book
    from advisor.profile import Profile

MAX_PROFILE_BYTES = 256 * 1024


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
    if name.endswith(".toml") or os.sep in name:
        return Entry(Path(name).stem, Path(name), sample=False)
    known = [*saved_entries(folder), *sample_entries()]
    for entry in known:
        if entry.name == name:
            return entry
    if Path(name).exists():
        return Entry(Path(name).name, Path(name), sample=False)
    raise InputError("PROFILE", f"no profile {name!a}", nearest(name, [entry.name for entry in known]))


def open_profile(path: Path, book: "Book") -> "Profile":
    """Read and check one profile. Raises InputError: file, line, field, what was found and what is allowed."""
    from advisor.profile import parse_profile

    text = _read(path)
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message, _, place = str(error).partition(" (at ")
        line, column = re.findall(r"\d+", place) or (str(text.count("\n") + 1), "1")
        raise InputError(f"{path}:{line}:{column}", f"broken TOML: {message.lower()}", "TOML") from None
    except RecursionError:
        raise InputError(str(path), "TOML nested too deeply", "a profile: tables of plain values") from None
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


def _read(path: Path) -> str:
    """The text of a small regular file. Devices, pipes and folders are not opened."""
    wanted = "a TOML file of at most 256 kB"
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            kind = "a directory" if stat.S_ISDIR(status.st_mode) else "not a regular file"
            raise InputError(str(path), kind, wanted)
        if status.st_size > MAX_PROFILE_BYTES:
            raise InputError(str(path), f"{status.st_size:,} bytes", wanted)
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InputError(str(path), f"a byte that is no UTF-8 at position {error.start}", wanted) from None
    except ValueError as error:
        raise InputError("PROFILE", str(error), wanted) from None
    except OSError as error:
        raise InputError(str(path), (error.strerror or str(error)).lower(), wanted) from None


def line_of(text: str, field: tuple[int | str, ...]) -> int | None:
    """The line on which a field of a profile stands, 1-based: `("workload", 0, "nodes")`. None when it has none."""
    if not field:
        return None
    table = str(field[0]) if len(field) > 1 or isinstance(field[-1], int) else ""
    wanted_index = next((part for part in field if isinstance(part, int)), 0)
    key, here, index, header_line = str(field[-1]), "", -1, None
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


def profile_table(profile: "Profile") -> dict[str, Any]:
    """A profile as the TOML table that is saved: only what differs from the defaults, and what identifies it."""
    table = profile.model_dump(exclude_defaults=True, by_alias=True, mode="python")
    table["workload"] = [dict(workload) for workload in table["workload"]]
    if "quote" in table:
        table["quote"] = [dict(quote) for quote in table["quote"]]
    return {"schema": 1, "name": profile.name, **table}


def file_name(name: str) -> str:
    """A safe file name for a profile's name: letters, digits and dashes."""
    stem = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:60]
    return f"{stem or 'profile'}.toml"


def save_profile(profile: "Profile", path: Path) -> None:
    """Write a profile, whole or not at all. Comments and order of an existing file stay. Raises SaveError."""
    import tomli_w
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    table = profile_table(profile)
    spelt_out = profile.model_dump(exclude_none=True, by_alias=True, mode="python")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if path.exists():
            document = tomlkit.parse(_read(path))
            _merge(document, table, spelt_out)
            text = tomlkit.dumps(document)
        else:
            text = tomli_w.dumps(table)
        _replace(path, text)
    except OSError as error:
        raise SaveError(str(path), error.strerror or str(error), "a folder you can write to") from error
    except (InputError, TOMLKitError) as error:
        raise SaveError(
            str(path), f"a file that is no profile ({error})", "a new name, or a file you may replace"
        ) from error


def _merge(document: Any, table: Mapping[str, Any], spelt_out: Mapping[str, Any]) -> None:
    """Bring a parsed file to the content of `table`, touching only what differs. A default that somebody wrote down
    (it is in `spelt_out`, which names every value) stays written."""
    for key in [key for key in document if key not in table and document[key] != spelt_out.get(key)]:
        del document[key]
    for key, value in table.items():
        old, full = document.get(key), spelt_out.get(key)
        if isinstance(value, Mapping) and isinstance(old, Mapping):
            _merge(old, value, full if isinstance(full, Mapping) else {})
        elif _tables(value) and _tables(old) and len(value) == len(old):
            for old_part, part, full_part in zip(old, value, full or (), strict=True):
                _merge(old_part, part, full_part)
        elif key not in document or old != value:
            document[key] = value


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
