"""JSON of a verdict as a document: `report --json`, and the comparison that the app exports."""

from pydantic import Field

from advisor.reports.json_models.advise_report import AdviseReport
from advisor.reports.json_models.base import Day, JsonModel, JsonReport


class AssumptionJson(JsonModel):
    """One assumption with its source."""

    id: str = Field(description="its place in the profile or in the price book")
    meaning: str = Field(description="what it is, in words")
    value: bool | int | float | str = Field(description="what was assumed")
    unit: str = Field(description="unit of the value")
    low: float | None = Field(description="low end of its plausible range; null for what has none")
    high: float | None = Field(description="high end of its plausible range; null for what has none")
    n: int | None = Field(description="sample size; null for what has none")
    date: str = Field(description="empty for what has none")
    source: str = Field(description="title of the source")
    where: str = Field(description="address of the source")
    own: bool = Field(description="whether it is the user's own")
    thin: bool = Field(description="whether too few sources are behind it to rely on")


class RepeatJson(JsonModel):
    """What is needed to get the same report again."""

    version: str = Field(description="version of gpu-advisor")
    book_read_on: Day = Field(description="day that the price book was read")
    book: str | None = Field(description="file given with --book")
    prices_from: str | None = Field(description="what was given with --prices-from")
    paths: int = Field(description="how many price paths were simulated")
    seed: int = Field(description="seed of the simulation")


class ReportReport(AdviseReport):
    """`gpu-advisor report PROFILE --json`: the verdict, every assumption, and how to repeat it."""

    assumptions: tuple[AssumptionJson, ...]
    repeat: RepeatJson


class ColumnFields(JsonModel):
    """A column of the comparison as it is read on the screen."""

    column: str = Field(description="heading of the column")
    rows: dict[str, str] = Field(description="answers by question")


class ComparedJson(AdviseReport, ColumnFields):
    """One compared profile or variant: its column, and its verdict."""


class ComparisonReport(JsonReport):
    """The comparison that the Compare screen exports as JSON."""

    compared: tuple[ComparedJson, ...]
