"""What it costs to leave a contract when the plan changes: in its term, and before it has begun.

Source: docs/model.md#clauses
"""

import numpy as np

from advisor.array_types import Floats, Months, at_months
from advisor.costing.case import Case
from advisor.costing.cost_table import Basis, ByPlanState
from advisor.costing.line_writer import LineWriter
from advisor.costing.options.contracts.blocks import Blocks
from advisor.costing.options.contracts.clauses import Leave
from advisor.costing.options.contracts.contract import Contract
from advisor.costing.options.contracts.cost_lines import Deal, payments_depend_on
from advisor.costing.rates import Timing

TERMINATION_FEE = "rental.termination_fee_share"


def leave_of(case: Case, contract: Contract) -> Leave:
    """On which terms a contract may be left: its own, else the book's, which may be that all is owed."""
    own = contract.clauses.leave
    return Leave(float(case.assumptions.rental.termination_fee_share), 0, 0.0) if own is None else own


def add_fee(writer: LineWriter, deal: Deal) -> None:
    """What leaving in the term costs: the instalments of the notice, a share of those after it, less what is refunded.

    Args:
        writer: Of the table of the contracts that are left.
        deal: The contracts.
    """
    fee = moving = np.zeros((*writer.plans, writer.months))
    for run in deal.runs:
        clauses, leave, prepaid_share = (
            run.contract.clauses,
            leave_of(deal.case, run.contract),
            run.contract.prepaid_share,
        )
        owed, beyond = _owed(run, leave, run.elapsed)
        signed = run.monthly * (run.elapsed > 0)  # a block that would begin in the month of the change is not signed
        unpaid = clauses.least_use_share * (1 - prepaid_share) * owed
        back = leave.refund_share * prepaid_share * clauses.least_use_share * beyond
        fee = fee + ((1 - clauses.indexed_share) * unpaid - back) * signed
        moving = moving + clauses.indexed_share * unpaid * signed
    _add(writer, deal, fee, moving)


def add_fee_before_start(writer: LineWriter, deal: Deal) -> None:
    """The same of an offer that starts later and is left before: nothing of it is prepaid yet.

    Args:
        writer: Of a table that is priced at the rents of the day on which the offer is signed.
        deal: The contracts.
    """
    fee = moving = np.zeros((*writer.plans, writer.months))
    for run in deal.runs:
        clauses, start = run.contract.clauses, run.contract.start_month
        owed, _ = _owed(run, leave_of(deal.case, run.contract), np.arange(writer.months) - start)
        unpaid = clauses.least_use_share * owed * run.monthly[..., start : start + 1] * deal.waits_for(run)
        fee = fee + (1 - clauses.indexed_share) * unpaid
        moving = moving + clauses.indexed_share * unpaid
    _add(writer, deal, fee, moving)


def _add(writer: LineWriter, deal: Deal, fee: Floats, moving: Floats) -> None:
    from_book = any(run.contract.clauses.leave is None for run in deal.runs)
    inputs = (*payments_depend_on(deal), *((TERMINATION_FEE,) if from_book else ()))
    for basis, due in ((Basis.SIGNED, fee), (Basis.SPOT, moving)):
        if basis == Basis.SIGNED or due.any():
            left_early = ByPlanState(active=0 * due, on_change=due)
            writer.add("termination", basis, left_early, timing=Timing.IN_ADVANCE, depends_on=inputs)


def _owed(run: Blocks, leave: Leave, elapsed: Months) -> tuple[Floats, Floats]:
    """What is owed when a contract is left some months after it began, and what remains after the notice, in months at
    the rate. elapsed: negative before it begins (..., months)."""
    after = np.clip(elapsed + leave.notice_months, 0, run.contract.term_months)
    left, beyond = at_months(run.left, np.clip(elapsed, 0, run.contract.term_months)), at_months(run.left, after)
    return left - beyond + leave.fee_share * beyond, beyond
