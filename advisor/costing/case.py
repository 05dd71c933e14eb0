"""All that an option needs to know of one question: demand, figures, tier, offers, taxes."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from advisor.array_types import Floats
from advisor.costing.cost_table import padded
from advisor.costing.demand import Demand
from advisor.market.assumptions import Assumptions
from advisor.profiles.schema import Quote


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
    def sublet_depends_on(self) -> tuple[str, ...]:
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
