"""Why another GPU than the profile's own is the pick (docs/model.md#reasons)."""

from collections.abc import Iterator

from advisor.array_types import of_one
from advisor.costing.case import Case
from advisor.decision.ranking import RankedOption, Verdict
from advisor.formatting import fine_percent, percent, usd, usd_rate


def why_this_gpu(pick: RankedOption, case: Case, verdict: Verdict) -> Iterator[str]:
    """How many hours fewer or more the pick's GPU takes for the same work, at which price, and what the best option on
    the profile's own costs more; none where the pick is on that.

    case: that of the profile's own GPU.
    """
    mine, own = pick.cost.case, case.assumptions.gpu
    gpu = mine.assumptions.gpu
    if gpu.id == own.id:
        return
    hours, own_hours = (float(one.whole_demand.alive.used_gpu_hours.sum()) for one in (mine, case))
    more = hours / own_hours - 1
    ways = (one for one in verdict.ranked if one.feasible and one.cost.case.assumptions.gpu.id == own.id)
    best = min(ways, key=lambda one: one.preference_usd, default=None)
    rest = ""
    if best is not None:
        extra = best.cost.expected_usd - pick.cost.expected_usd
        share = fine_percent(extra / abs(pick.cost.expected_usd))
        rest = f"; on the {own.label} the best option, {best.cost.option.subject}, costs {usd(extra)} ({share}) more"
    yield (
        f"The {gpu.label} takes {percent(abs(more))} {'fewer' if more < 0 else 'more'} GPU-hours than the {own.label} "
        f"for the same work, at {usd_rate(of_one(gpu.neocloud_usd_per_gpu_hour))} instead of "
        f"{usd_rate(of_one(own.neocloud_usd_per_gpu_hour))} on demand{rest}."
    )
