"""Text that is safe to print: one line, or several, without characters that a terminal would obey."""

from typing import Annotated

from advisor.values.validated import Rule


def _printable(text: str) -> str:
    """Refuse control, formatting and bidirectional characters in a text."""
    for character in text:
        if not character.isprintable():
            raise ValueError(f"the character U+{ord(character):04X}; allowed: printable text on one line")
    return text


def _printable_lines(text: str) -> str:
    for line in text.split("\n"):
        _printable(line.replace("\t", " "))
    return text


MAX_TEXT = 120  # characters
Text = Annotated[str, Rule(_printable, max_length=MAX_TEXT)]
Notes = Annotated[str, Rule(_printable_lines, max_length=4000)]
