"""What each option costs, as bars: the feasible ones first, then the others with the reason why not."""

from typing import TYPE_CHECKING

from textual.content import Content
from textual.widget import Widget

from advisor.formatting import cut, cut_label
from advisor.reports.cards.cost_bar import cost_bar

if TYPE_CHECKING:
    from advisor.reports.view_models import CostRow

_LABEL_CELLS = 22  # at least, and where it is more, a third of the width
_COST_CELLS = 8
_REASON_CELLS = 30
_EIGHTHS = " ▏▎▍▌▋▊▉"


class CostBars(Widget):
    """One line an option; the pick is marked. Shows as many as fit, the cheapest first."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id, markup=False)
        self._rows: tuple[CostRow, ...] = ()

    def show(self, rows: "tuple[CostRow, ...]") -> None:
        """Show other options."""
        self._rows = rows
        self.refresh()

    def render(self) -> Content:
        """Draw as many as fit."""
        width, height = self.size
        rows = chosen_rows(self._rows, height)
        longest = max((len(row.label) for row in rows), default=0)
        cells = max(_LABEL_CELLS, min(longest, width // 3))
        return Content("\n").join([_line(row, cells, width) for row in rows])


def _line(row: "CostRow", cells: int, width: int) -> Content:
    """One option. cells: of its label."""
    mark = ">" if row.is_pick else " "
    label = f"{mark}{cut_label(row.label, cells):<{cells}}"
    head = f"{label}{row.cost:>{_COST_CELLS}} "
    room = max(0, width - len(head))
    if row.why_not:  # the reason is worth more than what it would cost, where there is no room for both
        why = f"{head}no: {row.why_not}" if room > _REASON_CELLS else f"{label} {row.why_not}"
        return Content.styled(cut(why, width), "$text-muted")
    return Content.assemble((head, "bold" if row.is_pick else ""), (cost_bar(row, room), f"${row.action}"))


def chosen_rows(rows: "tuple[CostRow, ...]", most: int) -> "list[CostRow]":
    """As many rows as fit, in their order: the best of each class first of all, then the cheapest."""
    wanted = sorted(rows, key=lambda row: (not row.leads_class, rows.index(row)))[:most]
    return [row for row in rows if row in wanted]


def bar_text(share: float, cells: int) -> str:
    """A bar over a `share` of `cells`, to an eighth of a cell; at least an eighth."""
    eighths = max(1, round(share * cells * 8))
    full, rest = divmod(eighths, 8)
    return "█" * full + (_EIGHTHS[rest] if rest else "")
