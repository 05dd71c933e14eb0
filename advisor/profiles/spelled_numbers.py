"""The numbers that people spell out, and the words for hundreds, thousands, millions and so on."""

import re

_BELOW_TWENTY = (
    "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen",
    "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_SPELLED = {
    **{word: 1 + at for at, word in enumerate(_BELOW_TWENTY)},
    **{word: 20 + 10 * at for at, word in enumerate(_TENS)},
    **{f"{ten}-{one}": 21 + 10 * at + of for at, ten in enumerate(_TENS) for of, one in enumerate(_BELOW_TWENTY[:9])},
}
SPELLED_OUT = rf"(?:(?:{'|'.join(_TENS)})(?:[ -](?:{'|'.join(_BELOW_TWENTY[:9])})\b)?|{'|'.join(_BELOW_TWENTY[::-1])})"
MAGNITUDES = {
    "": 1.0, "hundred": 1e2, "k": 1e3, "thousand": 1e3, "g": 1e9, "lakh": 1e5, "crore": 1e7,
    **dict.fromkeys(("m", "mm", "mn", "mio", "mil", "mln", "million"), 1e6),
    **dict.fromkeys(("b", "bn", "mrd", "billion"), 1e9), **dict.fromkeys(("t", "tn", "trillion"), 1e12),
}  # fmt: skip


def spelled_number(text: str) -> int | None:
    """The number that a match of SPELLED_OUT is; None for another text.

    >>> spelled_number("Sixty-four"), spelled_number("sixty four"), spelled_number("64")
    (64, 64, None)
    """
    return _SPELLED.get(re.sub(r"\s+", "-", text.strip().lower()))
