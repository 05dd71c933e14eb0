"""Every format of usage gives the GPU-hours that were worked out by hand from its rows."""

import gzip
import json
import shutil
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from advisor.errors import InputError
from advisor.market.instance_types import instance_in
from advisor.usage.clock import Clock, elapsed_seconds
from advisor.usage.columns import FORMATS, plain, recognized
from advisor.usage.gpu_of_name import GpuNames
from advisor.usage.job_rows import gpus_of_tres
from advisor.usage.read import Window, everything, read_usage
from tests.support.profile_builder import BOOK
from tests.usage.readings import EVERY_FILE, FILES, a_job, load_of, read, sacct_file

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("file", "gpu", "in_use", "idle", "work"),
    [
        # 8 GPUs for 6 h, 2 for 1.5 h from 5:30 on, 4 for a quarter (requeued) and, still running, for 2 h from 7 on
        ("slurm.txt", "H100-SXM", [8, 8, 8, 8, 8, 9, 3, 4, 4], None, None),
        # 10:00 100 0, 10:30 50 0 | 11:00 0 80, 11:30 40 60 | 12:00 both 100: half of the last hour is watched
        ("nvidia-smi.csv", "H100-SXM", [1, 1.5, 1], 5 - 3.5, 2.65 / 3.5),
        # hourly samples of two GPUs; the broken one leaves one GPU in the second hour
        ("dcgm.csv", "H200-SXM", [1, 1, 2], 5 - 4, 2.4 / 4),
        # half-hourly samples: 100 50 | 0 0 and 40 NaN | 20 20; where one is missing half an hour was not watched
        ("query_range.json", "H100-SXM", [1.5, 1], 3.5 - 2.5, 1.15 / 2.5),
        # the same series, exported by Grafana with a column for each and with a row for each sample
        ("grafana.csv", "H100-SXM", [1.5, 1], 3.5 - 2.5, 1.15 / 2.5),
        ("grafana_table.csv", "H100-SXM", [1.5, 1], 3.5 - 2.5, 1.15 / 2.5),
        # 4 GPUs for the last 5 of 6 h (an hour in the queue), half a GPU for 2 h, one that ran for 3 h until now
        ("runai_workloads.csv", "", [4, 4.5, 4.5, 4, 5, 1, 1], None, None),
        # 120 GPU-hours on the first day, 48 on the second; 48 of all 168 were idle
        ("runai_consumption.csv", "", [5.0] * 24 + [2.0] * 24, None, 120 / 168),
        # an instance of 8 GPUs for an hour, then for half of one, and in that hour one that was paid for and not used
        ("focus.csv", "H100-SXM", [8, 4], 8, None),
        ("cur.csv", "L40S", [8, 4], 4, None),
        ("cur2.csv", "L40S", [8, 4], 4, None),
    ],
)
def test_a_format_gives_its_gpu_hours(
    file: str, gpu: str, in_use: list[float], idle: float | None, work: float | None
) -> None:
    usage = load_of(read(FILES / file)[0])
    assert usage.gpu == gpu
    assert usage.in_use.tolist() == pytest.approx(in_use)
    assert usage.idle_gpu_hours == (None if idle is None else pytest.approx(idle))
    assert usage.work_share == (None if work is None else pytest.approx(work))


def test_every_format_has_a_file_and_is_known_by_its_columns() -> None:
    found = {read(path)[1][0].format for path in EVERY_FILE}
    assert {one.label for one in FORMATS} <= found


@pytest.mark.parametrize(
    ("file", "left_out", "broken"),
    [
        ("slurm.txt", {"steps of jobs": 2, "without GPUs": 1, "never started": 1}, 0),
        ("slurm_columns.txt", {"steps of jobs": 1}, 1),
        ("nvidia-smi.csv", {}, 1),
        ("query_range.json", {"other metrics": 1}, 1),
        ("grafana_table.csv", {}, 1),
        ("runai_workloads.csv", {"without GPUs": 1}, 0),
        ("focus.csv", {"without GPUs": 1, "no usage (fees, taxes, credits)": 1}, 0),
        ("cur.csv", {"read before": 1, "without GPUs": 1, "no usage (fees, taxes, credits)": 1}, 0),
    ],
)
def test_rows_that_do_not_count_are_named(file: str, left_out: dict[str, int], broken: int) -> None:
    _, (counts,) = read(FILES / file)
    assert dict(counts.left_out) == left_out
    assert counts.broken == broken
    assert counts.rows == counts.used + sum(left_out.values()) + broken


