"""Help: what the words on the screen in front mean, and what each key does there."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.widgets import Static

from advisor.explain.words import Word
from screens.commands import EVERYWHERE, Command, commands_of
from screens.dialogs.dialog import Dialog
from screens.widgets.pages import Pages

_VALUES = (
    "  A value in bold is your own; a dim one is from the price book. Del returns to the price book's.",
    "  Nodes also takes a model and its tokens: 7B 1T; or 12 gpus, 4000 gpu-h. Months takes 2 years, Cash $5M.",
    "  A digit begins a value, or a letter of its choices or dates; letters with a command stay commands.",
)


_HEAD_CELLS = 16


class HelpScreen(Dialog[None]):
    """One line a word, then one a key."""

    CSS_PATH = "help.tcss"
    BINDINGS: ClassVar = [
        Binding("escape,q,question_mark,f1,enter", "dismiss", "close"),
    ]

    def __init__(self, places: tuple[str, ...], words: Sequence[Word]) -> None:
        """places: whose keys are listed; words: those to explain."""
        super().__init__()
        self._places, self._words = places, words

    def compose(self) -> ComposeResult:
        """The text, scrollable."""
        with Pages(id="help") as pages:
            pages.border_subtitle = "Esc closes"
            yield Static(self._text(), markup=False)

    def _text(self) -> Content:
        lines: list[Content] = []
        if self._words:
            lines.append(Content.styled("Words on this screen", "bold"))
            lines += [_entry(word.term, word.meaning) for word in self._words]
        if not self._places:
            return Content("\n").join(lines)
        lines.append(Content.styled("Keys on this screen", "bold"))
        lines += map(_line, commands_of(*self._places))
        lines.append(Content.styled("Keys everywhere", "bold"))
        lines += map(_line, commands_of(EVERYWHERE))
        lines += [Content.styled("Values", "bold"), *map(Content, _VALUES)]
        return Content("\n").join(lines)


def _line(command: Command) -> Content:
    return _entry(command.key_names, command.meaning)


def _entry(head: str, text: str) -> Content:
    return Content.assemble((f"  {head:<{_HEAD_CELLS}} ", "bold $text-accent"), text)
