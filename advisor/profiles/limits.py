"""Limits of the values of a profile, and its kinds of text."""

from typing import Annotated

from advisor.values.validated import Rule

LEAST_MONTHS, MAX_PLAN_MONTHS = 0.03, 60  # of a workload, of all of a plan
LONGEST_TERM_MONTHS = 60
LEAST_USD_PER_HOUR, MOST_USD_PER_HOUR = 0.01, 1000  # as for prices of the book
LEAST_USD_PER_NODE, MOST_USD_PER_NODE = 1, 1e8
MAX_NODES = 65_536  # three switch layers; the fabric has no rule beyond
MOST_QUOTES = 50
MAX_GPUS = 8 * MAX_NODES
HOURS_A_WEEK = 168.0


def _printable(text: str) -> str:
    """Refuse control, formatting and bidirectional characters in text from a profile."""
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
