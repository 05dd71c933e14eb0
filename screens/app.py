"""AdvisorApp: the one holder of state. Screens post what happened; the app asks the engine off the UI thread, keeps the
newest answer, and the screens watch it."""

import gc
from collections.abc import Callable, Iterable
from contextlib import ExitStack, suppress
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult, SystemCommand
from textual.events import Key
from textual.reactive import reactive
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import Static
from textual.worker import Worker, WorkerState, get_current_worker

from advisor.cli import Request
from advisor.errors import AdvisorError, ExitCode
from advisor.library import Entry
from advisor.words import one_line
from screens.account import AccountDialog
from screens.ahead import Ahead
from screens.commands import EVERYWHERE, bindings
from screens.dialogs import ConflictDialog, DraftDialog, ExportDialog, NameDialog, ReplaceDialog, UnsavedDialog
from screens.drafts import Draft, kept_drafts
from screens.help import HelpScreen
from screens.home import HomeScreen
from screens.line import LineApp
from screens.messages import (
    AdviceFailed,
    AdviceReady,
    DraftRead,
    ProfileOpened,
    ProfilesRead,
    ShownAhead,
    ValueNudged,
    ValueTyped,
)
from screens.opened import ProfileScreen
from screens.palette import CommandProvider
from screens.session import Answer, Session, Shown
from screens.shelf import Listed, Shelf
from screens.views import VIEWS
from screens.widgets.form import ProfileForm

if TYPE_CHECKING:
    from advisor.accounts import Account
    from advisor.conflict import ConflictError
    from advisor.profile import FieldPath, Profile

_FIRST_VIEW = "verdict"
_ACTION_COLOURS = {  # Okabe and Ito's palette, told apart by colour-blind readers too; darker on light ground
    True: {"rent": "#56b4e9", "reserve": "#e69f00", "buy": "#cc79a7"},
    False: {"rent": "#0072b2", "reserve": "#9a6a00", "buy": "#8f3f71"},
}


_SOON_S = 0.5  # what comes sooner needs no sign that it is awaited
_REST_S = 0.4
_STARTING_S = 3.0  # no garbage is collected until then, see `screens.__main__`


