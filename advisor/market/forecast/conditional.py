"""Expected rents and used prices given what rents have done by a later month."""

import math
from collections.abc import Iterator, Sequence

import numpy as np

from advisor.array_types import Amount, Floats, Months, at_months
from advisor.finance.solve import erf
from advisor.market.forecast.forecast import Forecast
from advisor.values.many_points import distinct
from advisor.values.quick_dataclass import dataclass

_MIN_VARIANCE = 1e-15  # a smaller variance counts as none
_SDS_ON_GRID = 5


@dataclass(frozen=True, eq=False)
class ConditionalForecast:
    """A forecast once z = ln S_now - ln S_since has been observed.

    Rents and used prices are log-normal under each component of the mixture and jointly normal with z in the logs, so
    every conditional expectation has a closed form. See `conditional_forecast`.

    Attributes:
        weights, means, variances: Weight of each component, and the mean and variance of z under it. (components, ...)
        expected: Rents in USD per GPU-hour, and where they are wanted used prices as a share of today's node price,
            under each component. (1 or 2, components, ..., months)
        covariance: Of their logs with z. As `expected`.
    """

    weights: Floats
    means: Floats
    variances: Floats
    expected: Floats
    covariance: Floats

    @property
    def known(self) -> Floats:
        """The points at which z is known beforehand. (...)"""
        return np.asarray((self.variances <= _MIN_VARIANCE).all(axis=0))

    def among(self, points: Months) -> "ConditionalForecast":
        """At some of its points."""
        by_component = (self.weights[:, points], self.means[:, points], self.variances[:, points])
        return ConditionalForecast(*by_component, self.expected[:, :, points], self.covariance[:, :, points])

    def grid(self, points: int) -> Floats:
        """Values of z within five standard deviations of each component, ascending. (..., at most components x points)

        Each component gets `points` values, so that a narrow one is covered as finely as a wide one. Of one point the
        values differ.
        """
        spread = _SDS_ON_GRID * np.sqrt(np.maximum(self.variances, 0.0))
        each = np.linspace(self.means - spread, self.means + spread, points, axis=-1)
        if each.ndim < 3:
            return distinct(each)
        return np.sort(np.moveaxis(each, 0, -2).reshape(*each.shape[1:-1], -1), axis=-1)

    def given(self, z: Floats) -> Floats:
        """Return E[S_t | z] in USD per GPU-hour and, where it is wanted, E[V_t | z] as a share of today's node price.

        Args:
            z: Observed log changes. (..., G)

        Returns:
            Rents and used prices. (1 or 2, ..., G, months)
        """
        known = self.known
        if known.all():
            found = np.einsum("c...,kc...t->k...t", self.weights, self.expected)[..., None, :]
            return np.asarray(found + np.zeros((z.shape[-1], 1)))
        variance = np.maximum(self.variances, _MIN_VARIANCE)[..., None]
        away = z - self.means[..., None]  # components x ... x G
        posterior = self.weights[..., None] * np.exp(-(away**2) / (2 * variance)) / np.sqrt(variance)
        posterior /= posterior.sum(axis=0)
        slope = self.covariance / variance
        at_mean = self.expected * np.exp(-slope * self.covariance / 2)
        found = np.zeros((len(self.expected), *away.shape[1:], self.expected.shape[-1]))
        for component in range(len(away)):  # one at a time, for these arrays are the largest of an answer
            moved = slope[:, component][..., None, :] * away[component][..., None]
            np.exp(moved, out=moved)
            moved *= at_mean[:, component][..., None, :]
            moved *= posterior[component][..., None]
            found += moved
        if known.any():
            found[:, known] = np.einsum("c...,kc...t->k...t", self.weights, self.expected)[:, known][..., None, :]
        return found

    def within(self, cuts: Sequence[float]) -> Iterator[tuple[float, Floats, Floats]]:
        """Yield P(z in region), E[S_t; z in region] and E[V_t; z in region] for each region between cuts.

        Over all regions they add up to 1 and to the forecast, which is of one point. The cuts separate the regions,
        ascending.
        """
        before = np.zeros((2, self.expected.shape[-1] + 1))
        for cut in (*cuts, math.inf):
            up_to = self.up_to(np.float64(cut))
            part = up_to - before
            before = up_to
            yield float(part[0, 0]), part[0, 1:], part[1, 1:]

    def up_to(self, cut: Floats | np.float64) -> Floats:
        """P(z <= cut), then the expectation of each price that is wanted where z <= cut. (1 or 2, ..., 1 + months) cut:
        of each point (...)."""
        nothing = np.zeros((*self.expected.shape[:-1], 1))
        whole = np.concatenate([nothing + 1, self.expected], axis=-1)
        if np.all(cut == math.inf):
            return np.asarray(np.einsum("c...,kc...t->k...t", self.weights, whole))
        center = self.means[..., None] + np.concatenate([nothing, self.covariance], axis=-1)
        root = np.sqrt(2 * np.maximum(self.variances, _MIN_VARIANCE))[..., None]
        below = (1 + erf((np.asarray(cut)[..., None] - center) / root)) / 2
        return np.asarray(np.einsum("c...,kc...t,kc...t->k...t", self.weights, whole, below))


def conditional_forecast(
    forecast: Forecast, now: int | Months, since: int | Months, months: Months, *, rents_only: bool = False
) -> ConditionalForecast:
    """Condition on the change of rents between two months.

    Args:
        forecast: The forecast before the observation, of one point or of P points.
        now: Month in which z is observed, or that of each point (P, 1).
        since: Month from which the change is measured, as `now`.
        months: Which months to cover.
        rents_only: Whether used prices are not wanted.
    """
    components, elasticity = forecast.components, forecast.figures.resale_rent_elasticity
    shapes = forecast.usd_per_gpu_hour.shape, forecast.resale_share.shape
    points = np.broadcast_shapes(*(shape[:-1] for shape in shapes), np.shape(now)[:-1])

    def by_component(values: Sequence[Amount]) -> Floats:
        if points:
            values = [
                np.broadcast_to(value, (*points, np.shape(value)[-1] if np.ndim(value) else 1)) for value in values
            ]
        return np.array(values)

    at, before = np.atleast_1d(now), np.atleast_1d(since)
    means = by_component([at_months(c.log_mean, at) - at_months(c.log_mean, before) for c in components])
    every = np.concatenate([np.broadcast_to(months, (*at.shape[:-1], months.size)), at, before], axis=-1)
    with_z = by_component([c.covariance_with(at, every) - c.covariance_with(before, every) for c in components])
    with_z, variances = with_z[..., :-2], with_z[..., -2] - with_z[..., -1]
    weights = by_component([c.weight for c in components])
    rents = by_component([c.mean_multiple.take(months, axis=-1) * forecast.spot_usd_per_gpu_hour for c in components])
    expected, covariance = rents[None], with_z[None]
    if not rents_only:
        resale = by_component([forecast.resale_mean(c).take(months, axis=-1) for c in components])
        resale = resale * forecast.resale_clip_factor.take(months, axis=-1)
        expected, covariance = np.stack([rents, resale]), np.stack([with_z, elasticity * with_z])
    return ConditionalForecast(weights[..., 0] if points else weights, means[..., 0], variances, expected, covariance)
