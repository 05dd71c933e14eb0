"""Lines to type, whose typing can be undone: in a dialog, and the text that a list is filtered by."""

from typing import ClassVar

from textual.binding import Binding
from textual.widgets import Input

from screens.commands import FILTER, bindings


class TextInput(Input):
    """A text input in which typing is taken back a word, a paste or a deletion at a time, and brought again."""

    BINDINGS: ClassVar = [  # beside Textual's own for a line
        Binding("ctrl+z", "undo_typing", "undo typing", show=False),
        Binding("ctrl+y", "redo_typing", "type it again", show=False),
    ]

    def __init__(
        self,
        value: str | None = None,
        *,
        placeholder: str = "",
        max_length: int = 0,
        select_on_focus: bool = True,
        id: str | None = None,  # noqa: A002 - Textual's own name
    ) -> None:
        self._before: list[str] = []
        self._after: list[str] = []
        self._typing = self._going = False
        super().__init__(
            value, placeholder, max_length=max_length, select_on_focus=select_on_focus, compact=True, id=id
        )
        self._before.clear()  # what it begins with is not typed

    def watch_value(self, before: str, now: str) -> None:
        """Keep the text before each word that is typed, and before each other change."""
        letter = len(now) == len(before) + 1
        begins = before.endswith(" ") and not now.endswith(" ")  # a word
        if not self._going and before != now:
            self._after.clear()
            if begins or not (letter and self._typing):
                self._before.append(before)
        self._typing = letter and not self._going

    def action_undo_typing(self) -> None:
        """The text before the last word was typed, or before the last other change."""
        self._go(self._before, self._after)

    def action_redo_typing(self) -> None:
        """The text again that was taken back."""
        self._go(self._after, self._before)

    def _go(self, there: list[str], back: list[str]) -> None:
        if there:
            back.append(self.value)
            self._going = True
            self.value = there.pop()
            self._going = False
            self.cursor_position = len(self.value)


class FilterInput(TextInput):
    """The text to filter by; the arrow down goes to the list."""

    BINDINGS: ClassVar = bindings(FILTER)
