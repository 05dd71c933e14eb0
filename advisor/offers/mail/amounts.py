"""Numbers, sums of money, spans of time and dates as people write them in offers."""

import math
import re
from datetime import date, timedelta

from advisor.values.quick_dataclass import dataclass

_COUNT_WORDS = [
    "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen",
    "fourteen", "fifteen", "sixteen", "seventeen", "eighteen"
]  # fmt: skip
NUMBER = r"\d(?:[\d.,]{0,18}\d)?"
COUNT = rf"(?:(?<![\w.,$€£]){NUMBER}|\b(?:{'|'.join(_COUNT_WORDS)})\b)"  # not the 100 of an H100
# A year, half a year; not the unit of a sum: `$500 a month`, `5% a month`, `$20 per GPU a month`.
A_SPAN = rf"(?:{COUNT}|(?<![\d%km)]\s)(?<!gpu\s)(?<!node\s)(?<!server\s)\b(?:half\s+)?an?)"
QUARTERS = r"quarters?(?!\s+of\b)"
TIME_UNIT = rf"(?:months?|mos?|mths?|m|{QUARTERS}|years?|yrs?|y|weeks?|wks?|days?|d|monate?n?|jahre?n?)"
# A currency sign after a letter ("CA$2.30") is that of another currency; such a sum is not read at all.
_BEFORE = r"(?<![A-Za-z])(?:US\$|USD\s?\$?|\$|€|EUR|£|GBP|CHF|CAD|AUD|SGD|JPY|INR|SEK|NOK|DKK|PLN)"
_AFTER = r"(?:USD|US\$|\$(?!\s?\d)|dollars|EUR|€|euros?|GBP|£|CHF|CAD|AUD|SGD|JPY|INR|SEK|NOK|DKK|PLN)(?![A-Za-z])"
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
}
EVERY = {"monthly": 1, "quarterly": 3, "half-yearly": 6, "semi-annual": 6, "semiannual": 6, "yearly": 12, "annual": 12}
_ONE = {"the": 1.0, "a": 1.0, "an": 1.0, "half a": 0.5, "half": 0.5}
_SCALES = {"k": 1e3, "thousand": 1e3}
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_MONTH = r"(?P<name>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
DATE = (
    r"(?P<iso>\d{4}-\d{2}-\d{2})"
    rf"|{_MONTH}\s+(?P<day>\d{{1,2}})(?!\d)(?:st|nd|rd|th)?(?:,?\s+(?P<year>\d{{4}}))?"
    rf"|{_MONTH.replace('name', 'name3')},?\s+(?P<year4>\d{{4}})"
    rf"|(?P<day2>\d{{1,2}})(?:st|nd|rd|th|\.)?\s+(?:of\s+)?{_MONTH.replace('name', 'name2')}"
    r"(?:,?\s+(?P<year2>\d{4}))?"
    r"|(?P<first>\d{1,2})[/.](?P<second>\d{1,2})[/.](?P<year3>\d{4}|\d{2})(?!\d)"
)
_IN_NUMBERS = re.compile(r"(?<![\d/.])(\d{1,2})([/.])(\d{1,2})\2(?:\d{4}|\d{2})(?![\d/.])")


@dataclass(frozen=True)
class Calendar:
    """How the dates of a text are read.

    Attributes:
        on: The day on which it is read.
        day_first: Whether 1/4/2027 is April 1, not January 4.
        because: Why that is assumed.
    """

    on: date
    day_first: bool
    because: str


def calendar_of(text: str, on: date) -> Calendar:
    """How a text writes its dates: a number above 12 shows which comes first; else dots mean the day first, and so do
    slashes in a text with euros or pounds."""
    dates = [(int(match[1]), match[2], int(match[3])) for match in _IN_NUMBERS.finditer(text)]
    for first, mark, second in dates:
        if (first > 12) != (second > 12):
            return Calendar(on, first > 12, f"as in {first}{mark}{second}")
    if any(mark == "." for _, mark, _ in dates):
        return Calendar(on, True, "as dates with dots are written")
    if re.search(r"€|£|\b(?:EUR|GBP)\b", text):
        return Calendar(on, True, "as where its currency is paid")
    return Calendar(on, False, "as in the US")


def number(text: str) -> float | None:
    """A number as written in English, German or French; None if the text is not a number.

    A comma before three digits separates thousands, before one or two it is the decimal sign.
    """
    text = text.strip().lower()
    if text == "a":
        return 1.0
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
    return amount * (_SCALES.get(scale, 1e6) if scale else 1.0), _CODES.get(sign, sign.upper())


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


def date_of(match: re.Match[str], calendar: Calendar, past: bool | None) -> tuple[date, str] | None:
    """The date of a match of DATE, and what had to be assumed; None when it is not a date.

    Args:
        match: Of the pattern.
        calendar: A date without a year is the next one after its day.
        past: Whether the date lies in the past, as that of an offer does; False for one that is still to come; None
            where it may be either.
    """
    try:
        if match["iso"]:
            return date.fromisoformat(match["iso"]), ""
        if match["first"]:
            year = int(match["year3"]) + (2000 if len(match["year3"]) == 2 else 0)
            return _numeric(int(match["first"]), int(match["second"]), year, calendar, past)
        if match["name3"]:
            return date(int(match["year4"]), _month(match["name3"]), 1), "its first day"
        name, day, in_year = match["name"], match["day"], match["year"]
        if name is None:
            name, day, in_year = match["name2"], match["day2"], match["year2"]
        if in_year:
            return date(int(in_year), _month(name), int(day)), ""
        after = calendar.on
        found = date(after.year, _month(name), int(day))
        found = found if found >= after else date(after.year + 1, _month(name), int(day))
        return found, f"of {found.year}"
    except ValueError:
        return None


def _month(name: str) -> int:
    return _MONTHS.index(name.lower()) + 1


def _numeric(first: int, second: int, year: int, calendar: Calendar, past: bool | None) -> tuple[date, str] | None:
    """12/15/2026 and 15.12.2026. Where day and month could be swapped, the calendar decides, unless only the other
    order puts the date in the past or future, as required."""
    if first == second or first > 12 or second > 12:
        month, day = (second, first) if first > 12 else (first, second)
        return date(year, month, day), ""
    wanted, other = date(year, first, second), date(year, second, first)
    if calendar.day_first:
        wanted, other = other, wanted
    lies = [past is None or (found <= calendar.on) == past or found == calendar.on for found in (wanted, other)]
    if lies == [False, True]:
        return other, f"{_order(not calendar.day_first)}: else it would be {wanted}"
    return wanted, f"{_order(calendar.day_first)}, {calendar.because}; else {other}"


def _order(day_first: bool) -> str:
    return "day before month" if day_first else "month before day"


def days_after(day: date, days: int) -> date:
    """The day that is some days later."""
    return day + timedelta(days=days)
