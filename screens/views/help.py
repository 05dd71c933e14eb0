"""Help: what each key does on the screen in front, from the command declarations."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from screens.commands import EVERYWHERE, Command, commands_of

_READING = """
How to read a verdict
  Expected cost (present value): all costs of serving the same need, each discounted to today. What
  an option cannot serve is rented on demand; resale and sublets are subtracted.
  Too close to call: the best of another class costs so little more that the inputs cannot tell
  them apart: take the one with less commitment, or sharpen the inputs.
  A value in bold is your own; a dim one is from the price book. Delete returns to the price book's.
  Nodes also takes a model and its tokens: 7B 1T; or 12 gpus, 4000 gpu-h.
"""


class HelpScreen(ModalScreen[None]):
    """One line a key, then how to read a verdict."""

    CSS_PATH = "help.tcss"
    BINDINGS: ClassVar = [
        Binding("escape,q,question_mark,f1,enter", "dismiss", "close"),
    ]

    def __init__(self, places: tuple[str, ...]) -> None:
        super().__init__()
        self._places = places

    def compose(self) -> ComposeResult:
        """The text, scrollable."""
        with VerticalScroll(id="help"):
            yield Static(self._text(), markup=False)

    def _text(self) -> Content:
        lines: list[Content] = [Content.styled("Keys on this screen", "bold")]
        lines += map(_line, commands_of(*self._places))
        lines.append(Content.styled("Keys everywhere", "bold"))
        lines += map(_line, commands_of(EVERYWHERE))
        lines += [Content(line) for line in _READING.splitlines()]
        lines.append(Content.styled("Esc closes", "$text-muted"))
        return Content("\n").join(lines)


def _line(command: Command) -> Content:
    return Content.assemble((f"  {command.key_names:<16}", "bold $text-accent"), command.meaning)
