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
from advisor.decision.flips.moved_inputs import moved_inputs
from advisor.decision.flips.priced_points import PricedPoints
from advisor.decision.plans.costings import plan_costings
from advisor.decision.plans.menu import menu_on_all_gpus
from advisor.decision.plans.waiting_plans import waiting_plans
from advisor.decision.ranking import is_waiting
from advisor.market.forecast.forecast import scenario_forecast, scenario_forecasts
from advisor.profiles.defaults import ResolvedWorkload, resolve
from advisor.profiles.schema import Profile
from advisor.profiles.validation import parse_profile
from tests.support.present import present
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
    many = present(waiting_plans(of_lengths(profile, costing, lengths), costing.forecast))
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


def before_a_service(months: float) -> Profile:
    """Some months of work, and a service from the sixth month on: a gap where the work is over earlier."""
    work = {"kind": "inference", "gpu": "L40S", "gpus": 1}
    offer = {"option": "reserved", "months": 36, "usd_per_gpu_hour": 0.5}
    works = [{**work, "months": months}, {**work, "months": 14, "start_month": 5}]
    return parse_profile({"name": "a gap", "workload": works, "quote": [offer]}, BOOK)


def test_renting_first_goes_on_when_the_work_of_each_plan_does() -> None:
    """At the decision in month 3 one plan has work to go on with, the others have none until month 5."""
    profiles = [before_a_service(months) for months in (2.2973, 4.5, 1.0)]
    each, (first, second) = [costed(profile) for profile in profiles], profiles[0].workload
    case, forecast = each[0].case, each[0].forecast
    works = [resolve(work, profiles[0].company, case.assumptions) for work in (first, second)]
    works[0] = replace(works[0], months=np.array([[profile.workload[0].months] for profile in profiles]))
    many = present(waiting_plans(case.with_demand(combined_demand(works, case.assumptions.rental)), forecast))
    figures = forecast.spot_usd_per_gpu_hour, forecast.figures
    realized = many.realized_usd(scenario_forecast(*figures, BOOK.scenarios["squeeze"]))
    paths = scenario_forecasts(*figures, (BOOK.scenarios["squeeze"],))
    costs = [cost_of(rent_then_decide(one.case)[0], one.case, one.forecast) for one in each]
    assert many.expected_usd() == pytest.approx([cost.expected_usd for cost in costs], rel=1e-8)
    assert realized == pytest.approx([cost.on_paths_usd(paths)[0] for cost in costs], rel=1e-6)
    for found, one in zip(plan_costings(profiles, BOOK), each, strict=True):
        waiting = {option.id: option.preference_usd for option in one.verdict.ranked if is_waiting(option.cost)}
        of_many = [option for option in found.costing.verdict.ranked if is_waiting(option.cost)]
        assert {option.id: option.preference_usd for option in of_many} == pytest.approx(waiting)
        assert [option.cost.monthly_present_usd.sum() for option in of_many] == pytest.approx([*waiting.values()])


EIGHT_IN_HAND = {"commitment": [{"nodes": 8, "months_left": 24, "usd_per_gpu_hour": 2.0}]}
TWO_OFFERS_OF_EIGHT = {
    "quote": [
        {"option": "reserved", "months": months, "usd_per_gpu_hour": usd, "nodes": 8, "from": seller}
        for seller, months, usd in (("A", 24, 1.5), ("B", 3, 1.6))
    ]
}


