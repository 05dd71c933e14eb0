"""What would change a verdict in a line each: the break-even price of renting, that of buying, and the utilization."""

import math
from collections.abc import Iterator

from advisor.array_types import of_one
from advisor.costing.options.hourly_rental import on_demand_multiple
from advisor.costing.options.ownership import owned_cluster
from advisor.decision.advise import Advice
from advisor.decision.break_even import TermBreakEven
from advisor.decision.price_break_even import buys_used
from advisor.explain.number_id import NODE_PRICE, TIPPING, NumberId
from advisor.formatting import months_phrase, percent, usd, usd_rate
from advisor.profiles.amount_of_work import size_of
from advisor.profiles.limits import MAX_PLAN_MONTHS
from advisor.reports.view_models import Statement

_A_MONTH = 100  # parts in which its length is told
_LEAST_PRICE_SHARE = 0.01  # of today's price: what is below is said in words
_LIMITED = ", the most that cash pays for"
_OUTRIGHT = ("buy", "buy-used", "hybrid-buy", "hybrid-buy-api")  # whose nodes are paid for with the price of a node
_RENTED_ELSEWHERE = {"marketplace": "on a marketplace", "serverless": "serverless", "spot": "on spot replicas"}


def hints(advice: Advice) -> Iterator[Statement]:
    """What would change the verdict, led by the break-even price of renting; of the profile's own GPU, which is named
    where the pick is on another one."""
    evens, verdict = advice.break_evens, advice.verdict
    if verdict.pick is None:
        return
    renting, other = verdict.pick.action == "rent", _own_gpu_if_another(advice)
    if evens.tipping.usd is not None and not (renting and other):  # that price is against reserving and buying
        yield Statement(_rent_hint(advice, evens.tipping.usd), TIPPING)
    elif not renting:
        yield Statement(f"Renting is out: {evens.tipping.reason}{_limit_reached(advice)}{_small_enough(advice)}")
    yield _buy_hint(advice)
    term = next((term for term in evens.terms if term.option == verdict.pick.id), None)
    if term is None and renting and not other:
        found = [term for term in evens.terms if term.busy_share is not None and term.pays == "above"]
        term = min(found, key=lambda t: t.busy_share or 1.0) if found else None
    if term is not None and term.busy_share is not None:
        rates = percent(term.rate_ratio)
        yield Statement(
            f"The {term.label} pays off {share_text(term)} utilization (by rates alone {rates})", NumberId.term(term)
        )


def _rent_hint(advice: Advice, tipping_usd: float) -> str:
    """Up to which rate to rent on demand: where that is the cheapest and cash pays for it."""
    pick, other, payable = advice.verdict.pick, _own_gpu_if_another(advice), advice.break_evens.payable_rate_usd
    if payable is None:
        return f"Renting on demand costs least below {usd_rate(tipping_usd)}/GPU-h, but cash pays for it at no rate"
    rate, renting = usd_rate(payable), pick is not None and pick.action == "rent"
    if pick is not None and not other and (elsewhere := _RENTED_ELSEWHERE.get(pick.id)):
        text = f"If not {elsewhere}, rent on demand up to {rate}/GPU-h"
    else:
        instead = f"Rent {other} instead" if other else "Rent instead"
        words = "Rent up to" if renting and not other else f"{instead} if offered below"
        text = f"{words} {rate}/GPU-h on demand"
    limited = rate != usd_rate(tipping_usd)
    cheaper = f"cheaper below {usd_rate(tipping_usd)}; " if limited else ""
    return f"{text}{_LIMITED if limited else ''} ({cheaper}{_rent_now(advice)})"


def _own_gpu_if_another(advice: Advice) -> str:
    """The label of the profile's own GPU where the pick is on another one; else empty."""
    pick = advice.verdict.pick
    return "" if pick is None or pick.cost.case.assumptions.gpu.id == advice.gpu.id else advice.gpu.label


def _limit_reached(advice: Advice) -> str:
    """From which month on a growing job is too large for the on-demand market; empty where it is from the start."""
    case = advice.costing.case
    too_large = case.demand.alive_shape.fabric_nodes > int(case.assumptions.rental.on_demand_max_nodes)
    month = int(too_large.argmax())
    return f", which one job passes in month {month + 1}" if too_large.any() and month > case.demand.start_month else ""


