"""The source of a figure: a card over the screen, and from there to what the figure is computed from."""

import textwrap
from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from screens.dialogs.dialog import Dialog
from screens.widgets.choices import ChoiceList
from screens.widgets.pages import Pages

if TYPE_CHECKING:
    from advisor.reports.market_view import SourceCard

_SOURCE_CELLS, _FRAME_CELLS, _WHAT_CELLS = 104, 7, 9  # as wide as the sheet says; frame, padding and scrollbar


class SourceDialog(Dialog[None]):
    """Shows the source of a figure; what it is computed from opens in the same way, Esc goes one step back."""

    CSS_PATH = "source.tcss"
    BINDINGS: ClassVar = [Binding("escape,q", "dismiss", "back")]

    def __init__(self, figure_id: str, card_of: "Callable[[str], SourceCard]") -> None:
        super().__init__()
        self._card_of = card_of
        self._card = card_of(figure_id)

    def compose(self) -> ComposeResult:
        """The source, then what the figure is computed from or the lines of its record."""
        card = self._card
        with Vertical(classes="dialog sources"):
            yield Static(Content.styled(card.title, "bold"))
            with Pages(id="card"):
                yield Static(id="words")
            if card.parts:
                yield Static("computed from", classes="muted", markup=False)
                yield ChoiceList(
                    *(Option(Content(words), id=part) for part, words in card.parts), classes="flat", markup=False
                )
            keys = "Enter opens what it is computed from · Esc back" if card.parts else "Esc back"
            yield Static(keys, markup=False, classes="muted")

    def on_resize(self) -> None:
        """Wrap the text to the new width."""
        rows = [line for what, words in self._card.rows for line in self._row(what, words)]
        text = [Content(line) for words in self._card.text for line in self._wrapped(words)]
        self.query_one("#words", Static).update(Content("\n").join([*rows, *text]))

    def _row(self, what: str, words: str) -> list[Content]:
        """One property of the figure, its lines below each other."""
        lines = textwrap.wrap(words, self._room - _WHAT_CELLS, break_on_hyphens=False)
        heads = [what, *[""] * (len(lines) - 1)]
        return [
            Content.assemble((f"{head:<{_WHAT_CELLS}}", "$text-muted"), line)
            for head, line in zip(heads, lines, strict=True)
        ]

    def _wrapped(self, words: str) -> list[str]:
        """A line with its indent, what does not fit set a little further in."""
        indent = " " * (len(words) - len(words.lstrip()))
        return textwrap.wrap(words, self._room, subsequent_indent=f"{indent}  ", break_on_hyphens=False) or [""]

    @property
    def _room(self) -> int:
        return max(30, min(_SOURCE_CELLS, self.app.size.width) - _FRAME_CELLS)

    def on_mount(self) -> None:
        """The list takes the keys, else the text."""
        self.query_one(ChoiceList if self._card.parts else Pages).focus()

    @on(OptionList.OptionSelected)
    def _open_part(self, event: OptionList.OptionSelected) -> None:
        if event.option_id is not None:
            self.app.push_screen(SourceDialog(event.option_id, self._card_of))
