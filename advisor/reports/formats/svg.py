"""Charts of a memo -> inline SVG. Colors come from the page's style sheet and labels are text; without the style
sheet, as in some converters, the charts are black and white and still legible."""

from collections.abc import Callable, Iterator, Sequence
from html import escape

from advisor.formatting import cut, one_line, usd
from advisor.reports.document import Bar, Picture
from advisor.reports.timeline.timeline import Timeline
from advisor.reports.view_models import CostRow, Curve, Plot, TornadoBar, WaterfallBar

_WIDTH, _ROW = 640, 19
_LABEL_WIDTH, _AMOUNT_WIDTH, _SWING_WIDTH = 226, 66, 120
_LETTERS, _STRONG_LETTERS = 31, 26  # of a label, in wide fonts too
_PLOT_HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 230, 62, 70, 10, 34
_LINE_HEIGHT = 13
_GRID_LINES = 4
_DASH_WIDTH = 2
_BAND, _NAME = 68, 22  # of an amount of the timeline, and of its name above it
_DOTTED = 'stroke="currentColor" stroke-dasharray="2 3"'
_HOLLOW = 'fill="none" stroke="currentColor" stroke-width="1.5"'
_FAINT = 'stroke="currentColor" stroke-opacity="0.2"'


def svg(picture: Picture, number: int) -> str:
    """Return one chart with a title and a description for screen readers.

    Args:
        picture: the chart.
        number: its place on the page, from 1, which makes the ids in the SVG unique.
    """
    shows = picture.shows
    if isinstance(shows, Plot):
        height, parts = _PLOT_HEIGHT + _TOP + _BOTTOM, list(_curves(shows, number))
    elif isinstance(shows, Timeline):
        height, parts = _BAND * len(shows.series) + _BOTTOM, list(_timeline(shows))
    else:
        height, parts = _ROW * len(shows) + 6, list(_bars(shows))
    title, says = _text(picture.title), _text(picture.says)
    named = f'role="img" aria-labelledby="p{number}t p{number}d"'
    return "\n".join([
        f'<svg viewBox="0 0 {_WIDTH} {height}" font-size="12" fill="currentColor" {named}>',
        f'<title id="p{number}t">{title}</title><desc id="p{number}d">{says}</desc>',
        *parts,
        "</svg>",
    ])  # fmt: skip


def _text(words: str) -> str:
    return escape(one_line(words))


def _label(x: float, y: float, words: str, anchor: str = "start", kind: str = "") -> str:
    classes = f' class="{kind}"' if kind else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{classes}>{_text(words)}</text>'


def _bars(shows: tuple[Bar, ...]) -> Iterator[str]:
    """One row for each bar."""
    ends = [_ends(bar) for bar in shows]
    lowest, highest = min(0.0, *(min(e) for e in ends)), max(0.0, *(max(e) for e in ends))
    left = _LABEL_WIDTH + (_SWING_WIDTH if any(isinstance(bar, TornadoBar) for bar in shows) else 0)
    scale = (_WIDTH - left - _AMOUNT_WIDTH) / ((highest - lowest) or 1.0)

    def at(amount: float) -> float:
        return left + (amount - lowest) * scale

    if lowest < 0:
        yield f'<line {_FAINT} x1="{at(0):.1f}" y1="0" x2="{at(0):.1f}" y2="{_ROW * len(shows) + 4}"/>'
    for row, (bar, (start, end)) in enumerate(zip(shows, ends, strict=True)):
        y = row * _ROW + 3
        first, last = at(min(start, end)), at(max(start, end))
        kind, letters = ("strong", _STRONG_LETTERS) if _is_strong(bar) else ("", _LETTERS)
        yield _label(0, y + _ROW * 0.68, cut(bar.label, letters), kind=kind)
        yield f'<rect x="{first:.1f}" y="{y}" width="{max(1.0, last - first):.1f}" height="{_ROW - 5}"{_kind(bar)}/>'
        if isinstance(bar, TornadoBar):
            yield _label(first - 4, y + _ROW * 0.68, f"{bar.worse}: {usd(bar.worse_usd)}", "end", "small")
            yield _label(last + 4, y + _ROW * 0.68, usd(bar.better_usd), kind="small")
        else:
            yield _label(last + 4, y + _ROW * 0.68, bar.cost if isinstance(bar, CostRow) else bar.amount)


def _ends(bar: Bar) -> tuple[float, float]:
    match bar:
        case CostRow():
            return 0.0, bar.usd
        case WaterfallBar():
            return bar.start, bar.end
        case TornadoBar():
            return bar.worse_usd, bar.better_usd


def _is_strong(bar: Bar) -> bool:
    return (isinstance(bar, CostRow) and bar.is_pick) or (isinstance(bar, WaterfallBar) and bar.kind == "total")


def _kind(bar: Bar) -> str:
    """The CSS class of a bar, which the page gives a color."""
    if isinstance(bar, TornadoBar):
        return ' class="swing"'
    return f' class="{bar.action or (bar.kind if isinstance(bar, WaterfallBar) else "")}"'


