"""What owning a cluster costs, however it is paid for: the parts that buying, borrowing and leasing share (model
section 2.4), in the order of events: order, wait, take delivery, run, sublet what is idle, sell."""

from dataclasses import dataclass
from functools import cache, cached_property
from itertools import chain

import numpy as np
import numpy.typing as npt

from advisor.array_types import Bools, Floats, Months
from advisor.costing.case import Case
from advisor.costing.cost_table import Basis, Exit, padded
from advisor.costing.line_writer import NODE_HOURS, PLAN_MONTHS, PLAN_NODES, WORK, LineWriter
from advisor.costing.option import Constraint, constraint
from advisor.costing.options.hourly_rental import STORAGE_INPUTS, on_demand_depends_on, on_demand_multiple, storage_usd
from advisor.finance.depreciation import book_value_usd
from advisor.market.assumptions import Facility, Rental

_HOURS_LET = ("rental.idle_fill_share", "rental.freed_fill_share", "facility.availability_share")
_POWER = ("facility.pue", "facility.electricity_usd_per_kwh", "facility.idle_power_share")
_SPACE = ("facility.colocation_usd_per_kw_month", "facility.colocation_min_months", "facility.colocation_exit_share")
_STAFF = (
    "facility.staff_fixed_fte",
    "facility.staff_fte_per_node",
    "facility.staff_small_fte_per_node",
    "facility.staff_usd_per_fte_year",
)
_RESALE = (
    "facility.selling_cost_share",
    "forecast.resale_rent_elasticity",
    "forecast.resale_ageing_per_year",
    "forecast.resale_sd_per_sqrt_year",
    "forecast.resale_floor_share",
    "forecast.resale_cap_share",
)
_HAIR = 1e-9  # a plan of no nodes at all has no load


@dataclass(frozen=True)
class Capex:
    """What a cluster costs to buy, USD, by part. Arrays (...), one a plan."""

    hardware_usd: Floats
    fabric_usd: Floats
    storage_usd: Floats
    installation_usd: Floats

    @property
    def total_usd(self) -> Floats:
        """All of it."""
        return self.hardware_usd + self.fabric_usd + self.storage_usd + self.installation_usd


@dataclass(frozen=True)
class Timing:
    """When things happen, in months from now: the order, the delivery, and for each tau = 1..T the sale (..., T)."""

    order: int
    delivery: int
    sale: Months


def fabric_usd(nodes: npt.ArrayLike, gpus_per_node: float, facility: Facility) -> Floats:
    """Switches, cables and optics of a cluster, by switch layers: 0 up to 2 nodes, 1 to 64, 2 to 2,048, else 3.

    Rules back-solved from the rows of the 2024-08 capex sheet behind "$2 H100s"."""
    f, count = facility, np.asarray(nodes, dtype=float)
    limits = (f.max_nodes_no_layer, f.max_nodes_one_layer, f.max_nodes_two_layers)
    layers = np.searchsorted(limits, count)  # how many limits the cluster exceeds
    rates = (0.0, f.switches_per_64_nodes_one_layer, f.switches_per_64_nodes_two_layers)
    rate = np.array((*rates, f.switches_per_64_nodes_three_layers))[layers]
    cables = (f.cable_usd_per_gpu_no_layer, f.cable_usd_per_gpu_one_layer, f.cable_usd_per_gpu_two_layers)
    cable = np.array((*cables, f.cable_usd_per_gpu_three_layers))[layers]
    return np.asarray(np.ceil(rate * count / 64) * f.switch_usd + count * gpus_per_node * cable)


def capex_of(
    nodes: npt.ArrayLike, node_usd: float, discount_share: Floats | float, rental: Rental, facility: Facility
) -> Capex:
    """The purchase of a cluster: nodes less the volume discount, fabric by size, storage, installation. USD."""
    count = np.asarray(nodes, dtype=float)
    return Capex(
        hardware_usd=count * node_usd * (1 - discount_share),
        fabric_usd=fabric_usd(count, rental.gpus_per_node, facility),
        storage_usd=count * facility.storage_usd_per_node,
        installation_usd=count * facility.setup_usd_per_node,
    )


def owned_capex(case: Case) -> Capex | None:
    """What buying the demand's peak costs; a quote is a final price, the book's price earns the volume discount.

    None when there is no price."""
    node_usd = node_price_usd(case)
    if node_usd is None:
        return None
    a, nodes = case.assumptions, case.demand.peak
    discount = case.volume_discount_share(nodes) if case.quote("buy") is None else 0.0
    return capex_of(nodes, node_usd, discount, a.rental, a.facility)


