"""Record: how often the rule and each confidence level were right on past rents, and the user's own saved verdicts at
the prices of today."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.getters import query_one
from textual.widgets import Static

from screens.answer import Answer
from screens.commands import FIND, PAGES, PROFILE, bindings
from screens.views.profile_screen import ProfileScreen
from screens.widgets.pages import Pages
from screens.widgets.pane import framed
from screens.widgets.regret import RegretBars

if TYPE_CHECKING:
    from advisor.reports.track_record_view import SavedView, TextBlock


class RecordScreen(ProfileScreen):
    """Bars and tables first; limits and saved verdicts below, or beside them on a wide terminal."""

    VIEW = "record"
    TITLE_WORD = "Record"
    CSS_PATH = "track_record.tcss"
    PLACES: ClassVar = (PROFILE, PAGES, FIND)
    BINDINGS: ClassVar = bindings(FIND)

    about = query_one("#about", Static)
    regret = query_one("#regret", RegretBars)
    tables = query_one("#tables", Static)
    text = query_one("#text", Static)

    @property
    def needs(self) -> tuple[str, ...]:
        """The record that ships, then the saved verdicts, each computed again."""
        return ("record", "saved")

    def compose_view(self) -> ComposeResult:
        """Bars and tables; limits, saved verdicts and the rest as text."""
        with Pages(id="all"):
            with framed(Vertical(id="score"), "How often it was right"):
                yield Static("", id="about", markup=False)
                yield RegretBars(id="regret")
                yield Static("", id="tables", markup=False)
            yield framed(Static("", id="text", markup=False, classes="picture"), "Limits, and your own")

    def on_mount(self) -> None:
        """The pages take the arrow keys."""
        self.query_one("#all").focus()

    @property
    def place(self) -> str:
        """The first line in sight."""
        return f"{self.query_one('#all').scroll_y:.0f}"

    def go_to(self, place: str) -> None:
        """Scroll to a line, once what is above it is laid out."""
        if place.isdecimal():
            self.call_after_refresh(self.query_one("#all").scroll_to, y=min(int(place), 10_000), animate=False)

    def show(self, answer: Answer) -> None:
        """Draw the record; saved verdicts follow when they are there."""
        record = answer.record
        if record is None:
            return
        head = (Content.styled(record.title, "bold"), Content(record.about))
        self.about.update(Content("\n").join(head))
        self.regret.show(record.bars)
        scale = Content.styled(record.scale, "$text-muted")
        self.tables.update(Content("\n").join([scale, *_blocks(record.tables)]))
        if answer.saved is not None:
            limits, *rest = record.notes
            lines = [*_blocks([limits]), *_saved(answer.saved), *_blocks(rest)]
            self.text.update(Content("\n").join(lines[1:]))


def _blocks(blocks: "Iterable[TextBlock]") -> Iterator[Content]:
    """A blank line, the heading, and the lines under it."""
    for block in blocks:
        yield Content("")
        yield Content.styled(block.title, "bold")
        yield from map(Content, block.lines)


def _saved(saved: "SavedView") -> Iterator[Content]:
    yield Content("")
    yield Content.styled("Your own saved verdicts", "bold")
    yield Content(saved.head)
    yield from map(Content, saved.lines)
