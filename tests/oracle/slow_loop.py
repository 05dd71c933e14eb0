"""A second, slow calculation of every option, month by month in plain Python, to check the fast tables.

It shares no code with the tables: for each month in which the plan may change it walks through the months, writes
down every payment as it falls due, and weights the sums by the probability of that course of events. This file holds
the ledger and what is rented; `slow_demand` holds the demand, `slow_owning` owning, `slow_choices` deferred decisions.
Units: USD, months, GPU-hours, nodes; costs are positive.

A price may also be an array: the same month in several courses of rents, all walked at once.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from advisor.market.assumptions import Rental
from advisor.profiles.offers.quote import CLAUSES, Quote
from tests.oracle.slow_demand import Amount, Given, Month, Scene, layers
from tests.support.present import present


def monthly_discount(given: Given) -> float:
    """What a dollar of the next month is worth in this one."""
    return float((1 + given.figures.money.discount_rate) ** (-1 / 12))


class Ledger:
    """Every payment in one course of events, added up four ways, after taxes."""

    def __init__(self, given: Given) -> None:
        debt, self.taxes = given.figures.debt, given.taxes
        self.discount = monthly_discount(given)
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
TERMS = (1, 3, 6, 12, 24, 36)


def with_extras(scene: Scene, bill: Amount) -> Amount:
    """A provider's bill with what comes on top: support, and hours paid for and lost."""
    rental = scene.given.figures.rental
    return bill + bill * rental.support_share + bill * rental.goodput_loss_share


def storage(scene: Scene, nodes: float, month: Month) -> float:
    """Storage and egress of a month for rented nodes."""
    return float(scene.given.figures.rental.storage_egress_usd_per_node_month * nodes * month.active_share)


def pay_setup(scene: Scene, change: int, ledger: Ledger) -> None:
    """Bring up a rented cluster, if it is large enough to need it and still wanted."""
    rental = scene.given.figures.rental
    if scene.largest_job >= rental.setup_from_nodes and change > scene.start:
        ledger.pay(scene.start, rental.setup_usd_per_node * scene.clustered)


def tier_factor(given: Given) -> float:
    """Price level of the user's tier against neoclouds."""
    gpu = given.figures.gpu
    if given.tier == "neocloud":
        return 1.0
    return float(present(gpu.hyperscaler_usd_per_gpu_hour) / gpu.neocloud_usd_per_gpu_hour)


def on_demand_rate(scene: Scene, t: int, month: Month) -> Amount:
    """USD per GPU-hour rented on demand in month t, for jobs of this size."""
    given = scene.given
    quote = given.quote("on-demand")
    if quote is not None and quote.usd_per_gpu_hour is not None:
        return given.rents[t] * quote.usd_per_gpu_hour / given.figures.gpu.neocloud_usd_per_gpu_hour
    premium = given.figures.rental.cluster_premium_per_doubling * month.doublings
    return given.rents[t] * tier_factor(given) * (1 + premium)


def rent_month(scene: Scene, t: int, change: int, ledger: Ledger) -> None:
    """Serve a whole month on demand."""
    month = scene.wanted(t, change)
    ledger.pay_through(t, with_extras(scene, month.billed * on_demand_rate(scene, t, month)))
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
        goodput = 1 / (1 + rental.marketplace_interruptions_per_node_hour * 2**month.doublings * lost_hours)
        bill = month.billed / goodput * scene.given.rents[t] * price_share
        ledger.pay_through(t, with_extras(scene, bill) + storage(scene, month.nodes, month))


def serverless(scene: Scene, change: int, ledger: Ledger) -> None:
    """Pay for replicas while they work, start and wait, and never for more than the nodes that the work needs."""
    rental, gpu = scene.given.figures.rental, scene.given.figures.gpu
    price_share = (gpu.serverless_usd_per_gpu_hour or gpu.neocloud_usd_per_gpu_hour) / gpu.neocloud_usd_per_gpu_hour
    for t in range(scene.months):
        month = scene.wanted(t, change)
        hours = min(
            month.used / (1 - rental.serverless_idle_share), scene.node_hours * month.nodes * month.active_share
        )
        bill = hours * scene.given.rents[t] * price_share
        ledger.pay_through(t, with_extras(scene, bill) + storage(scene, month.nodes, month))


