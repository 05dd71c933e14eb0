"""How sure a few weeks are of the years ahead (docs/model.md#usage)."""

import math
from collections.abc import Sequence
from statistics import NormalDist

import numpy as np

from advisor.array_types import Floats
from advisor.usage.hourly_usage import Week
from advisor.values.quick_dataclass import dataclass

WEEKS_PER_MONTH = 365.25 / 12 / 7
_LEAST_WEEKS = 3  # two changes: below it a change says nothing of the next
_TREND_WEEKS = 8
_WIDEST = math.log(20.0)  # a factor beyond which a range says only that nothing is known
_OUTCOMES = 9  # equally likely sizes of the load, by which a plan is costed


@dataclass(frozen=True)
class Spread:
    """What the weeks seen say of the mean load of a plan.

    Attributes:
        weeks: whole weeks with anything in use.
        change_per_week: standard deviation of the lasting part of a week's change, in logs.
        noise: standard deviation of what the next week takes back, in logs.
        log_sd: of the plan's mean load over that of the weeks seen.
        low, high: multiples of the load seen that hold the plan's mean load in nine of ten cases.
        growth_per_month: the trend, a share; 0 where it is within twice its error.
    """

    weeks: int
    change_per_week: float
    noise: float
    log_sd: float
    low: float
    high: float
    growth_per_month: float

    def multiples(self) -> Floats:
        """Equally likely multiples of the load seen: the middles of as many equal parts of its distribution, whose mean
        is 1."""
        normal = NormalDist()
        points = np.array([normal.inv_cdf((part + 0.5) / _OUTCOMES) for part in range(_OUTCOMES)])
        found = np.exp(self.log_sd * points)
        return np.asarray(found / found.mean())


def spread_of(weeks: Sequence[Week], months: float) -> Spread | None:
    """How far the mean load of a plan may be from that of the weeks seen; None for too few weeks.

    The log of a week's load moves by a part that lasts and one that the next week takes back. With c0 the mean square
    of the changes and c1 the mean product of neighbors, noise^2 = -c1, from 0 to c0 / 2, and the lasting part has the
    variance c0 - 2 noise^2, at least c0 over the number of changes. Over W weeks the mean of what lasts has the
    variance change^2 W / 3, to which the mean of n weeks seen adds noise^2 / n.

    Args:
        weeks: those seen; only whole ones count.
        months: length of the plan.

    Source: docs/model.md#usage
    """
    loads = np.array([week.mean for week in weeks if week.whole and week.mean > 0])
    if loads.size < _LEAST_WEEKS:
        return None
    changes = np.diff(np.log(loads))
    square = float((changes**2).mean())
    neighbors = float((changes[1:] * changes[:-1]).sum() / changes.size)
    noise2 = min(max(0.0, -neighbors), square / 2)
    lasting2 = max(square - 2 * noise2, square / changes.size)
    log_sd = math.sqrt(lasting2 * months * WEEKS_PER_MONTH / 3 + noise2 / loads.size)
    half = min(student_quantile(0.95, changes.size) * log_sd, _WIDEST)
    return Spread(
        weeks=int(loads.size),
        change_per_week=math.sqrt(lasting2),
        noise=math.sqrt(noise2),
        log_sd=min(log_sd, _WIDEST / 2),
        low=math.exp(-half),
        high=math.exp(half),
        growth_per_month=_growth(np.log(loads), math.sqrt(lasting2)),
    )


def _growth(logs: Floats, change_per_week: float) -> float:
    """The slope of the logs by the month, where it is above twice its error; the error counts the changes that last."""
    if logs.size < _TREND_WEEKS:
        return 0.0
    week = np.arange(logs.size) - (logs.size - 1) / 2
    slope = float(week @ logs / (week @ week))
    left = logs - logs.mean() - slope * week
    error = math.sqrt(float(left @ left) / (logs.size - 2) / float(week @ week))
    error = max(error, change_per_week / math.sqrt(logs.size))
    return math.expm1(slope * WEEKS_PER_MONTH) if abs(slope) > 2 * error else 0.0


def student_quantile(share: float, degrees: int) -> float:
    """The quantile of Student's t: exact for 1 and 2 degrees of freedom, else within 1 % for 90 % ranges.

    Source: Abramowitz and Stegun, 26.7.5.

    >>> [round(student_quantile(0.95, degrees), 2) for degrees in (1, 2, 3, 5, 10, 30)]
    [6.31, 2.92, 2.35, 2.01, 1.81, 1.7]
    """
    if degrees == 1:
        return math.tan(math.pi * (share - 0.5))
    if degrees == 2:
        return (2 * share - 1) * math.sqrt(2 / (4 * share * (1 - share)))
    z = NormalDist().inv_cdf(share)
    parts = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return z + math.fsum(part / degrees**power for power, part in enumerate(parts, 1))
