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
    """A decision left for later, which will be made by how rents have moved by then.

    tables: the alternatives, all of one length; names: one for each; now, since: for each tau = 1..T the month of the
    decision, and the month with whose rents those of `now` are compared, (T,). Before the decision the tables are the
    same.

    Source: docs/model.md#deferred-choice
    """

    tables: tuple[CostTable, ...]
    names: tuple[str, ...]
    now: Months
    since: Months


@dataclass(frozen=True)
class Constraint:
    """A reason why an option is infeasible, and for which plans it holds (...)."""

    holds: Bools
    why: str


def constraint(holds: npt.ArrayLike, why: str) -> Constraint:
    """A constraint; `holds`: one answer, or one for each plan (...)."""
    return Constraint(np.asarray(holds, dtype=bool), why)


@dataclass(frozen=True)
class Option:
    """One way to get the compute: what it is, what it costs, and why it may be infeasible.

    constraints: what may make it infeasible, cash not yet considered; term_months: length of a commitment; rate_share:
    the first rate of a commitment as a share of the neocloud list price at signing; priced: whether there is a price at
    all, without which the table means nothing; hurdle_share: a variant that puts more at stake is preferred only if it
    saves more than this share; choice: the tables that are chosen from later, of which `table` is the first, None when
    all is decided today; rents_peaks: whether part of the demand is rented on purpose throughout; label_of_rest: the
    end of the label, about the last months of this one plan; remake: the same option in another case.
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
    label_of_rest: str = ""
    remake: "Callable[[Case], Option | None] | None" = None

    @property
    def tables(self) -> tuple[CostTable, ...]:
        """All tables that may apply: those of the choice, else the one table."""
        return self.choice.tables if self.choice else (self.table,)

    @property
    def label_for_any_plan(self) -> str:
        """The label without what is about the last months of this one plan."""
        return self.label.removesuffix(self.label_of_rest)

    @property
    def infeasible_because(self) -> tuple[str, ...]:
        """The constraints that hold for one plan; empty when the option is feasible."""
        return tuple(one.why for one in self.constraints if one.holds)

    @property
    def infeasible(self) -> Bools:
        """Whether any constraint holds, by plan. (...)."""
        return np.asarray(sum((one.holds for one in self.constraints), np.zeros((), dtype=bool)))


def beside(option: Option, other: CostTable) -> Option:
    """The option with the lines of another table added to its own, whatever is chosen later: see `joined`."""
    if option.choice is None:
        return replace(option, table=joined(option.table, other))
    tables = tuple(joined(table, other) for table in option.choice.tables)
    return replace(option, table=tables[0], choice=replace(option.choice, tables=tables))
