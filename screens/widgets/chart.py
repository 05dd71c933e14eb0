"""Curves with their names, a scale of money on the left and labels below; points and the user's own plan are marked."""

from math import isnan
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from screens.widgets.braille import Cell, draw

if TYPE_CHECKING:
    from advisor.reports.view_models import Curve, Plot

_AXIS_CELLS = 7
_NAME_CELLS = 8


class CurveChart(Widget):
    """Draws a plot: each curve with its name at its end and a color, a sign at each point that is marked, ┊ at the
    user's own plan."""

    COMPONENT_CLASSES: ClassVar = {
        "chart--api",
        "chart--rent",
        "chart--reserve",
        "chart--buy",
        "chart--axis",
        "chart--cross",
    }

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id, classes=classes)
        self._plot: Plot | None = None
        self._strips: list[Strip] = []

    def show(self, plot: "Plot") -> None:
        """Draw another plot."""
        if plot is self._plot:
            return
        self._plot = plot
        self._strips = []
        self.refresh()

    def on_resize(self) -> None:
        """Draw again at the new size."""
        self._strips = []
        self.refresh()

    def notify_style_update(self) -> None:
        """Draw again in the new colors."""
        super().notify_style_update()
        self._strips = []

    def render_line(self, y: int) -> Strip:
        """One line of the chart."""
        if not self._strips:
            self._strips = self._draw()
        return self._strips[y] if y < len(self._strips) else Strip.blank(self.size.width, self.rich_style)

    def _draw(self) -> list[Strip]:
        width, height = self.size
        plot = self._plot
        if plot is None or not plot.lines or width < _AXIS_CELLS + 10 or height < 4:
            return []
        columns, rows = width - _AXIS_CELLS - 1 - _NAME_CELLS, height - 2
        curves, dashes = [line.values for line in plot.lines], [line.dash for line in plot.lines]
        cells = draw(curves, columns, rows, plot.lowest, plot.highest, dashes)
        if self.app.has_class("-ascii"):
            _draw_in_signs(cells, [line.sign for line in plot.lines])
        if plot.own is not None:
            _draw_vertical(cells, round(plot.own * (columns - 1)))
        for mark in plot.marks:
            column = min(columns - 1, round(mark.at * (columns - 1)))
            cells[_row_of(plot, mark.value, rows)][column] = Cell(mark.sign, None)
        names = _names(plot, rows)
        body = [self._row(plot, cells[row], names.get(row), row, rows) for row in range(rows)]
        title = Strip([Segment(plot.title, self._style("axis"))]).adjust_cell_length(width, self.rich_style)
        return [title, *body, self._under(plot, columns)]

    def _style(self, name: str) -> Style:
        return self.get_component_rich_style(f"chart--{name}")

    def _row(self, plot: "Plot", cells: list[Cell], name: "Curve | None", row: int, rows: int) -> Strip:
        at = plot.highest - (plot.highest - plot.lowest) * row / max(1, rows - 1)
        label = plot.amount(at) if row in (0, rows // 2, rows - 1) else ""
        segments = [Segment(f"{label:>{_AXIS_CELLS - 1}} │", self._style("axis"))]
        curves, blank, cross = [self._style(line.action) for line in plot.lines], self.rich_style, self._style("cross")
        for cell in cells:
            other = blank if cell.character == " " else cross
            segments.append(Segment(cell.character, other if cell.curve is None else curves[cell.curve]))
        if name is not None:
            segments.append(Segment(f" {name.name}", self._style(name.action)))
        return Strip(segments).simplify().adjust_cell_length(self.size.width, self.rich_style)

    def _under(self, plot: "Plot", columns: int) -> Strip:
        """Labels under the chart: all of them, or first, middle and last."""
        ticks = plot.ticks if columns >= 40 else plot.ticks[:: max(1, (len(plot.ticks) - 1) // 2)]
        line = [" "] * columns
        for index, text in enumerate(ticks):
            at = min(columns - len(text), round((columns - 1) * index / max(1, len(ticks) - 1)))
            line[at : at + len(text)] = text
        head = f"{plot.axis:>{_AXIS_CELLS - 1}}  "[: _AXIS_CELLS + 1]
        return Strip([Segment(head + "".join(line), self._style("axis"))]).adjust_cell_length(
            self.size.width, self.rich_style
        )


def _names(plot: "Plot", rows: int) -> "dict[int, Curve]":
    """The row of each curve's name: where the curve ends, or as near as the other names allow. A curve that ends before
    the right edge is named elsewhere."""
    ending = [line for line in plot.lines if not isnan(line.values[-1])]
    lines = sorted(ending, key=lambda line: -line.values[-1])[:rows]
    places: list[int] = []
    for line in lines:
        places.append(max(_row_of(plot, line.values[-1], rows), places[-1] + 1 if places else 0))
    for index in range(len(places)):
        places[-1 - index] = min(places[-1 - index], rows - 1 - index)
    return dict(zip(places, lines, strict=True))


def _draw_in_signs(cells: list[list[Cell]], signs: list[str]) -> None:
    """Each curve in its own sign, for a terminal without dots and maybe without colors."""
    for row in cells:
        row[:] = [cell if cell.curve is None else Cell(signs[cell.curve], cell.curve) for cell in row]


def _draw_vertical(cells: list[list[Cell]], column: int) -> None:
    """A line from top to bottom where nothing else is drawn."""
    for row in cells:
        if row[column].character == " ":
            row[column] = Cell("┊", None)


def _row_of(plot: "Plot", amount: float, rows: int) -> int:
    """The row, from the top, in which an amount is drawn."""
    share = (amount - plot.lowest) / ((plot.highest - plot.lowest) or 1.0)
    return min(rows - 1, max(0, round((1 - share) * (rows - 1))))
