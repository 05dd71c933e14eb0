"""New: what, how much and how long, with sensible defaults; the verdict is shown from the first answer on."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.getters import query_one
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from screens.answer import Answer
from screens.commands import FORM, LIST, NEW, TITLE, bindings, command_of
from screens.messages import FieldChosen, FormFinished, PlanWanted
from screens.ports import AppPort
from screens.views.app_screen import AppScreen
from screens.widgets.card import headline_content
from screens.widgets.choices import ChoiceList
from screens.widgets.fixed import FieldNote
from screens.widgets.footer import KeyFooter
from screens.widgets.form import ProfileForm

if TYPE_CHECKING:
    from advisor.profiles.schema import Kind

_KINDS: tuple[tuple["Kind", str, str], ...] = (
    ("fine-tune", "Fine-tune", "adapt an open model: usually one node, four at most"),
    ("pre-train", "Train from scratch", "pre-train your own model: sixteen nodes or more"),
    ("inference", "Serve", "run inference for users: part of it always on"),
)
_IN_WORDS = ("words", "In your own words", "one line, such as: train 128 H100 for 2 years")
_TOUR = (  # commands, and what they are for: six lines, for who starts the app for the first time
    (("screen.verdict",), "the verdict: what to do, what it costs, and every value to change"),
    (("screen.why", "lines.try"), "why, and what would change it; t tries that, z takes it back"),
    (("screen.offers",), "offers: paste a vendor's mail, see its worth and what to ask for"),
    (("screen.map", "screen.compare"), "every size and length at a glance; plans pinned with p side by side"),
    (("profile.save", "profile.export"), "save the plan; write the memo for your board"),
    (("help", "new.back"), "every word and key of the screen; one level up, where the examples are"),
)
_KEYS_CELLS = 8
_WHAT, _WELCOME = "What will the GPUs do?", "Three questions to a first verdict. What will the GPUs do?"


class NewScreen(AppScreen):
    """Choose a kind of work, say how much and for how long, go to the verdict. The first time it also shows around."""

    CSS_PATH = "new.tcss"
    PLACES: ClassVar = (NEW, LIST, FORM)
    BINDINGS: ClassVar = bindings(NEW)

    kinds = query_one("#kinds", ChoiceList)
    questions = query_one("#questions", ProfileForm)
    about = query_one("#about", FieldNote)
    verdict = query_one("#soon", Static)
    head = query_one(".head", Static)
    problem_line = query_one(".problem", Static)

    tour = query_one("#tour", Static)

    def __init__(self, port: AppPort, *, first: bool = False) -> None:
        super().__init__(port)
        self._first = first

    def compose(self) -> ComposeResult:
        """The three kinds; the questions and the verdict stay hidden until one is chosen."""
        yield Static(TITLE if self._first else "New profile", classes="title", markup=False)
        yield Static(_WELCOME if self._first else _WHAT, classes="head", markup=False)
        yield ChoiceList(
            *(
                Option(Content.assemble((f"{name:<20}", "bold"), meaning), id=kind)
                for kind, name, meaning in (*_KINDS, _IN_WORDS)
            ),
            id="kinds",
            markup=False,
        )
        yield Static("\n".join(_tour_lines()), id="tour", classes="muted", markup=False)
        yield ProfileForm(finishes=True, id="questions")
        yield FieldNote(id="about", classes="muted")
        yield Static("", classes="problem", markup=False)
        yield Static("", id="soon", markup=False)
        yield KeyFooter(self.idle_commands)

    def on_mount(self) -> None:
        """Watch the answer as it changes with each question."""
        self.questions.display = False
        self.tour.display = self._first
        self.watch(self.app, "answer", self._show_answer, init=False)
        self.watch(self.app, "waiting", self._show_waiting, init=False)
        self.watch(self.app, "problem", self._show_problem)
        self.kinds.focus()

    def on_resize(self) -> None:
        """Draw the verdict for the new width."""
        self._show_answer(self.port.answer)

    @on(OptionList.OptionSelected)
    def _choose_kind(self, event: OptionList.OptionSelected) -> None:
        if event.option_id == _IN_WORDS[0]:
            self.post_message(PlanWanted())
            return
        self.kinds.display = self.tour.display = False
        kind, name, _ = next(one for one in _KINDS if one[0] == event.option_id)
        self.head.update(f"{name}: Enter accepts the value shown, typing replaces it.")
        self.questions.display = True
        self.questions.focus()
        self.port.answers.start_new(kind)

    def _show_answer(self, answer: Answer | None) -> None:
        if answer is not None and self.questions.display:
            self.questions.show(answer.questions)
            self.verdict.update(headline_content(answer.view, self.verdict.size.width))
        self.footer.show_keys()

    def _show_waiting(self, waiting: bool) -> None:
        self.verdict.set_class(waiting, "waiting")

    def _show_problem(self, problem: str) -> None:
        self.problem_line.update(problem)

    @on(FieldChosen)
    def _describe_field(self, event: FieldChosen) -> None:
        if self.questions.field is not None:
            self.about.say(self.questions.field.note)

    @on(FormFinished)
    def _finish(self) -> None:
        """Go to the verdict once the app has taken the last answer, unless that is refused."""
        self.app.call_later(self._unless_refused)

    def _unless_refused(self) -> None:
        if not self.port.problem:
            self.action_done()

    def action_done(self) -> None:
        """Go to the verdict."""
        if self.port.session.profile is not None and self.questions.display:
            self.app.pop_screen()
            self.port.navigation.show_verdict()

    def action_back(self) -> None:
        """Back to the list; unfinished answers are asked about first."""
        self.port.files.settle_edits(self._leave)

    def idle_commands(self) -> Iterator[str]:
        """The commands that would do nothing now."""
        yield from self.questions.idle_commands()
        if self.port.answer is None or not self.questions.display:
            yield "new.done"

    def _leave(self) -> None:
        self.port.navigation.show_home()


def _tour_lines() -> Iterator[str]:
    """What there is to see, each line after the keys that lead there."""
    for ids, text in _TOUR:
        keys = " ".join(command_of(name).shown_key for name in ids)
        yield f" {keys:<{_KEYS_CELLS}}{text}"
