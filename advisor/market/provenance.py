"""From a figure to its source: every number of the market has an id, which leads to its components and its source.

Ids: a path of the book (`H100-SXM.node_usd`, `rental.prepaid_share`), `history.GPU.SERIES.YYYY-MM`, `expert.GPU.NAME`,
`outlook.GPU` (all months) and `outlook.GPU.MONTHS`, `scenario.NAME`, `catalog.TOOL.PROVIDER.GPU.MARKET`.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

from advisor.errors import InputError, nearest
from advisor.market.figures import LEAST_SAMPLE, Figure
from advisor.market.forecast.bands import outlook
from advisor.market.forecast.expert_weights import LENDER
from advisor.market.forecast.price_process import HORIZON_MONTHS
from advisor.market.forecast_inputs import behind_rents, rents_id
from advisor.market.price_book import PriceBook
from advisor.market.price_history import CONSTANT_MIX, History
from advisor.values.quick_dataclass import dataclass, replace

if TYPE_CHECKING:
    from advisor.market.catalogs.parse import Catalog


@dataclass(frozen=True)
class Provenance:
    """Where one figure comes from.

    Attributes:
        id: What `trace` found it by.
        value, unit, low, high: The figure and its range; value is None for a path of prices, the
            range also for the user's own figure.
        n, date, age_days: Observations, date and age; None for the user's own figure.
        thin, own: Whether the evidence is thin, or the figure the user's own.
        formula: How it is computed; empty when it was read.
        note: From the book.
        source, title, where, kind: The source's key, title, place and kind of evidence.
        made_of: The ids it depends on.
    """

    id: str
    value: float | None
    unit: str
    low: float | None
    high: float | None
    n: int | None
    date: str | None
    age_days: int | None
    thin: bool
    own: bool
    formula: str
    note: str
    source: str
    title: str
    where: str
    kind: str
    made_of: tuple[str, ...] = ()


def age_days(dated: str, today: date, read_on: date) -> int:
    """Days from a figure's date to `today`: the one age of a price, on every screen and in every report.

    Args:
        dated: A day; or a year or a month, which count from their end, or from the day the book was read within them.
        today: The day to count to.
        read_on: Day on which the book was read.
    """
    parts = [int(part) for part in dated.split("-")]
    if len(parts) == 3:
        return max(0, (today - date(*parts)).days)
    year, first, last = parts[0], parts[1] if len(parts) == 2 else 1, parts[1] if len(parts) == 2 else 12
    end = date(year + last // 12, last % 12 + 1, 1) - timedelta(days=1)
    known = read_on if date(year, first, 1) <= read_on <= end else end
    return max(0, (today - known).days)


def trace(
    figure_id: str, book: PriceBook, history: History, today: date, catalogs: Sequence["Catalog"] = ()
) -> Provenance:
    """Return the provenance of a figure's id, also of other tools' catalogs.

    Raises:
        InputError: No figure has this id; the message gives the nearest ids.
    """
    family, _, rest = figure_id.partition(".")
    found = {
        "history": lambda: _of_history(figure_id, rest, book, history, today),
        "expert": lambda: _of_expert(figure_id, rest, book, history, today),
        "outlook": lambda: _of_forecast(figure_id, rest, book, history, today),
        "catalog": lambda: _of_catalog(figure_id, rest, book, catalogs, today),
        "scenario": lambda: _of_scenario(figure_id, rest, book, today),
    }.get(family, lambda: _of_book(figure_id, book, today))()
    if found is None:
        alike = nearest(figure_id, [*figure_ids(book, history), *catalog_ids(catalogs)])
        raise InputError(
            "--figure", f"no figure {figure_id[:80]!r}", f"the id of a figure, such as H100-SXM.node_usd; {alike}"
        )
    return found


def figure_ids(book: PriceBook, history: History) -> Iterator[str]:
    """Every id of the book, the forecast and the history."""
    yield from (path for path, _ in book.figures())
    yield from (f"scenario.{name}" for name in book.scenarios)
    for gpu in book.gpus:
        yield rents_id(gpu)
        yield from (f"outlook.{gpu}.{month}" for month in range(HORIZON_MONTHS))
        yield from (f"expert.{gpu}.{expert.name}" for expert, _ in outlook(book.assumptions(gpu)).experts)
    for gpu, named in history.by_gpu.items():
        for name, series in named.items():
            yield from (f"history.{gpu}.{name}.{month}" for month in series.months)


def catalog_ids(catalogs: Sequence["Catalog"]) -> Iterator[str]:
    """Every id of a catalog's price: `catalog.TOOL.PROVIDER.GPU.on-demand` or `.spot`."""
    for one in catalogs:
        yield from (f"catalog.{one.tool}.{one.provider}.{offer.gpu}.{_market(offer.spot)}" for offer in one.offers)


