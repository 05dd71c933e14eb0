"""All that an option needs to know of one question: demand, assumptions, tier, offers, taxes."""

from collections.abc import Callable
from functools import cached_property

import numpy as np

from advisor.array_types import Amount, Floats, Months, among, of_one
from advisor.costing.cost_table import padded
from advisor.costing.demand import Demand
from advisor.costing.rates import Rates, rates_of
from advisor.formatting import plural
from advisor.market.assumptions import Assumptions, GpuPrices, Hosting, Tier
from advisor.profiles.offers.kinds import QuoteOption
from advisor.profiles.offers.quote import Quote
from advisor.profiles.offers.terms import Offer, offers_of
from advisor.values.quick_dataclass import dataclass, replace

# A case of many points has one value of these. They change how a table is built, not only what is in it: in which
# month a layer of growth is signed for or a choice is made, and how many months of deductions there are.
STRUCTURAL_FIGURES = (
    "rental.growth_step_months",
    "rental.wait_months",
    "money.straight_line_months",
)


@dataclass(frozen=True)
class Tax:
    """Taxes on income.

    Attributes:
        rate: Share of income.
        from_month: The month from which there is taxable income (deductions before it are worth nothing).
        deductions_per_usd: The part of each dollar of hardware deducted in the months from delivery on.

    Source: docs/model.md#taxes
    """

    rate: float
    from_month: int
    deductions_per_usd: Floats

    def rates(self, months: int) -> Floats:
        """The tax rate by month. (months,)."""
        return np.where(np.arange(months) >= self.from_month, self.rate, 0.0)


def _among(quote: Quote, points: Months) -> Quote:
    """An offer, whose price may be an amount (P, 1), at some of the points."""
    prices = {name: getattr(quote, name) for name in ("usd_per_gpu_hour", "usd_per_node")}
    changed = {name: among(price, points) for name, price in prices.items() if isinstance(price, np.ndarray)}
    return quote.model_copy(update=changed) if changed else quote


def tier_factor(gpu: GpuPrices, tier: Tier) -> Amount:
    """The tier's list price as a multiple of the neocloud list price, on which all tables are built."""
    if tier == "hyperscaler" and gpu.hyperscaler_usd_per_gpu_hour is not None:
        return gpu.hyperscaler_usd_per_gpu_hour / gpu.neocloud_usd_per_gpu_hour
    return 1.0


@dataclass(frozen=True)
class HostedApi:
    """The hosted API that would serve the demand as well.

    Attributes:
        name: What it is called.
        tokens_in, tokens_out: Millions of tokens read and written by a GPU in an hour of work.
        cached_share: Of the tokens read, those from its cache.
        batch: Whether its batch price of tokens holds.
        requests_usd: Its price of the requests that a GPU serves in an hour of work, USD; 0 of a service in tokens.

    Source: docs/model.md#hosted-api
    """

    name: str
    tokens_in: Amount
    tokens_out: Amount
    cached_share: float
    batch: bool
    requests_usd: Amount = 0.0

    @property
    def in_tokens(self) -> bool:
        """Whether it sells tokens, rather than requests."""
        return not np.any(self.requests_usd)

    def among(self, points: Months) -> "HostedApi":
        """The same at some of the points."""
        return replace(
            self,
            tokens_in=among(self.tokens_in, points),
            tokens_out=among(self.tokens_out, points),
            requests_usd=among(self.requests_usd, points),
        )


@dataclass(frozen=True, eq=False)
class CreditLeft:
    """Credits of a seller.

    Attributes:
        number: Their place in the profile, from 1.
        usd: What is left, an amount.
        options: Which ways to get compute they pay for.
        until_month: The first month in which they have expired.
    """

    number: int
    usd: Amount
    seller: str
    options: tuple[QuoteOption, ...]
    until_month: int


