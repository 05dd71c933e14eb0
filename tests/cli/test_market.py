"""The market as printed: every figure has an id, and the id leads to a source."""

import sys
from datetime import date, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from advisor.errors import InputError
from advisor.market.figures import Scenario
from advisor.market.forecast.bands import outlook, quantile_rents
from advisor.market.forecast.forecast import expected_forecast, scenario_forecast
from advisor.market.forecast.simulation import sample_paths
from advisor.market.price_history import built_in_history
from advisor.market.provenance import age_days, figure_ids, trace
from advisor.reports.formats.text import WIDTH
from tests.support.json_contracts import strict_json
from tests.support.present import present
from tests.support.processes import assert_one_error_line, run, run_here
from tests.support.profile_builder import BOOK

HISTORY = built_in_history()
TODAY = date(2026, 11, 25)


def rows_of_the_file() -> list[list[str]]:
    text = (files("advisor.market") / "data" / "history.csv").read_text(encoding="utf-8")
    return [line.split(",") for line in text.splitlines()[1:]]


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Any:
    found = run_here(["market", "--json"], tmp_path_factory.mktemp("home"))
    assert found.code == 0, found.err
    return strict_json(found.out)


def test_every_row_of_the_history_is_there_with_n_range_and_method(market: Any) -> None:
    printed = {
        (series["id"], month["month"]): (*list(month.values())[1:], series["method"])
        for gpu in market["gpus"]
        for series in gpu["history"]
        for month in series["months"]
    }
    rows = rows_of_the_file()
    assert len(printed) == len(rows)
    for gpu, series, month, usd, n, low, high, method in rows:
        wanted = (float(usd), int(n), float(low) if low else None, float(high) if high else None, method)
        assert printed[f"history.{gpu}.{series}", month] == wanted
        assert method in market["methods"]


def test_level_and_constant_mix_stand_apart(market: Any, tmp_path: Path) -> None:
    kinds = {s["id"]: s["kind"] for gpu in market["gpus"] for s in gpu["history"]}
    assert kinds["history.H100-SXM.on_demand_neocloud"] == "level"
    assert kinds["history.H100-SXM.on_demand_neocloud_fe"] == "constant_mix"
    text = run_here(["market", "--gpu", "H100"], tmp_path).out
    level, mix = text.index("level: a median"), text.index("constant mix: for returns")
    assert level < text.index("history.H100-SXM.on_demand_neocloud;") < mix
    assert mix < text.index("history.H100-SXM.on_demand_neocloud_fe;") < text.index("outlook.H100-SXM.12 ")


def test_every_figure_of_the_book_is_there_with_its_source(market: Any) -> None:
    printed = {figure["id"]: figure for gpu in market["gpus"] for figure in gpu["figures"]}
    wanted = {path: figure for path, figure in BOOK.figures() if path.split(".")[0] in BOOK.gpus}
    assert set(printed) == set(wanted)
    for path, figure in wanted.items():
        shown = printed[path]
        assert (shown["value"], shown["n"], shown["thin"]) == (figure.value, figure.n, figure.is_thin)
        assert shown["title"] == BOOK.sources[figure.source].title


def test_every_id_that_is_printed_can_be_traced(market: Any) -> None:
    ids = [
        figure["id"] for gpu in market["gpus"] for part in ("figures", "forecast", "experts") for figure in gpu[part]
    ]
    ids += [f"{s['id']}.{month['month']}" for gpu in market["gpus"] for s in gpu["history"] for month in s["months"]]
    ids += [scenario["id"] for scenario in market["scenarios"]]
    assert set(ids) <= set(figure_ids(BOOK, HISTORY))
    for figure_id in ids:
        assert trace(figure_id, BOOK, HISTORY, TODAY).id == figure_id


@pytest.mark.parametrize("figure_id", sorted(set(figure_ids(BOOK, HISTORY)))[::97])
def test_every_figure_ends_at_a_source_in_three_steps(figure_id: str) -> None:
    """outlook -> expert -> figure -> source."""
    assert sourced(figure_id, steps=3)


def sourced(figure_id: str, steps: int) -> bool:
    found = trace(figure_id, BOOK, HISTORY, TODAY)
    if found.made_of:
        assert found.formula
        return steps > 0 and all(sourced(part, steps - 1) for part in found.made_of)
    return bool(found.title and found.where)


def test_the_command_prints_value_note_and_source_of_a_figure(tmp_path: Path) -> None:
    found = run_here(["market", "--figure", "H100-SXM.neocloud_usd_per_gpu_hour"], tmp_path).out
    figure = BOOK.figure("H100-SXM.neocloud_usd_per_gpu_hour")
    source = BOOK.sources[figure.source]
    for words in ("$3.89/GPU-h", "$2.96 to $6.16", "n = 13", figure.note, source.title, source.where):
        assert " ".join(words.split()) in " ".join(found.split())
    record = strict_json(run_here(["market", "--figure", "outlook.H100-SXM.12", "--json"], tmp_path).out)
    assert record["made_of"][0] == "H100-SXM.neocloud_usd_per_gpu_hour"
    assert record["formula"]


