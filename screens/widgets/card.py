"""The verdict card: what to do, rent, reserve and buy side by side, and what would change it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import Static

from advisor.reports.cards.card_table import card_table

if TYPE_CHECKING:
    from advisor.reports.view_models import JointView, VerdictView

_MARGIN = 2  # cells left free beside the table


class VerdictCard(Static):
    """The answer in a few lines, as wide as the screen."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__("", id=id, classes=classes, markup=False)
        self.add_class("-awaited")  # the height it usually takes, so that nothing moves when it comes
        self._shown: tuple[VerdictView, JointView | None] | None = None

    def show(self, view: "VerdictView", together: "JointView | None" = None) -> None:
        """Show another verdict. together: the plan on several GPUs, of one of which it is."""
        self.remove_class("-awaited")
        self._shown = view, together
        width = self.size.width or self.app.size.width
        self.update(card_content(view, width) if together is None else joint_content(view, together, width))

    def on_resize(self) -> None:
        """Fit the table to the new width."""
        if self._shown is not None:
            self.show(*self._shown)


def joint_content(view: "VerdictView", together: "JointView", width: int) -> Content:
    """What to do on each GPU, the one in view marked; what all of it costs; then the cards of the one in view."""
    lines = []
    for at, (headline, row) in enumerate(zip(together.headlines, together.rows, strict=False)):
        colour = f"${row.action}" if row.action else "$text-error"
        lines.append(Content.styled(f" {headline}", f"bold {colour}" if at == together.chosen else colour))
    lines += [Content(f" {line}") for line in (together.total, *together.cash)]
    own = f"{together.rows[together.chosen].gpu} {view.confidence}" if view.confidence else ""
    hint = f"n shows the next of {len(together.headlines)} GPUs"
    note = Content.styled(f" {own + ' · ' if own else ''}{hint}", "$text-muted")
    return Content("\n").join([*lines, note, *_table(view, width)])


def card_content(view: "VerdictView", width: int) -> Content:
    """Headline, conclusion, the cards, what else there is to know, and what would change it."""
    lines = [*_head(view), *_table(view, width)]
    lines += [Content(f" {line}") for line in view.summary]
    lines += [Content.styled(f"   {hint.text}", "$text-muted") for hint in view.hints]
    return Content("\n").join(lines)


def headline_content(view: "VerdictView", width: int) -> Content:
    """The answer without what would change it, while the questions are still being answered."""
    return Content("\n").join([*_head(view), *_table(view, width)])


def _head(view: "VerdictView") -> Iterator[Content]:
    """What to do, in the action's colour, and what it saves."""
    colour = f"bold ${view.action}" if view.action else "bold $text-error"
    yield Content.styled(f" {view.headline}", colour)
    if view.conclusion:
        yield Content(f" {view.conclusion}")
    if view.confidence:
        yield Content.styled(f" {view.confidence}", "$text-muted")


def _table(view: "VerdictView", width: int) -> Iterator[Content]:
    """The cards, one a line: the pick bold, ranges in the colour of their action."""
    table = card_table(view.cards, width - _MARGIN)
    if table.rows:
        yield Content.styled(f" {table.header}", "$text-muted")
    for row in table.rows:
        if row.card.why_not:
            yield Content.styled(f" {row.text}", "$text-muted")
            continue
        weight, colour = "bold" if row.card.is_pick else "", f"${row.card.action}"
        yield Content.assemble(
            (f" {row.name}", f"{weight} {colour}".strip()), (row.figures, weight), (row.band, colour)
        )
