"""Many plans at once: renting first is valued as one plan at a time is, and the rule picks what the verdict picks."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from advisor.costing.case import Case
from advisor.costing.combined_demand import combined_demand
from advisor.costing.option import plan_option
from advisor.costing.options.combined.rent_then_decide import rent_then_decide
from advisor.costing.valuation import cost_of
from advisor.decision.break_even import break_evens
from advisor.decision.cost_options import Costing
from advisor.decision.decision_map import decision_map
from advisor.decision.plans.waiting_plans import waiting_plans
from advisor.market.forecast.forecast import scenario_forecast, scenario_forecasts
from advisor.profiles.defaults import resolve
from advisor.profiles.schema import Profile
from tests.support.profile_builder import BOOK, a_profile, costed, sample, with_months

WORKLOADS: list[dict[str, Any]] = [
    {},
    {"kind": "fine-tune", "nodes": 4, "busy": 0.5},
    {"gpu": "B200-SXM", "start_month": 4, "months": 20},
]


def of_lengths(profile: Profile, costing: Costing, lengths: list[int]) -> Case:
    """The case of a profile of one workload at several lengths."""
    work = resolve(profile.workload[0], profile.company, costing.case.assumptions)
    longer = replace(work, months=np.array(lengths, dtype=float)[:, None])
    return costing.case.with_demand(combined_demand([longer], costing.case.assumptions.rental))


@pytest.mark.parametrize("workload", WORKLOADS)
def test_renting_first_costs_many_plans_what_it_costs_each(workload: dict[str, Any]) -> None:
    """Expected, against the exact thresholds of one plan; and on a path, where the same choice must be made."""
    profile, lengths = a_profile(workload), [2, 5, 13, 30]
    costing = costed(profile)
    many = waiting_plans(of_lengths(profile, costing, lengths), costing.forecast)
    assert many is not None
    expected = many.expected_usd()
    figures = costing.forecast.spot_usd_per_gpu_hour, costing.forecast.figures
    realized = many.realized_usd(scenario_forecast(*figures, BOOK.scenarios["squeeze"]))
    paths = scenario_forecasts(*figures, (BOOK.scenarios["squeeze"],))
    for at, months in enumerate(lengths):
        one = costed(with_months(profile, months))
        option = next(iter(rent_then_decide(one.case)), None)
        if option is None:
            assert np.isinf(expected[at])
            continue
        cost = cost_of(option, one.case, one.forecast)
        assert expected[at] == pytest.approx(cost.expected_usd, rel=1e-8)
        assert realized[at] == pytest.approx(cost.on_paths_usd(paths)[0], rel=1e-6)


@pytest.mark.parametrize("name", ["cluster-64", "pre-train-16", "frontier-lab-1000"])
def test_the_map_says_of_the_users_plan_what_the_verdict_says(name: str) -> None:
    profile = sample(name)
    costing = costed(profile)
    found = decision_map(profile, costing)
    row, column = found.own
    cell, verdict = found.cells[row][column], costing.verdict
    assert verdict.pick is not None
    assert cell.option == plan_option(verdict.pick.cost.option)
    assert cell.gap_share == pytest.approx(verdict.market_gap_share)
    assert cell.close is verdict.close_call


@pytest.mark.parametrize("workload", [{"months": 18}, {"months": 48}, {"kind": "fine-tune", "busy": 0.6}])
@pytest.mark.parametrize("rents", [-0.3, 0.3])
def test_other_gpus_compete_in_plans_of_every_size_and_length(workload: dict[str, Any], rents: float) -> None:
    """The verdict is on another GPU: so are the map's cell and the plan length of the user's own plan."""
    allowed = {"other_gpus": ["H100-SXM", "B200-SXM"], "rents_change_per_year": rents}
    profile = a_profile({"gpu": "A100-SXM", "nodes": 32, "plan_change_per_month": 0.01} | workload, market=allowed)
    costing = costed(profile)
    pick = costing.verdict.pick
    assert pick is not None
    assert ":" in pick.id
    found, evens = decision_map(profile, costing), break_evens(profile, costing)
    row, column = found.own
    cell = found.cells[row][column]
    assert cell.option == plan_option(pick.cost.option)
    assert cell.gap_share == pytest.approx(costing.verdict.market_gap_share)
    own = next(one for one in evens.months if one.from_month <= profile.workload[0].months <= one.to_month)
    assert own.option == cell.option
    for months in (2, 30):
        other = costed(with_months(profile, months)).verdict
        at = {option.id: usd[months - 1] for option, usd in zip(evens.menu.options, evens.menu.usd, strict=True)}
        assert other.pick is not None
        assert at[other.pick.id] == pytest.approx(other.pick.cost.expected_usd, rel=1e-9)
        assert min(at.values()) == pytest.approx(min(o.cost.expected_usd for o in other.ranked if o.feasible), rel=1e-9)