@pytest.mark.parametrize(
    ("figure_id", "words"),
    [
        ("H100-SXM.neocloud_usd", "neocloud_usd_per_gpu_hour"),
        ("history.H100-SXM.on_demand_neocloud.2026-13", "history.H100-SXM.on_demand_neocloud"),
        ("outlook.H100-SXM.9999", "outlook.H100-SXM"),
        ("expert.H100-SXM.oracle", "expert.H100-SXM"),
        ("scenario.doom", "did you mean"),
        ("", "did you mean"),
        ("a\x1b[31mb", "did you mean"),
    ],
)
def test_an_unknown_id_gives_the_nearest_ones(figure_id: str, words: str, tmp_path: Path) -> None:
    assert_one_error_line(run_here(["market", "--figure", figure_id], tmp_path), "--figure", words)


def test_the_band_holds_nine_simulated_paths_in_ten() -> None:
    """Against the simulation, whose uncertain mean reversion and volatility widen the tails a little."""
    forecast = expected_forecast(BOOK.assumptions("H100-SXM"))
    paths = sample_paths(forecast, 20_000, 37, 1).prices[0]
    seen = outlook(BOOK.assumptions("H100-SXM"))
    for month in (3, 12, 36):
        inside = np.mean((paths[:, month] >= seen.low[month]) & (paths[:, month] <= seen.high[month]))
        assert inside == pytest.approx(0.9, abs=0.03)
        assert paths[:, month].mean() == pytest.approx(seen.mean[month])
    assert (seen.low[0], seen.high[0]) == pytest.approx((3.89, 3.89))


def test_the_band_of_a_certain_path_is_the_path() -> None:
    flat = Scenario(label="flat", change_per_year=-0.4, source="convention", note="")
    path = scenario_forecast(3.0, BOOK.assumptions("H100-SXM").forecast, flat)
    assert quantile_rents(path, 0.05) == pytest.approx(path.usd_per_gpu_hour, rel=1e-6)


def test_as_of_shows_nothing_later(tmp_path: Path) -> None:
    found = strict_json(run_here(["market", "--gpu", "H100", "--as-of", "2025-03", "--json"], tmp_path).out)
    (gpu,) = found["gpus"]
    assert max(month["month"] for series in gpu["history"] for month in series["months"]) == "2025-03"
    assert (gpu["figures"], gpu["forecast"], gpu["experts"]) == ([], [], []), "those are of today"
    assert "2025-04" not in run_here(["market", "--gpu", "H100", "--as-of", "2025-03"], tmp_path).out
    assert_one_error_line(run_here(["market", "--as-of", "2025-3"], tmp_path), "2025-3", "2026-10")
    assert_one_error_line(run_here(["market", "--as-of", "2020-10"], tmp_path), "2020-10", "a month from 2020-11 on")


@pytest.mark.parametrize(
    ("dated", "days"),
    [("2026-11-20", 5), ("2026-10", 46), ("2026-09", 56), ("2026", 46), ("2027", 0), ("2025", 329), ("2026-12-01", 0)],
)
def test_an_age_counts_from_the_end_of_a_date_or_from_the_day_that_it_was_read(dated: str, days: int) -> None:
    """2026-10 read on 2026-10-10 is 46 days old on 2026-11-25, as the book is."""
    assert age_days(dated, TODAY, date(2026, 10, 10)) == days


def test_an_old_book_says_so_and_a_fresh_one_does_not() -> None:
    assert BOOK.age_warning(BOOK.read_on + timedelta(days=90)) is None
    warning = present(BOOK.age_warning(BOOK.read_on + timedelta(days=91)))
    assert "91 days old" in warning
    assert BOOK.is_stale(BOOK.read_on + timedelta(days=91))


def test_a_clock_before_the_prices_gives_an_age_of_0_and_a_note() -> None:
    wrong = date(1970, 1, 1)
    assert BOOK.age_days(wrong) == 0
    assert not BOOK.is_stale(wrong)
    assert f"before the prices were read on {BOOK.read_on}" in (BOOK.age_warning(wrong) or "")


LATER = """
import datetime, sys
import advisor.cli.commands.market
class Later(datetime.date):
    @classmethod
    def today(cls):
        return cls(2027, 2, 1)
advisor.cli.commands.market.date = Later
from screens.__main__ import main
sys.exit(main(sys.argv[1:]))
"""


def test_the_command_says_that_the_book_is_old_once_it_is(tmp_path: Path) -> None:
    later = [sys.executable, "-c", LATER]
    words = present(BOOK.age_warning(date(2027, 2, 1)))
    found = run(["market"], tmp_path, program=later).out
    assert words in " ".join(found.split())
    assert max(map(len, found.splitlines())) <= WIDTH, "a terminal of 80 columns broke words"
    record = strict_json(run(["market", "--json"], tmp_path, program=later).out)
    assert (record["age_days"], record["age_warning"]) == ((date(2027, 2, 1) - BOOK.read_on).days, words)


def test_the_users_own_figures_are_marked(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("[gpu.H100-SXM]\nnode_usd = 250000\n", encoding="utf-8")
    found = run_here(["market", "--book", tmp_path / "mine.toml", "--figure", "H100-SXM.node_usd"], tmp_path).out
    assert "$250,000/node" in found
    assert "your own" in found
    assert "mine.toml" in found


def test_a_missing_series_is_not_an_error() -> None:
    with pytest.raises(InputError, match="--figure"):
        trace("history.MI300X.on_demand_neocloud.2026-10", BOOK, HISTORY, TODAY)
    assert trace("expert.MI300X.trend", BOOK, HISTORY, TODAY).made_of[0].startswith("history.H100-SXM.")
