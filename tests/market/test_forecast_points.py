"""Forecasts of many points at once: the same as one by one for every figure, and each different problem solved once."""

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest

from advisor.array_types import Amount, Floats
from advisor.costing.combined_demand import combined_demand
from advisor.decision.plans.waiting_plans import waiting_plans
from advisor.market.assumptions import Assumptions, ExpertFigures, ForecastFigures
from advisor.market.forecast import expert_weights, term_structure
from advisor.market.forecast.conditional import conditional_forecast
from advisor.market.forecast.expert_weights import expert_mixture
from advisor.market.forecast.forecast import Forecast, expected_forecast
from advisor.market.forecast.price_process import HORIZON_MONTHS
from advisor.profiles.defaults import resolve
from advisor.values.many_points import distinct_rows, for_distinct, remembered
from tests.support.present import present
from tests.support.profile_builder import BOOK, costed, sample

Change = dict[tuple[str, str], float]  # figures by section and name
GPUS = ("H100-SXM", "MI300X")  # with a history; with none, and no node price
FIGURES = [
    (section, field.name)
    for section, kind in (("forecast", ForecastFigures), ("experts", ExpertFigures))
    for field in fields(kind)
]


def changed(assumptions: Assumptions, change: Mapping[tuple[str, str], Amount]) -> Assumptions:
    """The assumptions with some figures changed; the section of a term's discount is `term`, of a price `gpu`."""
    for (section, name), value in change.items():
        gpu = assumptions.gpu
        if section == "term":
            terms: dict[int, Any] = {**gpu.term_discounts["neocloud"], int(name): value}
            moved = replace(gpu, term_discounts={**gpu.term_discounts, "neocloud": terms})
            assumptions = replace(assumptions, gpu=moved)
        else:
            moved = replace(getattr(assumptions, section), **{name: value})
            assumptions = replace(assumptions, **{section: moved})
    return assumptions


def figure_of(assumptions: Assumptions, section: str, name: str) -> float:
    """The value of a figure as `changed` names it."""
    if section == "term":
        return float(assumptions.gpu.term_discounts["neocloud"][int(name)])
    return float(getattr(getattr(assumptions, section), name))


def together(assumptions: Assumptions, points: list[Change]) -> Assumptions:
    """The assumptions of many points: each figure that any point changes, as an array."""
    names = {name: None for point in points for name in point}
    columns = {name: np.array([[point.get(name, figure_of(assumptions, *name))] for point in points]) for name in names}
    return changed(assumptions, columns)


def assert_same(assumptions: Assumptions, points: list[Change]) -> Forecast:
    """The forecast of all points equals that of each alone."""
    forecast = expected_forecast(together(assumptions, points))
    for at, point in enumerate(points):
        alone = expected_forecast(changed(assumptions, dict(point)))
        for name in ("usd_per_gpu_hour", "multiples", "resale_share", "resale_clip_factor"):
            found = np.broadcast_to(getattr(forecast, name), (len(points), getattr(alone, name).size))[at]
            np.testing.assert_allclose(found, getattr(alone, name), rtol=1e-9, err_msg=f"{name} at {point}")
    return forecast


@pytest.mark.parametrize("gpu", GPUS)
def test_all_figures_each_at_both_ends_of_its_range_at_once(gpu: str) -> None:
    """77 points: every figure of the forecast alone at its low and at its high value, prices and discounts too."""
    assumptions, book = BOOK.assumptions(gpu), BOOK.gpus[gpu]
    points: list[Change] = [{}]
    for section, name in FIGURES:
        figure = BOOK.sections[section][name]
        points += [{(section, name): figure.low}, {(section, name): figure.high}]
    for name in ("neocloud_usd_per_gpu_hour",):
        points += [{("gpu", name): book.figures[name].low}, {("gpu", name): book.figures[name].high}]
    for term, figure in book.term_discounts["neocloud"].items():
        points.append({("term", str(term)): figure.high})
    forecast = assert_same(assumptions, points)
    assert forecast.usd_per_gpu_hour.shape == (len(points), HORIZON_MONTHS)


@pytest.mark.parametrize(("section", "name"), FIGURES, ids=[name for _, name in FIGURES])
def test_one_figure_moves_alone(section: str, name: str) -> None:
    """Its bounds too, and one value twice."""
    figure = BOOK.sections[section][name]
    values = [figure.low, figure.value, figure.high, figure.low, *figure.bounds]
    assert_same(BOOK.assumptions("B200-SXM"), [{(section, name): value} for value in values])


