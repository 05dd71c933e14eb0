"""The market of one GPU and tier for the Market screen: rents, every figure with its source, what is known of each."""

from collections.abc import Iterator
from datetime import date

from advisor.decision.advise import Advice
from advisor.formatting import figure_range, figure_text, signed_percent
from advisor.market.assumptions import Tier
from advisor.market.figures import Figure
from advisor.market.forecast.bands import OUTLOOK_MONTHS, outlook
from advisor.market.forecast.forecast import expected_forecast
from advisor.market.price_book import Gpu, PriceBook
from advisor.market.price_history import History
from advisor.market.provenance import Provenance, of_figure, trace
from advisor.reports.market_chart import market_legend, market_plot
from advisor.reports.source_view import KIND_WORDS, provenance_rows
from advisor.reports.verdict_view import TIER_WORDS
from advisor.reports.view_models import Plot
from advisor.values.quick_dataclass import dataclass

OWN_RENTS = "profile.rents_change_per_year"
_DECIMALS = 3
_SERIES_WORDS = {
    "fe": "same providers", "gix": "(GIX)", "ccir": "(CCIR)", "vast": "(Vast)", "semianalysis": "(SemiAnalysis)",
    "silicondata": "(Silicon Data)", "aws": "(AWS)", "neocloud": "neoclouds", "hyperscaler": "hyperscalers",
    "pooled": "all terms", "1m": "1 month", "3m": "3 months", "6m": "6 months", "1y": "1 year", "2y": "2 years",
    "3y": "3 years", "5y": "5 years",
}  # fmt: skip


@dataclass(frozen=True)
class FigureRow:
    """One figure.

    Attributes:
        id: What opens it.
        group: The heading it is listed under.
        value: With its unit.
        spread: Its range.
        sample: How many sources.
        mark: `!` where the evidence is thin, `*` where it is the user's own, else blank.
    """

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
    def search_text(self) -> str:
        """All of it in lower case, for the filter."""
        thin = {"!": "thin", "*": "your own"}.get(self.mark, "")
        return " ".join((self.id, self.group, self.name, self.value, self.day, self.source, thin)).lower()


@dataclass(frozen=True)
class MarketView:
    """One GPU and tier.

    Attributes:
        number: Which of the `count` there are to choose from.
        legend: What the lines of the picture mean, up to today and after.
        warning: That the book is old, empty while it is fresh.
        own: Whether it is the profile's own GPU.
    """

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
    """The sources of one figure.

    Attributes:
        rows: (name, text).
        parts: The figures it is computed from, as (id, text).
        text: Lines to show as they are, such as the months of a series.
    """

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
    """The choice `steps` further, starting again at the end; from the profile's own where none was chosen."""
    choices = market_choices(advice.book)
    here = choice if choice in choices else own_choice(advice)
    return choices[(choices.index(here) + steps) % len(choices)]


def market_view(advice: Advice, choice: tuple[str, Tier], history: History, today: date) -> MarketView:
    """The market of a GPU and tier, with the profile's own figures laid over the book."""
    (gpu_id, tier), book = choice, advice.book
    gpu, choices = book.gpus[gpu_id], market_choices(book)
    forecast = expected_forecast(book.assumptions(gpu_id), advice.profile.market.rents_change_per_year)
    plot = market_plot(advice, gpu, tier, forecast, history)
    return MarketView(
        gpu=gpu_id,
        tier=tier,
        title=f"{gpu.label} · {TIER_WORDS[tier]}",
        number=choices.index(choice) + 1,
        count=len(choices),
        plot=plot,
        legend=market_legend(plot, tier, forecast),
        rows=tuple(_rows(advice, gpu, tier, history, today)),
        warning=book.age_warning(today) or "",
        own=gpu_id == advice.gpu.id,
    )


def source_card(figure_id: str, advice: Advice, history: History, today: date) -> SourceCard:
    """The sources of a row. Raises InputError for an id that no row has."""
    family, _, rest = figure_id.partition(".")
    if figure_id == OWN_RENTS:
        own = advice.profile.market.rents_change_per_year or 0.0
        said = f"rents change {signed_percent(own)} a year: taken as certain, in place of the experts' forecast"
        return SourceCard("rents, your own view", (("value", said), ("source", "your profile")), ())
    found = trace(figure_id, advice.book, history, today)
    parts = tuple((part, _part_text(trace(part, advice.book, history, today))) for part in found.made_of)
    months = _month_lines(rest, history) if family == "history" else ()
    return SourceCard(figure_id, tuple(provenance_rows(found)), parts, months)


