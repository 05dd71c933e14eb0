"""Who may do what with a file that replaces another: mode, group and access list are kept, and nobody gets more."""

import errno
import os
import struct
from contextlib import suppress
from pathlib import Path
from unittest import mock

import pytest

from advisor.files import permissions
from advisor.files.atomic import make_folder_beside, replace_file, write_file
from advisor.files.permissions import Entries, permissions_of

WHAT = "a note"
OWNER, USER, OWNING_GROUP, GROUP, MASK, OTHER = 1, 2, 4, 8, 16, 32
NONE = 0xFFFFFFFF
ANN, EVE, TEAM = 61001, 61002, 61003


@pytest.fixture(params=[True, False], ids=["access lists", "modes alone"], autouse=True)
def _has_lists(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run every test as on this file system, and as on one without access lists."""

    def no_lists(*_: object) -> None:
        raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP))

    if not request.param:
        monkeypatch.setattr(os, "setxattr", no_lists, raising=False)


def set_list(path: Path, entries: Entries, kind: str = "access") -> Entries:
    """Give a file or folder an access list, as setfacl does. Returns the list it has: none where the file system keeps
    modes alone; a file then has the mode that says the same of its owner, its group and the others."""
    rows = (struct.pack("<HHI", tag, rights, who) for (tag, who), rights in sorted(entries.items()))
    try:
        os.setxattr(path, f"system.posix_acl_{kind}", struct.pack("<I", 2) + b"".join(rows))
    except (OSError, AttributeError):
        if kind == "access":
            path.chmod(entries[OWNER, NONE] << 6 | entries[OWNING_GROUP, NONE] << 3 | entries[OTHER, NONE])
        return {}
    return entries


def entries_of(path: Path) -> Entries:
    with path.open() as file:
        return permissions_of(file.fileno()).entries


def private_to_ann_and_eve(path: Path) -> Entries:
    entries = {(OWNER, NONE): 6, (USER, EVE): 6, (OWNING_GROUP, NONE): 0, (MASK, NONE): 6, (OTHER, NONE): 0}
    path.write_bytes(b"old")
    return set_list(path, entries)


@pytest.mark.parametrize("report", [False, True])
def test_a_private_file_shared_with_one_person_stays_so(report: bool, tmp_path: Path) -> None:
    """Mode 0600 and `u:eve:rw` shows as 0660: as a mode alone it would open the file to the group and shut eve out."""
    path = tmp_path / "note"
    entries = private_to_ann_and_eve(path)
    mode = path.stat().st_mode
    if report:
        write_file(path, b"new", WHAT, over=True)
    else:
        replace_file(path, b"new", b"old", WHAT)
    assert path.read_bytes() == b"new"
    assert entries_of(path) == entries
    assert path.stat().st_mode == mode


def test_a_file_without_a_list_gets_none_from_its_folder(tmp_path: Path) -> None:
    """The folder's default list came after the file: a save must not open the file to those in it."""
    path = tmp_path / "note"
    path.write_bytes(b"old")
    path.chmod(0o640)
    shared = {(OWNER, NONE): 7, (USER, EVE): 7, (OWNING_GROUP, NONE): 5, (MASK, NONE): 7, (OTHER, NONE): 5}
    set_list(tmp_path, shared, "default")
    replace_file(path, b"new", b"old", WHAT)
    assert entries_of(path) == {}
    assert path.stat().st_mode & 0o777 == 0o640


def test_a_new_file_follows_the_default_list_whatever_the_umask(tmp_path: Path) -> None:
    shared = {
        (OWNER, NONE): 7, (OWNING_GROUP, NONE): 0, (GROUP, TEAM): 7, (MASK, NONE): 7, (OTHER, NONE): 0,
    }  # fmt: skip
    has_list = bool(set_list(tmp_path, shared, "default"))
    path = tmp_path / "note"
    before = os.umask(0o077)
    try:
        replace_file(path, b"old", None, WHAT)
        replace_file(path, b"new", b"old", WHAT)
    finally:
        os.umask(before)
    found = entries_of(path)
    assert (found.get((GROUP, TEAM), 0) & found.get((MASK, NONE), 0) == 6) == has_list, "the team reads and writes"
    assert path.stat().st_mode & 0o777 == (0o660 if has_list else 0o600), "without a list the umask decides"


def test_the_old_owner_and_group_keep_their_rights_by_name() -> None:
    """Another member of the team saves a file of ann's, whose group cannot be kept. ann and both groups have what they
    had; bob, whom the mask let only read, gets no more."""
    bob, anns, old_mask = 61004, 61005, 4
    old = permissions.Permissions(ANN, anns, 0o640, {
        (OWNER, NONE): 6, (USER, bob): 6, (OWNING_GROUP, NONE): 6, (GROUP, TEAM): 4, (MASK, NONE): old_mask,
        (OTHER, NONE): 0,
    })  # fmt: skip
    assert permissions._for_new_owner(old, EVE, same_group=False) == {
        (OWNER, NONE): 6, (USER, bob): 4, (USER, ANN): 6, (OWNING_GROUP, NONE): 0, (GROUP, TEAM): 4, (GROUP, anns): 4,
        (MASK, NONE): 6, (OTHER, NONE): 0,
    }  # fmt: skip


def test_nobody_can_open_the_new_file_before_it_has_its_permissions(tmp_path: Path) -> None:
    path = tmp_path / "note"
    path.write_bytes(b"old")
    path.chmod(0o660)
    modes = []
    give = permissions.give_permissions

    def noted(handle: int, old: permissions.Permissions) -> None:
        modes.append(os.fstat(handle).st_mode & 0o077)
        give(handle, old)

    with mock.patch("advisor.files.atomic.give_permissions", noted):
        replace_file(path, b"new", b"old", WHAT)
    assert modes == [0]
    assert path.stat().st_mode & 0o777 == 0o660


@pytest.mark.parametrize("swapped", ["link", "folder"])
def test_a_folder_put_in_place_of_the_one_just_made_keeps_its_mode(swapped: str, tmp_path: Path) -> None:
    """Between mkdir and the change of mode, another member of the group puts a private folder of the user there."""
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    (private / "secret").touch()
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o2770)
    make = os.mkdir

    def and_swapped(name: str, mode: int, *, dir_fd: int) -> None:
        make(name, mode, dir_fd=dir_fd)
        (shared / name).rmdir()
        if swapped == "link":
            (shared / name).symlink_to(private)
        else:
            private.rename(shared / name)

    with mock.patch("os.mkdir", and_swapped), suppress(NotADirectoryError):  # the link
        make_folder_beside(shared / "note", ".trash")
    assert (shared / ".trash").stat().st_mode & 0o7777 == 0o700


def test_a_folder_beside_a_file_has_the_mode_of_its_folder(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o2770)
    before = os.umask(0o077)
    try:
        make_folder_beside(shared / "note", ".trash")
    finally:
        os.umask(before)
    assert (shared / ".trash").stat().st_mode & 0o7777 == 0o2770
