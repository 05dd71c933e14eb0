"""The cost lines of contracts that run one after another: payments, losses with a provider, idle hours sublet."""

from dataclasses import dataclass
from functools import cached_property, reduce

import numpy as np

from advisor.array_types import Bools, Floats, Months
from advisor.costing.case import Case
from advisor.costing.cost_table import Basis, ByPlanState, padded
from advisor.costing.line_writer import NODE_HOURS, PLAN_MONTHS, PLAN_NODES, WORK, LineWriter
from advisor.costing.options.contract_blocks import Blocks, kept_after_a_change
from advisor.costing.options.hourly_rental import FILL_INPUTS
from advisor.costing.rates import Timing

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
        found = reduce(np.maximum, (one.block for one in self.runs))
        return np.broadcast_to(found, (*self.case.demand.peak.shape, self.months))

    @cached_property
    def nodes(self) -> Floats:
        """Nodes under contract. (..., months)."""
        return np.asarray(reduce(np.add, (one.nodes for one in self.runs)))

    @property
    def under_contract(self) -> Bools:
        """Months under contract."""
        return np.asarray(self.block >= 0)

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


def add_payments(writer: LineWriter, deal: Deal, *, terminated: bool = False) -> None:
    """The prepayment at signing, equal instalments in advance, and the expected loss of prepaid money.

    The provider defaults in month e of a block with probability h (1 - h)^(e - 1), and what is prepaid for the rest of
    the term is lost. Terminated: a fee, a share of the instalments still to come; what is prepaid is lost.
    """
    bill, loss, fee = _payments(deal.case, deal.runs, writer)
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


def _payments(case: Case, runs: tuple[Blocks, ...], writer: LineWriter) -> tuple[Floats, Floats, Floats]:
    """What is paid, what is expected to be lost with a provider, and the fee for leaving. Hours (..., months)."""
    rental, hazard = case.assumptions.rental, case.assumptions.rental.provider_default_per_month
    bill = loss = fee = np.zeros((*writer.plans, writer.months))
    for run in runs:
        term, prepaid_share, elapsed = run.contract.term_months, run.contract.prepaid_share, run.elapsed
        prepaid, left = prepaid_share * term * run.monthly, (elapsed > 0) * (term - elapsed)
        bill = bill + (1 - prepaid_share) * run.monthly + (run.block == np.arange(writer.months)) * prepaid
        chance = np.where(elapsed > 0, hazard * (1 - hazard) ** (elapsed - 1.0), 0.0)
        loss = loss + chance * prepaid * left / term
        fee = fee + rental.termination_fee_share * left * (1 - prepaid_share) * run.monthly
    return bill, loss, fee


def add_sublet(writer: LineWriter, deal: Deal, *, terminated: bool = False) -> None:
    """Sublet idle hours: few of the short gaps between use, most of a block that is free as a whole."""
    case, demand, rental = deal.case, deal.case.demand, deal.case.assumptions.rental
    share = 0.0 if case.tier == "hyperscaler" else case.sublet_share  # their commitments cannot be sublet
    used, used_after = (padded(need.used_gpu_hours, writer.months) for need in (demand.alive, demand.after))
    gap_fill = np.where(used > 0, rental.idle_fill_share, rental.freed_fill_share)
    capacity = demand.node_hours * deal.nodes
    credit = share * deal.under_contract * gap_fill * (capacity - used)
    credit_after = share * deal.under_contract * rental.freed_fill_share * (capacity - used_after)
    kept = None
    if deal.kept:
        idle = demand.node_hours * deal.kept_nodes - used_after
        kept = np.where(deal.kept_nodes > 0, -share * rental.freed_fill_share * idle, 0.0)
    sublet = ByPlanState(active=-credit, winding_down=None if terminated else -credit_after, exited=kept)
    inputs = (*WORK, *NODE_HOURS, *case.sublet_depends_on, *FILL_INPUTS, *deal.inputs)
    writer.add("idle_resale", Basis.SPOT, sublet, depends_on=inputs)
