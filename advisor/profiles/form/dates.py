"""The length and the start of a plan by a day: `until March 2028`, `Q2 2027`."""

import re
from datetime import date, timedelta

from advisor.errors import InputError
from advisor.profiles.form.in_hand.words import DATE, any_case, date_in

_UNTIL = any_case(rf"(?:until|till?|through|thru|to) (?:the )?{DATE}")
_FROM = any_case(rf"(?:in |on |from )?{DATE}")
_DAYS_A_MONTH = 365 / 12
_DECIMALS = 2  # of months: a hundredth is a third of a day


def months_later(day: date, months: int) -> date:
    """The day some months after another one."""
    return day + timedelta(days=round(months * _DAYS_A_MONTH))


def months_until(text: str, where: str, starts: date) -> float | None:
    """The months from a day to the end of the one that `until March 2028` means; None for another text.

    Raises:
        InputError: Naming the field `where`, for a day in the past or one that there is not.
    """
    match = _UNTIL.fullmatch(text.strip())
    return None if match is None else _months(match, where, starts, at_end=True)


def months_before(text: str, where: str, today: date) -> int | None:
    """The whole months from a day to the beginning of what `Q2 2027` means; None for another text. Raises as above."""
    match = _FROM.fullmatch(text.strip())
    return None if match is None else round(_months(match, where, today, at_end=False))


def _months(match: re.Match[str], where: str, since: date, *, at_end: bool) -> float:
    day = date_in(match, where, at_end=at_end)
    days = (day - since).days + at_end
    if days < 0:
        raise InputError(where, f"{match['date']}, which is past", f"a day from {since} on")
    return round(days / _DAYS_A_MONTH, _DECIMALS)
