"""Break-even: where the costs of the options cross, by month, by utilization, by length of the plan and by price."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.getters import query_one

from screens.answer import Answer
from screens.commands import FIND, LINES, LIST, PROFILE, bindings
from screens.views.profile_screen import ProfileScreen
from screens.widgets.chart import CurveChart
from screens.widgets.lines import NumberLines
from screens.widgets.pane import framed
from screens.widgets.reasons import EMPTY, crossings, heading, hints, lengths, terms, volume


class BreakEvenScreen(ProfileScreen):
    """Two charts and their figures; each figure can be opened."""

    VIEW = "break-even"
    TITLE_WORD = "Break-even"
    CSS_PATH = "break_even.tcss"
    PLACES: ClassVar = (LIST, LINES, PROFILE, FIND)
    BINDINGS: ClassVar = bindings(FIND)

    costs = query_one("#costs", CurveChart)
    use = query_one("#use", CurveChart)
    figures = query_one("#figures", NumberLines)

    @property
    def needs(self) -> tuple[str, ...]:
        """The curves over utilization."""
        return ("use",)

    def compose_view(self) -> ComposeResult:
        """Cumulative cost above; cost by utilization and the figures below."""
        yield framed(CurveChart(id="costs"), "By month")
        with Horizontal(id="below"):
            yield framed(CurveChart(id="use", classes="picture"), "By utilization")
            yield framed(NumberLines(id="figures"), "Figures")

    def on_mount(self) -> None:
        """The figures take the arrow keys."""
        self.figures.focus()

    @property
    def place(self) -> str:
        """The number under the cursor."""
        return self.figures.number or ""

    def go_to(self, place: str) -> None:
        """Put the cursor on a number."""
        self.figures.go_to(place)

    def show(self, answer: Answer) -> None:
        """Draw an answer; the old curves over utilization stay until the new ones are there."""
        view = answer.view
        self.costs.show(view.costs)
        if answer.use is not None:
            self.use.show(answer.use)
        lines = [*hints(answer), *volume(answer), EMPTY, *lengths(answer), EMPTY, *terms(answer), EMPTY]
        lines += [heading("By month, costs so far"), *crossings(answer)]
        self.figures.show(lines)
