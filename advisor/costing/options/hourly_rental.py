"""The cost of GPU-hours rented by the hour, extras included: the part that every option shares.

An option that cannot serve some hours itself rents them on demand, so that all options serve the same demand.
"""

from collections.abc import Callable, Iterable

import numpy as np

from advisor.array_types import Amount, Floats, Months, of_plan, whole_of_plan
from advisor.costing.case import Case, CreditLeft
from advisor.costing.cost_table import Basis, ByPlanState, CostTable
from advisor.costing.credits_on_paths import used_by_month
from advisor.costing.line_writer import NODE_HOURS, PLAN_LEFT, PLAN_MONTHS, PLAN_NODES, WORK, LineWriter
from advisor.costing.load_curve import Need
from advisor.costing.option import Constraint, Option, constraint
from advisor.costing.options.credits import add_credits, pays
from advisor.costing.rates import Timing
from advisor.market.assumptions import GpuPrices, Tier
from advisor.profiles.offers.kinds import QuoteOption
from advisor.values.kept import kept
from advisor.values.quick_dataclass import replace

STORAGE_INPUTS = (PLAN_NODES, PLAN_MONTHS, PLAN_LEFT, "rental.storage_egress_usd_per_node_month")
BILLED_INPUTS = (*WORK, *NODE_HOURS, "rental.release_doublings")


@kept(maxsize=16)  # every option of a case uses it
def on_demand_multiple(case: Case, need: Need) -> Floats:
    """The on-demand rate as a multiple of the neocloud list price, by month.

    multiple = tier factor x (1 + premium x log2 J), the premium for a larger job; a quote of the user's replaces both.

    Returns:
        (..., months).

    Source: docs/model.md#on-demand
    """
    offer = case.offer("on-demand")
    if offer is not None:
        multiple = offer.price / case.assumptions.gpu.neocloud_usd_per_gpu_hour
        return np.broadcast_to(multiple, need.nodes.shape)
    premium = case.assumptions.rental.cluster_premium_per_doubling
    return np.asarray(case.tier_factor * (1 + premium * need.job_doublings))


def on_demand_multiple_at_start(case: Case) -> float:
    """The on-demand rate in the first month of the plan, as a multiple of the neocloud list price."""
    return float(on_demand_multiple(case, case.demand.alive)[case.demand.start_month])


@kept(maxsize=16)  # as above
def on_demand_depends_on(case: Case) -> tuple[str, ...]:
    """The inputs of hours billed on demand: the work, the idle time that is billed with it, and the rate."""
    offer = case.offer("on-demand")
    if offer is not None:
        return *BILLED_INPUTS, f"quote.{offer.id}"
    return *BILLED_INPUTS, "rental.cluster_premium_per_doubling", *tier_depends_on(case.assumptions.gpu, case.tier)


def tier_depends_on(gpu: GpuPrices, tier: Tier) -> tuple[str, ...]:
    """The inputs of `tier_factor`; the neocloud list price is where rents start."""
    return (f"{gpu.id}.hyperscaler_usd_per_gpu_hour",) if tier == "hyperscaler" else ()


@kept(maxsize=4)  # every option of a case uses it
def storage_usd(case: Case, need: Need) -> Floats:
    """Storage and egress of rented nodes: price x nodes x active share. USD a month (..., months).

    Source: docs/model.md#on-demand
    """
    per_node = case.assumptions.rental.storage_egress_usd_per_node_month
    return per_node * need.nodes * need.active_share


def hourly_table(
    case: Case,
    bills: Iterable[Floats],
    depends_on: tuple[str, ...],
    *,
    set_up: bool = False,
    kind: QuoteOption | None = None,
) -> CostTable:
    """The lines of renting all of the demand by the hour: rent, storage and, where asked for, setting up clusters.

    Args:
        case: the question.
        bills: GPU-hours billed before and after a change of plan, as hours at the list price (..., months).
        depends_on: the inputs of both.
        set_up: whether clusters are set up in the first month.
        kind: of the hours, for the credits that pay for it; None for hours that none pays for.
    """
    demand = case.demand
    writer = LineWriter(demand.months, demand)
    writer.add("rent", Basis.SPOT, ByPlanState.needed(*bills), depends_on=depends_on)
    storage = ByPlanState.needed(*(storage_usd(case, need) for need in (demand.alive, demand.after)))
    writer.add("storage_egress", Basis.FIXED, storage, depends_on=STORAGE_INPUTS)
    if set_up:
        add_setup(writer, case, _first_month(case))
    gone_by = np.arange(demand.months)
    if kind is not None:
        add_credits(writer, case, gone_by, kind)
    return writer.table(case.assumptions.rental, gone_by)


