"""A field of the form whose default is a figure of the book, with where that is from; and values as they are typed."""

from collections.abc import Mapping

from advisor.market.figures import Figure
from advisor.market.price_book import PriceBook
from advisor.profiles.form.form_field import FormField
from advisor.profiles.schema import FieldPath


def figure_field(figure: Figure, own: Mapping[str, float], path: FieldPath, label: str, book: PriceBook) -> FormField:
    """The field of a figure. own: those figures of its section that the profile has itself, by their names."""
    value, percent = own.get(str(path[-1])), figure.unit.startswith("share")
    scale = 100 if percent else 1
    return FormField(
        path, label, figure.unit.replace("share", "%").removeprefix("ratio"), value_text(value, percent),
        value_text(figure.value, percent), f"book: {source_words(figure, book)}", figure.note or "from the price book",
        f"plausible {scale * figure.low:g} to {scale * figure.high:g}", percent=percent, whole=figure.is_whole,
    )  # fmt: skip


def source_words(figure: Figure, book: PriceBook) -> str:
    """Where a figure is from, in short: its date, how many values it has, and its source."""
    if figure.own:
        return figure.source
    source = book.sources.get(figure.source)
    thin = ", thin" if figure.is_thin else ""
    return f"{figure.date}, n={figure.n}{thin}, {source.title if source else figure.source}"


def value_text(value: object, percent: bool) -> str:
    """A value of a profile as it is typed; empty for None. percent: whether a share is typed as a percentage."""
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return str(value)
    return number_text(round(value * 100 if percent else value, 6))


def number_text(value: float) -> str:
    """A number without exponent or trailing zeros; with thousands separators from 10,000 on."""
    text = f"{value:,.6f}" if abs(value) >= 10_000 else f"{value:.6f}"
    return text.rstrip("0").rstrip(".")
