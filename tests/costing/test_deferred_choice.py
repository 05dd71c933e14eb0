"""Deferred choices: forecasts given the rents of the decision, the choice that follows, and its value."""

import math
from dataclasses import replace

import numpy as np
import pytest

from advisor.array_types import Floats
from advisor.costing.cost_coefficients import coefficients_by_change, expected_coefficients
from advisor.costing.decided_later.deferred_choice import policy_of
from advisor.costing.decided_later.use_of_rights import coefficients_of
from advisor.costing.option import Option
from advisor.costing.valuation import OptionCost, cost_of
from advisor.decision.advise import advise
from advisor.decision.cost_options import Costing, cost_options
from advisor.decision.sampled_costs import SampledCosts
from advisor.market.forecast.conditional import ConditionalForecast, conditional_forecast
from advisor.market.forecast.forecast import Forecast
from advisor.market.forecast.simulation import sample_paths
from tests.support.present import present
from tests.support.profile_builder import BOOK, a_profile, costed, costs_by_id

NOW, SINCE, MONTHS = 9, 3, 40
SERVICE = {
    "kind": "inference",
    "base_share": 0.0,
    "nodes": 8,
    "months": 36,
    "busy": 0.55,
    "plan_change_per_month": 0.02,
}
KNOWN = {"reversion_log_sd": 0.0, "volatility_log_sd": 0.0}  # then sampled rents follow the closed form exactly


def forecast() -> Forecast:
    return costed(a_profile(SERVICE, forecast=KNOWN)).forecast


def span_of(conditional: ConditionalForecast) -> tuple[float, float]:
    """Between which values z lies, all but certainly."""
    grid = conditional.grid(2)
    return float(grid[0]), float(grid[-1])


def density(conditional: ConditionalForecast, z: Floats) -> Floats:
    """Of the mixture of normals, written out."""
    parts = [
        weight * np.exp(-((z - mean) ** 2) / (2 * var)) / math.sqrt(2 * math.pi * var)
        for weight, mean, var in zip(conditional.weights, conditional.means, conditional.variances, strict=True)
    ]
    return np.asarray(sum(parts))


@pytest.mark.parametrize(("now", "since"), [(9, 3), (3, 0), (24, 12)])
def test_conditional_forecasts_average_to_the_forecast(now: int, since: int) -> None:
    """The tower rule, by numerical integration over all z; floor and cap of used prices only scale."""
    before = forecast()
    conditional = conditional_forecast(before, now, since, np.arange(MONTHS))
    z = np.linspace(*span_of(conditional), 4001)
    chance = density(conditional, z) * (z[1] - z[0])
    rents, resale = conditional.given(z)
    assert chance.sum() == pytest.approx(1, abs=1e-5)
    assert chance @ rents == pytest.approx(before.usd_per_gpu_hour[:MONTHS], rel=1e-5)
    assert chance @ resale == pytest.approx(before.resale_share[:MONTHS], rel=1e-5)


def test_regions_add_up_to_the_forecast_and_agree_with_sampled_paths() -> None:
    before = forecast()
    conditional, cuts = conditional_forecast(before, NOW, SINCE, np.arange(MONTHS)), [-0.15, -0.02, 0.1]
    regions = list(conditional.within(cuts))
    assert sum(chance for chance, _, _ in regions) == pytest.approx(1)
    assert sum(rents for _, rents, _ in regions) == pytest.approx(before.usd_per_gpu_hour[:MONTHS])
    assert sum(resale for _, _, resale in regions) == pytest.approx(before.resale_share[:MONTHS])
    rent_paths, resale_paths = sample_paths(before, 40_000, MONTHS, 3).prices
    seen = np.log(rent_paths[:, NOW] / rent_paths[:, SINCE])
    where = np.searchsorted(cuts, seen)
    for region, (chance, rents, resale) in enumerate(regions):
        inside = where == region
        assert inside.mean() == pytest.approx(chance, abs=0.012)
        assert (rent_paths * inside[:, None]).mean(axis=0) == pytest.approx(rents, rel=0.06, abs=0.01)
        assert (resale_paths * inside[:, None]).mean(axis=0) == pytest.approx(resale, rel=0.06, abs=0.01)


def test_the_rents_of_a_certain_path_carry_no_information() -> None:
    sure = costed(a_profile(SERVICE, market={"rents_change_per_year": -0.2})).forecast
    conditional = conditional_forecast(sure, NOW, SINCE, np.arange(MONTHS))
    assert conditional.known.all()
    rents, _ = conditional.given(np.array([-1.0, 0.0, 1.0]))
    assert rents == pytest.approx(np.tile(sure.usd_per_gpu_hour[:MONTHS], (3, 1)))


