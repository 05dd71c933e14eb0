"""The timeline of a plan as a picture in text: the steps as a table, and each amount by month as a row of bars."""

from collections.abc import Iterator
from typing import Literal

from advisor.formatting import cut
from advisor.reports.timeline.timeline import Timeline, TimelineSeries, TimelineStep
from advisor.values.quick_dataclass import dataclass

_MONTH_CELLS, _PAID_CELLS = 3, 8
_NAME_CELLS, _MOST_CELLS = 9, 7
_CELLS_A_MONTH = 3
_TICK_MONTHS = (1, 2, 3, 6, 12, 24)
_TICK_CELLS = 4
_BARS = "▁▂▃▄▅▆▇█"
_GONE = "×"
_LEAST_WITH_LAST = 3  # lines for steps, so that the first, the last and how many are between have room
_LINES_WITHOUT_STEPS = 2  # the header, and the months under the bars


@dataclass(frozen=True)
class TimelineLine:
    """One line. what: the header, a step, the row of bars of an amount, or the scale; head: what comes before the rest:
    the month of a step, the name of an amount."""

    what: Literal["header", "step", "series", "scale"]
    head: str
    rest: str

    @property
    def text(self) -> str:
        """The whole line."""
        return f"{self.head}{self.rest}".rstrip()


def timeline_lines(timeline: Timeline, width: int, height: int = 0) -> tuple[TimelineLine, ...]:
    """The picture in a place of `width` columns and `height` lines; 0 for as many lines as it takes.

    Where not all steps fit, the first ones and the last one are shown, and the first amounts are given up.
    """
    room = max(0, height - _LINES_WITHOUT_STEPS) if height else len(timeline.steps) + len(timeline.series)
    all_fit = room >= len(timeline.steps) + len(timeline.series)
    count = len(timeline.series) if all_fit else min(len(timeline.series), room // 2)
    series = timeline.series[len(timeline.series) - count :]
    most = room - count
    lines = [_header(timeline.title, width), *_steps(timeline.steps, width, most)]
    cells = min(width - _NAME_CELLS - _MOST_CELLS - 1, _CELLS_A_MONTH * timeline.months)
    if cells > 0 and series:
        lines += [_bars(one, cells) for one in series]
        lines.append(TimelineLine("scale", f"{'month':<{_NAME_CELLS + _MOST_CELLS + 1}}", _scale(timeline, cells)))
    return tuple(lines)


def _header(title: str, width: int) -> TimelineLine:
    room = max(0, width - _PAID_CELLS)
    return TimelineLine("header", "", f"{cut(title, room):<{room}}{'paid':>{_PAID_CELLS}}")


def _steps(steps: tuple[TimelineStep, ...], width: int, most: int) -> Iterator[TimelineLine]:
    if len(steps) <= most:
        yield from (_step(step, width) for step in steps)
        return
    last = steps[-1:] if most >= _LEAST_WITH_LAST else ()
    first = steps[: max(1, most - 1 - len(last))]
    yield from (_step(step, width) for step in first)
    if most > 1:
        yield TimelineLine("step", " " * _MONTH_CELLS, f"... {len(steps) - len(first) - len(last)} more steps")
    yield from (_step(step, width) for step in last)


def _step(step: TimelineStep, width: int) -> TimelineLine:
    paid = f" {step.paid}"
    room = max(0, width - _MONTH_CELLS - len(paid))
    whole = step.text + step.in_all
    text = whole if len(whole) <= room else cut(step.text, room)
    return TimelineLine("step", f"{step.month:>{_MONTH_CELLS - 1}} ", f"{text:<{room}}{paid}")


def _bars(series: TimelineSeries, cells: int) -> TimelineLine:
    """The amount by month, from nothing to the most; where it is below nothing a cross."""
    most, count = max(*series.values, 0.0) or 1.0, len(series.values)
    bars = ""
    for cell in range(cells):
        months = series.values[cell * count // cells : max(cell * count // cells + 1, (cell + 1) * count // cells)]
        least, value = min(months), max(months)
        height = min(len(_BARS), int(value / most * len(_BARS)) + 1)
        bars += _GONE if least < 0 else _BARS[height - 1] if value > 0 else " "
    return TimelineLine(
        "series", f"{cut(series.name, _NAME_CELLS - 1):<{_NAME_CELLS}}{series.most:>{_MOST_CELLS}} ", bars
    )


def _scale(timeline: Timeline, cells: int) -> str:
    """The numbers of months where they begin, as many as can be told apart."""
    months = timeline.months
    every = next((step for step in _TICK_MONTHS if step * cells >= _TICK_CELLS * months), months)
    line = [" "] * (cells + _TICK_CELLS)
    for month in range(0, months, every):
        at = -(-month * cells // months)
        line[at : at + len(f"{month + 1}")] = f"{month + 1}"
    return "".join(line[:cells]).rstrip()
