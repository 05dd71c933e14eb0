"""The slow loop's walk through hardware that is owned already: kept, let or sold. See `slow_loop`."""

import math

from advisor.costing.options.in_hand.contracts_in_hand import Disposition
from advisor.profiles.in_hand.holdings import Owned
from tests.oracle.slow_demand import Scene
from tests.oracle.slow_loop import (
    Ledger,
    fill_share,
    lacking,
    let_by_size,
    on_demand_rate,
    sublet_share,
    with_extras,
)
from tests.support.present import present


def pay_hardware(
    owned: Owned, disposition: Disposition, serves: Scene, change: int, ledger: Ledger, others: int
) -> None:
    """Sell the nodes in this month; or run them to the end of the plan, let what is idle, and sell them then. others:
    nodes of other lots that the same people run."""
    given, nodes = serves.given, owned.nodes
    figures, facility = given.figures, given.figures.facility
    brings = nodes * worth_of_a_node(owned, serves) * (1 - facility.selling_cost_share)
    if disposition == "sell":
        ledger.pay_through(0, -brings)
        return
    up, wait, capacity = facility.availability_share, int(figures.rental.months_to_let), serves.node_hours * nodes
    for t in range(serves.months):
        month = serves.wanted(t, change)
        if disposition == "let":
            share = figures.rental.idle_fill_share if t < wait else figures.rental.freed_fill_share
            let = let_by_size(serves, nodes) * share * up * capacity
        else:
            let = fill_share(serves, t, change, there_from=0) * max(0.0, up * (capacity - month.occupied))
        let *= owned.may_be_let
        ledger.pay_through(t, -let * sublet_share(given) * given.rents[t])
        if disposition == "keep" and t == change:
            search = range(t, min(t + wait, serves.months))
            idle = sum(max(0.0, up * (capacity - serves.wanted(later, change).occupied)) for later in search)
            ledger.pay_through(t, owned.may_be_let * lacking(serves) * idle * sublet_share(given) * given.rents[t])
        used = month.used if disposition == "keep" else 0.0
        ledger.pay_through(t, running_usd(owned, serves, (up * used + let) / capacity, others))
        if disposition == "keep":
            bill = (1 - up) * month.occupied * on_demand_rate(serves, t, month)
            ledger.pay_through(t, with_extras(serves, bill))
    ledger.sell(serves.months, brings * given.resale[serves.months], 0.0)


def worth_of_a_node(owned: Owned, scene: Scene) -> float:
    """What one sells for today."""
    gpu = scene.given.figures.gpu
    if owned.sells_for_usd_per_node is not None:
        return owned.sells_for_usd_per_node
    if gpu.used_node_usd is not None:
        return float(gpu.used_node_usd)
    years = owned.age_months / 12
    return float(present(gpu.node_usd)) * math.exp(-years * float(scene.given.figures.forecast.resale_ageing_per_year))


def running_usd(owned: Owned, scene: Scene, load: float, others: int) -> float:
    """What a month of the nodes costs at a load (share of capacity)."""
    figures, facility, nodes = scene.given.figures, scene.given.figures.facility, owned.nodes
    kw = nodes * figures.gpu.node_kw
    drawn = facility.idle_power_share + (1 - facility.idle_power_share) * load
    power = kw * facility.pue * figures.rental.hours_per_month * facility.electricity_usd_per_kwh * drawn
    place = 0.0 if owned.hosting_paid else kw * facility.colocation_usd_per_kw_month + power
    before, now = (
        min(facility.staff_fixed_fte + facility.staff_fte_per_node * run, facility.staff_small_fte_per_node * run)
        for run in (others, others + nodes)
    )
    people = now - before
    share = (
        facility.used_maintenance_share_per_year
        + facility.insurance_share_per_year
        + facility.used_failure_share_per_gpu_year
    )
    yearly = people * facility.staff_usd_per_fte_year + share * nodes * worth_of_a_node(owned, scene)
    return float(place + yearly / 12)
