"""The named price paths: their shapes, who wins under each, and that the same cost tables feed them."""

import numpy as np
import pytest

from advisor.decision.advise import advise
from advisor.decision.scenarios import worst_regret_share
from advisor.market.forecast.forecast import scenario_forecast, scenario_forecasts
from advisor.market.price_book import built_in_book
from tests.support.present import present
from tests.support.profile_builder import SAMPLES, a_profile, changed, sample

BOOK = built_in_book()


@pytest.mark.parametrize(
    ("name", "month", "multiple"),
    [
        ("falling-40", 12, 0.6),
        ("falling-40", 24, 0.36),
        ("flat", 60, 1.0),
        ("half-in-five", 30, 0.75),
        ("half-in-five", 60, 0.5),
        ("glut-rebound", 12, 0.68),
        ("glut-rebound", 48, 0.81),  # half-way from .92 at 36 to .70 at 60
        ("squeeze", 6, 1.2),
        ("squeeze", 90, 0.6),  # held after the last point
    ],
)
def test_a_scenario_follows_its_points(name: str, month: int, multiple: float) -> None:
    figures = BOOK.assumptions("H100-SXM").forecast
    forecast = scenario_forecast(2.0, figures, BOOK.scenarios[name])
    assert forecast.usd_per_gpu_hour[month] == pytest.approx(2.0 * multiple)


def test_scenarios_together_are_the_paths_of_each() -> None:
    figures, scenarios = BOOK.assumptions("H100-SXM").forecast, tuple(BOOK.scenarios.values())
    together = scenario_forecasts(2.0, figures, scenarios)
    for at, scenario in enumerate(scenarios):
        alone = scenario_forecast(2.0, figures, scenario)
        np.testing.assert_allclose(together.usd_per_gpu_hour[at], alone.usd_per_gpu_hour)
        np.testing.assert_allclose(together.resale_share[at], alone.resale_share)


@pytest.mark.parametrize("name", ["falling-40", "flat"])
def test_a_scenario_and_the_users_own_view_of_rents_are_one_path(name: str) -> None:
    """The same yearly change, once as a scenario and once in the profile, costs the same."""
    profile = sample("cluster-64")
    own = changed(profile, market={"rents_change_per_year": BOOK.scenarios[name].change_per_year})
    outcome = next(outcome for outcome in advise(profile, BOOK).scenarios if outcome.name == name)
    costs = {cost.option.id: cost.expected_usd for cost in advise(own, BOOK).costing.costs}
    both = outcome.usd.keys() & costs.keys()  # waiting is offered only where it saves enough
    assert len(both) >= 15
    for option_id in both:
        assert outcome.usd[option_id] == pytest.approx(costs[option_id], rel=1e-12)


@pytest.mark.parametrize("name", SAMPLES)
def test_regret_is_what_the_best_of_each_scenario_would_have_saved(name: str) -> None:
    """The best of those that are compared everywhere: of contracts that can be prepaid the one paid monthly."""
    advice = advise(sample(name), BOOK)
    for option in advice.verdict.ranked:
        regret = present(worst_regret_share(option.id, advice.scenarios))
        shares = []
        for outcome in advice.scenarios:
            compared = [outcome.usd[o.id] for o in advice.verdict.competitors]
            shares.append(outcome.usd[option.id] / min(compared) - 1)
        assert regret == pytest.approx(max(shares))
        assert option not in advice.verdict.competitors or regret >= 0


def test_a_steep_fall_favours_short_commitments_and_a_squeeze_long_ones() -> None:
    advice = advise(a_profile(), BOOK)
    terms = {o.id: o.cost.option.term_months or 0 for o in advice.verdict.ranked}
    best = {outcome.name: outcome.best_option for outcome in advice.scenarios}
    assert best["falling-40"] is not None
    assert best["squeeze"] is not None
    assert terms[best["falling-40"]] < terms[best["squeeze"]]


def test_used_prices_follow_rents_down() -> None:
    figures = BOOK.assumptions("H100-SXM").forecast
    flat, falling = (scenario_forecast(2.0, figures, BOOK.scenarios[name]) for name in ("flat", "falling-40"))
    assert np.all(falling.resale_share[1:] < flat.resale_share[1:])


def test_nothing_feasible_leaves_no_regret() -> None:
    profile = a_profile(company={"cash_usd": 1000.0})
    advice = advise(profile, BOOK)
    assert advice.verdict.pick is None
    assert all(outcome.best_option is None for outcome in advice.scenarios)
    assert worst_regret_share("on-demand", advice.scenarios) is None