def on_demand_bill_usd(case: Case) -> Floats:
    """What all of the demand is expected to cost on demand in each month if the plan is unchanged. (..., months)."""
    need = case.demand.alive
    rents = 1.0 if case.outlook is None else case.outlook[..., : need.nodes.shape[-1]]
    bill = on_demand_multiple(case, need) * need.billed_gpu_hours * rents
    return np.asarray(bill * case.assumptions.gpu.neocloud_usd_per_gpu_hour)


def credits_left(case: Case, month: int) -> tuple[CreditLeft, ...]:
    """The credits after all of the demand was rented on demand until some month, if the plan is unchanged then."""
    if not case.credits:
        return ()
    bill, found = on_demand_bill_usd(case), []
    for credit in case.credits:
        used = used_by_month(credit, bill) if pays(case, credit, "on-demand") else 0 * bill
        bill = bill - used
        found.append(replace(credit, usd=credit.usd - used[..., :month].sum(axis=-1, keepdims=True)))
    return tuple(found)


def _first_month(case: Case) -> int | Months:
    """The first month with demand; of each plan (P, 1), since peaks above a base begin when a plan has grown."""
    demand = case.demand
    wanted = demand.alive.nodes > 0
    if not demand.peak.ndim or wanted[..., demand.start_month].all():
        return demand.start_month
    return np.asarray(wanted.argmax(axis=-1))[:, None]


def add_setup(writer: LineWriter, case: Case, first: int | Months) -> None:
    """Add the one-off cost of setting up rented clusters for jobs of many nodes, in the first month, or (P, 1)."""
    rental, demand = case.assumptions.rental, case.demand
    needed = demand.largest_job >= of_plan(rental.setup_from_nodes)
    usd = np.asarray(needed * of_plan(rental.setup_usd_per_node) * demand.clustered_nodes)
    due = usd[..., None] * (np.arange(int(np.max(first)) + 1) == first)
    inputs = (PLAN_NODES, "rental.setup_usd_per_node", "rental.setup_from_nodes")
    writer.add("setup", Basis.FIXED, ByPlanState(active=due), timing=Timing.IN_ADVANCE, depends_on=inputs)


def constraints_on_demand(case: Case) -> tuple[Constraint, ...]:
    """The largest job that can be rented on demand; smaller jobs can be spread over sellers."""
    most = whole_of_plan(case.assumptions.rental.on_demand_max_nodes)
    return (constraint(case.demand.largest_job > most, f"no on-demand market above {most} nodes"),)


def no_on_demand_market(case: Case) -> str:
    """Why the work of one plan cannot be rented on demand, whatever that costs; empty where it can."""
    return next((one.why for one in constraints_on_demand(case) if one.holds), "")


def spot_price(case: Case) -> tuple[Amount | None, str]:
    """USD per GPU-hour of nodes that may be interrupted, None where it is not known; and its input."""
    offer = case.offer("spot")
    if offer is not None:
        return offer.price, f"quote.{offer.id}"
    return case.assumptions.gpu.marketplace_usd_per_gpu_hour, case.gpu_figure("marketplace_usd_per_gpu_hour")


def spot_multiple(case: Case) -> tuple[Amount, str]:
    """The price of nodes that may be interrupted over the list price, 1 where it is not known; and its input."""
    price, priced_by = spot_price(case)
    return (1.0 if price is None else price / case.assumptions.gpu.neocloud_usd_per_gpu_hour), priced_by


def spot_option(
    option_id: str,
    names: tuple[str, str],
    case: Case,
    bills: Iterable[Floats],
    depends_on: tuple[str, ...],
    remake: Callable[[Case], Option | None],
    *constraints: Constraint,
) -> Option:
    """An option to rent nodes that may be interrupted. names: its label and its command; bills, depends_on: see
    `hourly_table`; constraints: those of its own."""
    gpu, most = case.assumptions.gpu, whole_of_plan(case.assumptions.rental.marketplace_max_nodes)
    size, priced = f"at most {most} nodes" if np.any(most) else "less than a node", spot_price(case)[0] is not None
    return Option(
        id=option_id,
        action="rent",
        label=names[0],
        command=names[1],
        table=hourly_table(case, bills, depends_on, kind="spot"),
        constraints=(
            constraint(not priced, f"the book has no marketplace price for the {gpu.label}"),
            constraint(case.tier == "hyperscaler" and case.offer("spot") is None, "the profile asks for a hyperscaler"),
            constraint(case.demand.largest_job > most, f"no high-speed network between hosts: {size}"),
            *constraints,
        ),
        priced=priced,
        remake=remake,
    )