def _market(spot: bool) -> str:
    return "spot" if spot else "on-demand"


def of_figure(path: str, figure: Figure, book: PriceBook, today: date) -> Provenance:
    """The provenance of a figure of the book. The source of a user's own figure is the user."""
    source = book.sources.get(figure.source)
    return Provenance(
        id=path,
        value=figure.value,
        unit=figure.unit,
        low=None if figure.own else figure.low,
        high=None if figure.own else figure.high,
        n=None if figure.own else figure.n,
        date=None if figure.own else figure.date,
        age_days=None if figure.own else age_days(figure.date, today, book.read_on),
        thin=figure.is_thin,
        own=figure.own,
        formula="",
        note=figure.note,
        source=figure.source,
        title=figure.source if source is None else source.title,
        where="" if source is None else source.where,
        kind="own" if source is None else source.kind,
    )


def _of_book(path: str, book: PriceBook, today: date) -> Provenance | None:
    figure = dict(book.figures()).get(path)
    return None if figure is None else of_figure(path, figure, book, today)


def _of_history(figure_id: str, rest: str, book: PriceBook, history: History, today: date) -> Provenance | None:
    gpu, name, month = [*rest.split("."), "", "", ""][:3]
    series = history.by_gpu.get(gpu, {}).get(name)
    if series is None or month not in series.months:
        return None
    at, method = series.months.index(month), history.methods[series.method]
    return Provenance(
        id=figure_id,
        value=series.values[at],
        unit="USD/GPU-h",
        low=series.low[at],
        high=series.high[at],
        n=series.n[at],
        date=month,
        age_days=age_days(month, today, book.read_on),
        thin=series.n[at] < LEAST_SAMPLE,
        own=False,
        formula=method.title,
        note=method.note,
        source=series.method,
        title=method.title,
        where=method.where,
        kind=method.kind,
    )


def _of_catalog(
    figure_id: str, rest: str, book: PriceBook, catalogs: Sequence["Catalog"], today: date
) -> Provenance | None:
    """The lowest price of a provider's newest catalog, and how far its regions lie apart."""
    from advisor.market.catalogs.plausibility import odd_lines, without_odd
    from advisor.market.catalogs.price_level import spread_of

    for one in sorted(catalogs, key=lambda one: one.day, reverse=True):
        for gpu, spot in {(offer.gpu, offer.spot): None for offer in one.offers}:
            if rest != f"{one.tool}.{one.provider}.{gpu}.{_market(spot)}":
                continue
            believed = spread_of(without_odd(one, book), gpu, spot=spot)
            ranges = (believed or spread_of(one, gpu, spot=spot)).values()
            low, high, day = min(low for low, _ in ranges), max(high for _, high in ranges), one.day.isoformat()
            title = f"{one.tool}'s catalog of {one.provider}"
            note = f"the lowest price of any machine; over {len(ranges)} region" + "s" * (len(ranges) > 1)
            note = "; ".join((note, *odd_lines(one, gpu, book)))
            age = age_days(day, today, book.read_on)
            return Provenance(
                figure_id, low, "USD/GPU-h", low, high, 1, day, age, True, False, "", note, one.tool, title, one.source,
                "posted",
            )  # fmt: skip
    return None