def sublet_share(given: Given) -> float:
    """What a sublet hour brings on the market, as a share of the list price."""
    return float((1 - given.figures.gpu.sublet_discount_share) * (1 - given.figures.rental.sublet_fee_share))


def contract_income_share(scene: Scene, contract: "Contract", signed: int, nodes: float) -> float:
    """The same under a contract: where it may be let at all, and for no more than it costs."""
    flat, given = scene.at([1.0] * len(scene.given.rents), scene.given.resale), scene.given
    quote = contract.offer
    rental = given.figures.rental
    usual = rental.sublet_right_hyperscaler if given.tier == "hyperscaler" else rental.sublet_right_neocloud
    right = usual if quote is None or quote.may_sublet is None else float(quote.may_sublet)
    over_the_term = sum(contract.due(month) for month in range(contract.term)) / contract.term
    return right * min(sublet_share(given), over_the_term * float(reserved_rate(flat, contract, signed, nodes)))


def free_since(scene: Scene, t: int, change: int, there_from: int | None = None) -> int:
    """How many months nothing has been used by month t, this one counted, of nodes that are there from a month on, by
    default from the first of the work."""
    months, first = 0, scene.start if there_from is None else there_from
    while t - months >= first and scene.wanted(t - months, change).occupied <= 0:
        months += 1
    return months


def let_by_size(scene: Scene, lot: float | None = None) -> float:
    """How much of a cluster that is let together finds a taker, against what does of one node."""
    rental, nodes = scene.given.figures.rental, scene.largest_job if lot is None else lot
    return float(max(0.0, 1 - rental.sublet_loss_per_doubling * math.log2(max(1, nodes))))


def gap_share(scene: Scene, t: int, change: int, there_from: int | None = None) -> float:
    """Share of the idle hours of nodes for which a taker is found while they do their work: few in short gaps, and of a
    block only once it has been free for long enough."""
    rental = scene.given.figures.rental
    let = free_since(scene, t, change, there_from) > rental.months_to_let
    return float(let_by_size(scene) * (rental.freed_fill_share if let else rental.idle_fill_share))


def fill_share(scene: Scene, t: int, change: int, there_from: int | None = None) -> float:
    """The same, and after a change of plan the share of what it frees, as if that had a tenant at once."""
    if change > t:
        return gap_share(scene, t, t + 1, there_from)
    return float(let_by_size(scene) * scene.given.figures.rental.freed_fill_share)


def lacking(scene: Scene) -> float:
    """How much less of a freed block is let until there is a tenant: as much as of gaps."""
    rental = scene.given.figures.rental
    return float(let_by_size(scene) * (rental.freed_fill_share - rental.idle_fill_share))


def volume_discount(scene: Scene, nodes: float) -> float:
    """Discount for the size of a purchase or contract."""
    rental = scene.given.figures.rental
    doublings = max(0.0, math.log2(max(nodes, 1) / rental.volume_discount_from_nodes))
    return float(min(rental.volume_discount_max_share, rental.volume_discount_per_doubling * doublings))


