"""A line of words, such as a value of the form or a whole plan: typed in a dialog with room for it, and read as it is
typed."""

from collections.abc import Callable
from functools import partial
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.widgets import Input, Static
from textual.worker import get_current_worker

from advisor.errors import InputError
from advisor.formatting import one_line
from screens.dialogs.dialog import Dialog
from screens.widgets.text_input import TextInput

_LONGEST = 1000  # characters of a line
_PLAN = "What do you need, for how long, and what do you have?"
_PLANS = (
    "such as: train 128 H100 for 2 years at 85% with $5M · serve 70B 400M tokens a day for a year · should we buy 64 "
    "B200 for 3 years? seed stage, we own 8 nodes of H100"
)


def plan_dialog(read: Callable[[str], str]) -> "LineDialog":
    """A dialog that asks for a whole plan. read: see LineDialog."""
    return LineDialog(_PLAN, _PLANS, "", read, between=" ")


class LineInput(TextInput):
    """The line; the lines of a paste are parts of it."""

    def __init__(self, text: str, between: str, id: str) -> None:  # noqa: A002 - Textual's own name
        """between: what parts lines of a paste."""
        super().__init__(_in_one(text, between), max_length=_LONGEST, select_on_focus=False, id=id)
        self._between = between

    def on_paste(self, event: events.Paste) -> None:
        """Take all lines."""
        event.stop()
        event.prevent_default()
        self.replace(_in_one(event.text, self._between), *self.selection)


def _in_one(text: str, between: str) -> str:
    """Lines as one; of a text that is too long its beginning."""
    return one_line(between.join(filter(None, map(str.strip, text.splitlines()))))[:_LONGEST]


class LineDialog(Dialog[str | None]):
    """Asks for words; shows how they are read. Enter takes what can be read, Esc cancels."""

    CSS_PATH = "line.tcss"
    BINDINGS: ClassVar = [Binding("escape", "dismiss", "cancel")]

    def __init__(
        self, wanted: str, allowed: str, text: str, read: Callable[[str], str], *, between: str = "; "
    ) -> None:
        """wanted: what is asked for; allowed: how it may be said; text: to begin with; read: how a text is read; raises
        InputError; between: what parts the lines of a text."""
        super().__init__()
        self._between = between
        self._wanted, self._allowed, self._text, self._read = wanted, allowed, text, read

    def compose(self) -> ComposeResult:
        """What is asked for, the line, and how it is read."""
        with Vertical(classes="dialog line"):
            with Vertical(id="asked"):
                yield Static(self._wanted, markup=False)
                yield Static(self._allowed, markup=False, classes="muted")
            yield LineInput(self._text, self._between, id="words")
            yield Static("", markup=False, classes="muted", id="read")
            yield Static("", markup=False, classes="problem")
            yield Static("Enter takes it · Ctrl+Z undoes typing · Esc cancels", markup=False, classes="muted")

    @on(Input.Changed)
    def _read_again(self, event: Input.Changed) -> None:
        self.query_one(".problem", Static).update("")
        self.run_worker(partial(self._read_in_thread, event.value), thread=True, exclusive=True, exit_on_error=False)

    def _read_in_thread(self, text: str) -> None:
        try:
            found = self._read(text)
        except InputError:  # it is said when the line is confirmed: until then more may come
            found = ""
        if not get_current_worker().is_cancelled:
            self.app.call_later(self._show, found)

    def _show(self, found: str) -> None:
        for read in self.query("#read").results(Static):  # none where the dialog is being closed
            read.update(f"read as {found}" if found else "")

    @on(Input.Submitted)
    def _take(self, event: Input.Submitted) -> None:
        try:
            self._read(event.value)
        except InputError as error:
            self.query_one(".problem", Static).update(one_line(str(error)))
        else:
            self.dismiss(event.value)
