"""What an owned or leased cluster is: its price, its schedule from order to sale, and its constraints."""

from collections.abc import Callable, Mapping
from functools import cache, cached_property
from itertools import chain

import numpy as np

from advisor.array_types import Amount, Bools, Months, as_amount, either, of_plan, whole, whole_of_plan
from advisor.costing.case import Case
from advisor.costing.cost_table import Exit
from advisor.costing.discounts import volume_discount_share
from advisor.costing.line_writer import PLAN_MONTHS, PLAN_NODES, LineWriter
from advisor.costing.option import Constraint, Option, constraint
from advisor.costing.options.bridge import Bridge, bridge_of
from advisor.costing.options.credits import add_credits
from advisor.costing.options.hardware import Hardware, new_hardware, used_hardware
from advisor.market.assumptions import Hosting
from advisor.market.hardware_costs import Capex, cluster_capex, fabric_layers, fabric_usd
from advisor.market.terms import MINIMUM_TERM_RULES
from advisor.values.kept import kept
from advisor.values.quick_dataclass import dataclass

_LAYERS = ("no_layer", "one_layer", "two_layers", "three_layers")
_PLACES: Mapping[Hosting, tuple[str, str]] = {  # after the label and after the command
    "colocation": ("and colocating", "and colocate"),
    "on-premises": ("and hosting", "and host on premises"),
}
_FREE = Capex(0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True)
class OwnershipSchedule:
    """When things happen, in months from now: the order and the delivery (...), and for each tau = 1..T the sale.

    Attributes:
        sale: (..., T).
        exit_months: From a change of plan to the sale (..., 1).
        bridge: What serves the work meanwhile.
    """

    order: Months
    delivery: Months
    sale: Months
    exit_months: Months
    bridge: Bridge


def ownership_schedule(case: Case, lead_months: int | Months) -> OwnershipSchedule:
    """When to order and sell what is delivered after `lead_months` (...).

    Order so that the hardware is there when the work starts or, if that is too late already, when what serves the work
    until then ends: see `bridge`. Sell `exit_months` after the plan has changed, at the latest when it ends, but not
    before a month of use; where the change leaves a job too large for the on-demand market, sell only at the end.

    Source: docs/model.md#buy-and-colocate
    """
    demand, needed = case.demand, _too_large_after_a_change(case).any(axis=-1, keepdims=True)
    exit_months = np.where(needed, demand.months, whole(case.assumptions.facility.exit_months))
    ordered = np.maximum(case.decided_month, demand.start_month - lead_months)
    bridge = bridge_of(case, np.asarray(ordered + lead_months))
    sale = np.minimum(np.arange(1, demand.months + 1) + exit_months, demand.lengths[..., None])
    sale = np.maximum(sale, bridge.delivery[..., None] + 1)
    return OwnershipSchedule(bridge.delivery - lead_months, bridge.delivery, sale, exit_months, bridge)


def _too_large_after_a_change(case: Case) -> Bools:
    """Months in which a change of plan leaves a job that cannot be rented on demand. (..., months)."""
    return np.asarray(case.demand.after_shape.fabric_nodes > case.assumptions.rental.on_demand_max_nodes)


def owned_nodes(case: Case) -> Amount:
    """The nodes to buy: the peak, and spares where what fails cannot be rented for jobs of this size."""
    peak, job = as_amount(case.demand.whole_peak), as_amount(case.demand.largest_job)
    spare = job > case.assumptions.rental.on_demand_max_nodes
    return either(spare, np.ceil(peak / case.assumptions.facility.availability_share), peak)


