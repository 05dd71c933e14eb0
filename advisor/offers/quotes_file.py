"""Offers from a TOML file of [[quote]] tables, beside those of a profile."""

from pathlib import Path

from advisor.errors import UNKNOWN_KEY, InputError, nearest
from advisor.files.toml_document import read_toml
from advisor.market.price_book import PriceBook
from advisor.profiles.offers.quote import Quote
from advisor.profiles.schema import Profile
from advisor.profiles.validation import parse_profile


def with_quotes_of(path: Path, profile: Profile, book: PriceBook) -> Profile:
    """Add the offers of a TOML file of [[quote]] tables to a profile.

    Args:
        path: Of the file.
        profile: With its own offers.
        book: The price book.

    Raises:
        InputError: When the file cannot be read or an offer in it is wrong.
    """
    return profile.model_copy(update={"quote": (*profile.quote, *read_quotes(path, profile, book))})


def read_quotes(path: Path, profile: Profile, book: PriceBook) -> tuple[Quote, ...]:
    """Read the offers of a TOML file of [[quote]] tables, with the fields they have in a profile.

    Args:
        path: Of the file.
        profile: They are checked as part of it.
        book: The price book.

    Raises:
        InputError: When the file cannot be read or an offer in it is wrong.
    """
    _, raw = read_toml(path, "a TOML file of [[quote]] tables")
    for key in raw:
        if key != "quote":
            raise InputError(f"{path}: {repr(key)[1:-1][:60]}", UNKNOWN_KEY, nearest(key, ["quote"]))
    if not raw.get("quote"):
        raise InputError(str(path), "no quote", "one or more [[quote]] tables")
    bare = profile.model_copy(update={"quote": ()}).model_dump(by_alias=True, exclude_none=True)
    return parse_profile({**bare, "quote": raw["quote"]}, book, str(path)).quote
