"""The rows of a sweep as a table that fits a terminal: the swept values, the verdict, what each way costs, the gap."""

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING

from advisor.formatting import action_word, cut, fine_percent, number, one_line, usd

if TYPE_CHECKING:
    from advisor.cli.variants import Axis
    from advisor.reports.summary_row import Cell, Row

_WAYS = ("rent", "reserve", "buy")
_VERDICT_CELLS, _USD_CELLS, _GAP_CELLS = len("RESERVE (close)"), 7, len("<0.1%")
_OPTION_CELLS = (12, 28)  # at least; at most
NOTE = "gap: what the next best costs more. A pipe or a file gets CSV of all figures.\n"


class SweepTable:
    """Lines of one width, which rows that are still to come share."""

    def __init__(self, axes: "Sequence[Axis]", first: "Sequence[Row]", width: int) -> None:
        """axes: what is swept; first: some of the rows, of which a hosted API is one of the ways or not; width: of the
        terminal, in cells."""
        self._width, self._names = width, [axis.name for axis in axes]
        self._cells = [max(map(len, [axis.name, *map(_value_text, axis.values)])) for axis in axes]
        self._ways = (*(("api",) if any(row["api_usd"] is not None for row in first) else ()), *_WAYS)
        right = [_VERDICT_CELLS, *(_USD_CELLS for _ in self._ways), _GAP_CELLS]
        room = width - sum(cells + 1 for cells in chain(self._cells, right))
        self._option = 0 if room < _OPTION_CELLS[0] else min(room, _OPTION_CELLS[1])

    def head(self) -> str:
        """What the columns are."""
        return self._line(self._names, "verdict", "option", [action_word(way) for way in self._ways], "gap")

    def lines(self, values: "Sequence[Sequence[Cell]]", rows: "Sequence[Row]") -> Iterator[str]:
        """A line for each row, or why it has no verdict."""
        for cells, row in zip(values, rows, strict=True):
            texts = [_value_text(cell) for cell in cells]
            if problem := row["error"] or row["nothing_fits"]:
                said = f"{'not allowed' if row['error'] else 'NOTHING FITS'}: {problem}"
                yield f"{cut(f'{self._swept(texts)} {one_line(said)}', self._width)}\n"
            else:
                gap, costs = row["gap_share"], [row[f"{way}_usd"] for way in self._ways]
                shown = [usd(cost) if isinstance(cost, float) else "-" for cost in costs]
                short = fine_percent(gap).replace("under ", "<") if isinstance(gap, float) else "-"
                yield self._line(texts, _verdict(row), str(row["option"]), shown, short)

    def _swept(self, texts: Sequence[str]) -> str:
        return " ".join(f"{text:>{cells}}" for text, cells in zip(texts, self._cells, strict=True))

    def _line(self, texts: Sequence[str], verdict: str, option: str, costs: Sequence[str], gap: str) -> str:
        named = [f"{cut(option, self._option):<{self._option}}"] if self._option else []
        right = [f"{cost:>{_USD_CELLS}}" for cost in costs]
        parts = [self._swept(texts), f"{verdict:<{_VERDICT_CELLS}}", *named, *right, f"{gap:>{_GAP_CELLS}}"]
        return f"{cut(' '.join(parts), self._width)}\n"


def _verdict(row: "Row") -> str:
    """RENT · RESERVE (close) · mixed, where several GPUs have each their own."""
    word = action_word(str(row["action"])).upper() if row["action"] else "mixed"
    return f"{word} (close)" if row["close_call"] else word


def _value_text(value: "Cell") -> str:
    """A value that is swept, as it is read."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value).lower() if isinstance(value, bool) else str(value)
    return number(value)
