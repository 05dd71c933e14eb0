"""Runway: months until the cash is gone, without the compute and with it (docs/model.md#runway)."""

import numpy as np

from advisor.array_types import Floats
from advisor.costing.cash_paths import CashPaths
from advisor.decision.ranking import Verdict
from advisor.finance.weighted_quantile import quantile
from advisor.profiles.schema import Company
from advisor.values.quick_dataclass import dataclass


def runway_months(company: Company, outlay_usd: Floats) -> float | None:
    """The runway if the plan holds, in months; None when cash or burn is not given.

    outlay_usd: what is paid for compute in each month (months,).
    """
    if company.cash_usd is None or company.burn_usd_per_month <= 0:
        return None
    return float(_lasting(company, outlay_usd, outlay_usd.cumsum()))


def _lasting(company: Company, flows_usd: Floats, spent_usd: Floats) -> Floats:
    """How many months the cash lasts, with a burn (...).

    flows_usd: what is paid for compute in each month (..., months); spent_usd: the same until the end of each month.
    """
    burn, months = company.burn_usd_per_month, flows_usd.shape[-1]
    left = company.available_usd - burn * np.arange(1, months + 1) - spent_usd
    gone = left < 0
    over = gone.any(axis=-1)
    last = np.where(over, gone.argmax(axis=-1), months - 1)
    then, due = (np.take_along_axis(each, last[..., None], axis=-1)[..., 0] for each in (left, flows_usd))
    gone_in = last + np.maximum(0.0, 1 + then / np.where(over, burn + due, 1.0))
    return np.asarray(np.where(over, gone_in, months + then / burn))


def cash_left_usd(company: Company, outlay_usd: Floats) -> Floats:
    """The cash at the end of each month if the plan holds, negative once it is gone. USD (months,).

    outlay_usd: what is paid for compute in each month (months,).
    """
    return np.asarray(company.available_usd - (outlay_usd + company.burn_usd_per_month).cumsum())


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

    @property
    def words(self) -> str:
        """`37 months (67 without it)`: with the compute, and without."""
        return f"{self.with_months:.0f} months ({self.without_months:.0f} without it)"


def runway_with(company: Company, outlay_usd: Floats, cash: CashPaths, safety_share: float) -> Runway | None:
    """The runway without and with what is paid for; None when cash or burn is not given. outlay_usd: what is paid in
    each month if the plan holds (months,)."""
    held = runway_months(company, outlay_usd)
    if held is None:
        return None
    safe = quantile(_lasting(company, cash.flows_usd, cash.spent_usd), cash.weights, 1 - safety_share)
    return Runway(company.available_usd / company.burn_usd_per_month, held, safe)


def runway_of(company: Company, verdict: Verdict) -> Runway | None:
    """The runway without and with the pick; None when cash or burn is not given, or nothing is feasible."""
    if verdict.pick is None or company.cash_usd is None or company.burn_usd_per_month <= 0:
        return None
    cost = verdict.pick.cost
    return runway_with(company, cost.plan_holds_usd, cost.cash, cost.case.assumptions.money.cash_safety_share)
