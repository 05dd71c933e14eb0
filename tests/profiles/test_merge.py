"""Two people and one profile: the second save is a conflict that says both versions, and nobody's work is lost. Names
change, files move to the trash and come back."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from advisor.errors import InputError, SaveError
from advisor.files.atomic import fingerprint
from advisor.profiles.merge import ConflictError, differences
from advisor.profiles.schema import Profile
from advisor.profiles.store import (
    LoadedProfile,
    duplicate_profile,
    free_name,
    load_profile,
    load_to_edit,
    rename_profile,
    save_profile,
    saved_entries,
    unlike_a_path,
)
from advisor.profiles.trash import delete_profile, last_deleted, restore_profile, trashed_profiles
from tests.profiles.test_store import HAND_WRITTEN, comments, contents
from tests.support.processes import names_in
from tests.support.profile_builder import BOOK, SAMPLES, a_profile, changed, sample
from tests.support.user_process import User


def saved(path: Path, **workload: Any) -> Profile:
    """A profile on disk."""
    profile = a_profile(workload)
    save_profile(profile, path)
    return profile


def words(mine: Profile, theirs: Profile) -> list[str]:
    return [difference.sentence for difference in differences(mine, theirs)]


# Conflicts


def test_the_second_save_is_a_conflict_that_carries_both_versions(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    saved(path, nodes=64)
    ann, bob = load_to_edit(path, BOOK), load_to_edit(path, BOOK)
    theirs, mine = a_profile({"nodes": 32}), a_profile({"nodes": 16, "months": 12.0})
    save_profile(theirs, path, ann.content)
    with pytest.raises(ConflictError) as caught:
        save_profile(mine, path, bob.content)
    conflict = caught.value
    assert (conflict.mine, conflict.theirs) == (mine, theirs)
    assert [str(path) in str(conflict), "\n" in str(conflict)] == [True, False]
    assert {difference.field: (difference.mine, difference.theirs) for difference in conflict.differences} == {
        "workload 1, nodes": ("16", "32"),
        "workload 1, months": ("12", "24"),
    }
    assert load_profile(path, BOOK) == theirs, "nothing was overwritten"
    save_profile(mine, path, conflict.content)
    assert load_profile(path, BOOK) == mine, "having seen it, mine may be kept"


def test_a_conflict_met_again_is_a_conflict_again(tmp_path: Path) -> None:
    """Between the dialog and the answer a third person saved."""
    path = tmp_path / "mine.toml"
    first = save_profile(a_profile({"nodes": 1}), path)
    second = save_profile(a_profile({"nodes": 2}), path, first.content)
    with pytest.raises(ConflictError) as caught:
        save_profile(a_profile({"nodes": 9}), path, first.content)
    save_profile(a_profile({"nodes": 3}), path, second.content)
    with pytest.raises(ConflictError) as again:
        save_profile(a_profile({"nodes": 9}), path, caught.value.content)
    assert again.value.theirs == a_profile({"nodes": 3})


def test_a_comment_added_meanwhile_is_a_conflict_too_and_is_kept_by_keeping_mine(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    opened = save_profile(a_profile(), path)
    path.write_text("# ask Ann first\n" + path.read_text())
    with pytest.raises(ConflictError) as caught:
        save_profile(a_profile({"nodes": 2}), path, opened.content)
    save_profile(a_profile({"nodes": 2}), path, caught.value.content)
    assert path.read_text().startswith("# ask Ann first\n")


def test_a_new_profile_never_takes_a_name_that_is_there(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    before = saved(path)
    with pytest.raises(ConflictError):
        save_profile(a_profile({"nodes": 2}), path)
    assert load_profile(path, BOOK) == before


def test_a_profile_deleted_meanwhile_is_a_conflict_and_can_be_saved_anew(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    opened = save_profile(a_profile(), path)
    path.unlink()
    with pytest.raises(ConflictError, match="deleted or renamed") as caught:
        save_profile(a_profile({"nodes": 2}), path, opened.content)
    assert caught.value.theirs is None
    assert caught.value.content is None
    assert not path.exists()
    save_profile(a_profile({"nodes": 2}), path, caught.value.content)
    assert load_profile(path, BOOK) == a_profile({"nodes": 2})


@pytest.mark.parametrize("broken", [b"name = ", b"\xff\xfe", b"", b"schema = 2\n"])
def test_a_profile_broken_meanwhile_is_a_conflict_and_is_not_overwritten(broken: bytes, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    opened = save_profile(a_profile(), path)
    path.write_bytes(broken)
    with pytest.raises(ConflictError, match="not a profile") as caught:
        save_profile(a_profile({"nodes": 2}), path, opened.content)
    assert caught.value.theirs is None
    assert path.read_bytes() == broken


def test_every_kind_of_difference_is_said_in_words() -> None:
    mine = a_profile(
        {"busy": 0.5, "always_on": True},
        notes="a" * 50 + "b",
        company={"cash_usd": 40_000_000},
        facility={"pue": 1.25},
        quote=[{"option": "reserved", "months": 12, "usd_per_gpu_hour": 2.4}],
    )
    theirs = a_profile(
        {"busy": None, "always_on": False},
        notes="a" * 50 + "\nc",
        company={"cash_usd": 40_000_001},
        quote=[
            {"option": "reserved", "months": 12, "usd_per_gpu_hour": 2.5},
            {"option": "buy", "usd_per_node": 250_000, "from": "vendor B"},
        ],
    )
    assert words(mine, theirs) == [
        "notes: yours …aaaaaaaaaab, on disk …aaaaaaaaaa?c",
        "workload 1, busy: yours 0.5, on disk not set",
        "workload 1, always_on: yours yes, on disk no",
        "company, cash_usd: yours 40,000,000, on disk 40,000,001",
        "facility, pue: yours 1.25, on disk not set",
        "quote reserved-12m-offer, usd_per_gpu_hour: yours 2.4, on disk 2.5",
        "quote buy-vendor-b, option: yours not set, on disk buy",
        "quote buy-vendor-b, usd_per_node: yours not set, on disk 250,000",
        "quote buy-vendor-b, from: yours not set, on disk vendor B",
    ]
    assert words(mine, mine) == []


def test_a_difference_is_plain_letters_whatever_the_other_wrote(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    opened = save_profile(a_profile(), path)
    path.write_bytes(opened.content + b'\n[facility]\n"\\u001b[2J" = 1\n')
    with pytest.raises(ConflictError) as caught:
        save_profile(a_profile({"nodes": 2}), path, opened.content)
    assert [difference.field for difference in caught.value.differences] == ["workload 1, nodes", "facility, ?[2J"]


@pytest.mark.parametrize("name", SAMPLES)
def test_two_samples_differ_where_their_tables_do(name: str) -> None:
    """Taking every difference from the other side gives the other side: nothing is left out."""
    mine, theirs = sample(name), sample("cluster-64")
    found = differences(mine, theirs)
    assert (found == ()) == (mine == theirs)
    assert len({difference.field for difference in found}) == len(found)
    assert all(difference.mine != difference.theirs for difference in found)


# Folders and files that may only be read


def test_a_folder_that_may_not_be_written_opens_read_only_and_says_so(tmp_path: Path) -> None:
    folder = tmp_path / "shared"
    saved(folder / "mine.toml")
    folder.chmod(0o555)
    with User(tmp_path) as ann:
        line = ann.ask("open", folder / "mine.toml")["read_only"]
        refused = ann.ask("save", folder / "mine.toml", "changed")
    folder.chmod(0o755)
    assert line.startswith(f"read-only: you may not write to {folder}")
    assert "\n" not in line
    assert refused.startswith("SaveError: ")
    assert "permission denied" in refused
    assert load_to_edit(folder / "mine.toml", BOOK).read_only == ""


# Names


def test_a_renamed_profile_keeps_its_comments_and_moves_its_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(HAND_WRITTEN)
    opened, now = rename_profile(load_to_edit(path, BOOK), path, " Our Cluster ")
    assert names_in(tmp_path) == ["our-cluster.toml"]
    assert now == tmp_path / "our-cluster.toml"
    assert load_to_edit(now, BOOK) == opened
    assert opened.profile.name == "Our Cluster"
    assert comments(now.read_text()) == comments(HAND_WRITTEN)


def test_a_new_spelling_of_a_name_renames_in_place(tmp_path: Path) -> None:
    path = tmp_path / "our-cluster.toml"
    saved(path)
    _, now = rename_profile(load_to_edit(path, BOOK), path, "Our cluster!")
    assert now == path
    assert load_profile(path, BOOK).name == "Our cluster!"


def test_a_name_that_is_taken_or_not_allowed_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    saved(path)
    saved(tmp_path / "other.toml", nodes=2)
    before = contents(tmp_path)
    opened = load_to_edit(path, BOOK)
    for name, why in (("Other", "exists already"), ("", "printable"), ("a\x1b[2J", "printable"), ("x" * 999, "120")):
        with pytest.raises(InputError, match=why):
            rename_profile(opened, path, name)
        with pytest.raises(InputError, match=why):
            duplicate_profile(opened, tmp_path, name)
    assert contents(tmp_path) == before


def test_a_profile_that_changed_meanwhile_is_not_renamed(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    opened = save_profile(a_profile({"nodes": 1}), path)
    save_profile(a_profile({"nodes": 2}), path, opened.content)
    with pytest.raises(ConflictError):
        rename_profile(opened, path, "other")
    assert names_in(tmp_path) == ["mine.toml"]


def test_a_duplicate_is_the_same_under_another_name(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(HAND_WRITTEN)
    opened = load_to_edit(path, BOOK)
    copy, where = duplicate_profile(opened, tmp_path / "new folder", "A copy")
    assert copy.profile == changed(opened.profile, name="A copy")
    assert load_to_edit(where, BOOK) == copy
    assert comments(where.read_text()) == comments(HAND_WRITTEN)
    assert path.read_text() == HAND_WRITTEN


def test_a_copy_of_a_layout_that_cannot_say_the_new_values_says_them_without_it(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('schema = 1\nname = "x"\nworkload = [{ kind = "pre-train", nodes = 2, months = 3 }]\n')
    opened = load_to_edit(path, BOOK)
    edited = replace(opened, profile=changed(opened.profile, notes="more", company={"cash_usd": 1e6}))
    copy, where = duplicate_profile(edited, tmp_path, "other")
    assert load_profile(where, BOOK) == copy.profile == changed(edited.profile, name="other")


def test_a_sample_can_be_duplicated(tmp_path: Path) -> None:
    _, where = duplicate_profile(load_to_edit(SAMPLES["cluster-64"], BOOK), tmp_path, "mine")
    assert load_profile(where, BOOK) == changed(sample("cluster-64"), name="mine")


@pytest.mark.parametrize(
    ("typed", "file", "name"),
    [
        ("{there}/my plan.toml", "my-plan.toml", "my plan"),
        ("{there}/", "lab.toml", "Lab"),
        ("~/mine", "mine.toml", "mine"),
    ],
)
def test_a_path_in_place_of_a_name_says_where_a_profile_goes(
    typed: str, file: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = tmp_path / "there"
    monkeypatch.setenv("HOME", str(there))
    opened = LoadedProfile(changed(sample("cluster-64"), name="Lab"), b"", "")
    copy, where = duplicate_profile(opened, tmp_path, typed.format(there=there))
    assert (where, copy.profile.name) == (there / file, name)
    assert load_profile(where, BOOK).name == name


def test_a_name_that_another_person_chose_is_proposed_as_one_that_is_no_path(tmp_path: Path) -> None:
    assert free_name("~/.ssh/lab", tmp_path) == ".ssh/lab copy"
    assert unlike_a_path("//etc/lab") == "etc/lab"


# The trash


def test_a_deleted_profile_leaves_the_list_and_comes_back_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(HAND_WRITTEN)
    path.chmod(0o640)
    trashed = delete_profile(path)
    assert saved_entries(tmp_path) == []
    assert trashed_profiles(tmp_path) == [trashed]
    assert restore_profile(trashed) == path
    assert path.read_text() == HAND_WRITTEN
    assert path.stat().st_mode & 0o777 == 0o640
    assert trashed_profiles(tmp_path) == []


def test_what_was_deleted_last_is_the_first_to_come_back(tmp_path: Path) -> None:
    assert last_deleted(tmp_path) is None
    for name in ("c", "a", "b"):
        saved(tmp_path / f"{name}.toml")
        trashed = delete_profile(tmp_path / f"{name}.toml")
        assert last_deleted(tmp_path) == trashed


def test_a_profile_that_changed_meanwhile_is_not_deleted(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    opened = save_profile(a_profile({"nodes": 1}), path)
    theirs = save_profile(a_profile({"nodes": 2}), path, opened.content)
    with pytest.raises(SaveError, match="another version, saved meanwhile"):
        delete_profile(path, fingerprint(opened.content))
    assert load_profile(path, BOOK) == theirs.profile
    (tmp_path / "link.toml").symlink_to("mine.toml")
    delete_profile(tmp_path / "link.toml", fingerprint(theirs.content))
    assert names_in(tmp_path) == [".trash", "mine.toml"], "a link goes alone"
    delete_profile(path, fingerprint(theirs.content))
    assert saved_entries(tmp_path) == []


def test_namesakes_lie_in_the_trash_side_by_side(tmp_path: Path) -> None:
    path = tmp_path / "mine~1.toml"
    for nodes in (1, 2, 3):
        saved(path, nodes=nodes)
        delete_profile(path)
    trashed = trashed_profiles(tmp_path)
    assert [load_profile(one.path, BOOK).workload[0].nodes for one in trashed] == [1, 2, 3]
    assert {one.origin for one in trashed} == {path}
    restore_profile(trashed[1])
    assert load_profile(path, BOOK).workload[0].nodes == 2
    with pytest.raises(InputError, match="another profile of that name"):
        restore_profile(trashed[0])
    assert len(trashed_profiles(tmp_path)) == 2


def test_what_cannot_be_deleted_stays(tmp_path: Path) -> None:
    with pytest.raises(SaveError, match="no such file"):
        delete_profile(tmp_path / "nobody.toml")
    path = tmp_path / "mine.toml"
    saved(path)
    tmp_path.joinpath(".trash").rmdir()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / ".trash").symlink_to(elsewhere)
    with pytest.raises(SaveError):
        delete_profile(path)
    assert names_in(elsewhere) == [], "a trash that leads elsewhere is not used"
    assert path.exists()


def test_an_error_is_one_line_whatever_the_path_is_called(tmp_path: Path) -> None:
    path = tmp_path / ("x" * 300 + ".toml")
    for attempt in (lambda: save_profile(a_profile(), path), lambda: delete_profile(path)):
        with pytest.raises(SaveError, match="file name too long") as caught:
            attempt()
        assert re.fullmatch(r"[^\n]+", str(caught.value))
