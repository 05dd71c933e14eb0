"""Hybrid: a base for the whole plan, reserved or owned, and the peaks above it rented by the hour or served by an API.

The size of a base with rented peaks is searched. A job that needs one fabric is never split between the two.

Source: docs/model.md#hybrids
"""

from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple

import numpy as np

from advisor.array_types import ROUNDING_TOLERANCE, ArrayLike, Bools, Floats, of_one
from advisor.costing.case import Case
from advisor.costing.option import Option, beside, constraint
from advisor.costing.options.buy import owned
from advisor.costing.options.contracts.contract import contracts_of
from advisor.costing.options.hosted_api import hosted_api
from advisor.costing.options.on_demand import on_demand
from advisor.costing.options.reserved import reserved_as, signed_each
from advisor.formatting import plural
from advisor.values.many_points import distinct
from advisor.values.quick_dataclass import dataclass, replace

Peaks = Literal["rented", "api"]
_SUFFIXES: dict[Peaks, str] = {"rented": "", "api": "-api"}  # of the kind of a base
Cost = Callable[[Option], Floats]
MakeBase = Callable[[Case], Option]
_COARSE_SIZES = 12
_GERUNDS = {"reserve": "reserving", "buy": "buying"}


def hybrids(case: Case, cost: Cost) -> tuple[Option, ...]:
    """The best reserved base and the best owned base with the peaks rented: none, one or two options. See `best_bases`.

    Args:
        case: the question.
        cost: the expected cost of an option after taxes, USD (S,) for S sizes at once.

    """
    return tuple(_named(kind, case, base) for kind, base in best_bases(case, cost).items())


@dataclass(frozen=True)
class Base:
    """A base of some whole nodes with the peaks rented: what it costs, whether it is infeasible, and how it is made."""

    infeasible: bool
    usd: float
    nodes: int
    make: MakeBase


def best_bases(case: Case, cost: Cost) -> dict[str, Base]:
    """The cheapest base of each kind over all sizes and terms, reserved first; infeasible ones come last.

    Args:
        case: the question, of one plan; there is no base where its demand has no peaks.
        cost: as for `hybrids`.

    """
    sizes, found = sizes_of(case), dict[str, Base]()
    for tried in tried_bases(case, sizes, cost):
        at = int(np.lexsort((tried.usd, tried.infeasible))[0])
        base = Base(bool(tried.infeasible[at]), float(tried.usd[at]), int(sizes[at]), tried.make)
        found[tried.kind] = min(found.get(tried.kind, base), base, key=lambda one: (one.infeasible, one.usd))
    return found


class TriedBase(NamedTuple):
    """A base of S sizes: its kind, how it is made, the option of the base alone, and by size whether it is infeasible
    with its peaks and what both cost, USD (S,)."""

    kind: str
    make: MakeBase
    base: Option
    infeasible: Bools
    usd: Floats


def tried_bases(case: Case, sizes: Floats, cost: Cost) -> Iterator[TriedBase]:
    """Every base on offer at each of some sizes, by how its peaks are served: reserved for every term, then owned.

    Args:
        case: the question: one plan, to be served by a base of each size, or as many as there are sizes.
        sizes: whole nodes (S,).
        cost: as for `hybrids`.

    """
    for peaks in peaks_of(case) if sizes.size else ():
        split, suffix = Split(case, sizes[:, None], peaks), _SUFFIXES[peaks]
        of_peaks = cost(split.peaks)  # the same beside every base

        def tried(kind: str, make: MakeBase, base: Option, split: Split = split, usd: Floats = of_peaks) -> TriedBase:
            return TriedBase(kind, make, base, split.with_constraints(base).infeasible, usd + cost(base))

        for base in signed_each(split.base, contracts_of(case), in_steps=False):
            yield tried(f"reserve{suffix}", reserved_base(base.id), base)
        yield tried(f"buy{suffix}", owned, owned(split.base))


def peaks_of(case: Case) -> tuple[Peaks, ...]:
    """How peaks above a base can be served: rented on demand, or by a hosted API that serves as well."""
    return ("rented",) if case.api is None else ("rented", "api")


def peaks_of_kind(kind: str) -> Peaks:
    """How the peaks above a base of this kind are served: see `tried_bases`."""
    return "api" if kind.endswith(_SUFFIXES["api"]) else "rented"


