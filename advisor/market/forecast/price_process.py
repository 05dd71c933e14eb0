"""The price process of rents: ln(S_t / S_0) is normal, with a mean and a covariance by month.

    ln S_t = ln F0 - delta t + y_t ;  y reverts to 0 at speed kappa with volatility sigma ;  y_0 = ln S_0 - ln F0

F0 and delta are themselves uncertain. One process is one view; a forecast mixes several.

Source: docs/model.md#price-process.
"""

from functools import cached_property

import numpy as np

from advisor.array_types import Amount, Floats, Months
from advisor.values.many_points import last_column, with_arrays
from advisor.values.quick_dataclass import dataclass

HORIZON_MONTHS = 121  # the longest plan and a longest term begun in its last month
HORIZON = np.arange(HORIZON_MONTHS)
HORIZON_YEARS = HORIZON / 12


@dataclass(frozen=True)
class PriceUncertainty:
    """How uncertain rents are.

    Attributes:
        reversion_per_year: kappa, speed of reversion.
        volatility_per_sqrt_year: sigma.
        level_sd, decline_sd_per_year: Standard deviations of the level and of the decline.
    """

    reversion_per_year: Amount
    volatility_per_sqrt_year: Amount
    level_sd: Amount
    decline_sd_per_year: Amount

    def view(self, name: str, level_log: Amount, decline_per_year: Amount, note: str) -> "PriceProcess":
        """A view of rents with this uncertainty."""
        sds = self.level_sd, self.decline_sd_per_year
        return PriceProcess(
            self.reversion_per_year, self.volatility_per_sqrt_year, *sds, name, level_log, decline_per_year, note
        )


@dataclass(frozen=True)
class PriceProcess(PriceUncertainty):
    """One view of rents: a log price that reverts to a falling level.

    It may hold one view for each of D days: arrays (..., D), in front of which there may be an axis of points.

    Attributes:
        name: Of the expert whose view it is.
        level_log: ln(F0 / S_0), the level that rents revert to.
        decline_per_year: delta, log per year; positive when rents fall.
        note: What the view of the last day depends on, for the reader; empty where figures differ between points.
    """

    name: str
    level_log: Amount
    decline_per_year: Amount
    note: str = ""

    @property
    def latest(self) -> "PriceProcess":
        """The view of the last day: numbers, or (P, 1) where they differ between points."""
        return with_arrays(self, last_column)

    def component(self, weight: Amount) -> "Component":
        """Return this process by month, with its weight in a mixture."""
        mean, variance = log_mean(self, HORIZON_YEARS), log_variance(self, HORIZON_YEARS)
        mean.setflags(write=False)
        variance.setflags(write=False)
        return Component(weight, mean, variance, self)


@dataclass(frozen=True, eq=False)
class Component:
    """One normal distribution of ln(S_t / S_0) in a mixture, of one point or of P points.

    Attributes:
        weight: Its share of the mixture.
        log_mean, variance: By month, read-only; (H,) where no figure behind it differs between points. (..., H)
        process: What they come from; None for a path that is taken as certain.
    """

    weight: Amount
    log_mean: Floats
    variance: Floats
    process: PriceProcess | None

    @cached_property
    def mean_multiple(self) -> Floats:
        """E[S_t] / S_0 by month. (..., H)"""
        return np.asarray(np.exp(self.log_mean + self.variance / 2))

    def covariance_with(self, month: int | Months, others: Months = HORIZON) -> Floats:
        """Cov[ln S_month, ln S_t] for the months t of `others`. (..., others)

        Args:
            month: One month, or that of each point (..., 1).
            others: Months t; all of them if not given.
        """
        if self.process is None:
            return np.zeros(np.broadcast_shapes(np.shape(month), others.shape))
        return _covariance(self.process, np.asarray(month) / 12, others / 12)


def certain_component(log_mean: Floats) -> Component:
    """Return a path of log prices (..., H) that is taken as certain, with weight 1."""
    return Component(1.0, log_mean, np.zeros(HORIZON_MONTHS), None)


def _covariance(process: PriceProcess, year: Floats, years: Floats) -> Floats:
    """Cov[ln S_year, ln S_years]; the whole matrix is never needed. (..., years)"""
    speed = process.reversion_per_year
    noise = process.volatility_per_sqrt_year**2 * np.exp(-speed * np.abs(years - year))
    noise = noise * _decayed(2 * speed, np.minimum(years, year))
    level = process.level_sd**2 * closed_share(speed, year) * closed_share(speed, years)
    return np.asarray(noise + level + process.decline_sd_per_year**2 * year * years)


def log_mean(process: PriceProcess, years: Amount) -> Floats:
    """E[ln(S_t / S_0)] after `years`. (..., years)"""
    closed = closed_share(process.reversion_per_year, years)
    return np.asarray(process.level_log * closed - process.decline_per_year * years)


def log_variance(figures: PriceUncertainty, years: Amount) -> Floats:
    """Var[ln S_t]: mean-reverting noise, uncertain level, uncertain decline. (..., years)"""
    speed = figures.reversion_per_year
    noise = figures.volatility_per_sqrt_year**2 * _decayed(2 * speed, years)
    level = (figures.level_sd * closed_share(speed, years)) ** 2
    return np.asarray(noise + level + (figures.decline_sd_per_year * years) ** 2)


def closed_share(speed: Amount, years: Amount) -> Floats:
    """Share of the distance to the level that is closed by then: 1 - e^(-speed t)."""
    return np.asarray(-np.expm1(-speed * years))


def _decayed(speed: Amount, years: Amount) -> Floats:
    """(1 - e^(-speed t)) / speed, and its limit t without reversion."""
    still = np.equal(speed, 0)
    return np.asarray(np.where(still, years, -np.expm1(-speed * years) / np.where(still, 1, speed)))
