"""Figures of many points at once are one point at a time: every figure of renting and reserving, beside plans."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from advisor.array_types import Amount, Floats
from advisor.costing.build_case import case_of, demand_with
from advisor.costing.case import STRUCTURAL_FIGURES, Case
from advisor.costing.option import Option, beside
from advisor.costing.options.all_options import plain_options
from advisor.costing.options.combined.hybrid import hybrids
from advisor.costing.options.in_hand.contracts_in_hand import WorkOnGpu, commitment_plans
from advisor.costing.valuation import expected_usd
from advisor.decision.cost_options import forecast_for
from advisor.market.assumptions import Assumptions
from advisor.market.figures import Figure
from advisor.market.forecast.forecast import Forecast
from advisor.profiles.defaults import ResolvedWorkload
from advisor.profiles.schema import Profile
from advisor.profiles.validation import own_book
from tests.support.present import present
from tests.support.profile_builder import BOOK, a_profile, sample

RENTED = ("cluster-64", "inference-8", "fine-tune-cycle")
OF_GPU = (
    "neocloud_usd_per_gpu_hour",
    "hyperscaler_usd_per_gpu_hour",
    "marketplace_usd_per_gpu_hour",
    "serverless_usd_per_gpu_hour",
    "sublet_discount_share",
)
Path = tuple[str, str]  # section and name, or the tier of a term discount and its months


@cache
def question(name: str) -> tuple[Profile, Case, Forecast]:
    """A sample, its case and the forecast of its GPU."""
    profile = sample(name)
    case = case_of(profile, own_book(profile, BOOK))
    return profile, case, forecast_for(case, profile)


def figures(case: Case) -> Iterator[tuple[Path, Figure]]:
    """Every figure of the book that renting depends on, without the structural ones."""
    gpu = BOOK.gpu(case.assumptions.gpu.id)
    for section in ("rental", "plan", "money"):
        for name, figure in BOOK.sections[section].items():
            if f"{section}.{name}" not in STRUCTURAL_FIGURES:
                yield (section, name), figure
    for name in OF_GPU:
        if name in gpu.figures:
            yield ("gpu", name), gpu.figures[name]
    for months, figure in gpu.term_discounts[case.tier].items():
        yield (case.tier, str(months)), figure


def ends(figure: Figure) -> tuple[float, float]:
    """Two other values of a figure: the ends of its range, or near it where it has none."""
    low, high = (
        (figure.low, figure.high) if figure.low < figure.high else (figure.value * 0.9, figure.value * 1.1 + 0.01)
    )
    return low, high


def with_figure(assumptions: Assumptions, path: Path, value: Amount) -> Assumptions:
    """The assumptions with one figure replaced."""
    section, name = path
    gpu = assumptions.gpu
    if section in ("neocloud", "hyperscaler"):
        terms: dict[Any, Any] = dict(gpu.term_discounts)
        terms[section] = {**terms[section], int(name): value}
        return replace(assumptions, gpu=replace(gpu, term_discounts=terms))
    return replace(assumptions, **{section: replace(getattr(assumptions, section), **{name: value})})


def with_assumptions(name: str, assumptions: Assumptions, **fields: Any) -> Case:
    """A sample's case with other figures, and with other fields of its first workload."""
    profile, case, _ = question(name)
    seen: list[int] = []

    def alter(workload: ResolvedWorkload) -> ResolvedWorkload:
        seen.append(1)
        return replace(workload, **fields) if len(seen) == 1 else workload

    demand = demand_with(profile, assumptions, alter, assumptions)
    return case.with_assumptions(assumptions).with_demand(demand)


@cache
def rented(name: str) -> tuple[Option, ...]:
    """The options of a sample that own nothing: those without a search, and a reserved base with its peaks rented."""
    _, case, forecast = question(name)
    bases = hybrids(case, forecast)
    return tuple(option for option in (*plain_options(case), *bases) if option.action != "buy")


def costs(name: str, case: Case) -> tuple[Floats, Floats]:
    """What a sample's options cost in another case, and whether they are infeasible. Each (options, ...)."""
    found = []
    for option in rented(name):
        made = present(present(option.remake)(case))
        usd = expected_usd(made, case, question(name)[2])
        found.append((usd, np.broadcast_to(made.infeasible, usd.shape)))
    usd, infeasible = (np.array(column) for column in zip(*found, strict=True))
    return usd, infeasible


def moves(name: str) -> list[tuple[Path, float]]:
    """Each figure at both ends of its range."""
    return [(path, value) for path, figure in figures(question(name)[1]) for value in ends(figure)]


@cache
def all_moves(name: str) -> tuple[Floats, Floats]:
    """`costs` of one batch in which each point has another figure moved."""
    assumptions, points = question(name)[1].assumptions, moves(name)
    for path, figure in figures(question(name)[1]):
        column = np.array([value if moved == path else figure.value for moved, value in points])
        assumptions = with_figure(assumptions, path, column[:, None])
    return costs(name, with_assumptions(name, assumptions))


@pytest.mark.parametrize("name", RENTED)
def test_each_point_of_a_batch_costs_what_it_costs_alone(name: str) -> None:
    """Every figure at an end of its range, all in one batch: to nine digits, with the same constraints."""
    usd, infeasible = all_moves(name)
    assert usd.shape == (len(rented(name)), len(moves(name)))
    every = 1 if name == "cluster-64" else 2  # both ends where it matters most
    for point, (path, value) in list(enumerate(moves(name)))[::every]:
        alone, barred = costs(name, with_assumptions(name, with_figure(question(name)[1].assumptions, path, value)))
        assert usd[:, point] == pytest.approx(alone, rel=1e-9), path
        assert infeasible[:, point].tolist() == barred.tolist(), path


