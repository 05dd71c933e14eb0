"""Patterns of words, in capitals or not, compiled when first used: typed text needs many of them, a start few."""

import re
from collections.abc import Callable
from functools import cached_property


class AnyCase:
    """A regular expression that takes capitals and small letters alike."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        return re.compile(self._pattern, re.IGNORECASE)

    def search(self, text: str, start: int = 0) -> re.Match[str] | None:
        """The first place in a text."""
        return self._compiled.search(text, start)

    def match(self, text: str, start: int = 0) -> re.Match[str] | None:
        """What a text begins with."""
        return self._compiled.match(text, start)

    def fullmatch(self, text: str) -> re.Match[str] | None:
        """The whole of a text."""
        return self._compiled.fullmatch(text)

    def split(self, text: str) -> list[str]:
        """The parts of a text between the places."""
        return self._compiled.split(text)

    def sub(self, by: str | Callable[[re.Match[str]], str], text: str, count: int = 0) -> str:
        """A text with its first places, or all of them, replaced."""
        return self._compiled.sub(by, text, count)
