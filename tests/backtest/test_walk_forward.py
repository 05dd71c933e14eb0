"""The track record: no look-ahead, the rule as it ships, outcomes checked slowly, and figures that add up."""

import math
import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import cycle, product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from advisor.array_types import of_one
from advisor.backtest import walk_forward
from advisor.backtest.market_at import (
    BacktestMarket,
    certain_path,
    decision_problem,
    forecast_at,
    months_of,
    rents_from,
    term_discounts,
)
from advisor.backtest.markets import real_markets
from advisor.backtest.rules import NAIVE_RULES, apply_rule, last_year, naive_costs
from advisor.backtest.scoring import SeriesResult, bands, buckets, regrets, series_result
from advisor.backtest.searched import with_searched
from advisor.backtest.walk_forward import RULE, Score, place_in, score_month, walk
from advisor.decision.confidence import shipped_record
from advisor.decision.cost_options import cost_options
from advisor.errors import ExitCode
from advisor.finance.discounting import discount_factors
from advisor.market.price_book import PriceBook
from advisor.market.price_history import built_in_history, month_name, month_number
from advisor.reports.backtest_text import real_lines
from tests.support.json_contracts import keeps_contract
from tests.support.long_runs import long_unless, only_in_whole_runs
from tests.support.present import present
from tests.support.processes import run_here, run_in_terminal
from tests.support.profile_builder import BOOK, a_profile

MARKETS = {market.name: market for market in real_markets(BOOK)}
A = BOOK.assumptions("H100-SXM")


def scores_of(name: str, months: list[str]) -> list[Score]:
    market = MARKETS[name]
    found = [score_month(market, month, BOOK.assumptions(market.gpu)) for month in months]
    return [score for score in found if score is not None]


def corrupted(market: BacktestMarket, after: str) -> BacktestMarket:
    """The same market, every figure after a month replaced by nonsense."""
    last = month_number(after)
    by_gpu = {
        gpu: {
            name: replace(
                series,
                values=tuple(
                    value if month <= after else 7.0 * value + index
                    for index, (month, value) in enumerate(zip(series.months, series.values, strict=True))
                ),
            )
            for name, series in named.items()
        }
        for gpu, named in market.history.by_gpu.items()
    }
    rents = {number: usd if number <= last else 0.1 * usd for number, usd in market.rents.items()}
    return replace(market, history=replace(market.history, by_gpu=by_gpu), rents=rents)


MONTHS = ("2024-07", "2025-03", "2026-02")


@pytest.mark.parametrize(
    ("name", "month"), long_unless(set(zip(sorted(MARKETS), cycle(MONTHS), strict=False)), product(MARKETS, MONTHS))
)
def test_what_comes_after_a_month_changes_no_decision_of_it(name: str, month: str) -> None:
    market, book = MARKETS[name], BOOK.assumptions(MARKETS[name].gpu)
    other = corrupted(market, month)
    decisions = [apply_rule(decision_problem(m, month, book), forecast_at(m, month, book)) for m in (market, other)]
    assert decisions[0].picks.tolist() == decisions[1].picks.tolist()
    np.testing.assert_array_equal(decisions[0].gap_share, decisions[1].gap_share)
    assert last_year(market.rents, month_number(month)) == last_year(other.rents, month_number(month))
    mine, theirs = (present(score_month(m, month, book)) for m in (market, other))
    assert mine.picks == theirs.picks
    assert mine.best_usd.tolist() != theirs.best_usd.tolist()  # the outcome does change, so the test could fail


@pytest.mark.parametrize("at", [1, 9, 14, 21, 33])
def test_the_rule_is_the_one_that_ships(at: int) -> None:
    """The pick and the gap are those of the product for the same question."""
    last = max(MARKETS["h100-mix"].rents)
    spot = of_one(A.gpu.neocloud_usd_per_gpu_hour)
    market = replace(MARKETS["h100-mix"], rents={last: spot})
    problem = decision_problem(market, month_name(last), A)
    nodes, months, busy = (
        values[at].item() for values in (problem.plans.nodes, problem.plans.months, problem.plans.busy)
    )
    kind = "pre-train" if nodes >= 16 else "fine-tune"
    profile = a_profile(
        {"kind": kind, "nodes": int(nodes), "months": months, "busy": busy, "plan_change_per_month": 0.0}
    )
    costing = cost_options(profile, BOOK)
    problem = with_searched(problem, costing.forecast)
    decision, verdict = apply_rule(problem, costing.forecast), costing.verdict
    assert problem.menu(costing.forecast).options[decision.picks[at]].id == present(verdict.pick).id
    if verdict.gap_share is None:
        assert math.isnan(decision.gap_share[at])
    else:
        assert decision.gap_share[at] == pytest.approx(verdict.gap_share)