class Split:
    """A demand in a base and the peaks above it, for one size of the base or for S sizes.

    base_nodes: one size, or (S, 1) for S sizes; peaks: how they are served.
    """

    def __init__(self, case: Case, base_nodes: Floats, peaks: Peaks = "rented") -> None:
        below, above = case.demand.split(base_nodes)
        rest = replace(case, demand=above)
        api = hosted_api(rest) if peaks == "api" else None
        # credits pay for rented peaks first
        self.base = replace(case, demand=below, credits=() if api is None else case.credits)
        self.peaks = on_demand(rest) if api is None else api
        self._split = constraint(~case.demand.can_split(base_nodes), "one job on one fabric cannot be split")

    def with_base(self, make_base: MakeBase) -> Option:
        """A base, and on demand for what it does not serve."""
        return beside(self.with_constraints(make_base(self.base)), self.peaks.table)

    def with_constraints(self, base: Option) -> Option:
        """A base with the constraints on both."""
        return replace(base, constraints=(self._split, *base.constraints, *self.peaks.constraints))


def same_share(share: float, make_base: MakeBase, peaks: Peaks) -> Callable[[Case], Option]:
    """How to remake the hybrid in another case: the same share of its nodes as a base, for one plan or for many."""

    def remake(case: Case) -> Option:
        peak = case.demand.whole_peak
        size = np.clip(np.round(share * peak), 1, np.maximum(peak - 1, 1))
        return Split(case, size[..., None] if size.ndim else size, peaks).with_base(make_base)

    return remake


def reserved_base(contract_id: str) -> MakeBase:
    """How to make a base of one contract, which is signed at once for all of it."""

    def make(case: Case) -> Option:
        option = reserved_as(case, contract_id, in_steps=False)
        assert option is not None
        return option

    return make


def sizes_of(case: Case) -> Floats:
    """The sizes of a base to try, those of offers among them, without those that would split a job. (S,)."""
    demand = case.demand
    tops = [float(step.top.max()) for step in demand.alive_shape.steps[:-1]]
    sizes = sizes_to_try(demand.peak_nodes, tops, float(demand.alive.nodes.min()), offered_sizes(case))
    return np.asarray(sizes[demand.can_split(sizes[:, None])]) if sizes.size else sizes


def offered_sizes(case: Case) -> Floats:
    """The whole nodes of offers for exactly as many as that. (n,)."""
    return np.array([np.floor(of_one(offer.nodes)) for offer in case.offers if offer.nodes is not None])


def sizes_to_try(peak_nodes: int, tops: ArrayLike, least_nodes: float, offered: Floats) -> Floats:
    """The sizes of a base to try for one plan, in whole nodes: a dozen, the levels of its demand, and offers. (S,).

    Args:
        peak_nodes: the most whole nodes it ever wants.
        tops: the highest that each step of its load curve but the last ever reaches, of which the first must stay up.
        least_nodes: the fewest that it wants in a month.
        offered: sizes of offers, in whole nodes.
    """
    if peak_nodes < 2:
        return np.empty(0)
    steps = np.ceil(np.atleast_1d(np.asarray(tops, dtype=float)) - ROUNDING_TOLERANCE)
    coarse, least = np.linspace(1, peak_nodes - 1, _COARSE_SIZES).round(), np.floor(least_nodes + ROUNDING_TOLERANCE)
    wanted = np.concatenate([coarse, steps, [least], offered])
    levels = distinct(wanted)
    return np.asarray(levels[(levels >= 1) & (levels < peak_nodes)])


def _named(kind: str, case: Case, best: Base) -> Option:
    """The option of a base."""
    action, peaks = kind.partition("-")[0], peaks_of_kind(kind)
    option = Split(case, np.array(float(best.nodes)), peaks).with_base(best.make)
    base = f"{best.nodes} {plural('node', best.nodes)}" + (f" from {option.seller}" if option.seller else "")
    rented = case.offer("on-demand")
    who = f" from {rented.quote.from_}" if rented is not None and rented.quote.from_ else ""
    return replace(
        option,
        id=f"hybrid-{kind}",
        label=f"{_GERUNDS[action]} {base}, " + ("peaks by API" if peaks == "api" else f"renting peaks{who}"),
        command=f"{action} {base}, " + ("API for peaks" if peaks == "api" else f"rent peaks{who}"),
        rents_peaks=True,
        remake=same_share(best.nodes / case.demand.peak_nodes, best.make, peaks),
    )
