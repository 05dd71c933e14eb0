"""Two people with accounts and umasks of their own, one group and one shared folder."""

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

from advisor.profiles.store import open_profile, saved_entries
from tests.support.processes import names_in
from tests.support.profile_builder import BOOK
from tests.support.user_process import Account, Person, chain


@dataclass(frozen=True)
class Server:
    """A machine that two founders share: their accounts, their common group, a folder of profiles and their home."""

    ann: Account
    bob: Account
    group: int
    folder: Path
    home: Path


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """Real accounts and a real group, removed afterwards."""
    if os.geteuid() != 0:
        pytest.skip("accounts can only be made by root, and the tests do not run as root")
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
    """The folder as an administrator sets it up: for the group, which new files inherit."""
    os.chown(server.folder, server.ann.uid, server.group)
    server.folder.chmod(0o2770)
    yield server.folder
    for path in server.folder.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def who_and_mode(path: Path) -> tuple[int, int, int]:
    status = path.stat()
    return status.st_uid, status.st_gid, status.st_mode & 0o777


def test_both_save_one_profile_and_neither_overwrites_the_other(server: Server, shared: Path) -> None:
    path = shared / "ours.toml"
    with Person(server.home, server.ann, umask=0o007) as ann, Person(server.home, server.bob, umask=0o077) as bob:
        assert ann.ask("save", path, "from Ann") == "from Ann"
        assert who_and_mode(path) == (server.ann.uid, server.group, 0o660)
        assert bob.ask("open", path) == {"notes": "from Ann", "read_only": ""}
        assert bob.ask("save", path, "from Bob") == "from Bob"
        assert who_and_mode(path) == (server.bob.uid, server.group, 0o660), "the mode is the file's, not Bob's umask"
        assert ann.ask("save", path, "Ann again").startswith("ConflictError: ")
        assert ann.ask("open", path) == {"notes": "from Bob", "read_only": ""}
        assert ann.ask("save", path, "Ann again") == "Ann again"
    assert open_profile(path, BOOK).notes == "Ann again"
    assert names_in(shared) == ["ours.toml"]


def test_what_one_keeps_private_the_other_is_refused_in_one_line(server: Server, shared: Path) -> None:
    path = shared / "private.toml"
    with Person(server.home, server.ann, umask=0o007) as ann, Person(server.home, server.bob, umask=0o077) as bob:
        assert bob.ask("save", path, "for Bob") == "for Bob"
        assert who_and_mode(path) == (server.bob.uid, server.group, 0o600)
        refused = ann.ask("open", path)
        assert refused.startswith("InputError: ")
        assert "permission denied" in refused
        assert "\n" not in refused
        assert "SaveError" in ann.ask("save", path, "by Ann")
    assert open_profile(path, BOOK).notes == "for Bob"


def test_what_one_lets_others_only_read_opens_read_only_and_stays(server: Server, shared: Path) -> None:
    path = shared / "readable.toml"
    with Person(server.home, server.ann, umask=0o022) as ann, Person(server.home, server.bob, umask=0o002) as bob:
        ann.ask("save", path, "by Ann")
        assert who_and_mode(path) == (server.ann.uid, server.group, 0o644)
        opened = bob.ask("open", path)
        assert opened["notes"] == "by Ann"
        assert opened["read_only"].startswith(f"read-only: you may not write to {path}")
        assert "Permission denied" in bob.ask("save", path, "by Bob")
        assert bob.ask("save", shared / "bobs.toml", "by Bob") == "by Bob"
    assert open_profile(path, BOOK).notes == "by Ann"
    assert names_in(shared) == ["bobs.toml", "readable.toml"]


