"""The decision map as filled cells, the deeper the clearer: nodes across, months down, one cell under the cursor."""

from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual.events import Click
from textual.geometry import Region
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from screens.commands import MAP, bindings
from screens.messages import CellChosen, CellOpened

if TYPE_CHECKING:
    from advisor.reports.view_models import MapCell, MapView

_AXIS_CELLS = 8
_BESIDE = " " * (_AXIS_CELLS - 1) + "│"
_UNDER_ROWS = 2
_WIDEST_CELL, _TALLEST_CELL = 7, 3


class MapGrid(Widget, can_focus=True):
    """Posts CellChosen as the cursor moves, CellOpened on Enter."""

    BINDINGS: ClassVar = bindings(MAP)
    COMPONENT_CLASSES: ClassVar = {
        *(f"map--{action}-{lead}" for action in ("api", "rent", "reserve", "buy") for lead in range(3)),
        "map--none", "map--cursor", "map--axis",
    }  # fmt: skip

    cursor: reactive[tuple[int, int]] = reactive((0, 0), repaint=False)

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id, classes=classes)
        self.map: MapView | None = None

    def show(self, view: "MapView") -> None:
        """Show another map; the cursor goes to the plan that is its own."""
        if view is self.map:
            return
        self.map = view
        self.refresh()
        self.cursor = view.own
        self.post_message(CellChosen())

    @property
    def cell(self) -> "MapCell | None":
        """The cell under the cursor."""
        return None if self.map is None else self.map.cells[self.cursor[0]][self.cursor[1]]

    @property
    def plan(self) -> tuple[float, float] | None:
        """Nodes and months of the cell under the cursor."""
        return None if self.map is None else (self.map.nodes[self.cursor[1]], self.map.months[self.cursor[0]])

    @property
    def cursor_row(self) -> int:
        """The line of this widget that the cursor is on."""
        return self.cursor[0] * self._row_height

    def action_move(self, rows: int, columns: int) -> None:
        """Move the cursor, within the map."""
        if self.map is not None:
            row, column = self.cursor
            last_row, last_column = len(self.map.months) - 1, len(self.map.nodes) - 1
            self.cursor = min(max(row + rows, 0), last_row), min(max(column + columns, 0), last_column)

    def action_own(self) -> None:
        """Back to the user's own plan."""
        if self.map is not None:
            self.cursor = self.map.own

    def go_to(self, nodes: str, months: str) -> None:
        """Put the cursor on a plan, if the map has it."""
        view = self.map
        across = [] if view is None else [f"{one:g}" for one in view.nodes]
        down = [] if view is None else [f"{one:g}" for one in view.months]
        if nodes in across and months in down:
            self.cursor = down.index(months), across.index(nodes)

    def action_open(self) -> None:
        """Take this plan."""
        if self.map is not None:
            self.post_message(CellOpened())

    def watch_cursor(self, before: tuple[int, int], after: tuple[int, int]) -> None:
        """Only the two rows change."""
        for row in {before[0], after[0]}:
            self.refresh(Region(0, row * self._row_height, self.size.width, self._row_height))
        self.post_message(CellChosen())

    def render_line(self, y: int) -> Strip:
        """A row of the map; under the last one the nodes."""
        if self.map is None:
            return Strip.blank(self.size.width, self.rich_style)
        row, line = divmod(y, self._row_height)
        if row < len(self.map.months):
            segments = self._row(self.map, row, between=line != (self._row_height - 1) // 2)
        else:
            under = under_the_map(self.map.columns, self._cell_width(self.map), self.map.across)
            at = y - len(self.map.months) * self._row_height
            text = under[at] if at < len(under) else ""
            segments = [Segment(text, self.get_component_rich_style("map--axis"))]
        return Strip(segments).adjust_cell_length(self.size.width, self.rich_style)

    def on_click(self, event: Click) -> None:
        """Move the cursor to the cell that is clicked; open it with a double click."""
        if self.map is None:
            return
        row, column = event.y // self._row_height, (event.x - _AXIS_CELLS) // self._cell_width(self.map)
        if 0 <= row < len(self.map.months) and 0 <= column < len(self.map.nodes):
            self.cursor = row, column
            if event.chain > 1:
                self.action_open()

    def _row(self, view: "MapView", row: int, *, between: bool) -> list[Segment]:
        width, cells = self._cell_width(view), view.cells[row]
        beside = _BESIDE if between else f"{view.months[row]:>5g} m│"
        segments = [Segment(beside, self.get_component_rich_style("map--axis"))]
        for column, cell in enumerate(cells):
            style = self.get_component_rich_style(f"map--{cell.action}-{cell.lead}" if cell.action else "map--none")
            if (row, column) == self.cursor:
                style += self.get_component_rich_style("map--cursor", partial=True)
            frontier = column > 0 and cells[column - 1].action != cell.action
            letter = "" if between else cell.letter
            own = (row, column) == view.own and not between
            segments.append(Segment(cell_text(letter, width, own=own, frontier=frontier), style))
        return segments

    @property
    def _row_height(self) -> int:
        """The lines of a row: as many as fit, three at most."""
        if self.map is None:
            return 1
        return min(_TALLEST_CELL, max(1, (self.size.height - _UNDER_ROWS) // len(self.map.months)))

    def _cell_width(self, view: "MapView") -> int:
        return min(_WIDEST_CELL, max(1, (self.size.width - _AXIS_CELLS) // len(view.nodes)))


def cell_text(letter: str, width: int, *, own: bool, frontier: bool) -> str:
    """A letter in the middle of its cell, that of the user's own plan in brackets; a line on the left where another
    action begins."""
    if width == 1:
        return letter or " "
    text = f"{f'‹{letter}›' if own else letter:^{width}}"[:width]
    return f"▏{text[1:]}" if frontier and text[0] == " " else text


def under_the_map(columns: tuple[str, ...], cell_width: int, across: str = "nodes") -> tuple[str, str]:
    """The line under the map and the numbers of its columns, as many as fit. across: what they count."""
    widest = max(map(len, columns))
    step = -(-(widest + 1) // cell_width)
    line, free = [" "] * (cell_width * len(columns) + widest), 0
    for index in range(0, len(columns), step):
        word = columns[index]
        at = max(0, index * cell_width + (cell_width - len(word)) // 2)
        if at >= free:
            line[at : at + len(word)] = word
            free = at + len(word) + 1
    head = f"{across:>{_AXIS_CELLS - 2}}"
    return " " * (_AXIS_CELLS - 1) + "└" + "─" * (cell_width * len(columns)), f"{head:<{_AXIS_CELLS}}{''.join(line)}"
