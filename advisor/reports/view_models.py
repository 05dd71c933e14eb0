"""What the screens show of an answer, as plain values: light to import, and fit to go from one process to another."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from advisor.costing.option import Action


@dataclass(frozen=True)
class Line:
    """One curve: its name, the class it is coloured by, its values from left to right at even distances, NaN where it
    does not reach. dash: how many parts of it are drawn and how many left out in turn."""

    name: str
    action: "Action"
    values: tuple[float, ...]
    dash: tuple[int, int] = (1, 0)


@dataclass(frozen=True)
class Mark:
    """A point to mark: the share of the width at which it lies, its value, and the sign for it."""

    at: float
    value: float
    sign: str


@dataclass(frozen=True)
class Plot:
    """A picture of curves. lowest, highest: where it begins and ends, what lies above is cut off; amount: a value in
    words; ticks: words under the picture, from left to right at even distances; own: share of the width at which the
    founder stands, None where there is no such place."""

    title: str
    lines: tuple[Line, ...]
    lowest: float
    highest: float
    amount: Callable[[float], str]
    axis: str
    ticks: tuple[str, ...]
    marks: tuple[Mark, ...] = ()
    own: float | None = None


@dataclass(frozen=True)
class WaterfallBar:
    """One bar of the waterfall, from `start` to `end` USD: a total, or what the rival costs more or less. number: the
    id it can be opened by."""

    label: str
    amount: str
    start: float
    end: float
    kind: Literal["total", "more", "less"]
    action: "Action | None"
    number: str


@dataclass(frozen=True)
class TornadoBar:
    """What an input does to the lead of the pick, USD: the lead at its worse and its better end (a deviation from
    today's value), and the input's value there; number: the id it can be opened by."""

    label: str
    worse_usd: float
    better_usd: float
    worse: str
    better: str
    number: str


@dataclass(frozen=True)
class MapCell:
    """One cell of the map: the letter of its class, small when too close to call; action None where nothing can be
    had; words: the plan and its answer."""

    letter: str
    action: "Action | None"
    words: str


@dataclass(frozen=True)
class MapView:
    """The decision map: a row for each length, in it a cell for each number of nodes. own: row and column of the
    founder's plan; legend: what the letters mean."""

    title: str
    nodes: tuple[int, ...]
    months: tuple[float, ...]
    cells: tuple[tuple[MapCell, ...], ...]
    own: tuple[int, int]
    legend: str


@dataclass(frozen=True)
class CostRow:
    """One option in the comparison. share: its cost over the dearest feasible one's, 0..1; leads_class: the best of
    rent, reserve or buy."""

    id: str
    action: "Action"
    label: str
    usd: float
    cost: str
    share: float
    is_pick: bool
    leads_class: bool
    why_not: str


@dataclass(frozen=True)
class VerdictView:
    """A verdict in words. headline: what to do; summary: the cost and what it saves; hints: what would change it, and
    hint_numbers: the ids by which each can be opened and tried."""

    name: str
    market: str
    market_short: str
    headline: str
    confidence: str
    action: "Action | None"
    close_call: bool
    summary: tuple[str, ...]
    hints: tuple[str, ...]
    hint_numbers: tuple[str | None, ...]
    rows: tuple[CostRow, ...]
    sentences: tuple[str, ...]
    warnings: tuple[str, ...]
    costs: Plot
    crossings: tuple[str, ...]
    bars: tuple[WaterfallBar, ...]
    waterfall: tuple[tuple[str, str], ...]
    terms: tuple[tuple[str, str, str], ...]
    months: tuple[tuple[str, str], ...]
    scenarios: tuple[tuple[str, str, str], ...]
    payback: str
    payback_number: str | None

    @property
    def waterfall_title(self) -> str:
        """`reserve 12 months to buy and colocate`: the two ends of the waterfall."""
        return f"{self.waterfall[0][0]} to {self.waterfall[-1][0]}" if self.waterfall else ""


@dataclass(frozen=True)
class DeeperView:
    """What takes a moment longer to reckon. changes: what would flip the answer, change_numbers: the ids by which each
    can be opened and tried; swings: the tornado (input, lead of
    the pick lower and higher, both values); worth: of waiting and of knowing; balance: what owning leaves (month, book,
    market, owed)."""

    changes: tuple[str, ...]
    change_numbers: tuple[str | None, ...]
    swings: tuple[tuple[str, float, float, str], ...]
    tornado: tuple[TornadoBar, ...]
    worth: tuple[str, ...]
    balance: tuple[tuple[str, str, str, str], ...]
