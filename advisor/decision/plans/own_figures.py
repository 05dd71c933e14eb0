"""The figures of many profiles: the book's, with the profiles' own values in their place."""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np

from advisor.array_types import Amount
from advisor.costing.case import STRUCTURAL_FIGURES
from advisor.market.assumptions import Assumptions
from advisor.profiles.schema import Profile
from advisor.values.quick_dataclass import replace

_TERM = "_term_discount."  # of a tier, in front of its months


def kind_of_figures(profile: Profile) -> Hashable:
    """What profiles must share for their figures to be stacked in arrays: which figures are their own, and the values
    of the structural ones, which have one value in a case."""
    return tuple((path, value if ".".join(path) in STRUCTURAL_FIGURES else None) for path, value in _own(profile))


def figures_of(profiles: Sequence[Profile], base: Assumptions) -> Assumptions:
    """The figures of P profiles of one kind: a number where all agree, else an array (P, 1). They must be alike in
    `kind_of_figures`."""
    changed: dict[str, dict[str, Any]] = {}
    for at, (path, _) in enumerate(_own(profiles[0])):
        section, name = path
        changed.setdefault(section, {})[name] = amounts([_own(profile)[at][1] for profile in profiles])
    if "gpu" in changed:
        changed["gpu"] = _of_gpu(base.gpu.term_discounts, changed["gpu"])
    return replace(base, **{section: replace(getattr(base, section), **new) for section, new in changed.items()})


def amounts(values: Sequence[float]) -> Amount:
    """One value for each of P points: a number where all agree, else an array (P, 1)."""
    first = values[0]
    if all(value == first for value in values):
        return float(first)
    return np.array(values, dtype=float)[:, None]


def _own(profile: Profile) -> list[tuple[tuple[str, str], float]]:
    """The profile's own figures: section and name of each, in order, and its value."""
    sections = ("facility", profile.facility), ("rental", profile.rental), ("forecast", profile.forecast)
    found = [
        ((section, name), value) for section, own in (*sections, ("gpu", profile.gpu)) for name, value in own.items()
    ]
    rate = profile.company.discount_rate
    return sorted(found if rate is None else [*found, (("money", "discount_rate"), rate)])


def _of_gpu(terms: Mapping[Any, Mapping[int, Amount]], values: Mapping[str, Amount]) -> dict[str, Any]:
    """The changes of a GPU's figures, discounts for terms among them, as fields of `GpuPrices`."""
    fields = {name: value for name, value in values.items() if _TERM not in name}
    if len(fields) == len(values):
        return fields
    found = {tier: dict(shares) for tier, shares in terms.items()}
    for name, value in values.items():
        tier, discount, months = name.partition(_TERM)
        if discount:
            found[tier][int(months)] = value
    return {**fields, "term_discounts": found}
