"""Whether the company's cash suffices for an option: payments and burn against cash (docs/model.md#feasibility)."""

import math

import numpy as np

from advisor.array_types import Floats
from advisor.costing.valuation import OptionCost
from advisor.finance.weighted_quantile import quantile
from advisor.formatting import usd
from advisor.profiles.schema import Company

_CLOSE_CHANCE = 1e-9  # how far a chance must be beyond the limit to be told from it


def cash_needed_usd(cost: OptionCost, company: Company) -> float:
    """The cash that suffices for an option and the company's burn in `cash_safety_share` of all cases.

    Args:
        cost: The option.
        company: With its burn, which is spent in every month of the plan.

    Returns:
        The most that will have been spent at any time, USD.
    """
    if not company.burn_usd_per_month:
        return cost.peak_outlay_usd
    peaks = cost.cash.peaks_usd(_burn_usd(cost, company), cost.upfront_usd)
    return quantile(peaks, cost.cash.weights, cost.case.assumptions.money.cash_safety_share)


def most_needed_usd(cost: OptionCost, company: Company) -> float:
    """An upper bound on `cash_needed_usd` that is quickly found, USD; infinite where something is chosen later."""
    return math.inf if cost.option.decides_later else cost.most_outlay_usd(_burn_usd(cost, company))


def available_usd(company: Company) -> float:
    """The cash and the funding that is committed, USD; infinite where the cash is not given."""
    return math.inf if company.cash_usd is None else company.cash_usd + company.committed_funding_usd


def cash_suffices(cost: OptionCost, company: Company) -> bool:
    """Whether cash and committed funding suffice for an option; bounds decide most cases."""
    have = available_usd(company)
    if math.isinf(have) or most_needed_usd(cost, company) <= have:
        return True
    unsafe = cost.least_chance_of_more(have, _burn_usd(cost, company))
    if unsafe > 1 - cost.case.assumptions.money.cash_safety_share + _CLOSE_CHANCE:
        return False
    return cash_needed_usd(cost, company) <= have


def shortfall(cost: OptionCost, company: Company) -> str:
    """Why cash and committed funding do not suffice for an option, where they do not."""
    have, need = available_usd(company), cash_needed_usd(cost, company)
    gone = cost.plan_holds_usd.cumsum() + _burn_usd(cost, company) > have
    when = f", gone in month {int(gone.argmax()) + 1}" if gone.any() else ""
    other = " with your burn" if company.burn_usd_per_month else ""
    return f"it takes {usd(need)} of cash{other}, you have {usd(have)} ({usd(need - have)} short){when}"


def burned_usd(company: Company, flow_months: int, plan_months: int) -> Floats:
    """What the company has burned until the end of each month in which there may be flows. USD (flow_months,)."""
    return np.asarray(company.burn_usd_per_month * np.minimum(np.arange(1, flow_months + 1), plan_months))


def _burn_usd(cost: OptionCost, company: Company) -> Floats:
    """What the company has burned until the end of each month, in which the option may still cost. (months + 1,)."""
    return burned_usd(company, cost.option.table.months + 1, cost.case.whole_demand.months)
