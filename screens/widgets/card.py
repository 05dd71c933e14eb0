"""The verdict card: what to do, what it costs, and what would change it."""

from textwrap import wrap
from typing import TYPE_CHECKING

from textual.content import Content
from textual.events import Resize
from textual.widgets import Static

if TYPE_CHECKING:
    from advisor.reports.view_models import VerdictView

_BETWEEN = " · "


class VerdictCard(Static):
    """The answer in six lines."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__("", id=id, classes=classes, markup=False)
        self._shown: VerdictView | None = None
        self.add_class("-awaited")  # the height it usually takes, so that nothing moves when it comes

    def show(self, view: "VerdictView") -> None:
        """Show another verdict."""
        self._shown = view
        self.remove_class("-awaited")
        self.update(card_content(view, self.size.width))

    def on_resize(self, event: Resize) -> None:
        """Break the lines anew."""
        if self._shown is not None:
            self.update(card_content(self._shown, event.size.width))


def card_content(view: "VerdictView", width: int) -> Content:
    """Headline, summary and hints, broken where a part ends if they are wider than the card (cells)."""
    lines = [headline_line(view, width)]
    lines += [Content(line) for text in view.summary for line in broken(text, " ", width)]
    lines += [Content.styled(line, "$text-muted") for hint in view.hints for line in broken(hint.text, "   ", width)]
    return Content("\n").join(lines)


def headline_content(view: "VerdictView") -> Content:
    """Headline and cost alone, while the questions are still being answered."""
    return Content("\n").join([headline_line(view), *(Content(f" {line}") for line in view.summary)])


def headline_line(view: "VerdictView", width: int = 0) -> Content:
    """What to do, in the action's colour, and how certain that is: on a line of its own where both do not fit."""
    colour = f"bold ${view.action}" if view.action else "bold $text-error"
    fits = not width or len(f" {view.headline}  {view.confidence}") <= width
    between = "  " if fits or not view.confidence else "\n "
    return Content.assemble((f" {view.headline}", colour), (f"{between}{view.confidence}", "$text-muted"))


def broken(text: str, indent: str, width: int) -> list[str]:
    """A line in parts that fit: broken between what dots separate, else between words. `width`: 0 where not yet known.

    >>> broken("9 in 10 cases · best in 49% of futures · runway 67", " ", 42)
    [' 9 in 10 cases · best in 49% of futures', ' runway 67']
    """
    whole = f"{indent}{text}"
    if not width or len(whole) <= width:
        return [whole]
    head, _, rest = text.rpartition(_BETWEEN)
    while head and len(f"{indent}{head}") > width:
        head, _, more = head.rpartition(_BETWEEN)
        rest = f"{more}{_BETWEEN}{rest}"
    if head:
        return [f"{indent}{head}", *broken(rest, indent, width)]
    return wrap(whole, width, subsequent_indent=indent)
