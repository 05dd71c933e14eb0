"""A TOML file with some of its top-level values laid out anew: what stays is kept to the byte, and so is every comment.

For the layouts that cannot be edited in place (`merged_content` in toml_document.py), such as dotted keys whose last
one is removed.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from advisor.files.toml_document import QUOTED, fresh_content, is_part, parse_toml, with_line_ends
from advisor.values.quick_dataclass import dataclass


@dataclass(frozen=True)
class _Statement:
    """Some lines of a file. key: the top-level key that they belong to, empty for blank lines and comments; header:
    whether they are below a header."""

    text: str
    masked: str
    key: str
    header: bool


def relaid_content(content: bytes, table: Mapping[str, Any], path: Path, what: str) -> bytes:
    """Return a file with its top-level values that differ from those of `table` taken out and written anew.

    Args:
        content: The file.
        table: Its new values.
        path: The file, for the error.
        what: What it should be, for the error.

    Raises:
        InputError: It cannot be read as TOML.
    """
    text, raw = parse_toml(content, path, what)
    changed = {key for key in {*raw, *table} if key not in raw or key not in table or raw[key] != table[key]}
    kept, place = [""], 0
    for statement in _statements(text):
        kept.append("".join(_comments(statement)) if statement.key in changed else statement.text)
        if statement.key and not statement.header:
            place = len(kept)  # plain values must come before the first header
    new = {key: value for key, value in table.items() if key in changed}
    plain = {key: value for key, value in new.items() if not is_part(value)}
    tables = {key: value for key, value in new.items() if key not in plain}
    parts = [*kept[:place], fresh_content(plain).decode(), *kept[place:]]
    if tables:
        parts.append("\n" + fresh_content(tables).decode().lstrip("\n"))
    lines = "".join(part if not part or part.endswith("\n") else f"{part}\n" for part in parts)
    return content[: len(content) - len(text.encode())] + with_line_ends(lines, text).encode()


def _statements(text: str) -> Iterator[_Statement]:
    """The statements of a valid TOML file, each with the lines that it goes over."""
    masked = re.sub(QUOTED, lambda found: ("#" if found[0][0] == "#" else "s") * len(found[0]), text)
    begin, depth, table = 0, 0, ""
    for line in re.finditer(r"[^\n]*(?:\n|\Z)", masked):
        depth += sum(line[0].count(one) for one in "[{") - sum(line[0].count(one) for one in "]}")
        if depth or line.end() == begin:
            continue
        part = masked[begin : line.end()]
        if part.lstrip().startswith("["):
            table = _first_key(text, masked, begin + part.index("[") + part.lstrip().startswith("[[") + 1)
        key = table or _first_key(text, masked, begin)
        blank = not part.strip() or part.lstrip().startswith("#")
        yield _Statement(text[begin : line.end()], part, "" if blank else key, bool(table))
        begin = line.end()


def _first_key(text: str, masked: str, begin: int) -> str:
    """The first part of the key that stands at a place; empty where there is none."""
    found = re.compile(r"[ \t]*([^\s.=\]#]+)").match(masked, begin)
    return next(iter(tomllib.loads(f"{text[found.start(1) : found.end(1)]} = 0"))) if found else ""


def _comments(statement: _Statement) -> Iterator[str]:
    for found in re.finditer("#+", statement.masked):
        yield statement.text[found.start() : found.end()].rstrip() + "\n"
