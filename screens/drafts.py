"""Unsaved edits that outlive a lost terminal: written to the state directory as the program ends, offered at the next
start."""

import json
import os
import tomllib
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from advisor.library import save_profile

if TYPE_CHECKING:
    from advisor.profile import Profile

_HEAD = "# Unsaved edits of "


@dataclass(frozen=True)
class Draft:
    """A profile with unsaved edits: its name, the file it was read from (None for a new one), when it was kept."""

    path: Path
    name: str
    of: Path | None
    when: datetime


def state_folder() -> Path:
    """Where the program keeps what is not the user's own file: XDG's state directory. Nothing is created."""
    from platformdirs import user_state_path

    return user_state_path("gpu-advisor", appauthor=False)


def own_file(path: Path, text: str) -> None:
    """Write a file that only its owner may read, in a folder like that. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)


def write_draft(profile: "Profile", of: Path | None, name: str) -> None:
    """Keep a profile as the draft of that name. Raises OSError, SaveError."""
    path = state_folder() / "drafts" / name
    if not path.exists():
        own_file(path, f"{_HEAD}{json.dumps(None if of is None else str(of.absolute()))}\n")
    save_profile(profile, path)  # keeps the first line and the file's mode


def kept_drafts() -> list[Draft]:
    """The drafts there are, newest first; one that was never finished is cleared away."""
    drafts = []
    with suppress(OSError):
        for path in (state_folder() / "drafts").glob("*.toml"):
            draft = _read(path)
            if draft is None:
                path.unlink()
            else:
                drafts.append(draft)
    return sorted(drafts, key=lambda draft: draft.when, reverse=True)


def _read(path: Path) -> Draft | None:
    """What a draft says of itself; None when it holds nothing."""
    of, name = None, path.stem
    with suppress(ValueError):
        text = path.read_text(encoding="utf-8")
        head = text.partition("\n")[0].removeprefix(_HEAD)
        table = tomllib.loads(text)
        if not table:
            return None
        name = str(table.get("name", name))
        words = json.loads(head)
        of = Path(words) if isinstance(words, str) else None
    shown = "".join(character if character.isprintable() else "?" for character in name)[:60]
    return Draft(path, shown, of, datetime.fromtimestamp(path.stat().st_mtime))