def test_the_outcome_of_renting_is_the_sum_of_the_rents_that_came() -> None:
    """One node on demand for a year, month by month, without the engine's tables."""
    market, month = MARKETS["h100-median"], "2024-09"
    problem = decision_problem(market, month, A)
    rents = rents_from(market, month)
    (at,) = np.flatnonzero((problem.plans.nodes == 1) & (problem.plans.months == 12)).tolist()
    on_demand = [option.id for option in problem.options].index("on-demand")
    rental = A.rental
    hours = rental.hours_per_month * rental.gpus_per_node * problem.plans.busy[at]  # one node hands back all idle time
    factors = discount_factors(A.money.discount_rate, 12, mid_month=True)
    bill = 1 + rental.support_share + rental.goodput_loss_share
    slow = sum(factors[t] * (bill * rents[t] * hours + rental.storage_egress_usd_per_node_month) for t in range(12))
    assert problem.costs_usd(certain_path(rents, A))[on_demand, at] == pytest.approx(slow)


def test_hindsight_is_never_beaten() -> None:
    for score in scores_of("h100-median", ["2023-09", "2024-08", "2025-06"]):
        for rule in ("gpu-advisor", *(name for name in NAIVE_RULES if name != "ski-rental")):
            assert (score.regret(rule) >= -1e-12).all(), rule
        best = [pick == found for pick, found in zip(score.picks, score.best, strict=True)]
        assert (score.regret(RULE)[best] == 0).all()


def test_a_plan_without_an_outcome_is_not_scored() -> None:
    market = MARKETS["h100-median"]
    assert score_month(market, "2026-08", A) is None  # three months later is after the last price
    score = present(score_month(market, "2026-07", A))
    assert set(decision_problem(market, "2026-07", A).plans.months[score.scored].tolist()) == {3}


def test_the_series_are_the_posted_ones() -> None:
    history = built_in_history()
    mix = dict(history.log_prices("H100-SXM"))
    assert {number: math.log(usd) for number, usd in MARKETS["h100-mix"].rents.items()} == pytest.approx(mix)
    level = history.series("H100-SXM", "on_demand_neocloud")
    assert list(MARKETS["h100-median"].rents.values()) == list(level.values)
    deals = history.series("H100-SXM", "reserved_pooled_ccir")
    kept = [month for month, n in zip(deals.months, deals.n, strict=True) if n >= 3]
    assert months_of(MARKETS["contract"]) == kept


def test_terms_of_the_book_are_as_far_below_list_in_every_month() -> None:
    market, book = MARKETS["h100-median"], A.gpu.term_discounts["neocloud"]
    for month in ("2023-06", "2024-09", "2026-08"):
        found = term_discounts(market.history, "H100-SXM", month, A)
        assert found == pytest.approx(dict(book))


def test_a_gap_of_a_month_keeps_the_price_and_a_longer_one_ends_the_path() -> None:
    market = replace(MARKETS["h100-mix"], rents={100: 2.0, 101: 3.0, 103: 4.0, 106: 5.0})
    assert rents_from(market, month_name(100)).tolist() == [2.0, 3.0, 3.0, 4.0]
    assert months_of(market) == [month_name(number) for number in (100, 101, 103, 106)]


def test_terms_are_those_posted_else_pooled_else_the_books() -> None:
    history, book = built_in_history(), A.gpu.term_discounts["neocloud"]
    level = history.value("H100-SXM", "on_demand_neocloud", "2026-08")
    year = history.value("H100-SXM", "reserved_1y_neocloud", "2026-08")
    assert level is not None
    assert year is not None
    assert term_discounts(history, "H100-SXM", "2026-08", A)[12] == pytest.approx(1 - year / level)
    pooled = term_discounts(history, "H100-SXM", "2025-01", A)
    assert 1 - pooled[12] == pytest.approx(2.145 / 3.0282)  # both medians as published
    assert pooled[1] < pooled[6] < pooled[12]
    assert pooled[36] == pooled[24] == pooled[12]
    assert term_discounts(history, "H100-SXM", "2019-01", A) == book


def test_the_trend_of_a_year_needs_half_a_year() -> None:
    rents = {month: math.exp(-0.02 * month) for month in range(100, 130)}
    assert last_year(rents, 120) == pytest.approx(-0.02)
    assert last_year({month: rents[month] for month in range(100, 106)}, 105) == 0.0
    assert last_year({100: 1.0, 106: 2.0}, 106) == pytest.approx(math.log(2) / 6)


