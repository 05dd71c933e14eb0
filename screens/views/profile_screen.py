"""What the screens around one open profile share: a title line that says where one is, and the commands that work on
all of them."""

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Footer, OptionList, Static

from advisor.formatting import cut
from screens.commands import PROFILE, bindings
from screens.messages import NumberOpened, NumberTried
from screens.widgets.fixed import FixedText
from screens.widgets.form import ProfileForm

if TYPE_CHECKING:
    from screens.app import AdvisorApp
    from screens.state.session import Answer, Shown

_READING, _COMPUTING = "reading the profile and the price book ...", "reckoning ..."


class ProfileScreen(Screen[None]):
    """One view of the open profile. A view says which parts of an answer it needs beyond the verdict, draws an answer,
    and may keep an older picture while its own part is not there yet."""

    app: "AdvisorApp"
    VIEW: ClassVar[str] = ""
    TITLE_WORD: ClassVar[str] = ""
    EXPORTS: ClassVar[str] = "memo"
    PLACES: ClassVar[tuple[str, ...]] = (PROFILE,)
    BINDINGS: ClassVar = bindings(PROFILE)

    def __init__(self, name: str) -> None:
        super().__init__()
        self.profile_name = name

    @property
    def needs(self) -> tuple[str, ...]:
        """The parts of an answer that this view shows and that take a moment to reckon."""
        return ()

    def compose(self) -> ComposeResult:
        """The title line, the view, the keys."""
        yield FixedText(classes="title", id="title")
        with Vertical(id="view"):
            yield from self.compose_view()
        yield Static("", classes="problem", markup=False, id="problem")
        yield Footer(compact=True, show_command_palette=False)

    def compose_view(self) -> ComposeResult:
        """What stands between title and keys."""
        raise NotImplementedError

    def show(self, answer: "Answer") -> None:
        """Draw an answer, as far as it is there."""
        raise NotImplementedError

    def show_ahead(self, ahead: "Shown") -> None:
        """Draw what is known ahead of the answer; most views need more."""

    def on_mount(self) -> None:
        """Watch what is known."""
        self.watch(self.app, "answer", self._show_answer)
        self.watch(self.app, "ahead", self._show_answer)
        self.watch(self.app, "waiting", self._show_state)
        self.watch(self.app, "problem", self._show_state)
        self.watch(self.app, "note", self._show_state)

    def on_screen_resume(self) -> None:
        """Once it is known how wide the screen is, ask for what this view needs."""
        self.call_after_refresh(self.on_resize)

    def on_resize(self) -> None:
        """Lay out by hand what is laid out by hand; a wider screen may need more."""
        self._show_answer()
        self.app.complete_answer()

    def _show_answer(self) -> None:
        if self._stands:
            if self.app.answer is not None:
                self.show(self.app.answer)
            elif self.app.ahead is not None:
                self.show_ahead(self.app.ahead)
        self._show_state()

    @property
    def _stands(self) -> bool:
        """Whether there is still something to draw on: a view that is being left loses its parts one by one."""
        return self in self.app.screen_stack

    def _show_state(self) -> None:
        """The title line, and the dimming of what is out of date."""
        if not self._stands:
            return
        self.query_one("#title", FixedText).say(self._title())
        shown = self.app.answer or self.app.ahead
        problem = self.query_one("#problem", Static)
        if problem.content != self.app.problem:
            problem.update(self.app.problem)
        problem.display = shown is None and bool(self.app.problem)  # else the title line has room for it
        waiting = self.app.waiting and not self.app.looks_ahead
        stale = waiting or (shown is not None and bool(shown.lacks(self.needs)))
        for picture in self.query(".picture"):
            picture.set_class(stale, "waiting")

    def _title(self) -> Content:
        """Name and view on the left; on the right what is wrong, awaited or done, or which prices hold."""
        shown, width = self.app.answer or self.app.ahead, self.size.width
        name = shown.view.name if shown else self.profile_name
        edited = " (edited)" if self.app.session.edited else ""
        view = f" · {self.TITLE_WORD}" if self.TITLE_WORD else ""
        right = self._right(shown)
        room = max(10, width - len(right) - len(edited) - len(view) - 3)
        left = cut(f" {name}", room) + edited + view
        right = cut(right, max(0, width - len(left) - 2))
        gap = " " * max(0, width - len(left) - len(right) - 1)
        return Content.assemble(left, gap, (right, "$text-error" if self.app.problem else ""))

    def _right(self, shown: "Shown | None") -> str:
        if self.app.problem:
            return self.app.problem
        if shown is None:
            return _READING
        if shown.lacks(self.needs):
            return _COMPUTING
        if self.app.note:
            return self.app.note
        return shown.view.market if self.has_class("-wide") else shown.view.market_short

    def confirm_typed(self) -> None:
        """What is being typed counts as an edit."""
        for form in self.query(ProfileForm):
            typed = form.take_typed()
            if typed is not None:
                self.app.edit(typed.path, typed.text)

    def action_back(self) -> None:
        """Back to the profiles; unsaved edits are asked about first."""
        self.app.settle_edits(self._leave)

    def _leave(self) -> None:
        self.app.session.close()
        self.app.problem = self.app.note = ""
        self.app.show_home()

    def action_undo(self) -> None:
        """The profile before the last edit."""
        self.confirm_typed()
        self.app.when_answered(lambda: self.app.ask_again(self.app.session.undo()))

    def action_redo(self) -> None:
        """The edit again that was undone."""
        self.app.when_answered(lambda: self.app.ask_again(self.app.session.redo()))

    def action_open_numbers(self) -> None:
        """List the numbers of the verdict, to open one; the value under the form's cursor comes first."""
        self.confirm_typed()
        form = next(iter(self.query(ProfileForm)), None)
        field = form.field.path if form is not None and form.field is not None else None
        self.app.when_answered(lambda: self.app.open_numbers(field))

    @on(NumberOpened)
    def _open_number(self, message: NumberOpened) -> None:
        self.app.open_number(message.number)

    @on(NumberTried)
    def _try_number(self, message: NumberTried) -> None:
        self.app.try_number(message.number)

    def action_pin(self) -> None:
        """Keep the profile as it stands, to compare it."""
        self.confirm_typed()
        self.app.when_answered(self.app.pin_answer)

    def action_export(self) -> None:
        """Write what is known to a file."""
        self.confirm_typed()
        self.app.when_answered(lambda: self.app.export(self.EXPORTS))

    def action_revert(self) -> None:
        """Take all edits back."""
        self.app.when_answered(self._revert)

    def _revert(self) -> None:
        session = self.app.session
        if session.saved_profile is not None and session.edited:
            self.app.ask(session.change(session.saved_profile))

    def action_save(self) -> None:
        """Save, what is being typed included; a sample or a new profile is asked for its name first."""
        self.confirm_typed()
        self.app.when_answered(lambda: self.app.save_then(lambda: None))

    def action_save_as(self) -> None:
        """Save under another name."""
        self.confirm_typed()
        self.app.when_answered(lambda: self.app.save_as_then(lambda: None))

    def action_page(self, pages: int) -> None:
        """Turn the pages of what is longer than the screen."""
        for scroll in (self.query_one("#view"), *self.query(VerticalScroll), *self.query(OptionList)):
            scroll.scroll_relative(y=pages * max(1, scroll.size.height - 2), animate=False)
