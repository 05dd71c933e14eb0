"""GPU-hours by the hour: sums of intervals and of samples, in memory that does not grow with the rows."""

from collections.abc import Callable

import numpy as np

from advisor.array_types import Bools, Floats
from advisor.usage.clock import FIRST_HOUR, HOUR, HOURS

MOST_GPUS = 1_000_000.0  # of one row; more is not a count of GPUs
_MOST_DEVICES = 1 << 17


class HourlySums:
    """GPU-hours in each hour of the clock, from intervals in any order.

    Attributes:
        first, last: the hours with something in them, counted from `FIRST_HOUR`; last < first while there is nothing.
        gpu_hours: all that was added.
    """

    def __init__(self) -> None:
        self.first, self.last = HOURS, -1
        self.gpu_hours = 0.0
        self._part, self._steps = _no_hours(), _no_hours()

    def add(self, start: float, end: float, gpus: float) -> None:
        """Add GPUs in use from one time to another, in seconds since 1970."""
        if end <= start or gpus <= 0:
            return
        begin, until = start / HOUR - FIRST_HOUR, end / HOUR - FIRST_HOUR
        first, last = int(begin), int(until)
        self.gpu_hours += gpus * (end - start) / HOUR
        self.first = min(self.first, first)
        if until > self.last + 1:
            self.last = last if until > last else last - 1
        part, steps = self._part, self._steps
        if first == last:
            part[first] += gpus * (until - begin)
            return
        part[first] += gpus * (first + 1 - begin)
        part[last] += gpus * (until - last)
        steps[first + 1] += gpus
        steps[last] -= gpus

    def by_hour(self, first: int, last: int) -> Floats:
        """GPU-hours in each hour from `first` to `last`, both included."""
        found = np.zeros(last - first + 1)
        start, end = max(first, self.first), min(last, self.last)
        if end >= start:
            part, steps = (np.asarray(hours[self.first : end + 1]) for hours in (self._part, self._steps))
            running = np.cumsum(steps) + part
            found[start - first : end - first + 1] = np.maximum(running[start - self.first :].round(9), 0.0)
        return found


def _no_hours() -> "memoryview[float]":
    """Zeros; untouched pages take no memory, and an element is set faster than in an array."""
    return np.zeros(HOURS + 1).data.cast("B").cast("d")


