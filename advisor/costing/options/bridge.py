"""What serves the work until bought hardware arrives: on demand, or contracts that end when it does.

Source: docs/model.md#buy-and-colocate
"""

import numpy as np

from advisor.array_types import Bools, Floats, Months, of_plan
from advisor.costing.case import Case
from advisor.costing.options.contracts.blocks import chosen_blocks, contracts_on_offer
from advisor.costing.options.contracts.cheapest_way import (
    Stretch,
    choice_depends_on,
    contract_present_value,
    on_demand_present_value,
)
from advisor.costing.options.contracts.contract import Contract, is_sold
from advisor.costing.options.contracts.cost_lines import Deal
from advisor.values.quick_dataclass import dataclass


@dataclass(frozen=True)
class Bridge:
    """How the work is served until delivery.

    Attributes:
        delivery: The month in which the hardware arrives (...).
        served: Whether anything serves the work until then (...).
        deal: The contracts until then, None where all plans rent on demand.
        waits: Whether any plan has to wait at all.
    """

    delivery: Months
    served: Bools
    deal: Deal | None
    waits: bool


def bridge_of(case: Case, earliest: Months) -> Bridge:
    """The way to serve the work until the hardware can be there; of several the cheapest.

    The hardware is ordered to arrive when the contracts end, so that nothing is paid for twice. Where the shortest term
    that is sold for the size outlasts the delivery time, it arrives that much later. earliest: the month in which
    hardware ordered as soon as possible would arrive (...).
    """
    demand, plans = case.demand, case.demand.peak.shape
    gap = earliest - demand.start_month
    if (gap <= 0).all() or not demand.alive.nodes.any():
        return Bridge(np.broadcast_to(earliest, plans), np.ones(plans, dtype=bool), None, waits=False)
    offers, ends, able = _ways(case, earliest)
    by_way = ends if ends.ndim > 1 else ends.reshape(-1, *(1,) * len(plans))
    soonest = np.where(able, by_way, ends.max() + 1).min(axis=0)
    in_time, served = able & (by_way == soonest), np.asarray(able.any(axis=0))
    ways = np.flatnonzero(in_time.reshape(len(ends), -1).any(axis=1)).tolist()
    if ways in ([], [0]):
        return Bridge(np.broadcast_to(earliest, plans), served, None, waits=True)
    several = (in_time.sum(axis=0) > 1).any()
    choice = _cheapest(case, offers, ends, ways, in_time) if several else np.asarray(in_time.argmax(axis=0))
    every = np.broadcast_to(by_way, in_time.shape)
    delivery = ends[choice] if ends.ndim == 1 else np.take_along_axis(every, choice[None], axis=0)[0]
    months = max(demand.months, int(delivery.max()) + 1)
    runs = chosen_blocks(case, offers, choice - 1, np.asarray(demand.start_month), delivery)
    chosen = tuple(one.over(months) for one in runs)
    inputs = choice_depends_on(case, (offers[way - 1] for way in ways if way))
    return Bridge(delivery, served, Deal(case, chosen, inputs) if chosen else None, waits=True)


def _ways(case: Case, earliest: Months) -> tuple[list[Contract], Months, Bools]:
    """The contracts that may serve the work, and of on demand and then each of them the end, and whether it can.

    Where on demand can serve all plans, a contract that ends later than the hardware arrives is not looked at.

    Returns:
        The contracts; when each way ends (ways, ...), or (ways,) where that is the same for all plans; whether it can
        serve the jobs until then (ways, ...).
    """
    demand, gap = case.demand, earliest - case.demand.start_month
    until = np.maximum.accumulate(demand.alive_shape.fabric_nodes, axis=-1)
    rentable = (_job_at(until, earliest) <= of_plan(case.assumptions.rental.on_demand_max_nodes)) | (gap <= 0)
    every = contracts_on_offer(case)
    terms = np.array([one.term_months for one in every], dtype=np.int64).reshape(-1, *(1,) * gap.ndim)
    ends = demand.start_month - (-gap // terms) * terms
    here = (ends == earliest) | (not rentable.all())
    looked_at = here.any(axis=tuple(range(1, here.ndim))).nonzero()[0].tolist()
    offers = [every[at] for at in looked_at]
    able = [is_sold(one, _job_at(until, ends[at])) & (gap > 0) for one, at in zip(offers, looked_at, strict=True)]
    return offers, np.array([earliest, *ends[looked_at]]), np.array([rentable, *able])


def _job_at(until: Floats, end: Months) -> Floats:
    """The largest job before month `end`, at the earliest that of month 0. until: by month (..., months)."""
    last = np.maximum(np.minimum(end, until.shape[-1]), 1) - 1  # np.clip takes ten times as long on one number
    return until[..., last] if last.ndim == 0 else np.take_along_axis(until, last[..., None], axis=-1)[..., 0]


def _cheapest(case: Case, offers: list[Contract], ends: Months, ways: list[int], in_time: Bools) -> Months:
    """The number of the cheapest way that is in time, 0 for on demand. (...)."""
    begin, found = np.asarray(case.demand.start_month), np.full(in_time.shape, np.inf)
    for way in ways:
        if way == 0:
            found[0] = on_demand_present_value(case, Stretch(begin, ends[0], 0))
        else:
            stretch = Stretch(begin, ends[way], offers[way - 1].term_months)
            found[way] = contract_present_value(case, offers[way - 1], stretch)
    return np.asarray(np.where(in_time, found, np.inf).argmin(axis=0))
