"""A price book and price history that stay as they are, for tests that show many of their figures.

A new price then rewrites no snapshot. A new figure has to be in the frozen book too: `make freeze` adds it and its
source, takes out what the book no longer has, and leaves every other value. If the format of the files changes, or the
snapshots are to show today's prices, `make freeze-all` copies the book of today; `make snapshots` comes after it.
"""

import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from advisor.market import data_files
from advisor.market.price_book import PriceBook, built_in_book
from tests.support import app_driver
from tests.support.folders import CASES, ROOT

FROZEN = CASES / "frozen_book"
LIVE = ROOT / "advisor" / "market" / "data"
_TABLES = ("gpus", "terms", "ownership", "sources", "scenarios", "methods", "throughput", "token_prices")
_FILES = (*(f"{table}.toml" for table in _TABLES), "history.csv")
FIGURES = ("gpus.toml", "terms.toml", "ownership.toml")
_KINDS = "[figure]"  # the table of gpus.toml that says which figures a GPU has


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


@cache
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


def with_figures_of(live: str, frozen: str) -> str:
    """A frozen file with the figures that only the live one has, and without those that it lacks.

    A GPU, or a price of one, that is new in the live file stays out.
    """
    old, new = _tables(frozen), _tables(live)
    tables = old if _KINDS in old else new
    return "".join(f"{line}\n" for table in tables for line in _with_figures_of(table, old, new))


def _tables(text: str) -> dict[str, list[str]]:
    """The lines of each table of a file, by its head, which is the first of them."""
    return {part.partition("\n")[0]: part.splitlines() for part in re.split(r"^(?=\[)", text, flags=re.MULTILINE)}


def _with_figures_of(table: str, old: dict[str, list[str]], new: dict[str, list[str]]) -> list[str]:
    said_in = _KINDS if _KINDS in old else table
    before, now = ({_name(line) for line in lines.get(said_in, [])} for lines in (old, new))
    kept = [line for line in old.get(table, [table]) if _name(line) not in before - now]
    added = [line for line in new.get(table, []) if _name(line) in now - before - {""}]
    end = max((at for at, line in enumerate(kept) if _name(line)), default=0) + 1
    return [*kept[:end], *added, *kept[end:]]


def _name(line: str) -> str:
    """The figure that a line gives a value to, empty for other lines."""
    found = re.match(r"(\w+) = ", line)
    return found[1] if found else ""


def add_new_figures() -> None:
    """Bring the frozen book to the figures of the live one, and to the sources that they cite."""
    for name in FIGURES:
        text = with_figures_of((LIVE / name).read_text("utf-8"), (FROZEN / name).read_text("utf-8"))
        (FROZEN / name).write_text(text, "utf-8")
    cited = {key for name in FIGURES for key in re.findall(r'source = "(\w+)"', (FROZEN / name).read_text("utf-8"))}
    sources = (FROZEN / "sources.toml").read_text("utf-8")
    known, wanted = _tables(sources), _tables((LIVE / "sources.toml").read_text("utf-8"))
    added = ["\n".join(lines).strip() for table, lines in wanted.items() if table[1:-1] in cited and table not in known]
    (FROZEN / "sources.toml").write_text("\n\n".join([sources.strip(), *added]) + "\n", "utf-8")


def copy_all() -> None:
    """Copy the book of today over the frozen one."""
    for name in _FILES:
        shutil.copyfile(LIVE / name, FROZEN / name)


if __name__ == "__main__":
    copy_all() if "--all" in sys.argv else add_new_figures()
