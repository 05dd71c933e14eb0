"""What the app remembers from one run to the next: the profile that was open last and the value its cursor was on. One
small file of the state directory, for its owner alone; that there is one says that the tour was shown."""

import json
from contextlib import suppress
from pathlib import Path

from advisor.errors import InputError
from advisor.files.atomic import read_file, write_private_file
from advisor.paths import state_folder

_FILE = "places.json"


class Places:
    """Read when the app starts, written when it ends. What cannot be read is forgotten.

    Attributes:
        is_first: Whether there was no such file: nobody has used the app here.
        problem: Why the file could not be read; empty when it could, or when there is none.
        profile: The profile that was open last; None when there was none.
    """

    def __init__(self) -> None:
        self._path = state_folder() / _FILE
        self.is_first, self.problem = not self._path.exists(), ""
        self.profile: Path | None = None
        self._field = 0
        if not self.is_first:
            try:
                found = json.loads(read_file(self._path, "what the app remembers"))
                self.profile = Path(found["profile"]) if found["profile"] else None
                self._field = max(0, int(found["field"]))
            except (InputError, ValueError, TypeError, KeyError, RecursionError):
                self.problem = f"{self._path} cannot be read: the last place is forgotten"

    def field(self, profile: Path) -> int:
        """The value of a profile that the cursor was on, by its row in the form."""
        return self._field if profile.absolute() == self.profile else 0

    def keep(self, profile: Path, field: int) -> None:
        """Keep which profile is open, and the value under the cursor."""
        self.profile, self._field = profile.absolute(), field

    def write(self) -> None:
        """Write it; where the disk is full it is forgotten."""
        found = {"profile": "" if self.profile is None else str(self.profile), "field": self._field}
        with suppress(OSError, InputError):
            write_private_file(self._path, json.dumps(found).encode())
