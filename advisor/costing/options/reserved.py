"""Reserved: commit to a cluster for a term (model section 2.3), in the order of the contract: sign, pay, use, sublet
what is idle, renew, leave."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from advisor.array_types import Bools, Floats, Months
from advisor.costing.case import Case
from advisor.costing.cost_table import Basis, CostTable, padded
from advisor.costing.line_writer import NODE_HOURS, PLAN_MONTHS, PLAN_NODES, WORK, LineWriter
from advisor.costing.option import Choice, Constraint, Option, constraint
from advisor.costing.options.hourly_rental import (
    STORAGE_INPUTS,
    add_setup,
    on_demand_depends_on,
    on_demand_multiple,
    storage_usd,
    tier_depends_on,
)
from advisor.market.assumptions import Rental
from advisor.market.terms import minimum_terms
from advisor.profiles.schema import MAX_PLAN_MONTHS


@dataclass(frozen=True)
class Contract:
    """The terms of one reservation. rate_share: the rate as a share of the list price on the day of signing, before
    the volume discount; final: an offer in hand, on which no volume discount comes; rests_on: its inputs."""

    term_months: int
    rate_share: float
    prepaid_share: float
    final: bool
    depends_on: tuple[str, ...]


def reserved(case: Case, term_months: int, *, prepaid: bool = False) -> Option | None:
    """Reserve for a term as many nodes as it needs at most, renew while the plan needs a whole further term, rent what
    is left on demand. prepaid: pay all of each term at signing, for the seller's bonus and at the risk of its failing.

    None when neither the tier's price list nor a quote of the founder's has this term; prepaid, when only a quote has.
    """
    contract = contract_for(case, term_months, prepaid=prepaid)
    if contract is None:
        return None
    demand = case.demand
    block, nodes = _blocks(case, term_months)
    inside, months = block >= 0, block.shape[-1]
    rate = contract.rate_share * (1.0 - case.volume_discount_share(nodes) * (not contract.final))
    deal = _Deal(case, contract, block, nodes, rate * nodes * demand.node_hours)
    gone_by = np.where(inside, block, np.arange(months))
    firm = contract.final & (block == demand.start_month) & (case.decided_month == 0)  # the offer in hand is fixed
    signed_in = np.where(firm, 0, gone_by)
    kept = _table(deal, gone_by, signed_in, left=False)
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
    """The contract on offer: the founder's quote, else list less term and prepayment discount."""
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
    bonus = "rental.prepay_bonus_max_share"
    inputs = (
        case.gpu_figure(f"{case.tier}_term_discount.{term_months}"),
        *tier_depends_on(case),
        *(() if prepaid else ("rental.prepaid_share", "rental.prepay_bonus_from_share")),
        *((bonus,) if share > rental.prepay_bonus_from_share else ()),
        "rental.volume_discount_per_doubling",
        "rental.volume_discount_from_nodes",
        "rental.volume_discount_max_share",
    )
    return Contract(term_months, rate, share, final=False, depends_on=inputs)


def prepay_bonus_share(prepaid_share: float, rental: Rental) -> float:
    """Discount for paying early: max x sqrt of how far the prepaid share lies between `from` and all."""
    start = rental.prepay_bonus_from_share
    reach = max(0.0, (prepaid_share - start) / (1 - start)) if start < 1 else 0.0
    return float(rental.prepay_bonus_max_share * np.sqrt(reach))


@lru_cache(maxsize=16)  # a prepaid contract asks the same
def _blocks(case: Case, term_months: int) -> tuple[Months, Floats]:
    """When the running block was signed, and the nodes under contract, by month."""
    demand = case.demand
    months = max(demand.months, demand.start_month + term_months)
    block = block_starts(demand.start_month, demand.lengths, term_months, months)
    return block, _nodes_committed(case, block, term_months)


def block_starts(start_month: int, plan_months: Months, term_months: int, months: int) -> Months:
    """For each month the month in which the running block was signed, -1 outside blocks. The first block always
    begins; another one follows while a whole term is still needed. (..., months)."""
    month = np.arange(months)
    number = (month - start_month) // term_months
    begins = start_month + number * term_months
    renewed = begins + term_months <= plan_months[..., None]
    return np.where((number == 0) | ((number > 0) & renewed), begins, -1)


