"""The fan of rents in text: the median as a line, half of all futures around it, and nine in ten."""

from advisor.formatting import month_text, percent, usd_rate
from advisor.reports.view_models import FAN_SHARES, RentFan

_LOW, _LOWER, _MIDDLE, _UPPER, _HIGH = range(len(FAN_SHARES))
_LABELS_FIRST = (_MIDDLE, _LOW, _HIGH, _LOWER, _UPPER)  # who gets a line where two ends share it
_HALF, _MOST, _MEDIAN = "▒", "░", "━"
_AXIS_CELLS, _NAME_CELLS, _MOST_CELLS = 7, 4, 64
_MARGIN = 0.05  # of the range, above and below
_TICKS = 4


def fan_lines(fan: RentFan, width: int, height: int) -> tuple[str, ...]:
    """The fan in `height` lines of at most `width` columns, the months under it included.

    The median is a line; around it half of all futures lie in the darker shade, and nine in ten in both.
    """
    cells, rows = min(width - _AXIS_CELLS - 2 - _NAME_CELLS, _MOST_CELLS), height - 1
    if cells < 2 * _TICKS or rows < 2:
        return ()
    least, most = min(map(min, fan.curves)), max(map(max, fan.curves))
    margin = _MARGIN * (most - least) or _MARGIN * most
    low, high = least - margin, most + margin
    columns = [_column(fan, cell / (cells - 1), low, high, rows) for cell in range(cells)]
    ends = [_row_of(curve[-1], low, high, rows) for curve in fan.curves]
    names = {ends[curve]: percent(FAN_SHARES[curve]) for curve in reversed(_LABELS_FIRST)}
    lines = []
    for row in range(rows):
        at = high - (high - low) * (row + 0.5) / rows
        label = usd_rate(at) if row in (0, rows // 2, rows - 1) else ""
        drawn = "".join(column[row] for column in columns)
        lines.append(f"{label:>{_AXIS_CELLS}} │{drawn} {names.get(row, '')}".rstrip())
    return (*lines, f"{'month':>{_AXIS_CELLS}}  {_scale(len(fan.curves[0]) - 1, cells)}")


def _column(fan: RentFan, share: float, low: float, high: float, rows: int) -> str:
    """One month from top to bottom."""
    at = round(share * (len(fan.curves[0]) - 1))
    places = [_row_of(curve[at], low, high, rows) for curve in fan.curves]
    column = [" "] * rows
    for outer, inner, shade in ((_LOW, _HIGH, _MOST), (_LOWER, _UPPER, _HALF)):
        for row in range(places[inner], places[outer] + 1):
            column[row] = shade
    column[places[_MIDDLE]] = _MEDIAN
    return "".join(column)


def _row_of(value: float, low: float, high: float, rows: int) -> int:
    """The row, from the top, that a value lies in."""
    return min(rows - 1, max(0, int((high - value) / (high - low) * rows)))


def _scale(months: int, cells: int) -> str:
    line = [" "] * (cells + _NAME_CELLS)
    for part in range(_TICKS + 1):
        text, at = month_text(months * part / _TICKS, months), round((cells - 1) * part / _TICKS)
        line[at : at + len(text)] = text
    return "".join(line).rstrip()
