"""JSON of the verdict on one GPU: all of its fields."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, ConfigDict, Field

from advisor.costing.components import GROUPS
from advisor.decision.plan_steps import StepKind
from advisor.profiles.schema import Mode
from advisor.reports.json_models.base import (
    TO_FOUR_DIGITS,
    Action,
    Cents,
    ConfidenceWord,
    JsonModel,
    NonNegative,
    NonNegativeCents,
    OptionClass,
    OptionId,
    OutsideText,
    PlanMonth,
    Positive,
    Probability,
    Text,
    value_or_reason,
)
from advisor.reports.json_models.in_hand import CommitmentsJson
from advisor.reports.json_models.option import DependsOnJson, OptionJson
from advisor.reports.json_models.service import RequestsJson, TokensJson

InputName = Annotated[
    str,
    BeforeValidator(str),
    Field(
        pattern=r"^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$",
        description="a field of the profile, or a figure of the price book by section and name",
    ),
]
InputNumber = Annotated[Text, BeforeValidator(str)]
Reason = Annotated[Text | None, BeforeValidator(lambda reason: reason or None)]
PrintedDate = Annotated[str, Field(pattern="^20[0-9]{2}(-[0-9]{2}(-[0-9]{2})?)?$")]
ClassShare = Annotated[float, Field(ge=0, le=1.000001)]


class ProfileJson(JsonModel):
    """The profile that the verdict is about."""

    name: Text = Field(description="name in the profile")
    path: OutsideText | None = Field(description="its file; null for a sample")
    busy_share: Probability = Field(description="utilization, the mean over all nodes of all workloads")
    modes: tuple[Mode, ...] = Field(description="how each workload runs")


class SourceJson(JsonModel):
    """One input with its source."""

    id: Text = Field(description="id, as in `depends_on` and in `gpu-advisor market --figure ID`")
    figure: Text = Field(description="short name")
    value: float | None = Field(description="null for a path of prices")
    unit: str = Field(description="unit of the value")
    low: float | None = Field(description="low end of its plausible range")
    high: float | None = Field(description="high end of its plausible range")
    n: Annotated[int, Field(ge=0)] | None = Field(description="sample size; null for the user's own")
    date: Text | None = Field(description="year, month or day that it is of; null for an undated figure of the user")
    own: bool = Field(description="whether it is the user's own figure")
    source: Text = Field(description="title of the source")
    source_id: Text = Field(description="id of the source in the price book")
    where: str = Field(description="address of the source")
    kind: Text = Field(description="kind of evidence")
    note: str = Field(description="how it was computed or read")
    made_of: tuple[Text, ...] = Field(description="ids of the inputs that the expected rents are computed from")


class MarketJson(JsonModel):
    """The market that the verdict was computed with."""

    as_of: PrintedDate | None = Field(description="date of the on-demand list price; null for the user's own")
    gpu: Text = Field(description="id of the GPU")
    tier: Literal["neocloud", "hyperscaler"] = Field(description="price list")
    usd_per_gpu_hour: Positive = Field(description="on-demand list price")
    age_days: int = Field(description="age of the price book")
    sources: tuple[SourceJson, ...] = Field(min_length=1, description="every input that a figure depends on, by `id`")


class ConfidenceJson(JsonModel):
    """How often verdicts with a lead of this size were right, cash aside; null where no other class is feasible."""

    word: ConfidenceWord | None = Field(description="confidence in the verdict")
    right_share: Probability | None = Field(description="share of such verdicts that named the cheapest class")
    base_share: Probability | None = Field(
        description="share in which the commonest class for plans of their size would have been right"
    )
    mean_regret: NonNegative | None = Field(
        description="mean cost of such picks above the best option in hindsight, as a share"
    )
    p95_regret: NonNegative | None = Field(description="the same, exceeded by 5% of such picks")
    n: Annotated[int, Field(ge=1)] | None = Field(description="how many verdicts that was counted on")


class OtherPickJson(JsonModel):
    """Another option among those that cost little more than the pick."""

    option: OptionId
    extra_share: float = Field(ge=0, le=0.05, description="what it is expected to cost more than the pick, as a share")
    tail_saving_share: float = Field(description="what it saves in the worst 5% of the paths, as a share")


class ClassBestJson(JsonModel):
    """How often an option of each class is the cheapest, as a share of the paths."""

    api: ClassShare = Field(description="the hosted API")
    rent: ClassShare = Field(description="options that rent")
    reserve_short: ClassShare = Field(description="options that reserve for up to 11 months")
    reserve_long: ClassShare = Field(description="options that reserve for 12 months or more")
    buy: ClassShare = Field(description="options that buy")


class PayableJson(JsonModel):
    """What the cash pays for; null where it pays for none."""

    nodes: Annotated[int, Field(ge=1)] | None = Field(description="most nodes for the whole plan")
    months: Annotated[int, Field(ge=1)] | None = Field(description="longest plan of all nodes")
    sentence: Text = Field(description="both in words")


class StageJson(JsonModel):
    """The nodes of the pick from one month on, while the plan holds."""

    from_month: int = Field(ge=1, description="first month; 1 is the month that begins today")
    signed_nodes: int = Field(ge=0, description="nodes under contract, ordered or owned")
    rented_nodes: int = Field(ge=0, description="nodes that are rented beyond those")


class BetJson(JsonModel):
    """The income that the pick's lead depends on."""

    kinds: tuple[Literal["subletting", "resale"], ...] = Field(description="which income")
    credit_usd: float = Field(description="what the pick expects of it, present value")
    pick_usd: float = Field(description="what the pick costs without it")
    without: OptionId = Field(description="the best option when no option gets such income")
    without_label: str = Field(description="what it is called")
    without_usd: float = Field(description="what it costs then")


