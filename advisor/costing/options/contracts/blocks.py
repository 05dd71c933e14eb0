"""Blocks of a contract, one after another: when each is signed, for how many nodes, and at which rate.

Source: docs/model.md#reserved
"""

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from advisor.array_types import ROUNDING_TOLERANCE, Bools, Floats, Months, at_months, of_row
from advisor.costing.case import Case
from advisor.costing.cost_table import padded
from advisor.costing.discounts import volume_discount_share
from advisor.costing.options.contracts.contract import Contract, contracts_of, together
from advisor.costing.rates import LONGEST_TABLE_MONTHS
from advisor.values.kept import kept
from advisor.values.quick_dataclass import dataclass, replace

_HOURS_OF_A_DAY = 24


@dataclass(frozen=True, eq=False)
class Blocks:
    """The blocks of one contract. Arrays (..., months), or (months,) where they are the same in all plans.

    Attributes:
        block: The month in which the running block was signed, -1 outside blocks.
        nodes: Under contract.
        rate_share: The rate as a share of the list price at signing, volume discount included.
        monthly: What a month of the running block costs at that rate, in GPU-hours at the list price at signing.
        part: The share of each month that is under contract, None for all of it.
    """

    contract: Contract
    block: Months
    nodes: Floats
    rate_share: Floats
    monthly: Floats
    part: Floats | None = None

    @property
    def months(self) -> int:
        """How many months there are."""
        return int(self.block.shape[-1])

    @cached_property
    def under_contract(self) -> Bools:
        """Months under contract."""
        return np.asarray(self.block >= 0)

    @property
    def mean_rate_share(self) -> Floats:
        """The rate over the whole term, free and cheaper months included. (..., months)."""
        return self.rate_share * self.contract.clauses.mean_price_share

    @cached_property
    def elapsed(self) -> Months:
        """Months since the running block was signed."""
        return np.where(self.under_contract, np.arange(self.months) - self.block, 0)

    @cached_property
    def due(self) -> Floats:
        """What each month costs by the clauses of the contract, as `monthly`. (..., months)."""
        shares = self.contract.clauses.month_shares
        return self.monthly if shares is None else self.monthly * at_months(shares, self.elapsed)

    def left(self, elapsed: int | Months) -> Floats:
        """What is due from a month of the term on, in months at the rate. elapsed: 0 to the term, (..., months)."""
        shares = self.contract.clauses.month_shares
        if shares is None:
            return np.asarray(self.contract.terms - elapsed, dtype=float)
        nothing = np.zeros((*shares.shape[:-1], 1))
        left = np.concatenate([shares[..., ::-1].cumsum(axis=-1)[..., ::-1], nothing], axis=-1)
        return at_months(left, np.atleast_1d(elapsed))

    @cached_property
    def paid_nodes(self) -> Floats:
        """Nodes whose hours are paid for, a part of them where only a part of the month is. (..., months)."""
        return self.nodes if self.part is None else self.nodes * self.part

    def over(self, months: int) -> "Blocks":
        """The same blocks over more months, or over fewer if no block is cut off."""
        if months == self.months:
            return self
        if months < self.months:
            return self._each(lambda values: values[..., :months])
        beyond = np.full((*self.block.shape[:-1], months - self.months), -1)
        block = np.concatenate([self.block, beyond], axis=-1)
        return replace(self._each(lambda values: padded(values, months)), block=block)

    def of_row(self, row: int, months: int) -> "Blocks":
        """The blocks of one of many rows of one plan, which holds none after some months."""
        alone = self._each(lambda values: of_row(values, row)[:months])
        return replace(alone, contract=self.contract.of_row(row)).over(months)

    def where(self, held: Bools) -> "Blocks":
        """Only the blocks of some months. held: (..., months)."""
        nodes, rate, monthly = (np.where(held, one, 0.0) for one in (self.nodes, self.rate_share, self.monthly))
        return Blocks(self.contract, np.where(held, self.block, -1), nodes, rate, monthly, self.part)

    def _each(self, change: Callable[[Any], Any]) -> "Blocks":
        """The same blocks with a change to every array."""
        known = ((name, getattr(self, name)) for name in ("block", "nodes", "rate_share", "monthly", "part"))
        return replace(self, **{name: change(values) for name, values in known if values is not None})


