"""Reserved: commit to a cluster for a term (model section 2.3), in the order of the contract:
sign, pay, use, sublet what is idle, renew, leave."""

from dataclasses import dataclass

import numpy as np

from advisor.demand import Floats
from advisor.market.book import Rental
from advisor.options.rented import add_setup, on_demand_multiple, storage_usd
from advisor.options.table import Basis, Case, LineWriter, Months, Option, padded

TERMS_MONTHS = (1, 3, 6, 12, 24, 36)


@dataclass(frozen=True)
class Contract:
    """The terms of one reservation. rate_share: the rate as a share of the list price on the day of signing, before
    the volume discount; final: an offer in hand, on which no volume discount comes."""

    term_months: int
    rate_share: float
    prepaid_share: float
    final: bool


def reserved(case: Case, term_months: int) -> Option | None:
    """Reserve for a term as many nodes as it needs at most, renew while the plan needs a whole further term, rent what
    is left on demand.

    None when neither the tier's price list nor a quote of the founder's has this term.
    """
    contract = contract_for(case, term_months)
    if contract is None:
        return None
    demand = case.demand
    months = max(demand.months, demand.start_month + term_months)
    block = block_starts(demand.start_month, demand.months, term_months, months)
    inside, nodes = block >= 0, _nodes_committed(case, block)
    rate = contract.rate_share * (1.0 - case.volume_discount_share(nodes) * (not contract.final))
    writer = LineWriter(months)
    _pay(writer, case, contract, block, rate * nodes * demand.node_hours)
    _use_and_sublet(writer, case, inside, nodes)
    _rent_the_rest(writer, case, inside)
    gone_by = np.where(inside, block, np.arange(months))
    firm = contract.final & (block == demand.start_month)  # an offer in hand does not move with rents
    signed_in = np.where(firm, 0, gone_by)
    return Option(
        id=f"reserved-{term_months}m",
        action="reserve",
        label=f"reserve {term_months} month" + ("s" if term_months > 1 else ""),
        table=writer.table(case.assumptions.rental, gone_by, signed_in),
        obstacles=_obstacles(case, term_months),
        term_months=term_months,
        rate_share=float(rate[demand.start_month]),
    )


def contract_for(case: Case, term_months: int) -> Contract | None:
    """The contract on offer: the founder's quote, else list less term and prepayment discount."""
    rental, gpu = case.assumptions.rental, case.assumptions.gpu
    quote = case.quote("reserved", term_months)
    if quote is not None and quote.usd_per_gpu_hour is not None:
        prepaid = rental.prepaid_share if quote.prepaid is None else quote.prepaid
        return Contract(term_months, quote.usd_per_gpu_hour / gpu.neocloud_usd_per_gpu_hour, prepaid, final=True)
    discount = gpu.term_discounts[case.tier].get(term_months)
    if discount is None:
        return None
    prepaid = rental.prepaid_share
    rate = case.tier_factor * (1 - discount) * (1 - prepay_bonus_share(prepaid, rental))
    return Contract(term_months, rate, prepaid, final=False)


def prepay_bonus_share(prepaid_share: float, rental: Rental) -> float:
    """Discount for paying early: max x sqrt of how far the prepaid share lies between `from` and all."""
    start = rental.prepay_bonus_from_share
    reach = max(0.0, (prepaid_share - start) / (1 - start)) if start < 1 else 0.0
    return float(rental.prepay_bonus_max_share * np.sqrt(reach))


def minimum_term_months(nodes: int, rental: Rental) -> int:
    """The shortest term sold for a cluster of this size."""
    if nodes >= 256:
        return int(rental.minimum_term_from_256_nodes_months)
    if nodes >= 128:
        return int(rental.minimum_term_from_128_nodes_months)
    return int(rental.minimum_term_from_64_nodes_months) if nodes >= 64 else 1


