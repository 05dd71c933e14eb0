"""Offers that are added to a profile: from the text of a mail, or from a TOML file of [[quote]] tables."""

import re
from collections.abc import Sequence
from datetime import date

from advisor.errors import InputError
from advisor.formatting import cut, one_line
from advisor.market.price_book import PriceBook
from advisor.offers.mail.offer import ReadOffer
from advisor.offers.mail.read import Mail, read_mail
from advisor.profiles.gpu_groups import gpus_of
from advisor.profiles.limits import MOST_QUOTES
from advisor.profiles.offers.quote import Quote
from advisor.profiles.schema import Profile
from advisor.profiles.validation import parse_profile
from advisor.values.quick_dataclass import dataclass

_EXAMPLE = "a price, such as `512 H100 12 months $2.30 25% upfront`"
_LONGEST_SHOWN = 60
_WITHIN_TERM = "prices that change, and fall, within the term"


@dataclass(frozen=True)
class Added:
    """Offers that a text adds to a profile.

    Attributes:
        mail: How they were read.
        profile: With those that are complete, after its own.
        left_out: Why others of the text were not added.
    """

    mail: Mail
    profile: Profile
    left_out: tuple[str, ...]


def with_text(text: str, profile: Profile, book: PriceBook, on: date, where: str = "the offer") -> Added:
    """Add the offers in a text to a profile.

    Args:
        text: A line, a mail, or a table.
        profile: With its own offers.
        book: The price book.
        on: The day on which the text is read.
        where: Put in front of errors.

    Raises:
        InputError: When the text has no offer, lacks what one needs, is about another GPU, or contradicts itself.
    """
    mail = read_mail(text, book, on)
    if not mail.offers:
        raise InputError(where, f"no price in {cut(one_line(text.strip()), _LONGEST_SHOWN)!r}", _EXAMPLE)
    return with_mail(mail, profile, book, on, where)


def with_mail(
    mail: Mail, profile: Profile, book: PriceBook, on: date, where: str = "the offer", gpu: str | None = None
) -> Added:
    """Add offers that were read to a profile, but for those on other GPUs where some are on its own, and those with a
    fault where others have none; gpu: of offers that name none, where the work is on several. Raises InputError as
    `with_text` does."""
    own = gpus_of(profile, book)
    fitting = [offer for offer in mail.offers if not other_gpu(offer, own)] or mail.offers
    quotes: list[Quote] = []
    faults: list[InputError] = []
    for offer in fitting:
        try:
            quotes.append(_quote(offer, profile, book, on, gpu))
        except InputError as error:
            faults.append(error)
    if not quotes and faults:
        raise InputError(f"{where}: {faults[0].where}", faults[0].found, faults[0].allowed)
    if len(profile.quote) + len(quotes) > MOST_QUOTES:
        raise InputError(where, f"{len(profile.quote) + len(quotes)} offers in all", f"at most {MOST_QUOTES}")
    added = profile.model_copy(update={"quote": (*profile.quote, *quotes)})
    return Added(mail, added, tuple(map(str, faults)))


def other_gpu(offer: ReadOffer, own: Sequence[str]) -> str:
    """The GPU of an offer that is not one of a profile's own; empty where it is."""
    named = offer.value("gpu")
    return "" if named is None or named in own else str(named)


def _quote(offer: ReadOffer, profile: Profile, book: PriceBook, on: date, gpu: str | None) -> Quote:
    """One offer of a text as the profile has it. Raises InputError, which names it by its words."""
    place = repr(cut(offer.text, _LONGEST_SHOWN))
    named, own = offer.value("gpu"), gpus_of(profile, book)
    if other := other_gpu(offer, own):
        raise InputError(place, other, f"{' or '.join(own)}, which the profile is about")
    if offer.missing:
        what, examples = zip(*(one.split(": ", 1) for one in offer.missing), strict=True)
        also = "" if what[0].startswith("one") else "also "
        raise InputError(place, f"an offer without {' and '.join(what)}", f"{also}{' and '.join(examples)}")
    bare = profile.model_copy(update={"quote": ()}).model_dump(by_alias=True, exclude_none=True)
    table, about = offer.table(), named or gpu
    if len(own) > 1 and about is not None:
        table["gpu"] = about
    try:
        quote = parse_profile({**bare, "quote": [table]}, book, place).quote[0]
    except InputError as error:
        raise _in_words(error, offer, place) from None
    if quote.valid_until is not None and quote.valid_until < on:
        raise InputError(place, f"an offer that expired on {quote.valid_until}", f"one that is open on {on}")
    return quote


def _in_words(error: InputError, offer: ReadOffer, place: str) -> InputError:
    """What is wrong with an offer, in the words that its fields were read from in place of their names."""
    field = str(error.field[-1]) if error.field else ""
    of_one = field in Quote.model_fields
    said = {field} if of_one else {name for name in re.findall(r"\w+", error.found) if not name.isdecimal()}
    said |= {"months", "days"} if said & {"term", "step_down"} else set()
    words = " beside ".join(dict.fromkeys(repr(one.text) for one in offer.pieces if one.field in said and one.text))
    found = f"{error.found} in {words}" if of_one and words else words or error.found
    allowed = _WITHIN_TERM if "step_down" in said else error.allowed
    return InputError(place, _without_names(found), _without_names(allowed))


def _without_names(text: str) -> str:
    """A text with the names of fields as a sentence calls them."""
    for name, info in Quote.model_fields.items():
        text = re.sub(rf"\b{name}\b", info.label or name.replace("_", " "), text) if "_" in name else text
    return text
