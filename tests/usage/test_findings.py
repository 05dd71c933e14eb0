"""What usage says of a plan: the workload, how sure a few weeks are, and how many GPUs to commit to."""

import math
from collections.abc import Mapping
from datetime import UTC, date, timedelta

import numpy as np
import pytest

from advisor.array_types import Floats
from advisor.decision.cost_options import cost_options
from advisor.profiles.validation import parse_profile
from advisor.usage.commitment_curve import CommitmentCurve, commitment_curve
from advisor.usage.hourly_usage import HourlyUsage, Week
from advisor.usage.spread import WEEKS_PER_MONTH, spread_of, student_quantile
from advisor.usage.workload import load_curve, workload_table
from tests.support.present import present
from tests.support.profile_builder import BOOK, a_profile

MONDAY = 1788739200.0  # 7 September 2026
AS_SEEN = np.ones(1)


def a_usage(in_use: Floats, sizes: Mapping[float, float] | None = None, there: Floats | None = None) -> HourlyUsage:
    return HourlyUsage("H100-SXM", "jobs", MONDAY, in_use, there, None, sizes or {}, None)


def weeks_of(*loads: float) -> list[Week]:
    start = date(2026, 9, 7)
    return [Week(start + timedelta(weeks=at), 168, 168 * load, load, load, None) for at, load in enumerate(loads)]


def curve_of(load: Floats, multiples: Floats = AS_SEEN, **workload: float) -> CommitmentCurve:
    nodes = math.ceil(float(load.max()) / 8)
    fields = {"kind": "fine-tune", "nodes": nodes, "months": 12, "busy": float(load.mean()) / (8 * nodes)}
    return present(commitment_curve(a_profile({**fields, **workload}), BOOK, load, multiples))


def test_weeks_begin_on_monday_and_partial_ones_are_told() -> None:
    usage = a_usage(np.arange(400.0), there=np.full(400, 500.0))
    first, second, third = usage.weeks(UTC)
    assert (first.start, first.hours, first.whole) == (date(2026, 9, 7), 168, True)
    assert (second.mean, second.peak) == (251.5, 335)
    assert (third.hours, third.whole) == (64, False)
    assert third.idle_gpu_hours == 64 * 500 - sum(range(336, 400))


def test_the_load_duration_curve_falls_from_all_hours_to_the_highest() -> None:
    usage = a_usage(np.arange(1.0, 201.0))
    assert [usage.level(share) for share in (1.0, 0.5, 0.01, 0.001)] == [1, 101, 199, 200]


def test_the_workload_has_the_hours_that_were_seen_on_gpus_for_all_but_the_highest() -> None:
    """160 hours of 16 GPUs, 39 of 20 and one of 90: 16 GPUs always, and 4 more for 39 x 4 + 74 of 200 x 4 GPU-hours."""
    usage = a_usage(np.array([16.0] * 160 + [20.0] * 39 + [90.0]), {16.0: 3000.0, 4.0: 430.0})
    table = workload_table(usage, None, "fine-tune", 12, 8)
    assert table == {
        "kind": "fine-tune", "gpu": "H100-SXM", "load": ((16, 1.0), (20, 0.2875)), "months": 12, "job_nodes": 2
    }  # fmt: skip


def test_a_service_keeps_up_what_is_in_use_in_nearly_all_hours() -> None:
    table = workload_table(a_usage(np.array([17.0] * 98 + [32.0] * 102)), None, "inference", 6, 8)
    assert table["load"] == ((17, 1.0), (32, 0.51))
    assert table["base_share"] == round(17 / 32, 4)


def test_a_rare_peak_is_done_by_the_steps_below_where_the_highest_has_no_time_left() -> None:
    """Ten GPUs always, two more in 9 of 200 hours, and 500 in one: 506 of 400 GPU-hours are too many for the two."""
    assert load_curve(a_usage(np.array([10.0] * 190 + [12.0] * 9 + [500.0]))) == ((12, 1.0),)
    assert load_curve(a_usage(np.array([10.0] * 100 + [20.0] * 100))) == ((10, 1.0), (20, 0.5))


@pytest.mark.parametrize("kind", ["fine-tune", "pre-train", "inference"])
@pytest.mark.parametrize("load", [[0.01] * 200, [0.0] * 199 + [5.0], [600_000.0] * 200], ids=["tiny", "rare", "huge"])
def test_every_workload_can_be_put_into_a_profile(kind: str, load: list[float]) -> None:
    spread = spread_of(weeks_of(*(1.1**week for week in range(12))), 12)
    table = workload_table(a_usage(np.array(load), {1.0: 1.0}), spread, kind, 12, 8)  # type: ignore[arg-type]  # parametrize gives text
    parse_profile({"schema": 1, "name": "usage", "workload": [dict(table)]}, BOOK)


def test_fewer_than_three_whole_weeks_say_nothing() -> None:
    assert spread_of(weeks_of(5, 6), 12) is None
    part = [Week(date(2026, 9, 28), 100, 500, 5, 5, None)]
    assert spread_of([*weeks_of(5, 6), *part], 12) is None