class VerdictJson(JsonModel):
    """The verdict."""

    action: Action | None = Field(description="null when nothing is feasible")
    option: OptionId | None = Field(description="the pick")
    option_class: OptionClass | None = Field(description="the pick's class")
    close_call: bool = Field(description="whether the two best classes are too close to call, cash aside")
    rival: OptionId | None = Field(
        description="the cheapest feasible option of another class; null where the pick is the only way"
    )
    gap_share: NonNegative | None = Field(description="what the rival costs more than the pick, as a share")
    market_gap_share: NonNegative | None = Field(
        description="the same if cash were not a constraint, which the confidence goes by"
    )
    without_cash_limit: OptionId | None = Field(
        description="what would be picked if cash were not a constraint; null where that is the pick"
    )
    payable: PayableJson | None = Field(description="what cash pays for where it pays for no option; else null")
    confidence: ConfidenceJson
    headline: Text = Field(description="the verdict in one line")
    now: StageJson | None = Field(description="what to sign or rent first; null when nothing is feasible")
    later: tuple[StageJson, ...] = Field(description="every later change of it, by month; empty where it stays")
    bet: BetJson | None = Field(description="the bet on subletting or resale that the pick makes; null without one")
    flexible_pick: OtherPickJson | None = Field(
        description="the one that commits to least; null when that is the pick itself"
    )
    insured_pick: OtherPickJson | None = Field(
        description="the one with the smallest mean cost in the worst 5%; null when that is the pick itself"
    )
    minimax_pick: OptionId | None = Field(
        description="the feasible option whose worst regret over the scenarios is least"
    )
    class_best: ClassBestJson = Field(description="how often each class is the cheapest")
    runway_without_months: NonNegative | None = Field(
        description="months until cash and signed funding are gone without this compute; null when no cash is given"
    )
    runway_with_months: NonNegative | None = Field(description="the same with the pick, while the plan holds")
    runway_safe_months: NonNegative | None = Field(
        description="months that the cash lasts with the pick in 95% of the paths of rents and plan"
    )


class TermJson(JsonModel):
    """The utilization from which a reserved term is cheaper than on-demand."""

    model_config = ConfigDict(json_schema_extra=value_or_reason("busy_share", "reason"))

    option: OptionId = Field(description="id of the term, or of an offer for it")
    rate_ratio: NonNegative = Field(description="the term's rate over the on-demand rate")
    busy_share: Probability | None = Field(description="utilization at which both cost the same, everything counted")
    pays: Literal["above", "below"] = Field(description="on which side of that utilization the term is cheaper")
    reason: Reason = Field(description="why there is no such utilization")
    paid_months: NonNegative | None = Field(
        description="months after which on demand would have cost as much as all of the term, at the rates alone and "
        "the plan's own utilization; null when not within the term and the plan"
    )


