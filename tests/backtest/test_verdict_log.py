"""The log of saved verdicts: what a line holds, what survives, and how a decision looks at other prices."""

import json
import subprocess
import sys
import tomllib
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

import pytest

from advisor.backtest.verdict_log import last_of_each, log_verdicts, logged_verdicts, review
from advisor.decision.advise import Advice, advise
from advisor.decision.joint.joint_advice import advise_jointly
from advisor.errors import ExitCode, InputError, SaveError
from advisor.files.append_log import MAX_LOG_BYTES, append_line, read_lines
from advisor.profiles.validation import parse_profile
from advisor.reports.track_record_view import review_lines
from tests.support.folders import ROOT
from tests.support.present import present
from tests.support.processes import clean_environment, run_here
from tests.support.profile_builder import BOOK, a_profile

DAY = date(2026, 11, 25)
CATALOGS = ROOT / "tests" / "cases" / "catalogs"


@cache
def advice_on(name: str = "a test", months: int = 24) -> Advice:
    return advise(a_profile({"months": months}, name=name), BOOK, paths=200)


def test_a_line_holds_the_date_the_prices_the_pick_and_the_contenders(tmp_path: Path) -> None:
    path, advice = tmp_path / "deep" / "verdicts.jsonl", advice_on()
    log_verdicts([advice], DAY, path)
    (line,) = path.read_text("utf-8").splitlines()
    found = json.loads(line)
    pick = present(advice.verdict.pick)
    assert found["date"] == "2026-11-25"
    assert found["name"] == "a test"
    assert found["prices"]["usd_per_gpu_hour"] == advice.costing.forecast.spot_usd_per_gpu_hour
    assert found["prices"]["read_on"] == BOOK.read_on.isoformat()
    assert found["contenders"][0] == {
        "option": pick.id,
        "action": pick.action,
        "expected_usd": round(pick.cost.expected_usd, 2),
    }
    assert len(found["contenders"]) == sum(one.feasible for one in advice.verdict.ranked)
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_verdict_stands_at_the_prices_it_was_made_at(tmp_path: Path) -> None:
    path = tmp_path / "log"
    log_verdicts([advice_on()], DAY, path)
    (logged,), broken = logged_verdicts(path)
    found = review(logged, BOOK)
    assert broken == 0
    assert found.stands
    assert found.best_usd == pytest.approx(logged.contenders[0].expected_usd, abs=0.01)
    assert found.kept_usd == found.best_usd


def test_the_whole_profile_comes_back(tmp_path: Path) -> None:
    profile = a_profile(
        {"busy": 0.7},
        name="offers \u2603 [red]",
        quote=[{"option": "reserved", "months": 12, "usd_per_gpu_hour": 2.0, "date": date(2026, 11, 2)}],
        company={"stage": "seed", "cash_usd": 9e7},
    )
    log_verdicts([advise(profile, BOOK, paths=200)], DAY, tmp_path / "log")
    (logged,), _ = logged_verdicts(tmp_path / "log")
    assert review(logged, BOOK).stands
    assert parse_profile(tomllib.loads(logged.profile), BOOK, "log") == profile


def test_of_one_day_the_last_save_of_a_profile_counts(tmp_path: Path) -> None:
    path = tmp_path / "log"
    for months in (24, 6):
        log_verdicts([advice_on(months=months)], DAY, path)
    log_verdicts([advice_on("another")], DAY, path)
    log_verdicts([advice_on()], date(2026, 11, 24), path)
    verdicts, _ = logged_verdicts(path)
    assert [(one.day.day, one.name) for one in verdicts] == [(24, "a test"), (25, "a test"), (25, "another")]
    assert tomllib.loads(verdicts[1].profile)["workload"][0]["months"] == 6


def test_a_profile_of_several_gpus_has_a_verdict_for_each(tmp_path: Path) -> None:
    """Saved again on the same day they take the place of the earlier ones; the last one alone was kept of each save."""
    path, work = tmp_path / "log", {"kind": "inference", "nodes": 1, "months": 12}
    profile = a_profile(work, name="two")
    two = profile.model_copy(
        update={"workload": (*profile.workload, profile.workload[0].model_copy(update={"gpu": "L40S"}))}
    )
    parts = advise_jointly(two, BOOK, paths=200).parts
    for _ in range(2):
        log_verdicts(parts, DAY, path)
    log_verdicts(parts[:1], date(2026, 11, 26), path)
    verdicts, _ = logged_verdicts(path)
    assert [(one.day.day, one.gpu) for one in verdicts] == [(25, "H100-SXM"), (25, "L40S"), (26, "H100-SXM")]
    assert all(review(one, BOOK).stands for one in verdicts)
    assert [one.day.day for one in last_of_each(verdicts)] == [26]
    assert review_lines(review(verdicts[1], BOOK))[0].startswith("2026-11-25  two, L40S: ")


