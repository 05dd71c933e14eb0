"""What an owner who rents GPUs out pays, and the rent it must ask: the forecast's cost anchor and the seller's view."""

import math
from collections.abc import Sequence
from functools import cache, lru_cache

import numpy as np

from advisor.market.assumptions import Assumptions, ExpertFigures
from advisor.market.hardware_costs import cluster_capex, electricity_usd
from advisor.market.price_book import built_in_book
from advisor.values.quick_dataclass import dataclass


@dataclass(frozen=True)
class OwnerCosts:
    """What an owner pays for some hardware and what it sells.

    capex_usd: due at once, USD; running_usd_per_year: USD a year; gpu_hours_per_month: GPU-hours sold in a month.
    """

    capex_usd: float
    running_usd_per_year: float
    gpu_hours_per_month: float


def falling_receipts(decline_per_year: float, months: int) -> tuple[float, ...]:
    """Receipts of an owner when rents fall steadily: exp(-decline x month / 12).

    Args:
        decline_per_year: how fast rents fall, log per year.
        months: life of the hardware.

    Returns:
        months + 1 values as shares of the first month's receipts: 0 at the purchase, then one at the end of each month.

    """
    return (0.0, *(math.exp(-decline_per_year * month / 12) for month in range(months)))


def rental_flows_usd(
    costs: OwnerCosts, usd_per_gpu_hour: float, receipts: Sequence[float], residual_share: float
) -> list[float]:
    """The owner's cash flows: the purchase, then the net cash of each month of the hardware's life.

    The last month also brings the residual value. The flows are linear in the rent.

    Args:
        costs: what the owner pays and sells.
        usd_per_gpu_hour: the first month's rent.
        receipts: at the purchase and at the end of each month, in months of full sales at the first rent.
        residual_share: resale value at the end as a share of the capex.

    Source: docs/model.md#owner-economics

    """
    month_usd, running_usd = usd_per_gpu_hour * costs.gpu_hours_per_month, costs.running_usd_per_year / 12
    flows = [receipts[0] * month_usd - costs.capex_usd, *(share * month_usd - running_usd for share in receipts[1:])]
    flows[-1] += residual_share * costs.capex_usd
    return flows


def owner_costs(gpu_id: str, figures: ExpertFigures, own: Assumptions | None = None) -> OwnerCosts | None:
    """What an efficient owner pays for one node of a GPU; None when the book has no purchase price for it.

    Uses the [facility] section and the node price, with the fabric, staff and PUE of 64 nodes in a new site
    ([experts]).

    Args:
        gpu_id: Of which GPU.
        figures: Of the owner.
        own: The facility and hardware of one certain owner; None: those of the built-in book, for a user's own discount
            on a node or on power changes the user's cost, not the market's rents.

    Source: docs/model.md#owner-economics
    """
    assumptions = _market(gpu_id) if own is None else own
    gpu, facility = assumptions.gpu, assumptions.facility
    if gpu.node_usd is None:
        return None
    hours, used = assumptions.rental.hours_per_month, figures.owner_utilisation_share
    price, idle = facility.electricity_usd_per_kwh, facility.idle_power_share
    power = float(electricity_usd(gpu.node_kw, figures.owner_pue, price, 12 * hours, used, idle))
    upkeep = (
        facility.maintenance_share_per_year + facility.insurance_share_per_year + facility.failure_share_per_gpu_year
    )
    return OwnerCosts(
        capex_usd=float(cluster_capex(1, gpu.node_usd, 0.0, figures.owner_fabric_usd_per_node, facility).total_usd),
        running_usd_per_year=power
        + 12 * gpu.node_kw * facility.colocation_usd_per_kw_month
        + upkeep * gpu.node_usd
        + figures.owner_staff_fte_per_node * facility.staff_usd_per_fte_year,
        gpu_hours_per_month=hours * assumptions.rental.gpus_per_node * used,
    )


@cache
def _market(gpu_id: str) -> Assumptions:
    return built_in_book().assumptions(gpu_id)


def owner_flows_usd(usd_per_gpu_hour: float, costs: OwnerCosts, figures: ExpertFigures) -> list[float]:
    """The owner's cash flows by month when rents fall as fast as the cost of new hardware. USD for each node.

    Source: docs/model.md#owner-economics
    """
    receipts = falling_receipts(figures.cost_decline_per_year, round(12 * figures.owner_life_years))
    return rental_flows_usd(costs, usd_per_gpu_hour, receipts, figures.owner_residual_share)


@lru_cache(maxsize=256)
def owner_price(costs: OwnerCosts, figures: ExpertFigures) -> float:
    """The first month's rent, USD per GPU-hour, at which the owner earns `owner_return_per_year`.

    The flows are linear in the rent: the rent is the net present cost without rent over the present value of one dollar
    of rent, both discounted at that return.

    Source: docs/model.md#owner-economics
    """
    factors = (1 + figures.owner_return_per_year) ** (-np.arange(round(12 * figures.owner_life_years) + 1) / 12)
    without_rent = float(factors @ np.array(owner_flows_usd(0.0, costs, figures)))
    at_one_dollar = float(factors @ np.array(owner_flows_usd(1.0, costs, figures)))
    return -without_rent / (at_one_dollar - without_rent)
