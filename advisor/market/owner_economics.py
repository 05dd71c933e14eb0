"""An owner who lets GPUs out: one model for the cost anchor of the forecast, the seller of a quote, and the article."""

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class OwnerCosts:
    """What an owner pays for some hardware: capex at once, running cost a year (USD), and the GPU-hours it sells in a
    month."""

    capex_usd: float
    running_usd_per_year: float
    gpu_hours_per_month: float


def falling_receipts(decline_per_year: float, months: int) -> tuple[float, ...]:
    """Receipts when rents fall steadily, log per year: nothing at the purchase, then each month's rent at its end, as a
    share of the first."""
    return (0.0, *(math.exp(-decline_per_year * month / 12) for month in range(months)))


def letting_flows_usd(
    costs: OwnerCosts, usd_per_gpu_hour: float, receipts: Sequence[float], residual_share: float
) -> list[float]:
    """The purchase, then the net cash of each month of the hardware's life; the last brings its residual value.

    receipts: what comes in at the purchase and at the end of each month, in months of full sales at the first rent.
    Linear in the rent.
    """
    month_usd, running_usd = usd_per_gpu_hour * costs.gpu_hours_per_month, costs.running_usd_per_year / 12
    flows = [receipts[0] * month_usd - costs.capex_usd, *(share * month_usd - running_usd for share in receipts[1:])]
    flows[-1] += residual_share * costs.capex_usd
    return flows