def _part_text(found: Provenance) -> str:
    value = "" if found.value is None else f"  {figure_text(found.value, found.unit)}"
    return f"{found.id}{value}"


def _month_lines(rest: str, history: History) -> tuple[str, ...]:
    """Every month of the series that an id `GPU.SERIES.MONTH` belongs to, the newest first."""
    gpu, name, _ = rest.split(".")
    series = history.series(gpu, name)
    months = zip(series.months, series.values, series.n, series.low, series.high, strict=True)
    lines = [
        f"  {month}  {value:>7.2f}  n={n:<3} {figure_range(low, high, 'USD')}" for month, value, n, low, high in months
    ]
    return ("All months, USD per GPU-hour", *reversed(lines))


def _rows(advice: Advice, gpu: Gpu, tier: Tier, history: History, today: date) -> Iterator[FigureRow]:
    """Every figure of the market, those closest to the verdict first."""
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
    if other is not None:  # the list from which the rents of the other tier are computed
        yield _book_row(f"{gpu.id}.{other}", gpu.figures[other], head, book, today)
    yield from _outlook_rows(advice, gpu, history, today)
    yield from _history_rows(book, gpu, history, today)
    for section, figures in book.sections.items():
        for name, figure in figures.items():
            yield _book_row(f"{section}.{name}", figure, book.groups[section], book, today)


def _book_row(path: str, figure: Figure, group: str, book: PriceBook, today: date) -> FigureRow:
    return _provenance_row(of_figure(path, figure, book, today), group, figure.label)


def _provenance_row(found: Provenance, group: str, name: str) -> FigureRow:
    """A row of a figure with its provenance; a computed one has no sample, and is rounded."""
    computed, known = found.kind == "computed", (found.value, found.low, found.high)
    value, low, high = (None if x is None else round(x, _DECIMALS) if computed else x for x in known)
    return FigureRow(
        id=found.id,
        group=group,
        name=name,
        value="a path of rents" if value is None else figure_text(value, found.unit),
        spread=figure_range(low, high, found.unit),
        sample="" if computed or found.own or value is None else f"{found.n}",
        day=found.date or "",
        source=found.title or found.note or found.formula,
        mark="*" if found.own else "!" if found.thin else " ",
    )


def _outlook_rows(advice: Advice, gpu: Gpu, history: History, today: date) -> Iterator[FigureRow]:
    """Where rents may go: the user's own view, the experts' forecast and the experts, the named scenarios."""
    book, group = advice.book, "Where rents may go"
    own = advice.profile.market.rents_change_per_year
    if own is not None:
        yield FigureRow(
            OWN_RENTS, group, "rents, your own view", f"{signed_percent(own)} a year", "", "", "", "your profile", "*"
        )
    named = {f"outlook.{gpu.id}.{month}": f"list in {month} months" for month in OUTLOOK_MONTHS[1:]}
    experts = outlook(book.assumptions(gpu.id)).experts
    named |= {f"expert.{gpu.id}.{expert.name}": f"weight of {expert.name}" for expert, _ in experts}
    named |= {f"scenario.{name}": scenario.label for name, scenario in book.scenarios.items()}
    for figure_id, name in named.items():
        yield _provenance_row(trace(figure_id, book, history, today), group, name)


def _history_rows(book: PriceBook, gpu: Gpu, history: History, today: date) -> Iterator[FigureRow]:
    """The last month of each series, by kind; the months before open with it."""
    for kind, words in KIND_WORDS.items():
        for series in (history.series(gpu.id, name) for name in history.names(gpu.id)):
            if history.methods[series.method].kind == kind:
                found = trace(f"history.{gpu.id}.{series.name}.{series.months[-1]}", book, history, today)
                name = " ".join(_SERIES_WORDS.get(word, word) for word in series.name.split("_"))
                yield _provenance_row(found, f"Past prices, {words}", name)
