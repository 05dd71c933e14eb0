"""Reserved: commit to a cluster for a term, in the order of the contract: sign, pay, use, sublet, renew, terminate."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from advisor.array_types import Bools, Floats, Months
from advisor.costing.case import Case
from advisor.costing.cost_table import Basis, ByPlanState, CostTable, padded
from advisor.costing.discounts import (
    VOLUME_DISCOUNT_INPUTS,
    prepay_bonus_inputs,
    prepay_bonus_share,
    volume_discount_share,
)
from advisor.costing.line_writer import NODE_HOURS, PLAN_MONTHS, PLAN_NODES, WORK, LineWriter
from advisor.costing.option import Choice, Constraint, Option, constraint
from advisor.costing.options.hourly_rental import (
    FILL_INPUTS,
    STORAGE_INPUTS,
    add_setup,
    on_demand_depends_on,
    on_demand_multiple,
    storage_usd,
    tier_depends_on,
)
from advisor.costing.rates import Timing
from advisor.market.terms import minimum_terms
from advisor.profiles.schema import MAX_PLAN_MONTHS

_TERMINATION_FEE = "rental.termination_fee_share"


@dataclass(frozen=True)
class Contract:
    """The terms of one reservation.

    rate_share: the rate as a share of the list price on the day of signing, before the volume discount; final: a quote
    of the user's, on which there is no further volume discount; depends_on: its inputs.
    """

    term_months: int
    rate_share: float
    prepaid_share: float
    final: bool
    depends_on: tuple[str, ...]


def reserved(case: Case, term_months: int, *, prepaid: bool = False) -> Option | None:
    """Reserve for a term the most nodes it needs, renew while the plan needs a whole further term, rent the rest.

    rate = tier factor x (1 - term discount) x (1 - prepayment bonus) x (1 - volume discount) x list price at signing.

    Args:
        case: the question.
        term_months: length of the contract and of each renewal.
        prepaid: pay all of each term at signing, for the bonus and at the risk of the provider's default.

    Returns:
        None when neither the tier's price list nor a quote has this term; with `prepaid` also when only a quote has it.

    Source: docs/model.md#reserved

    """
    contract = contract_for(case, term_months, prepaid=prepaid)
    if contract is None:
        return None
    demand, (block, nodes) = case.demand, _blocks(case, term_months)
    under_contract, months = block >= 0, block.shape[-1]
    volume = volume_discount_share(nodes, case.assumptions.rental) * (not contract.final)
    rate = contract.rate_share * (1.0 - volume)
    deal = _Deal(case, contract, block, nodes, rate * nodes * demand.node_hours)
    gone_by = np.where(under_contract, block, np.arange(months))
    firm = contract.final & (block == demand.start_month) & (case.decided_month == 0)  # a quote fixes its price today
    signed_in = np.where(firm, 0, gone_by)
    kept = _table(deal, gone_by, signed_in, terminated=False)
    return Option(
        id=f"reserved-{term_months}m" + ("-prepaid" if prepaid else ""),
        action="reserve",
        label=f"{'prepay' if prepaid else 'reserve'} {term_months} month" + ("s" if term_months > 1 else ""),
        table=kept,
        constraints=_constraints(case, contract),
        term_months=term_months,
        rate_share=float(rate.flat[demand.start_month]),
        hurdle_share=case.assumptions.money.prepaid_hurdle_share if prepaid else 0.0,
        choice=_termination(deal, kept),
        remake=lambda other: reserved(other, term_months, prepaid=prepaid),
    )


def contract_for(case: Case, term_months: int, *, prepaid: bool = False) -> Contract | None:
    """The contract on offer: the user's quote, else the list price less term discount and prepayment bonus."""
    rental, gpu = case.assumptions.rental, case.assumptions.gpu
    quote = case.quote("reserved", term_months)
    if quote is not None and quote.usd_per_gpu_hour is not None:
        share = rental.prepaid_share if quote.prepaid is None else quote.prepaid
        rate = quote.usd_per_gpu_hour / gpu.neocloud_usd_per_gpu_hour
        inputs = (f"quote.reserved.{term_months}", *(("rental.prepaid_share",) if quote.prepaid is None else ()))
        return None if prepaid else Contract(term_months, rate, share, final=True, depends_on=inputs)
    discount = gpu.term_discounts[case.tier].get(term_months)
    if discount is None:
        return None
    share = 1.0 if prepaid else rental.prepaid_share
    rate = case.tier_factor * (1 - discount) * (1 - prepay_bonus_share(share, rental))
    inputs = (
        case.gpu_figure(f"{case.tier}_term_discount.{term_months}"),
        *tier_depends_on(case),
        *(() if prepaid else ("rental.prepaid_share",)),
        *prepay_bonus_inputs(share, rental),
        *VOLUME_DISCOUNT_INPUTS,
    )
    return Contract(term_months, rate, share, final=False, depends_on=inputs)


