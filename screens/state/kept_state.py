"""What the app remembers of each profile from one run to the next: the place on each of its screens, the variants that
were pinned on it with their names, and the baseline. A small file a profile, for its owner alone."""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import field
from pathlib import Path
from typing import Any

from advisor.errors import InputError
from advisor.files.atomic import MAX_BYTES, fingerprint, read_file, write_private_file
from advisor.paths import state_folder
from advisor.values.quick_dataclass import dataclass
from screens.state.variants import MOST

_FOLDER = "profiles"
_MOST_FILES = 200
_LONGEST_PLACE = 200
_LONGEST_NAME = 60


@dataclass(frozen=True)
class KeptState:
    """What is remembered of a profile.

    Attributes:
        places: Where the cursor was, by view, in that view's own words.
        variants: Name and TOML of each.
        baseline: The number of the variant that is the baseline, from 1 on; 0 for the profile itself.
    """

    places: Mapping[str, str] = field(default_factory=dict)
    variants: tuple[tuple[str, str], ...] = ()
    baseline: int = 0


def kept_state(profile: Path) -> KeptState:
    """What is remembered of the profile of a file. What cannot be read, or says anything else, is forgotten."""
    path = _path(profile)
    with suppress(InputError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        if path.exists():
            found = json.loads(read_file(path, "what the app remembers"))
            if found["of"] == str(profile.absolute()):
                return _state_of(found)
    return KeptState()


def _state_of(found: Mapping[str, Any]) -> KeptState:
    """The state in a file. Raises ValueError and others for another content."""
    places = {str(view)[:_LONGEST_PLACE]: str(place)[:_LONGEST_PLACE] for view, place in found["places"].items()}
    variants = [(printable_name(str(one["name"])), str(one["profile"])) for one in found["variants"][:MOST]]
    return KeptState(places, tuple(variants), min(max(0, int(found["baseline"])), len(variants)))


def printable_name(text: str) -> str:
    """The name of a variant: no longer than a column can show, and without what a terminal would take as a command."""
    return "".join(letter for letter in text if letter.isprintable()).strip()[:_LONGEST_NAME]


def keep_state(profile: Path, state: KeptState) -> None:
    """Remember it; variants that make the file too large to be read, and all where the disk is full, are forgotten."""
    variants = [{"name": name, "profile": text} for name, text in state.variants]
    found = {"of": str(profile.absolute()), "places": dict(state.places), "baseline": state.baseline}
    content = b""
    while not content or (len(content) > MAX_BYTES and variants):
        if content:
            variants.pop()
        content = json.dumps({**found, "variants": variants}).encode()
    with suppress(OSError, InputError):
        path = _path(profile)
        if not variants and not state.places:
            path.unlink(missing_ok=True)
            return
        write_private_file(path, content)
        _forget_oldest(path.parent)


def _forget_oldest(folder: Path) -> None:
    """Keep the folder from growing."""
    files = sorted(folder.glob("*.json"), key=lambda path: path.stat().st_mtime)
    for path in files[:-_MOST_FILES]:
        path.unlink(missing_ok=True)


def _path(profile: Path) -> Path:
    return state_folder() / _FOLDER / f"{fingerprint(str(profile.absolute()).encode())}.json"
