"""Synthetic markets: one seed one market, an oracle that is right on average, and the shipped record."""

import math
from functools import cache

import numpy as np
import pytest

from advisor.backtest.market_at import PLAN_MONTHS, decision_problem
from advisor.backtest.rules import NAIVE_RULES
from advisor.backtest.scoring import lost_edge, lost_interval, lost_share, regret_edge, regrets, synthetic_result
from advisor.backtest.synthetic_markets import KINDS, SyntheticMarket, expected_multiples, generate, market_scorer
from advisor.backtest.walk_forward import ORACLE, RULE, Score
from advisor.decision.confidence import confidence, shipped_record
from advisor.market.price_history import CONSTANT_MIX, LEVEL, TERM_SERIES, month_number
from tests.support.present import present
from tests.support.profile_builder import BOOK

SEED = 7


@cache
def scores() -> tuple[Score, ...]:
    return tuple(map(market_scorer(BOOK, SEED), range(2 * len(KINDS))))


@cache
def market(number: int) -> SyntheticMarket:
    return generate(number, SEED)


def test_one_seed_makes_one_market() -> None:
    one, other = generate(3, SEED), generate(3, SEED)
    assert one.market.rents == other.market.rents
    assert one.rents.tolist() == other.rents.tolist()
    assert one.expected.tolist() == other.expected.tolist()
    assert generate(3, SEED + 1).rents.tolist() != one.rents.tolist()


def test_kinds_take_turns() -> None:
    kinds = [market(number).kind for number in range(10)]
    assert kinds == ["regimes", "jumps", "clusters", "cycles", "generations"] * 2


@pytest.mark.parametrize("number", range(5))
def test_the_past_ends_where_the_outcome_begins(number: int) -> None:
    """The rule sees the past and no more; every plan has an outcome; prices and terms are posted in each month."""
    synthetic = market(number)
    last = month_number(synthetic.month)
    assert max(synthetic.market.rents) == last
    assert synthetic.market.rents[last] == pytest.approx(synthetic.rents[0])
    assert synthetic.rents.size > max(PLAN_MONTHS)
    assert synthetic.market.history.last_month == synthetic.month
    for name in (CONSTANT_MIX, LEVEL, *TERM_SERIES.values()):
        assert len(synthetic.market.history.series("H100-SXM", name).months) == len(synthetic.market.rents)


@pytest.mark.parametrize("number", [1, 2, 4])
def test_the_oracle_expects_what_comes_on_average(number: int) -> None:
    """Against worlds run one by one from the same state of the maker."""
    rng = np.random.default_rng(11)
    generator = KINDS[number](rng)
    state, at = generator.start, 20
    sums = np.zeros(13)
    worlds = 4000
    for _ in range(worlds):
        here, log = state[None], 0.0
        for ahead in range(12):
            here, change = generator.step(here, np.array([at + ahead]), rng)
            log += float(change[0])
            sums[ahead + 1] += math.exp(log)
    expected = expected_multiples(generator, state[None], np.array([at]), 20_000, rng)[0]
    assert expected[0] == 1.0
    np.testing.assert_allclose(expected[1:13], sums[1:] / worlds, rtol=0.03)


def test_quotes_know_part_of_the_truth() -> None:
    """Where rents are bound to fall the long terms are cheaper against the short ones than where they rise."""
    ratios = []
    for number in range(3, 60, 5):  # cycles: the most foreseeable
        synthetic = market(number)
        history, month = synthetic.market.history, synthetic.month
        short, long = (present(history.value("H100-SXM", TERM_SERIES[term], month)) for term in (1, 12))
        ratios.append((math.log(synthetic.expected[:12].mean() / synthetic.expected[0]), math.log(long / short)))
    changes, quoted = np.array(ratios).T
    assert np.corrcoef(changes, quoted)[0, 1] > 0.6


def test_scores_hold_every_plan_and_rule() -> None:
    for score in scores():
        assert score.scored.all()
        assert set(score.usd) == {RULE, ORACLE, *NAIVE_RULES}
        assert (score.regret(ORACLE) >= -1e-12).all()
        assert (score.regret(RULE) >= -1e-12).all()


