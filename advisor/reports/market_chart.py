"""The picture of a market: past rents, what is expected of them, and the offers of the profile."""

import math
from collections.abc import Iterator
from datetime import date

from advisor.costing.option import Action
from advisor.decision.advise import Advice
from advisor.formatting import usd_rate
from advisor.market.assumptions import Tier
from advisor.market.forecast.bands import BAND, quantile_rents
from advisor.market.forecast.forecast import Forecast
from advisor.market.price_book import Gpu
from advisor.market.price_history import CONSTANT_MIX, LEVEL, TERM_SERIES, History, Series, month_name, month_number
from advisor.reports.view_models import Curve, Mark, Plot
from advisor.values.quick_dataclass import dataclass

PAST_MONTHS = 36
LEAST_MONTHS_AHEAD = 6  # a shorter plan's forecast would be a sliver of the picture
_SOLID, _DASHED, _DOTTED, _SPARSE = (1, 0), (3, 2), (1, 1), (1, 3)  # cells drawn and left out in turn


@dataclass(frozen=True)
class _Drawn:
    """A series of past prices and how it is drawn."""

    series: str
    label: str
    action: Action
    dash: tuple[int, int]


_DRAWN: dict[Tier, tuple[_Drawn, ...]] = {
    "neocloud": (
        _Drawn(CONSTANT_MIX, "list of the same providers", "rent", _SOLID),
        _Drawn(LEVEL, "median of all lists", "rent", _DASHED),
        _Drawn(TERM_SERIES[12], "1-year contracts", "reserve", _DOTTED),
    ),
    "hyperscaler": (
        _Drawn("on_demand_hyperscaler", "median of lists", "rent", _SOLID),
        _Drawn("reserved_1y_hyperscaler", "1-year contracts", "reserve", _DOTTED),
    ),
}


def _month_of(day: date) -> int:
    """The number of the month of a day, as the price history counts them."""
    return month_number(day.isoformat()[:7])


def market_plot(advice: Advice, gpu: Gpu, tier: Tier, forecast: Forecast, history: History) -> Plot:
    """Past rents by month, then the forecast and its 5 to 95% band, as far as the plan goes."""
    price = gpu.value(f"{tier}_usd_per_gpu_hour") or 0.0
    ahead, now = max(LEAST_MONTHS_AHEAD, advice.costing.demand.months), _month_of(advice.book.read_on)
    first, last = now - PAST_MONTHS, now + ahead
    lines = [
        Curve("", drawn.action, _past_values(history.series(gpu.id, drawn.series), first, last), drawn.dash)
        for drawn in _DRAWN[tier]
        if drawn.series in history.names(gpu.id)
    ]
    factor = price / forecast.spot_usd_per_gpu_hour
    band = [("5%", quantile_rents(forecast, BAND[0])), ("95%", quantile_rents(forecast, BAND[1]))]
    curves = [("mean", forecast.usd_per_gpu_hour, _SOLID), *((name, rents, _SPARSE) for name, rents in band)]
    before = (math.nan,) * PAST_MONTHS
    for name, rents, dash in curves[:1] if forecast.certain else curves:
        lines.append(Curve(name, "rent", (*before, *(factor * rents[: ahead + 1]).tolist()), dash))
    marks = [*_offer_marks(advice, gpu, first, last, now), Mark(PAST_MONTHS / (last - first), price, "●")]
    values = [value for line in lines for value in line.values if not math.isnan(value)] + [
        mark.value for mark in marks
    ]
    return Plot(
        title=f"USD per GPU-hour  ● list today {usd_rate(price)}" + "  ◆ your offers" * (len(marks) > 1),
        lines=tuple(lines),
        lowest=0.9 * min(values),
        highest=1.02 * max(values),
        amount=usd_rate,
        axis="month",
        ticks=tuple(month_name(first + round((last - first) * part / 4)) for part in range(5)),
        marks=tuple(marks),
        own=PAST_MONTHS / (last - first),
    )


def _past_values(series: Series, first: int, last: int) -> tuple[float, ...]:
    """A series month by month, straight lines between the months that were posted, NaN before and after them."""
    posted = {month_number(month): value for month, value in zip(series.months, series.values, strict=True)}
    numbers = sorted(posted)
    values = []
    for month in range(first, last + 1):
        earlier = next((number for number in reversed(numbers) if number <= month), None)
        later = next((number for number in numbers if number >= month), None)
        if earlier is None or later is None:
            values.append(math.nan)
        else:
            share = 0.0 if earlier == later else (month - earlier) / (later - earlier)
            values.append(posted[earlier] + share * (posted[later] - posted[earlier]))
    return tuple(values)


def _offer_marks(advice: Advice, gpu: Gpu, first: int, last: int, now: int) -> Iterator[Mark]:
    """The profile's own rental offers, each at its day."""
    offers = advice.costing.case.offers if gpu.id == advice.gpu.id else ()
    for offer in offers:
        quote = offer.quote
        if offer.usd_per_gpu_hour is not None:
            month = now if quote.date is None else _month_of(quote.date)
            at = min(max(month, first), last)
            yield Mark((at - first) / (last - first), offer.hourly_rate, "◆")


def market_legend(plot: Plot, tier: Tier, forecast: Forecast) -> tuple[str, str]:
    """What each kind of line means, up to today and after."""
    signs = {line.dash: 2 * line.sign for line in plot.lines}
    past = {line.dash for line in plot.lines if not line.name}
    parts = [f"{signs[drawn.dash]} {drawn.label}" for drawn in _DRAWN[tier] if drawn.dash in past]
    ahead = "your own view" if forecast.certain else f"{signs[_SOLID]} expected {signs[_SPARSE]} 5-95%"
    return "  ".join(parts) or "no past prices", f"┊ today, then {ahead}"
