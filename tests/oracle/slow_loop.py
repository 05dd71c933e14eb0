"""A second, slow reckoning of every option, month by month in plain Python, so that the fast tables can be checked.

It shares no code with the tables: for each month in which the plan may change it walks through the months, writes
down every payment as it falls due, and weighs the sums by the chance of that course of events. Here stand the demand,
the ledger and what is rented; `slow_owning` walks through owning, `slow_choices` through what is decided later. Units:
USD, months, GPU-hours, nodes; costs are positive.

A price may also be an array: the same month in several courses of rents, all walked at once.
"""

import math
from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any

from advisor.market.assumptions import Assumptions, Tier
from advisor.profiles.schema import Depreciation, Quote

Amount = Any  # USD: a float, or an array with one value for each course of rents
HAIR = 1e-9


@dataclass(frozen=True)
class Work:
    """One workload with every default filled in."""

    nodes: float
    months: float
    start_month: int
    growth_per_month: float
    busy: float
    base_share: float
    base_busy: float
    hazard_per_month: float
    residual_share: float
    one_fabric: bool = False

    def active(self, t: int) -> float:
        """Share of month t in which the work runs."""
        since = t - self.start_month
        return 0.0 if since < 0 else min(1.0, max(0.0, self.months - since))

    def raw_nodes(self, t: int) -> float:
        """Nodes wanted in month t, not yet rounded up."""
        if self.active(t) == 0:
            return 0.0
        return float(self.nodes * (1 + self.growth_per_month) ** (t - self.start_month))

    def weight(self, t: int) -> float:
        """Nodes at work in month t; says how much the workload counts in averages."""
        mean_busy = self.base_share * self.base_busy + (1 - self.base_share) * self.busy
        return self.raw_nodes(t) * self.active(t) * mean_busy


@dataclass(frozen=True)
class Taxes:
    """What the company pays on its income, from which month on, and how it deducts hardware."""

    rate: float = 0.0
    from_month: int = 0
    depreciation: Depreciation = "macrs"


@dataclass(frozen=True)
class Given:
    """All the inputs of one question. rents: USD per GPU-hour by month; resale: share of today's node price."""

    figures: Assumptions
    tier: Tier
    quotes: Sequence[Quote]
    works: Sequence[Work]
    rents: Sequence[Amount]
    resale: Sequence[Amount]
    taxes: Taxes = Taxes()

    def quote(self, option: str, months: int | None = None) -> Quote | None:
        """The founder's offer for an option, if there is one."""
        for quote in self.quotes:
            if quote.option == option and quote.months == months:
                return quote
        return None


@dataclass(frozen=True)
class Stack:
    """The nodes of a month, the steady ones at the bottom. steady_hours, other_hours: GPU-hours of work of a node of
    each kind; fabric: the most nodes that must hang on one fabric."""

    nodes: float
    steady: float
    steady_hours: float
    other_hours: float
    active_share: float
    fabric: float

    def between(self, low: float, high: float) -> "Stack":
        """The nodes between two heights."""
        nodes = min(max(self.nodes, low), high) - low
        steady = min(max(self.steady, low), high) - low
        return replace(self, nodes=nodes, steady=steady, fabric=min(self.fabric, nodes))

    def times(self, share: float) -> "Stack":
        """So much of all of it."""
        return replace(self, nodes=share * self.nodes, steady=share * self.steady, fabric=share * self.fabric)


@dataclass(frozen=True)
class Month:
    """What is wanted in one month: nodes, share of the month, hours that do work, hours billed on demand."""

    nodes: int
    active_share: float
    used: float
    billed: float


NO_DEMAND = Month(0, 0.0, 0.0, 0.0)


