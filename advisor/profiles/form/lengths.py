"""Lengths of time as they are typed, in months: `2 years`, `6 wks`, `1y 6m`, `a year and a half`."""

import re

from advisor.profiles.form.in_words import with_digits

_DAY = 12 / 365  # in months
_UNITS = {
    r"d(?:ays?)?": _DAY, r"w(?:(?:ee)?ks?)?": 7 * _DAY, r"m(?:o(?:nths?|s)?|ths?)?": 1.0, r"q(?:uarters?)?": 3.0,
    r"y(?:(?:ea)?rs?)?": 12.0,
}  # fmt: skip
_ONE = rf"(?:\d{{1,9}}(?:\.\d{{1,9}})?|\.\d{{1,9}})[ -]?(?:{'|'.join(_UNITS)})(?![a-z])"
LENGTH = rf"{_ONE}(?:(?: and |, ?| ?){_ONE})*"
_LENGTH = re.compile(LENGTH)
_PART = re.compile(r"([\d.]+)[ -]?([a-z]+)")
_DECIMALS = 2  # of months: a hundredth is a third of a day


def months_in(text: str) -> float | None:
    """The months of a length; None for another text.

    >>> months_in("2 years"), months_in("1y 6m"), months_in("6 weeks"), months_in("soon")
    (24.0, 18.0, 1.38, None)
    """
    words = " ".join(with_digits(text).lower().split())
    if _LENGTH.fullmatch(words) is None:
        return None
    parts = (float(number) * _months_of(unit) for number, unit in _PART.findall(words))
    return round(sum(parts), _DECIMALS)


def _months_of(unit: str) -> float:
    return next(months for pattern, months in _UNITS.items() if re.fullmatch(pattern, unit))
