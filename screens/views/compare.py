"""Compare: the open profile beside the variants and profiles that were pinned."""

from collections.abc import Iterator
from functools import partial
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.getters import query_one
from textual.widgets import Static

from screens.answer import Answer
from screens.commands import COMPARE, FIND, PROFILE, bindings
from screens.dialogs.questions import NameDialog
from screens.messages import ColumnChosen, ColumnRemoved, ColumnTaken
from screens.state.variants import Variant
from screens.views.profile_screen import ProfileScreen
from screens.widgets.columns import ColumnTable
from screens.widgets.pane import framed

_HOW = (
    "Nothing is pinned yet. Press p on any screen to pin the profile as it is now, then edit it (v), or open another "
    "profile (Esc): it is shown beside the pinned one here."
)
_OWN = "the open profile: → chooses a variant"
_WHAT_NOW = "← → choose a column · Enter takes it as an edit · B makes it the baseline · R names it · Del removes it"


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
        with framed(VerticalScroll(id="scroll", can_focus=False), "Side by side"):
            yield ColumnTable(id="table", classes="picture")
        yield Static(_HOW, id="how", classes="muted", markup=False)

    def on_mount(self) -> None:
        """The table takes the keys."""
        self.table.focus()

    def show(self, answer: Answer) -> None:
        """Draw the columns; those that were pinned in an earlier run follow when they are answered."""
        session = self.port.session
        self.table.show(session.engine.columns(answer, session.variants))
        self.how.update(_WHAT_NOW if session.variants else _HOW)
        self.port.variants.answer_all()

    @property
    def _chosen(self) -> Variant | None:
        """The variant under the cursor; None on one's own column."""
        answered, at = self.port.session.variants.answered, self.table.cursor
        return answered[at - 1][0] if 0 < at <= len(answered) else None

    def idle_commands(self) -> Iterator[str]:
        """What is for a variant, where none is under the cursor."""
        yield from super().idle_commands()
        if self._chosen is None:
            yield from ("compare.take", "compare.remove", "compare.rename")
        if self._chosen is self.port.session.variants.baseline:
            yield "compare.baseline"

    def action_open_numbers(self) -> None:
        """The numbers of the column under the cursor."""
        self.port.navigation.open_numbers(answer=self._chosen.answer if self._chosen else None)

    def action_scroll_lines(self, lines: int) -> None:
        """Scroll what is longer than the screen."""
        self.query_one("#scroll").scroll_relative(y=lines, animate=False)

    def action_baseline(self) -> None:
        """Compare the others with the column under the cursor."""
        self.port.variants.compare_with(self._chosen)

    def action_rename(self) -> None:
        """Ask for another name of the variant under the cursor."""
        chosen = self._named()
        if chosen is not None:
            dialog = NameDialog(chosen.name, "", question="Name this variant")
            self.app.push_screen(dialog, partial(self._take_name, chosen))

    def _named(self) -> Variant | None:
        """The variant under the cursor; on one's own column that is said."""
        if self._chosen is None and self.port.session.variants.answered:
            self.port.problem = _OWN
        return self._chosen

    def _take_name(self, variant: Variant, name: str | None) -> None:
        if name is not None:
            self.port.variants.rename(variant, name)

    @on(ColumnChosen)
    def _show_what_to_do(self) -> None:
        if self.port.problem == _OWN:
            self.port.problem = ""
        self.footer.show_keys()

    @on(ColumnTaken)
    def _take(self) -> None:
        chosen = self._named()
        if chosen is not None:
            self.port.answers.take_variant(chosen.profile)

    @on(ColumnRemoved)
    def _remove(self) -> None:
        chosen = self._named()
        if chosen is not None:
            self.port.variants.remove(chosen)