def block_starts(start_month: int, plan_months: int, term_months: int, months: int) -> Months:
    """For each month the month in which the running block was signed, -1 outside blocks. The first block always
    begins; another one follows while a whole term is still needed. Array of `months`."""
    block = np.full(months, -1, dtype=np.int64)
    start = start_month
    block[start : start + term_months] = start
    while (start := start + term_months) + term_months <= plan_months:
        block[start : start + term_months] = start
    return block


def _nodes_committed(case: Case, block: Months) -> Floats:
    """The nodes under contract by month: of each block, the most that are wanted while it runs; 0 outside."""
    wanted = padded(case.demand.alive.nodes, block.size)
    nodes = np.zeros(block.size)
    for start in np.unique(block[block >= 0]):
        nodes[block == start] = wanted[block == start].max()
    return nodes


def _pay(writer: LineWriter, case: Case, contract: Contract, block: Months, monthly: Floats) -> None:
    """The prepayment at signing, equal instalments in advance, and the expected loss of prepaid money. monthly: what a
    month of the running block costs, in hours at list price."""
    inside, month = block >= 0, np.arange(writer.months)
    prepaid = contract.prepaid_share * contract.term_months * monthly
    due = inside * (1 - contract.prepaid_share) * monthly + (block == month) * prepaid
    writer.add("committed", Basis.SIGNED, due, due, np.zeros(writer.months), in_advance=True)
    elapsed = np.where(inside, month - block, 0)
    hazard = case.assumptions.rental.provider_default_per_month
    chance = np.where(elapsed > 0, hazard * (1 - hazard) ** (elapsed - 1.0), 0.0)
    loss = chance * prepaid * (contract.term_months - elapsed) / contract.term_months
    writer.add("provider_default", Basis.SIGNED, loss, loss, in_advance=True)


def _use_and_sublet(writer: LineWriter, case: Case, inside: "np.typing.NDArray[np.bool_]", nodes: Floats) -> None:
    """Idle hours are sublet: few of the short gaps between use, most of a block that is free as a whole."""
    demand, rental = case.demand, case.assumptions.rental
    capacity = demand.node_hours * nodes
    sublet_share = 0.0 if case.tier == "hyperscaler" else case.sublet_share  # their commitments cannot be sublet
    used, used_after = (padded(need.used_gpu_hours, writer.months) for need in (demand.alive, demand.after))
    gap_fill = np.where(used > 0, rental.idle_fill_share, rental.freed_fill_share)
    credit = sublet_share * inside * gap_fill * (capacity - used)
    credit_after = sublet_share * inside * rental.freed_fill_share * (capacity - used_after)
    writer.add("idle_resale", Basis.SPOT, -credit, -credit_after)
    per_node = rental.storage_egress_usd_per_node_month
    running = padded(demand.alive.active_share, writer.months) * per_node * nodes
    kept = padded(storage_usd(case, demand.after), writer.months)
    rest = padded(storage_usd(case, demand.alive), writer.months)
    writer.add("storage_egress", Basis.FIXED, np.where(inside, running, rest), kept, kept)
    add_setup(writer, case)


def _rent_the_rest(writer: LineWriter, case: Case, inside: "np.typing.NDArray[np.bool_]") -> None:
    """On demand: all months outside blocks, and what is left of the demand when a block was never signed."""
    demand = case.demand
    alive = padded(on_demand_multiple(case, demand.alive) * demand.alive.billed_gpu_hours, writer.months)
    after = padded(on_demand_multiple(case, demand.after) * demand.after.billed_gpu_hours, writer.months)
    outside = ~inside
    writer.add("rent", Basis.SPOT, outside * alive, outside * after, after)


def _obstacles(case: Case, term_months: int) -> tuple[str, ...]:
    nodes = case.demand.peak_nodes
    least = minimum_term_months(nodes, case.assumptions.rental)
    if term_months < least and case.quote("reserved", term_months) is None:
        return (f"{nodes:,} nodes are not sold for less than {least} months",)
    return ()
