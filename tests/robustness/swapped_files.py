"""Somebody puts another thing in the place of a file at the worst moment: after it was looked at, before it is opened.

    .venv/bin/python -m tests.robustness.swapped_files FOLDER OUTSIDE

Python announces every opening just before it happens, and that is when the swap is made. One JSON line a swap: what was
put there, when, and what a reading and a save came to.
"""

import contextlib
import json
import os
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from advisor.errors import InputError
from advisor.files.atomic import ChangedError, read_file_in_folder, replace_file

WHAT = "a note"


class Swapper:
    """Puts something in the place of a file when it is about to be opened."""

    def __init__(self) -> None:
        self.due: Callable[[], None] | None = None
        self.name = ""
        sys.addaudithook(self._hear)

    def _hear(self, event: str, arguments: tuple[object, ...]) -> None:
        if event == "open" and self.due is not None and str(arguments[0]).endswith(self.name):
            swap, self.due = self.due, None
            swap()

    @contextlib.contextmanager
    def before_opening(self, name: str, swap: Callable[[], None]) -> Iterator[None]:
        """Within this block, swap before the first opening of a file with this end of its name."""
        self.due, self.name = swap, name
        try:
            yield
        finally:
            self.due = None


def put(path: Path, kind: str, outside: Path) -> None:
    """Something else under the name of a file."""
    path.unlink(missing_ok=True)
    if kind == "link":
        path.symlink_to(outside)
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    else:
        path.write_text("other")


def outcome(act: str, path: Path) -> str:
    """What a reading or a save came to: the content, "saved", or the name of the error."""
    try:
        if act == "read":
            return read_file_in_folder(path, WHAT).decode()
        replace_file(path, b"ours", b"mine", WHAT)
    except (InputError, ChangedError, OSError) as error:
        return type(error).__name__
    return "saved"


def main() -> None:
    """Every kind of swap, when a reading opens the file, when a save does, and when that makes its temporary file."""
    folder, outside = Path(sys.argv[1]), Path(sys.argv[2])
    swapper = Swapper()
    for kind in ("link", "pipe", "folder", "file"):
        for act in ("read", "save", "save late"):
            path = folder / f"{kind}-{act}.toml"
            path.write_text("mine")
            with swapper.before_opening(".tmp" if act == "save late" else path.name, partial(put, path, kind, outside)):
                said = outcome(act, path)
                swapped = swapper.due is None
            print(json.dumps({"kind": kind, "act": act, "swapped": swapped, "said": said}))  # noqa: T201 - the answer


if __name__ == "__main__":
    main()
