"""What serves the work until bought hardware arrives: on demand, or contracts that end when it does.

Source: docs/model.md#buy-and-colocate
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from advisor.array_types import Bools, Months
from advisor.costing.case import Case
from advisor.costing.options.cheapest_way import CHOICE_INPUTS, contract_gpu_hours, on_demand_gpu_hours
from advisor.costing.options.contract_blocks import blocks_between, chosen_runs, contracts_on_offer
from advisor.costing.options.contract_lines import Deal
from advisor.costing.options.hourly_rental import on_demand_depends_on

BRIDGE_RULES = (
    "rental.on_demand_max_nodes",
    "rental.minimum_term_from_64_nodes_months",
    "rental.minimum_term_from_128_nodes_months",
    "rental.minimum_term_from_256_nodes_months",
)


@dataclass(frozen=True)
class Bridge:
    """How the work is served until delivery.

    delivery: the month in which the hardware arrives (...); served: whether anything serves the work until then (...);
    deal: the contracts until then, None where all plans rent on demand; waits: whether any plan has to wait at all.
    """

    delivery: Months
    served: Bools
    deal: Deal | None
    waits: bool


@lru_cache(maxsize=4)  # buying, borrowing and leasing share it
def bridge_of(case: Case, earliest: int) -> Bridge:
    """The way to serve the work until the hardware can be there; of several the cheapest.

    The hardware is ordered to arrive when the contracts end, so that nothing is paid for twice. Where the shortest term
    that is sold for the size outlasts the delivery time, it arrives that much later.

    Args:
        case: the question.
        earliest: the month in which hardware ordered as soon as possible would arrive.

    """
    demand, plans = case.demand, case.demand.peak.shape
    begin, gap = np.asarray(demand.start_month), earliest - demand.start_month
    if gap <= 0 or not demand.alive.nodes.any():
        return Bridge(np.full(plans, earliest), np.ones(plans, dtype=bool), None, waits=False)
    offers = list(contracts_on_offer(case))
    ends = np.array([earliest, *(int(begin) - (-gap // one.term_months) * one.term_months for one in offers)])
    runs = [blocks_between(case, one, begin, np.asarray(end)) for one, end in zip(offers, ends[1:], strict=True)]
    ways = [contract_gpu_hours(case, run, begin, np.asarray(end)) for run, end in zip(runs, ends[1:], strict=True)]
    usd = np.array(np.broadcast_arrays(on_demand_gpu_hours(case, begin, np.asarray(earliest)), *ways))
    by_way = ends.reshape(-1, *(1,) * len(plans))
    soonest = np.where(np.isfinite(usd), by_way, ends.max() + 1).min(axis=0)
    choice = np.where(by_way == soonest, usd, np.inf).argmin(axis=0)
    delivery = np.broadcast_to(ends[choice], plans)
    months = max(demand.months, int(delivery.max()) + 1)
    chosen = tuple(run.over(months) for run in chosen_runs(runs, choice, plans))
    rivals = [one for one, end in zip(offers, ends[1:], strict=True) if (soonest == end).any()]
    inputs = (*on_demand_depends_on(case), *case.sublet_depends_on, *CHOICE_INPUTS)
    named = (*inputs, *(name for one in rivals for name in (*one.depends_on, *one.right_depends_on))) if rivals else ()
    deal = Deal(case, chosen, named) if chosen else None
    return Bridge(delivery, np.broadcast_to(np.isfinite(usd).any(axis=0), plans), deal, waits=True)
