"""Where rents may go over the plan: as values, as a plot and as a table."""

from advisor.array_types import of_one
from advisor.decision.advise import Advice
from advisor.formatting import month_text, percent, usd_rate
from advisor.market.forecast.bands import OUTLOOK_MONTHS, quantile_rents
from advisor.reports.view_models import FAN_SHARES, Curve, Plot, RentFan

_DASHES = {0.05: (1, 2), 0.25: (3, 2), 0.75: (3, 2), 0.95: (1, 2)}
_TICKS = 4


def rent_fan(advice: Advice) -> RentFan:
    """The rents on demand that are reached in a share of the futures, by month of the plan from now on, in the price
    list of the profile."""
    forecast, months, factor = advice.costing.forecast, advice.costing.demand.months + 1, _list_factor(advice)
    fan = ((quantile_rents(forecast, share)[:months] * factor).tolist() for share in FAN_SHARES)
    return RentFan(tuple(map(tuple, fan)))


def rents_plot(advice: Advice) -> Plot:
    """The forecast of rents over the plan: the mean, and what is reached in a share of the futures."""
    means, fan = _means(advice), rent_fan(advice)
    months = len(means) - 1
    lines = (
        Curve("mean", "rent", means),
        *(
            Curve(percent(share), "rent", curve, _DASHES[share])
            for share, curve in zip(FAN_SHARES, fan.curves, strict=True)
            if share in _DASHES
        ),
    )
    return Plot(
        title="Rents on demand over the plan, USD per GPU-hour",
        lines=lines,
        lowest=0.0,
        highest=max(fan.curves[-1]),
        amount=usd_rate,
        axis="month",
        ticks=tuple(month_text(months * part / _TICKS, months) for part in range(_TICKS + 1)),
    )


def rent_rows(advice: Advice) -> tuple[tuple[str, str, str, str], ...]:
    """The same in figures: in how many months, the mean, and between which two nine in ten lie."""
    means, fan = _means(advice), rent_fan(advice)
    return tuple(
        (f"{month}", usd_rate(means[month]), usd_rate(fan.curves[0][month]), usd_rate(fan.curves[-1][month]))
        for month in OUTLOOK_MONTHS
        if month < len(means)
    )


def _means(advice: Advice) -> tuple[float, ...]:
    """The mean rent by month of the plan from now on, USD per GPU-hour."""
    means = advice.costing.forecast.usd_per_gpu_hour[: advice.costing.demand.months + 1]
    return tuple((means * _list_factor(advice)).tolist())


def _list_factor(advice: Advice) -> float:
    """The price list of the profile over that of neoclouds, whose rents are forecast: both move alike."""
    return of_one(advice.costing.case.tier_factor)
