"""Why: what would change the answer, the reasons as text, and what makes the rival cost more."""

from collections.abc import Iterator
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.getters import query_one

from advisor.formatting import cut
from screens.answer import Answer
from screens.commands import FIND, LINES, LIST, PROFILE, bindings
from screens.ports import AppPort
from screens.views.profile_screen import ProfileScreen
from screens.widgets.lines import Line, NumberLines
from screens.widgets.pane import framed
from screens.widgets.reasons import (
    EMPTY,
    balance,
    changes,
    heading,
    reasons,
    rents,
    scenarios,
    service,
    stops,
    to_do,
    worth,
)
from screens.widgets.steps import tornado_lines, waterfall_lines

_NEAREST, _FEW = 5, 3  # flips before the reasons on a narrow screen; as few more stand with them
_NOTHING_TO_COMPARE = "No second class can serve this plan: there is nothing to compare."


class WhyScreen(ProfileScreen):
    """What would change the answer, each line a value that can be tried; then the reasons; then the charts, each line a
    number that can be opened. On a wide terminal the text is beside them."""

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
        """What is drawn, and what is said beside it where there is room."""
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
        steps, bars = [*self._steps(answer, drawn.size.width - 1)], [*self._bars(answer, drawn.size.width - 1)]
        flips, why, more = [*changes(answer), EMPTY], [*self._why(answer)], [*self._more(answer, room)]
        drawn.show(
            [*steps, *flips, *bars] if wide else [*_nearest(flips), *why, *_others(flips), *steps, *bars, *more],
            self._value_to_try(answer),
        )
        self.text_lines.show([*why, *more] if wide else [])

    def _value_to_try(self, answer: Answer) -> str:
        """Where the cursor begins: `t` has something to try there, the nearest flip, else what moves most, unless that
        is below the reasons."""
        if answer.deeper is None:
            return ""
        numbers = [change.number for change in answer.deeper.changes if change.number]
        bars = answer.deeper.tornado if self.has_class("-wide") else ()
        return next(iter([*numbers, *(bar.number for bar in bars)]), "")

    def _steps(self, answer: Answer, width: int) -> Iterator[Line]:
        view = answer.view
        if view.waterfall:
            yield from waterfall_lines(f"From {view.waterfall_title}", view.waterfall, width)
            yield EMPTY
        elif any(row.is_pick for row in view.rows):
            yield from (Line(Content(cut(_NOTHING_TO_COMPARE, width))), EMPTY)

    def _bars(self, answer: Answer, width: int) -> Iterator[Line]:
        if answer.deeper is not None and answer.deeper.tornado:
            yield from (*tornado_lines(answer.deeper.tornado, width), EMPTY)

    def _why(self, answer: Answer) -> Iterator[Line]:
        early = [*stops(answer)]
        yield from (*reasons(answer), EMPTY, *early, *([EMPTY] if early else []))

    def _more(self, answer: Answer, width: int) -> Iterator[Line]:
        yield from (*to_do(answer, width), *rents(answer, width), *scenarios(answer))
        if answer.deeper is not None:
            told = [*service(answer)]
            yield from (EMPTY, *told) if told else ()
            yield from (EMPTY, *worth(answer), *balance(answer))


def _nearest(flips: list[Line]) -> list[Line]:
    """The nearest flips under their heading, where all would fill a screen before the first reason."""
    others = [line for line in _others(flips) if line.number is not None]
    if not others:
        return flips
    more = Content.styled(f"{len(others)} more below the reasons", "$text-muted")
    return [*flips[: _NEAREST + 1], Line(more, heading=True), EMPTY]


def _others(flips: list[Line]) -> list[Line]:
    """The flips that are farther away; nothing where they are few."""
    many = sum(line.number is not None for line in flips) > _NEAREST + _FEW
    return [heading("What else would change it"), *flips[_NEAREST + 1 :]] if many else []
