"""The offers of a profile, each evaluated, with what to ask its seller for (docs/model.md#offers)."""

import math
from collections.abc import Iterator
from datetime import date

from advisor.array_types import of_one
from advisor.decision.cost_options import Costing
from advisor.decision.offer_values import ClauseValue, clause_values
from advisor.market.figures import Figure
from advisor.market.price_book import PriceBook, used_node_price
from advisor.market.price_history import History
from advisor.offers.evaluate import Judgment, judge
from advisor.offers.financing import Financing, financing_of
from advisor.offers.for_profile import ProfileView, profile_view
from advisor.offers.negotiation import ClauseAsk, PriceAsk, clause_to_ask, price_to_ask
from advisor.profiles.amount_of_work import largest_nodes
from advisor.profiles.doubts import offer_doubt
from advisor.profiles.offers.terms import Offer
from advisor.profiles.schema import Profile
from advisor.values.quick_dataclass import dataclass


@dataclass(frozen=True)
class HardwareView:
    """An offer of hardware. posted: the book's price of a node, None where it has none; doubt: the unit it is likely to
    be in, when that is not the one it was given in; financing: what it costs as a loan, where it is financed."""

    posted: Figure | None
    doubt: str
    financing: Financing | None


@dataclass(frozen=True)
class JudgedOffer:
    """One offer of a profile.

    Attributes:
        offer: The offer.
        nodes: For how many nodes it is evaluated.
        on: As of which day.
        expired: Whether it could only be accepted until before today.
        plan: What it does for the profile; None where no option takes it.
        rental: Its evaluation, of an offer to rent.
        hardware: Its evaluation, of an offer of hardware.
        clauses: What each of its clauses is worth.
        price_ask: A price to ask for; None where there is no argument for a lower one.
        clause_ask: A clause to ask for; None where none is worth anything.
    """

    offer: Offer
    nodes: int
    on: date
    expired: bool
    plan: ProfileView | None
    rental: Judgment | None
    hardware: HardwareView | None
    clauses: tuple[ClauseValue, ...]
    price_ask: PriceAsk | None
    clause_ask: ClauseAsk | None

    @property
    def saves_usd(self) -> float | None:
        """What it saves against the best option without it; None where one of the two is not feasible."""
        plan = self.plan
        if plan is None or plan.otherwise_usd is None or plan.infeasible_because:
            return None
        return plan.otherwise_usd - plan.usd

    @property
    def is_pick(self) -> bool:
        """Whether taking it is the verdict."""
        return self.plan is not None and self.plan.pick == self.plan.option


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
    figures = costing.case.assumptions
    clauses = tuple(clause_values(costing))
    for offer in costing.case.offers:
        wanted = max(largest_nodes(profile, figures), float(offer.least_nodes or 0))
        size = wanted if offer.nodes is None else of_one(offer.nodes)
        nodes, gpus = max(1, math.ceil(size)), round(size * of_one(figures.rental.gpus_per_node)) if size < 1 else None
        on, last = offer.quote.date or today, offer.quote.valid_until
        expired = last is not None and last < today
        if offer.usd_per_gpu_hour is None:
            view, plan = _hardware(offer, profile, costing), profile_view(offer.quote, profile, book)
            yield JudgedOffer(offer, nodes, on, expired, plan, None, view, (), None, None)
            continue
        judged = judge(offer.quote, costing.gpu.id, nodes, book, history, on, profile, gpus)
        asked = price_to_ask(judged, costing.case.assumptions.negotiation)
        clause = clause_to_ask(offer, costing)
        own = tuple(one for one in clauses if one.offer == offer.id)
        yield JudgedOffer(offer, nodes, on, expired, judged.profile, judged, None, own, asked, clause)


def _hardware(offer: Offer, profile: Profile, costing: Costing) -> HardwareView:
    used = offer.quote.option == "buy-used"
    posted = used_node_price(costing.gpu) if used else costing.gpu.figures.get("node_usd")
    doubt = offer_doubt(offer, costing.gpu, profile.market.tier, costing.book)
    return HardwareView(posted, doubt, financing_of(offer))
