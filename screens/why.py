"""Why: the way from the pick's cost to the rival's, what would change the answer, and the reasons in words."""

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from screens.commands import PAGES, PROFILE
from screens.opened import ProfileScreen
from screens.widgets.pages import Pages
from screens.widgets.reasons import balance, changes, reasons, scenarios, worth
from screens.widgets.steps import Tornado, Waterfall

if TYPE_CHECKING:
    from screens.session import Answer


class WhyScreen(ProfileScreen):
    """Pictures first; on a wide terminal the words stand beside them."""

    VIEW = "why"
    TITLE_WORD = "Why"
    CSS_PATH = "why.tcss"
    PLACES: ClassVar = (PROFILE, PAGES)

    @property
    def needs(self) -> tuple[str, ...]:
        """What would change the answer."""
        return ("deeper",)

    def compose_view(self) -> ComposeResult:
        """Waterfall, flips and tornado; then reasons."""
        with Pages(id="all"):
            with Vertical(id="drawn"):
                yield Waterfall(id="waterfall")
                yield Static("", id="flips", markup=False, classes="picture")
                yield Tornado(id="tornado", classes="picture")
            yield Static("", id="words", markup=False)

    def on_mount(self) -> None:
        """The pages take the arrow keys."""
        self.query_one("#all").focus()

    def show(self, answer: "Answer") -> None:
        """Draw an answer; flips and tornado stay as they were until theirs are there."""
        view = answer.view
        self.query_one("#waterfall", Waterfall).show(f"From {view.waterfall_title}", view.bars)
        lines = [*reasons(answer), Content(""), *scenarios(answer)]
        if answer.deeper is not None:
            self.query_one("#flips", Static).update(Content("\n").join(changes(answer)))
            self.query_one("#tornado", Tornado).show(answer.deeper.tornado)
            lines += [Content(""), *worth(answer), *balance(answer)]
        self.query_one("#words", Static).update(Content("\n").join(lines))
