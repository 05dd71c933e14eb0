"""Downloaded catalogs, kept in the user's cache folder."""

import json
from datetime import date
from pathlib import Path

from advisor.errors import InputError, SaveError, reason_of
from advisor.files.atomic import write_private_file
from advisor.market.catalogs.parse import MAX_BYTES, Catalog, parse
from advisor.market.price_book import PriceBook

_MAX_CACHED_BYTES = 2 * MAX_BYTES  # a catalog in JSON, where quotes are escaped


def keep(catalog: Catalog, text: str, folder: Path) -> None:
    """Write a verified catalog to the cache atomically. Raises SaveError."""
    place = folder / f"{catalog.tool}-{catalog.provider}.json"
    content = {
        "provider": catalog.provider,
        "day": catalog.day.isoformat(),
        "source": catalog.source,
        "csv": text,
    }
    try:
        write_private_file(place, json.dumps(content).encode())
    except OSError as error:
        raise SaveError(str(folder), reason_of(error), "a folder with enough space") from None


def cached(book: PriceBook, folder: Path) -> tuple[tuple[Catalog, ...], tuple[str, ...]]:
    """Return the catalogs in the cache, checked again, and one line for each that is damaged."""
    found, broken = list[Catalog](), list[str]()
    for place in sorted(folder.glob("*.json")):
        try:
            if not place.is_file() or place.stat().st_size > _MAX_CACHED_BYTES:
                raise ValueError("not a cached catalog")
            raw = json.loads(place.read_text(encoding="utf-8"))
            day = date.fromisoformat(raw["day"])
            found.append(parse(raw["csv"], raw["provider"], day, str(raw["source"]), book))
        except InputError as error:
            broken.append(str(error))
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            broken.append(f"{place}: found a damaged file; allowed: what `gpu-advisor market update` writes there")
    return tuple(found), tuple(broken)
