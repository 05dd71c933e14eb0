"""Whether a frame is the previous one moved by a line: then the terminal can move it, and only the new line is sent."""

from collections.abc import Sequence
from typing import Generic, TypeVar

from advisor.values.quick_dataclass import dataclass

T = TypeVar("T")
LEAST_SAVED = 100  # cells: the sequences of a scroll cost some twenty bytes, and what is left is sent in more pieces


@dataclass(frozen=True)
class Scroll(Generic[T]):
    """Rows `top` to `bottom` move by a line: up, so that the last of them is blank, or down, so that the first is.
    shown: these rows, as they are afterwards."""

    top: int
    bottom: int
    up: bool
    shown: list[list[T]]


def best_scroll(shown: Sequence[list[T]], wanted: Sequence[list[T]], blank: T) -> Scroll[T] | None:
    """The scroll that leaves fewest cells to be sent; None when none saves much. shown, wanted: what every cell shows
    now and is to show; rows that are to stay are left out of it."""
    still = [_same(line, other) for line, other in zip(shown, wanted, strict=True)]
    found = [_of_direction(shown, wanted, still, blank, up=up) for up in (True, False)]
    saved, top, bottom, up = max(found)
    if saved < LEAST_SAVED:
        return None
    empty = [blank] * len(shown[0])
    moved = [*shown[top + 1 : bottom + 1], empty] if up else [empty, *shown[top:bottom]]
    return Scroll(top, bottom, up, [list(line) for line in moved])


def _of_direction(
    shown: Sequence[list[T]], wanted: Sequence[list[T]], still: list[int], blank: T, *, up: bool
) -> tuple[int, int, int, bool]:
    """The cells that the best run of rows saves when it moves up or down: saved, first row, last row, direction."""
    rows, best, at, sum_ = range(len(shown) - 1), (0, 0, 0, up), 0, 0
    for row in rows:  # a run starts again where it has saved nothing so far
        source, target = (row + 1, row) if up else (row, row + 1)
        if sum_ <= 0:
            at, sum_ = row, 0 if up else _blank_costs(wanted[row], still[row], blank)
        sum_ += _same(shown[source], wanted[target]) - still[target]
        total = sum_ + (_blank_costs(wanted[row + 1], still[row + 1], blank) if up else 0)
        best = max(best, (total, at, row + 1, up))
    return best


def _same(line: list[T], other: list[T]) -> int:
    return sum(cell == wanted for cell, wanted in zip(line, other, strict=True))


def _blank_costs(wanted: list[T], still: int, blank: T) -> int:
    """What is won, or lost, where a row is blank after the scroll."""
    return wanted.count(blank) - still
