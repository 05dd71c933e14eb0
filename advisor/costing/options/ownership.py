"""What an owned or leased cluster is: its price, its schedule from order to sale, and its constraints."""

from collections.abc import Callable
from functools import cache, cached_property

import numpy as np

from advisor.array_types import Bools, Floats, Months
from advisor.costing.case import Case
from advisor.costing.cost_table import Exit
from advisor.costing.discounts import volume_discount_share
from advisor.costing.line_writer import PLAN_MONTHS, PLAN_NODES, LineWriter
from advisor.costing.option import Constraint, Option, constraint
from advisor.costing.options.bridge import BRIDGE_RULES, Bridge, bridge_of
from advisor.costing.options.hardware import Hardware, new_hardware
from advisor.market.hardware_costs import Capex, cluster_capex, fabric_layers, fabric_usd
from advisor.values.quick_dataclass import dataclass

_LAYERS = ("no_layer", "one_layer", "two_layers", "three_layers")


@dataclass(frozen=True)
class OwnershipSchedule:
    """When things happen, in months from now: the order and the delivery (...), and for each tau = 1..T the sale.

    sale: (..., T); exit_months: from a change of plan to the sale (..., 1); bridge: what serves the work meanwhile.
    """

    order: Months
    delivery: Months
    sale: Months
    exit_months: Months
    bridge: Bridge


def ownership_schedule(case: Case, lead_months: int) -> OwnershipSchedule:
    """When to order and sell what is delivered after `lead_months`.

    Order so that the hardware is there when the work starts or, if that is too late already, when what serves the work
    until then ends: see `bridge`. Sell `exit_months` after the plan has changed, at the latest when it ends, but not
    before a month of use; where the change leaves a job too large for the on-demand market, sell only at the end.

    Source: docs/model.md#buy-and-colocate
    """
    demand, exit_months = case.demand, _exit_months(case)
    bridge = bridge_of(case, max(case.decided_month, demand.start_month - lead_months) + lead_months)
    sale = np.minimum(np.arange(1, demand.months + 1) + exit_months, demand.lengths[..., None])
    sale = np.maximum(sale, bridge.delivery[..., None] + 1)
    return OwnershipSchedule(bridge.delivery - lead_months, bridge.delivery, sale, exit_months, bridge)


def _exit_months(case: Case) -> Months:
    """Months from a change of plan to the sale; the whole plan where its hardware is still needed. (..., 1)."""
    usual = int(case.assumptions.facility.exit_months)
    return np.where(_too_large_after_a_change(case).any(axis=-1), case.demand.months, usual)[..., None]


def _too_large_after_a_change(case: Case) -> Bools:
    """Months in which a change of plan leaves a job that cannot be rented on demand. (..., months)."""
    return np.asarray(case.demand.after_shape.fabric_nodes > case.assumptions.rental.on_demand_max_nodes)


def owned_nodes(case: Case) -> Floats:
    """The nodes to buy: the peak, and spares where what fails cannot be rented for jobs of this size. (...)."""
    peak, available = case.demand.peak, case.assumptions.facility.availability_share
    spare = case.demand.largest_job > case.assumptions.rental.on_demand_max_nodes
    return np.where(spare, np.ceil(peak / available), peak)


def owned_capex(case: Case, hardware: Hardware) -> Capex | None:
    """What buying the peak of the demand costs, spares included; None where the price is not known.

    A quote and the price of used nodes are final; the book's price of new ones is reduced by the volume discount.
    """
    if hardware.node_usd is None:
        return None
    a, nodes = case.assumptions, owned_nodes(case)
    discount = 0.0 if hardware.quoted or hardware.used else volume_discount_share(nodes, a.rental)
    return cluster_capex(nodes, hardware.node_usd, discount, _fabric_usd(case), a.facility)


def _fabric_usd(case: Case) -> Floats:
    """One fabric for each job of the largest size and its spares; the other nodes are cabled singly. USD (...)."""
    a, job = case.assumptions, np.maximum(case.demand.largest_job, 1.0)
    jobs = case.demand.clustered_nodes // job
    with_spares = owned_nodes(case) / np.maximum(case.demand.peak, 1.0)
    of_job, of_node = (fabric_usd(n, a.rental.gpus_per_node, a.facility) for n in (job * with_spares, 1.0))
    return np.asarray(jobs * of_job + (case.demand.peak - jobs * job) * with_spares * of_node)


