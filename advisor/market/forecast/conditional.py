"""Expected rents given what rents have done by a later month."""

import math
from collections.abc import Iterator, Sequence

import numpy as np

from advisor.array_types import Floats
from advisor.finance.solve import erf
from advisor.market.forecast.forecast import _SURE, Forecast


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
