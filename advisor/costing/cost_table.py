"""CostTable: what one option costs, before prices and the month the plan changes are known (model section 3).

A table is a list of cost lines. In each month a line has a coefficient for each of the states an option can be in, and
one for the month of the change itself, due on top:

    alive     the plan is unchanged                       tau > t
    winding   it changed, but the option still runs       gone_by[t] < tau <= t
    gone      it changed, and the option has been left    tau <= gone_by[t]
    leaving   it changes in this month                    tau = t

where tau is the month in which the plan changes. A coefficient is dollars (FIXED) or GPU-hours to be multiplied with
the list price of its own month (SPOT) or of the month in which the running contract was signed (SIGNED). That is the
whole of an option's cost except what an owner gets and owes when leaving, which depends on tau itself: see Exit; and
what comes on top of a GPU bill in proportion to it, which needs no coefficients of its own: see SURCHARGED.

Each line says which inputs its coefficients rest on, by their ids: figures of the book (`rental.prepaid_share`,
`H100-SXM.node_usd`), and of the founder PLAN_NODES and its like, `quote.reserved.12`, `company.tax_rate`. What follows
from basis and timing (rents, the rate of discount) and from the states (the chance that the plan changes) is not
declared but read off the line: see `inputs.py`.

As in `demand.py`, arrays may have an axis of plans in front of the months, written (..., months).
"""

from dataclasses import dataclass, replace
from enum import IntEnum
from functools import cached_property, lru_cache

import numpy as np

from advisor.array_types import Bools, Floats, Months
from advisor.costing.components import SURCHARGED
from advisor.costing.rates import Rates


class Basis(IntEnum):
    """What a coefficient is multiplied with: a row of the price matrix of CostTable.prices."""

    FIXED = 0
    SPOT = 1
    SIGNED = 2


