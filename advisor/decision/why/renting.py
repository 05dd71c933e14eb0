"""Why a way to rent is the pick: what it bills, at which rate (docs/model.md#reasons)."""

import numpy as np

from advisor.array_types import of_one
from advisor.costing.case import Case
from advisor.costing.options.hourly_rental import spot_price
from advisor.costing.options.marketplace import goodput_share
from advisor.costing.options.spot_replicas import spot_use
from advisor.decision.ranking import RankedOption
from advisor.decision.utilization_curve import billed_and_used_shares, used_share_unrounded
from advisor.formatting import fine_percent, percent, plural, usd, usd_rate
from advisor.market.price_book import Gpu
from advisor.profiles.defaults import mode_of
from advisor.profiles.schema import Profile


def why_rent(pick: RankedOption) -> str:
    """What is billed and at which rate, where a way to rent is the pick."""
    case, seller = pick.cost.case, pick.cost.option.id.rpartition(":")[2]
    if (elsewhere := _WHY_RENT_ELSEWHERE.get(seller)) is not None:
        return elsewhere(case)
    billed, used = billed_and_used_shares(case.demand)
    own = percent(used_share_unrounded(case.demand))
    shares = f"{percent(billed)} of the hours at {percent(used)} utilization"
    if own != percent(used):
        shares += f" ({own} before what is rented is rounded up)"
    return f"On demand bills {shares}; a commitment bills all of them."


def _marketplace(case: Case) -> str:
    offer, job = case.offer("spot"), np.maximum(case.demand.largest_job, 1.0)
    price, listed = spot_price(case)[0], of_one(case.assumptions.gpu.neocloud_usd_per_gpu_hour)
    assert price is not None
    lasting = float(goodput_share(job, case.assumptions.rental))
    who = "A marketplace" if offer is None else offer.quote.from_ or "Your offer"
    return (
        f"{who} charges {usd_rate(of_one(price))} per GPU-hour, the on-demand list price is "
        f"{usd_rate(listed)}; {fine_percent(lasting)} of its hours do useful work."
    )


def _serverless(case: Case) -> str:
    gpu = case.assumptions.gpu
    price, (billed, used) = gpu.serverless_usd_per_gpu_hour, billed_and_used_shares(case.demand)
    listed = of_one(gpu.neocloud_usd_per_gpu_hour)
    assert price is not None
    return (
        f"Serverless charges {usd_rate(of_one(price))} per GPU-hour, only while it runs; nodes at "
        f"{usd_rate(listed)} on demand would be billed for {percent(billed)} of the hours "
        f"at {percent(used)} utilization."
    )


def _spot(case: Case) -> str:
    gpu, use = case.assumptions.gpu, spot_use(case, case.demand.alive)
    price, listed = spot_price(case)[0], of_one(gpu.neocloud_usd_per_gpu_hour)
    assert price is not None
    spares = float(use.spare_nodes.max() / of_one(case.demand.unit) / np.maximum(case.demand.largest_job, 1.0))
    return (
        f"Spot costs {usd_rate(of_one(price))} per GPU-hour, the on-demand list price is {usd_rate(listed)}; "
        f"replicas run on demand {percent(float(use.away.max()), 1)} of the time; spares for those that restart: "
        f"{spares:.0f}."
    )


def idle_service(profile: Profile, pick: RankedOption) -> str:
    """That a service is up, and billed, for more idle hours than busy ones; empty where it is not, and for an API."""
    modes = {mode_of(workload) for workload in profile.workload}
    billed, used = billed_and_used_shares(pick.cost.case.whole_demand)
    if pick.action == "api" or "always-on" not in modes or 2 * used >= billed:
        return ""
    hours = "all hours" if round(100 * billed) >= 100 else f"{percent(billed)} of the hours"
    return (
        f"The service is up and billed for {hours}, and at work in {percent(used)}. If it may be "
        "down in between, set Runs to office-hours, scale-to-zero or batch."
    )


def on_marketplace(pick: RankedOption, gpu: Gpu) -> list[str]:
    """What to know of a marketplace that is the pick: whose machines they are, and how little its price and its depth
    are known by where more is wanted than one host cluster has."""
    if pick.id != "marketplace":
        return []
    hosts = "Marketplace hosts are interruptible and run by third parties: save checkpoints, keep secrets off them."
    case, price = pick.cost.case, gpu.figures.get("marketplace_usd_per_gpu_hour")
    wanted = float(case.whole_demand.alive.nodes.max())
    if (
        price is None
        or price.own
        or case.offer("spot") is not None
        or wanted <= of_one(case.assumptions.rental.marketplace_max_nodes)
    ):
        return [hosts]
    sources, size = f"{price.n} {plural('source', price.n)}", case.size_words(wanted)
    return [
        hosts,
        f"The marketplace price has {sources}; none says how many are to be had at once: ask for {size} first.",
    ]


def mostly_storage(pick: RankedOption) -> list[str]:
    """That storage and traffic cost more than the GPUs, with the figure to replace."""
    parts, figure = pick.cost.components, pick.cost.case.assumptions.rental.storage_egress_usd_per_node_month
    storage = parts.get("storage_egress", 0.0)
    if storage <= parts.get("rent", 0.0) + parts.get("committed", 0.0) or pick.action not in ("rent", "reserve"):
        return []
    share = percent(storage / pick.cost.expected_usd)
    return [
        f"{share} of the cost is storage and traffic, {usd(of_one(figure))} a node-month by what large clusters pay: "
        "enter yours as rental.storage_egress_usd_per_node_month."
    ]


_WHY_RENT_ELSEWHERE = {"marketplace": _marketplace, "serverless": _serverless, "spot": _spot}
