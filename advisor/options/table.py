"""CostTable: what one option costs, before prices and the month the plan changes are known (model section 3).

A table is a list of cost lines. In each month a line has three coefficients, for the three states an option can be in:

    alive     the plan is unchanged                       tau > t
    winding   it changed, but the option still runs       gone_by[t] < tau <= t
    gone      it changed, and the option has been left    tau <= gone_by[t]

where tau is the month in which the plan changes. A coefficient is dollars (FIXED) or GPU-hours to be multiplied with
the list price of its own month (SPOT) or of the month in which the running contract was signed (SIGNED). That is the
whole of an option's cost except what an owner gets and owes when leaving, which depends on tau itself: see Exit; and
what comes on top of a GPU bill in proportion to it, which needs no coefficients of its own: see SURCHARGED.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Literal

import numpy as np
import numpy.typing as npt

from advisor.demand import Demand
from advisor.finance import discount_factors
from advisor.market.book import Assumptions, Rental
from advisor.profile import Quote

Floats = npt.NDArray[np.float64]
Months = npt.NDArray[np.int64]
Action = Literal["rent", "reserve", "buy"]
_MOST_LINES = 16


class Basis(IntEnum):
    """What a coefficient is multiplied with: a row of the price matrix in `valuation.py`."""

    FIXED = 0
    SPOT = 1
    SIGNED = 2


@dataclass(frozen=True)
class Exit:
    """What leaving brings and costs an owner. Arrays over tau = 1..T.

    month: when the hardware is sold; sold: whether there is any (0 or 1); hardware_usd: today's price of what is sold,
    selling cost taken off, to be multiplied with the resale share of that month; owed_usd: colocation still owed then.
    """

    month: Months
    sold: Floats
    hardware_usd: float
    owed_usd: Floats


@dataclass(frozen=True)
class CostTable:
    """One option's cost lines over `months` months (at least the plan's; longer when a contract outlasts it).

    gone_by, signed_in: see above (arrays of `months`). For each of the L lines: its component's name, its basis and
    whether it is paid when the month starts (in_advance) or in its middle; coefficients: L x 3 states x months, costs
    positive. surcharges: components that are a share of the SURCHARGED lines, due with them.
    """

    months: int
    gone_by: Months
    signed_in: Months
    components: tuple[str, ...]
    basis: Months
    in_advance: npt.NDArray[np.bool_]
    coefficients: Floats
    surcharges: tuple[tuple[str, float], ...]
    exit: Exit | None = None

    @property
    def surcharged(self) -> npt.NDArray[np.bool_]:
        """Which lines are GPU bills. Array of L."""
        return np.array([component in SURCHARGED for component in self.components])

    @property
    def weights(self) -> Floats:
        """What each line counts for with its surcharges: 1, more for GPU bills. Array of L."""
        return np.asarray(1 + self.surcharged * sum(share for _, share in self.surcharges))

    def discounts(self, yearly_rate: float) -> Floats:
        """Present value of $1 of each line in each month. L x months."""
        mid, start = (discount_factors(yearly_rate, self.months, mid_month=mid) for mid in (True, False))
        return np.where(self.in_advance[:, None], start, mid)

    def prices(self, spot_usd_per_gpu_hour: Floats) -> Floats:
        """What each line's coefficients are multiplied with, given a path of rents. L x months."""
        spot = spot_usd_per_gpu_hour
        return np.asarray(np.array([np.ones(self.months), spot[: self.months], spot[self.signed_in]])[self.basis])

    def by_change(self, states: Floats, plan_months: int) -> Floats:
        """Values of the three states (3 x months) as they come to pass for each tau = 1..T. T x months."""
        alive, winding, gone = states
        tau, month = np.arange(1, plan_months + 1)[:, None], np.arange(self.months)
        return np.asarray(np.where(tau <= self.gone_by, gone, np.where(tau > month, alive, winding)))


@dataclass(frozen=True)
class Option:
    """One way to get the compute: what it is, its table, and why it may not be had.

    obstacles: reasons why it is infeasible, cash not yet considered; empty when it is not. priced: whether there is a
    price to reckon with at all; without one the table means nothing. rate_share: the first rate of a commitment as a
    share of the neocloud list price at signing.
    """

    id: str
    action: Action
    label: str
    table: CostTable
    obstacles: tuple[str, ...] = ()
    term_months: int | None = None
    rate_share: float | None = None
    priced: bool = True


@dataclass(frozen=True)
class Case:
    """All an option needs to know: the demand, the numbers, the tier and the founder's quotes."""

    demand: Demand
    assumptions: Assumptions
    tier: Literal["neocloud", "hyperscaler"] = "neocloud"
    quotes: tuple[Quote, ...] = ()
    rental_forbidden_because: str | None = None

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

    @property
    def sublet_share(self) -> float:
        """What an hour sublet brings, as a share of the neocloud list price: resale discount and fee taken off."""
        return (1 - self.assumptions.gpu.sublet_discount_share) * (1 - self.assumptions.rental.sublet_fee_share)

    def volume_discount_share(self, nodes: npt.ArrayLike) -> Floats:
        """Discount for the size of a contract or purchase: vol = min(max, per doubling x log2(N / from)+)."""
        rental = self.assumptions.rental
        doublings = np.maximum(0.0, np.log2(np.maximum(nodes, 1.0) / rental.volume_discount_from_nodes))
        return np.minimum(rental.volume_discount_max_share, rental.volume_discount_per_doubling * doublings)


class LineWriter:
    """Collects the lines of one table."""

    def __init__(self, months: int) -> None:
        self.months = months
        self._components: list[str] = []
        self._basis: list[int] = []
        self._in_advance: list[bool] = []
        self._coefficients = np.zeros((_MOST_LINES, 3, months))

    def add(
        self,
        component: str,
        basis: Basis,
        alive: Floats,
        winding: Floats | None = None,
        gone: Floats | None = None,
        *,
        in_advance: bool = False,
    ) -> None:
        """Add one line. Arrays may be shorter than the table; what is left out is zero."""
        line = self._coefficients[len(self._components)]
        for row, values in zip(line, (alive, winding, gone), strict=True):
            if values is not None:
                row[: values.size] = values
        self._components.append(component)
        self._basis.append(basis)
        self._in_advance.append(in_advance)

    def table(
        self, rental: Rental, gone_by: Months, signed_in: Months | None = None, exit_: Exit | None = None
    ) -> CostTable:
        """The finished table; GPU bills carry support and lost goodput on top."""
        return CostTable(
            months=self.months,
            gone_by=gone_by,
            signed_in=gone_by if signed_in is None else signed_in,
            components=tuple(self._components),
            basis=np.array(self._basis),
            in_advance=np.array(self._in_advance),
            coefficients=self._coefficients[: len(self._components)],
            surcharges=(("support", rental.support_share), ("goodput_loss", rental.goodput_loss_share)),
            exit=exit_,
        )


def padded(values: Floats, months: int) -> Floats:
    """`values` with zeros up to `months` months."""
    return values if values.size >= months else np.concatenate([values, np.zeros(months - values.size)])


def component_group(component: str) -> str:
    """The group a component is summed in where a person compares options."""
    return COMPONENT_GROUPS[component]


COMPONENT_GROUPS = {
    "rent": "rent",
    "committed": "committed",
    "provider_default": "committed",
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
}
SURCHARGED = frozenset({"rent", "committed"})  # the GPU bills, which support and lost goodput come on top of
GROUPS: Sequence[str] = tuple(dict.fromkeys(COMPONENT_GROUPS.values()))
