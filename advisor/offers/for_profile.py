"""What an offer does for a profile: what taking it costs, what it saves, and the price up to which it is the best
(docs/model.md#offers)."""

from collections.abc import Callable
from typing import Any

from advisor.array_types import of_one
from advisor.decision.cash.payable_price import payable_rate
from advisor.decision.cost_options import Costing, cost_options
from advisor.decision.price_break_even import PricePoint, tipping_price
from advisor.decision.ranking import RankedOption, tied_up_to
from advisor.finance.solve import bisect
from advisor.market.price_book import PriceBook
from advisor.profiles.offers.kinds import FINANCED
from advisor.profiles.offers.quote import Quote
from advisor.profiles.offers.terms import Offer, offers_of
from advisor.profiles.schema import Profile
from advisor.values.quick_dataclass import dataclass

_IN_FORCE = {"on-demand": ("on-demand",), "spot": ("spot", "marketplace"), "buy": ("buy",), "buy-used": ("buy-used",)}
_PRICES = ("usd_per_gpu_hour", "usd_per_node", "price", "upfront", "setup_fee")
_LEAST, _MOST = 1e-3, 1e3  # of the offered price: where the price that is sought lies
_CLOSE = 1e-7  # relative, of a cost
_STEPS = 12


@dataclass(frozen=True)
class ProfileView:
    """What the offer does for a profile.

    Attributes:
        option: Id of the option that the offer is for.
        label, otherwise_label, pick_label: What those options are called; empty where there is none.
        usd: Expected net present cost of taking it.
        infeasible_because: Why it is infeasible; empty when it is not.
        otherwise: Id of the best option without it; None when nothing is feasible.
        otherwise_usd: Its expected cost.
        must_be: The price up to which the offer is the pick beside that option: US$ per GPU-hour, per node
            of hardware, or a month of all payments of a lease or loan.
        tipping: The on-demand rate below which renting on demand beats reserving and buying, without the offer, and is
            paid for.
        otherwise_rents: Whether the best option without it rents in another way, which that rate is not compared with.
        pick: Id of the best option with the offer.
    """

    option: str
    usd: float
    infeasible_because: tuple[str, ...]
    otherwise: str | None
    otherwise_usd: float | None
    must_be: PricePoint
    tipping: PricePoint
    otherwise_rents: bool
    pick: str | None
    label: str
    otherwise_label: str
    pick_label: str


def profile_view(quote: Quote, profile: Profile, book: PriceBook) -> ProfileView | None:
    """What taking an offer costs a profile, what the best option without it costs, and where both cost the same.

    Without the offer the same term is still on sale at its posted price, so that is among the alternatives, and so are
    the other offers of the profile.

    Args:
        quote: The offer, of the profile or beside it.
        profile: The question.
        book: The price book.

    Returns:
        None where no option takes the offer.
    """
    others = list(profile.quote)
    if quote in others:
        others.remove(quote)
    without = cost_options(_with_only(profile, tuple(others)), book)

    def taken_at(factor: float) -> tuple[Costing, RankedOption | None]:
        quotes = (*others, scaled(quote, factor))
        costing = cost_options(_with_only(profile, quotes), book)
        return costing, option_of(costing, offers_of(quotes, costing.case.assumptions.rental)[-1])

    taken, option = taken_at(1.0)
    if option is None:
        return None
    otherwise, pick, tipping = without.verdict.pick, taken.verdict.pick, tipping_price(without)
    price = offered_usd(offers_of((quote,), without.case.assumptions.rental)[0])
    return ProfileView(
        option=option.id,
        usd=option.cost.expected_usd,
        infeasible_because=option.infeasible_because,
        otherwise=None if otherwise is None else otherwise.id,
        otherwise_usd=None if otherwise is None else otherwise.cost.expected_usd,
        must_be=_meeting_price(price, option, otherwise, lambda factor: taken_at(factor)[1]),
        tipping=tipping.paid(payable_rate(without, profile.company, tipping)),
        otherwise_rents=otherwise is not None and otherwise.action == "rent" and otherwise.id != "on-demand",
        pick=None if pick is None else pick.id,
        label=option.cost.option.label,
        otherwise_label="" if otherwise is None else otherwise.cost.option.label,
        pick_label="" if pick is None else pick.cost.option.label,
    )


