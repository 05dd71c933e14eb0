"""JSON of one option: what it costs, how certain that is, and which inputs each of its figures depends on."""

from typing import Annotated

from pydantic import Field

from advisor.costing.components import COMPONENTS
from advisor.reports.json_models.base import (
    TO_FOUR_DIGITS,
    Action,
    Cents,
    JsonModel,
    NonNegative,
    NonNegativeCents,
    OptionClass,
    OptionId,
    Probability,
    Text,
)

ComponentName = Annotated[str, Field(json_schema_extra={"enum": list(COMPONENTS)})]


class DependsOnJson(JsonModel):
    """Figures that depend on the same inputs."""

    of: tuple[Text, ...] = Field(min_length=1, description="paths of the figures in the JSON")
    inputs: tuple[Text, ...] = Field(
        min_length=1,
        description="ids of `market.sources`; `components` stands for the inputs of all components of the option",
    )


class OptionJson(JsonModel):
    """One way to get the compute. Costs are null where nobody posts a price."""

    id: OptionId
    action: Action = Field(description="what is done")
    option_class: OptionClass
    folded_under: OptionId | None = Field(
        description="for a prepaid term that saves too little to be advised, the same term paid monthly"
    )
    label: Text = Field(description="the option in words")
    feasible: bool = Field(description="whether the company can have it")
    why_not: tuple[Text, ...] = Field(description="the reasons why it is not feasible; empty when it is")
    expected_usd: Cents | None = Field(default=None, description="net present cost, expected")
    p5_usd: Cents | None = Field(default=None, description="cost that 5% of the simulated paths stay below")
    p95_usd: Cents | None = Field(default=None, description="cost that 5% of the simulated paths exceed")
    cvar95_usd: Cents | None = Field(default=None, description="mean cost of the worst 5% of the paths (CVaR)")
    p95_regret_usd: Cents | None = Field(
        default=None,
        description="what it costs more than the best feasible option of the same path, exceeded on 5% of the paths; "
        "negative for an option that is cheaper but not feasible",
    )
    probability_best: Probability | None = Field(
        default=None,
        description="share of the paths on which it is the cheapest; a prepaid term counts only as the pick",
    )
    worst_regret: float | None = Field(
        default=None,
        description="what it costs more than the best option of a named scenario, as a share; the worst scenario",
    )
    undiscounted_usd: Cents | None = Field(default=None, description="expected cost without discounting")
    upfront_usd: NonNegativeCents | None = Field(default=None, description="paid at the start")
    peak_outlay_usd: NonNegativeCents | None = Field(
        default=None, description="the most that will have been paid at any time"
    )
    end_asset_usd: NonNegativeCents | None = Field(
        default=None, description="value of the owned hardware when the plan ends"
    )
    usd_per_used_gpu_hour: Annotated[NonNegative, TO_FOUR_DIGITS] | None = Field(
        default=None, description="cost of the work alone per GPU-hour of work done; null where idle hours bring more"
    )
    components: dict[ComponentName, Cents] = Field(
        default={}, description="parts of `expected_usd`, which they add up to"
    )
    monthly_usd: tuple[Cents, ...] = Field(default=(), description="expected payments by month, not discounted")
    depends_on: tuple[DependsOnJson, ...] = Field(description="the inputs of each figure of this option")
