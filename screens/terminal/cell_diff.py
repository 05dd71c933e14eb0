"""The shortest output from what the terminal shows to the next frame: only changed cells are sent, and lines that only
moved are moved by the terminal.

Textual repaints whole lines of a widget. Its frames are cursor moves, colors (SGR), text and newlines. A frame is
compared with what the terminal is known to show, and only the difference is sent. Anything else is passed on unchanged;
after a sequence that may change cells in an unknown way, nothing is known of the terminal.
"""

import re
from dataclasses import dataclass, field
from functools import lru_cache

from rich.cells import cell_len

from screens.terminal.scroll_detection import LEAST_SAVED, best_scroll

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
_SWITCHED_OFF_BY = {1: 22, 2: 22, 3: 23, 4: 24, 5: 25, 7: 27, 8: 28, 9: 29, 53: 55}
_RARE = {6, 21, 51, 52}  # terminals differ in how these end; a full reset ends them everywhere
_COLOR_LENGTHS = {5: 3, 2: 5}

Style = tuple[frozenset[int], str, str]
"""Attributes by their SGR number, foreground and background as SGR parameters; "" is the terminal's own color."""
Cell = tuple[str, Style]
DEFAULT: Style = (frozenset(), "", "")
_BLANK: Cell = (" ", DEFAULT)


@dataclass
class _Verbatim:
    """Text from one cell on whose width only the terminal knows: sent whole, whenever it is painted."""

    row: int
    column: int
    pieces: list[tuple[str, Style]] = field(default_factory=list)


