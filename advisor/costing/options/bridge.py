"""What serves the work until bought hardware arrives: on demand, or contracts that end when it does.

Source: docs/model.md#buy-and-colocate
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from advisor.array_types import Bools, Months
from advisor.costing.case import Case
from advisor.costing.options.contracts.blocks import Blocks, blocks_between, chosen_runs, contracts_on_offer
from advisor.costing.options.contracts.cheapest_way import (
    choice_depends_on,
    contract_gpu_hours,
    on_demand_gpu_hours,
)
from advisor.costing.options.contracts.contract import Contract, is_sold
from advisor.costing.options.contracts.cost_lines import Deal

BRIDGE_RULES = (
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
    gap = earliest - demand.start_month
    if gap <= 0 or not demand.alive.nodes.any():
        return Bridge(np.full(plans, earliest), np.ones(plans, dtype=bool), None, waits=False)
    offers = list(contracts_on_offer(case))
    ends = np.array([earliest, *(demand.start_month - (-gap // one.term_months) * one.term_months for one in offers)])
    able, by_way = _able(case, offers, ends), ends.reshape(-1, *(1,) * len(plans))
    soonest = np.where(able, by_way, ends.max() + 1).min(axis=0)
    in_time, served = able & (by_way == soonest), np.broadcast_to(able.any(axis=0), plans)
    ways = np.flatnonzero(in_time.reshape(len(ends), -1).any(axis=1)).tolist()
    if ways in ([], [0]):
        return Bridge(np.full(plans, earliest), served, None, waits=True)
    runs = [blocks_between(case, offers[way - 1], np.asarray(demand.start_month), ends[way]) for way in ways if way]
    choice = _cheapest(case, runs, ends, ways, in_time)
    delivery = np.broadcast_to(ends[choice], plans)
    months = max(demand.months, int(delivery.max()) + 1)
    chosen = tuple(one.over(months) for one in chosen_runs(runs, ways[-len(runs) :], choice, plans))
    rates = (name for one in runs for name in (*one.contract.depends_on, *one.contract.right_depends_on))
    named = (*choice_depends_on(case), *rates)
    return Bridge(delivery, served, Deal(case, chosen, named) if chosen else None, waits=True)


def _able(case: Case, offers: list[Contract], ends: Months) -> Bools:
    """Whether on demand, and then each contract, can serve the jobs until its end. (ways, ...)."""
    demand = case.demand
    until = np.maximum.accumulate(demand.alive_shape.fabric_nodes, axis=-1)
    jobs = np.moveaxis(until[..., np.minimum(ends, demand.months) - 1], -1, 0)
    rentable = jobs[0] <= int(case.assumptions.rental.on_demand_max_nodes)
    return np.array([rentable, *(is_sold(one, job) for one, job in zip(offers, jobs[1:], strict=True))])


def _cheapest(case: Case, runs: list[Blocks], ends: Months, ways: list[int], in_time: Bools) -> Months:
    """The number of the cheapest way that is in time, 0 for on demand. (...)."""
    begin, found = np.asarray(case.demand.start_month), np.full(in_time.shape, np.inf)
    if ways[0] == 0:
        found[0] = on_demand_gpu_hours(case, begin, ends[0])
    for way, run in zip(ways[-len(runs) :], runs, strict=True):
        found[way] = contract_gpu_hours(case, run.contract, begin, ends[way])
    return np.asarray(np.where(in_time, found, np.inf).argmin(axis=0))