def test_what_was_paid_counts_reserved_hours_at_what_they_cost() -> None:
    """FOCUS: $55.04 and $27.52 used, $20 not used, over 8 + 4 + 8 GPU-hours; CUR: $20.99 + $5.01 reserved + $10."""
    assert load_of(read(FILES / "focus.csv")[0]).usd_per_gpu_hour == pytest.approx(102.56 / 20)
    assert load_of(read(FILES / "cur.csv")[0]).usd_per_gpu_hour == pytest.approx(36.0 / 16)


def test_a_day_of_25_hours_has_the_hours_that_jobs_ran() -> None:
    """Two GPUs for the two hours from 1:30 on in summer time; three for the hour from 2:30 on in winter time."""
    usage = load_of(read(FILES / "slurm_columns.txt", zone=BERLIN)[0])
    assert usage.in_use.tolist() == pytest.approx([1, 2, 2.5, 1.5])
    assert usage.first_second == Clock(BERLIN).seconds("2026-10-25T01:00:00")


def test_an_hour_that_is_skipped_is_no_time(tmp_path: Path) -> None:
    """At 2:00 on 29 March the clocks go to 3:00."""
    path = sacct_file(tmp_path / "jobs", [a_job(1, "2026-03-29T01:00:00", "2026-03-29T04:00:00", 1)])
    assert load_of(read(path, zone=BERLIN)[0]).gpu_hours == pytest.approx(2)


@pytest.mark.parametrize("zone", ["Australia/Lord_Howe", "Europe/Berlin", "Asia/Kathmandu", "UTC"])
def test_times_are_those_of_the_calendar_in_every_hour(zone: str) -> None:
    """Also around the changes of the clocks, which are half an hour on Lord Howe Island, and for what is not a time."""
    clock = Clock(ZoneInfo(zone))
    for day in ("2026-03-29", "2026-04-05", "2026-10-04", "2026-10-25"):
        for minute in range(0, 24 * 60, 7):
            text = f"{day}T{minute // 60:02}:{minute % 60:02}:59"
            assert clock.seconds(text) == datetime.fromisoformat(text).replace(tzinfo=clock.zone).timestamp()
    for text in ("2026-09-31T00:00:00", "2026-09-30T00:60:00", "T00:00:00"):
        with pytest.raises(ValueError, match="time"):
            clock.seconds(text)


def test_a_day_of_a_consumption_report_may_have_25_hours(tmp_path: Path) -> None:
    path = tmp_path / "report.csv"
    path.write_text("Date,Project,GPU allocation hours,GPU Idle hours\n2026-10-25,nlp,50,0\n", encoding="utf-8")
    usage = load_of(read(path, zone=BERLIN)[0])
    assert usage.in_use.tolist() == pytest.approx([2.0] * 25)


@pytest.mark.parametrize(
    "content",
    [
        "Department,Project,GPU allocation hours,GPU Idle hours\nr,nlp,48,12\n",
        # the table "Total consumption" of the Consumption dashboard (github.com/run-ai/docs, Dashboard Analysis)
        "Project,Department,GPU hours,CPU hours,Memory hours,GPU Idle allocated hours\nnlp,r,48,9,9,12\n",
    ],
)
def test_a_consumption_report_without_dates_needs_its_period(content: str, tmp_path: Path) -> None:
    path = tmp_path / "report.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match="without dates; allowed: --from and --to"):
        read(path)
    clock = Clock()
    window = Window(clock.seconds("2026-09-07"), clock.seconds("2026-09-08"), named=True)
    usage = load_of(read(path, window=window)[0])
    assert usage.in_use.tolist() == pytest.approx([2.0] * 24)
    assert usage.work_share == pytest.approx(36 / 48)


@pytest.mark.parametrize(
    ("header", "missing", "how"),
    [
        (
            "JobID|JobName|Partition|Account|AllocCPUS|State|ExitCode",
            "start, end, alloctres",
            "sacct -a -X -P --format",
        ),
        ("index, name, utilization.gpu [%]", "timestamp", "nvidia-smi --query-gpu="),
        ("ChargeCategory,ChargePeriodStart,BilledCost", "chargeperiodend, consumedquantity, consumedunit", "FOCUS"),
    ],
)
def test_a_format_that_lacks_columns_says_how_to_get_them(header: str, missing: str, how: str, tmp_path: Path) -> None:
    path = tmp_path / "export"
    path.write_text(f"{header}\n", encoding="utf-8")
    with pytest.raises(InputError) as raised:
        read(path)
    assert missing in raised.value.found
    assert how in raised.value.allowed


@pytest.mark.parametrize("content", ["", "\n\n", "hello\n", "a,b\n1,2\n", '{"a": 1}', "[]", "\x00\x01\x02", "{"])
def test_what_is_no_usage_is_refused_in_one_line(content: str, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError):
        read(path)


