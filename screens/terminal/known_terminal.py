"""What a terminal shows, as far as that is known, and the shortest sequences that change it."""

from collections.abc import Sequence

from screens.terminal.sgr import DEFAULT, Style, change

Cell = tuple[str, Style]
BLANK: Cell = (" ", DEFAULT)


class KnownTerminal:
    """The cells, the cursor and the pen of a terminal; what is to be sent to it is gathered until it is taken.

    rows: the cells of each line, None for one that is not known.
    """

    def __init__(self, width: int, height: int) -> None:
        self._sent: list[str] = []
        self.forget(width, height)

    def forget(self, width: int, height: int) -> None:
        """Nothing is known of it any more; it has this size."""
        self.width, self.height = width, height
        self.rows: list[list[Cell | None]] = [[None] * width for _ in range(height)]
        self._cursor: tuple[int, int] | None = None
        self._pen: Style | None = None

    def taken(self) -> str:
        """What is to be sent since the last time."""
        sent = "".join(self._sent)
        self._sent = []
        return sent

    def pass_on(self, sequence: str) -> None:
        """Send what changes none of what is known, or of which the caller knows what it changes."""
        self._sent.append(sequence)

    def show(self, row: int, column: int, cell: Cell) -> None:
        """Show a character of one cell in its style."""
        self.go(row, column)
        character, style = cell
        self.use(style)
        self._sent.append(character)
        self.rows[row][column] = cell
        self._cursor = (row, column + 1) if column + 1 < self.width else None

    def show_verbatim(self, row: int, column: int, pieces: Sequence[tuple[str, Style]]) -> None:
        """Show text on whose width only the terminal knows: nothing is known of its line from there on, nor of the cell
        before, which it may join; some terminals let it join the end of the line above."""
        self.go(row, column)
        for text, style in pieces:
            self.use(style)
            self._sent.append(text)
        known = max(0, column - 1)
        self.rows[row][known:] = [None] * (self.width - known)
        if column == 0 and row:
            self.rows[row - 1][-1] = None
        self._cursor = None

    def erase_from(self, row: int, column: int) -> None:
        """Erase the rest of a line."""
        self.go(row, column)
        self.use(DEFAULT)
        self._sent.append("\x1b[K")
        self.rows[row][column:] = [BLANK] * (self.width - column)

    def erase(self) -> None:
        """Erase all of it."""
        self.use(DEFAULT)
        self._sent.append("\x1b[2J")
        self.rows = [[BLANK] * self.width for _ in range(self.height)]

    def scroll(self, top: int, bottom: int, shown: Sequence[list[Cell | None]], *, up: bool) -> None:
        """Let it move some lines by one. shown: what these lines show then."""
        self.use(DEFAULT)
        edge, step = (bottom, "\x1bD") if up else (top, "\x1bM")
        self._sent.append(f"\x1b[{top + 1};{bottom + 1}r\x1b[{edge + 1}H{step}\x1b[r")
        self._cursor = None
        self.rows[top : bottom + 1] = shown

    def go(self, row: int, column: int) -> None:
        """Move the cursor, the shortest way."""
        if self._cursor == (row, column):
            return
        ways = [f"\x1b[{row + 1}H" if column == 0 else f"\x1b[{row + 1};{column + 1}H"]
        if self._cursor is not None:
            here, start = self._cursor
            if here == row and start < column:
                ways.append(f"\x1b[{column - start}C" if column - start > 1 else "\x1b[C")
                between = self.rows[row][start:column]
                if column - start < 8 and all(cell is not None and cell[1] == self._pen for cell in between):
                    ways.append("".join(cell[0] for cell in between if cell is not None))
            if here + 1 == row and column == 0:
                ways.append("\r\n")
        self._sent.append(min(ways, key=lambda way: len(way.encode())))
        self._cursor = (row, column)

    def use(self, style: Style) -> None:
        """Bring the pen to a style."""
        if self._pen != style:
            self._sent.append(change(self._pen, style))
            self._pen = style
