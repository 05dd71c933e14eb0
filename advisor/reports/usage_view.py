"""What exports say of GPUs in use, as text of 79 columns."""

from collections.abc import Iterator, Mapping
from textwrap import wrap

import numpy as np

from advisor.files.toml_document import fresh_content
from advisor.formatting import cut, percent, plural, usd, usd_rate
from advisor.usage.commitment_curve import CommitmentCurve
from advisor.usage.findings import Findings
from advisor.usage.hourly_usage import LEVELS, HourlyUsage

_COLUMNS, _BAR = 79, 24
_HOURS_OF_TWO_DAYS = 48
_MOST_WEEKS = 26
_CURVE_ROWS = 9
_LEAST_TENTH = 0.05  # is shown as 0.1
_SOURCES = {"jobs": "held by jobs", "samples": "seen at work", "bills": "billed"}


def usage_lines(found: Findings) -> Iterator[str]:
    """The findings as text; lines that are too long go on below, further in."""
    for line in _lines(found):
        inner = " " * (len(line) - len(line.lstrip()) + 2)
        parts = wrap(line, _COLUMNS, subsequent_indent=inner, break_long_words=False, break_on_hyphens=False)
        yield from parts or [""]


def _lines(found: Findings) -> Iterator[str]:
    usage = found.usage
    files = len(found.files)
    zone = found.first.tzname() or "UTC"
    yield (
        f"Usage in {files} {plural('file', files)}, {found.first:%Y-%m-%d %H:%M} to {found.last:%Y-%m-%d %H:%M} {zone} "
        f"({_length_text(usage.hours)})"
    )
    yield from _file_lines(found)
    yield ""
    yield from _total_lines(usage)
    yield from _other_lines(found)
    yield from _week_lines(found)
    yield from _level_lines(usage)
    yield from _spread_lines(found)
    yield from _curve_lines(found)
    yield ""
    named = found.profile is not None
    yield f"The workload for a profile{' (--write FILE writes one)' if named else ', but for its GPU: --gpu names it'}"
    shown = {name: value for name, value in found.workload.items() if named or name != "gpu"}
    yield from (f"  {line}" for line in workload_text(shown).splitlines())


def workload_text(table: Mapping[str, object]) -> str:
    """A [[workload]] table as TOML."""
    return fresh_content({"workload": [dict(table)]}).decode().strip() + "\n"


def _length_text(hours: float) -> str:
    """`9 hours`, or from two days on `14.5 days`."""
    if hours < _HOURS_OF_TWO_DAYS:
        return f"{hours:,.0f} {plural('hour', round(hours))}"
    return f"{hours / 24:,.1f} days"


def _file_lines(found: Findings) -> Iterator[str]:
    for file in found.files:
        rest = "".join(f"; {reason} {count:,}" for reason, count in file.left_out.most_common())
        yield cut(f"  {file.path}: {file.format}, {file.rows:,} rows, {file.used:,} counted{rest}", 200)
    if found.faults.total:
        counts = found.faults.counts.most_common()
        reasons = "; ".join(reason if len(counts) == 1 else f"{reason} {count:,}" for reason, count in counts)
        yield f"  {found.faults.total:,} could not be read: {reasons}"
        for fault in found.faults.named:
            yield cut(f"    {fault.file}, line {fault.line:,}: {fault.reason}", 200)


def _total_lines(usage: HourlyUsage) -> Iterator[str]:
    hours, name = _amount(usage.gpu_hours), usage.gpu or "GPUs without a name"
    yield f"{name}: {hours} GPU-hours in use ({_SOURCES[usage.source]})"
    mean, peak, most = (_amount(gpus) for gpus in (usage.mean, float(usage.in_use.max()), usage.plan_peak))
    yield f"  {mean} GPUs on average, {peak} in the highest hour, {most} in all but 1%"
    idle = usage.idle_gpu_hours
    if idle is None:
        yield "  The rows do not say how many GPUs there were, so idle time is not known"
    else:
        share = idle / (idle + usage.gpu_hours) if idle + usage.gpu_hours else 0.0
        yield f"  {_amount(idle)} GPU-hours idle, {percent(share)} of what was there"
    if usage.work_share is not None:
        yield f"  GPUs in use work {percent(usage.work_share)} of the time"
    if usage.usd_per_gpu_hour is not None:
        yield f"  {usd_rate(usage.usd_per_gpu_hour)} paid per GPU-hour"
    if usage.largest_job is not None:
        yield f"  The largest job has {usage.largest_job:,g} GPU{'s' if usage.largest_job != 1 else ''}"


def _amount(value: float) -> str:
    """GPUs or GPU-hours to a tenth; what would be shown as 0.0, to two digits."""
    return f"{value:,.1f}" if value == 0 or value >= _LEAST_TENTH else f"{value:.2g}"


def _other_lines(found: Findings) -> Iterator[str]:
    others = [f"{name or 'without a name'} {hours:,.1f}" for name, hours in found.models.items() if name != found.model]
    if others:
        yield cut(f"  Other GPUs, in GPU-hours (--gpu NAME reports on one): {', '.join(others)}", 200)