@dataclass(frozen=True)
class OwnedCluster:
    """One cluster that is owned or leased, from order to sale: what a table of it needs."""

    case: Case
    hardware: Hardware
    schedule: OwnershipSchedule
    capex: Capex

    @property
    def node_usd(self) -> float:
        """The price of a node bought singly, 0 without one."""
        return self.hardware.node_usd or 0.0

    @property
    def months(self) -> int:
        """Length of its table."""
        return max(self.case.demand.months, int(self.schedule.delivery.max()) + 1)

    @cached_property
    def nodes(self) -> Floats:
        """See `owned_nodes`. (...)."""
        return owned_nodes(self.case)

    @cached_property
    def served_share(self) -> Floats:
        """The share of the work that the hardware serves: what fails is made good by spares or rented. (..., 1)."""
        spares = self.nodes > self.case.demand.peak
        return np.where(spares, 1.0, self.case.assumptions.facility.availability_share)[..., None]

    @cached_property
    def owning(self) -> Bools:
        """The months from delivery on. (..., months)."""
        return np.asarray(np.arange(self.months) >= self.schedule.delivery[..., None])

    @property
    def owned_months(self) -> Months:
        """How long the hardware is there when the plan changes in month tau, 0 when it was never ordered. (..., T)."""
        order, delivery = self.schedule.order[..., None], self.schedule.delivery[..., None]
        tau = np.arange(1, self.case.demand.months + 1)
        return np.where(tau > order, self.schedule.sale - delivery, 0)

    @cached_property
    def gone_by(self) -> Months:
        """For each month the latest change of plan after which the hardware is no longer there: see `cost_table.py`.

        Until delivery: the month in which the contract that serves the work was signed.
        """
        month, lengths = np.arange(self.months), self.case.demand.lengths[..., None]
        order, delivery = self.schedule.order[..., None], self.schedule.delivery[..., None]
        ended = np.where(month < lengths, month - self.schedule.exit_months, lengths)
        gone = np.maximum(np.where(month >= delivery + 1, np.maximum(ended, 0), 0), order)
        deal = self.schedule.bridge.deal
        before = month if deal is None else np.where(deal.under_contract, deal.block, month)
        return np.where(month >= delivery, gone, before)

    @cached_property
    def signed_in(self) -> Months | None:
        """When the contract of a month before delivery was signed; None without one. (..., months)."""
        deal = self.schedule.bridge.deal
        return None if deal is None else np.where(deal.firm, 0, self.gone_by)

    @cached_property
    def nodes_depend_on(self) -> tuple[str, ...]:
        """The inputs of how many nodes there are."""
        spares = ("facility.availability_share",) if (self.nodes > self.case.demand.peak).any() else ()
        return PLAN_NODES, "rental.on_demand_max_nodes", *spares

    @property
    def hardware_depends_on(self) -> tuple[str, ...]:
        """The inputs of the price of the nodes."""
        return *self.nodes_depend_on, *self.hardware.price_depends_on

    @cached_property
    def capex_depends_on(self) -> tuple[tuple[str, ...], ...]:
        """The inputs of what is bought, in the order of `Capex`."""
        fabric = (*self.nodes_depend_on, "rental.gpus_per_node", *_fabric_depends_on(self.case))
        storage, installation = "facility.storage_usd_per_node", "facility.setup_usd_per_node"
        return self.hardware_depends_on, fabric, (*self.nodes_depend_on, storage), (*self.nodes_depend_on, installation)

    @property
    def delivery_depends_on(self) -> tuple[str, ...]:
        """The inputs of when the hardware arrives, and of how much there is."""
        rules = BRIDGE_RULES if self.schedule.bridge.waits else ()
        return *self.nodes_depend_on, PLAN_MONTHS, self.hardware.lead_input, *rules

    @property
    def period_depends_on(self) -> tuple[str, ...]:
        """The inputs of how long the hardware is there."""
        return *self.delivery_depends_on, "facility.exit_months"

    def writer(self) -> LineWriter:
        """A writer for its table."""
        return LineWriter(self.months, self.case.demand.peak.shape)


def owned_cluster(case: Case, hardware: Hardware | None = None) -> OwnedCluster:
    """The cluster that serves the peak of a demand, by default of new nodes; its capex is 0 without a known price."""
    hardware, zero = hardware or new_hardware(case), np.zeros(case.demand.peak.shape)
    capex = owned_capex(case, hardware) or Capex(zero, zero, zero, zero)
    return OwnedCluster(case, hardware, ownership_schedule(case, hardware.lead_months), capex)


