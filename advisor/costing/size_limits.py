"""What the limits of the market for large jobs cost a plan: minimum terms, and the largest cluster on demand.

Source: docs/model.md#reserved
"""

from collections.abc import Iterator
from dataclasses import replace

from advisor.costing.case import Case
from advisor.costing.option import Option
from advisor.costing.options.on_demand import on_demand
from advisor.costing.options.reserved import reserved
from advisor.costing.options.taxes import after_tax
from advisor.costing.valuation import expected_usd
from advisor.market.forecast.forecast import Forecast
from advisor.market.terms import TERMS_MONTHS, minimum_terms
from advisor.values.quick_dataclass import dataclass

_NO_LIMIT_NODES = 1e9


@dataclass(frozen=True)
class SizeLimit:
    """A limit that costs the plan something.

    figures: the ids of the figures of the book that set it; saved_share: what the plan would cost less without them;
    option: what would then be cheapest.
    """

    figures: tuple[str, ...]
    saved_share: float
    option: Option


def costly_limit(case: Case, forecast: Forecast, least_usd: float) -> SizeLimit | None:
    """The limits of size that make a plan cost notably more, the fewest that explain it.

    Args:
        case: the question, of one plan.
        forecast: expected prices.
        least_usd: what the plan costs with the limits in force.

    """
    rental, job = case.assumptions.rental, case.demand.largest_job
    terms = [one.figure for one in minimum_terms(rental) if job >= one.nodes and one.months > 1]
    market = ["on_demand_max_nodes"] if job > rental.on_demand_max_nodes else []
    small = case.assumptions.money.small_difference_share
    for names in (terms, market, [*terms, *market]):
        if names:
            usd, option = min(_costs(_without(case, names), forecast), key=lambda found: found[0])
            saved = (least_usd - usd) / abs(least_usd) if least_usd else 0.0
            if saved > small:
                named = [*terms[-1:], *market] if names is not market else market
                kept = [name for name in named if name in names]
                return SizeLimit(tuple(f"rental.{name}" for name in kept), saved, option)
    return None


def _without(case: Case, names: list[str]) -> Case:
    """The same question without some limits."""
    free = {name: _NO_LIMIT_NODES if name == "on_demand_max_nodes" else 1.0 for name in names}
    rental = replace(case.assumptions.rental, **free)
    return replace(case, assumptions=replace(case.assumptions, rental=rental))


def _costs(case: Case, forecast: Forecast) -> Iterator[tuple[float, Option]]:
    """What each way to rent or reserve costs, of those that are feasible."""
    terms = (reserved(case, term) for term in TERMS_MONTHS)
    for option in (on_demand(case), *terms):
        if option is not None and not option.infeasible:
            yield float(expected_usd(after_tax(option, case), case, forecast)), option
