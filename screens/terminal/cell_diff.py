"""The shortest output from what the terminal shows to the next frame: only changed cells are sent, and lines that only
moved are moved by the terminal.

Textual repaints whole lines of a widget. Its frames are cursor moves, colors (SGR), text and newlines. A frame is
compared with what the terminal is known to show, and only the difference is sent. Anything else is passed on unchanged;
after a sequence that may change cells in an unknown way, nothing is known of the terminal.
"""

import re
from dataclasses import dataclass, field

from rich.cells import cell_len

from screens.terminal.known_terminal import BLANK, Cell, KnownTerminal
from screens.terminal.scroll_detection import LEAST_SAVED, best_scroll
from screens.terminal.sgr import DEFAULT, Style, styled

_TOKENS = re.compile(
    r"\x1b\[(?P<sgr>[\d;]*)m"
    r"|(?P<text>[^\x00-\x1f\x7f-\x9f]+)"
    r"|\x1b\[(?P<move>\d*(?:;\d*)?)H"
    r"|(?P<newline>\n)"
    # Bell, modes that leave the cells alone, queries, keyboard protocol, title, pointer and clipboard.
    r"|(?P<harmless>\x07|\x1b\[\?(?:7|25|100[0-6]|101[56]|2004|2026|2048)[hl]|\x1b\[\?\d+\$p|\x1b\[[<>=]\d*u"
    r"|\x1b\](?:0|2|22|52);[^\x07\x1b]*(?:\x07|\x1b\\))"
    r"|(?P<unknown>\x1b\[[0-?]*[ -/]*[@-~]|[\s\S])"
)
# Characters that every terminal draws in one cell and that join no neighbor.
_SIMPLE = re.compile(
    "[ -~\u00a1-\u00ac\u00ae-\u02ff\u0370-\u0377\u037a-\u037f\u0384-\u038a\u0391-\u03a1\u03a3-\u0482\u2010-\u2027"
    "\u2030-\u205e\u20a0-\u20bf\u2190-\u2193\u2200-\u22ff\u2500-\u25fc\u2800-\u28ff]*"
)


@dataclass
class _Verbatim:
    """Text from one cell on whose width only the terminal knows: sent whole, whenever it is painted."""

    row: int
    column: int
    pieces: list[tuple[str, Style]] = field(default_factory=list)


