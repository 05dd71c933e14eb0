"""Profiles on disk: what is saved comes back, what a person wrote stays, and a failed save leaves no trace."""

import os
import stat
import subprocess
import sys
from operator import itemgetter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from advisor.errors import InputError, SaveError
from advisor.profiles.schema import Profile
from advisor.profiles.store import (
    Entry,
    file_name,
    find,
    free_name,
    load_profile,
    profiles_folder,
    sample_entries,
    save_profile,
    saved_entries,
)
from advisor.profiles.validation import parse_profile
from tests.support.folders import ROOT
from tests.support.long_runs import examples, quick_and_long
from tests.support.processes import HANGS_AFTER_S, bound_by_permissions, clean_environment
from tests.support.profile_builder import BOOK, SAMPLES, a_profile, changed, raw_profiles, sample

printable = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]) | st.just(" "), max_size=40)
figures = {
    "facility": {"pue": st.floats(1, 3), "exit_months": st.integers(0, 6), "deposit_share": st.floats(0, 1)},
    "rental": {"support_share": st.floats(0, 1), "setup_usd_per_node": st.integers(0, 9000)},
    "forecast": {"decline_shift_per_year": st.floats(-0.5, 0.5)},
    "gpu": {"node_usd": st.floats(1, 9e5), "neocloud_usd_per_gpu_hour": st.floats(0.5, 20)},
}


