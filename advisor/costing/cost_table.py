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

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from functools import cached_property, lru_cache
from typing import Literal

import numpy as np
import numpy.typing as npt

from advisor.array_types import Bools, Floats, Months
from advisor.costing.demand import Demand
from advisor.finance.irr import discount_factors
from advisor.market.price_book import Assumptions, Rental
from advisor.profiles.schema import Quote

Action = Literal["rent", "reserve", "buy"]


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
    rests_on: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rates:
    """What a dollar is worth later, per year. operating: for everything but debt; debt: for what lenders and lessors
    are paid, monthly at a twelfth, less the tax that interest saves from `tax_from_month` on. Discounting debt at the
    operating rate would make money from nothing."""

    operating: float
    debt: float
    tax: float = 0.0
    tax_from_month: int = 0

    def by_timing(self, months: int) -> Floats:
        """`factors` of the three timings. 3 x months, read-only."""
        return _by_timing(self, months)

    def factors(self, months: int, kind: int) -> Floats:
        """Present value of $1 by month: paid in its middle (0), in advance (1), to a lender in advance (2)."""
        if kind == 2:
            taxed = np.arange(1, months) >= self.tax_from_month
            monthly = self.debt / 12 * (1 - self.tax * taxed)
            return np.concatenate([[1.0], np.cumprod(1 / (1 + monthly))])
        return discount_factors(self.operating, months, mid_month=kind == 0)


@lru_cache(maxsize=512)
def _by_timing(rates: Rates, months: int) -> Floats:
    factors = np.array([rates.factors(months, kind) for kind in range(3)])
    factors.setflags(write=False)
    return factors


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
    rests_on: tuple[tuple[str, ...], ...]
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
class Barrier:
    """A reason why an option cannot be had, and for which plans it holds (...)."""

    holds: Bools
    why: str


def barrier(holds: npt.ArrayLike, why: str) -> Barrier:
    """A barrier; `holds` may be one answer or one a plan."""
    return Barrier(np.asarray(holds, dtype=bool), why)


@dataclass(frozen=True)
class Option:
    """One way to get the compute: what it is, its table, and why it may not be had.

    barriers: what may stand in the way, cash not yet considered. priced: whether there is a price to reckon with at
    all; without one the table means nothing. rate_share: the first rate of a commitment as a share of the neocloud list
    price at signing. must_save_share: a variant that puts more at stake is preferred only if it saves more than this.
    choice: the tables that are chosen from later, of which `table` is the first; None when all is decided today.
    rents_peaks: whether part of the demand is rented on purpose all along. remake: the same option in another case.
    """

    id: str
    action: Action
    label: str
    table: CostTable
    barriers: tuple[Barrier, ...] = ()
    term_months: int | None = None
    rate_share: float | None = None
    priced: bool = True
    must_save_share: float = 0.0
    choice: Choice | None = None
    rents_peaks: bool = False
    remake: "Callable[[Case], Option | None] | None" = None

    @property
    def obstacles(self) -> tuple[str, ...]:
        """Reasons why the option is infeasible for one plan; empty when it is not."""
        return tuple(b.why for b in self.barriers if b.holds)

    @property
    def barred(self) -> Bools:
        """Whether anything stands in the way, by plan. (...)."""
        return np.asarray(sum((b.holds for b in self.barriers), np.zeros((), dtype=bool)))


def beside(option: Option, other: CostTable) -> Option:
    """The option with the lines of another table beside its own, whatever is chosen later: see `joined`."""
    if option.choice is None:
        return replace(option, table=joined(option.table, other))
    tables = tuple(joined(table, other) for table in option.choice.tables)
    return replace(option, table=tables[0], choice=replace(option.choice, tables=tables))


@dataclass(frozen=True)
class Tax:
    """Taxes on income: the rate, the month from which there is taxable income (deductions before it are worth nothing),
    and what of each dollar of hardware is deducted in the months from delivery on (array)."""

    rate: float
    from_month: int
    deductions_per_usd: Floats

    def rates(self, months: int) -> Floats:
        """The rate by month."""
        return np.where(np.arange(months) >= self.from_month, self.rate, 0.0)


