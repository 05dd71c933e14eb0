"""JSON of `advise --json`: the verdict, and what is taken on each of several GPUs."""

from pydantic import Field

from advisor.reports.json_models.advise import VerdictFields
from advisor.reports.json_models.base import (
    Action,
    Cents,
    JsonModel,
    JsonReport,
    NonNegative,
    NonNegativeCents,
    OptionId,
    Text,
)


class GroupJson(JsonModel):
    """What is taken for the workloads on one GPU."""

    gpu: Text = Field(description="id of the GPU")
    workloads: tuple[int, ...] = Field(min_length=1, description="its workloads in the profile, counted from 1")
    sentence: Text = Field(description="what to do, in words")
    action: Action | None = Field(description="null when nothing is feasible")
    option: OptionId | None = Field(description="what is taken; null when nothing is feasible")
    pick: OptionId | None = Field(description="what would be taken if it were the only GPU")
    expected_usd: Cents | None = Field(description="net present cost of what is taken")
    p5_usd: Cents | None = Field(description="5% quantile")
    p95_usd: Cents | None = Field(description="95% quantile")
    upfront_usd: Cents | None = Field(description="due on day one")
    peak_outlay_usd: Cents | None = Field(description="the most that will have been paid, in 95% of cases")
    answer: VerdictFields = Field(description="all that is known of this GPU, as if it were the only one")


class SeveralGpusJson(JsonModel):
    """What is taken on each GPU, and what all of it costs; prices move together and the plan changes as a whole."""

    groups: tuple[GroupJson, ...] = Field(min_length=2, description="in the order of the profile")
    expected_usd: Cents = Field(description="net present cost of all that is taken")
    p5_usd: Cents | None = Field(description="5% quantile of the sum; null when nothing is taken")
    p95_usd: Cents | None = Field(description="95% quantile of the sum")
    cvar95_usd: Cents | None = Field(description="mean of the worst 5% of the sum")
    upfront_usd: Cents | None = Field(description="due on day one")
    peak_outlay_usd: Cents | None = Field(description="the most that will have been paid, in 95% of cases")
    picks_need_usd: Cents | None = Field(
        description="cash that the best of each GPU would take together, the burn included; null when no cash is given"
    )
    have_usd: NonNegative | None = Field(description="cash and signed funding; null when no cash is given")
    short_usd: NonNegativeCents = Field(description="what is missing for what is taken; 0 when it can be paid for")
    extra_usd: Cents = Field(description="what it costs more than the best of each GPU, because of the cash")
    cash: tuple[Text, ...] = Field(description="whether it can be paid for, what pays instead, and the runway")
    runway_without_months: NonNegative | None = Field(
        description="months until the cash is gone without any of it; null when cash or burn is not given"
    )
    runway_with_months: NonNegative | None = Field(description="the same with all of it, while the plan holds")
    runway_safe_months: NonNegative | None = Field(description="months that the cash lasts in 95% of cases")


class AdviseReport(VerdictFields, JsonReport):
    """`gpu-advisor advise PROFILE --json`: the verdict and everything behind it."""

    several_gpus: SeveralGpusJson | None = Field(
        default=None,
        description="null for work on one GPU; else what is taken on each: the other fields are of the costliest, "
        "`market.gpu`, as if it were the only one",
    )
