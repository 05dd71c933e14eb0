"""Owned: buy the nodes and colocate them (model section 2.4), in the order of events:
order, wait, take delivery, run, sublet what is idle, sell."""

from dataclasses import dataclass

import numpy as np

from advisor.demand import Floats
from advisor.market.book import Facility, Rental
from advisor.options.rented import on_demand_multiple, storage_usd
from advisor.options.table import Basis, Case, CostTable, Exit, LineWriter, Months, Option, padded


@dataclass(frozen=True)
class Capex:
    """What a cluster costs to buy, USD, by part."""

    hardware_usd: float
    fabric_usd: float
    storage_usd: float
    installation_usd: float

    @property
    def total_usd(self) -> float:
        """All of it."""
        return self.hardware_usd + self.fabric_usd + self.storage_usd + self.installation_usd


@dataclass(frozen=True)
class Timing:
    """When things happen, in months from now: the order, the delivery, and for each tau = 1..T the sale (array)."""

    order: int
    delivery: int
    sale: Months


def owned(case: Case) -> Option:
    """Buy the peak and colocate it; rent until delivery and what fails, sublet idle hours, sell at the end.

    Infeasible without a price, or when the hardware arrives after the plan has ended.
    """
    timing = timing_of(case)
    node_usd = _node_usd(case)
    obstacles = []
    if node_usd is None:
        obstacles.append(
            f"the book has no purchase price for a node of {case.assumptions.gpu.label}: give a quote to buy"
        )
    if timing.delivery >= case.demand.months:
        obstacles.append(f"delivery takes {case.assumptions.gpu.lead_months:g} months, the plan is over by then")
    return Option(
        id="buy",
        action="buy",
        label="buy and colocate",
        table=_table(case, timing, node_usd or 0.0),
        obstacles=tuple(obstacles),
        priced=node_usd is not None,
    )


def fabric_usd(nodes: int, gpus_per_node: float, facility: Facility) -> float:
    """Switches, cables and optics of a cluster, by switch layers: 0 up to 2 nodes, 1 to 64, 2 to 2,048, else 3.

    Rules back-solved from the rows of the 2024-08 capex sheet behind "$2 H100s"."""
    if nodes <= facility.max_nodes_no_layer:
        return nodes * gpus_per_node * facility.cable_usd_per_gpu_no_layer
    if nodes <= facility.max_nodes_one_layer:
        rate, cable = facility.switches_per_64_nodes_one_layer, facility.cable_usd_per_gpu_one_layer
    elif nodes <= facility.max_nodes_two_layers:
        rate, cable = facility.switches_per_64_nodes_two_layers, facility.cable_usd_per_gpu_two_layers
    else:
        rate, cable = facility.switches_per_64_nodes_three_layers, facility.cable_usd_per_gpu_three_layers
    switches = float(np.ceil(rate * nodes / 64))
    return switches * facility.switch_usd + nodes * gpus_per_node * cable


def capex_of(nodes: int, node_usd: float, discount_share: float, rental: Rental, facility: Facility) -> Capex:
    """The purchase of a cluster: nodes less the volume discount, fabric by size, storage, installation. USD."""
    return Capex(
        hardware_usd=nodes * node_usd * (1 - discount_share),
        fabric_usd=fabric_usd(nodes, rental.gpus_per_node, facility),
        storage_usd=nodes * facility.storage_usd_per_node,
        installation_usd=nodes * facility.setup_usd_per_node,
    )


def owned_capex(case: Case) -> Capex | None:
    """What buying the demand's peak costs; a quote is a final price, the book's price earns the volume discount.

    None when there is no price."""
    node_usd = _node_usd(case)
    if node_usd is None:
        return None
    a, nodes = case.assumptions, case.demand.peak_nodes
    discount = float(case.volume_discount_share(nodes)) if case.quote("buy") is None else 0.0
    return capex_of(nodes, node_usd, discount, a.rental, a.facility)


def electricity_usd_per_month(
    kw: float, pue: float, usd_per_kwh: float, hours: float, load_share: Floats | float, idle_power_share: float
) -> Floats:
    """Energy of servers that draw `kw` at full load: kW x PUE x h x $/kWh x (idle + (1 - idle) x load). USD."""
    return np.asarray(kw * pue * hours * usd_per_kwh * (idle_power_share + (1 - idle_power_share) * load_share))


def timing_of(case: Case) -> Timing:
    """Order so that the hardware is there when the work starts, at once if that is too late already; sell
    `exit_months` after the plan changed or when it ends, but not before a month of use."""
    demand, lead = case.demand, int(case.assumptions.gpu.lead_months)
    order = max(0, demand.start_month - lead)
    delivery = order + lead
    tau = np.arange(1, demand.months + 1)
    sale = np.minimum(tau + int(case.assumptions.facility.exit_months), demand.months)
    return Timing(order, delivery, np.maximum(sale, delivery + 1))


def _node_usd(case: Case) -> float | None:
    quote = case.quote("buy")
    return case.assumptions.gpu.node_usd if quote is None else quote.usd_per_node


def _table(case: Case, timing: Timing, node_usd: float) -> CostTable:
    months = max(case.demand.months, timing.delivery + 1)
    month = np.arange(months)
    owning = month >= timing.delivery
    writer = LineWriter(months)
    capex = owned_capex(case) or Capex(0.0, 0.0, 0.0, 0.0)
    _buy(writer, case, timing, capex)
    used, used_after, load, load_after = _hours(writer, case, owning)
    _run(writer, case, owning, capex, node_usd, load, load_after)
    _rent_meanwhile(writer, case, owning, used, used_after)
    ended = np.where(month < case.demand.months, month - int(case.assumptions.facility.exit_months), case.demand.months)
    gone_by = np.where(month >= timing.delivery + 1, np.maximum(ended, 0), 0)
    gone_by = np.where(month >= timing.order, np.maximum(gone_by, timing.order), month)
    return writer.table(case.assumptions.rental, gone_by, exit_=_exit(case, timing, node_usd, capex))


