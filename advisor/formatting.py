"""Figures as text: money, rates, shares, months. The same in sentences, reports and screens."""

from collections.abc import Iterable, Sequence

_WITH_DECIMAL = 0.0995  # the largest share that has one: what would be shown as 10.0% is 10%


def cut(text: str, cells: int) -> str:
    """Return text of at most `cells` characters, cut off with an ellipsis."""
    return text if len(text) <= cells else text[: max(0, cells - 1)] + "…"


def one_line(text: str) -> str:
    """Return outside text safe to print: characters that are not printable become question marks."""
    return "".join(character if character.isprintable() else "?" for character in text)


def usd(amount: float) -> str:
    """Format dollars: $4,898 · $154k · $19.7M · $1.23B; a minus sign comes first."""
    sign, size = ("-" if amount < -0.5 else ""), abs(amount)
    if size < 9_999.5:
        return f"{sign}${size:,.0f}"
    if size < 999_500:
        return f"{sign}${size / 1e3:.0f}k" if size >= 99_950 else f"{sign}${size / 1e3:.1f}k"
    if size < 999.5e6:
        return f"{sign}${size / 1e6:.0f}M" if size >= 99.95e6 else f"{sign}${size / 1e6:.1f}M"
    return f"{sign}${size / 1e9:.2f}B"


def usd_rate(amount: float) -> str:
    """Format a price per GPU-hour: $3.43."""
    return f"${amount:,.2f}"


def usd_exact(amount: float) -> str:
    """$1,234,568 · $12.30: dollars in full, with cents below a thousand; negative with a minus sign in front."""
    return (
        f"{'-' if round(amount, 2) < 0 else ''}${f'{abs(amount):,.0f}' if abs(amount) >= 1000 else cents(abs(amount))}"
    )


def cents(amount: float) -> str:
    """-1,234.50: USD to the cent, for columns; zero has no sign."""
    return f"{round(amount, 2) + 0.0:,.2f}"


def percent(share: float, decimals: int = 0) -> str:
    """Format a share: 85%."""
    return f"{100 * share:.{decimals}f}%"


def fine_percent(share: float) -> str:
    """Format a share in a sentence, with a decimal where it is small: 3.3% · 85% · 221%."""
    return percent(share, 1 if abs(share) < _WITH_DECIMAL else 0)


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


_FRACTIONS = {
    0.0: "almost none", 0.1: "1 in 10", 0.2: "1 in 5", 0.25: "1 in 4", 1 / 3: "1 in 3", 0.4: "2 in 5", 0.5: "half",
    0.6: "3 in 5", 2 / 3: "2 in 3", 0.75: "3 in 4", 0.8: "4 in 5", 0.9: "9 in 10", 1.0: "almost all",
}  # fmt: skip


def month_text(month: float, months: int) -> str:
    """A month on the axis of a picture of some months: a whole one, or a part of one where there are few."""
    return f"{month:g}" if months < 4 else f"{round(month)}"


def fraction_phrase(share: float) -> str:
    """Format a rough share: about half · about 3 in 4 · almost all."""
    text = _FRACTIONS[min(_FRACTIONS, key=lambda known: abs(known - share))]
    return text if text.startswith("almost") else f"about {text}"


def age_phrase(days: int) -> str:
    """Format an age: of today · 3 days old · 6 weeks old · 5 months old."""
    if days < 1:
        return "of today"
    if days < 14:
        return f"{days} day{'s' if days > 1 else ''} old"
    if days < 70:
        return f"{days // 7} weeks old"
    return f"{days // 30} months old"


def figure_text(value: float, unit: str, digits: int = 6) -> str:
    """Format a figure of the book with its unit: 3.43 USD/GPU-h · 20% · 4%/month · 989 TFLOP/s."""
    if unit == "FLOP/s":
        return f"{value / 1e12:,.{digits}g} TFLOP/s"
    return (
        f"{_number(value, unit, digits)}{unit.removeprefix('share')}"
        if _is_share(unit)
        else (f"{_number(value, unit, digits)} {unit}".rstrip())
    )


def figure_range(low: float | None, high: float | None, unit: str = "", digits: int = 6) -> str:
    """3.2 to 6.16 · 0% to 50%; empty where there is no range."""
    if low is None or high is None or low >= high:
        return ""
    return f"{_number(low, unit, digits)} to {_number(high, unit, digits)}"


def _number(value: float, unit: str, digits: int) -> str:
    return f"{100 * value:,.{digits}g}%" if _is_share(unit) else f"{value:,.{digits}g}"


def _is_share(unit: str) -> bool:
    return unit.partition("/")[0] == "share"


def amount_words(amount: float, unit: str) -> str:
    """Format a value with its unit: $214k, $3.43, 12%, 24 months, 1.4."""
    if unit.startswith("USD"):
        return usd_rate(amount) if abs(amount) < 1000 else usd(amount)
    if unit.startswith(("share", "1/year")):
        return fine_percent(amount)
    if unit.startswith("log"):
        return f"{100 * amount:+.0f}% a year" if "year" in unit else f"{100 * amount:+.0f}%"
    if unit in ("months", "nodes", "GPUs"):
        return f"{amount:,.4g} {unit}"
    if unit == "FLOP/s":
        return figure_text(amount, unit, 3)
    return f"{amount:,.3g}" + ("" if unit in ("ratio", "ratio/H100", "h", "FTE") else f" {unit}")
