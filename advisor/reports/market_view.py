"""The market of one GPU and tier as the Market screen shows it: the picture of its rents, every figure that a verdict
rests on with its source, and what stands behind each."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from advisor.costing.option import Action
from advisor.decision.advise import Advice
from advisor.formatting import usd_rate
from advisor.market.assumptions import Tier
from advisor.market.figures import Figure
from advisor.market.forecast.bands import BAND, OUTLOOK_MONTHS, outlook, quantile_rents
from advisor.market.forecast.forecast import Forecast, expected_forecast
from advisor.market.price_book import Gpu, PriceBook
from advisor.market.price_history import CONSTANT_MIX, LEVEL, TERM_SERIES, History, Series, month_name, month_number
from advisor.market.provenance import Provenance, of_figure, trace
from advisor.reports.offer_view import OfferView
from advisor.reports.source_view import KIND_WORDS, number_words, provenance_rows, range_words
from advisor.reports.verdict_view import TIER_WORDS
from advisor.reports.view_models import Line, Mark, Plot

PAST_MONTHS = 36
LEAST_MONTHS_AHEAD = 6  # a shorter plan's forecast would be a sliver of the picture
OWN_RENTS = "profile.rents_change_per_year"
_OFFER, _OFFERS = "offer.", "Your offers: are they good?"
_DECIMALS = 3
_SOLID, _DASHED, _DOTTED, _SPARSE = (1, 0), (3, 2), (1, 1), (1, 3)
_SIGNS = {_SOLID: "──", _DASHED: "╌╌", _DOTTED: "┈┈", _SPARSE: "··"}
_DRAWN: dict[Tier, tuple[tuple[str, str, Action, tuple[int, int]], ...]] = {
    "neocloud": (
        (CONSTANT_MIX, "list of the same providers", "rent", _SOLID),
        (LEVEL, "median of all lists", "rent", _DASHED),
        (TERM_SERIES[12], "1-year contracts", "reserve", _DOTTED),
    ),
    "hyperscaler": (
        ("on_demand_hyperscaler", "median of lists", "rent", _SOLID),
        ("reserved_1y_hyperscaler", "1-year contracts", "reserve", _DOTTED),
    ),
}
_SERIES_WORDS = {
    "fe": "same providers", "gix": "(GIX)", "ccir": "(CCIR)", "vast": "(Vast)", "semianalysis": "(SemiAnalysis)",
    "silicondata": "(Silicon Data)", "aws": "(AWS)", "neocloud": "neoclouds", "hyperscaler": "hyperscalers",
    "pooled": "all terms", "1m": "1 month", "3m": "3 months", "6m": "6 months", "1y": "1 year", "2y": "2 years",
    "3y": "3 years", "5y": "5 years",
}  # fmt: skip


@dataclass(frozen=True)
class FigureRow:
    """One figure. id: what opens it, empty for a remark; group: the heading it stands under; value: with its unit;
    spread: its range; sample: how many sources; mark: `!` where the evidence is thin, `*` where it is the founder's
    own, else blank."""

    id: str
    group: str
    name: str
    value: str
    spread: str
    sample: str
    day: str
    source: str
    mark: str

    @property
    def words(self) -> str:
        """All of it in small letters, for a search."""
        thin = {"!": "thin", "*": "your own"}.get(self.mark, "")
        return " ".join((self.id, self.group, self.name, self.value, self.day, self.source, thin)).lower()


@dataclass(frozen=True)
class MarketView:
    """One GPU and tier. number: which of the `count` there are to choose from; legend: what the lines of the picture
    mean, up to today and after; warning: that the book is old, empty while it is fresh; own: whether it is the
    profile's own GPU."""

    gpu: str
    tier: Tier
    title: str
    number: int
    count: int
    plot: Plot
    legend: tuple[str, str]
    rows: tuple[FigureRow, ...]
    warning: str
    own: bool


@dataclass(frozen=True)
class SourceCard:
    """What stands behind one figure. rows: (what, words); parts: the figures it is made of, as (id, words); text: lines
    to read as they are, such as a judged offer or the months of a series."""

    title: str
    rows: tuple[tuple[str, str], ...]
    parts: tuple[tuple[str, str], ...]
    text: tuple[str, ...] = ()


def market_choices(book: PriceBook) -> tuple[tuple[str, Tier], ...]:
    """Every GPU in every tier that lists it."""
    tiers: tuple[Tier, ...] = ("neocloud", "hyperscaler")
    return tuple(
        (gpu.id, tier) for gpu in book.gpus.values() for tier in tiers if gpu.value(f"{tier}_usd_per_gpu_hour")
    )


def own_choice(advice: Advice) -> tuple[str, Tier]:
    """The GPU and tier that the profile is about."""
    return advice.gpu.id, advice.profile.market.tier


def choice_beside(advice: Advice, choice: tuple[str, Tier] | None, steps: int) -> tuple[str, Tier]:
    """The choice so many steps on, round and round; from the profile's own where there was none yet."""
    choices = market_choices(advice.book)
    here = choice if choice in choices else own_choice(advice)
    return choices[(choices.index(here) + steps) % len(choices)]


