"""What a contract lets its holder decide later: to leave it, a rate that is reset when the market is lower, and an
extension.

Each right is the difference that using it makes, and is used by how rents have moved by then; what is decided on one
does not change another, so that they add up.

Source: docs/model.md#clauses
"""

from collections.abc import Iterator
from functools import reduce

import numpy as np

from advisor.array_types import Bools, Months, as_amount, of_plan
from advisor.costing.case import Case
from advisor.costing.changed_tables import stretched, summed
from advisor.costing.cost_table import Basis, ByPlanState, CostTable, padded
from advisor.costing.line_writer import LineWriter
from advisor.costing.option import Right
from advisor.costing.options.contracts.blocks import Blocks, blocks_between
from advisor.costing.options.contracts.cheapest_way import serving
from advisor.costing.options.contracts.clauses import Clauses
from advisor.costing.options.contracts.contract import starts_in
from advisor.costing.options.contracts.cost_lines import Deal, installments
from advisor.costing.options.contracts.leaving import (
    TERMINATION_FEE,
    add_leaving,
    add_leaving_before_start,
    leave_of,
)
from advisor.costing.rates import Timing
from advisor.values.quick_dataclass import replace


def leaving(deal: Deal, kept: CostTable) -> Right | None:
    """The right to pay a fee and leave when the plan changes, instead of paying on.

    Each contract is left on its own terms: one whose fee is all that is owed anyway runs on, since hours that are paid
    for can be sublet. None where all do. What a change leaves and could be served by this contract only cannot be left.
    kept: the table of the option, which may be longer than that of the contracts.
    """
    case, demand = deal.case, deal.case.demand
    may_leave = [_may_be_left(case, run) for run in deal.runs]
    needed = [np.asarray(run.under_contract.any(axis=-1)) for run in deal.kept]
    free = reduce(np.logical_or, may_leave) & ~reduce(np.logical_or, needed, np.zeros((), dtype=bool))
    if not free.any():
        return None
    deal = replace(deal, runs=tuple(run.where(one[..., None]) for run, one in zip(deal.runs, may_leave, strict=True)))
    table = _left(deal)
    now = np.minimum(np.arange(1, demand.months + 1), deal.months - 1)
    since = np.minimum(table.signed_in[..., now], now)
    begins = (deal.block[..., now] < 0) | (deal.block[..., now] == now)  # then only what starts later is left
    since = np.where(deal.waiting[..., now] & begins, deal.today, since)
    return Right(stretched(_where(np.asarray(free), table), kept.months), now, since)


def _may_be_left(case: Case, run: Blocks) -> Bools:
    """Whether leaving a contract costs less than all that is owed. (...)."""
    leave = leave_of(case, run.contract)
    return np.asarray((of_plan(leave.fee_share) < 1) | (leave.refund_share > 0))


def _left(deal: Deal) -> CostTable:
    """What it adds to leave the contracts of a deal, all of which may be left."""
    demand, rental = deal.case.demand, deal.case.assumptions.rental
    writer = LineWriter(deal.months, demand, depends_on=(TERMINATION_FEE,), axes=deal.axes)
    add_leaving(writer, deal)
    table = writer.table(rental, deal.gone_by, signed_in(deal))
    if not deal.waiting.any():
        return table
    before = LineWriter(deal.months, demand, depends_on=(TERMINATION_FEE,), axes=deal.axes)
    add_leaving_before_start(before, deal)
    return summed([table, before.table(rental, deal.gone_by, np.full(deal.months, deal.today))])


def signed_in(deal: Deal) -> Months:
    """The month whose rents a block is priced at: today's, of an offer in hand."""
    offered = any(one.contract.final for one in deal.runs)
    return np.where(deal.firm, 0, deal.gone_by) if offered else deal.gone_by


def re_ratings(deal: Deal, kept: CostTable) -> Iterator[Right]:
    """The right to pay the lower price at each re-rating, for the months until the next. kept: the table of the option,
    which may be longer than that of the contracts."""
    for run in deal.runs:
        clauses, term = run.contract.clauses, run.contract.term_months
        if not clauses.rerate_months:
            continue
        for begin in sorted(set(run.block[run.under_contract].tolist())):
            for month in range(begin + clauses.rerate_months, begin + term, clauses.rerate_months):
                right = _re_rating(deal, run, begin, month)
                yield replace(right, table=stretched(right.table, kept.months))


