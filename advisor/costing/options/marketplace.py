"""Marketplace: rent interruptible nodes of strangers, cheaper and without a fabric (model section 2.2)."""

import numpy as np

from advisor.array_types import Floats
from advisor.costing.case import Case
from advisor.costing.cost_table import Basis
from advisor.costing.line_writer import NODE_HOURS, WORK, LineWriter
from advisor.costing.option import Constraint, Option, constraint
from advisor.costing.options.hourly_rental import STORAGE_INPUTS, storage_usd
from advisor.market.assumptions import Rental

_LOST_WORK = (
    "rental.marketplace_interruptions_per_node_hour",
    "rental.marketplace_restart_hours",
    "rental.marketplace_checkpoint_hours",
)


def marketplace(case: Case) -> Option:
    """Rent all of the demand on a marketplace; interruptions cost work, so more hours are rented than used."""
    demand, gpu = case.demand, case.assumptions.gpu
    price = gpu.marketplace_usd_per_gpu_hour
    multiple = 1.0 if price is None else price / gpu.neocloud_usd_per_gpu_hour
    alive, after = (
        multiple * need.billed_gpu_hours / goodput_share(need.nodes, case.assumptions.rental)
        for need in (demand.alive, demand.after)
    )
    writer = LineWriter(demand.months, demand.peak.shape)
    billed = (*WORK, *NODE_HOURS, "rental.release_doublings")
    inputs = (*billed, case.gpu_figure("marketplace_usd_per_gpu_hour"), *_LOST_WORK)
    writer.add("rent", Basis.SPOT, alive, after, after, depends_on=inputs)
    kept, kept_after = storage_usd(case, demand.alive), storage_usd(case, demand.after)
    writer.add("storage_egress", Basis.FIXED, kept, kept_after, kept_after, depends_on=STORAGE_INPUTS)
    return Option(
        id="marketplace",
        action="rent",
        label="rent on a marketplace",
        table=writer.table(case.assumptions.rental, gone_by=np.arange(demand.months)),
        constraints=_constraints(case),
        priced=price is not None,
        remake=marketplace,
    )


def goodput_share(nodes: Floats, rental: Rental) -> Floats:
    """G(n) = 1 / (1 + interruptions x n x (restart + checkpoint / 2)): share of rented hours that do lasting work."""
    lost_hours = rental.marketplace_restart_hours + rental.marketplace_checkpoint_hours / 2
    return np.asarray(1 / (1 + rental.marketplace_interruptions_per_node_hour * nodes * lost_hours))


def _constraints(case: Case) -> tuple[Constraint, ...]:
    gpu, most = case.assumptions.gpu, int(case.assumptions.rental.marketplace_max_nodes)
    return (
        constraint(gpu.marketplace_usd_per_gpu_hour is None, f"the book has no marketplace price for the {gpu.label}"),
        constraint(case.tier == "hyperscaler", "the profile asks for a hyperscaler"),
        constraint(case.demand.peak > most, f"hosts of a marketplace share no fabric: at most {most} nodes"),
        constraint(case.demand.always_on, "interruptible, and the service must always run"),
    )
