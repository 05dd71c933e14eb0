"""The verdict card: what to do, what it costs, and what would change it."""

from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import Static

if TYPE_CHECKING:
    from advisor.reports.view_models import VerdictView


class VerdictCard(Static):
    """The answer in six lines."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__("", id=id, classes=classes, markup=False)
        self.add_class("-awaited")  # the height it usually takes, so that nothing moves when it comes

    def show(self, view: "VerdictView") -> None:
        """Show another verdict."""
        self.remove_class("-awaited")
        self.update(card_content(view))


def card_content(view: "VerdictView") -> Content:
    """Headline, summary and hints."""
    lines = [headline_line(view)]
    lines += [Content(f" {line}") for line in view.summary]
    lines += [Content.styled(f"   {hint.text}", "$text-muted") for hint in view.hints]
    return Content("\n").join(lines)


def headline_content(view: "VerdictView") -> Content:
    """Headline and cost alone, while the questions are still being answered."""
    return Content("\n").join([headline_line(view), *(Content(f" {line}") for line in view.summary)])


def headline_line(view: "VerdictView") -> Content:
    """What to do, in the action's colour."""
    colour = f"bold ${view.action}" if view.action else "bold $text-error"
    return Content.assemble((f" {view.headline}", colour), (f"  {view.confidence}", "$text-muted"))
