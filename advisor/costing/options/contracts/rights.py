"""What a contract lets its holder decide later: a rate that is reset when the market is lower, and an extension.

Each right is the difference that using it makes, and is used by how rents have moved by then; what is decided on one
does not change another, so that they add up.

Source: docs/model.md#clauses
"""

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from advisor.array_types import Months
from advisor.costing.cost_table import Basis, ByPlanState, CostTable, padded, summed
from advisor.costing.line_writer import LineWriter
from advisor.costing.option import Choice, Right
from advisor.costing.options.contracts.blocks import Blocks, blocks_between
from advisor.costing.options.contracts.cheapest_way import serving
from advisor.costing.options.contracts.clauses import Clauses
from advisor.costing.options.contracts.contract import starts_in
from advisor.costing.options.contracts.cost_lines import Deal, instalments
from advisor.costing.rates import Timing


def re_ratings(deal: Deal, kept: CostTable) -> Iterator[Right]:
    """The right to pay the lower price at each re-rating, for the months until the next.

    Args:
        deal: The contracts, of one plan.
        kept: Their table.
    """
    for run in deal.runs:
        clauses, term = run.contract.clauses, run.contract.term_months
        if not clauses.rerate_months:
            continue
        for begin in sorted(set(run.block[run.under_contract].tolist())):
            for month in range(begin + clauses.rerate_months, begin + term, clauses.rerate_months):
                yield _re_rating(deal, run, kept, begin, month)


def _re_rating(deal: Deal, run: Blocks, kept: CostTable, begin: int, month: int) -> Right:
    case, clauses, months = deal.case, run.contract.clauses, np.arange(kept.months)
    here = (run.block == begin) & (months >= month) & (months < month + clauses.rerate_months)
    used, used_after = (padded(need.billed_gpu_hours, kept.months) for need in (case.demand.alive, case.demand.after))
    active, running = (here * instalments(case, run, hours) for hours in (used, used_after))
    lower = float(clauses.reset_share / run.rate_share[begin])
    since = int(kept.signed_in[begin])
    tables = []
    for share, priced_in in ((-1.0, since), (lower, month)):
        writer = LineWriter(kept.months, case.demand)
        due = ByPlanState(active=share * active, winding_down=share * running)
        names = (*run.contract.depends_on, *clauses.reset_depends_on)
        writer.add("committed", Basis.SIGNED, due, timing=Timing.IN_ADVANCE, depends_on=names)
        tables.append(writer.table(case.assumptions.rental, kept.gone_by, np.full(kept.months, priced_in)))
    return _right(summed(tables), month, since, case.demand.months, cut=-math.log(lower))


def _right(used: CostTable, now: int, since: int, plan_months: int, cut: float | None = None) -> Right:
    """A right that is used in one month, or not. cut: see `Right`."""
    unused = replace(used, coefficients=0 * used.coefficients, beside=())
    when = np.full(plan_months, now)
    return Right(Choice((unused, used), ("not used", "used"), when, np.full_like(when, since)), cut)


def extended(deal: Deal) -> Deal | None:
    """The contracts if the first is extended at its end; None without that right, or when the plan is over by then."""
    case, main = deal.case, deal.runs[0]
    contract, extra = main.contract, main.contract.clauses.extension_months
    end = starts_in(case, contract) + contract.term_months
    length = int(case.demand.lengths)
    if not extra or end >= length:
        return None
    wanted = padded(case.demand.alive.nodes, end + extra)[end : end + extra].max()
    nodes = main.nodes[end - 1]
    if wanted > nodes:
        return None
    longer = replace(
        contract,
        term_months=extra,
        prepaid_share=0.0,
        least_nodes=nodes,
        clauses=Clauses(
            indexed_share=contract.clauses.indexed_share, sla_credit_share=contract.clauses.sla_credit_share
        ),
    )
    first = main.where((main.block >= 0) & (main.block < end))
    more = blocks_between(case, longer, np.asarray(end), np.asarray(end + extra))
    before = [run for run in deal.runs[1:] if run.under_contract.argmax() < end]
    rest, inputs = serving(case, contract, end + extra, length)
    runs = [first, more, *before, *rest]
    months = max(one.months for one in runs)
    return Deal(case, tuple(one.over(months) for one in runs), (*deal.inputs, *inputs))


def extension(deal: Deal, kept: CostTable, made: CostTable) -> Right:
    """The right to extend, which is used if going on so is then expected to cost less.

    Args:
        deal: The contracts without the extension.
        kept: Their table.
        made: The table with the extension.
    """
    contract = deal.runs[0].contract
    end = starts_in(deal.case, contract) + contract.term_months
    since = int(kept.signed_in[starts_in(deal.case, contract)])
    return _right(summed([made, _negative(kept)]), end, since, deal.case.demand.months)


def priced_with_first(deal: Deal, longer: Deal, signed_in: Months) -> Months:
    """The months whose rents the contracts are priced at: those of the extension like those of the first term."""
    contract, more = deal.runs[0].contract, longer.runs[1]
    return np.where(more.under_contract, signed_in[starts_in(deal.case, contract)], signed_in)


def _negative(table: CostTable) -> CostTable:
    return replace(table, coefficients=-table.coefficients, beside=tuple(map(_negative, table.beside)))
