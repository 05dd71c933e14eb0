"""A plan of another size and length: all workloads of a profile scaled alike."""

import math

from advisor.market.assumptions import Assumptions
from advisor.market.price_book import PriceBook
from advisor.profiles.amount_of_work import nodes_at_start, scaled
from advisor.profiles.schema import Profile
from advisor.profiles.validation import own_book, parse_profile


def at_plan(profile: Profile, nodes: float, months: float, book: PriceBook) -> Profile:
    """Return the profile with its plan scaled to `nodes` and `months` in all; its own nodes may be a part of a node.

    Raises:
        InputError: A workload would be too large or too long.
    """
    own = nodes_at_start(profile, _figures_of(profile, book))
    whole = profile.workload[0].serving is None and nodes == math.ceil(own)
    return scaled_plan(profile, 1.0 if whole else nodes / own, months, book)


def scaled_plan(profile: Profile, share: float, months: float, book: PriceBook) -> Profile:
    """Return the profile with this share of its nodes, and with `months` in all.

    Several workloads keep their proportions, each with at least one of what it is counted in.

    Raises:
        InputError: A workload would be too large or too long.
    """
    longest, figures = max(workload.months for workload in profile.workload), _figures_of(profile, book)
    raw = profile.model_dump(by_alias=True, exclude_none=True, mode="python")
    raw["workload"] = [
        scaled(workload, share, figures, months / longest) | {"months": workload.months / longest * months}
        for workload in profile.workload
    ]
    return parse_profile(raw, book, where="Plan")


def _figures_of(profile: Profile, book: PriceBook) -> Assumptions:
    """The figures that hold for a profile, of the GPU of its first workload."""
    return own_book(profile, book).assumptions_for(profile.workload[0].gpu)