@dataclass(frozen=True, eq=False)
class Case:
    """All an option needs to know: the demand, the numbers, the tier, the founder's quotes, when the decision is made
    (nothing is ordered before, and an offer in hand is firm only today), the taxes, if any are paid, and what is served
    already: work, the whole demand, of which `demand` is what is left, and held_nodes, the nodes in hand by month."""

    demand: Demand
    assumptions: Assumptions
    tier: Literal["neocloud", "hyperscaler"] = "neocloud"
    quotes: tuple[Quote, ...] = ()
    rental_forbidden_because: str | None = None
    decided_month: int = 0
    tax: Tax | None = None
    work: Demand | None = None
    held_nodes: Floats | None = None

    @property
    def whole_demand(self) -> Demand:
        """All of the work, what is served already included."""
        return self.demand if self.work is None else self.work

    def asking(self, demand: Demand) -> "Case":
        """The same question about other work, for one plan or many: what is held already serves its part of it."""
        if self.held_nodes is None:
            return replace(self, demand=demand)
        held = padded(self.held_nodes, demand.months)[: demand.months]
        return replace(self, demand=demand.split(held)[1], work=demand)

    @property
    def tier_factor(self) -> float:
        """The tier's list price as a multiple of the neocloud list price, on which all tables are built."""
        gpu = self.assumptions.gpu
        if self.tier == "hyperscaler" and gpu.hyperscaler_usd_per_gpu_hour is not None:
            return gpu.hyperscaler_usd_per_gpu_hour / gpu.neocloud_usd_per_gpu_hour
        return 1.0

    def quote(self, option: str, months: int | None = None) -> Quote | None:
        """The founder's quote for an option and term, if there is one."""
        return next((q for q in self.quotes if q.option == option and q.months == months), None)

    def gpu_figure(self, name: str) -> str:
        """The id of a figure of this case's GPU."""
        return f"{self.assumptions.gpu.id}.{name}"

    @property
    def sublet_rests_on(self) -> tuple[str, ...]:
        """The inputs of `sublet_share`."""
        return self.gpu_figure("sublet_discount_share"), "rental.sublet_fee_share"

    @property
    def sublet_share(self) -> float:
        """What an hour sublet brings, as a share of the neocloud list price: resale discount and fee taken off."""
        return (1 - self.assumptions.gpu.sublet_discount_share) * (1 - self.assumptions.rental.sublet_fee_share)

    def volume_discount_share(self, nodes: npt.ArrayLike) -> Floats:
        """Discount for the size of a contract or purchase: vol = min(max, per doubling x log2(N / from)+)."""
        rental = self.assumptions.rental
        doublings = np.maximum(0.0, np.log2(np.maximum(nodes, 1.0) / rental.volume_discount_from_nodes))
        return np.minimum(rental.volume_discount_max_share, rental.volume_discount_per_doubling * doublings)


PLAN_NODES, PLAN_MONTHS, PLAN_USE, PLAN_LEFT = "plan.nodes", "plan.months", "plan.use", "plan.left"
WORK = (PLAN_NODES, PLAN_MONTHS, PLAN_USE, PLAN_LEFT)  # how many, how long, how busy, what a change of plan leaves
NODE_HOURS = ("rental.hours_per_month", "rental.gpus_per_node")
_LINES_MADE_ROOM_FOR = 16  # as most tables need; there is more when it is needed