def test_figures_move_together() -> None:
    """Random values of all figures, prices and discounts at once."""
    random = np.random.default_rng(14)
    ranges = {(section, name): BOOK.sections[section][name] for section, name in FIGURES}
    ranges["gpu", "neocloud_usd_per_gpu_hour"] = BOOK.gpus["H200-SXM"].figures["neocloud_usd_per_gpu_hour"]
    points: list[Change] = []
    for _ in range(20):
        points.append({})
        for name, figure in ranges.items():
            value = random.uniform(figure.low, figure.high)
            points[-1][name] = (
                round(value) if figure.is_whole or name[1] in ("score_months", "owner_life_years") else value
            )
        points[-1]["term", "12"] = random.uniform(0.0, 0.4)
    assert_same(BOOK.assumptions("H200-SXM"), points)


def test_the_weights_and_views_of_each_point_are_its_own() -> None:
    points: list[Change] = [{("experts", "score_temper"): 0.1}, {("experts", "owner_return_per_year"): 0.25}, {}]
    many = expert_mixture(together(BOOK.assumptions("H100-SXM"), points))
    for at, point in enumerate(points):
        alone = expert_mixture(changed(BOOK.assumptions("H100-SXM"), dict(point)))
        for (expert, weight), (one, its_weight) in zip(many, alone, strict=True):
            assert value_at(weight, at) == pytest.approx(float(its_weight), rel=1e-9)
            assert value_at(expert.level_log, at) == pytest.approx(float(one.level_log), rel=1e-9)
            assert value_at(expert.decline_per_year, at) == pytest.approx(float(one.decline_per_year), rel=1e-9)


def value_at(amount: Amount, point: int) -> float:
    """An amount at one of many points."""
    return float(amount[point, 0] if isinstance(amount, np.ndarray) else amount)


def test_the_users_own_view_may_differ_by_point() -> None:
    views = np.array([[-0.3], [0.0], [0.1]])
    assumptions = BOOK.assumptions("H100-SXM")
    found = expected_forecast(assumptions, views)
    assert found.certain
    for at, view in enumerate(views[:, 0].tolist()):
        alone = expected_forecast(assumptions, view)
        assert found.usd_per_gpu_hour[at] == pytest.approx(alone.usd_per_gpu_hour, rel=1e-12)
        assert found.resale_share[at] == pytest.approx(alone.resale_share, rel=1e-12)


def fits_of(monkeypatch: pytest.MonkeyPatch, assumptions: Assumptions) -> int:
    """How many sets of terms are fitted for a forecast that nothing is remembered of."""
    expert_weights._mixture.cache_clear()
    expert_weights._neutral.cache_clear()
    fitted, fit = [], term_structure._fit

    def counted(sets: term_structure._Sets) -> Floats:
        fitted.append(len(sets.end))
        return fit(sets)

    with monkeypatch.context() as patch:
        patch.setattr(term_structure, "_fit", counted)
        expected_forecast(assumptions)
    return sum(fitted)


