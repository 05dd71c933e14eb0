"""A second, slow reckoning of every option, month by month in plain Python, so that the fast tables can be checked.

It shares no code with the tables: for each month in which the plan may change it walks through the months, writes
down every payment as it falls due, and weighs the sums by the chance of that course of events. Units: USD, months,
GPU-hours, nodes; costs are positive.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from advisor.market.book import Assumptions, Tier
from advisor.profile import Quote


@dataclass(frozen=True)
class Work:
    """One workload with every default filled in."""

    nodes: int
    months: float
    start_month: int
    growth_per_month: float
    busy: float
    base_share: float
    base_busy: float
    hazard_per_month: float
    residual_share: float

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
class Given:
    """All the inputs of one question. rents: USD per GPU-hour by month; resale: share of today's node price."""

    figures: Assumptions
    tier: Tier
    quotes: Sequence[Quote]
    works: Sequence[Work]
    rents: Sequence[float]
    resale: Sequence[float]

    def quote(self, option: str, months: int | None = None) -> Quote | None:
        """The founder's offer for an option, if there is one."""
        for quote in self.quotes:
            if quote.option == option and quote.months == months:
                return quote
        return None


@dataclass(frozen=True)
class Month:
    """What is wanted in one month: nodes, share of the month, hours that do work, hours billed on demand."""

    nodes: int
    active_share: float
    used: float
    billed: float


NO_DEMAND = Month(0, 0.0, 0.0, 0.0)


@dataclass(frozen=True)
class Scene:
    """The inputs with the demand worked out, for both states of the plan."""

    given: Given
    alive: list[Month]
    after: list[Month]
    hazard: float

    @property
    def months(self) -> int:
        """Length of the plan, T."""
        return len(self.alive)

    @property
    def peak(self) -> int:
        """Most nodes wanted at once."""
        return max(month.nodes for month in self.alive)

    @property
    def start(self) -> int:
        """First month in which nodes are wanted."""
        return next(t for t, month in enumerate(self.alive) if month.nodes > 0)

    @property
    def node_hours(self) -> float:
        """GPU-hours of one node in one month."""
        return self.given.figures.rental.gpus_per_node * self.given.figures.rental.hours_per_month

    def wanted(self, t: int, change: int) -> Month:
        """The demand of month t when the plan changes in month `change`."""
        if t >= self.months:
            return NO_DEMAND
        return self.alive[t] if change > t else self.after[t]


def divided(top: float, bottom: float) -> float:
    """top / bottom, or 0 of nothing."""
    return top / bottom if bottom > 0 else 0.0


def rounded_up(amount: float) -> int:
    """Whole nodes or months; a hair's breadth above a whole number does not count."""
    return math.ceil(amount - 1e-9)


def month_of(nodes: int, active_share: float, used: float, open_hours: float, release_doublings: float) -> Month:
    """A month of demand; of the idle hours an on-demand user is billed what he cannot hand back."""
    released = min(1.0, max(0.0, 1 - math.log2(max(nodes, 1)) / release_doublings))
    return Month(nodes, active_share, used, used + max(0.0, open_hours - used) * (1 - released))


def alive_month(given: Given, t: int) -> Month:
    """The demand of all workloads together in month t while the plan is unchanged."""
    rental = given.figures.rental
    raw = base = peak = base_hours = peak_hours = active = 0.0
    for work in given.works:
        nodes = work.raw_nodes(t)
        raw += nodes
        base += nodes * work.base_share
        peak += nodes * (1 - work.base_share)
        active += nodes * work.active(t)
        base_hours += nodes * work.base_share * work.base_busy * work.active(t)
        peak_hours += nodes * (1 - work.base_share) * work.busy * work.active(t)
    nodes_up, base_up = rounded_up(raw), rounded_up(base)
    base_busy = divided(base_hours, base)
    peak_busy = peak_hours / peak if peak > 0 else base_busy
    node_hours = rental.gpus_per_node * rental.hours_per_month
    used = node_hours * (base_up * base_busy + (nodes_up - base_up) * peak_busy)
    share = divided(active, raw) if nodes_up > 0 else 0.0
    return month_of(nodes_up, share, used, node_hours * share * nodes_up, rental.release_doublings)