class LineWriter:
    """Collects the lines of one table, for one plan or for many (`plans`: the shape of the axis in front). rests_on:
    inputs of every line."""

    def __init__(self, months: int, plans: tuple[int, ...] = (), rests_on: tuple[str, ...] = ()) -> None:
        self.months = months
        self._all_rest_on = rests_on
        self.plans = plans
        self._components: list[str] = []
        self._basis: list[int] = []
        self._timing: list[int] = []
        self._deductible: list[bool] = []
        self._rests_on: list[tuple[str, ...]] = []
        self._deductions, self._interest = np.zeros((*plans, months)), np.zeros((*plans, months))
        self._lines = np.zeros((_LINES_MADE_ROOM_FOR, 4, *plans, months))

    def add(
        self,
        component: str,
        basis: Basis,
        alive: Floats,
        winding: Floats | None = None,
        gone: Floats | None = None,
        leaving: Floats | None = None,
        *,
        rests_on: tuple[str, ...],
        in_advance: bool = False,
        to_lender: bool = False,
        deductible: bool = True,
    ) -> None:
        """Add one line. Arrays may be shorter than the table; what is left out is zero."""
        if len(self._components) == len(self._lines):
            self._lines = np.concatenate([self._lines, np.zeros_like(self._lines)])
        line = self._lines[len(self._components)]
        for row, values in enumerate((alive, winding, gone, leaving)):
            if values is not None:
                line[row, ..., : values.shape[-1]] = values
        self._components.append(component)
        self._basis.append(basis)
        self._timing.append(2 if to_lender else int(in_advance))
        self._deductible.append(deductible)
        self._rests_on.append(rests_on + self._all_rest_on)

    def deduct(self, usd: Floats, *, interest: bool = False) -> None:
        """What else may be deducted from taxable income in each month the option runs. (..., months or more or
        less)."""
        shown = usd[..., : self.months]
        kept = self._interest if interest else self._deductions
        kept[..., : shown.shape[-1]] += shown

    def table(
        self, rental: Rental, gone_by: Months, signed_in: Months | None = None, exit_: Exit | None = None
    ) -> CostTable:
        """The finished table; GPU bills carry support and lost goodput on top."""
        if self.plans:
            gone_by = np.broadcast_to(gone_by, (*self.plans, self.months))
        return CostTable(
            months=self.months,
            gone_by=gone_by,
            signed_in=gone_by if signed_in is None else signed_in,
            components=tuple(self._components),
            basis=np.array(self._basis),
            timing=np.array(self._timing),
            coefficients=self._lines[: len(self._components)].copy(),
            surcharges=(("support", rental.support_share), ("goodput_loss", rental.goodput_loss_share)),
            deductible=np.array(self._deductible),
            deductions=self._deductions,
            interest=self._interest,
            rests_on=tuple(self._rests_on),
            exit=exit_,
        )


def padded(values: Floats, months: int) -> Floats:
    """`values` (..., m) with zeros up to `months` months."""
    short = months - values.shape[-1]
    if short <= 0:
        return values
    return np.concatenate([values, np.zeros((*values.shape[:-1], short))], axis=-1)


def joined(main: CostTable, other: CostTable, months: int = 0, rests_on: tuple[str, ...] = ()) -> CostTable:
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
        rests_on=tuple(line + rests_on for line in (*main.rests_on, *other.rests_on)),
        exit=main.exit,
    )


def priced_at(table: CostTable, usd_per_gpu_hour: Floats, rests_on: tuple[str, ...]) -> CostTable:
    """The same table in dollars, its hours valued at one path of rents: for hours whose rents are another GPU's.
    rests_on: the inputs of that path."""
    coefficients = table.coefficients * table.prices(usd_per_gpu_hour)[:, None]
    hours = table.basis != Basis.FIXED
    inputs = tuple((*own, *rests_on) if here else own for own, here in zip(table.rests_on, hours, strict=True))
    return replace(table, coefficients=coefficients, basis=np.full_like(table.basis, Basis.FIXED), rests_on=inputs)


def resting_on(table: CostTable, inputs: tuple[str, ...]) -> CostTable:
    """The same table, every line of which rests on some more inputs: those of a decision about all of it."""
    return replace(table, rests_on=tuple((*line, *inputs) for line in table.rests_on))


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
        deductible=table.deductible[:0], rests_on=(),
    )  # fmt: skip
    return joined(table, empty)


def component_group(component: str) -> str:
    """The group a component is summed in where a person compares options."""
    return COMPONENT_GROUPS[component]


COMPONENT_GROUPS = {
    "rent": "rent",
    "committed": "committed",
    "provider_default": "committed",
    "termination": "committed",
    "held": "committed",
    "idle_resale": "idle resale",
    "storage_egress": "rental extras",
    "support": "rental extras",
    "goodput_loss": "rental extras",
    "setup": "rental extras",
    "hardware": "capex",
    "fabric": "capex",
    "storage": "capex",
    "installation": "capex",
    "colocation": "running",
    "electricity": "running",
    "maintenance": "running",
    "insurance": "running",
    "staff": "running",
    "failures": "running",
    "hardware_resale": "hardware resale",
    "loan": "financing",
    "lease": "financing",
    "tax": "tax",
}
SURCHARGED = frozenset({"rent", "committed"})  # the GPU bills, which support and lost goodput come on top of
GROUPS: Sequence[str] = tuple(dict.fromkeys(COMPONENT_GROUPS.values()))
