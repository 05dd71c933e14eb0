"""What the screens need of the app: they are made with it and typed against this, not against the app itself."""

from typing import TYPE_CHECKING, Protocol

from advisor.profiles.store import Entry
from screens.answer import Answer
from screens.state.answers import AnswerController
from screens.state.file_actions import FileActions
from screens.state.host import Watched
from screens.state.list_reader import ListReader
from screens.state.profile_list import ProfileList
from screens.state.session import Session
from screens.state.variant_actions import VariantActions

if TYPE_CHECKING:
    from advisor.profiles.schema import FieldPath


class Navigation(Protocol):
    """The way to another screen."""

    def open_entry(self, entry: Entry) -> None:
        """Show a profile, its verdict first."""

    def show_view(self, view: str) -> None:
        """Show another view of the open profile."""

    def show_field(self, index: int) -> None:
        """Show the verdict, with the cursor of its form on a value."""

    def show_home(self) -> None:
        """Show the list of profiles instead of the screen in front; no profile is open then."""

    def show_verdict(self) -> None:
        """Show the verdict on the open profile."""

    def take_plan(self, nodes: float, months: float) -> None:
        """Take another size and length as an edit, and show its verdict."""

    def open_number(self, number: str) -> None:
        """Open a number of the answer that is shown."""

    def open_numbers(self, field: "FieldPath | None" = None, answer: Answer | None = None) -> None:
        """List the numbers of an answer, the one that is shown unless given; that of a field of the form first."""


class AppPort(Watched, Protocol):
    """What is known, who answers, saves and reads the list, and the way to another screen."""

    session: Session
    answers: AnswerController
    files: FileActions
    variants: VariantActions
    profiles: ProfileList
    list_reader: ListReader

    def release_input(self) -> None:
        """Deliver the keys that were held back until this view is drawn."""

    @property
    def navigation(self) -> Navigation:
        """The way to another screen."""
