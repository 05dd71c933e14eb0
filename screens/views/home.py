"""Home: saved profiles and samples with their verdict, cost and date, and what can be done with them."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.getters import query_one
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from advisor.errors import AdvisorError
from advisor.files.atomic import may_write_in
from advisor.formatting import cut, one_line
from advisor.profiles.store import Entry
from screens.commands import HOME, LIST, TITLE, bindings, command_of, hinted
from screens.ports import AppPort
from screens.state.profile_list import ProfileSummary
from screens.views.app_screen import AppScreen
from screens.views.new import NewScreen
from screens.views.preview import VerdictPreview
from screens.widgets.choices import ChoiceList
from screens.widgets.footer import KeyFooter
from screens.widgets.pane import framed
from screens.widgets.text_input import FilterInput

_NAME_CELLS, _VERDICT_CELLS, _COST_CELLS, _WHEN_CELLS = 31, 27, 9, 12  # of a name at least; with the gaps before
_WITH_PREVIEW = 132  # from this width on a verdict fits beside the list
_AT_A_TIME = 8  # profiles to evaluate before they are shown
_MENDING = (
    "Mend the file in an editor: `gpu-advisor check` lists all that is wrong in it. "
    f"{command_of('home.reload').shown_key} reads it again, {command_of('home.delete').shown_key} removes it."
)
_OWN_COPY = "a sample cannot be changed: D makes a copy of your own"


class HomeScreen(AppScreen):
    """The list of profiles."""

    CSS_PATH = "home.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (72, "-narrow"), (_WITH_PREVIEW, "-wide")]  # noqa: RUF012 - an instance variable of the base class
    PLACES: ClassVar = (HOME, LIST)
    BINDINGS: ClassVar = [*bindings(HOME), *hinted("quit", "quit")]

    profiles = query_one("#profiles", ChoiceList)
    filter_field = query_one("#filter", FilterInput)
    where = query_one("#where", Static)
    problem_line = query_one(".problem", Static)
    preview = query_one("#preview", VerdictPreview)

    def __init__(self, port: AppPort) -> None:
        super().__init__(port)
        self._entries: dict[str, Entry] = {}
        self._goal = port.session.places.profile
        self._filled: dict[str, ProfileSummary] = {}
        self._previewing = False
        self._name_cells = _NAME_CELLS

    def compose(self) -> ComposeResult:
        """A title, the list and where its files are, and the verdict on the profile under the cursor."""
        yield Static(TITLE, classes="title", markup=False)
        with Horizontal(id="home"):
            with framed(Vertical(id="list"), "Profiles"):
                yield Static(_head(self._name_cells), id="head", classes="head", markup=False)
                yield ChoiceList(id="profiles", classes="flat", markup=False)
                yield FilterInput(placeholder="part of the name", id="filter")
                yield Static("", id="where", classes="muted", markup=False)
                yield Static("", classes="problem", markup=False)
            yield framed(VerdictPreview(id="preview", classes="-empty"), "Verdict")
        yield KeyFooter(self.idle_commands)

    def on_mount(self) -> None:
        """Show problems; fill in lines as they come into sight."""
        self.filter_field.display = False
        self.watch(self.profiles, "scroll_y", self.fill_in, init=False)
        self.watch(self.profiles, "virtual_size", self._fit_names, init=False)
        self.watch(self.app, "problem", self._show_problem)

    def on_resize(self) -> None:
        """On a larger screen more is in sight."""
        self.call_after_refresh(self.fill_in)
        self.call_after_refresh(self.show_preview)

    def _fit_names(self) -> None:
        """Give the names what the other columns and a scroll bar leave."""
        room = self.query_one("#list").content_size.width - _VERDICT_CELLS - _COST_CELLS - _WHEN_CELLS - 1
        if self._name_cells != max(room, _NAME_CELLS):
            self._name_cells = max(room, _NAME_CELLS)
            self.query_one("#head", Static).update(_head(self._name_cells))
            self._filled.clear()
            self.fill_in()

    def on_screen_resume(self) -> None:
        """List the names at once, at first and whenever something may have been saved; verdicts follow."""
        self.action_reload()

    def action_reload(self) -> None:
        """Read the folder again."""
        try:
            entries = self.port.profiles.entries()
        except AdvisorError as error:
            self._show_problem(str(error))
            return
        self._entries = {str(entry.path): entry for entry in entries}
        self._list()
        self.profiles.focus()
        self.where.update(self._where())
        next_ones = partial(_next_to_read, self.profiles, dict(self._entries))
        self.call_after_refresh(self.port.list_reader.read, next_ones, self._more_known)
        self.call_after_refresh(self.show_preview)  # which may have become known behind a dialog

    def _where(self) -> str:
        profiles = self.port.profiles
        if self._entries and not self.profiles.option_count:
            return one_line(f" no name has {self.filter_field.value!r} in it: Esc shows all again")
        if not profiles.read_only:
            entry = self._chosen()  # two may have the same name
            file = "" if entry is None or entry.sample else f"as {entry.path.name} "
            return one_line(f" saved {file}in {profiles.folder}")
        own = profiles.folder_to_save
        if not may_write_in(own):
            return one_line(f" read-only here: save with a path, since you may not write to {own} either")
        return one_line(f" read-only here: what you save goes to {own}")

    def _list(self) -> None:
        """List the profiles that the filter lets through; the cursor stays, or goes to a profile that was just made."""
        profiles, word = self.profiles, self.filter_field.value.lower()
        here = profiles.highlighted or 0
        entries = [entry for entry in self._entries.values() if word in self._name_of(entry).lower()]
        for number, entry in enumerate(entries):
            if self._goal is not None and entry.path.absolute() == self._goal.absolute():
                here = number
        self._goal = None
        if [str(entry.path) for entry in entries] != [option.id for option in profiles.options]:
            profiles.clear_options()
            profiles.add_options([Option(self._waiting_line(entry), id=str(entry.path)) for entry in entries])
            self._filled = {path: one for path, one in self.port.list_reader.summaries.items() if path in self._entries}
        profiles.highlighted = min(here, len(entries) - 1) if entries else None

    def _name_of(self, entry: Entry) -> str:
        known = self._summary_of(entry)
        return f"{known.name} {entry.name}" if known else entry.name

    def action_filter(self) -> None:
        """Ask for a filter; the list narrows with each letter."""
        self.filter_field.display = True
        self.filter_field.focus()

    def action_show_all(self) -> None:
        """All profiles again."""
        self.filter_field.value = ""
        self.filter_field.display = False
        self.profiles.focus()

    def on_input_changed(self) -> None:
        """Narrow the list."""
        self._list()
        if not self.profiles.option_count:  # else its cursor says where it is
            self.where.update(self._where())
            self.show_preview()

    def action_to_list(self) -> None:
        """The list takes the keys, still narrowed."""
        self.profiles.focus()

    def _summary_of(self, entry: Entry) -> ProfileSummary | None:
        """What is known of a profile."""
        return self.port.list_reader.summaries.get(str(entry.path))

    def _waiting_line(self, entry: Entry) -> Content:
        known = self._summary_of(entry)
        return _line(known, self._name_cells) if known else Content(f"{entry.name:<{self._name_cells}}...")

    def _more_known(self) -> None:
        if self in self.app.screen_stack:
            self.fill_in()

    def fill_in(self) -> None:
        """Show the names and verdicts that are known of the lines in sight; drawing a thousand others takes time."""
        for path in _in_sight(self.profiles):
            known = self.port.list_reader.summaries.get(path)
            if known is not None and known is not self._filled.get(path):
                self._filled[path] = known
                self.profiles.replace_option_prompt(path, _line(known, self._name_cells))
        self.show_preview()

    def on_option_list_option_highlighted(self) -> None:
        """Another profile is under the cursor."""
        self.where.update(self._where())
        self.show_preview()
        self.footer.show_keys()

    def idle_commands(self) -> Iterator[str]:
        """The commands that would do nothing now."""
        entry = self._chosen()
        if entry is None:
            yield from ("list.choose", "home.duplicate")
        if entry is None or entry.sample:
            yield from ("home.rename", "home.delete")
        if not self.port.profiles.can_restore:
            yield "home.restore"
        if not self.filter_field.display:
            yield "home.all"
        elif self.filter_field.has_focus:
            yield "quit"

    def show_preview(self) -> None:
        """Show the verdict on the profile under the cursor, or have it computed; on a narrow screen neither."""
        if not self.preview.display:
            return
        known = self._known()
        if known is not None and not known.readable:
            self.preview.say(known.verdict, _MENDING)
            return
        self.preview.show(None if known is None else self.port.list_reader.previews.get(known))
        if not self._previewing and known is not None and known not in self.port.list_reader.previews:
            self._previewing = True
            self.port.list_reader.preview(known, self._end_preview)

    def _known(self) -> ProfileSummary | None:
        """The line under the cursor, once it is read."""
        option = self.profiles.highlighted_option
        return None if option is None else self.port.list_reader.summaries.get(str(option.id))

    def _end_preview(self) -> None:
        """A verdict is there; the cursor may be elsewhere by now."""
        self._previewing = False
        if self.is_current:
            self.show_preview()

    def _show_problem(self, problem: str) -> None:
        self.problem_line.update(problem)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter or a click opens a profile."""
        self.port.navigation.open_entry(self._entries[str(event.option_id)])

    def action_new(self) -> None:
        """Begin a new profile."""
        self.app.push_screen(NewScreen(self.port))

    def _chosen(self) -> Entry | None:
        """The profile under the cursor."""
        option = self.profiles.highlighted_option
        return None if option is None else self._entries.get(str(option.id))

    def _own(self) -> Entry | None:
        """The profile under the cursor, if it is the user's own."""
        entry = self._chosen()
        self.port.problem = _OWN_COPY if entry is not None and entry.sample else ""
        return None if entry is None or entry.sample else entry

    def _shown_name(self, entry: Entry) -> str:
        known = self._summary_of(entry)
        return known.name if known else entry.name

    def _seen(self, entry: Entry) -> str:
        known = self._summary_of(entry)
        return known.seen if known else ""

    def action_rename(self) -> None:
        """Ask for another name of the profile under the cursor."""
        if entry := self._own():
            self.port.files.rename(entry, self._seen(entry), self._shown_name(entry))

    def action_duplicate(self) -> None:
        """Ask for the name of a copy."""
        if entry := self._chosen():
            self.port.files.duplicate(entry, self._shown_name(entry))

    def action_delete(self) -> None:
        """Move the profile under the cursor to the trash."""
        if entry := self._own():
            self.port.files.delete(entry, self._seen(entry), self._shown_name(entry))

    def action_restore(self) -> None:
        """Restore what was deleted last."""
        self.port.files.restore_deleted()

    def list_again(self, goal: Path | None) -> None:
        """Show a change on disk, now or when this screen comes to the front; the cursor goes to `goal`."""
        self._goal = goal or self._goal
        if self.is_current:
            self.action_reload()


