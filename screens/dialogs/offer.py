"""Adding offers: what is typed or pasted is read as it comes, field by field; Enter adds what was read."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.widgets import Input, Static
from textual.worker import get_current_worker

from advisor.formatting import one_line
from screens.dialogs.dialog import Dialog
from screens.widgets.pages import Pages
from screens.widgets.text_input import TextInput

if TYPE_CHECKING:
    from advisor.profiles.schema import Profile  # noqa: F401 - named in the text of a base class
    from advisor.reports.offers.reading import OffersRead

_EXAMPLE = "512 H100 12 months $2.30 25% upfront"
_LONG = 0.4  # of the height of the screen: what was read and takes more of it gets all of it
_LINE_ENDS = " · "


class OfferText(TextInput):
    """A line to type; a paste of several lines is taken whole."""

    pasted = ""

    def on_paste(self, event: events.Paste) -> None:
        """Keep all lines; the field shows them in one."""
        event.stop()
        event.prevent_default()
        self.pasted = event.text
        self.value = self.pasted_in_one_line
        self.cursor_position = len(self.value)

    @property
    def pasted_in_one_line(self) -> str:
        """The lines of the paste as the field shows them."""
        return one_line(_LINE_ENDS.join(line.strip() for line in self.pasted.splitlines() if line.strip()))

    @property
    def text(self) -> str:
        """What was pasted and typed. A paste has its lines again, since these and its paragraphs part the offers of a
        mail; what is typed after it is a line of its own."""
        shown = self.pasted_in_one_line
        if _LINE_ENDS not in shown:
            return self.value
        if not self.value.startswith(shown):
            return self.value.replace(_LINE_ENDS, "\n")
        typed = self.value.removeprefix(shown)
        return self.pasted.rstrip() + typed.replace(" ", "\n", 1) if typed.startswith(" ") else self.pasted + typed


class OfferDialog(Dialog["Profile | None"]):
    """Asks for the words of an offer; shows how they are read. Enter adds what was read, Esc cancels."""

    CSS_PATH = "offer.tcss"
    BINDINGS: ClassVar = [
        Binding("escape", "dismiss", "cancel"),
        Binding("pagedown", "page(1)", "next page"),
        Binding("pageup", "page(-1)", "previous page"),
    ]

    def __init__(self, read: "Callable[[str], OffersRead]", text: str = "") -> None:
        """read: reads a text for the open profile; text: what was pasted already."""
        super().__init__()
        self._read, self._pasted = read, text
        self._found: OffersRead | None = None

    def compose(self) -> ComposeResult:
        """The field, and below it what was read."""
        with Vertical(classes="dialog offers"):
            yield Static("An offer in the words of its seller: paste a mail, or type a line", markup=False)
            yield OfferText(placeholder=_EXAMPLE, id="offer-text")
            with Pages(id="read"):
                yield Static("", markup=False)
            yield Static("", markup=False, id="unread")
            yield Static("", markup=False, classes="problem")
            yield Static("Enter adds what was read · PgDn PgUp · Esc cancels", markup=False, classes="muted")

    def on_mount(self) -> None:
        """What was pasted already is read at once."""
        field = self.query_one(OfferText)
        field.focus()
        if self._pasted:
            field.on_paste(events.Paste(self._pasted))

    @on(Input.Changed)
    def _read_again(self) -> None:
        text = self.query_one(OfferText).text
        self.run_worker(partial(self._read_in_thread, text), thread=True, exclusive=True, exit_on_error=False)

    def _read_in_thread(self, text: str) -> None:
        found = self._read(text)
        if not get_current_worker().is_cancelled:
            self.app.call_later(self._show, found)

    def on_resize(self) -> None:
        """Take the height that what was read needs now."""
        if self._found is not None:
            self._show(self._found)

    def _show(self, found: "OffersRead") -> None:
        self._found = found
        for dialog in self.query(".offers"):
            dialog.set_class(len(found.lines) > _LONG * self.size.height, "-long")
        for read in self.query("#read Static").results(Static):  # none where the dialog is being closed
            read.update("\n".join(found.lines))
        for unread in self.query("#unread").results(Static):
            unread.update("\n".join(found.unread))
        for problem in self.query(".problem").results(Static):
            problem.update(one_line(found.problem))

    @on(Input.Submitted)
    def _add(self) -> None:
        found = self._read(self.query_one(OfferText).text)
        if found.profile is not None:
            self.dismiss(found.profile)
        else:
            self._show(found)

    def action_page(self, pages: int) -> None:
        """Turn the pages of what was read."""
        read = self.query_one("#read", Pages)
        read.scroll_relative(y=pages * max(1, read.size.height - 1), animate=False)