def rent_first_of(costing: Costing) -> OptionCost:
    return next(cost for cost in costing.costs if cost.option.id.startswith("rent-"))


@pytest.mark.parametrize("workload", [SERVICE, {"nodes": 64, "months": 24}, {"nodes": 16, "months": 48, "busy": 0.5}])
def test_what_is_chosen_is_the_cheapest_given_what_is_seen(workload: dict[str, object]) -> None:
    """At random z, a little away from the cuts: the least conditional cost of all tables."""
    cost = rent_first_of(costed(a_profile(workload)))
    choice, policy = present(cost.option.choice), present(cost.policy)
    tables = expected_coefficients(choice.tables, cost.demand, cost.case.rates)
    conditional = conditional_forecast(cost.forecast, choice.month, 0, np.arange(tables.b.shape[1]))
    z = np.random.default_rng(2).uniform(*span_of(conditional), 400)
    costs = tables.usd(*conditional.given(z))
    picked = policy.picked(z)
    best = costs.min(axis=1)
    assert costs[np.arange(z.size), picked] == pytest.approx(best, rel=1e-5)
    assert (picked == costs.argmin(axis=1)).mean() > 0.98


def test_a_contract_is_left_where_that_is_the_cheaper_of_both_in_each_month_of_change() -> None:
    book = BOOK.overlaid({"rental": {"termination_fee_share": 0.5}}, "a test")
    costing = cost_options(a_profile({"nodes": 16, "plan_change_per_month": 0.05, "residual_share": 0.3}), book)
    cost = next(cost for cost in costing.costs if cost.option.id == "reserved-12m")
    ((right, use),) = cost.rights
    a, b = coefficients_of(right, cost.case)
    left = 0
    for tau in (2, 5, 9, 14):
        row, months = tau - 1, np.arange(b.shape[1])
        conditional = conditional_forecast(cost.forecast, int(right.now[row]), int(right.since[row]), months)
        z = np.random.default_rng(tau).uniform(*span_of(conditional), 200)
        added = a[row] + conditional.given(z)[0] @ b[row]
        used = use.used(np.broadcast_to(z[:, None], (z.size, a.size)))[:, row]
        left += int(used.sum())
        assert np.where(used, added, 0.0) == pytest.approx(np.minimum(added, 0.0), rel=1e-5, abs=1e-3)
    assert left, "somewhere it is left, or the test shows nothing"


def test_a_contract_of_which_all_is_owed_is_not_left_because_the_one_after_it_may_be() -> None:
    """Three months at $2 that must be paid, then two at $1.5 that may be left for nothing, for 5,840 GPU-hours a month.

    With a chance h of a change in each month, the three are paid with their support whatever happens. The two are
    signed with a chance of (1 - h)^3, and left after one of them with h: 11,680 x 3 + 8,760 x 0.729 x (0.1 + 0.9 x 2).
    """
    offers = [
        {"option": "reserved", "months": 3, "usd_per_gpu_hour": 2.0, "from": "A"},
        {"option": "reserved", "months": 2, "usd_per_gpu_hour": 1.5, "from": "B", "termination_fee_share": 0.0},
    ]
    profile = a_profile(
        {"nodes": 1, "months": 5, "busy": 1.0, "plan_change_per_month": 0.1, "residual_share": 0.0},
        company={"discount_rate": 0.0},
        market={"rents_change_per_year": 0.0},
        rental={"support_share": 0.1, "goodput_loss_share": 0.0, "storage_egress_usd_per_node_month": 0.0},
        quote=[{**offer, "may_sublet": False, "prepaid": 0.0} for offer in offers],
    )
    cost = next(cost for cost in costed(profile).costs if cost.option.id == "reserved-3m-a")
    assert cost.option.label == "3+2-month reservation from A"
    assert cost.expected_usd == pytest.approx(1.1 * (11_680 * 3 + 8_760 * 0.729 * 1.9), rel=1e-9)


@pytest.mark.parametrize("workload", [SERVICE, {"nodes": 64, "months": 24}])
def test_rent_then_decide_costs_what_its_simulated_paths_do(workload: dict[str, object]) -> None:
    """With speed and volatility of rents known; within four standard errors, pairs of paths counted as one."""
    costing = costed(a_profile(workload, forecast=KNOWN))
    cost = rent_first_of(costing)
    each = SampledCosts([cost], costing.forecast, 20_000, 5).costs_by_path()[0]
    pairs = each.reshape(-1, 2).mean(axis=1)
    error = pairs.std() / math.sqrt(pairs.size)
    assert each.mean() == pytest.approx(cost.expected_usd, abs=4 * float(error) + 1e-4 * cost.expected_usd)


JOBS_THAT_GROW = {"kind": "pre-train", "nodes": 60, "job_nodes": 10, "months": 30, "growth_per_month": 0.02}


