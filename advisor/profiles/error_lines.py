"""The line of a TOML file on which a field stands, for error messages."""

import re
from pathlib import Path

from advisor.errors import InputError


def with_line(error: InputError, text: str, path: Path) -> InputError:
    """Return the error with the line of its field after the file name, when the field has a line."""
    line = line_of(text, error.field)
    where = error.where if line is None else error.where.replace(str(path), f"{path}:{line}", 1)
    return InputError(where, error.found, error.allowed, error.field)


def line_of(text: str, field: tuple[int | str, ...]) -> int | None:
    """Return the line of a field, counted from 1; None when it has none.

    Args:
        text: A TOML file.
        field: Such as `("workload", 0, "nodes")` or `("gpu.H100-SXM", "node_usd")`.
    """
    if not field:
        return None
    table = str(field[0]) if len(field) > 1 or isinstance(field[-1], int) else ""
    wanted_index = next((part for part in field[1:2] if isinstance(part, int)), 0)
    key, here, index, header_line = _key(field), "", -1, None
    for number, line in enumerate(text.splitlines(), start=1):
        header = re.match(r"\s*\[+\s*([A-Za-z0-9_\"'.-]+)\s*\]+", line)
        if header:
            here = re.sub("[\"']", "", header[1])
            index += here == table
            if here == table and index == wanted_index:
                header_line = number
            if not table and here == key:
                return number
        found = re.match(r"\s*[\"']?([^\"'=]+?)[\"']?\s*=", line)
        if found and here == table and found[1] == key and (not table or index == wanted_index):
            return number
    return header_line


def _key(field: tuple[int | str, ...]) -> str:
    """The key in front of a field's value: its own, or that of the list it is in."""
    return str(next(part for part in reversed(field) if isinstance(part, str)))