def test_gzip_and_utf_16_are_read(tmp_path: Path) -> None:
    plain_load = load_of(read(FILES / "nvidia-smi.csv")[0]).in_use.tolist()
    text = (FILES / "nvidia-smi.csv").read_text("utf-8")
    (tmp_path / "windows.csv").write_text(text.replace("\n", "\r\n"), encoding="utf-16")
    (tmp_path / "packed").write_bytes(gzip.compress(text.encode()))
    for name in ("windows.csv", "packed"):
        assert load_of(read(tmp_path / name)[0]).in_use.tolist() == plain_load


def test_a_damaged_gzip_file_counts_up_to_the_damage(tmp_path: Path) -> None:
    rows = [a_job(number, "2026-09-07T00:00:00", "2026-09-07T01:00:00", 1) for number in range(20_000)]
    whole = gzip.compress(sacct_file(tmp_path / "jobs", rows).read_bytes())
    (tmp_path / "cut.gz").write_bytes(whole[: len(whole) // 2])
    tally, (counts,) = read(tmp_path / "cut.gz")
    assert 0 < counts.used < 20_000
    assert tally.faults.counts["the gzip data is cut off or damaged"] == 1


def test_a_job_in_two_files_counts_once_and_its_end_replaces_that_it_runs(tmp_path: Path) -> None:
    job = "2026-09-07T00:00:00"
    running = sacct_file(tmp_path / "1", [a_job(7, job, "Unknown", 2, seconds="3600", state="RUNNING")])
    ended = sacct_file(tmp_path / "2", [a_job(7, job, "2026-09-07T05:00:00", 2, seconds="18000")])
    for files in ((running, ended), (ended, running), (ended, running, ended)):
        assert load_of(read(*files)[0]).gpu_hours == pytest.approx(10)
    assert load_of(read(running)[0]).gpu_hours == pytest.approx(2)


def test_a_job_that_runs_counts_to_the_last_time_known_where_nothing_else_is(tmp_path: Path) -> None:
    rows = [a_job(1, "2026-09-07T00:00:00", "Unknown", 1), a_job(2, "2026-09-07T01:00:00", "2026-09-07T04:00:00", 1)]
    assert load_of(read(sacct_file(tmp_path / "1", rows))[0]).gpu_hours == pytest.approx(4 + 3)


def test_only_what_lies_in_the_window_counts(tmp_path: Path) -> None:
    clock = Clock()
    window = Window(clock.seconds("2026-09-07T01:00:00"), clock.seconds("2026-09-07T03:30:00"))
    path = sacct_file(tmp_path / "1", [a_job(1, "2026-09-07T00:00:00", "2026-09-07T06:00:00", 2)])
    assert load_of(read(path, window=window)[0]).gpu_hours == pytest.approx(5)


def test_jobs_say_what_is_in_use_and_samples_what_is_there(tmp_path: Path) -> None:
    """Two GPUs are seen for three hours, a job has one of them for one."""
    jobs = sacct_file(tmp_path / "jobs", [a_job(1, "2026-09-07T01:00:00", "2026-09-07T02:00:00", 1)])
    rows = ["time,UUID,modelName,DCGM_FI_DEV_GPU_UTIL"]
    rows += [f"2026-09-07T0{hour}:00:00Z,GPU-{gpu},NVIDIA H100 80GB HBM3,50" for hour in range(3) for gpu in "ab"]
    (tmp_path / "dcgm.csv").write_text("\n".join(rows), encoding="utf-8")
    usage = load_of(read(jobs, tmp_path / "dcgm.csv")[0])
    assert (usage.source, usage.gpu_hours, usage.idle_gpu_hours) == ("jobs", 1, 1)


def test_samples_further_apart_than_an_hour_stand_for_the_hours_between(tmp_path: Path) -> None:
    rows = [f"2026-09-07T{hour:02}:00:00Z,GPU-a,H100,{busy}" for hour, busy in ((0, 50), (6, 0), (12, 100))]
    path = tmp_path / "dcgm.csv"
    path.write_text("\n".join(["time,UUID,modelName,DCGM_FI_DEV_GPU_UTIL", *rows]), encoding="utf-8")
    usage = load_of(read(path)[0])
    assert usage.gpu_hours == 7, "the last sample's hours are not known beyond its own"


@pytest.mark.parametrize(
    ("tres", "gpus"),
    [
        ("billing=64,gres/gpu:h100=8,gres/gpu=8,node=1", (("h100", 8),)),
        ("gres/gpu=4", (("", 4),)),
        ("gres/gpu:a100=2,gres/gpu:h100=1,gres/gpu=3", (("a100", 2), ("h100", 1))),
        ("gres/gpu:a100=2,gres/gpu=3", (("a100", 2), ("", 1))),
        ("gres/gpu:nvidia_h100_80gb_hbm3=8", (("nvidia_h100_80gb_hbm3", 8),)),
        ("cpu=4,gres/gpumem=80G", ()),
        ("", ()),
    ],
)
def test_gpus_of_a_job(tres: str, gpus: tuple[tuple[str, float], ...]) -> None:
    assert gpus_of_tres(tres) == gpus


@pytest.mark.parametrize(
    ("name", "gpu"),
    [
        ("h100", "H100-SXM"),
        ("nvidia_h100_80gb_hbm3", "H100-SXM"),
        ("NVIDIA H100 80GB HBM3", "H100-SXM"),
        ("NVIDIA H100 PCIe", "NVIDIA H100 PCIe"),
        ("NVIDIA A100-SXM4-80GB", "A100-80-SXM"),
        ("NVIDIA A100-SXM4-40GB", "NVIDIA A100-SXM4-40GB"),
        ("NVIDIA H200", "H200-SXM"),
        ("AMD Instinct MI300X OAM", "MI300X"),
        ("AMD Instinct MI325X", "MI325X"),
        ("NVIDIA L40S", "L40S"),
        ("nvidia_l4", "L4"),
        ("NVIDIA L40", "NVIDIA L40"),
        ("NVIDIA B300 SXM6 AC", "B300-SXM"),
        ("NVIDIA GB200", "GB200-NVL72"),
        ("NVIDIA RTX PRO 6000 Blackwell Server Edition", "RTX-PRO-6000"),
        ("NVIDIA RTX PRO 6000 Blackwell Workstation Edition", "NVIDIA RTX PRO 6000 Blackwell Workstation Edition"),
        ("h100_1g.10gb", "h100_1g.10gb"),
        ("\x1b[31mH100\x00", "?[31mH100?"),
        ("", ""),
    ],
)
def test_names_of_gpus(name: str, gpu: str) -> None:
    assert GpuNames(BOOK).id_of(name) == gpu


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("USE1-BoxUsage:p5.48xlarge", (8, "H100-SXM")),
        ("p5.4xlarge", (1, "H100-SXM")),
        ('{"InstanceType":"Standard_ND96isr_H100_v5"}', (8, "H100-SXM")),
        ("ND96isr H200 v5", (8, "H200-SXM")),
        ("a3-highgpu-8g", (8, "H100-SXM")),
        ("a4x-highgpu-4g", (4, "GB200-NVL72")),
        ("p6-b300.48xlarge", (8, "B300-SXM")),
        ("p5.48xlarges", None),
        ("m7i.large", None),
    ],
)
def test_instances_of_clouds(text: str, found: tuple[int, str] | None) -> None:
    assert instance_in(text) == found


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2026-09-07T00:00:00", 1788739200),
        ("2026-09-07 02:00:00+02:00", 1788739200),
        ("2026/09/07 00:00:00.500", 1788739200.5),
        ("2026-09-07T00:00:00Z", 1788739200),
        ("1788739200", 1788739200),
        ("1788739200.25", 1788739200.25),
        ("1788739200000", 1788739200),
    ],
)
def test_times(text: str, seconds: float) -> None:
    assert Clock().seconds(text) == seconds


