"""The slow loop's walk through owning: buying from cash, with a loan, or leasing. See `slow_loop`."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from tests.oracle.slow_demand import Given, Scene
from tests.oracle.slow_loop import (
    Contract,
    Ledger,
    Walk,
    block_nodes,
    contract_month,
    fill_share,
    hard_to_rent,
    may_reserve,
    nodes_left,
    offers,
    on_demand_rate,
    rent_month,
    rest_on_demand,
    rest_under_contract,
    sign,
    sublet_share,
    volume_discount,
    with_extras,
)


@dataclass(frozen=True)
class Purchase:
    """What buying the peak costs. USD. node_usd: one node bought singly, without the volume discount."""

    node_usd: float
    hardware: float
    fabric: float
    storage: float
    setup: float

    @property
    def capex(self) -> float:
        """The total."""
        return self.hardware + self.fabric + self.storage + self.setup


def purchase(scene: Scene, used: bool) -> Purchase:
    """The purchase price of the peak in new or used nodes; zero without a node price."""
    figures, nodes = scene.given.figures, owned_nodes(scene)
    quote = scene.given.quote("buy-used" if used else "buy")
    if quote is not None and quote.usd_per_node is not None:
        node_usd, discount = quote.usd_per_node, 0.0
    elif used and figures.gpu.used_node_usd is not None and figures.gpu.used_chassis_usd is not None:
        node_usd, discount = figures.gpu.used_node_usd + figures.gpu.used_chassis_usd, 0.0
    elif not used and figures.gpu.node_usd is not None:
        node_usd, discount = figures.gpu.node_usd, volume_discount(scene, nodes)
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
    """A fabric for each job of the largest size, and the cables of the nodes that share none."""
    size, spares = max(scene.largest_job, 1), owned_nodes(scene) / max(scene.whole_peak, 1)
    jobs = int(scene.clustered / size)
    single = (scene.whole_peak - jobs * size) * spares
    return jobs * one_fabric_usd(scene, size * spares) + single * one_fabric_usd(scene, 1)


def one_fabric_usd(scene: Scene, nodes: float) -> float:
    """Switches and cables: the larger the cluster, the more layers of switches."""
    facility = scene.given.figures.facility
    if nodes <= max(facility.max_nodes_no_layer, 1):  # a rack alone is joined inside
        rate, cable = 0.0, facility.cable_usd_per_gpu_no_layer
    elif nodes <= facility.max_nodes_one_layer:
        rate, cable = facility.switches_per_64_nodes_one_layer, facility.cable_usd_per_gpu_one_layer
    elif nodes <= facility.max_nodes_two_layers:
        rate, cable = facility.switches_per_64_nodes_two_layers, facility.cable_usd_per_gpu_two_layers
    else:
        rate, cable = facility.switches_per_64_nodes_three_layers, facility.cable_usd_per_gpu_three_layers
    gpus = nodes * scene.given.figures.rental.gpus_per_node
    return float(math.ceil(rate * nodes / 64) * facility.switch_usd + gpus * cable)


@dataclass(frozen=True)
class Stay:
    """When the machines are ordered, when they come, and when they go."""

    order: int
    delivery: int
    sale: int
    used: bool

    @property
    def months_owned(self) -> int:
        """Months in which they are owned."""
        return self.sale - self.delivery


def owned_nodes(scene: Scene) -> int:
    """The peak, and spares where what fails cannot be rented."""
    if not hard_to_rent(scene, scene.largest_job):
        return scene.whole_peak
    spares: int = math.ceil(scene.whole_peak / scene.given.figures.facility.availability_share)
    return spares


def bridge(scene: Scene, earliest: int) -> tuple[Contract | None, int]:
    """What serves the work until machines that can come in month `earliest` are there, and when they then come: the
    soonest way, of several the cheapest at the prices that are expected."""
    best: tuple[int, float, Contract | None] = (earliest, math.inf, None)
    if scene.start >= earliest or not any(month.nodes for month in scene.alive):
        return None, earliest
    flat = scene.at(scene.given.outlook, scene.given.resale)
    hours = rest_on_demand(flat, scene.start, earliest)
    found = [(earliest, hours, best[2])] if hours < math.inf else []
    for contract in offers(scene):
        end = scene.start + math.ceil((earliest - scene.start) / contract.term) * contract.term
        job = max((stack.fabric for stack in scene.alive_stacks[scene.start : end]), default=0.0)
        if may_reserve(scene, contract, job):
            found.append((end, rest_under_contract(flat, contract, scene.start, end), contract))
    best = min(found, key=lambda way: way[:2], default=best)
    return best[2], best[0]


def bridge_nodes(scene: Scene, contract: Contract, delivery: int, change: int) -> dict[int, float]:
    """The nodes of each contract until delivery, by the month in which it is signed, for those that are signed."""
    sizes = {
        at: block_nodes(scene, contract.term, at) if change > at else nodes_left(scene, contract.term, at)
        for at in range(scene.start, delivery, contract.term)
    }
    return {at: nodes for at, nodes in sizes.items() if nodes or change > at}


Terms = Callable[[Scene, Stay, Ledger], None]  # how the machines are paid for, and what happens when they go


def owning(pay: Terms, *, used: bool = False) -> Walk:
    """Order so that the machines arrive when work starts, rent until then, own, and leave when the work is over."""

    def walk(scene: Scene, change: int, ledger: Ledger) -> None:
        gpu, facility = scene.given.figures.gpu, scene.given.figures.facility
        lead = int(facility.used_lead_months if used else gpu.lead_months)
        contract, delivery = bridge(scene, max(scene.decided, scene.start - lead) + lead)
        order = delivery - lead
        signed_for = {} if contract is None else bridge_nodes(scene, contract, delivery, change)
        for at, nodes in signed_for.items():
            assert contract is not None
            sign(scene, contract, at, at + contract.term, nodes, change, ledger)
        keep = any(hard_to_rent(scene, stack.fabric) for stack in scene.after_stacks)
        exit_months = scene.months if keep else int(facility.exit_months)
        sale = max(min(change + exit_months, scene.months), delivery + 1)
        if change <= order:
            delivery = sale = max(delivery, scene.months)
        else:
            stay = Stay(order, delivery, sale, used)
            pay(scene, stay, ledger)
            leave_colocation(scene, stay, ledger)
        for t in range(max(scene.months, sale)):
            signed = next((at for at in signed_for if contract and at <= t < at + contract.term), None)
            if contract is not None and signed is not None:
                contract_month(scene, contract, (signed, signed_for[signed]), t, change, ledger)
            elif delivery <= t < sale:
                own_month(scene, t, change, ledger, used)
            elif t < scene.months:
                rent_month(scene, t, change, ledger)

    return walk


def from_cash(scene: Scene, stay: Stay, ledger: Ledger) -> None:
    """A deposit at order and the balance at delivery; deduct it over its schedule, sell at the end."""
    facility, capex = scene.given.figures.facility, purchase(scene, stay.used).capex
    ledger.pay(stay.order, facility.deposit_share * capex, deductible=False)
    ledger.pay(stay.delivery, (1 - facility.deposit_share) * capex, deductible=False)
    deducted = 0.0
    for month, share in zip(range(stay.months_owned), deduction_shares(scene.given), strict=False):
        ledger.deduct(stay.delivery + month, share * capex)
        deducted += share * capex
    sell(scene, stay, ledger, capex - deducted)


def deduction_shares(given: Given) -> list[float]:
    """What share of the price is deducted in each month from delivery on; months 0-11 are the first tax year."""
    if given.taxes.depreciation == "straight-line":
        months = int(given.figures.money.straight_line_months)
        return [1 / months] * months
    years = {"macrs": [0.20, 0.32, 0.192, 0.1152, 0.1152, 0.0576], "bonus": [1.0]}[given.taxes.depreciation]
    return [year / 12 for year in years for _ in range(12)]


def with_loan(scene: Scene, stay: Stay, ledger: Ledger) -> None:
    """From cash, and a loan drawn at delivery, repaid in level payments at the end of each month; what is left of it is
    repaid when the machines go. Interest and fee are deducted."""
    from_cash(scene, stay, ledger)
    debt = scene.given.figures.debt
    amount, rate, months = (
        debt.loan_to_value_share * purchase(scene, stay.used).capex,
        debt.loan_apr / 12,
        int(debt.loan_months),
    )
    payment = amount / months if rate == 0 else amount * rate / (1 - (1 + rate) ** -months)
    fee, balance = debt.loan_fee_share * amount, amount
    ledger.pay_lender(stay.delivery, fee - amount, deductible=False)
    ledger.deduct_interest(stay.delivery, fee)
    for t in range(stay.delivery + 1, stay.delivery + 1 + min(months, stay.months_owned)):
        interest = rate * balance
        last = t == stay.sale
        ledger.pay_lender(t, balance + interest if last else payment, deductible=False)
        ledger.deduct_interest(t, interest)
        balance += interest - payment


def leasing(scene: Scene, stay: Stay, ledger: Ledger) -> None:
    """Rent in advance; at the end of the term the machines are bought for what is left of their price, or handed back;
    handed back sooner, a share of the rents still to come is due. Installation is paid from cash."""
    debt, bought = scene.given.figures.debt, purchase(scene, stay.used)
    whole_price, term, rate = bought.capex - bought.setup, int(debt.lease_months), debt.lease_apr / 12
    price = debt.lease_financed_share * whole_price
    left = debt.lease_residual_share * price
    worth = sum((1 + rate) ** -month for month in range(term))  # of $1 a month
    rent = (price - left * (1 + rate) ** -term) / worth
    ledger.pay(stay.delivery, bought.setup)
    ledger.pay(stay.delivery, whole_price - price, deductible=False)
    for t in range(stay.delivery, stay.delivery + min(term, stay.months_owned)):
        ledger.pay_lender(t, rent, deductible=True)
    if stay.months_owned > term:
        ledger.pay_lender(stay.delivery + term, left, deductible=False)
        sell(scene, stay, ledger, left)
    else:
        owed = debt.lease_exit_share * rent * (term - stay.months_owned)
        ledger.pay_lender(stay.sale, owed, deductible=True)


def sell(scene: Scene, stay: Stay, ledger: Ledger, book_usd: float) -> None:
    """Sell the machines, at no more than was paid for them."""
    gpu, facility, bought = scene.given.figures.gpu, scene.given.figures.facility, purchase(scene, stay.used)
    used_or_new = gpu.node_usd if gpu.used_node_usd is None else gpu.used_node_usd
    today = owned_nodes(scene) * (bought.node_usd if used_or_new is None else used_or_new)
    worth = min(bought.hardware, today) * scene.given.resale[stay.sale]
    ledger.sell(stay.sale, worth * (1 - facility.selling_cost_share), book_usd)


def leave_colocation(scene: Scene, stay: Stay, ledger: Ledger) -> None:
    """Pay what is owed of the minimum term."""
    gpu, facility = scene.given.figures.gpu, scene.given.figures.facility
    months_short = max(0.0, facility.colocation_min_months - stay.months_owned)
    rent = owned_nodes(scene) * gpu.node_kw * facility.colocation_usd_per_kw_month
    ledger.pay(stay.sale, facility.colocation_exit_share * months_short * rent)


buy, buy_with_loan, lease = owning(from_cash), owning(with_loan), owning(leasing)
buy_used = owning(from_cash, used=True)


def own_month(scene: Scene, t: int, change: int, ledger: Ledger, used: bool) -> None:
    """A month of owning: running costs, hours the machines are down, and what the idle hours bring; after a change of
    plan the machines are for sale and not let."""
    month, facility = scene.wanted(t, change), scene.given.figures.facility
    capacity = scene.node_hours * owned_nodes(scene)
    up = facility.availability_share
    served_share = 1.0 if owned_nodes(scene) > scene.whole_peak else up
    income_share = sublet_share(scene.given)
    sublet = 0.0
    if change > t:
        sublet = fill_share(scene, t, change) * max(0.0, capacity * up - month.occupied * served_share)
    load = (month.used * served_share + sublet) / capacity if capacity else 0.0  # a plan may want no more nodes
    ledger.pay_through(t, running_usd(scene, load=load, used=used))
    ledger.pay_through(t, -sublet * income_share * scene.given.rents[t])
    down_bill = (1 - served_share) * month.occupied * on_demand_rate(scene, t, month)
    ledger.pay_through(t, with_extras(scene, down_bill))


def running_usd(scene: Scene, load: float, used: bool) -> float:
    """What a month of owning the peak costs to run at a load (share of capacity)."""
    figures, facility, nodes = scene.given.figures, scene.given.figures.facility, owned_nodes(scene)
    bought = purchase(scene, used)
    upkeep = facility.used_maintenance_share_per_year if used else facility.maintenance_share_per_year
    failing = facility.used_failure_share_per_gpu_year if used else facility.failure_share_per_gpu_year
    gpus = nodes * figures.rental.gpus_per_node
    kilowatts = nodes * figures.gpu.node_kw
    power = kilowatts * (facility.idle_power_share + (1 - facility.idle_power_share) * load)
    fleet = facility.staff_fixed_fte + facility.staff_fte_per_node * nodes
    staff = min(fleet, facility.staff_small_fte_per_node * nodes)
    failures = failing * gpus * bought.node_usd / figures.rental.gpus_per_node
    yearly = (
        upkeep * bought.hardware
        + facility.insurance_share_per_year * bought.capex
        + staff * facility.staff_usd_per_fte_year
        + failures
    )
    energy = power * facility.pue * figures.rental.hours_per_month * facility.electricity_usd_per_kwh
    return float(kilowatts * facility.colocation_usd_per_kw_month + energy + yearly / 12)
