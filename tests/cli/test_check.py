"""`gpu-advisor check`: one line for each error, with the message that the program would stop with."""

import json
import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import tomli_w
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.errors import InputError
from advisor.market.book_file import read_overrides
from advisor.offers.quotes_file import read_quotes
from advisor.profiles.check_file import check_file
from advisor.profiles.store import load_profile
from tests.cli.test_wrong_input import WRONG, WRONG_BOOKS
from tests.support.processes import run_here
from tests.support.profile_builder import BOOK, SAMPLES, raw_profiles, sample

FULL_OF_FAULTS = """schema = 1
nmae = "x"
[[workload]]
kind = "pre-train"
gpu = "H10"
nodes = 0
months = 70
[company]
discount_rate = 3
[market]
tier = "cheap"
other_gpus = ["H200", "B20"]
[facility]
pue = 0.5
peu = 3
electricity_usd_per_kwh = "x"
[gpu]
node_usd = -1
[[quote]]
option = "reserved"
usd_per_gpu_hour = 2.0
"""
FULL_BOOK = """[facility]
peu = 3
[gpu.H100-SXM]
node_usd = -1
[gpu.H100-SXM.neocloud_term_discount]
"12" = 3
[gpu.H10]
x = 1
[foo]
a = 1
"""


def written(folder: Path, text: str, name: str = "a.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def places(path: Path) -> list[tuple[int | None, str]]:
    return [(fault.line, fault.field) for fault in check_file(path, BOOK).faults]


def test_every_fault_of_a_profile_is_listed_once_in_order(tmp_path: Path) -> None:
    assert places(written(tmp_path, FULL_OF_FAULTS)) == [
        (None, "name"),
        (2, "nmae"),
        (5, "workload 1, gpu"),
        (6, "workload 1, nodes"),
        (7, "workload 1, months"),
        (9, "company, discount_rate"),
        (11, "market, tier"),
        (12, "market, other_gpus 2"),
        (14, "facility, pue"),
        (15, "facility, peu"),
        (16, "facility, electricity_usd_per_kwh"),
        (18, "gpu, node_usd"),
        (19, "quote 1"),
    ]


def test_every_fault_of_a_book_is_listed(tmp_path: Path) -> None:
    path = written(tmp_path, FULL_BOOK)
    assert check_file(path, BOOK).kind == "book"
    assert places(path) == [
        (2, "facility, peu"),
        (4, "gpu, node_usd"),
        (6, "gpu, neocloud_term_discount.12"),
        (7, "gpu"),
        (8, "gpu, x"),
        (9, "foo"),
    ]


def test_every_fault_of_quotes_is_listed(tmp_path: Path) -> None:
    text = "[[quote]]\noption = 'buy'\n[[quote]]\noption = 'on-demand'\nusd_per_gpu_hour = 0\n[[qoute]]\na = 1\n"
    path = written(tmp_path, text)
    assert check_file(path, BOOK).kind == "quotes"
    assert places(path) == [(1, "quote 1"), (5, "quote 2, usd_per_gpu_hour"), (6, "qoute")]


@pytest.mark.parametrize("case", WRONG)
def test_what_stops_advise_is_among_the_faults(case: str, tmp_path: Path) -> None:
    path = written(tmp_path, WRONG[case][0])
    with pytest.raises(InputError) as stopped:
        load_profile(path, BOOK)
    told = re.sub(r" \(and \d+ more\)$", "", str(stopped.value))
    found = check_file(path, BOOK, "profile").faults
    assert told in [fault.message for fault in found]
    assert len({fault.message for fault in found}) == len(found)


@pytest.mark.parametrize("case", WRONG_BOOKS)
def test_what_stops_a_book_is_among_the_faults(case: str, tmp_path: Path) -> None:
    path = written(tmp_path, WRONG_BOOKS[case][0])
    with pytest.raises(InputError) as stopped:
        read_overrides(path, BOOK)
    found = check_file(path, BOOK, "book").faults
    assert (stopped.value.found, stopped.value.allowed) in [
        (fault.found, fault.allowed.replace("a profile, figures or quotes in TOML", "a TOML file of figures"))
        for fault in found
    ]


@settings(deadline=None)  # the machine may be busy
@given(raw=raw_profiles(), figure=st.sampled_from(["facility.pue", "rental.prepaid_share"]), value=st.floats(-1, 3))
def test_a_profile_is_valid_exactly_when_it_opens(raw: dict[str, Any], figure: str, value: float) -> None:
    """There are faults exactly where opening the profile raises an error."""
    section, name = figure.split(".")
    with TemporaryDirectory() as folder:
        path = written(Path(folder), tomli_w.dumps({**raw, section: {name: value}}))
        found = check_file(path, BOOK).faults
        try:
            load_profile(path, BOOK)
            stopped = None
        except InputError as error:
            stopped = str(error)
        assert [fault.message for fault in found][:1] == ([] if stopped is None else [stopped])


def test_valid_quotes_and_books_have_no_faults(tmp_path: Path) -> None:
    quotes = written(tmp_path, "[[quote]]\noption = 'reserved'\nmonths = 12\nusd_per_gpu_hour = 2.4\n", "q.toml")
    book = written(tmp_path, "[gpu.H100]\nnode_usd = 250_000\n[facility]\npue = 1.2\n", "b.toml")
    assert read_quotes(quotes, sample("cluster-64"), BOOK)
    assert read_overrides(book, BOOK) != BOOK
    found = run_here(["check", quotes, book, *SAMPLES])
    assert (found.code, found.err) == (0, "")
    assert found.out.splitlines()[:3] == [
        f"{quotes}: ok, quotes",
        f"{book}: ok, figures for the book",
        f"{next(iter(SAMPLES))}: ok, a profile",
    ]


def test_the_program_prints_one_line_for_each_fault_and_exits_with_1(tmp_path: Path) -> None:
    written(tmp_path, FULL_BOOK, "mine.toml")
    found = run_here(["check", "mine.toml", "cluster-64", "nobody"], tmp_path)
    assert found.code == 1
    lines = found.out.splitlines()
    assert lines[1] == ("mine.toml:4: gpu, node_usd: found -1; allowed: a number from 0 to 1,000,000,000 [USD/node]")
    assert lines[6] == "cluster-64: ok, a profile"
    assert lines[7].startswith("PROFILE: found no profile 'nobody'; allowed: ")
    assert found.err == "gpu-advisor: check: found 7 errors in 2 of 3 files; allowed: none\n"


def test_the_json_has_every_part_of_a_fault(tmp_path: Path) -> None:
    found = run_here(["check", written(tmp_path, FULL_BOOK), "--json"])
    (one,) = json.loads(found.out)["files"]
    assert (one["kind"], one["ok"], len(one["faults"])) == ("book", False, 6)
    assert one["faults"][1] == {
        "line": 4,
        "field": "gpu, node_usd",
        "found": "-1",
        "allowed": "a number from 0 to 1,000,000,000 [USD/node]",
        "message": one["faults"][1]["message"],
    }
    assert one["faults"][1]["message"].startswith(f"{tmp_path}/a.toml:4: gpu, node_usd: found -1; allowed: a number ")


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a = [", 1, "broken TOML"),
        ("[a]\nb = 1 2\n", 2, "broken TOML"),
        ("", None, "an empty file"),
        ("# only this\n", None, "an empty file"),
        ("a = " + "[" * 5000, None, "nested too deeply"),
        ('"\\u001b[2J" = 1\n', None, "unknown key"),
    ],
)
def test_other_files_have_one_fault(text: str, line: int | None, words: str, tmp_path: Path) -> None:
    path = written(tmp_path, text)
    found = check_file(path, BOOK).faults
    assert (line, True) in [(fault.line, words in fault.found) for fault in found]
    assert "\x1b" not in run_here(["check", path]).out


def test_the_kind_of_a_file_can_be_given(tmp_path: Path) -> None:
    path = written(tmp_path, "[facility]\npue = 1.2\n")
    assert run_here(["check", path]).code == 0
    assert run_here(["check", path, "--as", "profile"]).code == 1
    assert run_here(["check", path, "--as", "quotes"]).code == 1


def test_a_link_out_of_the_folder_is_a_fault_of_a_profile(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    (shared / "link.toml").symlink_to(SAMPLES["cluster-64"])
    assert "a link that leads out of its folder" in run_here(["check", shared / "link.toml"]).out
