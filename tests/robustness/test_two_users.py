"""Two users with their own umasks, one group and one shared folder.

Each has an account where accounts can be made, by root on Linux; elsewhere both work in ours, and what the other one
may not do is taken from the owner.
"""

import grp
import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

import pytest

from advisor.profiles.store import load_profile, saved_entries
from tests.support.long_runs import examples, quick_and_long
from tests.support.processes import names_in
from tests.support.profile_builder import BOOK
from tests.support.user_process import Account, User, chain


@dataclass(frozen=True)
class Server:
    """A machine that two users share: their accounts, their group, a folder of profiles and a home."""

    ann: Account
    bob: Account
    group: int
    folder: Path
    home: Path

    @property
    def one_account(self) -> bool:
        """Whether both users share an account."""
        return self.ann.uid == self.bob.uid

    def leave_to_the_other(self, path: Path, mode: int) -> None:
        """Where both users share an account, let the other one have the rights that this mode gives to the owner."""
        if self.one_account:
            path.chmod(mode)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """Real accounts and a real group, removed afterwards; else our own account for both."""
    if os.geteuid() == 0 and shutil.which("useradd"):
        yield from _with_accounts()
    else:
        yield from _in_our_account()


def _in_our_account() -> Iterator[Server]:
    groups = os.getgroups()
    ours = Account(os.geteuid(), os.getegid(), tuple(groups))
    home = Path(mkdtemp(prefix="advisor"))
    folder = home / "shared"
    folder.mkdir()
    yield Server(ours, ours, next((group for group in groups if group != ours.gid), ours.gid), folder, home)
    shutil.rmtree(home)


def _with_accounts() -> Iterator[Server]:
    tag = f"advisor{os.getpid()}"
    home = Path(mkdtemp(prefix=tag))
    home.chmod(0o755)
    names = [f"{tag}a", f"{tag}b"]
    subprocess.run(["groupadd", tag], check=True)
    try:
        for name in names:
            subprocess.run(["useradd", "--no-create-home", "--user-group", "--groups", tag, name], check=True)
        group = grp.getgrnam(tag).gr_gid
        ann, bob = (Account(entry.pw_uid, entry.pw_gid, (entry.pw_gid, group)) for entry in map(pwd.getpwnam, names))
        folder = home / "shared"
        folder.mkdir()
        yield Server(ann, bob, group, folder, home)
    finally:
        for name in names:
            subprocess.run(["userdel", name], check=False, capture_output=True)
        subprocess.run(["groupdel", tag], check=True)
        shutil.rmtree(home)


@pytest.fixture
def shared(server: Server) -> Iterator[Path]:
    """The folder as an administrator sets it up: set-group-ID, so that new files belong to the group."""
    os.chown(server.folder, server.ann.uid, server.group)
    server.folder.chmod(0o2770)
    yield server.folder
    for path in server.folder.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def owner_group_mode(path: Path) -> tuple[int, int, int]:
    status = path.stat()
    return status.st_uid, status.st_gid, status.st_mode & 0o777


def test_two_users_save_one_profile_and_neither_overwrites_the_other(server: Server, shared: Path) -> None:
    path = shared / "ours.toml"
    with User(server.home, server.ann, umask=0o007) as ann, User(server.home, server.bob, umask=0o077) as bob:
        assert ann.ask("save", path, "from Ann") == "from Ann"
        assert owner_group_mode(path) == (server.ann.uid, server.group, 0o660)
        assert bob.ask("open", path) == {"notes": "from Ann", "read_only": ""}
        assert bob.ask("save", path, "from Bob") == "from Bob"
        assert owner_group_mode(path) == (server.bob.uid, server.group, 0o660), (
            "the mode is the file's, not Bob's umask"
        )
        assert ann.ask("save", path, "Ann again").startswith("ConflictError: ")
        assert ann.ask("open", path) == {"notes": "from Bob", "read_only": ""}
        assert ann.ask("save", path, "Ann again") == "Ann again"
    assert load_profile(path, BOOK).notes == "Ann again"
    assert names_in(shared) == ["ours.toml"]


def test_a_private_file_gives_the_other_user_one_error_line(server: Server, shared: Path) -> None:
    path = shared / "private.toml"
    with User(server.home, server.ann, umask=0o007) as ann, User(server.home, server.bob, umask=0o077) as bob:
        assert bob.ask("save", path, "for Bob") == "for Bob"
        assert owner_group_mode(path) == (server.bob.uid, server.group, 0o600)
        server.leave_to_the_other(path, 0o000)
        refused = ann.ask("open", path)
        assert refused.startswith("InputError: ")
        assert "permission denied" in refused
        assert "\n" not in refused
        assert "SaveError" in ann.ask("save", path, "by Ann")
        server.leave_to_the_other(path, 0o600)
    assert load_profile(path, BOOK).notes == "for Bob"