class Frames:
    """What a terminal is to show, frame by frame. Feed it frames; it answers with what to send."""

    def __init__(self, width: int, height: int) -> None:
        self._terminal = KnownTerminal(width, height)
        self._wanted: dict[int, dict[int, Cell | _Verbatim]] = {}
        self._verbatim_rows: set[int] = set()
        self._verbatim: _Verbatim | None = None
        self._at: tuple[int, int] | None = None
        self._style: Style = DEFAULT

    @property
    def width(self) -> int:
        """Of the terminal, in cells."""
        return self._terminal.width

    @property
    def height(self) -> int:
        """Of the terminal, in lines."""
        return self._terminal.height

    def forget(self, width: int, height: int) -> None:
        """Nothing is known of the terminal, which has this size."""
        self._terminal.forget(width, height)
        self._nothing_wanted()

    def _nothing_wanted(self) -> None:
        self._wanted = {}
        self._verbatim_rows = set()
        self._verbatim = None

    def send(self, frame: str) -> str:
        """The output that makes the terminal show this frame; empty when it does already."""
        for token in _TOKENS.finditer(frame):
            kind = token.lastgroup
            if kind == "sgr":
                self._style = styled(self._style, token["sgr"])
            elif kind == "text":
                self._text(token["text"])
            elif kind == "move":
                self._move(token["move"], token[0])
            elif kind == "newline":
                self._newline()
            elif kind == "harmless" and self._verbatim is not None:
                self._verbatim.pieces.append((token[0], self._style))
            elif kind == "harmless":
                self._flush()
                self._terminal.pass_on(token[0])
            else:
                self._unknown(token[0])
        self._flush()
        self._go_where_the_frame_is()
        return self._terminal.taken()

    def _move(self, place: str, sequence: str) -> None:
        row, _, column = place.partition(";")
        self._at = (max(1, int(row or 1)) - 1, max(1, int(column or 1)) - 1)
        self._verbatim = None
        if self._at[0] >= self.height or self._at[1] >= self.width:
            self._unknown(sequence)

    def _newline(self) -> None:
        self._verbatim = None
        if self._at is None or self._at[0] + 1 >= self.height:
            self._unknown("\n")  # it scrolls
        else:
            self._at = (self._at[0] + 1, 0)

    def _unknown(self, sequence: str) -> None:
        """Pass on what may change cells, cursor or colors in a way we do not follow."""
        last = self._verbatim
        if last is not None:
            del self._wanted[last.row][last.column]
        self._flush()
        if last is not None:
            self._terminal.show_verbatim(last.row, last.column, last.pieces)
        else:
            self._go_where_the_frame_is()
        self._terminal.use(self._style)
        self._terminal.pass_on(sequence)
        self.forget(self.width, self.height)
        self._at = None

    def _text(self, text: str) -> None:
        if self._at is None:
            self._terminal.use(self._style)
            self._terminal.pass_on(text)
            return
        row, column = self._at
        if self._verbatim is None:
            if row in self._verbatim_rows:
                self._flush()  # what is painted later must come later
            cells = self._wanted.setdefault(row, {})
            simple = _SIMPLE.match(text)
            fits = min(simple.end() if simple else 0, self.width - column)
            line, style = self._terminal.rows[row], self._style
            for place, character in enumerate(text[:fits], column):
                cell = (character, style)
                if line[place] != cell or place in cells:
                    cells[place] = cell
            self._at = (row, column + fits)
            if fits == len(text):
                return
            text = text[fits:]
            self._begin_verbatim(row, column + fits)
        assert self._verbatim is not None
        self._verbatim.pieces.append((text, self._style))
        self._at = (row, self._at[1] + cell_len(text))

    def _begin_verbatim(self, row: int, column: int) -> None:
        """From here on to the next move. The cell before comes along: what follows may join it."""
        cells = self._wanted[row]
        before = cells.pop(column - 1, self._terminal.rows[row][column - 1] if column else None)
        if any(column <= other for other in cells) or (column == 0 and row - 1 in self._wanted):
            self._flush()
            cells = self._wanted.setdefault(row, {})
        column -= isinstance(before, tuple)
        self._verbatim = cells[column] = _Verbatim(row, column, [before] if isinstance(before, tuple) else [])
        self._verbatim_rows |= {row} if column else {row, row - 1}

    def _flush(self) -> None:
        """Send what differs, row by row."""
        if self._wanted and self._is_new_screen():
            self._terminal.erase()
        self._scroll()
        for row in sorted(self._wanted):
            self._flush_row(row, self._wanted[row])
        self._nothing_wanted()

    def _scroll(self) -> None:
        """Let the terminal move by a line what is only moved by a line; what then still differs is wanted."""
        if self._verbatim_rows or sum(map(len, self._wanted.values())) < LEAST_SAVED:
            return
        first, last = min(self._wanted), max(self._wanted)
        shown = self._terminal.rows[first : last + 1]
        wanted = [self._wanted_row(row) for row in range(first, last + 1)]
        if any(cell is None for line in wanted for cell in line):
            return
        scroll = best_scroll(shown, wanted, BLANK)
        if scroll is None:
            return
        top, bottom = first + scroll.top, first + scroll.bottom
        self._terminal.scroll(top, bottom, scroll.shown, up=scroll.up)
        for row, line in enumerate(scroll.shown, top):
            self._wanted[row] = {
                column: cell
                for column, cell in enumerate(wanted[row - first])
                if cell is not None and cell != line[column]
            }

    def _wanted_row(self, row: int) -> list[Cell | None]:
        """What a row is to show, as far as that is known."""
        line = list(self._terminal.rows[row])
        for column, cell in self._wanted.get(row, {}).items():
            line[column] = None if isinstance(cell, _Verbatim) else cell
        return line

    def _is_new_screen(self) -> bool:
        """Whether nothing is known of what is shown, and all of it is painted over, much of it with nothing."""
        cells = [cell for line in self._wanted.values() for cell in line.values()]
        if len(cells) < self.width * self.height or any(isinstance(cell, _Verbatim) for cell in cells):
            return False
        if any(cell is not None for line in self._terminal.rows for cell in line):
            return False
        return cells.count(BLANK) > len(cells) // 4

    def _flush_row(self, row: int, cells: dict[int, Cell | _Verbatim]) -> None:
        line = self._terminal.rows[row]
        blank_from = self._blank_from(line, cells)
        for column in sorted(cells):
            cell = cells[column]
            if isinstance(cell, _Verbatim):
                self._terminal.show_verbatim(cell.row, cell.column, cell.pieces)
            elif line[column] != cell and column >= blank_from:
                self._terminal.erase_from(row, column)
                return
            elif line[column] != cell:
                self._terminal.show(row, column, cell)

    def _blank_from(self, line: list[Cell | None], cells: dict[int, Cell | _Verbatim]) -> int:
        """The column from which the rest of the line may be erased: all of it is to be blank, and much of it is not."""
        column = self.width
        while column and cells.get(column - 1, line[column - 1]) == BLANK:
            column -= 1
        changes = sum(line[place] != BLANK for place in range(column, self.width))
        return column if changes > 4 else self.width

    def _go_where_the_frame_is(self) -> None:
        """Leave the cursor where Textual left it; past the last column it stays on that."""
        if self._at is not None and self._at[0] < self.height:
            self._terminal.go(self._at[0], min(self._at[1], self.width - 1))
