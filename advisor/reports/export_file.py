"""The formats of a report, and writing one to a file. Imports nothing heavy."""

from pathlib import Path, PurePath

from advisor.errors import InputError, SaveError, reason_of
from advisor.files.atomic import write_file

FORMAT_WORDS = {"md": "Markdown", "html": "HTML", "json": "JSON", "csv": "CSV"}
FORMATS = tuple(FORMAT_WORDS)
TABLES = ("options", "months", "assumptions")
_ALIKE = {"markdown": "md", "htm": "html"}
_WHAT = "a report"


class TakenError(SaveError):
    """A file of that name exists, and replacing it was not allowed."""


def format_of(path: PurePath, where: str = "-o") -> str:
    """Return the format that belongs to the suffix of a file name.

    Args:
        path: the file to write.
        where: the option or field to name in an error.

    Raises:
        InputError: The suffix is not one of `FORMATS`.
    """
    ending = path.suffix.removeprefix(".").lower()
    found = _ALIKE.get(ending, ending)
    if found not in FORMATS:
        raise InputError(where, repr(path.name), f"a name that ends in {_endings()}")
    return found


def _endings() -> str:
    first, last = [f".{one}" for one in FORMATS[:-1]], f".{FORMATS[-1]}"
    return f"{', '.join(first)} or {last}"


def write_report(path: Path, text: str, *, over: bool) -> None:
    """Write a report to a file, completely or not at all.

    Args:
        path: the file to write.
        text: the report.
        over: whether an existing file may be replaced.

    Raises:
        TakenError: The file exists and may not be replaced.
        SaveError: The file cannot be written. Nothing is changed by either error.
    """
    try:
        write_file(path, text.encode(), _WHAT, over=over)
    except FileExistsError:
        raise TakenError(str(path), "a file that already exists", "a new name, or to replace it") from None
    except InputError as error:
        raise SaveError(error.where, error.found, "a new name, or a regular file") from None
    except ValueError as error:  # a path with a null character
        raise SaveError(repr(str(path)), str(error), "a path") from None
    except OSError as error:
        raise SaveError(str(path), reason_of(error), "a place that you can write to") from None