@lru_cache(maxsize=16)  # the prepaid contract of the same term has the same blocks
def _blocks(case: Case, term_months: int) -> tuple[Months, Floats]:
    """When the running block was signed, and the nodes under contract, by month. Each (..., months)."""
    demand = case.demand
    months = max(demand.months, demand.start_month + term_months)
    block = block_starts(demand.start_month, demand.lengths, term_months, months)
    return block, _nodes_committed(case, block, term_months)


def block_starts(start_month: int, plan_months: Months, term_months: int, months: int) -> Months:
    """For each month the month in which the running block was signed, -1 outside blocks.

    The first block always begins; another one follows while the plan still needs a whole term.

    Args:
        start_month: first month with demand.
        plan_months: length of each plan (...).
        term_months: length of a block.
        months: how many months to return.

    Returns:
        (..., months).

    """
    month = np.arange(months)
    number = (month - start_month) // term_months
    begins = start_month + number * term_months
    renewed = begins + term_months <= plan_months[..., None]
    return np.where((number == 0) | ((number > 0) & renewed), begins, -1)


def _nodes_committed(case: Case, block: Months, term_months: int) -> Floats:
    """The nodes under contract: of each block, the most that are wanted while it runs; 0 outside. (..., months)."""
    demand, months = case.demand, block.shape[-1]
    blocks = -(-(months - demand.start_month) // term_months)
    wanted = padded(demand.alive.nodes, demand.start_month + blocks * term_months)[..., demand.start_month :]
    most = wanted.reshape(*wanted.shape[:-1], blocks, term_months).max(axis=-1)
    nodes = np.zeros(block.shape)
    nodes[..., demand.start_month :] = np.repeat(most, term_months, axis=-1)[..., : months - demand.start_month]
    return np.where(block >= 0, nodes, 0.0)


@dataclass(frozen=True)
class _Deal:
    """One contract and its renewals. Arrays (..., months).

    block: see `block_starts`; nodes: under contract; monthly: what a month of the running block costs, in GPU-hours at
    the list price at signing.
    """

    case: Case
    contract: Contract
    block: Months
    nodes: Floats
    monthly: Floats

    @property
    def under_contract(self) -> Bools:
        """Months under contract."""
        return np.asarray(self.block >= 0)

    @property
    def elapsed(self) -> Months:
        """Months since the running block was signed."""
        return np.where(self.under_contract, np.arange(self.block.shape[-1]) - self.block, 0)


def _table(deal: _Deal, gone_by: Months, signed_in: Months, *, terminated: bool) -> CostTable:
    """The lines of a contract that is kept when the plan changes, or terminated for a fee."""
    writer = LineWriter(deal.block.shape[-1], deal.case.demand.peak.shape, depends_on=(_TERMINATION_FEE,))
    _pay(writer, deal, terminated=terminated)
    _use_and_sublet(writer, deal, terminated=terminated)
    _rent_the_rest(writer, deal, terminated=terminated)
    return writer.table(deal.case.assumptions.rental, gone_by, signed_in)


def _termination(deal: _Deal, kept: CostTable) -> Choice | None:
    """When the plan changes: pay on, or pay the fee and leave, by how rents have moved since signing. One plan only.

    No choice where the fee is all that is owed anyway, since hours that are paid for can be sublet.
    """
    months = deal.case.demand.months
    if deal.case.assumptions.rental.termination_fee_share >= 1 or deal.case.demand.peak.ndim:
        return None
    left = _table(deal, kept.gone_by, kept.signed_in, terminated=True)
    now = np.minimum(np.arange(1, months + 1), kept.months - 1)
    return Choice((kept, left), ("pay on", "pay the fee and leave"), now, since=np.minimum(kept.signed_in[now], now))


def _pay(writer: LineWriter, deal: _Deal, *, terminated: bool) -> None:
    """The prepayment at signing, equal instalments in advance, and the expected loss of prepaid money.

    The provider defaults in month e of a block with probability h (1 - h)^(e - 1), and what is prepaid for the rest of
    the term is lost. Terminated: a fee, a share of the instalments still to come; what is prepaid is lost.
    """
    contract, monthly, month = deal.contract, deal.monthly, np.arange(writer.months)
    prepaid = contract.prepaid_share * contract.term_months * monthly
    bill = deal.under_contract * (1 - contract.prepaid_share) * monthly + (deal.block == month) * prepaid
    may_renew = (PLAN_MONTHS,) if 2 * contract.term_months <= MAX_PLAN_MONTHS else ()
    inputs = (PLAN_NODES, *may_renew, *NODE_HOURS, *contract.depends_on)
    paid = ByPlanState(active=bill, winding_down=None if terminated else bill)
    writer.add("committed", Basis.SIGNED, paid, timing=Timing.IN_ADVANCE, depends_on=inputs)
    rental = deal.case.assumptions.rental
    hazard, elapsed = rental.provider_default_per_month, deal.elapsed
    chance = np.where(elapsed > 0, hazard * (1 - hazard) ** (elapsed - 1.0), 0.0)
    loss = chance * prepaid * (contract.term_months - elapsed) / contract.term_months
    lost = ByPlanState(active=loss, winding_down=None if terminated else loss)
    default_inputs = (*inputs, "rental.provider_default_per_month")
    writer.add("provider_default", Basis.SIGNED, lost, timing=Timing.IN_ADVANCE, depends_on=default_inputs)
    if terminated:
        rest = (elapsed > 0) * (contract.term_months - elapsed) * (1 - contract.prepaid_share) * monthly
        fee = ByPlanState(active=0 * rest, on_change=rental.termination_fee_share * rest)
        fee_inputs = (*inputs, _TERMINATION_FEE)
        writer.add("termination", Basis.SIGNED, fee, timing=Timing.IN_ADVANCE, depends_on=fee_inputs)


def _use_and_sublet(writer: LineWriter, deal: _Deal, *, terminated: bool) -> None:
    """Sublet idle hours: few of the short gaps between use, most of a block that is free as a whole; store and set up.

    Storage is paid for the nodes under contract, and for those rented by the hour beside it.
    """
    case, under_contract, nodes = deal.case, deal.under_contract, deal.nodes
    demand, rental = case.demand, case.assumptions.rental
    capacity = demand.node_hours * nodes
    sublet_share = 0.0 if case.tier == "hyperscaler" else case.sublet_share  # their commitments cannot be sublet
    used, used_after = (padded(need.used_gpu_hours, writer.months) for need in (demand.alive, demand.after))
    gap_fill = np.where(used > 0, rental.idle_fill_share, rental.freed_fill_share)
    credit = sublet_share * under_contract * gap_fill * (capacity - used)
    credit_after = sublet_share * under_contract * rental.freed_fill_share * (capacity - used_after)
    sublet = ByPlanState(active=-credit, winding_down=None if terminated else -credit_after)
    inputs = (*WORK, *NODE_HOURS, *case.sublet_depends_on, *FILL_INPUTS)
    writer.add("idle_resale", Basis.SPOT, sublet, depends_on=inputs)
    per_node = rental.storage_egress_usd_per_node_month
    running = padded(demand.alive.active_share, writer.months) * per_node * nodes
    rented, kept_after = (padded(storage_usd(case, need), writer.months) for need in (demand.alive, demand.after))
    kept = np.where(under_contract, running, rented)
    storage = ByPlanState(active=kept, winding_down=kept_after, exited=kept_after)
    writer.add("storage_egress", Basis.FIXED, storage, depends_on=STORAGE_INPUTS)
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
    writer.add("rent", Basis.SPOT, rent, depends_on=on_demand_depends_on(case))


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
