"""Rows of bills: FOCUS exports and AWS Cost and Usage Reports. What is paid for and not used is kept apart."""

import re
from functools import lru_cache

from advisor.market.instance_types import instance_in
from advisor.usage.cells import Cells, Reader, Row, number_in
from advisor.usage.clock import HOUR
from advisor.usage.job_rows import NO_GPUS, TWICE
from advisor.usage.tally import Tally

_USED_TYPES = {"usage", "discountedusage", "savingsplancoveredusage"}
_HOURS = {"hour", "hours", "hr", "hrs", "1hour", "instancehours", "instancehour", "vmhours", "computehours"}
_RUNNING = re.compile(r"(?:^|[-:])(?:box|spot|dedicated|hostbox)usage(?::|$)", re.I)
_IDLE = re.compile(r"(?:^|[-:])unused(?:box|ded)[a-z]*(?::|$)", re.I)
NOT_USAGE, CORRECTION = "no usage (fees, taxes, credits)", "corrections"


@lru_cache(maxsize=1 << 12)
def _unit(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())


@lru_cache(maxsize=1 << 12)
def _instance_use(usage: str) -> tuple[bool, bool]:
    """Whether an AWS usage type is that of an instance, and whether that instance is reserved but unused."""
    idle = bool(_IDLE.search(usage))
    return idle or bool(_RUNNING.search(usage)), idle


def focus_reader(cells: Cells, tally: Tally) -> Reader:
    """Reads FOCUS rows of usage in instance-hours, or in GPU-hours."""

    def read(row: Row) -> str:
        if cells.text(row, "category").lower() not in ("usage", ""):
            return NOT_USAGE
        if cells.text(row, "class").lower() == "correction":
            return CORRECTION
        usage, unused = cells.text(row, "usage"), "unused" in map(str.lower, cells.texts(row, "unused"))
        is_instance, idle = _instance_use(usage) if usage and not unused else (True, unused)
        gpus = _gpus(cells, row, _unit(cells.text(row, "unit"))) if is_instance else None
        if gpus is None:
            return NO_GPUS
        return _counted(cells, row, tally, gpus, "\x1f".join(row), cells.text(row, "cost"), idle=idle)

    return read


def cur_reader(cells: Cells, tally: Tally) -> Reader:
    """Reads rows of an AWS Cost and Usage Report, of either version."""

    def read(row: Row) -> str:
        kind = cells.text(row, "type").lower()
        if kind and kind not in _USED_TYPES:
            return NOT_USAGE
        is_instance, idle = _instance_use(cells.text(row, "usage"))
        found = _instance(cells, row, "usage", "sku") if is_instance else None
        if found is None:
            return NO_GPUS
        key = "|".join((cells.text(row, "id"), cells.text(row, "interval"))) if cells.has("id") else "\x1f".join(row)
        cost = {"discountedusage": "reserved_cost", "savingsplancoveredusage": "plan_cost"}.get(kind, "cost")
        usd = cells.text(row, cost) or cells.text(row, "cost")
        return _counted(cells, row, tally, found, key, usd, idle=idle)

    return read


def _gpus(cells: Cells, row: Row, unit: str) -> tuple[int, str] | None:
    """GPUs in one of the units of a FOCUS row, and their model; None where it is not a GPU."""
    if "gpu" in unit and ("hour" in unit or "hr" in unit):
        found = _instance(cells, row, "sku")
        return 1, found[1] if found else next(iter(cells.texts(row, "sku")), "")
    return _instance(cells, row, "usage", "sku") if unit in _HOURS else None


def _instance(cells: Cells, row: Row, *roles: str) -> tuple[int, str] | None:
    for role in roles:
        for text in cells.texts(row, role):
            if (found := instance_in(text)) is not None:
                return found
    return None


def _counted(cells: Cells, row: Row, tally: Tally, gpus: tuple[int, str], key: str, cost: str, *, idle: bool) -> str:
    count, model = gpus
    quantity = number_in(cells.text(row, "quantity"), "quantity")
    start, end = (tally.clock.seconds(cells.text(row, role)) for role in ("start", "end"))
    usd = number_in(cost, "cost") if cost and cells.text(row, "currency").upper() in ("USD", "") else None
    if quantity < 0:
        return CORRECTION
    length = (end - start) / HOUR
    if quantity and length <= 0:
        raise ValueError("hours billed over no time")
    mean = count * quantity / length if quantity else 0.0
    tally.check(start, end, mean)
    if tally.seen.add(f"bill|{key}"):
        return TWICE
    tally.interval("bills", model, start, end, mean, unused=idle)
    inside = tally.since <= start and end <= tally.until
    if usd is not None and inside:
        load = tally.load("bills", model)
        load.usd += usd
        load.costed_gpu_hours += count * quantity
    return ""
