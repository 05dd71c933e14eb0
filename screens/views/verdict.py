"""Verdict: the answer, the values beside it, what each option costs and why. Every edit is answered at once."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.getters import query_one
from textual.widgets import Static

from screens.answer import AnswerView
from screens.commands import FIND, FORM, PROFILE, VERDICT, bindings, hinted
from screens.messages import FieldChosen
from screens.ports import AppPort
from screens.views.profile_screen import ProfileScreen
from screens.widgets.bars import CostBars
from screens.widgets.card import VerdictCard
from screens.widgets.chart import CurveChart
from screens.widgets.fixed import FieldNote
from screens.widgets.form import ProfileForm
from screens.widgets.pane import framed
from screens.widgets.reasons import beside_verdict
from screens.widgets.timeline import PlanTimeline

if TYPE_CHECKING:
    from advisor.profiles.form.form_field import FormField


class VerdictScreen(ProfileScreen):
    """Verdict above, values on the left, charts and, on a wide terminal, reasons on the right."""

    VIEW = "verdict"
    CSS_PATH = "verdict.tcss"
    PLACES: ClassVar = (VERDICT, PROFILE, FORM, FIND)
    BINDINGS: ClassVar = [*bindings(VERDICT, FIND), *hinted("profile.open", "open")]

    card = query_one("#card", VerdictCard)
    form = query_one("#form", ProfileForm)
    about = query_one("#about", FieldNote)
    bars = query_one("#bars", CostBars)
    chart = query_one("#chart", CurveChart)
    timeline = query_one("#timeline", PlanTimeline)
    why = query_one("#why", Static)

    def __init__(self, port: AppPort, name: str) -> None:
        super().__init__(port, name)
        self._drawn: object = None

    @property
    def needs(self) -> tuple[str, ...]:
        """The reasons' figures, where the reasons are shown."""
        return ("deeper",) if self.has_class("-wide") else ()

    @property
    def needs_for_keys(self) -> tuple[str, ...]:
        """None: the values take the keys before the reasons are there."""
        return ()

    def compose_view(self) -> ComposeResult:
        """The frame; the answer fills it."""
        yield framed(VerdictCard(id="card", classes="picture"), "Verdict")
        with Horizontal(id="body"):
            with framed(Vertical(id="left"), "Plan"):
                yield ProfileForm(id="form")
                yield FieldNote(id="about")
            with framed(Vertical(id="pictures"), "Costs: █ to 5%, ▓ expected, ░ to 95%"):
                yield CostBars(id="bars")
                yield CurveChart(id="chart")
                yield PlanTimeline(id="timeline")
            with framed(VerticalScroll(id="reasons", can_focus=False), "Reasons"):
                yield Static("", id="why", markup=False)

    def on_mount(self) -> None:
        """The form takes the keys."""
        self.form.focus()

    def show(self, answer: AnswerView) -> None:
        """Draw an answer, unless that is what is drawn already."""
        view, wide = answer.view, self.has_class("-wide")
        drawn = view, answer.fields, answer.deeper if wide else None, answer.together, wide
        if drawn == self._drawn:
            if not self.port.waiting:  # else what was typed is not answered yet
                self.form.show(answer.fields)
            return
        self._drawn = drawn
        self.card.show(view, answer.together)
        self.bars.show(view.rows)
        self.chart.show(view.costs)
        self.set_class(view.timeline is not None, "-steps")
        if view.timeline is not None:
            self.timeline.show(view.timeline)
        self.form.show(answer.fields)
        if wide:
            self.why.update(beside_verdict(answer))

    def idle_commands(self) -> Iterator[str]:
        """The commands that would do nothing now."""
        yield from super().idle_commands()
        yield from self.form.idle_commands()

    @property
    def place(self) -> str:
        """The value under the cursor."""
        return "" if self.form.field is None else _words_of(self.form.field)

    def go_to(self, place: str) -> None:
        """Put the cursor on a value, unless it was moved already."""
        rows = [row for row, field in enumerate(self.form.fields) if _words_of(field) == place]
        if rows and self.form.cursor == self.form.begins_at:
            self.form.cursor = rows[0]

    def show_preloaded(self, preloaded: AnswerView) -> None:
        """The verdict is all this view needs."""
        self.show(preloaded)

    @on(FieldChosen)
    def _show_field(self) -> None:
        """Show meaning, range and source of the value under the cursor."""
        if self.form.field is not None:
            self.about.say(self.form.field.note)
        self.footer.show_keys()

    def action_back(self) -> None:
        """Back to the profiles; unsaved edits are asked about first."""
        self.port.files.settle_edits(self._leave)

    def _leave(self) -> None:
        self.port.problem = self.port.note = ""
        self.port.navigation.show_home()


def _words_of(field: "FormField") -> str:
    """A value by its path: `workload/0/nodes`."""
    return "/".join(map(str, field.path))