def _re_rating(deal: Deal, run: Blocks, begin: int, month: int) -> Right:
    case, clauses, months = deal.case, run.contract.clauses, np.arange(deal.months)
    here = (run.block == begin) & (months >= month) & (months < month + clauses.rerate_months)
    active, running = (here * installments(case, run, need) for need in (case.demand.alive, case.demand.after))
    rate = run.rate_share[..., begin]
    lower = np.asarray(of_plan(clauses.reset_share) / np.where(rate > 0, rate, 1.0))
    since = signed_in(deal)[..., begin : begin + 1]
    tables = []
    for share, priced_in in ((-1.0, since), (lower[..., None], np.array([month]))):
        writer = LineWriter(deal.months, case.demand, axes=deal.axes)
        due = ByPlanState(active=share * active, winding_down=share * running)
        names = (*run.contract.depends_on, *clauses.reset_depends_on)
        writer.add("committed", Basis.SIGNED, due, timing=Timing.IN_ADVANCE, depends_on=names)
        priced = np.broadcast_to(priced_in, (*priced_in.shape[:-1], deal.months))
        tables.append(writer.table(case.assumptions.rental, deal.gone_by, priced))
    return Right(summed(tables), np.full_like(since, month), since, -np.log(lower))


def extended(deal: Deal) -> Deal | None:
    """The contracts if the first is extended at its end; None without that right, or when the plan is over by then."""
    case, main = deal.case, deal.runs[0]
    contract, extra = main.contract, main.contract.clauses.extension_months
    end = starts_in(case, contract) + contract.term_months
    if not extra or not _may_extend(deal).any():
        return None
    longer = replace(
        contract,
        term_months=extra,
        prepaid_share=0.0,
        least_nodes=as_amount(main.nodes[..., end - 1]),
        clauses=Clauses(
            indexed_share=contract.clauses.indexed_share, sla_credit_share=contract.clauses.sla_credit_share
        ),
    )
    first, *before = (run.where((run.block >= 0) & (run.block < end)) for run in deal.runs)
    more = blocks_between(case, longer, np.asarray(end), np.asarray(end + extra))
    rest, inputs = serving(case, contract, np.full(case.plans, end + extra))
    runs = [first, more, *(run for run in before if run.under_contract.any()), *rest]
    months = max(one.months for one in runs)
    return Deal(case, tuple(one.over(months) for one in runs), (*deal.inputs, *inputs))


def _may_extend(deal: Deal) -> Bools:
    """In which plans the first contract may be extended: those that go on, and need no more nodes meanwhile. (...)."""
    demand, contract = deal.case.demand, deal.runs[0].contract
    end = starts_in(deal.case, contract) + contract.term_months
    until = end + contract.clauses.extension_months
    wanted = padded(demand.alive.nodes, until)[..., end:until].max(axis=-1)
    return np.asarray((end < demand.lengths) & (wanted <= deal.runs[0].nodes[..., end - 1]))


def extension(deal: Deal, kept: CostTable, made: CostTable) -> Right:
    """The right to extend, which is used if going on so is then expected to cost less. made: the table with the
    extension."""
    start = starts_in(deal.case, deal.runs[0].contract)
    since = kept.signed_in[..., start : start + 1]
    added = _where(_may_extend(deal), summed([made, _negative(kept)]))
    return Right(added, np.full_like(since, start + deal.runs[0].contract.term_months), since)


def priced_with_first(longer: Deal) -> Months:
    """The months whose rents the contracts are priced at: those of the extension like those of the first term."""
    first, more, *_ = longer.runs
    start, priced_in = starts_in(longer.case, first.contract), signed_in(longer)
    return np.where(more.under_contract, priced_in[..., start : start + 1], priced_in)


def _negative(table: CostTable) -> CostTable:
    return replace(table, coefficients=-table.coefficients, beside=tuple(map(_negative, table.beside)))


def _where(plans: Bools, table: CostTable) -> CostTable:
    """The table in some plans, nothing in the others. plans: (...)."""
    if plans.all():
        return table
    coefficients = table.coefficients * plans[..., None]
    return replace(table, coefficients=coefficients, beside=tuple(_where(plans, one) for one in table.beside))
