"""Catalogs from a file, a zip file or a folder on disk."""

import io
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from advisor.errors import InputError, reason_of
from advisor.market.catalogs.parse import ALLOWED, MAX_BYTES, Catalog, parse, tool_of
from advisor.market.price_book import PriceBook

MAX_FILES = 200


def unpacked(data: bytes, name: str, source: str) -> dict[str, str]:
    """Return the text of each CSV file by provider.

    Args:
        data: A CSV file, or a zip of such.
        name: Its path; the provider is the file's name or, for SkyPilot's vms.csv, its folder's.
        source: File or address, for errors.

    Raises:
        InputError: It is too large, not text, or a broken zip.
    """
    if len(data) > MAX_BYTES:
        raise InputError(source, f"{len(data):,} bytes", f"at most {MAX_BYTES:,}")
    if not data.startswith(b"PK"):
        return {_provider(name): _text(data, source)}
    found, left = dict[str, str](), MAX_BYTES
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            inside = [item for item in archive.infolist() if item.filename.endswith(".csv")][:MAX_FILES]
            for item in inside:
                with archive.open(item) as file:
                    content = file.read(left + 1)
                left -= len(content)
                if left < 0:
                    raise InputError(source, f"more than {MAX_BYTES:,} bytes when unpacked", f"at most {MAX_BYTES:,}")
                found[_provider(item.filename)] = _text(content, source)
    except InputError:
        raise
    except Exception as error:  # noqa: BLE001 - zipfile raises of many kinds, ValueError and struct.error among them
        raise InputError(source, f"a broken zip file: {error}"[:120], ALLOWED) from None
    if not found:
        raise InputError(source, "a zip file without CSV files", ALLOWED)
    return found


def _provider(name: str) -> str:
    path = PurePosixPath(name)
    return (path.parent.name if path.name == "vms.csv" else path.stem).lower()


def _text(data: bytes, source: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(source, f"a byte that is not UTF-8 at position {error.start}", ALLOWED) from None


def read_catalogs(path: Path, book: PriceBook) -> tuple[Catalog, ...]:
    """Return the catalogs in a file, a zip file or a folder of them, such as SkyPilot's `~/.sky/catalogs/v8`.

    Their day is that of the file. In a folder, other files are skipped.

    Raises:
        InputError: As `parse` does, or when there is no catalog.
    """
    if path.is_dir():
        within = sorted(file for file in path.rglob("*") if file.suffix in (".csv", ".zip") and file.is_file())
        named = [file for file in within if file.name == "vms.csv" or not _is_other(file)][:MAX_FILES]
        if not named:
            raise InputError(str(path), "no catalog in this folder", ALLOWED)
        return tuple(catalog for file in named for catalog in _read_file(file, book))
    return tuple(_read_file(path, book))


def _is_other(file: Path) -> bool:
    """Whether a CSV file in a folder is not a price catalog, like SkyPilot's images.csv."""
    try:
        with file.open(encoding="utf-8-sig", errors="replace") as stream:
            header = stream.readline(4096).strip().split(",")
    except OSError:
        return False  # reading it again will raise the error
    return file.suffix == ".csv" and tool_of(header) is None


def _read_file(path: Path, book: PriceBook) -> Iterator[Catalog]:
    try:
        if not path.is_file():
            found = "not a regular file" if path.exists() else "no such file"
            raise InputError(str(path), found, ALLOWED)
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        day = datetime.fromtimestamp(path.stat().st_mtime, UTC).date()
    except ValueError:  # a path with a null character
        raise InputError(repr(str(path)), "not a path", ALLOWED) from None
    except OSError as error:
        raise InputError(str(path), reason_of(error), ALLOWED) from None
    for provider, text in unpacked(data, path.resolve().as_posix(), str(path)).items():
        yield parse(text, provider, day, str(path), book)