def test_only_what_differs_is_fitted_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other list prices, used prices and owners leave the fits; another discount is one more; a prior is all again."""
    assumptions = BOOK.assumptions("H100-SXM")
    one = fits_of(monkeypatch, assumptions)
    spots: list[Change] = [{("gpu", "neocloud_usd_per_gpu_hour"): usd} for usd in (2.0, 3.0, 4.0)]
    used: list[Change] = [{("forecast", "resale_ageing_per_year"): share} for share in (0.1, 0.2, 0.3)]
    owners: list[Change] = [{("experts", "owner_pue"): pue} for pue in (1.1, 1.2, 1.3)]
    discounts: list[Change] = [{("term", "12"): share} for share in (0.1, 0.2, 0.1)]
    priors: list[Change] = [{("experts", "level_prior_sd"): sd} for sd in (0.1, 0.2, 0.1)]
    for points in (spots, used, owners):
        assert fits_of(monkeypatch, together(assumptions, points)) == one
    assert fits_of(monkeypatch, together(assumptions, discounts)) == one + 1
    assert fits_of(monkeypatch, together(assumptions, priors)) == 2 * one


def test_the_same_figures_are_the_same_forecast() -> None:
    """So that what is computed from a forecast is found again by it."""
    points: list[Change] = [{("experts", "level_prior_sd"): 0.11}, {}]
    assumptions = BOOK.assumptions("H100-SXM")
    assert expected_forecast(together(assumptions, points)) is expected_forecast(together(assumptions, points))
    assert expected_forecast(assumptions) is expected_forecast(BOOK.assumptions("H100-SXM"))


def test_points_with_the_same_figures_are_computed_once() -> None:
    seen: list[Floats] = []

    def doubled(figures: tuple[Floats, float]) -> Floats:
        seen.append(figures[0])
        return 2 * figures[0] * figures[1]

    column = np.array([[3.0], [1.0], [3.0], [2.0], [1.0]])
    assert for_distinct(doubled, (column, 10.0)).tolist() == (20 * column).tolist()
    assert seen[0].tolist() == [[3.0], [1.0], [2.0]]


def test_rows_are_told_apart_by_every_column() -> None:
    first, place = distinct_rows(np.array([[1.0, 2.0], [1.0, 3.0], [1.0, 2.0], [0.0, 3.0]]))
    assert (first.tolist(), place.tolist()) == ([0, 1, 3], [0, 1, 0, 2])


def test_results_are_remembered_by_the_numbers_in_arrays() -> None:
    calls = []

    @remembered(one=4, many=2)
    def total(amounts: tuple[Amount, ...]) -> float:
        calls.append(amounts)
        return float(sum(np.sum(amount) for amount in amounts))

    for _ in range(2):
        assert total((1.0, 2.0)) == 3.0
        assert total((1.0, np.array([[2.0], [3.0]]))) == 6.0
        assert total((1.0, np.array([[2.0, 3.0]]))) == 6.0
    assert len(calls) == 3, "another shape is another call"
    total.cache_clear()
    assert total((1.0, 2.0)) == 3.0
    assert len(calls) == 4


def test_given_a_move_of_rents_each_point_has_its_own_prices() -> None:
    """Rents and used prices after rents moved by -20 % to +30 % in six months, and the chances of such moves."""
    assumptions = BOOK.assumptions("H100-SXM")
    points: list[Change] = [
        {("forecast", "volatility_per_sqrt_year"): 0.6, ("forecast", "resale_rent_elasticity"): 1.2},
        {("experts", "owner_return_per_year"): 0.25},
        {("gpu", "neocloud_usd_per_gpu_hour"): 2.0},
        {},
    ]
    moves = np.log([0.8, 0.9, 1.0, 1.1, 1.3])
    many = conditional_forecast(expected_forecast(together(assumptions, points)), 6, 0, np.arange(37))
    found = many.given(np.broadcast_to(moves, (len(points), moves.size)))
    for at, point in enumerate(points):
        one = conditional_forecast(expected_forecast(changed(assumptions, dict(point))), 6, 0, np.arange(37))
        for prices, its_prices in zip(found, one.given(moves), strict=True):
            np.testing.assert_allclose(prices[at], its_prices, rtol=1e-9)
        np.testing.assert_allclose(many.variances[:, at], one.variances, rtol=1e-9)
        np.testing.assert_allclose(many.weights[:, at], one.weights, rtol=1e-9)


def test_renting_first_is_valued_at_the_forecast_of_each_point() -> None:
    """Plans of several lengths, each with a forecast of its own."""
    profile = sample("cluster-64")
    case = costed(profile).case
    work = resolve(profile.workload[0], profile.company, case.assumptions)

    def waiting(assumptions: Assumptions, months: Floats) -> Floats:
        demand = combined_demand([replace(work, months=months)], case.assumptions.rental)
        found = waiting_plans(case.with_demand(demand), expected_forecast(assumptions))
        return np.full(len(months), np.inf) if found is None else found.expected_usd()

    points: list[Change] = [
        {},
        {("forecast", "volatility_per_sqrt_year"): 0.6, ("experts", "level_prior_sd"): 0.3},
        {("forecast", "resale_rent_elasticity"): 1.2, ("experts", "owner_life_years"): 4.0},
        {("gpu", "neocloud_usd_per_gpu_hour"): 2.5, ("forecast", "decline_shift_per_year"): 0.3},
        {("experts", "score_months"): 3.0},
    ]
    lengths = np.array([[8.0], [12.0], [24.0], [30.0], [2.0]])
    found = waiting(together(case.assumptions, points), lengths)
    assert np.isinf(found).tolist() == [False, False, False, False, True]
    for at, point in enumerate(points):
        alone = waiting(changed(case.assumptions, dict(point)), lengths[at : at + 1])
        np.testing.assert_allclose(found[at], alone[0], rtol=1e-9)


def test_renting_first_when_only_used_prices_differ() -> None:
    case = costed(sample("cluster-64")).case
    points: list[Change] = [{("forecast", "resale_ageing_per_year"): share} for share in (0.1, 0.35)]
    demand = case.demand
    work = resolve(sample("cluster-64").workload[0], sample("cluster-64").company, case.assumptions)
    both = combined_demand([replace(work, months=np.full((2, 1), float(demand.months)))], case.assumptions.rental)
    many = present(waiting_plans(case.with_demand(both), expected_forecast(together(case.assumptions, points))))
    for at, point in enumerate(points):
        one = present(waiting_plans(case.with_demand(both), expected_forecast(changed(case.assumptions, dict(point)))))
        np.testing.assert_allclose(many.expected_usd()[at], one.expected_usd()[at], rtol=1e-9)
