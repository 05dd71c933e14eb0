"""The price catalogues of other tools, gpuhunt's and SkyPilot's: an overlay of on-demand and spot prices by provider.

A catalogue is data from outside: what is malformed is refused as a whole, with one line that says why.

Why the tools' own readers are not used (looked at: gpuhunt 0.1.34, SkyPilot 0.14.1). gpuhunt's public door from disk is
`Catalog.query` on the folder in GPUHUNT_CATALOG_DIR: it reads only providers that it knows by name, takes a price of
-5 or nan, skips a row that is broken or cut off with a line in its log, and finds an HTML page to be a catalogue
without rows; its `load` fetches without a time-out, a size limit or progress. What it lets pass must be refused here,
so every file would be read twice. It also brings requests and four more packages, and puts one called `tests` beside
the program's own. SkyPilot's reader comes with 50 required packages (pandas, SQLAlchemy, FastAPI) and a 4 MB wheel, and
knows only its own folder. What both write is CSV with a header, which the standard library reads.
"""

import csv
import io
import math
import re
import tomllib
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from importlib.resources import files
from pathlib import Path, PurePosixPath
from statistics import median
from typing import Any, Literal

from advisor.errors import InputError
from advisor.market.figures import Figure, Source
from advisor.market.price_book import Book

Tool = Literal["gpuhunt", "skypilot"]
MAX_BYTES = 32 * 1024 * 1024  # the largest catalogue there is has 3 MB
MAX_FILES = 200
ALLOWED = "a price catalogue of gpuhunt or SkyPilot: CSV, or a zip of it"
_LONGEST_NAME = 60
_GPUHUNT = ("instance_name", "location", "price", "gpu_count", "gpu_name", "gpu_memory", "spot")
_SKYPILOT = ("InstanceType", "AcceleratorName", "AcceleratorCount", "Price", "SpotPrice", "Region")


@dataclass(frozen=True)
class Offer:
    """One posted price. gpus: in the machine that is sold; region: as the provider calls it, with its zones as one."""

    gpu: str
    region: str
    gpus: int
    usd_per_gpu_hour: float
    spot: bool


@dataclass(frozen=True)
class Catalogue:
    """The prices of one provider on a day. source: the file or address they come from; unreadable: rows about a GPU of
    the book that made no sense and were left out."""

    tool: Tool
    provider: str
    day: date
    source: str
    offers: tuple[Offer, ...]
    unreadable: int

    @property
    def tier(self) -> str:
        """The market the provider sells in; empty when that is not known."""
        return next((tier for tier, names in _rules()["tier"].items() if self.provider in names), "")


@cache
def _rules() -> dict[str, Any]:
    return tomllib.loads((files("advisor.market") / "data" / "catalogues.toml").read_text(encoding="utf-8"))


def published() -> dict[str, dict[str, Any]]:
    """Where each tool publishes its catalogues: providers, and a url with {provider} and {version}."""
    return dict(_rules()["source"])


