"""AdvisorApp: it holds what the screens watch, and is put together from the session, the answers of the engine, the
actions on files, and the way from screen to screen."""

from collections.abc import Callable, Iterable
from contextlib import ExitStack, suppress
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Literal

from textual import on
from textual.app import ComposeResult, SystemCommand
from textual.css.query import NoMatches
from textual.reactive import reactive
from textual.screen import Screen
from textual.widgets import Static

from advisor.cli.parser import Request
from advisor.errors import AdvisorError, ExitCode
from advisor.explain.words import words_in
from advisor.formatting import one_line
from advisor.profiles.store import Entry, saved_entries
from screens.action_colors import action_colors
from screens.answer import Answer, AnswerView
from screens.commands import EVERYWHERE, TITLE, bindings, keys_of
from screens.dialogs.line import LineDialog, plan_dialog
from screens.dialogs.questions import DraftDialog
from screens.messages import LineWanted, PlanWanted, TypingDropped, ValueNudged, ValueTyped
from screens.navigation import Navigator
from screens.palette import CommandProvider, FigureProvider, Palette, ProfileProvider, ValueProvider, WordProvider
from screens.state.answers import STILL, AnswerController
from screens.state.drafts import discard_draft, kept_drafts
from screens.state.file_actions import FileActions
from screens.state.list_reader import ListReader
from screens.state.preload import Preload
from screens.state.profile_list import ProfileList
from screens.state.session import Session
from screens.state.variant_actions import VariantActions
from screens.terminal.capabilities import WIDE_CELLS
from screens.terminal.memory import resume_garbage_collection, share_arenas
from screens.terminal.terminal_app import TerminalApp
from screens.views.help import HelpScreen
from screens.views.home import HomeScreen
from screens.views.profile_screen import ProfileScreen
from screens.widgets.form import ProfileForm

_STARTING_S = 3.0  # no garbage is collected until then