@dataclass(frozen=True)
class Exit:
    """What leaving brings and costs an owner. Arrays (..., T) over tau = 1..T, but hardware_usd (...).

    month: when the hardware is sold or handed back; sold: whether there is any to sell (0 or 1); hardware_usd: today's
    price of what is sold, selling cost taken off, to be multiplied with the resale share of that month; owed_usd:
    colocation still owed then; debt_owed_usd: what a lender or lessor is still owed, and debt_deductible_usd what of it
    may be deducted from taxes; book_usd: what of the price has not been deducted from taxes yet; before_tax: the same
    before the sale is taxed, None where no taxes are paid; rests_on: the inputs of what the sale brings.
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


@lru_cache(maxsize=512)
def _surcharged(components: tuple[str, ...]) -> Bools:
    found = np.array([component in SURCHARGED for component in components])
    found.setflags(write=False)
    return found


@dataclass(frozen=True, eq=False)
class CostTable:
    """One option's cost lines over `months` months (at least the plan's; longer when a contract outlasts it).

    gone_by, signed_in: see above (..., months). For each of the L lines: its component's name, its basis and its timing
    (paid in the month's middle, in advance, or to a lender in advance: see Rates.factors); coefficients: L x 4 states x
    ... x months, costs positive. surcharges: components that are a share of the SURCHARGED lines, due with them.
    deductible: which lines may be deducted from taxable income as they are paid; deductions: what else may be while the
    option runs, such as depreciation, and interest: the same of what lenders are paid. USD (..., months). rests_on: the
    inputs of each line.
    """

    months: int
    gone_by: Months
    signed_in: Months
    components: tuple[str, ...]
    basis: Months
    timing: Months
    coefficients: Floats
    surcharges: tuple[tuple[str, float], ...]
    deductible: Bools
    deductions: Floats
    interest: Floats
    depends_on: tuple[tuple[str, ...], ...]
    exit: Exit | None = None

    @property
    def surcharged(self) -> Bools:
        """Which lines are GPU bills. Array of L, read-only."""
        return _surcharged(self.components)

    @property
    def in_advance(self) -> Bools:
        """Which lines are due on the first day of a month. Array of L."""
        return np.asarray(self.timing > 0)

    @cached_property
    def weights(self) -> Floats:
        """What each line counts for with its surcharges: 1, more for GPU bills. Array of L."""
        return np.asarray(1 + self.surcharged * sum(share for _, share in self.surcharges))

    def discounts(self, rates: Rates) -> Floats:
        """Present value of $1 of each line in each month. L x months."""
        return rates.by_timing(self.months)[self.timing]

    def prices(self, spot_usd_per_gpu_hour: Floats) -> Floats:
        """What each line's coefficients are multiplied with, given a path of rents. L x ... x months."""
        spot = spot_usd_per_gpu_hour
        signed = spot[self.signed_in]
        rows = np.empty((3, *signed.shape))
        rows[0], rows[1], rows[2] = 1.0, spot[: self.months], signed
        return np.asarray(rows[self.basis])

    def per_line(self, values: Floats) -> Floats:
        """L x months as L x ... x months."""
        between = self.coefficients.ndim - 3
        return values.reshape(values.shape[0], *(1,) * between, values.shape[1]) if between else values

    def by_change(self, states: Floats, plan_months: int) -> Floats:
        """Values of the states (... x 4 x months) as they come to pass for each tau = 1..T. ... x T x months; one
        plan."""
        alive, winding, gone, leaving = np.moveaxis(states, -2, 0)[..., None, :]
        tau, month = np.arange(1, plan_months + 1)[:, None], np.arange(self.months)
        running = np.where(tau <= self.gone_by, gone, np.where(tau > month, alive, winding))
        return np.asarray(running + leaving * (tau == month) if leaving.any() else running)


def padded(values: Floats, months: int) -> Floats:
    """`values` (..., m) with zeros up to `months` months."""
    short = months - values.shape[-1]
    if short <= 0:
        return values
    return np.concatenate([values, np.zeros((*values.shape[:-1], short))], axis=-1)


def joined(main: CostTable, other: CostTable, months: int = 0, depends_on: tuple[str, ...] = ()) -> CostTable:
    """Both tables as one, of at least `months` and at least as long as the longer. `other` must be one that is the same
    whether it runs or has been left (renting by the hour is), for the states are those of `main`. rests_on: more inputs
    of every line, those of a decision about all of it."""
    months = max(months, main.months, other.months)
    coefficients = np.concatenate([padded(main.coefficients, months), padded(other.coefficients, months)])
    rest = np.broadcast_to(np.arange(main.months, months), (*main.gone_by.shape[:-1], months - main.months))
    return CostTable(
        months=months,
        gone_by=np.concatenate([main.gone_by, rest], axis=-1),
        signed_in=np.concatenate([main.signed_in, rest], axis=-1),
        components=(*main.components, *other.components),
        basis=np.concatenate([main.basis, other.basis]),
        timing=np.concatenate([main.timing, other.timing]),
        coefficients=coefficients,
        surcharges=main.surcharges,
        deductible=np.concatenate([main.deductible, other.deductible]),
        deductions=padded(main.deductions, months),
        interest=padded(main.interest, months),
        depends_on=tuple(line + depends_on for line in (*main.depends_on, *other.depends_on)),
        exit=main.exit,
    )


def priced_at(table: CostTable, usd_per_gpu_hour: Floats, depends_on: tuple[str, ...]) -> CostTable:
    """The same table in dollars, its hours valued at one path of rents: for hours whose rents are another GPU's.
    rests_on: the inputs of that path."""
    coefficients = table.coefficients * table.prices(usd_per_gpu_hour)[:, None]
    hours = table.basis != Basis.FIXED
    inputs = tuple((*own, *depends_on) if here else own for own, here in zip(table.depends_on, hours, strict=True))
    return replace(table, coefficients=coefficients, basis=np.full_like(table.basis, Basis.FIXED), depends_on=inputs)


def depending_on(table: CostTable, inputs: tuple[str, ...]) -> CostTable:
    """The same table, every line of which rests on some more inputs: those of a decision about all of it."""
    return replace(table, depends_on=tuple((*line, *inputs) for line in table.depends_on))


def ended(table: CostTable, month: int) -> CostTable:
    """The same table with nothing due from a month on."""
    coefficients = table.coefficients.copy()
    coefficients[..., month:] = 0.0
    return replace(table, coefficients=coefficients)


def stretched(table: CostTable, months: int) -> CostTable:
    """The same table over at least so many months."""
    if table.months >= months:
        return table
    nothing = np.zeros((0, *table.coefficients.shape[1:-1], months))
    empty = replace(
        table, months=months, coefficients=nothing, components=(), basis=table.basis[:0], timing=table.timing[:0],
        deductible=table.deductible[:0], depends_on=(),
    )  # fmt: skip
    return joined(table, empty)
