"""What an owned or leased cluster is: its price, its schedule from order to sale, and its constraints."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np

from advisor.array_types import Bools, Floats, Months
from advisor.costing.case import Case
from advisor.costing.cost_table import Exit
from advisor.costing.discounts import volume_discount_share
from advisor.costing.line_writer import PLAN_MONTHS, PLAN_NODES, LineWriter
from advisor.costing.option import Constraint, Option, constraint
from advisor.costing.options.hardware import Hardware, new_hardware
from advisor.market.hardware_costs import Capex, cluster_capex, fabric_layers, fabric_usd

_LAYERS = ("no_layer", "one_layer", "two_layers", "three_layers")


@dataclass(frozen=True)
class OwnershipSchedule:
    """When things happen, in months from now: the order, the delivery, and for each tau = 1..T the sale (..., T)."""

    order: int
    delivery: int
    sale: Months


def ownership_schedule(case: Case, lead_months: int) -> OwnershipSchedule:
    """When to order and sell what is delivered after `lead_months`.

    Order so that the hardware is there when the work starts, or at once if that is too late already. Sell `exit_months`
    after the plan has changed, at the latest when it ends, but not before a month of use.

    Source: docs/model.md#buy-and-colocate
    """
    demand = case.demand
    order = max(case.decided_month, demand.start_month - lead_months)
    delivery = order + lead_months
    tau = np.arange(1, demand.months + 1)
    sale = np.minimum(tau + int(case.assumptions.facility.exit_months), demand.lengths[..., None])
    return OwnershipSchedule(order, delivery, np.maximum(sale, delivery + 1))


def owned_capex(case: Case, hardware: Hardware) -> Capex | None:
    """What buying the peak of the demand costs; None when there is no price.

    A quote and the price of used nodes are final; the book's price of new ones is reduced by the volume discount.
    """
    if hardware.node_usd is None:
        return None
    a, nodes = case.assumptions, case.demand.peak
    discount = 0.0 if hardware.quoted or hardware.used else volume_discount_share(nodes, a.rental)
    return cluster_capex(nodes, hardware.node_usd, discount, _fabric_usd(case), a.facility)


def _fabric_usd(case: Case) -> Floats:
    """One fabric for each job of the largest size; the other nodes are cabled singly. USD (...)."""
    a, job = case.assumptions, np.maximum(case.demand.largest_job, 1.0)
    jobs = case.demand.clustered_nodes // job
    of_job, of_node = (fabric_usd(nodes, a.rental.gpus_per_node, a.facility) for nodes in (job, 1.0))
    return np.asarray(jobs * of_job + (case.demand.peak - jobs * job) * of_node)


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
        return max(self.case.demand.months, self.schedule.delivery + 1)

    @property
    def owning(self) -> Bools:
        """The months from delivery on. (months,)."""
        return np.asarray(np.arange(self.months) >= self.schedule.delivery)

    @property
    def owned_months(self) -> Months:
        """How long the hardware is there when the plan changes in month tau, 0 when it was never ordered. (..., T)."""
        tau = np.arange(1, self.case.demand.months + 1)
        return np.where(tau > self.schedule.order, self.schedule.sale - self.schedule.delivery, 0)

    @property
    def gone_by(self) -> Months:
        """For each month the latest change of plan after which the hardware is no longer there: see `cost_table.py`."""
        month, schedule, lengths = np.arange(self.months), self.schedule, self.case.demand.lengths[..., None]
        ended = np.where(month < lengths, month - int(self.case.assumptions.facility.exit_months), lengths)
        gone = np.where(month >= schedule.delivery + 1, np.maximum(ended, 0), 0)
        return np.where(month >= schedule.order, np.maximum(gone, schedule.order), month)

    @property
    def hardware_depends_on(self) -> tuple[str, ...]:
        """The inputs of the price of the nodes."""
        return PLAN_NODES, *self.hardware.price_depends_on

    @cached_property
    def capex_depends_on(self) -> tuple[tuple[str, ...], ...]:
        """The inputs of what is bought, in the order of `Capex`."""
        fabric = (PLAN_NODES, "rental.gpus_per_node", *_fabric_depends_on(self.case))
        storage, installation = "facility.storage_usd_per_node", "facility.setup_usd_per_node"
        return self.hardware_depends_on, fabric, (PLAN_NODES, storage), (PLAN_NODES, installation)

    @property
    def period_depends_on(self) -> tuple[str, ...]:
        """The inputs of how long the hardware is there."""
        return PLAN_MONTHS, self.hardware.lead_input, "facility.exit_months"

    def writer(self) -> LineWriter:
        """A writer for its table."""
        return LineWriter(self.months, self.case.demand.peak.shape)


def owned_cluster(case: Case, hardware: Hardware | None = None) -> OwnedCluster:
    """The cluster that serves the peak of a demand, by default of new nodes; its capex is 0 where there is no price."""
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
        table=writer.table(case.assumptions.rental, cluster.gone_by, exit_=exit_),
        constraints=_constraints(cluster),
        priced=cluster.hardware.node_usd is not None,
        nodes=None
        if case.demand.peak.ndim
        else (np.arange(cluster.months) >= cluster.schedule.order) * case.demand.peak,
        remake=remake,
    )


def _constraints(cluster: OwnedCluster) -> tuple[Constraint, ...]:
    """No price, hardware that arrives when the plan is over, or more or older used nodes than can be counted on."""
    hardware, gpu = cluster.hardware, cluster.case.assumptions.gpu
    found = (
        constraint(
            hardware.node_usd is None,
            f"the book has no purchase price for a node of {gpu.label}: give a quote to buy",
        ),
        constraint(
            cluster.schedule.delivery >= cluster.case.demand.lengths,
            f"delivery takes {hardware.lead_months} months, the plan is over by then",
        ),
    )
    return (*found, *_constraints_on_used(cluster)) if hardware.used else found


def _constraints_on_used(cluster: OwnedCluster) -> tuple[Constraint, ...]:
    """How many used nodes are to be had at the prices that were paid, and how long they are counted on."""
    demand, facility = cluster.case.demand, cluster.case.assumptions.facility
    most, life = int(facility.used_max_nodes), int(facility.used_life_months)
    return (
        constraint(
            (demand.peak > most) & (not cluster.hardware.quoted),
            f"too few used modules are sold for more than {most} nodes: give a quote to buy-used",
        ),
        constraint(
            demand.lengths - cluster.schedule.delivery > life,
            f"used nodes are not counted on for more than {life} months",
        ),
    )


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
