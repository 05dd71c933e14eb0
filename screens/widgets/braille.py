"""Curves drawn in braille dots: pure functions from numbers to characters, tested without a screen."""

from collections.abc import Sequence

from advisor.values.quick_dataclass import dataclass

_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
_BRAILLE = 0x2800
DOTS_WIDE, DOTS_HIGH = 2, 4
_STEEP_DOTS = 4  # so high a step is drawn even where a dash would leave it out


@dataclass(frozen=True)
class Cell:
    """One character of a drawing and the curve it belongs to; None for an empty cell or a mark."""

    character: str
    curve: int | None


def draw(
    curves: Sequence[Sequence[float]],
    columns: int,
    rows: int,
    lowest: float,
    highest: float,
    dashes: Sequence[tuple[int, int]] = (),
) -> list[list[Cell]]:
    """The curves, each over the same stretch from left to right, as rows of cells from top to bottom.

    Where two curves share a cell its dots are merged and it belongs to the first of them. What lies above the highest
    value is not drawn, nor where a curve is NaN; what lies below the lowest is on the edge. dashes: columns of dots
    drawn and left out in turn, by curve; solid without.
    """
    dots = [[0] * columns for _ in range(rows)]
    owner: list[list[int | None]] = [[None] * columns for _ in range(rows)]
    for index, curve in enumerate(curves):
        previous: int | None = None
        drawn, left_out = dashes[index] if dashes else (1, 0)
        for x in range(columns * DOTS_WIDE):
            value = _at(curve, x / max(1, columns * DOTS_WIDE - 1))
            if not value <= highest:
                previous = None
                continue
            share = 1.0 if value <= lowest else 1 - (value - lowest) / (highest - lowest)  # of the height, from the top
            y = round(share * (rows * DOTS_HIGH - 1))
            steps = _between(previous, y)
            if x % (drawn + left_out) < drawn or len(steps) > _STEEP_DOTS:
                for step in steps:
                    _set(dots, owner, x, step, index)
            previous = y
    return [
        [Cell(chr(_BRAILLE + bits) if bits else " ", owner[row][column]) for column, bits in enumerate(line)]
        for row, line in enumerate(dots)
    ]


def _at(curve: Sequence[float], share: float) -> float:
    """The curve's value at a share of its length, by straight lines."""
    at = share * (len(curve) - 1)
    left = min(int(at), len(curve) - 2) if len(curve) > 1 else 0
    right = min(left + 1, len(curve) - 1)
    return curve[left] + (at - left) * (curve[right] - curve[left])


def _between(previous: int | None, y: int) -> range:
    """All dots from the previous height to this one, so that a steep curve has no gaps."""
    if previous is None or abs(previous - y) <= 1:
        return range(y, y + 1)
    return range(previous + 1, y + 1) if previous < y else range(y, previous)


def _set(dots: list[list[int]], owner: list[list[int | None]], x: int, y: int, curve: int) -> None:
    column, row = x // DOTS_WIDE, y // DOTS_HIGH
    dots[row][column] |= _DOTS[y % DOTS_HIGH][x % DOTS_WIDE]
    if owner[row][column] is None:
        owner[row][column] = curve
