"""Conflicts: two versions of a profile compared field by field, so that the user can choose."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from advisor.errors import InputError, SaveError
from advisor.files.toml_document import parse_toml
from advisor.formatting import cut, one_line
from advisor.profiles.offers.quote import offer_ids
from advisor.profiles.schema import Profile
from advisor.values.quick_dataclass import dataclass

NOT_SET = "not set"
_LONGEST = 40
_KEPT_BEFORE = 10


@dataclass(frozen=True)
class Difference:
    """One field on which two versions differ: its place and both values as text."""

    field: str
    mine: str
    theirs: str

    @property
    def sentence(self) -> str:
        """Both values in one line."""
        return f"{self.field}: yours {self.mine}, on disk {self.theirs}"


class ConflictError(SaveError):
    """A file changed since it was loaded; nothing was written.

    Attributes:
        mine: The profile to be saved.
        theirs: The profile in the file now; None when the file is gone or no longer a profile.
        content: The file now, or None when it is gone; as `seen` it lets the next save overwrite it.
        differences: The fields on which both differ.
    """

    def __init__(self, path: Path, found: str, mine: Profile, theirs: Profile | None, content: bytes | None) -> None:
        self.mine, self.theirs, self.content = mine, theirs, content
        self.differences = () if theirs is None else differences(mine, theirs)
        super().__init__(str(path), found, "keeping yours, taking the version on disk, or another name")


def conflict_with(mine: Profile, path: Path, content: bytes | None) -> ConflictError:
    """Return the conflict of a profile with the current content of its file; None: the file is gone."""
    if content is None:
        return ConflictError(path, "no file: it was deleted or renamed meanwhile", mine, None, None)
    try:
        theirs = Profile.model_validate(parse_toml(content, path, "a profile in TOML")[1])
    except (InputError, ValueError):  # pydantic's ValidationError is a ValueError
        return ConflictError(path, "another version that is not a profile", mine, None, content)
    return ConflictError(path, "another version, saved since it was loaded", mine, theirs, content)


def differences(mine: Profile, theirs: Profile) -> tuple[Difference, ...]:
    """Return the fields on which two profiles differ, in file order; offers are matched by their ids."""
    ours, others = dict(_fields(mine)), dict(_fields(theirs))
    names = [*ours, *(name for name in others if name not in ours)]
    return tuple(
        Difference(one_line(name), *_shown(ours.get(name), others.get(name)))
        for name in names
        if ours.get(name) != others.get(name)
    )


def _fields(profile: Profile) -> Iterator[tuple[str, object]]:
    """Every value of a profile with its place as text: `workload 1, nodes`."""
    table: dict[str, Any] = profile.model_dump(by_alias=True, exclude_none=True, mode="python")
    for key, value in table.items():
        if key == "workload":
            for number, workload in enumerate(value, start=1):
                yield from _part(f"workload {number}", workload)
        elif key == "quote":
            for name, quote in zip(offer_ids(profile.quote), profile.quote, strict=True):
                yield from _part(f"quote {name}", quote.model_dump(by_alias=True, exclude_defaults=True))
        elif isinstance(value, Mapping):
            yield from _part(key, value)
        else:
            yield key, value


def _part(place: str, values: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    for key, value in values.items():
        yield f"{place}, {key}", value


def _shown(mine: object, theirs: object) -> tuple[str, str]:
    """Two different values as two different short texts; long ones begin where they differ."""
    texts = [_text(mine), _text(theirs)]
    common = next((place for place, pair in enumerate(zip(*texts, strict=False)) if pair[0] != pair[1]), 0)
    if common > _LONGEST - _KEPT_BEFORE:
        texts = ["…" + text[common - _KEPT_BEFORE :] for text in texts]
    return cut(texts[0], _LONGEST), cut(texts[1], _LONGEST)


def _text(value: object) -> str:
    if value is None:
        return NOT_SET
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (int, float)):
        return f"{value:,}".removesuffix(".0")
    return one_line(str(value)) if str(value) else "empty"