def _buy_hint(advice: Advice) -> Statement:
    """For which plans and at which price of a node buying wins; its number is that price, else the first length."""
    evens, verdict, other = advice.break_evens, advice.verdict, _own_gpu_if_another(advice)
    wins, price, payable = evens.buying_months, evens.node_price, evens.payable_node_usd
    buying = verdict.pick is not None and verdict.pick.action == "buy"
    financed = buying and verdict.pick is not None and verdict.pick.id not in _OUTRIGHT
    bought = (one for one in evens.months if one.option is not None and one.option.action == "buy")
    parts, number = [], next(map(NumberId.length, bought), None)
    if wins:
        parts.append(f"for plans of {months_phrase(wins)}")
    if price.usd is not None and not (buying and other):
        if not parts and _is_next_to_nothing(price.usd, advice):
            whose = f"{other} " if other else ""
            return Statement(f"Buying {whose}cannot win: even almost free servers would cost more to run", NODE_PRICE)
        node, number = ("used node" if buys_used(verdict) else "node") + (f" of {other}" if other else ""), NODE_PRICE
        most = usd(price.usd if payable is None else payable)
        limited = "" if most == usd(price.usd) else f"{_LIMITED} (cheaper under {usd(price.usd)})"
        unpaid = ", but cash pays for it at no price" if payable is None else limited
        with_a = "outright with a" if financed else "a" if parts else "with a"
        parts.append(f"{with_a} {node} under {most}{_node_price_now(advice)}{unpaid}")
    if not parts:
        return Statement(f"Buying {other + ' ' if other else ''}cannot win: {price.reason}", number)
    return Statement(("Buying wins " if buying else "Buy instead ") + ", or ".join(parts), number)


def _is_next_to_nothing(price_usd: float, advice: Advice) -> bool:
    """Whether a price of a node is so far below today's that no seller could be asked for it."""
    node_usd = owned_cluster(advice.costing.case, used=buys_used(advice.verdict)).hardware.node_usd
    return node_usd is not None and price_usd < _LEAST_PRICE_SHARE * of_one(node_usd)


def _rent_now(advice: Advice) -> str:
    """`now $4.24 at this size`: an hour on demand today, with the premium for a cluster, or as offered; of work that
    grows `now $3.93, $4.06 at its largest`."""
    case = advice.costing.case
    neocloud = of_one(case.assumptions.gpu.neocloud_usd_per_gpu_hour)
    multiples = neocloud * on_demand_multiple(case, case.demand.alive)
    now, most = usd_rate(float(multiples[case.demand.start_month])), usd_rate(float(multiples.max()))
    offer = case.offer("on-demand")
    if offer is not None and offer.quote.from_:
        return f"{offer.quote.from_} offers {now}"
    if now != most:
        return f"now {now}, {most} at its largest"
    is_list_price = offer is not None or now == usd_rate(neocloud * of_one(case.tier_factor))
    return f"now {now}{'' if is_list_price else ' at this size'}"


def _node_price_now(advice: Advice) -> str:
    """`(now $287k)`: what a node costs after the volume discount, or by the quote."""
    cluster = owned_cluster(advice.costing.case, used=buys_used(advice.verdict))
    if cluster.hardware.node_usd is None:
        return ""
    now = of_one(cluster.capex.hardware_usd) / advice.costing.demand.peak_nodes
    offer = advice.costing.case.offer("buy-used" if buys_used(advice.verdict) else "buy")
    if offer is not None and offer.quote.from_:
        return f" ({offer.quote.from_} offers {usd(now)})"
    discounted = usd(now) != usd(of_one(cluster.hardware.node_usd))
    return f" (now {usd(now)}{' after volume discount' if discounted else ''})"


def share_text(term: TermBreakEven) -> str:
    """`above 85%`: the side of its break-even utilization on which a term is the cheaper one, or why there is none."""
    return term.reason if term.busy_share is None else f"{term.pays} {percent(term.busy_share)}"


def _small_enough(advice: Advice) -> str:
    """In how many months a training takes no more nodes than the on-demand market has; empty for other work, and where
    a longer plan is not what is missing."""
    figures, works = advice.costing.case.assumptions, advice.profile.workload
    most, work = of_one(figures.rental.on_demand_max_nodes), works[0]
    nodes = of_one(size_of(work, figures).nodes) if work.training is not None else 0.0
    months = math.ceil(work.months * nodes / most * _A_MONTH) / _A_MONTH
    if len(works) > 1 or work.job_nodes is not None or not work.months < months <= MAX_PLAN_MONTHS:
        return ""
    longer = size_of(work.model_copy(update={"months": months}), figures)
    return f"; {most:,.0f} nodes do the work in {months:g} months" if of_one(longer.nodes) <= most else ""