def _collect_garbage() -> None:
    """From now on, and without going through what the start has imported each time."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()


class AdvisorApp(LineApp):
    """Rent, reserve or buy: the app."""

    TITLE = "gpu-advisor"
    CSS_PATH = "app.tcss"
    BINDINGS: ClassVar = bindings(EVERYWHERE)
    COMMANDS: ClassVar = {CommandProvider}
    COMMAND_PALETTE_BINDING = "ctrl+p"
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (72, "-narrow"), (110, "-wide")]  # noqa: RUF012 - an instance variable of the base class
    VERTICAL_BREAKPOINTS = [(0, "-short"), (32, "-tall")]  # noqa: RUF012 - as above

    answer: reactive[Answer | None] = reactive(None, repaint=False)
    ahead: reactive[Shown | None] = reactive(None, repaint=False)
    waiting: reactive[bool] = reactive(False, repaint=False)
    problem: reactive[str] = reactive("", repaint=False)
    note: reactive[str] = reactive("", repaint=False)

    def __init__(self, request: Request, today: date, ahead: Ahead | None = None) -> None:
        super().__init__(calm=request.calm, no_color=request.no_color)
        self.session = Session(request, today)
        self.shelf = Shelf(self.session.folder, self.session.book)
        self.listed: dict[str, Listed] = {}
        self.field_chosen = 0
        self._asked = 0
        self._log_next = False
        self._early_keys: list[str] = []
        self._ahead = ahead
        self._unpainted = ExitStack()
        self._held: list[Callable[[], None]] = []
        self._rest_timer: Timer | None = None
        self._completing: tuple[Answer, str] | None = None

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """A colour for each action, on dark and on light ground."""
        return _ACTION_COLOURS[self.current_theme.dark]

    def validate_problem(self, problem: str) -> str:
        """An error may repeat a path or a value; what it says is data, not an escape sequence."""
        return one_line(problem)

    def compose(self) -> ComposeResult:
        """The title alone: it stands on the screen while the first real one is put together."""
        yield Static("gpu-advisor   rent, reserve or buy GPU compute", classes="title", markup=False)

    def on_mount(self) -> None:
        """Go on after the first paint."""
        self.set_timer(_STARTING_S, _collect_garbage)
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        """Show the list, or the profile that the command line named; the engine loads after the first paint."""
        from screens.memory import share_arenas  # with numpy, which imports ctypes anyway

        share_arenas()
        if self.session.request.profile is None:
            self.push_screen(HomeScreen())
        else:
            self._open_first(self.session.find(self.session.request.profile), self.session.request.screen)
        self.call_after_refresh(self._offer_draft)
        self.call_after_refresh(self._type_early_keys)

    def _open_first(self, entry: Entry, view: str) -> None:
        if self._ahead is None:
            self.open_entry(entry, view)
        else:
            self._unpainted.enter_context(self.batch_update())
            self.set_timer(_SOON_S, self._unpainted.close)
            self._open(VIEWS[view](entry.name), lambda: None)
            self._await_ahead(self._ahead, entry, self._asked)

    @work(thread=True, group="ahead", exit_on_error=False)
    def _await_ahead(self, ahead: Ahead, entry: Entry, number: int) -> None:
        parts = ahead.parts()
        self.post_message(ShownAhead(next(parts, None), entry, number))
        for shown in parts:
            self.post_message(ShownAhead(shown, entry, number))

    @on(ShownAhead)
    def _show_ahead(self, message: ShownAhead) -> None:
        """Show it, and only then have the engine here take time from the screen."""
        if message.number == self._asked and self.answer is None:
            first, self.ahead = self.ahead is None, message.shown
            self._unpainted.close()
            if first:
                self.call_after_refresh(self._open_and_ask, message.entry, message.number)

    def on_unmount(self) -> None:
        """Nobody waits for it now."""
        if self._ahead is not None:
            self._ahead.stop()

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

    def on_key(self, event: Key) -> None:
        """Keys may come while only the title stands there; they are for the screen that follows."""
        if len(self.screen_stack) == 1:
            self._early_keys.append(event.key)

    def _type_early_keys(self) -> None:
        for key in self._early_keys:
            self.simulate_key(key)
        self._early_keys.clear()

    def _offer_draft(self) -> None:
        """Offer the newest unsaved edits that a lost terminal left behind."""
        draft = next(iter(kept_drafts()), None)
        if draft is None:
            return

        def decide(choice: str | None) -> None:
            if choice == "discard":
                draft.path.unlink(missing_ok=True)
            elif choice == "restore":
                self._open(VIEWS[_FIRST_VIEW](draft.name), lambda: self._restore_and_ask(draft, self._asked))

        self.push_screen(DraftDialog(draft), decide)

    def show_home(self) -> None:
        """Leave the screen in front for the list of profiles."""
        if any(isinstance(screen, HomeScreen) for screen in self.screen_stack):
            self.pop_screen()
        else:
            self.switch_screen(HomeScreen())

    def open_entry(self, entry: Entry, view: str = _FIRST_VIEW) -> None:
        """Show a profile, its verdict first; the file is read in the worker."""
        self._open(VIEWS[view](entry.name), lambda: self._open_and_ask(entry, self._asked))

    def _open(self, screen: ProfileScreen, read: Callable[[], object]) -> None:
        """Show an empty view and fill it after the first paint."""
        self.answer = self.ahead = None
        self._held.clear()
        self.field_chosen = 0
        self.session.close()
        if isinstance(self.screen, ProfileScreen):
            self.switch_screen(screen)
        else:
            self.push_screen(screen)
        self._next_question()
        self.call_after_refresh(read)

    def show_verdict(self) -> None:
        """Show the verdict on the profile that is open already."""
        self.push_screen(VIEWS[_FIRST_VIEW](self.session.profile.name if self.session.profile else ""))

    def action_show(self, view: str) -> None:
        """Another view of the open profile."""
        screen = self.screen
        if isinstance(screen, ProfileScreen) and view != screen.VIEW:
            self.problem = self.note = ""
            screen.confirm_typed()
            self.switch_screen(VIEWS[view](screen.profile_name))

    def take_plan(self, nodes: int, months: float) -> None:
        """Take a plan of the map as an edit, and show its verdict."""
        try:
            self.ask(self.session.set_plan(nodes, months))
        except AdvisorError as error:
            self.problem = str(error)
        else:
            self.action_show(_FIRST_VIEW)

    def pin_answer(self) -> None:
        """Pin the answer that is shown, once it is the current one."""
        self.problem = ""
        if self.answer is None or self.waiting:
            self.problem = "still reckoning: p again in a moment"
        elif self.session.pin(self.answer):
            self.note = "pinned: 6 shows it beside what you try next"
        else:
            self.problem = "this very profile is pinned already"

    def take_variant(self, profile: "Profile") -> None:
        """Take a pinned variant as an edit of the open profile."""
        if self.session.profile is not None and profile.name == self.session.profile.name:
            self.ask(self.session.change(profile))
        else:
            self.problem = "pinned from another profile: open that first"

    def turn_market(self, steps: int) -> None:
        """Show the market of another GPU or tier."""
        if self.answer is not None:
            self.session.turn_market(self.answer, steps)
            self.retake("market")

    def retake(self, part: str) -> None:
        """Have a part of the answer reckoned anew; the screen keeps the old one until it is there."""
        if self.answer is not None:
            self.answer = self.answer.without(part)
            self.complete_answer()

    def open_number(self, number: str) -> None:
        """Open a number of the answer that is shown, down to its sources."""
        if self.answer is not None:
            self._open_account(self.answer, self.session.account(self.answer, number))

    def open_numbers(self, field: "FieldPath | None" = None, answer: Answer | None = None) -> None:
        """List the numbers of an answer, the one that is shown unless it is given, to open one; the value of a field of
        the form comes first."""
        shown = answer or self.answer
        if shown is not None:
            self._open_account(shown, self.session.contents(shown, field))

    def _open_account(self, answer: Answer, account: "Account") -> None:
        def try_it(number: str | None) -> None:
            if number is not None:
                self.try_number(number, answer)

        self.push_screen(AccountDialog(answer, account), try_it)

    def try_number(self, number: str, answer: Answer | None = None) -> None:
        """Take the value of a number of an answer as an edit; the verdict follows."""
        shown = answer or self.answer
        if shown is None or self.waiting:
            self.problem = "still reckoning: t again in a moment"
            return
        try:
            profile, words = self.session.tried(shown, number)
        except AdvisorError as error:
            self.problem = str(error)
        else:
            self.take_variant(profile)
            self.note = "" if self.problem else f"tried {words}: z takes it back"

    def begin_new(self, kind: str) -> None:
        """Start a new profile of a kind; it is answered at once from its defaults."""
        self.answer = None
        self.ask(self.session.start_new(kind))

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
            if self.session.profile is None:
                self._held.clear()
            self._do_held()

    @on(Worker.StateChanged)
    def _say_internal_error(self, event: Worker.StateChanged) -> None:
        """A fault of ours in a worker is said; it neither ends the app nor leaves it waiting."""
        if event.state == WorkerState.ERROR:
            error = event.worker.error
            self.waiting = False
            self.problem = f"internal error: {type(error).__name__}: {error}"

    @work(thread=True, exclusive=True, group="list", exit_on_error=False)
    def read_profiles(self, next_ones: Callable[[], list[Entry]]) -> None:
        """Read and judge the profiles of the list, a few at a time, as `next_ones` names them."""
        worker = get_current_worker()
        while not worker.is_cancelled and (entries := next_ones()):
            try:
                listed = tuple(self.shelf.listed(entry) for entry in entries)
            except AdvisorError as error:
                self.post_message(AdviceFailed(str(error), self._asked))
                return
            if new := tuple(one for one in listed if self.listed.get(str(one.entry.path)) is not one):
                self.post_message(ProfilesRead(new))

    @on(ProfilesRead)
    def _keep_listed(self, message: ProfilesRead) -> None:
        self.listed.update({str(listed.entry.path): listed for listed in message.listed})
        for screen in self.screen_stack:
            if isinstance(screen, HomeScreen):
                screen.show_listed()

    def action_help(self) -> None:
        """Say what the keys on this screen do."""
        if not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen(getattr(self.screen, "PLACES", ())))

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

    def action_copy_verdict(self) -> None:
        """Copy the verdict's report, and say where it went."""
        self.when_answered(self._copy_verdict)

    def _copy_verdict(self) -> None:
        if self.answer is not None:
            self.copy_out(self.session.report(self.answer), "verdict")

    def export(self, what: str) -> None:
        """Ask where to write the memo or the comparison, once the answer that is shown is the current one."""
        self.problem = ""
        if self.answer is None or self.waiting:
            self.problem = "still reckoning: x again in a moment"
        else:
            self._ask_where(what, self.answer, self.session.export_name(what))

    def _ask_where(self, what: str, answer: Answer, name: str, problem: str = "") -> None:
        def write(chosen: str | None) -> None:
            if chosen is not None:
                self._write_export(what, answer, chosen, over=False)

        self.push_screen(ExportDialog(what, name, self.session.export_folder(), problem), write)

    @work(thread=True, group="export", exit_on_error=False)
    def _write_export(self, what: str, answer: Answer, name: str, *, over: bool) -> None:
        """Write it; a file that is there is asked about, and what cannot be written says why and asks again."""
        from advisor.exports import TakenError

        try:
            path = self.session.export(what, answer, name, over=over)
        except TakenError:
            self.call_from_thread(self._ask_to_replace, what, answer, name)
        except AdvisorError as error:
            self.call_from_thread(self._ask_where, what, answer, name, one_line(str(error)))
        else:
            self.call_from_thread(self.notify, one_line(str(path)), title=f"Exported the {what}", markup=False)

    def _ask_to_replace(self, what: str, answer: Answer, name: str) -> None:
        def decide(choice: str | None) -> None:
            if choice == "replace":
                self._write_export(what, answer, name, over=True)
            elif choice == "another":
                self._ask_where(what, answer, name)

        self.push_screen(ReplaceDialog(one_line(name)), decide)

    def action_leave(self) -> None:
        """Quit; unsaved edits are asked about first."""
        self.settle_edits(lambda: self.exit(ExitCode.DONE))

    def settle_edits(self, then: Callable[[], None]) -> None:
        """Go on with `then` once the open profile has no unsaved edits, or they may be dropped; what is still being
        typed counts as an edit."""
        for form in self.screen.query(ProfileForm):
            typed = form.take_typed()
            if typed is not None:
                self.edit(typed.path, typed.text)
        if isinstance(self.screen, (UnsavedDialog, ConflictDialog)):
            return
        if self._held:  # there are edits among it
            self.when_answered(lambda: self.settle_edits(then))
            return
        if not self.session.edited:
            then()
            return

        def decide(choice: str | None) -> None:
            if choice == "discard":
                self.session.drafts.drop()
                then()
            elif choice == "save":
                self.save_then(then)

        self.push_screen(UnsavedDialog(), decide)

    def save_then(self, done: Callable[[], None]) -> None:
        """Save, asking for a name where one is needed, and go on only when it is saved."""
        path = self.session.path_to_save()
        if path is None:
            self.save_as_then(done, self.session.read_only)
            return
        self._save_over(path, self.session.seen, done)

    def _save_over(self, path: Path, seen: bytes | None, done: Callable[[], None]) -> None:
        from advisor.conflict import ConflictError  # with the engine, which is there when something can be saved

        try:
            self.session.save(path, seen)
        except ConflictError as conflict:
            self._settle_conflict(path, conflict, done)
        except AdvisorError as error:
            self.notify(one_line(str(error)), title="Not saved", severity="error", markup=False)
        else:
            self._saved(str(path), done)

    def _settle_conflict(self, path: Path, conflict: "ConflictError", done: Callable[[], None]) -> None:
        """Somebody else saved meanwhile: show where both differ, and do what the founder says."""

        def decide(choice: str | None) -> None:
            if choice == "mine":
                self._save_over(path, conflict.content, done)
            elif choice == "theirs" and self.session.entry is not None:
                self._next_question()
                self._open_and_ask(self.session.entry, self._asked)
                done()
            elif choice == "save_as":
                self.save_as_then(done)

        shown = [difference.sentence for difference in conflict.differences]
        self.push_screen(ConflictDialog(conflict.found, shown, can_take=conflict.theirs is not None), decide)

    def save_as_then(self, done: Callable[[], None], problem: str = "", tried: str = "") -> None:
        """Ask for a name, again when it cannot be had, and save under it."""
        session = self.session
        if session.profile is None:
            return

        def save_as(name: str | None) -> None:
            if name is None:
                return
            try:
                path = session.save_as(name)
            except AdvisorError as error:
                self.save_as_then(done, str(error), name)
                return
            self._saved(str(path), done)

        self.push_screen(NameDialog(tried or session.profile.name, str(session.folder_to_save), problem), save_as)

    def _saved(self, path: str, done: Callable[[], None]) -> None:
        self.notify(one_line(path), title="Saved", markup=False)
        self._log_next = True  # the verdict on what was saved, as soon as it is there
        if self.session.profile is not None:
            self.ask(self.session.profile)
        done()

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Our own declarations are the whole palette."""
        return ()


def run_app(request: Request, today: date, ahead: Ahead | None) -> int:
    """Run the app; returns the exit code. Raises InputError when the profile or book named does not exist."""
    if request.profile is not None:
        Session(request, today).find(request.profile)
    code = AdvisorApp(request, today, ahead).run()
    return ExitCode.DONE if code is None else code
