"""Every sampled course of prices and of the plan against the slow loop, which pays it off month by month."""

from collections.abc import Sequence

import pytest
from hypothesis import Phase, given, seed, settings
from hypothesis import strategies as st

from advisor.costing.valuation import OptionCost
from advisor.decision.advise import cost_options
from advisor.decision.risk import changes_by_path, path_costs
from advisor.market.forecast.price_process import HORIZON_MONTHS
from advisor.market.forecast.simulation import sample_paths
from advisor.profiles.schema import Profile
from tests.oracle.slow_answers import Answer, Answers, count_of_profiles, fork_for
from tests.oracle.slow_choices import cost_on_path
from tests.oracle.test_slow_loop import ABSOLUTE_USD, LAWS, PARTS, RELATIVE, believing, book_with, debts, profiles

PATHS, SEED = 100, 7


def assert_paths_agree(options: Sequence[tuple[OptionCost, Answer]], shown: Sequence[int]) -> None:
    """Some options of one GPU cost the same by the tables and by the loop on the paths that are looked at."""
    costs = [cost for cost, _ in options]
    forecast, process = costs[0].forecast, costs[0].demand.change_month_probabilities()
    by_the_tables = path_costs(costs, forecast, PATHS, SEED)
    rents, resale = sample_paths(forecast, PATHS, HORIZON_MONTHS, SEED).prices()
    changes = changes_by_path(process, PATHS)
    for column, (cost, answer) in enumerate(options):
        for path in shown:
            prices = rents[path].tolist(), resale[path].tolist()
            by_the_loop = cost_on_path(answer.scene, answer.fork, forecast, int(changes[path]), prices)
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
            options = [(cost, answers.of(cost)) for cost in costing.costs if cost.case.assumptions.gpu.id == gpu]
            if options:
                assert_paths_agree(options, sorted({path, PATHS - 1}))

    agree()


@pytest.mark.parametrize("laws", LAWS)
def test_later_choices_agree_on_paths_of_several_laws(processes: str) -> None:
    scene, chosen = believing(processes, nodes=4)
    options = [(cost, Answer(scene, fork_for(cost.option, scene))) for cost in chosen]
    assert_paths_agree(options, range(0, PATHS, 9))
