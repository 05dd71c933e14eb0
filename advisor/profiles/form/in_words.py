"""Numbers that are typed in words, `two years`, and growth of another period than a month, `2x a year`."""

import re

from advisor.profiles.spelled_numbers import SPELLED_OUT, spelled_number
from advisor.profiles.sums_of_money import OTHER_CODES, OTHER_NAMES, OTHER_SIGNS
from advisor.values.any_case import AnyCase

NODES = r"(?:nodes?|servers?|machines?|systems?|box(?:es)?|racks?)"
_SPELLED = AnyCase(rf"\b{SPELLED_OUT}\b")
_HALF = AnyCase(r"\bhalf an? (?=year|month|rack|node|server|box|machine|million|billion)")
_ONE = AnyCase(r"^an? (?=year|quarter|month|week)")
_AND_A_HALF = AnyCase(r"\b(\d+)(?: and a half| 1/2|\u00bd)(?= [a-z])|\b(\d+|an?)( (?:year|month)s?) and a half\b")
_PERIODS = {
    "year": r"\b(?:p\. ?a\.|(?:per annum|annually|yearly|yoy|y/y)\b)|/ ?yr?\b",
    "quarter": r"\b(?:quarterly|qoq|q/q)\b|/ ?q\b",
    "month": r"\b(?:p\. ?m\.|(?:monthly|mom|m/m)\b)|/ ?mo\b",
    "week": r"\bweekly\b|/ ?wk\b",
    "day": r"\bdaily\b",
}
_PERIOD = AnyCase(rf" ?(?:{'|'.join(f'(?P<{name}>{words})' for name, words in _PERIODS.items())})")
_OTHER_CURRENCY = AnyCase(
    rf"[{OTHER_SIGNS}]|(?<![a-z])(?:(?!us)[a-z]{{1,2}}\$|(?:{OTHER_CODES}|{OTHER_NAMES})(?![a-z]))"
)
IN_DOLLARS = "at the rate of the day; an offer may keep its currency and say its rate"
_NUMBER = r"\d+(?:\.\d+)?|\.\d+"
_MONTHS = {"month": 1.0, "quarter": 3.0, "year": 12.0}
_GROWTH = AnyCase(
    rf"(?:(?P<times>{_NUMBER}) ?[x\u00d7]|(?P<percent>[+-]?(?:{_NUMBER})) ?%|(?P<word>doubl|tripl|halv)(?:es?|ing))"
    rf"(?: ?/ ?| an? | per | each | every | in (?:an? )?| )(?:(?P<count>{_NUMBER}) )?(?P<period>month|quarter|year)s?"
)
_NONE = ("none", "flat", "never")
_TIMES = {"doubl": 2.0, "tripl": 3.0, "halv": 0.5}


def with_digits(text: str) -> str:
    """The text with digits in place of numbers that are spelled out: `two and a half years` as `2.5 years`."""
    spelled = _SPELLED.sub(lambda match: str(spelled_number(match[0])), text)
    one = _ONE.sub("1 ", _HALF.sub("0.5 ", spelled))
    return _AND_A_HALF.sub(_with_a_half, one)


def _with_a_half(match: re.Match[str]) -> str:
    number = match[1] or match[2]
    return f"{number if number.isdigit() else 1}.5{match[3] or ''}"


def in_other_currency(words: str) -> bool:
    """Whether words have the sign, the code or the name of a currency other than US$."""
    return _OTHER_CURRENCY.search(words) is not None


def with_periods(words: str) -> str:
    """Small letters with periods in whole words: `300k/mo` and `300k p.m.` as `300k a month`."""
    return _PERIOD.sub(lambda match: f" a {match.lastgroup}", words)


def growth_from(text: str) -> float | None:
    """The share a month of `2x a year`, `30% QoQ`, `doubles every 6 months`, compounded; 0 for `flat`; None for others.

    2x a year is 2^(1/12) - 1, 5.9 % a month.
    """
    words = " ".join(text.lower().split())
    if words in _NONE:
        return 0.0
    match = _GROWTH.fullmatch(with_periods(words))
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
