"""Rows of jobs: Slurm's sacct, and the workloads and the consumption report of Run:ai."""

import re
from datetime import datetime, timedelta
from functools import lru_cache

from advisor.usage.cells import Cells, Reader, Row, number_in
from advisor.usage.clock import HOUR, elapsed_seconds
from advisor.usage.tally import Tally

_NOT_KNOWN = {"", "unknown", "none", "n/a", "-", "null"}
_WAITED = ("PENDING", "REVOKED")
_GRES = re.compile(r"gres/gpu(?::([^=,]+))?=(\d{1,9})(?=,|$)")
STEP, NO_GPUS, NOT_STARTED, TWICE = "steps of jobs", "without GPUs", "never started", "read before"
_CUT = "the GPUs of the job are cut off; sacct -P prints them whole"


def slurm_reader(cells: Cells, tally: Tally) -> Reader:
    """Reads rows of sacct."""
    pick = cells.picker("cluster", "id", "gpus", "state", "start", "end", "elapsed")

    def read(row: Row) -> str:
        cluster, job, tres, state, start_text, end_text, elapsed_text = pick(row)
        if "." in job:
            return STEP
        if tres.endswith("+"):
            raise ValueError(_CUT)
        gpus = gpus_of_tres(tres)
        if not gpus:
            return NO_GPUS
        if start_text.lower() in _NOT_KNOWN or state.upper().startswith(_WAITED):
            return NOT_STARTED
        elapsed = elapsed_seconds(elapsed_text)
        start, end = _span(tally, start_text, end_text, elapsed)
        return _counted(tally, f"{cluster}|{job}|{start_text}", start, end, elapsed, gpus)

    return read


@lru_cache(maxsize=1 << 12)  # rows repeat them
def gpus_of_tres(tres: str) -> tuple[tuple[str, float], ...]:
    """The GPUs in a list such as `billing=64,gres/gpu:h100=8,gres/gpu=8,node=1`, by model; empty name: any model.

    The models are counted where they add up to the GPUs without one, and where there are none of those.
    """
    found = [(model, float(count)) for model, count in _GRES.findall(tres)]
    typed = tuple((model, count) for model, count in found if model and count)
    total = sum(count for model, count in found if not model)
    if typed and (not total or sum(count for _, count in typed) >= total):
        return typed
    rest = total - sum(count for _, count in typed)
    return (*typed, ("", rest)) if rest else typed


def _span(tally: Tally, start_text: str, end_text: str, elapsed: float | None) -> tuple[float, float | None]:
    """The start and the end of a job; None while it runs.

    Where a time stands in an hour that the clocks show twice, what elapsed decides.
    """
    clock = tally.clock
    start = clock.seconds(start_text)
    if end_text.lower() in _NOT_KNOWN:
        return start, None
    end = clock.seconds(end_text)
    if elapsed is not None and end - start != elapsed:
        if clock.is_ambiguous(start_text) and not clock.is_ambiguous(end_text):
            start = end - elapsed
        elif clock.is_ambiguous(start_text) or clock.is_ambiguous(end_text):
            end = start + elapsed
    return start, end


def _counted(
    tally: Tally,
    key: str,
    start: float,
    end: float | None,
    elapsed: float | None,
    gpus: tuple[tuple[str, float], ...],
) -> str:
    if end is None:
        tally.running(key, start, None if elapsed is None else start + elapsed, gpus)
        return ""
    for _, count in gpus:
        tally.check(start, end, count)
    if tally.seen.add(key):
        return TWICE
    tally.job(start, end, gpus)
    return ""


def workloads_reader(cells: Cells, tally: Tally) -> Reader:
    """Reads the Workloads table of Run:ai. GPUs may be parts of one; the time in the queue is left out where the
    running time is known."""

    def read(row: Row) -> str:
        text = cells.text(row, "gpus")
        count = 0.0 if text.lower() in _NOT_KNOWN else number_in(text, "number of GPUs")
        start_text = cells.text(row, "start")
        if not count:
            return NO_GPUS
        if start_text.lower() in _NOT_KNOWN:
            return NOT_STARTED
        elapsed = elapsed_seconds(cells.text(row, "runtime"))
        start, end = _span(tally, start_text, cells.text(row, "end"), None)
        if elapsed is not None and end is not None:
            start = max(start, end - elapsed)
        name = cells.text(row, "id") or f"{cells.text(row, 'project')}|{cells.text(row, 'name')}"
        gpus = ((cells.text(row, "model"), count),)
        return _counted(tally, f"runai|{name}|{start_text}", start, end, elapsed, gpus)

    return read


def consumption_reader(cells: Cells, tally: Tally, period: tuple[float, float] | None) -> Reader:
    """Reads the consumption report of Run:ai: GPU-hours of a day, or of the period that it was made for."""

    def read(row: Row) -> str:
        hours = number_in(cells.text(row, "hours"), "number of GPU-hours")
        idle = number_in(cells.text(row, "idle") or "0", "number of GPU-hours")
        if cells.has("day"):
            start, end = _day(tally, cells.text(row, "day"))
        elif period is None:
            raise ValueError("no date: give the period of the report with --from and --to")
        else:
            start, end = period
        if not 0 <= idle <= hours:
            raise ValueError("idle GPU-hours below 0 or above the GPU-hours")
        if not hours:
            return NO_GPUS
        if tally.seen.add("consumption|" + "\x1f".join(row)):
            return TWICE
        model, length = cells.text(row, "model"), (end - start) / HOUR
        tally.interval("jobs", model, start, end, hours / length)
        if cells.has("idle"):
            tally.load("jobs", model).work.add(start, end, (hours - idle) / length)
        return ""

    return read


def _day(tally: Tally, text: str) -> tuple[float, float]:
    """A day of the clock's zone, 23 or 25 hours long where the clocks change."""
    start = tally.clock.seconds(text)
    day = datetime.fromtimestamp(start, tally.clock.zone)
    following = (day.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None) + timedelta(days=1)).replace(
        tzinfo=tally.clock.zone
    )
    return start, following.timestamp()
