"""Totals and sums by the month that stand beside a price: whether they follow from it."""

from collections.abc import Iterator, Sequence

from pydantic_core import ValidationError

from advisor.array_types import of_one
from advisor.market.price_book import PriceBook
from advisor.offers.mail.offer import ReadOffer
from advisor.offers.mail.rules.prices import Price
from advisor.offers.mail.said_twice import is_same
from advisor.profiles.offers.quote import Quote
from advisor.profiles.offers.terms import offer_of, payments_usd


def sum_told(price: Price, offers: Sequence[ReadOffer], book: PriceBook) -> str:
    """The words of a sum, and whether it is what an offer, or all of them together, come to.

    Args:
        price: The sum, for the whole term or for a month.
        offers: Those that it may be of.
        book: The price book.
    """
    each = [list(_comes_to(offer, price, book)) for offer in offers]
    known = [amount for amounts in each for amount in amounts]
    known += [sum(amounts[0] for amounts in each)] if len(each) > 1 and all(each) else []
    hours = book.figure("rental.hours_per_month").value
    if any(is_same(price.amount, amount, hours) for amount in known):
        return f"{price.words} (follows from the price)"
    if not known:
        return f"{price.words} (not compared with the price)"
    nearest = min(known, key=lambda amount: abs(amount - price.amount))
    more = price.amount / nearest - 1
    what = "the price comes" if len(offers) == 1 else "the nearest of the prices comes"
    return f"{price.words} ({abs(more):.1%} {'more' if more > 0 else 'less'} than {what} to: {nearest:,.0f})"


def _comes_to(offer: ReadOffer, price: Price, book: PriceBook) -> Iterator[float]:
    """What an offer costs in all or a month, with its set-up fee and without, in the currency of a sum; nothing where
    it lacks its size or term or is in another currency."""
    try:
        quote = Quote.model_validate(offer.table())
    except ValidationError:
        return
    gpu = offer.value("gpu")
    rental = book.assumptions(gpu if isinstance(gpu, str) and gpu in book.gpus else next(iter(book.gpus))).rental
    per_dollar = 1 / (quote.usd_per_currency or 1.0)
    for one in dict.fromkeys((quote, quote.model_copy(update={"setup_fee": None}))):
        found = offer_of(one, rental)
        if found.nodes is None or (quote.currency or "USD") != price.currency:
            return
        nodes = of_one(found.nodes)
        if price.time == "month" and found.usd_per_gpu_hour is not None:
            yield found.hourly_rate * nodes * of_one(rental.gpus_per_node * rental.hours_per_month) * per_dollar
        elif price.time == "total" and found.month_shares:
            yield sum(payments_usd(found, rental, nodes)) * per_dollar
        elif price.time == "total" and found.usd_per_node is not None and found.months is None:
            yield found.node_price * nodes * per_dollar
