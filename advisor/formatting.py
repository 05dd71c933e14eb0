"""Figures as text: money, rates, shares, months. The same in sentences, reports and screens."""

import math
import re
from collections.abc import Iterable, Sequence

_MOST_DECIMALS = 3  # of a percentage that is typed
_SCALES = ((1e9, "B"), (1e6, "M"), (1e3, "k"))
_FROM_THOUSANDS = 10_000  # dollars that are shown in thousands
_SMALL_PRICE = 0.1  # cents do not tell two such prices apart
_LEAST_NAME = 8  # characters of an option's label that are of use
_SMALL = 0.0005  # a share below it would be shown as 0.0%
_WITH_DECIMAL = 0.0995  # the largest share that has one: what would be shown as 10.0% is 10%


def cut(text: str, cells: int) -> str:
    """Return text of at most `cells` characters, cut off with an ellipsis."""
    return text if len(text) <= cells else text[: max(0, cells - 1)] + "…"


def cut_label(label: str, cells: int) -> str:
    """Return the label of an option in at most `cells` characters; its GPU or seller stays, by which options differ.

    >>> cut_label("reserving 2 nodes, renting peaks (H200 SXM)", 30)
    'reserving 2 nodes,… (H200 SXM)'
    """
    name = re.split(r" \(| from ", label, maxsplit=1)[0]
    kept = label[len(name) :]
    if len(label) <= cells or len(kept) + _LEAST_NAME > cells:
        return cut(label, cells)
    return cut(name, cells - len(kept)) + kept


def capitalized(text: str) -> str:
    """Return text with a capital first letter and the others as they are."""
    return text[:1].upper() + text[1:]


def action_word(action: str) -> str:
    """Return what an option does as it is read: rent, reserve, buy, API."""
    return "API" if action == "api" else action


def one_line(text: str) -> str:
    """Return outside text safe to print: characters that are not printable become question marks."""
    return "".join(character if character.isprintable() else "?" for character in text)


def usd(amount: float) -> str:
    """Format dollars to three digits, or in full below $10,000: $4,898 · $154k · $1.97M; a minus sign comes first."""
    sign, size = ("-" if amount < -0.5 else ""), abs(amount)
    if size < 9_999.5:
        return f"{sign}${size:,.0f}"
    if size < 999_500:
        return f"{sign}${size / 1e3:.0f}k" if size >= 99_950 else f"{sign}${size / 1e3:.1f}k"
    if size < 999.5e6:
        decimals = 2 if size < 9.995e6 else 1 if size < 99.95e6 else 0
        return f"{sign}${size / 1e6:.{decimals}f}M"
    return f"{sign}${size / 1e9:.2f}B"


def usd_rate(amount: float) -> str:
    """Format a price per GPU-hour: $3.43; a minus sign comes first."""
    return f"{'-' if amount < 0 else ''}${abs(amount):,.2f}"


def usd_exact(amount: float) -> str:
    """$1,234,568 · $12.30: dollars in full, with cents below a thousand; negative with a minus sign in front."""
    size, sign = abs(amount), "-" if round(amount, 2) < 0 else ""
    return f"{sign}${size:,.0f}" if size >= 1000 else f"{sign}${cents(size)}"


def cents(amount: float) -> str:
    """-1,234.50: USD to the cent, for columns; zero has no sign."""
    return f"{round(amount, 2) + 0.0:,.2f}"


def percent(share: float, decimals: int = 0) -> str:
    """Format a share: 85% · 1,327%; what rounds to nothing has no sign."""
    return f"{round(100 * share, decimals) + 0.0:,.{decimals}f}%"


def fine_percent(share: float) -> str:
    """Format a share in a sentence, with a decimal where it is small: 3.3% · 3% · 85% · 221% · under 0.1%."""
    if 0 < abs(share) < _SMALL:
        return "under 0.1%"
    return percent(share, 1).replace(".0%", "%") if abs(share) < _WITH_DECIMAL else percent(share)