@pytest.mark.parametrize(("beside", "growth"), [(EIGHT_IN_HAND, 0.08), (TWO_OFFERS_OF_EIGHT, 0.03)])
def test_what_is_signed_beside_a_contract_starts_when_each_plan_outgrows_it(
    beside: dict[str, Any], growth: float
) -> None:
    """The earlier the larger a plan is; and it leads renting on demand by as much as in a plan that is priced alone."""

    def of_nodes(nodes: float) -> Profile:
        work = {"kind": "fine-tune", "nodes": int(nodes), "months": 24, "growth_per_month": growth, "job_nodes": 1}
        return a_profile(work, **beside)

    profile, sizes = of_nodes(6), [4.0, 5.0, 6.0, 7.0, 12.0]
    costing = costed(profile)
    options = [one for one in costing.verdict.competitors if one.cost.option.remake and "hybrid" not in one.id]
    size = next(one for one in moved_inputs(profile, costing.book, costing.case) if one.name == "nodes")
    [moved] = PricedPoints(profile, costing.case, options)([(size, np.array(sizes))])
    flips = {one.id: usd for one, usd in zip(options, moved, strict=True)}

    def resized(work: ResolvedWorkload) -> ResolvedWorkload:
        return replace(work, nodes=np.array(sizes)[:, None])

    menu = menu_on_all_gpus(profile, costing.case, resized, costing.forecast, costing.verdict).usd_by_id
    swept = plan_costings([of_nodes(nodes) for nodes in sizes], BOOK)
    for at, nodes in enumerate(sizes):
        alone = {one.id: one for one in costed(of_nodes(nodes)).verdict.ranked if not one.cost.option.infeasible}
        from_sweep = {one.option.id: one.expected_usd for one in swept[at].costing.costs}
        for name in alone.keys() & flips.keys():
            usd, rented_usd = (alone[one].cost.expected_usd for one in (name, "on-demand"))
            lead = pytest.approx(usd - rented_usd, rel=1e-8, abs=1e-3)
            assert menu[name][at] - menu["on-demand"][at] == lead, (nodes, name)
            assert flips[name][at] - flips["on-demand"][at] == lead, (nodes, name)
            assert from_sweep[name] == pytest.approx(usd, rel=1e-9), (nodes, name)


def test_a_base_is_sized_for_every_plan_as_for_one() -> None:
    """Of a service of 20 nodes that grows by 5 % a month, in plans of 1, 18 and 30 months and among the lengths of that
    of 18: it kept its share of the nodes, which in one month costs twice as much, and on demand was less."""

    def of_length(months: float) -> Profile:
        return a_profile({"kind": "inference", "nodes": 20, "busy": 0.8, "growth_per_month": 0.05, "months": months})

    profile = of_length(18)
    costing = costed(profile)
    menu = break_evens(profile, costing).menu.usd_by_id
    options = [one for one in costing.verdict.competitors if one.id == "hybrid-reserve"]
    length = next(one for one in moved_inputs(profile, costing.book, costing.case) if one.name == "months")
    [[moved]] = PricedPoints(profile, costing.case, options)([(length, np.array([12.0, 18.0, 24.0]))])
    for months in (1, 18, 30):
        (alone,) = (one.cost for one in costed(of_length(months)).verdict.ranked if one.id == "hybrid-reserve")
        assert menu["hybrid-reserve"][months - 1] == pytest.approx(alone.expected_usd), months
    for at, months in enumerate((12, 18, 24)):
        assert moved[at] == pytest.approx(menu["hybrid-reserve"][months - 1], rel=1e-3), months


@pytest.mark.parametrize("name", ["cluster-64", "pre-train-16", "frontier-lab-1000"])
def test_the_map_says_of_the_users_plan_what_the_verdict_says(name: str) -> None:
    profile = sample(name)
    costing = costed(profile)
    found = decision_map(profile, costing)
    row, column = found.own
    cell, verdict = found.cells[row][column], costing.verdict
    assert cell.option == plan_option(present(verdict.pick).cost.option)
    assert cell.gap_share == pytest.approx(verdict.market_gap_share)
    assert cell.close is verdict.close_call


@pytest.mark.parametrize("workload", [{"months": 18}, {"months": 48}, {"kind": "fine-tune", "busy": 0.6}])
@pytest.mark.parametrize("rents", [-0.3, 0.3])
def test_other_gpus_compete_in_plans_of_every_size_and_length(workload: dict[str, Any], rents: float) -> None:
    """The verdict is on another GPU: so are the map's cell and the plan length of the user's own plan."""
    allowed = {"other_gpus": ["H100-SXM", "B200-SXM"], "rents_change_per_year": rents}
    profile = a_profile({"gpu": "A100-SXM", "nodes": 32, "plan_change_per_month": 0.01} | workload, market=allowed)
    costing = costed(profile)
    pick = present(costing.verdict.pick)
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
        assert at[present(other.pick).id] == pytest.approx(present(other.pick).cost.expected_usd, rel=1e-9)
        assert min(at.values()) == pytest.approx(min(o.cost.expected_usd for o in other.ranked if o.feasible), rel=1e-9)
