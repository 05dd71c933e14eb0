"""Many points at once are one point at a time: figures of owners with an axis of points, alone, mixed, beside plans."""

from collections.abc import Mapping
from dataclasses import fields, replace

import numpy as np
import pytest

from advisor.array_types import Floats
from advisor.costing.build_case import case_of, demand_with
from advisor.costing.case import Case
from advisor.costing.option import Option
from advisor.costing.options.buy import owned, owned_used
from advisor.costing.options.lease import leased
from advisor.costing.options.loan import bought_on_credit
from advisor.costing.options.taxes import after_tax
from advisor.costing.valuation import expected_usd
from advisor.decision.cost_options import forecast_for
from advisor.market.assumptions import Debt, Facility
from advisor.profiles.defaults import ResolvedWorkload
from advisor.profiles.schema import Profile
from tests.support.profile_builder import BOOK, a_profile

OWNERS = ("node_usd", "used_node_usd", "used_chassis_usd", "node_kw", "lead_months")
FIGURES = [
    *(f"facility.{one.name}" for one in fields(Facility)),
    *(f"debt.{one.name}" for one in fields(Debt)),
    *(f"gpu.{name}" for name in OWNERS),
]
PLANS = {
    "64 nodes": a_profile({}, company={"tax_rate": 0.25, "taxable_from_month": 7}),
    "2 nodes, delivered late": a_profile({"nodes": 2, "months": 6}),
    "10 nodes, used ones wear out": a_profile({"nodes": 10, "months": 30}),
    "200 nodes, a contract until delivery": a_profile({"nodes": 200, "months": 14, "plan_change_per_month": 0.05}),
    "3,000 nodes, most needed after a change": a_profile({"nodes": 3000, "months": 20, "residual_share": 0.9}),
}
CASES = {name: case_of(profile, BOOK) for name, profile in PLANS.items()}
FORECASTS = {name: forecast_for(case, PLANS[name]) for name, case in CASES.items()}


def three_values(figure: str) -> list[float]:
    """Half of a figure of the book, all of it and half as much again, within its bounds; whole where it must be."""
    section, name = figure.split(".")
    found = BOOK.gpu("H100-SXM").figures[name] if section == "gpu" else BOOK.figure(figure)
    low, high = found.bounds
    values = [min(max(found.value * factor, low), high) for factor in (0.5, 1.0, 1.5)]
    return [float(round(value)) for value in values] if found.is_whole else values


def moved(case: Case, profile: Profile, figures: Mapping[str, Floats | float], months: Floats | float) -> Case:
    """The case with some figures and the length of the plan replaced: by numbers, or by amounts (P, 1)."""
    changed = case.assumptions
    for figure, value in figures.items():
        section, name = figure.split(".")
        changed = replace(changed, **{section: replace(getattr(changed, section), **{name: value})})

    def alter(workload: ResolvedWorkload) -> ResolvedWorkload:
        return replace(workload, months=months)

    return replace(case, assumptions=changed, demand=demand_with(profile, changed, alter, changed))


def options_of(case: Case) -> list[Option]:
    """The four ways to own, after taxes."""
    return [after_tax(made, case) for make in (owned, owned_used, bought_on_credit, leased) if (made := make(case))]


def assert_alike(plan: str, columns: dict[str, list[float]], months: list[float]) -> None:
    """All points of a batch cost what each costs alone, and are as feasible."""
    case, profile, forecast, count = CASES[plan], PLANS[plan], FORECASTS[plan], len(months)
    amounts = {figure: np.array(values)[:, None] for figure, values in columns.items()}
    batch = moved(case, profile, amounts, np.array(months)[:, None])
    many = options_of(batch)
    usd = [np.broadcast_to(expected_usd(option, batch, forecast), (count,)) for option in many]
    out = [np.broadcast_to(option.infeasible, (count,)) for option in many]
    for point in range(count):
        alone = moved(case, profile, {name: values[point] for name, values in columns.items()}, months[point])
        for number, option in enumerate(options_of(alone)):
            one = float(expected_usd(option, alone, forecast))
            assert usd[number][point] == pytest.approx(one, rel=1e-9), (option.id, point)
            assert bool(out[number][point]) == bool(option.infeasible_because), (option.id, point)


@pytest.mark.parametrize("figure", FIGURES)
def test_three_values_of_a_figure_cost_what_each_costs_alone(figure: str) -> None:
    """Every figure of owning, in each of four ways to own, on five plans."""
    for plan, profile in PLANS.items():
        assert_alike(plan, {figure: three_values(figure)}, [profile.workload[0].months] * 3)


@pytest.mark.parametrize("plan", PLANS)
def test_points_may_differ_in_plan_and_figures_at_once(plan: str) -> None:
    """Five plans, each with a delivery, an exit, terms of debt and prices of its own."""
    figures = {
        "gpu.lead_months": [0.0, 3, 5, 5, 11],
        "facility.used_lead_months": [2.0, 0, 1, 4, 1],
        "facility.exit_months": [1.0, 6, 2, 0, 3],
        "facility.used_life_months": [12.0, 36, 36, 6, 36],
        "facility.availability_share": [0.99, 0.9, 0.98, 1.0, 0.95],
        "facility.max_nodes_one_layer": [64.0, 32, 400, 64, 16],
        "debt.loan_months": [36.0, 6, 12, 24, 1],
        "debt.loan_apr": [0.0, 0.1, 0.2, 0.13, 0.3],
        "debt.lease_months": [3.0, 36, 12, 24, 1],
        "debt.lease_apr": [0.1, 0.0, 0.2, 0.13, 0.3],
        "gpu.node_usd": [2e5, 3e5, 1e5, 4e5, 2e5],
        "gpu.used_node_usd": [1e5, 2e5, 3e5, 1e5, 5e4],
    }
    assert_alike(plan, figures, [4.0, 9, 24, 36, 13])
