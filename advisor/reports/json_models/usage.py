"""JSON of usage: `usage --json`."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from advisor.reports.json_models.base import Day, JsonModel, JsonReport, NonNegative, OutsideText, Positive, Probability


class UsageReasonJson(JsonModel):
    """How many rows, and why."""

    reason: str = Field(description="why they were left out, or could not be read")
    rows: int = Field(description="how many")


class UsageFileJson(JsonModel):
    """What was read of one file."""

    path: OutsideText = Field(description="as it was given")
    format: str = Field(description="what it was recognized as")
    rows: int = Field(description="rows that could be split into cells")
    counted: int = Field(description="of them in the sums")
    left_out: tuple[UsageReasonJson, ...] = Field(description="rows that could be read and do not count")
    broken: int = Field(description="rows that could not be read")


class UsageFaultJson(JsonModel):
    """One row that could not be read."""

    file: OutsideText = Field(description="its file")
    line: int = Field(description="counted from 1")
    reason: str = Field(description="what is wrong")


class UsageModelJson(JsonModel):
    """The use of one model of GPU."""

    gpu: OutsideText = Field(description="id of the price book, else the name in the rows; empty where they name none")
    gpu_hours: NonNegative = Field(description="GPU-hours in use")


class UsageWeekJson(JsonModel):
    """One week from Monday on."""

    start: Annotated[Day, BeforeValidator(str)] = Field(description="its Monday")
    hours: int = Field(description="hours of it that were watched")
    gpu_hours: NonNegative = Field(description="GPU-hours in use")
    mean_gpus: NonNegative = Field(validation_alias="mean", description="mean number of GPUs in use")
    peak_gpus: NonNegative = Field(validation_alias="peak", description="GPUs in use in the highest hour")
    idle_gpu_hours: NonNegative | None = Field(description="null where it is not known how many GPUs there were")


class UsageLevelJson(JsonModel):
    """A point of the load-duration curve."""

    hours_share: Probability = Field(description="share of the hours")
    gpus: NonNegative = Field(description="GPUs that are in use in at least that share of the hours")


class UsageSpreadJson(JsonModel):
    """What the weeks seen say of the plan's mean load."""

    weeks: int = Field(description="whole weeks with anything in use")
    low: Positive = Field(description="multiple of the load seen; below it in one of twenty cases")
    high: Positive = Field(description="above it in one of twenty cases")
    change_per_week: NonNegative = Field(description="standard deviation of what lasts of a week's change, log")
    noise: NonNegative = Field(description="standard deviation of what the next week takes back, log")
    growth_per_month: float = Field(description="the trend; 0 where it is within twice its error")


class PlanRiskJson(JsonModel):
    """How likely the plan changes by what the weeks seen say."""

    fall_to: Probability = Field(description="the low end of the range, a multiple of the load seen")
    fall_share: Probability = Field(description="chance that the load wanders down to it within the plan")
    usual_per_month: Probability = Field(description="chance in a month of a change for other reasons")
    per_month: Probability = Field(description="chance in a month of either, as the workload has it")
    residual_share: Probability = Field(description="share of the load that either leaves in the mean, as there")


class UsageWorkloadJson(JsonModel):
    """The `[[workload]]` table of a profile."""

    kind: Literal["pre-train", "fine-tune", "inference"] = Field(description="as asked for with --kind")
    gpu: OutsideText = Field(description="empty where no row names a GPU")
    load: tuple[tuple[int, Positive], ...] = Field(
        description="GPUs, for all but 1% of the hours, and the share of the time in which those of each step work"
    )
    months: Positive = Field(description="as asked for with --months")
    job_nodes: int | None = Field(default=None, description="nodes of the largest job; null where no row is a job")
    base_share: Probability | None = Field(default=None, description="share always in use; null unless inference")
    growth_per_month: float | None = Field(default=None, description="null without a clear trend")
    plan_change_per_month: Probability | None = Field(default=None, description="null for fewer than three whole weeks")
    residual_share: Probability | None = Field(default=None, description="null for fewer than three whole weeks")


class CommitmentPointJson(JsonModel):
    """A point of the curve."""

    gpus: int = Field(description="GPUs committed to, the rest rented by the hour")
    expected_usd: float = Field(description="net present cost of the plan")


class CommitmentPricesJson(JsonModel):
    """The least cost under one path of rents."""

    scenario: str = Field(validation_alias="label", description="its label")
    gpus: int = Field(description="GPUs to commit to")
    usd: float = Field(description="net present cost of the plan")


class CommitmentJson(JsonModel):
    """How many GPUs to commit to."""

    option: str = Field(description="id of the reservation")
    gpus: int = Field(description="GPUs at the least expected cost")
    expected_usd: float = Field(description="that cost")
    gpus_in_whole_servers: int = Field(description="GPUs of whole servers at the least cost")
    flat_from_gpus: int = Field(description="least commitment whose cost is within the margin of the least")
    flat_to_gpus: int = Field(description="largest such commitment")
    margin_share: Probability = Field(description="that margin")
    as_seen_gpus: int = Field(description="GPUs at the least cost if the load stays exactly what was seen")
    curve: tuple[CommitmentPointJson, ...] = Field(description="ascending, at most 101 points")
    scenarios: tuple[CommitmentPricesJson, ...] = Field(description="the least cost under each named path of rents")


class UsageReport(JsonReport):
    """`gpu-advisor usage FILE ... --json`: what exports say of GPUs in use."""

    files: tuple[UsageFileJson, ...] = Field(description="in the order given")
    faults: tuple[UsageReasonJson, ...] = Field(description="rows that could not be read, by the reason")
    first_faults: tuple[UsageFaultJson, ...] = Field(description="the first of them")
    models: tuple[UsageModelJson, ...] = Field(description="every model of GPU, the most used first")
    gpu: OutsideText = Field(description="the one that the rest is about; empty where no row names it")
    source: Literal["jobs", "samples", "bills"] = Field(description="which rows say what is in use")
    start: str = Field(description="when the first hour begins, with its offset from UTC")
    end: str = Field(description="when the last hour ends")
    hours: int = Field(description="hours between")
    gpu_hours: NonNegative = Field(description="GPU-hours in use")
    mean_gpus: NonNegative = Field(description="mean number of GPUs in use")
    peak_gpus: NonNegative = Field(description="GPUs in use in the highest hour")
    idle_gpu_hours: NonNegative | None = Field(description="null where it is not known how many GPUs there were")
    work_share: Probability | None = Field(description="of the time in use the GPUs worked; null where no row tells")
    usd_per_gpu_hour: float | None = Field(description="what an hour cost; null where no bill tells")
    largest_job_gpus: NonNegative | None = Field(description="null where no row is a job")
    weeks: tuple[UsageWeekJson, ...] = Field(description="every week, the first and the last perhaps in part")
    load_duration: tuple[UsageLevelJson, ...] = Field(description="from all hours down")
    spread: UsageSpreadJson | None = Field(description="null for fewer than three whole weeks")
    plan_risk: PlanRiskJson | None = Field(description="null for fewer than three whole weeks, or a GPU without prices")
    workload: UsageWorkloadJson = Field(description="for a profile")
    commitment: CommitmentJson | None = Field(description="null where the next field says why")
    no_commitment: str | None = Field(description="why there is no curve; null where there is one")
