"""JSON of verdicts in one row: `compare --json`, and a line of `sweep --json`."""

from pydantic import Field

from advisor.reports.json_models.base import Action, ConfidenceWord, JsonModel, JsonReport, NonNegative, OutsideText

_WHY_NOT = "why the variant is not allowed; null when it is"


class ExpectedFields(JsonModel):
    """The verdict by expected cost as one row; null where there is none. Costs are net present costs in USD."""

    action: Action | None = Field(description="null when nothing is feasible, or the GPUs of a plan differ in it")
    option: str | None = Field(description="the pick; of several GPUs one each, joined by +")
    close_call: bool | None = Field(description="whether the two best classes are too close to call, cash aside")
    rival: str | None = Field(description="the cheapest feasible option of another class; null where there is none")
    gap_share: float | None = Field(description="what the rival costs more than the pick, as a share")
    expected_usd: float | None = Field(description="net present cost of the pick, expected")
    api_usd: float | None = Field(description="cost of the hosted API; null where none serves as well")
    rent_usd: float | None = Field(description="cost of the cheapest feasible option that rents, on all GPUs")
    reserve_usd: float | None = Field(description="cost of the cheapest feasible option that reserves")
    buy_usd: float | None = Field(description="cost of the cheapest feasible option that buys")
    without_cash_limit: str | None = Field(
        description="what would be picked if cash were not a constraint; null where that is the pick"
    )
    nothing_fits: str | None = Field(description="why there is no pick; null where there is one")


class SummaryFields(ExpectedFields):
    """The verdict as one row of figures; null where there is none. Costs are net present costs in USD."""

    confidence: ConfidenceWord | None = Field(description="confidence in the verdict")
    p5_usd: float | None = Field(description="cost that 5% of the simulated paths stay below")
    p95_usd: float | None = Field(description="cost that 5% of the simulated paths exceed")
    cvar95_usd: float | None = Field(description="mean cost of the worst 5% of the paths (CVaR)")
    probability_best: float | None = Field(description="share of the paths on which it is the cheapest")
    upfront_usd: float | None = Field(description="paid at the start")
    peak_outlay_usd: float | None = Field(description="the most that will have been paid at any time")
    usd_per_used_gpu_hour: NonNegative | None = Field(
        description="cost of the work alone per GPU-hour of work done; null where idle hours bring more"
    )
    break_even_usd_per_gpu_hour: float | None = Field(description="on-demand price below which renting is the cheapest")
    node_usd: float | None = Field(description="price of a node below which buying is the cheapest")
    runway_with_months: float | None = Field(description="months that the cash lasts with the pick")
    runway_safe_months: float | None = Field(description="the same in 95% of the paths of rents and plan")


class CompareRowJson(JsonModel):
    """One row of the comparison."""

    question: str = Field(description="what the row compares")
    answer: str = Field(description="the answer for this profile")


class ComparedProfileJson(JsonModel):
    """One compared profile."""

    name: str = Field(description="name of the profile")
    path: OutsideText | None = Field(description="its file; null for a sample")
    rows: tuple[CompareRowJson, ...] = Field(description="the column as it is read on the screen")
    figures: SummaryFields = Field(description="its verdict in one row")


class CompareReport(JsonReport):
    """`gpu-advisor compare A B ... --json`: profiles side by side."""

    profiles: tuple[ComparedProfileJson, ...]


class SweepHead(JsonReport):
    """What a line of a sweep starts with."""

    set: dict[str, bool | int | float | str] = Field(
        min_length=1, description="the fields that were set, by name, and their values in this variant"
    )


class SweepRow(SummaryFields, SweepHead):
    """`gpu-advisor sweep PROFILE --set ... --json`: one line for each variant, of this form."""

    error: str | None = Field(description=_WHY_NOT)


class ExpectedRow(ExpectedFields, SweepHead):
    """`gpu-advisor sweep PROFILE --expected --set ... --json`: one line for each variant, of this form."""

    error: str | None = Field(description=_WHY_NOT)
