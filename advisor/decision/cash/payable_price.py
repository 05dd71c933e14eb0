"""The highest price of renting or of buying that cash pays for, up to the one at which it would be the cheapest."""

import math
from collections.abc import Callable

import numpy as np

from advisor.array_types import Floats
from advisor.costing.case import Case
from advisor.costing.option import Option, beside
from advisor.costing.options.buy import owned, owned_used
from advisor.costing.options.combined.hybrid import hybrids
from advisor.costing.options.taxes import after_tax
from advisor.costing.valuation import OptionCost, cost_of
from advisor.decision.cash.limit import cash_needed_usd, each_suffices
from advisor.decision.cost_options import Costing
from advisor.decision.price_break_even import PricePoint, buys_used, offered_at, with_node_price
from advisor.finance.solve import false_position_each
from advisor.profiles.schema import Company

_LEAST_SHARE = 0.01  # of a price: where not even that is paid for, no price is
_ROUNDS = 1  # what is needed is nearly a straight line in the price


def payable_rate(costing: Costing, company: Company, tipping: PricePoint) -> float | None:
    """The highest on-demand rate of today, up to the tipping price, that cash pays for.

    Args:
        costing: What the options cost.
        company: With its cash and its burn.
        tipping: See `tipping_price`.

    Returns:
        USD per GPU-hour; None where cash pays for renting at no rate, or where there is no tipping price.

    Source: docs/model.md#break-evens.
    """
    renting = next((one for one in costing.verdict.ranked if one.id == "on-demand"), None)
    if tipping.usd is None or renting is None:
        return None

    def at(usd: float) -> OptionCost | None:
        case, remake = offered_at(costing.case, usd), renting.cost.option.remake
        made = None if remake is None else remake(case)
        return None if made is None else cost_of(_with_what_is_in_hand(made, costing), case, renting.cost.forecast)

    return _most_payable(tipping.usd, at, company)


def payable_node_usd(costing: Costing, company: Company, node: PricePoint) -> float | None:
    """The same of the price of a node: USD, up to `node`, see `node_price`."""
    if node.usd is None:
        return None
    used = buys_used(costing.verdict)

    def offered(usd: float) -> Case:
        return with_node_price(costing.case, usd, used=used)

    def costed(made: Option, case: Case) -> OptionCost:
        return cost_of(after_tax(_with_what_is_in_hand(made, costing), case), case, costing.forecast)

    there = offered(node.usd)
    ways = [owned_used(there) if used else owned(there)]
    if not used and there.rental_forbidden_because is None:
        ways += [one for one in hybrids(there, costing.forecast) if one.action == "buy" and not one.infeasible]
    made = [one for one in ways if one is not None]
    if not made:
        return node.usd
    best = min(made, key=lambda one: costed(one, there).expected_usd)

    def at(usd: float) -> OptionCost | None:
        case = offered(usd)
        option = None if best.remake is None else best.remake(case)
        return None if option is None else costed(option, case)

    return _most_payable(node.usd, at, company)


def _with_what_is_in_hand(option: Option, costing: Costing) -> Option:
    """An option with what contracts and hardware in hand cost beside it, as those have that are ranked."""
    return option if costing.commitments is None else beside(option, costing.commitments.table)


def _most_payable(limit_usd: float, at: Callable[[float], OptionCost | None], company: Company) -> float | None:
    """The highest price up to one at which cash suffices; what is needed rises with the price. at: the option there."""
    have = company.available_usd
    most = None if math.isinf(have) else at(limit_usd)
    if most is None or each_suffices([most], company)[0]:
        return limit_usd

    def lacking(prices: Floats) -> Floats:
        costs = map(at, prices.tolist())
        return np.array([cash_needed_usd(cost, company) - have for cost in costs if cost is not None])

    low, high = np.array([limit_usd * _LEAST_SHARE]), np.array([limit_usd])
    at_low, at_high = lacking(low), np.array([cash_needed_usd(most, company) - have])
    if at_low[0] > 0:
        return None
    return float(false_position_each(lacking, low, high, at_low, at_high, _ROUNDS)[0])
