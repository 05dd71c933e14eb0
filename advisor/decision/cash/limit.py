"""Whether the company's cash suffices for an option: payments and burn against cash (docs/model.md#feasibility)."""

import numpy as np

from advisor.costing.valuation import OptionCost
from advisor.finance.weighted_quantile import quantile
from advisor.formatting import usd
from advisor.profiles.schema import Company


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
    flows = cost.cash.flows_usd
    months = np.minimum(np.arange(flows.shape[-1]) + 1, cost.case.whole_demand.months)
    spent = flows.cumsum(axis=-1) + company.burn_usd_per_month * months
    peaks = np.maximum(cost.upfront_usd, spent.max(axis=-1))  # day one is paid before anything comes back
    return quantile(peaks, cost.cash.weights, cost.case.assumptions.money.cash_safety_share)


def cash_constraints(cost: OptionCost, company: Company) -> tuple[str, ...]:
    """Why cash and committed funding do not suffice for an option; empty when they do or are not given."""
    if company.cash_usd is None:
        return ()
    have, burn = company.cash_usd + company.committed_funding_usd, company.burn_usd_per_month
    most_burn = burn * cost.case.whole_demand.months
    if cost.most_outlay_usd + most_burn <= have:
        return ()
    need = cash_needed_usd(cost, company)
    if need <= have:
        return ()
    held = cost.plan_holds_usd
    gone = held.cumsum() + burn * np.minimum(np.arange(held.size) + 1, cost.case.whole_demand.months) > have
    when = f", gone in month {int(gone.argmax()) + 1}" if gone.any() else ""
    other = " with your burn" if burn else ""
    return (f"it takes {usd(need)} of cash{other}, you have {usd(have)} ({usd(need - have)} short){when}",)
