"""The app as far as its line matters: which driver, colours or none, cursor, redraw, and what is copied."""

import os
from contextlib import suppress
from typing import Any

from textual import on, work
from textual.app import App
from textual.events import DescendantFocus
from textual.widgets import Input

from screens.clipboard import copied_by_tmux
from screens.drafts import own_file, state_folder
from screens.driver import CalmDriver, SafeDriver
from screens.terminal import is_slow_line


class LineApp(App[int]):
    """A terminal app that sends little over SSH and leaves the terminal clean."""

    def __init__(self, *, calm: bool | None, no_color: bool) -> None:
        """calm: whether to send little; None leaves it to the line."""
        if no_color:
            os.environ["NO_COLOR"] = "1"  # Textual reads it, and only it
        colourless = bool(os.environ.get("NO_COLOR"))
        self.calm = is_slow_line() if calm is None else calm
        super().__init__(driver_class=CalmDriver if self.calm else SafeDriver, ansi_color=True if colourless else None)
        if colourless:
            self.theme = "ansi-dark"  # with ansi_color, the one combination in which no colour code is sent at all
        elif self.calm and not os.environ.get("TEXTUAL_THEME"):
            self.theme = "ansi-dark"  # the terminal's own ground costs nothing to paint
        self.set_class(self.calm, "-calm")
        self.animation_level = "none"

    def action_redraw(self) -> None:
        """Send the whole screen again."""
        if isinstance(self._driver, CalmDriver):
            self._driver.forget()
        self.refresh(layout=True)

    @on(DescendantFocus)
    def _calm_cursor(self, event: DescendantFocus) -> None:
        """A blinking cursor sends bytes for ever."""
        if self.calm and isinstance(event.widget, Input):
            event.widget.cursor_blink = False

    @work(thread=True, exclusive=True, group="copy", exit_on_error=False)
    def copy_out(self, text: str, name: str) -> None:
        """Copy a text to the reader's own machine, keep it in a file of the state directory too, and say both."""
        path, also = state_folder() / f"{name}.txt", ""
        with suppress(OSError):
            own_file(path, text)
            also = f"; it is also in {path}"
        said: dict[str, Any] = {"title": f"Copied the {name}", "markup": False}
        if copied_by_tmux(text):
            self.call_from_thread(self.notify, f"tmux has it, and hands it to the terminal{also}", **said)
        else:
            self.call_from_thread(self.copy_to_clipboard, text)
            self.call_from_thread(self.notify, f"Sent to the terminal, which may not take it{also}", **said)