@dataclass(frozen=True)
class Contract:
    """A reservation: its term, whether all of it is paid at signing, and whether it is left when the plan changes;
    offer: of the user's, None for one of the price list."""

    term: int
    all_prepaid: bool = False
    left: bool = False
    offer: Quote | None = None
    extended: bool = False
    extends: bool = False

    def prepaid_share(self, scene: Scene) -> float:
        """Share that is paid at signing."""
        if self.offer is not None and self.offer.prepaid is not None:
            return self.offer.prepaid
        return 1.0 if self.all_prepaid else scene.given.figures.rental.prepaid_share

    def first(self, scene: Scene) -> int:
        """The month in which it starts: with the work, or later where it is offered for later."""
        return max(scene.start, int(self.clause("start_month", 0)))

    def agreed_in(self, scene: Scene, signed: int) -> int:
        """The month from which on it is owed: today for what starts later."""
        return scene.start if self.clause("start_month", 0) and signed == self.first(scene) else signed

    def sized(self, nodes: float) -> float:
        """The nodes that are signed for: all of an offer for a number of nodes, or for at least a number."""
        return max(nodes, self.clause("nodes", 0.0), self.clause("least_nodes", 0.0))

    def serves(self, scene: Scene) -> bool:
        """Whether it may serve any part of the plan: it starts when wanted, and is for as many nodes."""
        return not self.clause("start_month", 0) and self.clause("nodes", math.inf) >= scene.peak

    def months_paid(self, scene: Scene, t: int) -> float:
        """How many months at the rate a month of the term is, where it is counted in days: the days of the term in
        equal parts, or all blocks of days that are booked in the month."""
        days, month_days = self.clause("days", 0.0), scene.given.figures.rental.hours_per_month / 24
        if not days:
            return 1.0
        return float(days / (self.term * month_days) * (self.booked(scene, t) if days < 30 else 1))

    def booked(self, scene: Scene, t: int) -> int:
        """Blocks of days booked in a month: as many as the days of work until its end need beyond those before."""
        month_days = scene.given.figures.rental.hours_per_month / 24

        def needed(months: int) -> int:
            work: float = sum(month.active_share * month_days for month in scene.alive[:months])
            return math.ceil(work / self.clause("days", 0.0) - 1e-6)

        return needed(t + 1) - needed(t)

    def part(self, scene: Scene, t: int) -> float:
        """The share of a month that is under contract."""
        days, month_days = self.clause("days", 0.0), scene.given.figures.rental.hours_per_month / 24
        if not 0 < days < 30:
            return 1.0
        active = scene.alive[t].active_share if t < scene.months else 0.0
        return float(max(min(1.0, self.booked(scene, t) * days / month_days), active))

    def due(self, month: int) -> float:
        """What a month of the term costs, as a share of one at the rate."""
        if self.offer is None:
            return 1.0
        if month < (self.offer.free_months or 0):
            return 0.0
        return 1 - max((step for step in self.offer.step_down if step[0] <= month), default=(0, 0.0))[1]

    def due_from(self, month: int) -> float:
        """The same of all months of the term from one on."""
        return sum(self.due(later) for later in range(month, self.term))

    def clause(self, name: str, without: float) -> float:
        """The figure of a clause; `without` where the contract does not have it."""
        found = None if self.offer is None else getattr(self.offer, name)
        return without if found is None else float(found)

    def used_share(self, scene: Scene, nodes: float, t: int, change: int) -> float:
        """The share of its hours that is paid for in month t."""
        least = self.clause("least_use_share", 1.0)
        used = scene.wanted(t, change).billed if t < scene.months else 0.0
        hours = nodes * scene.node_hours * self.part(scene, t)
        return least if not hours else min(1.0, max(least, used / hours))

    def leaving(self, scene: Scene) -> tuple[float, int, float]:
        """On leaving: the share of the installments left that is owed, the months of notice, the share refunded."""
        names = ("termination_fee_share", "notice_months", "refund_share")
        if self.offer is None or all(getattr(self.offer, name) is None for name in names):
            return float(scene.given.figures.rental.termination_fee_share), 0, 0.0
        fee = self.clause("termination_fee_share", 1.0 if self.offer.notice_months is None else 0.0)
        return fee, int(self.clause("notice_months", 0)), self.clause("refund_share", 0.0)

    def may_be_left(self, scene: Scene) -> bool:
        """Whether leaving costs less than all that is owed."""
        fee, _, refund = self.leaving(scene)
        return fee < 1 or refund > 0

    def blocks(self, scene: Scene) -> list[tuple[int, "Contract"]]:
        """When it is signed: at the start, and again while a whole term still fits; then, until the plan is over, what
        is cheapest for the rest, if that is a contract. Nodes added later are only signed for while a term fits."""
        blocks: list[tuple[int, Contract]] = []
        first = end = self.first(scene)
        if self.extended and self.offer is not None:
            blocks = [(end, self), (end + self.term, extension_of(self.offer))]
            end += self.term + blocks[1][1].term
        by_day = 0 < self.clause("days", 0.0) < 30  # booked as needed, so that a part of a month is one
        needed = scene.months if by_day else scene.whole_months
        while not self.extended and (end + self.term <= needed or (end == first and scene.signed_from is None)):
            blocks.append((end, self))
            end += self.term
        rest = None if end >= scene.months else cheapest_for_the_rest(scene, self, end)
        while rest is not None and end < scene.months:
            blocks.append((end, rest))
            end += rest.term
        return [*until_it_starts(scene, self), *blocks]

    def priced_in(self, scene: Scene, signed: int) -> int:
        """The month whose rents fix the rate: a quote holds as it is today, all else follows the market."""
        if self.extends:
            return 0
        return 0 if self.offer is not None and signed == self.first(scene) and scene.decided == 0 else signed


