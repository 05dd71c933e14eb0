"""Every simulated path of prices and of the plan against the slow loop, which pays it month by month."""

from collections.abc import Sequence

import pytest
from hypothesis import Phase, given, seed, settings
from hypothesis import strategies as st

from advisor.costing.valuation import OptionCost
from advisor.decision.cost_options import cost_options
from advisor.decision.sampled_costs import SampledCosts, changes_by_path
from advisor.market.forecast.price_process import HORIZON_MONTHS
from advisor.market.forecast.simulation import sample_paths
from advisor.profiles.schema import Profile
from tests.oracle.random_profiles import book_with, debts, profiles
from tests.oracle.slow_answers import Answer, Answers, fork_for
from tests.oracle.slow_choices import cost_on_path
from tests.oracle.test_slow_loop import ABSOLUTE_USD, PARTS, PROCESSES, PROFILES, RELATIVE, choices_with
from tests.support.long_runs import quick_and_long

PATHS, SEED = 100, 7


def assert_paths_agree(options: Sequence[tuple[OptionCost, Answer]], paths: Sequence[int]) -> None:
    """Some options of one GPU cost the same by the tables and by the loop on these paths."""
    costs = [cost for cost, _ in options]
    forecast, probabilities = costs[0].forecast, costs[0].demand.change_month_probabilities()
    by_the_tables = SampledCosts(costs, forecast, PATHS, SEED).costs_by_path()
    rents, resale = sample_paths(forecast, PATHS, HORIZON_MONTHS, SEED).prices
    changes = changes_by_path(probabilities, PATHS)
    for row, (cost, answer) in enumerate(options):
        for path in paths:
            prices = rents[path].tolist(), resale[path].tolist()
            by_the_loop = cost_on_path(answer.scene, answer.fork, forecast, int(changes[path]), prices)
            found = by_the_tables[row, path]
            assert found == pytest.approx(by_the_loop, rel=RELATIVE, abs=ABSOLUTE_USD), f"{cost.option.id}, path {path}"


@quick_and_long
@pytest.mark.parametrize("part", range(PARTS))
def test_every_path_agrees_with_the_slow_loop(part: int) -> None:
    @seed(PARTS + part)
    @settings(max_examples=PROFILES, deadline=None, database=None, phases=[Phase.generate])
    @given(profiles(), debts(), st.integers(0, PATHS - 1))
    def agree(profile: Profile, debt: dict[str, float], path: int) -> None:
        costing = cost_options(profile, book_with(debt))
        answers = Answers(profile, costing)
        for gpu in costing.forecasts:
            options = [(cost, answers.of(cost)) for cost in costing.costs if cost.case.assumptions.gpu.id == gpu]
            if options:
                assert_paths_agree(options, sorted({path, PATHS - 1}))

    agree()


@pytest.mark.parametrize("processes", PROCESSES)
def test_deferred_choices_agree_on_paths_of_several_price_processes(processes: str) -> None:
    scene, chosen = choices_with(processes, nodes=4)
    options = [(cost, Answer(scene, fork_for(cost.option, scene))) for cost in chosen]
    assert_paths_agree(options, range(0, PATHS, 9))
