"""The figures of the market as a list: headings, and a line each that opens its source."""

from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING, ClassVar

from textual.content import Content
from textual.widgets.option_list import Option

from advisor.formatting import cut
from screens.commands import MARKET, bindings
from screens.widgets.choices import ChoiceList

if TYPE_CHECKING:
    from advisor.reports.market_view import FigureRow

_COLUMNS = (  # head, what a row has there, cells, and cells where the source fits beside them
    ("figure", "name", 26, 36), ("value", "value", 19, 22), ("range", "spread", 19, 23), ("n", "sample", 4, 4),
    ("date", "day", 11, 11),
)  # fmt: skip


class FigureList(ChoiceList):
    """One line a figure; on a wide terminal the name is longer and the source is beside it."""

    BINDINGS: ClassVar = bindings(MARKET)

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id, classes=classes, markup=False)
        self._rows: tuple[FigureRow, ...] = ()
        self._drawn: tuple[str, tuple[FigureRow, ...], str, int] | None = None

    def show(self, market: str, rows: "tuple[FigureRow, ...]", wanted: str) -> None:
        """Show the rows of a market that contain all the wanted words; the cursor stays on its figure if that is still
        there, and goes to the first one in another market."""
        drawn = market, rows, wanted.lower(), self.size.width
        if drawn == self._drawn or not self.size.width:
            return
        same = self._drawn is not None and self._drawn[0] == market
        self._drawn, here = drawn, self.row.id if self.row and same else ""
        self._rows = tuple(row for row in rows if all(word in row.search_text for word in wanted.lower().split()))
        self.clear_options()
        for group, own in groupby(self._rows, key=lambda row: row.group):
            self.add_option(Option(Content.styled(group, "bold"), disabled=True))
            self.add_options([Option(_line(row, self.size.width), row.id) for row in own])
        ids = [row.id for row in self._rows]
        self.highlighted = self.get_option_index(here if here in ids else ids[0]) if ids else None

    def go_to(self, figure: str) -> None:
        """Put the cursor on a figure, if it is in the list."""
        if figure in [row.id for row in self._rows]:
            self.highlighted = self.get_option_index(figure)

    @property
    def row(self) -> "FigureRow | None":
        """The figure under the cursor."""
        option = None if self.highlighted is None else self.get_option_at_index(self.highlighted)
        return next((row for row in self._rows if option is not None and row.id == option.id), None)


def head_line(width: int) -> str:
    """The heads of the columns."""
    return _beside([head for head, *_ in _COLUMNS], "source", " ", width)


def _line(row: "FigureRow", width: int) -> Content:
    text = _beside([getattr(row, name) for _, name, *_ in _COLUMNS], row.source, row.mark, width)
    return Content.styled(text, "bold") if row.mark == "*" else Content(text)


def _beside(texts: Sequence[str], source: str, mark: str, width: int) -> str:
    """The columns beside each other, the source as far as it fits."""
    room = width - 1 - sum(wide for *_, wide in _COLUMNS)
    cells = (wide if room > 0 else narrow for *_, narrow, wide in _COLUMNS)
    line = mark + "".join(f"{cut(text, size - 1):<{size}}" for text, size in zip(texts, cells, strict=True))
    return f"{line}{cut(source, room)}" if room > 0 else line.rstrip()
