"""Runway: months until the cash is gone, without the compute and with it (docs/model.md#runway)."""

import numpy as np

from advisor.array_types import Floats
from advisor.costing.cash_paths import CashPaths
from advisor.decision.cash.limit import available_usd
from advisor.decision.ranking import Verdict
from advisor.finance.weighted_quantile import quantile
from advisor.profiles.schema import Company
from advisor.values.quick_dataclass import dataclass


def runway_in_safety_share(company: Company, cash: CashPaths, safety_share: float) -> float | None:
    """The runway that is reached in `safety_share` of all cases of rents and plan.

    Args:
        company: With its cash, funding and burn.
        cash: The flows of what is paid for.
        safety_share: The book's `cash_safety_share`.

    Returns:
        Months; None when cash or burn is not given.
    """
    if company.cash_usd is None or company.burn_usd_per_month <= 0:
        return None
    have, burn = company.cash_usd + company.committed_funding_usd, company.burn_usd_per_month
    flows, weights = cash.flows_usd, cash.weights
    spent = (flows + burn).cumsum(axis=-1)
    gone = spent > have
    first = np.where(gone.any(axis=-1), gone.argmax(axis=-1), flows.shape[-1])
    before = np.concatenate([np.zeros_like(spent[..., :1]), spent], axis=-1)
    left = have - np.take_along_axis(before, first[..., None], axis=-1)[..., 0]
    due = np.take_along_axis(
        np.concatenate([flows + burn, np.full_like(flows[..., :1], burn)], axis=-1), first[..., None], axis=-1
    )
    months = first + np.maximum(0.0, left / due[..., 0])
    return quantile(months, weights, 1 - safety_share)


def runway_months(company: Company, outlay_usd: Floats | None) -> float | None:
    """The runway if the plan holds.

    Args:
        company: With its cash, funding and burn.
        outlay_usd: What is paid for compute in each month (months,); None for the runway without compute.

    Returns:
        Months; None when cash or burn is not given.
    """
    if company.cash_usd is None or company.burn_usd_per_month <= 0:
        return None
    burn = company.burn_usd_per_month
    outlay = np.zeros(0) if outlay_usd is None else outlay_usd
    left = cash_left_usd(company, outlay)
    gone = left < 0
    if not gone.any():
        return outlay.size + float([available_usd(company), *left][-1]) / burn
    month = int(gone.argmax())
    return month + max(0.0, 1 + float(left[month]) / (burn + float(outlay[month])))


def cash_left_usd(company: Company, outlay_usd: Floats) -> Floats:
    """The cash at the end of each month if the plan holds, negative once it is gone. USD (months,).

    Args:
        company: With its cash, funding and burn.
        outlay_usd: What is paid for compute in each month (months,).
    """
    return np.asarray(available_usd(company) - (outlay_usd + company.burn_usd_per_month).cumsum())


@dataclass(frozen=True)
class Runway:
    """Months until the cash is gone.

    Attributes:
        without_months: Without the compute.
        with_months: With the pick, if the plan holds.
        safe_months: With the pick, reached in 95 % of all cases of rents and plan.
    """

    without_months: float
    with_months: float
    safe_months: float


def runway_with(company: Company, outlay_usd: Floats, cash: CashPaths, safety_share: float) -> Runway | None:
    """The runway without and with what is paid for; None when cash or burn is not given. Arguments as above."""
    without = runway_months(company, None)
    if without is None:
        return None
    safe = runway_in_safety_share(company, cash, safety_share)
    return Runway(without, runway_months(company, outlay_usd) or 0.0, safe or 0.0)


def runway_of(company: Company, verdict: Verdict) -> Runway | None:
    """The runway without and with the pick; None when cash or burn is not given, or nothing is feasible."""
    if verdict.pick is None or company.cash_usd is None or company.burn_usd_per_month <= 0:
        return None
    cost = verdict.pick.cost
    return runway_with(company, cost.plan_holds_usd, cost.cash, cost.case.assumptions.money.cash_safety_share)
