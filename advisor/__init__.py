"""Rent, reserve or buy GPU compute: the decision engine, which knows no screen.

The public door for scripts; names are imported when first used, so that `--version` and `--help` stay quick:

    from advisor import Book, Profile, advise
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.2.0"

if TYPE_CHECKING:
    from advisor.decision.advise import Advice, advise
    from advisor.errors import AdvisorError, InputError
    from advisor.market.price_book import Book, built_in_book
    from advisor.profiles.schema import Profile
    from advisor.profiles.validation import parse_profile

_HOMES = {
    "Advice": "advisor.decision.advise",
    "AdvisorError": "advisor.errors",
    "Book": "advisor.market.price_book",
    "InputError": "advisor.errors",
    "Profile": "advisor.profiles.schema",
    "advise": "advisor.decision.advise",
    "built_in_book": "advisor.market.price_book",
    "parse_profile": "advisor.profiles.schema",
}

__all__ = [
    "Advice",
    "AdvisorError",
    "Book",
    "InputError",
    "Profile",
    "advise",
    "built_in_book",
    "parse_profile",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
