"""`--prices-from`: list prices from the catalogs of other tools in place of the book's."""

from argparse import ArgumentParser
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from advisor.cli.parser import Tell
from advisor.errors import InputError
from advisor.paths import catalogs_folder

if TYPE_CHECKING:
    from advisor.market.catalogs.parse import Catalog
    from advisor.market.price_book import PriceBook

_CACHE = "cache"


def add_prices_from(parser: ArgumentParser) -> None:
    """Add `--prices-from PATH`."""
    parser.add_argument(
        "--prices-from",
        metavar="PATH",
        help=f"list price from price catalogs on disk, or `{_CACHE}`: from those fetched",
    )


def with_catalog_prices(
    prices_from: str, gpu_ids: Iterable[str], book: "PriceBook", tell: Tell, *, all_needed: bool = True
) -> "PriceBook":
    """The book with the list prices of some GPUs from catalogs; a note says which prices.

    Args:
        prices_from: what was given with `--prices-from`.
        gpu_ids: the GPUs.
        book: the price book.
        tell: prints a note.
        all_needed: whether it is an error that the catalogs have no price of a GPU; else its price is the book's.

    Raises:
        InputError: when there are no catalogs, or no price that is needed.
    """
    from advisor.market.catalogs.plausibility import odd_lines
    from advisor.market.catalogs.price_level import with_catalog_level

    catalogs, found = _catalogs(prices_from, book, tell), book
    for gpu_id in dict.fromkeys(gpu_ids):
        for line in (line for one in catalogs for line in odd_lines(one, gpu_id, book)):
            tell(line)
        try:
            found = with_catalog_level(catalogs, gpu_id, found)
        except InputError as error:
            if all_needed:
                raise
            tell(f"{error}; the price of {gpu_id} is the book's")
            continue
        level, own = (one.gpus[gpu_id].figures["neocloud_usd_per_gpu_hour"] for one in (found, book))
        tell(f"list price ${level.value:.2f} per GPU-hour from catalogs, n={level.n}; the book's is ${own.value:.2f}")
    return found


def _catalogs(prices_from: str, book: "PriceBook", tell: Tell) -> "tuple[Catalog, ...]":
    from advisor.market.catalogs.cache import cached
    from advisor.market.catalogs.read import read_catalogs

    if prices_from != _CACHE:
        return read_catalogs(Path(prices_from), book)
    catalogs, broken = cached(book, catalogs_folder())
    for line in broken:
        tell(line)
    return catalogs
