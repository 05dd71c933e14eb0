"""What owning a cluster costs, however it is paid for: the lines that buying, borrowing and leasing share.

In the order of events: purchase, sublet what is idle, run, rent what the hardware does not serve, sell.
"""

from typing import NamedTuple

import numpy as np

from advisor.array_types import Amount, Floats, Months, of_plan
from advisor.costing.case import Case
from advisor.costing.cost_table import Basis, ByPlanState, Exit, padded
from advisor.costing.line_writer import NODE_HOURS, PLAN_NODES, PLAN_USE, WORK, LineWriter
from advisor.costing.load_curve import Need
from advisor.costing.options.contracts.by_month import by_month
from advisor.costing.options.contracts.cost_lines import add_payments, add_sublet
from advisor.costing.options.contracts.subletting import FILL_INPUTS, TIME_TO_LET
from advisor.costing.options.hardware import Hardware
from advisor.costing.options.hourly_rental import STORAGE_INPUTS, on_demand_depends_on, on_demand_multiple
from advisor.costing.options.ownership import OwnedCluster
from advisor.costing.rates import Timing
from advisor.finance.depreciation import book_value_usd
from advisor.market.assumptions import Facility
from advisor.market.hardware_costs import electricity_usd
from advisor.values.kept import kept

_SUBLET_INPUTS = ("rental.idle_fill_share", "rental.sublet_loss_per_doubling", "facility.availability_share")
POWER_INPUTS = ("facility.pue", "facility.electricity_usd_per_kwh", "facility.idle_power_share")
_COLOCATION_INPUTS = (
    "facility.colocation_usd_per_kw_month",
    "facility.colocation_min_months",
    "facility.colocation_exit_share",
)
STAFF_INPUTS = (
    "facility.staff_fixed_fte",
    "facility.staff_fte_per_node",
    "facility.staff_small_fte_per_node",
    "facility.staff_usd_per_fte_year",
)
RESALE_INPUTS = (
    "facility.selling_cost_share",
    "forecast.resale_rent_elasticity",
    "forecast.resale_ageing_per_year",
    "forecast.resale_floor_share",
    "forecast.resale_cap_share",
)
_LEAST_CAPACITY_GPU_HOURS = 1e-9  # keeps the load of a plan without nodes at 0 / something
Priced = tuple[Amount, tuple[str, ...]]  # USD and its inputs


class Part(NamedTuple):
    """One of several amounts with the same due dates: its component, USD and inputs."""

    component: str
    usd: Amount
    depends_on: tuple[str, ...]


def _parts_or_sum(parts: tuple[Part, ...], writer: LineWriter) -> tuple[Part, ...]:
    """The parts of one plan; their sum for many plans, whose components are never shown."""
    return (parts[0]._replace(usd=sum(part.usd for part in parts)),) if writer.axes else parts


@kept(maxsize=2)  # buying and borrowing share it, as below
def purchase(cluster: OwnedCluster) -> LineWriter:
    """The deposit at order and the balance at delivery; depreciation may be deducted from delivery on."""
    deposit, capex, writer = cluster.case.assumptions.facility.deposit_share, cluster.capex, cluster.writer()
    when = ("facility.deposit_share", cluster.hardware.lead_input)
    of_hardware, of_fabric, of_storage, of_setup = cluster.parts_depend_on
    parts = (
        Part("hardware", capex.hardware_usd, of_hardware),
        Part("fabric", capex.fabric_usd, of_fabric),
        Part("storage", capex.storage_usd, of_storage),
        Part("installation", capex.installation_usd, of_setup),
    )
    at_order = np.arange(cluster.months) == cluster.schedule.order[..., None]
    at_delivery = (cluster.since_delivery == 0) * (1 - deposit)
    paid = at_delivery + at_order * deposit
    for part in _parts_or_sum(parts, writer):
        writer.add(
            part.component,
            Basis.FIXED,
            ByPlanState(active=part.usd * paid, winding_down=part.usd * at_delivery),
            timing=Timing.IN_ADVANCE,
            deductible=False,
            depends_on=(*part.depends_on, *when),
        )
    if cluster.case.tax is not None:
        writer.deduct(capex.total_usd * _by_age(cluster.case.tax.deductions_per_usd, cluster.since_delivery))
    return writer


def _by_age(values: Floats, age: Months) -> Floats:
    """Values by age in months (n,) at some ages, 0 before and after. As `age`."""
    known = (age >= 0) & (age < values.size)
    return np.asarray(values[age * known] * known)


