"""Asking the engine about the open profile, off the UI thread: the newest request counts, an older one is dropped."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual.screen import Screen
from textual.timer import Timer
from textual.worker import get_current_worker

from advisor.errors import AdvisorError
from advisor.formatting import one_line
from advisor.profiles.store import Entry, LoadedProfile
from screens.answer import Answer
from screens.state.drafts import Draft
from screens.state.host import Host
from screens.state.kept_state import KeptState, kept_state
from screens.state.known_answers import KnownAnswers
from screens.state.preload import Preload
from screens.state.session import Session
from screens.state.variants import Variant
from screens.widgets.form import ProfileForm

if TYPE_CHECKING:
    from advisor.profiles.schema import FieldPath, Kind, Profile

_SHORTER = 4  # the pause from view to view, in which a key is taken
_IDLE_S = 0.2  # without a request: then what the views a key away show is calculated, a part at a time
STILL = "still calculating: "
_AHEAD = ("deeper", "use", "map")
_DRAFT_AGAIN_S = 5.0  # after a draft could not be written


class AnswerController:
    """Turns edits of the session into requests, and puts the newest answer, or why there is none, into the app."""

    def __init__(self, host: Host, session: Session) -> None:
        self._host, self._session, self.idle_s = host, session, _IDLE_S
        self._request_id = 0
        self._log_next = False
        self._idle_timer: Timer | None = None
        self._completing: tuple[Answer, str, int] | None = None
        self._draft_problem = ""
        self._draft_timer: Timer | None = None
        self._known = KnownAnswers()

    def begin_request(self) -> int:
        """Make all requests before this one obsolete. Returns its id."""
        self._request_id += 1
        self._host.problem = self._host.note = ""
        self._host.waiting = True
        return self._request_id

    def ask(self, profile: "Profile | None") -> None:
        """Ask the engine about the open profile after an edit; nothing when there was none to undo."""
        if profile is not None:
            self._run(partial(self._answer, profile, self.begin_request()))

    def open(self, entry: Entry, preload: Preload | None = None) -> None:
        """Read a profile's file and answer it. preload: shows a verdict of its own before the engine starts here."""
        request_id = self.begin_request()
        read = partial(self._run, partial(self._read_and_answer, entry, request_id))
        if preload is None:
            read()
        else:
            preload.show(self._host, read)

    def last_on(self, path: Path) -> Answer | None:
        """The last answer on a saved profile that was open in this run; its file may have changed since."""
        return self._known.last_on(path)

    def restore(self, draft: Draft) -> None:
        """Read a draft and answer it."""
        self._run(partial(self._read_draft_and_answer, draft, self.begin_request()))

    def start_new(self, kind: "Kind") -> None:
        """Start a new profile of a kind; it is answered at once from its defaults."""
        self._host.answer = None
        self._host.hold_input()
        self.ask(self._session.start_new(kind))

    def start(self, profile: "Profile") -> None:
        """Start with a profile that is in no file yet."""
        self.ask(self._session.start(profile))

    def edit(self, path: "FieldPath", text: str, label: str = "") -> bool:
        """Set a value of the open profile; a value that is not allowed is reported, by its label or that of the form,
        and changes nothing. Returns whether it is allowed."""
        return self._try(lambda: self._session.type_value(path, text, label))

    def take_typed(self, screen: Screen[Any]) -> None:
        """Set the value that is still being typed on a screen."""
        for typed in filter(None, (form.take_typed() for form in screen.query(ProfileForm))):
            self.edit(typed.path, typed.text, typed.label)

    def nudge(self, path: "FieldPath", steps: int) -> None:
        """Move a value of the open profile."""
        before = self._session.profile

        def nudged() -> "Profile | None":
            after = self._session.nudge_value(path, steps)
            return None if after == before else after

        self._try(nudged)

    def set_plan(self, nodes: float, months: float) -> bool:
        """Give the open profile another size and length. Returns whether that is allowed."""
        return self._try(lambda: self._session.set_plan(nodes, months))

    def add_offers(self, profile: "Profile") -> None:
        """Add offers that were read to the open profile."""
        self._try(lambda: self._session.add_offers(profile))

    def keep_offers(self, gpu: str, kept: Callable[[int], bool]) -> None:
        """Keep some of the open profile's offers of one GPU, by their numbers among those."""
        self._try(lambda: self._session.keep_offers(gpu, kept))

    def _try(self, edit: "Callable[[], Profile | None]") -> bool:
        if self._session.profile is None:  # a preloaded verdict, whose engine is very slow or has failed
            if self._host.waiting:
                self._host.problem = f"{STILL}try again in a moment"
            return False
        try:
            self.ask(edit())
        except AdvisorError as error:
            self._host.problem = str(error)
            return False
        return True

    def undo(self) -> None:
        """The profile before the last edit."""
        self.ask(self._session.undo())

    def redo(self) -> None:
        """The edit again that was undone."""
        self.ask(self._session.redo())

    def revert(self) -> None:
        """Take all edits back."""
        session = self._session
        if session.saved_profile is not None and session.edited:
            self.ask(session.change(session.saved_profile))

    def take_variant(self, profile: "Profile") -> None:
        """Take a pinned variant as an edit of the open profile."""
        if self._session.profile is not None and profile.name == self._session.profile.name:
            self.ask(self._session.change(profile))
        else:
            self._host.problem = "pinned from another profile: open that first"

    def try_number(self, number: str, answer: Answer | None = None) -> None:
        """Take the value of a number as an edit; the verdict follows. answer: the one that the number is of, the one
        that is shown unless given."""
        current = self.current("t")
        if current is None:
            return
        try:
            profile, edit = self._session.engine.tried(answer or current, number)
        except AdvisorError as error:
            self._host.problem = str(error)
        else:
            self.take_variant(profile)
            self._host.note = "" if self._host.problem else f"tried {edit}: z undoes it"

    def current(self, key: str, parts: tuple[str, ...] = ()) -> Answer | None:
        """The answer to the newest request, with some parts; without it, or one of them, the problem line names the key
        to press again."""
        answer = self._host.answer
        if answer is None or self._host.waiting or answer.lacks(parts):
            self._host.problem = f"{STILL}{key} again in a moment"
            return None
        return answer

    def turn_market(self, steps: int) -> None:
        """Show the market of another GPU or tier."""
        if self._host.answer is not None:
            self._session.turn_market(self._host.answer, steps)
            self._compute_again("market")

    def turn_gpu(self) -> None:
        """Show the next GPU of a plan on several."""
        answer = self.current("N")
        if answer is None:
            return
        if answer.together is None:
            self._host.problem = "all of this work is on one GPU"
            return
        turned = self._session.engine.on_gpu(answer, answer.advice.gpu.id, 1)
        self._session.gpu, self._session.market = turned.advice.gpu.id, None
        self._host.answer = turned
        self.complete()

    def _compute_again(self, part: str) -> None:
        """Compute a part of the answer once more; the screen keeps the old one until it is there."""
        if self._host.answer is not None:
            self._host.answer = self._host.answer.without(part)
            self.complete()

    def complete(self) -> None:
        """Compute the next part that the screen in front needs and the answer lacks."""
        answer = self._host.answer
        if answer is not None and not self._host.waiting:
            for part in answer.lacks(self._host.needed_parts)[:1]:
                self._add(answer, part)

    def _add(self, answer: Answer, part: str) -> None:
        """Compute a part of an answer, unless that is under way for the newest request, since what was computed for
        another is dropped; one that is needed no more is canceled."""
        asked = answer, part, self._request_id
        if self._completing != asked:
            self._completing = asked
            work = partial(self._complete, *asked)
            self._host.run_in_thread(work, "parts", exclusive=True)

    def _go_on_when_idle(self) -> None:
        """When nothing is asked for a moment: calculate and put views together ahead, and once that is done load what
        an edit needs and return memory to the system."""
        self._idle_after(self.idle_s)

    def _idle_after(self, seconds: float) -> None:
        if self._idle_timer is not None:
            self._idle_timer.stop()
        self._idle_timer = self._host.set_timer(seconds, self._idle)

    def _idle(self) -> None:
        answer = self._host.answer
        ahead = () if answer is None or self._host.waiting else answer.lacks(_AHEAD)
        if answer is not None and ahead:
            self._add(answer, ahead[0])
        elif answer is not None and self._host.prepare_view():
            self._idle_after(self.idle_s / _SHORTER)
        else:
            self._host.run_in_thread(self._session.engine.rest, "memory")

    def log_next(self) -> None:
        """Write the next answer to the track record: it is the verdict on what was just saved."""
        self._log_next = True

    # What runs in a thread: it changes nothing here and posts its result to the UI thread.

    def _run(self, work: Callable[[], None]) -> None:
        self._host.run_in_thread(work, "advice", exclusive=True)

    def _complete(self, answer: Answer, part: str, request_id: int) -> None:
        completed = self._session.engine.completed(answer, part, self._session.market)
        if not get_current_worker().is_cancelled:
            self._host.run_on_ui(partial(self.receive, completed, request_id))

    def _read_and_answer(self, entry: Entry, request_id: int) -> None:
        try:
            loaded = self._session.read(entry)
            state = kept_state(entry.path)
            variants = self._session.engine.read_variants(state, entry.path)
        except AdvisorError as error:
            self._host.run_on_ui(partial(self._fail, str(error), request_id))
            return
        self._host.run_on_ui(partial(self._keep_profile, entry, loaded, (state, variants), request_id))
        known = self._known.on(entry.path, loaded.content)
        if known is None:
            self._answer(loaded.profile, request_id)
        else:
            self._host.run_on_ui(partial(self.receive, known, request_id))

    def _read_draft_and_answer(self, draft: Draft, request_id: int) -> None:
        try:
            profile, saved = self._session.read_draft(draft)
        except AdvisorError as error:
            self._host.run_on_ui(partial(self._fail, str(error), request_id))
            return
        self._host.run_on_ui(partial(self._keep_restored, draft, profile, saved, request_id))
        self._answer(profile, request_id)

    def _answer(self, profile: "Profile", request_id: int) -> None:
        try:
            answer = self._session.engine.answer(profile)
            answer = self._session.engine.on_gpu(answer, self._session.gpu)
        except AdvisorError as error:
            self._host.run_on_ui(partial(self._fail, str(error), request_id))
            return
        if not get_current_worker().is_cancelled:
            self._host.run_on_ui(partial(self.receive, answer, request_id))

    def _log(self, answer: Answer) -> None:
        try:
            self._session.engine.log(answer)
        except AdvisorError as error:
            self._host.say(str(error), "Not in the record", "warning")
        else:
            self._host.run_on_ui(partial(self._compute_again, "saved"))

    # What receives the results, on the UI thread; one of an older request is dropped.

    def _keep_profile(
        self,
        entry: Entry,
        loaded: LoadedProfile,
        remembered: tuple[KeptState, Sequence[Variant | None]],
        request_id: int,
    ) -> None:
        if request_id == self._request_id:
            self._session.take(entry, loaded)
            self._session.recall(*remembered)
            if self._session.read_only:
                self._host.say(one_line(self._session.read_only), "Read-only")

    def _keep_restored(self, draft: Draft, profile: "Profile", saved: LoadedProfile | None, request_id: int) -> None:
        if request_id == self._request_id:
            self._session.take_draft(draft, profile, saved)

    def receive(self, answer: Answer, request_id: int) -> None:
        """Show an answer, or an answer with one more part."""
        if request_id == self._request_id:
            self._host.waiting = False
            self._host.answer = answer.with_preloaded(self._host.preloaded)
            if self._host.problem.startswith(STILL) and not answer.lacks(self._host.needed_parts):
                self._host.problem = ""
            self._keep_known()
            self.keep_draft()
            if self._log_next:
                self._log_next = False
                self._host.run_in_thread(partial(self._log, answer), "log")
            self.complete()
            if not self._host.awaits_view:
                self._host.release_input()
            self._go_on_when_idle()

    def _keep_known(self) -> None:
        session, answer = self._session, self._host.answer
        if answer is not None and session.entry is not None and session.seen is not None and not session.edited:
            self._known.keep(session.entry.path, session.seen, answer)

    def keep_draft(self) -> None:
        """Write the unsaved edits to their draft, so that not even a kill loses one; again later when that fails."""
        self._draft_timer = None
        write = self._session.draft_writer()
        self._host.run_in_thread(lambda: self._host.run_on_ui(partial(self._draft_written, write())), "draft")

    def _draft_written(self, problem: str) -> None:
        """Say that the work is not kept, as soon as that is known and as long as it is so."""
        before, self._draft_problem = self._draft_problem, problem
        if problem:
            self._host.note = f"edits not kept: {problem}"
            if not before:
                self._host.say(f"{one_line(problem)}; trying again", "Unsaved edits are not kept", "error")
            if self._draft_timer is None:
                self._draft_timer = self._host.set_timer(_DRAFT_AGAIN_S, self.keep_draft)
        elif before:
            self._host.note = "unsaved edits are kept again" if self._session.edited else ""

    def _fail(self, reason: str, request_id: int) -> None:
        if request_id == self._request_id:
            self.keep_draft()
            self.give_up(reason)

    def give_up(self, reason: str) -> None:
        """Report why there is no answer; the last one stays, a preloaded one does not."""
        self._host.waiting = False
        if self._host.answer is None:
            self._host.preloaded = None
        self._host.problem = reason
        self.complete()  # what was computed for the request before is dropped
        self._host.release_input()
