"""Sampled prices and plan changes: each path against the slow loop, means against closed forms, seeds, limits."""

import numpy as np
import pytest
from hypothesis import given, settings

from advisor.advice import Costing, advise, cost_options
from advisor.demand import resolve
from advisor.market.forecast import Forecast, expected_forecast, sample_paths
from advisor.profile import Profile
from advisor.risk import changes_by_path, path_costs, risk_of
from tests.build import BOOK, SAMPLES, a_profile, changed, numbers_of, profiles, sample
from tests.slow_loop import Given, Ledger, Work, scene_of
from tests.test_slow_loop import walk_for, work_of

PATHS, SEED = 200, 7


def horizon(costing: Costing) -> int:
    return max(cost.option.table.months for cost in costing.costs) + 1


def loop_cost(
    profile: Profile, costing: Costing, index: int, rents: list[float], resale: list[float], tau: int
) -> float:
    """One option on one course of events, by the independent loop."""
    figures = numbers_of(profile, BOOK)
    works: list[Work] = [work_of(resolve(w, profile.company, figures.plan)) for w in profile.workload]
    scene = scene_of(Given(figures, profile.market.tier, profile.quote, works, rents, resale))
    ledger = Ledger(figures.money.discount_rate)
    walk_for(costing.costs[index].option)(scene, tau, ledger)
    return ledger.present


@settings(max_examples=60, deadline=None, derandomize=True)
@given(profiles())
def test_every_path_agrees_with_the_slow_loop(profile: Profile) -> None:
    costing = cost_options(profile, BOOK)
    figures = costing.case.assumptions
    prices = sample_paths(costing.forecast, figures.forecast, PATHS, horizon(costing), SEED)
    costs = path_costs(costing.costs, costing.demand, prices, figures.money.discount_rate, SEED)
    tau = changes_by_path(costing.demand, PATHS, SEED)
    for path in (0, PATHS - 1):
        rents, resale = prices.usd_per_gpu_hour[path].tolist(), prices.resale_share[path].tolist()
        for index in range(len(costing.costs)):
            slow = loop_cost(profile, costing, index, rents, resale, int(tau[path]))
            assert costs[path, index] == pytest.approx(slow, rel=1e-6, abs=1e-3)


@pytest.mark.parametrize("gpu", BOOK.gpus)
def test_the_mean_of_the_paths_is_the_closed_form_in_every_month(gpu: str) -> None:
    assumptions = BOOK.assumptions(gpu)
    forecast = expected_forecast(assumptions.gpu.neocloud_usd_per_gpu_hour, assumptions.forecast)
    paths = sample_paths(forecast, assumptions.forecast, 1000, 61, SEED)
    assert paths.usd_per_gpu_hour.mean(axis=0) == pytest.approx(forecast.usd_per_gpu_hour[:61])
    assert paths.resale_share.mean(axis=0) == pytest.approx(forecast.resale_share[:61])
    assert paths.usd_per_gpu_hour[:, 0] == pytest.approx(forecast.usd_per_gpu_hour[0]), "today's price is known"


def test_the_paths_without_centring_have_the_mean_and_spread_of_the_closed_form() -> None:
    """With speed and volatility known, ln S_t is normal with the variance of the closed form: the spread of the paths,
    which centring leaves alone, must be its root."""
    profile = a_profile(forecast={"reversion_log_sd": 0.0, "volatility_log_sd": 0.0})
    figures = numbers_of(profile, BOOK).forecast
    forecast = expected_forecast(1.0, figures)
    paths = sample_paths(forecast, figures, 40_000, 61, SEED)
    for month in (1, 12, 36, 60):
        years, speed = month / 12, figures.reversion_per_year
        noise = figures.volatility_per_sqrt_year**2 * (1 - np.exp(-2 * speed * years)) / (2 * speed)
        level = figures.level_sd**2 * (1 - np.exp(-speed * years)) ** 2
        variance = noise + level + (figures.decline_sd_per_year * years) ** 2
        found = np.log(paths.usd_per_gpu_hour[:, month])
        assert found.std() == pytest.approx(np.sqrt(variance), rel=0.02)
        assert found.mean() == pytest.approx(-figures.decline_per_year * years, abs=0.02)


def spread_without_any_risk(profile: Profile) -> None:
    advice = advise(profile, BOOK, 1000)
    for option in advice.verdict.ranked:
        spread = advice.risk.spreads[option.id]
        exact = pytest.approx(option.cost.expected_usd, rel=1e-9)
        assert spread.p5_usd == exact
        assert spread.p95_usd == exact
        assert spread.cvar95_usd == exact


def test_no_volatility_and_no_hazard_reproduce_the_expected_cost_exactly() -> None:
    still = {
        "volatility_per_sqrt_year": 0.0, "level_sd": 0.0, "decline_sd_per_year": 0.0, "resale_sd_per_sqrt_year": 0.0,
    }  # fmt: skip
    spread_without_any_risk(a_profile({"plan_change_per_month": 0.0}, forecast=still))
    view = a_profile({"plan_change_per_month": 0.0}, forecast={"resale_sd_per_sqrt_year": 0.0})
    spread_without_any_risk(changed(view, market={"rents_change_per_year": -0.1}))


