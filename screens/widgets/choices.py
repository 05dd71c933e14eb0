"""A list to choose from, with arrow and vim keys."""

from typing import ClassVar

from rich.style import Style
from textual.strip import Strip
from textual.widgets import OptionList

from screens.commands import LIST, bindings


class ChoiceList(OptionList):
    """Textual's option list with our keys."""

    BINDINGS: ClassVar = bindings(LIST)

    def watch_show_vertical_scrollbar(self) -> None:
        """Wrap the lines again: they have a column more or less. Textual does so for another size only."""
        self._clear_caches()

    def action_page_up(self) -> None:
        """Move up a page, once the list is laid out: Textual's fails before."""
        if self.scrollable_content_region:
            super().action_page_up()  # type: ignore[no-untyped-call]  # Textual leaves it untyped

    def action_page_down(self) -> None:
        """Move down a page, as above."""
        if self.scrollable_content_region:
            super().action_page_down()  # type: ignore[no-untyped-call]  # as above

    def render_line(self, y: int) -> Strip:
        """With the terminal's own colors all lines of what is under the cursor are reversed: any ground, and no
        color at all, can show that. Textual's lists take no such style from their sheet."""
        strip = super().render_line(y)
        if self.app.native_ansi_color:
            line = y + self.scroll_offset.y
            if line < len(self._lines) and self._lines[line][0] == self.highlighted:
                return strip.apply_style(Style(reverse=True))
        return strip
