"""The workload of a profile that does the work that was seen: its load curve, its largest job and its growth."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from advisor.profiles.limits import MAX_GPUS, MAX_NODES
from advisor.profiles.load_points import LoadPoint
from advisor.profiles.schema import Kind
from advisor.usage.hourly_usage import LEVELS, HourlyUsage
from advisor.usage.spread import Spread

_LEAST_SHARE = 0.0001
_STEADY_SHARE = 0.95  # of the hours; what is in use in as many is always on


def workload_table(
    usage: HourlyUsage, spread: Spread | None, kind: Kind, months: float, gpus_per_node: int
) -> Mapping[str, Any]:
    """A [[workload]] table with all GPU-hours that were seen, on GPUs for all but the highest hours.

    Args:
        usage: what was seen.
        spread: of it; its trend becomes the plan's growth.
        kind: what the GPUs do.
        months: length of the plan.
        gpus_per_node: GPUs of one server.
    """
    curve = load_curve(usage)
    most = curve[-1][0]
    table: dict[str, Any] = {"kind": kind, "gpu": usage.gpu, "load": curve, "months": months}
    if usage.largest_job is not None:
        nodes = max(1, math.ceil(most / gpus_per_node - 1e-9))
        table["job_nodes"] = min(nodes, max(1, math.ceil(usage.largest_job / gpus_per_node)))
    if kind == "inference":
        table["base_share"] = round(min(most, math.floor(usage.level(_STEADY_SHARE))) / most, 4)
    growth = 0.0 if spread is None else spread.growth_per_month
    if growth and most / gpus_per_node * (1 + growth) ** max(0, math.ceil(months) - 1) <= MAX_NODES:
        table["growth_per_month"] = round(min(0.5, max(-0.5, growth)), 4)
    return table


def load_curve(usage: HourlyUsage) -> tuple[LoadPoint, ...]:
    """The load-duration curve in steps: GPUs, and the share of the hours in which those above the step before work.

    The steps end at the GPUs in use in each of `LEVELS` of the hours. The few hours above the
    highest level are done by the highest step, or by those below it where it has no time left.
    """
    tops = sorted({min(MAX_GPUS, max(1, math.ceil(usage.level(share) - 1e-9))) for share in LEVELS})
    steps: list[tuple[int, int, float]] = []  # GPUs below, GPUs, and the mean of those that work
    for below, top in zip([0, *tops[:-1]], tops, strict=True):
        end, low = math.inf if top == tops[-1] else top, below
        work = float(np.clip(usage.in_use - below, 0.0, end - below).mean())
        while steps and work / (top - low) > steps[-1][2] / (steps[-1][1] - steps[-1][0]):
            low, _, more = steps.pop()
            work += more
        steps.append((low, top, work))
    return tuple((top, round(min(1.0, max(_LEAST_SHARE, work / (top - low))), 4)) for low, top, work in steps)
