"""TOML written by hand: read with one clear error, and rewritten so that its comments stay."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from advisor.errors import InputError
from advisor.files.atomic import read_file

MAX_DEPTH = 16
MAX_DIGITS = 400  # the largest float has fewer before its point
QUOTED = (  # strings and comments; an unclosed one extends to the end, so that no search is repeated
    r'(?s)"""(?:[^"\\]|\\(?:.|\Z)|"(?!""))*(?:"""|\Z)'
    r"|'''(?:[^']|'(?!''))*(?:'''|\Z)"
    r'|"(?:[^"\\\n]|\\(?:.|\Z))*"?'
    r"|'[^'\n]*'?"
    r"|#[^\n]*"
)
_DEEP_KEY = rf"(?:\.[ \t]*[\w-]+[ \t]*){{{MAX_DEPTH}}}"
_MARK = b"\xef\xbb\xbf"  # editors on Windows begin with it


def read_toml(path: Path, what: str) -> tuple[str, dict[str, Any]]:
    """The text and the content of a TOML file; what: what it should be, for the error. Raises InputError as
    `read_file` and `parse_toml` do."""
    return parse_toml(read_file(path, what), path, what)


def parse_toml(content: bytes, path: Path, what: str) -> tuple[str, dict[str, Any]]:
    """The text and the content of TOML. Raises InputError: where (line and column for broken TOML), what was found,
    what is allowed."""
    text = decoded(content, path, what)
    if _has_deep_key(text):  # the parser would take minutes for a long one
        raise InputError(str(path), "TOML nested too deeply", what)
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        if _looks_like_csv(text):
            raise InputError(str(path), "a CSV file", what) from None
        message, _, place = str(error).partition(" (at ")
        line, column = re.findall(r"\d+", place) or (str(text.count("\n") + 1), "1")
        raise InputError(f"{path}:{line}:{column}", f"broken TOML: {message.lower()}", what) from None
    except RecursionError:
        raise InputError(str(path), "TOML nested too deeply", what) from None
    except ValueError:  # an integer of thousands of digits, which Python refuses to read
        raise InputError(str(path), "a number too long to read", what) from None
    _check_size(raw, path, what)
    return text, raw


def _has_deep_key(text: str) -> bool:
    may_have = any(line.count(".") >= MAX_DEPTH for line in text.splitlines())  # else the patterns need no compiling
    return may_have and re.search(_DEEP_KEY, re.sub(QUOTED, "s", text)) is not None


def _looks_like_csv(text: str) -> bool:
    """Whether a text that is not TOML begins with a line of columns."""
    first = text.lstrip().partition("\n")[0]
    return "," in first and "=" not in first and not first.startswith(("[", "{", "#", '"""', "'''"))


def decoded(content: bytes, path: Path, what: str) -> str:
    """Bytes as text, without a byte order mark. Raises InputError."""
    try:
        return content.removeprefix(_MARK).decode()
    except UnicodeDecodeError as error:
        raise InputError(str(path), f"a byte that is not UTF-8 at position {error.start}", what) from None


def _check_size(raw: dict[str, Any], path: Path, what: str) -> None:
    """Raise InputError for deeper nesting or longer numbers than any real file has, which later steps cannot handle."""
    level: list[object] = [raw]
    for _ in range(MAX_DEPTH):
        below: list[object] = []
        for part in level:
            if isinstance(part, dict):
                below += part.values()
            elif isinstance(part, list):
                below += part
            elif isinstance(part, int) and abs(part) >= 10**MAX_DIGITS:
                raise InputError(str(path), "a number too long to read", what)
        level = below
    if level:
        raise InputError(str(path), "TOML nested too deeply", what)


_PAIR = re.compile(r"\[\n +([-+.\deE]+),\n +([-+.\deE]+),\n +\]")  # strings are written without line ends


def fresh_content(table: Mapping[str, Any]) -> bytes:
    """A new file laid out to be edited by hand: plain values first, then a headed table for each part."""
    import tomli_w

    parts = [tomli_w.dumps({key: value for key, value in table.items() if not is_part(value)})]
    for key, value in table.items():
        if isinstance(value, Mapping):
            parts += _headed(f"[{key}]", key, value)
        elif _tables(value):
            parts += [text for part in value for text in _headed(f"[[{key}]]", key, part)]
    return _PAIR.sub(r"[\1, \2]", "\n".join(parts)).encode()


def _headed(header: str, key: str, table: Mapping[str, Any]) -> list[str]:
    """A table below its header, and each table in it below one of its own."""
    import tomli_w

    plain = {name: value for name, value in table.items() if not isinstance(value, Mapping)}
    inner = {name: value for name, value in table.items() if name not in plain}
    below = [f"[{key}.{name}]\n{tomli_w.dumps(value)}" for name, value in inner.items()]
    return [f"{header}\n{tomli_w.dumps(plain)}", *below]


def merged_content(
    content: bytes, table: Mapping[str, Any], spelt_out: Mapping[str, Any], path: Path, what: str
) -> bytes:
    """A file with its values changed to those of `table`; comments, order and unchanged values stay.

    Args:
        content: the file.
        table: its new values, without defaults.
        spelt_out: all new values; a default that the file spells out stays.
        path: the file, for the error.
        what: what it should be, for the error.

    Raises:
        InputError: when it cannot be read as TOML, or cannot be edited in place.
    """
    import tomlkit  # 30 ms, needed by a save alone

    text, _ = parse_toml(content, path, what)
    try:
        document = tomlkit.parse(text)
        _merge(document, table, spelt_out)
        merged = with_line_ends(tomlkit.dumps(document), text).encode()
    except Exception as error:  # noqa: BLE001 - for some layouts it raises IndexError and others
        raise InputError(str(path), f"a layout that cannot be edited in place: {error}", what) from None
    return _MARK + merged if content.startswith(_MARK) else merged


def with_line_ends(text: str, like: str) -> str:
    """A text with the line ends of another one, if that one has those of Windows."""
    return re.sub("\r?\n", "\r\n", text) if "\r\n" in like else text


def is_part(value: object) -> bool:
    """Whether a value is written below a header of its own: a table, or an array of tables."""
    return isinstance(value, Mapping) or _tables(value)


def _merge(document: Any, table: Mapping[str, Any], spelt_out: Mapping[str, Any]) -> None:
    """Change a parsed file to the values of `table`, and nothing that is equal already."""
    for key in [key for key in document if key not in table]:
        _keep_defaults(document, key, spelt_out.get(key))
    for key, value in table.items():
        old, full = document.get(key), spelt_out.get(key)
        if isinstance(value, Mapping) and isinstance(old, Mapping):
            _merge(old, value, full if isinstance(full, Mapping) else {})
        elif _tables(value) and _tables(old):
            _merge_tables(old, value, full or ())
        elif key not in document or old != value:
            document[key] = _array_of_tables(value) if _tables(value) else value


def _keep_defaults(document: Any, key: str, default: object) -> None:
    """Remove a key that is not in the new values, unless it spells out the default."""
    old = document[key]
    if isinstance(old, Mapping) and isinstance(default, Mapping):
        _merge(old, {}, default)
        if not old:
            del document[key]
    elif old != default:
        del document[key]


def _merge_tables(old: Any, parts: list[Mapping[str, Any]], spelt_out: Any) -> None:
    """Change an array of tables to `parts`, table by table; new ones are appended, surplus ones removed."""
    for old_part, part, full in zip(old, parts, spelt_out, strict=False):
        _merge(old_part, part, full)
    for part in parts[len(old) :]:
        old.append(dict(part))
    for _ in range(len(old) - len(parts)):
        del old[-1]


def _array_of_tables(parts: list[Mapping[str, Any]]) -> Any:
    import tomlkit

    array = tomlkit.aot()
    for part in parts:
        array.append(tomlkit.item(dict(part)))
    return array


def _tables(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(part, Mapping) for part in value)