def _nodes_committed(case: Case, block: Months, term_months: int) -> Floats:
    """The nodes under contract by month: of each block, the most that are wanted while it runs; 0 outside. (..., M)."""
    demand, months = case.demand, block.shape[-1]
    blocks = -(-(months - demand.start_month) // term_months)
    wanted = padded(demand.alive.nodes, demand.start_month + blocks * term_months)[..., demand.start_month :]
    most = wanted.reshape(*wanted.shape[:-1], blocks, term_months).max(axis=-1)
    nodes = np.zeros(block.shape)
    nodes[..., demand.start_month :] = np.repeat(most, term_months, axis=-1)[..., : months - demand.start_month]
    return np.where(block >= 0, nodes, 0.0)


@dataclass(frozen=True)
class _Deal:
    """One contract and its renewals. block: see `block_starts`; nodes: under contract by month; monthly: what a month
    of the running block costs, in hours at list price. (..., months)."""

    case: Case
    contract: Contract
    block: Months
    nodes: Floats
    monthly: Floats

    @property
    def inside(self) -> Bools:
        """Months under contract."""
        return np.asarray(self.block >= 0)

    @property
    def elapsed(self) -> Months:
        """Months since the running block was signed."""
        return np.where(self.inside, np.arange(self.block.shape[-1]) - self.block, 0)


def _table(deal: _Deal, gone_by: Months, signed_in: Months, *, left: bool) -> CostTable:
    """The lines of a contract that is kept when the plan changes, or left for a fee."""
    whether_left_at_all = ("rental.termination_fee_share",)
    writer = LineWriter(deal.block.shape[-1], deal.case.demand.peak.shape, whether_left_at_all)
    _pay(writer, deal, left=left)
    _use_and_sublet(writer, deal, left=left)
    _rent_the_rest(writer, deal, left=left)
    return writer.table(deal.case.assumptions.rental, gone_by, signed_in)


def _termination(deal: _Deal, kept: CostTable) -> Choice | None:
    """Whether to pay on or to pay the fee and leave is decided when the plan changes, by how rents have moved since
    signing. No choice where the fee is all that is owed anyway: paying on can be sublet. One plan only."""
    months = deal.case.demand.months
    if deal.case.assumptions.rental.termination_fee_share >= 1 or deal.case.demand.peak.ndim:
        return None
    left = _table(deal, kept.gone_by, kept.signed_in, left=True)
    now = np.minimum(np.arange(1, months + 1), kept.months - 1)
    return Choice((kept, left), ("pay on", "pay the fee and leave"), now, since=np.minimum(kept.signed_in[now], now))


def _pay(writer: LineWriter, deal: _Deal, *, left: bool) -> None:
    """The prepayment at signing, equal instalments in advance, the expected loss of prepaid money, and when the
    contract is left its fee: a share of the instalments still to come; what is prepaid is lost."""
    contract, monthly, month = deal.contract, deal.monthly, np.arange(writer.months)
    prepaid = contract.prepaid_share * contract.term_months * monthly
    due = deal.inside * (1 - contract.prepaid_share) * monthly + (deal.block == month) * prepaid
    lasts = (PLAN_MONTHS,) if 2 * contract.term_months <= MAX_PLAN_MONTHS else ()  # else it is never renewed
    inputs = (PLAN_NODES, *lasts, *NODE_HOURS, *contract.depends_on)
    writer.add("committed", Basis.SIGNED, due, None if left else due, in_advance=True, depends_on=inputs)
    rental = deal.case.assumptions.rental
    hazard, elapsed = rental.provider_default_per_month, deal.elapsed
    chance = np.where(elapsed > 0, hazard * (1 - hazard) ** (elapsed - 1.0), 0.0)
    loss = chance * prepaid * (contract.term_months - elapsed) / contract.term_months
    failing = (*inputs, "rental.provider_default_per_month")
    writer.add("provider_default", Basis.SIGNED, loss, None if left else loss, in_advance=True, depends_on=failing)
    if left:
        rest = (elapsed > 0) * (contract.term_months - elapsed) * (1 - contract.prepaid_share) * monthly
        fee, fees = rental.termination_fee_share * rest, (*inputs, "rental.termination_fee_share")
        writer.add("termination", Basis.SIGNED, 0 * rest, leaving=fee, in_advance=True, depends_on=fees)


def _use_and_sublet(writer: LineWriter, deal: _Deal, *, left: bool) -> None:
    """Idle hours are sublet: few of the short gaps between use, most of a block that is free as a whole."""
    case, inside, nodes = deal.case, deal.inside, deal.nodes
    demand, rental = case.demand, case.assumptions.rental
    capacity = demand.node_hours * nodes
    sublet_share = 0.0 if case.tier == "hyperscaler" else case.sublet_share  # their commitments cannot be sublet
    used, used_after = (padded(need.used_gpu_hours, writer.months) for need in (demand.alive, demand.after))
    gap_fill = np.where(used > 0, rental.idle_fill_share, rental.freed_fill_share)
    credit = sublet_share * inside * gap_fill * (capacity - used)
    credit_after = sublet_share * inside * rental.freed_fill_share * (capacity - used_after)
    fills = ("rental.idle_fill_share", "rental.freed_fill_share")
    sublet = (*WORK, *NODE_HOURS, *case.sublet_depends_on, *fills)
    writer.add("idle_resale", Basis.SPOT, -credit, None if left else -credit_after, depends_on=sublet)
    per_node = rental.storage_egress_usd_per_node_month
    running = padded(demand.alive.active_share, writer.months) * per_node * nodes
    kept = padded(storage_usd(case, demand.after), writer.months)
    rest = padded(storage_usd(case, demand.alive), writer.months)
    writer.add("storage_egress", Basis.FIXED, np.where(inside, running, rest), kept, kept, depends_on=STORAGE_INPUTS)
    add_setup(writer, case)


def _rent_the_rest(writer: LineWriter, deal: _Deal, *, left: bool) -> None:
    """On demand: all months outside blocks, and what is left of the demand when a block was never signed or is left."""
    case, demand = deal.case, deal.case.demand
    alive = padded(on_demand_multiple(case, demand.alive) * demand.alive.billed_gpu_hours, writer.months)
    after = padded(on_demand_multiple(case, demand.after) * demand.after.billed_gpu_hours, writer.months)
    outside = ~deal.inside
    winding = after if left else outside * after
    writer.add("rent", Basis.SPOT, outside * alive, winding, after, depends_on=on_demand_depends_on(case))


def _constraints(case: Case, contract: Contract) -> tuple[Constraint, ...]:
    nodes, rental = case.demand.peak, case.assumptions.rental
    found = []
    for size, least in minimum_terms(rental):
        if contract.term_months < least and not contract.final:
            words = f"{int(nodes):,} nodes are" if nodes.ndim == 0 else "clusters of this size are"
            found.append((nodes >= size, f"{words} not sold for less than {least} months"))
    strictest = [reason for reason in found if reason[0]][-1:] if nodes.ndim == 0 else found
    return tuple(constraint(holds, why) for holds, why in strictest)
