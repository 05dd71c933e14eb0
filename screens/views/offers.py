"""Offers: those in hand beside each other, each judged, with what to ask for and a letter to its seller."""

from collections.abc import Callable
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.getters import query_one
from textual.widgets import OptionList, Static

from screens.answer import Answer
from screens.commands import FIND, LIST, OFFERS, PROFILE, bindings
from screens.dialogs.offer import OfferDialog
from screens.views.profile_screen import ProfileScreen
from screens.widgets.offers import OfferTable, hanging, head_line
from screens.widgets.pane import framed

_NONE = (
    "No offers yet. Paste a vendor's mail here, type a price to ask whether it is good, such as\n\n"
    "  2.30\n\nor press a and type all that is offered:\n\n"
    "  512 H100 12 months $2.30 25% upfront from Acme"
)
_JUDGING = "Judging what was offered: a moment"
_OF_A_PRICE = frozenset("0123456789$")
_KEYS = " * the verdict · Enter keeps this offer alone · Del removes · A copies an answer"


class OffersScreen(ProfileScreen):
    """The table above; below it all that is known of the offer under the cursor."""

    VIEW = "offers"
    TITLE_WORD = "Offers"
    CSS_PATH = "offers.tcss"
    PLACES: ClassVar = (OFFERS, LIST, PROFILE, FIND)
    BINDINGS: ClassVar = bindings(FIND)

    heads = query_one("#heads", Static)
    table = query_one("#offers", OfferTable)
    sentence = query_one("#sentence", Static)
    details = query_one("#details", Static)
    keys = query_one("#keys", Static)

    @property
    def needs(self) -> tuple[str, ...]:
        """The offers, judged."""
        return ("offers",)

    def compose_view(self) -> ComposeResult:
        """The table, what to do with the offer under the cursor, and why."""
        yield Static("", id="heads", classes="head", markup=False)
        yield OfferTable(id="offers", classes="flat picture")
        yield Static("", id="sentence", markup=False)
        with framed(VerticalScroll(id="page", can_focus=False), "This offer"):
            yield Static("", id="details", markup=False)
        yield Static("", id="keys", classes="head", markup=False)

    def on_mount(self) -> None:
        """The table takes the keys."""
        self.table.focus()

    @property
    def place(self) -> str:
        """The offer under the cursor, by its number."""
        return "" if self.table.highlighted is None else str(self.table.highlighted)

    def go_to(self, place: str) -> None:
        """Put the cursor on an offer."""
        if place.isdecimal() and int(place) < self.table.option_count:
            self.table.highlighted = int(place)

    def show(self, answer: Answer) -> None:
        """Draw the offers when they are judged; until then the old ones stay."""
        if answer.offers is not None:
            self.heads.update(head_line(self.table.size.width))
            self.table.show(answer.offers)
        self._show_offer()

    def _show_state(self) -> None:
        """Also what stands in place of offers: an edit may bring the first or take the last."""
        super()._show_state()
        if self._can_draw and not self.table.option_count:
            self._show_offer()

    @on(OptionList.OptionHighlighted)
    def _show_offer(self) -> None:
        """The offer under the cursor."""
        answer, row = self.port.answer, self.table.highlighted
        offers = () if answer is None or answer.offers is None else answer.offers
        if row is None or row >= len(offers):
            if not self.table.option_count:
                self.keys.update("")
                self.sentence.update("")
                self.details.update(hanging(self._in_place_of_offers().splitlines()))
            return
        self.keys.update(_KEYS)
        self.sentence.update(f" {offers[row].sentence}")
        self.details.update(hanging(offers[row].lines))

    def _in_place_of_offers(self) -> str:
        """What to do where there are none, and that they are being judged where there are."""
        profile, answer = self.port.session.profile, self.port.answer
        if profile is None or answer is None:
            return ""
        gpu = answer.advice.gpu.id
        some = any(answer.together is None or quote.gpu in (None, gpu) for quote in profile.quote)
        return _JUDGING if some else _NONE

    @on(OptionList.OptionSelected)
    def _only(self, event: OptionList.OptionSelected) -> None:
        number = event.option_index
        self._keep(lambda other: other == number)

    def action_remove(self) -> None:
        """Remove the offer under the cursor."""
        number = self.table.highlighted
        if number is not None:
            self._keep(lambda other: other != number)

    def _keep(self, kept: Callable[[int], bool]) -> None:
        """Keep some of the offers that are shown."""
        if self.port.answer is not None:
            self.port.answers.keep_offers(self.port.answer.advice.gpu.id, kept)

    def action_answer(self) -> None:
        """Copy the letter to the seller of the offer under the cursor."""
        answer, row = self.port.answer, self.table.highlighted
        if answer is None or row is None or answer.offers is None:
            return
        letter = answer.offers[row].counter_offer
        if letter:
            self.port.files.copy_text(letter, f"answer to {answer.offers[row].id}")
        else:
            self.port.problem = "nothing to ask this seller for"

    def action_add(self) -> None:
        """Ask for the words of an offer."""
        self._ask("")

    def on_key(self, event: events.Key) -> None:
        """A digit begins a price, as it begins a value of the form."""
        if event.character is not None and event.character in _OF_A_PRICE:
            event.stop()
            self._ask(event.character)

    def on_paste(self, event: events.Paste) -> None:
        """A pasted mail is read at once."""
        event.stop()
        self._ask(event.text)

    def _ask(self, text: str) -> None:
        answer = self.port.answers.current("a")
        if answer is None:
            return
        engine = self.port.session.engine
        dialog = OfferDialog(lambda words: engine.read_offers(answer, words), text)
        self.app.push_screen(dialog, lambda found: None if found is None else self.port.answers.add_offers(found))
