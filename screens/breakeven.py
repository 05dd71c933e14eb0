"""Break-even: where the ways cross, by month, by busy share, by length of the plan and by price."""

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static

from screens.commands import PAGES, PROFILE
from screens.opened import ProfileScreen
from screens.widgets.chart import CurveChart
from screens.widgets.pages import Pages
from screens.widgets.reasons import lengths, terms

if TYPE_CHECKING:
    from screens.session import Answer


class BreakEvenScreen(ProfileScreen):
    """Two pictures and the figures they show."""

    VIEW = "break-even"
    TITLE_WORD = "Break-even"
    CSS_PATH = "breakeven.tcss"
    PLACES: ClassVar = (PROFILE, PAGES)

    @property
    def needs(self) -> tuple[str, ...]:
        """The curves over the busy share."""
        return ("use",)

    def compose_view(self) -> ComposeResult:
        """Cumulative cost above; cost by use and the figures below."""
        yield CurveChart(id="costs")
        with Horizontal(id="below"):
            yield CurveChart(id="use", classes="picture")
            with Pages(id="figures"):
                yield Static("", id="points", markup=False)

    def on_mount(self) -> None:
        """The figures take the arrow keys."""
        self.query_one("#figures").focus()

    def show(self, answer: "Answer") -> None:
        """Draw an answer; the curves by use stay as they were until theirs are there."""
        view = answer.view
        self.query_one("#costs", CurveChart).show(view.costs)
        if answer.use is not None:
            self.query_one("#use", CurveChart).show(answer.use)
        lines = [Content.styled("Prices", "bold"), *map(Content, view.hints), Content("")]
        lines += [*lengths(answer), Content(""), *terms(answer), Content("")]
        lines += [Content.styled("By month", "bold"), *map(Content, view.crossings), Content(view.payback)]
        self.query_one("#points", Static).update(Content("\n").join(lines))
