"""The timeline of a plan: what to do by month, and below it what is paid and the cash that is left."""

from typing import TYPE_CHECKING

from textual.content import Content
from textual.widget import Widget

from advisor.reports.timeline.picture import TimelineLine, timeline_lines

if TYPE_CHECKING:
    from advisor.costing.option import Action
    from advisor.reports.timeline.timeline import Timeline


class PlanTimeline(Widget):
    """Fits its lines to the place it has, in the color of what is to be done."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id, markup=False)
        self._shown: Timeline | None = None

    def show(self, timeline: "Timeline") -> None:
        """Show another plan."""
        self._shown = timeline
        self.refresh()

    def render(self) -> Content:
        """Draw the plan at the size of its place."""
        lines = [] if self._shown is None else timeline_content(self._shown, *self.size)
        return Content("\n").join(lines)


def timeline_content(timeline: "Timeline", width: int, height: int = 0) -> list[Content]:
    """The lines of a timeline in their colors; height: 0 for as many as it takes."""
    return [_content(line, timeline.action) for line in timeline_lines(timeline, width, height)]


def _content(line: TimelineLine, action: "Action") -> Content:
    if line.what in ("header", "scale"):
        return Content.styled(line.text, "$text-muted")
    if line.what == "step":
        return Content.assemble((line.head, f"bold ${action}"), line.rest)
    return Content.assemble(line.head, (line.rest, f"${action}"))
