"""The verdict card: what to do, rent, reserve and buy side by side, and what would change it."""

from collections.abc import Iterator
from textwrap import wrap
from typing import TYPE_CHECKING

from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from advisor.reports.cards.card_table import card_table
from screens.action_colors import ACTIONS
from screens.commands import command_of

if TYPE_CHECKING:
    from advisor.reports.joint.joint_view import JointView
    from advisor.reports.view_models import VerdictView

_MARGIN = 2  # cells left free beside the table
_BELOW, _BELOW_TINY = 10, 6  # lines that the card leaves to the values: what it says last is on Break-even
_BETWEEN = " · "


class VerdictCard(Widget):
    """The answer in a few lines, as wide as the screen: fitted to the width it is laid out at."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id, classes=classes, markup=False)
        self.add_class("-awaited")  # the height it usually takes, so that nothing moves when it comes
        self._shown: tuple[VerdictView, JointView | None] | None = None

    def show(self, view: "VerdictView", together: "JointView | None" = None) -> None:
        """Show another verdict. together: the plan on several GPUs that it is a part of."""
        self.remove_class("-awaited")
        self._shown = view, together
        for action in ACTIONS:  # the frame has the color of what to do
            self.set_class(view.action == action, f"-{action}")
        self.refresh(layout=True)

    def on_resize(self) -> None:
        """Say as much as the new size has room for."""
        self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return the lines that the answer takes at a width."""
        return self._fitted(width).get_height(self.styles.get_rules(), width) if width else 0

    def render(self) -> Content:
        """Draw the answer at the width it has."""
        return self._fitted(self.size.width)

    def _fitted(self, width: int) -> Content:
        if self._shown is None or not width:
            return Content()
        view, together = self._shown
        if together is not None:
            return joint_content(view, together, width)
        # Where there is little room the values need it more than the prices, which Break-even has.
        tiny = self.screen.has_class("-tiny")
        whole = headline_content(view, width) if tiny else card_content(view, width)
        more = "" if tiny else f" {command_of('screen.break-even').shown_key} has more"
        return _at_most(self.screen.size.height - (_BELOW_TINY if tiny else _BELOW), whole, width, f" …{more}")


def _at_most(lines: int, text: Content, width: int, more: str) -> Content:
    """A text, or its first lines, of which the last one shows that there are more, and where."""
    whole = text.split("\n")
    if len(whole) <= lines:
        return text
    last = whole[lines - 1].truncate(width - len(more)).append(more)
    return Content("\n").join([*whole[: lines - 1], last])


def joint_content(view: "VerdictView", together: "JointView", width: int) -> Content:
    """What to do on each GPU, the one in view marked; what all of it costs; then the cards of the one in view, and what
    is done with what is in hand of it."""
    lines = [Content.styled(f" {together.verdict}", "bold $text-error")] if together.verdict else []
    for at, (headline, row) in enumerate(zip(together.headlines, together.rows, strict=False)):
        color = f"${row.action}" if row.action else "$text-error"
        lines.append(Content.styled(f" {headline}", f"bold {color}" if at == together.chosen else color))
    texts = (together.total, *together.cash)
    lines += [Content(line) for text in texts for line in broken(text, " ", width)]
    own = f"{together.rows[together.chosen].gpu} {view.confidence}" if view.confidence else ""
    hint = f"N shows the next of {len(together.headlines)} GPUs"
    notes = broken(f"{own} · {hint}" if own else hint, " ", width)
    muted = [Content.styled(line, "$text-muted") for line in notes]
    in_hand = [Content(line) for text in view.in_hand for line in broken(text, " ", width)]
    return Content("\n").join([*lines, *muted, *_table(view, width), *in_hand])


def card_content(view: "VerdictView", width: int) -> Content:
    """Headline, conclusion, the cards, what else there is to know, and what would change it."""
    hints = [Content.styled(line, "$text-muted") for hint in view.hints for line in broken(hint.text, "   ", width)]
    return Content("\n").join([headline_content(view, width), *hints])


def headline_content(view: "VerdictView", width: int) -> Content:
    """The answer without what would change it, where there is no room or the questions are still being answered."""
    summary = [Content(line) for text in view.summary for line in broken(text, " ", width)]
    return Content("\n").join([*_head(view, width), *_table(view, width), *summary])


def _head(view: "VerdictView", width: int) -> Iterator[Content]:
    """What to do, in the action's color, and what it saves."""
    color = f"bold ${view.action}" if view.action else "bold $text-error"
    yield Content.styled(f" {view.headline}", color)
    if view.conclusion:
        yield from (Content(line) for line in broken(view.conclusion, " ", width))
    if view.confidence:
        yield from (Content.styled(line, "$text-muted") for line in broken(view.confidence, " ", width))


def _table(view: "VerdictView", width: int) -> Iterator[Content]:
    """The cards, one a line: the pick bold, ranges in the color of their action."""
    table = card_table(view.cards, width - _MARGIN)
    if table.rows:
        yield Content.styled(f" {table.header}", "$text-muted")
    for row in table.rows:
        if row.card.why_not:
            yield Content.styled(f" {row.text}", "$text-muted")
            continue
        weight, color = "bold" if row.card.is_pick else "", f"${row.card.action}"
        yield Content.assemble((f" {row.name}", f"{weight} {color}".strip()), (row.figures, weight), (row.band, color))


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
