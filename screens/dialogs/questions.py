"""The questions the app asks: a name to save under, what to do with unsaved edits, of this run or an earlier one, which
of two versions to keep, and where to export to."""

from datetime import datetime
from pathlib import PurePath
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Input, Static

from advisor.errors import InputError
from advisor.formatting import one_line
from advisor.reports.export_file import FORMAT_WORDS, format_of
from screens.dialogs.dialog import Dialog
from screens.widgets.text_input import TextInput


class NameDialog(Dialog[str | None]):
    """Asks for a name; Enter takes it, Esc cancels. place: where the file goes, empty for what is not a file."""

    BINDINGS: ClassVar = [Binding("escape", "dismiss", "cancel")]

    def __init__(self, name: str, place: str, problem: str = "", question: str = "Save this profile as") -> None:
        super().__init__()
        self._name, self._place, self._problem, self._question = name, place, problem, question

    def compose(self) -> ComposeResult:
        """The question, the field, and where the file goes."""
        with Vertical(classes="dialog"):
            yield Static(self._question, markup=False)
            yield TextInput(self._name, max_length=120, id="name")
            if self._place:
                yield Static(one_line(f"in {self._place}"), markup=False, classes="muted")
            yield Static(one_line(self._problem), markup=False, classes="problem")
            yield Static("Enter saves · Esc cancels", markup=False, classes="muted")

    @on(Input.Submitted)
    def _take(self, event: Input.Submitted) -> None:
        if event.value.strip():
            self.dismiss(event.value.strip())


class _KeyDialog(Dialog[str | None]):
    """A dialog that a single key answers."""

    def action_choose(self, choice: str) -> None:
        """Answer."""
        self.dismiss(choice)


class UnsavedDialog(_KeyDialog):
    """Asks what to do with unsaved edits: s saves, d discards, Enter or Esc stays. No key writes a file unnamed."""

    BINDINGS: ClassVar = [
        Binding("s", "choose('save')", "save"),
        Binding("d", "choose('discard')", "discard"),
        Binding("escape,enter,q", "dismiss", "stay"),
    ]

    def __init__(self, *, is_new: bool) -> None:
        """is_new: whether the profile is in no file."""
        super().__init__()
        self._is_new = is_new

    def compose(self) -> ComposeResult:
        """The question and its keys."""
        with Vertical(classes="dialog"):
            yield Static(f"This profile {'is not saved' if self._is_new else 'has unsaved edits'}.", markup=False)
            yield Static("s saves them · d discards them · Enter or Esc stays", markup=False, classes="muted")


class ConflictDialog(_KeyDialog):
    """Shows where two versions of a profile differ, and asks: s saves mine, d takes theirs, S another name, Enter
    or Esc stays."""

    BINDINGS: ClassVar = [
        Binding("s", "choose('mine')", "save mine"),
        Binding("d", "choose('theirs')", "discard mine"),
        Binding("S", "choose('save_as')", "save as"),
        Binding("escape,enter,q", "dismiss", "stay"),
    ]

    def __init__(self, found: str, differences: list[str], *, can_take: bool) -> None:
        super().__init__()
        self._found, self._differences, self._can_take = found, differences, can_take

    def compose(self) -> ComposeResult:
        """What happened, the fields on which both versions differ, and the keys."""
        take = "d discards yours, takes the one on disk · " if self._can_take else ""
        with Vertical(classes="dialog"):
            yield Static(f"Not saved. On disk: {self._found}.", markup=False)
            with VerticalScroll(classes="differences"):
                yield Static("\n".join(self._differences), markup=False)
            yield Static(
                f"s saves yours · {take}S saves under a new name · Enter or Esc stays", markup=False, classes="muted"
            )

    def action_choose(self, choice: str) -> None:
        """Answer, unless there is nothing to take."""
        if choice != "theirs" or self._can_take:
            self.dismiss(choice)


