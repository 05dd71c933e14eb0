"""Map: the cheapest option for every size and length of the plan, a third input to change, and one cell's details."""

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.geometry import Region, Spacing
from textual.getters import query_one

from screens.answer import Answer
from screens.commands import FIND, MAP, PROFILE, bindings
from screens.messages import CellChosen, CellOpened
from screens.ports import AppPort
from screens.views.profile_screen import ProfileScreen
from screens.widgets.fixed import FixedText
from screens.widgets.grid import MapGrid
from screens.widgets.pane import framed

if TYPE_CHECKING:
    from advisor.profiles.form.form_field import FormField

_THIRD_INPUTS = {"usd_per_node": "node", "busy": "utilization", "usd_per_gpu_hour": "on demand"}
_CELL_ROWS = 2  # the lines about the cell lie over the map's last ones
_KEYS = "← → ↑ ↓ choose a plan · Enter takes it · . your own · [ ] i the third input"


class MapScreen(ProfileScreen):
    """A letter for each plan; the line below describes the cell under the cursor."""

    VIEW = "map"
    TITLE_WORD = "Map"
    CSS_PATH = "map.tcss"
    PLACES: ClassVar = (MAP, PROFILE, FIND)
    BINDINGS: ClassVar = bindings(FIND)

    title_of_map = query_one("#what", FixedText)
    pane = query_one("#plans", Vertical)
    grid = query_one("#grid", MapGrid)
    legend = query_one("#legend", FixedText)
    cell_line = query_one("#cell", FixedText)

    @property
    def needs(self) -> tuple[str, ...]:
        """The map."""
        return ("map",)

    def __init__(self, port: AppPort, name: str) -> None:
        super().__init__(port, name)
        self._third = 0

    def compose_view(self) -> ComposeResult:
        """The letters, the map, and the cell."""
        yield FixedText(id="what", classes="head")
        with framed(Vertical(id="plans"), ""):
            yield FixedText(id="legend", classes="head")
            yield MapGrid(id="grid", classes="picture")
        yield FixedText(id="cell")

    def on_mount(self) -> None:
        """The map takes the keys."""
        self.grid.focus()

    @property
    def place(self) -> str:
        """Nodes and months of the cell under the cursor, and which is the third input."""
        plan = self.grid.plan
        return "" if plan is None else f"{plan[0]:g} {plan[1]:g} {self._third}"

    def go_to(self, place: str) -> None:
        """Put the cursor on a plan."""
        nodes, months, third = (*place.split(), "", "", "")[:3]
        self.grid.go_to(nodes, months)
        self._third = int(third) if third.isdecimal() else 0
        self._show_third()

    def show(self, answer: Answer) -> None:
        """Draw a map when it is there; until then the old one stays."""
        if answer.map is not None:
            self.title_of_map.say(f" {answer.map.title}")  # where there is no frame
            self.pane.border_title = answer.map.title
            self.grid.show(answer.map)
        self._show_third()

    @property
    def _third_inputs(self) -> "list[FormField]":
        """The inputs that `[` and `]` can change: prices and utilization."""
        answer = self.port.answer
        fields = {field.path[-1]: field for field in reversed(answer.fields)} if answer is not None else {}
        return [fields[name] for name in _THIRD_INPUTS if name in fields]

    def _show_third(self) -> None:
        answer, thirds = self.port.answer, self._third_inputs
        if answer is None or answer.map is None:
            return
        text = answer.map.legend
        if thirds:
            field = thirds[self._third % len(thirds)]
            text += f"  [ ] {_THIRD_INPUTS[str(field.path[-1])]} {field.words[0] or 'no price'}"
        self.legend.say(f" {text}")

    def action_third(self, steps: int) -> None:
        """Change the third input, as an edit."""
        thirds = self._third_inputs
        if thirds:
            self.port.answers.nudge(thirds[self._third % len(thirds)].path, steps)

    def action_next_third(self) -> None:
        """Let `[` and `]` change the next input."""
        self._third += 1
        self._show_third()

    @on(CellChosen)
    def _describe_cell(self) -> None:
        cell, view = self.grid.cell, self.query_one("#view")
        if view.max_scroll_y:  # a low terminal: the cursor stays in sight
            row = self.pane.virtual_region.y + self.grid.virtual_region.y + self.grid.cursor_row
            view.scroll_to_region(Region(0, row, 1, 1), spacing=Spacing(bottom=_CELL_ROWS), animate=False)
        if cell is not None:
            self.cell_line.say(Content.assemble(f"{cell.text}\n", (_KEYS, "$text-muted")))

    @on(CellOpened)
    def _open_cell(self) -> None:
        plan = self.grid.plan
        if plan is not None:
            self.port.navigation.take_plan(*plan)
