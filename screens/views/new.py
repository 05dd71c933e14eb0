"""New: three ways in, then five questions with sensible defaults; the verdict is there from the first of them on."""

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Footer, OptionList, Static
from textual.widgets.option_list import Option

from screens.commands import FORM, LIST, NEW, bindings
from screens.messages import FieldChosen, FormFinished
from screens.widgets.card import headline_content
from screens.widgets.choices import ChoiceList
from screens.widgets.form import ProfileForm

if TYPE_CHECKING:
    from screens.app import AdvisorApp
    from screens.state.session import Answer

_WAYS = (
    ("fine-tune", "Fine-tune", "adapt an open model: usually one node, four at most"),
    ("pre-train", "Train from scratch", "pre-train your own model: sixteen nodes or more"),
    ("inference", "Serve", "run inference for users: part of it always on"),
)


class NewScreen(Screen[None]):
    """Choose a way in, answer five questions, go to the verdict."""

    app: "AdvisorApp"
    CSS_PATH = "new.tcss"
    PLACES: ClassVar = (NEW, LIST, FORM)
    BINDINGS: ClassVar = bindings(NEW)

    def compose(self) -> ComposeResult:
        """The three ways; the questions and the verdict stay hidden until one is chosen."""
        yield Static("New profile", classes="title", markup=False)
        yield Static("What will the GPUs do?", classes="head", markup=False)
        yield ChoiceList(
            *(Option(Content.assemble((f"{name:<20}", "bold"), meaning), id=kind) for kind, name, meaning in _WAYS),
            id="ways",
            markup=False,
        )
        yield ProfileForm(finishes=True, id="questions")
        yield Static("", id="about", classes="muted", markup=False)
        yield Static("", classes="problem", markup=False)
        yield Static("", id="soon", markup=False)
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        """Watch the answer as it changes with each question."""
        self.query_one("#questions").display = False
        self.watch(self.app, "answer", self._show_answer, init=False)
        self.watch(self.app, "waiting", self._show_waiting, init=False)
        self.watch(self.app, "problem", self._show_problem)
        self.query_one("#ways").focus()

    @on(OptionList.OptionSelected)
    def _choose_way(self, event: OptionList.OptionSelected) -> None:
        self.query_one("#ways").display = False
        kind, name, _ = next(way for way in _WAYS if way[0] == event.option_id)
        self.query_one(".head", Static).update(f"{name}: Enter takes what stands there, typing replaces it.")
        form = self.query_one("#questions", ProfileForm)
        form.display = True
        form.focus()
        self.app.begin_new(kind)

    def _show_answer(self, answer: "Answer | None") -> None:
        if answer is not None and self.query_one("#questions").display:
            self.query_one("#questions", ProfileForm).show(answer.questions)
            self.query_one("#soon", Static).update(headline_content(answer.view))

    def _show_waiting(self, waiting: bool) -> None:
        self.query_one("#soon").set_class(waiting, "waiting")

    def _show_problem(self, problem: str) -> None:
        self.query_one(".problem", Static).update(problem)

    @on(FieldChosen)
    def _tell_about(self, event: FieldChosen) -> None:
        form = self.query_one("#questions", ProfileForm)
        if form.field is not None:
            self.query_one("#about", Static).update(form.field.note)

    @on(FormFinished)
    def action_done(self) -> None:
        """Go to the verdict."""
        if self.app.session.profile is not None and self.query_one("#questions").display:
            self.app.pop_screen()
            self.app.show_verdict()

    def action_back(self) -> None:
        """Back to the list; unfinished answers are asked about first."""
        self.app.settle_edits(self._leave)

    def _leave(self) -> None:
        self.app.session.close()
        self.app.pop_screen()
