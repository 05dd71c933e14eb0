"""What an hour of work costs over how busy the GPUs are: many busy shares costed at once, for renting, each reserved
term and buying."""

from dataclasses import dataclass, replace

import numpy as np

from advisor.array_types import Floats
from advisor.costing.build_case import demand_with
from advisor.costing.case import Case
from advisor.costing.option import Action, Option
from advisor.costing.options.buy import owned
from advisor.costing.options.on_demand import on_demand
from advisor.costing.options.reserved import reserved
from advisor.costing.valuation import expected_usd
from advisor.market.forecast.forecast import Forecast
from advisor.profiles.schema import Profile

SHARES = 46
_LEAST_SHARE = 0.1  # below it every hour of work costs many times the list price, and the picture shows nothing else


@dataclass(frozen=True)
class UseCurve:
    """One option over the busy shares. usd_per_used_gpu_hour: net present cost over the hours of work expected,
    (SHARES,)."""

    option: str
    label: str
    action: Action
    term_months: int | None
    usd_per_used_gpu_hour: Floats


@dataclass(frozen=True)
class UseCurves:
    """shares: the busy shares, rising to 1, (SHARES,); curves: on demand first, then the terms, then buying; what
    cannot be had is left out, but on demand."""

    shares: Floats
    curves: tuple[UseCurve, ...]


def use_curves(profile: Profile, case: Case, forecast: Forecast) -> UseCurves:
    """Cost of an hour of work if all GPUs were busy for this share of the time. Two curves cross where
    `TermBreakEven.busy_share` says, since each share is the same work for both."""
    shares = np.linspace(_LEAST_SHARE, 1.0, SHARES)
    demand = demand_with(
        profile,
        case.assumptions,
        lambda w: replace(w, busy=shares[:, None], base_busy=shares[:, None]),
        case.assumptions.gpu,
    )
    at_shares, hours = case.with_demand(demand), demand.expected_used_gpu_hours
    curves = tuple(
        UseCurve(
            option.id,
            option.label,
            option.action,
            option.term_months,
            np.broadcast_to(expected_usd(option, at_shares, forecast) / hours, shares.shape),
        )
        for option in _options(at_shares)
        if option.id == "on-demand" or not np.any(option.infeasible)
    )
    return UseCurves(shares, curves)


def _options(case: Case) -> list[Option]:
    quoted = {quote.months for quote in case.quotes if quote.months is not None}
    terms = sorted({*case.assumptions.gpu.term_discounts[case.tier], *quoted})
    return [on_demand(case), *(made for made in (reserved(case, term) for term in terms) if made), owned(case)]