def electricity_usd_per_month(
    kw: Floats | float,
    pue: float,
    usd_per_kwh: float,
    hours: float,
    load_share: Floats | float,
    idle_power_share: float,
) -> Floats:
    """Energy of servers that draw `kw` at full load: kW x PUE x h x $/kWh x (idle + (1 - idle) x load). USD."""
    return np.asarray(kw * pue * hours * usd_per_kwh * (idle_power_share + (1 - idle_power_share) * load_share))


def timing_of(case: Case) -> Timing:
    """Order so that the hardware is there when the work starts, at once if that is too late already; sell
    `exit_months` after the plan changed or when it ends, but not before a month of use."""
    demand, lead = case.demand, int(case.assumptions.gpu.lead_months)
    order = max(case.decided_month, demand.start_month - lead)
    delivery = order + lead
    tau = np.arange(1, demand.months + 1)
    sale = np.minimum(tau + int(case.assumptions.facility.exit_months), demand.lengths[..., None])
    return Timing(order, delivery, np.maximum(sale, delivery + 1))


def node_price_usd(case: Case) -> float | None:
    """A node by the founder's quote, else by the book; None when nobody names a price."""
    quote = case.quote("buy")
    return case.assumptions.gpu.node_usd if quote is None else quote.usd_per_node


def constraints_on_owning(case: Case, timing: Timing) -> tuple[Constraint, ...]:
    """No price, or hardware that arrives when the plan is over."""
    gpu = case.assumptions.gpu
    return (
        constraint(
            node_price_usd(case) is None,
            f"the book has no purchase price for a node of {gpu.label}: give a quote to buy",
        ),
        constraint(
            timing.delivery >= case.demand.lengths,
            f"delivery takes {gpu.lead_months:g} months, the plan is over by then",
        ),
    )


@dataclass(frozen=True)
class OwnedCluster:
    """One cluster that is owned or leased, from order to sale: what a table of it needs."""

    case: Case
    timing: Timing
    capex: Capex
    node_usd: float

    @property
    def months(self) -> int:
        """Length of its table."""
        return max(self.case.demand.months, self.timing.delivery + 1)

    @property
    def owning(self) -> Bools:
        """Months from delivery on. Array of `months`."""
        return np.asarray(np.arange(self.months) >= self.timing.delivery)

    @property
    def gone_by(self) -> Months:
        """For each month the latest change of plan after which the hardware is no longer there: see table.py."""
        month, timing, lengths = np.arange(self.months), self.timing, self.case.demand.lengths[..., None]
        ended = np.where(month < lengths, month - int(self.case.assumptions.facility.exit_months), lengths)
        gone = np.where(month >= timing.delivery + 1, np.maximum(ended, 0), 0)
        return np.where(month >= timing.order, np.maximum(gone, timing.order), month)

    @property
    def hardware_depends_on(self) -> tuple[str, ...]:
        """The inputs of the price of the nodes."""
        if self.case.quote("buy") is not None:
            return PLAN_NODES, "quote.buy"
        return PLAN_NODES, self.case.gpu_figure("node_usd"), *_VOLUME

    @cached_property
    def capex_depends_on(self) -> tuple[tuple[str, ...], ...]:
        """The inputs of what is bought, in the order of `Capex`."""
        fabric = (PLAN_NODES, "rental.gpus_per_node", *_fabric_depends_on(self.case))
        storage, installation = "facility.storage_usd_per_node", "facility.setup_usd_per_node"
        return self.hardware_depends_on, fabric, (PLAN_NODES, storage), (PLAN_NODES, installation)

    @property
    def standing_depends_on(self) -> tuple[str, ...]:
        """The inputs of how long the hardware is there."""
        return PLAN_MONTHS, self.case.gpu_figure("lead_months"), "facility.exit_months"

    def writer(self) -> LineWriter:
        """For its table."""
        return LineWriter(self.months, self.case.demand.peak.shape)


_VOLUME = (
    "rental.volume_discount_per_doubling",
    "rental.volume_discount_from_nodes",
    "rental.volume_discount_max_share",
)
_LAYERS = ("no_layer", "one_layer", "two_layers", "three_layers")


def _fabric_depends_on(case: Case) -> tuple[str, ...]:
    """The figures of the switch layers that a cluster has: of all, when it is many plans."""
    f, peak = case.assumptions.facility, case.demand.peak
    limits = (f.max_nodes_no_layer, f.max_nodes_one_layer, f.max_nodes_two_layers)
    return _layers_depend_on(tuple(sorted(set(np.searchsorted(limits, peak).ravel().tolist()))))