@pytest.mark.parametrize("text", ["", "Unknown", "2026-13-01", "1899-01-01", "9999-12-31T23:59:59", "1e99", "१२३"])
def test_times_that_are_none(text: str) -> None:
    with pytest.raises(ValueError, match="time"):
        Clock(BERLIN).seconds(text)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("5400", 5400), ("01:30:00", 5400), ("1-01:30:00", 91800), ("30:00", 1800), ("1d 2h 3m 4s", 93784), ("-", None)],
)
def test_durations(text: str, seconds: float | None) -> None:
    assert elapsed_seconds(text) == seconds


def test_names_of_columns_are_compared_without_case_separators_and_unit() -> None:
    assert plain("lineItem/UsageType") == plain("line_item_usage_type") == "lineitemusagetype"
    assert plain(" utilization.gpu [%]") == "utilizationgpu"
    assert recognized(["x", "y"]) == (None, ())


def test_a_prometheus_answer_in_one_line_gives_the_same(tmp_path: Path) -> None:
    text = json.dumps(json.loads((FILES / "query_range.json").read_text("utf-8")))
    (tmp_path / "one.json").write_text(text, encoding="utf-8")
    (tmp_path / "pretty.json").write_text(json.dumps(json.loads(text), indent=4), encoding="utf-8")
    wanted = load_of(read(FILES / "query_range.json")[0]).in_use.tolist()
    for name in ("one.json", "pretty.json"):
        assert load_of(read(tmp_path / name)[0]).in_use.tolist() == wanted


