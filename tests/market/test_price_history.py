"""The price history: rows as they were posted, each with a method and a source, and nothing from after the cut."""

import csv
import re
from importlib.resources import files

import pytest

from advisor.errors import InputError
from advisor.market.price_book import built_in_book
from advisor.market.price_history import CONSTANT_MIX, LEVEL, built_in_history, month_name, month_number

HISTORY = built_in_history()
ROWS = list(csv.DictReader((files("advisor.market") / "data" / "history.csv").read_text(encoding="utf-8").splitlines()))


@pytest.mark.parametrize(
    ("gpu", "name", "month", "usd_per_gpu_hour"),
    [
        ("H100-SXM", LEVEL, "2025-10", 2.729),
        ("H100-SXM", LEVEL, "2026-10", 3.90),
        ("H100-SXM", CONSTANT_MIX, "2026-10", 3.4275),
        # Quoted from the SemiAnalysis newsletter of 2026-04-02 and on 2026-06-26.
        ("H100-SXM", "reserved_1y_semianalysis", "2025-10", 1.70),
        ("H100-SXM", "reserved_1y_semianalysis", "2026-03", 2.35),
        ("H100-SXM", "reserved_1y_semianalysis", "2026-06", 2.65),
        # AWS price list, us-east-1: p5, then p5e and p6 nodes.
        ("H100-SXM", "on_demand_hyperscaler_aws", "2025-01", 12.29),
        ("H100-SXM", "on_demand_hyperscaler_aws", "2026-10", 6.88),
        ("H200-SXM", "on_demand_hyperscaler_aws", "2026-10", 7.91),
        ("B200-SXM", "on_demand_hyperscaler_aws", "2026-10", 14.24),
        ("H100-SXM", "reserved_pooled_gix", "2024-02", 2.565),
        # Lambda's three-month cluster of 2023, above its on-demand price: the term structure inverts in a shortage.
        ("H100-SXM", "reserved_3m_neocloud", "2023-08", 4.85),
        ("A100-80-SXM", CONSTANT_MIX, "2026-10", 1.7917),
    ],
)
def test_a_row_is_what_was_posted(gpu: str, name: str, month: str, usd_per_gpu_hour: float) -> None:
    assert HISTORY.series(gpu, name).at(month) == pytest.approx(usd_per_gpu_hour, abs=0.005)


def test_rows_are_sorted_unique_and_sane() -> None:
    keys = [(row["gpu"], row["series"], row["month"]) for row in ROWS]
    assert keys == sorted(set(keys))
    assert max(month for _, _, month in keys) == f"{built_in_book().read_on:%Y-%m}", "raise read_on in gpus.toml"
    for row in ROWS:
        assert re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])", row["month"])
        assert 0.1 < float(row["usd_per_gpu_hour"]) < 50
        assert int(row["n"]) >= 1
        assert bool(row["low"]) == bool(row["high"])
        if row["low"]:
            assert float(row["low"]) <= float(row["usd_per_gpu_hour"]) <= float(row["high"])


def test_every_method_is_used_and_has_a_source() -> None:
    assert {row["method"] for row in ROWS} == set(HISTORY.methods)
    kinds = {"level", "constant_mix", "contract", "pooled_reserved", "marketplace", "spot", "hyperscaler", "index"}
    assert {method.kind for method in HISTORY.methods.values()} == kinds
    assert all(method.title and method.where for method in HISTORY.methods.values())
    used = {(row["gpu"], row["series"]): set[str]() for row in ROWS}
    for row in ROWS:
        used[row["gpu"], row["series"]].add(row["method"])
    assert all(len(methods) == 1 for methods in used.values()), "one series, one method"


def test_the_level_and_the_constant_mix_stay_apart() -> None:
    """The plain median overstates the rise of 2026, because the providers changed."""
    level, mix = HISTORY.series("H100-SXM", LEVEL), HISTORY.series("H100-SXM", CONSTANT_MIX)
    assert HISTORY.methods[level.method].kind == "level"
    assert HISTORY.methods[mix.method].kind == "constant_mix"
    assert (level.at("2026-10") or 0) / (level.at("2025-10") or 1) > 1.15 * (mix.at("2026-10") or 0) / (
        mix.at("2025-10") or 1
    )


def test_every_row_arrives() -> None:
    loaded = [
        (gpu, name, month, value, n)
        for gpu in HISTORY.by_gpu
        for name in HISTORY.names(gpu)
        for series in [HISTORY.series(gpu, name)]
        for month, value, n in zip(series.months, series.values, series.n, strict=True)
    ]
    assert loaded == [
        (row["gpu"], row["series"], row["month"], float(row["usd_per_gpu_hour"]), int(row["n"])) for row in ROWS
    ]


def test_a_cut_keeps_all_before_and_nothing_after() -> None:
    early = HISTORY.until("2025-03")
    rows = [
        (gpu, name, month)
        for gpu in early.by_gpu
        for name in early.names(gpu)
        for month in early.series(gpu, name).months
    ]
    assert rows == [(row["gpu"], row["series"], row["month"]) for row in ROWS if row["month"] <= "2025-03"]
    assert early.last_month == "2025-03"
    assert "B200-SXM" not in early.by_gpu, "no price before 2025-04"


def test_returns_join_two_series_without_filling_months() -> None:
    """Before 2024-06 the constant mix jumps with one to four providers: the restated cards speak there."""
    logs = dict(HISTORY.log_prices("H100-SXM"))
    mix = HISTORY.series("H100-SXM", CONSTANT_MIX)
    cards = HISTORY.series("H100-SXM", "on_demand_neocloud_gix")
    sound = {month for month in mix.months if month >= "2024-06"}
    assert set(map(month_name, logs)) == sound | {month for month in cards.months if month < "2024-06"}
    early = logs[month_number("2024-05")] - logs[month_number("2024-01")]
    assert early == pytest.approx(-0.0991, abs=1e-3), "4.7765 to 4.3257"
    assert logs[month_number("2026-10")] == pytest.approx(1.2318, abs=1e-3), "ln 3.4275"


def test_a_series_that_is_not_there_is_met_with_the_nearest() -> None:
    with pytest.raises(InputError, match=r"no prices of 'H10'"):
        HISTORY.series("H10", LEVEL)
    with pytest.raises(InputError, match=r"no series 'on_demand_neoclod'.*on_demand_neocloud"):
        HISTORY.series("H100-SXM", "on_demand_neoclod")
    with pytest.raises(InputError, match="2026-13"):
        HISTORY.until("2026-13")
    assert HISTORY.value("H100-SXM", LEVEL, "1999-01") is None
    assert HISTORY.value("MI300X", LEVEL, "2026-10") is None