@kept(maxsize=2)  # buying, borrowing and leasing share that of new nodes
def operation(cluster: OwnedCluster) -> LineWriter:
    """Everything from day to day: idle hours sublet, running costs, and what still has to be rented.

    Source: docs/model.md#buy-and-colocate
    """
    writer = cluster.writer()
    load, load_after, inputs = _sublet(writer, cluster)
    _run(writer, cluster, load, load_after, inputs)
    if cluster.schedule.bridge.deal is not None:
        add_payments(writer, cluster.schedule.bridge.deal)
        add_sublet(writer, cluster.schedule.bridge.deal)
    _rent_the_rest(writer, cluster)
    return writer


def _sublet(writer: LineWriter, cluster: OwnedCluster) -> tuple[Floats, Floats, tuple[str, ...]]:
    """Sublet idle hours of nodes that need not stay up; what a change of plan frees is sold or kept, not let.

    Returns:
        The load share of the hardware before and after a change of plan (..., months), and the inputs of both.
    """
    case, demand, owning = cluster.case, cluster.case.demand, cluster.owning
    capacity = np.maximum(demand.node_hours * cluster.nodes, _LEAST_CAPACITY_GPU_HOURS)
    used, used_after = (padded(need.used_gpu_hours, writer.months) for need in (demand.alive, demand.after))
    known = by_month(case)
    taken, fill = known.taken[..., : writer.months], known.fill.in_use[..., : writer.months]
    up = case.assumptions.facility.availability_share * capacity
    sublet = fill * np.maximum(up - cluster.served_share * taken, 0.0)
    free = ((taken == 0) & owning & (np.arange(writer.months) < demand.lengths[..., None])).any()
    letting = (*_SUBLET_INPUTS, *((*FILL_INPUTS, TIME_TO_LET) if free else ()))
    work = (*cluster.delivery_depends_on, PLAN_USE)
    inputs = (*work, *NODE_HOURS, *case.sublet_depends_on, *letting)
    writer.add("idle_resale", Basis.SPOT, ByPlanState(active=-case.sublet_share * owning * sublet), depends_on=inputs)
    load, load_after = cluster.served_share * used + sublet, cluster.served_share * used_after
    return load / capacity, load_after / capacity, letting


def _run(
    writer: LineWriter, cluster: OwnedCluster, load: Floats, load_after: Floats, load_depends_on: tuple[str, ...]
) -> None:
    """Electricity and the other monthly costs while the hardware is there."""
    case, owning, kw = cluster.case, cluster.owning, cluster.kw
    facility, hours = case.assumptions.facility, case.assumptions.rental.hours_per_month

    def energy(share: Floats) -> Floats:
        price, idle = facility.electricity_usd_per_kwh, facility.idle_power_share
        return np.asarray(owning * electricity_usd(kw, facility.pue, price, hours, share, idle))

    period, node_kw = cluster.period_depends_on, case.gpu_figure("node_kw")
    inputs = (*WORK, *load_depends_on, *POWER_INPUTS, node_kw, *period, "rental.hours_per_month")
    power = ByPlanState(active=energy(load), winding_down=energy(load_after))
    writer.add("electricity", Basis.FIXED, power, depends_on=inputs)
    for part in _parts_or_sum(_monthly(cluster), writer):
        running = ByPlanState.running(np.asarray(owning * part.usd))
        writer.add(part.component, Basis.FIXED, running, depends_on=(*period, *part.depends_on))


def staff_fte(facility: Facility, nodes: Amount) -> Amount:
    """People who run some nodes together, in full-time equivalents."""
    fleet = facility.staff_fixed_fte + facility.staff_fte_per_node * nodes
    return np.minimum(fleet, facility.staff_small_fte_per_node * nodes)


def _monthly(cluster: OwnedCluster) -> tuple[Part, ...]:
    """Colocation and upkeep, a month."""
    case, capex, hardware = cluster.case, cluster.capex, cluster.hardware
    facility, node_kw = case.assumptions.facility, case.gpu_figure("node_kw")
    colocation = cluster.kw * facility.colocation_usd_per_kw_month
    return (
        Part("colocation", colocation, (*_COLOCATION_INPUTS, node_kw)),
        *upkeep(
            case,
            hardware,
            staff_fte(facility, cluster.nodes),
            maintained=(capex.hardware_usd, cluster.hardware_depends_on),
            insured=(capex.total_usd, cluster.capex_depends_on),
            replaced=(cluster.nodes * cluster.node_usd, hardware.one_node_depends_on),
        ),
    )


