"""CostTable: what one option costs, before prices and the month the plan changes are known.

A table is a list of cost lines. In each month t a line has one coefficient for each state the option can be in, and one
for the month of the change itself, due in addition:

    active         the plan is unchanged                                tau > t
    winding down   the plan has changed, the option still runs          gone_by[t] < tau <= t
    exited         the plan has changed, the option has been left       tau <= gone_by[t]
    on change      the plan changes in this month                       tau = t

where tau is the month in which the plan changes. A coefficient is dollars (FIXED) or GPU-hours to be multiplied with
the list price of its own month (SPOT) or of the month in which the running contract was signed (SIGNED); or dollars at
the expected price of an API, which move with its price (TOKENS). That is the whole of an option's cost except for two
parts: what an owner gets and owes at the exit, which depends on tau itself (see Exit), and what is due in proportion to
a GPU bill, which needs no coefficients of its own (see SURCHARGED).

Each line names the inputs that its coefficients depend on by their ids: figures of the book (`rental.prepaid_share`,
`H100-SXM.node_usd`), and of the user PLAN_NODES and its like, `quote.reserved.12`, `company.tax_rate`. What follows
from basis and timing (rents, the discount rate) and from the states (the chance that the plan changes) is not declared
but read off the line: see `lineage.py`.

As in `demand.py`, arrays may have an axis of plans in front of the months, written (..., months). The table of many
plans can be taken apart: see `CostTable.of_plan`.

Source: docs/model.md#cost-tables
"""

from collections.abc import Callable, Mapping, Sequence
from enum import IntEnum
from functools import cached_property, lru_cache
from itertools import chain
from typing import ClassVar, NamedTuple

import numpy as np

from advisor.array_types import Amount, Bools, Floats, Months, Row, as_one, at_months, of_row
from advisor.costing.components import SURCHARGED
from advisor.costing.rates import Rates, Timing
from advisor.values.quick_dataclass import dataclass, replace


class Basis(IntEnum):
    """What a coefficient is multiplied with: a row of the price matrix of CostTable.prices."""

    FIXED = 0  # dollars
    SPOT = 1  # GPU-hours at the list price of their own month
    SIGNED = 2  # GPU-hours at the list price of the month in which the running contract was signed
    TOKENS = 3  # dollars at the expected price of an API: move with its sampled prices


class PlanState(IntEnum):
    """The state a coefficient is due in: an index of the second axis of CostTable.coefficients."""

    ACTIVE = 0
    WINDING_DOWN = 1
    EXITED = 2
    ON_CHANGE = 3


class ByPlanState(NamedTuple):
    """The coefficients of one line by state of the plan. Arrays (..., months or fewer); None and missing months: 0.

    Attributes:
        active: While the plan is unchanged.
        winding_down: After it changed, while the option still runs (a term that must be served, hardware that is not
            sold yet).
        exited: After it changed, once the option has been left.
        on_change: In the month of the change only, in addition to the others.
    """

    active: Floats
    winding_down: Floats | None = None
    exited: Floats | None = None
    on_change: Floats | None = None

    @classmethod
    def needed(cls, before: Floats, after: Floats) -> "ByPlanState":
        """What the plan needs before and after its change, whether the option still runs or not."""
        return cls(before, after, after)

    @classmethod
    def running(cls, due: Floats) -> "ByPlanState":
        """What is due as long as the option runs, whatever the plan does."""
        return cls(due, due)


@dataclass(frozen=True)
class Exit:
    """What leaving brings and costs an owner. Arrays (..., T) over tau = 1..T, except hardware_usd (...).

    Attributes:
        month: When the hardware is sold or returned.
        sold: Whether there is any to sell (0 or 1).
        hardware_usd: Today's price of what is sold less selling cost, to be multiplied with the resale share of that
            month.
        owed_usd: Colocation still owed then.
        debt_owed_usd: What a lender or lessor is still owed.
        debt_deductible_usd: The part of that which may be deducted from taxes.
        book_usd: The part of the price that has not been deducted from taxes yet.
        before_tax: The same before the sale is taxed, None where no taxes are paid.
        depends_on: The inputs of what the sale brings.

    Source: docs/model.md#resale-value
    """

    month: Months
    sold: Floats
    hardware_usd: Floats
    owed_usd: Floats
    debt_owed_usd: Floats
    debt_deductible_usd: Floats
    book_usd: Floats
    before_tax: "Exit | None" = None
    depends_on: tuple[str, ...] = ()

    BY_CHANGE: ClassVar = ("month", "sold", "owed_usd", "debt_owed_usd", "debt_deductible_usd", "book_usd")

    def of_plan(self, plan: int, months: int) -> "Exit":
        """The exit of one of many plans, which is some months long."""
        by_change = {name: of_row(getattr(self, name), plan)[:months] for name in self.BY_CHANGE}
        return replace(
            self, hardware_usd=self.hardware_usd[plan] if self.hardware_usd.ndim else self.hardware_usd, **by_change
        )


