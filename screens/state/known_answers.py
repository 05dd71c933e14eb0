"""The answers on the profiles that were open last: what is opened again is there at once, as long as its file is the
same. Book and options are those of the run."""

from pathlib import Path

from screens.answer import Answer

_MOST = 3  # profiles; half a megabyte each


class KnownAnswers:
    """The last answers on saved profiles, without edits."""

    def __init__(self) -> None:
        self._known: dict[Path, tuple[bytes, Answer]] = {}

    def keep(self, path: Path, content: bytes, answer: Answer) -> None:
        """Remember the answer on the content of a file, in place of the one before; the oldest of too many is
        forgotten. Not kept are parts that depend on more than the profile, and an answer about another of its GPUs than
        the one that is shown first."""
        if answer.joint.parts[answer.joint.costliest] is answer.advice:
            self._known.pop(path, None)
            self._known[path] = content, answer.without("market", "saved")
            if len(self._known) > _MOST:
                del self._known[next(iter(self._known))]

    def last_on(self, path: Path) -> Answer | None:
        """The last answer on a file, which may have changed since."""
        return self._known[path][1] if path in self._known else None

    def on(self, path: Path, content: bytes) -> Answer | None:
        """The answer on a file, if this is its content."""
        known = self._known.get(path)
        return known[1] if known is not None and known[0] == content else None
