"""Figures of a profile that are questioned: an offer in the wrong unit, or a list price outside the book's range."""

import math
from collections.abc import Iterator

from advisor.formatting import age_phrase, percent, plural, usd, usd_rate
from advisor.market.assumptions import Tier
from advisor.market.figures import Figure
from advisor.market.price_book import Gpu, PriceBook
from advisor.profiles.offers.kinds import RENTAL_UNITS
from advisor.profiles.offers.quote import Quote
from advisor.profiles.offers.terms import Offer, offer_of, offers_of
from advisor.profiles.schema import Profile

_LISTS = ("neocloud_usd_per_gpu_hour", "hyperscaler_usd_per_gpu_hour", "marketplace_usd_per_gpu_hour")
_NODES = ("node_usd", "used_node_usd")


def doubts(profile: Profile, book: PriceBook) -> tuple[str, ...]:
    """Return one sentence for each figure that is used and questioned; each lowers the confidence in the verdict. book:
    with the profile's own figures laid over.

    Source: docs/model.md#offers.
    """
    gpu, tier = book.gpu(profile.workload[0].gpu), profile.market.tier
    lines = [offer_doubt(offer, gpu, tier, book) for offer in offers_of(profile.quote, book.assumptions(gpu.id).rental)]
    return tuple(filter(None, (*_of_list(gpu, tier, book), *lines)))


def offer_doubt(offer: Offer, gpu: Gpu, tier: Tier, book: PriceBook) -> str:
    """Return which unit an offer is likely to be in, when that is not the unit it was entered in, or that it has
    expired or is as old as prices that may mislead; else an empty text.

    A rate is questioned above every posted one, and a node below every posted one, when the posted price is closer, as
    a ratio, to the same figure for a whole machine or for one GPU. A price with its unit is questioned on both sides.
    """
    if too_old := _age_doubt(offer.quote, book):
        return f"Offer {offer.id}: it {too_old}. Ask whether it stands."
    gpus = book.figure("rental.gpus_per_node").value
    if offer.usd_per_node is not None:
        return _node_doubt(offer, gpu, gpus)
    posted_usd = _posted_usd(offer, gpu, tier)
    if posted_usd is None:
        return ""
    if offer.quote.price is not None:
        return _unit_doubt(offer, gpu, posted_usd, book)
    if not _is_of_machine(offer.hourly_rate, posted_usd, gpu, gpus):
        return ""
    term = "on demand" if offer.months is None else f"for {offer.months} {plural('month', offer.months)}"
    times = f"{offer.hourly_rate / posted_usd:.0f} times the posted {usd_rate(posted_usd)}"
    return f"Offer {term}: {usd_rate(offer.hourly_rate)} per GPU-hour is {times}. {_advice(offer.hourly_rate, gpus)}"


def _age_doubt(quote: Quote, book: PriceBook) -> str:
    """`was valid until 2026-10-01` or `is 15 months old`; empty for an offer that may stand."""
    if quote.valid_until is not None:
        return f"was valid until {quote.valid_until}" if quote.valid_until < book.asked_on else ""
    age = 0 if quote.date is None else (book.asked_on - quote.date).days
    return f"is {age_phrase(age)}" if age > book.figure("evidence.stale_days").value else ""


def _node_doubt(offer: Offer, gpu: Gpu, gpus: float) -> str:
    known = [gpu.figures[name] for name in _NODES if name in gpu.figures]
    offered, one_gpu = offer.node_price, offer.node_price * gpus
    if not known or offered >= min(_lowest(figure) for figure in known):
        return ""
    posted = known[0].value
    if not _is_closer(one_gpu, offered, posted):
        return ""
    return (
        f"Offer for a node: {usd(offered)} is {percent(offered / posted)} of the posted {usd(posted)}. "
        f"If it is for one GPU, enter {one_gpu:,.0f} for the node."
    )


def _unit_doubt(offer: Offer, gpu: Gpu, posted: float, book: PriceBook) -> str:
    """The unit in which a price is closest to the posted one, where as entered it is outside all posted prices; first
    of all the same time for a machine or a GPU."""
    quote, rental = offer.quote, book.assumptions(gpu.id).rental
    lists = [gpu.figures[name] for name in _LISTS if name in gpu.figures]
    discounts = [figure.value for term in gpu.term_discounts.values() for figure in term.values()]
    lowest = min(_lowest(figure) for figure in lists) * (1 - max(discounts, default=0.0))
    highest = max(figure.high for figure in lists)
    if lowest <= offer.hourly_rate <= highest:
        return ""
    rates: dict[str, float] = {}
    for unit in RENTAL_UNITS:
        sized = unit not in ("month", "total") or offer.nodes is not None
        if sized and not (unit == "total" and offer.months is None):
            rates[unit] = offer_of(quote.model_copy(update={"per": unit}), rental).hourly_rate
    time = str(quote.per).partition("-")[2]
    alike = {unit: rate for unit, rate in rates.items() if time and unit.endswith(time) and lowest <= rate <= highest}
    likely = min(alike or rates, key=lambda unit: abs(math.log(rates[unit] / posted)))
    if not _is_closer(rates[likely], offer.hourly_rate, posted):
        return ""
    return (
        f"Offer {offer.id}: {quote.price:,g} {quote.currency} per {quote.per} is {usd_rate(offer.hourly_rate)} per "
        f"GPU-hour, posted is {usd_rate(posted)}. If it is per {likely}, it is {usd_rate(rates[likely])}."
    )


def _of_list(gpu: Gpu, tier: Tier, book: PriceBook) -> Iterator[str]:
    """A list price from outside: the user's own, or that of the catalogs."""
    figure = gpu.figures.get(f"{tier}_usd_per_gpu_hour")
    if figure is None:
        return
    yield figure.doubt
    gpus = book.figure("rental.gpus_per_node").value
    if figure.own and _is_of_machine(figure.value, math.sqrt(figure.low * figure.high), gpu, gpus):
        above = f"above the book's {usd_rate(figure.low)} to {usd_rate(figure.high)}"
        yield f"List price: {usd_rate(figure.value)} per GPU-hour is {above}. {_advice(figure.value, gpus)}"


def _is_of_machine(offered: float, posted: float, gpu: Gpu, gpus: float) -> bool:
    """Whether a rate above every posted one is closer to the posted price when it is taken for a whole machine."""
    highest = max(gpu.figures[name].high for name in _LISTS if name in gpu.figures)
    return offered > highest and _is_closer(offered / gpus, offered, posted)


def _advice(offered: float, gpus: float) -> str:
    return f"If it is for a machine of {gpus:.0f} GPUs, enter {offered / gpus:.4g}."


def _posted_usd(offer: Offer, gpu: Gpu, tier: Tier) -> float | None:
    """The book's price of what is offered, without the volume discount."""
    price, discount = gpu.value(f"{tier}_usd_per_gpu_hour"), gpu.term_discounts[tier].get(offer.months or 0)
    return price if price is None or discount is None else price * (1 - discount.value)


def _is_closer(usd: float, than_usd: float, posted_usd: float) -> bool:
    return abs(math.log(usd / posted_usd)) < abs(math.log(than_usd / posted_usd))


def _lowest(figure: Figure) -> float:
    return min(figure.low, figure.value)
