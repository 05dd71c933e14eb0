"""What a profile is for, in a few words: `Train on 64 nodes, 2 years`."""

from typing import TYPE_CHECKING

from advisor.formatting import listed, plural
from advisor.profiles.amount_text import amount_text

if TYPE_CHECKING:
    from advisor.profiles.schema import Profile, Workload

_VERBS = {"fine-tune": "fine-tune", "pre-train": "train", "inference": "serve"}
_WEEKS_A_MONTH = 52 / 12
_WHOLE_CLUSTERS = {"nodes": "node", "gpus": "GPU"}


def purpose_text(profile: "Profile") -> str:
    """Return what the GPUs are for, how much and for how long; without the amount where it does several things."""
    work = profile.workload
    verbs = listed([*dict.fromkeys(_VERBS[one.kind] for one in work)])
    amount = f" {_amount_text(work[0])}" if len(work) == 1 else ""
    return f"{verbs[0].upper()}{verbs[1:]}{amount}, {_length_text(max(one.months for one in work))}"


def _amount_text(workload: "Workload") -> str:
    if workload.way in _WHOLE_CLUSTERS:
        count = getattr(workload, workload.way)
        return f"on {count:,} {plural(_WHOLE_CLUSTERS[workload.way], count)}"
    if workload.way == "gpu_hours_per_month":
        return f"{workload.gpu_hours_per_month:,.0f} GPU-h a month"
    if workload.way == "runs_per_week":
        return f"{workload.runs_per_week:,.0f} runs a week"
    if workload.serving is not None:
        return workload.serving.model or "a model"
    return amount_text(workload)


def _length_text(months: float) -> str:
    """`2 years`, `6 months`, `2 weeks`."""
    if months < 1:
        weeks = max(1, round(months * _WEEKS_A_MONTH))
        return f"{weeks} {plural('week', weeks)}"
    years, rest = divmod(months, 12)
    count, unit = (months, "month") if rest or not years else (years, "year")
    return f"{count:g} {plural(unit, round(count))}"
