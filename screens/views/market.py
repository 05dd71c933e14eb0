"""Market: past and forecast prices of the GPU, every figure a verdict depends on with its source."""

from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.getters import query_one
from textual.widgets import Input, OptionList, Static

from advisor.formatting import cut
from screens.answer import Answer
from screens.commands import LIST, MARKET, PROFILE
from screens.dialogs.source import SourceDialog
from screens.views.profile_screen import ProfileScreen
from screens.widgets.chart import CurveChart
from screens.widgets.figures import FigureList, head_line
from screens.widgets.pane import framed
from screens.widgets.text_input import FilterInput

if TYPE_CHECKING:
    from advisor.reports.market_view import FigureRow

_KEYS = " Enter opens a source · / filters · ! few sources · * your own · O your offers"


class MarketScreen(ProfileScreen):
    """The chart above, the figures below; the line under them shows the source of the one under the cursor."""

    VIEW = "market"
    TITLE_WORD = "Market"
    CSS_PATH = "market.tcss"
    PLACES: ClassVar = (MARKET, LIST, PROFILE)

    old = query_one("#old", Static)
    which = query_one("#which", Static)
    rents = query_one("#rents", CurveChart)
    legend = query_one("#legend", Static)
    columns = query_one("#columns", Static)
    figures = query_one("#figures", FigureList)
    filter_field = query_one("#filter", FilterInput)
    source = query_one("#source", Static)

    @property
    def needs(self) -> tuple[str, ...]:
        """The market that is viewed."""
        return ("market",)

    def compose_view(self) -> ComposeResult:
        """Which market, its chart, its figures, and the source of one."""
        yield Static("", id="old", classes="problem", markup=False)
        yield Static("", id="which", markup=False)
        yield framed(CurveChart(id="rents", classes="picture"), "Prices")
        yield Static("", id="legend", classes="muted", markup=False)
        yield Static("", id="columns", classes="head", markup=False)
        yield FigureList(id="figures", classes="flat picture")
        yield FilterInput(placeholder="part of a figure or its source", id="filter")
        yield Static("", id="source", markup=False)
        yield Static(_KEYS, id="keys", classes="head", markup=False)

    def on_mount(self) -> None:
        """The figures take the keys."""
        self.filter_field.display = False
        self.figures.focus()

    @property
    def place(self) -> str:
        """The figure under the cursor."""
        return "" if self.figures.row is None else self.figures.row.id

    def go_to(self, place: str) -> None:
        """Put the cursor on a figure."""
        self.figures.go_to(place)

    def show(self, answer: Answer) -> None:
        """Draw a market when it is there; until then the old one stays."""
        market = answer.market
        if market is None:
            return
        self.old.display = bool(market.warning)
        self.old.update(f" {market.warning}")
        where = f" ‹ {market.title} ›  {market.number} of {market.count}: ← → shows another GPU or price list"
        self.which.update(where)
        self.rents.show(market.plot)
        beside = "  ".join(market.legend)
        legend = beside if len(beside) < self.size.width - 1 else "\n".join(market.legend)
        self.legend.update(legend)
        self.columns.update(head_line(self.figures.size.width))
        self._list()

    def _list(self) -> None:
        """The figures that the filter lets through."""
        answer = self.port.answer
        if answer is not None and answer.market is not None:
            self.figures.show(answer.market.title, answer.market.rows, self.filter_field.value)
            self._show_source()

    @on(OptionList.OptionHighlighted)
    def _show_source(self) -> None:
        row = self.figures.row
        self.source.update("" if row is None else cut(f" {_source_of(row)}", self.size.width))

    @on(OptionList.OptionSelected)
    def _open_source(self, event: OptionList.OptionSelected) -> None:
        answer = self.port.answer
        if answer is not None and event.option_id is not None:
            self.app.push_screen(SourceDialog(event.option_id, partial(self.port.session.engine.source_card, answer)))

    def action_turn(self, steps: int) -> None:
        """Another GPU or tier."""
        self.port.answers.turn_market(steps)

    def action_filter(self) -> None:
        """Ask for a filter; the list narrows with each letter."""
        self.filter_field.display = True
        self.filter_field.focus()

    def action_to_list(self) -> None:
        """The list takes the keys, still narrowed."""
        self.figures.focus()

    def action_back(self) -> None:
        """Remove the filter; without one, go back to the verdict."""
        if self.filter_field.display:
            self.action_show_all()
        else:
            super().action_back()

    def action_show_all(self) -> None:
        """Show all figures again."""
        self.filter_field.value = ""
        self.filter_field.display = False
        self.figures.focus()

    @on(Input.Changed)
    def _narrow(self) -> None:
        self._list()


def _source_of(row: "FigureRow") -> str:
    """The source of a figure, marked when it is weak or the user's own."""
    return row.source if row.mark == " " else f"{row.mark} {row.source}"
