"""Rows made to break the reader: each is counted and named, and nothing else is lost by it."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.errors import InputError
from advisor.usage.faults import NAMED
from tests.support.processes import CONTROL, run_here
from tests.usage.readings import EVERY_FILE, FILES, a_job, load_of, read, sacct_file

GOOD = [a_job(number, "2026-09-07T00:00:00", "2026-09-07T10:00:00", 1) for number in range(4)]
HOSTILE = {
    "a huge count": "9|COMPLETED|2026-09-07T00:00:00|2026-09-07T10:00:00||gres/gpu=999999999",
    "a longer count": "9|COMPLETED|2026-09-07T00:00:00|2026-09-07T10:00:00||gres/gpu:h100=" + "9" * 9,
    "a time far off": "9|COMPLETED|0001-01-01T00:00:00|2026-09-07T10:00:00||gres/gpu=1",
    "a job of decades": "9|COMPLETED|2011-01-01T00:00:00|2026-09-07T10:00:00||gres/gpu=1",
    "an end before its start": "9|COMPLETED|2026-09-07T10:00:00|2026-09-07T00:00:00||gres/gpu=1",
    "a NUL": "9|COMPLETED|\x002026-09-07T00:00:00|2026-09-07T10:00:00||gres/gpu=1",
    "an escape": "9|COMPLETED|\x1b[2J|2026-09-07T10:00:00||gres/gpu=1",
    "too few columns": "9|COMPLETED",
    "too many columns": "9|a|b|c|d|e|f|g",
    "a long line": "9|" + "x" * (10 << 20),
    "a running job of decades": "9|RUNNING|2026-09-07T00:00:00|Unknown|99999999999|gres/gpu=1",
}


@pytest.mark.parametrize("row", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_row_is_named_and_loses_nothing_else(row: str, tmp_path: Path) -> None:
    tally, (counts,) = read(sacct_file(tmp_path / "jobs", [*GOOD[:2], row, *GOOD[2:]]))
    assert load_of(tally).gpu_hours == pytest.approx(40)
    assert counts.broken == 1
    assert [fault.line for fault in tally.faults.named] == [4]


def test_only_the_first_broken_rows_are_named(tmp_path: Path) -> None:
    tally, _ = read(sacct_file(tmp_path / "jobs", [*GOOD, *["9|COMPLETED"] * 100]))
    assert tally.faults.total == 100
    assert [fault.line for fault in tally.faults.named] == list(range(6, 6 + NAMED))


def test_a_quote_that_is_not_closed_loses_its_own_row_only(tmp_path: Path) -> None:
    lines = (FILES / "focus.csv").read_text("utf-8").splitlines()
    broken = lines[1].replace('"{""team"":""a, b""}"', '"{never closed')
    (tmp_path / "focus.csv").write_text("\n".join([lines[0], broken, *lines[1:]]) + "\n", encoding="utf-8")
    tally, (counts,) = read(tmp_path / "focus.csv")
    assert load_of(tally).in_use.tolist() == [8, 4]
    assert counts.broken == 1


@pytest.mark.parametrize(
    "broken",
    ['["x"]', "[1,2,3]", "[]", '[1788739200,"999"]', '[1e400,"1"]', '{"a":1}', '[1788739200,"\\u0000"]', "null"],
)
def test_a_broken_sample_loses_nothing_else(broken: str, tmp_path: Path) -> None:
    labels = json.dumps({"__name__": "DCGM_FI_DEV_GPU_UTIL", "UUID": "GPU-a", "modelName": "NVIDIA H200"})
    other = json.dumps({"__name__": "DCGM_FI_DEV_GPU_UTIL", "UUID": "GPU-b", "modelName": "NVIDIA H200"})
    text = f'{{"data":{{"result":[{{"metric":{labels},"values":[[1788739200,"50"],{broken},[1788742800,"50"]]}},'
    text += f'{{"metric":{other},"values":[[1788739200,"50"],[1788742800,"50"]]}}]}}}}'
    (tmp_path / "answer.json").write_text(text, encoding="utf-8")
    tally, (counts,) = read(tmp_path / "answer.json")
    assert load_of(tally).in_use.tolist() == [2, 2]
    assert counts.broken == 1


def test_text_of_files_is_never_a_command_to_the_terminal(tmp_path: Path) -> None:
    rows = [row.replace("h100", "\x1b[31mh100\x07") for row in GOOD]
    path = sacct_file(tmp_path / "jobs\x1b[2J", [*rows, "9|\x1b]0;title\x07"])
    for words in ([], ["--json"]):
        found = run_here(["usage", path, *words])
        assert found.code == 0, found.err
        assert not CONTROL.search(found.out.replace("\n", ""))


def test_a_table_with_a_row_of_nothing_but_quotes_ends(tmp_path: Path) -> None:
    (tmp_path / "focus.csv").write_text((FILES / "focus.csv").read_text("utf-8") + '"\n' * 500, encoding="utf-8")
    tally, _ = read(tmp_path / "focus.csv")
    assert load_of(tally).in_use.tolist() == [8, 4]


CHANGES = st.lists(st.tuples(st.integers(0, 5_000), st.integers(0, 30), st.binary(max_size=8)), min_size=1, max_size=6)


@settings(max_examples=50, deadline=None)
@given(st.sampled_from([path.name for path in EVERY_FILE]), CHANGES)
def test_a_changed_file_is_read_or_refused(name: str, changes: list[tuple[int, int, bytes]]) -> None:
    content = (FILES / name).read_bytes()
    for at, removed, added in changes:
        place = at % len(content)
        content = content[:place] + added + content[place + removed :] or b" "
    with TemporaryDirectory() as folder:
        path = Path(folder) / "export"
        path.write_bytes(content)
        try:
            _, (counts,) = read(path)
        except InputError:
            return
    assert counts.used + sum(counts.left_out.values()) <= counts.rows