@pytest.mark.parametrize(
    "line", ["{", "[]", '"x"', '{"schema": 2}', "[" * 100_000, "\ud800".encode("utf-8", "replace").decode(), "NaN"]
)
def test_a_line_that_makes_no_sense_hides_no_other(line: str, tmp_path: Path) -> None:
    path = tmp_path / "log"
    append_line(path, line)
    log_verdicts([advice_on()], DAY, path)
    verdicts, broken = logged_verdicts(path)
    assert (len(verdicts), broken) == (1, 1)


def test_a_torn_last_line_is_closed_before_the_next(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text('{"half": ', "utf-8")
    log_verdicts([advice_on()], DAY, path)
    verdicts, broken = logged_verdicts(path)
    assert (len(verdicts), broken) == (1, 1)


def test_writers_at_the_same_time_lose_no_line(tmp_path: Path) -> None:
    path = tmp_path / "log"
    code = (
        "import sys; from pathlib import Path; from advisor.files.append_log import append_line\n"
        "for i in range(200): append_line(Path(sys.argv[1]), sys.argv[2] * 3000)"
    )
    writers = [
        subprocess.Popen([sys.executable, "-c", code, str(path), letter], env=clean_environment(tmp_path), cwd=ROOT)
        for letter in "abc"
    ]
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    lines = read_lines(path)
    assert sorted(lines) == sorted(letter * 3000 for letter in "abc" for _ in range(200))


def test_a_log_never_grows_beyond_what_can_be_read(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"\n" * (MAX_LOG_BYTES - 4))
    append_line(path, "abc")
    assert read_lines(path)[-1] == "abc"
    with pytest.raises(SaveError, match="full log"):
        append_line(path, "d")
    assert path.stat().st_size == MAX_LOG_BYTES
    assert read_lines(path)[-1] == "abc"


def test_no_log_is_no_verdict_and_a_folder_is_no_log(tmp_path: Path) -> None:
    assert logged_verdicts(tmp_path / "none") == ([], 0)
    with pytest.raises(InputError, match="not a regular file"):
        logged_verdicts(tmp_path)
    with pytest.raises(SaveError, match="directory"):
        append_line(tmp_path, "x")


def log_in(home: Path) -> Path:
    return home / ".local" / "state" / "gpu-advisor" / "verdicts.jsonl"


def test_the_command_says_what_stands_and_what_another_option_would_save(tmp_path: Path) -> None:
    for name, months in (("a test", 24), ("short", 6)):
        log_verdicts([advice_on(name, months)], DAY, log_in(tmp_path))
    same = run_here(["record"], tmp_path)
    assert same.code == ExitCode.DONE, same.err
    assert "2 of 2 saved verdicts still hold" in same.out
    book = tmp_path / "book.toml"
    book.write_text("[gpu.H100-SXM]\nneocloud_usd_per_gpu_hour = 0.60\n", "utf-8")
    moved = run_here(["record", "--book", book], tmp_path)
    assert moved.code == ExitCode.DONE, moved.err
    assert "$0.60 today" in moved.out
    as_json = json.loads(run_here(["record", "--json", "--book", book], tmp_path).out)
    assert [one["today"]["usd_per_gpu_hour"] for one in as_json["verdicts"]] == [0.6, 0.6]
    assert "profile" not in as_json["verdicts"][0]


def test_the_command_without_a_log_says_so(tmp_path: Path) -> None:
    done = run_here(["record"], tmp_path)
    assert (done.code, done.err) == (ExitCode.DONE, "")
    assert "No verdict is logged yet" in done.out


def test_a_broken_line_is_told_and_no_escape_sequence_passes(tmp_path: Path) -> None:
    path = log_in(tmp_path)
    log_verdicts([advice_on()], DAY, path)
    line = path.read_text("utf-8").replace('"name": "a test"', '"name": "a \\u001b[31mtest"', 1)
    path.write_text(line + "not json\n", "utf-8")
    done = run_here(["record"], tmp_path)
    assert "1 line left out" in done.err
    assert "\x1b" not in done.out
    assert "a ?[31mtest" in done.out


def test_a_profile_the_program_no_longer_knows_is_told(tmp_path: Path) -> None:
    path = log_in(tmp_path)
    log_verdicts([advice_on()], DAY, path)
    path.write_text(path.read_text("utf-8").replace("pre-train", "guess"), "utf-8")
    done = run_here(["record"], tmp_path)
    assert done.code == ExitCode.DONE
    assert "cannot be evaluated again" in done.out
    assert "0 of 0 saved verdicts still hold" in done.out


def test_a_job_can_watch_for_verdicts_that_no_longer_hold(tmp_path: Path) -> None:
    """The last verdict on each profile counts: one that was saved anew since is not told again."""
    for name, months, day in (("long", 24, 24), ("short", 1, 24), ("twice", 24, 24), ("twice", 1, 25)):
        log_verdicts([advice_on(name, months)], date(2026, 11, day), log_in(tmp_path))
    same = run_here(["record", "--changed"], tmp_path)
    assert (same.code, same.err) == (ExitCode.DONE, "")
    assert same.out == f"At prices of {BOOK.read_on}, 3 of 3 saved verdicts still hold.\n"
    book = tmp_path / "book.toml"
    book.write_text("[gpu.H100-SXM]\nneocloud_usd_per_gpu_hour = 0.60\nnode_usd = 5000\n", "utf-8")
    moved = run_here(["record", "--changed", "--book", book], tmp_path)
    assert moved.code == ExitCode.CHANGED
    assert "  long: " in moved.out
    assert "  twice: " not in moved.out
    assert moved.err == "gpu-advisor: saved verdicts that do not hold today: 1 of 3\n"
    told = json.loads(run_here(["record", "--changed", "--json", "--book", book], tmp_path).out)
    assert [one["name"] for one in told["verdicts"]] == ["long"]


def test_saved_verdicts_are_looked_at_with_the_prices_of_catalogs(tmp_path: Path) -> None:
    """A GPU that the catalogs do not list keeps the price of the book, with a note."""
    for name, gpu in (("listed", "H100-SXM"), ("not listed", "MI355X")):
        verdict = advise(a_profile({"gpu": gpu}, name=name), BOOK, paths=200)
        log_verdicts([verdict], DAY, log_in(tmp_path))
    found = run_here(["record", "--json", "--prices-from", CATALOGS / "gpuhunt"], tmp_path)
    assert found.code == ExitCode.DONE, found.err
    listed, other = json.loads(found.out)["verdicts"]
    assert listed["today"]["usd_per_gpu_hour"] != BOOK.figure("H100-SXM.neocloud_usd_per_gpu_hour").value
    assert other["today"]["usd_per_gpu_hour"] == BOOK.figure("MI355X.neocloud_usd_per_gpu_hour").value
    assert "the price of MI355X is the book's" in found.err


def test_a_pick_that_won_a_tie_is_what_was_saved_and_stands(tmp_path: Path) -> None:
    """Buying with a loan was picked, buying with cash cost half a percent less: that was logged, and did not hold."""
    work = {"kind": "pre-train", "nodes": 32, "months": 48, "busy": 0.9, "plan_change_per_month": 0.002}
    money = {"cash_usd": 6e7, "burn_usd_per_month": 5e5, "discount_rate": 0.1, "tax_rate": 0.25}
    company = {**money, "depreciation": "bonus", "hosting": "on-premises"}
    path, found = tmp_path / "log", advise(a_profile(work, company=company), BOOK, paths=200)
    log_verdicts([found], DAY, path)
    (logged,), _ = logged_verdicts(path)
    assert (logged.contenders[0].option, logged.contenders[1].option) == ("buy-loan", "buy")
    seen = review(logged, BOOK)
    assert seen.stands
    other = replace(seen, then="buy", kept_usd=found.verdict.ranked[0].cost.expected_usd)
    (_, line) = review_lines(other)
    assert line.endswith(" less (0.5%), which counts as equal: what commits least is picked")


def test_the_price_of_a_hyperscaler_is_that_of_its_list(tmp_path: Path) -> None:
    """It read `at $3.89 per GPU-hour`, the neoclouds' price."""
    path = tmp_path / "log"
    work = {"kind": "fine-tune", "nodes": 2, "months": 12, "busy": 0.6}
    log_verdicts([advise(a_profile(work, market={"tier": "hyperscaler"}), BOOK, paths=200)], DAY, path)
    (logged,), _ = logged_verdicts(path)
    listed = BOOK.gpus["H100-SXM"].value("hyperscaler_usd_per_gpu_hour")
    assert logged.prices.usd_per_gpu_hour == review(logged, BOOK).spot_now == listed
