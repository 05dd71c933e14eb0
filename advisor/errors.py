"""The errors of the program: each is one clear line and has an exit code.

AdvisorError
├── ChangedError    the answer to a saved question is another one today             (exit 4)
└── InputError      an input is wrong: where, what was found, what is allowed   (exit 1)
    └── SaveError   a file could not be written; nothing was changed            (exit 1)
        └── ConflictError (advisor.profiles.merge)   another process saved meanwhile  (exit 1)

A command line that cannot be understood exits with 2, with its own line.
"""

from collections.abc import Iterable
from enum import IntEnum

UNKNOWN_KEY = "an unknown key"
_LONGEST_COMPARED = 80  # characters; comparing takes time that grows with the square


class ExitCode(IntEnum):
    """The exit codes scripts may rely on."""

    DONE = 0
    INPUT = 1
    USAGE = 2
    INTERNAL = 3
    CHANGED = 4


class AdvisorError(Exception):
    """An error that the user can understand and fix; `str()` is the line to print."""

    exit_code: ExitCode = ExitCode.INTERNAL


class ChangedError(AdvisorError):
    """The answer to a saved question is another one today, for scripts that watch for it."""

    exit_code = ExitCode.CHANGED


class InputError(AdvisorError):
    """An input is wrong.

    Attributes:
        where: file, line and field.
        found: what is there.
        allowed: what may be there.
        field: the path to the field within its file, so that a caller who knows the file can add the line.
    """

    exit_code = ExitCode.INPUT

    def __init__(self, where: str, found: str, allowed: str, field: tuple[int | str, ...] = ()) -> None:
        self.where = where
        self.field = field
        self.found = found
        self.allowed = allowed
        super().__init__(f"{where}: found {found}; allowed: {allowed}")


class SaveError(InputError):
    """A file could not be written; its old content is unchanged."""


class FolderLockedError(SaveError):
    """A file could not be written because another process holds the lock of its folder."""


def reason_of(error: object) -> str:
    """What the system says of an error, without a path: `permission denied`."""
    return str(getattr(error, "strerror", None) or error).lower()


def nearest(word: str, choices: Iterable[str], most: int = 3, least_alike: float | None = None) -> str:
    """A phrase with the choices closest to `word`; when none is close, with all of them.

    Without `least_alike`, 0 to 1, anything is close enough among many choices, whose list would be long.
    """
    from difflib import get_close_matches  # only when something went wrong

    options = sorted(choices)
    by_lower = {option.lower(): option for option in options}
    alike = least_alike if least_alike is not None else 0.0 if len(options) > 12 else 0.5
    close = get_close_matches(word[:_LONGEST_COMPARED].lower(), by_lower, n=most, cutoff=alike)
    if close:
        return f"did you mean {' or '.join(by_lower[match] for match in close)}?"
    return "one of " + ", ".join(options)