class SampledHours:
    """Samples of single GPUs, in any order: how many GPUs were seen in each hour, at work, and how much of it.

    An hour's GPUs are those seen in it; the share of its samples above zero says how many of them were in use. Samples
    that come twice change neither.
    """

    def __init__(self) -> None:
        self.first, self.last = HOURS, -1
        self._count, self._used, self._work = (_no_hours() for _ in range(3))
        self._seen: dict[int, bytearray] = {}
        self._seconds: dict[int, int] = {}  # of each hour, those with samples, as bits
        self._latest: dict[int, int] = {}  # second of each GPU
        self._several: set[int] = set()  # hours with several samples of a GPU
        self._second = -1  # of the latest sample

    def add(self, second: float, device: int, share: float) -> None:
        """Add that a GPU, by its number, worked for a share of the time around a second."""
        whole = int(second)
        hour, within = divmod(whole - FIRST_HOUR * HOUR, HOUR)
        self.first, self.last = min(self.first, hour), max(self.last, hour)
        if whole != self._second:  # a row for each GPU comes at once
            self._second = whole
            self._seconds[hour] = self._seconds.get(hour, 0) | 1 << within
        latest = self._latest.get(device, whole)
        if latest != whole and latest // HOUR == whole // HOUR:
            self._several.add(hour)
        self._latest[device] = whole
        self._count[hour] += 1
        self._work[hour] += share
        if share > 0:
            self._used[hour] += 1
        seen = self._seen.setdefault(hour, bytearray())
        place = device >> 3
        if place >= len(seen):
            seen.extend(bytes(place + 1 - len(seen)))
        seen[place] |= 1 << (device & 7)

    def by_hour(self, first: int, last: int) -> tuple[Floats, Floats, Floats]:
        """GPU-hours in which GPUs were there, in use and at work, in each hour from `first` to `last`."""
        size = last - first + 1
        if self.last < 0:
            return np.zeros(size), np.zeros(size), np.zeros(size)
        own = slice(self.first, self.last + 1)
        count, used, work = (np.asarray(part[own]) for part in (self._count, self._used, self._work))
        there = np.array([self._devices(hour) for hour in range(self.first, self.last + 1)], dtype=float)
        rate = np.divide(count, there, out=np.zeros(count.size), where=there > 0)
        several = np.isin(np.arange(self.first, self.last + 1), [*self._several])
        there *= np.minimum(_of_the_usual(rate), self._between_ends(several))
        shares = (np.divide(part, count, out=np.zeros(count.size), where=count > 0) for part in (used, work))
        used, work = (there * share for share in shares)
        return tuple(_within(part, self.first, first, last) for part in _stretched(count, several, (there, used, work)))  # type: ignore[return-value]  # three go in, three come out

    def _devices(self, hour: int) -> int:
        return sum(byte.bit_count() for byte in self._seen.get(hour, b""))

    def _of_seconds(self, measure: Callable[[int], int]) -> Floats:
        """What a measure says of the seconds with samples, in each hour from `first` to `last`."""
        return np.array([measure(self._seconds.get(hour, 0)) for hour in range(self.first, self.last + 1)], dtype=float)

    def _between_ends(self, several: Bools) -> Floats:
        """The share of each hour that lies between the begin and the end of a log: it begins at the first sample after
        an hour without, and the last one before such an hour stands for the time to where the next would be.

        Where each GPU has one sample in an hour nothing says how long it stands for: that hour counts whole.
        """
        early, late = self._of_seconds(_lowest_bit), self._of_seconds(int.bit_length) - 1
        times = self._of_seconds(int.bit_count)
        step = np.divide(late - early, times - 1, out=np.zeros(times.size), where=several)
        empty = np.pad(times == 0, 1, constant_values=True)
        begin = np.where(several & empty[:-2], early, 0)
        end = np.where(several & empty[2:], np.minimum(late + step, HOUR), HOUR)
        share: Floats = (end - begin) / HOUR
        return share


class Devices:
    """Numbers for GPUs by their names."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def number(self, name: str) -> int:
        """The number of a GPU. Raises ValueError for more GPUs than there can be."""
        found = self._numbers.get(name)
        if found is None:
            if len(self._numbers) >= _MOST_DEVICES:
                raise ValueError(f"more than {_MOST_DEVICES:,} different GPUs")
            found = self._numbers[name] = len(self._numbers)
        return found


def _lowest_bit(bits: int) -> int:
    return (bits & -bits).bit_length() - 1


def _of_the_usual(rate: Floats) -> Floats:
    """Samples of a GPU in each hour over the usual number, at most 1.

    The first and the last hour are rarely whole, so that the usual number is that of the hours between.
    """
    inner = rate[1:-1][rate[1:-1] > 0]
    usual = float(np.median(inner)) if inner.size else float(rate.max(initial=0.0))
    return np.minimum(rate / usual, 1.0) if usual else rate


def _stretched(count: Floats, several: Bools, parts: tuple[Floats, ...]) -> tuple[Floats, ...]:
    """Samples further apart than an hour stand for the hours up to the next; several in an hour for no other hour.

    Args:
        count: samples in each hour.
        several: whether a GPU has more than one of them.
        parts: GPU-hours in these hours.
    """
    sampled = np.flatnonzero(count)
    gaps = np.diff(sampled)
    usual = int(np.bincount(gaps).argmax()) if gaps.size else 1
    if usual < 2:
        return parts
    ends = np.minimum(np.append(sampled[1:], sampled[-1] + usual), sampled + usual)
    ends = np.where(several[sampled], sampled + 1, ends)
    longer = []
    for part in parts:
        wide = np.zeros(int(ends[-1]))
        for start, end in zip(sampled.tolist(), ends.tolist(), strict=True):
            wide[start:end] = part[start]
        longer.append(wide)
    return tuple(longer)


def _within(part: Floats, part_first: int, first: int, last: int) -> Floats:
    """The part of a series that lies from `first` to `last`, zeros around it."""
    found = np.zeros(last - first + 1)
    start, end = max(first, part_first), min(last + 1, part_first + part.size)
    if end > start:
        found[start - first : end - first] = part[start - part_first : end - part_first]
    return found