@pytest.mark.parametrize(
    "workload",
    [SERVICE, {"nodes": 64, "months": 24}, JOBS_THAT_GROW | {"residual_share": 0.96, "start_month": 4}],
)
def test_a_change_up_to_the_decision_costs_the_same_whatever_would_have_been_chosen(
    workload: dict[str, object],
) -> None:
    """Nothing has been signed by then: what the change leaves is rented by the hour, as a whole."""
    cost = rent_first_of(costed(a_profile(workload)))
    choice, case = present(cost.option.choice), cost.case
    each = coefficients_by_change(choice.tables, case.demand, case.rates)
    for values in (each.a[: choice.month], each.b[: choice.month]):
        assert np.abs(values - values[:, :1]).max() <= 1e-9 * np.abs(values).max()


def decided_today(cost: OptionCost, table: int) -> float:
    """What the option costs when one alternative is decided today, whatever rents do."""
    choice = present(cost.option.choice)
    option: Option = replace(cost.option, table=choice.tables[table], choice=None)
    return cost_of(option, cost.case, cost.forecast).expected_usd


@pytest.mark.parametrize("workload", [SERVICE, {"nodes": 64, "months": 24}, {"nodes": 4, "months": 9, "busy": 0.3}])
def test_to_choose_later_is_worth_something_and_never_costs(workload: dict[str, object]) -> None:
    cost = rent_first_of(costed(a_profile(workload)))
    branches = [decided_today(cost, table) for table in range(len(present(cost.option.choice).tables))]
    assert cost.expected_usd <= min(branches) * (1 + 1e-9)
    if len({int(pick) for pick in cost.policy.picks} if cost.policy else {0}) > 1:
        assert cost.expected_usd < min(branches)


@pytest.mark.parametrize("change", [-0.4, 0.0, 0.3])
def test_on_a_certain_path_to_wait_is_the_best_branch(change: float) -> None:
    cost = rent_first_of(costed(a_profile(SERVICE, market={"rents_change_per_year": change})))
    branches = [decided_today(cost, table) for table in range(len(present(cost.option.choice).tables))]
    assert cost.expected_usd == pytest.approx(min(branches), rel=1e-12)


BUSY_SERVICE = {"kind": "inference", "nodes": 8, "months": 18, "busy": 0.95}


@pytest.mark.parametrize("workload", [BUSY_SERVICE, {**BUSY_SERVICE, "nodes": 2}])
def test_the_edge_of_waiting_is_against_the_best_that_is_decided_today(workload: dict[str, object]) -> None:
    book = BOOK.overlaid({"money": {"waiting_edge_share": 0.0}}, "a test")
    advice = advise(a_profile(workload), book, 500)
    waiting = present(advice.waiting)
    costs = costs_by_id(a_profile(workload))
    others = [o.cost.expected_usd for o in advice.verdict.ranked if o.feasible and o.id != waiting.option]
    assert waiting.edge_usd == pytest.approx(min(others) - costs[waiting.option].expected_usd)
    rents = [rent for rent, _ in waiting.plan]
    assert rents == sorted(rents)
    assert rents[-1] == math.inf
    cost = costs[waiting.option]
    policy = policy_of(present(cost.option.choice), cost.case, cost.forecast)
    for rent, what in waiting.plan:
        z = np.array([math.log(min(rent, 50.0) * 0.999 / cost.forecast.spot_usd_per_gpu_hour)])
        assert present(cost.option.choice).names[int(policy.picked(z)[0])] == what


def test_there_is_nothing_to_wait_for_when_the_plan_is_over_by_then() -> None:
    assert advise(a_profile({"nodes": 4, "months": 3, "kind": "fine-tune"}), BOOK, 100).waiting is None
    assert advise(a_profile({"nodes": 200}), BOOK, 100).waiting is None, "nothing is offered by the hour"


def test_waiting_that_saves_next_to_nothing_is_not_offered() -> None:
    """Six months of pre-training rented from a hyperscaler: renting on at any rent, it saved $0 and was the pick."""
    profile = a_profile({"nodes": 8, "months": 24, "busy": 0.3})
    assert "rent-3m-then-decide" in {cost.option.id for cost in costed(profile).costs}
    for shown in (profile, a_profile({"months": 6}, market={"tier": "hyperscaler"})):
        verdict = costed(shown).verdict
        settled = [one for one in verdict.ranked if one.feasible and one.id != "rent-3m-then-decide"]
        waiting = [one for one in verdict.ranked if one.id == "rent-3m-then-decide"]
        least = min(one.cost.expected_usd for one in settled)
        assert all(least - one.cost.expected_usd >= 0.005 * least for one in waiting)
    assert not [one for one in verdict.ranked if one.id == "rent-3m-then-decide"]
