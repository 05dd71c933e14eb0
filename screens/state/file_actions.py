"""What is done with files: saving and its conflicts, exports and copies, the list of profiles, and leaving with unsaved
edits. Every question about a file is asked here, again until it is answered."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from advisor.errors import AdvisorError, FolderLockedError, InputError
from advisor.formatting import one_line
from advisor.profiles.store import Entry, free_name, own_folder, unlike_a_path
from screens.answer import Answer
from screens.commands import command_of
from screens.dialogs.questions import ConflictDialog, ExportDialog, NameDialog, ReplaceDialog, UnsavedDialog
from screens.state.answers import AnswerController
from screens.state.exports import export, plain_report, proposed_name, working_folder
from screens.state.host import Host
from screens.state.profile_list import ProfileList
from screens.state.session import Session
from screens.widgets.form import ProfileForm

if TYPE_CHECKING:
    from advisor.profiles.merge import ConflictError


class FileActions:
    """Actions on the files of one session and on the profiles of the list."""

    def __init__(self, host: Host, session: Session, answers: AnswerController, profiles: ProfileList) -> None:
        self._host, self._session, self._answers, self._profiles = host, session, answers, profiles

    # Unsaved edits

    def leave(self) -> None:
        """Quit; unsaved edits are asked about first."""
        self.settle_edits(self._host.leave)

    def settle_edits(self, then: Callable[[], None]) -> None:
        """Go on with `then` once the open profile has no unsaved edits, or they may be dropped; a value that is still
        being typed counts as an edit."""
        self._answers.take_typed(self._host.screen)
        if isinstance(self._host.screen, (UnsavedDialog, ConflictDialog)):
            return
        if not self._session.edited:
            then()
            return

        def decide(choice: str | None) -> None:
            if choice == "discard":
                self._session.drafts.drop()
                then()
            elif choice == "save":
                self.save(then)

        self._host.ask_user(UnsavedDialog(is_new=self._session.entry is None), decide)

    def keep_draft(self) -> str:
        """Write the unsaved edits to their draft, and say what became of them; empty when there are none. Safe from any
        thread."""
        edited, problem = self._session.edited, self._session.draft_writer()()
        if problem:
            return f"unsaved edits are lost: {problem}"
        return "unsaved edits are kept for the next start" if edited else ""

    def keep_all(self) -> str:
        """The program is being ended: keep what is being typed too, and ask nothing."""
        for screen in self._host.screen_stack:
            for typed in filter(None, (form.take_typed() for form in screen.query(ProfileForm))):
                if self._session.profile is not None:
                    with suppress(AdvisorError):
                        self._session.type_value(typed.path, typed.text, typed.label)
        return self.keep_draft()

    # Saving

    def save(self, then: Callable[[], None] = lambda: None) -> None:
        """Save, asking for a name where one is needed, and go on only when it is saved. Where a copy would be all, that
        is another command: a number typed in words may begin with the letter of this one."""
        path = self._session.path_to_save()
        if path is None and not self._session.edited:
            self._host.problem = f"nothing is edited: {command_of('profile.save_as').shown_key} saves a copy of it"
        elif path is None:
            self.save_as(then, self._session.read_only)
        else:
            self._save_over(path, self._session.seen, then)

    def save_as(
        self,
        then: Callable[[], None] = lambda: None,
        problem: str = "",
        tried: str = "",
        folder: Path | None = None,
    ) -> None:
        """Ask for a name, again when it is refused, and save under it: in the profiles folder or, where that is
        read-only or locked by another process, in the user's own."""
        session, there = self._session, folder or self._session.folder_to_save
        if session.profile is None:
            return

        def save(name: str | None) -> None:
            if name is None:
                return
            try:
                path = session.save_as(name, there)
            except FolderLockedError as error:
                self.save_as(then, str(error), name, own_folder())
            except AdvisorError as error:
                self.save_as(then, str(error), name, there)
            else:
                self._saved(str(path), then)

        proposed = tried or unlike_a_path(session.profile.name)
        self._host.ask_user(NameDialog(proposed, _or_a_path(there), problem), save)

    def _save_over(self, path: Path, seen: bytes | None, then: Callable[[], None]) -> None:
        from advisor.profiles.merge import ConflictError  # with the engine, which is there when something can be saved

        try:
            self._session.save(path, seen)
        except ConflictError as conflict:
            self._settle_conflict(path, conflict, then)
        except FolderLockedError as error:
            self.save_as(then, f"Not saved. {error}", folder=own_folder())
        except AdvisorError as error:
            self._host.say(one_line(str(error)), "Not saved", "error")
        else:
            self._saved(str(path), then)

    def _settle_conflict(self, path: Path, conflict: "ConflictError", then: Callable[[], None]) -> None:
        """The file was saved by another program meanwhile: show where both differ, and do what the user chooses."""

        def decide(choice: str | None) -> None:
            if choice == "mine":
                self._save_over(path, conflict.content, then)
            elif choice == "theirs" and self._session.entry is not None:
                self._answers.open(self._session.entry)
                then()
            elif choice == "save_as":
                self.save_as(then)

        differences = [difference.sentence for difference in conflict.differences]
        self._host.ask_user(ConflictDialog(conflict.found, differences, can_take=conflict.theirs is not None), decide)

    def _saved(self, path: str, then: Callable[[], None]) -> None:
        self._host.say(one_line(path), "Saved")
        self._answers.log_next()
        self._answers.ask(self._session.profile)
        then()

    # Copies and exports

    def copy_verdict(self) -> None:
        """Copy the verdict's report."""
        if self._host.answer is not None:
            self._host.copy_out(plain_report(self._session, self._host.answer), "verdict")

    def copy_text(self, text: str, name: str) -> None:
        """Copy a text that a screen shows. name: of the file that it is also written to."""
        self._host.copy_out(text, name)

    def export(self, what: str) -> None:
        """Ask where to write the memo or the comparison, once the answer that is shown is the current one."""
        self._host.problem = ""
        answer = self._answers.current("x")
        if answer is not None:
            self._ask_where(what, answer, proposed_name(self._session, what))

    def _ask_where(self, what: str, answer: Answer, name: str, problem: str = "") -> None:
        def write(chosen: str | None) -> None:
            if chosen is not None:
                self._write_export(what, answer, chosen, over=False)

        self._host.ask_user(ExportDialog(what, name, working_folder(), problem), write)

    def _write_export(self, what: str, answer: Answer, name: str, *, over: bool) -> None:
        """Write it; a file that exists is asked about, and what cannot be written says why and asks again."""

        def write() -> None:
            from advisor.reports.export_file import TakenError

            try:
                path = export(self._session, what, answer, name, over=over)
            except TakenError:
                self._host.run_on_ui(partial(self._ask_to_replace, what, answer, name))
            except AdvisorError as error:
                self._host.run_on_ui(partial(self._ask_where, what, answer, name, one_line(str(error))))
            else:
                self._host.say(one_line(str(path)), f"Exported the {what}")

        self._host.run_in_thread(write, "export")

    def _ask_to_replace(self, what: str, answer: Answer, name: str) -> None:
        def decide(choice: str | None) -> None:
            if choice == "replace":
                self._write_export(what, answer, name, over=True)
            elif choice == "another":
                self._ask_where(what, answer, name)

        self._host.ask_user(ReplaceDialog(one_line(name)), decide)

    # The list of profiles; seen: the fingerprint of what the user saw of a profile, name: what the list calls it

    def rename(self, entry: Entry, seen: str, name: str) -> None:
        """Ask for another name of a profile."""
        rename = partial(self._profiles.rename, entry, seen)
        self._ask_name("Rename this profile to", "Renamed", name, str(entry.path.parent), rename)

    def duplicate(self, entry: Entry, name: str) -> None:
        """Ask for the name of a copy of a profile or sample."""
        folder = self._profiles.folder_to_save
        duplicate = partial(self._profiles.duplicate, entry)
        self._ask_name("Save a copy as", "Copied", free_name(name, folder), _or_a_path(folder), duplicate)

    def delete(self, entry: Entry, seen: str, name: str) -> None:
        """Move a profile to the trash."""
        self._change("Deleted", partial(self._profiles.delete, entry, seen), f"{name}: z restores it")

    def restore_deleted(self) -> None:
        """Restore the profile that was deleted last."""
        self._host.problem = ""
        self._change("Restored", self._profiles.restore_deleted)

    def _ask_name(
        self, question: str, done: str, name: str, place: str, use: Callable[[str], Path], problem: str = ""
    ) -> None:
        """Ask for a name, and do something with it; a name that is refused is asked for again."""

        def go_on(given: str | None) -> None:
            if given is not None:
                again = partial(self._ask_name, question, done, given, place, use)
                self._change(done, partial(use, given), again=again)

        self._host.problem = ""
        self._host.ask_user(NameDialog(name, place, problem, question), go_on)

    def _change(
        self, title: str, change: Callable[[], Path | None], note: str = "", again: Callable[[str], None] | None = None
    ) -> None:
        """Change something on disk, and say so. again: asks for another name when the one given is refused."""

        def work() -> None:
            try:
                path = change()
            except AdvisorError as error:
                ask_again = again if type(error) is InputError else None
                self._host.run_on_ui(partial(self._refused, str(error), ask_again))
            else:
                self._host.say(one_line(note or str(path)), title)
                self._host.run_on_ui(partial(self._host.list_again, path))

        self._host.run_in_thread(work, "profiles")

    def _refused(self, reason: str, again: Callable[[str], None] | None) -> None:
        if again is not None and self._host.at_home:
            again(reason)
            return
        self._host.problem = reason
        self._host.list_again(None)


def _or_a_path(folder: Path) -> str:
    return f"{folder}, or type a path"
