"""The view models: what screens and reports show of an answer, as plain values that are light to import."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

from advisor.values.quick_dataclass import dataclass

if TYPE_CHECKING:
    from advisor.costing.option import Action
    from advisor.explain.number_id import NumberId
    from advisor.reports.timeline.timeline import Timeline

_MOST_ROWS = 8
FAN_SHARES = (0.05, 0.25, 0.5, 0.75, 0.95)  # of the futures, in which a fan has its curves


@dataclass(frozen=True)
class Curve:
    """One curve of a plot.

    Attributes:
        action: The class it is colored by.
        values: From left to right at even distances, NaN where it does not reach.
        dash: How many parts of it are drawn and how many left out in turn.
    """

    name: str
    action: "Action"
    values: tuple[float, ...]
    dash: tuple[int, int] = (1, 0)

    @property
    def sign(self) -> str:
        """One cell of it, for a legend and for a terminal without dots: solid, dashed, dotted and sparse differ."""
        drawn, left_out = self.dash
        return "─" if not left_out else "╌" if drawn > left_out else "┈" if drawn == left_out else "∙"


@dataclass(frozen=True)
class Mark:
    """A point to mark: the share of the width at which it lies, its value, and the sign for it."""

    at: float
    value: float
    sign: str


@dataclass(frozen=True)
class Plot:
    """A picture of curves.

    Attributes:
        lowest, highest: Where it begins and ends, what lies above is cut off.
        amount: A value as text.
        ticks: Labels under the picture, from left to right at even distances.
        own: Share of the width at which the user stands, None where there is no such place.
    """

    title: str
    lines: tuple[Curve, ...]
    lowest: float
    highest: float
    amount: Callable[[float], str]
    axis: str
    ticks: tuple[str, ...]
    marks: tuple[Mark, ...] = ()
    own: float | None = None


@dataclass(frozen=True)
class Statement:
    """A sentence. number: the number it shows, which can be opened; None where it shows none."""

    text: str
    number: "NumberId | None" = None


@dataclass(frozen=True)
class WaterfallBar:
    """One bar of the waterfall, from `start` to `end` USD: a total, or what the rival costs more or less."""

    label: str
    amount: str
    start: float
    end: float
    kind: Literal["total", "more", "less"]
    action: "Action | None"
    number: "NumberId"


@dataclass(frozen=True)
class TornadoBar:
    """What an input does to the lead of the pick over the best of another class.

    Attributes:
        lead_at_low_usd, lead_at_high_usd: The lead when the input is a standard deviation lower and higher.
        low, high: The input's values there.
        span: Both in one phrase, `40 to 88 nodes`.
    """

    label: str
    lead_at_low_usd: float
    lead_at_high_usd: float
    low: str
    high: str
    span: str
    number: "NumberId"

    @property
    def worse_usd(self) -> float:
        """The smaller lead."""
        return min(self.lead_at_low_usd, self.lead_at_high_usd)

    @property
    def better_usd(self) -> float:
        """The larger lead."""
        return max(self.lead_at_low_usd, self.lead_at_high_usd)

    @property
    def worse(self) -> str:
        """The input's value at the smaller lead."""
        return self.low if self.lead_at_low_usd <= self.lead_at_high_usd else self.high

    @property
    def better(self) -> str:
        """The input's value at the larger lead."""
        return self.high if self.lead_at_low_usd <= self.lead_at_high_usd else self.low


@dataclass(frozen=True)
class MapCell:
    """One cell of the map: the letter of its class, small when too close to call; action None where nothing is
    available; lead: 0 when too close to call, 1, or 2 for a clear lead; text: the plan and its answer."""

    letter: str
    action: "Action | None"
    lead: int
    text: str


@dataclass(frozen=True)
class MapView:
    """The decision map: a row for each length, in it a cell for each number of nodes.

    Attributes:
        title: What it shows, and which action appears nowhere.
        own: Row and column of the user's plan.
        legend: What the letters mean.
        columns: The sizes as text, in units of `across`.
    """

    title: str
    nodes: tuple[float, ...]
    months: tuple[float, ...]
    cells: tuple[tuple[MapCell, ...], ...]
    own: tuple[int, int]
    legend: str
    columns: tuple[str, ...]
    across: str


@dataclass(frozen=True)
class CostRow:
    """One option in the comparison.

    Attributes:
        places: The ends of its 5 to 95% range and between them its cost, on the axis that all feasible ones share,
            0..1.
        cut: Whether that axis begins above zero.
        leads_class: Whether it is the best of its class.
    """

    id: str
    action: "Action"
    label: str
    usd: float
    cost: str
    places: tuple[float, float, float]
    cut: bool
    is_pick: bool
    leads_class: bool
    why_not: str


@dataclass(frozen=True)
class TermRow:
    """The break-even utilization of one reserved term: by the rates alone, and with everything counted; and when all
    of it has paid off, `6.7 of 12 months`, or empty."""

    label: str
    rate_ratio: str
    busy_share: str
    paid_off: str
    number: "NumberId"


