"""What to ask the seller of an offer for: a price, and the clause that is worth most to both sides together
(docs/model.md#offers)."""

from collections.abc import Iterator

from pydantic_core import ValidationError

from advisor.costing.valuation import OptionCost
from advisor.decision.cost_options import Costing
from advisor.decision.offer_values import taken
from advisor.formatting import percent, plural
from advisor.market.assumptions import Negotiation
from advisor.market.price_history import POOLED
from advisor.offers.evaluate import Judgment
from advisor.profiles.offers.kinds import SIGNED
from advisor.profiles.offers.quote import Quote
from advisor.profiles.offers.terms import Offer
from advisor.values.quick_dataclass import dataclass

_TO_SELLER = ("committed", "termination", "sla_credit")  # components of a cost that the seller is paid


@dataclass(frozen=True)
class PriceAsk:
    """A price to ask for.

    Attributes:
        usd_per_gpu_hour: The price.
        because: What it is.
        needed_usd: The most that still beats the best option, where the offer is above it.
    """

    usd_per_gpu_hour: float
    because: str
    needed_usd: float | None

    @property
    def needed(self) -> bool:
        """Whether the offer does not beat the best option without a lower price."""
        return self.needed_usd is not None


@dataclass(frozen=True)
class ClauseAsk:
    """A clause to ask for.

    Attributes:
        field: Its name in a [[quote]] table.
        value: What it would be set to.
        words: What it is called.
        worth_usd: What it is expected to save you, as a present value.
        costs_usd: What the seller is expected to be paid less, as a present value at your discount rate.
    """

    field: str
    value: bool | int | float
    words: str
    worth_usd: float
    costs_usd: float


def price_to_ask(found: Judgment, figures: Negotiation) -> PriceAsk | None:
    """The lowest price that there is an argument for: one at which the offer is the best, the seller's target return,
    or a posted price; None when the offer is below all of them.

    Args:
        found: The evaluation of an offer to rent, for a profile.
        figures: For how much lower it must be.
    """
    offered = found.offer.hourly_rate
    reasons = [(usd, because) for usd, because in _reasons(found) if usd < offered * (1 - figures.least_worth_share)]
    if not reasons:
        return None
    most = None if found.profile is None else found.profile.must_be.usd
    usd, because = min(reasons)
    return PriceAsk(usd, because, most if most is not None and most < offered else None)


def _reasons(found: Judgment) -> Iterator[tuple[float, str]]:
    if found.profile is not None and found.profile.must_be.usd is not None:
        yield found.profile.must_be.usd, "at which it is as good as your best option"
    if found.seller is not None:
        target = found.seller.target_usd_per_gpu_hour
        yield target, "at which a provider that buys servers today earns what it wants"
    for reference in found.references:
        if f".{POOLED}." not in reference.id:  # an index of other terms is not an argument
            yield reference.usd_per_gpu_hour, reference.label


def clause_to_ask(offer: Offer, costing: Costing) -> ClauseAsk | None:
    """The clause by which you gain most beyond what the seller loses; None where none is worth anything.

    Args:
        offer: The offer, of the costed profile.
        costing: What its options cost.
    """
    if offer.quote.option not in SIGNED:
        return None
    now, figures = taken(costing, offer), costing.case.assumptions.negotiation
    least = figures.least_worth_share * now.expected_usd
    found = [ask for ask in _clauses(offer, now, costing, figures) if ask.worth_usd > least]
    return max(found, key=lambda ask: (ask.worth_usd - ask.costs_usd, ask.worth_usd), default=None)


def _asked(figures: Negotiation) -> Iterator[tuple[str, bool | int | float, str]]:
    """What is asked for where an offer does not have as much of it already: field, value and words."""
    prepaid, free, extension = figures.prepaid_share, round(figures.free_months), round(figures.extension_months)
    yield "may_sublet", True, "the right to sublet"
    yield "prepaid", prepaid, f"at most {percent(prepaid)} prepaid" if prepaid else "no prepayment"
    yield "free_months", free, f"the first {f'{free} months' if free > 1 else 'month'} free"
    fee = figures.termination_fee_share
    yield "termination_fee_share", fee, f"the right to leave for {percent(fee)} of the payments left"
    months = f"{extension} {plural('month', extension)}"
    yield "extension_months", extension, f"an option to extend by {months} at the same rate"
    yield "most_favored", True, "the price of new customers if that is lower"
    credit = figures.sla_credit_share
    yield "sla_credit_share", credit, f"a credit for {'all' if credit == 1 else f'{percent(credit)} of'} lost hours"
    late = figures.delay_credit_share_per_month
    yield "delay_credit_share_per_month", late, f"a credit of {percent(late)} of the price for the time it starts late"


def _clauses(offer: Offer, now: OptionCost, costing: Costing, figures: Negotiation) -> Iterator[ClauseAsk]:
    """Each clause that could be asked for, with what it is worth."""
    for field, value, words in _asked(figures):
        if not _has(offer.quote, field, value) and _may_have(offer.quote, field, value):
            then = taken(costing, offer, **{field: value})
            worth = now.expected_usd - then.expected_usd
            yield ClauseAsk(field, value, words, worth, _paid_usd(now) - _paid_usd(then))


def _may_have(quote: Quote, field: str, value: bool | int | float) -> bool:
    """Whether an offer can have a clause beside its others."""
    changed = {field: value, **({"upfront": None} if field == "prepaid" else {})}
    try:
        Quote.model_validate({**quote.model_dump(by_alias=True, exclude_none=True), **changed})
    except ValidationError:
        return False
    return True


def _has(quote: Quote, field: str, value: bool | int | float) -> bool:
    """Whether an offer has as much of a clause already."""
    known = getattr(quote, field)
    if field in ("prepaid", "termination_fee_share"):
        return known is not None and known <= value
    return known is not None and known >= value


def _paid_usd(cost: OptionCost) -> float:
    """What the seller is paid, as a present value."""
    parts = cost.components
    return sum(parts.get(name, 0.0) for name in _TO_SELLER)