@pytest.mark.parametrize("name", RENTED)
def test_a_figure_may_be_the_only_one_of_many_points(name: str) -> None:
    """Each figure alone as an array of three values gives the points of the batch in which all of them are arrays."""
    usd, infeasible = all_moves(name)
    _, case, _ = question(name)
    own, _ = costs(name, with_assumptions(name, case.assumptions))
    for number, (path, figure) in enumerate(figures(case)):
        low, high = ends(figure)
        three = with_figure(case.assumptions, path, np.array([[low], [figure.value], [high]]))
        batch, barred = costs(name, with_assumptions(name, three))
        assert batch[:, [0, 2]] == pytest.approx(usd[:, 2 * number : 2 * number + 2], rel=1e-9), path
        assert batch[:, 1] == pytest.approx(own, rel=1e-9), path
        assert barred[:, [0, 2]].tolist() == infeasible[:, 2 * number : 2 * number + 2].tolist(), path


MIXED = {
    ("rental", "support_share"): [0.0, 0.05, 0.1, 0.02, 0.3],
    ("rental", "months_to_let"): [0.0, 5.0, 1.0, 2.0, 3.0],
    ("rental", "prepaid_share"): [0.0, 1.0, 0.5, 0.25, 0.6],
    ("rental", "on_demand_max_nodes"): [8.0, 1000.0, 40.0, 64.0, 100.0],
    ("rental", "hours_per_month"): [730.0, 700.0, 720.0, 744.0, 710.0],
    ("money", "discount_rate"): [0.0, 0.5, 0.2, 0.1, 0.3],
    ("neocloud", "12"): [0.0, 0.5, 0.2, 0.1, 0.3],
}
PLANS = {
    "months": [3.0, 40.0, 24.0, 14.5, 25.0],
    "nodes": [64.0, 7.0, 128.0, 300.0, 12.0],
    "busy": [0.3, 0.9, 0.6, 0.5, 1.0],
    "hazard_per_month": [0.0, 0.02, 0.3, 0.05, 0.01],
}
RENTS = [1.0, 0.99, 0.95, 1.01, 0.9]  # of a month as a multiple of the month before


@pytest.mark.parametrize("name", RENTED)
def test_plans_and_figures_differ_together(name: str) -> None:
    """Five points, each with its own plan, its own figures and its own expected rents."""
    assumptions, count = question(name)[1].assumptions, len(RENTS)
    outlook = np.array(RENTS)[:, None] ** np.arange(97.0)
    for path, values in MIXED.items():
        assumptions = with_figure(assumptions, path, np.array(values)[:, None])
    plans = {field: np.array(values)[:, None] for field, values in PLANS.items()}
    together = replace(with_assumptions(name, assumptions, **plans), outlook=outlook)
    usd, infeasible = costs(name, together)
    some = together.among(np.array([3, 1]))
    assert costs(name, some)[0] == pytest.approx(usd[:, [3, 1]], rel=1e-9)
    for point in range(count):
        alone = question(name)[1].assumptions
        for path, values in MIXED.items():
            alone = with_figure(alone, path, values[point])
        plan = {field: values[point] for field, values in PLANS.items()}
        case = replace(with_assumptions(name, alone, **plan), outlook=outlook[point])
        one, barred = costs(name, case)
        assert usd[:, point] == pytest.approx(one, rel=1e-9)
        assert infeasible[:, point].tolist() == barred.tolist()


def test_offers_and_contracts_in_hand_of_many_points() -> None:
    """Quotes replace list prices in every point; a contract in hand is kept, sublet or terminated at its own cost."""
    profile = a_profile(
        {"nodes": 16, "months": 20, "kind": "fine-tune", "residual_share": 0.5, "plan_change_per_month": 0.04},
        quote=[
            {"option": "on-demand", "usd_per_gpu_hour": 3.0},
            {"option": "reserved", "months": 9, "usd_per_gpu_hour": 2.1},
        ],
        commitment=[{"from": "a cloud", "nodes": 4, "months_left": 7, "usd_per_gpu_hour": 2.5}],
        company={"tax_rate": 0.2},
    )
    case = case_of(profile, own_book(profile, BOOK))
    forecast = forecast_for(case, profile)
    values = [0.1, 0.4, 0.9]
    paths = ("freed_fill_share", "prepaid_share", "sublet_right_neocloud")

    def moved(value: Amount) -> Case:
        assumptions = case.assumptions
        for name in paths:
            assumptions = with_figure(assumptions, ("rental", name), value)
        return case.with_assumptions(assumptions)

    def menu(here: Case) -> list[Floats]:
        plans = commitment_plans({None: WorkOnGpu(here, forecast)}, profile.commitment)
        assert len(plans) == 3
        return [
            expected_usd(beside(option, plan.table), plan.case, forecast)
            for plan in plans
            for option in plain_options(plan.case)
            if option.action != "buy"
        ]

    together = menu(moved(np.array(values)[:, None]))
    for point, value in enumerate(values):
        for many, one in zip(together, menu(moved(value)), strict=True):
            assert many[point] == pytest.approx(float(one), rel=1e-9)