def after_month(given: Given, t: int, before: Month) -> Month:
    """What is left of month t once the plan has changed."""
    rental = given.figures.rental
    weight = sum(work.weight(t) for work in given.works)
    left = divided(sum(work.weight(t) * work.residual_share for work in given.works), weight)
    open_hours = rental.gpus_per_node * rental.hours_per_month * before.active_share * left * before.nodes
    nodes = rounded_up(left * before.nodes)
    share = before.active_share if nodes > 0 else 0.0
    return month_of(nodes, share, left * before.used, open_hours, rental.release_doublings)


def scene_of(given: Given) -> Scene:
    """Work out the demand month by month, before and after a change of plan."""
    months = rounded_up(max(work.start_month + work.months for work in given.works))
    alive = [alive_month(given, t) for t in range(months)]
    after = [after_month(given, t, alive[t]) for t in range(months)]
    hours = [sum(work.weight(t) for t in range(months)) for work in given.works]
    risk = sum(w * work.hazard_per_month for w, work in zip(hours, given.works, strict=True))
    return Scene(given, alive, after, divided(risk, sum(hours)))


class Ledger:
    """Every payment in one course of events, added up four ways."""

    def __init__(self, discount_rate: float) -> None:
        self.discount = (1 + discount_rate) ** (-1 / 12)
        self.present = self.undiscounted = self.upfront = self.asset = 0.0

    def pay(self, t: int, usd: float) -> None:
        """Pay in advance, on the first day of month t."""
        self.present += usd * self.discount**t
        self.undiscounted += usd
        if t == 0:
            self.upfront += usd

    def pay_through(self, t: int, usd: float) -> None:
        """Pay over the course of month t, so on average in its middle."""
        self.present += usd * self.discount ** (t + 0.5)
        self.undiscounted += usd

    def sell(self, t: int, usd: float) -> None:
        """Sell what is owned, on the first day of month t."""
        self.present -= usd * self.discount**t
        self.undiscounted -= usd
        self.asset += usd


Walk = Callable[[Scene, int, Ledger], None]


@dataclass(frozen=True)
class Reckoning:
    """What one option comes to, as an expectation over the month in which the plan changes. USD."""

    expected_usd: float
    undiscounted_usd: float
    upfront_usd: float
    end_asset_usd: float


def reckon(scene: Scene, walk: Walk) -> Reckoning:
    """Walk through every month in which the plan may change and weigh the sums by its chance."""
    present = undiscounted = upfront = asset = 0.0
    for change in range(1, scene.months + 1):
        chance = (1 - scene.hazard) ** (change - 1) * (scene.hazard if change < scene.months else 1.0)
        ledger = Ledger(scene.given.figures.money.discount_rate)
        walk(scene, change, ledger)
        present += chance * ledger.present
        undiscounted += chance * ledger.undiscounted
        upfront += chance * ledger.upfront
        asset += chance * ledger.asset
    return Reckoning(present, undiscounted, upfront, asset)


def with_extras(scene: Scene, bill: float) -> float:
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


def on_demand_rate(scene: Scene, t: int, nodes: int) -> float:
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


def prepaid_share(scene: Scene, term: int) -> float:
    """Share of a contract that is paid at signing."""
    quote = scene.given.quote("reserved", term)
    if quote is not None and quote.prepaid is not None:
        return quote.prepaid
    return scene.given.figures.rental.prepaid_share


def block_nodes(scene: Scene, term: int, signed: int) -> int:
    """The nodes of a contract: the most that are wanted while it runs and the plan holds."""
    running = range(signed, min(signed + term, scene.months))
    return max((scene.wanted(t, scene.months + term).nodes for t in running), default=0)


