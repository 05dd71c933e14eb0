"""Reserved: commit to a cluster for a term, in the order of the contract: sign, pay, use, sublet, renew, terminate."""

from dataclasses import dataclass
from functools import cached_property, reduce

import numpy as np

from advisor.array_types import Bools, Floats, Months
from advisor.costing.case import Case
from advisor.costing.cost_table import Basis, ByPlanState, CostTable, padded, summed
from advisor.costing.line_writer import NODE_HOURS, PLAN_MONTHS, PLAN_NODES, WORK, LineWriter
from advisor.costing.option import PREPAID_SUFFIX, Choice, Constraint, Option, constraint
from advisor.costing.options.contract import Contract, contract_for
from advisor.costing.options.contract_blocks import Blocks, schedule_of
from advisor.costing.options.hourly_rental import (
    STORAGE_INPUTS,
    add_setup,
    on_demand_depends_on,
    on_demand_multiple,
    storage_usd,
)
from advisor.costing.options.ladder import layers_of
from advisor.costing.options.subletting import FILL_INPUTS, TIME_TO_LET, before_the_tenant, capped_share, fills
from advisor.costing.rates import Timing
from advisor.market.terms import minimum_terms

_TERMINATION_FEE = "rental.termination_fee_share"


@dataclass(frozen=True)
class _Deal:
    """One contract, its renewals and what serves the rest of the plan; inputs: of the choice of that."""

    case: Case
    runs: tuple[Blocks, ...]
    inputs: tuple[str, ...]

    @cached_property
    def block(self) -> Months:
        """The month in which the running block was signed, -1 outside blocks. (..., months)."""
        return np.asarray(reduce(np.maximum, (one.block for one in self.runs)))

    @cached_property
    def nodes(self) -> Floats:
        """Nodes under contract. (..., months)."""
        return np.asarray(reduce(np.add, (one.nodes for one in self.runs)))

    @property
    def under_contract(self) -> Bools:
        """Months under contract."""
        return np.asarray(self.block >= 0)

    @cached_property
    def sublet_share(self) -> Floats:
        """What an hour sublet brings, as a share of the list price; 0 outside blocks. (..., months)."""
        shares = (
            one.under_contract * capped_share(self.case, one.contract.sublet_right, one.rate_share) for one in self.runs
        )
        return np.asarray(reduce(np.add, shares))

    @property
    def sublet_depends_on(self) -> tuple[str, ...]:
        """The inputs of `sublet_share`: of the market's price, of the contract's where that is lower, or of both."""
        found, market = dict[str, None](), self.case.sublet_share
        for one in self.runs:
            if one.contract.sublet_right:
                below = (one.rate_share < market)[one.under_contract]
                found |= dict.fromkeys(one.contract.depends_on) if below.any() else {}
                found |= dict.fromkeys(self.case.sublet_depends_on) if not below.all() else {}
            found |= dict.fromkeys(one.contract.right_depends_on)
        return tuple(found)


def reserved(case: Case, term_months: int, *, prepaid: bool = False, in_steps: bool = True) -> Option | None:
    """Reserve for a term the most nodes it needs, renew while the plan needs a whole further term, then serve the rest
    of the plan as is cheapest: see `contract_blocks`. For a demand that grows sign more step by step: see `ladder`.

    rate = tier factor x (1 - term discount) x (1 - prepayment bonus) x (1 - volume discount) x list price at signing.

    Args:
        case: the question.
        term_months: length of the contract and of each renewal.
        prepaid: pay all of each term at signing, for the bonus and at the risk of the provider's default.
        in_steps: whether nodes that are wanted only later are signed for later.

    Returns:
        None when neither the tier's price list nor a quote has this term; with `prepaid` also when only a quote has it.

    Source: docs/model.md#reserved

    """
    contract = contract_for(case, term_months, prepaid=prepaid)
    if contract is None:
        return None
    may_leave = case.assumptions.rental.termination_fee_share < 1  # which is decided for one contract, not for several
    layers = layers_of(case, term_months) if in_steps and not may_leave else (case,)
    deals = [_Deal(one, *schedule_of(one, contract, int(at == 0))) for at, one in enumerate(layers)]
    deal, kept = deals[0], summed([_kept(one, contract) for one in deals])
    months, rest = f"{term_months} month" + ("s" if term_months > 1 else ""), _rest_of(deals)
    lengths = f"{term_months}+{rest}" if rest else f"{term_months}"
    return Option(
        id=f"reserved-{term_months}m" + (PREPAID_SUFFIX if prepaid else ""),
        action="reserve",
        label=f"prepaid {lengths}-month term" if prepaid else f"{lengths}-month reservation",
        command=f"{'prepay' if prepaid else 'reserve'} {months}" + (rest and f", then {rest}"),
        nodes=None if case.demand.peak.ndim else np.sum([padded(one.nodes, kept.months) for one in deals], axis=0),
        table=kept,
        constraints=_constraints(case, contract),
        term_months=term_months,
        rate_share=float(deal.runs[0].rate_share.flat[case.demand.start_month]),
        hurdle_share=case.assumptions.money.prepaid_hurdle_share if prepaid else 0.0,
        choice=_termination(deal, kept) if may_leave and not case.demand.peak.ndim else None,
        remake=lambda other: reserved(other, term_months, prepaid=prepaid, in_steps=in_steps),
    )


