"""Economics of an owner who rents GPUs out.

One model serves the cost anchor of the forecast, the seller of a quote, and the owner in the 2024 latent.space article.

Source: docs/model.md#owner-economics.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np

from advisor.market.assumptions import Assumptions, ExpertFigures
from advisor.market.price_book import built_in_book


@dataclass(frozen=True)
class OwnerCosts:
    """What an owner pays for some hardware: capex and yearly running cost, and the GPU-hours it sells in a month."""

    capex_usd: float
    running_usd_per_year: float
    gpu_hours_per_month: float


def falling_receipts(decline_per_year: float, months: int) -> tuple[float, ...]:
    """Return monthly receipts under steadily falling rents, as shares of the first rent.

    Args:
        decline_per_year: Log per year.
        months: Life of the hardware.

    Returns:
        Nothing at the purchase, then each month's rent, paid at its end. (months + 1,)
    """
    return (0.0, *(math.exp(-decline_per_year * month / 12) for month in range(months)))


def rental_flows_usd(
    costs: OwnerCosts, usd_per_gpu_hour: float, receipts: Sequence[float], residual_share: float
) -> list[float]:
    """Return the owner's cash flows: the purchase, then the net cash of each month. USD, linear in the rent.

    Args:
        costs: Of the hardware.
        usd_per_gpu_hour: Rent of the first month.
        receipts: Income at the purchase and at the end of each month, as shares of a month of full sales at the first
            rent. (months + 1,)
        residual_share: Residual value as a share of capex, received in the last month.
    """
    month_usd, running_usd = usd_per_gpu_hour * costs.gpu_hours_per_month, costs.running_usd_per_year / 12
    flows = [receipts[0] * month_usd - costs.capex_usd, *(share * month_usd - running_usd for share in receipts[1:])]
    flows[-1] += residual_share * costs.capex_usd
    return flows


def owner_costs(gpu_id: str, figures: ExpertFigures) -> OwnerCosts | None:
    """Return what an efficient owner pays for a node of this GPU; None when the book has no node price.

    The figures are the built-in [facility] section and node price, and the fabric, staff and PUE of 64 nodes in a new
    site ([experts]). A user's own discount on a node or on power changes the user's cost, not the market's rents.
    """
    assumptions = _market(gpu_id)
    gpu, facility = assumptions.gpu, assumptions.facility
    if gpu.node_usd is None:
        return None
    hours, used = assumptions.rental.hours_per_month, figures.owner_utilisation_share
    load = facility.idle_power_share + (1 - facility.idle_power_share) * used
    power = gpu.node_kw * figures.owner_pue * load * 12 * hours * facility.electricity_usd_per_kwh
    upkeep = (
        facility.maintenance_share_per_year + facility.insurance_share_per_year + facility.failure_share_per_gpu_year
    )
    return OwnerCosts(
        capex_usd=gpu.node_usd
        + figures.owner_fabric_usd_per_node
        + facility.storage_usd_per_node
        + facility.setup_usd_per_node,
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
    """Return an owner's cash flows per node with rents that fall as costs do, USD. (months + 1,)"""
    receipts = falling_receipts(figures.cost_decline_per_year, round(12 * figures.owner_life_years))
    return rental_flows_usd(costs, usd_per_gpu_hour, receipts, figures.owner_residual_share)


@lru_cache(maxsize=256)
def owner_price(costs: OwnerCosts, figures: ExpertFigures) -> float:
    """Return the rent of the first month, USD per GPU-hour, at which an owner earns `owner_return_per_year`.

    The flows are linear in the rent, so it is their present cost over the present value of one dollar of rent.
    """
    worth = (1 + figures.owner_return_per_year) ** (-np.arange(round(12 * figures.owner_life_years) + 1) / 12)
    nothing = float(worth @ np.array(owner_flows_usd(0.0, costs, figures)))
    dollar = float(worth @ np.array(owner_flows_usd(1.0, costs, figures)))
    return -nothing / (dollar - nothing)
