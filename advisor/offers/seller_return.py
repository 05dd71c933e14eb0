"""What a seller earns at a rental price, and the figures of the latent.space article (docs/model.md#seller-return).

"$2 H100s" (latent.space, 2024-10) calls an annualized multiple an IRR. Both are here: (net cash / capex)^(1/years) - 1
under the name annualized multiple, and the internal rate of return of the same flows.
"""

from collections.abc import Sequence

import numpy as np

from advisor.array_types import of_one
from advisor.finance.discounting import monthly_rate, net_present_value
from advisor.finance.irr import RateOfReturn, rates_of_return
from advisor.market.assumptions import Assumptions, Evidence, ExpertFigures
from advisor.market.figures import Scenario
from advisor.market.forecast.forecast import scenario_forecast
from advisor.market.owner_economics import OwnerCosts, falling_receipts, life_months, owner_costs, rental_flows_usd
from advisor.values.quick_dataclass import dataclass, replace


@dataclass(frozen=True)
class Owner:
    """An owner who rents out hardware.

    Attributes:
        costs: Capex and running cost.
        receipts: Income at the purchase and at the end of each month (months + 1), in months of usual sales at the
            first rent.
        residual_share: Resale value at the end, as a share of the capex.
    """

    costs: OwnerCosts
    receipts: tuple[float, ...]
    residual_share: float

    @property
    def years(self) -> float:
        """How long the hardware is rented out."""
        return (len(self.receipts) - 1) / 12

    def flows_usd(self, usd_per_gpu_hour: float) -> list[float]:
        """Net cash flows, USD (months + 1): the purchase, then each month.

        Args:
            usd_per_gpu_hour: Rent of the first month.
        """
        receipts = np.array(self.receipts)
        flows = rental_flows_usd(self.costs, usd_per_gpu_hour, receipts, self.residual_share, receipts.size - 1)
        return flows.tolist()  # type: ignore[no-any-return]  # numpy does not say what is in the list

    def revenue_usd(self, usd_per_gpu_hour: float) -> float:
        """What a year of sales brings in at a rent that stays."""
        return 12 * float(self.costs.gpu_hours_per_month) * usd_per_gpu_hour

    def net_usd(self, usd_per_gpu_hour: float) -> float:
        """Net cash over the whole life, before capex."""
        return sum(self.flows_usd(usd_per_gpu_hour)) + float(self.costs.capex_usd)

    def annualised_multiple(self, usd_per_gpu_hour: float) -> float:
        """(net cash / capex)^(1/years) - 1, which "$2 H100s" calls an IRR; -1 when no cash is left."""
        share = max(0.0, self.net_usd(usd_per_gpu_hour) / self.costs.capex_usd)
        return float(share ** (1 / self.years) - 1)

    def true_return_per_year(self, usd_per_gpu_hour: float) -> RateOfReturn:
        """The internal rates of return of the monthly flows, as yearly rates; all roots."""
        monthly = rates_of_return(self.flows_usd(usd_per_gpu_hour))
        yearly = tuple(float((1 + rate) ** 12 - 1) for rate in monthly.roots)
        return RateOfReturn(yearly, None if monthly.unique is None else float((1 + monthly.unique) ** 12 - 1))

    def irr_per_year(self, usd_per_gpu_hour: float) -> float | None:
        """The internal rate of return, yearly: proven to be the only one, or the only one found where the last months
        cost more than they earn; None when there is none or several."""
        found = self.true_return_per_year(usd_per_gpu_hour)
        return found.roots[0] if found.unique is None and len(found.roots) == 1 else found.unique

    def present_usd(self, usd_per_gpu_hour: float, return_per_year: float) -> float:
        """Net present value of the flows at a yearly return."""
        return net_present_value(of_one(monthly_rate(return_per_year)), self.flows_usd(usd_per_gpu_hour))

    def rent_for(self, return_per_year: float) -> float:
        """The first rent, USD per GPU-hour, at which the flows return this much a year; they are linear in the rent."""
        nothing = self.present_usd(0.0, return_per_year)
        return -nothing / (self.present_usd(1.0, return_per_year) - nothing)

    @property
    def cash_floor_usd_per_gpu_hour(self) -> float:
        """The rent that pays the running cost of hardware already bought: the least a seller can accept."""
        return float(self.costs.running_usd_per_year / 12 / self.costs.gpu_hours_per_month)

    def under_contract(self, months: int, prepaid_share: float, utilisation_share: float) -> "Owner":
        """The same owner with the first months under contract at a fixed rate.

        Every hour is paid, the prepaid share at signing and the rest monthly in advance. After the term rents are what
        the first rent has become by then.

        Args:
            months: Length of the contract.
            prepaid_share: Paid at signing.
            utilisation_share: Of hours sold in usual sales.
        """
        paid = 1 / utilisation_share  # every hour, in usual sales
        months = min(months, len(self.receipts) - 1)
        term = [(1 - prepaid_share) * paid] * months
        term[0] += prepaid_share * paid * months
        return replace(self, receipts=(*term, 0.0, *self.receipts[months + 1 :]))


