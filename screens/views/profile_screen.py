"""The base of the screens around one open profile: a title line that shows profile and view, and the commands that work
on all of them."""

from collections.abc import Iterator
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.getters import query_one
from textual.widgets import OptionList, Static

from advisor.formatting import cut
from screens.answer import Answer, AnswerView
from screens.commands import PROFILE, bindings
from screens.messages import NumberOpened, NumberTried
from screens.ports import AppPort
from screens.views.app_screen import AppScreen
from screens.widgets.fixed import FixedText
from screens.widgets.footer import KeyFooter
from screens.widgets.form import ProfileForm
from screens.widgets.lines import NumberLines

_READING, _CALCULATING = "reading the profile and the price book ...", "calculating ..."
_NAME_CELLS = 20  # of the name of a profile: what the prices on the right leave to it


class ProfileScreen(AppScreen):
    """One view of the open profile. A view says which parts of an answer it needs beyond the verdict, draws an answer,
    and may keep an older picture while its own part is not there yet."""

    VIEW: ClassVar[str] = ""
    TITLE_WORD: ClassVar[str] = ""
    EXPORTS: ClassVar[str] = "memo"
    PLACES: ClassVar[tuple[str, ...]] = (PROFILE,)
    BINDINGS: ClassVar = bindings(PROFILE)

    title_line = query_one("#title", FixedText)
    problem_line = query_one("#problem", Static)

    def __init__(self, port: AppPort, name: str) -> None:
        super().__init__(port)
        self.profile_name = name
        self.is_drawn = False
        self._answer: Answer | None = None  # that was drawn last

    @property
    def needs(self) -> tuple[str, ...]:
        """The parts of an answer that this view shows and that take a moment to compute."""
        return ()

    @property
    def needs_for_keys(self) -> tuple[str, ...]:
        """Those of them that the keys work on."""
        return self.needs

    @property
    def is_awaited(self) -> bool:
        """Whether what the keys are for is still to be drawn."""
        answer = self.port.answer
        if self.port.waiting or answer is None:
            return self.port.waiting
        return not self.has_drawn(answer) or bool(answer.lacks(self.needs_for_keys))

    def compose(self) -> ComposeResult:
        """The title line, the view, the keys."""
        yield FixedText(classes="title", id="title")
        with Vertical(id="view"):
            yield from self.compose_view()
        problem = Static("", classes="problem", markup=False, id="problem")
        problem.display = False  # from the start: to take it out later is another layout
        yield problem
        yield KeyFooter(self.idle_commands, f"screen.{self.VIEW}")

    def compose_view(self) -> ComposeResult:
        """The widgets between title and keys; a view names its own."""
        return iter(())

    @property
    def place(self) -> str:
        """Where the cursor is, in words of this view: the next run begins there."""
        return ""

    def go_to(self, place: str) -> None:
        """Put the cursor at a place of an earlier run, if there is such a place."""

    def show(self, answer: Answer) -> None:
        """Draw an answer, as far as it is there; a view without widgets has nothing to draw."""

    def show_preloaded(self, preloaded: AnswerView) -> None:
        """Draw what is known before the answer; most views need more."""

    def on_mount(self) -> None:
        """Watch what is known."""
        self.watch(self.app, "answer", self.draw)
        self.watch(self.app, "preloaded", self.draw)
        self.watch(self.app, "waiting", self._show_state)
        self.watch(self.app, "problem", self._show_state)
        self.watch(self.app, "note", self._show_state)

    def on_screen_resume(self) -> None:
        """Draw before the first paint where the widgets have their sizes from before; once it is known how wide the
        screen is, ask for what this view needs."""
        if self.size == self.app.size:
            self.draw()
        self.call_after_refresh(self._lay_out)

    def on_resize(self) -> None:
        """Once the widgets have their new widths, draw for them."""
        self.call_after_refresh(self._lay_out)

    def _lay_out(self) -> None:
        """Lay out by hand what is laid out by hand; a wider screen may need more."""
        self.lay_out_behind()
        self.draw()
        self.port.answers.complete()

    def draw(self) -> None:
        """Draw what is known; when that is complete for the first time, at the place of the last run."""
        if self._can_draw:
            answer = self.port.answer
            self._answer = answer
            if answer is not None:
                self.show(answer)
                if not self.is_drawn and self.size and not answer.lacks(self.needs):
                    self.is_drawn = True
                    self.go_to(self.port.session.view_places.get(self.VIEW, ""))
            elif self.port.preloaded is not None:
                self.show_preloaded(self.port.preloaded)
            if self.is_current and not self.is_awaited:
                self.port.release_input()
        self._show_state()

    def has_drawn(self, answer: Answer | None) -> bool:
        """Whether this is the answer that was drawn last."""
        return answer is self._answer

    def prepare(self) -> None:
        """Draw behind the screen in front, so that this one comes to the front complete."""
        answer = self._answer = self.port.answer
        if answer is not None and not self._can_draw and self.has_its_widgets:
            self.lay_out_behind()
            self.show(answer)
            self.title_line.say(self._title())
            self.call_after_refresh(self.lay_out_behind)

    @property
    def _can_draw(self) -> bool:
        """Whether there is something to draw on: a view that is being left loses its widgets one by one."""
        return self in self.app.screen_stack

    def _show_state(self) -> None:
        """The title line, and the dimming of what is out of date."""
        if not self._can_draw:
            return
        self.title_line.say(self._title())
        view, problem = self._known, self.port.problem
        if self.problem_line.content != problem:
            self.problem_line.update(problem)
        if self.problem_line.display != bool(problem):
            self.problem_line.display = bool(problem)
        waiting = self.port.waiting and (self.port.answer is not None or view is None)
        stale = waiting or (view is not None and bool(view.lacks(self.needs)))
        for picture in self.query(".picture"):
            picture.set_class(stale, "waiting")
        self.footer.show_keys()

    def idle_commands(self) -> Iterator[str]:
        """The commands that would do nothing now."""
        session, known = self.port.session, self._known
        if not session.edited:
            yield from ("profile.save", "profile.revert")
        if not session.can_undo:
            yield "profile.undo"
        if not session.can_redo:
            yield "profile.redo"
        if known is None:
            yield from ("profile.open", "profile.export", "profile.copy", "profile.pin")
        elif isinstance(known, Answer) and known.profile in session.variants:
            yield "profile.pin"
        if isinstance(self.focused, NumberLines) and not self._can_try(self.focused.number):
            yield "lines.try"

    def _can_try(self, number: str | None) -> bool:
        """Whether a number is a value that the profile can have."""
        answer = self.port.answer
        if number is None or answer is None or answer.lacks(self.needs):
            return False
        return self.port.session.engine.can_try(answer, number)

    @on(OptionList.OptionHighlighted)
    def _show_keys_of_line(self) -> None:
        self.footer.show_keys()

    @property
    def _known(self) -> AnswerView | None:
        """The answer, or the preloaded verdict that comes before it."""
        return self.port.answer or self.port.preloaded

    def _title(self) -> Content:
        """Name and view on the left; on the right what is awaited or done, or which prices are used."""
        known, width = self._known, self.size.width
        name = known.view.name if known else self.profile_name
        edited = self.port.session.unsaved_words
        gpu = f" · {known.which_gpu}" if known and known.which_gpu else ""
        view = gpu + (f" · {self.TITLE_WORD}" if self.TITLE_WORD else "")
        beside = len(edited) + len(view) + 3
        right = _in_whole_parts(self._right(known), width - beside - min(len(name) + 1, _NAME_CELLS))
        left = cut(f" {name}", max(10, width - len(right) - beside)) + edited + view
        right = cut(right, max(0, width - len(left) - 2))
        gap = " " * max(0, width - len(left) - len(right) - 1)
        return Content(f"{left}{gap}{right}")

    def _right(self, known: AnswerView | None) -> str:
        if known is None:
            return "" if self.port.problem else _READING
        if known.lacks(self.needs):
            return _CALCULATING
        if self.port.note:
            return self.port.note
        return known.view.market if self.has_class("-wide") else known.view.market_short

    def confirm_typed(self) -> None:
        """Take what is being typed as an edit."""
        self.port.answers.take_typed(self)

    def action_back(self) -> None:
        """Back to the verdict."""
        self.port.navigation.show_view("verdict")

    def action_undo(self) -> None:
        """The profile before the last edit."""
        self.confirm_typed()
        self.port.answers.undo()

    def action_redo(self) -> None:
        """The edit again that was undone."""
        self.port.answers.redo()

    def action_revert(self) -> None:
        """Take all edits back."""
        self.port.answers.revert()

    def action_open_numbers(self) -> None:
        """List the numbers of the verdict, to open one; the value under the form's cursor comes first."""
        self.confirm_typed()
        form = next(iter(self.query(ProfileForm)), None)
        self.port.navigation.open_numbers(form.field.path if form is not None and form.field is not None else None)

    @on(NumberOpened)
    def _open_number(self, message: NumberOpened) -> None:
        if self.port.answers.current("Enter", self.needs) is not None:  # what is drawn is of the answer before
            self.port.navigation.open_number(message.number)

    @on(NumberTried)
    def _try_number(self, message: NumberTried) -> None:
        if self.port.answers.current("t", self.needs) is not None:
            self.port.answers.try_number(message.number)

    def action_next_gpu(self) -> None:
        """Show the next GPU of a plan on several."""
        self.confirm_typed()
        self.port.answers.turn_gpu()

    def action_pin(self) -> None:
        """Keep the profile as it is now, to compare it."""
        self.confirm_typed()
        self.port.variants.pin()

    def action_export(self) -> None:
        """Write what is known to a file."""
        self.confirm_typed()
        self.port.files.export(self.EXPORTS)

    def action_save(self) -> None:
        """Save, what is being typed included; a sample or a new profile is asked for its name first."""
        self.confirm_typed()
        self.port.files.save()

    def action_save_as(self) -> None:
        """Save under another name."""
        self.confirm_typed()
        self.port.files.save_as()

    def action_page(self, pages: int) -> None:
        """Turn the pages of what is longer than the screen."""
        for scroll in (self.query_one("#view"), *self.query(VerticalScroll), *self.query(OptionList)):
            scroll.scroll_relative(y=pages * max(1, scroll.size.height - 2), animate=False)


def _in_whole_parts(text: str, cells: int) -> str:
    """As many of the parts of a text as fit, at least the first: without `, 5 weeks old`, then without the month."""
    while len(text) > cells:
        head = max((text.rpartition(between)[0] for between in (", ", " · ")), key=len)
        if not head:
            return text
        text = head
    return text