@cache
def _layers_depend_on(used: tuple[int, ...]) -> tuple[str, ...]:
    found = dict.fromkeys(f"facility.max_nodes_{_LAYERS[at]}" for n in used for at in (n - 1, n) if 0 <= at < 3)
    found |= dict.fromkeys(f"facility.cable_usd_per_gpu_{_LAYERS[n]}" for n in used)
    switched = [f"facility.switches_per_64_nodes_{_LAYERS[n]}" for n in used if n]
    return (*found, *switched, *(("facility.switch_usd",) if switched else ()))


def owned_cluster(case: Case) -> OwnedCluster:
    """The cluster that serves the peak of a demand; worth nothing where nobody names a price."""
    nothing = np.zeros(case.demand.peak.shape)
    capex = owned_capex(case) or Capex(nothing, nothing, nothing, nothing)
    return OwnedCluster(case, timing_of(case), capex, node_price_usd(case) or 0.0)


def add_purchase(writer: LineWriter, cluster: OwnedCluster) -> None:
    """The deposit at order and the balance at delivery."""
    deposit, capex = cluster.case.assumptions.facility.deposit_share, cluster.capex
    parts = (
        ("hardware", capex.hardware_usd),
        ("fabric", capex.fabric_usd),
        ("storage", capex.storage_usd),
        ("installation", capex.installation_usd),
    )
    when = ("facility.deposit_share", cluster.case.gpu_figure("lead_months"))
    due = np.zeros(writer.months)
    due[cluster.timing.order] += deposit
    due[cluster.timing.delivery] += 1 - deposit
    for (component, usd), inputs in zip(parts, cluster.capex_depends_on, strict=True):
        paid, depends_on = usd[..., None] * due, (*inputs, *when)
        writer.add(component, Basis.FIXED, paid, paid, in_advance=True, deductible=False, depends_on=depends_on)
    if cluster.case.tax is not None:
        deductions = np.concatenate([np.zeros(cluster.timing.delivery), cluster.case.tax.deductions_per_usd])
        writer.deduct(capex.total_usd[..., None] * deductions)


def add_operation(writer: LineWriter, cluster: OwnedCluster) -> None:
    """Everything from day to day: idle hours sublet, running costs, and what has to be rented all the same."""
    used, used_after, load, load_after = _hours(writer, cluster)
    _run(writer, cluster, load, load_after)
    _rent_meanwhile(writer, cluster, used, used_after)


def _hours(writer: LineWriter, cluster: OwnedCluster) -> tuple[Floats, Floats, Floats, Floats]:
    """Hours used and the load of the hardware, alive and after; idle hours are sublet on the way."""
    case = cluster.case
    demand, rental = case.demand, case.assumptions.rental
    available = case.assumptions.facility.availability_share
    capacity = np.maximum(demand.node_hours * demand.peak, _HAIR)[..., None]
    used, used_after = (padded(need.used_gpu_hours, writer.months) for need in (demand.alive, demand.after))
    fill = np.where(used > 0, rental.idle_fill_share, rental.freed_fill_share)
    sublet = fill * (capacity - used) * available
    sublet_after = rental.freed_fill_share * (capacity - used_after) * available
    share = case.sublet_share * cluster.owning
    inputs = (*WORK, *NODE_HOURS, *case.sublet_depends_on, *_HOURS_LET, *cluster.standing_depends_on)
    writer.add("idle_resale", Basis.SPOT, -share * sublet, -share * sublet_after, depends_on=inputs)
    return (
        used,
        used_after,
        (used * available + sublet) / capacity,
        (used_after * available + sublet_after) / capacity,
    )


