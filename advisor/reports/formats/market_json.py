"""Price book, history and forecast -> the JSON of `market`."""

from collections.abc import Iterator, Sequence
from datetime import date

from advisor.market.catalogs.parse import Catalog
from advisor.market.catalogs.plausibility import odd_prices
from advisor.market.forecast.bands import Outlook, outlook
from advisor.market.price_book import Gpu, PriceBook
from advisor.market.price_history import History, Series
from advisor.market.provenance import of_figure
from advisor.reports.json_models.market import (
    CatalogJson,
    CatalogOfferJson,
    ExpertJson,
    ForecastMonthJson,
    GpuJson,
    HistoryMonthJson,
    MarketReport,
    MarketScenarioJson,
    MarketSourceJson,
    MethodJson,
    SeriesJson,
)
from advisor.reports.json_models.provenance import FigureJson


def market_report(
    gpus: Sequence[Gpu],
    book: PriceBook,
    history: History,
    today: date,
    as_of: str | None,
    catalogs: Sequence[Catalog],
) -> MarketReport:
    """Return the JSON of `market`. as_of: the month (YYYY-MM) that the history ends in; None for today."""
    return MarketReport(
        read_on=book.read_on.isoformat(),
        age_days=book.age_days(today),
        age_warning=book.age_warning(today),
        as_of=as_of,
        gpus=tuple(_gpu(gpu, book, history, today, as_of) for gpu in gpus),
        scenarios=tuple(
            MarketScenarioJson.model_validate({"id": f"scenario.{name}", **scenario.model_dump()})
            for name, scenario in book.scenarios.items()
        ),
        sources={key: MarketSourceJson.model_validate(source) for key, source in book.sources.items()},
        catalogs=() if as_of else tuple(_catalog(one, gpus, book) for one in catalogs),
        methods={key: MethodJson.model_validate(method) for key, method in history.methods.items()},
    )


def _catalog(one: Catalog, gpus: Sequence[Gpu], book: PriceBook) -> CatalogJson:
    ids, odd = {gpu.id for gpu in gpus}, odd_prices(one, book)
    return CatalogJson(
        tool=one.tool,
        provider=one.provider,
        tier=one.tier or None,
        day=one.day.isoformat(),
        source=one.source,
        unreadable_rows=one.unreadable,
        offers=tuple(
            CatalogOfferJson.model_validate({**vars(offer), "odd": odd.get(offer, "")})
            for offer in one.offers
            if offer.gpu in ids
        ),
    )


def _gpu(gpu: Gpu, book: PriceBook, history: History, today: date, as_of: str | None) -> GpuJson:
    """One GPU; what is of today (figures, forecast, experts) is left out for a month in the past."""
    series = tuple(_series(history.series(gpu.id, name), history) for name in history.names(gpu.id))
    if as_of:
        return GpuJson(id=gpu.id, label=gpu.label, figures=(), history=series, forecast=(), experts=())
    forecast = outlook(book.assumptions(gpu.id))
    own = ((path, figure) for path, figure in book.figures() if path.startswith(f"{gpu.id}."))
    return GpuJson(
        id=gpu.id,
        label=gpu.label,
        figures=tuple(FigureJson.model_validate(of_figure(path, figure, book, today)) for path, figure in own),
        history=series,
        forecast=tuple(_forecast_months(forecast)),
        experts=tuple(
            ExpertJson.model_validate(
                {"id": f"expert.{gpu.id}.{expert.name}", "weight": weight}
                | {name: value for name, value in vars(expert).items() if name in ExpertJson.model_fields}
            )
            for expert, weight in forecast.experts
        ),
    )


def _series(series: Series, history: History) -> SeriesJson:
    rows = zip(series.months, series.values, series.n, series.low, series.high, strict=True)
    return SeriesJson.model_validate(
        {
            "id": f"history.{series.gpu}.{series.name}",
            "kind": history.methods[series.method].kind,
            "method": series.method,
            "months": [
                HistoryMonthJson(month=month, usd_per_gpu_hour=value, n=n, low=low, high=high)
                for month, value, n, low, high in rows
            ],
        }
    )


def _forecast_months(forecast: Outlook) -> Iterator[ForecastMonthJson]:
    for month, (mean, low, high) in enumerate(zip(forecast.mean, forecast.low, forecast.high, strict=True)):
        yield ForecastMonthJson(
            id=f"outlook.{forecast.gpu}.{month}",
            month=month,
            mean_usd_per_gpu_hour=float(mean),
            p5_usd_per_gpu_hour=float(low),
            p95_usd_per_gpu_hour=float(high),
        )
