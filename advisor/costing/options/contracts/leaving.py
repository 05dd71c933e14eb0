"""What it costs to leave contracts when the plan changes: in their term, and before they have begun.

Source: docs/model.md#clauses
"""

import numpy as np

from advisor.array_types import Floats, Months
from advisor.costing.case import Case
from advisor.costing.cost_table import Basis, ByPlanState
from advisor.costing.line_writer import LineWriter
from advisor.costing.options.contracts.blocks import Blocks
from advisor.costing.options.contracts.by_month import by_month
from advisor.costing.options.contracts.clauses import Leave
from advisor.costing.options.contracts.contract import Contract
from advisor.costing.options.contracts.cost_lines import Deal, payment_inputs, payment_lines, sublet
from advisor.costing.options.hourly_rental import on_demand_depends_on
from advisor.costing.rates import Timing

TERMINATION_FEE = "rental.termination_fee_share"


def leave_of(case: Case, contract: Contract) -> Leave:
    """On which terms a contract may be left: its own, else the book's, which may be that all is owed."""
    own = contract.clauses.leave
    return Leave(case.assumptions.rental.termination_fee_share, 0, 0.0) if own is None else own


def add_leaving(writer: LineWriter, deal: Deal) -> None:
    """The extra cost of leaving the contracts when the plan changes: the fee, and the remaining work on demand; less
    the installments, and the income from subletting. Prepaid money is lost except for what the contract refunds.
    """
    for line in payment_lines(writer, deal):
        saved = ByPlanState(0 * line.due.active, winding_down=_negative(line.due.winding_down))
        writer.add(line.component, line.basis, saved, timing=line.timing, depends_on=line.depends_on)
    _add_fee(writer, deal)
    let, inputs = sublet(writer, deal)
    forgone = ByPlanState(0 * let.active, _negative(let.winding_down), on_change=_negative(let.on_change))
    writer.add("idle_resale", Basis.SPOT, forgone, depends_on=inputs)
    bill = deal.under_contract * by_month(deal.case).bill_after[..., : writer.months]
    due = ByPlanState(active=0 * bill, winding_down=bill)
    writer.add("rent", Basis.SPOT, due, depends_on=(*on_demand_depends_on(deal.case), *deal.inputs))


def add_leaving_before_start(writer: LineWriter, deal: Deal) -> None:
    """The fee of an offer that starts later and is left before that: nothing of it is prepaid yet. The writer's table
    is priced at the rents of the day on which the offer is signed."""
    fee = moving = np.zeros((*writer.axes, writer.months))
    for run in deal.runs:
        clauses, start, waiting = run.contract.clauses, run.contract.start_month, deal.waits_for(run)
        if waiting.any():
            owed, _ = _owed(run, leave_of(deal.case, run.contract), np.arange(writer.months) - start)
            unpaid = clauses.least_use_share * owed * run.monthly[..., start : start + 1] * waiting
            fee = fee + (1 - clauses.indexed_share) * unpaid
            moving = moving + clauses.indexed_share * unpaid
    _add(writer, deal, fee, moving)


def _negative(values: Floats | None) -> Floats | None:
    return None if values is None else -values


def _add_fee(writer: LineWriter, deal: Deal) -> None:
    """The cost of leaving during the term: the installments of the notice period and a share of those after it, less
    the refund."""
    fee = moving = np.zeros((*writer.axes, writer.months))
    for run in deal.runs:
        clauses, leave = run.contract.clauses, leave_of(deal.case, run.contract)
        prepaid_share, (owed, beyond) = run.contract.prepaid_share, _owed(run, leave, run.elapsed)
        unpaid = clauses.least_use_share * (1 - prepaid_share) * owed
        back = leave.refund_share * prepaid_share * clauses.least_use_share * beyond
        signed = run.monthly * (run.elapsed > 0)  # a block that would begin in the month of the change is not signed
        fee = fee + ((1 - clauses.indexed_share) * unpaid - back) * signed
        moving = moving + clauses.indexed_share * unpaid * signed
    _add(writer, deal, fee, moving)


def _add(writer: LineWriter, deal: Deal, fee: Floats, moving: Floats) -> None:
    from_book = any(run.contract.clauses.leave is None for run in deal.runs)
    inputs = (*payment_inputs(deal), *((TERMINATION_FEE,) if from_book else ()))
    for basis, due in ((Basis.SIGNED, fee), (Basis.SPOT, moving)):
        if basis == Basis.SIGNED or due.any():
            left_early = ByPlanState(active=0 * due, on_change=due)
            writer.add("termination", basis, left_early, timing=Timing.IN_ADVANCE, depends_on=inputs)


def _owed(run: Blocks, leave: Leave, elapsed: Months) -> tuple[Floats, Floats]:
    """What is owed when a contract is left some months after it began, and what remains after the notice, in months at
    the rate. elapsed: negative before it begins (..., months)."""
    term = run.contract.terms
    after = np.clip(elapsed + leave.notice_months, 0, term)
    left, beyond = run.left(np.clip(elapsed, 0, term)), run.left(after)
    return left - beyond + leave.fee_share * beyond, beyond
