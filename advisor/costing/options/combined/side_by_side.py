"""Side by side: two contracts of a fixed size each, which serve together what neither does alone.

Source: docs/model.md#hybrids
"""

from collections.abc import Iterator
from itertools import combinations

import numpy as np

from advisor.array_types import Floats, of_one, of_plan
from advisor.costing.case import Case
from advisor.costing.changed_tables import stretched, summed
from advisor.costing.cost_table import added
from advisor.costing.option import Option, constraint
from advisor.costing.options.combined.hybrid import reserved_base
from advisor.formatting import listed, plural
from advisor.profiles.offers.kinds import SIGNED
from advisor.profiles.offers.terms import Offer
from advisor.values.quick_dataclass import replace


def side_by_side(case: Case) -> Iterator[Option]:
    """Every two offers of a fixed size that serve the plan together, where neither does alone.

    The cheaper of the two is the base, which is used the most.
    """
    sized = [offer for offer in case.offers if offer.nodes is not None and offer.quote.option in SIGNED]
    peak = case.demand.peak
    for base, rest in combinations(sorted(sized, key=lambda offer: of_one(offer.hourly_rate)), 2):
        first, second = _sizes(base, rest)
        if ((np.maximum(first, second) < peak) & (peak <= first + second)).any():
            found = _two_contracts(case, base.id, rest.id)
            yield from () if found is None else (found,)


def _two_contracts(case: Case, base_id: str, rest_id: str) -> Option | None:
    """Two offers beside each other, the first as the base; None without both. See `side_by_side`."""
    offers = {one.id: one for one in case.offers}
    if not {base_id, rest_id} <= offers.keys():
        return None
    first, second = offers[base_id], offers[rest_id]
    sizes = _sizes(first, second)
    height = np.floor(sizes[0])[..., None]
    below, above = case.demand.split(height)
    base = reserved_base(base_id)(replace(case, demand=below))
    rest = reserved_base(rest_id)(replace(case, demand=above, credits=()))
    table = summed((base.table, rest.table))
    both = sizes[0] + sizes[1]
    total = f"{float(np.max(both)):g} {plural('node', float(np.max(both)))}"
    told = [_share_text(one, size) for one, size in zip((first, second), sizes, strict=True)]
    return replace(
        base,
        table=table,
        id=f"{base_id}-and-{rest_id}",
        label=f"{told[0]} and {told[1]} reserved",
        command=f"reserve {told[0]} and {told[1]}",
        constraints=(
            constraint(~case.demand.can_split(height), "one job on one fabric cannot be split"),
            constraint(case.demand.peak > both, f"the two offers are for {total}"),
            constraint(case.demand.peak <= np.maximum(*sizes), "one of the two offers serves it alone"),
            *base.constraints,
            *rest.constraints,
        ),
        term_months=max(base.term_months or 1, rest.term_months or 1),
        nodes=None if base.nodes is None or rest.nodes is None else added(base.nodes, rest.nodes),
        contracts=(*base.contracts, *rest.contracts),
        rate_share=None,
        then=max((base, rest), key=lambda one: one.term_months or 1).then,
        label_of_rest="",
        rights=tuple(
            replace(right, table=stretched(right.table, table.months)) for right in (*base.rights, *rest.rights)
        ),
        seller=listed([one.quote.from_ for one in (first, second) if one.quote.from_]),
        remake=lambda other_case: _two_contracts(other_case, base_id, rest_id),
    )


def _sizes(first: Offer, second: Offer) -> tuple[Floats, Floats]:
    """The nodes of two offers of a fixed size (...)."""
    return np.asarray(of_plan(first.nodes or 0.0)), np.asarray(of_plan(second.nodes or 0.0))


def _share_text(offer: Offer, nodes: Floats) -> str:
    """`10 nodes from Acme`."""
    count = float(np.max(nodes))
    return f"{count:g} {plural('node', count)}{offer.who}"
