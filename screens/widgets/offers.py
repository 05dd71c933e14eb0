"""Offers as a table: a line each, the verdict's own with a star."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from rich.console import Group
from rich.padding import Padding
from rich.text import Text
from textual.content import Content
from textual.widgets.option_list import Option

from advisor.formatting import cut
from screens.commands import OFFERS, bindings
from screens.widgets.choices import ChoiceList

if TYPE_CHECKING:
    from advisor.reports.offers.view import OfferView

_COLUMNS = (("seller", 12), ("what", 21), ("price", 8), ("to posted", 11), ("saves", 8), ("take to", 8), ("ask for", 9))
_WIDE = (("nodes", 7), ("prepaid", 9), ("day", 12), ("until", 11))  # where they fit
_ALL_THAT_IS_ASKED = 18  # cells, where there is room for it beside all columns


class OfferTable(ChoiceList):
    """One line an offer."""

    BINDINGS: ClassVar = bindings(OFFERS)

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id, classes=classes, markup=False)
        self._drawn: tuple[tuple[OfferView, ...], int] | None = None

    def show(self, views: "tuple[OfferView, ...]") -> None:
        """Show the offers; the cursor stays on its offer, and goes to the last one when there are more."""
        if (views, self.size.width) == self._drawn or not self.size.width:
            return
        before, row = (() if self._drawn is None else self._drawn[0]), self.highlighted
        self._drawn = views, self.size.width
        self.clear_options()
        self.add_options([Option(_line(view, self.size.width)) for view in views])
        last = len(views) - 1
        self.highlighted = None if last < 0 else last if len(views) > len(before) > 0 else min(row or 0, last)


def hanging(lines: Sequence[str]) -> Group:
    """Lines of which one that does not fit goes on below where it begins."""
    return Group(*(Padding(Text(line.lstrip()), (0, 0, 0, 1 + len(line) - len(line.lstrip()))) for line in lines))


def head_line(width: int) -> str:
    """The heads of the columns."""
    return "  " + _row([name for name, _ in (*_COLUMNS, *_WIDE)], width)


def _line(view: "OfferView", width: int) -> Content:
    seller = view.seller or "-"
    cells = (seller, view.name, view.price, view.market, view.saves, view.up_to, view.ask)
    wide = (view.size, view.paid, view.day, view.until)
    text = f"{'*' if view.is_pick else ' '} {_row((*cells, *wide), width)}"
    return Content.styled(text, "bold") if view.is_pick else Content(text)


def _row(cells: Sequence[str], width: int) -> str:
    """The cells beside each other, as many columns as fit; a wide screen shows all of what is asked for."""
    columns, line = (*_COLUMNS, *_WIDE), ""
    spare = width - 2 - sum(cells_wide for _, cells_wide in columns)
    for cell, (head, least) in zip(cells, columns, strict=True):
        cells_wide = _ALL_THAT_IS_ASKED if head == "ask for" and least + spare >= _ALL_THAT_IS_ASKED else least
        if len(line) + cells_wide > width - 2:
            break
        line += f"{cut(cell, cells_wide - 1):<{cells_wide}}"
    return line
