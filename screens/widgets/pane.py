"""A frame with a title around a part of a screen, where the screen is tall enough to spare the lines."""

from typing import TypeVar

from textual.widget import Widget

AnyWidget = TypeVar("AnyWidget", bound=Widget)


def framed(widget: AnyWidget, title: str) -> AnyWidget:
    """A widget as a pane: the style sheet frames it."""
    widget.add_class("pane")
    widget.border_title = title
    return widget
