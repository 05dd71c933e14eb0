"""`gpu-advisor usage`: text, JSON, the profile it writes, and its errors."""

import json
from pathlib import Path

import pytest

from tests.support.json_contracts import keeps_contract
from tests.support.processes import assert_one_error_line, run_here
from tests.usage.readings import EVERY_FILE, FILES, a_job, sacct_file

SLURM = FILES / "slurm.txt"


def weeks_of_jobs(path: Path, weeks: int) -> Path:
    """Every day of some weeks from 7 September 2026: 16 GPUs around the clock, and 16 more for six hours."""
    rows = []
    for day in range(7 * weeks):
        date = f"2026-{9 + (6 + day) // 30:02}-{(6 + day) % 30 + 1:02}"
        rows.append(a_job(2 * day, f"{date}T00:00:00", f"{date}T23:59:59", 16))
        rows.append(a_job(2 * day + 1, f"{date}T09:00:00", f"{date}T15:00:00", 16))
    return sacct_file(path, rows)


@pytest.mark.parametrize("file", EVERY_FILE, ids=lambda path: path.name)
def test_every_format_prints_text_within_a_line_and_keeps_the_contract(file: Path) -> None:
    for words in ([file], [file, "--gpu", "H100-SXM"] if "runai" in file.name else [file, "--kind", "inference"]):
        text = run_here(["usage", *words])
        assert (text.code, text.err) == (0, "")
        assert all(len(line) <= 79 for line in text.out.splitlines() if str(file) not in line)
        keeps_contract("usage", run_here(["usage", *words, "--json"]).out)


def test_the_text_tells_what_was_found(tmp_path: Path) -> None:
    found = run_here(["usage", weeks_of_jobs(tmp_path / "sacct.txt", 6)]).out
    for words in (
        "Slurm sacct, 84 rows, 84 counted",
        "H100-SXM: 20,159.8 GPU-hours in use (held by jobs)",
        "20.0 GPUs on average, 32.0 in the highest hour, 32.0 in all but 1%",
        "2026-09-07       20.0     32.0",
        "   50%      16.0   ############\n",
        "How sure 6 whole weeks are of a plan of 12 months",
        "How many GPUs to commit to, the rest by the hour",
        "     16     ",
        " < least",
        "      [16, 1.0],\n",
        "  job_nodes = 2\n",
    ):
        assert words in found


def test_the_same_files_give_the_same_bytes_in_any_order(tmp_path: Path) -> None:
    jobs = weeks_of_jobs(tmp_path / "sacct.txt", 4)
    one, other = (json.loads(run_here(["usage", *files, "--json"]).out) for files in ((jobs, SLURM), (SLURM, jobs)))
    assert one.pop("files") == other.pop("files")[::-1]
    assert one == other


def test_the_profile_it_writes_is_answered(tmp_path: Path) -> None:
    jobs, profile = weeks_of_jobs(tmp_path / "sacct.txt", 4), tmp_path / "team.toml"
    written = run_here(["usage", jobs, "--write", profile, "--months", "18"])
    assert written.code == 0
    assert written.err == f"gpu-advisor: written to {profile}\n"
    text = profile.read_text("utf-8")
    assert 'name = "team"' in text
    assert "months = 18.0" in text
    assert "in nine of ten cases" in text
    assert json.loads(run_here(["advise", profile, "--json", "--paths", "100"]).out)["verdict"]["action"]
    assert_one_error_line(run_here(["usage", jobs, "--write", profile]), "already exists", "--force to replace it")
    assert run_here(["usage", jobs, "--write", profile, "--force"]).code == 0


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        (["nowhere.csv"], ("nowhere.csv", "no such file")),
        (["."], ("found a directory",)),
        ([str(SLURM), "--gpu", "B200"], ("--gpu", "no usage of B200-SXM", "H100-SXM")),
        ([str(SLURM), "--gpu", "H10"], ("--gpu", "unknown GPU")),
        ([str(SLURM), "--zone", "Mars/Base"], ("--zone", "'Mars/Base'", "Europe/Berlin")),
        ([str(SLURM), "--from", "2027-01-01"], ("no GPU-hours in the rows that count",)),
        ([str(SLURM), "--from", "2026-09-08", "--to", "2026-09-07"], ("--to", "before --from")),
        ([str(SLURM), "--force"], ("--force", "--write FILE")),
        ([str(FILES / "runai_consumption.csv"), "--write", "x.toml"], ("--write", "rows that name no GPU")),
    ],
)
def test_what_is_wrong_is_one_line(words: list[str], parts: tuple[str, ...], tmp_path: Path) -> None:
    assert_one_error_line(run_here(["usage", *words], tmp_path), *parts)
    assert not (tmp_path / "x.toml").exists()


def test_no_profile_is_written_for_a_gpu_without_prices(tmp_path: Path) -> None:
    """An instance of four A10G, which the book does not have."""
    bill = tmp_path / "bill.csv"
    bill.write_text((FILES / "cur.csv").read_text("utf-8").replace("g6e.", "g5."), encoding="utf-8")
    assert_one_error_line(
        run_here(["usage", str(bill), "--write", "x.toml"], tmp_path), "--write", "no prices for A10G"
    )
    assert not (tmp_path / "x.toml").exists()


@pytest.mark.parametrize("words", [["--months", "0"], ["--months", "nan"], ["--from", "yesterday"], ["--kind", "x"]])
def test_options_that_cannot_be_understood_exit_with_2(words: list[str]) -> None:
    assert run_here(["usage", str(SLURM), *words]).code == 2


def test_a_period_counts_the_hours_in_which_nothing_ran(tmp_path: Path) -> None:
    """60 GPU-hours of jobs in two days."""
    found = json.loads(run_here(["usage", SLURM, "--from", "2026-09-07", "--to", "2026-09-08", "--json"]).out)
    assert (found["hours"], found["gpu_hours"], found["mean_gpus"]) == (48, 60.0, 60 / 48)