def parse(text: str, provider: str, day: date, source: str, book: Book) -> Catalogue:
    """The prices in the text of a CSV file. Raises InputError when it is no catalogue, is cut off, has no price of a
    GPU of the book, or too many that make no sense."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,39}", provider):
        raise InputError(source, f"the provider {provider[:40]!a}", "a name of small letters, digits and dashes")
    rows = _rows(text, source)
    header = next(rows, [])
    tool: Tool
    if set(_GPUHUNT) <= set(header):
        tool = "gpuhunt"
    elif set(_SKYPILOT) <= set(header):
        tool = "skypilot"
    else:
        raise InputError(source, f"the columns {', '.join(header)[:60]!a}", ALLOWED)
    offers, unreadable, about = dict[Offer, None](), 0, 0
    for number, row in enumerate(rows, start=2):
        if len(row) != len(header):
            raise InputError(f"{source}: row {number}", f"{len(row)} of {len(header)} columns", "a whole catalogue")
        cells = dict(zip(header, row, strict=True))
        gpu = _gpu_of(cells, tool)
        if gpu is None:
            continue
        about += 1
        try:
            offers.update(dict.fromkeys(_offers(cells, tool, gpu, book)))
        except ValueError:
            unreadable += 1
    if unreadable > book.sections["evidence"]["catalogue_unreadable_share"].value * about:
        raise InputError(source, f"{unreadable} of {about} prices that make no sense", "a catalogue with sane prices")
    if not offers:
        raise InputError(source, "no price of a GPU of the book", f"one of {', '.join(book.gpus)}")
    return Catalogue(tool, _rules()["also"].get(provider, provider), day, source, tuple(offers), unreadable)


def _rows(text: str, source: str) -> Iterator[list[str]]:
    try:
        yield from csv.reader(io.StringIO(text), strict=True)
    except csv.Error as error:
        raise InputError(source, f"broken CSV: {error}", ALLOWED) from None


def _gpu_of(cells: dict[str, str], tool: Tool) -> str | None:
    """The GPU of the book that a row is about; None for every other row."""
    name = cells["gpu_name" if tool == "gpuhunt" else "AcceleratorName"]
    if tool == "skypilot" and not cells["InstanceType"]:
        return None  # Google's accelerators: their price is without the machine
    for gpu, rule in _rules()["gpu"].items():
        if name.lower() in (other.lower() for other in rule[tool]):
            said = (
                f"{cells.get('instance_name', '')} {cells.get('InstanceType', '')} {cells.get('GpuInfo', '')}".lower()
            )
            if any(form in said for form in _rules()["other_forms"]):
                return None
            if tool == "gpuhunt" and not _same_memory(cells["gpu_memory"], rule["memory_gb"]):
                return None
            return str(gpu)
    return None


def _same_memory(text: str, wanted_gb: float) -> bool:
    """Whether a memory is that of the GPU; left out, it is. Within a tenth: makers and tools count differently."""
    try:
        return not text or abs(float(text) / wanted_gb - 1) < 0.1
    except ValueError:
        return False


def _offers(cells: dict[str, str], tool: Tool, gpu: str, book: Book) -> Iterator[Offer]:
    """The price, or both prices, of a row. Raises ValueError for what makes no sense."""
    if tool == "gpuhunt":
        region, gpus = cells["location"], _count(cells["gpu_count"])
        if cells["spot"].lower() not in ("true", "false"):
            raise ValueError(cells["spot"])
        prices = {cells["spot"].lower() == "true": cells["price"]}
    else:
        region, gpus = cells["Region"], _count(cells["AcceleratorCount"])
        prices = {False: cells["Price"], True: cells["SpotPrice"]}
    if not (region.isprintable() and len(region) <= _LONGEST_NAME):
        raise ValueError("region")
    evidence = book.sections["evidence"]
    least, most = (evidence[f"catalogue_{end}_usd_per_gpu_hour"].value for end in ("least", "most"))
    for spot, text in prices.items():
        usd = float(text or 0) / gpus
        if not (math.isfinite(usd) and 0 <= usd <= most):
            raise ValueError(text)
        if usd >= least:
            yield Offer(gpu, region, gpus, usd, spot)


def _count(text: str) -> int:
    number = float(text)
    if not (math.isfinite(number) and number == int(number) and 1 <= number <= 64):
        raise ValueError(text)
    return int(number)


def unpacked(data: bytes, name: str, source: str) -> dict[str, str]:
    """The CSV files in some bytes, by the provider they are about: a CSV file itself, or a zip of such.

    name: its path, of which the provider is the file's name or, for SkyPilot's vms.csv, its folder's. Raises InputError
    when it is too large, no text, or a broken zip.
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
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as error:
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
        raise InputError(source, f"a byte that is no UTF-8 at position {error.start}", ALLOWED) from None


def read_catalogues(path: Path, book: Book) -> tuple[Catalogue, ...]:
    """The catalogues in a file, a zip file or a folder of them, such as SkyPilot's `~/.sky/catalogs/v8`; the day is
    that of the file. In a folder, other files are passed over. Raises InputError as `parse` does, or for none."""
    if path.is_dir():
        within = sorted(file for file in path.rglob("*") if file.suffix in (".csv", ".zip") and file.is_file())
        named = [file for file in within if file.name == "vms.csv" or not _is_other(file)][:MAX_FILES]
        if not named:
            raise InputError(str(path), "no catalogue in this folder", ALLOWED)
        return tuple(catalogue for file in named for catalogue in _read_file(file, book))
    return tuple(_read_file(path, book))


