"""The footer: the keys of this screen, and with more width also those to save, undo, pin and export."""

from collections.abc import Iterator

from textual.app import ComposeResult
from textual.widgets import Footer
from textual.widgets._footer import FooterKey

from screens.commands import Command, commands_of

_BESIDE_TEXT = 2  # cells of a key beside its names: between key and hint, and after them


class KeyFooter(Footer):
    """Keys with a hint, and as many of the others as there is room for."""

    def __init__(self, *more: str) -> None:
        """Show the keys of the screen; `more`: the places whose other commands are shown where there is room."""
        super().__init__(compact=True, show_command_palette=False)
        self._more = more
        self._composed_for = 0

    def on_resize(self) -> None:
        """Another width has room for more or fewer keys."""
        if self._composed_for not in (0, self.app.size.width):
            self.call_after_refresh(self.recompose)

    def compose(self) -> ComposeResult:
        """The keys that are always shown, then the others."""
        self._composed_for = room = self.app.size.width if self._bindings_ready else 0
        for key in super().compose():
            if isinstance(key, FooterKey):
                room -= len(key.key_display) + len(key.description) + _BESIDE_TEXT
            yield key
        if self._bindings_ready:
            yield from self._others(room)

    def _others(self, room: int) -> Iterator[FooterKey]:
        for command in commands_of(*self._more):
            room -= _cells(command)
            if command.more and room < 0:
                return
            if command.more:
                key = command.keys.partition(",")[0]
                yield FooterKey(
                    key, command.shown_key, command.more, command.action, tooltip=command.meaning
                ).data_bind(compact=Footer.compact)


def _cells(command: Command) -> int:
    return len(command.shown_key) + len(command.more) + _BESIDE_TEXT if command.more else 0
