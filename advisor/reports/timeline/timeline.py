"""The timeline of a plan as plain values, which are light to import: its steps, and amounts by month."""

from typing import TYPE_CHECKING

from advisor.formatting import usd
from advisor.values.quick_dataclass import dataclass

if TYPE_CHECKING:
    from advisor.costing.option import Action
    from advisor.decision.plan_steps import StepKind


@dataclass(frozen=True)
class TimelineStep:
    """What to do at the start of a month.

    Attributes:
        month: The month, 1 for the first.
        text: `reserve 5 nodes, 12 months`.
        kind: What is done.
        nodes: That are signed, ordered or rented then; GPUs where those are rented one by one.
        term_months: Of what is signed, 0 for all else.
        owed_usd: What is signed costs over its term; 0 for all else.
        paid_usd: What is paid in that month.
        first_of_month: Whether no step before it is in the same month.
        renewed: Whether what is signed is signed again each month for as many nodes.
    """

    month: int
    text: str
    kind: "StepKind"
    nodes: int
    term_months: int
    owed_usd: float
    paid_usd: float
    first_of_month: bool = True
    renewed: bool = False

    @property
    def in_all(self) -> str:
        """`: $13.5M in all`, of what is signed; `: $688k the first` of what is signed month by month; else empty."""
        return f": {usd(self.owed_usd)} {'the first' if self.renewed else 'in all'}" if self.owed_usd else ""

    @property
    def paid(self) -> str:
        """What is paid, as text, once for each month."""
        return usd(self.paid_usd) if self.first_of_month else ""


@dataclass(frozen=True)
class TimelineSeries:
    """An amount by month. most: the largest as text."""

    name: str
    values: tuple[float, ...]
    most: str


@dataclass(frozen=True)
class Timeline:
    """What to do and when while the plan holds, and below it the nodes, what is paid and the cash that is left. action:
    what the pick does, for its color. after_tax: whether what is paid is less the taxes that it saves."""

    action: "Action"
    steps: tuple[TimelineStep, ...]
    series: tuple[TimelineSeries, ...]
    after_tax: bool = False

    @property
    def title(self) -> str:
        """What it shows."""
        return f"By month, if the plan holds{', after tax' if self.after_tax else ''}"

    @property
    def months(self) -> int:
        """The length of the plan."""
        return len(self.series[0].values)
