"""Every sampled course of prices and of the plan against the slow loop, which pays it off month by month."""

from collections.abc import Sequence

import pytest
from hypothesis import Phase, given, seed, settings
from hypothesis import strategies as st

from advisor.advice import cost_options
from advisor.market.forecast import sample_paths
from advisor.market.law import HORIZON_MONTHS
from advisor.profile import Profile
from advisor.risk import changes_by_path, path_costs
from advisor.valuation import OptionCost
from tests.slow_answers import Answers, count_of_profiles
from tests.slow_choices import cost_on_path
from tests.test_slow_loop import ABSOLUTE_USD, PARTS, RELATIVE, book_with, debts, profiles

PATHS, SEED = 100, 7


def assert_paths_agree(answers: Answers, costs: Sequence[OptionCost], shown: Sequence[int]) -> None:
    """Some options of one GPU cost the same by the tables and by the loop on the paths that are looked at."""
    forecast, law = costs[0].forecast, costs[0].demand.change_month_law()
    by_the_tables = path_costs(costs, forecast, PATHS, SEED)
    prices = sample_paths(forecast, PATHS, HORIZON_MONTHS, SEED)
    changes = changes_by_path(law, PATHS)
    for column, cost in enumerate(costs):
        answer = answers.of(cost)
        for path in shown:
            scene = answer.scene.at(prices.usd_per_gpu_hour[path].tolist(), prices.resale_share[path].tolist())
            by_the_loop = cost_on_path(scene, answer.fork, forecast, int(changes[path]))
            found = by_the_tables[path, column]
            assert found == pytest.approx(by_the_loop, rel=RELATIVE, abs=ABSOLUTE_USD), f"{cost.option.id}, path {path}"


@pytest.mark.parametrize("part", range(PARTS))
def test_every_path_agrees_with_the_slow_loop(part: int) -> None:
    @seed(PARTS + part)
    @settings(max_examples=count_of_profiles() // 2 // PARTS, deadline=None, database=None, phases=[Phase.generate])
    @given(profiles(), debts(), st.integers(0, PATHS - 1))
    def agree(profile: Profile, debt: dict[str, float], path: int) -> None:
        costing = cost_options(profile, book_with(debt))
        answers = Answers(profile, costing)
        for gpu in costing.forecasts:
            costs = [cost for cost in costing.costs if cost.case.assumptions.gpu.id == gpu]
            if costs:
                assert_paths_agree(answers, costs, sorted({path, PATHS - 1}))

    agree()
