"""Marketplace: rent interruptible nodes from many hosts, cheaper and without a fabric between them."""

import numpy as np

from advisor.array_types import Floats
from advisor.costing.case import Case
from advisor.costing.option import Option, constraint
from advisor.costing.options.hourly_rental import BILLED_INPUTS, spot_multiple, spot_option
from advisor.market.assumptions import Rental

_GOODPUT_INPUTS = (
    "rental.marketplace_interruptions_per_node_hour",
    "rental.marketplace_restart_hours",
    "rental.marketplace_checkpoint_hours",
)


def marketplace(case: Case) -> Option:
    """Rent all of the demand on a marketplace.

    Interruptions lose work, so more hours are rented than used: bill = billed GPU-hours / goodput x marketplace price.

    Source: docs/model.md#marketplace
    """
    demand, (multiple, priced_by) = case.demand, spot_multiple(case)
    bills = (
        multiple * need.billed_gpu_hours / goodput_share(np.exp2(need.job_doublings), case.assumptions.rental)
        for need in (demand.alive, demand.after)
    )
    names, inputs = ("marketplace rent", "rent on a marketplace"), (*BILLED_INPUTS, priced_by, *_GOODPUT_INPUTS)
    interruptible = constraint(demand.always_on, "interruptible, and the service must always run")
    return spot_option("marketplace", names, case, bills, inputs, marketplace, interruptible)


def goodput_share(nodes: Floats, rental: Rental) -> Floats:
    """The share of rented hours that do lasting work: 1 / (1 + interruptions x N x (restart + checkpoint / 2)).

    Args:
        nodes: nodes of one job, which an interruption of any of them stops (...).
        rental: interruptions per node and hour, hours to restart, hours between checkpoints.

    Source: docs/model.md#marketplace
    """
    lost_hours = rental.marketplace_restart_hours + rental.marketplace_checkpoint_hours / 2
    return np.asarray(1 / (1 + rental.marketplace_interruptions_per_node_hour * nodes * lost_hours))
