"""The cost lines of contracts that run one after another: payments, losses with a provider, idle hours sublet."""

from collections.abc import Iterator
from functools import cached_property, reduce
from typing import NamedTuple

import numpy as np

from advisor.array_types import Amount, Bools, Floats, Months, at_months
from advisor.costing.case import Case
from advisor.costing.cost_table import Basis, ByPlanState, padded
from advisor.costing.line_writer import NODE_HOURS, PLAN_MONTHS, PLAN_NODES, WORK, LineWriter
from advisor.costing.load_curve import Need
from advisor.costing.options.contracts.blocks import Blocks, kept_after_a_change
from advisor.costing.options.contracts.by_month import by_month
from advisor.costing.options.contracts.cheapest_way import EACH_CHOICE, rest_depends_on
from advisor.costing.options.contracts.contract import starts_in
from advisor.costing.options.contracts.subletting import (
    FILL_INPUTS,
    TIME_TO_LET,
    Fills,
    before_the_tenant,
    capped_share,
    fill_of_what_is_left,
)
from advisor.costing.options.hourly_rental import BILLED_INPUTS
from advisor.costing.rates import Timing
from advisor.values.quick_dataclass import dataclass

_HOURS_OF_A_DAY = 24
# These stand for the inputs of each of the contracts that are priced together: see `Deal.inputs_of_each`.
_EACH_RATE, _EACH_SUBLET = "each.rate", "each.sublet"


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

    def of_row(self, row: int, case: Case) -> "Deal":
        """The contracts of one of many rows. case: the one plan that all of them have."""
        main, *others = self.runs
        signed = (main, *(run for run, serves in zip(others, self._serve, strict=True) if serves[row]))
        months = max(case.demand.months, int(self._last[row]))
        runs = tuple(run.of_row(row, months) for run in signed)
        left = self.case.demand.start_month + self._whole_terms[row] < case.demand.lengths
        return Deal(case, runs, rest_depends_on(case, runs[0].contract) if left else ())

    @cached_property
    def _serve(self) -> list[Bools]:
        """In which rows each of the contracts after the first serves any month."""
        return [np.asarray(run.under_contract.any(axis=-1)) for run in self.runs[1:]]

    @cached_property
    def _last(self) -> Months:
        """The months until the last under contract, by row."""
        return np.asarray((self.under_contract * np.arange(1, self.months + 1)).max(axis=-1))

    @cached_property
    def _whole_terms(self) -> Months:
        """The months in whole terms of the first contract, by row."""
        return np.asarray(self.runs[0].under_contract.sum(axis=-1))

    @property
    def inputs_of_each(self) -> dict[str, tuple[str, ...]]:
        """What the names of inputs stand for in the lines of this contract: see `together`."""
        rates = tuple(name for run in self.runs for name in run.contract.depends_on)
        return {EACH_CHOICE: self.inputs, _EACH_RATE: rates, _EACH_SUBLET: self.sublet_depends_on}

    @cached_property
    def block(self) -> Months:
        """The month in which the running block was signed, -1 outside blocks. (..., months)."""
        return reduce(np.maximum, (one.block for one in self.runs))

    @cached_property
    def gone_by(self) -> Months:
        """As in `cost_table.py`: a block runs on if the plan changes after it was signed. (..., months)."""
        signed = self.block
        for one in self.runs:  # an offer that starts later is signed today
            if one.contract.start_month > self.case.demand.start_month:
                first = one.block == one.contract.start_month
                signed = np.where(first, self.case.demand.start_month, signed)
        return np.where(self.under_contract, signed, np.arange(self.months))

    def waits_for(self, run: Blocks) -> Bools:
        """Months in which an offer that starts later is owed but nothing of it is paid yet, up to the first of its
        term. (..., months)."""
        now, start, month = self.case.demand.start_month, run.contract.start_month, np.arange(self.months)
        begins = (run.block == start).any(axis=-1, keepdims=True) & (start > now)
        return np.asarray((month > now) & (month <= start) & begins)

    @cached_property
    def waiting(self) -> Bools:
        """Months in which any of the contracts is waited for. (..., months)."""
        return np.asarray(reduce(np.logical_or, (self.waits_for(run) for run in self.runs)))

    @property
    def today(self) -> int:
        """The month whose rents fix the price of an offer that is signed now."""
        return 0 if self.case.decided_month == 0 else self.case.demand.start_month

    @cached_property
    def nodes(self) -> Floats:
        """Nodes under contract. (..., months)."""
        return np.asarray(reduce(np.add, (one.nodes for one in self.runs)))

    @cached_property
    def under_contract(self) -> Bools:
        """Months under contract."""
        return np.asarray(self.block >= 0)

    @property
    def paid_by_use(self) -> bool:
        """Whether what is paid depends on the use, else it is the same whatever the plan does."""
        return any(run.contract.clauses.least_use_share < 1 for run in self.runs)

    @property
    def priced_together(self) -> bool:
        """Whether there are rows of contracts: see `together`."""
        return self.runs[0].contract.rows is not None

    @property
    def axes(self) -> tuple[int, ...]:
        """The shape of what is in front of the months: plans, or rows of contracts; empty for one contract of one
        plan."""
        rows = self.runs[0].contract.rows
        return self.case.plans if rows is None else np.broadcast_shapes(rows.number.shape, self.case.plans)

    @property
    def firm(self) -> Bools:
        """Months of a first block that is an offer in hand, which fixes its price today. (..., months)."""
        now = self.case.decided_month == 0
        offered = (one.contract.final & now & (one.block == starts_in(self.case, one.contract)) for one in self.runs)
        return np.asarray(reduce(np.logical_or, offered))

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

        Of one plan; those of many are never shown.
        """
        found, market = dict[str, None](), self.case.sublet_share
        if self.priced_together or self.case.plans:
            return (_EACH_SUBLET,)
        for one in (*self.runs, *self.kept):
            if one.contract.sublet_right:
                rates = one.mean_rate_share[one.under_contract]
                found |= dict.fromkeys(one.contract.depends_on) if rates.size and rates.min() < market else {}
                found |= dict.fromkeys(self.case.sublet_depends_on) if rates.size and rates.max() >= market else {}
            found |= dict.fromkeys(one.contract.right_depends_on)
        return tuple(found)


class _Payments(NamedTuple):
    """GPU-hours at the list price by month (..., months): of the day of signing, and of the month itself.

    Attributes:
        bill, moving: What is paid.
        loss: What is expected to be lost with a provider.
        credit: For hours lost to faults and to a late start, negative.
    """

    bill: Floats
    moving: Floats
    loss: Floats
    credit: Floats


class _PaymentLine(NamedTuple):
    """A line of what contracts are paid: while the plan holds, after it changed, and for what is signed after that."""

    component: str
    basis: Basis
    timing: Timing
    depends_on: tuple[str, ...]
    due: ByPlanState


def add_payments(writer: LineWriter, deal: Deal) -> None:
    """The prepayment at signing, installments in advance, and the expected loss of prepaid money.

    The provider defaults in month e of a block with probability h (1 - h)^(e - 1), and what is prepaid for the rest of
    the term is lost.
    """
    for line in payment_lines(writer, deal):
        writer.add(line.component, line.basis, line.due, timing=line.timing, depends_on=line.depends_on)


def payment_lines(writer: LineWriter, deal: Deal) -> Iterator[_PaymentLine]:
    """What contracts are paid, line by line."""
    case, demand = deal.case, deal.case.demand
    active = _payments(case, deal.runs, writer, demand.alive)
    running = _payments(case, deal.runs, writer, demand.after) if deal.paid_by_use else active
    after = _payments(case, deal.kept, writer, demand.after) if deal.kept else None
    inputs = (*payment_inputs(deal), *(BILLED_INPUTS if deal.paid_by_use else ()))

    def line(component: str, basis: Basis, part: str, *also: str, timing: Timing = Timing.IN_ADVANCE) -> _PaymentLine:
        due = ByPlanState(
            getattr(active, part), getattr(running, part), None if after is None else getattr(after, part)
        )
        return _PaymentLine(component, basis, timing, (*inputs, *also), due)

    yield line("committed", Basis.SIGNED, "bill")
    if any(run.contract.clauses.indexed_share for run in deal.runs):
        yield line("committed", Basis.SPOT, "moving")
    yield line("provider_default", Basis.SIGNED, "loss", "rental.provider_default_per_month")
    clauses = [run.contract.clauses for run in deal.runs]
    credited = {
        "rental.goodput_loss_share": any(one.sla_credit_share for one in clauses),
        "rental.start_delay_days": any(one.delay_credit_share for one in clauses),
    }
    if any(credited.values()):
        also = (name for name, here in credited.items() if here)
        yield line("sla_credit", Basis.SIGNED, "credit", *also, timing=Timing.MID_MONTH)


def payment_inputs(deal: Deal) -> tuple[str, ...]:
    """The inputs of what contracts are paid."""
    each = (name for run in deal.runs for name in run.contract.depends_on)
    offers = (_EACH_RATE,) if deal.priced_together else each
    return PLAN_NODES, PLAN_MONTHS, *NODE_HOURS, *offers, *deal.inputs


def _payments(case: Case, runs: tuple[Blocks, ...], writer: LineWriter, need: Need) -> _Payments:
    """What contracts are paid. need: what they are used for."""
    rental, bills, losses = case.assumptions.rental, [], []
    moving = credit = np.zeros((*writer.axes, writer.months))
    for run in runs:
        clauses, prepaid_share, whole_term = run.contract.clauses, run.contract.prepaid_share, run.left(0)
        prepaid = prepaid_share * clauses.least_use_share * whole_term * run.monthly
        later = installments(case, run, need)
        if clauses.indexed_share:
            moving = moving + clauses.indexed_share * later
            later = (1 - clauses.indexed_share) * later
        bills.append(later + (run.block == np.arange(writer.months)) * prepaid)
        losses.append(at_months(_lost_shares(run, rental.provider_default_per_month), run.elapsed) * prepaid)
        if clauses.sla_credit_share or clauses.delay_credit_share:
            late = (run.block == starts_in(case, run.contract)) & (run.elapsed == 0)
            late_months = late * rental.start_delay_days * _HOURS_OF_A_DAY / rental.hours_per_month
            lost = clauses.sla_credit_share * rental.goodput_loss_share * run.due
            delayed = clauses.delay_credit_share * late_months * clauses.first_price_share * run.monthly
            credit = credit - (lost + delayed) * _use_share(case, run, need)
    return _Payments(reduce(np.add, bills), moving, reduce(np.add, losses), credit)


def _lost_shares(run: Blocks, hazard: Amount) -> Floats:
    """The share of what is prepaid that is expected to be lost in each month of a term. (..., term + 1)."""
    month = np.arange(run.contract.term_months + 1)
    lost = np.asarray(hazard * (1 - hazard) ** (month - 1.0) * (run.left(month) / run.left(0)))
    lost[..., 0] = 0.0  # nothing is at risk in the month of signing
    return lost


def installments(case: Case, run: Blocks, need: Need) -> Floats:
    """What is due in each month beside the prepayment, in GPU-hours at the list price of signing. (..., months).

    need: what the contract is used for.
    """
    prepaid = run.contract.prepaid_share * run.contract.clauses.least_use_share
    return np.asarray(run.due * (_use_share(case, run, need) - prepaid))


def _use_share(case: Case, run: Blocks, need: Need) -> Floats | float:
    """The share of its hours that a contract is paid for: those that are used, at least the minimum use."""
    least = run.contract.clauses.least_use_share
    if least >= 1:
        return 1.0
    hours = np.maximum(case.demand.node_hours * run.paid_nodes, 1e-9)
    return np.asarray(np.clip(padded(need.billed_gpu_hours, run.months) / hours, least, 1.0))


def add_sublet(writer: LineWriter, deal: Deal) -> None:
    """Sublet idle hours as far as the contracts allow it: see `subletting`."""
    due, inputs = sublet(writer, deal)
    writer.add("idle_resale", Basis.SPOT, due, depends_on=inputs)


def sublet(writer: LineWriter, deal: Deal) -> tuple[ByPlanState, tuple[str, ...]]:
    """What subletting brings, negative, and its inputs.

    What a change of plan frees is let once a tenant is found; a block that is signed after the change is signed for
    what is left, so that only the gaps between use are free.
    """
    case, demand, months = deal.case, deal.case.demand, writer.months
    known = by_month(case)
    taken, taken_after = known.taken[..., :months], known.taken_after[..., :months]
    fill = Fills(*(share[..., :months] for share in known.fill))
    share = _sublet_share(case, deal.runs)
    capacity = _paid_hours(case, deal.runs, demand.alive)
    capacity_after = _paid_hours(case, deal.runs, demand.after) if deal.paid_by_use else capacity
    credit, idle_after = share * fill.in_use * (capacity - taken), share * (capacity_after - taken_after)
    late = before_the_tenant(case, (fill.freed - fill.searching) * idle_after, deal.gone_by)
    kept = None
    if deal.kept:
        gaps = fill_of_what_is_left(case, months)
        kept = -_sublet_share(case, deal.kept) * gaps * (_paid_hours(case, deal.kept, demand.after) - taken_after)
    inputs = (*WORK, *NODE_HOURS, *deal.sublet_depends_on, *FILL_INPUTS, TIME_TO_LET, *deal.inputs)
    return ByPlanState(active=-credit, winding_down=-fill.freed * idle_after, exited=kept, on_change=late), inputs


def _paid_hours(case: Case, runs: tuple[Blocks, ...], need: Need) -> Floats:
    """The paid GPU-hours of contracts, which may be sublet, as hours of today's hardware. (..., months)."""
    nodes = (run.paid_nodes * (_use_share(case, run, need) * _work_of(run)) for run in runs)
    return np.asarray(case.demand.node_hours * reduce(np.add, nodes))


def _work_of(run: Blocks) -> Floats | float:
    """The work that an hour does, as a multiple of one of today's hardware. (..., months)."""
    clauses = run.contract.clauses
    if not clauses.refresh_gain_share:
        return 1.0
    return np.asarray(1.0 + clauses.refresh_gain_share * (run.elapsed >= clauses.refresh_month))


def _sublet_share(case: Case, runs: tuple[Blocks, ...]) -> Floats:
    """What an hour sublet brings, as a share of the list price; 0 outside blocks. (..., months)."""
    shares = (one.under_contract * capped_share(case, one.contract.sublet_right, one.mean_rate_share) for one in runs)
    return np.asarray(reduce(np.add, shares))
