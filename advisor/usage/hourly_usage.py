"""The load of one model of GPU by the hour: in use, there and at work; its weeks and its load-duration curve."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta, tzinfo

import numpy as np

from advisor.array_types import Floats
from advisor.usage.clock import FIRST_HOUR, HOUR
from advisor.usage.columns import Kind
from advisor.usage.tally import Load, Tally
from advisor.values.quick_dataclass import dataclass

_WEEK_HOURS = 168
LEVELS = (1.0, 0.99, 0.95, 0.9, 0.75, 0.5, 0.25, 0.1, 0.05, 0.01)  # shares of the hours of the load-duration curve
_PEAK_SHARE = 0.01  # of the hours may need more GPUs than the peak that a plan is made for


@dataclass(frozen=True)
class Week:
    """One week from Monday on.

    Attributes:
        hours: Of it that were watched.
        mean, peak: GPUs in use.
        idle_gpu_hours: None where it is not known how many GPUs there were.
    """

    start: date
    hours: int
    gpu_hours: float
    mean: float
    peak: float
    idle_gpu_hours: float | None

    @property
    def whole(self) -> bool:
        """Whether all of it was watched; weeks in which the clocks change have an hour more or less."""
        return self.hours >= _WEEK_HOURS - 1


@dataclass(frozen=True)
class HourlyUsage:
    """What is known of one model of GPU. Arrays by the hour (H).

    Attributes:
        gpu: its id in the book, or its name; empty where no row names a model.
        source: which rows say what is in use.
        first_second: when the first hour begins, since 1970.
        in_use: mean GPUs in use: held by jobs; else seen at work; else billed and used.
        there: GPUs that were there: seen, else billed; None where neither is known.
        work_share: the share of the time in which GPUs in use were at work; None where no row tells.
        job_sizes: GPU-hours by the GPUs of a job.
        usd_per_gpu_hour: what an hour cost; None where no bill tells.
    """

    gpu: str
    source: Kind
    first_second: float
    in_use: Floats
    there: Floats | None
    work_share: float | None
    job_sizes: Mapping[float, float]
    usd_per_gpu_hour: float | None

    @property
    def hours(self) -> int:
        """How many hours were watched."""
        return self.in_use.size

    @property
    def gpu_hours(self) -> float:
        """GPU-hours in use."""
        return float(self.in_use.sum())

    @property
    def mean(self) -> float:
        """The mean number of GPUs in use."""
        return float(self.in_use.mean())

    @property
    def idle_gpu_hours(self) -> float | None:
        """GPU-hours in which GPUs were there but not in use, over the hours for which both are known."""
        if self.there is None:
            return None
        return float(np.maximum(self.there - self.in_use, 0.0)[self.there > 0].sum())

    def level(self, share: float) -> float:
        """The GPUs that are in use in at least this share of the hours."""
        ranked = np.sort(self.in_use)[::-1]
        return float(ranked[max(0, int(np.ceil(share * ranked.size)) - 1)])

    @property
    def plan_peak(self) -> float:
        """The GPUs that a plan should have: all but the highest 1 % of the hours need no more."""
        return self.level(_PEAK_SHARE)

    @property
    def largest_job(self) -> float | None:
        """GPUs of the largest job; None where no row is a job."""
        return max(self.job_sizes, default=None)

    def weeks(self, zone: tzinfo) -> tuple[Week, ...]:
        """Every week, the first and the last perhaps in part. zone: whose Mondays begin a week."""
        starts: dict[date, int] = {}
        for hour in range(self.hours):
            day = datetime.fromtimestamp(self.first_second + hour * HOUR, zone).date()
            starts.setdefault(day - timedelta(days=day.weekday()), hour)
        ends = [*list(starts.values())[1:], self.hours]
        return tuple(self._week(start, at, end) for (start, at), end in zip(starts.items(), ends, strict=True))

    def _week(self, start: date, at: int, end: int) -> Week:
        part = self.in_use[at:end]
        idle = None if self.there is None else float(np.maximum(self.there[at:end] - part, 0.0).sum())
        return Week(start, end - at, float(part.sum()), float(part.mean()), float(part.max()), idle)


def models_of(tally: Tally) -> dict[str, float]:
    """GPU-hours by model, the most first: of jobs, else of samples, else of bills."""
    found: dict[str, float] = {}
    for model in {*(model for _, model in tally.loads), *tally.samples}:
        first, last = _span(tally, model)
        if last >= first:
            found[model] = float(_in_use(tally, model, first, last)[1].sum())
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


def hourly_usage(tally: Tally, model: str, gpu: str, whole: tuple[float, float] | None = None) -> HourlyUsage:
    """The load of one model.

    Args:
        tally: the sums.
        model: its id in them.
        gpu: its id for the reader.
        whole: the period that was watched, in seconds, where it is known; else from the first to the last hour with
            anything in it.
    """
    first, last = _span(tally, model)
    if whole is not None:
        first, last = int(whole[0] // HOUR) - FIRST_HOUR, int(-(-whole[1] // HOUR)) - FIRST_HOUR - 1
    source, in_use = _in_use(tally, model, first, last)
    jobs, bills = tally.loads.get(("jobs", model), Load()), tally.loads.get(("bills", model), Load())
    there = None
    if model in tally.samples:
        there = tally.samples[model].by_hour(first, last)[0]
    elif bills.in_use.gpu_hours or bills.unused.gpu_hours:
        there = bills.in_use.by_hour(first, last) + bills.unused.by_hour(first, last)
    return HourlyUsage(
        gpu=gpu,
        source=source,
        first_second=float((first + FIRST_HOUR) * HOUR),
        in_use=in_use,
        there=there,
        work_share=_work_share(tally, model, first, last),
        job_sizes=jobs.sizes,
        usd_per_gpu_hour=bills.usd / bills.costed_gpu_hours if bills.costed_gpu_hours else None,
    )


def _span(tally: Tally, model: str) -> tuple[int, int]:
    """The first and the last hour of the rows that say what is in use; without such rows, of all rows."""
    jobs = tally.loads.get(("jobs", model))
    if jobs is not None and jobs.in_use.gpu_hours:
        return jobs.in_use.first, jobs.in_use.last
    if model in tally.samples and tally.samples[model].last >= 0:
        return tally.samples[model].first, tally.samples[model].last
    bills = tally.loads.get(("bills", model), Load())
    return min(bills.in_use.first, bills.unused.first), max(bills.in_use.last, bills.unused.last)


def _in_use(tally: Tally, model: str, first: int, last: int) -> tuple[Kind, Floats]:
    jobs = tally.loads.get(("jobs", model))
    if jobs is not None and jobs.in_use.gpu_hours:
        return "jobs", jobs.in_use.by_hour(first, last)
    if model in tally.samples:
        return "samples", tally.samples[model].by_hour(first, last)[1]
    return "bills", tally.loads.get(("bills", model), Load()).in_use.by_hour(first, last)


def _work_share(tally: Tally, model: str, first: int, last: int) -> float | None:
    """Work over use, both from the same rows."""
    if model in tally.samples:
        _, used, work = (float(part.sum()) for part in tally.samples[model].by_hour(first, last))
        return work / used if used else None
    jobs = tally.loads.get(("jobs", model), Load())
    if jobs.work.gpu_hours and jobs.in_use.gpu_hours:
        return min(1.0, jobs.work.gpu_hours / jobs.in_use.gpu_hours)
    return None
