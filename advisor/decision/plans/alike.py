"""Profiles that are alike but for the amounts of their plans and for figures of the book: one case prices all."""

from collections.abc import Hashable, Sequence
from dataclasses import replace

import numpy as np

from advisor.costing.build_case import tax_of
from advisor.costing.case import Case
from advisor.costing.combined_demand import combined_demand
from advisor.decision.plans.own_figures import amounts, figures_of, kind_of_figures
from advisor.market.assumptions import Assumptions
from advisor.market.forecast.forecast import Forecast, expected_forecast
from advisor.market.price_book import PriceBook
from advisor.profiles.defaults import ResolvedWorkload, resolve
from advisor.profiles.schema import Profile
from advisor.values.quick_dataclass import dataclass

_AMOUNTS = (
    "nodes",
    "months",
    "growth_per_month",
    "busy",
    "base_share",
    "base_busy",
    "hazard_per_month",
    "residual_share",
    "job_nodes",
)  # of a workload, in which alike profiles may differ


@dataclass(frozen=True)
class AlikeProfiles:
    """P profiles that differ in amounts of their plans and in figures only.

    Attributes:
        places: Where they stand among all that were asked for (P).
        profiles: The profiles (P).
        case: The case with the demand of all (P, months), and figures of which each may be an amount (P, 1).
        forecast: For the case's GPU, of one point or of P points.
    """

    places: tuple[int, ...]
    profiles: tuple[Profile, ...]
    case: Case
    forecast: Forecast


def groups_of_alike(profiles: Sequence[Profile], book: PriceBook) -> list[AlikeProfiles]:
    """The profiles in groups, each of which one case can price; profiles that need one of their own are left out.

    Those hold contracts already, allow other GPUs or may terminate a reservation for a fee: each of them then has
    choices of its own.

    Args:
        profiles: Checked with this book.
        book: The price book.
    """
    members: dict[Hashable, list[tuple[int, list[ResolvedWorkload]]]] = {}
    for place, profile in enumerate(profiles):
        if profile.commitment or profile.market.other_gpus:
            continue
        base = book.assumptions(book.gpu(profile.workload[0].gpu).id)
        figures = figures_of([profile], base) if profile.rental else base
        works = [resolve(workload, profile.company, figures) for workload in profile.workload]
        members.setdefault(_kind(profile, works, base), []).append((place, works))
    found = []
    for group in members.values():
        places = [place for place, _ in group]
        alike = _together(places, [works for _, works in group], [profiles[place] for place in places], book)
        if alike.case.assumptions.rental.termination_fee_share >= 1:
            found.append(alike)
    return found


def _kind(profile: Profile, works: list[ResolvedWorkload], base: Assumptions) -> Hashable:
    """What must be the same for profiles to be alike. base: the book's figures for their GPU."""
    company, market = profile.company, profile.market
    return (
        base.gpu.id,
        (market.tier, market.rents_change_per_year is None),
        profile.quote,
        kind_of_figures(profile),
        (company.tax_rate, company.taxable_from_month, company.depreciation),
        company.rental_forbidden_because,
        tuple((work.start_month, work.always_on, work.scales_to_zero, work.unit, work.ramp) for work in works),
    )


def _together(
    places: Sequence[int], works: Sequence[list[ResolvedWorkload]], profiles: Sequence[Profile], book: PriceBook
) -> AlikeProfiles:
    first = profiles[0]
    base = book.assumptions(book.gpu(first.workload[0].gpu).id)
    figures = figures_of(profiles, base)
    views = [profile.market.rents_change_per_year for profile in profiles]
    own_view = amounts([view for view in views if view is not None]) if views[0] is not None else None
    forecast = expected_forecast(figures, own_view)
    stacked = [
        replace(same[0], **{name: np.array([[float(getattr(work, name))] for work in same]) for name in _AMOUNTS})
        for same in zip(*works, strict=True)
    ]
    case = Case(
        demand=combined_demand(stacked, figures.rental),
        assumptions=figures,
        tier=first.market.tier,
        quotes=first.quote,
        rental_forbidden_because=first.company.rental_forbidden_because,
        tax=tax_of(first.company, figures),
        outlook=forecast.multiples,
    )
    return AlikeProfiles(tuple(places), tuple(profiles), case, forecast)
