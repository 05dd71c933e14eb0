"""Reading the profiles of the list in the background: their lines, a few at a time, and the verdict on the one under
the cursor."""

from collections.abc import Callable
from functools import partial

from textual.worker import get_current_worker

from advisor.errors import AdvisorError
from advisor.profiles.store import Entry
from screens.answer import AnswerView
from screens.state.answers import AnswerController
from screens.state.engine import Engine
from screens.state.host import Host
from screens.state.profile_list import ProfileList, ProfileSummary


class ListReader:
    """What is known of the profiles of the list.

    Attributes:
        summaries: Their lines, by path.
        previews: The verdicts on those that were under the cursor; None where there is none.
    """

    def __init__(self, host: Host, profiles: ProfileList, engine: Engine, answers: AnswerController) -> None:
        self._host, self._profiles, self._engine, self._answers = host, profiles, engine, answers
        self.summaries: dict[str, ProfileSummary] = {}
        self.previews: dict[ProfileSummary, AnswerView | None] = {}

    def read_summaries(self, next_ones: Callable[[], list[Entry]], then: Callable[[], None]) -> None:
        """Read and evaluate profiles of the list, a few at a time, as `next_ones` names them; `then` is called when
        some of them are new."""
        self._host.run_in_thread(partial(self._read_summaries, next_ones, then), "list", exclusive=True)

    def _read_summaries(self, next_ones: Callable[[], list[Entry]], then: Callable[[], None]) -> None:
        worker = get_current_worker()
        while not worker.is_cancelled and (entries := next_ones()):
            try:
                found = {str(entry.path): self._profiles.summary(entry) for entry in entries}
            except AdvisorError as error:
                self._host.run_on_ui(partial(self._answers.give_up, str(error)))
                return
            new = {path: one for path, one in found.items() if self.summaries.get(path) is not one}
            if new:
                self._host.run_on_ui(partial(self._keep_summaries, new, then))

    def _keep_summaries(self, found: dict[str, ProfileSummary], then: Callable[[], None]) -> None:
        self.summaries.update(found)
        then()

    def read_previews(self, next_one: Callable[[], ProfileSummary | None], then: Callable[[], None]) -> None:
        """Have the verdicts computed on the profiles that `next_one` names, one after another."""
        self._host.run_in_thread(partial(self._read_previews, next_one, then), "preview")

    def _read_previews(self, next_one: Callable[[], ProfileSummary | None], then: Callable[[], None]) -> None:
        worker = get_current_worker()
        while not worker.is_cancelled and (one := next_one()) is not None:
            try:
                self.previews[one] = self._engine.preview(one.entry)
            except AdvisorError:
                self.previews[one] = None  # its line says what is wrong once it is read again
        self._host.run_on_ui(then)
