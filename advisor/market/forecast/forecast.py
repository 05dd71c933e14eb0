"""Where rents and used prices may go (model sections 2.5 and 4): closed-form means, and sampled paths around them."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import numpy.typing as npt

from advisor.array_types import Floats, Months
from advisor.market.forecast.expert_weights import mixed
from advisor.market.forecast.price_process import HORIZON_MONTHS, Component, PriceLaw, certain_component
from advisor.market.forecast.random_draws import normals, order
from advisor.market.price_book import Assumptions, ForecastFigures, Scenario
from advisor.market.price_history import History

Singles = npt.NDArray[np.float32]
WeighedLaws = tuple[tuple[PriceLaw, float], ...]


@dataclass(frozen=True, eq=False)
class Forecast:
    """What is believed of prices by month, t = 0..96: a mixture of normal laws of the log rents.

    spot_usd_per_gpu_hour: S_0; components: the laws; laws: the same as opinions, empty when rents follow a certain
    path, as the founder's own view or a named scenario does; figures: how used prices follow.
    """

    spot_usd_per_gpu_hour: float
    components: tuple[Component, ...]
    laws: WeighedLaws
    figures: ForecastFigures

    @property
    def certain(self) -> bool:
        """Whether rents follow exactly one path."""
        return not self.laws

    @cached_property
    def usd_per_gpu_hour(self) -> Floats:
        """E[S_t], on-demand neocloud list."""
        multiples = sum((c.weight * c.mean_multiple for c in self.components), np.zeros(HORIZON_MONTHS))
        return np.asarray(self.spot_usd_per_gpu_hour * multiples)

    @cached_property
    def resale_share(self) -> Floats:
        """E[V_t] as a share of the node price of today, within its floor and cap."""
        return np.clip(self._resale_unbounded, self.figures.resale_floor_share, self.figures.resale_cap_share)

    @cached_property
    def resale_held_share(self) -> Floats:
        """How far floor and cap move the expected used price of each month."""
        return np.asarray(self.resale_share / self._resale_unbounded)

    @cached_property
    def _resale_unbounded(self) -> Floats:
        return sum((c.weight * self.resale_mean(c) for c in self.components), np.zeros(HORIZON_MONTHS))

    def resale_mean(self, component: Component) -> Floats:
        """E[V_t] under one law, before floor and cap: used prices follow rents and age, with noise of their own."""
        years, figures = _YEARS, self.figures
        elasticity = figures.resale_rent_elasticity
        return np.asarray(
            np.exp(
                elasticity * component.log_mean
                + elasticity**2 * component.variance / 2
                - figures.resale_ageing_per_year * years
                + figures.resale_sd_per_sqrt_year**2 * years / 2
            )
        )

    def change_per_year(self, months: int) -> float:
        """Expected yearly change of rents over the first `months` months."""
        at = max(1, months)
        return float((self.usd_per_gpu_hour[at] / self.usd_per_gpu_hour[0]) ** (12 / at) - 1)


_YEARS = np.arange(HORIZON_MONTHS) / 12


def expected_forecast(assumptions: Assumptions, rents_change_per_year: float | None = None) -> Forecast:
    """What is believed of the rents of a GPU from today's list price on: the experts' mixture, or with the founder's
    own `rents_change_per_year` one certain path."""
    spot, figures = assumptions.gpu.neocloud_usd_per_gpu_hour, assumptions.forecast
    if rents_change_per_year is not None:
        return _certain_forecast(spot, figures, rents_change_per_year)
    return forecast_of(spot, figures, weighed_laws(assumptions))


@lru_cache(maxsize=128)
def _certain_forecast(spot_usd_per_gpu_hour: float, figures: ForecastFigures, change_per_year: float) -> Forecast:
    path = certain_component(np.log1p(change_per_year) * _YEARS)
    return Forecast(spot_usd_per_gpu_hour, (path,), (), figures)


@lru_cache(maxsize=256)
def forecast_of(spot_usd_per_gpu_hour: float, figures: ForecastFigures, laws: WeighedLaws) -> Forecast:
    """A mixture of laws with their weights, which sum to one; certain when there is nothing unsure in it."""
    components = tuple(law.component(weight) for law, weight in laws)
    unsure = len(components) > 1 or components[0].variance.any()
    return Forecast(spot_usd_per_gpu_hour, components, laws if unsure else (), figures)


def weighed_laws(assumptions: Assumptions, as_of: str | None = None, history: History | None = None) -> WeighedLaws:
    """The experts as laws, each fall moved by the founder's own `decline_shift_per_year`. as_of, history: as in
    `mixed`."""
    figures = assumptions.forecast
    return tuple(
        (
            PriceLaw(
                expert.name,
                expert.level_log,
                expert.decline_per_year + figures.decline_shift_per_year,
                expert.level_sd,
                expert.decline_sd_per_year,
                figures.reversion_per_year,
                figures.volatility_per_sqrt_year,
            ),
            weight,
        )
        for expert, weight in mixed(assumptions, as_of, history=history)
    )


@lru_cache(maxsize=128)
def scenario_forecast(spot_usd_per_gpu_hour: float, figures: ForecastFigures, scenario: Scenario) -> Forecast:
    """The certain path of a named scenario: straight lines between its points, the last multiple held."""
    months = np.arange(HORIZON_MONTHS)
    if scenario.change_per_year is not None:
        multiples = (1 + scenario.change_per_year) ** (months / 12)
    else:
        at, values = zip(*scenario.points, strict=True)
        multiples = np.interp(months, at, values)
    return Forecast(spot_usd_per_gpu_hour, (certain_component(np.log(multiples)),), (), figures)


@dataclass(frozen=True, eq=False)
class Paths:
    """Sampled prices around a forecast, for its first months. Their mean is the forecast's in every month, so that what
    is expected and what is sampled never disagree.

    rents, resale: paths x months, as multiples of what is expected; read-only. Single floats, half the memory: where
    nothing is unsure they are exactly one, elsewhere every option is costed, in doubles, at the same rounded price.
    """

    forecast: Forecast
    rents: Singles
    resale: Singles

    def prices(self, some: slice = slice(None)) -> tuple[Floats, Floats]:
        """Rents in USD per GPU-hour and used prices as in Forecast, of some paths. Paths x months each."""
        months = self.rents.shape[1]
        expected = self.forecast.usd_per_gpu_hour[:months], self.forecast.resale_share[:months]
        return self.rents[some] * expected[0], self.resale[some] * expected[1]

    def rents_in(self, month: int, some: slice) -> Floats:
        """Rents of one month alone on some paths, USD per GPU-hour."""
        return np.asarray(self.rents[some, month] * self.forecast.usd_per_gpu_hour[month])


@dataclass(frozen=True, eq=False)
class QuantilePaths:
    """A few rent paths that stand for all: under each law the path of its low, middle and high quantiles. weights: K,
    sum to 1; usd_per_gpu_hour, resale_share: K x H, means as in the forecast."""

    weights: Floats
    usd_per_gpu_hour: Floats
    resale_share: Floats


@lru_cache(maxsize=64)
def quantile_paths(forecast: Forecast) -> QuantilePaths:
    """Rents that stay at one quantile throughout: for questions of cash, where a run of dear months is what hurts."""
    scores = np.zeros(1) if forecast.certain else _SCORES
    logs = [c.log_mean + scores[:, None] * np.sqrt(c.variance) for c in forecast.components]
    weights = np.concatenate([np.full(scores.size, c.weight / scores.size) for c in forecast.components])
    log_rents = np.concatenate(logs)
    rents, resale = np.exp(log_rents), np.exp(forecast.figures.resale_rent_elasticity * log_rents)
    rents *= forecast.usd_per_gpu_hour / (weights @ rents)
    resale *= forecast.resale_share / (weights @ resale)
    return QuantilePaths(weights, rents, resale)


_SCORES = np.array([-1.645, -1.036, -0.674, -0.385, -0.126, 0.126, 0.385, 0.674, 1.036, 1.645])  # normal scores of the
# middles of ten equal parts


class Belief:
    """What is believed once z = ln S_now - ln S_since has been seen: the laws of a forecast given z, for the first
    `months` months."""

    def __init__(self, forecast: Forecast, now: int, since: int, months: int) -> None:
        self.forecast, self.months = forecast, months
        components, elasticity = forecast.components, forecast.figures.resale_rent_elasticity
        seen = np.stack([c.covariance_with(now) - c.covariance_with(since) for c in components])
        self.weights = np.array([c.weight for c in components])
        self.means = np.array([c.log_mean[now] - c.log_mean[since] for c in components])
        self.variances = seen[:, now] - seen[:, since]
        self.sure = bool((self.variances <= _SURE).all())
        rents = np.stack([c.mean_multiple[:months] for c in components]) * forecast.spot_usd_per_gpu_hour
        resale = np.stack([forecast.resale_mean(c)[:months] for c in components]) * forecast.resale_held_share[:months]
        self._expected = np.stack([rents, resale], axis=1)  # laws x 2 x months
        self._with_z = np.stack([seen[:, :months], elasticity * seen[:, :months]], axis=1)

    @property
    def likely(self) -> tuple[float, float]:
        """Between which values z will lie, as good as surely: five standard deviations around every law."""
        grid = self.grid(2)
        return float(grid[0]), float(grid[-1])

    def grid(self, points: int) -> Floats:
        """So many values of z over the likely ones of each law, ascending: a narrow law gets as many as a wide one."""
        spread = 5 * np.sqrt(np.maximum(self.variances, 0.0))
        values = np.linspace(self.means - spread, self.means + spread, points)
        return np.unique(values, return_index=True)[0]  # asked for nothing else it would import all of numpy.ma

    def given(self, z: Floats) -> tuple[Floats, Floats]:
        """E[S_t | z] and E[V_t | z] for each of G values of z. G x months each."""
        if self.sure:
            unchanged = self.weights @ self._expected.reshape(self.weights.size, -1)
            rents, resale = unchanged.reshape(2, 1, -1) + np.zeros((1, z.size, 1))
            return rents, resale
        variance = np.maximum(self.variances, _SURE)[:, None]
        away = z - self.means[:, None]  # laws x G
        chance = self.weights[:, None] * np.exp(-(away**2) / (2 * variance)) / np.sqrt(variance)
        chance /= chance.sum(axis=0)
        slope = self._with_z / variance[:, :, None]
        still = self._expected * np.exp(-slope * self._with_z / 2)
        moved = np.exp(slope[:, :, None] * away[:, None, :, None])  # laws x 2 x G x months
        rents, resale = np.einsum("cg,ckt,ckgt->kgt", chance, still, moved)
        return rents, resale

    def within(self, cuts: Sequence[float]) -> Iterator[tuple[float, Floats, Floats]]:
        """For each region that `cuts` (ascending) part: P(z in it), E[S_t; z in it] and E[V_t; z in it] by month. Over
        all regions they add up to 1 and to the forecast."""
        shift = np.concatenate([np.zeros((self.weights.size, 2, 1)), self._with_z], axis=2)
        whole = np.concatenate([np.ones((self.weights.size, 2, 1)), self._expected], axis=2)
        before = np.zeros(whole.shape[1:])
        for cut in (*cuts, math.inf):
            share = self._below(cut, shift)
            upto = np.einsum("c,ckt,ckt->kt", self.weights, whole, share)
            part = upto - before
            before = upto
            yield float(part[0, 0]), part[0, 1:], part[1, 1:]

    def _below(self, cut: float, shift: Floats) -> Floats:
        """P(Z <= cut) for normal Z of each law whose mean is moved by `shift`."""
        if cut == math.inf:
            return np.ones(shift.shape)
        centre, root = self.means[:, None, None] + shift, np.sqrt(2 * np.maximum(self.variances, _SURE))[:, None, None]
        return np.asarray((1 + erf((cut - centre) / root)) / 2)


def erf(values: Floats) -> Floats:
    """The error function of each value; numpy has none."""
    return np.array([math.erf(value) for value in values.ravel().tolist()]).reshape(values.shape)


_SURE = 1e-15  # a variance below this is none


def forget_paths() -> None:
    """Let go of the paths that are kept for the next question about the same forecast: megabytes."""
    sample_paths.cache_clear()


@lru_cache(maxsize=2)
def sample_paths(forecast: Forecast, paths: int, months: int, seed: int) -> Paths:
    """`paths` (even) paths of `months` months around a forecast, the same for the same seed.

    ln S_t = ln F - delta t/12 + y_t, with y reverting to 0. Each path follows one of the laws, in proportion to their
    weights; its level F, drift delta, speed of reversion and volatility are drawn for it, because history cannot tell
    them (model section 4). Used prices follow rents, age, and have noise of their own.
    """
    drawn, figures = normals(seed, 5 + months, paths // 2), forecast.figures
    log_rents = np.zeros((months, paths)) if forecast.certain else _log_rents(drawn, forecast, months, seed)
    resale = figures.resale_rent_elasticity * log_rents
    resale += figures.resale_sd_per_sqrt_year * np.sqrt(_YEARS[:months, None]) * _in_pairs(drawn[4])
    return Paths(forecast, _multiples(log_rents).T, _multiples(resale).T)


def _multiples(logs: Floats) -> Singles:
    """Multiples whose mean is one in every month (row); the logs are used up."""
    prices = np.exp(logs, out=logs)
    prices /= prices.mean(axis=1, keepdims=True)
    rounded = prices.astype(np.float32)
    rounded.setflags(write=False)
    return rounded


def _log_rents(drawn: Floats, forecast: Forecast, months: int, seed: int) -> Floats:
    """Log rents against today's, months x paths, not yet centred on the forecast."""
    figures, paths = forecast.figures, 2 * drawn.shape[1]
    which = _law_by_path(tuple(weight for _, weight in forecast.laws), paths, seed)

    def of(name: str) -> Floats:
        return np.array([getattr(law, name) for law, _ in forecast.laws])[which]

    level = of("level_log") + of("level_sd") * _in_pairs(drawn[0])
    decline = of("decline_per_year") + of("decline_sd_per_year") * _in_pairs(drawn[1])
    speed = of("reversion_per_year") * np.exp(figures.reversion_log_sd * _in_pairs(drawn[2]))
    volatility = of("volatility_per_sqrt_year") * np.exp(figures.volatility_log_sd * _in_pairs(drawn[3]))
    keep = np.exp(-speed / 12)
    spread = np.divide(-np.expm1(-speed / 6), 2 * speed, out=np.full(speed.size, 1 / 12), where=speed > 0)
    step = volatility * np.sqrt(spread)
    away = -level  # today's price is known: the distance to an uncertain level is not zero
    log_rents = np.empty((months, paths))
    for month, year in enumerate(_YEARS[:months].tolist()):
        log_rents[month] = level - decline * year + away
        away = keep * away + step * _in_pairs(drawn[5 + month])
    return log_rents


@lru_cache(maxsize=8)
def _law_by_path(weights: tuple[float, ...], paths: int, seed: int) -> Months:
    """Which law each path follows: every law its exact share, an antithetic pair the same law. Array of paths."""
    half = paths // 2
    points = (np.arange(half) + 0.5) / half
    laws = np.minimum(np.searchsorted(np.cumsum(weights), points), len(weights) - 1)
    return np.repeat(laws[order(seed, half)], 2)


def _in_pairs(half: Floats) -> Floats:
    """Each draw and, as its neighbour, its antithetic twin."""
    return np.asarray(np.multiply.outer(half, _TWINS).ravel())


_TWINS = np.array([1.0, -1.0])


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