@lru_cache(maxsize=512)
def _surcharged(components: tuple[str, ...]) -> Bools:
    found = np.array([component in SURCHARGED for component in components])
    found.setflags(write=False)
    return found


@dataclass(frozen=True, eq=False)
class CostTable:
    """One option's cost lines over `months` months (at least the plan's; longer when a contract outlasts it).

    Attributes:
        gone_by, signed_in: See above (..., months).
        components, basis, timing: Of each of L lines: the name of its component, its basis and its timing (L,).
        coefficients: (L, 4 states, ..., months), costs positive.
        surcharges: Components that are a share of the SURCHARGED lines, due with them.
        deductible: Which lines may be deducted from taxable income as they are paid (L,).
        deductions: What else may be deducted while the option runs, such as depreciation, USD (..., months).
        interest: The same of what lenders are paid.
        depends_on: The inputs of each line.
        beside: Tables of the same length that are added to this one, each with its own `gone_by`, `signed_in` and
            `exit`, such as contracts signed later or hardware in hand.
    """

    months: int
    gone_by: Months
    signed_in: Months
    components: tuple[str, ...]
    basis: Months
    timing: Months
    coefficients: Floats
    surcharges: tuple[tuple[str, Amount], ...]
    deductible: Bools
    deductions: Floats
    interest: Floats
    depends_on: Sequence[tuple[str, ...]]
    exit: Exit | None = None
    beside: tuple["CostTable", ...] = ()

    @property
    def parts(self) -> tuple["CostTable", ...]:
        """The tables that are summed: this one alone, and each of those beside it."""
        return (self, *self.beside)

    def of_plan(self, plan: int, length: int, months: int) -> "CostTable":
        """The table of one of many plans, as it would be made for it alone. It has `length` months, and the table as
        many as there are until nothing is due any more: see `last_due`."""

        def alone(part: CostTable, *beside: CostTable) -> CostTable:
            return replace(
                part,
                months=months,
                gone_by=of_row(part.gone_by, plan)[:months],
                signed_in=of_row(part.signed_in, plan)[:months],
                coefficients=part.coefficients[:, :, plan, :months],
                surcharges=tuple((name, as_one(share, plan)) for name, share in part.surcharges),
                deductions=of_row(part.deductions, plan)[:months],
                interest=of_row(part.interest, plan)[:months],
                exit=None if part.exit is None else part.exit.of_plan(plan, length),
                beside=beside,
            )

        return alone(self, *map(alone, self.beside))

    def of_row(self, row: int, months: int, depends_on: Sequence[tuple[str, ...]]) -> "CostTable":
        """The lines of one of many rows, which stand in front of the plans, if there are any; without tables beside it.

        Args:
            row: which one.
            months: of the table, at least those until nothing is due any more.
            depends_on: the inputs of its lines.
        """

        def mine(values: Row) -> Row:
            in_rows = values.ndim == self.coefficients.ndim - 2
            return values[row, ..., :months] if in_rows else values[..., :months]

        return replace(
            self,
            months=months,
            gone_by=mine(self.gone_by),
            signed_in=mine(self.signed_in),
            coefficients=self.coefficients[:, :, row, ..., :months],
            deductions=mine(self.deductions),
            interest=mine(self.interest),
            depends_on=depends_on,
            beside=(),
        )

    def last_due(self, plan: int) -> int:
        """The months until the last payment of any part, for one of many plans."""
        return max(int(part._last_due[plan]) for part in self.parts)

    @cached_property
    def _last_due(self) -> Months:
        """The months until the last in which anything is due in this part, by plan. (P,)."""
        due = (self.coefficients != 0).any(axis=(0, 1)) | (self.deductions != 0) | (self.interest != 0)
        last = np.where(due.any(axis=-1), self.months - due[..., ::-1].argmax(axis=-1), 0)
        return last if self.exit is None else np.maximum(last, self.exit.month.max(axis=-1))

    @property
    def exits(self) -> tuple[Exit, ...]:
        """The exits of all parts."""
        return tuple(part.exit for part in self.parts if part.exit is not None)

    @property
    def surcharged(self) -> Bools:
        """Which lines are GPU bills. (L,), read-only."""
        return _surcharged(self.components)

    def has_basis(self, basis: Basis) -> Bools:
        """Which lines have this basis. (L,)."""
        return np.asarray(self.basis == int(basis))  # numpy compares with an IntEnum ten times slower

    @property
    def in_dollars(self) -> Bools:
        """Which lines are dollars, whatever rents do. (L,)."""
        return self.has_basis(Basis.FIXED) | self.has_basis(Basis.TOKENS)

    def has_timing(self, timing: Timing) -> Bools:
        """Which lines are paid at this time of a month. (L,)."""
        return np.asarray(self.timing == int(timing))  # as above

    def is_component(self, component: str) -> Bools:
        """Which lines belong to a component. (L,)."""
        return np.array([name == component for name in self.components], dtype=bool)

    @property
    def in_advance(self) -> Bools:
        """Which lines are due on the first day of a month. (L,)."""
        return ~self.has_timing(Timing.MID_MONTH)

    @cached_property
    def weights(self) -> Floats:
        """The factor that adds its surcharges to each line: 1, more for GPU bills. (L, 1), or (L, P or 1, 1)."""
        lines = self.surcharged.reshape(-1, *(1,) * (self.coefficients.ndim - 2))
        return np.asarray(1 + lines * sum(share for _, share in self.surcharges))

    @cached_property
    def by_basis(self) -> Floats:
        """The sums of the lines of each basis, with their surcharges. (4 bases, 4, ..., months)."""
        return self.sums_by_basis(self.weights)

    def sums_by_basis(self, factors: Floats) -> Floats:
        """The sums of the lines of each basis times some factors (L, ..., months). (4 bases, 4, ..., months)."""
        due, kinds = self.coefficients * factors[:, None], self.basis == np.arange(len(Basis))[:, None]
        return np.asarray(kinds @ due.reshape(len(due), -1)).reshape(len(Basis), *due.shape[1:])

    def discounts(self, rates: Rates) -> Floats:
        """Present value of $1 of each line in each month. (L, ..., months), with as many axes as its plans have."""
        factors = rates.by_timing(self.months)[self.timing]
        more = self.coefficients.ndim - 1 - factors.ndim
        return factors.reshape(len(factors), *(1,) * more, *factors.shape[1:]) if more else factors

    def prices(self, spot_usd_per_gpu_hour: Floats) -> Floats:
        """What the coefficients are multiplied with, given rents by month (..., H). (L, months), or (L, P, months)."""
        own, signed = spot_usd_per_gpu_hour[..., : self.months], at_months(spot_usd_per_gpu_hour, self.signed_in)
        rows = np.empty((len(Basis), *self.coefficients.shape[2:]))
        rows[Basis.SPOT], rows[Basis.SIGNED] = own, signed
        rows[Basis.FIXED] = rows[Basis.TOKENS] = 1.0
        return np.asarray(rows[self.basis])