@dataclass(frozen=True, eq=False)
class Case:
    """All that an option needs to know.

    A case may be of P points: P plans, or figures of P points, or both (`Amount`). Its demand then has the axis of
    points, and so has all that is made of it. `STRUCTURAL_FIGURES` have one value in a case.

    Attributes:
        demand: What is to be served.
        assumptions: The book's figures.
        tier: Which kind of provider.
        quotes: The user's own offers as their sellers write them.
        hosting: Where hardware stands.
        rental_forbidden_because: The company's rule, if there is one.
        decided_month: When the decision is made: nothing is ordered before, and an offer is firm only today.
        tax: None while none is paid.
        all_demand: The whole demand where commitments serve part of it already; `demand` is then the rest.
        committed_nodes: The nodes of those commitments by month; what is on another GPU counts as the nodes of this one
            that do its work.
        outlook: Expected rents by month as multiples of today's, by which the cheapest way to serve the last months is
            chosen (..., H); None where they are taken to stand still.
        api: The hosted API that serves as well; None without one.
        credits: Of sellers, the first to expire first.

    Source: docs/model.md#points
    """

    demand: Demand
    assumptions: Assumptions
    tier: Tier = "neocloud"
    quotes: tuple[Quote, ...] = ()
    hosting: Hosting = "colocation"
    rental_forbidden_because: str | None = None
    decided_month: int = 0
    tax: Tax | None = None
    all_demand: Demand | None = None
    committed_nodes: Floats | None = None
    outlook: Floats | None = None
    api: HostedApi | None = None
    credits: tuple[CreditLeft, ...] = ()

    @property
    def plans(self) -> tuple[int, ...]:
        """The shape of the axis of plans in front of the months: empty for one plan, else (P,)."""
        return self.demand.peak.shape

    @property
    def whole_demand(self) -> Demand:
        """The whole demand, including what existing commitments serve."""
        return self.demand if self.all_demand is None else self.all_demand

    def with_demand(self, demand: Demand) -> "Case":
        """The same question for another whole demand, of one plan or of many: commitments serve their part of it."""
        points = self.assumptions.points
        demand = demand if points is None else demand.over(points)
        if self.committed_nodes is None:
            return replace(self, demand=demand)
        committed = padded(self.committed_nodes, demand.months)[: demand.months]
        return replace(self, demand=demand.above(committed), all_demand=demand)

    def with_assumptions(self, assumptions: Assumptions) -> "Case":
        """The same question with other figures, which may be of many points: then the plan is that of every point."""
        other = replace(self, assumptions=assumptions)
        return other if assumptions.points is None else other.over(assumptions.points)

    def over(self, points: int) -> "Case":
        """The same plan at each of some points."""
        whole = self.all_demand
        return replace(self, demand=self.demand.over(points), all_demand=None if whole is None else whole.over(points))

    def among(self, points: Months) -> "Case":
        """The question at some of its points. points: their positions (n,)."""
        whole, outlook = self.all_demand, self.outlook
        return replace(
            self,
            demand=self.demand.among(points),
            assumptions=self.assumptions.among(points),
            quotes=tuple(_among(quote, points) for quote in self.quotes),
            all_demand=None if whole is None else whole.among(points),
            outlook=outlook[points] if outlook is not None and outlook.ndim > 1 else outlook,
            api=None if self.api is None else self.api.among(points),
            credits=tuple(replace(credit, usd=among(credit.usd, points)) for credit in self.credits),
        )

    @cached_property
    def by_start(self) -> list[tuple[Months, "Case"]]:
        """The plans in groups whose contracts start in the same month, as all contracts of a case do: their numbers,
        and the question for them. Plans of other sizes grow out of what is committed, and out of an offer beside which
        another is signed, in other months.
        """
        sized = [np.floor(offer.nodes) for offer in self.offers if offer.nodes is not None]
        levels: list[Amount] = [0.0] if self.committed_nodes is not None else []
        levels += sized if len(sized) > 1 else []
        groups = self.demand.starting_together(above=levels) if levels and self.plans else []
        if len(groups) < 2:
            return [(np.arange(self.demand.peak.size), self)]
        there = ((plans, self.among(plans)) for plans in groups)
        return [(plans, replace(case, demand=case.demand.from_its_start())) for plans, case in there]

    @cached_property
    def rates(self) -> Rates:
        """The discount rates of this case; debt at its cost after taxes."""
        tax = self.tax
        yearly = self.assumptions.money.discount_rate, self.assumptions.debt.cost_of_debt_per_year
        of_tax = () if tax is None else (tax.rate, tax.from_month)
        make: Callable[..., Rates] = Rates if any(isinstance(rate, np.ndarray) for rate in yearly) else rates_of
        return make(*yearly, *of_tax)

    @property
    def tier_factor(self) -> Amount:
        """See `tier_factor`."""
        return tier_factor(self.assumptions.gpu, self.tier)

    @cached_property
    def offers(self) -> tuple[Offer, ...]:
        """The user's offers in one unit."""
        return offers_of(self.quotes, self.assumptions.rental) if self.quotes else ()

    def offer(self, option: QuoteOption) -> Offer | None:
        """The offer in force for an option without a term: the cheapest that fits the size, None without any."""
        fitting = [offer for offer in self.offers if offer.quote.option == option and self._fits(offer)]
        return min(fitting, key=lambda offer: float(np.min(offer.price)), default=None)

    def from_seller(self, option: QuoteOption) -> str:
        """` from Hyperstack`: whose offer is in force for an option without a term; empty where nobody is named."""
        offer = self.offer(option)
        return f" from {offer.quote.from_}" if offer is not None and offer.quote.from_ else ""

    def _fits(self, offer: Offer) -> bool:
        """Whether an offer is for as many nodes as are wanted."""
        wanted = np.max(self.whole_demand.peak)
        return not (np.any(np.asarray(offer.nodes or np.inf) < wanted) or (offer.least_nodes or 0) > wanted)

    def size_words(self, nodes: float) -> str:
        """`5 nodes`; `8 GPUs` where the work takes parts of nodes."""
        in_parts = np.max(self.demand.unit) < 1
        size = nodes * of_one(self.assumptions.rental.gpus_per_node) if in_parts else nodes
        return f"{size:,.6g} {plural('GPU' if in_parts else 'node', size)}"

    def gpu_figure(self, name: str) -> str:
        """The id of a figure of this case's GPU."""
        return f"{self.assumptions.gpu.id}.{name}"

    @property
    def sublet_depends_on(self) -> tuple[str, ...]:
        """The inputs of `sublet_share`."""
        return self.gpu_figure("sublet_discount_share"), "rental.sublet_fee_share"

    @cached_property
    def sublet_share(self) -> Amount:
        """What an hour sublet brings, as a share of the neocloud list price: (1 - discount) x (1 - fee)."""
        return (1 - self.assumptions.gpu.sublet_discount_share) * (1 - self.assumptions.rental.sublet_fee_share)