def count(amount: float) -> str:
    """Format a large count: 850 · 154k · 7.6M."""
    return usd(amount).replace("$", "")


def short_count(amount: float) -> str:
    """7e9 as 7B, 1.5e12 as 1.5T; below a million in full."""
    for scale, letter in ((1e12, "T"), (1e9, "B"), (1e6, "M")):
        if amount >= scale:
            return f"{amount / scale:,.4g}{letter}"
    return f"{amount:,.0f}"


def plural(noun: str, number: float) -> str:
    """A noun for a number of things: `node` for 1, else `nodes`."""
    return noun if number == 1 else f"{noun}s"


def listed(items: Sequence[str]) -> str:
    """Join items: a · a and b · a, b and c."""
    return " and ".join([", ".join(items[:-1]), items[-1]] if len(items) > 1 else items)


def months_phrase(intervals: Iterable[tuple[int, int]]) -> str:
    """Format ranges of months: 27 to 43 months · 5 months · 12 to 18 and 24 to 60 months."""
    parts = [f"{start} to {end}" if end > start else f"{start}" for start, end in intervals]
    return listed(parts) + (" month" if parts == ["1"] else " months")


_PER = {"1/h": "an hour", "1/day": "a day"}  # how often
_MONTHS_OF_A_YEAR = 12


def month_text(month: float, months: int) -> str:
    """A month on the axis of a picture of some months: a whole one, or a part of one where there are few."""
    return f"{month:g}" if months < _MONTHS_OF_A_YEAR else f"{round(month)}"


def age_phrase(days: int) -> str:
    """Format an age: of today · 3 days old · 6 weeks old · 5 months old."""
    if days < 1:
        return "of today"
    if days < 14:
        return f"{days} day{'s' if days > 1 else ''} old"
    if days < 70:
        return f"{days // 7} weeks old"
    return f"{days // 30} months old"


def figure_text(value: float, unit: str) -> str:
    """Format a figure of the book with its unit: $3.43/GPU-h · 20% · 4%/month · 989 TFLOP/s."""
    return "".join(figure_parts(value, unit))


def figure_parts(value: float, unit: str) -> tuple[str, str]:
    """The number of a figure, and what follows it: ("$3.43", "/GPU-h") · ("4%", "/month") · ("5", " months")."""
    if unit == "FLOP/s":
        return number(value / 1e12), " TFLOP/s"
    if unit.startswith("ratio/"):
        return number(value), f" x {unit.removeprefix('ratio/')}"
    sign, rest = _sign_of(unit)
    follows = rest if sign or not rest else f" {rest}"
    return _signed(value, sign), follows


def usd_band(low_usd: float, high_usd: float) -> str:
    """$4,707 to $8,334; one amount where both are written alike."""
    low, high = usd(low_usd), usd(high_usd)
    return low if low == high else f"{low} to {high}"


def figure_range(low: float | None, high: float | None, unit: str = "") -> str:
    """$2.96 to $6.16 · 0% to 50%; empty where there is no range."""
    if low is None or high is None or low >= high:
        return ""
    return f"{figure_parts(low, unit)[0]} to {figure_parts(high, unit)[0]}"


def number(value: float) -> str:
    """A number as it is read, without an exponent: two decimals, of one below 1 four digits: 0.0222 · 2.34 · 65,536."""
    if abs(value) >= 1e9:
        return short_count(value)
    if abs(value) >= 1000 or value == round(value):
        return f"{value:,.0f}"
    decimals = 2 if abs(value) >= 1 else 3 - math.floor(math.log10(abs(value)))
    return f"{value:.{decimals}f}".rstrip("0").rstrip(".")


