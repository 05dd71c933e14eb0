"""Spot replicas: a service on interruptible nodes, with spare replicas, and on demand while no such node is found."""

from typing import NamedTuple

import numpy as np

from advisor.array_types import Amount, Floats
from advisor.costing.case import Case
from advisor.costing.load_curve import LoadCurve, Need
from advisor.costing.option import Option
from advisor.costing.options.hourly_rental import on_demand_depends_on, on_demand_multiple, spot_multiple, spot_option
from advisor.finance.solve import normal_quantile

_INTERRUPTION_INPUTS = (
    "rental.marketplace_interruptions_per_node_hour",
    "rental.marketplace_restart_hours",
    "rental.spot_outage_hours",
    "rental.spot_short_share",
)


def spot_replicas(case: Case) -> Option | None:
    """Serve all of the demand from interruptible replicas and replace those that are interrupted.

    A replica that is interrupted runs on demand until another interruptible node is found. Each of the two starts is
    paid for; spare replicas serve while one of them loads the model.

    Returns:
        None unless every workload is a service in tokens that must always run.

    Source: docs/model.md#spot-replicas
    """
    demand = case.demand
    if not demand.replicated:
        return None
    multiple, priced_by = spot_multiple(case)
    states = ((demand.alive, demand.alive_shape), (demand.after, demand.after_shape))
    bills = (_billed_hours(case, need, curve, multiple) for need, curve in states)
    names = "spot replicas", "rent on spot, on demand while interrupted"
    inputs = (*on_demand_depends_on(case), priced_by, *_INTERRUPTION_INPUTS)
    return spot_option("spot", names, case, bills, inputs, spot_replicas)


class SpotUse(NamedTuple):
    """How interruptible replicas spend their time, as shares of the hours served (..., months).

    Attributes:
        away: On demand, since no interruptible node is found.
        restarting: Loading the model on the node that takes over.
        spare_nodes: Nodes of spare replicas.
    """

    away: Floats
    restarting: Floats
    spare_nodes: Floats


def spot_use(case: Case, need: Need) -> SpotUse:
    """How the replicas of a service spend their time.

    A replica of N nodes is interrupted every 1 / (lambda N) hours and away for the hours of an outage. There are enough
    spares for the replicas that restart, but for a share of the time, restarts being independent.

    Source: docs/model.md#spot-replicas
    """
    rental, nodes = case.assumptions.rental, np.exp2(need.job_doublings)
    often = rental.marketplace_interruptions_per_node_hour * nodes
    interruptions = often / (1 + often * rental.spot_outage_hours)
    restarting = interruptions * rental.marketplace_restart_hours
    replica = case.demand.unit * nodes
    missing = need.nodes / replica * restarting
    deviations = normal_quantile(1 - np.atleast_1d(rental.spot_short_share))
    spares = np.ceil(missing + deviations * np.sqrt(missing))
    return SpotUse(interruptions * rental.spot_outage_hours, restarting, spares * replica)


def _billed_hours(case: Case, need: Need, curve: LoadCurve, multiple: Amount) -> Floats:
    """GPU-hours billed, as hours at the list price. multiple: the price of spot as one of that (..., months)."""
    use, served = spot_use(case, need), need.billed_gpu_hours
    spares = use.spare_nodes / np.where(curve.nodes > 0, curve.nodes, np.inf) * curve.open_hours
    spot = multiple * (served * (1 - use.away + use.restarting) + spares)
    return np.asarray(spot + on_demand_multiple(case, need) * served * (use.away + use.restarting))
