"""The app as far as answers matter: the open profile is asked about off the UI thread, the newest answer is kept, and
what is asked too early is done once there is one."""

from collections.abc import Callable
from contextlib import suppress
from datetime import date
from functools import partial
from typing import TYPE_CHECKING

from textual import on, work
from textual.reactive import reactive
from textual.timer import Timer
from textual.worker import Worker, WorkerState, get_current_worker

from advisor.cli.parser import Request
from advisor.errors import AdvisorError
from advisor.formatting import one_line
from advisor.profiles.store import Entry
from screens.messages import (
    AdviceFailed,
    AdviceReady,
    DraftRead,
    ProfileOpened,
    ValueNudged,
    ValueTyped,
)
from screens.state.drafts import Draft
from screens.state.session import Answer, Session, Shown
from screens.terminal.terminal_app import LineApp
from screens.views.profile_screen import ProfileScreen
from screens.widgets.form import ProfileForm

if TYPE_CHECKING:
    from advisor.profiles.schema import FieldPath, Profile


_REST_S = 0.4  # nobody asks anything meanwhile: memory may be given back


class AskingApp(LineApp):
    """One session, its newest answer, and what is awaited, wrong or done; the screens watch these."""

    answer: reactive[Answer | None] = reactive(None, repaint=False)
    ahead: reactive[Shown | None] = reactive(None, repaint=False)
    waiting: reactive[bool] = reactive(False, repaint=False)
    problem: reactive[str] = reactive("", repaint=False)
    note: reactive[str] = reactive("", repaint=False)

    def __init__(self, request: Request, today: date) -> None:
        super().__init__(calm=request.calm, no_color=request.no_color)
        self.session = Session(request, today)
        self._asked = 0
        self._log_next = False
        self._held: list[Callable[[], None]] = []
        self._rest_timer: Timer | None = None
        self._completing: tuple[Answer, str] | None = None

    def validate_problem(self, problem: str) -> str:
        """An error may repeat a path or a value; what it says is data, not an escape sequence."""
        return one_line(problem)

    @property
    def looks_ahead(self) -> bool:
        """Whether a verdict is shown that the engine here has still to find."""
        return self.answer is None and self.ahead is not None

    def when_answered(self, do: Callable[[], None]) -> None:
        """Do it now or, while a verdict is shown whose answer is still to come, once that is there: in the order in
        which it was asked."""
        if self.looks_ahead or self._held:
            self._held.append(do)
        else:
            do()

    def _do_held(self) -> None:
        """What was asked too early, until there is a new question to wait for."""
        while self._held and not self.waiting:
            self._held.pop(0)()

    def retake(self, part: str) -> None:
        """Have a part of the answer reckoned anew; the screen keeps the old one until it is there."""
        if self.answer is not None:
            self.answer = self.answer.without(part)
            self.complete_answer()

    def ask(self, profile: "Profile") -> None:
        """Ask the engine about a profile; an older question still under way is dropped."""
        self._next_question()
        self._ask(profile, self._asked)

    def ask_again(self, profile: "Profile | None") -> None:
        """Ask about a version of the profile that was had back, if one was."""
        if profile is not None:
            self.ask(profile)

    def complete_answer(self) -> None:
        """Have the next part reckoned that the screen in front needs and the answer lacks."""
        if self.answer is not None and not self.waiting and isinstance(self.screen, ProfileScreen):
            for part in self.answer.lacks(self.screen.needs)[:1]:
                if self._completing != (self.answer, part):  # already under way
                    self._completing = self.answer, part
                    self._complete(self.answer, part, self._asked)

    @work(thread=True, exclusive=True, group="parts", exit_on_error=False)
    def _complete(self, answer: Answer, part: str, number: int) -> None:
        completed = self.session.completed(answer, part)
        if not get_current_worker().is_cancelled:
            self.post_message(AdviceReady(completed, number))

    def edit(self, path: "FieldPath", text: str) -> None:
        """Set a value of the open profile; a value that is not allowed is said and changes nothing."""
        self.when_answered(partial(self._edit, path, text))

    def _edit(self, path: "FieldPath", text: str) -> None:
        try:
            self.ask(self.session.type_value(path, text))
        except AdvisorError as error:
            self.problem = str(error)

    def nudge(self, path: "FieldPath", steps: int) -> None:
        """Move a value of the open profile."""
        self.when_answered(partial(self._nudge, path, steps))

    def _nudge(self, path: "FieldPath", steps: int) -> None:
        before = self.session.profile
        after = self.session.nudge_value(path, steps)
        if after != before:
            self.ask(after)

    def _next_question(self) -> None:
        self._asked += 1
        self.problem = self.note = ""
        self.waiting = True

    @work(thread=True, exclusive=True, group="advice", exit_on_error=False)
    def _ask(self, profile: "Profile", number: int) -> None:
        self._answer(profile, number)

    @work(thread=True, exclusive=True, group="advice", exit_on_error=False)
    def _open_and_ask(self, entry: Entry, number: int) -> None:
        try:
            opened = self.session.read(entry)
        except AdvisorError as error:
            self.post_message(AdviceFailed(str(error), number))
            return
        self.post_message(ProfileOpened(entry, opened, number))
        self._answer(opened.profile, number)

    @work(thread=True, exclusive=True, group="advice", exit_on_error=False)
    def _restore_and_ask(self, draft: Draft, number: int) -> None:
        try:
            profile, saved = self.session.read_draft(draft)
        except AdvisorError as error:
            self.post_message(AdviceFailed(str(error), number))
            return
        self.post_message(DraftRead(draft, profile, saved, number))
        self._answer(profile, number)

    def _answer(self, profile: "Profile", number: int) -> None:
        try:
            answer = self.session.answer(profile)
        except AdvisorError as error:
            self.post_message(AdviceFailed(str(error), number))
            return
        if not get_current_worker().is_cancelled:
            self.post_message(AdviceReady(answer, number))

    @on(ValueTyped)
    def _type_value(self, message: ValueTyped) -> None:
        self.edit(message.path, message.text)

    @on(ValueNudged)
    def _nudge_value(self, message: ValueNudged) -> None:
        self.nudge(message.path, message.steps)

    @on(ProfileOpened)
    def _keep_profile(self, message: ProfileOpened) -> None:
        if message.number == self._asked:
            self.session.take(message.entry, message.opened)
            if self.session.read_only:
                self.notify(one_line(self.session.read_only), title="Read-only", markup=False)

    @on(DraftRead)
    def _keep_restored(self, message: DraftRead) -> None:
        if message.number == self._asked:
            self.session.take_draft(message.draft, message.profile, message.saved)

    @on(AdviceReady)
    def _keep_answer(self, message: AdviceReady) -> None:
        if message.number == self._asked:
            self.waiting = False
            self.answer = message.answer.foretold_by(self.ahead)
            self._keep_draft_soon(self.session.draft_to_keep())
            if self._log_next:
                self._log_next = False
                self._log_saved(message.answer)
            self.complete_answer()
            self._do_held()
            self._rest_soon()

    def _rest_soon(self) -> None:
        """Once nobody has asked anything for a moment, the memory that answers took is given back."""
        if self._rest_timer is not None:
            self._rest_timer.stop()
        self._rest_timer = self.set_timer(_REST_S, self._rest)

    @work(thread=True, group="rest", exit_on_error=False)
    def _rest(self) -> None:
        self.session.rest()

    @work(thread=True, group="log", exit_on_error=False)
    def _log_saved(self, answer: Answer) -> None:
        """Keep score; a log that cannot be written is said and stops nothing."""
        try:
            self.session.log(answer)
        except AdvisorError as error:
            self.call_from_thread(self.notify, str(error), title="Not in the record", severity="warning", markup=False)
        else:
            self.call_from_thread(self.retake, "saved")

    @on(AdviceFailed)
    def _say_problem(self, message: AdviceFailed) -> None:
        if message.number == self._asked:
            self.waiting = False
            self.problem = message.reason
            self._keep_draft_soon(self.session.draft_to_keep())
            self._give_up_ahead()
            self._do_held()

    def _give_up_ahead(self) -> None:
        """Nothing follows what was shown ahead, if nothing did: what waits for it will never be done."""
        if self.answer is None:
            self.ahead = None
            self._held.clear()

    @on(Worker.StateChanged)
    def _say_internal_error(self, event: Worker.StateChanged) -> None:
        """A fault of ours in a worker is said; it neither ends the app nor leaves it waiting."""
        if event.state == WorkerState.ERROR:
            error = event.worker.error
            self.waiting = False
            self._give_up_ahead()
            self._do_held()
            self.problem = f"internal error: {type(error).__name__}: {error}"

    def keep_draft(self) -> None:
        """Write down the open profile's unsaved edits, if they can be."""
        with suppress(AdvisorError, OSError):
            self.session.draft_to_keep()()

    @work(thread=True, group="draft", exit_on_error=False)
    def _keep_draft_soon(self, keep: Callable[[], None]) -> None:
        """After every edit, so that not even a kill loses one; a full disk is met again when something is saved."""
        with suppress(AdvisorError, OSError):
            keep()

    def keep_all(self) -> None:
        """The terminal is going: what is being typed counts as an edit; ask nothing."""
        for screen in self.screen_stack:
            for typed in filter(None, (form.take_typed() for form in screen.query(ProfileForm))):
                if self.session.profile is not None:
                    with suppress(AdvisorError):
                        self.session.type_value(typed.path, typed.text)
        self.keep_draft()
