"""Sobol points and random draws: even in every part of the cube, the same for a seed, distributed as they should be."""

from dataclasses import replace

import numpy as np
import pytest

from advisor.array_types import Floats, Months
from advisor.market.forecast import sobol
from advisor.market.forecast.forecast import expected_forecast, forecast_of
from advisor.market.forecast.price_process import PriceProcess
from advisor.market.forecast.random_draws import normals
from advisor.market.forecast.simulation import sample_paths
from advisor.market.forecast.sobol import MOST_DIMENSIONS, sobol_points
from advisor.market.forecast.token_paths import sample_token_prices
from tests.support.profile_builder import BOOK

SEEDS = [0, 1, 999_999_999]


def counted(points: Floats, parts: tuple[int, ...]) -> Months:
    """How many points lie in each box, when each dimension is divided into equal parts."""
    cells = [np.floor(row * count).astype(int) for row, count in zip(points, parts, strict=True)]
    return np.bincount(np.ravel_multi_index(cells, parts), minlength=int(np.prod(parts)))


@pytest.mark.parametrize("seed", SEEDS)
def test_every_dimension_has_one_point_in_each_of_equal_parts(seed: int) -> None:
    for row in sobol_points(seed, MOST_DIMENSIONS, 512):
        assert counted(row[None], (512,)).tolist() == [1] * 512


@pytest.mark.parametrize("seed", SEEDS)
def test_the_first_dimensions_are_even_together_and_with_the_number_of_the_point(seed: int) -> None:
    """Sobol's first two dimensions are a (0, m, 2)-net: every box of area 1/256 with sides of powers of two has one of
    256 points; and so has every box of volume 1/256 when the place in the order is a third."""
    points = sobol_points(seed, 2, 256)
    place = (np.arange(256) + 0.5) / 256
    for across in range(9):
        assert counted(points, (1 << across, 256 >> across)).tolist() == [1] * 256
    for first, second in ((2, 3), (5, 1), (0, 4), (3, 3)):
        parts = (1 << (8 - first - second), 1 << first, 1 << second)
        assert counted(np.vstack([place, points]), parts).tolist() == [1] * 256


def test_points_follow_the_definition_of_sobol() -> None:
    """The third dimension by its recurrence for x^2 + x + 1: m_k = 2 m_{k-1} xor 4 m_{k-2} xor m_{k-2}, from 1, 3."""
    first = [1, 3]
    while len(first) < 32:
        first.append(2 * first[-1] ^ 4 * first[-2] ^ first[-2])
    found = sobol._directions()[2].tolist()
    assert found == [number << (31 - at) for at, number in enumerate(first)]


def test_more_points_go_on_where_fewer_end_and_seeds_differ() -> None:
    few, many = sobol_points(5, 3, 100), sobol_points(5, 11, 700)
    assert np.array_equal(few, many[:3, :100])
    assert not np.array_equal(few, sobol_points(6, 3, 100))
    assert many.min() > 0
    assert many.max() < 1


def test_the_same_seed_gives_the_same_points_on_every_machine() -> None:
    assert (sobol_points(0, 3, 2) * 2**32 - 0.5).astype(int).tolist() == [
        [909210722, 3476981887],
        [3567587169, 839514579],
        [482365187, 2280915925],
    ]
    assert normals(0, 2, 2).round(6).tolist() == [[-0.012548, 1.155888], [-1.523537, 0.052969]]


def test_the_other_draws_are_independent_standard_normals() -> None:
    drawn = normals(3, 4, 50_000)
    assert drawn.mean(axis=1) == pytest.approx(0, abs=0.02)
    assert np.cov(drawn) == pytest.approx(np.eye(4), abs=0.02)
    assert (np.abs(drawn) > 1.96).mean() == pytest.approx(0.05, abs=0.003)
    assert np.array_equal(normals(3, 2, 50_000), drawn[:2])


def test_pairs_of_paths_mirror_each_other() -> None:
    """In all but speed and volatility, which they share: how far both are from the middle of all, in logs."""
    process = expected_forecast(BOOK.assumptions("H100-SXM")).processes[0][0]
    figures = BOOK.assumptions("H100-SXM").forecast
    logs = np.log(sample_paths(forecast_of(1.0, figures, ((process, 1.0),)), 2_000, 25, 4).prices[0])
    above, below = logs[::2], logs[1::2]
    assert np.corrcoef(above[:, 12], below[:, 12])[0, 1] < -0.97


@pytest.mark.parametrize("without", range(4))
def test_a_process_without_one_source_of_noise_keeps_its_variance(without: int) -> None:
    """Speed, volatility, the uncertainty of level and decline; directions that then coincide are left out."""
    speed, volatility, level, decline = (figure * (at != without) for at, figure in enumerate((1.0, 0.35, 0.12, 0.1)))
    process = PriceProcess(speed, volatility, level, decline, "a test", -0.3, 0.2)
    figures = replace(BOOK.assumptions("H100-SXM").forecast, reversion_log_sd=0.0, volatility_log_sd=0.0)
    alone = forecast_of(1.0, figures, ((process, 1.0),))
    logs = np.log(sample_paths(alone, 20_000, 49, 2).prices[0])
    for month in (1, 12, 13, 36, 48):
        wanted = float(process.component(1.0).variance[month])
        assert logs[:, month].var() == pytest.approx(wanted, rel=0.03, abs=1e-12)


def test_api_prices_move_both_ways_around_what_is_expected() -> None:
    """ln price has a standard deviation of sd x sqrt(years) and a mean of -sd^2 / 2 x years, so that prices have mean
    one; today's is known, and shorter paths are the same as far as they go."""
    prices = sample_token_prices(0.58, 4_000, 37, 1)
    assert (prices[:, 0] == 1).all()
    assert prices.mean(axis=0) == pytest.approx(np.ones(37), rel=1e-5)
    logs = np.log(prices)
    for month in (6, 12, 24, 36):
        assert logs[:, month].std() == pytest.approx(0.58 * (month / 12) ** 0.5, rel=0.04)
        assert logs[:, month].mean() == pytest.approx(-(0.58**2) * month / 24, rel=0.1)
    assert np.array_equal(sample_token_prices(0.58, 4_000, 13, 1), prices[:, :13])
    assert not np.array_equal(sample_token_prices(0.58, 4_000, 13, 2), prices[:, :13])


def test_api_prices_are_independent_of_rents() -> None:
    forecast = expected_forecast(BOOK.assumptions("H100-SXM"))
    rents = np.log(sample_paths(forecast, 4_000, 25, 1).rents[:, [6, 12, 24]])
    tokens = np.log(sample_token_prices(0.58, 4_000, 25, 1)[:, [6, 12, 24]])
    assert np.abs(np.corrcoef(rents.T, tokens.T)[:3, 3:]).max() < 0.05
