"""What the app remembers from one run to the next: the profile that was open last, the place on each of its screens,
what is pinned, and that the tour was shown. One small file of the state directory, for its owner alone."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

from advisor.errors import InputError
from advisor.files.atomic import read_file, write_private_file
from advisor.paths import state_folder
from advisor.values.quick_dataclass import dataclass

_FILE = "places.json"
_PROFILES_KEPT = 50  # with their places; those that were open last


@dataclass(frozen=True)
class Pin:
    """A variant or profile that is kept to be compared. text: the profile as TOML."""

    name: str
    text: str


class Places:
    """Read when the app starts, written when it ends and when something is pinned. What cannot be read is left out.

    Attributes:
        is_first: Whether there was no such file: nobody has used the app here.
        problem: Why the file could not be read; empty when it could, or when there is none.
        profile: The file of the profile that was open last; empty when there was none.
        pins: What is pinned, in order.
        baseline: The name of the pin that the others are compared with; empty for the open profile.
    """

    def __init__(self) -> None:
        self._path = state_folder() / _FILE
        self.is_first, self.problem = not self._path.exists(), ""
        self.profile, self.baseline = "", ""
        self.pins: list[Pin] = []
        self._by_profile: dict[str, dict[str, int]] = {}
        if not self.is_first:
            try:
                self._take(json.loads(read_file(self._path, "what the app remembers")))
            except (InputError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
                self.problem = f"{self._path} cannot be read: pins and places are forgotten"

    def _take(self, found: dict[str, Any]) -> None:
        """Take what was written. Raises one of many errors for anything else, and then keeps nothing."""
        pins = [Pin(_text(one["name"]), _text(one["profile"])) for one in found["pins"]]
        places = {
            _text(profile): {_text(view): int(at) for view, at in of.items()} for profile, of in found["places"].items()
        }
        self.profile, self.baseline = _text(found["last"]), _text(found["baseline"])
        self.pins, self._by_profile = pins, places

    def at(self, view: str) -> int:
        """The place on a view of the profile that was open last."""
        return self._by_profile.get(self.profile, {}).get(view, 0)

    def keep(self, view: str, at: int) -> None:
        """Keep the place on a view of the open profile."""
        self._by_profile.setdefault(self.profile, {})[view] = at

    def open(self, path: Path | None) -> None:
        """Another profile is open, which becomes the last one; None for one without a file."""
        self.profile = "" if path is None else str(path.absolute())
        self._by_profile[self.profile] = self._by_profile.pop(self.profile, {}) if path is not None else {}

    def content(self) -> bytes:
        """What is written."""
        kept = list(self._by_profile)[-_PROFILES_KEPT:]
        found = {
            "last": self.profile,
            "baseline": self.baseline,
            "places": {profile: self._by_profile[profile] for profile in kept if profile},
            "pins": [{"name": pin.name, "profile": pin.text} for pin in self.pins],
        }
        return json.dumps(found, indent=1).encode()

    def write(self, content: bytes) -> None:
        """Write what was remembered when `content` was made; a disk that is full only means that it is forgotten. Safe
        off the UI thread."""
        with suppress(OSError, InputError):
            write_private_file(self._path, content)


def _text(found: object) -> str:
    if not isinstance(found, str):
        raise TypeError
    return found