@dataclass(frozen=True, eq=False)
class Scene:
    """The inputs with the demand worked out, for both states of the plan. usual_start: the first month of work where
    nothing is wanted at all; decided: the month of the decision, before which nothing is ordered."""

    given: Given
    alive_stacks: list[Stack]
    after_stacks: list[Stack]
    hazard: float
    usual_start: int
    decided: int = 0

    @cached_property
    def alive(self) -> list[Month]:
        """The demand while the plan holds."""
        return [month_of(stack, self.given) for stack in self.alive_stacks]

    @cached_property
    def after(self) -> list[Month]:
        """What is left of it once the plan has changed."""
        return [month_of(stack, self.given) for stack in self.after_stacks]

    @cached_property
    def months(self) -> int:
        """Length of the plan, T."""
        return len(self.alive_stacks)

    @cached_property
    def peak(self) -> int:
        """Most nodes wanted at once."""
        return max(month.nodes for month in self.alive)

    @cached_property
    def start(self) -> int:
        """First month in which nodes are wanted."""
        return next((t for t, month in enumerate(self.alive) if month.nodes > 0), self.usual_start)

    @property
    def node_hours(self) -> float:
        """GPU-hours of one node in one month."""
        return self.given.figures.rental.gpus_per_node * self.given.figures.rental.hours_per_month

    def wanted(self, t: int, change: int) -> Month:
        """The demand of month t when the plan changes in month `change`."""
        if t >= self.months:
            return NO_DEMAND
        return self.alive[t] if change > t else self.after[t]

    def at(self, rents: Sequence[Amount], resale: Sequence[Amount]) -> "Scene":
        """The same at other prices; the demand, once worked out, stays."""
        other = copy(self)
        object.__setattr__(other, "given", replace(self.given, rents=rents, resale=resale))
        return other


@lru_cache(maxsize=256)
def below(scene: Scene, heights: tuple[float, ...]) -> Scene:
    """What a base of so many nodes serves, by month."""
    return _cut(scene, [(0.0, height) for height in heights])


@lru_cache(maxsize=256)
def above(scene: Scene, heights: tuple[float, ...]) -> Scene:
    """What such a base leaves."""
    return _cut(scene, [(height, math.inf) for height in heights])


@lru_cache(maxsize=256)
def during(scene: Scene, first: int, end: int) -> Scene:
    """The same plan with nothing wanted outside some months."""
    return _cut(scene, [(0.0, math.inf if first <= t < end else 0.0) for t in range(scene.months)])


def _cut(scene: Scene, ranges: Sequence[tuple[float, float]]) -> Scene:
    alive, after = (
        [stack.between(*heights) for stack, heights in zip(stacks, ranges, strict=True)]
        for stacks in (scene.alive_stacks, scene.after_stacks)
    )
    return replace(scene, alive_stacks=alive, after_stacks=after, usual_start=scene.start)


def divided(top: float, bottom: float) -> float:
    """top / bottom, or 0 of nothing."""
    return top / bottom if bottom > 0 else 0.0


def rounded_up(amount: float) -> int:
    """Whole nodes or months; a hair's breadth above a whole number does not count."""
    return math.ceil(amount - HAIR)


def month_of(stack: Stack, given: Given) -> Month:
    """A month of demand; of the idle hours an on-demand user is billed what he cannot hand back."""
    rental, nodes = given.figures.rental, rounded_up(stack.nodes)
    used = stack.steady * stack.steady_hours + (stack.nodes - stack.steady) * stack.other_hours
    open_hours = rental.gpus_per_node * rental.hours_per_month * stack.active_share * stack.nodes
    released = min(1.0, max(0.0, 1 - math.log2(max(nodes, 1)) / rental.release_doublings))
    billed = used + max(0.0, open_hours - used) * (1 - released)
    return Month(nodes, stack.active_share if nodes > 0 else 0.0, used, billed)


def alive_stack(given: Given, t: int) -> Stack:
    """The nodes of all workloads together in month t while the plan is unchanged."""
    raw = base = peak = base_hours = peak_hours = active = fabric = 0.0
    for work in given.works:
        nodes = work.raw_nodes(t)
        raw += nodes
        base += nodes * work.base_share
        peak += nodes * (1 - work.base_share)
        active += nodes * work.active(t)
        base_hours += nodes * work.base_share * work.base_busy * work.active(t)
        peak_hours += nodes * (1 - work.base_share) * work.busy * work.active(t)
        fabric = max(fabric, nodes if work.one_fabric else 0.0)
    node_hours = given.figures.rental.gpus_per_node * given.figures.rental.hours_per_month
    base_busy = divided(base_hours, base)
    peak_busy = peak_hours / peak if peak > 0 else base_busy
    return Stack(
        rounded_up(raw),
        rounded_up(base),
        node_hours * base_busy,
        node_hours * peak_busy,
        divided(active, raw),
        rounded_up(fabric),
    )


