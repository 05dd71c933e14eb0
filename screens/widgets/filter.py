"""The word that a list is narrowed by."""

from typing import ClassVar

from textual.widgets import Input

from screens.commands import FILTER, bindings


class FilterInput(Input):
    """The word to filter by; the arrow down goes on to the list."""

    BINDINGS: ClassVar = bindings(FILTER)
