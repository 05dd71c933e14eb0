"""Waterfall and tornado: bars that float, drawn by pure functions from numbers to lines that open."""

from typing import TYPE_CHECKING

from textual.content import Content

from advisor.formatting import cut, usd
from screens.widgets.lines import Line

if TYPE_CHECKING:
    from advisor.reports.view_models import TornadoBar, WaterfallBar

_LABEL_CELLS, _AMOUNT_CELLS = 22, 9
_END_CELLS = 13
_BARS_AT_LEAST = 5  # the width over what labels leave to the bars
_LEAST_CELLS = 4
_MORE, _LESS = "█", "▒"


def waterfall_lines(title: str, bars: "tuple[WaterfallBar, ...]", width: int) -> list[Line]:
    """A title and a line a step: `█` what costs more and the totals, `▒` what costs less."""
    beside = _AMOUNT_CELLS + 2
    label_cells = max(_LABEL_CELLS, _cells([bar.label for bar in bars], width - beside - width // _BARS_AT_LEAST))
    cells = max(4, width - label_cells - beside)
    least = min((0.0, *(min(bar.start, bar.end) for bar in bars)))
    most = max((0.0, *(max(bar.start, bar.end) for bar in bars)))
    lines = [Line(Content.styled(cut(title, width), "bold"), heading=True)]
    for bar in bars:
        left, right = span((bar.start, bar.end), least, most, cells)
        color = f"${bar.action}" if bar.action else "$text-error" if bar.kind == "more" else "$text-success"
        head = f"{cut(bar.label, label_cells):<{label_cells}}{bar.amount:>{_AMOUNT_CELLS}}  "
        drawn = (_LESS if bar.kind == "less" else _MORE) * (right - left)
        content = Content.assemble((head, "bold" if bar.kind == "total" else ""), " " * left, (drawn, color))
        lines.append(Line(content, bar.number))
    return lines


def tornado_lines(bars: "tuple[TornadoBar, ...]", width: int) -> list[Line]:
    """A title and a line an input: its bar runs from the smaller saving to the larger one; `▒` where another class
    wins, left of the line at which the saving is zero."""
    left_cells, right_cells = (_cells([getattr(bar, end) for bar in bars], _END_CELLS) for end in ("worse", "better"))
    beside = left_cells + right_cells + 2
    label_cells = _cells([f"{bar.label} " for bar in bars], width - beside - width // _BARS_AT_LEAST)
    cells = max(4, width - label_cells - beside)
    least = min((0.0, *(bar.worse_usd for bar in bars)))
    most = max((0.0, *(bar.better_usd for bar in bars)))
    zero = span((0.0, 0.0), least, most, cells)[0]
    scale = f"{' ' * zero}│{' ' * (cells - zero - 1)}"
    title = cut("How the saving changes when one input moves by a typical amount", width)
    lines = [Line(Content.styled(title, "bold"), heading=True)]
    for bar in bars:
        left, right = span((bar.worse_usd, bar.better_usd), least, most, cells)
        behind = _LESS * max(0, min(right, zero) - left)
        ahead = _MORE * (right - left - len(behind))
        content = Content.assemble(
            f"{cut(bar.label, label_cells - 1):<{label_cells}}",
            (f"{cut(bar.worse, left_cells):>{left_cells}} ", "$text-muted"),
            scale[:left],
            (behind, "$text-error"),
            (ahead, "$text-success"),
            scale[right:],
            (f" {cut(bar.better, right_cells)}", "$text-muted"),
        )
        lines.append(Line(content, bar.number))
    lowest = f"{usd(least)} " if least < 0 else ""
    foot = f"{lowest:>{label_cells + left_cells + 1}}{' ' * zero}0{usd(most):>{max(0, cells - zero - 1)}}"
    return [*lines, Line(Content.styled(foot, "$text-muted"), heading=True)]


def _cells(texts: list[str], at_most: int) -> int:
    """The cells of the longest text; some where there is no room at all."""
    return max(_LEAST_CELLS, min(at_most, max(map(len, texts), default=0)))


def span(ends: tuple[float, float], least: float, most: float, cells: int) -> tuple[int, int]:
    """The cells from one value to another on a scale of `cells`: first and one past the last, at least one."""
    whole = (most - least) or 1.0
    left, right = (round((end - least) / whole * cells) for end in sorted(ends))
    left = min(left, cells - 1)
    return left, min(cells, max(right, left + 1))
