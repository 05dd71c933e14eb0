"""Numbers and dates on the command line; anything else is refused in one line."""

import math
from argparse import ArgumentTypeError
from collections.abc import Callable
from datetime import date

_LONGEST_SHOWN = 40


def number(low: float, high: float, what: str = "a number", *, above: bool = False) -> Callable[[str], float]:
    """The type of an argument that is a number from `low` to `high`, or above `low`. what: how an error calls it."""

    def parsed(text: str) -> float:
        try:
            found = float(text)
        except ValueError:
            found = math.nan
        if not low <= found <= high or (above and found == low):
            allowed = f"above {low:,g} and up to" if above else f"from {low:,g} to"
            raise ArgumentTypeError(f"{text[:_LONGEST_SHOWN]!r} is not {what} {allowed} {high:,.10g}")
        return found

    return parsed


def whole_number(low: int, high: int, what: str = "a whole number") -> Callable[[str], int]:
    """The type of an argument that is a whole number from `low` to `high`. what: how an error calls it."""
    any_number = number(low, high, what)

    def parsed(text: str) -> int:
        found = any_number(text)
        if found != int(found):
            raise ArgumentTypeError(f"{text[:_LONGEST_SHOWN]!r} is not {what}")
        return int(found)

    return parsed


def day(text: str) -> date:
    """The type of an argument that is a date."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text[:_LONGEST_SHOWN]!r} is not a date such as 2026-11-02") from None
