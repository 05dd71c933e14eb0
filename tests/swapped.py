"""One process puts a file, a pipe and a link in each other's place; another reads and saves under that name.

.venv/bin/python -m tests.swapped swap PATH OUTSIDE      until it is killed
.venv/bin/python -m tests.swapped use PATH SECONDS
"""

import json
import os
import sys
import time
from collections import Counter
from pathlib import Path

from advisor.errors import InputError
from advisor.storage import ChangedError, read_file_in_folder, replace_file


def swap(path: str, outside: str) -> None:
    """A file, then something else, without end."""
    beside = path + ".made"
    while True:
        for make in (os.mkfifo, lambda name: os.symlink(outside, name)):  # noqa: PTH211 - as quick as can be
            with open(beside, "w", encoding="utf-8") as file:  # noqa: PTH123 - as above
                file.write("mine")
            os.rename(beside, path)  # noqa: PTH104 - as above
            make(beside)
            os.rename(beside, path)  # noqa: PTH104 - as above


def use(path: Path, seconds: float) -> dict[str, object]:
    """What was read in so many seconds, how often something else was refused, how often a save was acknowledged."""
    read: Counter[str] = Counter()
    refused = written = 0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            read[read_file_in_folder(path, "a note").decode()] += 1
        except InputError:
            refused += 1
        for seen in (b"mine", b"secret"):
            try:
                replace_file(path, b"ours", seen, "a note")
                written += 1
            except (ChangedError, InputError, OSError):
                pass
    return {"read": read, "refused": refused, "written": written}


if __name__ == "__main__":
    if sys.argv[1] == "swap":
        swap(sys.argv[2], sys.argv[3])
    print(json.dumps(use(Path(sys.argv[2]), float(sys.argv[3]))))  # noqa: T201 - the answer
