"""What holds for any usage: hours in are hours out, and neither the order of rows nor their files matter."""

import itertools
import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.files.line_stream import lines_of
from advisor.usage.commitment_curve import rank_shares
from advisor.usage.hourly_sums import HourlySums, SampledHours
from advisor.usage.seen_rows import SeenRows
from tests.usage.readings import FILES, a_job, load_of, read, sacct_file

FEW = settings(max_examples=25, deadline=None)
START = datetime(2026, 9, 1, tzinfo=UTC)
JOBS = st.lists(
    st.tuples(st.integers(0, 20 * 86400), st.integers(0, 3 * 86400), st.integers(1, 64)), min_size=1, max_size=30
)


def rows_of(jobs: list[tuple[int, int, int]]) -> list[str]:
    found = []
    for number, (since, seconds, gpus) in enumerate(jobs):
        start = START + timedelta(seconds=since)
        end = start + timedelta(seconds=seconds)
        found.append(a_job(number, f"{start:%Y-%m-%dT%H:%M:%S}", f"{end:%Y-%m-%dT%H:%M:%S}", gpus))
    return found


@FEW
@given(JOBS.filter(lambda jobs: any(seconds for _, seconds, _ in jobs)), st.randoms(use_true_random=False))
def test_hours_in_are_hours_out_in_any_order_and_any_files(
    jobs: list[tuple[int, int, int]], shuffler: random.Random
) -> None:
    hours = sum(seconds * gpus for _, seconds, gpus in jobs) / 3600
    rows = rows_of(jobs)
    with TemporaryDirectory() as folder:
        usage = load_of(read(sacct_file(Path(folder) / "1", rows))[0])
        shuffler.shuffle(rows)
        at = shuffler.randrange(len(rows) + 1)
        parts = [sacct_file(Path(folder) / name, part) for name, part in (("2", rows[:at]), ("3", rows[at:]))]
        split = load_of(read(*parts)[0])
    assert usage.gpu_hours == pytest.approx(hours)
    assert split.in_use.tolist() == pytest.approx(usage.in_use.tolist(), abs=1e-8)
    assert sum(usage.job_sizes.values()) == pytest.approx(hours)
    assert sum(week.gpu_hours for week in usage.weeks(UTC)) == pytest.approx(hours)


@FEW
@given(st.lists(st.tuples(st.floats(0, 1e6), st.floats(0, 1e5), st.floats(0, 100)), max_size=20))
def test_no_hour_is_below_zero(intervals: list[tuple[float, float, float]]) -> None:
    sums = HourlySums()
    for start, length, gpus in intervals:
        sums.add(1.7e9 + start, 1.7e9 + start + length, gpus)
    if sums.last >= sums.first:
        found = sums.by_hour(sums.first - 2, sums.last + 2)
        assert (found >= 0).all()
        assert found.sum() == pytest.approx(sums.gpu_hours, abs=1e-6)


@pytest.mark.parametrize(
    ("logs", "step_s", "hours"),
    [
        ([(0, 6)], 1, [6 / 3600]),
        ([(600, 3)], 1200, [50 / 60]),  # half-way through the hour of its first sample, to its end
        ([(3000, 20)], 60, [10 / 60, 10 / 60]),
        ([(3000, 80)], 60, [10 / 60, 1, 10 / 60]),
        ([(0, 20), (86400, 20)], 60, [20 / 60, *[0] * 23, 20 / 60]),
        ([(0, 3)], 4 * 3600, [1] * 12),  # alone in their hours: each stands for the time to the next
    ],
)
def test_a_log_covers_the_time_from_its_first_sample_to_a_step_after_its_last(
    logs: list[tuple[int, int]], step_s: int, hours: list[float]
) -> None:
    found = SampledHours()
    for begin, samples in logs:
        for number, device in itertools.product(range(samples), range(2)):
            found.add(1_700_002_800.0 + begin + number * step_s + device / 100, device, 1.0)
    used = found.by_hour(found.first, found.first + len(hours) - 1)[1]
    assert used == pytest.approx(2 * np.array(hours))


@FEW
@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 9), st.integers(0, 100)), min_size=1, max_size=60))
def test_samples_in_any_order_and_twice_give_the_same(samples: list[tuple[int, int, int]]) -> None:
    def of(rows: list[tuple[int, int, int]]) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        hours = SampledHours()
        for quarter, device, percent in rows:
            hours.add(1.7e9 + quarter * 900, device, percent / 100)
        return np.array(hours.by_hour(hours.first, hours.last))

    there, used, work = of(samples)
    assert of(samples[::-1] + samples) == pytest.approx(np.array([there, used, work]))
    assert (work <= used + 1e-9).all()
    assert (used <= there + 1e-9).all()


@FEW
@given(
    st.lists(st.floats(0, 40), min_size=1, max_size=50),
    st.integers(1, 7),
)
def test_the_ranks_of_a_load_have_all_of_its_hours(hours: list[float], step: int) -> None:
    load = np.array(hours)
    ranks = np.arange(step, 40 + 2 * step, step, dtype=float)
    shares = rank_shares(load, ranks, float(step))
    assert step * shares.sum() == pytest.approx(load.mean(), abs=1e-9)
    assert (np.diff(shares) <= 1e-9).all()


@FEW
@given(st.binary(max_size=200), st.integers(1, 50))
def test_lines_do_not_depend_on_the_pieces(content: bytes, size: int) -> None:
    pieces = [content[at : at + size] for at in range(0, len(content), size)]
    wanted = [line.removesuffix(b"\r") for line in content.split(b"\n")]
    if not wanted[-1] and not content.endswith(b"\r"):
        wanted.pop()
    assert [line for _, line in lines_of(iter(pieces))] == wanted


@pytest.mark.parametrize("size", [1, 7, 64, 1000])
def test_a_prometheus_answer_does_not_depend_on_the_pieces(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = load_of(read(FILES / "query_range.json")[0]).in_use.tolist()
    monkeypatch.setattr("advisor.files.line_stream._PIECE", max(size, 60))
    assert load_of(read(FILES / "query_range.json")[0]).in_use.tolist() == wanted


def test_a_row_that_came_before_is_always_found_and_new_ones_hardly_ever() -> None:
    seen = SeenRows()
    assert not any(seen.add(f"job {number}") for number in range(5_000))
    assert all(f"job {number}" in seen for number in range(5_000))
    assert not any(f"other {number}" in seen for number in range(5_000))


def test_the_answer_of_a_large_fleet_is_read_whole(tmp_path: Path) -> None:
    """3,000 GPUs, each at work in every second of four half hours."""
    series = [
        {
            "metric": {"__name__": "DCGM_FI_DEV_GPU_UTIL", "UUID": f"GPU-{gpu}", "modelName": "NVIDIA H200"},
            "values": [[1788739200 + 1800 * at, str(80 * (at % 2))] for at in range(4)],
        }
        for gpu in range(3_000)
    ]
    path = tmp_path / "answer.json"
    path.write_text(json.dumps({"status": "success", "data": {"resultType": "matrix", "result": series}}), "utf-8")
    usage = load_of(read(path)[0])
    assert usage.in_use.tolist() == [1500, 1500]
    assert usage.idle_gpu_hours == 3000
