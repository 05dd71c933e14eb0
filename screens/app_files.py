"""The app as far as nothing may be lost: saving, conflicts with what others saved, exports, and leaving with unsaved
edits."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from textual import work

from advisor.errors import AdvisorError, ExitCode
from advisor.formatting import one_line
from screens.app_answers import AskingApp
from screens.dialogs.questions import ConflictDialog, ExportDialog, NameDialog, ReplaceDialog, UnsavedDialog
from screens.state.session import Answer
from screens.widgets.form import ProfileForm

if TYPE_CHECKING:
    from advisor.profiles.merge import ConflictError


class SavingApp(AskingApp):
    """Every question about a file is asked here, again until it is answered."""

    def action_copy_verdict(self) -> None:
        """Copy the verdict's report, and say where it went."""
        self.when_answered(self._copy_verdict)

    def _copy_verdict(self) -> None:
        if self.answer is not None:
            self.copy_out(self.session.report(self.answer), "verdict")

    def export(self, what: str) -> None:
        """Ask where to write the memo or the comparison, once the answer that is shown is the current one."""
        self.problem = ""
        if self.answer is None or self.waiting:
            self.problem = "still reckoning: x again in a moment"
        else:
            self._ask_where(what, self.answer, self.session.export_name(what))

    def _ask_where(self, what: str, answer: Answer, name: str, problem: str = "") -> None:
        def write(chosen: str | None) -> None:
            if chosen is not None:
                self._write_export(what, answer, chosen, over=False)

        self.push_screen(ExportDialog(what, name, self.session.export_folder(), problem), write)

    @work(thread=True, group="export", exit_on_error=False)
    def _write_export(self, what: str, answer: Answer, name: str, *, over: bool) -> None:
        """Write it; a file that is there is asked about, and what cannot be written says why and asks again."""
        from advisor.reports.export_file import TakenError

        try:
            path = self.session.export(what, answer, name, over=over)
        except TakenError:
            self.call_from_thread(self._ask_to_replace, what, answer, name)
        except AdvisorError as error:
            self.call_from_thread(self._ask_where, what, answer, name, one_line(str(error)))
        else:
            self.call_from_thread(self.notify, one_line(str(path)), title=f"Exported the {what}", markup=False)

    def _ask_to_replace(self, what: str, answer: Answer, name: str) -> None:
        def decide(choice: str | None) -> None:
            if choice == "replace":
                self._write_export(what, answer, name, over=True)
            elif choice == "another":
                self._ask_where(what, answer, name)

        self.push_screen(ReplaceDialog(one_line(name)), decide)

    def action_leave(self) -> None:
        """Quit; unsaved edits are asked about first."""
        self.settle_edits(lambda: self.exit(ExitCode.DONE))

    def settle_edits(self, then: Callable[[], None]) -> None:
        """Go on with `then` once the open profile has no unsaved edits, or they may be dropped; what is still being
        typed counts as an edit."""
        for form in self.screen.query(ProfileForm):
            typed = form.take_typed()
            if typed is not None:
                self.edit(typed.path, typed.text)
        if isinstance(self.screen, (UnsavedDialog, ConflictDialog)):
            return
        if self.looks_ahead and self._held:  # there may be edits among it
            self.when_answered(lambda: self.settle_edits(then))
            return
        if not self.session.edited:
            then()
            return

        def decide(choice: str | None) -> None:
            if choice == "discard":
                self.session.drafts.drop()
                then()
            elif choice == "save":
                self.save_then(then)

        self.push_screen(UnsavedDialog(), decide)

    def save_then(self, done: Callable[[], None]) -> None:
        """Save, asking for a name where one is needed, and go on only when it is saved."""
        path = self.session.path_to_save()
        if path is None:
            self.save_as_then(done, self.session.read_only)
            return
        self._save_over(path, self.session.seen, done)

    def _save_over(self, path: Path, seen: bytes | None, done: Callable[[], None]) -> None:
        from advisor.profiles.merge import ConflictError  # with the engine, which is there when something can be saved

        try:
            self.session.save(path, seen)
        except ConflictError as conflict:
            self._settle_conflict(path, conflict, done)
        except AdvisorError as error:
            self.notify(one_line(str(error)), title="Not saved", severity="error", markup=False)
        else:
            self._saved(str(path), done)

    def _settle_conflict(self, path: Path, conflict: "ConflictError", done: Callable[[], None]) -> None:
        """Somebody else saved meanwhile: show where both differ, and do what the founder says."""

        def decide(choice: str | None) -> None:
            if choice == "mine":
                self._save_over(path, conflict.content, done)
            elif choice == "theirs" and self.session.entry is not None:
                self._next_question()
                self._open_and_ask(self.session.entry, self._asked)
                done()
            elif choice == "save_as":
                self.save_as_then(done)

        shown = [difference.sentence for difference in conflict.differences]
        self.push_screen(ConflictDialog(conflict.found, shown, can_take=conflict.theirs is not None), decide)

    def save_as_then(self, done: Callable[[], None], problem: str = "", tried: str = "") -> None:
        """Ask for a name, again when it cannot be had, and save under it."""
        session = self.session
        if session.profile is None:
            return

        def save_as(name: str | None) -> None:
            if name is None:
                return
            try:
                path = session.save_as(name)
            except AdvisorError as error:
                self.save_as_then(done, str(error), name)
                return
            self._saved(str(path), done)

        self.push_screen(NameDialog(tried or session.profile.name, str(session.folder_to_save), problem), save_as)

    def _saved(self, path: str, done: Callable[[], None]) -> None:
        self.notify(one_line(path), title="Saved", markup=False)
        self._log_next = True  # the verdict on what was saved, as soon as it is there
        if self.session.profile is not None:
            self.ask(self.session.profile)
        done()
