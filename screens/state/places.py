"""Which profile was open last: a small file of the state directory, for its owner alone. That there is one says that
the tour was shown."""

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
        if not self.is_first:
            try:
                found = json.loads(read_file(self._path, "what the app remembers"))
                self.profile = Path(found["profile"]) if found["profile"] else None
            except (InputError, ValueError, TypeError, KeyError, RecursionError):
                self.problem = f"{self._path} cannot be read: the last place is forgotten"

    def write(self) -> None:
        """Write it; where the disk is full it is forgotten."""
        found = {"profile": "" if self.profile is None else str(self.profile)}
        with suppress(OSError, InputError):
            write_private_file(self._path, json.dumps(found).encode())
