"""What is done with variants: pinned, named, removed, compared with, and answered again after a restart."""

from collections.abc import Sequence
from functools import partial

from advisor.errors import AdvisorError
from screens.answer import Answer
from screens.state.answers import AnswerController
from screens.state.host import Host
from screens.state.kept_state import printable_name
from screens.state.session import Session
from screens.state.variants import MOST, Variant


class VariantActions:
    """Actions on the variants of one session; each is remembered at once."""

    def __init__(self, host: Host, session: Session, answers: AnswerController) -> None:
        self._host, self._session, self._answers = host, session, answers

    def pin(self) -> None:
        """Pin the answer that is shown, once it is the current one."""
        self._host.problem = ""
        answer = self._answers.current("p")
        if answer is None:
            return
        if self._session.pin(answer):
            self._host.note = "pinned: c shows it beside what you try next"
            self._changed()
        elif answer.profile in self._session.variants:
            self._host.problem = "this profile is pinned already"
        else:
            self._host.problem = f"{MOST} are pinned already: Del removes one on Compare"

    def remove(self, variant: Variant) -> None:
        """Compare a variant no more."""
        self._session.variants.remove(variant)
        self._changed()

    def rename(self, variant: Variant, name: str) -> None:
        """Give a variant another name."""
        variant.name = printable_name(name)
        self._changed()

    def compare_with(self, baseline: Variant | None) -> None:
        """Compare all others with this variant; None: with the open profile."""
        self._session.variants.baseline = baseline
        self._changed()

    def _changed(self) -> None:
        self._host.run_in_thread(self._session.state_keeper(), "state")
        self._host.draw_again()

    def answer_all(self) -> None:
        """Have those answered that were remembered from an earlier run."""
        unanswered = [one for one in self._session.variants if one.answer is None]
        if unanswered:
            self._host.run_in_thread(partial(self._answer, unanswered), "variants", exclusive=True)

    def _answer(self, variants: Sequence[Variant]) -> None:
        """Runs in a thread: it changes nothing here and posts its results to the UI thread."""
        for one in variants:
            try:
                answer = self._session.engine.answer(one.profile)
            except AdvisorError as error:  # another book, in which it has no price
                self._host.run_on_ui(partial(self._lose, one, str(error)))
            else:
                self._host.run_on_ui(partial(self._take, one, answer))

    def _take(self, variant: Variant, answer: Answer) -> None:
        variant.answer = answer
        self._host.draw_again()

    def _lose(self, variant: Variant, reason: str) -> None:
        self._session.variants.remove(variant)
        self._host.problem = reason
        self._host.draw_again()
