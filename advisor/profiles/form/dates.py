"""The length and the start of a plan by a day: `until March 2028`, `Q2 2027`, `January`, `in 3 months`."""

import re
from datetime import date, timedelta

from advisor.errors import InputError
from advisor.profiles.form.in_hand.words import DATE, date_in
from advisor.profiles.form.lengths import months_in
from advisor.values.any_case import AnyCase

_UNTIL = AnyCase(rf"(?:until|till?|through|thru|to) (?:the )?{DATE}")
_FROM = AnyCase(rf"(?:in |on |from )?(?:the )?{DATE}")
_IN = AnyCase(r"in (.+)")
_A_DAY = re.sub(r"\(\?P<\w+>", "(?:", DATE).replace("(?P=mark)", "[/.]")
_BOTH_ENDS = AnyCase(
    rf"(?<!\w)(?:from |between )?(?<!\w)({_A_DAY}) ?(?:to|through|thru|until|till?|and|[-\u2013]) ?({_A_DAY})"
)
_WHOLE_PERIOD = AnyCase(
    r"\b(?:in|for|during) (?:the whole of |all of )?((?:[qh][1-4](?: of)? ?)?(?:20\d\d)|[qh][1-4])(?=[,;]|$)"
)
_NAMED_FROM_TODAY = AnyCase("month|quarter|year")
_SOON = {"now": 0, "today": 0, "immediately": 0, "at once": 0, "next month": 1}
_DAYS_A_MONTH = 365 / 12
_DECIMALS = 2  # of months: a hundredth is a third of a day


def months_later(day: date, months: float) -> date:
    """The day some months after another one."""
    return day + timedelta(days=round(months * _DAYS_A_MONTH))


def months_until(text: str, where: str, starts: date, today: date) -> float | None:
    """The months from a day to the end of the one that `until March 2028` means, of `until March` the next one after
    it, of `until the end of next year` the one after today's; None for another text.

    Raises:
        InputError: Naming the field `where`, for a day in the past or one that there is not.
    """
    match = _UNTIL.fullmatch(text.strip())
    if match is None:
        return None
    since = today if _NAMED_FROM_TODAY.search(match["date"]) else starts
    days = (_not_past(date_in(match, where, since, at_end=True), match, where, starts) - starts).days + 1
    return round(days / _DAYS_A_MONTH, _DECIMALS)


def day_of_start(text: str, where: str, today: date) -> date | None:
    """The day that `Q2 2027`, `January` or `in 3 months` means; today for what has begun and not ended, None for
    another text. Raises as above."""
    words = text.strip()
    if words.lower() in _SOON:
        return months_later(today, _SOON[words.lower()])
    if (match := _FROM.fullmatch(words)) is not None:
        if _NAMED_FROM_TODAY.search(match["date"]) is None:
            _not_past(date_in(match, where, today, at_end=True), match, where, today)
        return max(date_in(match, where, today, at_end=False), today)
    length = _IN.fullmatch(words)
    months = None if length is None else months_in(length[1])
    return None if months is None else months_later(today, months)


def months_before(day: date, today: date) -> int:
    """The whole months from today to another day."""
    return round((day - today).days / _DAYS_A_MONTH)


def with_both_ends(words: str) -> str:
    """Words in which a period has its first and its last day: `Feb to July 2027` as `from feb 2027 until july 2027`,
    `in Q1 2027` as `from q1 2027 until q1 2027`."""
    return _WHOLE_PERIOD.sub(r"from \1 until \1", _BOTH_ENDS.sub(r"from \1 until \2", words))


def _not_past(day: date, match: re.Match[str], where: str, since: date) -> date:
    if day < since:
        raise InputError(where, f"{match['date']}, which is past", f"a day from {since} on")
    return day
