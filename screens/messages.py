"""What happened, in the past tense. Messages carry finished, immutable things; nobody reaches across the tree."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    import pathlib
    from collections.abc import Callable

    from advisor.profiles.schema import FieldPath, Profile
    from advisor.profiles.store import Entry, LoadedProfile
    from screens.state.drafts import Draft
    from screens.state.profile_list import Listed
    from screens.state.session import Answer, Shown


@dataclass
class AdviceReady(Message):
    """The engine has answered; `number` tells which question, so that a stale answer can be dropped."""

    answer: "Answer"
    number: int


@dataclass
class ShownAhead(Message):
    """What to show of a profile ahead of the answer to question `number`; None where nothing came."""

    shown: "Shown | None"
    entry: "Entry"
    number: int


@dataclass
class AdviceFailed(Message):
    """The engine could not answer: one line why."""

    reason: str
    number: int


@dataclass
class ProfileOpened(Message):
    """A profile has been read from its file, as the answer to question `number`."""

    entry: "Entry"
    opened: "LoadedProfile"
    number: int


@dataclass
class DraftRead(Message):
    """A draft has been read, and what is saved of the same profile, as the answer to question `number`."""

    draft: "Draft"
    profile: "Profile"
    saved: "LoadedProfile | None"
    number: int


@dataclass
class ProfilesRead(Message):
    """Some profiles of the list have been read and judged."""

    listed: "tuple[Listed, ...]"


@dataclass
class ShelfChanged(Message):
    """A profile was renamed, copied, deleted or had back: what was done, and where it lies now (None: in the trash)."""

    title: str
    note: str
    path: "pathlib.Path | None"


@dataclass
class ShelfRefused(Message):
    """What was asked of a profile in the list could not be done: one line why. again: asks for another name; None where
    no name was asked for."""

    reason: str
    again: "Callable[[str], None] | None"


@dataclass
class ValueTyped(Message):
    """A value was typed into the form and confirmed."""

    path: "FieldPath"
    text: str


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


@dataclass
class ColumnTaken(Message):
    """A pinned variant is to be taken as an edit."""

    index: int


@dataclass
class ColumnRemoved(Message):
    """A pinned variant is no longer to be compared."""

    index: int