@dataclass(frozen=True, eq=False)
class OwnedCluster:
    """One cluster that is owned or leased, from order to sale: everything that its cost table needs."""

    case: Case
    hardware: Hardware

    @cached_property
    def schedule(self) -> OwnershipSchedule:
        """When the hardware is ordered, delivered and sold."""
        return ownership_schedule(self.case, self.hardware.lead_months)

    @cached_property
    def capex(self) -> Capex:
        """What buying the peak of the demand costs, spares included; 0 where the price is not known.

        A quote and the price of used nodes are final; the book's price of new ones is reduced by the volume discount.
        """
        if self.hardware.node_usd is None:
            return _FREE
        final, figures = self.hardware.quoted or self.hardware.used, self.case.assumptions
        discount = 0.0 if final else volume_discount_share(self.nodes, figures.rental)
        return cluster_capex(self.nodes, self.hardware.node_usd, discount, self._fabric_usd, figures.facility)

    @property
    def _fabric_usd(self) -> Amount:
        """One fabric for each job of the largest size and its spares; the other nodes are cabled singly. USD."""
        figures, peak, job = self.case.assumptions, self.peak, self._largest_job
        jobs = as_amount(self.case.demand.clustered_nodes) // job
        with_spares = self.nodes / np.maximum(peak, 1.0)
        gpus, facility = figures.rental.gpus_per_node, figures.facility
        of_job, of_node = fabric_usd(job * with_spares, gpus, facility), fabric_usd(1.0, gpus, facility)
        return jobs * of_job + (peak - jobs * job) * with_spares * of_node

    @property
    def node_usd(self) -> Amount:
        """The price of a node bought singly, 0 without one."""
        return 0.0 if self.hardware.node_usd is None else self.hardware.node_usd

    @cached_property
    def months(self) -> int:
        """Length of its table."""
        return max(self.case.demand.months, int(self.schedule.delivery.max()) + 1)

    @cached_property
    def peak(self) -> Amount:
        """The most whole nodes that are needed at once."""
        return as_amount(self.case.demand.whole_peak)

    @cached_property
    def _largest_job(self) -> Amount:
        """The nodes of the largest job, at least one."""
        return as_amount(np.maximum(self.case.demand.largest_job, 1.0))

    @cached_property
    def nodes(self) -> Amount:
        """The nodes that are bought, spares included."""
        return owned_nodes(self.case)

    @cached_property
    def kw(self) -> Amount:
        """Their power at full load."""
        return self.nodes * self.case.assumptions.gpu.node_kw

    @cached_property
    def served_share(self) -> Amount:
        """The share of the work that the hardware serves: what fails is made good by spares or rented."""
        return either(self.nodes > self.peak, 1.0, self.case.assumptions.facility.availability_share)

    @cached_property
    def since_delivery(self) -> Months:
        """Months since the delivery, negative before it. (..., months)."""
        return np.arange(self.months) - self.schedule.delivery[..., None]

    @cached_property
    def owning(self) -> Bools:
        """The months from delivery on. (..., months)."""
        return np.asarray(self.since_delivery >= 0)

    @cached_property
    def ordered(self) -> Bools:
        """Whether it is ordered when the plan changes in month tau. (..., T)."""
        return np.asarray(np.arange(1, self.case.demand.months + 1) > self.schedule.order[..., None])

    @cached_property
    def owned_months(self) -> Months:
        """How long the hardware is there when the plan changes in month tau, 0 when it was never ordered. (..., T)."""
        return self.ordered * (self.schedule.sale - self.schedule.delivery[..., None])

    @cached_property
    def gone_by(self) -> Months:
        """For each month the latest change of plan after which the hardware is no longer there: see `cost_table.py`.

        Until delivery: the month in which the contract that serves the work was signed.
        """
        month, lengths, deal = np.arange(self.months), self.case.demand.lengths[..., None], self.schedule.bridge.deal
        ended = np.where(month < lengths, month - self.schedule.exit_months, lengths)
        gone = np.maximum(np.maximum(ended, 0) * (self.since_delivery >= 1), self.schedule.order[..., None])
        before = month if deal is None else np.where(deal.under_contract, deal.block, month)
        return np.where(self.owning, gone, before)

    @cached_property
    def signed_in(self) -> Months | None:
        """When the contract of a month before delivery was signed; None without one. (..., months)."""
        deal = self.schedule.bridge.deal
        return None if deal is None else np.where(deal.firm, 0, self.gone_by)

    @cached_property
    def nodes_depend_on(self) -> tuple[str, ...]:
        """The inputs of how many nodes there are."""
        spares = ("facility.availability_share",) if np.any(self.nodes > self.peak) else ()
        return PLAN_NODES, "rental.on_demand_max_nodes", *spares

    @property
    def hardware_depends_on(self) -> tuple[str, ...]:
        """The inputs of the price of the nodes."""
        return self.parts_depend_on[0]

    @cached_property
    def parts_depend_on(self) -> tuple[tuple[str, ...], ...]:
        """The inputs of each part of what is bought, in the order of `Capex`."""
        layers = fabric_layers(self._largest_job, self.case.assumptions.facility)
        fabric = _layers_depend_on(tuple(sorted(set(np.ravel(layers).tolist()))))
        nodes, hardware = self.nodes_depend_on, (*self.nodes_depend_on, *self.hardware.price_depends_on)
        in_fabric = (*nodes, "rental.gpus_per_node", *fabric)
        return hardware, in_fabric, (*nodes, "facility.storage_usd_per_node"), (*nodes, "facility.setup_usd_per_node")

    @cached_property
    def capex_depends_on(self) -> tuple[str, ...]:
        """The inputs of all that is bought."""
        return tuple(chain.from_iterable(self.parts_depend_on))

    @cached_property
    def delivery_depends_on(self) -> tuple[str, ...]:
        """The inputs of when the hardware arrives, and of how much there is."""
        rules = MINIMUM_TERM_RULES if self.schedule.bridge.waits else ()
        return *self.nodes_depend_on, PLAN_MONTHS, self.hardware.lead_input, *rules

    @cached_property
    def period_depends_on(self) -> tuple[str, ...]:
        """The inputs of how long the hardware is there."""
        return *self.delivery_depends_on, "facility.exit_months"

    @cached_property
    def constraints(self) -> tuple[Constraint, ...]:
        """No price, and those at any price."""
        gpu = self.case.assumptions.gpu.label
        unpriced = f"the book has no purchase price for a node of {gpu}: give a quote to buy"
        return constraint(self.hardware.node_usd is None, unpriced), *self.constraints_at_any_price

    @cached_property
    def constraints_at_any_price(self) -> tuple[Constraint, ...]:
        """Hardware that arrives when the plan is over, work that nothing serves without it, too few nodes."""
        case, schedule, hardware = self.case, self.schedule, self.hardware
        late, lead = schedule.delivery >= case.demand.lengths, int(np.max(hardware.lead_months))
        wait = f"delivery takes {lead} months"
        if schedule.delivery.ndim == 0 and schedule.bridge.deal is not None:
            term = max(run.contract.term_months for run in schedule.bridge.deal.runs)
            wait = f"nothing under {term} months serves the work until delivery" if term > lead else wait
        too_large, most = _too_large_after_a_change(case), int(np.max(case.assumptions.rental.on_demand_max_nodes))
        found = (
            constraint(late, f"{wait}, the plan is over by then"),
            constraint(~schedule.bridge.served, f"{wait}, and nothing serves the work until then"),
            constraint(
                too_large.any() and _is_never_there(self, too_large),
                f"no on-demand market above {most} nodes for what a change of plan leaves",
            ),
        )
        return (*found, *_constraints_on_used(self)) if hardware.used else found

    def writer(self) -> LineWriter:
        """A writer for its table."""
        return LineWriter(self.months, self.case.demand)


