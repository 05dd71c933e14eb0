"""Prices that change within the term, in the words that are read: `then $2.15 from month 13`, `$2.15 in year 2`."""

import re
from itertools import pairwise

_PRICE = r"[$€£]\s?\d{1,6}(?:\.\d{1,4})?(?!,?\d)(?:\s?(?:/|per\s)\s?[\w-]+(?:\s?(?:/|per\s)\s?[\w-]+)?)?"
_COUNT = r"\d{1,2}|one|two|three|six|twelve"
_NUMBERS = {"one": 1, "two": 2, "three": 3, "six": 6, "twelve": 12, "": 1}
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "1st", "2nd", "3rd", "4th", "5th")
_MONTHS = re.compile(
    rf"\bmonths?\s+(\d{{1,2}})\s*(?:-|–|to|through)\s*(\d{{1,2}})\s*[:=@]?\s*(?:at\s+|is\s+)?({_PRICE})[,;]?(?:\s+and\b)?",
    re.IGNORECASE,
)
_FIRST = rf"(?:the\s+)?first\s+(?:(?P<count>{_COUNT})\s+)?(?P<unit>months?|years?)"
_THEN = r"\s*[,;.]?\s*(?:and\s+)?(?:then|thereafter|after(?:wards?| that))\s*[:,]?\s*(?:at\s+|to\s+)?"
_CHANGES = tuple(
    re.compile(source, re.IGNORECASE)
    for source in (
        rf"(?P<price>{_PRICE})\s+(?:for|during|in)\s+{_FIRST}{_THEN}(?P<next>{_PRICE})",
        rf"\b(?:for\s+)?{_FIRST}\s*[:,]?\s*(?:(?:is|are|at)\s+){{0,2}}(?P<price>{_PRICE}){_THEN}(?P<next>{_PRICE})",
    )
)
_YEAR_NAME = re.compile(
    rf"\b(?:(?:in|for|during)\s+)?(?:the\s+)?({'|'.join(_ORDINALS)})\s+year\b|\byear\s+(one|two|three|four|five)\b",
    re.IGNORECASE,
)
_YEAR_WORDS = ("one", "two", "three", "four", "five")
_YEARS = re.compile(
    r"(?P<sums>[$€£]\s?\d[\d.]*(?:\s*[/,]\s*[$€£]?\s?\d[\d.]*){1,4})(?P<unit>\s*(?:/|per\b)[^$€£,;]{1,20}?)?"
    r"\s*(?:,|\(|in|for)?\s*years?\s*1\s*(?:(?:[/,-]|to)\s*\d\s*)+",
    re.IGNORECASE,
)


def with_steps(line: str) -> str:
    """A line with the changes of its price in the words that are read; else as it is."""
    line = _by_years(_by_names(_by_months(line)))
    for pattern in _CHANGES:
        line = pattern.sub(_changed, line)
    return line


def _changed(match: re.Match[str]) -> str:
    """`$2.45 for the first 12 months, then $2.15` as `$2.45, then $2.15 from month 13`."""
    count = (match["count"] or "").lower()
    months = (int(count) if count.isdecimal() else _NUMBERS[count]) * (12 if match["unit"][0].lower() == "y" else 1)
    return f"{match['price']}, then {match['next']} from month {months + 1}"


def _by_months(line: str) -> str:
    """`months 1-12: $2.45, months 13-24: $2.15` as `24 months: $2.45, then $2.15 from month 13`."""
    found = list(_MONTHS.finditer(line))
    follow = all(int(one[2]) + 1 == int(other[1]) for one, other in pairwise(found))
    if len(found) < 2 or int(found[0][1]) != 1 or not follow:
        return line
    then = "".join(f", then {match[3]} from month {match[1]}" for match in found[1:])
    return f"{line[: found[0].start()]}{found[-1][2]} months: {found[0][3]}{then}{line[found[-1].end() :]}"


def _by_names(line: str) -> str:
    """`the second year` as `in year 2`, where the price of a later year is said."""
    names = [match[1] or match[2] for match in _YEAR_NAME.finditer(line)]
    if not re.search(_PRICE, line) or all(name.lower() in ("first", "1st", "one") for name in names):
        return line

    def number(match: re.Match[str]) -> str:
        name = (match[1] or match[2]).lower()
        at = _ORDINALS.index(name) % len(_YEAR_WORDS) if match[1] else _YEAR_WORDS.index(name)
        return f"{'in ' if match[1] else ''}year {at + 1}"

    return _YEAR_NAME.sub(number, line)


def _by_years(line: str) -> str:
    """`$2.45 / $2.15 per GPU-hr in years 1 / 2` as `$2.45 per GPU-hr in year 1, $2.15 per GPU-hr in year 2`."""
    match = _YEARS.search(line)
    if match is None:
        return line
    sums = re.findall(r"\d+(?:\.\d+)?", match["sums"])
    sign, unit = match["sums"][0], match["unit"] or ""
    each = [f"{sign}{amount}{unit} in year {year}" for year, amount in enumerate(sums, start=1)]
    return f"{line[: match.start()]}{', '.join(each)}{line[match.end() :]}"
