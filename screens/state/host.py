"""What the answers and the file actions need of the app they are part of."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal, Protocol

from textual.screen import Screen
from textual.timer import Timer

from screens.answer import Answer, AnswerView


class Watched(Protocol):
    """What the screens watch."""

    answer: Answer | None
    preloaded: AnswerView | None
    waiting: bool
    problem: str
    note: str


class Host(Watched, Protocol):
    """An app that holds what its screens watch, asks its user, and runs work off the UI thread."""

    @property
    def screen(self) -> Screen[object]:
        """The screen in front."""

    @property
    def screen_stack(self) -> Sequence[Screen[object]]:
        """All screens, the one in front last."""

    @property
    def needed_parts(self) -> tuple[str, ...]:
        """The parts of an answer that the screen in front shows."""

    @property
    def at_home(self) -> bool:
        """Whether the list of profiles is in front."""

    def run_in_thread(self, work: Callable[[], None], group: str, *, exclusive: bool = False) -> None:
        """Start work in a thread. exclusive: what is still running in the same group is canceled."""

    def run_on_ui(self, work: Callable[[], None]) -> None:
        """Have something done on the UI thread. Safe from any thread; does not wait for it."""

    def call_after_refresh(self, callback: Callable[[], None]) -> object:
        """Do something once the screen is painted."""

    def set_timer(self, delay: float, callback: Callable[[], None]) -> Timer:
        """Do something after some seconds."""

    def say(self, text: str, title: str, severity: Literal["information", "warning", "error"] = "information") -> None:
        """Show a line for a moment. Safe from any thread."""

    def ask_user(self, dialog: Screen[str | None], then: Callable[[str | None], None]) -> None:
        """Show a dialog, and do something with its result."""

    def copy_out(self, text: str, name: str) -> object:
        """Copy a text to the user's own machine."""

    @property
    def awaits_view(self) -> bool:
        """Whether what the keys are for is still to come on the screen in front."""

    def hold_input(self, passing: frozenset[str] = frozenset()) -> None:
        """Hold keys back for the answer that is awaited: they are for what it brings. passing: those that are not."""

    def release_input(self) -> None:
        """Deliver the keys that were held back until the answer."""

    def pause_painting(self, at_most_s: float) -> None:
        """Paint nothing for a moment."""

    def resume_painting(self) -> None:
        """Paint again, if that was paused."""

    def prepare_view(self) -> bool:
        """Draw the next of the views that a key shows, behind the one in front. Returns whether there was one that does
        not show the answer of now."""

    def draw_again(self) -> None:
        """Draw the screen in front again: what is pinned has changed."""

    def list_again(self, goal: Path | None) -> None:
        """Bring the list of profiles up to date, with the cursor on a profile."""

    def leave(self) -> None:
        """End the program."""
