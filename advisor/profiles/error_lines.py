"""The line of a TOML file on which a field stands, for error messages."""

import re
from pathlib import Path

from advisor.errors import InputError

Place = tuple[str, int]  # a key or table with the names of its tables, and which table of an array it is in

_HEADER = r"(\[+)[ \t]*([A-Za-z0-9_\"' \t.-]+?)[ \t]*\]"
_LONGEST_HEADER = 500  # characters; the time to match one grows with its square


class FieldLines:
    """Where each field of a TOML file stands. The file is read once, in time that grows with its length."""

    def __init__(self, text: str) -> None:
        self._lines: dict[Place, int] = {}
        counts: dict[str, int] = {}
        table, index = "", 0
        for number, line in enumerate(text.splitlines(), start=1):
            words = line.strip()
            if words.startswith("["):
                header = re.match(_HEADER, words[:_LONGEST_HEADER])
                if header is None:
                    continue
                table = _plain(header[2])
                index = counts.get(table, 0)
                counts[table] = index + 1
                self._lines.setdefault((table, index), number)
            elif "=" in words:
                key = _plain(words.partition("=")[0])
                self._lines.setdefault((f"{table}.{key}" if table else key, index), number)

    def line_of(self, field: tuple[int | str, ...]) -> int | None:
        """Return the line of a field, counted from 1, or of the table that it should be in; None when there is neither.

        Args:
            field: Such as `("workload", 0, "nodes")` or `("gpu.H100-SXM", "node_usd")`.
        """
        if not field:
            return None
        table = str(field[0])
        if len(field) == 1:
            return self._lines.get((table, 0))
        index = next((part for part in field[1:2] if isinstance(part, int)), 0)
        key = str(next(part for part in reversed(field) if isinstance(part, str)))
        places = [(table, index), (table, 0)]  # an inline array of tables has one line
        if len(field) > 1 and key != table:
            places.insert(0, (f"{table}.{key}", index))
        return next((line for place in places if (line := self._lines.get(place)) is not None), None)


def with_line(error: InputError, lines: FieldLines, path: Path) -> InputError:
    """Return the error with the line of its field after the file name, when the field has a line."""
    line = lines.line_of(error.field)
    where = error.where if line is None else error.where.replace(str(path), f"{path}:{line}", 1)
    return InputError(where, error.found, error.allowed, error.field)


def _plain(name: str) -> str:
    """A key as TOML has it, without quotes and without blanks around its dots."""
    if '"' not in name and "'" not in name and " " not in name and "\t" not in name:
        return name
    return ".".join(part.strip().strip("\"'") for part in name.split("."))
