"""`--prices-from`: list prices from the catalogues of other tools in place of the book's."""

from argparse import ArgumentParser
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from advisor.cli.parser import Tell
from advisor.errors import InputError
from advisor.paths import catalogs_folder

if TYPE_CHECKING:
    from advisor.market.catalogs.parse import Catalogue
    from advisor.market.price_book import PriceBook

_CACHE = "cache"


def add_prices_from(parser: ArgumentParser) -> None:
    """Add `--prices-from PATH`."""
    parser.add_argument(
        "--prices-from",
        metavar="PATH",
        help=f"list price from price catalogues on disk, or `{_CACHE}`: from those fetched",
    )


def with_catalogue_prices(
    prices_from: str, gpu_ids: Iterable[str], book: "PriceBook", tell: Tell, *, all_needed: bool = True
) -> "PriceBook":
    """The book with the list prices of some GPUs from catalogues; a note says which prices.

    Args:
        prices_from: what was given with `--prices-from`.
        gpu_ids: the GPUs.
        book: the price book.
        tell: prints a note.
        all_needed: whether it is an error that the catalogues have no price of a GPU; else its price is the book's.

    Raises:
        InputError: when there are no catalogues, or no price that is needed.
    """
    from advisor.market.catalogs.plausibility import odd_lines
    from advisor.market.catalogs.price_level import with_catalogue_level

    catalogues, found = _catalogues(prices_from, book, tell), book
    for gpu_id in dict.fromkeys(gpu_ids):
        for line in (line for one in catalogues for line in odd_lines(one, gpu_id, book)):
            tell(line)
        try:
            found = with_catalogue_level(catalogues, gpu_id, found)
        except InputError as error:
            if all_needed:
                raise
            tell(f"{error}; the price of {gpu_id} is the book's")
            continue
        level, own = (one.gpus[gpu_id].figures["neocloud_usd_per_gpu_hour"] for one in (found, book))
        tell(f"list price ${level.value:.2f} per GPU-hour from catalogues, n={level.n}; the book's is ${own.value:.2f}")
    return found


def _catalogues(prices_from: str, book: "PriceBook", tell: Tell) -> "tuple[Catalogue, ...]":
    from advisor.market.catalogs.cache import cached
    from advisor.market.catalogs.read import read_catalogues

    if prices_from != _CACHE:
        return read_catalogues(Path(prices_from), book)
    catalogues, broken = cached(book, catalogs_folder())
    for line in broken:
        tell(line)
    return catalogues