def market_view(advice: Advice, choice: tuple[str, Tier], history: History, today: date) -> MarketView:
    """The market of a GPU and tier, with the profile's own figures laid over the book."""
    (gpu_id, tier), book = choice, advice.book
    gpu, choices = book.gpus[gpu_id], market_choices(book)
    forecast = expected_forecast(book.assumptions(gpu_id), advice.profile.market.rents_change_per_year)
    plot = _rents_plot(advice, gpu, tier, forecast, history)
    return MarketView(
        gpu=gpu_id,
        tier=tier,
        title=f"{gpu.label} · {TIER_WORDS[tier]}",
        number=choices.index(choice) + 1,
        count=len(choices),
        plot=plot,
        legend=_legend(plot, tier, forecast),
        rows=tuple(_rows(advice, gpu, tier, history, today)),
        warning=book.age_warning(today) or "",
        own=gpu_id == advice.gpu.id,
    )


def offer_rows(offers: Sequence[OfferView] | None) -> tuple[FigureRow, ...]:
    """The profile's own offers as rows: in place of a range stands whether the offer is good. None while they are being
    judged."""
    if not offers:
        nothing = "being judged ..." if offers is None else "none: type one among the values of the Verdict"
        return (FigureRow("", _OFFERS, nothing, "", "", "", "", "", " "),)
    return tuple(
        FigureRow(f"{_OFFER}{number}", _OFFERS, one.name, one.value, one.answer, "", one.day, one.seller, "*")
        for number, one in enumerate(offers)
    )


def source_card(
    figure_id: str, advice: Advice, offers: Sequence[OfferView], history: History, today: date
) -> SourceCard:
    """What stands behind a row. Raises InputError for an id that no row has."""
    family, _, rest = figure_id.partition(".")
    if figure_id.startswith(_OFFER):
        return SourceCard("Is this offer good?", (), (), offers[int(rest)].lines)
    if figure_id == OWN_RENTS:
        own = advice.profile.market.rents_change_per_year
        said = f"rents change {own:+.0%} a year: taken as certain, in place of the experts' forecast"
        return SourceCard("rents, your own view", (("value", said), ("source", "your profile")), ())
    found = trace(figure_id, advice.book, history, today)
    parts = tuple((part, _part_words(trace(part, advice.book, history, today))) for part in found.made_of)
    months = _month_lines(rest, history) if family == "history" else ()
    return SourceCard(figure_id, tuple(provenance_rows(found)), parts, months)


def _part_words(found: Provenance) -> str:
    value = "" if found.value is None else f"  {number_words(found.value, found.unit)}"
    return f"{found.id}{value}"


def _month_lines(rest: str, history: History) -> tuple[str, ...]:
    """Every month of the series that an id `GPU.SERIES.MONTH` belongs to, the newest first."""
    gpu, name, _ = rest.split(".")
    series = history.series(gpu, name)
    months = zip(series.months, series.values, series.n, series.low, series.high, strict=True)
    lines = [f"  {month}  {value:>7.2f}  n={n:<3} {range_words(low, high)}" for month, value, n, low, high in months]
    return ("All months, USD per GPU-hour", *reversed(lines))


def _rows(advice: Advice, gpu: Gpu, tier: Tier, history: History, today: date) -> Iterator[FigureRow]:
    """Every figure of the market, the nearest to the verdict first."""
    book, head = advice.book, f"{gpu.label}, today"
    lists = ("neocloud_usd_per_gpu_hour", "hyperscaler_usd_per_gpu_hour")
    own_list = f"{tier}_usd_per_gpu_hour"
    for name in (own_list, *(name for name in gpu.figures if name not in lists)):
        yield _book_row(f"{gpu.id}.{name}", gpu.figures[name], head, book, today)
        if name == own_list:
            for months, figure in gpu.term_discounts[tier].items():
                path = f"{gpu.id}.{tier}_term_discount.{months}"
                yield _book_row(path, figure, head, book, today)
    other = next((name for name in lists if name != own_list and name in gpu.figures), None)
    if other is not None:  # the list that the rents of the other tier are reckoned from
        yield _book_row(f"{gpu.id}.{other}", gpu.figures[other], head, book, today)
    yield from _outlook_rows(advice, gpu, history, today)
    yield from _history_rows(gpu, history, today)
    for section, figures in book.sections.items():
        for name, figure in figures.items():
            yield _book_row(f"{section}.{name}", figure, book.groups[section], book, today)


def _book_row(path: str, figure: Figure, group: str, book: PriceBook, today: date) -> FigureRow:
    return _provenance_row(of_figure(path, figure, book, today), group, figure.label)


