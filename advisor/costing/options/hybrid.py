"""Hybrid: a base for the whole plan, reserved or owned, and the peaks above it rented by the hour.

The size of the base is searched. A job that needs one fabric is never split between the two.

Source: docs/model.md#hybrids
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from advisor.array_types import Floats
from advisor.costing.billed_hours import ROUNDING_TOLERANCE
from advisor.costing.case import Case
from advisor.costing.demand import Demand
from advisor.costing.option import Option, beside, constraint
from advisor.costing.options.buy import owned
from advisor.costing.options.contracts.contract import contract_for
from advisor.costing.options.hourly_rental import constraints_on_demand
from advisor.costing.options.on_demand import on_demand
from advisor.costing.options.reserved import reserved
from advisor.formatting import plural
from advisor.market.terms import TERMS_MONTHS
from advisor.values.many_points import distinct

Cost = Callable[[Option, Demand], Floats]
MakeBase = Callable[[Case], Option]
_COARSE_SIZES = 12
_GERUNDS = {"reserve": "reserving", "buy": "buying"}


def hybrids(case: Case, cost: Cost) -> tuple[Option, ...]:
    """The best reserved base and the best owned base with the peaks rented, for one plan whose demand has peaks.

    Args:
        case: the question.
        cost: the expected cost of an option, USD (S,) for S sizes at once.

    Returns:
        None, one or two options, reserved first.

    """
    sizes = _sizes(case.demand)
    if not sizes.size:
        return ()
    found, tried = [], Split(case, sizes[:, None])
    for kind, makers in bases_of(case).items():
        best = _best(case, sizes, tried, makers, cost)
        if best is not None:
            found.append(_named(kind, *best))
    return tuple(found)


class Split:
    """A demand in a base and the peaks above it, for one size of the base or for S sizes.

    base_nodes: one size, or (S, 1) for S sizes.
    """

    def __init__(self, case: Case, base_nodes: Floats) -> None:
        below, above = case.demand.split(base_nodes)
        rest = replace(case, demand=above)
        self.base = replace(case, demand=below)
        self.peaks = on_demand(rest).table
        can_split = case.demand.can_split(base_nodes)
        self.constraints = constraint(~can_split, "one job on one fabric cannot be split"), constraints_on_demand(rest)

    def with_base(self, make_base: MakeBase) -> Option:
        """A base, and on demand for what it does not serve."""
        base = make_base(self.base)
        split, of_peaks = self.constraints
        return replace(beside(base, self.peaks), constraints=(split, *base.constraints, *of_peaks))


def bases_of(case: Case) -> dict[str, list[MakeBase]]:
    """How each kind of base that is on offer is made: reserved, for every term, and owned."""
    terms = [_reserved_base(term) for term in TERMS_MONTHS if contract_for(case, term) is not None]
    return {"reserve": terms, "buy": [owned]}


def same_share(share: float, make_base: MakeBase) -> Callable[[Case], Option]:
    """How to remake the hybrid in another case: the same share of its nodes as a base, for one plan or for many."""

    def remake(case: Case) -> Option:
        peak = case.demand.whole_peak
        size = np.clip(np.round(share * peak), 1, np.maximum(peak - 1, 1))
        return Split(case, size[..., None] if size.ndim else size).with_base(make_base)

    return remake


def _reserved_base(term_months: int) -> MakeBase:
    def make(case: Case) -> Option:
        option = reserved(case, term_months, in_steps=False)
        assert option is not None
        return option

    return make


def _sizes(demand: Demand) -> Floats:
    """The sizes of a base to try, without those that would split a job. (S,)."""
    steady = float(demand.alive_shape.steady_nodes.max())
    sizes = sizes_to_try(demand.peak_nodes, steady, float(demand.alive.nodes.min()))
    return np.asarray(sizes[demand.can_split(sizes[:, None])]) if sizes.size else sizes


def sizes_to_try(peak_nodes: int, steady_nodes: float, least_nodes: float) -> Floats:
    """The sizes of a base to try for one plan, in whole nodes: a dozen, and the levels of its demand. (S,).

    Args:
        peak_nodes: the most whole nodes it ever wants.
        steady_nodes: the most that must stay up.
        least_nodes: the fewest that it wants in a month.
    """
    if peak_nodes < 2:
        return np.empty(0)
    steady = np.ceil(steady_nodes - ROUNDING_TOLERANCE)
    wanted = np.concatenate(
        [np.linspace(1, peak_nodes - 1, _COARSE_SIZES).round(), [steady, np.floor(least_nodes + ROUNDING_TOLERANCE)]]
    )
    levels = distinct(wanted)
    return np.asarray(levels[(levels >= 1) & (levels < peak_nodes)])


def _best(case: Case, sizes: Floats, tried: Split, makers: list[MakeBase], cost: Cost) -> tuple[Option, int] | None:
    """The cheapest base of a kind over all sizes and terms, and its nodes; infeasible ones come last."""
    found: list[tuple[bool, float, int, MakeBase]] = []
    for make in makers:
        option = tried.with_base(make)
        usd = cost(option, case.demand)
        order = np.lexsort((usd, option.infeasible))
        at = int(order[0])
        found.append((bool(option.infeasible[at]), float(usd[at]), int(sizes[at]), make))
    if not found:
        return None
    _, _, nodes, make = min(found, key=lambda candidate: candidate[:2])
    option = Split(case, np.array(float(nodes))).with_base(make)
    return replace(option, remake=same_share(nodes / case.demand.peak_nodes, make)), nodes


def _named(kind: str, option: Option, nodes: int) -> Option:
    base = f"{nodes} {plural('node', nodes)}"
    label = f"{_GERUNDS[kind]} {base}, renting peaks"
    return replace(option, id=f"hybrid-{kind}", label=label, command=f"{kind} {base}, rent peaks", rents_peaks=True)
