"""Amounts of work as people write them, in the few words that their patterns know.

`~16 8xH100 nodes` are `16 nodes of 8 h100`, `2 million GPU hours` are `2m gpu hours`, `100 rps` are `100 requests/s`.
"""

import re
from collections.abc import Callable

from advisor.profiles.form.in_words import with_digits
from advisor.profiles.spelled_numbers import MAGNITUDES

_MAGNITUDES = "|".join(sorted(filter(None, MAGNITUDES), key=len, reverse=True))
_LETTERS = {MAGNITUDES[letter]: letter for letter in "kmbt"}
_NUMBER = r"\d{1,30}(?:\.\d{1,30})?"  # Python reads no whole number of thousands of digits
_WHOLE = r"\d{1,30}"
_NODES = r"(?:nodes?|servers?|machines?|systems?|boxes|replicas?)"
_RUN = "(?:run|job|training|fine-?tune)"


def _product(found: re.Match[str]) -> str:
    return str(int(found[1]) * int(found[2]))


_CHANGES: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    (re.compile("\u00d7"), "x"),
    (re.compile(r",(?=\d{3}(?!\d))|(?<=\d)_(?=\d)"), ""),
    (re.compile(rf"(?<=\d),(?=\d\d? ?(?:{_MAGNITUDES}|h|hours?|min|%)(?!\w))"), "."),  # 1,5T, but not 8,16
    (re.compile(r"^(?:[~\u2248]|(?:about|around|approx(?:\.|imately)?|roughly|circa|ca\.) )\s*"), ""),
    (re.compile(r"\ba single\b|(?<=\b(?:for|ver) )an?(?= (?:day|week|month|quarter|year)\b)"), "1"),
    (re.compile(r"\bhalf a dozen\b"), "6"),
    (re.compile(r"\ba dozen\b"), "12"),
    (re.compile(r"\ban? (?=\d)"), ""),
    (re.compile(rf"(?:\b({_NUMBER}) ?[x*] ?)?\b10\^({_WHOLE})"), lambda found: f"{found[1] or 1}e{found[2]}"),
    (re.compile(rf"\b({_NUMBER}) ?({_MAGNITUDES})(?![\w-])"), lambda found: found[1] + _LETTERS[MAGNITUDES[found[2]]]),
    (re.compile(r"\b(?:rps|qps)\b"), "requests/s"),
    (re.compile(r"\breqs?\b"), "requests"),
    (re.compile(r"\btoks?\b"), "tokens"),
    (re.compile(r"\b(?:daus?|daily (?:active )?users)\b"), "users"),
    (re.compile(rf"^1 {_RUN} (?:of|for) ({_NUMBER} (?:days?|weeks?|months?)),? on (.+)"), r"\2 for \1"),
    (re.compile(rf"^({_WHOLE}) ({_WHOLE}) ?x ?([a-z][\w-]*) {_NODES}$"), r"\1 x \2 \3"),
    (re.compile(rf"^({_WHOLE}) {_NODES} (?={_WHOLE} ?x)"), r"\1 x "),
    (re.compile(rf"^({_WHOLE})(?: {_NODES} (?:of|with) | ?x ?)({_WHOLE})(?= ?[a-z])"), _product),
)  # fmt: skip


def in_everyday_words(text: str) -> str:
    """A text in small letters, with its numbers in digits and its units as the patterns of an amount know them.

    >>> in_everyday_words("~ 2 million GPU hours"), in_everyday_words("sixteen 8xH100 nodes")
    ('2m gpu hours', '128 h100')
    """
    words = " ".join(with_digits(text).lower().split())
    for pattern, change in _CHANGES:
        words = pattern.sub(change, words)
    return words