def straight_receipts(mean_rent_share: float, months: int) -> tuple[float, ...]:
    """Receipts (months + 1) when rents fall in a straight line with this mean: at 0.75 from the first to its half."""
    drop = 2 * (1 - mean_rent_share)
    return (0.0, *(1 - drop * (month + 0.5) / months for month in range(months)))


def article_owner(evidence: Evidence, hours_per_month: float) -> Owner:
    """The owner of one GPU in "$2 H100s", from its three rents: no resale, every hour sold, electricity only."""
    costs = OwnerCosts(
        evidence.article_capex_usd_per_gpu,
        evidence.article_running_usd_per_gpu_year,
        hours_per_month * evidence.article_utilisation_share,
    )
    months = round(12 * evidence.article_life_years)
    return Owner(costs, straight_receipts(evidence.article_mean_rent_share, months), 0.0)


def efficient_owner(
    gpu_id: str,
    figures: ExpertFigures,
    receipts: Sequence[float] | None = None,
    utilization: float | None = None,
    own: Assumptions | None = None,
) -> Owner | None:
    """The new owner of one node on whom the cost anchor of the forecast is based; None when the book has no node price.

    Args:
        gpu_id: Of which GPU.
        figures: Of the experts.
        receipts: Another path of rents; by default they fall with costs.
        utilization: Another share of hours sold.
        own: The facility and hardware of this owner; None: the market's.
    """
    if utilization is not None:
        figures = replace(figures, owner_utilisation_share=utilization)
    costs = owner_costs(gpu_id, figures, own)
    if costs is None:
        return None
    if receipts is None:
        receipts = falling_receipts(figures.cost_decline_per_year, life_months(figures)).tolist()
    return Owner(costs, tuple(receipts), float(figures.owner_residual_share))


def scenario_receipts(assumptions: Assumptions, scenario: Scenario) -> tuple[float, ...]:
    """Receipts (months + 1) when rents follow a named scenario over the owner's life; its last rent stays."""
    path = scenario_forecast(1.0, assumptions.forecast, scenario).usd_per_gpu_hour
    last = np.minimum(np.arange(int(life_months(assumptions.experts))), path.size - 1)
    return (0.0, *path[last].tolist())


@dataclass(frozen=True)
class SellerRow:
    """One row of the seller's table; `irr_per_year` is None when there is not exactly one, `present_usd` is per node at
    the target return, `revenue_usd_per_year` is what a node brings in at the first rent."""

    usd_per_gpu_hour: float
    utilisation_share: float
    rents: str
    irr_per_year: float | None
    annualised_multiple: float
    present_usd: float
    revenue_usd_per_year: float


def seller_table(
    assumptions: Assumptions, scenarios: dict[str, Scenario], prices: Sequence[float], utilizations: Sequence[float]
) -> tuple[SellerRow, ...]:
    """An efficient new owner's returns on a node, by path of rents, share of hours sold and first rent.

    `falling with costs` is the path of the cost anchor. Empty when the book has no node price.

    Args:
        assumptions: Of the GPU and of this owner's facility.
        scenarios: Named paths of rents.
        prices: First rents, USD per GPU-hour.
        utilizations: Shares of hours sold.
    """
    figures, rows = assumptions.experts, []
    target = float(figures.owner_return_per_year)
    paths: dict[str, tuple[float, ...] | None] = {"falling with costs": None}
    paths |= {scenario.label: scenario_receipts(assumptions, scenario) for scenario in scenarios.values()}
    for rents, receipts in paths.items():
        for share in utilizations:
            owner = efficient_owner(assumptions.gpu.id, figures, receipts, share, assumptions)
            if owner is not None:
                rows += [_row(owner, usd, share, rents, target) for usd in prices]
    return tuple(rows)


def _row(owner: Owner, usd: float, share: float, rents: str, target: float) -> SellerRow:
    earned = owner.irr_per_year(usd)
    multiple, present, revenue = owner.annualised_multiple(usd), owner.present_usd(usd, target), owner.revenue_usd(usd)
    return SellerRow(usd, share, rents, earned, multiple, present, revenue)
