"""What the widgets report to their screen and the app, in the past tense, so that none reaches across the tree."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from advisor.profiles.form.form_field import FormField
    from advisor.profiles.schema import FieldPath


@dataclass
class ValueTyped(Message):
    """A value was typed into the form and confirmed. label: what the form calls it."""

    path: "FieldPath"
    text: str
    label: str


@dataclass
class LineWanted(Message):
    """A value that is a line of words is to be typed. text: to begin with."""

    field: "FormField"
    text: str


class PlanWanted(Message):
    """A whole plan is to be typed in one line."""


class TypingDropped(Message):
    """What was being typed into the form is not wanted any more."""


@dataclass
class ValueNudged(Message):
    """A value of the form was moved by some steps."""

    path: "FieldPath"
    steps: int


@dataclass
class FieldChosen(Message):
    """Another field of the form is under the cursor."""

    index: int


@dataclass
class NumberOpened(Message):
    """A number is to be opened to its formula, inputs and sources."""

    number: str


@dataclass
class NumberTried(Message):
    """The value of a number is to be tried as an edit."""

    number: str


class FormFinished(Message):
    """The last field of the form was confirmed."""


class CellChosen(Message):
    """Another cell of the map is under the cursor."""


class CellOpened(Message):
    """The plan of the cell under the cursor is to be taken."""


class ColumnTaken(Message):
    """The variant under the cursor is to be taken as an edit."""


class ColumnRemoved(Message):
    """The variant under the cursor is no longer to be compared."""


class ColumnChosen(Message):
    """Another column is under the cursor."""
