"""What rows add up to: GPUs held by jobs, seen at work and billed, by model and hour; duplicates and faults."""

from collections import Counter
from dataclasses import dataclass, field

from advisor.market.price_book import PriceBook
from advisor.usage.clock import FIRST_HOUR, HOUR, HOURS, Clock
from advisor.usage.columns import Kind
from advisor.usage.faults import Faults
from advisor.usage.gpu_of_name import GpuNames
from advisor.usage.hourly_sums import MOST_GPUS, Devices, HourlySums, SampledHours
from advisor.usage.seen_rows import SeenRows

_MOST_OPEN = 200_000  # jobs that still run
_MOST_SIZES = 10_000  # different sizes of jobs
_LONGEST_JOB_DAYS = 400  # more is a broken time


@dataclass
class Load:
    """One model of GPU in one kind of rows.

    Attributes:
        in_use: Held by jobs, or billed and used.
        unused: Billed and not used.
        work: At work, where it is reported.
        usd: What costed_gpu_hours cost.
        sizes: GPU-hours by the GPUs of a job.
    """

    in_use: HourlySums = field(default_factory=HourlySums)
    unused: HourlySums = field(default_factory=HourlySums)
    work: HourlySums = field(default_factory=HourlySums)
    usd: float = 0.0
    costed_gpu_hours: float = 0.0
    sizes: dict[float, float] = field(default_factory=dict)


@dataclass
class FileCounts:
    """One file.

    Attributes:
        rows: All.
        used: Those counted.
        left_out: The others that could be read, by the reason.
    """

    path: str
    format: str
    rows: int = 0
    used: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    broken: int = 0


@dataclass(frozen=True)
class OpenJob:
    """A job that still ran when it was exported."""

    start: float
    end: float | None
    gpus: tuple[tuple[str, float], ...]


class Tally:
    """The sums of a run. Rows may come in any order, from any number of files."""

    def __init__(self, book: PriceBook, clock: Clock, since: float, until: float) -> None:
        self.clock, self.since, self.until = clock, since, until
        self.names, self.devices, self.faults, self.seen = GpuNames(book), Devices(), Faults(), SeenRows()
        self.loads: dict[tuple[Kind, str], Load] = {}
        self.samples: dict[str, SampledHours] = {}
        self.open_jobs: dict[str, OpenJob] = {}
        self.last_known = 0.0

    def interval(self, kind: Kind, model: str, start: float, end: float, gpus: float, *, unused: bool = False) -> None:
        """Add GPUs from a time to another. Raises ValueError for what no row can mean."""
        self.check(start, end, gpus)
        load = self.load(kind, model)
        self.last_known = max(self.last_known, end)
        (load.unused if unused else load.in_use).add(max(start, self.since), min(end, self.until), gpus)

    def check(self, start: float, end: float, gpus: float) -> None:
        """Raises ValueError for an interval that no row can mean."""
        if end < start:
            raise ValueError("an end before its start")
        if end - start > _LONGEST_JOB_DAYS * 86400:
            raise ValueError(f"longer than {_LONGEST_JOB_DAYS} days")
        if not 0 <= gpus <= MOST_GPUS:
            raise ValueError(f"not a number of GPUs from 0 to {MOST_GPUS:,.0f}")

    def load(self, kind: Kind, model: str) -> Load:
        """The sums of a model, by the name that a row gives it."""
        key = kind, self.names.id_of(model)
        return self.loads[key] if key in self.loads else self.loads.setdefault(key, Load())

    def job(self, start: float, end: float, gpus: tuple[tuple[str, float], ...]) -> None:
        """Add a job that was checked. gpus: by the names of the models."""
        self.last_known = max(self.last_known, end)
        start, end = max(start, self.since), min(end, self.until)
        if end <= start:
            return
        for model, count in gpus:
            load = self.load("jobs", model)
            load.in_use.add(start, end, count)
            before = load.sizes.get(count)
            if before is not None or len(load.sizes) < _MOST_SIZES:
                load.sizes[count] = (before or 0.0) + count * (end - start) / HOUR

    def running(self, key: str, start: float, end: float | None, gpus: tuple[tuple[str, float], ...]) -> None:
        """Add a job that still runs. end: up to when it is known to; the row of its end may come in another file."""
        for _, count in gpus:
            self.check(start, end if end is not None else start, count)
        before = self.open_jobs.get(key)
        if before is None and len(self.open_jobs) >= _MOST_OPEN:
            raise ValueError(f"more than {_MOST_OPEN:,} jobs that still run")
        if before is not None and (before.end or 0) > (end or 0):
            return
        self.open_jobs[key] = OpenJob(start, end, gpus)
        self.last_known = max(self.last_known, start, end or 0.0)

    def sample(self, model: str, device: str, time: float, share: float) -> None:
        """Add that a GPU worked for a share of the time."""
        if not 0 <= share <= 1:
            raise ValueError("a utilization outside 0% to 100%")
        name = self.names.id_of(model)
        hours = self.samples[name] if name in self.samples else self.samples.setdefault(name, SampledHours())
        if self.since <= time < self.until:
            hours.add(time, self.devices.number(device), share)

    def close(self) -> None:
        """Add the jobs that still run, up to what is known of them, unless the row of their end was read."""
        for key, job in self.open_jobs.items():
            if key not in self.seen:
                end = job.end if job.end is not None else min(self.last_known, job.start + _LONGEST_JOB_DAYS * 86400)
                self.job(job.start, max(job.start, end), job.gpus)
        self.open_jobs.clear()


def whole_span() -> tuple[float, float]:
    """The first and the last second that can be counted."""
    return float(FIRST_HOUR * HOUR), float((FIRST_HOUR + HOURS) * HOUR)
