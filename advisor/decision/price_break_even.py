"""Break-even prices: the on-demand rate below which renting wins, the node price below which buying wins
(docs/model.md#break-evens)."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from advisor.array_types import Floats, of_one
from advisor.costing.case import Case
from advisor.costing.demand import Demand
from advisor.costing.option import Option
from advisor.costing.options.buy import owned, owned_used
from advisor.costing.options.hybrid import hybrids
from advisor.costing.options.on_demand import on_demand
from advisor.costing.options.taxes import after_tax
from advisor.costing.valuation import expected_usd
from advisor.decision.ranking import Verdict, preference_usd, tied_up_to
from advisor.finance.solve import illinois
from advisor.market.forecast.forecast import Forecast
from advisor.profiles.schema import Quote, QuoteOption

_STRAIGHT = 1e-8  # relative: within this a cost is a straight line in the rate
_CLOSE, _MOST_STEPS = 5e-4, 8  # of the rate: how precisely it is searched where costs are no straight lines
_SERVED = "your contracts cover all of the work"


@dataclass(frozen=True)
class PricePoint:
    """A price at which two options cost the same.

    Attributes:
        usd: USD per GPU-hour or per node; None when there is none.
        against: Id of the option it is compared with.
        reason: Why there is none; empty otherwise.
    """

    usd: float | None
    against: str
    reason: str


def tipping_price(case: Case, forecast: Forecast, verdict: Verdict) -> PricePoint:
    """The on-demand rate of today below which renting is the cheapest; the rate then follows the market.

    Such a rate is used wherever on-demand hours are needed, so every option is costed with it. Costs are straight lines
    in the rate where it does not change what serves the rest of a plan after its last whole term: two evaluations give
    the lines, and the lowest crossing is the tipping price. Where it does, the crossing is searched.

    Args:
        case: Demand and assumptions.
        forecast: For the case's GPU.
        verdict: The ranking.

    Returns:
        USD per GPU-hour.

    Source: docs/model.md#break-evens.
    """
    barred = on_demand(case).infeasible_because
    tie = case.assumptions.money.tie_share
    others = {
        o.id: float(tied_up_to(o.preference_usd, tie)) for o in verdict.ranked if o.feasible and o.action != "rent"
    }
    if case.rental_forbidden_because is not None:
        return PricePoint(None, "", "your rule forbids renting")
    if not case.demand.alive.nodes.any():
        return PricePoint(None, "", _SERVED)
    if barred or not others:
        return PricePoint(None, "", barred[0] if barred else "only renting is feasible")
    rate = of_one(case.assumptions.gpu.neocloud_usd_per_gpu_hour)
    one, two = (_costs_at_rate(case, verdict, times * rate) for times in (1, 2))
    crossings = []
    for other, usd in others.items():  # the rate says nothing about other GPUs
        gap, later = one["on-demand"] - one.get(other, usd), two["on-demand"] - two.get(other, usd)
        if later > gap:
            crossings.append((rate * (1 - gap / (later - gap)), other))
    price, against = min(crossings, default=(0.0, next(iter(others))))

    bases = against.startswith("hybrid-")

    def saved(usd_per_gpu_hour: float) -> float:
        at = _costs_at_rate(case, verdict, usd_per_gpu_hour)
        if bases:
            at |= _bases_at_rate(case, forecast, usd_per_gpu_hour)
        return min(at.get(other, usd) for other, usd in others.items()) - at["on-demand"]

    now = saved(price) if price > 0 else 0.0
    if abs(now) > _STRAIGHT * abs(one["on-demand"]):
        price = _searched(saved, price, now)
    if price <= 0:
        return PricePoint(None, against, "no rate is low enough: surcharges alone cost more")
    return PricePoint(price, against, "")


def _searched(saved: Callable[[float], float], price: float, now: float) -> float:
    """Where what renting saves changes its sign, near a first guess; the guess where it does not change."""
    for share in (0.1, 0.5) if now < 0 else (0.1, 1.0):
        other = price * (1 - share if now < 0 else 1 + share)
        there = saved(other)
        if (there < 0) is not (now < 0):
            ends, gaps = ((other, price), (there, now)) if now < 0 else ((price, other), (now, there))
            return illinois(saved, ends, gaps, tolerance=_CLOSE * price, steps=_MOST_STEPS)[0]
    return price


def _bases_at_rate(case: Case, forecast: Forecast, usd_per_gpu_hour: float) -> dict[str, float]:
    """What the hybrids are ranked by given an on-demand offer at this rate, their bases sized for it. USD by id."""
    offered = _offered(case, usd_per_gpu_hour)
    found = {}

    def cost(option: Option, demand: Demand) -> Floats:
        return expected_usd(after_tax(option, offered), replace(offered, demand=demand), forecast)

    for base in hybrids(offered, cost):
        if not base.infeasible:
            usd = float(cost(base, offered.demand))
            found[base.id] = float(tied_up_to(usd, case.assumptions.money.tie_share))
    return found


def _offered(case: Case, usd_per_gpu_hour: float) -> Case:
    """The case with an on-demand offer at this rate, which may exceed the limit of a profile."""
    offer = Quote.model_construct(option="on-demand", usd_per_gpu_hour=usd_per_gpu_hour)
    return replace(case, quotes=(*(q for q in case.quotes if q.option != "on-demand"), offer))


def _costs_at_rate(case: Case, verdict: Verdict, usd_per_gpu_hour: float) -> dict[str, float]:
    """What every option of the profile's GPU that is settled today is ranked by, given an on-demand offer at this rate.
    USD by option id."""
    found = {}
    for option in verdict.ranked:
        cost = option.cost
        mine = cost.case.assumptions.gpu.id == case.assumptions.gpu.id and cost.option.choice is None
        if mine and cost.option.remake is not None and (option.feasible or option.id == "on-demand"):
            offered = _offered(cost.case, usd_per_gpu_hour)
            made = cost.option.remake(offered) or cost.option
            usd = preference_usd(expected_usd(made, offered, cost.forecast), made.hurdle_share)
            tie = case.assumptions.money.tie_share  # on demand is the simplest: it wins ties
            found[option.id] = float(usd if option.id == "on-demand" else tied_up_to(usd, tie))
    return found


def buys_used(verdict: Verdict) -> bool:
    """Whether the pick is to buy used nodes: then the price of a node that matters is theirs."""
    return verdict.pick is not None and verdict.pick.id == "buy-used"


def node_price(case: Case, forecast: Forecast, verdict: Verdict, *, used: bool = False) -> PricePoint:
    """The price of a node below which buying is ranked before the best of the rest.

    The cost of buying is a straight line in the price up to the price of a used node, where resale stops growing with
    it, and another line beyond.

    Args:
        case: Demand and assumptions.
        forecast: For the case's GPU.
        verdict: The ranking.
        used: Of used nodes.

    Returns:
        USD per node.

    Source: docs/model.md#break-evens.
    """
    kind: QuoteOption = "buy-used" if used else "buy"

    def made(offered: Case) -> Option | None:
        return owned_used(offered) if used else owned(offered)

    option = made(case)
    if option is None:
        return PricePoint(None, "", "nobody has a price of a used node")
    timing = [reason for reason in option.infeasible_because if "delivery" in reason]
    others = [ranked for ranked in verdict.ranked if ranked.feasible and ranked.action != "buy"]
    if timing or not case.demand.alive.nodes.any():
        return PricePoint(None, "", timing[0] if timing else _SERVED)
    if not others:
        return PricePoint(None, "", "only buying is feasible")
    least, gpu = min(other.preference_usd for other in others), case.assumptions.gpu
    tie = case.assumptions.money.tie_share
    target = least / (1 + tie if least > 0 else 1 - tie)  # all others win ties

    def buying(usd_per_node: float) -> float:
        quotes = tuple(quote for quote in case.quotes if quote.option != kind)
        offered = replace(case, quotes=(*quotes, Quote.model_construct(option=kind, usd_per_node=usd_per_node)))
        option = made(offered)
        assert option is not None
        return float(expected_usd(option, offered, forecast))

    bend = next((of_one(usd) for usd in (gpu.used_node_usd, gpu.node_usd) if usd is not None), 1.0)
    low, high = (bend / 2, bend) if buying(bend) >= target else (bend, 2 * bend)
    at_low, at_high = buying(low), buying(high)
    price = low + (target - at_low) / (at_high - at_low) * (high - low)
    if price <= 0:
        return PricePoint(None, others[0].id, "even free servers would cost more to run")
    return PricePoint(price, others[0].id, "")
