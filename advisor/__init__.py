"""Rent, reserve or buy GPU compute: the decision engine, which knows no screen.

The public door for scripts; names are imported when first used, so that `--version` and `--help` stay quick:

    from advisor import Book, Profile, advise
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from advisor.advice import Advice, advise
    from advisor.errors import AdvisorError, InputError
    from advisor.market.book import Book, built_in_book
    from advisor.profile import Profile, parse_profile

_HOMES = {
    "Advice": "advisor.advice",
    "AdvisorError": "advisor.errors",
    "Book": "advisor.market.book",
    "InputError": "advisor.errors",
    "Profile": "advisor.profile",
    "advise": "advisor.advice",
    "built_in_book": "advisor.market.book",
    "parse_profile": "advisor.profile",
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
