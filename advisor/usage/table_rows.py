"""The rows of a table in text: separated by a character, or in columns of fixed width over a line of dashes."""

import csv
import re
from collections.abc import Callable, Iterator

from advisor.files.line_stream import LONGEST_LINE

_MOST_JOINED = 50  # lines of one row whose quoted text goes over several
_MOST_IN_VAIN = 1000  # rows that do not end; in a file with more no row is looked for over several lines
_SEPARATORS = ("|", "\t", ",", ";")
_HEADER_WITHIN = 20  # lines
_DASHES = re.compile(r"[- ]*--[- ]*\s*")
Lines = Iterator[tuple[int, bytes | None]]
Report = Callable[[int, str], None]  # of a row that cannot be read: its line, and why


class Table:
    """A table being read.

    Attributes:
        header: the names of its columns.
    """

    def __init__(self, lines: Lines, header: list[str], split: "Callable[[str], list[str] | None]") -> None:
        self.header, self._lines, self._split, self._in_vain = header, lines, split, 0

    def rows(self, report: Report) -> Iterator[tuple[int, list[str]]]:
        """Each row with its line; what cannot be read goes to `report`, and the header may come again."""
        width, waiting = len(self.header), list[tuple[int, bytes | None]]()
        while (item := waiting.pop(0) if waiting else next(self._lines, None)) is not None:
            number, raw = item
            if raw is None:
                report(number, "a line longer than a megabyte")
                continue
            text = raw.decode("utf-8", "replace")
            if not text.strip():
                continue
            cells = self._split(text)
            if cells is None:
                cells, waiting = self._joined(text, waiting)
            if cells is None:
                report(number, "a quote that is not closed")
            elif len(cells) != width:
                report(number, "not as many columns as the header")
            elif cells != self.header:
                yield number, cells

    def _joined(
        self, text: str, waiting: list[tuple[int, bytes | None]]
    ) -> tuple[list[str] | None, list[tuple[int, bytes | None]]]:
        """A row that goes on in the next lines, and the lines read in vain where it does not end."""
        taken: list[tuple[int, bytes | None]] = []
        while len(taken) < _MOST_JOINED and len(text) < LONGEST_LINE and self._in_vain < _MOST_IN_VAIN:
            item = waiting.pop(0) if waiting else next(self._lines, None)
            if item is None:
                break
            taken.append(item)
            if item[1] is None:
                break
            text += "\n" + item[1].decode("utf-8", "replace")
            cells = self._split(text)
            if cells is not None and len(cells) == len(self.header):
                return cells, waiting
        self._in_vain += 1
        return None, taken + waiting


def table_of(lines: Lines, is_header: "Callable[[list[str]], bool]") -> Table | None:
    """The table that begins in the first lines; None where there is none.

    Args:
        lines: of the file.
        is_header: whether these are the names of columns. Where no line has such, the first with several cells is taken
            for the header, so that an error can name them.
    """
    first: Table | None = None
    before = ""
    for number, raw in lines:
        if number > _HEADER_WITHIN:
            break
        text = (raw or b"").decode("utf-8", "replace")
        separator = max(_SEPARATORS, key=text.count)
        if separator in text:
            split = _cells_of(separator)
            header = split(text)
            if header is not None and is_header(header):
                return Table(lines, header, split)
            if header is not None and first is None:
                first = Table(lines, header, split)
        elif before and _DASHES.fullmatch(text):
            return _fixed_width(lines, before, text)
        before = text
    return first


def _cells_of(separator: str) -> "Callable[[str], list[str] | None]":
    """How a line is split: quotes count where commas, semicolons or tabs separate; sacct -P has none."""

    def split(text: str) -> list[str] | None:
        if separator == "|" or '"' not in text:
            return text.split(separator)
        if text.count('"') % 2:
            return None
        try:
            return next(csv.reader([text], delimiter=separator, skipinitialspace=True), [])
        except csv.Error:
            return None

    return split


def _fixed_width(lines: Lines, names: str, dashes: str) -> Table:
    spans = [match.span() for match in re.finditer(r"-+", dashes)]

    def split(text: str) -> list[str]:
        return [text[start:end].strip() for start, end in spans]

    return Table(lines, split(names), split)
