"""Dates as people write them in offers: in numbers, by the name of a month, or as a part of a year."""

import re
from datetime import date, timedelta

from advisor.values.quick_dataclass import dataclass

_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_MONTH = r"(?P<name>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_YEAR = r"(?:\s*(?:of|,|/)?\s*(?P<of_year>20\d\d|['’]\d\d)(?![\d/.]\d))"
_PART = r"(?P<part>mid(?:dle)?|end|beginning|start)[\s-]+(?:of\s+)?(?:the\s+)?"
# A month, quarter, half or year, as a whole with its year, or a part of it: `January 2027`, `Q2 2027`, `mid March`.
_PERIOD = (
    rf"(?:{_PART})?(?:(?:{_MONTH.replace('name', 'month')}|(?P<quarter>[QH][1-4])){_YEAR}"
    r"|(?P<year_first>20\d\d)[\s-]*(?P<quarter2>[QH][1-4])\b)"
    rf"|{_PART.replace('part', 'part2')}(?:(?P<year_alone>20\d\d)\b(?![\d/.-]\d)|(?P<this>month|quarter|year)\b"
    rf"|{_MONTH.replace('name', 'month2')}(?!\s*\d))"
    r"|(?:the\s+)?(?P<this2>month|quarter|year)[\s-]end\b|\bEO(?P<this3>[MQY])\b"
)
DATE = (
    r"(?P<iso>\d{4}(?P<mark>[-/])\d{2}(?P=mark)\d{2})"
    rf"|{_MONTH}\s+(?P<day>\d{{1,2}})(?!\d)(?:st|nd|rd|th)?(?:,?\s+(?P<year>\d{{4}}))?"
    rf"|(?P<day2>\d{{1,2}})(?:st|nd|rd|th|\.)?\s+(?:of\s+)?{_MONTH.replace('name', 'name2')}"
    r"(?:,?\s+(?P<year2>\d{4}))?"
    r"|(?P<first>\d{1,2})[/.](?P<second>\d{1,2})[/.](?P<year3>\d{4}|\d{2})(?!\d)"
    rf"|{_PERIOD}"
)
ANY_DATE = re.sub(r"\(\?P<\w+>", "(?:", DATE).replace("(?P=mark)", "[-/]")  # the same without groups
LAST_DATE = rf"{DATE}|(?P<whole_year>20\d\d)\b(?![\d/.-]\d)"  # where a year alone is one too: through 2027
# Behind a word that says that a date follows: a month or a quarter without its year, and the next one.
UPCOMING = (
    r"(?P<month3>january|february|march|april|may|june|july|august|september|october|november|december)\b(?!\s*['’\d])"
    r"|(?P<quarter3>[QH][1-4])\b|next\s+(?P<next>month|quarter|year)\b"
)
_IN_NUMBERS = re.compile(r"(?<![\d/.])(\d{1,2})([/.])(\d{1,2})\2(?:\d{4}|\d{2})(?![\d/.])")
_MIDDLE = 15  # the day


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


def date_of(
    match: re.Match[str], calendar: Calendar, *, past: bool | None = False, at_end: bool = False
) -> tuple[date, str] | None:
    """The date of a match of DATE or LAST_DATE, and what had to be assumed; None when it is not a date.

    Args:
        match: Of the pattern.
        calendar: A date without a year is the next one after its day.
        past: Whether the date lies in the past, as that of an offer does; False for one that is still to come; None
            where it may be either.
        at_end: Whether a month, quarter or year stands for its last day, not for its first.
    """
    try:
        if match["iso"]:
            return date.fromisoformat(match["iso"].replace("/", "-")), ""
        if match["first"]:
            year = int(match["year3"]) + (2000 if len(match["year3"]) == 2 else 0)
            return _numeric(int(match["first"]), int(match["second"]), year, calendar, past)
        name, day, in_year = match["name"], match["day"], match["year"]
        if name is None:
            name, day, in_year = match["name2"], match["day2"], match["year2"]
        if name is None:
            return _of_period(match, calendar.on, at_end=at_end)
        if in_year:
            return date(int(in_year), _month(name), int(day)), ""
        after = calendar.on
        found = date(after.year, _month(name), int(day))
        found = found if found >= after else date(after.year + 1, _month(name), int(day))
        return found, f"of {found.year}"
    except ValueError:
        return None


def _of_period(match: re.Match[str], on: date, *, at_end: bool) -> tuple[date, str]:
    """The day of a month, quarter, half or year, or of a part of it."""
    given = match.groupdict()
    first, months = _period(given, on)
    part = (given["part"] or given["part2"] or ("end" if given["this2"] or given["this3"] else "")).lower()
    after = _month_later(first, months)
    if part.startswith("mid"):
        middle = _month_later(first, months // 2)
        halves = middle - timedelta(at_end) if months % 2 == 0 else middle.replace(day=_MIDDLE)
        return halves, f"its middle, {halves}"
    if part == "end" or (at_end and not part):
        return after - timedelta(1), "its last day"
    return first, "its first day"


def _period(given: dict[str, str | None], on: date) -> tuple[date, int]:
    """The first day of a period and its months; one without a year is the next one that ends after a day."""
    this = given["this"] or given["this2"] or given["this3"]
    if current := this or given.get("next"):
        months = {"m": 1, "q": 3, "y": 12}[current[0].lower()]
        first = date(on.year, (on.month - 1) // months * months + 1, 1)
        return first if this else _month_later(first, months), months
    year = int((given["of_year"] or given["year_first"] or given["year_alone"] or given.get("whole_year") or "0")[-2:])
    quarter = given["quarter"] or given["quarter2"] or given.get("quarter3")
    name = given["month"] or given["month2"] or given.get("month3")
    if quarter is None and name is None:
        return date(2000 + year, 1, 1), 12
    months = 1 if quarter is None else 3 if quarter[0].lower() == "q" else 6
    month = months * (int(quarter[1]) - 1) + 1 if quarter else _month(name or "")
    next_one = on.year + (month + months <= on.month)
    return date(2000 + year if year else next_one, month, 1), months


def _month_later(first: date, months: int) -> date:
    """The first day of a month, some months after that of another."""
    at = first.month - 1 + months
    return date(first.year + at // 12, at % 12 + 1, 1)


def _month(name: str) -> int:
    return _MONTHS.index(name.lower()[:3]) + 1


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