def test_the_same_file_twice_is_the_file_once(tmp_path: Path) -> None:
    for path in EVERY_FILE:
        copy = tmp_path / path.name
        shutil.copy(path, copy)
        once, twice = load_of(read(copy)[0]), load_of(read(copy, copy)[0])
        assert twice.in_use.tolist() == pytest.approx(once.in_use.tolist()), path.name


def test_a_metric_in_each_row_counts_where_it_is_utilization(tmp_path: Path) -> None:
    rows = ["timestamp,metric,UUID,modelName,value"]
    for metric, value in (
        ("DCGM_FI_DEV_GPU_UTIL", "50"),
        ("DCGM_FI_DEV_GPU_TEMP", "61"),
        ("DCGM_FI_DEV_GPU_UTIL", "0"),
    ):
        rows.append(f"2026-09-07T00:{len(rows):02}:00Z,{metric},GPU-a,NVIDIA H200,{value}")
    (tmp_path / "dcgm.csv").write_text("\n".join(rows), encoding="utf-8")
    tally, (counts,) = read(tmp_path / "dcgm.csv")
    assert load_of(tally).in_use.tolist() == pytest.approx([0.5 * 4 / 60])  # two samples, two minutes apart
    assert dict(counts.left_out) == {"other metrics": 1}


def test_gpu_hours_of_a_bill_need_no_instance(tmp_path: Path) -> None:
    rows = "ChargeCategory,ChargePeriodStart,ChargePeriodEnd,ConsumedQuantity,ConsumedUnit,SkuMeter,EffectiveCost\n"
    rows += "Usage,2026-09-07T00:00:00Z,2026-09-08T00:00:00Z,48,GPU-Hours,H100,120\n"
    (tmp_path / "focus.csv").write_text(rows, encoding="utf-8")
    usage = load_of(read(tmp_path / "focus.csv")[0])
    assert (usage.gpu, usage.usd_per_gpu_hour) == ("H100-SXM", 2.5)
    assert usage.in_use.tolist() == [2.0] * 24


def test_lines_before_the_header_are_passed_over(tmp_path: Path) -> None:
    for name, hours in (("slurm.txt", 60), ("slurm_columns.txt", 7)):
        for lines in ("sacct: warning, slow\n\n", "Jobs of September\n"):
            (tmp_path / name).write_text(lines + (FILES / name).read_text("utf-8"), encoding="utf-8")
            assert load_of(read(tmp_path / name, zone=BERLIN)[0]).gpu_hours == pytest.approx(hours)


@pytest.mark.parametrize(("content", "found"), [(b"PAR1\x15", "a Parquet file"), (b"PK\x03\x04", "a zip file")])
def test_files_of_other_kinds_are_called_what_they_are(content: bytes, found: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(content)
    with pytest.raises(InputError) as raised:
        read(tmp_path / "file")
    assert raised.value.found == found


def test_progress_goes_up_to_all_of_it(tmp_path: Path) -> None:
    rows = [a_job(number, "2026-09-07T00:00:00", "2026-09-07T01:00:00", 1) for number in range(30_000)]
    path, seen = sacct_file(tmp_path / "jobs", rows), list[tuple[int, int]]()
    read_usage([path, path], BOOK, Clock(), everything(), lambda done, total: seen.append((done, total)))
    assert {total for _, total in seen} == {2 * path.stat().st_size >> 20}
    assert len({done for done, _ in seen}) > 2
    assert seen[-1] == (seen[-1][1], seen[-1][1])


def test_a_log_goes_on_through_an_hour_that_the_clocks_show_twice(tmp_path: Path) -> None:
    """At 3:00 on 25 October the clocks go back to 2:00: five hours from 1:00 to before 5:00."""
    times = ["01:00", "01:30", "02:00", "02:30", "02:00", "02:30", "03:00", "03:30", "04:00", "04:30"]
    rows = ["timestamp, uuid, utilization.gpu [%]"]
    rows += [f"2026/10/25 {time}:00.000, GPU-{gpu}, 100 %" for time in times for gpu in "ab"]
    (tmp_path / "log.csv").write_text("\n".join(rows), encoding="utf-8")
    assert load_of(read(tmp_path / "log.csv", zone=BERLIN)[0]).in_use.tolist() == [2.0] * 5
