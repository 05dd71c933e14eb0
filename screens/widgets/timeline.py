"""The timeline of a plan: what to do by month, and below it what is paid and the cash that is left."""

from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import Static

from advisor.reports.timeline.picture import TimelineLine, timeline_lines

if TYPE_CHECKING:
    from advisor.costing.option import Action
    from advisor.reports.view_models import Timeline


class PlanTimeline(Static):
    """Fits its lines to the place it has, in the colour of what is to be done."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id, markup=False)
        self._shown: tuple[Timeline, Action] | None = None

    def show(self, timeline: "Timeline", action: "Action") -> None:
        """Show another plan."""
        self._shown = timeline, action
        self._redraw()

    def on_resize(self) -> None:
        """Fit the lines to the new size."""
        self._redraw()

    def _redraw(self) -> None:
        width, height = self.size
        if width and height and self._shown is not None:
            timeline, action = self._shown
            lines = [_content(line, action) for line in timeline_lines(timeline, width, height)]
            self.update(Content("\n").join(lines), layout=False)  # its place is of fixed size


def _content(line: TimelineLine, action: "Action") -> Content:
    if line.what in ("header", "scale"):
        return Content.styled(line.text, "$text-muted")
    if line.what == "step":
        return Content.assemble((line.head, f"bold ${action}"), line.rest)
    return Content.assemble(line.head, (line.rest, f"${action}"))