@pytest.mark.parametrize("name", SAMPLES)
def test_the_mean_over_paths_is_the_expected_cost(name: str) -> None:
    costing = cost_options(sample(name), BOOK)
    figures = costing.case.assumptions
    prices = sample_paths(costing.forecast, figures.forecast, 10_000, horizon(costing), 0)
    means = path_costs(costing.costs, costing.demand, prices, figures.money.discount_rate, 0).mean(axis=0)
    assert means == pytest.approx([cost.expected_usd for cost in costing.costs], rel=0.005)


@pytest.mark.parametrize("name", SAMPLES)
def test_bands_and_chances_fit_together(name: str) -> None:
    advice = advise(sample(name), BOOK)
    for spread in advice.risk.spreads.values():
        cents = 0.01
        assert spread.p5_usd <= spread.p95_usd + cents
        assert spread.p95_usd <= spread.cvar95_usd + cents
    assert sum(spread.probability_best for spread in advice.risk.spreads.values()) == pytest.approx(1)
    assert sum(advice.risk.class_best.values()) == pytest.approx(1)
    barred = [option.id for option in advice.verdict.ranked if not option.feasible]
    assert all(advice.risk.spreads[option].probability_best == 0 for option in barred)


def test_one_seed_one_answer_and_another_seed_nearly_the_same() -> None:
    profile = sample("cluster-64")
    first, again, other = (advise(profile, BOOK, 10_000, seed).risk for seed in (1, 1, 2))
    assert first == again
    assert first != other
    for option, spread in first.spreads.items():
        assert other.spreads[option].p95_usd == pytest.approx(spread.p95_usd, rel=0.03)


def test_the_months_of_change_have_their_exact_shares() -> None:
    demand = cost_options(sample("cluster-64"), BOOK).demand
    tau = changes_by_path(demand, 10_000, SEED)
    counted = np.bincount(tau, minlength=demand.months + 1)[1:] / 10_000
    assert counted == pytest.approx(demand.change_month_law(), abs=1.01e-4)


def test_nothing_feasible_is_best_nowhere() -> None:
    costing = cost_options(a_profile(company={"cash_usd": 1.0}), BOOK)
    figures = costing.case.assumptions
    risk = risk_of(costing.verdict, costing.demand, figures, costing.forecast, 100, 0)
    assert set(risk.class_best.values()) == {0.0}


def test_a_certain_view_of_rents_leaves_only_the_noise_of_used_prices() -> None:
    figures = BOOK.assumptions("H100-SXM").forecast
    forecast: Forecast = expected_forecast(2.0, figures, -0.2)
    paths = sample_paths(forecast, figures, 100, 40, SEED)
    assert np.ptp(paths.usd_per_gpu_hour, axis=0) == pytest.approx(0)
    assert np.ptp(paths.resale_share[:, 1:], axis=0).min() > 0


@settings(max_examples=60, deadline=None, derandomize=True)
@given(profiles())
def test_other_picks_stay_within_reach_and_serve_their_taste(profile: Profile) -> None:
    advice = advise(profile, BOOK, 500)
    verdict, near = advice.verdict, advice.costing.case.assumptions.money.close_call_share
    if verdict.pick is None or verdict.pick.cost.expected_usd <= 0:
        assert advice.flexible_pick is None
        assert advice.insured_pick is None
        return
    limit = verdict.pick.cost.expected_usd * (1 + near)
    close = {o.id: o for o in verdict.ranked if o.feasible and o.cost.expected_usd <= limit * (1 + 1e-12)}
    flexible = close[advice.flexible_pick.option if advice.flexible_pick else verdict.pick.id]
    order = {"rent": 0, "reserve": 1, "buy": 2}
    assert order[flexible.action] == min(order[option.action] for option in close.values())
    tails = {option: advice.risk.spreads[option].cvar95_usd for option in close}
    insured = advice.insured_pick.option if advice.insured_pick else verdict.pick.id
    assert tails[insured] == min(tails.values())
    if advice.insured_pick:
        saving = 1 - tails[insured] / tails[verdict.pick.id]
        assert advice.insured_pick.tail_saving_share == pytest.approx(saving)


def test_plans_of_every_length_see_the_same_paths() -> None:
    """Common random numbers: a longer plan goes on where a shorter one ends."""
    figures = BOOK.assumptions("H100-SXM").forecast
    forecast = expected_forecast(2.0, figures)
    short, long_ = (sample_paths(forecast, figures, 100, months, SEED) for months in (12, 48))
    assert np.array_equal(short.usd_per_gpu_hour, long_.usd_per_gpu_hour[:, :12])
    assert np.array_equal(short.resale_share, long_.resale_share[:, :12])
