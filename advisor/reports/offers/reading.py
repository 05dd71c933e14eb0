"""Offers as they were read from a text, field by field, for the user to confirm."""

from collections.abc import Iterator
from datetime import date

from advisor.errors import InputError
from advisor.market.price_book import PriceBook
from advisor.offers.added import with_mail
from advisor.offers.mail.pieces import Piece
from advisor.offers.mail.read import Mail, read_mail
from advisor.profiles.schema import Profile
from advisor.values.quick_dataclass import dataclass

_FIELD, _VALUE = 18, 12


@dataclass(frozen=True)
class OffersRead:
    """The offers in a text. lines: how they were read; problem: why they cannot be added, else empty; profile: with
    them, None where there is a problem."""

    lines: tuple[str, ...]
    problem: str
    profile: Profile | None


def offers_read(text: str, profile: Profile, book: PriceBook, on: date, gpu: str | None = None) -> OffersRead:
    """Read the offers in a text, and try to add them to a profile.

    Args:
        text: A line, a mail, or a table.
        profile: With its own offers.
        book: The price book.
        on: The day on which the text is read.
        gpu: Of offers that name none, where the work is on several.
    """
    try:
        mail = read_mail(text, book, on)
    except InputError as error:
        return OffersRead((), str(error), None)
    lines = tuple(read_lines(mail))
    if not mail.offers:
        return OffersRead(lines, "no price yet" if text.strip() else "", None)
    try:
        return OffersRead(lines, "", with_mail(mail, profile, book, on, gpu=gpu))
    except InputError as error:
        return OffersRead(lines, str(error), None)


def read_lines(mail: Mail, first: int = 1) -> Iterator[str]:
    """How the offers of a text were read, field by field, and what was not understood. first: number of the first."""
    for number, offer in enumerate(mail.offers, start=first):
        yield f"Read as offer {number}:"
        yield from (piece_line(piece) for piece in offer.pieces)
    if mail.unread:
        yield "Not understood: " + " · ".join(mail.unread)


def piece_line(piece: Piece) -> str:
    """A field, its value, and the words that it was read from: `months  12  "12 mo"`."""
    words = f'"{piece.text}"' if piece.text else ""
    assumed = f"assumed: {piece.assumed}" if piece.assumed else ""
    beside = "  ".join(part for part in (words, assumed) if part)
    return f"  {piece.field:<{_FIELD}} {_value(piece):<{_VALUE}} {beside}".rstrip()


def _value(piece: Piece) -> str:
    value = piece.value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(f"{share:.0%} from month {month}" for month, share in value)
    return f"{value:,.10g}" if isinstance(value, float) else str(value)
