"""AdvisorApp: the one holder of state, and the way from screen to screen. Screens post what happened; the app asks the
engine (`asking.py`), keeps the newest answer, and the screens watch it."""

import gc
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from datetime import date
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult, SystemCommand
from textual.events import Key
from textual.screen import Screen
from textual.widgets import Static
from textual.worker import get_current_worker

from advisor.cli.parser import Request
from advisor.errors import AdvisorError, ExitCode
from advisor.profiles.store import Entry
from screens.app_files import SavingApp
from screens.commands import EVERYWHERE, bindings
from screens.dialogs.number import AccountDialog
from screens.dialogs.questions import DraftDialog
from screens.messages import (
    AdviceFailed,
    ProfilesRead,
    ShownAhead,
)
from screens.palette import CommandProvider
from screens.state.drafts import kept_drafts
from screens.state.preload import Ahead
from screens.state.profile_list import Listed, Shelf
from screens.state.session import Answer, Session
from screens.terminal.capabilities import WIDE_CELLS
from screens.views.help import HelpScreen
from screens.views.home import HomeScreen
from screens.views.profile_screen import ProfileScreen
from screens.views.registry import VIEWS

if TYPE_CHECKING:
    from advisor.explain.drilldown import NumberDetail
    from advisor.profiles.schema import FieldPath, Profile

_FIRST_VIEW = "verdict"
_ACTION_COLOURS = {  # Okabe and Ito's palette, told apart by colour-blind readers too; darker on light ground
    True: {"rent": "#56b4e9", "reserve": "#e69f00", "buy": "#cc79a7"},
    False: {"rent": "#005080", "reserve": "#6a4700", "buy": "#7d3063"},
}
_SOON_S = 0.5  # what comes sooner needs no sign that it is awaited
_STARTING_S = 3.0  # no garbage is collected until then, see `screens.__main__`


def _collect_garbage() -> None:
    """From now on, and without going through what the start has imported each time."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()


class AdvisorApp(SavingApp):
    """Rent, reserve or buy: the app."""

    TITLE = "gpu-advisor"
    CSS_PATH = "app.tcss"
    BINDINGS: ClassVar = bindings(EVERYWHERE)
    COMMANDS: ClassVar = {CommandProvider}
    COMMAND_PALETTE_BINDING = "ctrl+p"
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (72, "-narrow"), (WIDE_CELLS, "-wide")]  # noqa: RUF012 - an instance variable of the base class
    VERTICAL_BREAKPOINTS = [(0, "-short"), (32, "-tall")]  # noqa: RUF012 - as above

    def __init__(self, request: Request, today: date, ahead: Ahead | None = None) -> None:
        super().__init__(request, today)
        self.shelf = Shelf(self.session.folder, self.session.book)
        self.listed: dict[str, Listed] = {}
        self.field_chosen = 0
        self._early_keys: list[str] = []
        self._ahead = ahead
        self._unpainted = ExitStack()

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """A colour for each action, on dark and on light ground."""
        return _ACTION_COLOURS[self.current_theme.dark]

    def compose(self) -> ComposeResult:
        """The title alone: it stands on the screen while the first real one is put together."""
        yield Static("gpu-advisor   rent, reserve or buy GPU compute", classes="title", markup=False)

    def on_mount(self) -> None:
        """Go on after the first paint."""
        self.set_timer(_STARTING_S, _collect_garbage)
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        """Show the list, or the profile that the command line named; the engine loads after the first paint."""
        from screens.terminal.memory import share_arenas  # with numpy, which imports ctypes anyway

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

    def open_number(self, number: str) -> None:
        """Open a number of the answer that is shown, down to its sources."""
        if self.answer is not None:
            self._open_account(self.answer, self.session.number_detail(self.answer, number))

    def open_numbers(self, field: "FieldPath | None" = None, answer: Answer | None = None) -> None:
        """List the numbers of an answer, the one that is shown unless it is given, to open one; the value of a field of
        the form comes first."""
        shown = answer or self.answer
        if shown is not None:
            self._open_account(shown, self.session.contents(shown, field))

    def _open_account(self, answer: Answer, account: "NumberDetail") -> None:
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
                screen.fill_in()

    def action_help(self) -> None:
        """Say what the keys on this screen do."""
        if not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen(getattr(self.screen, "PLACES", ())))

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Our own declarations are the whole palette."""
        return ()


def run_app(request: Request, today: date, ahead: Ahead | None) -> int:
    """Run the app; returns the exit code. Raises InputError when the profile or book named does not exist."""
    if request.profile is not None:
        Session(request, today).find(request.profile)
    code = AdvisorApp(request, today, ahead).run()
    return ExitCode.DONE if code is None else code
