"""Numbers and dates on the command line; anything else is refused in one line."""

import math
from argparse import ArgumentTypeError
from collections.abc import Callable
from datetime import date

_LONGEST_SHOWN = 40


def number(low: float, high: float, what: str = "a number", *, above: bool = False) -> Callable[[str], float]:
    """The type of an argument that is a number from `low` to `high`, or above `low`; a share may be a percentage. what:
    how an error calls it."""

    def parsed(text: str) -> float:
        try:
            found = float(text[:-1]) / 100 if high <= 1 and text.endswith("%") else float(text)
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


def length(low: float, high: float) -> Callable[[str], float]:
    """The type of an argument that is a number of months above `low`, up to `high`, or a length such as 2y."""
    any_number = number(low, high, "a number of months", above=True)

    def parsed(text: str) -> float:
        from advisor.profiles.form.lengths import months_in  # for words only

        months = months_in(text)
        return any_number(text if months is None else str(months))

    return parsed


def day(text: str) -> date:
    """The type of an argument that is a date."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text[:_LONGEST_SHOWN]!r} is not a date such as 2026-11-02") from None