@dataclass(frozen=True)
class LengthRow:
    """The cheapest option for an interval of plan lengths."""

    months: str
    option: str
    number: "NumberId"


@dataclass(frozen=True)
class ScenarioRow:
    """The cheapest option under a named path of rents, and what the pick costs more than it."""

    label: str
    best: str
    extra_cost: str
    number: "NumberId"


@dataclass(frozen=True)
class BalanceRow:
    """What owning leaves on the balance sheet at the end of a month, USD as text."""

    month: str
    book: str
    market: str
    owed: str
    number: "NumberId"


@dataclass(frozen=True)
class ClassCard:
    """The best option of renting, reserving or buying.

    Attributes:
        expected, holds: Its cost, and that if the plan holds.
        low, high: The ends of its 5 to 95% range.
        places: Of low, mean and high on the axis that all cards share, 0..1.
        best_in: The share of simulated futures in which its action is the cheapest.
        why_not: Empty where it is feasible.
    """

    action: "Action"
    label: str
    expected: str
    holds: str
    day_one: str
    low: str
    high: str
    places: tuple[float, float, float]
    best_in: str
    is_pick: bool
    why_not: str


@dataclass(frozen=True)
class CardRow:
    """A card as one line of a table: its name, its figures or why it is not feasible, and its range as a picture."""

    card: ClassCard
    name: str
    figures: str
    band: str

    @property
    def text(self) -> str:
        """The whole line."""
        return f"{self.name}{self.figures}{self.band}".rstrip()


@dataclass(frozen=True)
class CardTable:
    """The cards as lines of text."""

    header: str
    rows: tuple[CardRow, ...]

    @property
    def lines(self) -> tuple[str, ...]:
        """Header and rows; none without cards."""
        return (self.header, *(row.text for row in self.rows)) if self.rows else ()


@dataclass(frozen=True)
class RentFan:
    """Rents by month of the plan, USD per GPU-hour: a curve for each of `FAN_SHARES` of the futures, lowest first."""

    curves: tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class UnitCostRow:
    """What a million tokens or a thousand requests cost one way: if today's volume stayed, empty where not known, and
    over the plan."""

    way: str
    today: str
    plan: str
    number: "NumberId"


@dataclass(frozen=True)
class ServiceView:
    """The answer of a service in its own units.

    Attributes:
        title: `In tokens`.
        answer: Until when to stay on the API.
        many: What the costs are of: `a million tokens`.
        rows: Each way; none where nothing is feasible.
        notes: Latency, break-even utilization and idle GPUs.
    """

    title: str
    answer: Statement
    many: str
    rows: tuple[UnitCostRow, ...]
    notes: tuple[Statement, ...]


@dataclass(frozen=True)
class VerdictView:
    """The verdict.

    Attributes:
        headline: What to do.
        conclusion: What it saves.
        cards: The best option of each action.
        summary: What else there is to know at once.
        in_hand: Of it what is done with contracts and hardware in hand.
        hints: The prices and shares at which the verdict changes.
        timeline: What to do when, None where all is done at once.
        terms, months, scenarios: The break-evens as tables.
    """

    name: str
    market: str
    market_short: str
    headline: str
    confidence: str
    action: "Action | None"
    close_call: bool
    conclusion: str
    cards: tuple[ClassCard, ...]
    summary: tuple[str, ...]
    in_hand: tuple[str, ...]
    hints: tuple[Statement, ...]
    rows: tuple[CostRow, ...]
    sentences: tuple[str, ...]
    warnings: tuple[str, ...]
    costs: Plot
    timeline: "Timeline | None"
    crossings: tuple[Statement, ...]
    waterfall: tuple[WaterfallBar, ...]
    terms: tuple[TermRow, ...]
    months: tuple[LengthRow, ...]
    scenarios: tuple[ScenarioRow, ...]
    payback: Statement

    @property
    def waterfall_title(self) -> str:
        """`reserve 12 months to buy and colocate`: the two ends of the waterfall."""
        return f"{self.waterfall[0].label} to {self.waterfall[-1].label}" if self.waterfall else ""


@dataclass(frozen=True)
class DeeperView:
    """What takes a moment longer to compute.

    Attributes:
        changes: What would change the answer.
        tornado: Widest first.
        worth: Of waiting and of information.
        balance: What owning leaves.
        owning: The way to buy that it is of; empty where there is none.
        stops: What each way costs if the plan changes early.
        service: The answer of a service in its own units, None for other work.
        fan: Where rents may go, None where it is not shown.
    """

    changes: tuple[Statement, ...]
    tornado: tuple[TornadoBar, ...]
    worth: tuple[Statement, ...]
    balance: tuple[BalanceRow, ...]
    owning: str = ""
    stops: tuple[str, ...] = ()
    service: "ServiceView | None" = None
    fan: RentFan | None = None

    @property
    def widest(self) -> tuple[TornadoBar, ...]:
        """As many bars as a table of text has room for."""
        return self.tornado[:_MOST_ROWS]
