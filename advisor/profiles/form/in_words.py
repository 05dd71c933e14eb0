"""Numbers that are typed in words, `two years`, and growth of another period than a month, `2x a year`."""

import re

from advisor.profiles.spelled_numbers import SPELLED

_SPELLED = re.compile(rf"\b(?:{'|'.join(SPELLED)})\b", re.IGNORECASE)
_HALF = re.compile(r"\bhalf an? (?=year|month)", re.IGNORECASE)
_ONE = re.compile(r"^an? (?=year|quarter|month|week)", re.IGNORECASE)
_NUMBER = r"\d+(?:\.\d+)?|\.\d+"
_MONTHS = {"month": 1.0, "quarter": 3.0, "year": 12.0}
_GROWTH = re.compile(
    rf"(?:(?P<times>{_NUMBER}) ?[x\u00d7]|(?P<percent>[+-]?(?:{_NUMBER})) ?%|(?P<word>doubl|tripl|halv)(?:es?|ing))"
    rf"(?: ?/ ?| an? | per | each | every | in (?:an? )?| )(?:(?P<count>{_NUMBER}) )?(?P<period>month|quarter|year)s?"
)
_NONE = ("none", "flat", "never")
_SHORT = re.compile(r" ?\b(?:(mom|m/m)|(qoq|q/q)|yoy|y/y)$")
_TIMES = {"doubl": 2.0, "tripl": 3.0, "halv": 0.5}


def with_digits(text: str) -> str:
    """The text with digits in place of numbers that are spelled out: `two years` as `2 years`."""
    spelled = _SPELLED.sub(lambda match: str(SPELLED.index(match[0].lower()) + 1), text)
    return _ONE.sub("1 ", _HALF.sub("0.5 ", spelled))


def _whole_words(short: re.Match[str]) -> str:
    return " a month" if short[1] else " a quarter" if short[2] else " a year"


def growth_from(text: str) -> float | None:
    """The share a month of `2x a year`, `30% QoQ`, `doubles every 6 months`, compounded; 0 for `flat`; None for others.

    2x a year is 2^(1/12) - 1, 5.9 % a month.
    """
    words = " ".join(text.lower().split())
    if words in _NONE:
        return 0.0
    match = _GROWTH.fullmatch(_SHORT.sub(_whole_words, words))
    if match is None:
        return None
    if match["percent"] is None:
        times = _TIMES[match["word"]] if match["times"] is None else float(match["times"])
    else:
        times = 1 + float(match["percent"]) / 100
    months = float(match["count"] or 1) * _MONTHS[match["period"]]
    if months == 1:
        return times - 1 if match["percent"] is None else float(match["percent"]) / 100
    return float(times ** (1 / months) - 1) if times > 0 and months > 0 else None
