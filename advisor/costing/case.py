"""All that an option needs to know of one question: demand, assumptions, tier, offers, taxes."""

from dataclasses import replace
from functools import cached_property
from typing import Literal

import numpy as np

from advisor.array_types import Floats
from advisor.costing.cost_table import padded
from advisor.costing.demand import Demand
from advisor.costing.rates import Rates
from advisor.market.assumptions import Assumptions
from advisor.profiles.schema import Quote
from advisor.values.quick_dataclass import dataclass


@dataclass(frozen=True)
class Tax:
    """Taxes on income.

    rate: share of income; from_month: the month from which there is taxable income (deductions before it are worth
    nothing); deductions_per_usd: the part of each dollar of hardware deducted in the months from delivery on.

    Source: docs/model.md#taxes
    """

    rate: float
    from_month: int
    deductions_per_usd: Floats

    def rates(self, months: int) -> Floats:
        """The tax rate by month. (months,)."""
        return np.where(np.arange(months) >= self.from_month, self.rate, 0.0)


@dataclass(frozen=True, eq=False)
class Case:
    """All that an option needs to know.

    demand: what is to be served; assumptions: the book's figures; tier: which kind of provider; quotes: the user's own
    offers; rental_forbidden_because: the company's rule, if there is one; decided_month: when the decision is made
    (nothing is ordered before, and an offer is firm only today); tax: None while none is paid; all_demand: the whole
    demand where commitments already serve part of it, of which `demand` is the rest; committed_nodes: the nodes of
    those commitments by month; outlook: expected rents by month as multiples of today's, by which the cheapest way to
    serve the last months is chosen; None where they are taken to stand still.
    """

    demand: Demand
    assumptions: Assumptions
    tier: Literal["neocloud", "hyperscaler"] = "neocloud"
    quotes: tuple[Quote, ...] = ()
    rental_forbidden_because: str | None = None
    decided_month: int = 0
    tax: Tax | None = None
    all_demand: Demand | None = None
    committed_nodes: Floats | None = None
    outlook: Floats | None = None

    @property
    def whole_demand(self) -> Demand:
        """The whole demand, including what existing commitments serve."""
        return self.demand if self.all_demand is None else self.all_demand

    def with_demand(self, demand: Demand) -> "Case":
        """The same question for another whole demand, of one plan or of many: commitments serve their part of it."""
        if self.committed_nodes is None:
            return replace(self, demand=demand)
        committed = padded(self.committed_nodes, demand.months)[: demand.months]
        return replace(self, demand=demand.split(committed)[1], all_demand=demand)

    @cached_property
    def rates(self) -> Rates:
        """The discount rates of this case; debt at its cost after taxes."""
        tax = self.tax
        yearly = self.assumptions.money.discount_rate, self.assumptions.debt.cost_of_debt_per_year
        return Rates(*yearly) if tax is None else Rates(*yearly, tax.rate, tax.from_month)

    @property
    def tier_factor(self) -> float:
        """The tier's list price as a multiple of the neocloud list price, on which all tables are built."""
        gpu = self.assumptions.gpu
        if self.tier == "hyperscaler" and gpu.hyperscaler_usd_per_gpu_hour is not None:
            return gpu.hyperscaler_usd_per_gpu_hour / gpu.neocloud_usd_per_gpu_hour
        return 1.0

    def quote(self, option: str, months: int | None = None) -> Quote | None:
        """The user's quote for an option and term, if there is one."""
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
        """What an hour sublet brings, as a share of the neocloud list price: (1 - discount) x (1 - fee)."""
        return (1 - self.assumptions.gpu.sublet_discount_share) * (1 - self.assumptions.rental.sublet_fee_share)
