"""The cost lines of contracts that run one after another: payments, losses with a provider, idle hours sublet."""

from functools import cached_property, reduce

import numpy as np

from advisor.array_types import Bools, Floats, Months, at_months
from advisor.costing.case import Case
from advisor.costing.cost_table import Basis, ByPlanState
from advisor.costing.line_writer import NODE_HOURS, PLAN_MONTHS, PLAN_NODES, WORK, LineWriter
from advisor.costing.options.contracts.blocks import Blocks, kept_after_a_change
from advisor.costing.options.contracts.by_month import by_month
from advisor.costing.options.contracts.subletting import (
    FILL_INPUTS,
    TIME_TO_LET,
    Fills,
    before_the_tenant,
    capped_share,
    fill_in_use,
    let_share_by_size,
)
from advisor.costing.rates import Timing
from advisor.values.quick_dataclass import dataclass

TERMINATION_FEE = "rental.termination_fee_share"


@dataclass(frozen=True)
class Deal:
    """Contracts that run one after another, never two at once; inputs: of the choice between them.

    A block is signed while the plan is unchanged. Where a change of plan leaves a job too large for the on-demand
    market, the blocks after the change are signed as well, for what is left.
    """

    case: Case
    runs: tuple[Blocks, ...]
    inputs: tuple[str, ...]

    @property
    def months(self) -> int:
        """How many months there are."""
        return self.runs[0].months

    @cached_property
    def block(self) -> Months:
        """The month in which the running block was signed, -1 outside blocks. (..., months)."""
        return reduce(np.maximum, (one.block for one in self.runs))

    @cached_property
    def gone_by(self) -> Months:
        """See `cost_table.py`: a block runs on when the plan changes after it was signed. (..., months)."""
        return np.where(self.under_contract, self.block, np.arange(self.months))

    @cached_property
    def nodes(self) -> Floats:
        """Nodes under contract. (..., months)."""
        return np.asarray(reduce(np.add, (one.nodes for one in self.runs)))

    @cached_property
    def under_contract(self) -> Bools:
        """Months under contract."""
        return np.asarray(self.block >= 0)

    @property
    def has_offer(self) -> bool:
        """Whether any of the contracts is an offer in hand."""
        return any(one.contract.final for one in self.runs)

    @property
    def firm(self) -> Bools:
        """Months of a first block that is an offer in hand, which fixes its price today. (..., months)."""
        first = (self.block == self.case.demand.start_month) & (self.case.decided_month == 0)
        offered = (one.contract.final & one.under_contract for one in self.runs)
        return np.asarray(first & reduce(np.logical_or, offered))

    @cached_property
    def kept(self) -> tuple[Blocks, ...]:
        """The blocks that are signed after a change of plan."""
        found = (kept_after_a_change(self.case, run) for run in self.runs)
        return tuple(one for one in found if one is not None)

    @cached_property
    def kept_nodes(self) -> Floats:
        """Nodes under contract that were signed for after a change of plan. (..., months), or a single 0."""
        return np.asarray(reduce(np.add, (one.nodes for one in self.kept), np.zeros(1)))

    @property
    def sublet_depends_on(self) -> tuple[str, ...]:
        """The inputs of `_sublet_share`: of the market's price, of the contract's where that is lower, or of both.

        Of one plan; nobody asks for those of many.
        """
        found, market = dict[str, None](), self.case.sublet_share
        if self.case.plans:
            return ()
        for one in (*self.runs, *self.kept):
            if one.contract.sublet_right:
                rates = one.rate_share[one.under_contract]
                found |= dict.fromkeys(one.contract.depends_on) if rates.size and rates.min() < market else {}
                found |= dict.fromkeys(self.case.sublet_depends_on) if rates.size and rates.max() >= market else {}
            found |= dict.fromkeys(one.contract.right_depends_on)
        return tuple(found)


