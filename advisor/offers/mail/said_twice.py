"""A price that is said twice, in two units: `$1.29M, i.e. $2.30 per GPU-hour`; whether the two are the same."""

from collections.abc import Iterator, Sequence

from advisor.market.price_book import Gpu, PriceBook
from advisor.offers.mail.rules.prices import Price
from advisor.offers.mail.units import Size, over_its_term, unit_of
from advisor.profiles.offers.kinds import BOUGHT, PAID_MONTHLY

_SAME_PRICE = 0.005  # share: a price given twice, for a machine and for a GPU, rounded to cents
_OF_HARDWARE = ("gpu", "node", "rack")
_DAYS_OF_A_MONTH = 30  # as some sellers count, beside the book's hours of a month


def not_the_same(
    others: Sequence[Price],
    price: Price,
    per: str,
    option: str,
    size: Size,
    gpu: Gpu | None,
    book: PriceBook,
    months: float,
    *,
    changes: bool,
) -> Iterator[str]:
    """The words of further prices that are not the price of an offer again, and why.

    Args:
        others: The further prices.
        price: The price of the offer.
        per: Its unit.
        option: What is offered; empty when the words do not say.
        size: How much it is for.
        gpu: The GPU; None if the book does not have it.
        book: The price book.
        months: How long it runs; 0 where it does not say.
        changes: Whether not all months cost the same, so that a sum for all of them cannot be compared.
    """
    hours = book.figure("rental.hours_per_month").value
    hardware = per in _OF_HARDWARE or option in (*BOUGHT, *PAID_MONTHLY)
    months = 0.0 if hardware else months
    of_one = _of_one_gpu(price, per, size, hours, months)
    for other in others:
        monthly = over_its_term(other, option, size, gpu, book, months, said=True)
        unit, _ = unit_of(monthly, option, size, gpu, book, months)
        if unit in _OF_HARDWARE and not (other.thing or other.each):
            unit = "total"
        again = _of_one_gpu(monthly, unit, size, hours, months)
        same_time = unit.rpartition("-")[2] == per.rpartition("-")[2]
        same = _alike(of_one, again) or (
            not same_time and (is_same(of_one, again, hours) or is_same(again, of_one, hours))
        )
        if other.currency == price.currency and same:
            continue
        if not (other.again or price.again or other.named_sum or other.in_all):
            yield other.words
        elif of_one and again and other.currency == price.currency and not changes:
            more = again / of_one - 1
            yield f"{other.words} ({abs(more):.1%} {'more' if more > 0 else 'less'} than {price.words})"
        else:
            yield f"{other.words} (not compared with {price.words})"


def is_same(one: float, other: float, hours: float) -> bool:
    """Whether a sum is another one, which is for months of some hours, or is what that comes to in months of thirty
    days."""
    return any(_alike(one, other * times) for times in (1.0, 24 * _DAYS_OF_A_MONTH / hours))


def _alike(one: float, other: float) -> bool:
    return abs(one - other) <= _SAME_PRICE * max(one, other) and one > 0


def _of_one_gpu(price: Price, per: str, size: Size, hours: float, months: float) -> float:
    """A price as that of one GPU, by the hour where it is rented; 0 where the size or term that it is for is not
    said."""
    thing, _, time = per.partition("-")
    if per in ("month", "total"):
        thing, time = "", per
    gpus = {"gpu": 1, "node": size.node_gpus, "": size.gpus_in_all}.get(thing, 0)
    in_hours = {"hour": 1.0, "day": 24.0, "month": hours, "total": hours * months or 1.0, "": 1.0}[time]
    return price.amount / (gpus * in_hours) if gpus else 0.0
