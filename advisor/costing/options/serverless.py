"""Serverless: a service that may scale to zero, billed by the second while its replicas run, at a higher rate."""

import numpy as np

from advisor.array_types import Floats
from advisor.costing.case import Case
from advisor.costing.line_writer import NODE_HOURS, WORK
from advisor.costing.load_curve import Need
from advisor.costing.option import Option, constraint
from advisor.costing.options.hourly_rental import hourly_table


def serverless(case: Case) -> Option | None:
    """Serve all of the demand from replicas that start with the requests.

    Bill of a month = hours that replicas run x serverless price; they also run while they start and wait for requests.

    Returns:
        None unless every workload may scale to zero.

    Source: docs/model.md#serverless
    """
    demand, price = case.demand, case.assumptions.gpu.serverless_usd_per_gpu_hour
    if not demand.scales_to_zero:
        return None
    multiple = 1.0 if price is None else price / case.assumptions.gpu.neocloud_usd_per_gpu_hour
    bills = (multiple * _running_gpu_hours(case, need) for need in (demand.alive, demand.after))
    inputs = (*WORK, *NODE_HOURS, "rental.serverless_idle_share", case.gpu_figure("serverless_usd_per_gpu_hour"))
    return Option(
        id="serverless",
        action="rent",
        label="serverless rent",
        command="rent serverless",
        table=hourly_table(case, bills, inputs),
        constraints=(
            constraint(price is None, f"the book has no serverless price for the {case.assumptions.gpu.label}"),
            constraint(case.tier == "hyperscaler", "the profile asks for a hyperscaler"),
            constraint(demand.largest_job > 1, "serverless replicas run on one node each"),
        ),
        priced=price is not None,
        remake=serverless,
    )


def _running_gpu_hours(case: Case, need: Need) -> Floats:
    """Hours that replicas run: work / (1 - idle share), at most all hours of the nodes that the work needs."""
    most = case.demand.node_hours * need.active_share * need.nodes
    return np.minimum(need.used_gpu_hours / (1 - case.assumptions.rental.serverless_idle_share), most)