def option_of(costing: Costing, offer: Offer) -> RankedOption | None:
    """The option to take an offer; None where there is none. An offer that is in force costs what is rented or bought
    in every option, and has the id of the option that rents or buys all. One that does not serve the plan alone is
    taken beside others, in the best option with its contract."""
    found = {option.id: option for option in costing.verdict.ranked}
    names = (offer.id, *_IN_FORCE.get(offer.quote.option, ()))
    alone = next((found[name] for name in names if name in found), None)
    if alone is None or alone.feasible:
        return alone
    with_it = (one for one in costing.verdict.ranked if one.feasible and _is_signed_in(one, offer))
    return next(with_it, alone)


def _is_signed_in(option: RankedOption, offer: Offer) -> bool:
    return any(signed.contract.id == offer.id for signed in option.cost.option.contracts)


def offered_usd(offer: Offer) -> float:
    """The price of an offer: US$ per GPU-hour, per node of hardware, or a month of all payments of a lease or loan."""
    quote = offer.quote
    if quote.option in FINANCED and quote.payments is not None:
        return quote.payments * (quote.usd_per_currency or 1.0)
    return offer.node_price if offer.usd_per_gpu_hour is None else offer.hourly_rate


def scaled(quote: Quote, factor: float) -> Quote:
    """An offer at another price, as a multiple of its own; of a lease or loan the payments, not the hardware."""
    names = ("payments",) if quote.option in FINANCED else _PRICES
    changed: dict[str, Any] = {name: getattr(quote, name) * factor for name in names if getattr(quote, name)}
    return quote.model_copy(update=changed)


def _with_only(profile: Profile, quotes: tuple[Quote, ...]) -> Profile:
    return profile.model_copy(update={"quote": quotes})


def _meeting_price(
    price: float, option: RankedOption, otherwise: RankedOption | None, at: Callable[[float], RankedOption | None]
) -> PricePoint:
    """The price up to which taking the offer is picked beside the best option without it: where both cost the same, or
    differ by a tie, which goes to the simpler one; the cost of taking it rises with the price, nearly on a straight
    line."""
    if otherwise is None:
        return PricePoint(None, "", "nothing is feasible without it")
    aim, against = _cost_to_meet(option, otherwise), otherwise.id

    def over(factor: float) -> float:
        found = at(factor)
        return float("inf") if found is None else found.preference_usd - aim

    factor = _on_straight_lines(over, option.preference_usd - aim, _CLOSE * abs(aim))
    if factor is not None:
        return PricePoint(factor * price, against, "")
    if over(_LEAST) > 0:
        return PricePoint(None, against, "no price is low enough to beat your best option")
    if over(_MOST) <= 0:
        return PricePoint(None, against, "it beats your best option at any price")
    low, _ = bisect(lambda factor: over(factor) <= 0, _LEAST, _MOST, tolerance=1e-6)
    return PricePoint(low * price, against, "")


def _cost_to_meet(option: RankedOption, otherwise: RankedOption) -> float:
    """The cost up to which an option is picked beside another one, USD.

    Source: docs/model.md#ranking
    """
    mine, theirs = option.cost.option.simplicity, otherwise.cost.option.simplicity
    least, tie = otherwise.preference_usd, of_one(option.cost.case.assumptions.money.tie_share)
    if mine == theirs:
        return least
    if mine < theirs:
        return float(tied_up_to(least, tie))
    return least / (1 + tie) if least > 0 else least / (1 - tie)


def _on_straight_lines(over: Callable[[float], float], now: float, close: float) -> float | None:
    """Where a function that is nearly straight is 0, by secants from its value at 1; None where they lead nowhere."""
    before, at, value = 1.1, 1.0, now
    value_before = over(before)
    for _ in range(_STEPS):
        if abs(value) <= close:
            return at
        slope = (value - value_before) / (at - before)
        if not slope > 0:
            return None
        before, value_before = at, value
        at -= value / slope
        if not _LEAST < at < _MOST:
            return None
        value = over(at)
    return None