def extension_of(offer: Quote) -> Contract:
    """What follows when an offer is extended: the same rate, paid month by month."""
    plain: dict[str, Any] = {**dict.fromkeys(CLAUSES), "step_down": (), "prepaid": 0.0}
    kept = {name: getattr(offer, name) for name in ("may_sublet", "indexed", "sla_credit_share")}
    longer = offer.model_copy(update={**plain, **kept})
    return Contract(offer.extension_months or 0, offer=longer, extends=True)


def until_it_starts(scene: Scene, contract: Contract) -> list[tuple[int, Contract]]:
    """What is signed for the work until a contract starts: whole terms of one that fits, if that is the cheapest."""
    begin, end = scene.start, contract.first(scene)
    if begin == end:
        return []
    flat = scene.at(scene.given.outlook, scene.given.resale)
    best, least = None, rest_on_demand(flat, begin, end)
    job = max(stack.fabric for stack in scene.alive_stacks[begin:end])
    for one in offers(scene):
        if one.serves(scene) and (end - begin) % one.term == 0 and may_reserve(scene, one, job):
            cost = rest_under_contract(flat, one, begin, end)
            if cost < least:
                best, least = replace(one, left=contract.left), cost
    return [] if best is None else [(at, best) for at in range(begin, end, best.term)]


@lru_cache(maxsize=4096)
def block_nodes(scene: Scene, term: int, signed: int) -> float:
    """The nodes of a contract: the most that are wanted while it runs and the plan holds."""
    return max((month.nodes for month in scene.alive[signed : signed + term]), default=0)


def hard_to_rent(scene: Scene, job: float) -> bool:
    """Whether a job is larger than any that can be rented on demand."""
    return bool(job > scene.given.figures.rental.on_demand_max_nodes)


@lru_cache(maxsize=4096)
def nodes_left(scene: Scene, term: int, signed: int) -> float:
    """The nodes of a contract signed after a change of plan, for what is left: only for jobs that cannot be rented on
    demand."""
    months = range(signed, min(signed + term, scene.months))
    if not any(hard_to_rent(scene, scene.after_stacks[t].fabric) for t in months):
        return 0
    return max(scene.after[t].nodes for t in months)


def reserved_rate(scene: Scene, contract: Contract, signed: int, nodes: float) -> Amount:
    """USD per GPU-hour of a contract for some nodes signed in month `signed`, fixed for its term."""
    given, term = scene.given, contract.term
    rental, gpu = given.figures.rental, given.figures.gpu
    rent, quote = given.rents[contract.priced_in(scene, signed)], contract.offer
    if quote is not None and quote.usd_per_gpu_hour is not None:
        return rent * quote.usd_per_gpu_hour / gpu.neocloud_usd_per_gpu_hour
    early = sum(range(term)) / term / 12 * max(0.0, contract.prepaid_share(scene) - rental.prepay_bonus_from_share)
    bonus = min(rental.prepay_bonus_max_share, rental.prepay_bonus_per_year * early)
    rate = rent * tier_factor(given) * (1 - gpu.term_discounts[given.tier][term])
    return rate * (1 - bonus) * (1 - volume_discount(scene, nodes))


