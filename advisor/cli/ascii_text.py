"""Text for terminals that show only ASCII: each drawn character becomes the plain one that looks most like it."""

import codecs
import re
from collections.abc import Mapping
from io import TextIOWrapper
from unicodedata import combining, east_asian_width

_LOOKS_LIKE = {
    **dict.fromkeys("─━┄⎯–—−‐‑", "-"),
    **dict.fromkeys("│┃┤├▏▎▍▕┊┆╎", "|"),
    **dict.fromkeys("┌┐└┘┏┓┗┛┬┴┼╭╮╰╯╞╡", "+"),
    **dict.fromkeys("█▉▊▋▌▐▇▆▅▄▀", "#"),
    **dict.fromkeys("▃▂▁▔", "_"),
    "▓": "+", "▒": ":", "░": ".", "╌": "=", "┈": ":", "∙": ".", "≈": "~", "»": ">", "🔎": "> ",
    **dict.fromkeys("‘’‚′", "'"),
    **dict.fromkeys("“”„″", '"'),
    **dict.fromkeys("●○•◦", "o"),
    "·": "|", "…": "~", "×": "x", "‹": "<", "›": ">", "→": ">", "←": "<", "↑": "^", "↓": "v", "▶": ">", "▼": "v",
    "▲": "^", "✓": "+", "\u00a0": " ",
}  # fmt: skip
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
_BRAILLE = range(0x2800, 0x2900)
_UPPER_DOTS, _LOWER_DOTS = 0b00011011, 0b11100100
_LEGACY_TERMINALS = ("vt", "linux", "ansi", "xterm-mono")


def ascii_only(text: str) -> str:
    """Return the text with as many cells as before, in ASCII; a character without a likeness is a question mark."""
    return _BEYOND_ASCII.sub(lambda found: _plain(found.group()), text)


def write_ascii(stream: TextIOWrapper) -> None:
    """Let a stream send ASCII alone, each other character as its likeness."""
    codecs.register_error("likeness", _likeness)
    stream.reconfigure(encoding="ascii", errors="likeness")


def _likeness(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)
    return ascii_only(error.object[error.start : error.end]), error.end


def shows_utf8(environment: Mapping[str, str]) -> bool:
    """Whether the terminal is likely to show UTF-8: by its locale, and without one by its type.

    The first of LC_ALL, LC_CTYPE and LANG that is set decides, as for other programs. Where none is, as in many
    containers, only the terminals of old are taken to show ASCII alone.
    """
    names = ("LC_ALL", "LC_CTYPE", "LANG")
    locale = next((environment[name] for name in names if environment.get(name)), "")
    if locale:
        return "utf" in locale.lower()
    return not environment.get("TERM", "").startswith(_LEGACY_TERMINALS)


def _plain(character: str) -> str:
    if ord(character) in _BRAILLE:
        return _plain_dots(ord(character) - _BRAILLE.start)
    known = _LOOKS_LIKE.get(character)
    if known is not None:
        return known
    if combining(character):
        return ""
    return "??" if east_asian_width(character) in "WF" else "?"


def _plain_dots(dots: int) -> str:
    """A cell of a curve: whether it is in the upper half, the lower half, or both."""
    upper, lower = dots & _UPPER_DOTS, dots & _LOWER_DOTS
    if upper and lower:
        return "*"
    return "'" if upper else "." if lower else " "
