"""What a report can be written as, and writing it where somebody wants it. Imports nothing heavy."""

from pathlib import Path, PurePath

from advisor.errors import InputError, SaveError
from advisor.files.atomic import write_file

FORMAT_WORDS = {"md": "Markdown", "html": "HTML", "json": "JSON", "csv": "CSV"}
FORMATS = tuple(FORMAT_WORDS)
TABLES = ("options", "months", "assumptions")
_ALIKE = {"markdown": "md", "htm": "html"}
_WHAT = "a report"


class TakenError(SaveError):
    """There is a file of that name, and nobody said that it may be replaced."""


def format_of(path: PurePath, where: str = "-o") -> str:
    """The format that the name of a file asks for. Raises InputError when it is none of ours."""
    ending = path.suffix.removeprefix(".").lower()
    found = _ALIKE.get(ending, ending)
    if found not in FORMATS:
        raise InputError(where, ascii(path.name), f"a name that ends in {_endings()}")
    return found


def _endings() -> str:
    first, last = [f".{one}" for one in FORMATS[:-1]], f".{FORMATS[-1]}"
    return f"{', '.join(first)} or {last}"


def write_report(path: Path, text: str, *, over: bool) -> None:
    """Write a report where somebody wants it, whole or not at all. Raises TakenError when there is a file and it may
    not be replaced, SaveError for what cannot be written to; both leave everything as it was."""
    try:
        write_file(path, text.encode(), _WHAT, over=over)
    except FileExistsError:
        raise TakenError(str(path), "a file that is there already", "a new name, or to replace it") from None
    except InputError as error:
        raise SaveError(error.where, error.found, "a new name, or a regular file") from None
    except ValueError as error:  # a path with a null character
        raise SaveError(ascii(str(path)), str(error), "a path") from None
    except OSError as error:
        found = (error.strerror or str(error)).lower()
        raise SaveError(str(path), found, "a place that you can write to") from None
