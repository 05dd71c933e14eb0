"""What an owner who rents GPUs out pays, and the rent it must ask: the forecast's cost anchor and the seller's view."""

from functools import cache

import numpy as np

from advisor.array_types import Amount, Floats, Months
from advisor.market.assumptions import Assumptions, ExpertFigures
from advisor.market.hardware_costs import cluster_capex, electricity_usd
from advisor.market.price_book import built_in_book
from advisor.values.many_points import last_column
from advisor.values.quick_dataclass import dataclass


@dataclass(frozen=True)
class OwnerCosts:
    """What an owner pays for some hardware and what it sells; numbers, or (P, 1).

    Attributes:
        capex_usd: Due at once, USD.
        running_usd_per_year: USD a year.
        gpu_hours_per_month: GPU-hours sold in a month.
    """

    capex_usd: Amount
    running_usd_per_year: Amount
    gpu_hours_per_month: Amount


def falling_receipts(decline_per_year: Amount, life_months: Months) -> Floats:
    """Receipts of an owner when rents fall steadily: exp(-decline x month / 12).

    Args:
        decline_per_year: how fast rents fall, log per year.
        life_months: life of the hardware.

    Returns:
        Shares of the first month's receipts: 0 at the purchase, one at the end of each month, 0 after the life.
        (..., longest life + 1)
    """
    month = np.arange(np.max(life_months) + 1)
    falling = np.exp(-decline_per_year * (month - 1) / 12)
    return np.asarray(np.where((month > 0) & (month <= life_months), falling, 0.0))


def rental_flows_usd(
    costs: OwnerCosts, usd_per_gpu_hour: float, receipts: Floats, residual_share: Amount, life_months: Months | int
) -> Floats:
    """The owner's cash flows: the purchase, then the net cash of each month of the hardware's life.

    The last month also brings the residual value. The flows are linear in the rent.

    Args:
        costs: what the owner pays and sells.
        usd_per_gpu_hour: the first month's rent.
        receipts: at the purchase and at the end of each month, in months of full sales at the first rent (..., n + 1).
        residual_share: resale value at the end as a share of the capex.
        life_months: life of the hardware, at most n.

    Returns:
        USD (..., n + 1).

    Source: docs/model.md#owner-economics
    """
    month = np.arange(receipts.shape[-1])
    running_usd = np.where((month > 0) & (month <= life_months), costs.running_usd_per_year / 12, 0.0)
    bought_usd = ((month == 0) - residual_share * (month == life_months)) * costs.capex_usd
    return np.asarray(receipts * (usd_per_gpu_hour * costs.gpu_hours_per_month) - running_usd - bought_usd)


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
    if assumptions is None or assumptions.gpu.node_usd is None:
        return None
    gpu, facility, node_usd = assumptions.gpu, assumptions.facility, assumptions.gpu.node_usd
    hours, used = assumptions.rental.hours_per_month, figures.owner_utilisation_share
    price, idle = facility.electricity_usd_per_kwh, facility.idle_power_share
    power = electricity_usd(gpu.node_kw, figures.owner_pue, price, 12 * hours, used, idle)
    upkeep = (
        facility.maintenance_share_per_year + facility.insurance_share_per_year + facility.failure_share_per_gpu_year
    )
    eights = assumptions.rental.gpus_per_node / built_in_book().figure("rental.gpus_per_node").value
    fabric_usd = eights * figures.owner_fabric_usd_per_node
    return OwnerCosts(
        capex_usd=cluster_capex(1, node_usd, 0.0, fabric_usd, facility).total_usd,
        running_usd_per_year=power
        + 12 * gpu.node_kw * facility.colocation_usd_per_kw_month
        + upkeep * node_usd
        + eights * figures.owner_staff_fte_per_node * facility.staff_usd_per_fte_year,
        gpu_hours_per_month=hours * assumptions.rental.gpus_per_node * used,
    )


@cache
def _market(gpu_id: str) -> Assumptions | None:
    """The figures of the built-in book; None for a GPU of the user's own, whose market it does not know."""
    book = built_in_book()
    return book.assumptions(gpu_id) if gpu_id in book.gpus else None


def life_months(figures: ExpertFigures) -> Months:
    """How long the owner's hardware is rented out."""
    return np.round(12 * np.asarray(figures.owner_life_years)).astype(np.int64)


def owner_flows_usd(usd_per_gpu_hour: float, costs: OwnerCosts, figures: ExpertFigures) -> Floats:
    """The owner's cash flows by month when rents fall as fast as the cost of new hardware, USD a node (..., n + 1).

    Source: docs/model.md#owner-economics
    """
    life = life_months(figures)
    receipts = falling_receipts(figures.cost_decline_per_year, life)
    return rental_flows_usd(costs, usd_per_gpu_hour, receipts, figures.owner_residual_share, life)


def owner_price(costs: OwnerCosts, figures: ExpertFigures) -> Amount:
    """The first month's rent, USD per GPU-hour, at which the owner earns `owner_return_per_year`.

    The flows are linear in the rent: the rent is the net present cost without rent over the present value of one dollar
    of rent, both discounted at that return.

    Source: docs/model.md#owner-economics
    """
    without_usd, at_one_usd = (owner_flows_usd(usd, costs, figures) for usd in (0.0, 1.0))
    month = np.arange(without_usd.shape[-1])
    factors = (1 + figures.owner_return_per_year) ** (-month / 12)
    without_rent, at_one_dollar = ((factors * flows).sum(axis=-1, keepdims=True) for flows in (without_usd, at_one_usd))
    return last_column(-without_rent / (at_one_dollar - without_rent))
