"""The list of profiles: each with its verdict; renamed, copied, deleted and restored. Everything here but `entries`
waits for the disk or the engine, and is safe off the UI thread."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from advisor.errors import AdvisorError, InputError, SaveError
from advisor.files.atomic import fingerprint, may_write_in
from advisor.formatting import one_line
from advisor.profiles.store import (
    Entry,
    duplicate_profile,
    folder_to_save,
    load_to_edit,
    own_folder,
    rename_profile,
    sample_entries,
    saved_entries,
)
from advisor.profiles.trash import Trashed, delete_profile, last_deleted, restore_profile
from advisor.values.quick_dataclass import dataclass

if TYPE_CHECKING:
    from advisor.market.price_book import PriceBook

_CHANGED = "another version, saved since it was listed"


@dataclass(frozen=True)
class ProfileSummary:
    """One line of the Home screen: the profile's own name and its verdict, or what is wrong with it. seen: the
    fingerprint of what was read, empty when nothing was."""

    entry: Entry
    name: str
    verdict: str
    cost: str
    when: str
    readable: bool
    seen: str = ""


class ProfileList:
    """The profiles of a folder, and the samples."""

    def __init__(self, folder: Path, book: "Callable[[], PriceBook]") -> None:
        self.folder = folder
        self._book = book
        self._summaries: dict[Path, tuple[tuple[int, ...], ProfileSummary]] = {}
        self._deleted: list[Trashed] = []

    @property
    def read_only(self) -> bool:
        """Whether nothing can be saved in the folder."""
        return not may_write_in(self.folder)

    @property
    def folder_to_save(self) -> Path:
        """Where new profiles and copies go."""
        return folder_to_save(self.folder)

    def entries(self) -> list[Entry]:
        """Saved profiles, then samples; where the folder is read-only, one's own are between. Light: reads names, not
        files. Raises InputError for an unreadable folder."""
        own = saved_entries(own_folder()) if self.folder_to_save != self.folder else []
        return [*saved_entries(self.folder), *own, *sample_entries()]

    def summary(self, entry: Entry) -> ProfileSummary:
        """Read and evaluate one profile for the list, again only when its file has changed; never raises for a bad
        file."""
        stamp = _stamp(entry.path)
        known = self._summaries.get(entry.path)
        if known is None or known[0] != stamp:
            known = self._summaries[entry.path] = stamp, self._evaluate(entry)
        return known[1]

    def _evaluate(self, entry: Entry) -> ProfileSummary:
        from advisor.decision.joint.joint_advice import cost_jointly
        from advisor.formatting import usd
        from advisor.reports.joint.joint_view import joint_text

        seen = ""
        try:
            loaded = load_to_edit(entry.path, self._book())
            seen = fingerprint(loaded.content)
            costings, choice = cost_jointly(loaded.profile, self._book())
            when = "sample" if entry.sample else date.fromtimestamp(entry.path.stat().st_mtime).isoformat()
        except Exception as error:  # noqa: BLE001 - one profile that fails must not hide the others
            known = isinstance(error, (AdvisorError, OSError))
            reason = one_line(_short(error) if isinstance(error, InputError) else f"{error}" if known else repr(error))
            return ProfileSummary(entry, entry.name, f"cannot be read: {reason}", "", "", readable=False, seen=seen)
        cost, verdict = usd(choice.expected_usd) if choice.costs else "", joint_text(costings, choice)
        return ProfileSummary(entry, loaded.profile.name, verdict, cost, when, readable=True, seen=seen)

    def rename(self, entry: Entry, seen: str, name: str) -> Path:
        """Give a profile another name, if it still is what was `seen` of it. Raises InputError, SaveError."""
        loaded = load_to_edit(entry.path, self._book())
        if seen and fingerprint(loaded.content) != seen:
            raise SaveError(str(entry.path), _CHANGED, "renaming the version that was listed")
        return rename_profile(loaded, entry.path, name)[1]

    def duplicate(self, entry: Entry, name: str) -> Path:
        """Save a copy of a profile or a sample as it is now, comments included. Raises InputError, SaveError."""
        return duplicate_profile(load_to_edit(entry.path, self._book()), self.folder_to_save, name)[1]

    def delete(self, entry: Entry, seen: str) -> None:
        """Move a profile to the trash, if it still is what was `seen` of it. Raises SaveError."""
        self._deleted.append(delete_profile(entry.path, seen))

    @property
    def can_restore(self) -> bool:
        """Whether this run deleted a profile. Light: the trash of other runs is not looked into."""
        return bool(self._deleted)

    def restore_deleted(self) -> Path:
        """Restore what was deleted last: by this run, else by any run in this folder. Raises InputError when there is
        nothing to restore or its name is taken by now, SaveError."""
        while self._deleted and not self._deleted[-1].path.exists():
            self._deleted.pop()  # restored by another run
        trashed = self._deleted[-1] if self._deleted else last_deleted(self.folder)
        if trashed is None:
            raise InputError("the trash", "nothing", "a profile that was deleted before")
        path = restore_profile(trashed)
        self._deleted = [one for one in self._deleted if one != trashed]
        return path


def _short(error: InputError) -> str:
    """What is wrong with a file, without its path: `name: found 3; allowed: text`; only what was found, if that is not
    in a field."""
    field = error.where.rpartition(": ")[2] if error.field else ""
    return f"{field}: found {error.found}; allowed: {error.allowed}" if field else error.found


def _stamp(path: Path) -> tuple[int, ...]:
    """Changes whenever the file does; the file is not read."""
    try:
        status = path.stat()
    except OSError:
        return ()
    return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns
