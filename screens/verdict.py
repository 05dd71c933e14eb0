"""Verdict: the answer, the values beside it, what each way costs and why. Every edit is answered at once."""

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Footer, Static

from advisor.words import cut, usd
from screens.commands import FORM, VERDICT, bindings
from screens.messages import FieldChosen
from screens.widgets.bars import CostBars
from screens.widgets.card import VerdictCard
from screens.widgets.chart import CostChart
from screens.widgets.form import ProfileForm

if TYPE_CHECKING:
    from collections.abc import Iterator

    from screens.app import AdvisorApp
    from screens.session import Answer


class VerdictScreen(Screen[None]):
    """One profile: verdict above, values on the left, pictures and reasons on the right."""

    app: "AdvisorApp"
    CSS_PATH = "verdict.tcss"
    PLACES: ClassVar = (VERDICT, FORM)
    BINDINGS: ClassVar = bindings(VERDICT)

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name

    def compose(self) -> ComposeResult:
        """The frame; the answer fills it."""
        yield Static(f" {self._name}", classes="title", markup=False, id="title")
        yield VerdictCard(id="card")
        with Horizontal(id="body"):
            with Vertical(id="left"):
                yield ProfileForm(id="form")
                yield Static("", id="about", markup=False)
            with Vertical(id="pictures"):
                yield CostBars(id="bars")
                yield CostChart(id="chart")
            with VerticalScroll(id="reasons", can_focus=False):
                yield Static("", id="why", markup=False)
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        """Watch the answer; until it is there the card says what is awaited."""
        self.query_one("#card", VerdictCard).update(" reading the profile and the price book ...")
        self.watch(self.app, "answer", self._show_answer)
        self.watch(self.app, "waiting", self._show_waiting)
        self.watch(self.app, "problem", self._show_problem)
        self.query_one("#form").focus()

    def _show_answer(self, answer: "Answer | None") -> None:
        if answer is None:
            return
        view = answer.view
        edited = " (edited)" if self.app.session.edited else ""
        market = view.market if self.has_class("-wide") else view.market_short
        name = cut(f" {view.name}", max(10, self.size.width - len(market) - len(edited) - 3)) + edited
        self.query_one("#title", Static).update(f"{name}{market:>{max(0, self.size.width - len(name) - 1)}}")
        self.query_one("#card", VerdictCard).show(view)
        self.query_one("#bars", CostBars).show(view.rows)
        self.query_one("#chart", CostChart).show(view)
        self.query_one("#why", Static).update(_why(answer))
        self.query_one("#form", ProfileForm).show(answer.fields)

    def on_resize(self) -> None:
        """The title line is laid out by hand."""
        self._show_answer(self.app.answer)

    def _show_waiting(self, waiting: bool) -> None:
        self.query_one("#card").set_class(waiting, "waiting")

    def _show_problem(self, problem: str) -> None:
        if problem and self.app.answer is None:
            self.query_one("#card", VerdictCard).update(Content.styled(f" {problem}", "$text-error"))
        self._tell_about()

    @on(FieldChosen)
    def _tell_about(self) -> None:
        """Meaning, range and source of the value under the cursor, or what was wrong with the last one."""
        field, about = self.query_one("#form", ProfileForm).field, self.query_one("#about", Static)
        if self.app.problem:
            about.update(Content.styled(self.app.problem, "$text-error"))
        elif field is not None:
            about.update(field.note)

    def action_toggle_why(self) -> None:
        """Reasons in place of the pictures, and back; a wide terminal shows both."""
        self.toggle_class("-why")

    def action_back(self) -> None:
        """Back to the profiles; unsaved edits are asked about first."""
        self.app.settle_edits(self._leave)

    def _leave(self) -> None:
        self.app.session.close()
        self.app.show_home()

    def action_scroll_why(self, pages: int) -> None:
        """Turn the pages of the reasons."""
        reasons = self.query_one("#reasons", VerticalScroll)
        if not reasons.display:
            self.action_toggle_why()
        reasons.scroll_relative(y=pages * max(1, reasons.size.height - 2), animate=False)

    def action_revert(self) -> None:
        """Take all edits back."""
        session = self.app.session
        if session.saved_profile is not None and session.edited:
            session.profile = session.saved_profile
            self.app.ask(session.saved_profile)

    def action_save(self) -> None:
        """Save, what is being typed included; a sample or a new profile is asked for its name first."""
        self._confirm_typed()
        self.app.save_then(lambda: None)

    def action_save_as(self) -> None:
        """Save under another name."""
        self._confirm_typed()
        self.app.save_as_then(lambda: None)

    def _confirm_typed(self) -> None:
        typed = self.query_one("#form", ProfileForm).take_typed()
        if typed is not None:
            self.app.edit(typed.path, typed.text)


def _why(answer: "Answer") -> Content:
    """Reasons, warnings and break-evens as numbered lines."""
    view = answer.view
    lines = [Content.styled("Why", "bold")]
    lines += [Content(f"{number} {sentence}") for number, sentence in enumerate(view.sentences, 1)]
    lines += [Content.styled(f"! {warning}", "$text-warning") for warning in view.warnings]
    lines += [Content(""), *_changes(answer)]
    lines += [Content(""), Content.styled(f"From {view.waterfall_title}", "bold")] if view.waterfall else []
    lines += [Content(f"{label:<24}{amount:>10}") for label, amount in view.waterfall]
    lines += [Content(""), Content.styled("Busy share at which a term pays", "bold")]
    lines += [Content(f"{label:<20}{share}  (rates alone {ratio})") for label, ratio, share in view.terms]
    lines += [Content(""), Content.styled("Cheapest by length of the plan", "bold")]
    lines += [Content(f"{label:<24}{months}") for months, label in view.months]
    lines += [Content(""), Content.styled("Cheapest if rents go another way", "bold")]
    lines += [Content(f"{label:<20}{best}  {more}") for label, best, more in view.scenarios]
    lines += [Content(""), *(Content(line) for line in view.crossings), Content(view.payback)]
    if answer.deeper is not None and answer.deeper.balance:
        lines += [Content(""), Content.styled("What owning leaves (book, market, owed)", "bold")]
        lines += [Content(f"{m:<10}{book:>9}{market:>9}{owed:>9}") for m, book, market, owed in answer.deeper.balance]
    return Content("\n").join(lines)


def _changes(answer: "Answer") -> "Iterator[Content]":
    """What would change the answer, its tornado, and what waiting and knowing are worth, once they are there."""
    yield Content.styled("What would change it", "bold")
    if answer.deeper is None:
        yield Content.styled("reckoning ...", "$text-muted")
        return
    yield from map(Content, answer.deeper.changes)
    if answer.deeper.swings:
        yield Content.styled("Lead of the pick, input a deviation down, up", "bold")
    for name, low, high, _ in answer.deeper.swings:
        yield Content(f"{cut(name, 21):<21}{usd(low):>8}{usd(high):>8}")
    yield from map(Content, answer.deeper.worth)
