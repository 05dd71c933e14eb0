"""What is read from a text: pieces, each a field with its words; and the text, from which they are removed once
read."""

import re
from collections.abc import Iterator
from datetime import date

from advisor.values.quick_dataclass import dataclass

FieldValue = str | int | float | bool | date | tuple[tuple[int, float], ...]
_TAKEN = "\0"  # in place of what has been read; one_line has removed it from the text


@dataclass(frozen=True)
class Piece:
    """One field of an offer.

    Attributes:
        field: Its name in a [[quote]] table; `gpu` for the GPU, which belongs to the profile.
        value: What it is set to.
        text: The words that it was read from.
        assumed: What had to be assumed; empty if the words say everything.
        said_of: The field and value of the offers that alone it is said of: months and 24 of `first month free on the
            24 month deal`; None for any.
    """

    field: str
    value: FieldValue
    text: str
    assumed: str = ""
    said_of: tuple[str, str | int] | None = None


class Passage:
    """A line or part of a line. Rules remove what they read; what is left was not understood."""

    def __init__(self, text: str) -> None:
        self.whole = text
        self._left = text

    def search(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """The first match in what is left."""
        return pattern.search(self._left)

    def all_of(self, pattern: re.Pattern[str]) -> list[re.Match[str]]:
        """The matches in what is left, without removing them."""
        return list(pattern.finditer(self._left))

    def take(self, pattern: re.Pattern[str]) -> Iterator[re.Match[str]]:
        """Yield each match in what is left, from its start to its end, and remove it."""
        end = 0
        while (match := pattern.search(self._left, end)) is not None and match.end() > match.start():
            end = match.end()
            self._remove(match.start(), end)
            yield match

    def take_first(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """The first match in what is left, which is removed."""
        return next(self.take(pattern), None)

    def words_of(self, match: re.Match[str]) -> str:
        """The words of a match as they stand in the text."""
        return self.whole[match.start() : match.end()].strip(" ,;:.-–")

    def left(self) -> Iterator[str]:
        """The parts that no rule has read."""
        return (part for part in self._left.split(_TAKEN) if part)

    def _remove(self, start: int, end: int) -> None:
        self._left = self._left[:start] + _TAKEN * (end - start) + self._left[end:]