@kept(maxsize=2)  # buying, borrowing and leasing share the one of new nodes, between which comes that of used ones
def owned_cluster(case: Case, *, used: bool = False) -> OwnedCluster:
    """The cluster that serves the peak of a demand, of new or of used nodes."""
    return OwnedCluster(case, used_hardware(case) if used else new_hardware(case))


def with_place(names: tuple[str, str], case: Case) -> tuple[str, str]:
    """A label and a command with where the hardware stands: `buying and colocating`, `buy and colocate`."""
    label, command = _PLACES[case.hosting]
    return f"{names[0]} {label}", f"{names[1]} {command}"


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
    add_credits(writer, case, cluster.gone_by)
    one_plan, bridge = not case.plans, cluster.schedule.bridge.deal
    seller = case.from_seller("buy-used" if cluster.hardware.used else "buy")
    nodes = np.asarray((np.arange(cluster.months) >= cluster.schedule.order) * cluster.nodes) if one_plan else None
    if nodes is not None and bridge is not None:
        nodes = np.maximum(nodes, bridge.nodes)
    return Option(
        id=option_id,
        action="buy",
        label=names[0],
        command=f"{names[1]}, nodes{seller}" if seller else names[1],
        table=writer.table(case.assumptions.rental, cluster.gone_by, cluster.signed_in, exit_),
        constraints=cluster.constraints,
        priced=cluster.hardware.node_usd is not None,
        nodes=nodes,
        contracts=bridge.runs if one_plan and bridge is not None else (),
        order_month=int(cluster.schedule.order) if one_plan else None,
        remake=remake,
    )


def _is_never_there(cluster: OwnedCluster, needed: Bools) -> Bools:
    """Whether the plan may change so early that the hardware is not there in months in which it is needed. (...)."""
    demand = cluster.case.demand
    gone = (cluster.owning & (cluster.gone_by >= 1))[..., : demand.months]
    return np.asarray((needed & gone).any(axis=-1) & (demand.hazard_per_month > 0))


def _constraints_on_used(cluster: OwnedCluster) -> tuple[Constraint, ...]:
    """How many used nodes are for sale at past prices, and how long they are expected to last."""
    demand, facility = cluster.case.demand, cluster.case.assumptions.facility
    most, life = whole_of_plan(facility.used_max_nodes), whole_of_plan(facility.used_life_months)
    return (
        constraint(
            (of_plan(cluster.nodes) > most) & (not cluster.hardware.quoted),
            f"too few used modules are sold for more than {np.max(most)} nodes, unless you hold an offer",
        ),
        constraint(
            demand.lengths - cluster.schedule.delivery > life,
            f"used nodes are not counted on for more than {np.max(life)} months",
        ),
    )


@cache
def _layers_depend_on(used: tuple[int, ...]) -> tuple[str, ...]:
    found = dict.fromkeys(f"facility.max_nodes_{_LAYERS[at]}" for n in used for at in (n - 1, n) if 0 <= at < 3)
    found |= dict.fromkeys(f"facility.cable_usd_per_gpu_{_LAYERS[n]}" for n in used)
    switched = [f"facility.switches_per_64_nodes_{_LAYERS[n]}" for n in used if n]
    return (*found, *switched, *(("facility.switch_usd",) if switched else ()))