def after_stack(given: Given, t: int, before: Stack) -> Stack:
    """What is left of month t once the plan has changed."""
    weight = sum(work.weight(t) for work in given.works)
    return before.times(divided(sum(work.weight(t) * work.residual_share for work in given.works), weight))


def scene_of(given: Given) -> Scene:
    """Work out the demand month by month, before and after a change of plan."""
    months = rounded_up(max(work.start_month + work.months for work in given.works))
    alive = [alive_stack(given, t) for t in range(months)]
    after = [after_stack(given, t, alive[t]) for t in range(months)]
    hours = [sum(work.weight(t) for t in range(months)) for work in given.works]
    risk = sum(w * work.hazard_per_month for w, work in zip(hours, given.works, strict=True))
    start = min(work.start_month for work in given.works)
    return Scene(given, alive, after, divided(risk, sum(hours)), start)


class Ledger:
    """Every payment in one course of events, added up four ways, after taxes."""

    def __init__(self, given: Given) -> None:
        money, debt, self.taxes = given.figures.money, given.figures.debt, given.taxes
        self.discount = (1 + money.discount_rate) ** (-1 / 12)
        self.debt_rate = debt.cost_of_debt_per_year / 12
        self.present: Amount = 0.0
        self.undiscounted: Amount = 0.0
        self.upfront: Amount = 0.0
        self.asset: Amount = 0.0

    def tax_rate(self, t: int) -> float:
        """The rate in month t; nothing before there is income."""
        return self.taxes.rate if t >= self.taxes.from_month else 0.0

    def pay(self, t: int, usd: Amount, *, deductible: bool = True) -> None:
        """Pay in advance, on the first day of month t."""
        self._book(t, usd, self.discount**t, deductible)
        if t == 0:  # the tax it saves comes later than the day itself
            self.upfront = self.upfront + usd

    def pay_through(self, t: int, usd: Amount) -> None:
        """Pay over the course of month t, so on average in its middle."""
        self._book(t, usd, self.discount ** (t + 0.5), deductible=True)

    def pay_lender(self, t: int, usd: Amount, *, deductible: bool) -> None:
        """Pay a lender or lessor on the first day of month t, worth today what debt costs."""
        self._book(t, usd, self.debt_worth(t), deductible)
        if t == 0:
            self.upfront = self.upfront + usd

    def deduct_interest(self, t: int, usd: Amount) -> None:
        """Deduct from income the interest in what a lender is paid on the first day of month t."""
        self._book(t, -self.tax_rate(t) * usd, self.debt_worth(t), deductible=False)

    def debt_worth(self, t: int) -> float:
        """What $1 paid to a lender in month t is worth today, at what debt costs after taxes in each month until
        then."""
        worth = 1.0
        for month in range(1, t + 1):
            worth /= 1 + (1 - self.tax_rate(month)) * self.debt_rate
        return worth

    def deduct(self, t: int, usd: Amount) -> None:
        """Deduct from income what is not paid in month t, such as depreciation: only the tax saved is money."""
        self._book(t, -self.tax_rate(t) * usd, self.discount ** (t + 0.5), deductible=False)

    def sell(self, t: int, usd: Amount, book_usd: float) -> None:
        """Sell what is owned, on the first day of month t; what it brings above its book value is income."""
        self._book(t, -usd + self.tax_rate(t) * (usd - book_usd), self.discount**t, deductible=False)
        self.asset = self.asset + usd

    def _net(self, t: int, usd: Amount, deductible: bool) -> Amount:
        return usd * (1 - self.tax_rate(t)) if deductible and self.taxes.rate else usd

    def _book(self, t: int, usd: Amount, discount: float, deductible: bool) -> None:
        net = self._net(t, usd, deductible)
        self.present = self.present + net * discount
        self.undiscounted = self.undiscounted + net


Walk = Callable[[Scene, int, Ledger], None]


def chance_of(scene: Scene, change: int) -> float:
    """The chance that the plan changes in month `change`; a plan that never changes ends with its last month."""
    return (1 - scene.hazard) ** (change - 1) * (scene.hazard if change < scene.months else 1.0)


def with_extras(scene: Scene, bill: Amount) -> Amount:
    """A provider's bill with what comes on top: support, and hours paid for and lost."""
    rental = scene.given.figures.rental
    return bill + bill * rental.support_share + bill * rental.goodput_loss_share


