"""The questions the app ever asks: a name to save under, and what to do with unsaved edits, here or kept of a start
before."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from screens.drafts import Draft


class NameDialog(ModalScreen[str | None]):
    """Asks for a name; Enter takes it, Esc gives up."""

    BINDINGS: ClassVar = [Binding("escape", "dismiss", "cancel")]

    def __init__(self, name: str, folder: str, problem: str = "") -> None:
        super().__init__()
        self._name, self._folder, self._problem = name, folder, problem

    def compose(self) -> ComposeResult:
        """The question, the field, and where the file goes."""
        with Vertical(classes="dialog"):
            yield Static("Save this profile as", markup=False)
            yield Input(self._name, compact=True, max_length=120, id="name")
            yield Static(f"in {self._folder}", markup=False, classes="muted")
            yield Static(self._problem, markup=False, classes="problem")
            yield Static("Enter saves · Esc cancels", markup=False, classes="muted")

    @on(Input.Submitted)
    def _take(self, event: Input.Submitted) -> None:
        if event.value.strip():
            self.dismiss(event.value.strip())


class UnsavedDialog(ModalScreen[str | None]):
    """Asks what to do with unsaved edits: s saves, d discards, Esc stays."""

    BINDINGS: ClassVar = [
        Binding("s,enter", "choose('save')", "save"),
        Binding("d", "choose('discard')", "discard"),
        Binding("escape,q", "dismiss", "stay"),
    ]

    def compose(self) -> ComposeResult:
        """The question and its keys."""
        with Vertical(classes="dialog"):
            yield Static("This profile has unsaved edits.", markup=False)
            yield Static("s saves them · d discards them · Esc stays here", markup=False, classes="muted")

    def action_choose(self, choice: str) -> None:
        """Answer."""
        self.dismiss(choice)


class DraftDialog(ModalScreen[str | None]):
    """Offers a draft: r restores it, d discards it, Esc leaves it for another time."""

    BINDINGS: ClassVar = [
        Binding("r,enter", "choose('restore')", "restore"),
        Binding("d", "choose('discard')", "discard"),
        Binding("escape,q", "dismiss", "later"),
    ]

    def __init__(self, draft: Draft) -> None:
        super().__init__()
        self._draft = draft

    def compose(self) -> ComposeResult:
        """What was kept, since when, and the keys."""
        with Vertical(classes="dialog"):
            yield Static(f"Unsaved edits of {self._draft.name}", markup=False)
            yield Static(f"were kept when the terminal went, {self._draft.when:%Y-%m-%d %H:%M}.", markup=False)
            yield Static("r restores them · d discards them · Esc later", markup=False, classes="muted")

    def action_choose(self, choice: str) -> None:
        """Answer."""
        self.dismiss(choice)
