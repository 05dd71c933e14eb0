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

    month: CalendarMonth
    usd_per_gpu_hour: float
    n: int = Field(description="sample size")
    low: float | None
    high: float | None


class SeriesJson(JsonModel):
    """The history of one price."""

    id: str
    kind: SeriesKind
    method: str = Field(description="how the series was made, by its name in `methods`")
    months: tuple[HistoryMonthJson, ...]


class ForecastMonthJson(JsonModel):
    """The forecast on-demand price in one month."""

    id: str
    month: int = Field(description="months from today")
    mean_usd_per_gpu_hour: float
    p5_usd_per_gpu_hour: float
    p95_usd_per_gpu_hour: float


class ExpertJson(JsonModel):
    """One of the forecasting experts. Logs are natural logs."""

    id: str
    weight: float = Field(description="share of the forecast, earned by past scores")
    name: Literal["market-neutral", "trend", "cost-anchor"]
    level_log: float = Field(description="log of the level that rents revert to, over today's price")
    decline_per_year: float = Field(description="log decline a year; positive when rents fall")
    level_sd: float = Field(description="standard deviation of `level_log`")
    decline_sd_per_year: float = Field(description="standard deviation of `decline_per_year`")
    note: str


class GpuJson(JsonModel):
    """Prices of one GPU."""

    id: str
    label: str
    figures: tuple[FigureJson, ...] = Field(description="figures of today; empty with --as-of")
    history: tuple[SeriesJson, ...]
    forecast: tuple[ForecastMonthJson, ...] = Field(description="empty with --as-of")
    experts: tuple[ExpertJson, ...] = Field(description="empty with --as-of")


class MarketScenarioJson(JsonModel):
    """A named path of rents: a yearly change, or multiples of today's price by month."""

    id: str
    label: str
    change_per_year: float | None
    points: tuple[tuple[float, float], ...] = Field(description="month, multiple of today's price")
    source: str
    note: str


class MarketSourceJson(JsonModel):
    """A source of figures."""

    title: str
    where: str = Field(description="its address")
    kind: str = Field(description="kind of evidence")


class CatalogueOfferJson(JsonModel):
    """One price of a catalogue."""

    gpu: str
    region: str
    gpus: int = Field(description="GPUs in the machine that is offered")
    usd_per_gpu_hour: float
    spot: bool


class CatalogueJson(JsonModel):
    """The prices of one provider in another tool's catalogue."""

    tool: str
    provider: str
    tier: str | None = Field(description="price list that the provider belongs to; null where it is not classed")
    day: Day
    source: str
    unreadable_rows: int
    offers: tuple[CatalogueOfferJson, ...]


class MethodJson(JsonModel):
    """How price series were made."""

    kind: str
    title: str
    where: str
    note: str


class MarketReport(JsonReport):
    """`gpu-advisor market --json`: prices of today, their history, and the forecast."""

    read_on: Day = Field(description="day that the price book was read")
    age_days: int = Field(description="age of the price book")
    age_warning: str | None
    as_of: CalendarMonth | None = Field(description="month given with --as-of")
    gpus: tuple[GpuJson, ...]
    scenarios: tuple[MarketScenarioJson, ...]
    sources: dict[str, MarketSourceJson] = Field(description="by id")
    catalogues: tuple[CatalogueJson, ...] = Field(description="other tools' prices, not used in the verdict")
    methods: dict[str, MethodJson] = Field(description="by name")
