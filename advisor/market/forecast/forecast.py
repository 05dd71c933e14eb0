"""The forecast of rents and used prices: a mixture of price processes, with expectations in closed form."""

from functools import cached_property

import numpy as np

from advisor.array_types import Amount, Floats, Months
from advisor.market.assumptions import Assumptions, ForecastFigures
from advisor.market.figures import Scenario
from advisor.market.forecast.expert_weights import Mixture, expert_mixture
from advisor.market.forecast.price_process import (
    HORIZON_MONTHS,
    HORIZON_YEARS,
    Component,
    certain_component,
)
from advisor.market.price_history import History
from advisor.values.many_points import remembered, with_arrays
from advisor.values.quick_dataclass import dataclass, replace


@dataclass(frozen=True, eq=False)
class Forecast:
    """Rents and used prices by month, t = 0..120: a mixture of normal distributions of the log rents.

    Attributes:
        spot_usd_per_gpu_hour: S_0, today's on-demand list price.
        components: The mixture.
        processes: The price processes behind it with their weights; empty when rents follow one certain path, as the
            user's own view and the named scenarios do.
        figures: How used prices follow rents.

    Source: docs/model.md#experts and docs/model.md#resale-value.
    """

    spot_usd_per_gpu_hour: Amount
    components: tuple[Component, ...]
    processes: Mixture
    figures: ForecastFigures

    @property
    def certain(self) -> bool:
        """Whether rents follow exactly one path."""
        return not self.processes

    @cached_property
    def usd_per_gpu_hour(self) -> Floats:
        """E[S_t], on-demand neocloud list price. (..., H)"""
        multiples = sum((c.weight * c.mean_multiple for c in self.components), np.zeros(HORIZON_MONTHS))
        return np.asarray(self.spot_usd_per_gpu_hour * multiples)

    @cached_property
    def multiples(self) -> Floats:
        """E[S_t] as a multiple of today's price. (..., H)"""
        return np.asarray(self.usd_per_gpu_hour / self.usd_per_gpu_hour[..., :1])

    @cached_property
    def resale_share(self) -> Floats:
        """E[V_t], the used price as a share of today's node price, within its floor and cap. (..., H)"""
        return np.clip(self._resale_unbounded, self.figures.resale_floor_share, self.figures.resale_cap_share)

    @cached_property
    def resale_clip_factor(self) -> Floats:
        """Factor by which floor and cap change the expected used price of each month. (..., H)"""
        return np.asarray(self.resale_share / self._resale_unbounded)

    @cached_property
    def _resale_unbounded(self) -> Floats:
        return sum((c.weight * self.resale_mean(c) for c in self.components), np.zeros(HORIZON_MONTHS))

    def resale_mean(self, component: Component) -> Floats:
        """E[V_t] under one component, before floor and cap. (..., H)

        Used prices follow rents, fall with age and have noise of their own, whose mean is one: the prices of sales that
        it is fitted to are no lower for it.
        """
        years, figures = HORIZON_YEARS, self.figures
        elasticity = figures.resale_rent_elasticity
        return np.asarray(
            np.exp(
                elasticity * component.log_mean
                + elasticity**2 * component.variance / 2
                - figures.resale_ageing_per_year * years
            )
        )

    def among(self, points: Months) -> "Forecast":
        """The forecast at some of its points; of one point as it is."""
        return with_arrays(self, lambda array: array[points] if array.ndim > 1 else array)

    def at(self, point: int) -> "Forecast":
        """The forecast at one of its points, in which amounts are numbers."""

        def there(array: Floats) -> Amount:
            if array.ndim < 2:
                return array
            return float(array[point, 0]) if array.shape[1] == 1 else array[point]

        return with_arrays(self, there)

    def change_per_year(self, months: int) -> float:
        """Expected yearly change of rents over the first `months` months."""
        at = max(1, months)
        return float((self.usd_per_gpu_hour[at] / self.usd_per_gpu_hour[0]) ** (12 / at) - 1)


def expected_forecast(assumptions: Assumptions, rents_change_per_year: Amount | None = None) -> Forecast:
    """Return the forecast for a GPU from today's list price on.

    Args:
        assumptions: The figures of the book for the GPU.
        rents_change_per_year: The user's own view, a share; it replaces the experts' mixture by one certain path.
    """
    spot, figures = assumptions.gpu.neocloud_usd_per_gpu_hour, assumptions.forecast
    if rents_change_per_year is not None:
        return _certain_forecast(spot, figures, rents_change_per_year)
    return forecast_of(spot, figures, weighted_processes(assumptions))


@remembered(one=128, many=2)
def _certain_forecast(spot_usd_per_gpu_hour: Amount, figures: ForecastFigures, change_per_year: Amount) -> Forecast:
    path = certain_component(np.log1p(change_per_year) * HORIZON_YEARS)
    return Forecast(spot_usd_per_gpu_hour, (path,), (), figures)


@remembered(one=256, many=2)
def forecast_of(spot_usd_per_gpu_hour: Amount, figures: ForecastFigures, processes: Mixture) -> Forecast:
    """Return the mixture of price processes whose weights sum to one; certain when no variance is left in it."""
    components = tuple(process.component(weight) for process, weight in processes)
    uncertainty = len(components) > 1 or components[0].variance.any()
    return Forecast(spot_usd_per_gpu_hour, components, processes if uncertainty else (), figures)


def weighted_processes(assumptions: Assumptions, as_of: str | None = None, history: History | None = None) -> Mixture:
    """Return the experts as price processes with their weights.

    The book's `decline_shift_per_year`, by default 0, is added to each decline. as_of, history: as in `expert_mixture`.
    """
    shift, mixture = assumptions.forecast.decline_shift_per_year, expert_mixture(assumptions, as_of, history)
    return tuple((replace(one, decline_per_year=one.decline_per_year + shift), weight) for one, weight in mixture)


@remembered(one=128, many=2)
def scenario_forecast(spot_usd_per_gpu_hour: Amount, figures: ForecastFigures, scenario: Scenario) -> Forecast:
    """Return the certain path of a scenario: straight lines between its points, then the last multiple."""
    return Forecast(spot_usd_per_gpu_hour, (certain_component(np.log(_multiples(scenario))),), (), figures)


@remembered(one=16, many=2)
def scenario_forecasts(
    spot_usd_per_gpu_hour: Amount, figures: ForecastFigures, scenarios: tuple[Scenario, ...]
) -> Forecast:
    """Return the certain paths of several scenarios as those of as many points."""
    paths = np.log([_multiples(scenario) for scenario in scenarios])
    return Forecast(spot_usd_per_gpu_hour, (certain_component(paths),), (), figures)


def _multiples(scenario: Scenario) -> Floats:
    """The rents of a scenario by month, as multiples of today's. (H,)"""
    months = np.arange(HORIZON_MONTHS)
    if scenario.change_per_year is not None:
        return np.asarray((1 + scenario.change_per_year) ** (months / 12))
    at, values = zip(*scenario.points, strict=True)
    return np.asarray(np.interp(months, at, values))