class BreakEvenJson(JsonModel):
    """Break-even values; null with a reason where there is none."""

    model_config = ConfigDict(
        json_schema_extra={
            "allOf": [
                value_or_reason("break_even_usd_per_gpu_hour", "break_even_reason"),
                value_or_reason("node_usd", "node_reason"),
                value_or_reason("utilisation", "utilisation_reason"),
                value_or_reason("buying_wins_months", "months_reason"),
            ]
        }
    )

    break_even_usd_per_gpu_hour: NonNegative | None = Field(
        description="on-demand price below which renting is the cheapest"
    )
    break_even_reason: Reason = Field(description="why there is none")
    node_usd: NonNegative | None = Field(description="price of a node below which buying is the cheapest")
    node_reason: Reason = Field(description="why there is none")
    utilisation: Probability | None = Field(description="`busy_share` of the pick, where that is a reserved term")
    utilisation_reason: Reason = Field(description="why there is none")
    utilisation_by_term: tuple[TermJson, ...]
    months: tuple[tuple[PlanMonth, PlanMonth, OptionId | None], ...] = Field(
        min_length=1, description="the pick by plan length: first month, last month, option"
    )
    buying_wins_months: tuple[tuple[PlanMonth, PlanMonth], ...] = Field(
        description="plan lengths for which buying is the pick: first month, last month"
    )
    months_reason: Text | None = Field(description="why there are none")
    simple_payback_months: NonNegative | None = Field(
        description="capex over the mean monthly cash saving of owning against renting on demand, at today's prices"
    )


class PlanStepJson(JsonModel):
    """What to do at the start of a month, if the plan holds."""

    month: int = Field(ge=1, description="the month, 1 for the first")
    kind: StepKind = Field(description="what is done: a contract, an order of hardware, hours rented, or a decision")
    text: Text = Field(description="the same in words")
    nodes: int = Field(ge=0, description="nodes that are signed, ordered or rented then; GPUs where sold one by one")
    term_months: int = Field(ge=0, description="of what is signed; 0 for all else")
    owed_usd: NonNegativeCents = Field(description="what is signed then costs over its term; 0 for all else")
    paid_usd: Cents = Field(description="paid in that month")


class FlipJson(JsonModel):
    """A value of one input, all others unchanged, at which another class of option becomes the cheapest."""

    input: InputName
    input_id: InputNumber = Field(validation_alias="input", description="its id in `market.sources`")
    unit: Text = Field(description="unit of the values")
    current: float = Field(description="the value in this verdict")
    flips_at: float = Field(description="the value at which the verdict changes")
    sds_away: NonNegative = Field(
        description="how far that is from the current value, in standard deviations of its plausible range"
    )
    to_option: OptionId = Field(description="the pick beyond it")
    to_action: Action = Field(description="what that option does")
    to_class: OptionClass = Field(
        description="its class; that of the pick only where it follows again, beyond a nearer flip on the same side"
    )


class SwingJson(JsonModel):
    """The lead of the pick over the best of another class with one input a standard deviation lower and higher."""

    input: InputName
    input_id: InputNumber = Field(validation_alias="input", description="its id in `market.sources`")
    unit: Text = Field(description="unit of low and high")
    low: float = Field(description="the value a standard deviation lower")
    high: float = Field(description="the value a standard deviation higher")
    gap_at_low_usd: Cents = Field(description="negative where the other class leads")
    gap_at_high_usd: Cents = Field(description="negative where the other class leads")


class WaitingJson(JsonModel):
    """Renting for some months and deciding then."""

    option: OptionId
    months: int = Field(ge=1, description="months until the decision")
    edge_usd: Cents = Field(description="what it saves against the best option chosen today; negative if waiting costs")
    then_up_to_usd_per_gpu_hour: tuple[tuple[Positive | None, Text], ...] = Field(
        min_length=1,
        description="what to do then: the highest on-demand price of each step (null: no limit), and the choice",
    )


class CapacityJson(JsonModel):
    """What counting on hours on demand puts at stake."""

    hourly: OptionId = Field(
        description="the pick if it counts on hours on demand, else the cheapest feasible option that does"
    )
    assured: OptionId = Field(description="the pick if it does not, else the cheapest feasible option that does not")
    turned_away_share: Annotated[Probability, TO_FOUR_DIGITS] = Field(
        description="chance that a seller cannot deliver a machine; thin"
    )
    saves_usd: Cents = Field(description="what the first costs less than the second")
    insured_usd: NonNegativeCents = Field(description="the part of that which a shortage is expected to cost")


