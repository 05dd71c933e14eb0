"""Many processes save one profile at the same moment, and the history of the file is checked afterwards.

.venv/bin/python -m tests.robustness.concurrent_savers FOLDER PROCESSES SAVES
"""

import json
import os
import sys
import time
from pathlib import Path

from advisor.profiles.store import save_profile
from tests.support.user_process import noted, save_many


def crowd(folder: Path, processes: int, saves: int) -> list[tuple[str, str]]:
    """Let so many processes save so many times each; for every acknowledged save its note and the one it replaced."""
    path = folder / "shared.toml"
    save_profile(noted("start"), path)
    pipes = [_begin(path, f"{number}", saves) for number in range(processes)]
    saved: list[tuple[str, str]] = []
    for child, reader in pipes:
        with os.fdopen(reader) as answers:
            saved += [(note, over) for note, over in json.load(answers)]
        if os.waitpid(child, 0)[1] != 0:
            raise RuntimeError(f"process {child} failed")
    return saved


def _begin(path: Path, who: str, saves: int) -> tuple[int, int]:
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(reader)
            with os.fdopen(writer, "w") as answers:
                json.dump(save_many(path, who, saves), answers)
            os._exit(0)
        finally:
            os._exit(1)  # never on with what only the first process does
    os.close(writer)
    return child, reader


def main() -> None:
    """Print what was saved, and how long it took."""
    folder, processes, saves = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    began = time.perf_counter()
    saved = crowd(folder, processes, saves)
    print(json.dumps({"saved": saved, "seconds": time.perf_counter() - began}))  # noqa: T201


if __name__ == "__main__":
    main()