@st.composite
def quotes(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Offers of every kind, at most one for each term."""
    who = st.fixed_dictionaries({}, optional={"from": printable, "date": st.dates()})
    rates = st.floats(0.1, 20)
    held: list[dict[str, Any]] = []
    if draw(st.booleans()):
        held.append({"option": "on-demand", "usd_per_gpu_hour": draw(rates), **draw(who)})
    for months in draw(st.lists(st.integers(1, 36), max_size=2, unique=True)):
        prepaid = draw(st.fixed_dictionaries({}, optional={"prepaid": st.floats(0, 1)}))
        held.append({"option": "reserved", "months": months, "usd_per_gpu_hour": draw(rates), **prepaid, **draw(who)})
    if draw(st.booleans()):
        held.append({"option": "buy", "usd_per_node": draw(st.floats(1, 1e6)), **draw(who)})
    return held


commitments = st.fixed_dictionaries(
    {"nodes": st.integers(1, 64), "months_left": st.integers(1, 60), "usd_per_gpu_hour": st.floats(0, 20)},
    optional={"termination_fee_share": st.floats(0, 1), "may_be_resold": st.booleans(), "from": printable},
)


@st.composite
def any_profiles(draw: st.DrawFn) -> Profile:
    """Random valid profiles with everything a profile can hold."""
    raw = draw(raw_profiles())
    raw["name"] = draw(printable.filter(bool))
    raw["notes"] = draw(st.lists(printable, max_size=3).map("\n".join))
    raw["quote"] = draw(quotes())
    for table, own in figures.items():
        raw[table] = draw(st.fixed_dictionaries({}, optional=own))
    raw["commitment"] = draw(st.lists(commitments, max_size=3))
    company = {
        "cash_usd": st.floats(0, 1e9),
        "rental_forbidden_because": printable,
        "tax_rate": st.floats(0, 0.9),
        "taxable_from_month": st.integers(0, 120),
        "depreciation": st.sampled_from(["straight-line", "macrs", "bonus"]),
    }
    points = st.lists(st.tuples(st.floats(0, 60), st.floats(0.01, 9)), max_size=4, unique_by=itemgetter(0))
    market = {
        "rents_path": points.map(lambda drawn: [list(point) for point in sorted(drawn)]),
        "other_gpus": st.lists(st.sampled_from(sorted(BOOK.gpus)), max_size=3),
    }
    raw["company"] |= draw(st.fixed_dictionaries({}, optional=company))
    raw["market"] |= draw(st.fixed_dictionaries({}, optional=market))
    for workload in raw["workload"]:
        workload.update(draw(st.fixed_dictionaries({}, optional={"memory_gb_per_gpu": st.floats(1, 300)})))
    return parse_profile(raw, BOOK)


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for all random profiles of a worker."""
    return tmp_path_factory.mktemp("shared_folder")


@quick_and_long
@settings(max_examples=examples(20, 80), deadline=None, derandomize=True)
@given(profile=any_profiles())
def test_what_is_saved_comes_back(profile: Profile, shared_folder: Path) -> None:
    path = shared_folder / "new.toml"
    path.unlink(missing_ok=True)
    save_profile(profile, path)
    assert load_profile(path, BOOK) == profile
    first = path.read_bytes()
    save_profile(profile, path, first)
    assert path.read_bytes() == first, "saving what is there already changes nothing"


@quick_and_long
@settings(max_examples=examples(20, 80), deadline=None, derandomize=True)
@given(before=any_profiles(), after=any_profiles())
def test_a_save_over_another_profile_leaves_nothing_of_it(before: Profile, after: Profile, shared_folder: Path) -> None:
    path = shared_folder / "old.toml"
    path.unlink(missing_ok=True)
    opened = save_profile(before, path)
    save_profile(after, path, opened.content)
    assert load_profile(path, BOOK) == after


HAND_WRITTEN = """\
# My cluster, version of Tuesday.
name = "by hand"  # a working title
schema = 1

notes = "ask again in May"

[company]  # who pays
cash_usd = 60_000_000  # after the round

# The work itself.
[[workload]]
months = 24
kind = "pre-train"  # for now
nodes = 64          # 512 GPUs
gpu = "H100"
busy = 0.85
start_month = 0  # at once

[facility]
# our own meter
electricity_usd_per_kwh = 0.07

[[quote]]  # by phone
option = "reserved"
months = 12
usd_per_gpu_hour = 2.45  # open to talk
from = "vendor A"
date = 2026-11-02
# the end
"""


def comments(text: str) -> list[str]:
    return [line.partition("#")[2].strip() for line in text.splitlines() if "#" in line]


def keys(text: str) -> list[str]:
    """The keys and headers of a TOML file, in order."""
    return [line.partition("=")[0].partition("#")[0].strip() for line in text.splitlines() if line.strip(" #\n")]


def test_a_save_without_a_change_is_no_change(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(HAND_WRITTEN)
    save_profile(load_profile(path, BOOK), path, path.read_bytes())
    assert path.read_text() == HAND_WRITTEN


def test_comments_and_order_survive_a_change(tmp_path: Path) -> None:
    """Figures are changed, added and taken away in every table; what was not touched reads as before."""
    path = tmp_path / "mine.toml"
    path.write_text(HAND_WRITTEN)
    profile = load_profile(path, BOOK)
    raw = profile.model_dump(by_alias=True, exclude_none=True)
    raw["company"] |= {"cash_usd": 5e7, "burn_usd_per_month": 9e5}
    raw["workload"] = [{**raw["workload"][0], "nodes": 32, "plan_change_per_month": 0.01}]
    raw["facility"] = {"electricity_usd_per_kwh": 0.08, "pue": 1.2}
    raw["market"] = {"tier": "hyperscaler"}
    raw["quote"] = [{**raw["quote"][0], "usd_per_gpu_hour": 2.4}]
    after = parse_profile(raw, BOOK)
    save_profile(after, path, path.read_bytes())
    text = path.read_text()
    assert load_profile(path, BOOK) == after
    assert comments(text) == comments(HAND_WRITTEN)
    kept = [key for key in keys(text) if key in keys(HAND_WRITTEN)]
    assert kept == keys(HAND_WRITTEN)
    changed_lines = {"cash_usd", "nodes", "electricity_usd_per_kwh", "usd_per_gpu_hour"}
    for line in HAND_WRITTEN.splitlines():
        if line.partition("=")[0].strip() not in changed_lines:
            assert line in text.splitlines()


def test_comments_survive_when_a_workload_is_added(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(HAND_WRITTEN)
    raw = load_profile(path, BOOK).model_dump(by_alias=True, exclude_none=True)
    raw["workload"] = [*raw["workload"], {"kind": "fine-tune", "gpu": "H100", "nodes": 1, "months": 2.0}]
    after = parse_profile(raw, BOOK)
    save_profile(after, path, path.read_bytes())
    assert load_profile(path, BOOK) == after
    assert set(comments(HAND_WRITTEN)) <= set(comments(path.read_text()))


DEFAULTS_WRITTEN_DOWN = {
    "of a workload": "start_month = 0",
    "of the company": 'stage = "series-a"  # as of May',
    "of the market": 'tier = "neocloud"',
    "of the profile": 'notes = ""',
}


@pytest.mark.parametrize("where", DEFAULTS_WRITTEN_DOWN)
def test_a_default_that_is_written_down_stays(where: str, tmp_path: Path) -> None:
    """Written by hand it is a statement; the program's default may change one day."""
    line = DEFAULTS_WRITTEN_DOWN[where]
    table = {"of the company": "[company]\n", "of the market": "[market]\n"}.get(where, "")
    top = line + "\n" if where == "of the profile" else ""
    own = line + "\n" if where == "of a workload" else ""
    end = table + line + "\n" if table else ""
    text = f'schema = 1\nname = "x"\n{top}[[workload]]\nkind = "pre-train"\nnodes = 16\nmonths = 12\n{own}{end}'
    path = tmp_path / "mine.toml"
    path.write_text(text)
    save_profile(load_profile(path, BOOK), path, path.read_bytes())
    assert path.read_text() == text


STYLES = {
    "inline tables": 'schema = 1\nname = "x"\nworkload = [{kind = "pre-train", nodes = 8, months = 3}]\n'
    "company = {cash_usd = 5}\n",
    "dotted keys": 'name = "x"\nschema = 1\nfacility.pue = 1.2\ncompany.cash_usd = 5\n'
    '[[workload]]\nkind = "pre-train"\nnodes = 8\nmonths = 3\n',
    "tables before and after": '[company]\ncash_usd = 5\n[[workload]]\nkind = "pre-train"\nnodes = 8\nmonths = 3\n'
    "[facility]\npue = 1.2\n",
}


@quick_and_long
@settings(max_examples=examples(10, 40), deadline=None, derandomize=True)
@given(style=st.sampled_from(sorted(STYLES)), after=any_profiles())
def test_a_file_in_any_style_takes_any_profile(style: str, after: Profile, shared_folder: Path) -> None:
    path = shared_folder / "style.toml"
    path.write_text(STYLES[style])
    save_profile(after, path, path.read_bytes())
    assert load_profile(path, BOOK) == after


def test_only_what_differs_from_the_defaults_is_written(tmp_path: Path) -> None:
    path = tmp_path / "new.toml"
    save_profile(a_profile({"gpu": "H200"}), path)
    written = [line for line in keys(path.read_text()) if not line.startswith("[")]
    assert written == ["schema", "name", "kind", "gpu", "nodes", "months", "busy"]


def test_a_new_file_is_laid_out_to_be_edited_by_hand(tmp_path: Path) -> None:
    """One line a value under its own header, as in the samples, so that an error can name the line."""
    path = tmp_path / "new.toml"
    save_profile(changed(a_profile(), quote=[{"option": "buy", "usd_per_node": 1e5}]), path)
    lines = path.read_text().splitlines()
    assert "[[workload]]" in lines
    assert "[[quote]]" in lines
    line = lines.index("nodes = 64") + 1
    path.write_text(path.read_text().replace("nodes = 64", "nodes = 0"))
    with pytest.raises(InputError, match=rf"new\.toml:{line}: workload 1, nodes"):
        load_profile(path, BOOK)


def test_an_error_in_a_list_names_the_line_of_the_list(tmp_path: Path) -> None:
    """However far into the list it is, and the right table when there are several."""
    path = tmp_path / "mine.toml"
    save_profile(changed(a_profile(), market={"other_gpus": ["B200-SXM", "H200-SXM"]}), path)
    path.write_text(path.read_text().replace("H200-SXM", "H999"))
    line = next(number for number, text in enumerate(path.read_text().splitlines(), 1) if "other_gpus" in text)
    with pytest.raises(InputError, match=rf"mine\.toml:{line}: market, other_gpus 2: found the unknown GPU 'H999'"):
        load_profile(path, BOOK)


# Saving, whole or not at all


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_save_makes_its_folder_and_leaves_only_the_profile(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "er" / "new.toml"
    save_profile(a_profile(), path)
    assert [str(entry) for entry in contents(tmp_path)] == ["deep/er/new.toml"]
    assert stat.S_IMODE(path.parent.stat().st_mode) & 0o077 == 0, "a folder of plans is for its owner"


def in_the_way(folder: Path, in_place: str) -> Path:
    """A path that cannot be saved to, and why."""
    if in_place == "the folder is a file":
        (folder / "file").write_text("I was here first")
        return folder / "file" / "new.toml"
    if in_place == "the path is a folder":
        (folder / "new.toml").mkdir()
        return folder / "new.toml"
    path = folder / "mine.toml"
    broken = {"broken TOML": b"name = ", "no text": b"\xff\xfe", "huge": b"# padding\n" * 50_000}
    path.write_bytes(broken[in_place])
    return path


@pytest.mark.parametrize("in_place", ["the folder is a file", "the path is a folder", "broken TOML", "no text", "huge"])
def test_a_save_that_cannot_be_changes_nothing(in_place: str, tmp_path: Path) -> None:
    path = in_the_way(tmp_path, in_place)
    before = contents(tmp_path)
    with pytest.raises(SaveError) as caught:
        save_profile(a_profile(), path, path.read_bytes() if path.is_file() else None)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert contents(tmp_path) == before


_SAVE = """
import resource, sys
from pathlib import Path
from advisor.errors import SaveError
from advisor.profiles.store import load_profile, save_profile
from advisor.market.price_book import built_in_book
profile = load_profile(Path(sys.argv[1]), built_in_book())
if len(sys.argv) > 3:
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), int(sys.argv[3])))  # as on a full disk
target = Path(sys.argv[2])
try:
    save_profile(profile, target, target.read_bytes() if target.exists() else None)
except SaveError as error:
    print(error)
"""


def save_elsewhere(source: Path, target: Path, home: Path, *limit: str) -> str:
    """Save in a process of its own, bound by file permissions; what the SaveError said, or nothing."""
    done = subprocess.run(
        bound_by_permissions([sys.executable, "-B", "-c", _SAVE, str(source), str(target), *limit]),
        env=clean_environment(home),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=HANGS_AFTER_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("existing", [True, False])
def test_a_save_into_a_folder_that_may_not_be_written_changes_nothing(existing: bool, tmp_path: Path) -> None:
    folder = tmp_path / "locked"
    folder.mkdir()
    target = folder / "mine.toml"
    if existing:
        target.write_text(HAND_WRITTEN)
    before = contents(folder)
    folder.chmod(0o555)
    said = save_elsewhere(SAMPLES["lora-one-node"], target, tmp_path)
    folder.chmod(0o755)
    assert "permission denied" in said
    assert str(target) in said
    assert contents(folder) == before


def test_a_save_that_breaks_off_half_way_leaves_the_old_file(tmp_path: Path) -> None:
    """The file system takes 64 bytes and no more."""
    target = tmp_path / "mine.toml"
    target.write_text(HAND_WRITTEN)
    before = contents(tmp_path)
    said = save_elsewhere(SAMPLES["cluster-64"], target, tmp_path, "64")
    assert "file too large" in said
    assert contents(tmp_path) == before


@quick_and_long
@settings(max_examples=examples(50, 200), deadline=None, derandomize=True)
@given(st.text(max_size=200))
@example("../../etc/passwd")
@example("/absolute")
@example("..")
@example(".hidden")
@example("a\x00b")
@example("C:\\Windows\\con")
@example("-rf")
@example("日本")
def test_a_file_name_never_escapes(name: str) -> None:
    """Whatever a profile is called, its file lies in the folder, is seen in the listing and is short enough."""
    found = file_name(name)
    path = Path("/folder") / found
    assert os.path.normpath(path) == str(path)
    assert path.parent == Path("/folder")
    assert path.suffix == ".toml"
    assert not found.startswith((".", "-"))
    assert all(letter.isalnum() or letter == "-" for letter in path.stem)
    assert found.isprintable()
    assert len(os.fsencode(found)) <= 255, "as long as a file's name may be"


def test_a_name_in_any_script_is_a_file_of_its_own() -> None:
    assert [file_name(name) for name in ("日本", "Лаборатория 2", "ÉTÉ", "🙂", "ｌａｂ")] == [
        "日本.toml",
        "лаборатория-2.toml",
        "été.toml",
        "profile.toml",
        "lab.toml",
    ]


def test_a_copy_gets_a_name_that_is_free(tmp_path: Path) -> None:
    assert free_name("Lab", tmp_path) == "Lab copy"
    (tmp_path / "lab-copy.toml").touch()
    (tmp_path / "lab-copy-2.toml").symlink_to("nowhere")
    assert free_name("Lab", tmp_path) == "Lab copy 3"
    assert file_name(free_name("x" * 120, tmp_path)) == f"{'x' * 39}-copy.toml"
    (tmp_path / file_name("ﷺ" * 40)).touch()
    assert free_name("ﷺ" * 40, tmp_path).endswith(" copy"), "one that is taken, when none is free: it is asked again"


# Finding and listing


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("mine", "cluster-64"):
        save_profile(changed(sample("lora-one-node"), name=f"saved {name}"), tmp_path / f"{name}.toml")
    (tmp_path / ".hidden.toml").write_text("")
    (tmp_path / "notes.txt").write_text("")
    return tmp_path


def test_the_listing_is_of_profiles_only(folder: Path) -> None:
    assert [(entry.name, entry.sample) for entry in saved_entries(folder)] == [("cluster-64", False), ("mine", False)]
    assert saved_entries(folder / "nowhere") == []
    with pytest.raises(InputError, match=r"notes\.txt.*readable folder"):
        saved_entries(folder / "notes.txt")


def test_a_profile_is_found_by_path_name_and_sample(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = folder / "mine.toml"
    assert find(str(path), Path("/nowhere")) == Entry("mine", path, sample=False)
    assert find("mine", folder) == Entry("mine", path, sample=False)
    assert find("inference-8", folder).sample
    assert find("cluster-64", folder) == Entry("cluster-64", folder / "cluster-64.toml", sample=False), "own ones first"
    assert find("cluster-64", folder / "nowhere").sample
    monkeypatch.chdir(folder)
    assert find("mine.toml", Path("/nowhere")).path.resolve() == path
    assert find("notes.txt", Path("/nowhere")).path.name == "notes.txt"


def test_an_unknown_name_is_met_with_the_nearest(folder: Path) -> None:
    with pytest.raises(InputError, match=r"'mien'.*did you mean mine\?"):
        find("mien", folder)
    with pytest.raises(InputError, match=r"'inference'.*did you mean inference-8\?"):
        find("inference", folder)
    with pytest.raises(InputError, match=r"one of .*cluster-64.*mine"):
        find("zzz", folder)


def test_the_folder_is_the_chosen_the_shared_or_the_users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.delenv("GPU_ADVISOR_PROFILES", raising=False)
    assert profiles_folder() == tmp_path / "data" / "gpu-advisor" / "profiles"
    monkeypatch.setenv("GPU_ADVISOR_PROFILES", str(tmp_path / "shared"))
    assert profiles_folder() == tmp_path / "shared"
    assert profiles_folder(tmp_path / "chosen") == tmp_path / "chosen"
    assert list(tmp_path.iterdir()) == []


def test_every_sample_opens_and_is_named() -> None:
    for entry in sample_entries():
        profile = load_profile(entry.path, BOOK)
        assert entry.sample
        assert profile.name
        assert entry.path.read_text().startswith("# "), "a sample says what it is"


# Errors name the line

GOOD_START = 'schema = 1\nname = "x"\n\n[[workload]]\nkind = "pre-train"\nnodes = 16\nmonths = 12\n'  # seven lines

WRONG_LINES = {
    "a value of the profile": ('name = "x"\nschema = 2\n' + GOOD_START.partition("\n\n")[2], 2),
    "a value of the first workload": (GOOD_START.replace("16", "0"), 6),
    "a missing value: the workload's header": (GOOD_START.replace("nodes = 16\n", ""), 4),
    "a value of the second workload": (
        GOOD_START + '# more\n[[workload]]\nkind = "fine-tune"\nmonths = 1\nnodes = 0\n',
        12,
    ),
    "an unknown key": (GOOD_START + "nodez = 3\n", 8),
    "an unknown table": (GOOD_START + "\n[facilty]\npue = 1.2\n", 9),
    "a figure out of bounds": (GOOD_START + "[facility]\n# our meter\npue = 0.2\n", 10),
    "an unknown figure": (GOOD_START + "[rental]\nsuport_share = 0.1\n", 9),
    "a figure of the GPU": (GOOD_START + '[gpu]\nnode_usd = "expensive"\n', 9),
    "an unknown GPU": (GOOD_START + 'gpu = "H1000000"\n', 8),
    "an offer": (GOOD_START + '[[quote]]\noption = "buy"\nusd_per_node = 0\n', 10),
    "the company": (GOOD_START + '[company]\nstage = "z"\n', 9),
    "spaces and quotes around a key": (GOOD_START.replace("nodes = 16", '  "nodes"   =   0  # none'), 6),
    "broken TOML": (GOOD_START.replace("nodes = 16", "nodes = = 16"), 6),
}


@pytest.mark.parametrize("case", WRONG_LINES)
def test_an_error_names_the_line(case: str, tmp_path: Path) -> None:
    text, line = WRONG_LINES[case]
    path = tmp_path / "wrong.toml"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        load_profile(path, BOOK)
    assert str(caught.value).startswith(f"{path}:{line}:")
