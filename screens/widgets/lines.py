"""Lines with a cursor: those that show a number can be opened, and some of them tried."""

from collections.abc import Iterable
from typing import ClassVar

from textual import on
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from advisor.values.quick_dataclass import dataclass
from screens.commands import LINES, LIST, bindings, quiet_bindings
from screens.messages import NumberOpened, NumberTried
from screens.widgets.choices import ChoiceList

_STAYS = 2  # lines of a page that the next one begins with


@dataclass(frozen=True)
class Line:
    """One line, as long as it likes. number: the number it shows, if any; a heading is passed over by the cursor."""

    content: Content
    number: str | None = None
    heading: bool = False


class NumberLines(ChoiceList):
    """Posts NumberOpened and NumberTried for the line under the cursor."""

    BINDINGS: ClassVar = [*quiet_bindings(LIST), *bindings(LINES)]

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id, classes=classes, markup=False)
        self._shown: tuple[Line, ...] = ()
        self._start: int | None = None

    def show(self, lines: Iterable[Line], start: str = "") -> None:
        """Show other lines; the cursor stays on its number, or else on its row. start: the number that it is on until
        it is moved; the first line where there is none."""
        found = tuple(lines)
        if found == self._shown:
            return
        moved = self.highlighted != self._start
        at, row = self.number, self.highlighted
        self._shown = found
        self.clear_options()
        self.add_options([Option(line.content, disabled=line.heading) for line in found])
        open_ = [index for index, line in enumerate(found) if not line.heading]
        wanted = at if moved else start
        best = [index for index in open_ if wanted and found[index].number == wanted]
        later = [index for index in open_ if moved and row is not None and index >= row]
        self.highlighted = next(iter([*best, *later, *open_]), None)
        if not moved:
            self._start = self.highlighted

    @property
    def number(self) -> str | None:
        """The number on the line under the cursor."""
        row = self.highlighted
        return self._shown[row].number if row is not None and row < len(self._shown) else None

    @on(OptionList.OptionSelected)
    def _open(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        if self.number is not None:
            self.post_message(NumberOpened(self.number))

    def go_to(self, number: str) -> None:
        """Put the cursor on a number, if it is there."""
        rows = [index for index, line in enumerate(self._shown) if number and line.number == number]
        self.highlighted = rows[0] if rows else self.highlighted

    def scroll_to_highlight(self, top: bool = False) -> None:
        """Keep the cursor in sight, and with the first and the last line the headings around them."""
        super().scroll_to_highlight(top)
        row = self.highlighted
        if row is None or not self.is_mounted:
            return
        if all(line.heading for line in self._shown[:row]):
            self.scroll_home(animate=False, immediate=True)
        elif all(line.heading for line in self._shown[row + 1 :]):
            self.scroll_end(animate=False, immediate=True)

    def action_page_down(self) -> None:
        """The next page."""
        self._turn(1)

    def action_page_up(self) -> None:
        """The page before."""
        self._turn(-1)

    def _turn(self, pages: int) -> None:
        """Turn pages, keeping two lines in sight; the cursor goes to the first line on the page. Textual's own
        moves the cursor by a page of lines, and leaves out what then lies between two pages."""
        height = self.scrollable_content_region.height
        top = min(max(0, self.scroll_offset.y + pages * max(1, height - _STAYS)), int(self.max_scroll_y))
        begun = [index for index, at in self._lines[top : top + height] if at == 0]
        row = next((index for index in begun if not self._shown[index].heading), None)
        self.scroll_to(y=top, animate=False, immediate=True)
        if row is not None:
            self.highlighted = row

    def action_try(self) -> None:
        """Try the value on this line."""
        if self.number is not None:
            self.post_message(NumberTried(self.number))
