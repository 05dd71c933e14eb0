"""Reads offers from the text of a mail, of a price page or of a table: field by field, and what was not understood."""

import re
from collections.abc import Sequence
from datetime import date

from advisor.errors import InputError
from advisor.market.price_book import PriceBook
from advisor.offers.mail.lines import own_text
from advisor.offers.mail.offer import ReadOffer, make_offer
from advisor.offers.mail.part import Part
from advisor.offers.mail.rules.amounts import PARTED
from advisor.offers.mail.rules.pieces import Piece
from advisor.offers.mail.rules.prices import Price
from advisor.offers.mail.sums import sum_told
from advisor.offers.mail.whole_text import parts_of_text
from advisor.profiles.limits import MOST_QUOTES
from advisor.values.quick_dataclass import dataclass

LONGEST_TEXT = 10_000  # characters: a long mail; the patterns take time that grows with it
_MOST_UNREAD = 40
_PER_KW = re.compile(r"(?:/|\bper\s)\s?kW\b", re.IGNORECASE)
_PRICE_ALONE = re.compile(r"\s*(\d{1,3}\.\d{1,4})\s*")  # a number that can be nothing else


@dataclass(frozen=True)
class Mail:
    """What a text says: its offers, and the words that were not understood."""

    offers: tuple[ReadOffer, ...]
    unread: tuple[str, ...]


def read_mail(text: str, book: PriceBook, on: date) -> Mail:
    """Read the offers in a text. The text is data: nothing in it is executed, and no part of it is printed unchanged.

    Args:
        text: A line, a mail, or a table with its head.
        book: Names of GPUs, and posted prices where the unit of a price is not said.
        on: Day that a date without a year, and `valid for 30 days`, count from.

    Raises:
        InputError: For a text that is too long.

    Source: docs/model.md#offers.
    """
    if len(text) > LONGEST_TEXT:
        raise InputError("the text of an offer", f"{len(text):,} characters", f"at most {LONGEST_TEXT:,}")
    if alone := _PRICE_ALONE.fullmatch(text):
        text = f"${alone[1]}"
    text, answered = own_text(PARTED.sub(",", text))
    blocks = parts_of_text(text, book, on)
    of_all = [
        piece for block in blocks if not _is_priced(block) and not _is_of_rooms(block) for piece in _all_of(block)
    ]
    offers: list[ReadOffer] = []
    further = 0
    sums: list[tuple[Price, ReadOffer | None]] = []
    unread = [f"{answered} (the mail that is answered)"] if answered else []
    for block in blocks:
        beside = (*_beside(block), *of_all)
        for part in block:
            unread += part.unread
            offer = None
            if part.prices and len(offers) < MOST_QUOTES:
                offer, conflicts = make_offer(part, beside, book, on)
                offers.append(offer)
                unread += conflicts
            elif part.prices:
                further += 1
            elif not _is_priced(block) and _is_of_rooms(block):
                unread += [f"{piece.text} (of the rooms)" for piece in part.pieces]
            else:
                unread += [price.words for _, price in part.steps]
            sums += [(price, offer) for price in part.sums]
    unread += [sum_told(price, offers if offer is None else [offer], book) for price, offer in sums]
    read = {piece.text for offer in offers for piece in offer.pieces}  # a clause said of all, which one cannot have
    unread = [words for words in unread if words.partition(" (not with ")[0] not in read or "(not with" not in words]
    if further:
        unread.insert(0, f"{further} further prices (at most {MOST_QUOTES} are read)")
    return Mail(tuple(offers), tuple(dict.fromkeys(unread))[:_MOST_UNREAD])


def _is_priced(block: Sequence[Part]) -> bool:
    """Whether a paragraph has a price."""
    return any(part.prices for part in block)


def _is_of_rooms(block: Sequence[Part]) -> bool:
    """Whether a paragraph has the price of rooms for hardware, whose fees and terms are not those of the hardware."""
    return any(_PER_KW.search(part.text) for part in block)


def _all_of(block: Sequence[Part]) -> list[Piece]:
    """All that a paragraph says."""
    return [piece for part in block for piece in part.pieces]


def _beside(block: Sequence[Part]) -> list[Piece]:
    """What a paragraph says beside its prices, and the GPU where all its offers are on the same."""
    named = [piece for part in block if part.prices for piece in part.pieces if piece.field == "gpu"]
    same = named[:1] if len({piece.value for piece in named}) == 1 else []
    return [*_all_of([part for part in block if not part.prices]), *same]