class InformationJson(JsonModel):
    """What knowing the future would save on average."""

    total: NonNegativeCents = Field(validation_alias="total_usd", description="rents and plan")
    rents: NonNegativeCents = Field(validation_alias="rents_usd", description="the rents alone")
    plan: NonNegativeCents = Field(validation_alias="plan_usd", description="the month of a change of plan alone")


class BalanceSheetJson(JsonModel):
    """Owned hardware at the end of one month."""

    month: int = Field(ge=0, le=60, description="months from today")
    book_usd: NonNegativeCents = Field(description="book value")
    market_usd: NonNegativeCents = Field(description="expected resale value")
    owed_usd: NonNegativeCents = Field(description="loan outstanding")


class WaterfallStepJson(JsonModel):
    """What the rival costs more or less than the pick in one group of components."""

    component: str = Field(
        validation_alias="group", description="group of components", json_schema_extra={"enum": list(GROUPS)}
    )
    usd: Cents = Field(description="negative where the rival costs less")


class SmallerJobJson(JsonModel):
    """The same work on fewer nodes for longer, where the market has no good terms for a job of this size."""

    nodes: Annotated[int, Field(ge=1)] = Field(description="its size")
    months: Positive = Field(description="its length")
    usd: Cents = Field(description="what it is expected to cost")
    saved_share: Probability = Field(description="what an expected GPU-hour of work costs less than by the pick")
    sentence: Text = Field(description="the same in words, with that option")


class ScenarioJson(JsonModel):
    """The cheapest option under one named path of rents."""

    name: Text = Field(description="id of the scenario")
    label: Text = Field(description="the scenario in words")
    best_option: OptionId | None = Field(description="the cheapest feasible option")
    expected_usd: Cents | None = Field(description="its net present cost")


class VerdictFields(JsonModel):
    """Everything that a verdict says."""

    profile: ProfileJson
    market: MarketJson
    verdict: VerdictJson
    options: tuple[OptionJson, ...] = Field(
        min_length=1, description="the pick, the other feasible options by cost, the others"
    )
    steps: tuple[PlanStepJson, ...] = Field(
        description="what to sign, order, rent and decide, in order; empty where nothing is feasible"
    )
    break_even: BreakEvenJson
    flips: tuple[FlipJson, ...] = Field(description="where one input alone changes the verdict; nearest first")
    steady_inputs: tuple[InputName, ...] = Field(
        description="the inputs that change nothing within their plausible range",
        json_schema_extra={"uniqueItems": True},
    )
    tornado: tuple[SwingJson, ...] = Field(description="sensitivity of the pick's lead; widest first")
    waiting: WaitingJson | None = Field(description="null when there is nothing to wait for")
    capacity: CapacityJson | None = Field(description="null where the book knows nothing of a shortage")
    commitments: CommitmentsJson | None = Field(description="null without contracts or hardware in hand")
    information_usd: InformationJson
    gap_error_share: NonNegative | None = Field(
        description="upper estimate of the sampling error of the two cheapest options' gap, a share of the pick's cost"
    )
    balance_sheet: tuple[BalanceSheetJson, ...] = Field(
        description="owned hardware at delivery, each year after it and at the end of the plan; empty where buying is "
        "not possible"
    )
    waterfall: tuple[WaterfallStepJson, ...] = Field(
        description="from the pick's cost to the rival's; adds up to the gap"
    )
    smaller_job: SmallerJobJson | None = Field(description="null where no smaller one costs notably less")
    tokens: TokensJson | None = Field(description="null unless it is about one service given in tokens")
    requests: RequestsJson | None = Field(description="null unless it is about one service given in GPU-seconds")
    scenarios: tuple[ScenarioJson, ...] = Field(
        min_length=5, description="the book's named paths of rents, and the user's own if there is one"
    )
    depends_on: tuple[DependsOnJson, ...] = Field(description="the inputs of each figure outside `options`")
    reasons: tuple[Text, ...] = Field(min_length=1, description="why, in sentences")
    warnings: tuple[Text, ...] = Field(description="what to be careful about, in sentences")
