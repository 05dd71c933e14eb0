"""Expected rents and used prices given what rents have done by a later month."""

import math
from collections.abc import Iterator, Sequence

import numpy as np

from advisor.array_types import Amount, Floats
from advisor.finance.solve import erf
from advisor.market.forecast.forecast import Forecast
from advisor.values.many_points import distinct

_MIN_VARIANCE = 1e-15  # a smaller variance counts as none
_SDS_ON_GRID = 5


class ConditionalForecast:
    """A forecast once z = ln S_now - ln S_since has been observed.

    Rents and used prices are log-normal under each component of the mixture and jointly normal with z in the logs, so
    every conditional expectation has a closed form.

    Attributes:
        forecast: The forecast before the observation, of one point or of P points.
        months: How many of its months are covered.
        weights, means, variances: Weight of each component, and the mean and variance of z under it. (components, ...)
        certain: Whether z is known beforehand, so that observing it changes nothing.

    Source: docs/model.md#deferred-choice.
    """

    def __init__(self, forecast: Forecast, now: int, since: int, months: int) -> None:
        """Condition on the change of rents between two months.

        Args:
            forecast: The forecast before the observation.
            now: Month in which z is observed.
            since: Month from which the change is measured.
            months: How many months to cover.
        """
        self.forecast, self.months = forecast, months
        components, elasticity = forecast.components, forecast.figures.resale_rent_elasticity
        points = np.broadcast_shapes(forecast.usd_per_gpu_hour.shape, forecast.resale_share.shape)[:-1]

        def by_component(values: Sequence[Amount]) -> Floats:
            if points:
                values = [
                    np.broadcast_to(value, (*points, np.shape(value)[-1] if np.ndim(value) else 1)) for value in values
                ]
            return np.array(values)

        with_z = by_component([c.covariance_with(now) - c.covariance_with(since) for c in components])
        log_means = by_component([c.log_mean for c in components])
        weights = by_component([c.weight for c in components])
        self.weights = weights[..., 0] if points else weights
        self.means = log_means[..., now] - log_means[..., since]
        self.variances = with_z[..., now] - with_z[..., since]
        self.certain = bool((self.variances <= _MIN_VARIANCE).all())
        rents = by_component([c.mean_multiple[..., :months] * forecast.spot_usd_per_gpu_hour for c in components])
        resale = by_component([forecast.resale_mean(c)[..., :months] for c in components])
        resale *= forecast.resale_clip_factor[..., :months]
        with_z = with_z[..., :months]
        self._expected = np.stack([rents, resale])  # 2 x components x ... x months
        self._covariance = np.stack([with_z, elasticity * with_z])  # as above, with z

    def grid(self, points: int) -> Floats:
        """Values of z within five standard deviations of each component, ascending. (at most components x points,)

        Each component gets `points` values, so that a narrow one is covered as finely as a wide one. For a forecast of
        one point.
        """
        spread = _SDS_ON_GRID * np.sqrt(np.maximum(self.variances, 0.0))
        return distinct(np.linspace(self.means - spread, self.means + spread, points))

    def given(self, z: Floats) -> tuple[Floats, Floats]:
        """Return E[S_t | z] in USD per GPU-hour and E[V_t | z] as a share of today's node price.

        Args:
            z: Observed log changes. (..., G)

        Returns:
            Rents and used prices, each (..., G, months).
        """
        if self.certain:
            rents, resale = np.einsum("c...,kc...t->k...t", self.weights, self._expected)[..., None, :]
            nothing = np.zeros((z.shape[-1], 1))
            return rents + nothing, resale + nothing
        variance = np.maximum(self.variances, _MIN_VARIANCE)[..., None]
        away = z - self.means[..., None]  # components x ... x G
        posterior = self.weights[..., None] * np.exp(-(away**2) / (2 * variance)) / np.sqrt(variance)
        posterior /= posterior.sum(axis=0)
        slope = self._covariance / variance
        at_mean = self._expected * np.exp(-slope * self._covariance / 2)
        found = np.zeros((2, *away.shape[1:], self.months))
        for component in range(len(away)):  # one at a time, for these arrays are the largest of an answer
            moved = slope[:, component][..., None, :] * away[component][..., None]
            np.exp(moved, out=moved)
            moved *= at_mean[:, component][..., None, :]
            moved *= posterior[component][..., None]
            found += moved
        rents, resale = found
        return rents, resale

    def within(self, cuts: Sequence[float]) -> Iterator[tuple[float, Floats, Floats]]:
        """Yield P(z in region), E[S_t; z in region] and E[V_t; z in region] for each region between cuts.

        Over all regions they add up to 1 and to the forecast, which is of one point.

        Args:
            cuts: Values of z that separate the regions, ascending.
        """
        nothing = np.zeros((2, self.weights.size, 1))
        shift = np.concatenate([nothing, self._covariance], axis=2)
        whole = np.concatenate([nothing + 1, self._expected], axis=2)
        before = np.zeros((2, whole.shape[2]))
        for cut in (*cuts, math.inf):
            up_to = np.einsum("c,kct,kct->kt", self.weights, whole, self._share_below(cut, shift))
            part = up_to - before
            before = up_to
            yield float(part[0, 0]), part[0, 1:], part[1, 1:]

    def _share_below(self, cut: float, shift: Floats) -> Floats:
        """P(Z <= cut) for the normal Z of each component with its mean moved by `shift`."""
        if cut == math.inf:
            return np.ones(shift.shape)
        centre = self.means[:, None] + shift
        root = np.sqrt(2 * np.maximum(self.variances, _MIN_VARIANCE))[:, None]
        return np.asarray((1 + erf((cut - centre) / root)) / 2)