def test_changes_that_last_widen_the_range_with_the_length_of_the_plan() -> None:
    """Every week is up or down by e^0.1 and stays: changes of 0.1, of which neighbors' products cancel out."""
    spread = present(spread_of(weeks_of(*np.exp([0, 0.1, 0.2, 0.1, 0.0])), 12))
    assert spread.change_per_week == pytest.approx(0.1 * math.sqrt(1 - 2 * 0.0))
    wanted = math.sqrt(0.01 * 12 * WEEKS_PER_MONTH / 3)
    assert spread.log_sd == pytest.approx(wanted)
    assert math.log(spread.high) == pytest.approx(student_quantile(0.95, 4) * wanted)
    assert spread.low == pytest.approx(1 / spread.high)
    longer = present(spread_of(weeks_of(*np.exp([0, 0.1, 0.2, 0.1, 0.0])), 24))
    assert longer.log_sd == pytest.approx(wanted * math.sqrt(2))


def test_changes_that_are_taken_back_hardly_widen_it() -> None:
    """Up and down by turns: what lasts is only what n weeks cannot rule out."""
    swings = spread_of(weeks_of(*np.exp([0.1 * (week % 2) for week in range(20)])), 12)
    walk = spread_of(weeks_of(*np.exp(np.cumsum([0.1 * (-1) ** (week // 2) for week in range(20)]))), 12)
    assert swings is not None
    assert walk is not None
    assert swings.change_per_week == pytest.approx(0.1 / math.sqrt(19))
    assert swings.log_sd < walk.log_sd / 2


def test_a_trend_is_told_only_where_it_is_sure() -> None:
    rising = present(spread_of(weeks_of(*(1.02**week for week in range(26))), 12))
    assert rising.growth_per_month == pytest.approx(1.02**WEEKS_PER_MONTH - 1)
    few = present(spread_of(weeks_of(1, 1.02, 1.04), 12))
    assert few.growth_per_month == 0
    noisy = present(spread_of(weeks_of(*(1 + week % 2 for week in range(26))), 12))
    assert noisy.growth_per_month == 0


def test_the_sizes_of_a_plan_have_the_mean_that_was_seen() -> None:
    spread = present(spread_of(weeks_of(5, 8, 4, 9), 12))
    assert spread.multiples().mean() == pytest.approx(1)
    assert np.std(np.log(spread.multiples())) <= spread.log_sd


@pytest.mark.parametrize("busy", [0.3, 0.9])
def test_both_ends_of_the_curve_are_the_options_of_the_verdict(busy: float) -> None:
    """16 GPUs in use for a share of the time: nothing committed is on demand, all committed is the reservation."""
    load = np.where(np.arange(1000) < 1000 * busy, 16.0, 0.0)
    found = curve_of(load)
    profile = a_profile({"kind": "fine-tune", "nodes": 2, "months": 12, "busy": busy, "job_nodes": 1})
    costs = {cost.option.id: cost.expected_usd for cost in cost_options(profile, BOOK).costs}
    assert found.usd[0] == pytest.approx(costs["on-demand"], rel=1e-6)
    assert found.usd[-1] == pytest.approx(costs[found.option], rel=1e-6)


def test_between_the_ends_each_gpu_costs_what_its_own_use_does() -> None:
    """Eight GPUs always, eight more half of the time: half committed is half of a full and half of a half plan."""
    found = curve_of(np.array([8.0, 16.0]))
    costs = {}
    for busy in (0.5, 1.0):
        profile = a_profile({"kind": "fine-tune", "nodes": 2, "months": 12, "busy": busy, "job_nodes": 1})
        costs[busy] = {cost.option.id: cost.expected_usd for cost in cost_options(profile, BOOK).costs}
    wanted = 0.5 * costs[1.0][found.option] + 0.5 * costs[0.5]["on-demand"]
    assert found.usd_at(8) == pytest.approx(wanted, rel=1e-6)


def test_a_steady_load_is_committed_to_and_a_rare_one_is_not() -> None:
    steady, rare = curve_of(np.full(500, 32.0)), curve_of(np.array([0.0] * 99 + [32.0]))
    assert steady.best == 32
    assert rare.best == 0
    base = curve_of(np.array([16.0] * 95 + [32.0] * 5))
    assert base.best == 16
    for curve in (steady, rare, base):
        assert curve.flat_from <= curve.best <= curve.flat_to
        assert curve.usd_at(curve.flat_to) <= curve.least_usd * (1 + curve.margin) + 1e-6
        assert {case.gpus for case in curve.prices} <= set(curve.gpus.astype(int).tolist())


def test_whole_servers_are_those_beside_the_best_that_cost_less() -> None:
    base = curve_of(np.array([13.0] * 95 + [32.0] * 5))
    assert base.best == 13
    assert base.best_in_servers == (16 if base.usd_at(16) < base.usd_at(8) else 8)
    assert curve_of(np.full(500, 32.0)).best_in_servers == 32


def test_an_uncertain_load_is_committed_to_less() -> None:
    load = np.full(500, 32.0)
    found = curve_of(load, np.array([0.25, 0.75, 1.0, 2.0]))
    assert found.as_seen == 32
    assert found.best < 32
    assert found.usd[0] == pytest.approx(curve_of(load).usd[0], rel=1e-6), "the mean load is the same"


def test_a_large_fleet_is_looked_at_in_steps() -> None:
    load = np.array([9_000.0] * 95 + [16_000.0] * 5)
    found = curve_of(load)
    assert found.gpus.size <= 2_002
    assert abs(found.best - 9_000) <= 8