def sign(scene: Scene, contract: Contract, signed: int, until: int, nodes: float, change: int, ledger: Ledger) -> None:
    """Sign a contract: its prepayment, its installments, and the chance that the provider defaults with the prepayment;
    a termination costs the installments of the notice and a share of those still to come, less what is refunded."""
    term, rents = contract.term, scene.given.rents
    hours = nodes * scene.node_hours * contract.months_paid(scene, signed)
    monthly = hours * reserved_rate(scene, contract, signed, nodes)
    least, moving = contract.clause("least_use_share", 1.0), contract.clause("indexed", 0.0)
    prepaid, rental = least * contract.prepaid_share(scene), scene.given.figures.rental

    def at(t: int) -> Amount:
        """A month at the rate of then: a part of it follows the market."""
        today = hours * rents[t] * contract.clause("usd_per_gpu_hour", 0.0)
        return (1 - moving) * monthly + moving * today / scene.given.figures.gpu.neocloud_usd_per_gpu_hour

    if until <= signed < signed + term and until < signed + term and contract.agreed_in(scene, signed) < until:
        fee, notice, _ = contract.leaving(scene)  # left before it starts: nothing is prepaid yet
        beyond = contract.due_from(max(0, until - signed + notice))
        ledger.pay(until, least * (contract.due_from(0) - beyond + fee * beyond) * at(until))
        return
    ledger.pay(signed, with_extras(scene, prepaid * contract.due_from(0) * monthly))
    for t in range(signed, until):
        use = contract.used_share(scene, nodes, t, change)
        ledger.pay(t, with_extras(scene, contract.due(t - signed) * (use - prepaid) * at(t)))
        lost = rental.goodput_loss_share * contract.due(t - signed) * use * monthly
        ledger.pay_through(t, -contract.clause("sla_credit_share", 0.0) * lost)
        if t == signed == contract.first(scene):
            late = rental.start_delay_days * 24 / rental.hours_per_month
            late *= contract.clause("delay_credit_share_per_month", 0.0)
            ledger.pay_through(t, -late * contract.due(int(contract.clause("free_months", 0))) * use * monthly)
    default = rental.provider_default_per_month
    for served in range(1, until - signed):
        chance = default * (1 - default) ** (served - 1)
        ledger.pay(signed + served, chance * prepaid * monthly * contract.due_from(served))
    if until < signed + term:
        fee, notice, refund = contract.leaving(scene)
        beyond = contract.due_from(until - signed + notice)
        owed = contract.due_from(until - signed) - beyond + fee * beyond
        ledger.pay(until, (least - prepaid) * owed * at(until))
        ledger.pay(until, -refund * prepaid * beyond * monthly)


def contract_month(
    scene: Scene, contract: Contract, block: tuple[int, float], t: int, change: int, ledger: Ledger
) -> None:
    """A month under contract, beside its installment: storage, and what the idle hours bring; in the month of a change
    what they bring less until there is a tenant, at that month's rents. block: when it was signed, for how many
    nodes; signed after the change it was signed for what is left, and only gaps are let."""
    signed, nodes = block
    month, share = scene.wanted(t, change), contract_income_share(scene, contract, signed, nodes)
    agreed = contract.agreed_in(scene, signed)

    def idle(month: int) -> float:
        paid = scene.node_hours * nodes * contract.part(scene, month) * contract.used_share(scene, nodes, month, change)
        if month - signed >= contract.clause("refresh_month", math.inf):
            paid *= 1 + contract.clause("refresh_gain_share", 0.0)
        return share * (paid - scene.wanted(month, change).occupied)

    fill = fill_share(scene, t, change) if change > agreed else gap_share(scene, t, 0)
    ledger.pay_through(t, -fill * idle(t) * scene.given.rents[t])
    if t == max(change, signed) and change > agreed:
        until = min(change + int(scene.given.figures.rental.months_to_let), signed + contract.term)
        ledger.pay_through(change, lacking(scene) * sum(map(idle, range(t, until))) * scene.given.rents[change])
    ledger.pay_through(t, storage(scene, nodes if change > t else month.nodes, month))


