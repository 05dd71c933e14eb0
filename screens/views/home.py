"""Home: saved profiles and samples with their verdict, cost and date, and what can be done with them."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Footer, OptionList, Static
from textual.widgets.option_list import Option

from advisor.errors import AdvisorError, InputError
from advisor.formatting import cut, one_line
from advisor.profiles.store import Entry, free_name
from screens.commands import HOME, LIST, bindings, hinted
from screens.dialogs.questions import NameDialog
from screens.messages import ShelfChanged, ShelfRefused
from screens.views.new import NewScreen
from screens.widgets.choices import ChoiceList
from screens.widgets.filter import FilterInput

if TYPE_CHECKING:
    from screens.app import AdvisorApp
    from screens.state.profile_list import Listed

_NAME_CELLS, _VERDICT_CELLS, _COST_CELLS = 30, 28, 9
_AT_A_TIME = 8  # profiles to judge before they are shown
_OWN_COPY = "a sample stays as it is: D makes a copy of your own"


class HomeScreen(Screen[None]):
    """The list of profiles."""

    app: "AdvisorApp"
    CSS_PATH = "home.tcss"
    PLACES: ClassVar = (HOME, LIST)
    BINDINGS: ClassVar = [*bindings(HOME), *hinted("quit", "quit")]

    def __init__(self) -> None:
        super().__init__()
        self._entries: dict[str, Entry] = {}
        self._goal: Path | None = None
        self._filled: dict[str, Listed] = {}

    def compose(self) -> ComposeResult:
        """A title, the list, and where its files are."""
        yield Static("gpu-advisor   rent, reserve or buy GPU compute", classes="title", markup=False)
        head = f"{'Profile':<{_NAME_CELLS}}{'Verdict':<{_VERDICT_CELLS}}{'Cost':>{_COST_CELLS}}  Saved"
        yield Static(head, classes="head", markup=False)
        yield ChoiceList(id="profiles", classes="flat", markup=False)
        yield FilterInput(placeholder="a word of the name", compact=True, id="filter")
        yield Static("", id="where", classes="muted", markup=False)
        yield Static("", classes="problem", markup=False)
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        """Say what goes wrong; fill in what comes into sight."""
        self.query_one("#filter").display = False
        self.watch(self.query_one("#profiles"), "scroll_y", self.fill_in, init=False)
        self.watch(self.app, "problem", self._show_problem)

    def on_resize(self) -> None:
        """On a larger screen more is in sight."""
        self.call_after_refresh(self.fill_in)

    def on_screen_resume(self) -> None:
        """List the names at once, at first and whenever something may have been saved; verdicts follow."""
        self.action_reload()

    def action_reload(self) -> None:
        """Read the folder again."""
        try:
            entries = self.app.shelf.entries()
        except AdvisorError as error:
            self._show_problem(str(error))
            return
        self._entries = {str(entry.path): entry for entry in entries}
        self._list()
        profiles, unread = self.query_one("#profiles", OptionList), dict(self._entries)
        profiles.focus()
        self.query_one("#where", Static).update(self._where())
        self.call_after_refresh(self.app.read_profiles, partial(_next_to_read, profiles, unread))

    def _where(self) -> str:
        shelf = self.app.shelf
        if not shelf.read_only:
            return one_line(f" saved in {shelf.folder}")
        return one_line(f" read-only here: what you save goes to {shelf.folder_to_save}")

    def _list(self) -> None:
        """The profiles that the filter lets through; the cursor stays, or goes to what was just made."""
        profiles, word = self.query_one("#profiles", OptionList), self.query_one("#filter", FilterInput).value.lower()
        here = profiles.highlighted or 0
        entries = [entry for entry in self._entries.values() if word in self._name_of(entry).lower()]
        for number, entry in enumerate(entries):
            if entry.path == self._goal:
                here = number
        self._goal = None
        profiles.clear_options()
        profiles.add_options([Option(self._waiting_line(entry), id=str(entry.path)) for entry in entries])
        self._filled = {path: self.app.listed[path] for path in map(str, self._entries) if path in self.app.listed}
        profiles.highlighted = min(here, len(entries) - 1) if entries else None

    def _name_of(self, entry: Entry) -> str:
        known = self.app.listed.get(str(entry.path))
        return f"{known.name} {entry.name}" if known else entry.name

    def action_filter(self) -> None:
        """Ask for a word; the list narrows with each letter."""
        field = self.query_one("#filter", FilterInput)
        field.display = True
        field.focus()

    def action_show_all(self) -> None:
        """All profiles again."""
        field = self.query_one("#filter", FilterInput)
        field.value = ""
        field.display = False
        self.query_one("#profiles").focus()

    def on_input_changed(self) -> None:
        """Narrow the list."""
        self._list()

    def action_to_list(self) -> None:
        """The list takes the keys, still narrowed."""
        self.query_one("#profiles").focus()

    def _waiting_line(self, entry: Entry) -> Content:
        known = self.app.listed.get(str(entry.path))
        return _line(known) if known else Content(f"{entry.name:<{_NAME_CELLS}}...")

    def fill_in(self) -> None:
        """Show the names and verdicts that are known of what is in sight: a thousand lines that nobody sees need not be
        drawn again."""
        profiles = self.query_one("#profiles", OptionList)
        for path in _in_sight(profiles):
            known = self.app.listed.get(path)
            if known is not None and known is not self._filled.get(path):
                self._filled[path] = known
                profiles.replace_option_prompt(path, _line(known))

    def _show_problem(self, problem: str) -> None:
        self.query_one(".problem", Static).update(problem)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter or a click opens a profile."""
        self.app.open_entry(self._entries[str(event.option_id)])

    def action_new(self) -> None:
        """Begin a new profile."""
        self.app.push_screen(NewScreen())

    def _chosen(self) -> Entry | None:
        """What is under the cursor."""
        option = self.query_one("#profiles", OptionList).highlighted_option
        return None if option is None else self._entries.get(str(option.id))

    def _own(self) -> Entry | None:
        """What is under the cursor, if it is the founder's own."""
        entry = self._chosen()
        self.app.problem = _OWN_COPY if entry is not None and entry.sample else ""
        return None if entry is None or entry.sample else entry

    def _shown_name(self, entry: Entry) -> str:
        known = self.app.listed.get(str(entry.path))
        return known.name if known else entry.name

    def _seen(self, entry: Entry) -> str:
        known = self.app.listed.get(str(entry.path))
        return known.seen if known else ""

    def action_rename(self) -> None:
        """Ask for another name of the profile under the cursor."""
        if entry := self._own():
            work_on = partial(self.app.shelf.rename, entry, self._seen(entry))
            self._ask_name("Rename this profile to", "Renamed", self._shown_name(entry), entry.path.parent, work_on)

    def action_duplicate(self) -> None:
        """Ask for the name of a copy."""
        if entry := self._chosen():
            folder = self.app.shelf.folder_to_save
            name = free_name(self._shown_name(entry), folder)
            self._ask_name("Save a copy as", "Copied", name, folder, partial(self.app.shelf.duplicate, entry))

    def action_delete(self) -> None:
        """Move the profile under the cursor to the trash."""
        if entry := self._own():
            delete = partial(self.app.shelf.delete, entry, self._seen(entry))
            self._do("Deleted", delete, f"{self._shown_name(entry)}: z has it back")

    def action_undelete(self) -> None:
        """Have back what was deleted last."""
        self.app.problem = ""
        self._do("Back again", self.app.shelf.undelete)

    def _ask_name(
        self, question: str, done: str, name: str, folder: Path, work_on: Callable[[str], Path], problem: str = ""
    ) -> None:
        """Ask for a name, and do something with it; a name that cannot be had is asked for again."""

        def go_on(given: str | None) -> None:
            if given is not None:
                again = partial(self._ask_name, question, done, given, folder, work_on)
                self._do(done, partial(work_on, given), again=again)

        self.app.problem = ""
        self.app.push_screen(NameDialog(name, str(folder), problem, question), go_on)

    @work(thread=True, group="shelf", exit_on_error=False)
    def _do(
        self, title: str, act: Callable[[], Path | None], note: str = "", again: Callable[[str], None] | None = None
    ) -> None:
        """Change something on disk, one after the other."""
        try:
            path = act()
        except AdvisorError as error:
            self.post_message(ShelfRefused(str(error), again if type(error) is InputError else None))
        else:
            self.post_message(ShelfChanged(title, note or str(path), path))

    @on(ShelfChanged)
    def _say_done(self, message: ShelfChanged) -> None:
        self.notify(one_line(message.note), title=message.title, markup=False)
        self._goal = message.path
        if self.is_current:
            self.action_reload()

    @on(ShelfRefused)
    def _say_refused(self, message: ShelfRefused) -> None:
        if message.again is not None and self.is_current:
            message.again(message.reason)
            return
        self.app.problem = message.reason
        if self.is_current:
            self.action_reload()