def by_change(states: Floats, gone_by: Months, plan_months: int, since: int = 1) -> Floats:
    """Values of the states (4, ..., months) as they come due by tau = since..T. (..., T, months)."""
    active, winding_down, exited, on_change = states[..., None, :]
    tau, month = np.arange(since, plan_months + 1)[:, None], np.arange(states.shape[-1])
    found = np.where(tau > month, active, winding_down)
    np.copyto(found, exited, where=tau <= gone_by[..., None, :])
    changes = month[since : plan_months + 1]
    found[..., changes - since, changes] += on_change[..., 0, changes]
    return np.asarray(found)


def padded(values: Floats, months: int) -> Floats:
    """`values` (..., m) with zeros appended up to `months` months."""
    short = months - values.shape[-1]
    if short <= 0:
        return values
    return np.concatenate([values, np.zeros((*values.shape[:-1], short))], axis=-1)


def added(one: Floats, other: Floats) -> Floats:
    """The sum of values of different lengths. (..., months)."""
    months = max(one.shape[-1], other.shape[-1])
    return padded(one, months) + padded(other, months)


class NamedLater(Sequence[tuple[str, ...]]):
    """The inputs of lines, where some names stand for several others; resolved when the first line is asked for.

    Args:
        lines: The inputs of each line.
        stand_for: What names stand for.
    """

    def __init__(
        self, lines: Sequence[tuple[str, ...]], stand_for: Callable[[], Mapping[str, tuple[str, ...]]]
    ) -> None:
        self._given, self._stand_for = lines, stand_for

    @cached_property
    def _lines(self) -> list[tuple[str, ...]]:
        known = self._stand_for()
        return [tuple(chain.from_iterable(known.get(name, (name,)) for name in line)) for line in self._given]

    def __len__(self) -> int:
        """How many lines there are."""
        return len(self._given)

    def __getitem__(self, line: int) -> tuple[str, ...]:  # type: ignore[override]  # slices are not used
        """The inputs of one line."""
        return self._lines[line]