def reserved_rate(scene: Scene, term: int, signed: int) -> float:
    """USD per GPU-hour of a contract signed in month `signed`, fixed for its term."""
    given = scene.given
    rental, gpu = given.figures.rental, given.figures.gpu
    quote = given.quote("reserved", term)
    if quote is not None and quote.usd_per_gpu_hour is not None:
        firm = signed == scene.start  # the offer in hand holds as it is; a renewal follows the market
        return given.rents[0 if firm else signed] * quote.usd_per_gpu_hour / gpu.neocloud_usd_per_gpu_hour
    start = rental.prepay_bonus_from_share
    bonus = rental.prepay_bonus_max_share * math.sqrt(max(0.0, (rental.prepaid_share - start) / (1 - start)))
    rate = given.rents[signed] * tier_factor(given) * (1 - gpu.term_discounts[given.tier][term])
    return rate * (1 - bonus) * (1 - volume_discount(scene, block_nodes(scene, term, signed)))


def sign(scene: Scene, term: int, signed: int, ledger: Ledger) -> None:
    """Sign a contract: its prepayment, its instalments, and the chance that the provider fails with the prepayment."""
    monthly = block_nodes(scene, term, signed) * scene.node_hours * reserved_rate(scene, term, signed)
    prepaid = prepaid_share(scene, term)
    ledger.pay(signed, with_extras(scene, prepaid * term * monthly))
    for t in range(signed, signed + term):
        ledger.pay(t, with_extras(scene, (1 - prepaid) * monthly))
    default = scene.given.figures.rental.provider_default_per_month
    for served in range(1, term):
        chance = default * (1 - default) ** (served - 1)
        ledger.pay(signed + served, chance * prepaid * term * monthly * (term - served) / term)


def contract_month(scene: Scene, nodes: int, t: int, change: int, ledger: Ledger) -> None:
    """A month under contract, beside its instalment: storage, and what the idle hours bring."""
    month = scene.wanted(t, change)
    idle = scene.node_hours * nodes - month.used
    sublet = fill_share(scene, t, change) * idle
    if scene.given.tier != "hyperscaler":  # their contracts may not be sublet
        ledger.pay_through(t, -sublet * sublet_share(scene.given) * scene.given.rents[t])
    ledger.pay_through(t, storage(scene, nodes if change > t else month.nodes, month))


def reserved(term: int) -> Walk:
    """Reserve the most that is needed for a term, again while a whole term fits; else rent on demand."""

    def walk(scene: Scene, change: int, ledger: Ledger) -> None:
        pay_setup(scene, change, ledger)
        starts = [scene.start]
        while starts[-1] + 2 * term <= scene.months:
            starts.append(starts[-1] + term)
        for signed in starts:
            if change > signed:
                sign(scene, term, signed, ledger)
        for t in range(max(scene.months, starts[-1] + term)):
            block = next((signed for signed in starts if signed <= t < signed + term), None)
            if block is not None and change > block:
                contract_month(scene, block_nodes(scene, term, block), t, change, ledger)
            elif t < scene.months:
                rent_month(scene, t, change, ledger)

    return walk


@dataclass(frozen=True)
class Purchase:
    """What buying the peak costs at the door. USD. node_usd: one node bought singly, without the volume discount."""

    node_usd: float
    hardware: float
    fabric: float
    storage: float
    setup: float

    @property
    def capex(self) -> float:
        """All of it."""
        return self.hardware + self.fabric + self.storage + self.setup


def purchase(scene: Scene) -> Purchase:
    """The bill for the peak; nothing where nobody names a price."""
    figures, nodes = scene.given.figures, scene.peak
    quote = scene.given.quote("buy")
    if quote is not None and quote.usd_per_node is not None:
        node_usd, discount = quote.usd_per_node, 0.0
    elif figures.gpu.node_usd is not None:
        node_usd, discount = figures.gpu.node_usd, volume_discount(scene, scene.peak)
    else:
        return Purchase(0.0, 0.0, 0.0, 0.0, 0.0)
    facility = figures.facility
    return Purchase(
        node_usd,
        nodes * node_usd * (1 - discount),
        fabric_usd(scene),
        facility.storage_usd_per_node * nodes,
        facility.setup_usd_per_node * nodes,
    )


