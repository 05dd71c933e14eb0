"""Profiles that are alike but for the amounts of their plans: one case prices all of them."""

from collections.abc import Hashable, Sequence
from dataclasses import replace

import numpy as np

from advisor.array_types import Months
from advisor.costing.build_case import case_of
from advisor.costing.case import Case
from advisor.costing.combined_demand import combined_demand
from advisor.market.price_book import PriceBook
from advisor.profiles.defaults import ResolvedWorkload, resolve
from advisor.profiles.offers.quote import RIGHTS
from advisor.profiles.schema import Profile
from advisor.profiles.validation import own_book
from advisor.values.quick_dataclass import dataclass

_AMOUNTS = (
    "nodes",
    "months",
    "growth_per_month",
    "busy",
    "base_share",
    "base_busy",
    "open_share",
    "hazard_per_month",
    "residual_share",
)  # of a workload, in which alike profiles may differ


@dataclass(frozen=True)
class AlikeProfiles:
    """P profiles that differ in amounts of their plans only.

    Attributes:
        places: Where they stand among all that were asked for (P).
        profiles: The profiles (P).
        works: Their workloads, with amounts (P, 1).
        case: The case with the demand of all (P, months).
    """

    places: tuple[int, ...]
    profiles: tuple[Profile, ...]
    works: tuple[ResolvedWorkload, ...]
    case: Case

    def repeated(self, plans: Months) -> Case:
        """The case of Q plans, each given by its number among the P. plans: (Q,)."""
        works = [replace(work, **{name: getattr(work, name)[plans] for name in _AMOUNTS}) for work in self.works]
        return replace(self.case, demand=combined_demand(works, self.case.assumptions.rental))


def groups_of_alike(profiles: Sequence[Profile], book: PriceBook) -> list[AlikeProfiles]:
    """The profiles in groups, each of which one case can price; profiles that need one of their own are left out.

    Those hold contracts already, allow other GPUs, may terminate a reservation for a fee, or need more nodes later than
    at their start: each of them then has choices, or months in which a part of its work starts, of its own. Those not
    given in nodes are left out too, since how many nodes they are depends on figures of their own. What cash
    suffices for depends on the payments of each month, which are not kept for many plans.

    Args:
        profiles: Checked with this book.
        book: The price book.
    """
    figures = book.assumptions(next(iter(book.gpus)))
    members: dict[Hashable, list[tuple[int, list[ResolvedWorkload]]]] = {}
    for place, profile in enumerate(profiles):
        if profile.commitment or profile.owned or profile.market.other_gpus or profile.company.cash_usd is not None:
            continue
        if any(workload.nodes is None for workload in profile.workload) or _decides_later(profile):
            continue
        works = [resolve(workload, profile.company, figures) for workload in profile.workload]
        if _rises(works):
            continue
        members.setdefault(_kind(profile, works), []).append((place, works))
    found = []
    for group in members.values():
        first = profiles[group[0][0]]
        case = case_of(first, own_book(first, book))
        if case.assumptions.rental.termination_fee_share >= 1:
            found.append(_together([place for place, _ in group], [works for _, works in group], profiles, case))
    return found


def _decides_later(profile: Profile) -> bool:
    """Whether an offer has a clause that is used by what rents have done by then: by a policy of each plan."""
    return any(set(RIGHTS) & set(quote.clauses) for quote in profile.quote)


def _rises(works: list[ResolvedWorkload]) -> bool:
    """Whether more nodes may be wanted later than at the start."""
    first = works[0].start_month
    return any(np.any(work.growth_per_month > 0) or work.start_month != first for work in works)


def _kind(profile: Profile, works: list[ResolvedWorkload]) -> Hashable:
    """What must be the same for profiles to be alike."""
    company, own = profile.company, (profile.facility, profile.rental, profile.forecast, profile.gpu)
    return (
        tuple(workload.gpu for workload in profile.workload),
        profile.market,
        profile.quote,
        profile.credit,
        tuple(tuple(figures.items()) for figures in own),
        (company.discount_rate, company.tax_rate, company.taxable_from_month, company.depreciation),
        company.rental_forbidden_because,
        tuple((work.start_month, work.always_on, work.job_nodes, work.scales_to_zero) for work in works),
    )


def _together(
    places: list[int], works: list[list[ResolvedWorkload]], profiles: Sequence[Profile], case: Case
) -> AlikeProfiles:
    stacked = tuple(
        replace(same[0], **{name: np.array([[float(getattr(work, name))] for work in same]) for name in _AMOUNTS})
        for same in zip(*works, strict=True)
    )
    demand = combined_demand(list(stacked), case.assumptions.rental)
    return AlikeProfiles(
        tuple(places), tuple(profiles[place] for place in places), stacked, replace(case, demand=demand)
    )