def _buy(writer: LineWriter, case: Case, timing: Timing, capex: Capex) -> None:
    """The deposit at order and the balance at delivery."""
    deposit = case.assumptions.facility.deposit_share
    parts = (
        ("hardware", capex.hardware_usd),
        ("fabric", capex.fabric_usd),
        ("storage", capex.storage_usd),
        ("installation", capex.installation_usd),
    )
    due = np.zeros(writer.months)
    due[timing.order] += deposit
    due[timing.delivery] += 1 - deposit
    for component, usd in parts:
        writer.add(component, Basis.FIXED, usd * due, usd * due, in_advance=True)


def _hours(
    writer: LineWriter, case: Case, owning: "np.typing.NDArray[np.bool_]"
) -> tuple[Floats, Floats, Floats, Floats]:
    """Hours used and the load of the hardware, alive and after; idle hours are sublet on the way."""
    demand, rental = case.demand, case.assumptions.rental
    available = case.assumptions.facility.availability_share
    capacity = demand.node_hours * demand.peak_nodes
    used, used_after = (padded(need.used_gpu_hours, writer.months) for need in (demand.alive, demand.after))
    fill = np.where(used > 0, rental.idle_fill_share, rental.freed_fill_share)
    sublet = fill * (capacity - used) * available
    sublet_after = rental.freed_fill_share * (capacity - used_after) * available
    share = case.sublet_share * owning
    writer.add("idle_resale", Basis.SPOT, -share * sublet, -share * sublet_after)
    return (
        used,
        used_after,
        (used * available + sublet) / capacity,
        (used_after * available + sublet_after) / capacity,
    )


def _run(
    writer: LineWriter,
    case: Case,
    owning: "np.typing.NDArray[np.bool_]",
    capex: Capex,
    node_usd: float,
    load: Floats,
    load_after: Floats,
) -> None:
    """Colocation, electricity, maintenance, insurance, staff and failures, each month the hardware stands."""
    facility, nodes = case.assumptions.facility, case.demand.peak_nodes
    kw = nodes * case.assumptions.gpu.node_kw
    hours = case.assumptions.rental.hours_per_month

    def energy(share: Floats) -> Floats:
        price = facility.electricity_usd_per_kwh
        usd = electricity_usd_per_month(kw, facility.pue, price, hours, share, facility.idle_power_share)
        return np.asarray(owning * usd)

    writer.add("electricity", Basis.FIXED, energy(load), energy(load_after))
    fleet_fte = facility.staff_fixed_fte + facility.staff_fte_per_node * nodes
    fte = min(fleet_fte, facility.staff_small_fte_per_node * nodes)
    monthly = (
        ("colocation", kw * facility.colocation_usd_per_kw_month),
        ("maintenance", facility.maintenance_share_per_year * capex.hardware_usd / 12),
        ("insurance", facility.insurance_share_per_year * capex.total_usd / 12),
        ("staff", fte * facility.staff_usd_per_fte_year / 12),
        ("failures", facility.failure_share_per_gpu_year * nodes * node_usd / 12),
    )
    for component, usd in monthly:
        due = np.where(owning, usd, 0.0)
        writer.add(component, Basis.FIXED, due, due)


def _rent_meanwhile(
    writer: LineWriter, case: Case, owning: "np.typing.NDArray[np.bool_]", used: Floats, used_after: Floats
) -> None:
    """On demand: everything before delivery and after the sale, and what the hardware fails to serve."""
    demand = case.demand
    multiple, multiple_after = (
        padded(on_demand_multiple(case, need), writer.months) for need in (demand.alive, demand.after)
    )
    short = 1 - case.assumptions.facility.availability_share
    bill = padded(demand.alive.billed_gpu_hours, writer.months)
    bill_after = padded(demand.after.billed_gpu_hours, writer.months)
    alive = multiple * np.where(owning, short * used, bill)
    winding = multiple_after * np.where(owning, short * used_after, bill_after)
    writer.add("rent", Basis.SPOT, alive, winding, multiple_after * bill_after)
    kept, kept_after = (padded(storage_usd(case, need), writer.months) for need in (demand.alive, demand.after))
    renting = ~owning
    writer.add("storage_egress", Basis.FIXED, renting * kept, renting * kept_after, kept_after)


def _exit(case: Case, timing: Timing, node_usd: float, capex: Capex) -> Exit:
    """Sell at the resale share of today's price (of a used node, where that is the market), never counting on more than
    was paid; owe colocation."""
    facility, nodes = case.assumptions.facility, case.demand.peak_nodes
    gpu = case.assumptions.gpu
    market_usd = next((usd for usd in (gpu.used_node_usd, gpu.node_usd) if usd is not None), node_usd)
    value = min(capex.hardware_usd, nodes * market_usd)
    left = np.maximum(0.0, facility.colocation_min_months - (timing.sale - timing.delivery))
    rent = nodes * case.assumptions.gpu.node_kw * facility.colocation_usd_per_kw_month
    tau = np.arange(1, case.demand.months + 1)
    bought = (tau > timing.order).astype(float)
    return Exit(
        month=timing.sale,
        sold=bought,
        hardware_usd=value * (1 - facility.selling_cost_share),
        owed_usd=bought * facility.colocation_exit_share * left * rent,
    )