def _in_sight(profiles: OptionList) -> list[str]:
    """The paths of the profiles on the screen."""
    first = int(profiles.scroll_offset.y)
    return [str(option.id) for option in profiles.options[first : first + profiles.size.height]]


def _next_to_read(profiles: OptionList, unread: dict[str, Entry]) -> list[Entry]:
    """Take the next few to be evaluated: those on the screen first."""
    chosen = [path for path in _in_sight(profiles) if path in unread] or list(unread)
    return [unread.pop(path) for path in chosen[:_AT_A_TIME]]


def _head(name_cells: int) -> str:
    """What the columns are."""
    return f"{'Profile':<{name_cells}}{'Verdict':<{_VERDICT_CELLS}}{'Cost':>{_COST_CELLS}}  Saved"


def _line(one: ProfileSummary, name_cells: int) -> Content:
    """One profile: name, verdict, cost and date, or why it cannot be read."""
    name = cut(one.name, name_cells - 1)
    if not one.readable:
        return Content.assemble(f"{name:<{name_cells}}", (one.verdict, "$text-error"))
    action = one.verdict.partition(" ")[0].lower()
    color = f"${action}" if action in ("rent", "reserve", "buy") else "$api" if action == "use" else ""
    verdict = (f"{cut(one.verdict, _VERDICT_CELLS - 1):<{_VERDICT_CELLS}}", color)
    return Content.assemble(f"{name:<{name_cells}}", verdict, f"{one.cost:>{_COST_CELLS}}  {one.when}")
