"""From screen to screen: the list of profiles, the views of the open profile, and the numbers of its answer. The views
are kept while no other profile is opened."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from textual.screen import Screen

from advisor.profiles.store import Entry
from screens.answer import Answer
from screens.commands import keys_of
from screens.dialogs.number import NumberDialog
from screens.ports import AppPort
from screens.state.drafts import Draft
from screens.state.host import Host
from screens.state.preload import Preload
from screens.views.home import HomeScreen
from screens.views.new import NewScreen
from screens.views.profile_screen import ProfileScreen
from screens.views.registry import VIEWS, KeptViews
from screens.widgets.form import ProfileForm

if TYPE_CHECKING:
    from advisor.explain.drilldown import NumberDetail
    from advisor.profiles.schema import FieldPath, Profile

_FIRST_VIEW = "verdict"
_LEADING_ON = keys_of("profile.back").union(*(keys_of(f"screen.{view}") for view in VIEWS))
_AHEAD = ("why", "break-even", "map")  # a key away from the verdict, each with much to draw


class ScreenStack(AppPort, Host, Protocol):
    """An app to navigate in."""

    def push_screen(self, screen: Screen[Any]) -> object:
        """Show a screen before the one in front."""

    def pop_screen(self) -> object:
        """Leave the screen in front for the one behind it."""

    def switch_screen(self, screen: Screen[Any]) -> object:
        """Show a screen instead of the one in front."""

    def mount_behind(self, screen: Screen[Any]) -> None:
        """Mount a screen without showing it."""


class Navigator:
    """Leads from screen to screen, and keeps the views of the open profile."""

    def __init__(self, app: ScreenStack) -> None:
        self._app = app
        self._views = KeptViews(app)

    def keeps(self, screen: object) -> bool:
        """Whether a screen is to come back."""
        return screen in self._views

    # From profile to profile

    def welcome(self) -> None:
        """Show around, and ask the three questions of a first profile."""
        self._app.push_screen(NewScreen(self._app, first=True))

    def show_home(self) -> None:
        """Show the list of profiles instead of the screen in front; no profile is open then."""
        self._close_profile()
        behind = self._app.screen_stack[:-1]
        if any(isinstance(screen, HomeScreen) for screen in behind):
            self._app.pop_screen()
        else:
            self._app.switch_screen(HomeScreen(self._app))

    def open_entry(self, entry: Entry, view: str = _FIRST_VIEW, preload: Preload | None = None) -> None:
        """Show a profile, its verdict first; the file is read in a thread, after the first paint. Until then the last
        answer on it is shown, if there was one."""
        known = None if preload is not None else self._app.answers.last_on(entry.path)
        self._open(view, entry.name, None if known is None else entry.path)
        if preload is not None:
            self._app.answers.open(entry, preload)
            return
        if known is not None:
            self._app.preloaded = known
        self._app.call_after_refresh(partial(self._app.answers.open, entry))

    def open_plan(self, plan: "Profile", view: str) -> None:
        """Show the verdict on a profile that is in no file."""
        self._open(view, plan.name)
        self._app.call_after_refresh(partial(self._app.answers.start, plan))

    def open_draft(self, draft: Draft) -> None:
        """Show the verdict on the unsaved edits of a draft."""
        self._open(_FIRST_VIEW, draft.name)
        self._app.call_after_refresh(partial(self._app.answers.restore, draft))

    def _open(self, view: str, name: str, path: Path | None = None) -> None:
        """Show a view of another profile; what is typed ahead waits for its answer. path: its file, where it may be the
        profile that was open last."""
        self._app.hold_input()
        self._close_profile()
        self._app.answer = self._app.preloaded = None
        self._views.begin(path, self._app.screen_stack)
        screen = self._views.screen_of(view, name)
        if isinstance(self._app.screen, ProfileScreen):
            self._app.switch_screen(screen)
        else:
            self._app.push_screen(screen)
        self._app.answers.begin_request()

    def _close_profile(self) -> None:
        """Remember the places on the screens of the open profile, and close it."""
        self.note_places()
        session = self._app.session
        self._app.run_in_thread(session.state_keeper(), "state")
        if session.entry is not None:
            self._views.path = None if session.edited else session.entry.path  # edits that are dropped were drawn
        session.close()

    def note_places(self) -> None:
        """Tell the session where one is on each screen."""
        self._app.session.view_places.update(self._views.places)

    # From view to view of the open profile

    def show_verdict(self) -> None:
        """Show the verdict on the profile that is open already."""
        profile = self._app.session.profile
        self._views.begin(None, self._app.screen_stack)
        self._app.push_screen(self._views.screen_of(_FIRST_VIEW, profile.name if profile else ""))

    def show_view(self, view: str) -> None:
        """Show another view of the open profile."""
        screen = self._app.screen
        if isinstance(screen, ProfileScreen) and view != screen.VIEW:
            self._app.problem = self._app.note = ""
            screen.confirm_typed()
            following = self._views.screen_of(view, screen.profile_name)
            if following.is_awaited:
                self._app.hold_input(_LEADING_ON)
            self._app.switch_screen(following)

    def prepare_view(self) -> bool:
        """Draw the next of the views that a key shows, behind the one in front. Returns whether there was one that does
        not show the answer of now."""
        screens = self._app.screen_stack  # none while the app ends
        if screens and isinstance(screen := screens[-1], ProfileScreen):
            for view in _AHEAD:
                if not self._views.shows(view, self._app.answer):
                    self._prepare(self._views.screen_of(view, screen.profile_name))
                    return True
        return False

    def _prepare(self, screen: ProfileScreen) -> None:
        if not screen.is_running:
            self._app.mount_behind(screen)
        screen.call_later(screen.prepare)

    def show_field(self, index: int) -> None:
        """Show the verdict, with the cursor of its form on a value."""
        self.show_view(_FIRST_VIEW)
        self._app.call_after_refresh(partial(self._choose_field, index))

    def _choose_field(self, index: int) -> None:
        for form in self._app.screen.query(ProfileForm):
            form.cursor = index
            form.focus()

    def take_plan(self, nodes: float, months: float) -> None:
        """Take another size and length as an edit, and show its verdict."""
        if self._app.answers.set_plan(nodes, months):
            self.show_view(_FIRST_VIEW)

    # The numbers of an answer

    def open_number(self, number: str) -> None:
        """Open a number of the answer that is shown, down to its sources."""
        answer = self._app.answer
        if answer is not None:
            self._show_number(answer, self._app.session.engine.number_detail(answer, number))

    def open_numbers(self, field: "FieldPath | None" = None, answer: Answer | None = None) -> None:
        """List the numbers of an answer, the one that is shown unless it is given, to open one; the value of a field of
        the form comes first."""
        of = answer or self._app.answer
        if of is not None:
            self._show_number(of, self._app.session.engine.contents(of, field))

    def _show_number(self, answer: Answer, first: "NumberDetail") -> None:
        def try_it(number: str | None) -> None:
            if number is not None:
                self._app.answers.try_number(number, answer)

        engine = self._app.session.engine
        detail, can_try = partial(engine.number_detail, answer), partial(engine.can_try, answer)
        self._app.ask_user(NumberDialog(first, detail, can_try), try_it)
