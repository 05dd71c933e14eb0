"""Many plans at once are one plan at a time: the axis of plans in front of the months changes no figure."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.costing.build_case import case_of, demand_with
from advisor.costing.case import Case
from advisor.costing.options.all_options import plain_options
from advisor.costing.valuation import expected_usd
from advisor.decision.cost_options import forecast_for
from advisor.profiles.defaults import ResolvedWorkload
from advisor.profiles.limits import MAX_NODES
from advisor.profiles.schema import Profile
from advisor.profiles.validation import own_book, parse_profile
from tests.support.long_runs import examples, quick_and_long
from tests.support.profile_builder import BOOK, raw_profiles, shares

CHANGES: dict[str, st.SearchStrategy[Any]] = {
    "months": st.integers(1, 36).map(float) | st.floats(0.1, 36),
    "nodes": st.integers(1, 1500),
    "busy": st.floats(0.05, 1),
    "hazard_per_month": st.floats(0, 0.3),
    "residual_share": shares,
}


def case_with(profile: Profile, changes: dict[str, Any]) -> Case:
    """The profile's case with some fields of its first workload changed; arrays (P, 1) make many plans."""
    case = case_of(profile, own_book(profile, BOOK))
    seen: list[int] = []

    def alter(workload: ResolvedWorkload) -> ResolvedWorkload:
        seen.append(1)
        return replace(workload, **changes) if len(seen) == 1 else workload

    return case.with_demand(demand_with(profile, case.assumptions, alter, case.assumptions))


@quick_and_long
@settings(max_examples=examples(15, 60), deadline=None, derandomize=True)
@given(raw_profiles(workloads=2), st.data())
def test_many_plans_cost_what_each_costs_alone(raw: dict[str, Any], data: st.DataObject) -> None:
    """To nine digits, for every plain option that any of them can have, with its constraints; after taxes as well."""
    company = {**raw["company"], "tax_rate": data.draw(st.sampled_from([0.0, 0.25]))}
    growth = [{**work, "growth_per_month": 0.0} for work in raw["workload"]]
    profile = parse_profile({**raw, "company": company, "workload": growth}, BOOK)
    names = data.draw(st.sets(st.sampled_from(sorted(CHANGES)), min_size=1))
    count = data.draw(st.integers(1, 4))
    columns = {name: data.draw(st.lists(CHANGES[name], min_size=count, max_size=count)) for name in sorted(names)}
    together = case_with(profile, {name: np.array(values, dtype=float)[:, None] for name, values in columns.items()})
    forecast = forecast_for(together, profile)
    many = {option.id: option for option in plain_options(together)}
    for plan in range(count):
        case = case_with(profile, {name: values[plan] for name, values in columns.items()})
        alone = {option.id: option for option in plain_options(case)}
        assert many.keys() <= alone.keys()
        for name, option in alone.items():
            if name not in many:  # sold for none of the plans
                assert option.infeasible_because
                continue
            costs = expected_usd(many[name], together, forecast)
            assert costs.shape == (count,)
            one = float(expected_usd(option, case, forecast))
            assert costs[plan] == pytest.approx(one, rel=1e-9, abs=1e-6), name
            assert bool(np.broadcast_to(many[name].infeasible, (count,))[plan]) == bool(option.infeasible_because), name


@quick_and_long
@settings(max_examples=examples(7, 30), deadline=None, derandomize=True)
@given(raw_profiles(workloads=1), st.lists(st.integers(1, 60), min_size=2, max_size=6, unique=True))
def test_a_plan_does_not_notice_longer_ones_beside_it(raw: dict[str, Any], lengths: list[int]) -> None:
    """The probabilities of the month of change, and no demand after its own end."""
    work = {**raw["workload"][0], "start_month": 0, "growth_per_month": 0.0}
    assert work["nodes"] <= MAX_NODES
    profile = parse_profile({**raw, "workload": [work]}, BOOK)
    together = case_with(profile, {"months": np.array(lengths, dtype=float)[:, None]}).demand
    probabilities = together.change_month_probabilities()
    assert probabilities.sum(axis=-1) == pytest.approx(1)
    for plan, length in enumerate(lengths):
        alone = case_with(profile, {"months": float(length)}).demand
        assert probabilities[plan, :length] == pytest.approx(alone.change_month_probabilities(), abs=1e-15)
        assert not probabilities[plan, length:].any()
        assert together.alive.nodes[plan, :length] == pytest.approx(alone.alive.nodes)
        assert not together.alive.nodes[plan, length:].any()
