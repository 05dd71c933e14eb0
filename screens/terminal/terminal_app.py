"""A Textual app for real terminals: its driver, its colors, the order of input, unexpected errors, and copying. A base
class, because Textual offers all of these as methods of the app to override."""

import os
from collections import deque
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

from rich.console import RenderableType
from textual import on, work
from textual.app import App
from textual.dom import DOMNode
from textual.events import DescendantFocus, Event, InputEvent, Key, MouseEvent, Paste, Resize
from textual.geometry import Size
from textual.screen import Screen
from textual.theme import Theme
from textual.timer import Timer, TimerCallback
from textual.widgets import Input
from textual.worker import Worker, WorkerState

from advisor.errors import ExitCode
from advisor.files.atomic import write_private_file
from advisor.paths import state_folder
from screens.terminal.capabilities import is_slow_line
from screens.terminal.clipboard import copied_by_tmux
from screens.terminal.drivers import CalmDriver, SafeDriver
from screens.terminal.input_reader import plain_paste

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


_HELD_AT_MOST_S = 10.0  # of what is typed ahead
LEAST_SIZE = Size(30, 6)  # cells; on fewer Textual's layout fails, and there is nothing to read


def _at_least(size: Size) -> Size:
    return Size(max(size.width, LEAST_SIZE.width), max(size.height, LEAST_SIZE.height))


def _theme_file() -> Path:
    return state_folder() / "theme.txt"