def _computed(figure_id: str, value: float | None, unit: str, book: PriceBook, today: date) -> Provenance:
    """What all computed figures share: they are as old as the book."""
    day = book.read_on.isoformat()
    age = age_days(day, today, book.read_on)
    return Provenance(figure_id, value, unit, None, None, 0, day, age, False, False, "", "", "", "", "", "computed", ())


def _of_expert(figure_id: str, rest: str, book: PriceBook, history: History, today: date) -> Provenance | None:
    gpu, _, name = rest.partition(".")
    if gpu not in book.gpus:
        return None
    for expert, weight in outlook(book.assumptions(gpu)).experts:
        if expert.name == name:
            formula = (
                f"rents revert to {expert.level_log:+.3f} (log) of today's and fall {expert.decline_per_year:.3f} a "
                f"year (log), give or take {expert.level_sd:.2f} and {expert.decline_sd_per_year:.2f}; the value is "
                "its weight, from its past scores"
            )
            found = _computed(figure_id, float(weight), "share", book, today)
            return replace(found, formula=formula, note=expert.note, made_of=_behind(name, gpu, book, history))
    return None


def _behind(expert: str, gpu: str, book: PriceBook, history: History) -> tuple[str, ...]:
    """The figures that an expert depends on. A GPU without a history borrows that of the H100."""
    if expert == "market-neutral":
        terms = book.gpus[gpu].term_discounts["neocloud"]
        return (f"{gpu}.neocloud_usd_per_gpu_hour", *(f"{gpu}.neocloud_term_discount.{months}" for months in terms))
    if expert == "trend":
        lender = gpu if CONSTANT_MIX in history.names(gpu) else LENDER
        last = history.series(lender, CONSTANT_MIX).months[-1]
        prior = ("experts.trend_prior_months", "experts.trend_prior_decline_per_year")
        return (f"history.{lender}.{CONSTANT_MIX}.{last}", *prior)
    posted = book.gpus[gpu].figures.get("node_usd")  # a price of the user's own is not the market's
    node = () if posted is None or posted.own else (f"{gpu}.node_usd",)
    return (*node, "experts.owner_return_per_year", "experts.owner_utilisation_share", "experts.cost_decline_per_year")


_FORMULA = "sum of weight x E[S_t] over the experts, ln S_t normal under each"


def _of_forecast(figure_id: str, rest: str, book: PriceBook, history: History, today: date) -> Provenance | None:
    if rest in book.gpus:
        path = _computed(figure_id, None, "USD/GPU-h by month", book, today)
        return replace(path, formula=_FORMULA, made_of=behind_rents(rest, book, history))
    gpu, _, month = rest.rpartition(".")
    if gpu not in book.gpus or not month.isdecimal() or len(month) > 3 or int(month) >= HORIZON_MONTHS:
        return None
    seen, at = outlook(book.assumptions(gpu)), int(month)
    return replace(
        _computed(figure_id, float(seen.mean[at]), "USD/GPU-h", book, today),
        low=float(seen.low[at]),
        high=float(seen.high[at]),
        formula=f"{_FORMULA}; range: 5% to 95% of the mixture",
        made_of=(f"{gpu}.neocloud_usd_per_gpu_hour", *(f"expert.{gpu}.{expert.name}" for expert, _ in seen.experts)),
    )


def _of_scenario(figure_id: str, name: str, book: PriceBook, today: date) -> Provenance | None:
    scenario = book.scenarios.get(name)
    if scenario is None:
        return None
    points = "; ".join(f"month {month:g}: x {multiple:g}" for month, multiple in scenario.points)
    source = book.sources[scenario.source]
    return replace(
        _computed(figure_id, None, "multiple of today's list price", book, today),
        formula=points or f"{1 + (scenario.change_per_year or 0.0):g}^(months / 12) of today's price",
        note=scenario.note,
        source=scenario.source,
        title=source.title,
        where=source.where,
        kind=source.kind,
    )
