"""A list to choose from, with arrow and vim keys."""

from typing import ClassVar

from textual.widgets import OptionList

from screens.commands import LIST, bindings


class ChoiceList(OptionList):
    """Textual's option list with our keys."""

    BINDINGS: ClassVar = bindings(LIST)
