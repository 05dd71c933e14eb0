"""The cells of a row by what they mean, and numbers in them."""

import math
from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter

Row = Sequence[str]
Reader = Callable[[Row], str]  # counts a row; says why it is left out, or nothing; raises ValueError for a broken one


class Cells:
    """Finds the cells of rows. places: where each column stands, by what it means."""

    def __init__(self, places: Mapping[str, tuple[int, ...]]) -> None:
        self._places = places

    def has(self, role: str) -> bool:
        """Whether the table has such a column."""
        return bool(self._places.get(role))

    def text(self, row: Row, role: str) -> str:
        """The first cell of that meaning with something in it; empty where there is none."""
        for place in self._places.get(role, ()):
            if text := row[place].strip():
                return text
        return ""

    def picker(self, *roles: str) -> Callable[[Row], Sequence[str]]:
        """Finds several cells at once as `text` finds one, in a third of the time."""
        places = [self._places.get(role, ()) for role in roles]
        if any(len(several) > 1 for several in places):
            return lambda row: [self.text(row, role) for role in roles]
        pick = itemgetter(*(place for one in places for place in one or (-1,)))
        return lambda row: [text.strip() for text in pick((*row, ""))]

    def texts(self, row: Row, role: str) -> list[str]:
        """All cells of that meaning with something in them."""
        return [text for place in self._places.get(role, ()) if (text := row[place].strip())]


def number_in(text: str, what: str) -> float:
    """A finite number, with or without commas and a unit behind it. Raises ValueError naming what it should be."""
    try:
        found = float(text.replace(",", "").partition(" ")[0].removesuffix("%"))
    except ValueError:
        raise ValueError(f"an unreadable {what}") from None
    if not math.isfinite(found):
        raise ValueError(f"an unreadable {what}")
    return found
