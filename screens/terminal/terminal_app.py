"""A Textual app for real terminals: its driver, its colours, input that comes too early, and copying. A base class,
because Textual offers all of these as methods of the app to override."""

import os
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

from textual import on, work
from textual.app import App
from textual.events import DescendantFocus, Event, InputEvent, Key, Paste
from textual.theme import Theme
from textual.widgets import Input

from advisor.files.atomic import write_private_file
from advisor.paths import state_folder
from screens.terminal.capabilities import is_slow_line
from screens.terminal.clipboard import copied_by_tmux
from screens.terminal.drivers import CalmDriver, SafeDriver

THEMES = ("textual-dark", "textual-light", "ansi-dark", "ansi-light")
_LEGIBLE = {  # in Textual's own, what is under a cursor and the keys of the footer are too faint to read
    "textual-dark": {"block-cursor-background": "#00365f", "scrollbar": "#0178d4"},
    "textual-light": {
        "block-cursor-background": "#b5d3ec",
        "block-cursor-foreground": "#000000",
        "block-cursor-blurred-background": "#c3d3e0",
        "footer-key-foreground": "#004578",
        "scrollbar": "#004578",
        "text-accent": "#004578",
        "text-warning": "#704b00",
    },
}


def _theme_file() -> Path:
    return state_folder() / "theme.txt"


def _write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read, in a folder like that. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)


class TerminalApp(App[int]):
    """A terminal app that sends little over SSH and leaves the terminal clean."""

    QUIT_KEYS: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, *, calm: bool | None, no_color: bool) -> None:
        """calm: whether to send little; None: only over SSH."""
        if no_color:
            os.environ["NO_COLOR"] = "1"  # Textual reads it, and only it
        colourless = bool(os.environ.get("NO_COLOR"))
        self.calm = is_slow_line() if calm is None else calm
        super().__init__(driver_class=CalmDriver if self.calm else SafeDriver, ansi_color=True if colourless else None)
        if colourless:
            self.theme = "ansi-dark"  # with ansi_color, the one combination in which no colour code is sent at all
        elif (chosen := os.environ.get("TEXTUAL_THEME", "")) in self.available_themes:
            self.theme = chosen
        else:
            if self.calm:
                self.theme = "ansi-dark"  # the terminal's own ground costs nothing to paint
            self.theme = self._remembered_theme() or self.theme
        self.set_class(self.calm, "-calm")
        self.animation_level = "none"
        self._holds_input = True
        self._held_input: list[Event] = []

    async def on_event(self, event: Event) -> None:
        """Hold back input that comes before `release_input`, in its order. Clean what is pasted: no field takes what a
        terminal would obey."""
        if isinstance(event, Paste):
            event.text = "".join(letter for letter in event.text if letter.isprintable() or letter == "\n")
        quits = isinstance(event, Key) and event.key in self.QUIT_KEYS and not self._held_input
        if self._holds_input and isinstance(event, InputEvent | Paste) and not quits:
            self._held_input.append(event)
        else:
            await super().on_event(event)

    def release_input(self) -> None:
        """Deliver the input that was held back, and hold back no more."""
        if self._holds_input:
            self.call_later(self._deliver_input)

    async def _deliver_input(self) -> None:
        while self._held_input:
            await super().on_event(self._held_input.pop(0))
        self._holds_input = False

    def register_theme(self, theme: Theme) -> None:
        """A theme, two of Textual's own made legible: all of them come this way while the app is being made."""
        ours = _LEGIBLE.get(theme.name, {})
        super().register_theme(replace(theme, variables={**theme.variables, **ours}) if ours else theme)

    def _remembered_theme(self) -> str | None:
        """The theme that was chosen last, if this program still has it."""
        with suppress(OSError, ValueError):
            name = _theme_file().read_text(encoding="utf-8").strip()
            return name if name in THEMES else None
        return None

    def action_next_theme(self) -> None:
        """Dark, light, and the terminal's own colours in turn; the next start remembers it."""
        at = THEMES.index(self.theme) if self.theme in THEMES else -1
        self.theme = THEMES[(at + 1) % len(THEMES)]
        with suppress(OSError):
            write_private_file(_theme_file(), self.theme.encode())

    def action_redraw(self) -> None:
        """Send the whole screen again."""
        if isinstance(self._driver, CalmDriver):
            self._driver.forget()
        self.refresh(layout=True)

    @on(DescendantFocus)
    def _calm_cursor(self, event: DescendantFocus) -> None:
        """A blinking cursor never stops sending bytes."""
        if self.calm and isinstance(event.widget, Input):
            event.widget.cursor_blink = False

    @work(thread=True, exclusive=True, group="copy", exit_on_error=False)
    def copy_out(self, text: str, name: str) -> None:
        """Copy a text to the user's own machine and to a file of the state directory, and report both."""
        path, also = state_folder() / f"{name}.txt", ""
        with suppress(OSError):
            write_private_file(path, text.encode())
            also = f"; it is also in {path}"
        options: dict[str, Any] = {"title": f"Copied the {name}", "markup": False}
        if copied_by_tmux(text):
            self.call_from_thread(self.notify, f"Sent to tmux, which passes it to the terminal{also}", **options)
        else:
            self.call_from_thread(self.copy_to_clipboard, text)
            self.call_from_thread(self.notify, f"Sent to the terminal, which may ignore it{also}", **options)