class DraftDialog(_KeyDialog):
    """Offers a draft: z restores it, d discards it, Enter or Esc leaves it for another time."""

    BINDINGS: ClassVar = [
        Binding("z", "choose('restore')", "restore"),
        Binding("d", "choose('discard')", "discard"),
        Binding("escape,enter,q", "dismiss", "later"),
    ]

    def __init__(self, name: str, when: datetime) -> None:
        """name: of the profile; when: the draft was last written."""
        super().__init__()
        self._profile_name, self._when = name, when

    def compose(self) -> ComposeResult:
        """What was kept, since when, and the keys."""
        with Vertical(classes="dialog"):
            yield Static(f"Unsaved edits of {self._profile_name}", markup=False)
            yield Static(f"were kept when the terminal closed, {self._when:%Y-%m-%d %H:%M}.", markup=False)
            yield Static("z restores them · d discards them · Enter or Esc later", markup=False, classes="muted")


class ExportDialog(Dialog[str | None]):
    """Asks for a file to export to; what its name ends in is the format, which the arrows change. Enter takes it, Esc
    cancels."""

    BINDINGS: ClassVar = [
        Binding("down", "turn(1)", "next format"),
        Binding("up", "turn(-1)", "previous format"),
        Binding("escape", "dismiss", "cancel"),
    ]

    def __init__(self, what: str, name: str, folder: str, problem: str = "") -> None:
        super().__init__()
        self._what, self._proposed, self._folder, self._problem = what, name, folder, problem

    def compose(self) -> ComposeResult:
        """The question, the field, where a bare name goes, and the formats."""
        with Vertical(classes="dialog"):
            yield Static(f"Export the {self._what} to", markup=False)
            yield TextInput(self._proposed, id="name")
            yield Static(f"in {self._folder}", markup=False, classes="muted")
            yield Static(_formats_line(self._proposed), markup=False, id="formats")
            yield Static(self._problem, markup=False, classes="problem")
            yield Static("Enter writes · ↑ ↓ another format · Esc cancels", markup=False, classes="muted")

    def action_turn(self, steps: int) -> None:
        """Give the name the ending of the next format."""
        field, formats = self.query_one("#name", Input), tuple(FORMAT_WORDS)
        now = _format_in(field.value)
        at = formats.index(now) + steps if now else 0
        stem = field.value.rpartition(".")[0] if now else field.value.rstrip(".")
        field.value = f"{stem}.{formats[at % len(formats)]}"
        field.cursor_position = len(field.value)

    @on(Input.Changed)
    def _show_format(self, event: Input.Changed) -> None:
        self.query_one("#formats", Static).update(_formats_line(event.value))

    @on(Input.Submitted)
    def _take(self, event: Input.Submitted) -> None:
        name = event.value.strip()
        try:
            format_of(PurePath(name), "the name")
        except InputError as error:
            self.query_one(".problem", Static).update(str(error))
        else:
            self.dismiss(name)


def _format_in(name: str) -> str:
    """The format that a name ends in; empty for any other ending."""
    try:
        return format_of(PurePath(name.strip()))
    except InputError:
        return ""


def _formats_line(name: str) -> str:
    """All formats, that of the name between angle quotes."""
    now = _format_in(name)
    return " ".join(f"‹{words}›" if form == now else f" {words} " for form, words in FORMAT_WORDS.items())


class ReplaceDialog(_KeyDialog):
    """Asks about a file that exists: s saves over it, S asks for another name, Enter or Esc leaves it."""

    BINDINGS: ClassVar = [
        Binding("s", "choose('replace')", "save over it"),
        Binding("S", "choose('another')", "another name"),
        Binding("escape,enter,q", "dismiss", "stay"),
    ]

    def __init__(self, name: str) -> None:
        super().__init__()
        self._taken = name

    def compose(self) -> ComposeResult:
        """Which file, and the keys."""
        with Vertical(classes="dialog"):
            yield Static(f"{self._taken} exists already.", markup=False)
            yield Static(
                "s saves over it · S saves under another name · Enter or Esc stays", markup=False, classes="muted"
            )
