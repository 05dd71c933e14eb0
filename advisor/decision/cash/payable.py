"""What the company's cash does pay for, where it pays for no option of the whole plan (docs/model.md#feasibility)."""

import math
from collections.abc import Callable

from advisor.decision.cost_options import Costing, cost_options
from advisor.decision.ranking import RankedOption
from advisor.market.assumptions import Assumptions
from advisor.market.price_book import PriceBook
from advisor.profiles.amount_of_work import nodes_at_start, scaled
from advisor.profiles.limits import LEAST_MONTHS
from advisor.profiles.schema import Profile, Workload
from advisor.values.quick_dataclass import dataclass


@dataclass(frozen=True)
class Payable:
    """The largest plan that the cash pays for.

    Attributes:
        nodes: Most nodes for the whole plan; None when it does not pay for one.
        nodes_label: The way to get them.
        months: Longest plan of all nodes, in months; None when it does not pay for one month.
        months_label: The way to get them.
        wanted_nodes: Nodes of the profile.
        wanted_months: Months of the profile's longest workload.
    """

    nodes: int | None
    nodes_label: str
    months: int | None
    months_label: str
    wanted_nodes: int
    wanted_months: float

    @property
    def sentence(self) -> str:
        """In words: `Your cash pays for 12 of 64 nodes (reserve 3 months), or for all of the work for 4 of 24
        months (rent on demand)`."""
        parts = []
        if self.nodes is not None:
            parts.append(f"{self.nodes:,} of {self.wanted_nodes:,} nodes for the whole plan ({self.nodes_label})")
        if self.months is not None:
            parts.append(f"all of the work for {self.months} of {self.wanted_months:g} months ({self.months_label})")
        if not parts:
            return "Your cash does not pay for one node over the plan, nor for all of the work over one month"
        return f"Your cash pays for {', or for '.join(parts)}"


def payable_by(costing: Costing, profile: Profile) -> Payable | None:
    """The largest and the longest plan that cash pays for; None unless cash is all that is missing.

    Sizes and lengths are searched by halving: what can be paid for is taken to shrink with either.
    """
    verdict, book = costing.verdict, costing.book
    if verdict.pick is not None or verdict.without_cash_limit is None:
        return None
    figures, months = costing.case.assumptions, max(w.months for w in profile.workload)
    exact = nodes_at_start(profile, figures)
    nodes = math.ceil(exact)
    few = _most(nodes - 1, lambda count: _pick(profile, book, lambda w: _with_nodes(w, count / exact, figures)))
    short = _most(
        math.ceil(months) - 1, lambda count: _pick(profile, book, lambda w: _with_months(w, count / months, figures))
    )
    return Payable(*few, *short, nodes, months)


def _most(limit: int, pick_at: Callable[[int], RankedOption | None]) -> tuple[int | None, str]:
    """The largest count up to `limit` at which there is a pick, and its label."""
    low, found, high = 0, "", limit + 1
    while high - low > 1:
        middle = (low + high) // 2
        pick = pick_at(middle)
        low, high = (middle, high) if pick else (low, middle)
        found = pick.cost.option.label if pick else found
    return low or None, found


def _with_nodes(workload: Workload, share: float, figures: Assumptions) -> Workload:
    """A workload with this share of its nodes, and of the nodes of a job."""
    if workload.nodes is None:
        return Workload.model_validate(scaled(workload, share, figures))
    nodes = max(1, math.floor(workload.nodes * share + 1e-9))
    job = workload.job_nodes
    return workload.model_copy(update={"nodes": nodes} | ({} if job is None else {"job_nodes": min(job, nodes)}))


def _with_months(workload: Workload, share: float, figures: Assumptions) -> Workload:
    """A workload on the same nodes for this share of its months, in which a training does that share of its work."""
    months = max(workload.months * share, LEAST_MONTHS)
    if workload.training is None:
        return workload.model_copy(update={"months": months})
    return Workload.model_validate(scaled(workload, 1.0, figures, months / workload.months) | {"months": months})


def _pick(profile: Profile, book: PriceBook, change: Callable[[Workload], Workload]) -> RankedOption | None:
    """The pick for the profile with its workloads changed."""
    workload = tuple(map(change, profile.workload))
    return cost_options(profile.model_copy(update={"workload": workload}), book).verdict.pick
