"""JSON of prices, their history and the forecast: `market --json`."""

from typing import Literal

from pydantic import Field

from advisor.reports.json_models.base import CalendarMonth, Day, JsonModel, JsonReport
from advisor.reports.json_models.provenance import FigureJson

SeriesKind = Literal[
    "level", "constant_mix", "contract", "pooled_reserved", "marketplace", "spot", "hyperscaler", "index"
]


class HistoryMonthJson(JsonModel):
    """One month of a price series."""

    month: CalendarMonth = Field(description="calendar month")
    usd_per_gpu_hour: float = Field(description="price in that month")
    n: int = Field(description="sample size")
    low: float | None = Field(description="lowest observation")
    high: float | None = Field(description="highest observation")


class SeriesJson(JsonModel):
    """The history of one price."""

    id: str = Field(description="id of the series")
    kind: SeriesKind = Field(description="kind of prices")
    method: str = Field(description="how the series was made, by its name in `methods`")
    months: tuple[HistoryMonthJson, ...] = Field(description="oldest first")


class ForecastMonthJson(JsonModel):
    """The forecast on-demand price in one month."""

    id: str = Field(description="id of the figure")
    month: int = Field(description="months from today")
    mean_usd_per_gpu_hour: float = Field(description="expected price")
    p5_usd_per_gpu_hour: float = Field(description="low end of the 5-95% band")
    p95_usd_per_gpu_hour: float = Field(description="high end of the 5-95% band")


class ExpertJson(JsonModel):
    """One of the forecasting experts. Logs are natural logs."""

    id: str = Field(description="id of the figure")
    weight: float = Field(description="share of the forecast, earned by past scores")
    name: Literal["market-neutral", "trend", "cost-anchor"] = Field(description="the expert")
    level_log: float = Field(description="log of the level that rents revert to, over today's price")
    decline_per_year: float = Field(description="log decline a year; positive when rents fall")
    level_sd: float = Field(description="standard deviation of `level_log`")
    decline_sd_per_year: float = Field(description="standard deviation of `decline_per_year`")
    note: str = Field(description="what it is fitted to")


class GpuJson(JsonModel):
    """Prices of one GPU."""

    id: str = Field(description="id of the GPU")
    label: str = Field(description="its name")
    figures: tuple[FigureJson, ...] = Field(description="figures of today; empty with --as-of")
    history: tuple[SeriesJson, ...] = Field(description="price series")
    forecast: tuple[ForecastMonthJson, ...] = Field(description="empty with --as-of")
    experts: tuple[ExpertJson, ...] = Field(description="empty with --as-of")


class MarketScenarioJson(JsonModel):
    """A named path of rents: a yearly change, or multiples of today's price by month."""

    id: str = Field(description="id of the scenario")
    label: str = Field(description="the scenario in words")
    change_per_year: float | None = Field(description="null where `points` define it")
    points: tuple[tuple[float, float], ...] = Field(description="month, multiple of today's price")
    source: str = Field(description="id of the source")
    note: str = Field(description="what to know about it")


class MarketSourceJson(JsonModel):
    """A source of figures."""

    title: str = Field(description="its title")
    where: str = Field(description="its address")
    kind: str = Field(description="kind of evidence")


class CatalogOfferJson(JsonModel):
    """One price of a catalog."""

    gpu: str = Field(description="id of the GPU")
    region: str = Field(description="as the provider calls it")
    gpus: int = Field(description="GPUs in the machine that is offered")
    usd_per_gpu_hour: float = Field(description="posted price")
    spot: bool = Field(description="whether it may be interrupted")
    odd: str = Field(description="why the price is not believed and not used; empty when it is")


class CatalogJson(JsonModel):
    """The prices of one provider in another tool's catalog."""

    tool: str = Field(description="whose catalog it is")
    provider: str = Field(description="whose prices they are")
    tier: str | None = Field(description="price list that the provider belongs to; null where it is not classed")
    day: Day = Field(description="day of the catalog")
    source: str = Field(description="its address")
    unreadable_rows: int = Field(description="rows that could not be read")
    offers: tuple[CatalogOfferJson, ...] = Field(description="the prices")


class MethodJson(JsonModel):
    """How price series were made."""

    kind: str = Field(description="kind of prices")
    title: str = Field(description="how the series was made")
    where: str = Field(description="address of the observations")
    note: str = Field(description="what to know about it")


class MarketReport(JsonReport):
    """`gpu-advisor market --json`: prices of today, their history, and the forecast."""

    read_on: Day = Field(description="day that the price book was read")
    age_days: int = Field(description="age of the price book")
    age_warning: str | None = Field(description="null while the price book is recent")
    as_of: CalendarMonth | None = Field(description="month given with --as-of")
    gpus: tuple[GpuJson, ...] = Field(description="one entry for each GPU")
    scenarios: tuple[MarketScenarioJson, ...] = Field(description="the named paths of rents")
    sources: dict[str, MarketSourceJson] = Field(description="by id")
    catalogs: tuple[CatalogJson, ...] = Field(description="other tools' prices, not used in the verdict")
    methods: dict[str, MethodJson] = Field(description="by name")
