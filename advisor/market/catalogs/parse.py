"""The price catalogs of gpuhunt and SkyPilot: on-demand and spot prices by provider.

A catalog is outside data: a malformed one is refused as a whole, with one line that gives the reason.

Why the tools' own readers are not used (looked at: gpuhunt 0.1.34, SkyPilot 0.14.1). gpuhunt's public call for files
is `Catalog.query` on the folder in GPUHUNT_CATALOG_DIR: it reads only providers that it knows by name, accepts a price
of -5 or nan, skips a broken or truncated row with a line in its log, and takes an HTML page for a catalog without
rows; its `load` downloads without a time-out, a size limit or progress. What it accepts must be refused here, so every
file would be read twice. It also depends on requests and four more packages, and installs one called `tests` beside
the program's own. SkyPilot's reader comes with 50 required packages (pandas, SQLAlchemy, FastAPI) and a 4 MB wheel, and
knows only its own folder. What both write is CSV with a header, which the standard library reads.
"""

import csv
import io
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any, Literal

from advisor.errors import InputError
from advisor.market.data_files import SHIPPED, data_table
from advisor.market.gpu_names import name_parts
from advisor.market.price_book import PriceBook
from advisor.values.quick_dataclass import dataclass

Tool = Literal["gpuhunt", "skypilot"]
MAX_BYTES = 32 * 1024 * 1024  # the largest catalog there is has 3 MB
ALLOWED = "a price catalog of gpuhunt or SkyPilot: CSV, or a zip of it"
_LONGEST_NAME = 60
_COLUMNS: Mapping[Tool, set[str]] = {
    "gpuhunt": {"instance_name", "location", "price", "gpu_count", "gpu_name", "gpu_memory", "spot"},
    "skypilot": {"InstanceType", "AcceleratorName", "AcceleratorCount", "Price", "SpotPrice", "Region"},
}


@dataclass(frozen=True)
class Offer:
    """One posted price. gpus: in the machine that is sold; region: the provider's name, its zones as one."""

    gpu: str
    region: str
    gpus: int
    usd_per_gpu_hour: float
    spot: bool


@dataclass(frozen=True)
class Catalog:
    """The prices of one provider on a day. source: the file or address they come from; unreadable: how many rows about
    a GPU of the book were invalid and left out."""

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
    return data_table("catalogs", SHIPPED)


def published() -> dict[str, dict[str, Any]]:
    """Where each tool publishes its catalogs: providers, and a URL with {provider} and {version}."""
    return dict(_rules()["source"])


def parse(text: str, provider: str, day: date, source: str, book: PriceBook) -> Catalog:
    """Return the prices in the text of a CSV file.

    Args:
        text: Content of the file.
        provider: Whose prices they are, from the file's name.
        day: Date of the prices.
        source: File or address, for the catalog and for errors.
        book: Gives the GPUs and the plausible prices.

    Raises:
        InputError: It is not a catalog, is truncated, has no price of a GPU of the book, or too many invalid prices.
    """
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,39}", provider):
        raise InputError(source, f"the provider {provider[:40]!r}", "a name of lower-case letters, digits and dashes")
    rows = _rows(text, source)
    header = next(rows, [])
    tool = tool_of(header)
    if tool is None:
        raise InputError(source, f"the columns {', '.join(header)[:60]!r}", ALLOWED)
    offers, unreadable, about = dict[Offer, None](), 0, 0
    for number, row in enumerate(rows, start=2):
        if len(row) != len(header):
            raise InputError(f"{source}: row {number}", f"{len(row)} of {len(header)} columns", "a whole catalog")
        cells = dict(zip(header, row, strict=True))
        gpu = _gpu_of(cells, tool)
        if gpu is None or gpu not in book.gpus:
            continue
        about += 1
        try:
            offers.update(dict.fromkeys(_offers(cells, tool, gpu, book)))
        except ValueError:
            unreadable += 1
    if unreadable > book.sections["evidence"]["catalog_unreadable_share"].value * about:
        raise InputError(source, f"{unreadable} of {about} prices invalid", "a catalog with valid prices")
    if not offers:
        raise InputError(source, "no price for any GPU of the book", f"a price for one of {', '.join(book.gpus)}")
    return Catalog(tool, _rules()["also"].get(provider, provider), day, source, tuple(offers), unreadable)


def tool_of(header: Sequence[str]) -> Tool | None:
    """The tool whose catalogs have these columns, or None."""
    return next((tool for tool, columns in _COLUMNS.items() if columns <= set(header)), None)


def _rows(text: str, source: str) -> Iterator[list[str]]:
    try:
        yield from csv.reader(io.StringIO(text), strict=True)
    except csv.Error as error:
        raise InputError(source, f"broken CSV: {error}", ALLOWED) from None


def _gpu_of(cells: dict[str, str], tool: Tool) -> str | None:
    """The GPU of the book that a row is about; None for all other rows."""
    name = cells["gpu_name" if tool == "gpuhunt" else "AcceleratorName"]
    if tool == "skypilot" and not cells["InstanceType"]:
        return None  # Google's accelerators: their price is without the machine
    for gpu, rule in _rules()["gpu"].items():
        if name_parts(name) in map(name_parts, rule[tool]):
            description = (
                f"{cells.get('instance_name', '')} {cells.get('InstanceType', '')} {cells.get('GpuInfo', '')}".lower()
            )
            if any(form in description for form in _rules()["other_forms"]):
                return None
            if tool == "gpuhunt" and not _same_memory(cells["gpu_memory"], rule["memory_gb"]):
                return None
            return str(gpu)
    return None


def _same_memory(text: str, wanted_gb: float) -> bool:
    """Whether a memory is that of the GPU, within a tenth: makers and tools count differently. Empty is accepted."""
    try:
        return not text or abs(float(text) / wanted_gb - 1) < 0.1
    except ValueError:
        return False


def _offers(cells: dict[str, str], tool: Tool, gpu: str, book: PriceBook) -> Iterator[Offer]:
    """The price, or both prices, of a row. Raises ValueError for an invalid row."""
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
    least, most = (evidence[f"catalog_{end}_usd_per_gpu_hour"].value for end in ("least", "most"))
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
