"""One way to get the compute: its cost table, its constraints, and choices left for later."""

import operator
from collections.abc import Callable
from functools import lru_cache, reduce
from typing import TYPE_CHECKING, Literal

import numpy as np

from advisor.array_types import Amount, ArrayLike, Bools, Floats, Months, of_row
from advisor.costing.case import Case
from advisor.costing.changed_tables import joined, stretched, summed
from advisor.costing.cost_table import CostTable
from advisor.values.quick_dataclass import dataclass, replace

if TYPE_CHECKING:
    from advisor.costing.options.contracts.blocks import Blocks
    from advisor.market.forecast.forecast import Forecast

Action = Literal["api", "rent", "reserve", "buy"]
OptionClass = Literal["api", "rent", "reserve_short", "reserve_long", "buy"]  # by how much is committed
LONG_TERM_MONTHS = 12  # from here on a reservation is a long one

PREPAID_SUFFIX = "-prepaid"
_SIMPLEST_FIRST = (
    "held", "api", "on", "marketplace", "rent-then-decide", "reserved", "hybrid-reserve-api", "hybrid-reserve",
    "prepaid", "lease", "buy-loan", "hybrid-buy-api", "hybrid-buy",
)  # fmt: skip  # whatever else is bought comes last


@lru_cache(maxsize=256)
def _simplicity_of(option_id: str, term_months: int) -> tuple[int, int, bool]:
    gpu, _, name = option_id.rpartition(":")
    kind = "prepaid" if name.endswith(PREPAID_SUFFIX) else name.split("-")[0]
    kind = {
        "hybrid": name, "buy": name, "rent": "rent-then-decide",
        "block": "reserved", "committed": "reserved", "spot": "marketplace", "loan": "buy-loan", "sale": "lease",
    }.get(kind, kind)  # fmt: skip
    at = _SIMPLEST_FIRST.index(kind) if kind in _SIMPLEST_FIRST else len(_SIMPLEST_FIRST)
    return at, term_months, bool(gpu)


class Competitor:
    """What the rule of the verdict needs to know of an option beside its cost; see `Option`."""

    id: str
    action: Action
    term_months: int | None

    @property
    def option_class(self) -> OptionClass:
        """The class by which verdicts are compared: a reservation is short below a year, else long."""
        if self.action != "reserve":
            return self.action
        short = self.term_months is not None and self.term_months < LONG_TERM_MONTHS
        return "reserve_short" if short else "reserve_long"

    @property
    def prepaid_base(self) -> str | None:
        """The id of the same contract paid monthly, for a prepaid one; else None."""
        return self.id.removesuffix(PREPAID_SUFFIX) if self.id.endswith(PREPAID_SUFFIX) else None

    @property
    def simplicity(self) -> tuple[int, int, bool]:
        """Sorts options from the one that commits least and is simplest; another GPU comes after the profile's own.

        Source: docs/decisions/0014-four-classes-one-rule.md
        """
        return _simplicity_of(self.id, self.term_months or 0)


@dataclass(frozen=True)
class PlanOption(Competitor):
    """An option of many plans without its tables; see `Option`. label: for any plan; empty where it is not shown."""

    id: str
    action: Action
    term_months: int | None = None
    label: str = ""


def subject_of(label: str) -> str:
    """The label of an option as the subject of a sentence.

    >>> subject_of("12-month reservation"), subject_of("on-demand rent"), subject_of("spot replicas")
    ('the 12-month reservation', 'on-demand rent', 'renting spot replicas')
    """
    if label.startswith("spot replicas"):
        return f"renting {label}"
    return f"the {label}" if label.startswith(("prepaid ", "hosted API", *"123456789")) else label


@dataclass(frozen=True)
class Choice:
    """A decision left for a later month, which will be made by how rents have moved by then.

    tables: the alternatives, all of one length; names: one for each. Before the decision the tables are the same.

    Source: docs/model.md#deferred-choice
    """

    tables: tuple[CostTable, ...]
    names: tuple[str, ...]
    month: int


@dataclass(frozen=True)
class Right:
    """A right that is used or not, by how rents have moved by then, whatever else is decided.

    Attributes:
        table: What using it adds to the cost, as long as the option's own, without a sale.
        now, since: The month of the decision, and the month with whose rents those of `now` are compared, for each tau
            = 1..T (..., T), or for all tau (..., 1).
        log_cut: The log change of rents below which it is used (...), None where it is used when that is expected to
            cost less.

    Source: docs/model.md#clauses
    """

    table: CostTable
    now: Months
    since: Months
    log_cut: Floats | None = None

    def of_plan(self, plan: int, length: int, months: int) -> "Right":
        """The right of one of many plans: see `CostTable.of_plan`."""
        now, since = (of_row(one, plan)[:length] for one in (self.now, self.since))
        cut = None if self.log_cut is None else np.asarray(self.log_cut[plan] if self.log_cut.ndim else self.log_cut)
        return Right(self.table.of_plan(plan, length, months), now, since, cut)

    def of_row(self, row: int, table: CostTable) -> "Right":
        """The right of one of many rows. table: of that row."""
        now, since = (one[row] if one.ndim > 1 else one for one in (self.now, self.since))
        return Right(table, now, since, None if self.log_cut is None else self.log_cut[row])


