"""Where rents and used prices may go (model sections 2.5 and 4): closed-form means, and sampled paths around them."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from advisor.market.book import ForecastFigures, Scenario

Floats = npt.NDArray[np.float64]
HORIZON_MONTHS = 97  # the longest plan and a longest term begun in its last month


@dataclass(frozen=True)
class Forecast:
    """Expected prices by month, t = 0..96.

    usd_per_gpu_hour: E[S_t], on-demand neocloud list; resale_share: E[V_t] as a share of the node price of today;
    certain: whether rents follow exactly this path, as the founder's own view or a named scenario does.
    """

    usd_per_gpu_hour: Floats
    resale_share: Floats
    certain: bool

    def change_per_year(self, months: int) -> float:
        """Expected yearly change of rents over the first `months` months."""
        at = max(1, months)
        return float((self.usd_per_gpu_hour[at] / self.usd_per_gpu_hour[0]) ** (12 / at) - 1)


def expected_forecast(
    spot_usd_per_gpu_hour: float, figures: ForecastFigures, rents_change_per_year: float | None = None
) -> Forecast:
    """The expected path of rents from today's list price, and of used prices, which follow rents and age.

    Log rents drift by `decline_per_year` around an uncertain level to which they revert; the mean carries half the
    variance of that uncertainty. With the founder's own `rents_change_per_year` the path is certain.
    """
    years = np.arange(HORIZON_MONTHS) / 12
    if rents_change_per_year is None:
        return _forecast(
            spot_usd_per_gpu_hour, figures, -figures.decline_per_year * years, _log_variance(years, figures)
        )
    return _forecast(spot_usd_per_gpu_hour, figures, np.log1p(rents_change_per_year) * years, np.zeros(HORIZON_MONTHS))


def scenario_forecast(spot_usd_per_gpu_hour: float, figures: ForecastFigures, scenario: Scenario) -> Forecast:
    """The certain path of a named scenario: straight lines between its points, the last multiple held."""
    months = np.arange(HORIZON_MONTHS)
    if scenario.change_per_year is not None:
        multiples = (1 + scenario.change_per_year) ** (months / 12)
    else:
        at, values = zip(*scenario.points, strict=True)
        multiples = np.interp(months, at, values)
    return _forecast(spot_usd_per_gpu_hour, figures, np.log(multiples), np.zeros(HORIZON_MONTHS))


def _forecast(spot_usd_per_gpu_hour: float, figures: ForecastFigures, log_mean: Floats, variance: Floats) -> Forecast:
    """Means of rents and of used prices from mean and variance of the log rents, by month."""
    years = np.arange(HORIZON_MONTHS) / 12
    elasticity = figures.resale_rent_elasticity
    resale = np.exp(
        elasticity * log_mean
        + elasticity**2 * variance / 2
        - figures.resale_ageing_per_year * years
        + figures.resale_sd_per_sqrt_year**2 * years / 2
    )
    return Forecast(
        spot_usd_per_gpu_hour * np.exp(log_mean + variance / 2),
        np.clip(resale, figures.resale_floor_share, figures.resale_cap_share),
        certain=not variance.any(),
    )


@dataclass(frozen=True, eq=False)
class Paths:
    """Sampled prices: rents and used prices as in Forecast, paths x months, in antithetic pairs. Their mean is the
    Forecast's in every month, so that what is expected and what is sampled never disagree."""

    usd_per_gpu_hour: Floats
    resale_share: Floats


def sample_paths(forecast: Forecast, figures: ForecastFigures, paths: int, months: int, seed: int) -> Paths:
    """`paths` (even) paths of `months` months around a forecast, the same for the same seed.

    ln S_t = ln F - delta t/12 + y_t, with y reverting to 0. The level F, the drift delta, the speed of reversion and
    the volatility are drawn for each path, because history cannot tell them (model section 4). Used prices follow
    rents, age, and have noise of their own.
    """
    normals = _normals(paths, seed)
    years = np.arange(months) / 12
    log_rents = np.zeros((paths, months)) if forecast.certain else _log_rents(normals, figures, years)
    rents = np.exp(log_rents)
    rents *= forecast.usd_per_gpu_hour[:months] / rents.mean(axis=0)
    noise = figures.resale_sd_per_sqrt_year * np.sqrt(years) * normals[4][:, None]
    resale = np.exp(figures.resale_rent_elasticity * log_rents + noise)
    resale *= forecast.resale_share[:months] / resale.mean(axis=0)
    return Paths(rents, resale)