def add_payments(writer: LineWriter, deal: Deal, *, terminated: bool = False) -> None:
    """The prepayment at signing, equal instalments in advance, and the expected loss of prepaid money.

    The provider defaults in month e of a block with probability h (1 - h)^(e - 1), and what is prepaid for the rest of
    the term is lost. Terminated: a fee, a share of the instalments still to come; what is prepaid is lost.
    """
    bill, loss, fee = _payments(deal.case, deal.runs, writer, terminated=terminated)
    bill_after, loss_after, _ = _payments(deal.case, deal.kept, writer) if deal.kept else (None, None, None)
    offers = (name for run in deal.runs for name in run.contract.depends_on)
    inputs = (PLAN_NODES, PLAN_MONTHS, *NODE_HOURS, *offers, *deal.inputs)
    paid = ByPlanState(active=bill, winding_down=None if terminated else bill, exited=bill_after)
    writer.add("committed", Basis.SIGNED, paid, timing=Timing.IN_ADVANCE, depends_on=inputs)
    lost = ByPlanState(active=loss, winding_down=None if terminated else loss, exited=loss_after)
    default_inputs = (*inputs, "rental.provider_default_per_month")
    writer.add("provider_default", Basis.SIGNED, lost, timing=Timing.IN_ADVANCE, depends_on=default_inputs)
    if terminated:
        left_early = ByPlanState(active=0 * fee, on_change=fee)
        fee_inputs = (*inputs, TERMINATION_FEE)
        writer.add("termination", Basis.SIGNED, left_early, timing=Timing.IN_ADVANCE, depends_on=fee_inputs)


def _payments(
    case: Case, runs: tuple[Blocks, ...], writer: LineWriter, *, terminated: bool = False
) -> tuple[Floats, Floats, Floats]:
    """What is paid, what is expected to be lost with a provider, and the fee for leaving. Hours (..., months)."""
    rental, hazard = case.assumptions.rental, case.assumptions.rental.provider_default_per_month
    bill = loss = fee = np.zeros((*writer.plans, writer.months))
    for run in runs:
        term, prepaid_share = run.contract.term_months, run.contract.prepaid_share
        prepaid, left = prepaid_share * term * run.monthly, np.arange(term, -1.0, -1.0)
        bill = bill + (1 - prepaid_share) * run.monthly + (run.block == np.arange(writer.months)) * prepaid
        lost_share = hazard * (1 - hazard) ** (np.arange(term + 1) - 1.0) * left / term
        lost_share[..., 0] = left[0] = 0.0  # nothing is at risk in the month of signing
        loss = loss + at_months(lost_share, run.elapsed) * prepaid
        if terminated:
            fee = fee + rental.termination_fee_share * left[run.elapsed] * (1 - prepaid_share) * run.monthly
    return bill, loss, fee


def add_sublet(writer: LineWriter, deal: Deal, *, terminated: bool = False) -> None:
    """Sublet idle hours as far as the contracts allow it: see `subletting`.

    What a change of plan frees is let once a tenant is found; a block that is signed after the change is signed for
    what is left, so that only the gaps between use are free.
    """
    case, demand, months = deal.case, deal.case.demand, writer.months
    known = by_month(case)
    taken, taken_after = known.taken[..., :months], known.taken_after[..., :months]
    fill = Fills(*(share[..., :months] for share in known.fill))
    capacity, share = demand.node_hours * deal.nodes, _sublet_share(case, deal.runs)
    credit, idle_after = share * fill.in_use * (capacity - taken), share * (capacity - taken_after)
    late = before_the_tenant(case, (fill.freed - fill.searching) * idle_after, deal.gone_by)
    kept = None
    if deal.kept:
        gaps = let_share_by_size(case, demand.largest_job)[..., None] * fill_in_use(case, demand, demand.after, months)
        kept = -_sublet_share(case, deal.kept) * gaps * (demand.node_hours * deal.kept_nodes - taken_after)
    freed = (None, None) if terminated else (-fill.freed * idle_after, late)
    sublet = ByPlanState(active=-credit, winding_down=freed[0], exited=kept, on_change=freed[1])
    inputs = (*WORK, *NODE_HOURS, *deal.sublet_depends_on, *FILL_INPUTS, TIME_TO_LET, *deal.inputs)
    writer.add("idle_resale", Basis.SPOT, sublet, depends_on=inputs)


def _sublet_share(case: Case, runs: tuple[Blocks, ...]) -> Floats:
    """What an hour sublet brings, as a share of the list price; 0 outside blocks. (..., months)."""
    shares = (one.under_contract * capped_share(case, one.contract.sublet_right, one.rate_share) for one in runs)
    return np.asarray(reduce(np.add, shares))
