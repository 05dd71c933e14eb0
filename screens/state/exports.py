"""Reports of an answer as text and as files: the memo on the open profile, or its comparison with the pinned ones."""

from pathlib import Path
from typing import TYPE_CHECKING

from advisor.formatting import one_line
from advisor.profiles.store import file_name
from screens.answer import Answer
from screens.state.session import Session

if TYPE_CHECKING:
    from advisor.reports.board_memo import RunOptions


def plain_report(session: Session, answer: Answer) -> str:
    """An answer as the plain report."""
    from advisor.reports.joint.joint_text import joint_report

    return joint_report(answer.joint, session.today)


def proposed_name(session: Session, what: str) -> str:
    """A name to export under, in the working directory."""
    stem = Path(file_name(session.profile.name if session.profile else "")).stem
    return f"{stem}-compared.md" if what == "comparison" else f"{stem}.md"


def working_folder() -> str:
    """The working directory, which may have been removed meanwhile."""
    try:
        return one_line(str(Path.cwd()))
    except OSError:
        return "."


def export(session: Session, what: str, answer: Answer, name: str, *, over: bool) -> Path:
    """Write the memo on an answer, or the comparison, in the format that the name ends in. Slow enough to stay off the
    UI thread.

    Args:
        session: The open profile and what is pinned.
        what: "memo" or "comparison".
        answer: The answer to write.
        name: The file, relative to the working directory.
        over: Whether a file that exists is replaced.

    Returns:
        Where the file is.

    Raises:
        TakenError: There is such a file, and `over` is False.
        SaveError: The file cannot be written.
    """
    from advisor.reports.export_file import format_of, write_report
    from advisor.reports.write_as import advice_as, comparison_as

    path = Path(name).expanduser() if name.startswith("~/") else Path(name)
    form, settings = format_of(path), _settings(session)
    if what == "comparison":
        joints = [one.joint for one in (answer, *(theirs for _, theirs in session.variants.answered))]
        own_name = f"{answer.profile.name}{session.unsaved_words}"
        text = comparison_as(form, session.engine.columns(answer, session.variants, own_name), joints, settings)
    else:
        own = session.entry.path if session.entry is not None and not session.entry.sample else None
        text = advice_as(form, answer.joint, settings, own)
    write_report(path, text, over=over)
    return path.absolute()


def _settings(session: Session) -> "RunOptions":
    from advisor.reports.board_memo import RunOptions

    request = session.request
    return RunOptions(session.today, request.paths, request.seed, "" if request.book is None else request.book.name)
