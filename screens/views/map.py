"""Map: what is cheapest for every size and length of the plan, and what a cell of it says."""

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.geometry import Region, Spacing
from textual.widgets import Static

from screens.commands import MAP, PROFILE
from screens.messages import CellChosen, CellOpened
from screens.views.profile_screen import ProfileScreen
from screens.widgets.grid import MapGrid

if TYPE_CHECKING:
    from screens.state.session import Answer

_CELL_ROWS = 2  # the lines about the cell lie over the map's last ones


class MapScreen(ProfileScreen):
    """A letter for each plan; the line below tells the cell under the cursor."""

    VIEW = "map"
    TITLE_WORD = "Map"
    CSS_PATH = "map.tcss"
    PLACES: ClassVar = (MAP, PROFILE)

    @property
    def needs(self) -> tuple[str, ...]:
        """The map."""
        return ("map",)

    def compose_view(self) -> ComposeResult:
        """The map, its letters, and the cell."""
        yield Static("", id="what", classes="head", markup=False)
        yield MapGrid(id="grid", classes="picture")
        yield Static("", id="legend", classes="head", markup=False)
        yield Static("", id="cell", markup=False)

    def on_mount(self) -> None:
        """The map takes the keys."""
        self.query_one("#grid").focus()

    def show(self, answer: "Answer") -> None:
        """Draw a map when it is there; until then the old one stays."""
        if answer.map is not None:
            self.query_one("#what", Static).update(f" {answer.map.title}")
            self.query_one("#legend", Static).update(f" {answer.map.legend}  Enter opens")
            self.query_one("#grid", MapGrid).show(answer.map)

    @on(CellChosen)
    def _tell_cell(self) -> None:
        grid = self.query_one("#grid", MapGrid)
        cell, view = grid.cell, self.query_one("#view")
        if view.max_scroll_y:  # a low terminal: the cursor stays in sight
            row = grid.virtual_region.y + grid.cursor_row
            view.scroll_to_region(Region(0, row, 1, 1), spacing=Spacing(bottom=_CELL_ROWS), animate=False)
        if cell is not None:
            self.query_one("#cell", Static).update(f" {cell.text}")

    @on(CellOpened)
    def _open_cell(self) -> None:
        plan = self.query_one("#grid", MapGrid).plan
        if plan is not None:
            self.app.take_plan(*plan)
