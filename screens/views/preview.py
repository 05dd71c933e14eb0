"""The preview on Home: the verdict on the profile under the cursor, where the screen is wide enough."""

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.getters import query_one
from textual.widgets import Static

from screens.answer import AnswerView
from screens.widgets.card import VerdictCard
from screens.widgets.chart import CurveChart
from screens.widgets.timeline import PlanTimeline


class VerdictPreview(Vertical):
    """The sentence, the cards, the costs by month and what to do when, as on the verdict screen."""

    problem = query_one("#preview-problem", Static)
    card = query_one("#preview-card", VerdictCard)
    costs = query_one("#preview-costs", CurveChart)
    timeline = query_one("#preview-steps", PlanTimeline)

    def compose(self) -> ComposeResult:
        """The frame; a verdict fills it."""
        yield Static("", id="preview-problem", markup=False)
        yield VerdictCard(id="preview-card")
        yield CurveChart(id="preview-costs")
        yield PlanTimeline(id="preview-steps")

    def show(self, known: AnswerView | None) -> None:
        """Show a verdict, once there is room for it; nothing until it is known."""
        self.remove_class("-broken")
        self.set_class(known is None, "-empty")
        if known is not None:
            self.call_after_refresh(self._draw, known)

    def say(self, problem: str, remedy: str) -> None:
        """Show why there is no verdict, and what to do."""
        self.add_class("-empty", "-broken")
        self.problem.update(Content.assemble((problem, "$text-error"), f"\n\n{remedy}"))

    def _draw(self, known: AnswerView) -> None:
        view = known.view
        self.card.show(view, known.together)
        self.costs.show(view.costs)
        self.set_class(view.timeline is not None, "-steps")
        if view.timeline is not None:
            self.timeline.show(view.timeline)