def _kept(deal: _Deal, contract: Contract) -> CostTable:
    """The table of a contract that is kept when the plan changes."""
    under_contract, block, case = deal.under_contract, deal.block, deal.case
    gone_by = np.where(under_contract, block, np.arange(block.shape[-1]))
    # a quote fixes today's price
    firm = contract.final & (block == case.demand.start_month) & (case.decided_month == 0)
    return _table(deal, gone_by, np.where(firm, 0, gone_by), terminated=False)


def _rest_of(deals: list[_Deal]) -> str:
    """The months of the shorter term that serves the last months of one plan, if there is one; else empty."""
    runs, block = deals[0].runs, deals[0].block
    shorter = [one.contract.term_months for one in runs[1:] if one.contract.term_months < runs[0].contract.term_months]
    return f"{shorter[0]}" if block.ndim == 1 and len(deals) == 1 and shorter else ""


def _table(deal: _Deal, gone_by: Months, signed_in: Months, *, terminated: bool) -> CostTable:
    """The lines of a contract that is kept when the plan changes, or terminated for a fee."""
    writer = LineWriter(deal.block.shape[-1], deal.case.demand.peak.shape, depends_on=(_TERMINATION_FEE,))
    _pay(writer, deal, terminated=terminated)
    _use_and_sublet(writer, deal, terminated=terminated)
    _rent_the_rest(writer, deal, terminated=terminated)
    return writer.table(deal.case.assumptions.rental, gone_by, signed_in)


def _termination(deal: _Deal, kept: CostTable) -> Choice:
    """When the plan changes: pay on, or pay the fee and leave, by how rents have moved since signing. One plan only.

    There is no choice where the fee is all that is owed anyway, since hours that are paid for can be sublet.
    """
    months = deal.case.demand.months
    left = _table(deal, kept.gone_by, kept.signed_in, terminated=True)
    now = np.minimum(np.arange(1, months + 1), kept.months - 1)
    return Choice((kept, left), ("pay on", "pay the fee and leave"), now, since=np.minimum(kept.signed_in[now], now))


def _pay(writer: LineWriter, deal: _Deal, *, terminated: bool) -> None:
    """The prepayment at signing, equal instalments in advance, and the expected loss of prepaid money.

    The provider defaults in month e of a block with probability h (1 - h)^(e - 1), and what is prepaid for the rest of
    the term is lost. Terminated: a fee, a share of the instalments still to come; what is prepaid is lost.
    """
    rental, hazard = deal.case.assumptions.rental, deal.case.assumptions.rental.provider_default_per_month
    bill = loss = fee = np.zeros(deal.block.shape)
    for run in deal.runs:
        term, prepaid_share, elapsed = run.contract.term_months, run.contract.prepaid_share, run.elapsed
        prepaid, left = prepaid_share * term * run.monthly, (elapsed > 0) * (term - elapsed)
        bill = bill + (1 - prepaid_share) * run.monthly + (run.block == np.arange(writer.months)) * prepaid
        chance = np.where(elapsed > 0, hazard * (1 - hazard) ** (elapsed - 1.0), 0.0)
        loss = loss + chance * prepaid * left / term
        fee = fee + rental.termination_fee_share * left * (1 - prepaid_share) * run.monthly
    offers = (name for run in deal.runs for name in run.contract.depends_on)
    inputs = (PLAN_NODES, PLAN_MONTHS, *NODE_HOURS, *offers, *deal.inputs)
    paid = ByPlanState(active=bill, winding_down=None if terminated else bill)
    writer.add("committed", Basis.SIGNED, paid, timing=Timing.IN_ADVANCE, depends_on=inputs)
    lost = ByPlanState(active=loss, winding_down=None if terminated else loss)
    default_inputs = (*inputs, "rental.provider_default_per_month")
    writer.add("provider_default", Basis.SIGNED, lost, timing=Timing.IN_ADVANCE, depends_on=default_inputs)
    if terminated:
        left_early = ByPlanState(active=0 * fee, on_change=fee)
        fee_inputs = (*inputs, _TERMINATION_FEE)
        writer.add("termination", Basis.SIGNED, left_early, timing=Timing.IN_ADVANCE, depends_on=fee_inputs)