def upkeep(
    case: Case, hardware: Hardware, fte: Amount, *, maintained: Priced, insured: Priced, replaced: Priced
) -> tuple[Part, ...]:
    """What keeping hardware costs a month beside its place and power: staff, and shares of prices a year."""
    facility = case.assumptions.facility
    insurance = facility.insurance_share_per_year, "facility.insurance_share_per_year"
    shares = (
        ("maintenance", *hardware.maintenance, maintained),
        ("insurance", *insurance, insured),
        ("failures", *hardware.failures, replaced),
    )
    return (
        Part("staff", fte * facility.staff_usd_per_fte_year / 12, STAFF_INPUTS),
        *(Part(component, share * usd / 12, (figure, *inputs)) for component, share, figure, (usd, inputs) in shares),
    )


def _rent_the_rest(writer: LineWriter, cluster: OwnedCluster) -> None:
    """On demand: before delivery what no contract serves, everything after the sale, and what fails without spares."""
    case, months, owning, deal = cluster.case, cluster.months, cluster.owning, cluster.schedule.bridge.deal
    known, outside = by_month(case), ~owning if deal is None else ~(owning | deal.under_contract)
    bill, bill_after = known.bill[..., :months], known.bill_after[..., :months]
    stored, stored_after = known.storage[..., :months], known.storage_after[..., :months]
    left = bill_after
    if deal is not None:
        left = np.where(deal.kept_nodes > 0, 0.0, bill_after)
        stored = np.where(deal.under_contract, known.node_storage[..., :months] * deal.nodes, stored)
    failing, failing_after = (_failing_gpu_hours(cluster, need) for need in (case.demand.alive, case.demand.after))
    rent = ByPlanState(active=outside * bill + failing, winding_down=outside * bill_after + failing_after, exited=left)
    inputs = (*on_demand_depends_on(case), "facility.availability_share", *cluster.period_depends_on)
    writer.add("rent", Basis.SPOT, rent, depends_on=inputs)
    storage = ByPlanState(active=~owning * stored, winding_down=~owning * stored_after, exited=stored_after)
    writer.add("storage_egress", Basis.FIXED, storage, depends_on=(*STORAGE_INPUTS, *cluster.period_depends_on))


def _failing_gpu_hours(cluster: OwnedCluster, need: Need) -> Floats:
    """What failed nodes do not serve, rented on demand: GPU-hours at the list price (..., months)."""
    taken = on_demand_multiple(cluster.case, need) * need.occupied_gpu_hours
    return np.asarray((1 - cluster.served_share) * cluster.owning * padded(taken, cluster.months))


def add_lender_line(
    writer: LineWriter, component: str, due: Floats, *, deductible: bool, depends_on: tuple[str, ...]
) -> None:
    """Add what a lender or lessor is paid in each month while the hardware is there. due: USD (..., months)."""
    running, timing = ByPlanState.running(due), Timing.TO_LENDER
    writer.add(component, Basis.FIXED, running, timing=timing, deductible=deductible, depends_on=depends_on)


@kept(maxsize=2)
def exit_of(cluster: OwnedCluster) -> Exit:
    """What leaving brings and costs: the sale of the hardware, and colocation still owed.

    The hardware is sold at the resale share of today's price (of a used node, where the book has one), and never
    counted on to bring more than was paid for it.

    Source: docs/model.md#resale-value
    """
    case, facility, gpu = cluster.case, cluster.case.assumptions.facility, cluster.case.assumptions.gpu
    known = {name: usd for name in ("used_node_usd", "node_usd") if (usd := getattr(gpu, name)) is not None}
    market_usd, paid_usd = cluster.nodes * next(iter(known.values()), cluster.node_usd), cluster.capex.hardware_usd
    market = (case.gpu_figure(next(iter(known))),) if known else cluster.hardware.one_node_depends_on
    at_most = () if cluster.hardware.quoted or cluster.hardware.used else cluster.hardware.one_node_depends_on
    priced_by = (*market, *(at_most if np.all(market_usd < paid_usd) else cluster.hardware_depends_on))
    owned_months, bought = cluster.owned_months, cluster.ordered.astype(float)
    nothing = book_usd = np.zeros(bought.shape)
    if case.tax is not None:
        undeducted = book_value_usd(1.0, case.tax.deductions_per_usd)
        book_usd = bought * cluster.capex.total_usd * undeducted[np.minimum(owned_months, undeducted.size - 1)]
    left, monthly = np.maximum(0.0, facility.colocation_min_months - owned_months), facility.colocation_usd_per_kw_month
    return Exit(
        month=cluster.schedule.sale,
        sold=bought,
        hardware_usd=np.asarray(of_plan(np.minimum(paid_usd, market_usd) * (1 - facility.selling_cost_share))),
        owed_usd=bought * (facility.colocation_exit_share * monthly * cluster.kw) * left,
        debt_owed_usd=nothing,
        debt_deductible_usd=nothing,
        book_usd=book_usd,
        depends_on=(PLAN_NODES, *priced_by, *cluster.period_depends_on, *RESALE_INPUTS),
    )
