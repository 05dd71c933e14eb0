"""What the limits of the market for large jobs cost a plan: minimum terms, and the largest cluster on demand.

Source: docs/model.md#reserved
"""

import numpy as np

from advisor.costing.case import Case
from advisor.costing.option import Option
from advisor.costing.options.contracts.contract import listed_contracts
from advisor.costing.options.on_demand import on_demand
from advisor.costing.options.reserved import signed_each
from advisor.costing.options.taxes import after_tax
from advisor.costing.valuation import expected_usd
from advisor.market.forecast.forecast import Forecast
from advisor.market.terms import minimum_terms
from advisor.values.quick_dataclass import dataclass, replace

_NO_LIMIT_NODES = 1e9


@dataclass(frozen=True)
class SizeLimit:
    """A limit that costs the plan something.

    Attributes:
        figures: The ids of the figures of the book that set it.
        saved_share: What the plan would cost less without them.
        option: What would then be cheapest.
    """

    figures: tuple[str, ...]
    saved_share: float
    option: Option


def costly_limit(case: Case, forecast: Forecast, least_usd: float) -> SizeLimit | None:
    """The smallest set of size limits that makes a plan notably more expensive. least_usd: what it costs with all
    limits in force."""
    rental, job = case.assumptions.rental, case.demand.largest_job
    terms = [one.figure for one in minimum_terms(rental) if job >= one.nodes and one.months > 1]
    market = ["on_demand_max_nodes"] if job > rental.on_demand_max_nodes else []
    small = case.assumptions.money.small_difference_share
    lifted = [names for names in (terms, market, [*terms, *market] if terms and market else []) if names]
    if not lifted or _saved(case, forecast, least_usd, lifted[-1])[0] <= small:  # a part of them saves no more
        return None
    for names in lifted:
        saved, option = _saved(case, forecast, least_usd, names)
        if saved > small:
            named = [*terms[-1:], *market] if names is not market else market
            kept = [name for name in named if name in names]
            return SizeLimit(tuple(f"rental.{name}" for name in kept), saved, option)
    return None


def _saved(case: Case, forecast: Forecast, least_usd: float, names: list[str]) -> tuple[float, Option]:
    """What the cheapest way saves where some limits are not in force, as a share, and that way."""
    there = _without(case, names)
    ways = [on_demand(there), *signed_each(there, listed_contracts(there))]
    costs = [_usd(way, there, forecast) for way in ways]
    cheapest = int(np.argmin(costs))
    return (least_usd - costs[cheapest]) / abs(least_usd) if least_usd else 0.0, ways[cheapest]


def _usd(option: Option, case: Case, forecast: Forecast) -> float:
    """What a way costs, infinite where it is infeasible."""
    return np.inf if option.infeasible else float(expected_usd(after_tax(option, case), case, forecast))


def _without(case: Case, names: list[str]) -> Case:
    """The same question without some limits."""
    free = {name: _NO_LIMIT_NODES if name == "on_demand_max_nodes" else 1.0 for name in names}
    return case.with_assumptions(replace(case.assumptions, rental=replace(case.assumptions.rental, **free)))
