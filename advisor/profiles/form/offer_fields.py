"""Offers in the form: a price on demand, of each term and of a node, each beside the list price."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from advisor.market.figures import Figure
from advisor.market.price_book import PriceBook, used_node_price
from advisor.market.terms import TERMS_MONTHS
from advisor.profiles.field_notes import field_note
from advisor.profiles.form.figure_field import figure_field, source_words, value_text
from advisor.profiles.form.form_field import FormField
from advisor.profiles.offers.quote import Quote
from advisor.profiles.schema import FieldPath, Profile


def offer_fields(profile: Profile, book: PriceBook) -> Iterator[FormField]:
    """Offers in hand, one field each: on demand, each term and a node; the default is the book's price."""
    gpu = book.gpu(profile.workload[0].gpu)
    tier = profile.market.tier
    list_price = gpu.figures[f"{tier}_usd_per_gpu_hour"]
    plain = [quote for quote in profile.quote if quote.price is None]  # others are in units that the form does not have
    held = {(quote.option, quote.months): quote for quote in reversed(plain)}
    yield _offer(
        held.get(("on-demand", None)), ("quote", "on-demand", "usd_per_gpu_hour"), "Offer on demand", list_price, book
    )
    for months in TERMS_MONTHS:
        discount = gpu.term_discounts[tier].get(months)
        default = list_price.model_copy(update={"value": list_price.value * (1 - discount.value)}) if discount else None
        path: FieldPath = ("quote", "reserved", months, "usd_per_gpu_hour")
        yield _offer(held.get(("reserved", months)), path, f"Offer {months} m", default, book)
    path = ("quote", "buy", "usd_per_node")
    yield _offer(held.get(("buy", None)), path, "Offer for node", gpu.figures.get("node_usd"), book)
    path = ("quote", "buy-used", "usd_per_node")
    yield _offer(held.get(("buy-used", None)), path, "Offer used node", used_node_price(gpu), book)
    name = f"sublet_right_{tier}"
    figure = book.sections["rental"][name]
    yield figure_field(figure, profile.rental, ("rental", name), "May be sublet", book)


def with_offer(quotes: Sequence[Mapping[str, Any]], path: FieldPath, value: object) -> list[dict[str, Any]]:
    """Offers as raw data with the one of a field changed, added or, for no value, removed."""
    months = path[2] if path[1] == "reserved" else None
    places = (
        place
        for place, quote in enumerate(quotes)
        if quote["option"] == path[1] and quote.get("months") == months and str(path[-1]) in quote
    )
    at = next(places, len(quotes))
    named = {"option": path[1]} | ({"months": months} if months else {})
    mine = named if at == len(quotes) else quotes[at]
    changed = [] if value is None else [{**mine, str(path[-1]): value}]
    return [dict(quote) for quote in (*quotes[:at], *changed, *quotes[at + 1 :])]


def _offer(quote: Quote | None, path: FieldPath, label: str, default: Figure | None, book: PriceBook) -> FormField:
    note = field_note(Quote, str(path[-1]))
    value = None if quote is None else getattr(quote, str(path[-1]))
    shown = "" if default is None else value_text(round(default.value, 2), percent=False)
    source = "book: no price" if default is None else f"book, list: {source_words(default, book)}"
    return FormField(
        path,
        label,
        note.unit,
        value_text(value, percent=False),
        shown,
        source,
        "your offer",
        note.allowed(),
    )
