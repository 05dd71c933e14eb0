"""The footer: what can be done now, in one line. Keys that the moment calls for come first, then those of the screen,
then others as far as there is room."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace

from textual import events
from textual.binding import ActiveBinding
from textual.content import Content
from textual.css.query import NoMatches
from textual.screen import Screen

from advisor.values.quick_dataclass import dataclass
from screens.commands import Command, command_of, key_name
from screens.widgets.fixed import FixedText

_GAP = 1  # cells between two keys
_LAST = "help"  # at the right end, and never left out


@dataclass(frozen=True)
class _Key:
    """A key of the footer. at: where it begins, in cells."""

    command: Command
    key: str
    hint: str
    at: int = 0

    @property
    def text(self) -> str:
        """`s save`."""
        return f"{key_name(self.key)} {self.hint}"

    @property
    def end(self) -> int:
        """The cell after it."""
        return self.at + len(self.text)


class KeyFooter(FixedText):
    """One line of keys. A widget for each key, as in Textual's own, took most of the time that a screen takes to come
    back."""

    def __init__(self, idle: Callable[[], Iterator[str]], here: str = "") -> None:
        """idle: the commands that would do nothing now, asked at every change; here: the command that leads to the
        screen in front, which is marked."""
        super().__init__()
        self._idle, self._here = idle, here
        self._keys: tuple[_Key, ...] = ()

    def on_mount(self) -> None:
        """Another widget with the cursor has other keys."""
        self.screen.bindings_updated_signal.subscribe(self, self._keys_changed)

    def on_resize(self) -> None:
        """Another width has room for more or fewer keys."""
        self.show_keys()

    def _keys_changed(self, screen: Screen[object]) -> None:
        self.call_after_refresh(self.show_keys)

    def show_keys(self) -> None:
        """Show what can be done now."""
        width = self.size.width
        if not width or not self.screen.is_current:
            return
        with suppress(NoMatches):  # a screen that is being left loses its widgets one by one
            active = {key: one for key, one in self.screen.active_bindings.items() if not self._is_typed(key)}
            self._keys = placed(wanted(active, frozenset(self._idle())), width)
            self.say(self._content())

    def _is_typed(self, key: str) -> bool:
        """Whether a line that is being typed takes a key; Textual asks it of letters only, not of `/` and `?`."""
        name, focused = key_name(key), self.screen.focused
        return len(name) == 1 and name.isascii() and focused is not None and focused.check_consume_key(key, name)

    def _content(self) -> Content:
        parts: list[Content | tuple[str, str]] = []
        cells = 0
        for key in self._keys:
            mark = "reverse " if key.command.id == self._here else ""
            parts += [Content(" " * (key.at - cells)), (key_name(key.key), f"{mark}bold $footer-key-foreground")]
            parts.append((f" {key.hint}", mark.strip()))
            cells = key.end
        return Content.assemble(*parts)

    def on_click(self, event: events.Click) -> None:
        """A click is the key it is on."""
        for key in self._keys:
            if key.at <= event.x < key.end:
                self.app.simulate_key(key.key)


def wanted(active: "dict[str, ActiveBinding]", idle: frozenset[str]) -> list[_Key]:
    """The keys to show, most important first: what the moment calls for, what the screen is for, then the others."""
    found: dict[str, _Key] = {}
    ranks: dict[str, int] = {}
    for _, binding, _, _ in active.values():
        if binding.id is None or binding.id in found or binding.id in idle:
            continue
        command = command_of(binding.id)
        hint = binding.description if binding.show else command.more
        if hint:
            found[binding.id] = _Key(command, next(key for key in command.keys.split(",") if key in active), hint)
            ranks[binding.id] = 0 if command.urgent else 1 if binding.show else 2
    return sorted(found.values(), key=lambda one: ranks[one.command.id])


def placed(keys: list[_Key], width: int) -> tuple[_Key, ...]:
    """As many keys as fit, from the left; help always, after them."""
    ends = [key for key in keys if key.command.id == _LAST]
    room = width - sum(len(key.text) for key in ends)
    shown: list[_Key] = []
    cells = 0
    for key in keys:
        if key not in ends and cells + len(key.text) + _GAP <= room:
            shown.append(replace(key, at=cells))
            cells += len(key.text) + _GAP
    return (*shown, *(replace(key, at=cells) for key in ends))