def ownership_option(
    option_id: str,
    names: tuple[str, str],
    cluster: OwnedCluster,
    writer: LineWriter,
    exit_: Exit,
    remake: Callable[[Case], Option | None],
) -> Option:
    """The option made of an owned or leased cluster's lines and its exit. names: its label and its command."""
    case = cluster.case
    return Option(
        id=option_id,
        action="buy",
        label=names[0],
        command=names[1],
        table=writer.table(case.assumptions.rental, cluster.gone_by, cluster.signed_in, exit_),
        constraints=_constraints(cluster),
        priced=cluster.hardware.node_usd is not None,
        nodes=None if case.demand.peak.ndim else _signed_nodes(cluster),
        remake=remake,
    )


def _signed_nodes(cluster: OwnedCluster) -> Floats:
    """Nodes ordered or owned, and those under contract until delivery, of one plan. (months,)."""
    deal = cluster.schedule.bridge.deal
    ordered = (np.arange(cluster.months) >= cluster.schedule.order) * cluster.nodes
    return ordered if deal is None else np.maximum(ordered, deal.nodes)


def _constraints(cluster: OwnedCluster) -> tuple[Constraint, ...]:
    """No price, hardware that arrives when the plan is over, work that nothing serves without it, or too few nodes."""
    case, schedule, hardware = cluster.case, cluster.schedule, cluster.hardware
    gpu, most = case.assumptions.gpu, int(case.assumptions.rental.on_demand_max_nodes)
    late = schedule.delivery >= case.demand.lengths
    wait = f"delivery takes {hardware.lead_months} months"
    if schedule.delivery.ndim == 0 and schedule.bridge.deal is not None:
        term = max(run.contract.term_months for run in schedule.bridge.deal.runs)
        longer = term > hardware.lead_months
        wait = f"nothing under {term} months serves the work until delivery" if longer else wait
    never_there = cluster.owning & (cluster.gone_by >= 1)
    left = (_too_large_after_a_change(case) & never_there[..., : case.demand.months]).any(axis=-1)
    found = (
        constraint(
            hardware.node_usd is None,
            f"the book has no purchase price for a node of {gpu.label}: give a quote to buy",
        ),
        constraint(late, f"{wait}, the plan is over by then"),
        constraint(~schedule.bridge.served, f"{wait}, and nothing serves the work until then"),
        constraint(
            left & (case.demand.hazard_per_month > 0),
            f"no on-demand market above {most} nodes for what a change of plan leaves",
        ),
    )
    return (*found, *_constraints_on_used(cluster)) if hardware.used else found


def _constraints_on_used(cluster: OwnedCluster) -> tuple[Constraint, ...]:
    """How many used nodes are to be had at the prices that were paid, and how long they are counted on."""
    demand, facility = cluster.case.demand, cluster.case.assumptions.facility
    most, life = int(facility.used_max_nodes), int(facility.used_life_months)
    return (
        constraint(
            (cluster.nodes > most) & (not cluster.hardware.quoted),
            f"too few used modules are sold for more than {most} nodes: give a quote to buy-used",
        ),
        constraint(
            demand.lengths - cluster.schedule.delivery > life,
            f"used nodes are not counted on for more than {life} months",
        ),
    )


def after_delivery(values: Floats, delivery: Months, months: int) -> Floats:
    """Values by month of owning (n,), moved so that the first falls in the month of delivery. (..., months)."""
    at = np.arange(months) - delivery[..., None]
    return np.where((at >= 0) & (at < values.size), values[np.clip(at, 0, values.size - 1)], 0.0)


def _fabric_depends_on(case: Case) -> tuple[str, ...]:
    """The figures of the switch layers that a cluster has; of all its plans' layers, when it is many plans."""
    layers = fabric_layers(np.maximum(case.demand.largest_job, 1.0), case.assumptions.facility)
    return _layers_depend_on(tuple(sorted(set(layers.ravel().tolist()))))


@cache
def _layers_depend_on(used: tuple[int, ...]) -> tuple[str, ...]:
    found = dict.fromkeys(f"facility.max_nodes_{_LAYERS[at]}" for n in used for at in (n - 1, n) if 0 <= at < 3)
    found |= dict.fromkeys(f"facility.cable_usd_per_gpu_{_LAYERS[n]}" for n in used)
    switched = [f"facility.switches_per_64_nodes_{_LAYERS[n]}" for n in used if n]
    return (*found, *switched, *(("facility.switch_usd",) if switched else ()))
