"""Offers that are added to a profile: from the text of a mail, or from a TOML file of [[quote]] tables."""

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


@dataclass(frozen=True)
class Added:
    """Offers that a text adds to a profile. mail: how they were read; profile: with them, after its own."""

    mail: Mail
    profile: Profile


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
    return Added(mail, with_mail(mail, profile, book, on, where))


def with_mail(
    mail: Mail, profile: Profile, book: PriceBook, on: date, where: str = "the offer", gpu: str | None = None
) -> Profile:
    """Add offers that were read to a profile, but for those on other GPUs where some are on its own; gpu: of offers
    that name none, where the work is on several. Raises InputError as `with_text` does."""
    own = gpus_of(profile, book)
    fitting = [offer for offer in mail.offers if not other_gpu(offer, own)] or mail.offers
    quotes = tuple(_quote(offer, profile, book, where, gpu) for offer in fitting)
    for quote in quotes:
        if quote.valid_until is not None and quote.valid_until < on:
            raise InputError(where, f"an offer that expired on {quote.valid_until}", f"one that is open on {on}")
    if len(profile.quote) + len(quotes) > MOST_QUOTES:
        raise InputError(where, f"{len(profile.quote) + len(quotes)} offers in all", f"at most {MOST_QUOTES}")
    return profile.model_copy(update={"quote": (*profile.quote, *quotes)})


def other_gpu(offer: ReadOffer, own: Sequence[str]) -> str:
    """The GPU of an offer that is not one of a profile's own; empty where it is."""
    named = offer.value("gpu")
    return "" if named is None or named in own else str(named)


def _quote(offer: ReadOffer, profile: Profile, book: PriceBook, where: str, gpu: str | None) -> Quote:
    """One offer of a text as the profile has it."""
    place = f"{where}: {cut(offer.text, _LONGEST_SHOWN)!r}"
    named, own = offer.value("gpu"), gpus_of(profile, book)
    if other := other_gpu(offer, own):
        raise InputError(place, other, f"{' or '.join(own)}, which the profile is about")
    if offer.missing:
        what, _, example = offer.missing[0].partition(": ")
        raise InputError(place, f"an offer without {what}", example if what.startswith("one") else f"also {example}")
    bare = profile.model_copy(update={"quote": ()}).model_dump(by_alias=True, exclude_none=True)
    table, about = offer.table(), named or gpu
    if len(own) > 1 and about is not None:
        table["gpu"] = about
    return parse_profile({**bare, "quote": [table]}, book, place).quote[0]
