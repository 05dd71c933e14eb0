"""What catalogs say of one GPU: the range by region, and a list price that can replace the book's."""

from collections.abc import Iterable, Sequence
from datetime import date
from statistics import median

from advisor.errors import InputError
from advisor.formatting import usd_rate
from advisor.market.catalogs.parse import Catalog
from advisor.market.catalogs.plausibility import without_odd
from advisor.market.figures import Figure, Source
from advisor.market.price_book import PriceBook


def spread_of(catalog: Catalog, gpu_id: str, *, spot: bool) -> dict[str, tuple[float, float]]:
    """Return the lowest and highest price of a GPU by region, USD per GPU-hour."""
    by_region: dict[str, list[float]] = {}
    for offer in catalog.offers:
        if offer.gpu == gpu_id and offer.spot == spot:
            by_region.setdefault(offer.region, []).append(offer.usd_per_gpu_hour)
    return {region: (min(usd), max(usd)) for region, usd in by_region.items()}


def catalog_level(catalogs: Sequence[Catalog], gpu_id: str, book: PriceBook) -> Figure:
    """Return the on-demand list price in the catalogs.

    It is the median across neoclouds of each one's lowest price of a whole node; odd prices do not count.

    Raises:
        InputError: No neocloud lists a whole node at a price that is believed.
    """
    gpus_per_node = book.sections["rental"]["gpus_per_node"].value
    lowest: dict[str, float] = {}
    days: dict[str, date] = {}
    for catalog in sorted(catalogs, key=lambda one: one.day):
        believed = without_odd(catalog, book).offers
        whole = [o for o in believed if o.gpu == gpu_id and not o.spot and o.gpus == gpus_per_node]
        if catalog.tier == "neocloud" and whole:
            usd, name, day = min(offer.usd_per_gpu_hour for offer in whole), catalog.provider, catalog.day
            lowest[name] = min(usd, lowest[name]) if days.get(name) == day else usd  # the newer beats the older
            days[name] = day
    if not lowest:
        found = f"no neocloud with a node of {gpu_id} on demand at a plausible price"
        raise InputError("catalogs", found, "a catalog that lists one")
    listed = book.gpus[gpu_id].figures["neocloud_usd_per_gpu_hour"]
    level = {
        "value": median(lowest.values()),
        "low": min(lowest.values()),
        "high": max(lowest.values()),
        "n": len(lowest),
        "date": min(days.values()).isoformat(),
        "source": "catalogs",
        "note": f"median of the lowest price of a whole node at {', '.join(sorted(lowest))}",
        "thin": False,
        "own": False,
        "doubt": _doubt(median(lowest.values()), listed),
    }
    return listed.model_copy(update=level)


def _doubt(usd: float, listed: Figure) -> str:
    """Why a level of the catalogs is used with less confidence: it lies outside the book's own range."""
    if listed.low <= usd <= listed.high:
        return ""
    return (
        f"The list price from catalogs, {usd_rate(usd)}, lies outside the book's {usd_rate(listed.low)} to "
        f"{usd_rate(listed.high)}: confidence is lowered."
    )


def with_catalog_level(catalogs: Sequence[Catalog], gpu_id: str, book: PriceBook) -> PriceBook:
    """Return the book with the catalogs' list price of a GPU. Raises InputError as `catalog_level` does."""
    figure = catalog_level(catalogs, gpu_id, book)
    where = "; ".join(sorted({one.source for one in catalogs if any(o.gpu == gpu_id for o in one.offers)}))
    return book.with_level(gpu_id, figure, Source(title="Price catalogs of other tools", where=where, kind="posted"))


def in_order(catalogs: Iterable[Catalog]) -> tuple[Catalog, ...]:
    """Return the catalogs by provider, the newest of each provider first."""
    return tuple(sorted(catalogs, key=lambda one: (one.provider, -one.day.toordinal(), one.tool)))
