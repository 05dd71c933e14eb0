"""When the contracts of a reservation run: whole terms, and then what is cheapest for the rest of the plan.

The rest of a plan after its last whole term is rented on demand where that market exists, reserved for a shorter term
that is sold for the size, or reserved for one more whole term that overruns the plan and is sublet.

Source: docs/model.md#reserved
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from advisor.array_types import Bools, Floats, Months
from advisor.costing.case import Case
from advisor.costing.cost_table import padded
from advisor.costing.discounts import volume_discount_share
from advisor.costing.options.contract import Contract, contract_for, is_sold
from advisor.costing.options.hourly_rental import on_demand_depends_on, on_demand_multiple
from advisor.costing.options.subletting import FILL_INPUTS, TIME_TO_LET, capped_share, fills
from advisor.market.terms import TERMS_MONTHS

_SURCHARGES = ("rental.support_share", "rental.goodput_loss_share", "rental.on_demand_max_nodes")


@dataclass(frozen=True, eq=False)
class Blocks:
    """The blocks of one contract. Arrays (..., months).

    block: the month in which the running block was signed, -1 outside blocks; nodes: under contract; rate_share: the
    rate as a share of the list price at signing, volume discount included; monthly: what a month of the running block
    costs, in GPU-hours at the list price at signing.
    """

    contract: Contract
    block: Months
    nodes: Floats
    rate_share: Floats
    monthly: Floats

    @property
    def months(self) -> int:
        """How many months there are."""
        return int(self.block.shape[-1])

    @property
    def under_contract(self) -> Bools:
        """Months under contract."""
        return np.asarray(self.block >= 0)

    @property
    def elapsed(self) -> Months:
        """Months since the running block was signed."""
        return np.where(self.under_contract, np.arange(self.months) - self.block, 0)

    def over(self, months: int, plans: Bools | None = None) -> "Blocks":
        """The same over more months, for some of the plans only."""
        if months == self.months and (plans is None or plans.all()):
            return self
        block = np.full((*self.block.shape[:-1], months), -1)
        block[..., : self.months] = self.block if plans is None else np.where(plans[..., None], self.block, -1)
        within = block >= 0
        nodes, rate, monthly = (within * padded(one, months) for one in (self.nodes, self.rate_share, self.monthly))
        return Blocks(self.contract, block, nodes, rate, monthly)


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
    demand, term = case.demand, contract.term_months
    whole = np.maximum((demand.lengths - demand.start_month) // term, least_terms)
    end = np.asarray(demand.start_month + whole * term)
    main = _blocks(case, contract, np.full(end.shape, demand.start_month), end)
    if (end >= demand.lengths).all():
        return (main,), ()
    costed = [_costed(case, one, end) for one in _contracts_for_the_rest(case, contract)]
    rest, usd = [one for one, _ in costed], [_on_demand_cost(case, end), *(cost for _, cost in costed)]
    best = np.argmin(usd, axis=0)
    chosen = [(one, best == at) for at, one in enumerate(rest, start=1) if (best == at).any()]
    months = max(main.months, *(one.months for one, _ in chosen), 0)
    inputs = (*on_demand_depends_on(case), *case.sublet_depends_on, *FILL_INPUTS, TIME_TO_LET, *_SURCHARGES)
    offers = (name for one in rest for name in (*one.contract.depends_on, *one.contract.right_depends_on))
    return (main.over(months), *(one.over(months, plans) for one, plans in chosen)), (*inputs, *offers)


def _costed(case: Case, contract: Contract, begin: Months) -> tuple[Blocks, Floats]:
    """The blocks of a contract from month `begin` to the end of each plan, and what they cost: see `_contract_cost`."""
    if begin.ndim == 0:
        return _costed_for_one(case, contract, int(begin))
    blocks = _blocks(case, contract, begin, case.demand.lengths)
    return blocks, _contract_cost(case, blocks, begin)


@lru_cache(maxsize=64)  # contracts of several terms, prepaid or not, end in the same month
def _costed_for_one(case: Case, contract: Contract, begin: int) -> tuple[Blocks, Floats]:
    blocks = _blocks(case, contract, np.asarray(begin), case.demand.lengths)
    return blocks, _contract_cost(case, blocks, np.asarray(begin))


def _blocks(case: Case, contract: Contract, begin: Months, end: Months) -> Blocks:
    """Blocks of a contract one after another from `begin` until at least `end`. begin, end: (...)."""
    demand, term = case.demand, contract.term_months
    last = begin + np.maximum(-(-(end - begin) // term), 0) * term
    months = max(demand.months, int(last.max()))
    month = np.arange(months)
    signed = begin[..., None] + (month - begin[..., None]) // term * term
    block = np.where((month >= begin[..., None]) & (month < last[..., None]), signed, -1)
    most = _most_wanted(case, term, months)
    nodes = np.where(block >= 0, np.take_along_axis(most, np.maximum(block, 0), axis=-1), 0.0)
    volume = volume_discount_share(nodes, case.assumptions.rental) * (not contract.final)
    rate = contract.rate_share * (1.0 - volume)
    return Blocks(contract, block, nodes, rate, rate * nodes * demand.node_hours)


@lru_cache(maxsize=64)  # the prepaid contract of a term has the same blocks
def _most_wanted(case: Case, term_months: int, months: int) -> Floats:
    """The most nodes that are wanted in the term that begins in each month. (..., months)."""
    wanted = padded(case.demand.alive.nodes, months + term_months)
    return np.asarray(sliding_window_view(wanted, term_months, axis=-1).max(axis=-1))


def _contracts_for_the_rest(case: Case, contract: Contract) -> Iterator[Contract]:
    """The contract itself, which then overruns the plan, and every shorter one on offer, the longest first."""
    yield contract
    quoted = {quote.months for quote in case.quotes if quote.months is not None}
    for term in sorted({*TERMS_MONTHS, *quoted}, reverse=True):
        shorter = contract_for(case, term) if term < contract.term_months else None
        if shorter is not None:
            yield shorter


def _on_demand_cost(case: Case, begin: Months) -> Floats:
    """What the rest of a plan costs on demand, in GPU-hours at the list price; infinite without a market. (...)."""
    rental, months = case.assumptions.rental, case.demand.months
    bill, bill_after = _on_demand_bills(case, months)
    reached, unchanged = _chances(case, begin, months)
    usd = np.where(np.arange(months) >= begin[..., None], unchanged * bill + (reached - unchanged) * bill_after, 0.0)
    return np.where(_job_of_the_rest(case, begin) > int(rental.on_demand_max_nodes), np.inf, usd.sum(axis=-1))


def _contract_cost(case: Case, blocks: Blocks, begin: Months) -> Floats:
    """What the rest of a plan costs under a contract, in GPU-hours at the list price at signing. (...).

    Idle hours are sublet, and what a change of plan leaves is rented once no block runs; prices are taken to stand
    still over these months. Infinite where the term is not sold.
    """
    demand, rental, months = case.demand, case.assumptions.rental, blocks.months
    reached, unchanged = _chances(case, begin, months)
    signed = np.take_along_axis(unchanged, np.maximum(blocks.block, 0), axis=-1)
    extra = 1 + rental.support_share + rental.goodput_loss_share
    taken, taken_after = (padded(need.occupied_gpu_hours, months) for need in (demand.alive, demand.after))
    gap_fill, free_fill = fills(case, demand, months)
    capacity, share = (
        demand.node_hours * blocks.nodes,
        capped_share(case, blocks.contract.sublet_right, blocks.rate_share),
    )
    idle = unchanged * gap_fill * (capacity - taken)
    freed = (signed - _unchanged_before(case, blocks, unchanged)) * free_fill * (capacity - taken_after)
    cost = signed * blocks.monthly * extra - share * (idle + freed)
    cost = cost + (reached - signed) * _on_demand_bills(case, months)[1]
    total = np.where(blocks.under_contract, cost, 0.0).sum(axis=-1)
    return np.where(is_sold(case, blocks.contract, _job_of_the_rest(case, begin)), total, np.inf)


def _unchanged_before(case: Case, blocks: Blocks, unchanged: Floats) -> Floats:
    """The chance that no change of plan since the running block was signed has found its tenant yet. (..., months)."""
    when = np.maximum(
        np.arange(blocks.months) - int(case.assumptions.rental.months_to_let), np.maximum(blocks.block, 0)
    )
    return np.take_along_axis(unchanged, np.broadcast_to(when, unchanged.shape), axis=-1)


def _job_of_the_rest(case: Case, begin: Months) -> Floats:
    """The largest job from month `begin` on. (...)."""
    jobs = case.demand.alive_shape.fabric_nodes
    return np.asarray(np.where(np.arange(jobs.shape[-1]) >= begin[..., None], jobs, 0.0).max(axis=-1))


@lru_cache(maxsize=64)  # every contract of a case is compared with it
def _on_demand_bills(case: Case, months: int) -> tuple[Floats, Floats]:
    """What the demand costs on demand before and after a change of plan, with extras. GPU-hours (..., months)."""
    rental = case.assumptions.rental
    extra = 1 + rental.support_share + rental.goodput_loss_share
    alive, after = (
        padded(on_demand_multiple(case, need) * need.billed_gpu_hours * extra, months)
        for need in (case.demand.alive, case.demand.after)
    )
    return alive, after


def _chances(case: Case, begin: Months, months: int) -> tuple[Floats, Floats]:
    """The chance that the plan is unchanged when the rest of it begins (..., 1), and in each month (..., months)."""
    unchanged = case.demand.chance_unchanged(months)
    at = np.minimum(begin, months - 1)[..., None]
    return np.take_along_axis(unchanged, at, axis=-1), unchanged