def shortest_term(nodes: float, rental: Rental) -> float:
    """The shortest term sold for a job of this size: the longest of all limits, by its GPUs, that it reaches."""
    limits = {
        512: rental.minimum_term_from_64_nodes_months,
        1024: rental.minimum_term_from_128_nodes_months,
        2048: rental.minimum_term_from_256_nodes_months,
    }
    return float(max((term for gpus, term in limits.items() if nodes * rental.gpus_per_node >= gpus), default=1))


def may_reserve(scene: Scene, contract: Contract, job: float | None = None) -> bool:
    """Whether a contract is sold for a job, by default the largest; an offer of the user's always is."""
    size = scene.largest_job if job is None else job
    return contract.offer is not None or contract.term >= shortest_term(size, scene.given.figures.rental)


def offers(scene: Scene) -> list[Contract]:
    """Every contract that is sold, the longest first: those of the price list and the user's offers."""
    given = scene.given
    listed = [Contract(term) for term in TERMS if term in given.figures.gpu.term_discounts[given.tier]]
    own = [Contract(quote.months or 1, offer=quote) for quote in given.quotes if quote.option == "reserved"]
    return sorted([*listed, *own], key=lambda contract: -contract.term)


def cheapest_for_the_rest(scene: Scene, contract: Contract, end: int) -> Contract | None:
    """What serves a plan from month `end` on: None for on demand, the contract once more, or a shorter one; at the
    prices that are expected."""
    flat = scene.at(scene.given.outlook, scene.given.resale)
    best, least = None, rest_on_demand(flat, end, scene.months)
    job = max(stack.fabric for stack in scene.alive_stacks[end:])
    shorter = [
        replace(one, left=contract.left) for one in offers(scene) if one.term < contract.term and one.serves(scene)
    ]
    for one in (contract, *shorter):
        cost = rest_under_contract(flat, one, end, scene.months) if may_reserve(scene, one, job) else math.inf
        if cost < least:
            best, least = one, cost
    return best


def unchanged(scene: Scene, t: int) -> float:
    """The chance that the plan is still the same in month t."""
    return float((1 - scene.hazard) ** t) if t < scene.months else 0.0


def rest_on_demand(scene: Scene, begin: int, end: int) -> float:
    """What some months on demand are worth today, in GPU-hours at the list price; infinite without a market."""
    if any(hard_to_rent(scene, stack.fabric) for stack in scene.alive_stacks[begin:end]):
        return math.inf
    total, discount = 0.0, monthly_discount(scene.given)
    for t in range(begin, min(end, scene.months)):
        before, after = (
            with_extras(scene, m.billed * on_demand_rate(scene, t, m)) for m in (scene.alive[t], scene.after[t])
        )
        used = unchanged(scene, t) * before + (unchanged(scene, begin) - unchanged(scene, t)) * after
        total += used * discount ** (t + 0.5)
    return total


