"""The base of what lies over a screen: what the terminal's own keys do there, as on any screen."""

from typing import ClassVar, TypeVar

from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from screens.commands import command_of

T = TypeVar("T")
OF_THE_TERMINAL: list[BindingType] = [  # the app's own keys do not reach below a dialog
    Binding(command.keys, f"app.{command.action}", command.meaning, show=False)
    for command in map(command_of, ("suspend", "redraw"))
]


class Dialog(ModalScreen[T]):
    """A dialog: it can be suspended and drawn again. Where a line is typed, its own keys come first."""

    BINDINGS: ClassVar = OF_THE_TERMINAL
