"""What is known of the profiles in the list: each is read and evaluated in a thread. Which ones is chosen on the UI
thread, where the widgets are."""

from collections.abc import Callable, Sequence
from functools import partial

from advisor.errors import AdvisorError
from advisor.profiles.store import Entry
from screens.answer import AnswerView
from screens.state.answers import AnswerController
from screens.state.host import Host
from screens.state.profile_list import ProfileList, ProfileSummary
from screens.state.session import Session


class ListReader:
    """The lines of the list by path, and the verdicts beside it, as far as they are known. On the UI thread."""

    def __init__(self, host: Host, session: Session, answers: AnswerController, profiles: ProfileList) -> None:
        self._host, self._session, self._answers, self._profiles = host, session, answers, profiles
        self.summaries: dict[str, ProfileSummary] = {}
        self.previews: dict[ProfileSummary, AnswerView | None] = {}
        self._reading = False

    def read(self, next_ones: Callable[[], list[Entry]], changed: Callable[[], None]) -> None:
        """Read and evaluate profiles, a few at a time. next_ones: names the next few; changed: called when more is
        known. Another list takes the place of the one that is being read."""
        self._next_ones, self._changed = next_ones, changed
        if not self._reading:
            self._read_more()

    def _read_more(self) -> None:
        entries = self._next_ones()
        self._reading = bool(entries)
        if entries:
            self._host.run_in_thread(partial(self._read, entries), "list")

    def _read(self, entries: Sequence[Entry]) -> None:
        """Runs in a thread: it posts its results to the UI thread."""
        try:
            found = [self._profiles.summary(entry) for entry in entries]
        except AdvisorError as error:
            self._host.run_on_ui(partial(self._give_up, str(error)))
        else:
            self._host.run_on_ui(partial(self._keep, found))

    def _keep(self, found: Sequence[ProfileSummary]) -> None:
        new = {path: one for one in found if self.summaries.get(path := str(one.entry.path)) is not one}
        if new:
            self.summaries.update(new)
            self._changed()
        self._read_more()

    def _give_up(self, problem: str) -> None:
        self._reading = False
        self._answers.give_up(problem)

    def preview(self, one: ProfileSummary, then: Callable[[], None]) -> None:
        """Have the verdict on a profile computed. then: called once it is known."""
        self._host.run_in_thread(partial(self._preview, one, then), "preview")

    def _preview(self, one: ProfileSummary, then: Callable[[], None]) -> None:
        """Runs in a thread: it posts its result to the UI thread."""
        try:
            known = self._session.engine.preview(one.entry)
        except AdvisorError:
            known = None  # its line says what is wrong once it is read again
        self._host.run_on_ui(partial(self._keep_preview, one, known, then))

    def _keep_preview(self, one: ProfileSummary, known: AnswerView | None, then: Callable[[], None]) -> None:
        self.previews[one] = known
        then()
