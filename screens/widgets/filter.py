"""The text that a list is filtered by."""

from typing import ClassVar

from textual.widgets import Input

from screens.commands import FILTER, bindings


class FilterInput(Input):
    """The text to filter by; the arrow down goes to the list."""

    BINDINGS: ClassVar = bindings(FILTER)
