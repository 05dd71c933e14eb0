"""Break-even prices: the on-demand rate below which renting wins, the node price below which buying wins
(docs/model.md#break-evens)."""

from collections.abc import Callable, Generator, Mapping
from functools import partial
from typing import TypeVar

import numpy as np

from advisor.array_types import Bools, Floats, of_one
from advisor.costing.case import Case
from advisor.costing.options.buy import owned, owned_used
from advisor.costing.options.combined.hybrid import best_bases, sized_bases
from advisor.costing.options.hourly_rental import no_on_demand_market
from advisor.costing.options.on_demand import on_demand
from advisor.costing.options.ownership import OwnedCluster, owned_cluster
from advisor.costing.options.taxes import after_tax
from advisor.costing.valuation import expected_usd
from advisor.decision.cost_options import Costing
from advisor.decision.ranking import Verdict, best_of_each_class, is_waiting, preference_usd, tied_up_to
from advisor.finance.solve import answered, crossing_steps, line_crossing
from advisor.market.forecast.forecast import Forecast
from advisor.profiles.offers.kinds import QuoteOption
from advisor.profiles.offers.quote import Quote
from advisor.values.quick_dataclass import dataclass, replace

Result = TypeVar("Result")

RATES = np.array([0.05, 0.5, 1.0, 1.5, 2.0, 8.0])  # of the list price: where costs are known before a search
LIKELY_RATES = RATES[[1, 2, 4]]  # for many plans, few of which have a tipping price further off
_LINE = 1.0, 2.0  # the two of them that give the first guess; a bend between them would show
_STRAIGHT = 1e-8  # relative: within this a cost is a straight line in the rate
_CLOSE = 5e-4  # of the rate: how precisely it is searched where costs are not straight lines
_LINES = 3  # how many lines are tried
_BELOW, _ABOVE = np.array([0.5, 0.9]), np.array([1.1, 2.0])  # of a first guess: where a change of sign is looked for
_HYBRID = "hybrid-"
_NODE_PRICES = np.array([0.01, 0.5, 1.0, 2.0, 8.0])  # of a used node: where costs are known before a search
_FURTHER = np.array([1.0, 2.0])  # of where a line through lower prices ends
_OWNED = ""  # in place of the id of a contract
SERVED = "what you have covers all of the work"


@dataclass(frozen=True)
class PricePoint:
    """A price at which two options cost the same.

    Attributes:
        usd: USD per GPU-hour or per node; None when there is none.
        against: Id of the option it is compared with.
        reason: Why there is no such price; empty if there is one.
    """

    usd: float | None
    against: str
    reason: str

    def paid(self, most_usd: float | None) -> "PricePoint":
        """The same with the most that cash pays for in place of the price; None where that is nothing."""
        if self.usd is None:
            return self
        return replace(self, usd=most_usd, reason="cash pays for it at no price" if most_usd is None else "")


def tipping_price(costing: Costing) -> PricePoint:
    """The on-demand rate of today below which renting is the cheapest; the rate then follows the market.

    Such a rate is used wherever on-demand hours are needed, so every option is costed with it. Costs are straight lines
    in the rate where it does not change what serves the rest of a plan after its last whole term: two evaluations give
    the lines, and the lowest crossing is the tipping price. Where it does, a cost is the least of several lines, which
    no chord exceeds: unless chords show that nothing else is cheaper at the crossing, it is searched.

    Returns:
        USD per GPU-hour.
    """
    case, verdict = costing.case, costing.verdict
    return answered(tipping_steps(case, verdict), partial(_costs_at, case, costing.forecast, verdict))


@dataclass(frozen=True, eq=False)
class AtRates:
    """What the search for a tipping price asks for: what options are ranked by, given an on-demand offer.

    Attributes:
        rates: Of the offer, USD per GPU-hour (rates).
        with_bases: Whether the bases of hybrids are sized anew for each rate.
    """

    rates: Floats
    with_bases: bool = False


Costs = Mapping[str, Floats]  # USD (rates) by option id
Steps = Generator[AtRates, Costs, Result]


