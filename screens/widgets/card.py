"""The verdict card: what to do, what it costs, and what would change it."""

from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import Static

if TYPE_CHECKING:
    from advisor.reports.view_models import JointView, VerdictView


class VerdictCard(Static):
    """The answer in six lines."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__("", id=id, classes=classes, markup=False)
        self.add_class("-awaited")  # the height it usually takes, so that nothing moves when it comes

    def show(self, view: "VerdictView", together: "JointView | None" = None) -> None:
        """Show another verdict. together: the plan on several GPUs, of one of which it is."""
        self.remove_class("-awaited")
        self.update(card_content(view) if together is None else joint_content(view, together))


def joint_content(view: "VerdictView", together: "JointView") -> Content:
    """What to do on each GPU, the one in view marked; what all of it costs; how sure the one in view is."""
    lines = []
    for at, (headline, row) in enumerate(zip(together.headlines, together.rows, strict=False)):
        colour = f"${row.action}" if row.action else "$text-error"
        lines.append(Content.styled(f" {headline}", f"bold {colour}" if at == together.chosen else colour))
    lines += [Content(f" {line}") for line in (together.total, *together.cash)]
    own = f"{together.rows[together.chosen].gpu} {view.confidence}" if view.confidence else ""
    hint = f"n shows the next of {len(together.headlines)} GPUs"
    return Content("\n").join([*lines, Content.styled(f"   {own + ' · ' if own else ''}{hint}", "$text-muted")])


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
