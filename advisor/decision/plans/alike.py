"""Profiles that differ only in the amounts of their plans and in figures of the book: one case prices all of them."""

from collections.abc import Hashable, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from advisor.costing.build_case import case_of
from advisor.costing.case import Case
from advisor.costing.combined_demand import combined_demand
from advisor.decision.plans.own_figures import amounts, figures_of, kind_of_figures
from advisor.market.assumptions import Assumptions
from advisor.market.forecast.forecast import Forecast, expected_forecast
from advisor.market.price_book import PriceBook
from advisor.profiles.defaults import ResolvedWorkload, resolve
from advisor.profiles.gpu_groups import gpus_of
from advisor.profiles.offers.kinds import PAID_MONTHLY, SIGNED
from advisor.profiles.offers.quote import Quote
from advisor.profiles.schema import Profile
from advisor.profiles.validation import own_book
from advisor.values.quick_dataclass import dataclass, replace

_AMOUNTS = (
    "nodes",
    "months",
    "growth_per_month",
    "busy",
    "base_share",
    "base_busy",
    "least_nodes",
    "served_share",
    "kept_share",
    "open_share",
    "hazard_per_month",
    "residual_share",
    "job_nodes",
)  # of a workload, in which alike profiles may differ
_VOLUMES = ("requests_per_day", "tokens_per_day", "peak_to_mean", "hours_per_day", "replicas")  # of a service
_NODE_SIZE = "gpus_per_node"  # on which all figures by node depend


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

    @cached_property
    def _of_one_point(self) -> bool:
        """Whether figures and forecast are those of every plan."""
        return self.case.assumptions.points is None and self.forecast.usd_per_gpu_hour.ndim == 1

    def alone(self, plan: int, book: PriceBook) -> tuple[Case, Forecast]:
        """The case of one of the plans and its forecast. book: with the profile's own figures laid over it."""
        demand, profile = self.case.demand.of_plan(plan), self.profiles[plan]
        if self._of_one_point:
            return replace(self.case, demand=demand), self.forecast
        case = case_of(profile, book, demand)
        return case, expected_forecast(case.assumptions, profile.market.rents_change_per_year)


def groups_of_alike(profiles: Sequence[Profile], book: PriceBook) -> list[AlikeProfiles]:
    """The profiles in groups, each of which one case can price; profiles that need one of their own are left out.

    Those hold contracts or hardware already, or work on or allow several GPUs: each then has choices of its own. An
    offer that is not signed for a term is in force for plans of its size only, and nodes of another size change most
    figures.
    """
    members: dict[Hashable, list[tuple[int, list[ResolvedWorkload]]]] = {}
    for place, profile in enumerate(profiles):
        if _stands_alone(profile, book):
            continue
        base = book.assumptions_for(profile.workload[0].gpu)
        figures = figures_of([profile], base) if profile.rental or profile.gpu else base
        works = [resolve(workload, profile.company, figures) for workload in profile.workload]
        members.setdefault(_kind(profile, works, base), []).append((place, works))
    found = []
    for group in members.values():
        places = [place for place, _ in group]
        found.append(_together(places, [works for _, works in group], [profiles[place] for place in places], book))
    return found


def _stands_alone(profile: Profile, book: PriceBook) -> bool:
    """Whether a profile has hardware, contracts or offers that are priced for one plan only: see `groups_of_alike`."""
    in_hand = profile.commitment or profile.owned or profile.market.other_gpus
    several = len(gpus_of(profile, book)) > 1
    other_nodes = _NODE_SIZE in profile.rental or _NODE_SIZE in profile.gpu
    sized = [quote for quote in profile.quote if quote.nodes is not None or quote.gpus is not None]
    beside = len(sized) > 1  # the second is signed when a plan outgrows the first
    return bool(in_hand) or several or other_nodes or beside or any(map(_needs_its_size, profile.quote))


def _needs_its_size(quote: Quote) -> bool:
    """Whether an offer has a size by which it may be in force."""
    sized = quote.nodes is not None or quote.gpus is not None or quote.least_nodes is not None
    return sized and quote.option not in (*SIGNED, *PAID_MONTHLY)


def _kind(profile: Profile, works: list[ResolvedWorkload], base: Assumptions) -> Hashable:
    """What must be the same for profiles to be alike. base: the book's figures for their GPU."""
    company, market = profile.company, profile.market
    return (
        base.gpu.id,
        (market.tier, market.rents_change_per_year is None),
        (profile.quote, profile.credit),
        kind_of_figures(profile),
        (company.tax_rate, company.taxable_from_month, company.depreciation),
        (company.hosting, company.rental_forbidden_because),
        _service(profile),
        tuple(
            (w.start_month, w.always_on, w.scales_to_zero, w.replicated, w.unit, w.ramp, w.load, w.base_busy is None)
            for w in works
        ),
    )


def _service(profile: Profile) -> Hashable:
    """What determines the hosted API: everything about a service except its volume, and the own figures of its GPU."""
    serving = profile.workload[0].serving
    if serving is None:
        return None
    return serving.model_copy(update=dict.fromkeys(_VOLUMES)), tuple(sorted(profile.gpu.items()))


def _together(
    places: Sequence[int], works: Sequence[list[ResolvedWorkload]], profiles: Sequence[Profile], book: PriceBook
) -> AlikeProfiles:
    first = profiles[0]
    own = own_book(first, book)
    figures = figures_of(profiles, own.assumptions_for(first.workload[0].gpu))
    views = [profile.market.rents_change_per_year for profile in profiles]
    own_view = amounts([view for view in views if view is not None]) if views[0] is not None else None
    forecast = expected_forecast(figures, own_view)
    demand = combined_demand([_stacked(same) for same in zip(*works, strict=True)], figures.rental)
    case = replace(case_of(first, own, demand), assumptions=figures, outlook=forecast.multiples)
    return AlikeProfiles(tuple(places), tuple(profiles), case, forecast)


def _stacked(works: Sequence[ResolvedWorkload]) -> ResolvedWorkload:
    """The same workload of all profiles, with the amounts of each."""
    given = [name for name in _AMOUNTS if getattr(works[0], name) is not None]
    amounts_of: dict[str, Any] = {name: np.array([[float(getattr(one, name))] for one in works]) for name in given}
    return replace(works[0], **amounts_of)