class TerminalApp(App[int]):
    """A terminal app that sends little over SSH and leaves the terminal clean."""

    QUIT_KEYS: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, *, calm: bool | None, no_color: bool) -> None:
        """calm: whether to send little; None: only over SSH."""
        if no_color:
            os.environ["NO_COLOR"] = "1"  # Textual reads it, and only it
        colorless = bool(os.environ.get("NO_COLOR"))
        self.calm = is_slow_line() if calm is None else calm
        super().__init__(driver_class=CalmDriver if self.calm else SafeDriver, ansi_color=True if colorless else None)
        if colorless:
            self.theme = "ansi-dark"  # with ansi_color, the one combination in which no color code is sent at all
        elif (chosen := os.environ.get("TEXTUAL_THEME", "")) in self.available_themes:
            self.theme = chosen
        else:
            if self.calm:
                self.theme = "ansi-dark"  # the terminal's own ground costs nothing to paint
            self.theme = self._remembered_theme() or self.theme
        self.set_class(self.calm, "-calm")
        self.animation_level = "none"
        self.failure: Exception | None = None
        self._too_small = False
        self._pointer_shape = "default"
        self._holds_input = True
        self._passing: frozenset[str] = frozenset()
        self._hold_timer: Timer | None = None
        self._handling_key = False
        self._waiting_input: deque[Event] = deque()

    def on_mount(self) -> None:
        """Let pictures know whether the terminal shows ASCII alone."""
        self.set_class(isinstance(self._driver, SafeDriver) and self._driver.in_ascii, "-ascii")

    # Input: one key or paste after the other

    async def on_event(self, event: Event) -> None:
        """Deliver input in the order in which it came, a key or a paste only when the one before it has been handled
        by every widget: its command may close the screen that a later key would change. What comes before
        `release_input` waits for that."""
        if isinstance(event, Resize):
            event = self._sized(event)
        if not isinstance(event, InputEvent | Paste) or event.is_forwarded:
            await super().on_event(event)
            return
        if isinstance(event, Paste):
            event.text = plain_paste(event.text)
        if self._waiting_input or self._handling_key or not self._passes(event):
            self._waiting_input.append(event)
        else:
            await self._deliver(event)

    def _passes(self, event: Event) -> bool:
        """Whether an event need not wait for what is awaited."""
        if not self._holds_input:
            return True
        if not isinstance(event, Key) or event.key not in self.QUIT_KEYS | self._passing:
            return False
        return self.focused is None or not self.focused.check_consume_key(event.key, event.character)

    async def _deliver(self, event: Event) -> None:
        if isinstance(event, MouseEvent):
            await super().on_event(event)
            return
        self._clear_notices()
        self._handling_key = True
        target = self.focused or self.screen  # where Textual begins
        await super().on_event(event)
        self._follow(target, target)

    def _clear_notices(self) -> None:
        """Take away what was only told: it would lie on what the next key shows. A warning stays its time."""
        for notice in [one for one in self._notifications if one.severity == "information"]:
            self._unnotify(notice)

    def _follow(self, node: DOMNode | None, again: DOMNode | None = None) -> None:
        """Follow an event through the queue of each widget that it passes, up to the app's, where commands run.

        again: where to begin once more, since what a widget reports of the event comes right behind it.
        """
        while node is not None and node is not self:
            if node.call_later(self._follow, node.parent, again):
                return
            node = node.parent  # closed meanwhile
        if again is not None:
            self.call_later(self._follow, again)
        else:
            self.call_later(self._end_key)

    async def _end_key(self) -> None:
        self._handling_key = False
        await self._deliver_next()

    async def _deliver_next(self) -> None:
        while self._waiting_input and not self._handling_key and self._passes(self._waiting_input[0]):
            await self._deliver(self._waiting_input.popleft())

    def hold_input(self, passing: frozenset[str] = frozenset()) -> None:
        """Keep what comes now for what is awaited; however slow that is, one can quit, and press the `passing` keys."""
        self._holds_input, self._passing = True, passing
        self._stop_holding()
        self._hold_timer = self.set_timer(_HELD_AT_MOST_S, self.release_input)

    def release_input(self) -> None:
        """Deliver the input that was held back, and hold back no more."""
        if self._holds_input:
            self._holds_input = False
            self._stop_holding()
            self.call_later(self._deliver_next)

    def _stop_holding(self) -> None:
        if self._hold_timer is not None:
            self._hold_timer.stop()
            self._hold_timer = None

    # Timers

    def set_timer(
        self, delay: float, callback: TimerCallback | None = None, *, name: str | None = None, pause: bool = False
    ) -> Timer:
        """Do something once after a delay. Textual leaves it out where the delay has passed before the timer begins to
        wait, as on a busy machine; the app then waits for that timer and takes no further size."""
        timer = super().set_timer(delay, callback, name=name, pause=pause)
        timer._skip = False
        return timer

    # Windows too small to show anything

    @property
    def size(self) -> Size:
        """The size of what is laid out: never less than the least that Textual lays out without errors."""
        return _at_least(super().size)

    def _sized(self, event: Resize) -> Resize:
        """The event with the size to lay out; a window that is too small gets a notice."""
        was_too_small, self._too_small = self._too_small, event.size != _at_least(event.size)
        if self._too_small:
            self._ask_for_room(event.size.width)
        elif was_too_small:
            self.call_later(self.action_redraw)
        return Resize(_at_least(event.size), _at_least(event.virtual_size), pixel_size=event.pixel_size)

    def _ask_for_room(self, width: int) -> None:
        if self._driver is not None:
            self._driver.write("\x1b[m\x1b[2J\x1b[H" + f"needs {LEAST_SIZE.width}x{LEAST_SIZE.height}"[:width])
            self._driver.flush()

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        """Paint nothing on a window that is too small: what does not fit would scroll."""
        if not self._too_small:
            super()._display(screen, renderable)

    # Screens

    def mount_behind(self, screen: Screen[Any]) -> None:
        """Mount a screen behind the one in front, with its styles and the classes of its size: Textual mounts one only
        to show it."""
        self._load_screen_css(screen)
        self._get_screen(screen)
        screen.post_message(Resize(self.size, self.size))

    def _set_pointer_shape(self, shape: str) -> None:
        """Send the shape of the pointer when it is another one: each new screen sets it, also one that is not shown."""
        if shape != self._pointer_shape:
            self._pointer_shape = shape
            super()._set_pointer_shape(shape)

    def _load_screen_css(self, screen: Screen[Any]) -> None:
        """Read the style sheet of a screen, which is for that screen alone. Textual's own would parse all others again
        and style the screen in front anew."""
        for path in screen.css_path:
            if not self.stylesheet.has_source(str(path)):
                self.stylesheet.read(path)
                self.stylesheet.parse()
        super()._load_screen_css(screen)

    # Errors

    def _handle_exception(self, error: Exception) -> None:
        """End the program on an unexpected error. Textual brings here what nothing handles in a message, a paint, a
        timer or a worker, and would print a traceback with the values of all variables."""
        if self.failure is None:
            self.failure = self._exception = error  # which `run_test` raises
            self._exception_event.set()
        self._return_code = ExitCode.INTERNAL
        if isinstance(self._driver, SafeDriver):
            self._driver.fail(error)
        else:
            self._close_messages_no_wait()

    @on(Worker.StateChanged)
    def _end_on_worker_error(self, event: Worker.StateChanged) -> None:
        if event.state == WorkerState.ERROR and isinstance(event.worker.error, Exception):
            self._handle_exception(event.worker.error)

    # Colors and copies

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
        """Dark, light, and the terminal's own colors in turn; the next start remembers it."""
        at = THEMES.index(self.theme) if self.theme in THEMES else -1
        self.theme = THEMES[(at + 1) % len(THEMES)]
        with suppress(OSError):
            write_private_file(_theme_file(), self.theme.encode())

    def action_redraw(self) -> None:
        """Send the whole screen again."""
        if isinstance(self._driver, CalmDriver):
            self._driver.forget()
        self.refresh(layout=True)

    def action_suspend_process(self) -> None:
        """Give the terminal back to the shell until `fg`. A program that no shell has put into a group of its own would
        stop for good: nobody could continue it."""
        if os.getpgrp() == os.getsid(0):
            self.notify("no shell waits behind this program", title="Not suspended", severity="warning")
        else:
            super().action_suspend_process()

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