def blocks_between(case: Case, contract: Contract, begin: Months, end: Months) -> Blocks:
    """Blocks of a contract one after another from `begin` until at least `end`, for the most nodes wanted meanwhile.

    Args:
        case: the question.
        contract: what is signed.
        begin: the first month (...).
        end: the month after the last that is needed, not before `begin` (...).
    """
    block, nodes, volume = _laid_out(case, contract.terms, begin, end)
    rate = contract.rate_share * (1.0 - volume * (not contract.final))
    if contract.final:
        nodes = np.where(block >= 0, contract.signed_nodes(nodes), 0.0)
    monthly = rate * nodes * case.demand.node_hours
    booked = _booked(case, contract, block.shape[-1])
    if booked is None:
        return Blocks(contract, block, nodes, rate, monthly)
    count, covered = booked
    return Blocks(contract, block, nodes, rate, monthly * count, covered)


def _booked(case: Case, contract: Contract, months: int) -> tuple[Floats, Floats] | None:
    """The result of `blocks_of_days` over some months; None for a contract in months."""
    days = contract.clauses.block_days
    if days is None:
        return None
    count, covered = (padded(one, months)[..., :months] for one in blocks_of_days(case, days))
    return count, covered


@kept(maxsize=16)  # for every stretch of the plan that they may serve
def blocks_of_days(case: Case, days: int) -> tuple[Floats, Floats]:
    """How many blocks of some days are booked in each month, one after another, and the share of the month that they
    cover. Both (..., months)."""
    month_days = case.assumptions.rental.hours_per_month / _HOURS_OF_A_DAY
    active = padded(case.demand.alive.active_share, LONGEST_TABLE_MONTHS)
    needed = np.ceil(np.cumsum(active * month_days, axis=-1) / days - ROUNDING_TOLERANCE)
    count = np.diff(needed, axis=-1, prepend=0.0)
    return count, np.maximum(np.minimum(count * days / month_days, 1.0), active)


