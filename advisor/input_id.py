"""The id of one input of an answer: a figure of the price book, or a value of the user's profile."""

from typing import Literal

from advisor.values.quick_dataclass import dataclass

_PROFILE = "profile."


@dataclass(frozen=True)
class InputId:
    """One input by its owner and its path there.

    As text: `H100-SXM.node_usd` and `facility.pue` for figures of the book, `profile.workload.1.months` for values of
    the profile, whose lists count from 1. Lineage, sensitivity, explanations and the JSON all name inputs by it.
    """

    owner: Literal["book", "profile"]
    path: str

    @classmethod
    def parse(cls, text: str) -> "InputId":
        """The id of a text that `str` made."""
        own = text.startswith(_PROFILE)
        return cls("profile", text.removeprefix(_PROFILE)) if own else cls("book", text)

    @classmethod
    def of_book(cls, *parts: object) -> "InputId":
        """A figure of the book by the parts of its path: a section or a GPU, then the name."""
        return cls("book", ".".join(map(str, parts)))

    @classmethod
    def of_profile(cls, *parts: object) -> "InputId":
        """A value of the profile by the parts of its path: `"workload", 1, "months"`."""
        return cls("profile", ".".join(map(str, parts)))

    def __str__(self) -> str:
        """The text that `parse` reads."""
        return f"{_PROFILE}{self.path}" if self.owner == "profile" else self.path

    @property
    def section(self) -> str:
        """The first part of the path: a section or GPU of the book, a table of the profile."""
        return self.path.partition(".")[0]

    @property
    def name(self) -> str:
        """The path without its section."""
        return self.path.partition(".")[2]
