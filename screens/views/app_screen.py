"""The base of all full screens: a footer of what can be done now, and a quick return."""

from collections.abc import Iterator
from typing import ClassVar

from textual import events, on
from textual.getters import query_one
from textual.screen import Screen

from screens.ports import AppPort
from screens.widgets.footer import KeyFooter


class AppScreen(Screen[None]):
    """A full screen of the app."""

    PLACES: ClassVar[tuple[str, ...]] = ()

    footer = query_one(KeyFooter)

    def __init__(self, port: AppPort) -> None:
        super().__init__()
        self.port = port
        self._theme = ""

    async def on_event(self, event: events.Event) -> None:
        """Mount what was composed, unless that is cut short."""
        if isinstance(event, events.Compose):
            self._update_timer.resume()  # a new timer waits for a first turn: not when the screen comes to the front
        if self.has_its_widgets or not isinstance(event, events.Mount):
            await super().on_event(event)

    @property
    def has_its_widgets(self) -> bool:
        """Whether all that was composed is there: a screen that is removed, or closed by the end of the app, lacks or
        loses some of it, first what is within others."""
        return bool(self.children) and self.display and self.is_attached and self.app.is_running

    def idle_commands(self) -> Iterator[str]:
        """The commands that would do nothing now: the footer leaves them out."""
        return iter(())

    def lay_out_behind(self) -> None:
        """Lay out and draw every widget while another screen is in front: Textual does that only for the one in front,
        and what was drawn once is painted soon. Behind a dialog the layout waits for its turn."""
        if self is not self.app.screen:
            self._theme = self.app.theme
            self._refresh_layout(self.app.size)
            self._layout_required = False
            self._compositor.render_strips()

    @on(events.ScreenSuspend)
    def _leave_front(self) -> None:
        """Remember the colors; while it is in front they change with the theme."""
        self._theme = self.app.theme

    @on(events.ScreenResume)
    def _come_back(self, event: events.ScreenResume) -> None:
        """A screen that comes back in the same colors keeps its styles: to find them again takes longer than to paint
        it."""
        event.refresh_styles = self._theme != self.app.theme
        self.footer.show_keys()
