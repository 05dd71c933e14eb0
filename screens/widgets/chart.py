"""The cumulative cost of each way, month by month, with the crossings marked."""

from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from advisor.words import usd
from screens.widgets.braille import Cell, draw

if TYPE_CHECKING:
    from advisor.present import Curve, VerdictView

_AXIS_CELLS = 7
_NAME_CELLS = 8


class CostChart(Widget):
    """Draws the curves of a verdict: each with its name at its end and a colour, × where two cross."""

    COMPONENT_CLASSES: ClassVar = {"chart--rent", "chart--reserve", "chart--buy", "chart--axis", "chart--cross"}

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self._view: VerdictView | None = None
        self._strips: list[Strip] = []

    def show(self, view: "VerdictView") -> None:
        """Draw another verdict."""
        self._view = view
        self._strips = []
        self.refresh()

    def on_resize(self) -> None:
        """Draw again at the new size."""
        self._strips = []

    def notify_style_update(self) -> None:
        """Draw again in the new colours."""
        super().notify_style_update()
        self._strips = []

    def render_line(self, y: int) -> Strip:
        """One line of the picture."""
        if not self._strips:
            self._strips = self._draw()
        return self._strips[y] if y < len(self._strips) else Strip.blank(self.size.width, self.rich_style)

    def _draw(self) -> list[Strip]:
        width, height = self.size
        if self._view is None or not self._view.curves or width < _AXIS_CELLS + 10 or height < 4:
            return []
        columns, rows = width - _AXIS_CELLS - 1 - _NAME_CELLS, height - 2
        curves = [curve.usd for curve in self._view.curves]
        highest = max(max(curve) for curve in curves)
        months = max(len(curve) for curve in curves) - 1
        stretched = [(*curve, *[curve[-1]] * (months + 1 - len(curve))) for curve in curves]
        cells = draw(stretched, columns, rows, 0.0, highest)
        for crossing in self._view.crossing_points:
            column = min(columns - 1, round(crossing.month / months * (columns - 1)))
            cells[_row_of(crossing.usd, highest, rows)][column] = Cell("×", None)
        names = self._names([curve[-1] for curve in stretched], highest, rows)
        body = [self._row(cells[row], names.get(row), row, rows, highest) for row in range(rows)]
        return [self._title(width), *body, self._month_axis(columns, months)]

    def _names(self, ends: list[float], highest: float, rows: int) -> "dict[int, Curve]":
        """The row in which each curve's name stands: where it ends, or the nearest free one."""
        assert self._view is not None
        names: dict[int, Curve] = {}
        for curve, end in zip(self._view.curves, ends, strict=True):
            home = _row_of(end, highest, rows)
            free = sorted((row for row in range(rows) if row not in names), key=lambda row: abs(row - home))
            if free:
                names[free[0]] = curve
        return names

    def _style(self, name: str) -> Style:
        return self.get_component_rich_style(f"chart--{name}")

    def _title(self, width: int) -> Strip:
        """What is drawn."""
        assert self._view is not None
        crossing = "  × crossing" if self._view.crossing_points else ""
        title = Segment(f"Cumulative cost by month{crossing}", self._style("axis"))
        return Strip([title]).adjust_cell_length(width, self.rich_style)

    def _row(self, cells: list[Cell], name: "Curve | None", row: int, rows: int, highest: float) -> Strip:
        assert self._view is not None
        label = usd(highest * (1 - row / max(1, rows - 1))) if row in (0, rows // 2, rows - 1) else ""
        segments = [Segment(f"{label:>{_AXIS_CELLS - 1}} │", self._style("axis"))]
        for cell in cells:
            if cell.curve is not None:
                style = self._style(self._view.curves[cell.curve].action)
            else:
                style = self._style("cross") if cell.character != " " else self.rich_style
            segments.append(Segment(cell.character, style))
        if name is not None:
            segments.append(Segment(f" {name.action}", self._style(name.action)))
        return Strip(segments).simplify().adjust_cell_length(self.size.width, self.rich_style)

    def _month_axis(self, columns: int, months: int) -> Strip:
        """Month numbers under the picture."""
        line = [" "] * columns
        marks = 5 if columns >= 40 else 3
        for mark in range(marks):
            text = f"{round(months * mark / (marks - 1))}"
            at = min(columns - len(text), round((columns - 1) * mark / (marks - 1)))
            line[at : at + len(text)] = text
        head = f"{'month':>{_AXIS_CELLS - 1}}  "[: _AXIS_CELLS + 1]
        axis = Segment(head + "".join(line), self._style("axis"))
        return Strip([axis]).adjust_cell_length(self.size.width, self.rich_style)


def _row_of(amount: float, highest: float, rows: int) -> int:
    """The row, from the top, in which an amount is drawn."""
    return min(rows - 1, max(0, round((1 - amount / (highest or 1.0)) * (rows - 1))))