def test_a_file_others_may_only_read_opens_read_only(server: Server, shared: Path) -> None:
    path = shared / "readable.toml"
    with User(server.home, server.ann, umask=0o022) as ann, User(server.home, server.bob, umask=0o002) as bob:
        ann.ask("save", path, "by Ann")
        assert owner_group_mode(path) == (server.ann.uid, server.group, 0o644)
        server.leave_to_the_other(path, 0o444)
        opened = bob.ask("open", path)
        assert opened["notes"] == "by Ann"
        assert opened["read_only"].startswith(f"read-only: you may not write to {path}")
        assert "permission denied" in bob.ask("save", path, "by Bob")
        assert bob.ask("save", shared / "bobs.toml", "by Bob") == "by Bob"
    assert load_profile(path, BOOK).notes == "by Ann"
    assert names_in(shared) == ["bobs.toml", "readable.toml"]


def test_group_rights_are_not_passed_to_another_group(server: Server, shared: Path) -> None:
    """Bob cannot give his copy to Ann's group; his own group must not get that group's rights."""
    shared.chmod(0o770)
    path = shared / "mine.toml"
    with User(server.home, server.ann, umask=0o007) as ann, User(server.home, server.bob, umask=0o007) as bob:
        ann.ask("save", path, "by Ann")
        assert owner_group_mode(path) == (server.ann.uid, server.ann.gid, 0o660)
        path.chmod(0o666)
        bob.ask("open", path)
        path.chmod(0o262 if server.one_account else 0o662)
        assert bob.ask("save", path, "by Bob").endswith("a folder you can write to"), "not to be read any more"
        path.chmod(0o676)
        assert bob.ask("save", path, "by Bob") == "by Bob"
    assert owner_group_mode(path) == (server.bob.uid, server.bob.gid, 0o676 if server.one_account else 0o666)


def test_a_rename_keeps_the_group_and_a_copy_follows_the_umask_of_its_maker(server: Server, shared: Path) -> None:
    with User(server.home, server.ann, umask=0o007) as ann, User(server.home, server.bob, umask=0o027) as bob:
        ann.ask("save", shared / "anns.toml", "by Ann")
        assert bob.ask("duplicate", shared / "anns.toml", "Copy") == str(shared / "copy.toml")
        assert owner_group_mode(shared / "copy.toml") == (server.bob.uid, server.group, 0o640)
        assert bob.ask("rename", shared / "anns.toml", "Ours") == str(shared / "ours.toml")
        assert owner_group_mode(shared / "ours.toml")[1:] == (server.group, 0o660)
        assert ann.ask("open", shared / "ours.toml") == {"notes": "by Ann", "read_only": ""}
        server.leave_to_the_other(shared / "copy.toml", 0o440)
        assert ann.ask("open", shared / "copy.toml")["read_only"].startswith("read-only: ")
        assert ann.ask("rename", shared / "copy.toml", "Mine").startswith("SaveError: ")
    assert names_in(shared) == ["copy.toml", "ours.toml"]


def test_both_users_share_the_trash(server: Server, shared: Path) -> None:
    with User(server.home, server.ann, umask=0o007) as ann, User(server.home, server.bob, umask=0o077) as bob:
        ann.ask("save", shared / "anns.toml", "by Ann")
        ann.ask("save", shared / "other.toml", "by Ann")
        assert bob.ask("delete", shared / "anns.toml") == str(shared / ".trash" / "anns~1.toml")
        assert ann.ask("delete", shared / "other.toml") == str(shared / ".trash" / "other~1.toml")
        assert saved_entries(shared) == []
        assert ann.ask("restore", shared) == [str(shared / "anns.toml"), str(shared / "other.toml")]
        assert ann.ask("open", shared / "anns.toml")["notes"] == "by Ann"


@quick_and_long
def test_concurrent_saves_of_two_users_lose_nothing(server: Server, shared: Path) -> None:
    path = shared / "ours.toml"
    with User(server.home, server.ann, umask=0o007) as ann, User(server.home, server.bob, umask=0o077) as bob:
        ann.ask("save", path, "start")
        saves = examples(20, 100)
        ann.send("save many", path, "ann", saves)
        bob.send("save many", path, "bob", saves)
        saved = [(note, over) for note, over in ann.receive() + bob.receive()]
    history = chain("start", saved)
    assert len(history) == 1 + 2 * saves
    assert load_profile(path, BOOK).notes == history[-1]
    assert names_in(shared) == ["ours.toml"]


def test_a_folder_others_may_only_read_is_read_only(server: Server, shared: Path) -> None:
    shared.chmod(0o2750)
    path = shared / "anns.toml"
    with User(server.home, server.ann, umask=0o007) as ann, User(server.home, server.bob) as bob:
        ann.ask("save", path, "by Ann")
        server.leave_to_the_other(shared, 0o2550)
        assert bob.ask("open", path)["read_only"].startswith(f"read-only: you may not write to {shared};")
        for action in ("save", "delete"):
            answer = bob.ask(action, path, *(["by Bob"] if action == "save" else []))
            assert answer.startswith("SaveError: ")
            assert "permission denied" in answer
        server.leave_to_the_other(shared, 0o2750)
        assert ann.ask("open", path) == {"notes": "by Ann", "read_only": ""}