def tipping_steps(case: Case, verdict: Verdict, shares: Floats = RATES) -> Steps[PricePoint]:
    """The search of `tipping_price`, which asks for costs on its way, so that those of many plans can go together.

    shares: of the list price, at which costs are known before it.
    """
    barred = no_on_demand_market(case)
    ways = [option for option in verdict.ranked if option.feasible and option.action != "rent"]
    tied = tied_up_to([option.preference_usd for option in ways], case.assumptions.money.tie_share).tolist()
    others: dict[str, float] = dict(zip((option.id for option in ways), tied, strict=True))
    if case.rental_forbidden_because is not None:
        return PricePoint(None, "", "your rule forbids renting")
    if not case.demand.alive.nodes.any():
        return PricePoint(None, "", SERVED)
    if barred or not others:
        return PricePoint(None, "", barred or "only renting is feasible")
    listed, crossings = of_one(case.assumptions.gpu.neocloud_usd_per_gpu_hour), []
    rates, line = listed * shares, np.isin(shares, _LINE)
    at_rates = yield AtRates(rates)
    saved = _saved(others, at_rates, rates)
    for other, (less, least) in zip(others, saved[:, line].tolist(), strict=True):
        if least < less:
            crossings.append((listed * (1 + less / (less - least)), other))
    price, against = min(crossings, default=(0.0, next(iter(others))))
    straight = _STRAIGHT * abs(float(at_rates["on-demand"][line][0]))
    anew = against.startswith(_HYBRID)  # its base is sized for each rate
    if price > 0 and (anew or not _is_straight(saved, rates, line, price, straight)):
        before = (rates[:0], rates[:0]) if anew else (rates, saved.min(axis=0))
        price = yield from _searched(partial(_least_saved, others, anew), price, straight, *before)
    if price <= 0:
        return PricePoint(None, against, "no rate is low enough: surcharges alone cost more")
    return PricePoint(price, against, "")


def _is_straight(saved: Floats, rates: Floats, line: Bools, price: float, tolerance_usd: float) -> bool:
    """Whether the chords of the costs at some rates confirm that renting costs as much as the best of the others.

    Args:
        saved: What renting saves against each of the others at each rate, USD (others, rates).
        rates: Ascending.
        line: From which of them the price is known.
        price: The rate of the crossing.
        tolerance_usd: What counts as no saving.
    """
    at = int(np.searchsorted(rates, price))
    if not 0 < at < rates.size or line[at - 1 : at + 1].all():
        return False
    low, high = saved[:, at - 1], saved[:, at]
    chord = low + (high - low) * ((price - rates[at - 1]) / (rates[at] - rates[at - 1]))
    return abs(float(chord.min())) <= tolerance_usd


def _saved(others: Mapping[str, float], at_rates: Costs, rates: Floats) -> Floats:
    """What renting costs less than each of the others at some on-demand rates. USD (others, rates)."""
    each = np.array([np.broadcast_to(at_rates.get(other, usd), rates.shape) for other, usd in others.items()])
    return np.asarray(each - at_rates["on-demand"])


def _least_saved(others: Mapping[str, float], with_bases: bool, rates: Floats) -> Steps[Floats]:
    """What renting costs less than the best of the others. USD (rates)."""
    return np.asarray(_saved(others, (yield AtRates(rates, with_bases)), rates).min(axis=0))


def _searched(
    saved: Callable[[Floats], Steps[Floats]], guess: float, straight_usd: float, rates: Floats, known: Floats
) -> Steps[float]:
    """Where what renting saves changes its sign, near a first guess; the guess where it does not change.

    Args:
        saved: What renting saves at some rates.
        guess: The first guess.
        straight_usd: What counts as no saving.
        rates: Where the saving is known already; may be empty.
        known: The saving there.
    """
    on_line = yield from _on_lines(saved, guess, straight_usd, rates, known)
    if on_line is not None:
        return on_line
    now = yield from saved(np.array([guess]))
    if abs(float(now[0])) <= straight_usd:
        return guess
    further = guess * (_BELOW if now[0] < 0 else _ABOVE)
    order = np.argsort(tried := np.append(further, guess))
    values = np.append((yield from saved(further)), now)[order]
    steps = crossing_steps(tried[order], values, near=guess, tolerance=_CLOSE * guess)
    try:
        asked = next(steps)
        while True:
            asked = steps.send((yield from saved(asked)))
    except StopIteration as done:
        return guess if done.value is None else float(done.value)


