"""The regret of each rule against hindsight, as bars: solid to the mean, shaded on to the worst series."""

from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import Static

from screens.widgets.bars import bar_text

if TYPE_CHECKING:
    from advisor.reports.track_record_view import RuleBar

_RULE_CELLS, _SHARE_CELLS = 13, 8


class RegretBars(Static):
    """One line a rule, the advisor's own marked."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id, markup=False)
        self._bars: tuple[RuleBar, ...] = ()

    def show(self, bars: "tuple[RuleBar, ...]") -> None:
        """Show other rules."""
        self._bars = bars
        self._redraw()

    def on_resize(self) -> None:
        """Fit the bars to the new width."""
        self._redraw()

    def _redraw(self) -> None:
        if self.size.width and self._bars:
            head = f" {'':<{_RULE_CELLS}}{'mean':>{_SHARE_CELLS}}{'worst':>{_SHARE_CELLS}}"
            lines = [Content.styled(head, "$text-muted"), *(_line(bar, self.size.width) for bar in self._bars)]
            self.update(Content("\n").join(lines))


def _line(bar: "RuleBar", width: int) -> Content:
    mark = ">" if bar.ours else " "
    head = f"{mark}{bar.rule:<{_RULE_CELLS}}{bar.mean:>{_SHARE_CELLS}}{bar.worst:>{_SHARE_CELLS}} "
    room = max(4, width - len(head) - 1)
    solid = bar_text(bar.mean_share, room)
    drawn = f"{solid:░<{round(bar.worst_share * room)}}" + "»" * bar.cut
    return Content.assemble((head, "bold" if bar.ours else ""), (drawn, "$rent" if bar.ours else ""))