def test_ski_rental_rents_and_then_reserves_at_the_price_of_the_day() -> None:
    """At falling rents the year that is reserved later is cheaper than today's, and the months before are rented."""
    market, month = MARKETS["h100-mix"], "2024-06"
    problem = decision_problem(market, month, A)
    rents = np.linspace(4.0, 2.0, 97)
    truth = certain_path(rents, A)
    realized = problem.costs_usd(truth)
    usd = naive_costs(problem, 0.0, truth, realized)
    waits = usd["ski-rental"] != usd["rent"]
    assert waits.any()
    assert (problem.plans.months[waits] >= 18).all()  # a year costs about ten months of renting
    assert (problem.plans.nodes[waits] <= A.rental.on_demand_max_nodes).all()
    long = waits & problem.plans.big & (problem.plans.months >= 24)  # else much of the year is sublet at a loss
    assert long.any()
    assert (usd["ski-rental"][long] < usd["rent"][long]).all()


def test_a_rule_whose_option_cannot_be_had_takes_the_next() -> None:
    problem = decision_problem(MARKETS["h100-mix"], "2025-01", A)
    truth = certain_path(np.full(97, 3.0), A)
    realized = problem.costs_usd(truth)
    usd = naive_costs(problem, 0.0, truth, realized)
    names = [option.id for option in problem.options]
    huge = problem.plans.nodes == 1000
    assert (usd["rent"][huge] == realized[names.index("reserved-12m")][huge]).all()
    assert all(np.isfinite(each).all() for each in usd.values())


def test_the_fair_naive_rule_takes_a_year_or_the_longest_term_that_fits() -> None:
    problem = decision_problem(MARKETS["h100-mix"], "2025-01", A)
    realized = problem.costs_usd(certain_path(np.full(97, 3.0), A))
    usd = naive_costs(problem, 0.0, certain_path(np.full(97, 3.0), A), realized)["year-or-fit"]
    names = [option.id for option in problem.options]
    for nodes, months, taken in ((16, 3, "reserved-3m"), (16, 18, "reserved-12m"), (64, 6, "reserved-6m")):
        (at,) = np.flatnonzero((problem.plans.nodes == nodes) & (problem.plans.months == months)).tolist()
        assert usd[at] == realized[names.index(taken), at]


def test_small_plans_are_offered_hybrids_and_what_gains_by_it_renting_first() -> None:
    """The menu of the record is that of the verdict."""
    market = MARKETS["h100-mix"]
    problem, forecast = decision_problem(market, "2025-01", A), forecast_at(market, "2025-01", A)
    found = with_searched(problem, forecast)
    menu = found.menu(forecast)
    ids = [option.id for option in menu.options]
    assert "hybrid-reserve" in ids
    usd = menu.usd[ids.index("hybrid-reserve")]
    assert np.isfinite(usd).any()
    assert (problem.plans.nodes[np.isfinite(usd)] == 4).all()  # one node has no peaks, and a big plan is one job
    if "rent-3m-then-decide" in ids:
        waiting = menu.usd[ids.index("rent-3m-then-decide")]
        offered = np.isfinite(waiting)
        assert (waiting[offered] <= 0.995 * problem.costs_usd(forecast).min(axis=0)[offered]).all()


def test_the_place_in_the_band_is_the_mixtures_probability() -> None:
    """Against sampled components: the share of normal draws at or below the outcome."""
    forecast = forecast_at(MARKETS["h100-mix"], "2025-01", A)
    draws = np.random.default_rng(1).standard_normal(200_000)
    slow = sum(
        c.weight * (c.log_mean[12] + math.sqrt(c.variance[12]) * draws <= math.log(0.8)).mean()
        for c in forecast.components
    )
    assert place_in(forecast, 12, 0.8 * float(forecast.spot_usd_per_gpu_hour)) == pytest.approx(slow, abs=0.005)


def test_a_summary_counts_what_was_scored() -> None:
    scores = scores_of("h100-median", ["2023-09", "2024-08", "2025-06"])
    result = series_result(MARKETS["h100-median"], scores)
    assert result.decisions == 3
    assert result.plans == sum(int((score.scored & score.big).sum()) for score in scores)
    assert result.regret[RULE] == pytest.approx(regrets(scores, RULE).mean())
    known = sum(int((score.scored & ~np.isnan(score.gap_share)).sum()) for score in scores)
    assert sum(bucket.n for bucket in buckets(scores)) == known
    assert [band.months for band in bands(scores)] == [3, 6, 12, 24]


def test_every_right_call_names_the_class_of_the_best() -> None:
    (score,) = scores_of("h100-median-pooled", ["2024-08"])
    problem = decision_problem(MARKETS["h100-median-pooled"], "2024-08", A)
    of = {option.id: option.option_class for option in problem.options}
    same = [of[pick] == of[best] for pick, best in zip(score.picks, score.best, strict=True)]
    assert score.right.tolist() == same
    assert list(score.best_class) == [of[best] for best in score.best]
    assert set(of.values()) == {"rent", "reserve_short", "reserve_long", "buy"}


