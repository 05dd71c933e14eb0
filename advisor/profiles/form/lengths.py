"""Lengths of time as they are typed, in months: `2 years`, `6 wks`, `1y 6m`, `a year and a half`."""

import re

from advisor.profiles.form.in_words import with_digits
from advisor.profiles.spelled_numbers import SPELLED_OUT

_DAY = 12 / 365  # in months
_UNITS = {
    r"d(?:ays?)?": _DAY, r"w(?:(?:ee)?ks?)?": 7 * _DAY, r"m(?:o(?:nths?|s)?|ths?)?": 1.0, r"q(?:uarters?)?": 3.0,
    r"y(?:(?:ea)?rs?)?": 12.0,
}  # fmt: skip
_OF, _UNIT = "(?: more |[ -])", rf"(?:{'|'.join(_UNITS)})(?![a-z])"
_ONE = rf"(?:\d{{1,9}}(?:\.\d{{1,9}})?|\.\d{{1,9}}){_OF}?{_UNIT}"
LENGTH = rf"{_ONE}(?:(?: and |, ?| ?){_ONE})*"
_SPELLED = rf"(?:half an?|an?|{SPELLED_OUT}){_OF}{_UNIT}"
ONE_LENGTH, SPELLED_LENGTH = rf"(?:{_ONE}|{_SPELLED})", rf"(?:{LENGTH}|{_SPELLED})"  # in one unit; in one or several
_LENGTH = re.compile(LENGTH)
_PART = re.compile(rf"([\d.]+){_OF}?([a-z]+)")
_DECIMALS = 2  # of months: a hundredth is a third of a day


def months_in(text: str) -> float | None:
    """The months of a length; None for another text.

    >>> months_in("2 years"), months_in("1y 6m"), months_in("ten more weeks"), months_in("soon")
    (24.0, 18.0, 2.3, None)
    """
    words = " ".join(with_digits(text).lower().split())
    if _LENGTH.fullmatch(words) is None:
        return None
    parts = (float(number) * _months_of(unit) for number, unit in _PART.findall(words))
    return round(sum(parts), _DECIMALS)


def _months_of(unit: str) -> float:
    return next(months for pattern, months in _UNITS.items() if re.fullmatch(pattern, unit))
