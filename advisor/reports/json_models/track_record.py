"""JSON of the track record: `backtest --json` and `record --json`."""

from pydantic import Field

from advisor.reports.json_models.base import Action, ConfidenceWord, Day, JsonModel, JsonReport

ByRule = dict[str, float]


class SeriesResultJson(JsonModel):
    """The scores on one price series. Plans of 16 nodes and more, unless a name ends in `_all`."""

    name: str = Field(description="id of the series")
    title: str = Field(description="the series in words")
    first: str = Field(description="first month of decision")
    last: str = Field(description="last month of decision")
    decisions: int = Field(description="months of decision")
    plans: int = Field(description="months times plans with a known outcome")
    independent_years: int = Field(description="whole years that do not overlap, at most")
    lost: ByRule = Field(description="what each rule lost against hindsight, as a share of what had to be spent")
    regret: ByRule = Field(description="mean regret of each rule")
    regret_all: ByRule = Field(description="mean regret of each rule, plans of all sizes")


class RightCallsJson(JsonModel):
    """Verdicts with a gap in one range, and how many named the class that turned out cheapest."""

    from_gap: float = Field(description="lower limit of the gap, as a share")
    to_gap: float | None = Field(default=None, description="null: no upper limit")
    n: int = Field(description="verdicts")
    right_share: float | None = Field(description="null where n is 0")
    base_share: float | None = Field(
        default=None, description="share in which the commonest class for plans of their size turned out cheapest"
    )
    mean_regret: float | None = Field(
        default=None, description="mean cost of the picks above the best option in hindsight, as a share"
    )
    p95_regret: float | None = Field(default=None, description="the same, exceeded by 5% of the picks")


class BandJson(JsonModel):
    """How often the rent some months later lay within the 5-95% band of the forecast."""

    months: int = Field(description="months ahead")
    n: int = Field(description="outcomes")
    inside_share: float = Field(description="share of the outcomes within the band")


class EdgeJson(JsonModel):
    """What a naive rule loses more than the rule, as a share of cost, with its 95% interval over the markets."""

    rule: str = Field(description="the naive rule")
    mean: float = Field(description="mean over the markets")
    low: float = Field(description="low end of the interval")
    high: float = Field(description="high end of the interval")


class SyntheticResultJson(JsonModel):
    """The scores on simulated markets, by rule."""

    markets: int = Field(description="how many markets")
    seed: int = Field(description="seed of the simulation")
    lost_all: ByRule = Field(description="lost against hindsight as a share of what had to be spent, all sizes")
    lost: ByRule = Field(description="the same, plans of 16 nodes and more")
    lost_interval: tuple[float, float] = Field(description="95% interval of what the rule lost, all sizes")
    lost_edges: tuple[EdgeJson, ...] = Field(description="over each naive rule, all sizes")
    lost_by_kind: dict[str, ByRule] = Field(description="by kind of market: the rule and the oracle")
    over_oracle: float = Field(description="what the rule lost over what the oracle lost")
    regret_all: ByRule = Field(description="mean regret, all sizes")
    regret: ByRule = Field(description="mean regret, plans of 16 nodes and more")
    regret_interval: tuple[float, float] = Field(description="95% interval of the rule's mean regret, all sizes")
    regret_edges: tuple[EdgeJson, ...] = Field(description="over each naive rule, all sizes")
    right_calls: tuple[RightCallsJson, ...] = Field(description="verdicts by gap")
    band: tuple[BandJson, ...] = Field(description="coverage of the forecast band by horizon")


class EarnedJson(JsonModel):
    """How often verdicts with a gap in one range were right, and the word that stands for it."""

    word: ConfidenceWord = Field(description="the confidence level")
    from_gap: float = Field(description="lower limit of the gap, as a share")
    right_share: float = Field(description="on the simulated markets that the words were tuned on")
    base_share: float = Field(description="share of right calls there of the commonest class for plans of their size")
    mean_regret: float = Field(description="mean cost of the picks there above the best in hindsight, as a share")
    p95_regret: float = Field(description="the same, exceeded by 5% of the picks")
    n: int = Field(description="verdicts on the tuning markets")
    held_out_share: float = Field(description="on simulated markets that were not used for tuning")
    held_out_n: int = Field(description="verdicts on the held-out markets")
    real_share: float = Field(description="on past rents")
    real_n: int = Field(description="verdicts on past rents")
    to_gap: float | None = Field(description="null: no upper limit")


