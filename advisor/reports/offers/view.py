"""Evaluated offers as rows and pages, shared by `gpu-advisor offers` and the Offers screen."""

from collections.abc import Iterator
from datetime import date

from advisor.decision.cost_options import Costing
from advisor.formatting import figure_text, usd, usd_rate
from advisor.market.price_book import Gpu, PriceBook
from advisor.market.price_history import History
from advisor.offers.judged import JudgedOffer, judge_offers
from advisor.profiles.schema import Profile
from advisor.reports.offers.counter_offer import counter_offer
from advisor.reports.offers.text import (
    answer_text,
    ask_lines,
    clause_lines,
    gap_text,
    hardware_lines,
    judgment_lines,
    limit_text,
    short_answer,
    short_kind,
    size_text,
)
from advisor.values.quick_dataclass import dataclass

_SAME = 0.005  # share within which a price is called the same as a posted one


@dataclass(frozen=True)
class OfferView:
    """One offer of a profile, as text.

    Attributes:
        id: Of the offer: reserved-12m-acme.
        seller: Who made it; empty when that is not known.
        name: What is offered: reserved 12 months.
        value: Its price with its unit; price: the same in short.
        size: For how many nodes.
        paid: The share that is prepaid; empty when the offer does not say.
        day, until: Its day, and its last one; empty when it has none.
        market: How it stands to the posted price of the same thing.
        saves: What it saves against the best option without it.
        up_to: The price up to which it is the best.
        ask: What to ask for, in short.
        answer: How it stands to posted prices and to the best option, in short.
        sentence: What to do with it.
        is_pick: Whether taking it is the verdict.
        counter_offer: A letter to its seller; empty where there is nothing to ask for.
        lines: All that is known of it.
    """

    id: str
    seller: str
    name: str
    value: str
    price: str
    size: str
    paid: str
    day: str
    until: str
    market: str
    saves: str
    up_to: str
    ask: str
    answer: str
    sentence: str
    is_pick: bool
    counter_offer: str
    lines: tuple[str, ...]


def offer_views(
    profile: Profile, costing: Costing, book: PriceBook, history: History, today: date
) -> Iterator[OfferView]:
    """Evaluate the offers of a profile, up to a second each."""
    for found in judge_offers(profile, costing, book, history, today):
        yield offer_view(found, costing.gpu)


def offer_view(found: JudgedOffer, gpu: Gpu) -> OfferView:
    """One evaluated offer of a GPU as text."""
    offer, quote, letter = found.offer, found.offer.quote, counter_offer(found, gpu.label)
    hourly = found.hardware is None
    offered = offer.hourly_rate if hourly else offer.node_price
    money = usd_rate if hourly else usd
    plan, gap = found.plan, _gap(found)
    must_be = None if plan is None else plan.must_be
    market = "" if gap is None else gap_text(gap)
    beats = "" if must_be is None else short_answer(offer, must_be)
    return OfferView(
        id=offer.id,
        seller=quote.from_,
        name=short_kind(quote),
        value=figure_text(offered, "USD/GPU-h" if hourly else "USD/node"),
        price=money(offered),
        size=f"{found.nodes:,}" if found.rental is None or found.rental.gpus is None else size_text(found.rental),
        paid="" if quote.prepaid is None else f"{quote.prepaid:.0%}",
        day="" if quote.date is None else quote.date.isoformat(),
        until="" if quote.valid_until is None else quote.valid_until.isoformat(),
        market=market,
        saves="" if found.saves_usd is None else usd(found.saves_usd),
        up_to="" if must_be is None or must_be.usd is None else limit_text(offer, must_be.usd, "/mo"),
        ask=_ask(found),
        answer="expired" if found.expired else _two_answers(gap, "not available" if _barred(found) else beats),
        sentence=_sentence(found),
        is_pick=found.is_pick,
        counter_offer=letter,
        lines=(*_lines(found, gpu), *([] if not letter else ["", "To answer", *letter.splitlines()])),
    )


def _lines(found: JudgedOffer, gpu: Gpu) -> Iterator[str]:
    if found.expired:
        yield f"Expired: it could be accepted until {found.offer.quote.valid_until}"
        yield ""
    if found.hardware is not None:
        yield from hardware_lines(found.offer, found.hardware, found.plan, gpu.id, gpu.label)
        return
    assert found.rental is not None
    yield from judgment_lines(found.rental, gpu.label)
    of_all = " (sums for all of the plan)" if _barred(found) else ""
    if found.clauses:
        yield from ("", f"Its clauses{of_all}", *clause_lines(found.clauses))
    yield from ("", f"Ask for{of_all}", *ask_lines(found.price_ask, found.clause_ask))


def _barred(found: JudgedOffer) -> bool:
    return found.plan is not None and bool(found.plan.infeasible_because)


def _gap(found: JudgedOffer) -> float | None:
    """An offer over the posted price of the same thing, less one; None where none is posted."""
    if found.hardware is not None:
        posted = found.hardware.posted
        return None if posted is None else found.offer.node_price / posted.value - 1
    posted_rate = None if found.rental is None else found.rental.posted
    return None if posted_rate is None else posted_rate.above_share


def _two_answers(above: float | None, beats: str) -> str:
    """20% below posted; wins to $2.86: against posted prices, then for the plan."""
    if above is None:
        return beats
    return f"{gap_text(above)} {'as ' if abs(above) < _SAME else ''}posted; {beats}"


def _ask(found: JudgedOffer) -> str:
    """$2.24 · right to sublet: what to ask for, in short."""
    if found.price_ask is not None:
        return usd_rate(found.price_ask.usd_per_gpu_hour)
    return "" if found.clause_ask is None else found.clause_ask.words.removeprefix("the ")


def _sentence(found: JudgedOffer) -> str:
    """What to do with an offer."""
    if found.expired:
        return f"Expired on {found.offer.quote.valid_until}"
    plan = found.plan
    if plan is None:
        return "No option of this plan takes it"
    if plan.infeasible_because:
        return f"Not available: {plan.infeasible_because[0]}"
    return answer_text(found.offer, plan.must_be)
