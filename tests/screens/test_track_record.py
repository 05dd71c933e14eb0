"""The track record as the app shows it, and the user's own saved verdicts beside it."""

import tomllib
from importlib.resources import files
from pathlib import Path

import pytest

from advisor.backtest.verdict_log import logged_verdicts, review
from advisor.decision.confidence import shipped_record
from advisor.files.append_log import log_path
from advisor.reports.track_record_view import RecordView, record_view, saved_view
from tests.screens.test_app import field_keys, shown
from tests.support.app_driver import SIZES, answer_of, press, request, running, screen_text
from tests.support.present import present
from tests.support.processes import run_here
from tests.support.profile_builder import BOOK

RAW = tomllib.loads((files("advisor.market") / "data" / "record.toml").read_text("utf-8"))


@pytest.fixture(scope="module")
def record() -> RecordView:
    return record_view(shipped_record())


def test_the_bars_are_the_mean_and_the_worst_of_the_series(record: RecordView) -> None:
    for bar in record.bars:
        each = [series["regret"][bar.rule] for series in RAW["real"]["series"]]
        assert bar.mean == f"{100 * sum(each) / len(each):.1f}%"
        assert bar.worst == f"{100 * max(each):.1f}%"
        assert 0 < bar.mean_share <= bar.worst_share <= 1
        assert bar.cut == (max(each) > 0.3)
    assert {bar.rule for bar in record.bars} == set(RAW["real"]["series"][0]["regret"])
    assert [bar.rule for bar in record.bars if bar.ours] == ["gpu-advisor"]
    means = [float(bar.mean[:-1]) for bar in record.bars]
    assert means == sorted(means)


def test_confidence_and_coverage_stand_with_their_n(record: RecordView) -> None:
    rules, words, band = (" ".join(" ".join(block.lines).split()) for block in record.tables)
    assert "flat: the cheapest if rents stay as they are" in rules, "below the bars that have these names"
    for one in RAW["earned"]:
        for share, n in (("right_share", "n"), ("held_out_share", "held_out_n"), ("real_share", "real_n")):
            assert f"{one[share]:.0%} n={one[n]:,}" in words
    for real, made in zip(RAW["real"]["band"], RAW["synthetic"]["held_out"]["band"], strict=True):
        cells = " ".join(f"{100 * one['inside_share']:.0f}% n={one['n']:,}" for one in (real, made))
        assert f"{real['months']} months ahead {cells}" in band


@pytest.mark.parametrize("size", SIZES)
async def test_limits_date_and_commands_are_a_page_away(size: str, tmp_path: Path) -> None:
    async with running(request("cluster-64", tmp_path, "record"), SIZES[size]) as (app, pilot):
        seen = shown(app)
        assert "mean worst" in seen
        for _ in range(8):
            await press(app, pilot, "pagedown")
            seen += shown(app)
        for words in (RAW["date"], *RAW["commands"].values(), "two independent 12-month windows", "Your own saved"):
            assert words in " ".join(seen.split()) or words.split(" ", 1)[1] in seen
        assert "No verdict is logged yet" in seen


async def test_a_verdict_that_is_saved_stands_in_the_record_at_once(tmp_path: Path) -> None:
    async with running(request("cluster-64", tmp_path, "record"), SIZES["140x45"]) as (app, pilot):
        await press(app, pilot, "S", "enter")
        assert "1 of 1 saved verdicts still" in shown(app)
        await press(app, pilot, "v")
        await press(app, pilot, *field_keys(app, "Months"), *"12", "enter", "s", "r")
        assert "1 of 1 saved verdicts still" in shown(app), "of each profile the last of each day"
        reviews = [review(one, BOOK) for one in logged_verdicts()[0]]
        assert answer_of(app).saved == saved_view(reviews, 0, BOOK)
        shown_lines = run_here(["record"], tmp_path, environment={"XDG_STATE_HOME": str(log_path().parent.parent)}).out
        assert all(line in shown_lines for line in present(answer_of(app).saved).lines)


async def test_a_log_that_cannot_be_read_is_said_and_stops_nothing(tmp_path: Path) -> None:
    log_path().mkdir(parents=True)
    async with running(request("cluster-64", tmp_path, "record"), SIZES["140x45"]) as (app, _):
        assert "not a regular file" in shown(app)
        assert "mean worst" in shown(app)
        assert "internal error" not in screen_text(app)


async def test_broken_lines_of_the_log_are_counted(tmp_path: Path) -> None:
    log_path().parent.mkdir(parents=True, exist_ok=True)
    log_path().write_text("no verdict\n[1]\n", encoding="utf-8")
    async with running(request("cluster-64", tmp_path, "record"), SIZES["140x45"]) as (app, _):
        assert "2 lines of the log left out" in shown(app)