def _on_lines(
    saved: Callable[[Floats], Steps[Floats]], guess: float, straight_usd: float, rates: Floats, known: Floats
) -> Steps[float | None]:
    """Where the saving changes its sign, by lines through known points; None if costs bend too often or jump nearby.

    They begin where renting saves nothing: as no chord exceeds what the others cost, each leads closer from there.
    """
    first = np.lexsort((np.abs(rates - guess), known > 0))[:2]
    points = list(zip(rates[first].tolist(), known[first].tolist(), strict=True))
    for _ in range(_LINES if len(points) == 2 else 0):
        (low, at_low), (high, at_high) = points
        price = line_crossing(low, high, at_low, at_high) if at_low != at_high else 0.0
        if not _BELOW[1] * guess < price < _ABOVE[0] * guess:
            break
        now = float((yield from saved(np.array([price])))[0])
        if abs(now) <= straight_usd:
            return price
        points = [min(points, key=lambda point: abs(point[0] - price)), (price, now)]
    return None


def _costs_at(case: Case, forecast: Forecast, verdict: Verdict, asked: AtRates) -> Costs:
    """What the options of one plan are ranked by."""
    at_rates = _costs_at_rates(case, verdict, asked)
    return at_rates | _bases_at_rates(case, forecast, asked.rates) if asked.with_bases else at_rates


def _bases_at_rates(case: Case, forecast: Forecast, rates: Floats) -> dict[str, Floats]:
    """What the hybrids are ranked by given an on-demand offer at each rate, their bases sized for it. USD (rates) by
    id."""
    found: dict[str, Floats] = {}
    for base in best_bases(offered_at(case, rates[:, None]), forecast):
        usd = tied_up_to(base.usd, case.assumptions.money.tie_share)
        found[base.option.id] = np.minimum(found.get(base.option.id, np.inf), usd)
    return found


def offered_at(case: Case, usd_per_gpu_hour: float | Floats) -> Case:
    """The case with an on-demand offer at this rate, which may exceed the limit of a profile; at each of some rates
    (rates, 1)."""
    offer = Quote.model_construct(option="on-demand", usd_per_gpu_hour=usd_per_gpu_hour)
    offered = replace(case, quotes=(*(q for q in case.quotes if q.option != "on-demand"), offer))
    return offered.over(len(usd_per_gpu_hour)) if isinstance(usd_per_gpu_hour, np.ndarray) else offered


def _costs_at_rates(case: Case, verdict: Verdict, asked: AtRates) -> dict[str, Floats]:
    """What renting on demand and every other way than renting, on the profile's GPU and settled today, is ranked by,
    given an on-demand offer at each rate; without the hybrids where their bases are sized anew. USD (rates) by option
    id."""
    found, cases = {}, {id(option.cost.case): option.cost.case for option in verdict.ranked}
    there = {key: offered_at(one, asked.rates[:, None]) for key, one in cases.items()}
    for option in verdict.ranked:
        cost = option.cost
        mine = cost.case.assumptions.gpu.id == case.assumptions.gpu.id and not is_waiting(cost)
        counts = option.id == "on-demand" or (option.feasible and option.action != "rent")
        anew = asked.with_bases and cost.option.rents_peaks
        if mine and cost.option.remake is not None and counts and not anew:
            offered = there[id(cost.case)]
            made = cost.option.remake(offered)
            if made is None:  # another on-demand offer, which gives way
                continue
            usd = preference_usd(expected_usd(made, offered, cost.forecast), made.hurdle_share)
            tie = case.assumptions.money.tie_share  # on demand is the simplest: it wins ties
            found[option.id] = usd if option.id == "on-demand" else tied_up_to(usd, tie)
    return found


def buys_used(verdict: Verdict) -> bool:
    """Whether the best way to buy is to buy used nodes: then the price of a node that matters is theirs."""
    return any(option.id == "buy-used" for option in best_of_each_class(verdict))


def node_price(costing: Costing) -> PricePoint:
    """The price of a node below which buying is ranked before the best of the rest: of a new or of a used node,
    whichever is the better buy; of all nodes, or of a base with its peaks rented, whichever costs less.

    The cost of buying all nodes is a straight line in the price up to the price of a used node, where resale stops
    growing with it, and another line beyond; that of a base whose size changes with the price the least of several.

    Returns:
        USD per node.
    """
    case, verdict, used = costing.case, costing.verdict, buys_used(costing.verdict)
    in_hand_usd = _cost_of_what_is_in_hand(costing)

    def cost(prices: Floats) -> Floats:
        return cost_of_nodes(case, costing.forecast, used, prices) + in_hand_usd

    return answered(node_steps(case, verdict, used=used), cost)


