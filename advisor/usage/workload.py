"""The workload of a profile that does the work that was seen."""

import math
from collections.abc import Mapping
from typing import Any

from advisor.profiles.limits import MAX_NODES
from advisor.profiles.schema import Kind
from advisor.usage.hourly_usage import HourlyUsage
from advisor.usage.spread import Spread

_LEAST_BUSY = 0.001
_STEADY_SHARE = 0.95  # of the hours; what is in use in as many is always on
_FULL = 1.0


def workload_table(
    usage: HourlyUsage, spread: Spread | None, kind: Kind, months: float, gpus_per_node: int
) -> Mapping[str, Any]:
    """A [[workload]] table with all GPU-hours that were seen, on nodes for all but the highest hours.

    Args:
        usage: what was seen.
        spread: of it; its trend becomes the plan's growth.
        kind: what the GPUs do.
        months: length of the plan.
        gpus_per_node: GPUs of one server.
    """
    nodes = min(MAX_NODES, max(1, math.ceil(usage.plan_peak / gpus_per_node - 1e-9)))
    busy = min(_FULL, max(_LEAST_BUSY, usage.mean / (nodes * gpus_per_node)))
    table: dict[str, Any] = {"kind": kind, "gpu": usage.gpu, "nodes": nodes, "months": months, "busy": round(busy, 4)}
    if usage.largest_job is not None:
        table["job_nodes"] = min(nodes, max(1, math.ceil(usage.largest_job / gpus_per_node)))
    if kind == "inference":
        steady = min(nodes, math.floor(usage.level(_STEADY_SHARE) / gpus_per_node))
        table |= {"base_share": round(steady / nodes, 4), "base_busy": _FULL} if steady else {"base_share": 0.0}
    growth = 0.0 if spread is None else spread.growth_per_month
    if growth and nodes * (1 + growth) ** max(0, math.ceil(months) - 1) <= MAX_NODES:
        table["growth_per_month"] = round(min(0.5, max(-0.5, growth)), 4)
    return table
