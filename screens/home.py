"""Home: saved profiles and samples with their verdict, cost and date."""

from contextlib import suppress
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Footer, OptionList, Static
from textual.widgets.option_list import Option, OptionDoesNotExist

from advisor.errors import AdvisorError
from advisor.library import Entry
from advisor.words import cut
from screens.commands import HOME, LIST, bindings
from screens.new import NewScreen
from screens.widgets.choices import ChoiceList
from screens.widgets.filter import FilterInput

if TYPE_CHECKING:
    from screens.app import AdvisorApp
    from screens.session import Listed

_NAME_CELLS, _VERDICT_CELLS, _COST_CELLS = 30, 28, 9


class HomeScreen(Screen[None]):
    """The list of profiles."""

    app: "AdvisorApp"
    CSS_PATH = "home.tcss"
    PLACES: ClassVar = (HOME, LIST)
    BINDINGS: ClassVar = bindings(HOME)

    def __init__(self) -> None:
        super().__init__()
        self._entries: dict[str, Entry] = {}

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
        """Say what goes wrong."""
        self.query_one("#filter").display = False
        self.watch(self.app, "problem", self._show_problem)

    def on_screen_resume(self) -> None:
        """List the names at once, at first and whenever something may have been saved; verdicts follow."""
        self.action_reload()

    def action_reload(self) -> None:
        """Read the folder again."""
        try:
            entries = self.app.session.entries()
        except AdvisorError as error:
            self._show_problem(str(error))
            return
        self._entries = {str(entry.path): entry for entry in entries}
        self._list()
        self.query_one("#profiles").focus()
        self.query_one("#where", Static).update(f" saved in {self.app.session.folder}")
        self.call_after_refresh(self.app.read_profiles, tuple(entries))

    def _list(self) -> None:
        """The profiles that the filter lets through."""
        profiles, word = self.query_one("#profiles", OptionList), self.query_one("#filter", FilterInput).value.lower()
        here = profiles.highlighted or 0
        entries = [entry for entry in self._entries.values() if word in self._name_of(entry).lower()]
        profiles.clear_options()
        profiles.add_options([Option(self._waiting_line(entry), id=str(entry.path)) for entry in entries])
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

    def show_listed(self, listed: "tuple[Listed, ...]") -> None:
        """Fill in names and verdicts."""
        profiles = self.query_one("#profiles", OptionList)
        for one in listed:
            with suppress(OptionDoesNotExist):  # filtered out, or gone from the folder
                profiles.replace_option_prompt(str(one.entry.path), _line(one))

    def _show_problem(self, problem: str) -> None:
        self.query_one(".problem", Static).update(problem)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter or a click opens a profile."""
        self.app.open_entry(self._entries[str(event.option_id)])

    def action_new(self) -> None:
        """Begin a new profile."""
        self.app.push_screen(NewScreen())


def _line(one: "Listed") -> Content:
    """One profile: name, verdict, cost, date; what cannot be read says why."""
    name = cut(one.name, _NAME_CELLS - 1)
    if not one.readable:
        return Content.assemble(f"{name:<{_NAME_CELLS}}", (one.verdict, "$text-error"))
    action = one.verdict.partition(" ")[0].lower()
    colour = f"${action}" if action in ("rent", "reserve", "buy") else ""
    verdict = (f"{cut(one.verdict, _VERDICT_CELLS - 1):<{_VERDICT_CELLS}}", colour)
    return Content.assemble(f"{name:<{_NAME_CELLS}}", verdict, f"{one.cost:>{_COST_CELLS}}  {one.when}")
