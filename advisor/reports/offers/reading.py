"""Offers as they were read from a text, field by field, for the user to confirm."""

import re
from collections.abc import Iterator, Sequence
from datetime import date

from advisor.errors import InputError
from advisor.market.price_book import PriceBook
from advisor.offers.added import Added, other_gpu, with_mail
from advisor.offers.mail.read import Mail, read_mail
from advisor.offers.mail.rules.amounts import MONEY
from advisor.offers.mail.rules.pieces import Piece
from advisor.profiles.gpu_groups import gpus_of
from advisor.profiles.schema import Profile
from advisor.values.quick_dataclass import dataclass

_FIELD, _VALUE = 18, 12
_SUM = re.compile(MONEY, re.IGNORECASE)


@dataclass(frozen=True)
class OffersRead:
    """The offers in a text.

    Attributes:
        lines: How they were read.
        unread: What was not, sums of money first.
        problem: Why they cannot be added, else empty.
        profile: With them, None where there is a problem.
    """

    lines: tuple[str, ...]
    unread: tuple[str, ...]
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
        return OffersRead((), (), str(error), None)
    own = gpus_of(profile, book)
    lines, unread = tuple(field_lines(mail, own)), tuple(unread_lines(mail, own))
    if not mail.offers:
        return OffersRead(lines, unread, "no price yet" if text.strip() else "", None)
    try:
        added = with_mail(mail, profile, book, on, gpu=gpu)
    except InputError as error:
        return OffersRead(lines, unread, str(error), None)
    return OffersRead(lines, (*left_out_lines(added), *unread), "", added.profile)


def field_lines(mail: Mail, own: Sequence[str], first: int = 1) -> Iterator[str]:
    """How the offers of a text were read, field by field. own: GPUs of the profile; first: number of the first."""
    for number, offer in enumerate(mail.offers, start=first):
        other = other_gpu(offer, own)
        yield f"Read as offer {number}:" if not other else f"Read as offer {number}, on {other}, which is left out:"
        yield from (piece_line(piece) for piece in offer.pieces)


def left_out_lines(added: Added) -> Iterator[str]:
    """Why offers of a text are not added."""
    yield from (f"Left out: {fault}" for fault in added.left_out)


def unread_lines(mail: Mail, own: Sequence[str]) -> Iterator[str]:
    """What is left out, and what was not understood; sums of money first, since they may be part of what an offer
    costs. own: GPUs of the profile."""
    others = list(dict.fromkeys(filter(None, (other_gpu(offer, own) for offer in mail.offers))))
    if others and any(not other_gpu(offer, own) for offer in mail.offers):
        yield f"Left out, since the profile is not about it: {' · '.join(others)}"
    sums = [words for words in mail.unread if _SUM.search(words)]
    other = [words for words in mail.unread if words not in sums]
    if sums:
        yield "Not counted: " + " · ".join(sums)
    if other:
        yield "Not understood: " + " · ".join(other)


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
