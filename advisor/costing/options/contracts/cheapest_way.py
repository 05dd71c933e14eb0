"""What serves a stretch of a plan: on demand where that market exists, or the contract that is cheapest for it.

The rest of a plan after the last whole term of a reservation is rented on demand, reserved for a shorter term that is
sold for the size, or reserved for one more whole term that overruns the plan and is sublet. The ways are compared by
their expected hours at today's list price, with the rents that are expected for each month.

Source: docs/model.md#reserved
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from advisor.array_types import Floats, Months, of_plan, whole, whole_of_plan
from advisor.costing.case import Case
from advisor.costing.options.contracts.blocks import (
    Blocks,
    blocks_between,
    chosen_runs,
    contracts_on_offer,
    in_block,
)
from advisor.costing.options.contracts.by_month import by_month
from advisor.costing.options.contracts.contract import Contract, is_sold
from advisor.costing.options.contracts.subletting import FILL_INPUTS, TIME_TO_LET, capped_share
from advisor.costing.options.hourly_rental import on_demand_depends_on
from advisor.market.forecast_inputs import rents_id

_CHOICE_INPUTS = (
    *FILL_INPUTS,
    TIME_TO_LET,
    "rental.support_share",
    "rental.goodput_loss_share",
    "rental.on_demand_max_nodes",
)


def choice_depends_on(case: Case) -> tuple[str, ...]:
    """The inputs of a choice between on demand and contracts, besides the rates of the contracts."""
    outlook = rents_id(case.assumptions.gpu.id)
    return *on_demand_depends_on(case), *case.sublet_depends_on, *_CHOICE_INPUTS, outlook


def schedule_of(case: Case, contract: Contract, least_terms: int = 1) -> tuple[tuple[Blocks, ...], tuple[str, ...]]:
    """The whole terms of a contract, and what serves the rest of each plan, as blocks of other contracts.

    Args:
        case: the question.
        contract: of the whole terms.
        least_terms: how many are signed even where the plan is shorter.

    Returns:
        The blocks, of at least one contract and all over the same months, the whole terms first; and the inputs of the
        choice for the rest.

    """
    demand, rest = case.demand, _rest_of(case, contract.term_months, least_terms)
    main = blocks_between(case, contract, np.full(rest.begin.shape, demand.start_month), rest.begin)
    if (rest.begin >= rest.end).all():
        return (main,), ()
    shorter = [one for one in contracts_on_offer(case) if one.term_months < contract.term_months]
    ways = [_contract_for(case, one, rest) for one in (contract, *shorter)]
    usd = [_on_demand_for(case, rest), *(cost for _, cost in ways)]
    choice = np.argmin(usd if case.plans == () else np.broadcast_arrays(*usd), axis=0)
    runs = chosen_runs([one for one, _ in ways], range(1, len(usd)), choice, demand.peak.shape)
    months = max(main.months, *(one.months for one in runs), 0)
    offers = (name for one, _ in ways for name in (*one.contract.depends_on, *one.contract.right_depends_on))
    inputs = choice_depends_on(case)
    return (main.over(months), *(one.over(months) for one in runs)), (*inputs, *offers)


@dataclass(frozen=True, eq=False)
class _Rest:
    """The months of a plan after its last whole term, from `begin` to before `end` (...); none where begin >= end."""

    begin: Months
    end: Months


@lru_cache(maxsize=64)  # the prepaid contract of a term leaves the same rest
def _rest_of(case: Case, term_months: int, least_terms: int) -> _Rest:
    demand = case.demand
    lengths = _one_if_equal(demand.lengths)
    whole_terms = np.maximum((lengths - demand.start_month) // term_months, least_terms)
    begin = np.asarray(demand.start_month + whole_terms * term_months)
    return _rest_of_all(case, int(begin), int(lengths)) if lengths.ndim == 0 else _Rest(begin, lengths)


@lru_cache(maxsize=64)  # the same object for terms that end in the same month
def _rest_of_all(case: Case, begin: int, end: int) -> _Rest:
    return _Rest(np.asarray(begin), np.asarray(end))


def _one_if_equal(lengths: Months) -> Months:
    """One number where all plans are equally long, which is quicker."""
    if lengths.ndim and (lengths == lengths.flat[0]).all():
        return np.asarray(lengths.flat[0])
    return lengths


@lru_cache(maxsize=64)  # contracts of several terms, prepaid or not, leave the same rest
def _contract_for(case: Case, contract: Contract, rest: _Rest) -> tuple[Blocks, Floats]:
    """The blocks of a contract over the rest of a plan, and what they cost."""
    blocks = blocks_between(case, contract, rest.begin, np.maximum(rest.end, rest.begin))
    return blocks, contract_gpu_hours(case, blocks, rest.begin, rest.end)


@lru_cache(maxsize=16)  # as above
def _on_demand_for(case: Case, rest: _Rest) -> Floats:
    """The same on demand."""
    return on_demand_gpu_hours(case, rest.begin, rest.end)


def on_demand_gpu_hours(case: Case, begin: Months, end: Months) -> Floats:
    """What the months from `begin` to before `end` cost on demand; infinite without a market for the jobs of then.

    Returns:
        Expected GPU-hours at today's list price (...).

    """
    known, rental = by_month(case), case.assumptions.rental
    month = np.arange(known.rents.shape[-1])
    within = (month >= begin[..., None]) & (month < end[..., None])
    reached = in_block(known.unchanged, np.asarray(begin)[..., None])
    unchanged, bill, bill_after = (one[..., : month.size] for one in (known.unchanged, known.bill, known.bill_after))
    billed = unchanged * bill + (reached - unchanged) * bill_after
    usd = np.where(within, known.rents * billed, 0.0)
    no_market = largest_job_between(case, begin, end) > whole_of_plan(rental.on_demand_max_nodes)
    extra = of_plan(1 + rental.support_share + rental.goodput_loss_share)
    return np.where(no_market, np.inf, usd.sum(axis=-1) * extra)


def contract_gpu_hours(case: Case, blocks: Blocks, begin: Months, end: Months) -> Floats:
    """What they cost under a contract; infinite where its term is not sold for the jobs of then.

    Idle hours are sublet, and what a change of plan leaves is rented once no block runs.

    Args:
        case: the question.
        blocks: the blocks from `begin` to at least `end`.
        begin: the first month (...).
        end: the month after the last that is needed (...).

    Returns:
        Expected GPU-hours at today's list price (...).

    """
    known, months, rental = by_month(case), blocks.months, case.assumptions.rental
    first = int(begin.min()) if begin.size else 0
    part = slice(first, months)
    unchanged, taken, taken_after, bill_after, rents, gap_fill = (
        values[..., part]
        for values in (
            known.unchanged, known.taken, known.taken_after, known.bill_after, known.rents, known.fill.in_use
        )
    )  # fmt: skip
    block, nodes = blocks.block[..., part], blocks.nodes[..., part]
    signed = in_block(known.unchanged, block)
    reached = in_block(known.unchanged, np.asarray(begin)[..., None])
    tenant_since = np.maximum(np.arange(first, months) - whole(rental.months_to_let), block)
    let_since = in_block(known.unchanged, tenant_since)
    extra, capacity = 1 + rental.support_share + rental.goodput_loss_share, case.demand.node_hours * nodes
    share = capped_share(case, blocks.contract.sublet_right, blocks.rate_share[..., part])
    idle = unchanged * gap_fill * (capacity - taken)
    freed_fill = (signed - let_since) * known.fill.freed[..., part] + (let_since - unchanged) * known.fill.searching[
        ..., part
    ]
    let = share * (idle + freed_fill * (capacity - taken_after))
    paid = signed * _rents_agreed(case, blocks.contract, block) * blocks.monthly[..., part] * extra
    cost = paid + rents * ((reached - signed) * bill_after * extra - let)
    total = np.where(block >= 0, cost, 0.0).sum(axis=-1)
    return np.where(is_sold(blocks.contract, largest_job_between(case, begin, end)), total, np.inf)


def _rents_agreed(case: Case, contract: Contract, block: Months) -> Floats:
    """Expected rents in the month of signing, as multiples of today's: an offer in hand fixes today's. As `block`."""
    rents = by_month(case).rents
    today = (block == case.demand.start_month) & (case.decided_month == 0) & contract.final
    return np.where(today, rents[..., :1], in_block(rents, block))


def largest_job_between(case: Case, begin: Months, end: Months) -> Floats:
    """The largest job from month `begin` to before `end`. (...)."""
    jobs = case.demand.alive_shape.fabric_nodes
    month = np.arange(jobs.shape[-1])
    within = (month >= begin[..., None]) & (month < end[..., None])
    return np.asarray(np.where(within, jobs, 0.0).max(axis=-1))