def _is_other(file: Path) -> bool:
    """Whether a CSV file in a folder is of another kind, as SkyPilot's images.csv is."""
    try:
        with file.open(encoding="utf-8-sig", errors="replace") as opened:
            header = opened.readline(4096).strip().split(",")
    except OSError:
        return False  # whoever reads it says what is wrong
    return file.suffix == ".csv" and not (set(_GPUHUNT) <= set(header) or set(_SKYPILOT) <= set(header))


def _read_file(path: Path, book: Book) -> Iterator[Catalogue]:
    try:
        if not path.is_file():
            found = "not a regular file" if path.exists() else "no such file"
            raise InputError(str(path), found, ALLOWED)
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        day = datetime.fromtimestamp(path.stat().st_mtime, UTC).date()
    except ValueError:  # a path with a null character
        raise InputError(ascii(str(path)), "no path", ALLOWED) from None
    except OSError as error:
        raise InputError(str(path), (error.strerror or str(error)).lower(), ALLOWED) from None
    for provider, text in unpacked(data, path.resolve().as_posix(), str(path)).items():
        yield parse(text, provider, day, str(path), book)


def spread_of(catalogue: Catalogue, gpu_id: str, *, spot: bool) -> dict[str, tuple[float, float]]:
    """The lowest and the highest price of a GPU by region, USD per GPU-hour."""
    by_region: dict[str, list[float]] = {}
    for offer in catalogue.offers:
        if offer.gpu == gpu_id and offer.spot == spot:
            by_region.setdefault(offer.region, []).append(offer.usd_per_gpu_hour)
    return {region: (min(usd), max(usd)) for region, usd in by_region.items()}


def catalogue_level(catalogues: Sequence[Catalogue], gpu_id: str, book: Book) -> Figure:
    """The list price on demand as the catalogues have it: the median across neoclouds of each one's lowest price of a
    whole node. Raises InputError when no neocloud lists one."""
    gpus_per_node = book.sections["rental"]["gpus_per_node"].value
    lowest: dict[str, float] = {}
    days: dict[str, date] = {}
    for catalogue in sorted(catalogues, key=lambda one: one.day):
        whole = [o for o in catalogue.offers if o.gpu == gpu_id and not o.spot and o.gpus == gpus_per_node]
        if catalogue.tier == "neocloud" and whole:
            usd, name, day = min(offer.usd_per_gpu_hour for offer in whole), catalogue.provider, catalogue.day
            lowest[name] = min(usd, lowest[name]) if days.get(name) == day else usd  # the newer beats the older
            days[name] = day
    if not lowest:
        raise InputError("catalogues", f"no neocloud with a node of {gpu_id} on demand", "a catalogue that lists one")
    level = {
        "value": median(lowest.values()),
        "low": min(lowest.values()),
        "high": max(lowest.values()),
        "n": len(lowest),
        "date": min(days.values()).isoformat(),
        "source": "catalogues",
        "note": f"median of the lowest price of a whole node at {', '.join(sorted(lowest))}",
        "thin": False,
        "own": False,
    }
    return book.gpus[gpu_id].figures["neocloud_usd_per_gpu_hour"].model_copy(update=level)


def with_catalogue_level(catalogues: Sequence[Catalogue], gpu_id: str, book: Book) -> Book:
    """The book with the catalogues' list price of a GPU in place of its own. Raises InputError as `catalogue_level`."""
    figure = catalogue_level(catalogues, gpu_id, book)
    where = "; ".join(sorted({one.source for one in catalogues if any(o.gpu == gpu_id for o in one.offers)}))
    return book.with_level(gpu_id, figure, Source(title="Price catalogues of other tools", where=where, kind="posted"))


def in_order(catalogues: Iterable[Catalogue]) -> tuple[Catalogue, ...]:
    """The catalogues by provider, and of one provider the newer first."""
    return tuple(sorted(catalogues, key=lambda one: (one.provider, -one.day.toordinal(), one.tool)))
