"""What is compared with the open profile: variants of it and other profiles, as they were when they were pinned, each
under a name, and which of all is the baseline."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from screens.answer import Answer

if TYPE_CHECKING:
    from advisor.profiles.schema import Profile

MOST = 12  # that are kept of one profile


@dataclass(eq=False)
class Variant:
    """A profile that was pinned.

    Attributes:
        name: Empty for a number.
        of: The file of the profile that it was pinned on, None while that has none.
        answer: None until it is computed, after a restart.
    """

    profile: "Profile"
    name: str
    of: Path | None
    answer: Answer | None = None


class Variants:
    """Those that are pinned, in that order; they outlive the open profile, so that profiles can be compared too.

    Attributes:
        baseline: The one that the others are compared with; None for the open profile.
    """

    def __init__(self) -> None:
        self._pinned: list[Variant] = []
        self.baseline: Variant | None = None

    def __iter__(self) -> Iterator[Variant]:
        """In the order in which they were pinned."""
        return iter(self._pinned)

    def __len__(self) -> int:
        """How many there are."""
        return len(self._pinned)

    def __contains__(self, profile: object) -> bool:
        """Whether a profile is pinned."""
        return any(one.profile == profile for one in self._pinned)

    @property
    def answered(self) -> list[tuple[Variant, Answer]]:
        """Those whose answers are there."""
        return [(one, one.answer) for one in self._pinned if one.answer is not None]

    def add(self, variant: Variant) -> bool:
        """Pin a profile; False when it is pinned already, or when there are too many."""
        if variant.profile in self or len(self.on(variant.of)) >= MOST:
            return False
        self._pinned.append(variant)
        return True

    def remove(self, variant: Variant) -> None:
        """Pin it no more."""
        self._pinned = [one for one in self._pinned if one is not variant]
        if self.baseline is variant:
            self.baseline = None

    def on(self, of: Path | None) -> list[Variant]:
        """Those that were pinned on the profile of a file."""
        return [one for one in self._pinned if one.of == of]

    def saved_at(self, path: Path) -> None:
        """The open profile, which had no file, has one now."""
        for one in self.on(None):
            one.of = path