def _week_lines(found: Findings) -> Iterator[str]:
    weeks = found.weeks[-_MOST_WEEKS:]
    top = max((week.peak for week in weeks), default=0.0) or 1.0
    idle = any(week.idle_gpu_hours is not None for week in weeks)
    yield ""
    yield f"By week: GPUs in use{'' if len(weeks) == len(found.weeks) else f', the last {_MOST_WEEKS}'}"
    yield f"  {'Monday':<12}{'mean':>9}{'highest':>9}{'idle GPU-h' if idle else '':>12}   # mean  - highest hour"
    for week in weeks:
        mean, peak = (round(_BAR * value / top) for value in (week.mean, week.peak))
        unused = _amount(week.idle_gpu_hours) if week.idle_gpu_hours is not None else ""
        part = "" if week.whole else f" ({week.hours} h)"
        bar = "#" * mean + "-" * (peak - mean)
        yield f"  {week.start!s:<12}{_amount(week.mean):>9}{_amount(week.peak):>9}{unused:>12}   {bar}{part}"


def _level_lines(usage: HourlyUsage) -> Iterator[str]:
    yield ""
    yield "Load duration: GPUs in use in at least this share of the hours"
    top = usage.level(LEVELS[-1]) or 1.0
    for share in LEVELS:
        level = usage.level(share)
        yield f"  {percent(share):>5}{_amount(level):>10}   {'#' * round(_BAR * level / top)}"


def _spread_lines(found: Findings) -> Iterator[str]:
    yield ""
    months = found.workload["months"]
    if found.spread is None:
        yield "Fewer than three whole weeks say nothing about the months ahead: the plan takes the load as seen"
        return
    spread = found.spread
    yield f"How sure {spread.weeks} whole weeks are of a plan of {months:g} months"
    yield (
        f"  Its mean load is {spread.low:.2f} to {spread.high:.2f} times the one seen in 9 of 10 cases: "
        f"{spread.low * found.usage.mean:,.1f} to {spread.high * found.usage.mean:,.1f} GPUs"
    )
    lasting, passing = percent(spread.change_per_week), percent(spread.noise)
    yield f"  Week to week the load changes by {lasting} for good and {passing} for that week only"
    trend = f"{spread.growth_per_month:+.1%} a month" if spread.growth_per_month else "none that is significant"
    yield f"  Trend: {trend}"
    if found.risk is not None:
        risk = found.risk
        yield (
            f"  In {percent(risk.fall_share)} of cases it falls to {risk.fall_to:.2f} within the plan: with the "
            f"company's stage, {risk.usual_per_month:.1%} a month, the plan changes with a chance of "
            f"{risk.per_month:.1%} a month, and {percent(risk.residual_share)} of the load is left on average. The "
            "workload has both figures, and the range of costs includes them"
        )


def _curve_lines(found: Findings) -> Iterator[str]:
    yield ""
    curve = found.curve
    if curve is None:
        yield f"How many GPUs to commit to: {found.no_curve}"
        return
    yield f"How many GPUs to commit to, the rest by the hour ({curve.label}, plan of {curve.months:g} months)"
    yield f"  {'GPUs':>7}{'cost':>10}   above the least"
    for gpus in _rows_of(curve):
        above = curve.usd_at(gpus) / curve.least_usd - 1 if curve.least_usd else 0.0
        bar = "#" * min(_BAR, round(above * _BAR))
        mark = " < least" if gpus == curve.best else ""
        yield f"  {gpus:>7,.0f}{usd(curve.usd_at(gpus)):>10}   {percent(above):>5} {bar}{mark}".rstrip()
    flat, margin = f"{curve.flat_from:,} to {curve.flat_to:,}", percent(curve.margin)
    if curve.flat_from == curve.flat_to:
        yield f"  No other number of GPUs has a cost within {margin} of the least"
    else:
        yield f"  From {flat} GPUs the cost is within {margin} of the least"
    servers = curve.best_in_servers
    yield f"  In whole servers of {curve.gpus_per_node}: {servers:,} GPUs, {usd(curve.usd_at(servers))}"
    if found.spread is not None:
        yield f"  If the load stays exactly as it was seen: {curve.as_seen:,} GPUs"
    prices = "; ".join(f"{case.label} {case.gpus:,}" for case in curve.prices)
    yield f"  If rents follow one path: {prices}"


def _rows_of(curve: CommitmentCurve) -> list[float]:
    """The commitments to print: evenly spread over what was seen, with the best among them."""
    last = max(curve.gpus[-1] if curve.flat_to >= curve.gpus[-1] else _shown_until(curve), curve.best)
    spread = np.linspace(0.0, float(last), _CURVE_ROWS).round()
    return sorted({*spread.tolist(), float(curve.best)})


def _shown_until(curve: CommitmentCurve) -> float:
    """Up to twice the flat part, or a tenth of the curve where that is more."""
    return float(min(curve.gpus[-1], max(2.0 * curve.flat_to, 0.1 * curve.gpus[-1], 8.0)))