@dataclass(frozen=True)
class Constraint:
    """A reason why an option is infeasible, and for which plans it holds (...)."""

    holds: Bools
    why: str


def constraint(holds: ArrayLike, why: str) -> Constraint:
    """A constraint; `holds`: one answer, or one for each plan (...)."""
    return Constraint(np.asarray(holds, dtype=bool), why)


def any_holds(constraints: "tuple[Constraint, ...]") -> Bools:
    """Whether any of some constraints holds, by plan. (...)."""
    return np.asarray(reduce(operator.or_, (one.holds for one in constraints), np.zeros((), dtype=bool)))


@dataclass(frozen=True)
class Option(Competitor):
    """One way to get the compute: what it is, what it costs, and why it may be infeasible.

    Attributes:
        label: What it is called in sentences and tables, a noun ("12-month reservation").
        command: What to do, for headlines ("reserve 12 months").
        then: What follows the first term, as the command goes on (", then renew, then 3"); of one plan.
        nodes: Under contract or owned while the plan holds, by month; None where there are none, and of many plans.
        contracts: What is signed for one plan, including the contracts until hardware arrives.
        order_month: When hardware is ordered; None where none is.
        constraints: What may make it infeasible; cash comes later.
        term_months: Length of a commitment.
        rate_share: Its first rate as a share of the neocloud list price at signing (...).
        priced: Whether there is a price at all; the table means nothing without one.
        hurdle_share: Share that it must save to be preferred, for a variant that puts more at stake (...).
        choice: The tables that are chosen from later, `table` first; None when all is decided today.
        rents_peaks: Whether part of the demand is rented on purpose throughout.
        label_of_rest: The part of the label about the last months of this plan.
        remake: The same option in another case.
        usd_of_best_size: What it is expected to cost in each of many plans, of the best size for each, USD (P); None
            where its size follows from the plan.
        seller: Who offers it, for an offer in hand.
        rights: What its holder may decide later; each changes its cost.
        apart: Of its table, what is in hand and is not a cost of the work; None where nothing is.
    """

    id: str
    action: Action
    label: str
    table: CostTable
    constraints: tuple[Constraint, ...] = ()
    term_months: int | None = None
    rate_share: Amount | None = None
    priced: bool = True
    hurdle_share: Amount = 0.0
    choice: Choice | None = None
    rents_peaks: bool = False
    command: str = ""
    then: str = ""
    nodes: Floats | None = None
    contracts: "tuple[Blocks, ...]" = ()
    order_month: int | None = None
    label_of_rest: str = ""
    remake: "Callable[[Case], Option | None] | None" = None
    usd_of_best_size: "Callable[[Case, Forecast], Floats] | None" = None
    seller: str = ""
    rights: tuple[Right, ...] = ()
    apart: CostTable | None = None

    @property
    def subject(self) -> str:
        """The label as the subject of a sentence: with an article where it needs one."""
        return subject_of(self.label)

    @property
    def tables(self) -> tuple[CostTable, ...]:
        """All tables that may apply: those of the choice, else the one table."""
        return self.choice.tables if self.choice else (self.table,)

    @property
    def label_for_any_plan(self) -> str:
        """The label without its part about the last months of this plan."""
        return self.label.replace(self.label_of_rest, "", 1)

    @property
    def decides_later(self) -> bool:
        """Whether any decision is left for later, when rents have moved."""
        return self.choice is not None or bool(self.rights)

    def of_plan(self, plan: int, length: int) -> "Option":
        """The option of one of many plans in which it is feasible, as it would be made for it alone. length: its
        months."""
        months = max(length, *(table.last_due(plan) for table in (*self.tables, *(one.table for one in self.rights))))
        tables = tuple(table.of_plan(plan, length, months) for table in self.tables)
        rights = (right.of_plan(plan, length, months) for right in self.rights)
        hurdle = np.asarray(self.hurdle_share)
        return replace(
            self,
            table=tables[0],
            choice=None if self.choice is None else replace(self.choice, tables=tables),
            constraints=(),
            hurdle_share=float(hurdle[plan] if hurdle.ndim else hurdle),
            rights=tuple(right for right in rights if any(part.coefficients.any() for part in right.table.parts)),
        )

    @property
    def infeasible_because(self) -> tuple[str, ...]:
        """The constraints that hold for one plan; empty when the option is feasible."""
        return tuple(one.why for one in self.constraints if one.holds)

    @property
    def infeasible(self) -> Bools:
        """Whether any constraint holds, by plan. (...)."""
        return any_holds(self.constraints)


def plan_option(option: Option) -> PlanOption:
    """What the rule needs to know of an option."""
    return PlanOption(option.id, option.action, option.term_months, option.label_for_any_plan)


def beside(option: Option, other: CostTable) -> Option:
    """The option with the lines of another table added to its own, whatever is chosen later: see `joined`.

    A table with an exit stands beside the option's own, which may have another one, and so does one with credits, which
    pay for its own hours alone: see `summed`.
    """
    apart = other.exit is not None or "credits" in other.components
    tables = tuple(summed((table, other)) if apart else joined(table, other) for table in option.tables)
    choice = None if option.choice is None else replace(option.choice, tables=tables)
    rights = tuple(replace(right, table=stretched(right.table, tables[0].months)) for right in option.rights)
    return replace(option, table=tables[0], choice=choice, rights=rights)