class RealResultJson(JsonModel):
    """The scores on past rents."""

    right_calls: tuple[RightCallsJson, ...] = Field(description="verdicts by gap")
    band: tuple[BandJson, ...] = Field(description="coverage of the forecast band by horizon")
    series: tuple[SeriesResultJson, ...] = Field(description="by price series")


class SyntheticSetsJson(JsonModel):
    """The scores on both sets of simulated markets."""

    tuning: SyntheticResultJson = Field(description="the markets that the confidence words were tuned on")
    held_out: SyntheticResultJson = Field(description="markets that were not used for tuning")


class ShippedRecordJson(JsonModel):
    """The track record as it was when this version was made."""

    date: str = Field(description="day that it was made")
    commands: dict[str, str] = Field(description="the commands that repeat it")
    earned: tuple[EarnedJson, ...] = Field(description="by gap, narrowest first")
    real: RealResultJson = Field(description="on past rents")
    synthetic: SyntheticSetsJson = Field(description="on simulated markets")
    limits: tuple[str, ...] = Field(description="what it cannot show")
    tried: tuple[str, ...] = Field(description="what was tried while making it")


class BacktestReport(JsonReport):
    """`gpu-advisor backtest --json`: the decision rule on past rents, against hindsight and naive rules."""

    plan_change_per_month: float = Field(description="chance in a month that a plan ends early")
    naive_rules: dict[str, str] = Field(description="what each naive rule does")
    series: tuple[SeriesResultJson, ...] = Field(description="on past rents, by price series")
    right_calls: tuple[RightCallsJson, ...] = Field(description="verdicts by gap")
    band: tuple[BandJson, ...] = Field(description="coverage of the forecast band by horizon")
    synthetic: SyntheticResultJson | None = Field(description="null unless simulated markets were asked for")
    shipped: ShippedRecordJson = Field(description="the track record that ships with this version")


class LoggedPricesJson(JsonModel):
    """The prices behind a saved verdict."""

    read_on: Day = Field(description="day that the price book was read")
    usd_per_gpu_hour: float = Field(description="on-demand list price")
    term_discounts: dict[str, float] = Field(description="share off the list price, by months of a term")
    node_usd: float | None = Field(description="price of a node; null where nobody posts one")


class ContenderJson(JsonModel):
    """A feasible option and its expected cost."""

    option: str = Field(description="id of the option")
    action: Action = Field(description="class of the option")
    expected_usd: float = Field(description="net present cost")


class TodayJson(JsonModel):
    """The same question at today's prices."""

    option: str | None = Field(description="the pick of today; null when nothing is feasible")
    expected_usd: float | None = Field(description="its cost")
    option_then_usd: float | None = Field(description="cost today of the option picked then; null if not available")
    usd_per_gpu_hour: float | None = Field(description="on-demand list price of today")
    stands: bool | None = Field(description="whether the pick is the same; null when there is an error")
    error: str | None = Field(description="why it could not be computed; null when it could")


class LoggedVerdictJson(JsonModel):
    """A saved verdict, then and today."""

    date: Day = Field(description="day that it was saved")
    name: str = Field(description="name of the profile")
    gpu: str = Field(description="id of the GPU")
    prices: LoggedPricesJson = Field(description="the prices of that day")
    gap_share: float | None = Field(description="what the rival cost more than the pick, as a share")
    close_call: bool = Field(description="whether pick and rival were too close to call")
    contenders: tuple[ContenderJson, ...] = Field(description="the pick first, then by cost; empty: nothing feasible")
    part: int = Field(description="which verdict on the profile it is: one for each of its GPUs, from 1")
    parts: int = Field(description="how many there are")
    today: TodayJson = Field(description="the same question at today's prices")


class RecordReport(JsonReport):
    """`gpu-advisor record --json`: each verdict you saved, at today's prices."""

    verdicts: tuple[LoggedVerdictJson, ...] = Field(description="oldest first")
