"""What the market's limits for large jobs cost a plan, and which smaller job costs less."""

from advisor.costing.size_limits import SizeLimit, costly_limit
from advisor.decision.cost_options import Costing
from advisor.decision.plans.smaller_job import SmallerJob, smaller_job
from advisor.formatting import percent
from advisor.market.terms import minimum_term_months
from advisor.profiles.schema import Profile
from advisor.values.quick_dataclass import dataclass


@dataclass(frozen=True)
class LargeJob:
    """A job whose size makes the plan notably more expensive.

    Attributes:
        sentence: The limit of the market that does it, and what it costs.
        smaller: The same work on fewer nodes, where that costs less.
    """

    sentence: str
    smaller: SmallerJob | None


def large_job(profile: Profile, costing: Costing) -> LargeJob | None:
    """Whether the pick, or what it would be with more cash, costs notably more since one job is that large."""
    case, taken = costing.case, costing.verdict.pick or costing.verdict.without_cash_limit
    if taken is None or taken.cost.case is not case or case.committed_nodes is not None:
        return None
    limit = costly_limit(case, costing.forecast, taken.cost.expected_usd)
    if limit is None:
        return None
    smaller, figures = smaller_job(profile, costing, taken), [costing.book.figure(figure) for figure in limit.figures]
    judged = "" if any(figure.n or figure.own for figure in figures) else " That is judged, not posted: ask sellers."
    instead = f" A smaller one would {limit.option.command}." if smaller is None else ""
    due = f"{percent(limit.saved_share)} of the cost is due to the size of one job: {_reasons(costing, limit)}."
    return LargeJob(f"{due}{judged}{instead}", smaller)


def _reasons(costing: Costing, limit: SizeLimit) -> str:
    case, job = costing.case, int(costing.case.demand.largest_job)
    reasons = []
    for figure in limit.figures:
        if figure == "rental.on_demand_max_nodes":
            reasons.append(f"on-demand offers end at {int(case.assumptions.rental.on_demand_max_nodes)} nodes")
        else:
            least = minimum_term_months(case.demand.largest_job, case.assumptions.rental)
            reasons.append(f"{job:,} nodes are not sold for less than {least} months")
    return " and ".join(reasons)
