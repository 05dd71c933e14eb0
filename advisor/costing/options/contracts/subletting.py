"""What idle hours bring when they are sublet: the share of the list price, the part that finds a tenant, and when.

Source: docs/model.md#subletting
"""

from typing import NamedTuple

import numpy as np

from advisor.array_types import Amount, Floats, Months, of_plan, whole
from advisor.costing.case import Case
from advisor.costing.cost_table import padded
from advisor.costing.demand import Demand
from advisor.costing.load_curve import Need
from advisor.market.assumptions import Rental, Tier

FILL_INPUTS = ("rental.idle_fill_share", "rental.freed_fill_share", "rental.sublet_loss_per_doubling")
TIME_TO_LET = "rental.months_to_let"


def sublet_right(rental: Rental, tier: Tier, may_sublet: bool | None) -> Amount:
    """The chance that a contract lets its holder sublet: as the offer says, else as is usual in the tier."""
    if may_sublet is not None:
        return float(may_sublet)
    return rental.sublet_right_hyperscaler if tier == "hyperscaler" else rental.sublet_right_neocloud


def sublet_right_depends_on(tier: Tier, may_sublet: bool | None) -> tuple[str, ...]:
    """The input of `sublet_right` where no offer answers the question."""
    return (f"rental.sublet_right_{tier}",) if may_sublet is None else ()


def capped_share(case: Case, right: Amount, mean_rate_share: Floats) -> Floats:
    """What an hour sublet brings, as a share of the list price: never more than one under the contract costs.

    Args:
        case: what a sublet hour brings on the market.
        right: see `sublet_right`.
        mean_rate_share: the contract's rate over its term as a share of the list price at signing (..., months).

    Returns:
        (..., months).
    """
    return np.asarray(right * np.minimum(case.sublet_share, mean_rate_share))


class Fills(NamedTuple):
    """Which share of the idle hours finds a tenant. Arrays (..., months).

    Attributes:
        in_use: While the plan is unchanged.
        freed: Of what a change of plan frees, once that is let.
        searching: Until then.
    """

    in_use: Floats
    freed: Floats
    searching: Floats


class HoursLet(NamedTuple):
    """GPU-hours that are let, while the plan is unchanged and after it changed. (..., months) each."""

    active: Floats
    after: Floats


def fills(case: Case, demand: Demand, months: int, lot: float | None = None, there_from: int | None = None) -> Fills:
    """Which share of the idle hours finds a tenant: while the plan is unchanged, and of what a change of plan frees.

    Gaps between use find few tenants and a free block most, once it has been free for `months_to_let`: until then its
    hours are let as gaps are. Nodes on one fabric are let together, and many find fewer tenants than one.

        fill = share x max(0, 1 - loss per doubling x log2 J)

    Args:
        case: the book's shares.
        demand: how many hours are occupied in each month, and J, the nodes of its largest job.
        months: length of the answers.
        lot: J where it is not the largest job.
        there_from: the month from which the nodes are there, where it is not that in which the work starts.
    """
    nodes = demand.largest_job if lot is None else np.asarray(lot)
    size = let_share_by_size(case, nodes)[..., None]
    in_use, rental = size * fill_in_use(case, demand, demand.alive, months, there_from), case.assumptions.rental
    freed, searching = (
        np.broadcast_to(size * share, in_use.shape) for share in (rental.freed_fill_share, rental.idle_fill_share)
    )
    return Fills(in_use, freed, searching)


def let_share_by_size(case: Case, nodes: Floats) -> Floats:
    """The share of idle hours let of nodes that are let together, relative to a single node. (...)."""
    loss = of_plan(case.assumptions.rental.sublet_loss_per_doubling)
    return np.asarray(np.maximum(0.0, 1 - loss * np.log2(np.maximum(nodes, 1.0))))


def fill_in_use(case: Case, demand: Demand, need: Need, months: int, there_from: int | None = None) -> Floats:
    """The share of the idle hours of one node that finds a tenant while the nodes serve a need.

    Args:
        case: the book's shares.
        demand: says when the work starts.
        need: how many hours are occupied in each month.
        months: length of the answer.
        there_from: see `fills`.

    Returns:
        (..., months): the share of gaps between use, and of a free block once it has been free for long enough.
    """
    rental, month = case.assumptions.rental, np.arange(months)
    taken = padded(need.occupied_gpu_hours, months)
    first = demand.start_month if there_from is None else there_from
    last_taken = np.maximum.accumulate(np.where(taken > 0, month, first - 1), axis=-1)
    let = month - last_taken > whole(rental.months_to_let)
    return np.where((taken == 0) & let, rental.freed_fill_share, rental.idle_fill_share)


def fill_of_what_is_left(case: Case, months: int) -> Floats:
    """The share let of a block that is signed after a change of plan for what is left: only its gaps. (..., months)."""
    size = let_share_by_size(case, case.demand.largest_job)[..., None]
    return np.asarray(size * fill_in_use(case, case.demand, case.demand.after, months))


def before_the_tenant(case: Case, more_by_tenant: Floats, gone_by: Months) -> Floats:
    """What is not earned in the first months after a change of plan, until a tenant is found, at that month's rents.

    Args:
        case: how long it takes.
        more_by_tenant: GPU-hours at the list price that a let block brings more than one in search (..., months).
        gone_by: see `cost_table.py` (..., months); -1 where it does not matter whether the option still runs.

    Returns:
        What is due in the month of the change (..., months).
    """
    months, lost = more_by_tenant.shape[-1], np.zeros(more_by_tenant.shape)
    month, to_let = np.arange(months), whole(case.assumptions.rental.months_to_let)
    for wait in range(min(int(np.max(to_let)), months)):
        held = gone_by[..., wait:] < month[: months - wait]
        held = held & (wait < to_let) if isinstance(to_let, np.ndarray) else held
        lost[..., : months - wait] += more_by_tenant[..., wait:] * held
    return lost
