"""The regret of each rule against hindsight, as bars: solid to the mean, shaded on to the worst series."""

from typing import TYPE_CHECKING

from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from screens.widgets.bars import bar_text

if TYPE_CHECKING:
    from advisor.reports.track_record_view import RuleBar

_RULE_CELLS, _SHARE_CELLS = 13, 8


class RegretBars(Widget):
    """One line a rule, the advisor's own marked."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id, markup=False)
        self._bars: tuple[RuleBar, ...] = ()

    def show(self, bars: "tuple[RuleBar, ...]") -> None:
        """Show other rules."""
        self._bars = bars
        self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return a line for the head and one for each bar."""
        return len(self._bars) + 1

    def render(self) -> Content:
        """Draw the bars at the width they have."""
        head = f" {'':<{_RULE_CELLS}}{'mean':>{_SHARE_CELLS}}{'worst':>{_SHARE_CELLS}}"
        lines = [Content.styled(head, "$text-muted"), *(_line(bar, self.size.width) for bar in self._bars)]
        return Content("\n").join(lines)


def _line(bar: "RuleBar", width: int) -> Content:
    mark = ">" if bar.ours else " "
    head = f"{mark}{bar.rule:<{_RULE_CELLS}}{bar.mean:>{_SHARE_CELLS}}{bar.worst:>{_SHARE_CELLS}} "
    room = max(4, width - len(head) - 1)
    solid = bar_text(bar.mean_share, room)
    drawn = f"{solid:░<{round(bar.worst_share * room)}}" + "»" * bar.cut
    return Content.assemble((head, "bold" if bar.ours else ""), (drawn, "$rent" if bar.ours else ""))