def _run(writer: LineWriter, cluster: OwnedCluster, load: Floats, load_after: Floats) -> None:
    """Colocation, electricity, maintenance, insurance, staff and failures, each month the hardware stands."""
    case, capex, owning = cluster.case, cluster.capex, cluster.owning
    facility, nodes = case.assumptions.facility, case.demand.peak
    kw = nodes * case.assumptions.gpu.node_kw
    hours = case.assumptions.rental.hours_per_month

    def energy(share: Floats) -> Floats:
        price = facility.electricity_usd_per_kwh
        usd = electricity_usd_per_month(kw[..., None], facility.pue, price, hours, share, facility.idle_power_share)
        return np.asarray(owning * usd)

    stands = (PLAN_NODES, *cluster.standing_depends_on)
    power = (*WORK, *_HOURS_LET, *_POWER, case.gpu_figure("node_kw"), *stands, "rental.hours_per_month")
    writer.add("electricity", Basis.FIXED, energy(load), energy(load_after), depends_on=power)
    fleet_fte = facility.staff_fixed_fte + facility.staff_fte_per_node * nodes
    fte = np.minimum(fleet_fte, facility.staff_small_fte_per_node * nodes)
    node = ("quote.buy",) if case.quote("buy") is not None else (case.gpu_figure("node_usd"),)
    monthly = (
        ("colocation", kw * facility.colocation_usd_per_kw_month, (*_SPACE, case.gpu_figure("node_kw"))),
        (
            "maintenance",
            facility.maintenance_share_per_year * capex.hardware_usd / 12,
            ("facility.maintenance_share_per_year", *cluster.hardware_depends_on),
        ),
        (
            "insurance",
            facility.insurance_share_per_year * capex.total_usd / 12,
            ("facility.insurance_share_per_year", *chain.from_iterable(cluster.capex_depends_on)),
        ),
        ("staff", fte * facility.staff_usd_per_fte_year / 12, _STAFF),
        (
            "failures",
            facility.failure_share_per_gpu_year * nodes * cluster.node_usd / 12,
            ("facility.failure_share_per_gpu_year", *node),
        ),
    )
    for component, usd, inputs in monthly:
        due = np.where(owning, usd[..., None], 0.0)
        writer.add(component, Basis.FIXED, due, due, depends_on=(*stands, *inputs))


def _rent_meanwhile(writer: LineWriter, cluster: OwnedCluster, used: Floats, used_after: Floats) -> None:
    """On demand: everything before delivery and after the sale, and what the hardware fails to serve."""
    case, owning = cluster.case, cluster.owning
    demand = case.demand
    multiple, multiple_after = (
        padded(on_demand_multiple(case, need), writer.months) for need in (demand.alive, demand.after)
    )
    short = 1 - case.assumptions.facility.availability_share
    bill = padded(demand.alive.billed_gpu_hours, writer.months)
    bill_after = padded(demand.after.billed_gpu_hours, writer.months)
    alive = multiple * np.where(owning, short * used, bill)
    winding = multiple_after * np.where(owning, short * used_after, bill_after)
    meanwhile = ("facility.availability_share", *cluster.standing_depends_on)
    inputs = (*on_demand_depends_on(case), *meanwhile)
    writer.add("rent", Basis.SPOT, alive, winding, multiple_after * bill_after, depends_on=inputs)
    kept, kept_after = (padded(storage_usd(case, need), writer.months) for need in (demand.alive, demand.after))
    renting = ~owning
    stored = (*STORAGE_INPUTS, *cluster.standing_depends_on)
    writer.add("storage_egress", Basis.FIXED, renting * kept, renting * kept_after, kept_after, depends_on=stored)


def exit_of(cluster: OwnedCluster) -> Exit:
    """Sell at the resale share of today's price (of a used node, where that is the market), never counting on more than
    was paid; owe colocation."""
    case, timing = cluster.case, cluster.timing
    facility, nodes, gpu = case.assumptions.facility, case.demand.peak, case.assumptions.gpu
    market_usd = next((usd for usd in (gpu.used_node_usd, gpu.node_usd) if usd is not None), cluster.node_usd)
    market = case.gpu_figure("node_usd" if gpu.used_node_usd is None else "used_node_usd")
    value = np.minimum(cluster.capex.hardware_usd, nodes * market_usd)
    left = np.maximum(0.0, facility.colocation_min_months - (timing.sale - timing.delivery))
    rent = nodes * gpu.node_kw * facility.colocation_usd_per_kw_month
    tau = np.arange(1, case.demand.months + 1)
    bought = np.broadcast_to((tau > timing.order).astype(float), timing.sale.shape)
    return Exit(
        month=timing.sale,
        sold=bought,
        hardware_usd=value * (1 - facility.selling_cost_share),
        owed_usd=bought * facility.colocation_exit_share * left * rent[..., None],
        debt_owed_usd=np.zeros(timing.sale.shape),
        debt_deductible_usd=np.zeros(timing.sale.shape),
        book_usd=bought * _book_value_usd(cluster),
        depends_on=(*cluster.hardware_depends_on, market, *cluster.standing_depends_on, *_RESALE),
    )


def _book_value_usd(cluster: OwnedCluster) -> Floats:
    """What of the price has not been deducted when it is sold, (..., T); nothing where no taxes are paid."""
    tax, held = cluster.case.tax, cluster.timing.sale - cluster.timing.delivery
    if tax is None:
        return np.zeros(held.shape)
    left = book_value_usd(1.0, tax.deductions_per_usd)
    return np.asarray(cluster.capex.total_usd[..., None] * left[np.minimum(held, left.size - 1)])