def out_at_any_price(cluster: OwnedCluster) -> str:
    """Why buying cannot serve the plan whatever a node costs; empty where it can."""
    return next((one.why for one in cluster.constraints_at_any_price if one.holds), "")


def node_steps(case: Case, verdict: Verdict, *, used: bool) -> Generator[Floats, Floats, PricePoint]:
    """The search of `node_price`, which asks what buying costs at some prices of a node, USD (prices)."""
    bought, late = "buy-used" if used else "buy", ""
    if not any(ranked.id == bought and not ranked.cost.option.infeasible_because for ranked in verdict.ranked):
        cluster = owned_cluster(case, used=used)
        if used and cluster.hardware.node_usd is None:
            return PricePoint(None, "", "nobody has a price of a used node")
        late = out_at_any_price(cluster)
    others = [ranked for ranked in verdict.ranked if ranked.feasible and ranked.action != "buy"]
    if late or not case.demand.alive.nodes.any():
        return PricePoint(None, "", late or SERVED)
    if not others:
        return PricePoint(None, "", "only buying is feasible")
    least, gpu = min(other.preference_usd for other in others), case.assumptions.gpu
    tie = case.assumptions.money.tie_share
    target = least / (1 + tie if least > 0 else 1 - tie)  # all others win ties

    bend = next((of_one(usd) for usd in (gpu.used_node_usd, gpu.node_usd) if usd is not None), 1.0)
    prices = bend * _NODE_PRICES
    more = (yield prices) - target
    if more[0] == more[-1]:
        return PricePoint(None, others[0].id, "the plan is all but sure to change before nodes are bought")
    if more[0] < 0:
        price = yield from _where_bought(target, prices, more)
    else:
        price = line_crossing(*prices[:2].tolist(), *more[:2].tolist())
    if price <= 0:
        return PricePoint(None, others[0].id, "even free servers would cost more to run")
    return PricePoint(price, others[0].id, "")


def _where_bought(target_usd: float, prices: Floats, more: Floats) -> Generator[Floats, Floats, float]:
    """The price of a node at which buying costs as much as the rest.

    What is bought less of as its price rises costs at most what the line through two lower prices ends at.

    Args:
        target_usd: What the rest costs.
        prices: Some prices, ascending.
        more: What buying costs more than the rest at each.
    """
    while more[-1] < 0 and more[-2] < more[-1]:
        further = line_crossing(*prices[-2:].tolist(), *more[-2:].tolist()) * _FURTHER
        prices, more = np.append(prices[-1:], further), np.append(more[-1:], (yield further) - target_usd)
    steps = crossing_steps(prices, more, near=0.0, tolerance=_CLOSE * prices[-1], straight_share=_STRAIGHT)
    try:
        asked = next(steps)
        while True:
            asked = steps.send((yield asked) - target_usd)
    except StopIteration as done:
        return float(prices[-1] if done.value is None else done.value)


def with_node_price(case: Case, usd: float | Floats, *, used: bool) -> Case:
    """The case with an offer of new or of used nodes at this price; at each of some prices (prices, 1)."""
    kind: QuoteOption = "buy-used" if used else "buy"
    offer = Quote.model_construct(option=kind, usd_per_node=usd)
    return replace(case, quotes=(*(quote for quote in case.quotes if quote.option != kind), offer))


def _cost_of_what_is_in_hand(costing: Costing) -> float:
    """What is in hand adds to each option, USD: those that are ranked have it, one at another price has not."""
    rented, case = next((one for one in costing.verdict.ranked if one.id == "on-demand"), None), costing.case
    if costing.commitments is None or rented is None:  # what is in hand may serve all of the work
        return 0.0
    return rented.cost.expected_usd - float(expected_usd(after_tax(on_demand(case), case), case, costing.forecast))


def cost_of_nodes(case: Case, forecast: Forecast, used: bool, prices: Floats) -> Floats:
    """What buying costs at each price of a node, all nodes or a base with its peaks rented, USD (prices). case: of one
    plan, or of one for each price."""
    offered = with_node_price(case, prices[:, None], used=used).over(prices.size)
    option = owned_used(offered) if used else owned(offered)
    assert option is not None
    usd = expected_usd(after_tax(option, offered), offered, forecast)
    for base in () if used or case.rental_forbidden_because is not None else sized_bases(offered, forecast, _OWNED):
        usd = np.minimum(usd, np.where(base.infeasible, np.inf, base.usd))
    return usd
