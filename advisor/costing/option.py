"""One way to get the compute: its cost table, its constraints, and choices left for later."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from advisor.array_types import Bools, Months
from advisor.costing.case import Case
from advisor.costing.cost_table import CostTable, joined

Action = Literal["rent", "reserve", "buy"]


@dataclass(frozen=True)
class Choice:
    """A decision that is left for later and will be made by what rents have done by then. tables: what there is to
    choose from, all of one length; now, since: for each tau = 1..T the month of the decision, and the month with whose
    rents those of `now` are compared (arrays of T). Before the decision the tables are the same."""

    tables: tuple[CostTable, ...]
    names: tuple[str, ...]
    now: Months
    since: Months


@dataclass(frozen=True)
class Constraint:
    """A reason why an option cannot be had, and for which plans it holds (...)."""

    holds: Bools
    why: str


def constraint(holds: npt.ArrayLike, why: str) -> Constraint:
    """A barrier; `holds` may be one answer or one a plan."""
    return Constraint(np.asarray(holds, dtype=bool), why)


@dataclass(frozen=True)
class Option:
    """One way to get the compute: what it is, its table, and why it may not be had.

    barriers: what may stand in the way, cash not yet considered. priced: whether there is a price to reckon with at
    all; without one the table means nothing. rate_share: the first rate of a commitment as a share of the neocloud list
    price at signing. hurdle_share: a variant that puts more at stake is preferred only if it saves more than this.
    choice: the tables that are chosen from later, of which `table` is the first; None when all is decided today.
    rents_peaks: whether part of the demand is rented on purpose all along. remake: the same option in another case.
    """

    id: str
    action: Action
    label: str
    table: CostTable
    constraints: tuple[Constraint, ...] = ()
    term_months: int | None = None
    rate_share: float | None = None
    priced: bool = True
    hurdle_share: float = 0.0
    choice: Choice | None = None
    rents_peaks: bool = False
    remake: "Callable[[Case], Option | None] | None" = None

    @property
    def infeasible_because(self) -> tuple[str, ...]:
        """Reasons why the option is infeasible for one plan; empty when it is not."""
        return tuple(b.why for b in self.constraints if b.holds)

    @property
    def barred(self) -> Bools:
        """Whether anything stands in the way, by plan. (...)."""
        return np.asarray(sum((b.holds for b in self.constraints), np.zeros((), dtype=bool)))


def beside(option: Option, other: CostTable) -> Option:
    """The option with the lines of another table beside its own, whatever is chosen later: see `joined`."""
    if option.choice is None:
        return replace(option, table=joined(option.table, other))
    tables = tuple(joined(table, other) for table in option.choice.tables)
    return replace(option, table=tables[0], choice=replace(option.choice, tables=tables))