def test_a_file_of_a_group_that_one_is_not_in_gives_that_groups_rights_to_nobody_else(
    server: Server, shared: Path
) -> None:
    """Bob cannot hand his copy to Ann's own group; his own group must not get in by its bits."""
    shared.chmod(0o770)
    path = shared / "mine.toml"
    with Person(server.home, server.ann, umask=0o007) as ann, Person(server.home, server.bob, umask=0o007) as bob:
        ann.ask("save", path, "by Ann")
        assert who_and_mode(path) == (server.ann.uid, server.ann.gid, 0o660)
        path.chmod(0o666)
        bob.ask("open", path)
        path.chmod(0o662)
        assert bob.ask("save", path, "by Bob").endswith("a folder you can write to"), "not to be read any more"
        path.chmod(0o676)
        assert bob.ask("save", path, "by Bob") == "by Bob"
    assert who_and_mode(path) == (server.bob.uid, server.bob.gid, 0o666)


def test_what_one_renames_stays_the_groups_and_a_copy_follows_the_umask_of_who_makes_it(
    server: Server, shared: Path
) -> None:
    with Person(server.home, server.ann, umask=0o007) as ann, Person(server.home, server.bob, umask=0o027) as bob:
        ann.ask("save", shared / "anns.toml", "by Ann")
        assert bob.ask("duplicate", shared / "anns.toml", "Copy") == str(shared / "copy.toml")
        assert who_and_mode(shared / "copy.toml") == (server.bob.uid, server.group, 0o640)
        assert bob.ask("rename", shared / "anns.toml", "Ours") == str(shared / "ours.toml")
        assert who_and_mode(shared / "ours.toml")[1:] == (server.group, 0o660)
        assert ann.ask("open", shared / "ours.toml") == {"notes": "by Ann", "read_only": ""}
        assert ann.ask("open", shared / "copy.toml")["read_only"].startswith("read-only: ")
        assert ann.ask("rename", shared / "copy.toml", "Mine").startswith("SaveError: ")
    assert names_in(shared) == ["copy.toml", "ours.toml"]


def test_the_trash_is_for_both(server: Server, shared: Path) -> None:
    with Person(server.home, server.ann, umask=0o007) as ann, Person(server.home, server.bob, umask=0o077) as bob:
        ann.ask("save", shared / "anns.toml", "by Ann")
        ann.ask("save", shared / "other.toml", "by Ann")
        assert bob.ask("delete", shared / "anns.toml") == str(shared / ".trash" / "anns~1.toml")
        assert ann.ask("delete", shared / "other.toml") == str(shared / ".trash" / "other~1.toml")
        assert saved_entries(shared) == []
        assert ann.ask("restore", shared) == [str(shared / "anns.toml"), str(shared / "other.toml")]
        assert ann.ask("open", shared / "anns.toml")["notes"] == "by Ann"


def test_both_at_once_lose_no_save(server: Server, shared: Path) -> None:
    path = shared / "ours.toml"
    with Person(server.home, server.ann, umask=0o007) as ann, Person(server.home, server.bob, umask=0o077) as bob:
        ann.ask("save", path, "start")
        ann.tell("save many", path, "ann", 100)
        bob.tell("save many", path, "bob", 100)
        saved = [(note, over) for note, over in ann.hear() + bob.hear()]
    history = chain("start", saved)
    assert len(history) == 201
    assert open_profile(path, BOOK).notes == history[-1]
    assert names_in(shared) == ["ours.toml"]


def test_a_folder_of_one_is_read_only_to_the_other(server: Server, shared: Path) -> None:
    shared.chmod(0o2750)
    path = shared / "anns.toml"
    with Person(server.home, server.ann, umask=0o007) as ann, Person(server.home, server.bob) as bob:
        ann.ask("save", path, "by Ann")
        assert bob.ask("open", path)["read_only"].startswith(f"read-only: you may not write to {shared};")
        for action in ("save", "delete"):
            answer = bob.ask(action, path, *(["by Bob"] if action == "save" else []))
            assert answer.startswith("SaveError: ")
            assert "Permission denied" in answer
        assert ann.ask("open", path) == {"notes": "by Ann", "read_only": ""}