@dataclass
class Frames:
    """The cells of a terminal, as far as they are known. Feed it frames; it answers with what to send."""

    width: int
    height: int
    _shown: list[list[Cell | None]] = field(init=False)
    _wanted: dict[int, dict[int, Cell | _Verbatim]] = field(init=False, default_factory=dict)
    _verbatim_rows: set[int] = field(init=False, default_factory=set)
    _at: tuple[int, int] | None = field(init=False, default=None)
    _cursor: tuple[int, int] | None = field(init=False, default=None)
    _style: Style = field(init=False, default=DEFAULT)
    _pen: Style | None = field(init=False, default=None)
    _verbatim: _Verbatim | None = field(init=False, default=None)
    _out: list[str] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        """At first nothing is known."""
        self.forget(self.width, self.height)

    def forget(self, width: int, height: int) -> None:
        """Nothing is known of the terminal, which has this size."""
        self.width, self.height = width, height
        self._shown = [[None] * width for _ in range(height)]
        self._wanted = {}
        self._verbatim_rows = set()
        self._cursor = self._pen = self._verbatim = None

    def send(self, frame: str) -> str:
        """The output that makes the terminal show this frame; empty when it does already."""
        self._out = []
        for token in _TOKENS.finditer(frame):
            kind = token.lastgroup
            if kind == "sgr":
                self._style = _styled(self._style, token["sgr"])
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
                self._out.append(token[0])
            else:
                self._unknown(token[0])
        self._flush()
        self._go_where_the_frame_is()
        return "".join(self._out)

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
            self._send_verbatim(last)
        else:
            self._go_where_the_frame_is()
        self._use(self._style)
        self._out.append(sequence)
        self.forget(self.width, self.height)
        self._at = None

    def _text(self, text: str) -> None:
        if self._at is None:
            self._use(self._style)
            self._out.append(text)
            return
        row, column = self._at
        if self._verbatim is None:
            if row in self._verbatim_rows:
                self._flush()  # what is painted later must come later
            cells = self._wanted.setdefault(row, {})
            simple = _SIMPLE.match(text)
            fits = min(simple.end() if simple else 0, self.width - column)
            line, style = self._shown[row], self._style
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
        before = cells.pop(column - 1, self._shown[row][column - 1] if column else None)
        if any(column <= other for other in cells) or (column == 0 and row - 1 in self._wanted):
            self._flush()
            cells = self._wanted.setdefault(row, {})
        column -= isinstance(before, tuple)
        self._verbatim = cells[column] = _Verbatim(row, column, [before] if isinstance(before, tuple) else [])
        self._verbatim_rows |= {row} if column else {row, row - 1}

    def _send_verbatim(self, verbatim: _Verbatim) -> None:
        """Send it, and know nothing of its line from there on, nor of the cell before, which it may join; some
        terminals let it join the end of the line above."""
        self._go(verbatim.row, verbatim.column)
        for text, style in verbatim.pieces:
            self._use(style)
            self._out.append(text)
        known = max(0, verbatim.column - 1)
        self._shown[verbatim.row][known:] = [None] * (self.width - known)
        if verbatim.column == 0 and verbatim.row:
            self._shown[verbatim.row - 1][-1] = None
        self._cursor = None

    def _flush(self) -> None:
        """Send what differs, row by row."""
        if self._wanted and self._is_new_screen():
            self._use(DEFAULT)
            self._out.append("\x1b[2J")
            self._shown = [[_BLANK] * self.width for _ in range(self.height)]
        self._scroll()
        for row in sorted(self._wanted):
            self._flush_row(row, self._wanted[row])
        self._wanted = {}
        self._verbatim_rows = set()
        self._verbatim = None

    def _scroll(self) -> None:
        """Let the terminal move by a line what is only moved by a line; what then still differs is wanted."""
        if self._verbatim_rows or sum(map(len, self._wanted.values())) < LEAST_SAVED:
            return
        first, last = min(self._wanted), max(self._wanted)
        shown = self._shown[first : last + 1]
        wanted = [self._wanted_row(row) for row in range(first, last + 1)]
        if any(cell is None for line in wanted for cell in line):
            return
        scroll = best_scroll(shown, wanted, _BLANK)
        if scroll is None:
            return
        top, bottom = first + scroll.top, first + scroll.bottom
        self._use(DEFAULT)
        edge, step = (bottom, "\x1bD") if scroll.up else (top, "\x1bM")
        self._out.append(f"\x1b[{top + 1};{bottom + 1}r\x1b[{edge + 1}H{step}\x1b[r")
        self._cursor = None
        for row, line in enumerate(scroll.shown, top):
            self._shown[row] = line
            self._wanted[row] = {
                column: cell
                for column, cell in enumerate(wanted[row - first])
                if cell is not None and cell != line[column]
            }

    def _wanted_row(self, row: int) -> list[Cell | None]:
        """What a row is to show, as far as that is known."""
        line = list(self._shown[row])
        for column, cell in self._wanted.get(row, {}).items():
            line[column] = None if isinstance(cell, _Verbatim) else cell
        return line

    def _is_new_screen(self) -> bool:
        """Whether nothing is known of what is shown, and all of it is painted over, much of it with nothing."""
        cells = [cell for line in self._wanted.values() for cell in line.values()]
        if len(cells) < self.width * self.height or any(isinstance(cell, _Verbatim) for cell in cells):
            return False
        if any(cell is not None for line in self._shown for cell in line):
            return False
        return cells.count(_BLANK) > len(cells) // 4

    def _flush_row(self, row: int, cells: dict[int, Cell | _Verbatim]) -> None:
        line = self._shown[row]
        blank_from = self._blank_from(line, cells)
        for column in sorted(cells):
            cell = cells[column]
            if isinstance(cell, _Verbatim):
                self._send_verbatim(cell)
            elif line[column] != cell:
                self._go(row, column)
                if column >= blank_from:
                    self._use(DEFAULT)
                    self._out.append("\x1b[K")
                    line[column:] = [_BLANK] * (self.width - column)
                    return
                character, style = cell
                self._use(style)
                self._out.append(character)
                line[column] = cell
                self._cursor = (row, column + 1) if column + 1 < self.width else None

    def _blank_from(self, line: list[Cell | None], cells: dict[int, Cell | _Verbatim]) -> int:
        """The column from which the rest of the line may be erased: all of it is to be blank, and much of it is not."""
        column = self.width
        while column and cells.get(column - 1, line[column - 1]) == _BLANK:
            column -= 1
        changes = sum(line[place] != _BLANK for place in range(column, self.width))
        return column if changes > 4 else self.width

    def _go(self, row: int, column: int) -> None:
        """Move the terminal's cursor, the shortest way."""
        if self._cursor == (row, column):
            return
        ways = [f"\x1b[{row + 1}H" if column == 0 else f"\x1b[{row + 1};{column + 1}H"]
        if self._cursor is not None:
            here, start = self._cursor
            if here == row and start < column:
                ways.append(f"\x1b[{column - start}C" if column - start > 1 else "\x1b[C")
                between = self._shown[row][start:column]
                if column - start < 8 and all(cell is not None and cell[1] == self._pen for cell in between):
                    ways.append("".join(cell[0] for cell in between if cell is not None))
            if here + 1 == row and column == 0:
                ways.append("\r\n")
        self._out.append(min(ways, key=lambda way: len(way.encode())))
        self._cursor = (row, column)

    def _go_where_the_frame_is(self) -> None:
        """Leave the cursor where Textual left it; past the last column it stays on that."""
        if self._at is not None and self._at[0] < self.height:
            self._go(self._at[0], min(self._at[1], self.width - 1))

    def _use(self, style: Style) -> None:
        """Bring the terminal's pen to a style."""
        if self._pen != style:
            self._out.append(_change(self._pen, style))
            self._pen = style