class AdvisorApp(TerminalApp):
    """Rent, reserve or buy: the app."""

    TITLE = "gpu-advisor"
    CSS_PATH = "app.tcss"
    BINDINGS: ClassVar = bindings(EVERYWHERE)
    QUIT_KEYS: ClassVar = keys_of("quit")
    COMMANDS: ClassVar = {CommandProvider, ValueProvider, ProfileProvider, FigureProvider, WordProvider}
    COMMAND_PALETTE_BINDING = "ctrl+p"
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (72, "-narrow"), (WIDE_CELLS, "-wide")]  # noqa: RUF012 - an instance variable of the base class
    VERTICAL_BREAKPOINTS = [(0, "-short"), (32, "-tall")]  # noqa: RUF012 - as above

    answer: reactive[Answer | None] = reactive(None, repaint=False)
    preloaded: reactive[AnswerView | None] = reactive(None, repaint=False)
    waiting: reactive[bool] = reactive(False, repaint=False)
    problem: reactive[str] = reactive("", repaint=False)
    note: reactive[str] = reactive("", repaint=False)

    def __init__(self, request: Request, today: date, preload: Preload | None = None) -> None:
        super().__init__(calm=request.calm, no_color=request.no_color)
        self.session = Session(request, today)
        self.profiles = ProfileList(self.session.folder, self.session.engine.book)
        self.answers = AnswerController(self, self.session)
        self.files = FileActions(self, self.session, self.answers, self.profiles)
        self.variants = VariantActions(self, self.session, self.answers)
        self.list_reader = ListReader(self, self.session, self.answers, self.profiles)
        self.navigation = Navigator(self)
        self._preload = preload
        self._painting_paused = ExitStack()

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """A color for each action, and its shades."""
        return action_colors(dark=self.current_theme.dark)

    def compose(self) -> ComposeResult:
        """The title alone: it is shown while the first real screen is put together."""
        yield Static(TITLE, classes="title", markup=False)

    # The start

    def on_mount(self) -> None:
        """Go on after the first paint."""
        self.set_timer(_STARTING_S, resume_garbage_collection)
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        """Show the list, or the profile that the command line named; the engine loads after the first paint."""
        share_arenas()
        request, named = self.session.request, self.session.named
        if named is None:
            if self._nobody_was_here():
                self.navigation.welcome()
            else:
                self.push_screen(HomeScreen(self))
        elif isinstance(named, Entry):
            self.navigation.open_entry(named, request.screen, self._preload)
        else:
            self.navigation.open_plan(named, request.screen)
        self.call_after_refresh(self._offer_draft)
        if self.session.places.problem:
            self.say(one_line(self.session.places.problem), "Forgotten", "warning")
        if request.profile is None:
            self.call_after_refresh(self.release_input)

    def _nobody_was_here(self) -> bool:
        """Whether nothing is saved and nothing remembered: then the app asks and shows around, once."""
        if not self.session.places.is_first:
            return False
        self.run_in_thread(self.session.places.write, "places")
        try:
            return not saved_entries(self.session.folder)
        except AdvisorError:
            return False  # the list of profiles says why

    def on_unmount(self) -> None:
        """Leave no process behind."""
        if self._preload is not None:
            self._preload.stop()

    def _offer_draft(self) -> None:
        """Offer the newest unsaved edits that a lost terminal left behind."""
        draft = next(iter(kept_drafts()), None)
        if draft is None:
            return

        def decide(choice: str | None) -> None:
            if choice == "discard":
                with suppress(OSError):
                    discard_draft(draft)
            elif choice == "restore":
                self.navigation.open_draft(draft)

        self.push_screen(DraftDialog(draft.name, draft.when), decide)

    def is_screen_installed(self, screen: Screen[Any] | str) -> bool:
        """Whether a screen stays when another replaces it: Textual asks before it removes one."""
        return self.navigation.keeps(screen) or super().is_screen_installed(screen)

    def action_show(self, view: str) -> None:
        """Another view of the open profile."""
        self.navigation.show_view(view)

    def action_help(self) -> None:
        """Explain the words on this screen and its keys."""
        if not isinstance(self.screen, HelpScreen):
            words = [*words_in(_text_of(self.screen))]
            self.push_screen(HelpScreen(getattr(self.screen, "PLACES", ()), words))

    def action_command_palette(self) -> None:
        """Open the palette."""
        if not isinstance(self.screen, Palette):
            self.push_screen(Palette(placeholder="A command, a value, a figure, a word", id="--command-palette"))

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Our own declarations are the whole palette."""
        return ()

    def prepare_view(self) -> bool:
        """Draw the next of the views that a key shows; whether there was one."""
        resume_garbage_collection()  # the start is over: what is left behind from now on can be collected
        return self.navigation.prepare_view()

    def draw_again(self) -> None:
        """Draw the screen in front again."""
        if isinstance(self.screen, ProfileScreen):
            self.screen.draw()

    def list_again(self, goal: Path | None) -> None:
        """Bring the list of profiles up to date, with the cursor on a profile."""
        for screen in self.screen_stack:
            if isinstance(screen, HomeScreen):
                screen.list_again(goal)

    # What the answers and the file actions need of their app, see `screens.state.host`

    @property
    def needed_parts(self) -> tuple[str, ...]:
        """The parts of an answer that the screen in front shows."""
        return self.screen.needs if isinstance(self.screen, ProfileScreen) else ()

    @property
    def awaits_view(self) -> bool:
        """Whether what the keys are for is still to come on the screen in front."""
        return isinstance(self.screen, ProfileScreen) and self.screen.is_awaited

    @property
    def at_home(self) -> bool:
        """Whether the list of profiles is in front."""
        return isinstance(self.screen, HomeScreen)

    def run_in_thread(self, work: Callable[[], None], group: str, *, exclusive: bool = False) -> None:
        """Start work in a thread."""
        self.run_worker(work, thread=True, exclusive=exclusive, group=group, exit_on_error=False)

    def run_on_ui(self, work: Callable[[], None]) -> None:
        """Have something done on the UI thread."""
        self.call_later(work)

    def say(self, text: str, title: str, severity: Literal["information", "warning", "error"] = "information") -> None:
        """Show a line for a moment."""
        self.run_on_ui(partial(self.notify, text, title=title, severity=severity, markup=False))

    def ask_user(self, dialog: Screen[str | None], then: Callable[[str | None], None]) -> None:
        """Show a dialog, and do something with its result."""
        self.push_screen(dialog, then)

    def pause_painting(self, at_most_s: float) -> None:
        """Paint nothing for a moment."""
        self._painting_paused.enter_context(self.batch_update())
        self.set_timer(at_most_s, self.resume_painting)

    def resume_painting(self) -> None:
        """Paint again, if that was paused."""
        self._painting_paused.close()

    def leave(self) -> None:
        """End the program; the next run begins where this one was."""
        self._remember()
        self.exit(ExitCode.DONE)

    # Messages, commands and what the driver calls

    def validate_problem(self, problem: str) -> str:
        """An error may repeat a path or a value; its text is data, not an escape sequence."""
        return one_line(problem)

    @on(ValueTyped)
    def _type_value(self, message: ValueTyped) -> None:
        allowed, form = self.answers.edit(message.path, message.text, message.label), self.focused
        if not allowed and isinstance(form, ProfileForm):
            former = form.retype(message.path, message.text)
            self.problem += "" if former is None else f" · Esc keeps {former or 'it empty'}"

    @on(LineWanted)
    def _ask_for_line(self, message: LineWanted) -> None:
        field = message.field

        def take(line: str | None) -> None:
            if line is not None and line != field.text:
                self.answers.edit(field.path, line)

        if self.session.profile is None:
            self.problem = f"{STILL}try again in a moment"
        else:
            self.problem = ""
            wanted, read = f"{field.label}: {field.meaning}", partial(self.session.read_as, field.path)
            self.push_screen(LineDialog(wanted, field.allowed, message.text, read), take)

    @on(PlanWanted)
    def _ask_for_plan(self) -> None:
        def take(line: str | None) -> None:
            if line is not None:
                self.pop_screen()
                self.navigation.open_plan(self.session.plan_from(line)[0], "verdict")

        self.push_screen(plan_dialog(self.session.read_plan), take)

    @on(TypingDropped)
    def _forget_refusal(self) -> None:
        self.problem = ""

    @on(ValueNudged)
    def _nudge_value(self, message: ValueNudged) -> None:
        self.answers.nudge(message.path, message.steps)

    def action_copy_verdict(self) -> None:
        """Copy the verdict's report, and report where it is."""
        self.files.copy_verdict()

    def action_leave(self) -> None:
        """Quit; unsaved edits are asked about first."""
        self.files.leave()

    def keep_draft(self) -> str:
        """The driver ends the program: write down the unsaved edits, and say what became of them."""
        return self.files.keep_draft()

    def keep_all(self) -> str:
        """The same, with what is being typed and the place."""
        kept = self.files.keep_all()
        with suppress(NoMatches):  # of an app that has failed, some widgets may be gone
            self._remember()
        return kept

    def _remember(self) -> None:
        """Write down where one is, for the next run."""
        self.navigation.note_places()
        self.session.state_keeper()()
        self.session.places.write()


def _text_of(screen: Screen[object]) -> str:
    """What a screen shows, as plain text."""
    strips = screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip) for strip in strips)


def run_app(request: Request, today: date, preload: Preload | None) -> int:
    """Run the app; returns the exit code. Raises InputError when the profile or book named does not exist, and for a
    plan in words that cannot be read."""
    app = AdvisorApp(request, today, preload)
    _ = app.session.named  # refused before the screen is taken
    code = app.run()
    if app.failure is not None:
        raise app.failure
    return ExitCode.DONE if code is None else code