def storage(scene: Scene, nodes: int, month: Month) -> float:
    """Storage and egress of a month for rented nodes."""
    return scene.given.figures.rental.storage_egress_usd_per_node_month * nodes * month.active_share


def pay_setup(scene: Scene, change: int, ledger: Ledger) -> None:
    """Bring up a rented cluster, if it is large enough to need it and still wanted."""
    rental = scene.given.figures.rental
    if scene.peak >= rental.setup_from_nodes and change > scene.start:
        ledger.pay(scene.start, rental.setup_usd_per_node * scene.peak)


def tier_factor(given: Given) -> float:
    """Price level of the founder's tier against neoclouds."""
    gpu = given.figures.gpu
    if given.tier == "neocloud":
        return 1.0
    assert gpu.hyperscaler_usd_per_gpu_hour is not None
    return gpu.hyperscaler_usd_per_gpu_hour / gpu.neocloud_usd_per_gpu_hour


def on_demand_rate(scene: Scene, t: int, nodes: int) -> Amount:
    """USD per GPU-hour rented on demand in month t, on a cluster of so many nodes."""
    given = scene.given
    quote = given.quote("on-demand")
    if quote is not None and quote.usd_per_gpu_hour is not None:
        return given.rents[t] * quote.usd_per_gpu_hour / given.figures.gpu.neocloud_usd_per_gpu_hour
    premium = given.figures.rental.cluster_premium_per_doubling * math.log2(max(nodes, 1))
    return given.rents[t] * tier_factor(given) * (1 + premium)


def rent_month(scene: Scene, t: int, change: int, ledger: Ledger) -> None:
    """Serve a whole month on demand."""
    month = scene.wanted(t, change)
    ledger.pay_through(t, with_extras(scene, month.billed * on_demand_rate(scene, t, month.nodes)))
    ledger.pay_through(t, storage(scene, month.nodes, month))


def on_demand(scene: Scene, change: int, ledger: Ledger) -> None:
    """Rent on demand throughout."""
    pay_setup(scene, change, ledger)
    for t in range(scene.months):
        rent_month(scene, t, change, ledger)


def marketplace(scene: Scene, change: int, ledger: Ledger) -> None:
    """Rent from hosts that may interrupt; the hours lost to interruptions are rented again."""
    rental, gpu = scene.given.figures.rental, scene.given.figures.gpu
    price_share = 1.0
    if gpu.marketplace_usd_per_gpu_hour is not None:
        price_share = gpu.marketplace_usd_per_gpu_hour / gpu.neocloud_usd_per_gpu_hour
    lost_hours = rental.marketplace_restart_hours + rental.marketplace_checkpoint_hours / 2
    for t in range(scene.months):
        month = scene.wanted(t, change)
        goodput = 1 / (1 + rental.marketplace_interruptions_per_node_hour * month.nodes * lost_hours)
        bill = month.billed / goodput * scene.given.rents[t] * price_share
        ledger.pay_through(t, with_extras(scene, bill) + storage(scene, month.nodes, month))


def sublet_share(given: Given) -> float:
    """What a sublet hour brings, as a share of the list price."""
    return (1 - given.figures.gpu.sublet_discount_share) * (1 - given.figures.rental.sublet_fee_share)


def fill_share(scene: Scene, t: int, change: int) -> float:
    """Share of the idle hours for which a taker is found: less in short gaps than of a block that is free."""
    rental = scene.given.figures.rental
    in_use = change > t and scene.wanted(t, change).used > 0
    return rental.idle_fill_share if in_use else rental.freed_fill_share


def volume_discount(scene: Scene, nodes: int) -> float:
    """Discount for the size of a purchase or contract."""
    rental = scene.given.figures.rental
    doublings = max(0.0, math.log2(max(nodes, 1) / rental.volume_discount_from_nodes))
    return min(rental.volume_discount_max_share, rental.volume_discount_per_doubling * doublings)


