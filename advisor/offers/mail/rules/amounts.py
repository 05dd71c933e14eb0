"""Numbers, sums of money and spans of time as people write them in offers."""

import math
import re

from advisor.profiles.spelled_numbers import SPELLED_OUT, spelled_number
from advisor.profiles.sums_of_money import OTHER_CODES

NUMBER = r"\d(?:[\d.,]{0,18}\d)?"
COUNT = rf"(?:(?<![\w.,$€£]){NUMBER}|\b{SPELLED_OUT}\b)"  # not the 100 of an H100
# A year, half a year; not the unit of a sum: `$500 a month`, `5% a month`, `$20 per GPU a month`.
A_SPAN = rf"(?:{COUNT}|(?<![\d%km)]\s)(?<!gpu\s)(?<!node\s)(?<!server\s)\b(?:half\s+)?an?)"
QUARTERS = r"quarters?(?!\s+of\b)"
TIME_UNIT = rf"(?:months?|mos?|mths?|m|{QUARTERS}|years?|yrs?|y|weeks?|wks?|days?|d|monate?n?|jahre?n?)"
# A currency sign after a letter ("CA$2.30") is that of another currency; such a sum is not read at all.
_BEFORE = rf"(?<![A-Za-z])(?:US\$|USD\s?\$?|\$|₹|Rs\b\.?|€|£|{OTHER_CODES})"
_AFTER = rf"(?:USD|US\$|\$(?!\s?\d)|dollars|€|euros?|£|{OTHER_CODES})(?![A-Za-z])"
CURRENCIES = rf"(?:USD|US\$|\$|₹|Rs\b\.?|€|£|{OTHER_CODES})(?![A-Za-z])"
SIGN = r"(?:US\$|USD|\$|€|EUR|£|GBP)"
_SCALE = r"(?:k|m|mn|mio|million|thousand)\b"
MONEY = (
    rf"(?:(?P<before>{_BEFORE})\s?(?P<value>{NUMBER})(?:\s?(?P<scale>{_SCALE}))?(?:\s?{_AFTER})?"
    rf"|(?<![\d.,])(?P<number>{NUMBER})(?:\s?(?P<size>{_SCALE}))?\s?(?P<after>{_AFTER}))"
)
# A sum without a currency sign: `20k`, `20,000`. Only words beside it say that it is one; days and GPUs are fewer.
UNSIGNED = (
    r"(?<![\w.,$€£])(?:(?P<value>\d{1,4}(?:[.,]\d{1,2})?)\s?(?P<scale>k|m|mn|million|thousand)\b"
    r"|(?P<number>\d{1,3}(?:,\d{3})+|(?!20\d\d\b)\d{4,7}))(?![\w%]|[.,]\d)"
)
# Thousands as they are parted in Switzerland, and by a space that breaks no line: 14'500. A comma is read everywhere.
PARTED = re.compile(r"(?<=\d)['\u2019\u00a0\u202f\u2009](?=\d{3}(?!\d))")
UNSIGNED_IS_IN = "in the currency of the price"
_CODES = {
    "$": "USD",
    "us$": "USD",
    "usd$": "USD",
    "dollars": "USD",
    "€": "EUR",
    "euro": "EUR",
    "euros": "EUR",
    "£": "GBP",
    "₹": "INR",
    "rs": "INR",
    "rs.": "INR",
}
EVERY = {
    "monthly": 1, "quarterly": 3, "half-yearly": 6, "semi-annual": 6, "semiannual": 6, "semi-annually": 6,
    "semiannually": 6, "yearly": 12, "annual": 12, "annually": 12,
}  # fmt: skip
_ONE = {"the": 1.0, "a": 1.0, "an": 1.0, "half a": 0.5, "half": 0.5}
_SCALES = {"k": 1e3, "thousand": 1e3}


def number(text: str) -> float | None:
    """A number as written in English, German or French; None if the text is not a number.

    A comma before three digits separates thousands, before one or two it is the decimal sign.
    """
    text = text.strip().lower()
    if text == "a":
        return 1.0
    if (spelled := spelled_number(text)) is not None:
        return float(spelled)
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", text):
        return float(text.replace(",", ""))
    if re.fullmatch(r"\d{1,3}(?:\.\d{3})+,\d+", text):
        return float(text.replace(".", "").replace(",", "."))
    if re.fullmatch(r"\d{1,15},\d{1,2}", text):
        return float(text.replace(",", "."))
    return float(text) if re.fullmatch(r"\d{1,15}(?:\.\d{1,15})?", text) else None


def whole(text: str) -> int | None:
    """A whole number of at least 1; None for anything else."""
    found = number(text)
    return int(found) if found is not None and found >= 1 and found == int(found) else None


def money(match: re.Match[str]) -> tuple[float, str] | None:
    """The amount and currency of a match of MONEY; None if the number cannot be read."""
    groups = match.groupdict()
    sign = (groups.get("before") or groups.get("after") or "$").lower().replace(" ", "")
    amount = number(groups.get("value") or groups.get("number") or "")
    scale = (groups.get("scale") or groups.get("size") or "").lower()
    if amount is None:
        return None
    return amount * (_SCALES.get(scale, 1e6) if scale else 1.0), currency_code(sign)


def currency_code(sign: str) -> str:
    """The three letters of a currency, of its sign or of these in any case."""
    return _CODES.get(sign.lower(), sign.upper())


def in_months(count: str, unit: str) -> int | None:
    """A span of time in whole months; None when it is not one."""
    found = number(count) or _ONE.get(" ".join(count.lower().split()))
    if found is None:
        return None
    months = found * {"y": 12, "j": 12, "q": 3, "w": 7 / 30, "d": 1 / 30}.get(unit[0].lower(), 1)
    return round(months) if unit[0].lower() in "wd" or math.isclose(months, round(months)) else None


def in_days(count: str, unit: str) -> int | None:
    """A span of days or weeks in days; None for another span."""
    found = whole(count)
    per_unit = {"w": 7, "d": 1}.get(unit[0].lower())
    return None if found is None or per_unit is None else found * per_unit