def fabric_usd(scene: Scene) -> float:
    """Switches and cables: the larger the cluster, the more layers of switches."""
    facility, nodes = scene.given.figures.facility, scene.peak
    if nodes <= facility.max_nodes_no_layer:
        rate, cable = 0.0, facility.cable_usd_per_gpu_no_layer
    elif nodes <= facility.max_nodes_one_layer:
        rate, cable = facility.switches_per_64_nodes_one_layer, facility.cable_usd_per_gpu_one_layer
    elif nodes <= facility.max_nodes_two_layers:
        rate, cable = facility.switches_per_64_nodes_two_layers, facility.cable_usd_per_gpu_two_layers
    else:
        rate, cable = facility.switches_per_64_nodes_three_layers, facility.cable_usd_per_gpu_three_layers
    gpus = nodes * scene.given.figures.rental.gpus_per_node
    return math.ceil(rate * nodes / 64) * facility.switch_usd + gpus * cable


def buy(scene: Scene, change: int, ledger: Ledger) -> None:
    """Order so that the machines arrive when work starts, rent until then, own, and sell when the work is over."""
    gpu, facility = scene.given.figures.gpu, scene.given.figures.facility
    lead = int(gpu.lead_months)
    order = max(0, scene.start - lead)
    delivery = order + lead
    sale = max(min(change + int(facility.exit_months), scene.months), delivery + 1)
    if change <= order:
        delivery = sale = scene.months
    else:
        capex = purchase(scene).capex
        ledger.pay(order, facility.deposit_share * capex)
        ledger.pay(delivery, (1 - facility.deposit_share) * capex)
        leave(scene, delivery, sale, ledger)
    for t in range(max(scene.months, sale)):
        if delivery <= t < sale:
            own_month(scene, t, change, ledger)
        elif t < scene.months:
            rent_month(scene, t, change, ledger)


def leave(scene: Scene, delivery: int, sale: int, ledger: Ledger) -> None:
    """Sell the machines and pay off the colocation."""
    gpu, facility, bought = scene.given.figures.gpu, scene.given.figures.facility, purchase(scene)
    used_or_new = gpu.node_usd if gpu.used_node_usd is None else gpu.used_node_usd
    today = scene.peak * (bought.node_usd if used_or_new is None else used_or_new)
    worth = min(bought.hardware, today) * scene.given.resale[sale]
    ledger.sell(sale, worth * (1 - facility.selling_cost_share))
    months_short = max(0.0, facility.colocation_min_months - (sale - delivery))
    rent = scene.peak * gpu.node_kw * facility.colocation_usd_per_kw_month
    ledger.pay(sale, facility.colocation_exit_share * months_short * rent)


def own_month(scene: Scene, t: int, change: int, ledger: Ledger) -> None:
    """A month of owning: running costs, hours the machines are down, and what the idle hours bring."""
    month, facility = scene.wanted(t, change), scene.given.figures.facility
    capacity = scene.node_hours * scene.peak
    up = facility.availability_share
    income_share = sublet_share(scene.given)
    sublet = fill_share(scene, t, change) * (capacity - month.used) * up
    ledger.pay_through(t, running_usd(scene, load=(month.used * up + sublet) / capacity))
    ledger.pay_through(t, -sublet * income_share * scene.given.rents[t])
    down_bill = (1 - up) * month.used * on_demand_rate(scene, t, month.nodes)
    ledger.pay_through(t, with_extras(scene, down_bill))


def running_usd(scene: Scene, load: float) -> float:
    """What a month of owning the peak costs to run at a load (share of capacity)."""
    figures, facility, nodes = scene.given.figures, scene.given.figures.facility, scene.peak
    bought = purchase(scene)
    gpus = nodes * figures.rental.gpus_per_node
    kilowatts = nodes * figures.gpu.node_kw
    power = kilowatts * (facility.idle_power_share + (1 - facility.idle_power_share) * load)
    fleet = facility.staff_fixed_fte + facility.staff_fte_per_node * nodes
    staff = min(fleet, facility.staff_small_fte_per_node * nodes)
    failures = facility.failure_share_per_gpu_year * gpus * bought.node_usd / figures.rental.gpus_per_node
    yearly = (
        facility.maintenance_share_per_year * bought.hardware
        + facility.insurance_share_per_year * bought.capex
        + staff * facility.staff_usd_per_fte_year
        + failures
    )
    energy = power * facility.pue * figures.rental.hours_per_month * facility.electricity_usd_per_kwh
    return kilowatts * facility.colocation_usd_per_kw_month + energy + yearly / 12