def dollars(amount: float) -> str:
    """A price: $3.43 · $0.0866 · $427 · $300,000 · $60M; cents unless it is small, or whole and of three digits."""
    size, sign = abs(amount), "-" if amount < 0 else ""
    if size >= 1e6:
        return f"{sign}${short_count(size)}"
    if size >= 1000 or (size == round(size) and not 0 < size < 100):
        return f"{sign}${size:,.0f}"
    return f"{sign}${number(size) if size < _SMALL_PRICE and size != round(size, 2) else f'{size:.2f}'}"


def typed_value(text: str, unit: str) -> tuple[str, str]:
    """A value of a form as it was typed, and what follows it: ("$60M", "") · ("$200", "/kW-month") · ("85%", "").

    It says all digits: $1,234,567 stays as it is. Only the long figure that a growth of 2x a year comes to is rounded,
    and marked so: ~5.95%.
    """
    if unit.startswith("%"):
        typed = len(text.partition(".")[2]) <= _MOST_DECIMALS
        return f"{text}%" if typed else f"~{float(text):.3g}%", unit.removeprefix("%")
    if not unit.startswith("USD"):
        return text, f" {unit}".rstrip()
    amount, follows = float(text.replace(",", "")), unit.removeprefix("USD")
    scale, letter = next(((scale, letter) for scale, letter in _SCALES if abs(amount) >= scale), (1.0, ""))
    shown = f"${text}"
    if abs(amount) >= _FROM_THOUSANDS and float(f"{amount / scale:.4g}") * scale == amount:
        shown = f"${amount / scale:.4g}{letter}"
    elif abs(amount) < _FROM_THOUSANDS and amount == round(amount, 2):
        shown = dollars(amount)
    return shown.replace("$-", "-$"), follows


def _sign_of(unit: str) -> tuple[str, str]:
    """The sign of a unit beside a number, and the rest of it: a share is per cent, USD dollars."""
    if unit == "1/year":
        return "%", "/year"
    for name, sign in (("share", "%"), ("USD", "$")):
        if unit.partition("/")[0] == name:
            return sign, unit.removeprefix(name)
    return "", unit


def _signed(value: float, sign: str) -> str:
    if sign == "%":
        return f"{number(100 * value)}%"
    return dollars(value) if sign == "$" else number(value)


def signed_percent(share: float) -> str:
    """-40%, +5%, 0%: a change as a share."""
    return f"{100 * share:+.0f}%" if round(100 * share) else "0%"


def amount_range(low: float, high: float, unit: str) -> str:
    """12% to 30% · 18 to 30 months: the words of a unit are said once."""
    first, last = amount_words(low, unit), amount_words(high, unit)
    follows = last.partition(" ")[2]
    return f"{first.removesuffix(f' {follows}') if follows else first} to {last}"


def amounts_apart(one: float, other: float, unit: str) -> tuple[str, str]:
    """Two values with their unit, with a digit more where they would read alike: 20.4% and 19.8%."""
    texts = amount_words(one, unit), amount_words(other, unit)
    if texts[0] != texts[1]:
        return texts
    if unit.startswith("USD"):
        return usd_exact(one), usd_exact(other)
    if unit.startswith(("share", "1/year")):
        return percent(one, 1), percent(other, 1)
    return texts


def amount_words(amount: float, unit: str) -> str:
    """Format a value with its unit: $214k, $3.43, 12%, 24 months, 1.4."""
    if unit.startswith("USD"):
        return dollars(amount) if abs(amount) < 1000 else usd(amount)
    if unit.startswith(("share", "1/year")):
        return fine_percent(amount)
    if unit.startswith("log"):
        return f"{signed_percent(amount)} a year" if "year" in unit else signed_percent(amount)
    if unit in ("months", "nodes", "GPUs", "years", "terms"):
        rounded = round(amount, 2 if abs(amount) < 10 else 1)
        return f"{number(rounded)} {plural(unit.removesuffix('s'), rounded)}"
    if unit == "FLOP/s":
        return figure_text(amount, unit)
    text = number(float(f"{amount:.3g}"))
    return text if unit in ("ratio", "ratio/H100", "h") else f"{text} {_PER.get(unit, unit)}"
