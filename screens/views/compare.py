"""Compare: the open profile beside the variants and profiles that were pinned."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.getters import query_one
from textual.widgets import Static

from screens.answer import Answer
from screens.commands import COMPARE, FIND, PROFILE, bindings
from screens.messages import ColumnRemoved, ColumnTaken
from screens.views.profile_screen import ProfileScreen
from screens.widgets.columns import ColumnTable

_HOW = (
    " Nothing is pinned yet. Press p on any screen to pin the profile as it is now, then edit it (v), or open another "
    "profile (Esc): it is shown beside the pinned one here."
)
_WHAT_NOW = " ← → choose a column · o opens its numbers · Enter takes it as an edit · Del removes it"


class CompareScreen(ProfileScreen):
    """A column each; the first is the open profile."""

    VIEW = "compare"
    TITLE_WORD = "Compare"
    EXPORTS = "comparison"
    CSS_PATH = "compare.tcss"
    PLACES: ClassVar = (COMPARE, PROFILE, FIND)
    BINDINGS: ClassVar = bindings(FIND)

    table = query_one("#table", ColumnTable)
    how = query_one("#how", Static)

    def compose_view(self) -> ComposeResult:
        """The table, and how to fill it while it is empty."""
        with VerticalScroll(id="scroll", can_focus=False):
            yield ColumnTable(id="table", classes="picture")
        yield Static(_HOW, id="how", classes="muted", markup=False)

    def on_mount(self) -> None:
        """The table takes the keys."""
        self.table.focus()

    def show(self, answer: Answer) -> None:
        """Draw the columns."""
        session = self.port.session
        self.table.show(session.engine.columns(answer, session.pinned))
        self.how.update(_WHAT_NOW if session.pinned else _HOW)

    def action_pin(self) -> None:
        """Pin, and show it."""
        super().action_pin()
        self._show_answer()

    def action_open_numbers(self) -> None:
        """The numbers of the column under the cursor."""
        column = self.table.cursor
        self.port.open_numbers(answer=self.port.session.pinned[column - 1] if column else None)

    def action_scroll_lines(self, lines: int) -> None:
        """Scroll what is longer than the screen."""
        self.query_one("#scroll").scroll_relative(y=lines, animate=False)

    @on(ColumnTaken)
    def _take(self, message: ColumnTaken) -> None:
        self.port.answers.take_variant(self.port.session.pinned[message.index].profile)

    @on(ColumnRemoved)
    def _remove(self, message: ColumnRemoved) -> None:
        del self.port.session.pinned[message.index]
        self._show_answer()