@dataclass(frozen=True)
class Contract:
    """A reservation: its term, whether all of it is paid at signing, and whether it is left when the plan changes."""

    term: int
    all_prepaid: bool = False
    left: bool = False

    def prepaid_share(self, scene: Scene) -> float:
        """Share that is paid at signing."""
        quote = scene.given.quote("reserved", self.term)
        if quote is not None and quote.prepaid is not None:
            return quote.prepaid
        return 1.0 if self.all_prepaid else scene.given.figures.rental.prepaid_share

    def starts(self, scene: Scene) -> list[int]:
        """When it is signed: at the start, and again while a whole term still fits."""
        starts = [scene.start]
        while starts[-1] + 2 * self.term <= scene.months:
            starts.append(starts[-1] + self.term)
        return starts

    def priced_in(self, scene: Scene, signed: int) -> int:
        """The month whose rents fix the rate: an offer in hand holds as it is today, all else follows the market."""
        quoted = scene.given.quote("reserved", self.term) is not None
        return 0 if quoted and signed == scene.start and scene.decided == 0 else signed


@lru_cache(maxsize=4096)
def block_nodes(scene: Scene, term: int, signed: int) -> int:
    """The nodes of a contract: the most that are wanted while it runs and the plan holds."""
    return max((month.nodes for month in scene.alive[signed : signed + term]), default=0)


def reserved_rate(scene: Scene, contract: Contract, signed: int) -> Amount:
    """USD per GPU-hour of a contract signed in month `signed`, fixed for its term."""
    given, term = scene.given, contract.term
    rental, gpu = given.figures.rental, given.figures.gpu
    rent = given.rents[contract.priced_in(scene, signed)]
    quote = given.quote("reserved", term)
    if quote is not None and quote.usd_per_gpu_hour is not None:
        return rent * quote.usd_per_gpu_hour / gpu.neocloud_usd_per_gpu_hour
    start, share = rental.prepay_bonus_from_share, contract.prepaid_share(scene)
    bonus = rental.prepay_bonus_max_share * math.sqrt(max(0.0, (share - start) / (1 - start)))
    rate = rent * tier_factor(given) * (1 - gpu.term_discounts[given.tier][term])
    return rate * (1 - bonus) * (1 - volume_discount(scene, block_nodes(scene, term, signed)))


def sign(scene: Scene, contract: Contract, signed: int, until: int, ledger: Ledger) -> None:
    """Sign a contract: its prepayment, its instalments, and the chance that the provider fails with the prepayment;
    whoever leaves before the term is over pays a share of the instalments still to come."""
    term = contract.term
    monthly = block_nodes(scene, term, signed) * scene.node_hours * reserved_rate(scene, contract, signed)
    prepaid, rental = contract.prepaid_share(scene), scene.given.figures.rental
    ledger.pay(signed, with_extras(scene, prepaid * term * monthly))
    for t in range(signed, until):
        ledger.pay(t, with_extras(scene, (1 - prepaid) * monthly))
    default = rental.provider_default_per_month
    for served in range(1, until - signed):
        chance = default * (1 - default) ** (served - 1)
        ledger.pay(signed + served, chance * prepaid * term * monthly * (term - served) / term)
    if until < signed + term:
        ledger.pay(until, rental.termination_fee_share * (1 - prepaid) * monthly * (signed + term - until))


def contract_month(scene: Scene, nodes: int, t: int, change: int, ledger: Ledger) -> None:
    """A month under contract, beside its instalment: storage, and what the idle hours bring."""
    month = scene.wanted(t, change)
    idle = scene.node_hours * nodes - month.used
    sublet = fill_share(scene, t, change) * idle
    if scene.given.tier != "hyperscaler":  # their contracts may not be sublet
        ledger.pay_through(t, -sublet * sublet_share(scene.given) * scene.given.rents[t])
    ledger.pay_through(t, storage(scene, nodes if change > t else month.nodes, month))


def reserved(contract: Contract) -> Walk:
    """Reserve the most that is needed for a term, again while a whole term fits; else rent on demand."""

    def walk(scene: Scene, change: int, ledger: Ledger) -> None:
        term = contract.term
        pay_setup(scene, change, ledger)
        starts = contract.starts(scene)
        for signed in starts:
            if change > signed:
                until = min(change, signed + term) if contract.left else signed + term
                sign(scene, contract, signed, until, ledger)
        for t in range(max(scene.months, starts[-1] + term)):
            block = next((signed for signed in starts if signed <= t < signed + term), None)
            if block is not None and change > (t if contract.left else block):
                contract_month(scene, block_nodes(scene, term, block), t, change, ledger)
            elif t < scene.months:
                rent_month(scene, t, change, ledger)

    return walk