@pytest.fixture
def one_walk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let all the commands of a test walk through past rents once: it takes half a minute."""
    walked: list[list[Score]] = []

    def remembered(markets: Sequence[BacktestMarket], book: PriceBook, *more: Any) -> list[Score]:
        if not walked:
            walked.append(walk(markets, book, *more))
        return walked[0]

    monkeypatch.setattr(walk_forward, "walk", remembered)


@only_in_whole_runs
@pytest.mark.usefixtures("one_walk")
def test_the_command_repeats_the_record_and_scores_synthetic_markets_on_request(tmp_path: Path) -> None:
    """As JSON and as text, with the limits beside the figures; the rule's row comes first when it loses least."""
    done = run_here(["backtest", "--json"], tmp_path)
    assert done.code == ExitCode.DONE, done.err
    found = keeps_contract("backtest", done.out)
    assert [series["name"] for series in found["series"]] == list(MARKETS)
    assert set(found["series"][0]["regret"]) == {RULE, *NAIVE_RULES}
    assert found["right_calls"][-1]["to_gap"] is None
    assert found["synthetic"] is None
    assert any("three independent 12-month windows" in limit for limit in found["shipped"]["limits"])
    for now, shipped in zip(found["series"], found["shipped"]["real"]["series"], strict=True):
        assert now["name"] == shipped["name"]
        for rule, regret in now["regret"].items():  # else the record is of another engine: write it anew
            assert regret == pytest.approx(shipped["regret"][rule], abs=1e-3), (now["name"], rule)
    text = run_here(["backtest", "--synthetic", "2", "--seed", "1"], tmp_path)
    assert text.code == ExitCode.DONE, text.err
    assert max(map(len, text.out.splitlines())) <= 80
    regrets = [series["regret"][RULE] for series in shipped_record().real["series"]]
    row = next(line for line in text.out.splitlines() if line.startswith(RULE))
    mean = sum(regrets) / len(regrets)
    assert row.split()[-2:] == [f"{mean:.1%}", f"{max(regrets):.1%}"], "else the record is of another engine"
    assert "On 2 synthetic markets" in text.out
    assert re.search(r"(?m)^oracle +[0-9.]+% +[0-9.]+% +[0-9.]+%$", text.out)
    assert re.search(r"(?m)^buy +[0-9.]+% +[0-9.]+% +[0-9.]+ \([0-9.-]+ to [0-9.]+\) +[0-9.]+%$", text.out)


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["--plan-change", "0.9"], "not a share from 0 to 0.5"),
        (["--plan-change", "nan"], "not a share from 0 to 0.5"),
        (["--synthetic", "1"], "not a number of markets"),
        (["--synthetic", "99999"], "not a number of markets"),
    ],
)
def test_a_bad_figure_is_a_usage_error(options: list[str], why: str, tmp_path: Path) -> None:
    done = run_here(["backtest", *options], tmp_path)
    assert done.code == ExitCode.USAGE
    assert why in done.err


def test_a_series_of_the_record_is_repeated() -> None:
    """The one with the fewest months, a tenth of all, with its progress; the long run repeats the whole record."""
    told: list[tuple[int, int]] = []
    scores = walk([MARKETS["contract"]], BOOK, tell=lambda done, count: told.append((done, count)))
    assert told == [(done, len(told)) for done in range(1, len(told) + 1)]
    (shipped,) = (series for series in shipped_record().real["series"] if series["name"] == "contract")
    regret = series_result(MARKETS["contract"], scores).regret
    for rule, share in shipped["regret"].items():
        assert regret[rule] == pytest.approx(share, abs=1e-3), f"{rule}: else the record is of another engine"


def test_a_terminal_has_a_progress_bar_on_stderr_alone(tmp_path: Path) -> None:
    seen = run_in_terminal(["backtest"], tmp_path, {"TERM": "xterm"}, until="#.")
    assert re.search(r"\[#+\.+", seen.err)
    assert seen.out == ""


def test_plans_that_may_end_early_are_said_to() -> None:
    """With `--plan-change` the table read as if all plans had run to their end."""
    results = [SeriesResult(**series) for series in shipped_record().real["series"]]
    heads = {share: " ".join(real_lines(results, (), (), share)[1:3]) for share in (0.0, 0.015)}
    assert heads[0.0].strip() == "Plans of 16 to 1,000 nodes, 3 to 36 months, that have ended."
    assert "or ended early (a chance of 1.5% a month)." in heads[0.015]