def _laid_out(case: Case, terms: int | Months, begin: Months, end: Months) -> tuple[Months, Floats, Floats]:
    """Month of signing, nodes and volume discount of blocks one after another. Each (..., months)."""
    first = begin[..., None]
    last = first + -(-(end[..., None] - first) // terms) * terms
    month = np.arange(max(case.demand.months, int(last.max())))
    block = np.where((month >= first) & (month < last), first + (month - first) // terms * terms, -1)
    inside = block >= 0
    most, volume = signed_in_month(case, terms, block * inside)
    return block, most * inside, volume * inside


def signed_in_month(case: Case, terms: int | Months, month: Months) -> tuple[Floats, Floats]:
    """The nodes of a block that is signed in some months, and their volume discount. (..., months)."""
    if not isinstance(terms, np.ndarray):
        most, volume = _signed_for(case, terms)
        return at_months(most, month), at_months(volume, month)
    each = tuple(sorted(set(terms.ravel().tolist())))
    row = np.searchsorted(each, terms)
    row = row * case.plans[0] + np.arange(*case.plans)[:, None] if case.plans else row
    at = row * LONGEST_TABLE_MONTHS + month  # quicker than an index for each axis
    most, volume = (values.take(at) for values in _signed_for_each(case, each))
    return most, volume


@kept(maxsize=2)  # for a stretch of the plans that several contracts may serve, one after another; large
def _signed_for_each(case: Case, terms: tuple[int, ...]) -> tuple[Floats, Floats]:
    """The results of `_signed_for` for several terms. (terms, ..., months)."""
    most, volume = zip(*(_signed_for(case, term) for term in terms), strict=True)
    return np.array(most), np.array(volume)


@kept(maxsize=16)  # for every stretch of the plans that a contract may serve
def _signed_for(case: Case, term_months: int) -> tuple[Floats, Floats]:
    """The nodes of a block that is signed in each month, and their volume discount. (..., months)."""
    most = most_in_terms(case.demand.alive.nodes, term_months, case.demand.months)
    volume = volume_discount_share(most, case.assumptions.rental)  # a logarithm, of no more months than there are nodes
    return padded(most, LONGEST_TABLE_MONTHS), padded(volume, LONGEST_TABLE_MONTHS)


def most_in_terms(values: Floats, terms: int | Months, months: int) -> Floats:
    """The largest of `values` in the term that begins in each month. (..., months)."""
    if isinstance(terms, np.ndarray):
        each = sorted(set(terms.ravel().tolist()))
        found = np.array([most_in_terms(values, term, months) for term in each])
        row = np.searchsorted(each, terms[..., 0])
        return np.asarray(found[row, np.arange(len(values))] if values.ndim > 1 else found[row])
    most, covered = padded(values, months + terms), 1
    while covered < terms:  # each step covers up to twice as many months
        step = min(covered, terms - covered)
        most = np.maximum(most[..., :-step], most[..., step:])
        covered += step
    return np.asarray(most[..., :months])


def in_block(values: Floats, block: Months) -> Floats:
    """The value of the month in which the running block was signed, that of month 0 outside blocks. (..., months)."""
    return at_months(values, np.maximum(block, 0))


@kept(maxsize=16)  # asked for once a term
def contracts_on_offer(case: Case) -> tuple[Contract, ...]:
    """The contracts that may serve any stretch of the plan, the longest first."""
    peak = case.demand.peak
    usable = (one for one in contracts_of(case) if not one.start_month and np.all(one.most_nodes >= peak))
    return tuple(sorted(usable, key=lambda one: -one.term_months))


def chosen_blocks(
    case: Case, contracts: Sequence[Contract], choice: Months, begin: Months, end: Months
) -> Iterator[Blocks]:
    """The blocks of the contracts that are chosen: of many plans or rows those of the price list together.

    Args:
        case: the question.
        contracts: what can be chosen.
        choice: the number of the one that is chosen, -1 for none of them (...).
        begin: the first month (...).
        end: as there; where it is before `begin`, nothing is needed (...).
    """
    if choice.ndim == 0:
        if choice >= 0:
            yield blocks_between(case, contracts[int(choice)], begin, np.maximum(end, begin))
        return
    offered = np.array([one.final for one in contracts])[choice] & (choice >= 0)
    listed = ~offered & (choice >= 0)
    if listed.any():
        chosen = together(contracts, choice, case.assumptions.rental)
        yield blocks_between(case, chosen, begin, np.where(listed, np.maximum(end, begin), begin))
    for number in set(choice[offered].tolist()):
        until = np.where(choice == number, np.maximum(end, begin), begin)
        yield blocks_between(case, contracts[number], begin, until)


@kept(maxsize=8)  # asked for once a contract
def leaves_what_cannot_be_rented(case: Case) -> bool:
    """Whether a change of plan ever leaves a job too large for the on-demand market."""
    return bool((case.demand.after_shape.fabric_nodes > case.assumptions.rental.on_demand_max_nodes).any())


def kept_after_a_change(case: Case, run: Blocks) -> Blocks | None:
    """The blocks in which a change of plan leaves a job too large for the on-demand market: it stays under contract.

    Each is then signed for what is left. None where there is no such block.
    """
    if not leaves_what_cannot_be_rented(case):
        return None
    most, left = case.assumptions.rental.on_demand_max_nodes, case.demand.after_shape.fabric_nodes
    term, demand = run.contract.terms, case.demand
    held = (in_block(most_in_terms(left, term, run.months), run.block) > most) & run.under_contract
    if not held.any():
        return None
    nodes = run.contract.signed_nodes(in_block(most_in_terms(demand.after.nodes, term, run.months), run.block))
    volume = volume_discount_share(nodes, case.assumptions.rental) * (not run.contract.final)
    rate = run.contract.rate_share * (1.0 - volume)
    booked = _booked(case, run.contract, run.months)
    monthly = rate * nodes * demand.node_hours * (1.0 if booked is None else booked[0])
    return replace(run, nodes=nodes, rate_share=rate, monthly=monthly).where(held)