@lru_cache(maxsize=4096)
def _styled(style: Style, parameters: str) -> Style:
    """The style after an SGR sequence."""
    attributes, foreground, background = set(style[0]), style[1], style[2]
    codes = [int(code or 0) for code in parameters.split(";")]
    while codes:
        code = codes[0]
        length = _COLOR_LENGTHS.get(codes[1], 2) if code in (38, 48) and len(codes) > 1 else 1
        text = ";".join(map(str, codes[:length]))
        codes = codes[length:]
        if code == 0:
            attributes, foreground, background = set(), "", ""
        elif code in (38, 39) or 30 <= code <= 37 or 90 <= code <= 97:
            foreground = "" if code == 39 else text
        elif code in (48, 49) or 40 <= code <= 47 or 100 <= code <= 107:
            background = "" if code == 49 else text
        elif code in _SWITCHED_OFF_BY or code in _RARE:
            attributes.add(code)
        else:
            attributes -= _ENDED_BY.get(code, set())
    return frozenset(attributes), foreground, background


_ENDED_BY = {
    **{off: {on for on, by in _SWITCHED_OFF_BY.items() if by == off} for off in set(_SWITCHED_OFF_BY.values())},
    24: {4, 21},
    25: {5, 6},
    54: {51, 52},
}


@lru_cache(maxsize=4096)
def _change(old: Style | None, new: Style) -> str:
    """The shortest SGR sequence from one style to another; old is None when the terminal's style is not known."""
    colors = [color for color in new[1:] if color]
    fresh = [*map(str, sorted(new[0])), *colors]
    whole = "\x1b[" + ";".join(["", *fresh]) + "m"
    if old is None or _RARE & (old[0] | new[0]):
        return whole
    ended = old[0] - new[0]
    offs = {_SWITCHED_OFF_BY[attribute] for attribute in ended}
    begun = {on for on in new[0] if on not in old[0] or _SWITCHED_OFF_BY[on] in offs}
    parts = [*map(str, sorted(offs)), *map(str, sorted(begun))]
    parts += [new[1] or "39"] if old[1] != new[1] else []
    parts += [new[2] or "49"] if old[2] != new[2] else []
    return min("\x1b[" + ";".join(parts) + "m", whole, key=len)