def _provenance_row(found: Provenance, group: str, name: str) -> FigureRow:
    """A row of a figure that can be traced; what is reckoned has no sample, and more decimals than mean anything."""
    computed, known = found.kind == "computed", (found.value, found.low, found.high)
    value, low, high = (None if x is None else round(x, _DECIMALS) if computed else x for x in known)
    return FigureRow(
        id=found.id,
        group=group,
        name=name,
        value="a path of rents" if value is None else number_words(value, found.unit),
        spread=range_words(low, high),
        sample="" if computed or found.own or value is None else f"{found.n}",
        day=found.date,
        source=found.title or found.note or found.formula,
        mark="*" if found.own else "!" if found.thin else " ",
    )


def _outlook_rows(advice: Advice, gpu: Gpu, history: History, today: date) -> Iterator[FigureRow]:
    """Where rents may go: the founder's own view, the experts' forecast and the experts, the named scenarios."""
    book, group = advice.book, "Where rents may go"
    own = advice.profile.market.rents_change_per_year
    if own is not None:
        yield FigureRow(OWN_RENTS, group, "rents, your own view", f"{own:+.0%} a year", "", "", "", "your profile", "*")
    named = {f"outlook.{gpu.id}.{month}": f"list in {month} months" for month in OUTLOOK_MONTHS[1:]}
    experts = outlook(book.assumptions(gpu.id)).experts
    named |= {f"expert.{gpu.id}.{expert.name}": f"weight of {expert.name}" for expert, _ in experts}
    named |= {f"scenario.{name}": scenario.label for name, scenario in book.scenarios.items()}
    for figure_id, name in named.items():
        yield _provenance_row(trace(figure_id, book, history, today), group, name)


def _history_rows(gpu: Gpu, history: History, today: date) -> Iterator[FigureRow]:
    """The last month of each series, by kind; the months before open with it."""
    for kind, words in KIND_WORDS.items():
        for series in (history.series(gpu.id, name) for name in history.names(gpu.id)):
            method = history.methods[series.method]
            if method.kind == kind:
                month, at = series.months[-1], len(series.months) - 1
                yield FigureRow(
                    id=f"history.{gpu.id}.{series.name}.{month}",
                    group=f"Past prices, {words}",
                    name=" ".join(_SERIES_WORDS.get(word, word) for word in series.name.split("_")),
                    value=number_words(series.values[at], "USD/GPU-h"),
                    spread=range_words(series.low[at], series.high[at]),
                    sample=f"{series.n[at]}",
                    day=month,
                    source=method.title,
                    mark="!" if series.n[at] < 3 else " ",
                )


def _rents_plot(advice: Advice, gpu: Gpu, tier: Tier, forecast: Forecast, history: History) -> Plot:
    """Past months, then what is expected and the band of nine cases in ten, as far as the plan goes."""
    price = gpu.value(f"{tier}_usd_per_gpu_hour") or 0.0
    ahead, now = (
        max(LEAST_MONTHS_AHEAD, advice.costing.demand.months),
        month_number(advice.book.read_on.isoformat()[:7]),
    )
    first, last = now - PAST_MONTHS, now + ahead
    lines = [
        Line("", action, _past_values(history.series(gpu.id, name), first, last), dash)
        for name, _, action, dash in _DRAWN[tier]
        if name in history.names(gpu.id)
    ]
    factor = price / forecast.spot_usd_per_gpu_hour
    band = [("5%", quantile_rents(forecast, BAND[0])), ("95%", quantile_rents(forecast, BAND[1]))]
    curves = [("mean", forecast.usd_per_gpu_hour, _SOLID), *((name, rents, _SPARSE) for name, rents in band)]
    before = (math.nan,) * PAST_MONTHS
    for name, rents, dash in curves[:1] if forecast.certain else curves:
        lines.append(Line(name, "rent", (*before, *(factor * rents[: ahead + 1]).tolist()), dash))
    marks = [*_offer_marks(advice, gpu, first, last, now), Mark(PAST_MONTHS / (last - first), price, "●")]
    drawn = [value for line in lines for value in line.values if not math.isnan(value)] + [mark.value for mark in marks]
    return Plot(
        title=f"USD per GPU-hour  ● list today {usd_rate(price)}" + "  ◆ your offers" * (len(marks) > 1),
        lines=tuple(lines),
        lowest=0.9 * min(drawn),
        highest=1.02 * max(drawn),
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
    for quote in advice.profile.quote if gpu.id == advice.gpu.id else ():
        if quote.usd_per_gpu_hour is not None:
            month = now if quote.date is None else month_number(quote.date.isoformat()[:7])
            at = min(max(month, first), last)
            yield Mark((at - first) / (last - first), quote.usd_per_gpu_hour, "◆")


def _legend(plot: Plot, tier: Tier, forecast: Forecast) -> tuple[str, str]:
    """What each kind of line is, and where today stands."""
    dashes = [line.dash for line in plot.lines if not line.name]
    parts = [f"{_SIGNS[dash]} {words}" for _, words, _, dash in _DRAWN[tier] if dash in dashes]
    ahead = "your own view" if forecast.certain else f"── expected {_SIGNS[_SPARSE]} 5-95%"
    return "  ".join(parts) or "no past prices", f"┊ today, then {ahead}"