def _curves(plot: Plot, number: int) -> Iterator[str]:
    """Curves over a grid, each with its name at its end; crossings and the user's place marked."""
    right, span = _WIDTH - _RIGHT, (plot.highest - plot.lowest) or 1.0

    def x_at(share: float) -> float:
        return _LEFT + share * (right - _LEFT)

    def y_at(amount: float) -> float:
        return _TOP + (1 - (amount - plot.lowest) / span) * _PLOT_HEIGHT

    frame = f'x="{_LEFT}" y="{_TOP - 2}" width="{right - _LEFT}" height="{_PLOT_HEIGHT + 4}"'
    yield f'<clipPath id="p{number}c"><rect {frame}/></clipPath>'
    for part in range(_GRID_LINES + 1):
        amount = plot.lowest + span * part / _GRID_LINES
        yield f'<line {_FAINT} x1="{_LEFT}" y1="{y_at(amount):.1f}" x2="{right}" y2="{y_at(amount):.1f}"/>'
        yield _label(_LEFT - 5, y_at(amount) + 4, plot.amount(amount), "end", "small")
    for at, tick in enumerate(plot.ticks):
        yield _label(x_at(at / max(1, len(plot.ticks) - 1)), _TOP + _PLOT_HEIGHT + 16, tick, "middle", "small")
    yield _label(x_at(0.5), _TOP + _PLOT_HEIGHT + 30, plot.axis, "middle", "small")
    if plot.own is not None:
        x = f"{x_at(plot.own):.1f}"
        yield f'<line {_DOTTED} x1="{x}" y1="{_TOP}" x2="{x}" y2="{_TOP + _PLOT_HEIGHT}"/>'
        yield _label(x_at(plot.own), _TOP + 8, "you ", "end", "small")
    yield f'<g clip-path="url(#p{number}c)">'
    yield from (_curve(line, x_at, y_at) for line in plot.lines)
    yield "</g>"
    for mark in plot.marks:
        yield f'<circle {_HOLLOW} cx="{x_at(mark.at):.1f}" cy="{y_at(mark.value):.1f}" r="4"/>'
    for name, y, kind in _names(plot, y_at):
        yield _label(right + 6, y + 4, name, kind=f"name {kind}")


def _curve(line: Curve, x_at: Callable[[float], float], y_at: Callable[[float], float]) -> str:
    last = max(1, len(line.values) - 1)
    points = " ".join(f"{x_at(at / last):.1f},{y_at(amount):.1f}" for at, amount in enumerate(line.values))
    inked, left_out = (_DASH_WIDTH * part for part in line.dash)
    dash = f"{inked} {left_out}" if left_out else "none"
    drawn = f'fill="none" stroke="currentColor" stroke-width="2" stroke-dasharray="{dash}"'
    return f'<polyline class="{line.action}" {drawn} points="{points}"/>'


def _timeline(shows: Timeline) -> Iterator[str]:
    """A row of bars for each amount by month, under its name, the first one in the color of what to do; a line down
    all of them where something is done."""
    width, height = _WIDTH / shows.months, _BAND * len(shows.series)
    for row, series in enumerate(shows.series):
        base, most = (row + 1) * _BAND, max(*series.values, 0.0) or 1.0
        yield _label(0, base - _BAND + 15, f"{series.name}, at most {series.most}", kind="large")
        yield f'<line {_FAINT} x1="0" y1="{base}" x2="{_WIDTH}" y2="{base}"/>'
        for month, value in enumerate(series.values):
            tall = max(0.0, value) / most * (_BAND - _NAME)
            if tall:
                place = f'x="{month * width:.1f}" y="{base - tall:.1f}" width="{max(0.5, width - 1.0):.1f}"'
                yield f'<rect {place} height="{tall:.1f}" class="{"swing" if row else shows.action}"/>'
    free = 0.0
    for month in sorted({step.month for step in shows.steps}):
        x = (month - 1) * width
        for row in range(len(shows.series)):
            yield f'<line {_DOTTED} x1="{x:.1f}" y1="{row * _BAND + _NAME}" x2="{x:.1f}" y2="{(row + 1) * _BAND}"/>'
        if x >= free:
            side = "start" if x < _WIDTH - _AMOUNT_WIDTH else "end"
            yield _label(x, height + 16, f"month {month}", side, "large")
            free = x + _AMOUNT_WIDTH + 10


def _names(plot: Plot, y_at: Callable[[float], float]) -> Iterator[tuple[str, float, str]]:
    """Names at the ends of their curves, moved apart where they would overlap: name, height, class."""
    lines = sorted(plot.lines, key=lambda line: -line.values[-1])
    places = [max(float(_TOP), y_at(line.values[-1])) for line in lines]
    spread = _spread(places, _TOP + _PLOT_HEIGHT)
    yield from ((line.name, y, line.action) for line, y in zip(lines, spread, strict=True))


def _spread(places: Sequence[float], lowest: float) -> list[float]:
    """Move rising heights until a line of text fits between any two and the last is above `lowest`."""
    moved: list[float] = []
    for place in places:
        moved.append(max(place, moved[-1] + _LINE_HEIGHT) if moved else place)
    for index in range(len(moved)):
        moved[-1 - index] = min(moved[-1 - index], lowest - index * _LINE_HEIGHT)
    return moved
