"""JSON of a service in tokens or in requests: a part of `advise --json`."""

from pydantic import Field

from advisor.reports.json_models.base import (
    JsonModel,
    NonNegative,
    NonNegativeCents,
    OptionId,
    Positive,
    Probability,
    Text,
)

_BREAK_EVEN = (
    "from which another way costs less than the API; 0 where it does at any volume, null where none does or there is "
    "no API"
)


class UnitCostJson(JsonModel):
    """What a million tokens or one request cost one way, not discounted: the work alone, without what is in hand and
    let or sold."""

    option: OptionId
    label: Text = Field(description="what it is called")
    today_usd: NonNegative | None = Field(description="if the volume stays; null where it is not an option then")
    plan_usd: NonNegative = Field(description="over the plan as it grows")


class BreakEvenUseJson(JsonModel):
    """The utilization from which an hour costs less than what it serves from the API, by rates alone."""

    option: OptionId
    share: NonNegative = Field(description="above 1 there is none")
    low: NonNegative = Field(description="with the highest throughput and API price")
    high: NonNegative = Field(description="with the lowest throughput and API price")


class TokensJson(JsonModel):
    """A service in tokens."""

    api: str = Field(description="the API that serves as well; empty where none was said to")
    tokens_per_day: Positive = Field(description="read and written at the start")
    tokens_per_gpu_hour: Positive = Field(description="read and written by one GPU at full load")
    tokens_per_gpu_hour_low: Positive = Field(description="the low end of its range")
    tokens_per_gpu_hour_high: Positive = Field(description="the high end of its range")
    throughput_measured: bool = Field(description="whether this very need was measured, rather than interpolated")
    latency: str = Field(description="how soon tokens come at that throughput; empty without a limit")
    gpus_per_replica: int = Field(ge=1, description="GPUs that one copy of the model takes")
    api_usd_per_million_tokens: NonNegative | None = Field(description="read and written together; null without an API")
    usd_per_million_tokens: tuple[UnitCostJson, ...] = Field(description="the best option of each class, by rank")
    break_even_tokens_per_day: NonNegative | None = Field(description=_BREAK_EVEN)
    break_even_low: NonNegative | None = Field(description="with the highest throughput and API price")
    break_even_high: NonNegative | None = Field(description="with the lowest; null where it then never does")
    break_even_month: int | None = Field(description="month from now, from 1, in which growth gets there; null if not")
    then: str = Field(description="what to do from there on")
    break_even_use: tuple[BreakEvenUseJson, ...] = Field(description="on demand and by term")
    idle_share: Probability = Field(description="of the GPUs of the replicas that the first month needs")
    idle_usd_per_month: NonNegativeCents = Field(description="what that costs at the rent on demand")


class RequestsJson(JsonModel):
    """A service whose requests each take some GPU-seconds."""

    counted: str = Field(description="what they are, in the user's word")
    requests_per_day: Positive = Field(description="at the start")
    requests_per_gpu_hour: Positive = Field(description="served by one GPU at full load")
    gpus_per_replica: int = Field(ge=1, description="GPUs that work on a request together")
    api_usd_per_request: NonNegative | None = Field(description="null without the price of an API")
    usd_per_request: tuple[UnitCostJson, ...] = Field(description="the best option of each class, by rank")
    break_even_requests_per_day: NonNegative | None = Field(description=_BREAK_EVEN)
    break_even_month: int | None = Field(description="month from now, from 1, in which growth gets there; null if not")
    then: str = Field(description="what to do from there on")
    break_even_use: tuple[BreakEvenUseJson, ...] = Field(description="on demand and by term")
    idle_share: Probability = Field(description="of the GPUs of the replicas that the first month needs")
    idle_usd_per_month: NonNegativeCents = Field(description="what that costs at the rent on demand")
