"""Owner, group, mode and access list of a file, given to the one that replaces it; and a folder like the one above."""

import errno
import os
import stat
import struct
from contextlib import suppress

from advisor.values.quick_dataclass import dataclass

_ACCESS_LIST = "system.posix_acl_access"  # Linux; elsewhere there is no such attribute
_HEAD, _ENTRY = struct.Struct("<I"), struct.Struct("<HHI")
_OWNER, _USER, _OWNING_GROUP, _GROUP, _MASK, _OTHER = 1, 2, 4, 8, 16, 32
_NO_ID = 0xFFFFFFFF
_NO_LIST = {errno.ENODATA, errno.EOPNOTSUPP, errno.ENOSYS}

Entries = dict[tuple[int, int], int]  # rights (4 read, 2 write, 1 run) by tag and id


@dataclass(frozen=True)
class Permissions:
    """Who may do what with a file. entries: its access list, empty where it has none."""

    owner: int
    group: int
    mode: int
    entries: Entries


def permissions_of(handle: int) -> Permissions:
    """The permissions of an open file. Raises OSError."""
    status = os.fstat(handle)
    return Permissions(status.st_uid, status.st_gid, status.st_mode & 0o777, _entries(handle))


def give_permissions(handle: int, old: Permissions) -> None:
    """Let those who could read or write a file do the same with the open file that replaces it, and nobody else.

    Root also gives it the owner. Where the group may not be set, the new group gets the rights of everybody; with an
    access list, the old owner and the old group keep theirs by name.

    Raises:
        OSError: the permissions cannot be set.
    """
    owner = old.owner if os.geteuid() == 0 else -1
    status = os.fstat(handle)
    if status.st_gid != old.group or owner not in (-1, status.st_uid):
        with suppress(PermissionError):
            os.fchown(handle, owner, old.group)
        status = os.fstat(handle)
    same_group = status.st_gid == old.group
    _remove_entries(handle)  # those of a folder's default list
    if old.entries:
        os.setxattr(handle, _ACCESS_LIST, _packed(_for_new_owner(old, status.st_uid, same_group)))
    else:
        os.fchmod(handle, old.mode if same_group else old.mode & ~0o070 | (old.mode & 0o007) << 3)


def make_folder_like(name: str, above: int) -> None:
    """Make a folder in an open one if it is missing, with the permissions of that one whatever the umask.

    The mode is set through the handle of the folder just made: another user may put a link or an older folder in its
    place meanwhile, whose mode must not change.

    Raises:
        OSError: it cannot be made.
    """
    mode = stat.S_IMODE(os.fstat(above).st_mode)
    try:
        os.mkdir(name, mode, dir_fd=above)
    except FileExistsError:
        return
    made = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=above)
    try:
        if os.fstat(made).st_uid == os.geteuid() and not os.listdir(made):  # noqa: PTH208 - an open folder
            os.fchmod(made, mode)
    finally:
        os.close(made)


def _for_new_owner(old: Permissions, owner: int, same_group: bool) -> Entries:
    """The access list for a file of another owner and perhaps another group."""
    mask = old.entries.get((_MASK, _NO_ID), 7)
    entries = {
        (tag, who): rights & mask if tag in (_USER, _OWNING_GROUP, _GROUP) else rights
        for (tag, who), rights in old.entries.items()
    }
    if owner != old.owner:
        entries[_USER, old.owner] = entries[_OWNER, _NO_ID]
    if not same_group:
        rights = entries[_OWNING_GROUP, _NO_ID]
        entries[_GROUP, old.group] = entries.get((_GROUP, old.group), 0) | rights
        entries[_OWNING_GROUP, _NO_ID] = rights & entries[_OTHER, _NO_ID]
    entries[_MASK, _NO_ID] = 0
    for (tag, _), rights in entries.items():
        if tag in (_USER, _OWNING_GROUP, _GROUP):
            entries[_MASK, _NO_ID] |= rights
    return entries


def _entries(handle: int) -> Entries:
    """The access list of an open file; empty where it has none. Raises OSError."""
    if not hasattr(os, "getxattr"):
        return {}
    try:
        packed = os.getxattr(handle, _ACCESS_LIST)
    except OSError as error:
        if error.errno in _NO_LIST:
            return {}
        raise
    return {(tag, who): rights for tag, rights, who in _ENTRY.iter_unpack(packed[_HEAD.size :])}


def _packed(entries: Entries) -> bytes:
    rows = (_ENTRY.pack(tag, rights, who) for (tag, who), rights in sorted(entries.items()))
    return _HEAD.pack(2) + b"".join(rows)


def _remove_entries(handle: int) -> None:
    if hasattr(os, "removexattr"):
        try:
            os.removexattr(handle, _ACCESS_LIST)
        except OSError as error:
            if error.errno not in _NO_LIST:
                raise
