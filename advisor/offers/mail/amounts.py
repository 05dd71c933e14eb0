"""Numbers, sums of money, spans of time and dates as people write them in offers."""

import math
import re
from datetime import date, timedelta

_COUNT_WORDS = [
    "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen",
    "fourteen", "fifteen", "sixteen", "seventeen", "eighteen"
]  # fmt: skip
NUMBER = r"\d(?:[\d.,]{0,18}\d)?"
COUNT = rf"(?:{NUMBER}|\b(?:{'|'.join(_COUNT_WORDS)})\b)"
TIME_UNIT = r"(?:months?|mos?|mths?|m|years?|yrs?|y|weeks?|wks?|days?|d)"
# A currency sign after a letter ("CA$2.30") is that of another currency; such a sum is not read at all.
_BEFORE = r"(?<![A-Za-z])(?:US\$|USD\s?\$?|\$|€|EUR|£|GBP|CHF|CAD|AUD|SGD|JPY|INR|SEK|NOK|DKK|PLN)"
_AFTER = r"(?:USD|US\$|\$(?!\s?\d)|dollars|EUR|€|euros?|GBP|£|CHF|CAD|AUD|SGD|JPY|INR|SEK|NOK|DKK|PLN)(?![A-Za-z])"
_SCALE = r"(?:k|m|mn|mio|million|thousand)\b"
MONEY = (
    rf"(?:(?P<before>{_BEFORE})\s?(?P<value>{NUMBER})(?:\s?(?P<scale>{_SCALE}))?(?:\s?{_AFTER})?"
    rf"|(?<![\d.,])(?P<number>{NUMBER})(?:\s?(?P<size>{_SCALE}))?\s?(?P<after>{_AFTER}))"
)
_CODES = {
    "$": "USD",
    "us$": "USD",
    "usd$": "USD",
    "dollars": "USD",
    "€": "EUR",
    "euro": "EUR",
    "euros": "EUR",
    "£": "GBP",
}
_SCALES = {"k": 1e3, "thousand": 1e3}
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_MONTH = r"(?P<name>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
DATE = (
    r"(?P<iso>\d{4}-\d{2}-\d{2})"
    rf"|{_MONTH}\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?:,?\s+(?P<year>\d{{4}}))?"
    rf"|(?P<day2>\d{{1,2}})(?:st|nd|rd|th|\.)?\s+(?:of\s+)?{_MONTH.replace('name', 'name2')}"
    r"(?:,?\s+(?P<year2>\d{4}))?"
    r"|(?P<first>\d{1,2})[/.](?P<second>\d{1,2})[/.](?P<year3>\d{4})"
)


def number(text: str) -> float | None:
    """A number as English, German or French texts write it; None when it is none.

    A comma before three digits separates thousands, before one or two it is the decimal sign.
    """
    text = text.strip().lower()
    if text in _COUNT_WORDS:
        return _COUNT_WORDS.index(text) + 1.0
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", text):
        return float(text.replace(",", ""))
    if re.fullmatch(r"\d{1,3}(?:\.\d{3})+,\d+", text):
        return float(text.replace(".", "").replace(",", "."))
    if re.fullmatch(r"\d{1,15},\d{1,2}", text):
        return float(text.replace(",", "."))
    return float(text) if re.fullmatch(r"\d{1,15}(?:\.\d{1,15})?", text) else None


def whole(text: str) -> int | None:
    """A whole number of at least 1; None when it is none."""
    found = number(text)
    return int(found) if found is not None and found >= 1 and found == int(found) else None


def money(match: re.Match[str]) -> tuple[float, str] | None:
    """The amount and the currency of a match of MONEY; None when its number cannot be read."""
    groups = match.groupdict()
    sign = (groups.get("before") or groups.get("after") or "$").lower().replace(" ", "")
    amount = number(groups.get("value") or groups.get("number") or "")
    scale = (groups.get("scale") or groups.get("size") or "").lower()
    if amount is None:
        return None
    return amount * (_SCALES.get(scale, 1e6) if scale else 1.0), _CODES.get(sign, sign.upper())


def in_months(count: str, unit: str) -> int | None:
    """A span of time in whole months; None when it is not one."""
    found = number(count)
    if found is None:
        return None
    months = found * {"y": 12, "w": 7 / 30, "d": 1 / 30}.get(unit[0].lower(), 1)
    return round(months) if unit[0].lower() in "wd" or math.isclose(months, round(months)) else None


def in_days(count: str, unit: str) -> int | None:
    """A span of days or weeks in days; None for another span."""
    found = whole(count)
    per_unit = {"w": 7, "d": 1}.get(unit[0].lower())
    return None if found is None or per_unit is None else found * per_unit


def date_of(match: re.Match[str], after: date) -> tuple[date, str] | None:
    """The date of a match of DATE, and what had to be assumed; None when it is not a date, or could be two.

    Args:
        match: Of the pattern.
        after: A date without a year is the next one after this.
    """
    try:
        if match["iso"]:
            return date.fromisoformat(match["iso"]), ""
        if match["first"]:
            return _numeric(int(match["first"]), int(match["second"]), int(match["year3"]))
        name, day, year = (match["name"], match["day"], match["year"])
        if name is None:
            name, day, year = (match["name2"], match["day2"], match["year2"])
        month = _MONTHS.index(name.lower()) + 1
        if year:
            return date(int(year), month, int(day)), ""
        found = date(after.year, month, int(day))
        found = found if found >= after else date(after.year + 1, month, int(day))
        return found, f"of {found.year}"
    except ValueError:
        return None


def _numeric(first: int, second: int, year: int) -> tuple[date, str] | None:
    """12/15/2026 and 15.12.2026; None when day and month could be exchanged."""
    if first > 12 >= second:
        return date(year, second, first), ""
    if second > 12 >= first or first == second:
        return date(year, first, second), ""
    return None


def days_after(day: date, days: int) -> date:
    """A day some days later."""
    return day + timedelta(days=days)