def _log_rents(normals: Floats, figures: ForecastFigures, years: Floats) -> Floats:
    """Log rents against today's, paths x months, not yet centred on the forecast."""
    level = figures.level_sd * normals[0]
    decline = figures.decline_per_year + figures.decline_sd_per_year * normals[1]
    speed = figures.reversion_per_year * np.exp(figures.reversion_log_sd * normals[2])
    volatility = figures.volatility_per_sqrt_year * np.exp(figures.volatility_log_sd * normals[3])
    keep = np.exp(-speed / 12)
    spread = np.divide(-np.expm1(-speed / 6), 2 * speed, out=np.full(speed.size, 1 / 12), where=speed > 0)
    step = volatility * np.sqrt(spread)
    away = -level  # today's price is known: the distance to an uncertain level is not zero
    log_rents = np.empty((normals.shape[1], years.size))
    for month, year in enumerate(years.tolist()):
        log_rents[:, month] = level - decline * year + away
        away = keep * away + step * normals[5 + month]
    return log_rents


@lru_cache(maxsize=4)
def _normals(paths: int, seed: int) -> Floats:
    """Antithetic standard normals, read-only: five rows for what is drawn once a path, then one a month up to the
    horizon, whatever is asked for, so that plans of every length see the same paths. (5 + months) x paths."""
    half = np.random.default_rng(seed).standard_normal((5 + HORIZON_MONTHS, paths // 2))
    normals = np.concatenate([half, -half], axis=1)
    normals.setflags(write=False)
    return normals


def _log_variance(years: Floats, figures: ForecastFigures) -> Floats:
    """Var[ln S_t]: mean-reverting noise, uncertain level, uncertain drift (model section 4)."""
    speed = figures.reversion_per_year
    noise = figures.volatility_per_sqrt_year**2 * _decayed(2 * speed, years)
    level = figures.level_sd**2 * (1 - np.exp(-speed * years)) ** 2
    return np.asarray(noise + level + (figures.decline_sd_per_year * years) ** 2)


def _decayed(speed: float, years: Floats) -> Floats:
    """(1 - e^(-speed t)) / speed, and its limit t when there is no reversion."""
    return years.copy() if speed == 0 else np.asarray(-np.expm1(-speed * years) / speed)


@dataclass(frozen=True)
class ImpliedForward:
    """What two term rates say of the years after the shorter one. USD per GPU-hour."""

    mean_after_short_usd_per_gpu_hour: float
    yearly_ratio: float
    by_year_usd_per_gpu_hour: tuple[float, ...]


def implied_forward(short_years: int, short_rate: float, long_years: int, long_rate: float) -> ImpliedForward:
    """The rents that make a long term rate the mean of its years, given a short one.

    The mean rate after the short term is (L x long - s x short) / (L - s). With a one-year short rate, the constant
    yearly ratio q solves short (1 + q + ... + q^(L-1)) = L x long. Raises ValueError unless 1 = short < long in years.
    """
    if not short_years == 1 < long_years:
        raise ValueError("a one-year rate and a longer one are needed")
    mean_after = (long_years * long_rate - short_rate) / (long_years - 1)
    low, high = 0.0, 10.0
    for _ in range(80):
        ratio = (low + high) / 2
        total = short_rate * sum(ratio**year for year in range(long_years))
        low, high = (ratio, high) if total < long_years * long_rate else (low, ratio)
    return ImpliedForward(mean_after, ratio, tuple(short_rate * ratio**year for year in range(long_years)))
