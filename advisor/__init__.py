"""Rent, reserve or buy GPU compute: the decision engine, without a user interface.

The public API is importable from here. Names are loaded on first use, so that `--version` and `--help` stay fast:

    from pathlib import Path

    from advisor import advise, built_in_book, load_profile

    book = built_in_book()
    advice = advise(load_profile(Path("profiles/cluster-64.toml"), book), book)
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.2.0"

if TYPE_CHECKING:
    from advisor.decision.advise import Advice, advise
    from advisor.errors import AdvisorError, InputError
    from advisor.market.price_book import PriceBook, built_in_book
    from advisor.profiles.schema import Profile
    from advisor.profiles.store import load_profile
    from advisor.profiles.validation import parse_profile

_HOMES = {
    "Advice": "advisor.decision.advise",
    "AdvisorError": "advisor.errors",
    "InputError": "advisor.errors",
    "PriceBook": "advisor.market.price_book",
    "Profile": "advisor.profiles.schema",
    "advise": "advisor.decision.advise",
    "built_in_book": "advisor.market.price_book",
    "load_profile": "advisor.profiles.store",
    "parse_profile": "advisor.profiles.validation",
}

__all__ = [
    "Advice",
    "AdvisorError",
    "InputError",
    "PriceBook",
    "Profile",
    "advise",
    "built_in_book",
    "load_profile",
    "parse_profile",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
