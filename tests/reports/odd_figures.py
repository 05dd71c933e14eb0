"""Figures that nobody reads: in text of screens and reports."""

import re
from collections.abc import Iterator

_CODE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)  # a profile as TOML
_ID = re.compile(r"\b[\w-]+\.[a-z]+_[a-z_0-9.]+\b")  # of a figure, to ask for its source
_THINGS = "(?:node|GPU|month|replica|day|hour|year|offer|run|row|file)"
_ODD = {
    "an exponent": re.compile(r"\d[eE][+-]?\d"),
    "a sign apart from its number": re.compile(r"\d (?:%|\$(?!\d))"),
    "the name of a currency for its sign": re.compile(r"\d USD\b"),
    "a minus sign behind the dollar": re.compile(r"\$-"),
    "more than two decimals": re.compile(r"(?<![\d.,])(?<!exhibit )[1-9][\d,]*\.\d{3,}"),
    "more than four decimal digits": re.compile(r"(?<![\d.,])0\.0*[1-9]\d{4,}"),
    "a share to a ten-thousandth": re.compile(r"[1-9]\d*\.\d\d+%"),
    "no number": re.compile(r"\b(?:nan|inf|None)\b(?!…)"),
    "the name of a field": re.compile(r"\b(?:gb|usd|fte|kw)\b|[a-z]_(?:gb|usd|per)\b"),
    "one of several": re.compile(rf"(?<![\w.,$-])(?<!to )1 {_THINGS}s\b"),
    "several of one": re.compile(rf"(?<![\w.,$-])(?:[2-9]|[1-9]\d+) {_THINGS}(?![\w/-])"),
    "a space before a sign": re.compile(r"\w (?:[,;:)])(?!\w)"),
    "a word said twice": re.compile(r"\b([a-z]{2,}) \1\b"),
    "millions in full": re.compile(r"\$\d{1,3}(?:,\d{3}){2,}"),
}
_IN_FULL = {"millions in full", "a share to a ten-thousandth"}


def odd_figures(text: str, *, in_full: bool = False) -> Iterator[tuple[str, str]]:
    """What is odd, and its line. in_full: whether dollars and shares may be said to the last digit, as in the parts
    of a sum and in sources."""
    for line in _ID.sub("", _CODE.sub("", text)).splitlines():
        for what, pattern in _ODD.items():
            if pattern.search(line) and not (in_full and what in _IN_FULL):
                yield what, line.strip()
