"""Why: from the pick's cost to the rival's, what would change the answer, and the reasons as text."""

from collections.abc import Iterator
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.getters import query_one
from textual.widgets import OptionList

from advisor.formatting import cut
from screens.answer import Answer
from screens.commands import FIND, LINES, LIST, PROFILE, bindings
from screens.ports import AppPort
from screens.views.profile_screen import ProfileScreen
from screens.widgets.lines import Line, NumberLines
from screens.widgets.pane import framed
from screens.widgets.reasons import EMPTY, balance, changes, reasons, rents, scenarios, stops, to_do, tokens, worth
from screens.widgets.steps import tornado_lines, waterfall_lines

_NOTHING_TO_COMPARE = "No second class can serve this plan: there is nothing to compare."


class WhyScreen(ProfileScreen):
    """Charts first, each line a number that can be opened, each flip a value that can be tried; the text follows, on a
    wide terminal beside them."""

    VIEW = "why"
    TITLE_WORD = "Why"
    CSS_PATH = "why.tcss"
    PLACES: ClassVar = (LIST, LINES, PROFILE, FIND)
    BINDINGS: ClassVar = bindings(FIND)

    drawn = query_one("#drawn", NumberLines)
    text_lines = query_one("#text", NumberLines)

    def __init__(self, port: AppPort, name: str) -> None:
        super().__init__(port, name)
        self._complete = False

    @property
    def needs(self) -> tuple[str, ...]:
        """What would change the answer."""
        return ("deeper",)

    def compose_view(self) -> ComposeResult:
        """Waterfall, flips and tornado; then reasons."""
        with Horizontal(id="all"):
            yield framed(NumberLines(id="drawn", classes="picture"), "What decides it")
            yield framed(NumberLines(id="text"), "In words")

    def on_mount(self) -> None:
        """The charts take the arrow keys."""
        self.drawn.focus()

    @property
    def place(self) -> str:
        """The number under the cursor."""
        return self.drawn.number or ""

    def go_to(self, place: str) -> None:
        """Put the cursor on a number."""
        self.drawn.go_to(place)

    def show(self, answer: Answer) -> None:
        """Draw an answer; until its flips are there, those of the one before stay."""
        drawn, wide = self.drawn, self.has_class("-wide")
        if not drawn.size.width or (answer.deeper is None and self._complete):
            return
        self._complete = answer.deeper is not None
        room = (self.text_lines if wide else drawn).size.width - 1
        text = list(self._text(answer, room))
        charts = self._charts(answer, drawn.size.width - 1)
        drawn.show([*charts, *([] if wide else [EMPTY, *text])], self._value_to_try(answer))
        self.text_lines.show(text if wide else [])

    def idle_commands(self) -> Iterator[str]:
        """What is for a number, where none is under the cursor."""
        yield from super().idle_commands()
        if self.drawn.number is None:
            yield "lines.try"

    @on(OptionList.OptionHighlighted)
    def _show_what_to_do(self) -> None:
        self.footer.show_keys()

    def _value_to_try(self, answer: Answer) -> str:
        """Where the cursor begins: `t` has something to try there, the nearest flip, else what moves most."""
        if answer.deeper is None:
            return ""
        numbers = [change.number for change in answer.deeper.changes if change.number]
        return next(iter([*numbers, *(bar.number for bar in answer.deeper.tornado)]), "")

    def _charts(self, answer: Answer, width: int) -> Iterator[Line]:
        view = answer.view
        if view.waterfall:
            yield from waterfall_lines(f"From {view.waterfall_title}", view.waterfall, width)
        else:
            yield Line(Content(cut(_NOTHING_TO_COMPARE, width)))
        yield from (EMPTY, *changes(answer), EMPTY)
        if answer.deeper is not None and answer.deeper.tornado:
            yield from tornado_lines(answer.deeper.tornado, width)

    def _text(self, answer: Answer, width: int) -> Iterator[Line]:
        early = [*stops(answer)]
        yield from (*early, EMPTY) if early else ()
        yield from (*reasons(answer), EMPTY, *to_do(answer, width), *rents(answer, width), *scenarios(answer))
        if answer.deeper is not None:
            told = [*tokens(answer)]
            yield from (EMPTY, *told) if told else ()
            yield from (EMPTY, *worth(answer), *balance(answer))
