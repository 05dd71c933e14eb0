"""Columns side by side: the same questions down the left, an answer to each in every column."""

import textwrap
from typing import TYPE_CHECKING, ClassVar

from textual.content import Content
from textual.reactive import reactive
from textual.widgets import Static

from advisor.formatting import cut
from screens.commands import COMPARE, bindings
from screens.messages import ColumnChosen, ColumnRemoved, ColumnTaken

if TYPE_CHECKING:
    from advisor.reports.compare_view import CompareColumn

_QUESTION_CELLS = 18
_LEAST_CELLS, _MOST_CELLS = 20, 30
_BASELINE = " = baseline"


class ColumnTable(Static, can_focus=True):
    """Posts ColumnChosen as the cursor moves, ColumnTaken and ColumnRemoved for the column under it; the first, one's
    own, can be neither."""

    BINDINGS: ClassVar = bindings(COMPARE)

    cursor: reactive[int] = reactive(0)

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__("", id=id, classes=classes, markup=False)
        self._columns: tuple[CompareColumn, ...] = ()

    def show(self, columns: "tuple[CompareColumn, ...]") -> None:
        """Show other columns; the cursor stays within them."""
        self._columns = columns
        self.cursor = min(self.cursor, len(columns) - 1)
        self._redraw()

    def on_resize(self) -> None:
        """As many columns as fit."""
        self._redraw()

    def watch_cursor(self) -> None:
        """Highlight the name under the cursor."""
        self._redraw()
        self.post_message(ColumnChosen())

    def _redraw(self) -> None:
        if self._columns and self.size.width:
            self.update(table_content(self._columns, self.size.width, self.cursor))

    def action_move(self, columns: int) -> None:
        """Move the cursor."""
        self.cursor = min(max(self.cursor + columns, 0), max(0, len(self._columns) - 1))

    def action_take(self) -> None:
        """Take this variant."""
        if self.cursor:
            self.post_message(ColumnTaken())

    def action_remove(self) -> None:
        """Remove this column."""
        if self.cursor:
            self.post_message(ColumnRemoved())


def table_content(columns: "tuple[CompareColumn, ...]", width: int, cursor: int) -> Content:
    """Names, then a row a question; long answers are broken. Where not all columns fit, one's own stays and the others
    move so that the one under the cursor is in sight."""
    room = width - _QUESTION_CELLS
    fit = max(1, room // _LEAST_CELLS)
    first = max(1, cursor - fit + 2)
    shown = [0, *range(first, len(columns))][:fit] if fit > 1 else [cursor]
    cells = min(_MOST_CELLS, room // len(shown))
    head: list[Content | tuple[str, str]] = [Content(f"{_more(first, shown[-1], len(columns)):<{_QUESTION_CELLS}}")]
    for index in shown:
        name = cut(f"{columns[index].name}{_BASELINE if columns[index].is_baseline else ''}", cells - 2)
        head += [(name, "bold reverse" if index == cursor else "bold"), Content(" " * (cells - len(name)))]
    lines = [Content.assemble(*head), Content("")]
    for row, (question, _) in enumerate(columns[0].rows):
        lines += _row_lines(question, [columns[index] for index in shown], row, cells)
    return Content("\n").join(lines)


def _row_lines(question: str, columns: "list[CompareColumn]", row: int, cells: int) -> list[Content]:
    wrapped = [textwrap.wrap(column.rows[row][1], cells - 2) or [""] for column in columns]
    lines = []
    for line in range(max(map(len, wrapped))):
        parts: list[Content | tuple[str, str]] = [(f"{'' if line else question:<{_QUESTION_CELLS}}", "$text-muted")]
        for column, lines_of in zip(columns, wrapped, strict=True):
            text = lines_of[line] if line < len(lines_of) else ""
            style = f"bold ${column.action}" if row == 0 and column.action else ""
            if question in column.least:
                style = "bold"
            parts.append((f"{text:<{cells}}", style))
        lines.append(Content.assemble(*parts))
    return lines


def _more(first: int, last: int, count: int) -> str:
    """Which way more columns stand."""
    left, right = first > 1, last < count - 1
    return "< more >" if left and right else "< more" if left else "more >" if right else ""