def rest_under_contract(scene: Scene, contract: Contract, begin: int, end: int) -> float:
    """The same under contracts of one term, whose idle hours are sublet; what a change leaves is rented afterwards, or
    stays under contract."""
    total, signed, rental = 0.0, begin, scene.given.figures.rental
    discount, prepaid = monthly_discount(scene.given), contract.prepaid_share(scene)
    while signed < end:
        nodes = contract.sized(block_nodes(scene, contract.term, signed))
        capacity = nodes * scene.node_hours
        rate = with_extras(scene, capacity * reserved_rate(scene, contract, signed, nodes))
        rate *= contract.months_paid(scene, signed)
        share = contract_income_share(scene, contract, signed, nodes)
        for t in range(signed, signed + contract.term):
            held, monthly = unchanged(scene, signed), contract.due(t - signed) * rate
            before, after = scene.wanted(t, t + 1), scene.wanted(t, 0)
            idle = unchanged(scene, t) * fill_share(scene, t, t + 1) * (capacity - before.occupied)
            freed = held - unchanged(scene, t)
            let = held - unchanged(scene, max(t - int(rental.months_to_let), signed))
            idle += (freed * fill_share(scene, t, 0) - (freed - let) * lacking(scene)) * (capacity - after.occupied)
            left = with_extras(scene, after.billed * on_demand_rate(scene, t, after))
            used = (unchanged(scene, begin) - held) * left - share * idle * scene.given.rents[t]
            paid = (1 - prepaid) * discount**t + prepaid * discount**signed
            total += held * monthly * paid + used * discount ** (t + 0.5)
        total += (1 - unchanged(scene, signed)) * kept_beyond_rent(scene, contract, signed)
        signed += contract.term
    return total


def kept_beyond_rent(scene: Scene, contract: Contract, signed: int) -> float:
    """What a block that is signed after a change of plan costs more than renting what is left; 0 without one."""
    nodes = signed_nodes(scene, contract, signed, held=False)
    total, discount, prepaid = 0.0, monthly_discount(scene.given), contract.prepaid_share(scene)
    capacity = nodes * scene.node_hours
    for t in range(signed, signed + contract.term) if nodes else ():
        month = scene.wanted(t, 0)
        hours = capacity * contract.months_paid(scene, t) * contract.due(t - signed)
        paid = with_extras(scene, hours * reserved_rate(scene, contract, signed, nodes))
        total += paid * ((1 - prepaid) * discount**t + prepaid * discount**signed)
        let = (
            contract_income_share(scene, contract, signed, nodes) * gap_share(scene, t, 0) * (capacity - month.occupied)
        )
        rent = with_extras(scene, month.billed * on_demand_rate(scene, t, month))
        total -= (let * scene.given.rents[t] + rent) * discount ** (t + 0.5)
    return total


def signed_nodes(scene: Scene, contract: Contract, signed: int, held: bool) -> float:
    """The nodes that are signed for: while the plan holds those that are wanted; after a change those that are left, of
    jobs that cannot be rented on demand."""
    wanted = block_nodes(scene, contract.term, signed) if held else nodes_left(scene, contract.term, signed)
    return contract.sized(wanted) if wanted or held else 0.0


def reserved(contract: Contract) -> Walk:
    """Reserve the most that is needed for a term, again while a whole term fits, then what is cheapest for the rest;
    else rent on demand."""

    def walk(scene: Scene, change: int, ledger: Ledger) -> None:
        pay_setup(scene, change, ledger)
        blocks = contract.blocks(scene)
        held = {signed: change > one.agreed_in(scene, signed) for signed, one in blocks}
        sizes = {signed: signed_nodes(scene, one, signed, held[signed]) for signed, one in blocks}
        left = {signed: contract.left and one.may_be_left(scene) for signed, one in blocks}
        for signed, one in blocks:
            if held[signed] or sizes[signed]:
                until = min(change, signed + one.term) if left[signed] else signed + one.term
                sign(scene, one, signed, until, sizes[signed], change, ledger)
        for t in range(max([scene.months, *(at + one.term for at, one in blocks)])):
            signed, one = next(((at, one) for at, one in blocks if at <= t < at + one.term), (-1, contract))
            if signed >= 0 and (change > t if left[signed] and held[signed] else held[signed] or sizes[signed]):
                contract_month(scene, one, (signed, sizes[signed]), t, change, ledger)
            elif t < scene.months:
                rent_month(scene, t, change, ledger)

    return walk


def reserved_in_steps(contract: Contract) -> Walk:
    """Reserve what is wanted in the first months, and after every step of some months what is wanted beyond it."""

    def walk(scene: Scene, change: int, ledger: Ledger) -> None:
        for layer in layers(scene, contract.term):
            reserved(contract)(layer, change, ledger)

    return walk
