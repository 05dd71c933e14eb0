"""Verdict: the answer, the values beside it, what each way costs and why. Every edit is answered at once."""

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from screens.commands import FORM, PROFILE, VERDICT, bindings, hinted
from screens.messages import FieldChosen
from screens.views.profile_screen import ProfileScreen
from screens.widgets.bars import CostBars
from screens.widgets.card import VerdictCard
from screens.widgets.chart import CurveChart
from screens.widgets.fixed import FixedText
from screens.widgets.form import ProfileForm
from screens.widgets.reasons import beside_verdict

if TYPE_CHECKING:
    from screens.state.session import Shown


class VerdictScreen(ProfileScreen):
    """Verdict above, values on the left, pictures and, where there is room, reasons on the right."""

    VIEW = "verdict"
    CSS_PATH = "verdict.tcss"
    PLACES: ClassVar = (VERDICT, PROFILE, FORM)
    BINDINGS: ClassVar = [*bindings(VERDICT), *hinted("profile.open", "open")]

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._drawn: object = None

    @property
    def needs(self) -> tuple[str, ...]:
        """The reasons' figures, where the reasons are shown."""
        return ("deeper",) if self.has_class("-wide") else ()

    def compose_view(self) -> ComposeResult:
        """The frame; the answer fills it."""
        yield VerdictCard(id="card", classes="picture")
        with Horizontal(id="body"):
            with Vertical(id="left"):
                yield ProfileForm(id="form")
                yield FixedText(id="about")
            with Vertical(id="pictures"):
                yield CostBars(id="bars")
                yield CurveChart(id="chart")
            with VerticalScroll(id="reasons", can_focus=False):
                yield Static("", id="why", markup=False)

    def on_mount(self) -> None:
        """The form takes the keys, with its cursor where it was."""
        self.watch(self.app, "problem", self._tell_about)
        form = self.query_one("#form", ProfileForm)
        form.cursor = self.app.field_chosen
        form.focus()

    def show(self, answer: "Shown") -> None:
        """Draw an answer, unless that is what stands there already."""
        view, wide = answer.view, self.has_class("-wide")
        drawn = view, answer.fields, answer.deeper if wide else None, wide
        if drawn == self._drawn:
            return
        self._drawn = drawn
        self.query_one("#card", VerdictCard).show(view)
        self.query_one("#bars", CostBars).show(view.rows)
        self.query_one("#chart", CurveChart).show(view.costs)
        self.query_one("#form", ProfileForm).show(answer.fields)
        if wide:
            self.query_one("#why", Static).update(beside_verdict(answer))

    def show_ahead(self, ahead: "Shown") -> None:
        """The verdict is all this view needs."""
        self.show(ahead)

    @on(FieldChosen)
    def _keep_place(self, message: FieldChosen) -> None:
        self.app.field_chosen = message.index
        self._tell_about()

    def _tell_about(self) -> None:
        """Meaning, range and source of the value under the cursor, or what was wrong with the last one."""
        field, about = self.query_one("#form", ProfileForm).field, self.query_one("#about", FixedText)
        if self.app.problem and (self.app.answer or self.app.ahead) is not None:
            about.say(Content.styled(self.app.problem, "$text-error"))
        elif field is not None:
            about.say(field.note)
