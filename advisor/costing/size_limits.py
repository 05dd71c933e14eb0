"""What the limits of the market for large jobs cost a plan: minimum terms, and the largest cluster on demand.

Source: docs/model.md#reserved
"""

from collections.abc import Mapping

import numpy as np

from advisor.array_types import Amount, Floats
from advisor.costing.case import Case
from advisor.costing.option import Option
from advisor.costing.options.contracts.contract import listed_contracts
from advisor.costing.options.on_demand import on_demand
from advisor.costing.options.reserved import signed, signed_each
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
    if not lifted:
        return None
    there = _without(case, *lifted)
    ways = _ways(there)
    costs = np.array([_usd(way, there, forecast) for way in ways])
    for at, names in enumerate(lifted):
        cheapest = int(costs[:, at].argmin())
        saved = (least_usd - float(costs[cheapest, at])) / abs(least_usd) if least_usd else 0.0
        if saved > small:
            option = _way(_without(case, names), cheapest)
            named = [*terms[-1:], *market] if names is not market else market
            kept = [name for name in named if name in names]
            return SizeLimit(tuple(f"rental.{name}" for name in kept), saved, option)
    return None


def _ways(case: Case) -> list[Option]:
    """To rent on demand, and the reservations of the price list."""
    return [on_demand(case), *signed_each(case, listed_contracts(case))]


def _way(case: Case, number: int) -> Option:
    """One of them, by its place."""
    return signed(case, listed_contracts(case)[number - 1]) if number else on_demand(case)


def _usd(option: Option, case: Case, forecast: Forecast) -> Floats:
    """What a way costs at each point of a case, infinite where it is infeasible. USD (P,)."""
    return np.atleast_1d(np.where(option.infeasible, np.inf, expected_usd(after_tax(option, case), case, forecast)))


def _without(case: Case, *lifted: list[str]) -> Case:
    """The same question without some limits: one point for each of several lists of limits."""
    rental = case.assumptions.rental
    free = {name: _NO_LIMIT_NODES if name == "on_demand_max_nodes" else 1.0 for names in lifted for name in names}
    each = {
        name: np.array([[value if name in names else float(getattr(rental, name))] for names in lifted])
        for name, value in free.items()
    }
    figures: Mapping[str, Amount] = each if len(lifted) > 1 else free
    return case.with_assumptions(replace(case.assumptions, rental=replace(rental, **figures)))