def test_a_result_is_the_mean_of_its_scores() -> None:
    result = synthetic_result(scores(), SEED)
    assert result.markets == 10
    assert result.regret[RULE] == pytest.approx(regrets(scores(), RULE).mean())
    assert result.regret_all[ORACLE] == pytest.approx(regrets(scores(), ORACLE, all_sizes=True).mean())
    assert result.over_oracle == pytest.approx(result.lost[RULE] / result.lost[ORACLE])
    assert result.regret_interval[0] < result.regret_all[RULE] < result.regret_interval[1]
    assert list(result.lost_by_kind) == ["regimes", "jumps", "clusters", "cycles", "generations"]
    assert sum(bucket.n for bucket in result.right_calls) <= 360


def test_an_interval_takes_each_market_for_one() -> None:
    """Ten markets of 36 plans: the width is that of ten values."""
    found = regret_edge(scores(), "buy")
    each = [float((score.regret("buy") - score.regret(RULE)).mean()) for score in scores()]
    assert found.mean == pytest.approx(np.mean(each))
    assert found.high - found.mean == pytest.approx(1.96 * np.std(each, ddof=1) / math.sqrt(10))
    assert found.low > 0


def test_what_was_lost_is_a_ratio_of_sums() -> None:
    """Each plan in units of its own node hours at the rent of the day, summed one by one."""
    lost = least = 0.0
    for number, score in enumerate(scores()):
        synthetic = market(number)
        problem = decision_problem(synthetic.market, synthetic.month, BOOK.assumptions("H100-SXM"))
        for plan, (nodes, months) in enumerate(zip(problem.plans.nodes, problem.plans.months, strict=True)):
            unit = synthetic.rents[0] * 8 * 730 * nodes * months
            lost += (score.usd[RULE][plan] - score.best_usd[plan]) / unit
            least += score.best_usd[plan] / unit
    assert lost_share(scores(), RULE, all_sizes=True) == pytest.approx(lost / least)


def test_the_interval_of_a_ratio_is_that_of_resampled_markets() -> None:
    """Against the bootstrap over markets, which is rougher with ten of them."""
    rng, found = np.random.default_rng(5), lost_interval(scores())
    draws = [lost_share([scores()[at] for at in rng.integers(0, 10, 10)], RULE, all_sizes=True) for _ in range(400)]
    half = 1.96 * float(np.std(draws))
    assert found[1] - found[0] == pytest.approx(2 * half, rel=0.35)
    edges = {rule: lost_edge(scores(), rule) for rule in ("buy", "flat")}
    assert edges["buy"].low > 0
    assert edges["flat"].mean == pytest.approx(
        lost_share(scores(), "flat", all_sizes=True) - lost_share(scores(), RULE, all_sizes=True)
    )


def test_the_confidence_of_the_record_comes_true() -> None:
    """The shipped table: two hundred verdicts a line, within five points on markets that were held out."""
    earned = shipped_record().earned
    assert [one.word for one in earned] == ["too close to call", "medium", "high"]
    for one in earned:
        assert min(one.n, one.held_out_n) >= 200
        assert abs(one.right_share - one.held_out_share) <= 0.05
    assert [one.from_gap for one in earned[1:]] == [one.to_gap for one in earned[:-1]]
    assert earned[-1].to_gap is None
    shares = [one.right_share for one in earned]
    assert shares == sorted(shares)


@pytest.mark.parametrize(
    ("gap", "close", "word"),
    [
        (0.0, True, "too close to call"),
        (0.049, False, "too close to call"),
        (0.05, False, "medium"),
        (0.08, True, "too close to call"),
        (0.15, False, "high"),
        (7.0, False, "high"),
    ],
)
def test_the_word_is_the_tables(gap: float, close: bool, word: str) -> None:
    found = present(confidence(gap, close))
    line = next(one for one in shipped_record().earned if one.to_gap is None or gap < one.to_gap)
    assert (found.word, found.right_share, found.n) == (word, line.right_share, line.n)


def test_without_a_rival_there_is_nothing_to_be_confident_of() -> None:
    assert confidence(None, close_call=False) is None


def test_the_shipped_record_states_its_date_its_limits_and_how_to_repeat_it() -> None:
    record = shipped_record()
    assert record.commands["real"] == "gpu-advisor backtest"
    assert "--synthetic" in record.commands["synthetic"]
    assert any("three independent 12-month windows" in limit for limit in record.limits)
    assert record.tried
    assert {series["name"] for series in record.real["series"]} >= {"h100-mix", "h100-median", "a100-mix", "contract"}
    assert record.synthetic["held_out"]["markets"] >= 200
