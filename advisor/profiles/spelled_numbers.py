"""The numbers that people spell out, in offers and in forms, and the words for thousands, millions and so on."""

SPELLED = (
    "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen",
    "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty",
)  # fmt: skip
MAGNITUDES = {
    "": 1.0, "k": 1e3, "thousand": 1e3, "g": 1e9, "lakh": 1e5, "crore": 1e7,
    **dict.fromkeys(("m", "mm", "mn", "mio", "mil", "mln", "million"), 1e6),
    **dict.fromkeys(("b", "bn", "mrd", "billion"), 1e9), **dict.fromkeys(("t", "tn", "trillion"), 1e12),
}  # fmt: skip
