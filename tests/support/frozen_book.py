"""A price book and price history that stay as they are, for tests that show many of their figures.

A new price then rewrites no snapshot. If the format of the files changes, or the snapshots are to show today's prices,
`python -m tests.support.frozen_book` copies the book of today over the frozen one; `make snapshots` comes after it.
"""

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from advisor.market import data_files
from advisor.market.price_book import PriceBook, built_in_book
from tests.support import app_driver
from tests.support.folders import CASES, ROOT

FROZEN = CASES / "frozen_book"
LIVE = ROOT / "advisor" / "market" / "data"
_TABLES = ("gpus", "terms", "ownership", "sources", "scenarios", "methods", "throughput", "token_prices")
_FILES = (*(f"{table}.toml" for table in _TABLES), "history.csv")


@contextmanager
def frozen_book(folder: Path = FROZEN) -> Iterator[None]:
    """Let the engine read the frozen book and history instead of those that ship."""
    live = data_files.FOLDER
    data_files.FOLDER = folder
    forget_everything()
    try:
        yield
    finally:
        data_files.FOLDER = live
        forget_everything()


def frozen_prices() -> PriceBook:
    """The frozen book itself, for a test that passes a book on and stands on its numbers."""
    with frozen_book():
        return built_in_book()


def forget_everything() -> None:
    """Drop every result that the engine and the app driver keep: it may come from another book."""
    for name, module in list(sys.modules.items()):
        if name.startswith("advisor."):
            for value in list(vars(module).values()):
                if hasattr(value, "cache_clear") and not isinstance(value, type):
                    value.cache_clear()
    app_driver.forget_answers()


def main() -> None:
    """Copy the book of today over the frozen one."""
    for name in _FILES:
        shutil.copyfile(LIVE / name, FROZEN / Path(name))


if __name__ == "__main__":
    main()
