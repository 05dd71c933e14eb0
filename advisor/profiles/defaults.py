"""Defaults for the fields of a workload that the user left out."""

import math
from typing import TypeVar

import numpy as np

from advisor.array_types import Amount, whole_units
from advisor.market.assumptions import Assumptions
from advisor.profiles.amount_of_work import open_share, size_of
from advisor.profiles.load_points import Load
from advisor.profiles.schema import Company, Mode, Workload
from advisor.values.quick_dataclass import dataclass

T = TypeVar("T")


@dataclass(frozen=True)
class ResolvedWorkload:
    """A workload with every default filled in from the book.

    Attributes:
        busy: Mean utilization of all nodes.
        base_share: Share of the nodes that must stay up.
        base_busy: Utilization of those, None where it follows from the load curve.
        least_nodes: How many nodes must stay up in any month.
        served_share: Share of the open hours in which a service has requests.
        kept_share: Share of the open hours in which the nodes that must stay up are up.
        always_on: Whether the work must not be interrupted.
        job_nodes: Nodes that must share one fabric, infinite when one job takes all.
        scales_to_zero: Whether its users can wait for a cold start.
        replicated: Whether it is a service in tokens that always runs, on replicas that take over from one another.
        unit: The smallest part of a node that its jobs rent, 1 where they rent whole nodes, more for replicas of
            several.
        ramp: The nodes of each month as multiples of those at the start, held at the last one.
        open_share: Share of the hours in which there may be work, itself the base of `busy`.
        load: The curve it was given as, from the bottom up, empty where `busy` says it.

    To compute many plans at once, any amount except the start may be an array (P, 1).
    """

    nodes: Amount
    months: Amount
    start_month: int
    growth_per_month: Amount
    busy: Amount
    base_share: Amount
    base_busy: Amount | None
    hazard_per_month: Amount
    residual_share: Amount
    always_on: bool
    job_nodes: Amount
    scales_to_zero: bool = False
    replicated: bool = False
    unit: Amount = 1.0
    ramp: tuple[Amount, ...] = ()
    least_nodes: Amount = 0.0
    served_share: Amount = 1.0
    kept_share: Amount = 1.0
    open_share: Amount = 1.0
    load: Load = ()


def mode_of(workload: Workload) -> Mode:
    """Return how the nodes of a workload run; by default those of a service are always on."""
    waits = workload.serving is not None and workload.serving.latency == "batch"
    return workload.mode or ("always-on" if workload.kind == "inference" and not waits else "batch")


def applies(name: str, workload: Workload) -> bool:
    """Whether a field has a meaning for a workload, by the way it runs."""
    mode = mode_of(workload)
    if name == "hours_per_week":
        return mode == "office-hours"
    if name == "base_busy" and workload.base_busy is None and (workload.load or workload.serving is not None):
        return False  # it follows from the load
    return mode != "batch" or name not in ("base_share", "base_busy")


def resolve(
    workload: Workload, company: Company, figures: Assumptions, own: Assumptions | None = None
) -> ResolvedWorkload:
    """Return the workload in nodes with its defaults: utilization and size of a job by kind, plan risk by stage.
    figures: of the GPU on which the work is done; own: of the workload's GPU, where that is another one."""
    plan, size = figures.plan, size_of(workload, figures, own)
    training, mode = workload.kind == "pre-train", mode_of(workload)
    serving = mode != "batch"
    hazard = {
        "seed": plan.hazard_seed_per_month,
        "series-a": plan.hazard_series_a_per_month,
        "series-b": plan.hazard_series_b_per_month,
        "later": plan.hazard_later_per_month,
    }[company.stage]
    residual = plan.residual_training_share if training else plan.residual_other_share
    own_base = not serving or workload.base_share is not None
    opened = open_share(workload, plan)
    served = 1.0 if workload.serving is None else np.minimum(workload.serving.hours_per_day / 24 / opened, 1.0)
    always_on = _own_or(workload.always_on, mode in ("always-on", "office-hours"))
    return ResolvedWorkload(
        nodes=size.nodes,
        months=workload.months,
        start_month=workload.start_month,
        growth_per_month=workload.growth_per_month,
        busy=_own_or(size.busy, plan.busy_share(workload.kind)),
        base_share=_own_or(workload.base_share, plan.base_inference_share) if serving else 0.0,
        base_busy=_base_busy(workload, plan.base_busy_inference_share) if serving else 0.0,
        hazard_per_month=_own_or(workload.plan_change_per_month, hazard),
        residual_share=_own_or(workload.residual_share, residual),
        always_on=always_on,
        job_nodes=_own_or(workload.job_nodes, math.inf if training else size.job),
        scales_to_zero=mode == "scale-to-zero",
        replicated=always_on and workload.serving is not None,
        unit=size.unit if workload.in_nodes else _rented_unit(size.unit, figures),
        ramp=size.ramp,
        least_nodes=0.0 if own_base else size.least,
        served_share=served,
        kept_share=1.0 if own_base else served,
        load=size.load,
        open_share=opened,
    )


def _base_busy(workload: Workload, usual: Amount) -> Amount | None:
    """How busy the nodes of a service are that must stay up: as the profile says, else by the load curve of one in
    tokens, and as usual for others."""
    if workload.base_busy is None and workload.serving is not None:
        return None
    return _own_or(workload.base_busy, usual)


def _rented_unit(own: Amount, figures: Assumptions) -> Amount:
    """The smallest part of a node that is rented: a GPU or a replica, in as many GPUs as are rented together."""
    least = figures.gpu.least_rented_gpus
    if least is None:
        return own
    together = np.minimum(1.0, least / figures.rental.gpus_per_node)
    return whole_units(own / together) * together


def _own_or(own: T | None, default: T) -> T:
    return default if own is None else own
