"""The offers of a profile, each evaluated, with what to ask its seller for (docs/model.md#offers)."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from functools import partial

from advisor.array_types import of_one
from advisor.decision.cost_options import Costing, cost_options
from advisor.decision.price_break_even import PricePoint, node_price
from advisor.decision.ranking import RankedOption
from advisor.market.figures import Figure
from advisor.market.price_book import PriceBook, used_node_price
from advisor.market.price_history import History
from advisor.offers.evaluate import Judgement, judge
from advisor.offers.negotiation import ClauseAsk, PriceAsk, clause_to_ask, price_to_ask
from advisor.profiles.amount_of_work import largest_nodes
from advisor.profiles.doubts import offer_doubt
from advisor.profiles.offers.quote import Quote
from advisor.profiles.offers.terms import Offer, offers_of
from advisor.profiles.schema import Profile
from advisor.values.quick_dataclass import dataclass


@dataclass(frozen=True)
class HardwareView:
    """An offer of hardware. posted: the book's price of a node, None where it has none; must_be: the price of a node
    below which buying is the best; doubt: the unit it is likely to be in, when that is not the one it was given in."""

    posted: Figure | None
    must_be: PricePoint
    doubt: str


@dataclass(frozen=True)
class JudgedOffer:
    """One offer of a profile.

    Attributes:
        offer: The offer.
        nodes: For how many nodes it is evaluated.
        on: As of which day.
        expired: Whether it could only be accepted until before today.
        rental: Its evaluation, of an offer to rent.
        hardware: Its evaluation, of an offer of hardware.
        price_ask: A price to ask for; None where there is no argument for a lower one.
        clause_ask: A clause to ask for; None where none is worth anything.
        is_pick: Whether taking it is the verdict.
    """

    offer: Offer
    nodes: int
    on: date
    expired: bool
    rental: Judgement | None
    hardware: HardwareView | None
    price_ask: PriceAsk | None
    clause_ask: ClauseAsk | None
    is_pick: bool

    @property
    def saves_usd(self) -> float | None:
        """What it saves against the best option without it; None where nothing is feasible."""
        plan = None if self.rental is None else self.rental.profile
        if plan is None or plan.otherwise_usd is None or plan.infeasible_because:
            return None
        return plan.otherwise_usd - plan.usd

    @property
    def must_be(self) -> PricePoint | None:
        """The price up to which it is the best, US$ per GPU-hour or per node."""
        if self.hardware is not None:
            return self.hardware.must_be
        return None if self.rental is None or self.rental.profile is None else self.rental.profile.must_be


def judge_offers(
    profile: Profile, costing: Costing, book: PriceBook, history: History, today: date
) -> Iterator[JudgedOffer]:
    """Evaluate the offers of a profile, up to a second each.

    Args:
        profile: With its offers.
        costing: What its options cost.
        book: The price book.
        history: Past prices.
        today: The day of offers without one.
    """
    rental = costing.case.assumptions.rental
    for at, offer in enumerate(offers_of(profile.quote, rental)):
        nodes = largest_nodes(profile, rental) if offer.nodes is None else max(1, round(of_one(offer.nodes)))
        on, last = offer.quote.date or today, offer.quote.valid_until
        found = JudgedOffer(offer, nodes, on, last is not None and last < today, None, None, None, None, is_pick=False)
        if offer.usd_per_gpu_hour is None:
            yield replace(found, hardware=_hardware(offer, profile, costing))
            continue
        judged = judge(offer.quote, costing.gpu.id, nodes, book, history, on, profile)
        yield replace(
            found,
            rental=judged,
            price_ask=price_to_ask(judged),
            clause_ask=clause_to_ask(offer.quote, partial(_taken, profile, book, at)),
            is_pick=judged.profile is not None and judged.profile.pick == judged.profile.option,
        )


def _hardware(offer: Offer, profile: Profile, costing: Costing) -> HardwareView:
    used = offer.quote.option == "buy-used"
    posted = used_node_price(costing.gpu) if used else costing.gpu.figures.get("node_usd")
    wins = node_price(costing.case, costing.forecast, costing.verdict, used=used)
    return HardwareView(posted, wins, offer_doubt(offer, costing.gpu, profile.market.tier, costing.book))


def _taken(profile: Profile, book: PriceBook, at: int, quote: Quote) -> RankedOption | None:
    """The option to take an offer of a profile as it would be with other fields."""
    quotes = (*profile.quote[:at], quote, *profile.quote[at + 1 :])
    costing = cost_options(profile.model_copy(update={"quote": quotes}), book)
    offer = offers_of(quotes, costing.case.assumptions.rental)[at]
    return next((option for option in costing.verdict.ranked if option.id in (offer.id, quote.kind_id)), None)