def _in_sight(profiles: OptionList) -> list[str]:
    """The paths of the profiles on the screen."""
    first = int(profiles.scroll_offset.y)
    return [str(option.id) for option in profiles.options[first : first + profiles.size.height]]


def _next_to_read(profiles: OptionList, unread: dict[str, Entry]) -> list[Entry]:
    """Take the next few to be judged: those on the screen before all others. Safe off the UI thread: it only looks."""
    chosen = [path for path in _in_sight(profiles) if path in unread] or list(unread)
    return [unread.pop(path) for path in chosen[:_AT_A_TIME]]


def _line(one: "Listed") -> Content:
    """One profile: name, verdict, cost, date; what cannot be read says why."""
    name = cut(one.name, _NAME_CELLS - 1)
    if not one.readable:
        return Content.assemble(f"{name:<{_NAME_CELLS}}", (one.verdict, "$text-error"))
    action = one.verdict.partition(" ")[0].lower()
    colour = f"${action}" if action in ("rent", "reserve", "buy") else ""
    verdict = (f"{cut(one.verdict, _VERDICT_CELLS - 1):<{_VERDICT_CELLS}}", colour)
    return Content.assemble(f"{name:<{_NAME_CELLS}}", verdict, f"{one.cost:>{_COST_CELLS}}  {one.when}")