def _use_and_sublet(writer: LineWriter, deal: _Deal, *, terminated: bool) -> None:
    """Sublet idle hours as far as the contract allows it: see `subletting`; store and set up.

    Storage is paid for the nodes under contract, and for those rented by the hour beside it.
    """
    case, under_contract, nodes, demand = deal.case, deal.under_contract, deal.nodes, deal.case.demand
    capacity = demand.node_hours * nodes
    taken, taken_after = (padded(need.occupied_gpu_hours, writer.months) for need in (demand.alive, demand.after))
    gap_fill, free_fill = fills(case, demand, writer.months)
    credit = deal.sublet_share * gap_fill * (capacity - taken)
    credit_after = deal.sublet_share * free_fill * (capacity - taken_after)
    late = before_the_tenant(case, credit_after, np.where(under_contract, deal.block, np.arange(writer.months)))
    freed = (None, None) if terminated else (-credit_after, late)
    inputs = (*WORK, *NODE_HOURS, *deal.sublet_depends_on, *FILL_INPUTS, TIME_TO_LET, *deal.inputs)
    sublet = ByPlanState(active=-credit, winding_down=freed[0], on_change=freed[1])
    writer.add("idle_resale", Basis.SPOT, sublet, depends_on=inputs)
    per_node = case.assumptions.rental.storage_egress_usd_per_node_month
    running = padded(demand.alive.active_share, writer.months) * per_node * nodes
    rented, kept_after = (padded(storage_usd(case, need), writer.months) for need in (demand.alive, demand.after))
    kept = np.where(under_contract, running, rented)
    storage = ByPlanState(active=kept, winding_down=kept_after, exited=kept_after)
    writer.add("storage_egress", Basis.FIXED, storage, depends_on=(*STORAGE_INPUTS, *deal.inputs))
    add_setup(writer, case)


def _rent_the_rest(writer: LineWriter, deal: _Deal, *, terminated: bool) -> None:
    """On demand: all months outside blocks, and what is left of the demand once the contract is over or terminated."""
    case, demand = deal.case, deal.case.demand
    bill = padded(on_demand_multiple(case, demand.alive) * demand.alive.billed_gpu_hours, writer.months)
    bill_after = padded(on_demand_multiple(case, demand.after) * demand.after.billed_gpu_hours, writer.months)
    outside = ~deal.under_contract
    rent = ByPlanState(
        active=outside * bill,
        winding_down=bill_after if terminated else outside * bill_after,
        exited=bill_after,
    )
    writer.add("rent", Basis.SPOT, rent, depends_on=(*on_demand_depends_on(case), *deal.inputs))


def _constraints(case: Case, contract: Contract) -> tuple[Constraint, ...]:
    """The shortest term sold for a cluster as large as the largest job; of several limits the strictest that holds."""
    nodes, rental = case.demand.largest_job, case.assumptions.rental
    found = []
    for size, least in minimum_terms(rental):
        if contract.term_months < least and not contract.final:
            subject = f"{int(nodes):,} nodes are" if nodes.ndim == 0 else "clusters of this size are"
            found.append((nodes >= size, f"{subject} not sold for less than {least} months"))
    strictest = [reason for reason in found if reason[0]][-1:] if nodes.ndim == 0 else found
    return tuple(constraint(holds, why) for holds, why in strictest)
