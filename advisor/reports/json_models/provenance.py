"""JSON of one figure with its source: a part of `market` and `size`, and the whole of `market --figure ID`."""

from pydantic import Field

from advisor.reports.json_models.base import JsonModel, JsonReport


class FigureJson(JsonModel):
    """One figure and where it comes from."""

    id: str = Field(description="id of the figure, which `gpu-advisor market --figure ID` takes")
    value: float | None = Field(description="the figure; null for a path of prices")
    unit: str = Field(description="unit of the value")
    low: float | None = Field(description="low end of its plausible range")
    high: float | None = Field(description="high end of its plausible range")
    n: int | None = Field(
        description="sample size: how many sources or observations are behind it; null for the user's own figure"
    )
    date: str | None = Field(description="year, month or day that the figure is of; null for the user's own figure")
    age_days: int | None = Field(
        description="days from the end of that date to today, or from the day in it that the book was read; null for "
        "the user's own figure"
    )
    thin: bool = Field(description="whether too few sources are behind it to rely on")
    own: bool = Field(description="whether it is the user's own figure")
    formula: str = Field(description="how it is computed; empty where it was read from a source")
    note: str = Field(description="what to know about it")
    source: str = Field(description="id of the source")
    title: str = Field(description="title of the source")
    where: str = Field(description="address of the source")
    kind: str = Field(description="kind of evidence")
    made_of: tuple[str, ...] = Field(description="ids of the figures that it is computed from")


class FigureReport(FigureJson, JsonReport):
    """`gpu-advisor market --figure ID --json`: where one figure comes from."""
