"""Text longer than the screen, with arrow and vim keys."""

from typing import ClassVar

from textual.containers import VerticalScroll

from screens.commands import PAGES, bindings


class Pages(VerticalScroll, can_focus=True, inherit_bindings=False):
    """Textual's scrolling container with our keys."""

    BINDINGS: ClassVar = bindings(PAGES)
