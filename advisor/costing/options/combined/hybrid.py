"""Hybrid: a base for the whole plan, reserved or owned, and the peaks above it rented by the hour or served by an API.

The size of a base with rented peaks is searched. A job that needs one fabric is never split between the two.

Source: docs/model.md#hybrids
"""

from collections.abc import Callable, Iterator
from typing import Literal

import numpy as np

from advisor.array_types import ROUNDING_TOLERANCE, Bools, Floats, Months, of_one
from advisor.costing.case import Case
from advisor.costing.option import Option, PlanOption, beside, constraint
from advisor.costing.options.buy import owned
from advisor.costing.options.contracts.contract import contracts_of
from advisor.costing.options.hosted_api import hosted_api
from advisor.costing.options.on_demand import on_demand
from advisor.costing.options.reserved import reserved_as, signed_each
from advisor.costing.options.taxes import after_tax
from advisor.costing.valuation import expected_usd
from advisor.formatting import plural
from advisor.market.forecast.forecast import Forecast
from advisor.values.many_points import distinct
from advisor.values.quick_dataclass import dataclass, replace

Peaks = Literal["rented", "api"]
_SUFFIXES: dict[Peaks, str] = {"rented": "", "api": "-api"}  # of the kind of a base
MakeBase = Callable[[Case], Option]
_COARSE_SIZES = 12
_PAIRS = 256  # of a plan and a size, priced at a time: more do not fit into the processor's cache
_GERUNDS = {"reserve": "reserving", "buy": "buying"}


def hybrids(case: Case, forecast: Forecast) -> tuple[Option, ...]:
    """The best base of each kind with its peaks served otherwise, of one plan; none where its demand has no peaks."""
    return tuple(_named(case, base) for base in best_bases(case, forecast))


@dataclass(frozen=True)
class Base:
    """One base in the plans for which it is the cheapest of its kind.

    Attributes:
        kind: How the base is obtained and how its peaks are served, see `tried_bases`.
        option: What the ranking needs to know about it.
        usd: Expected net present cost of each plan with its peaks (P,); of the best bases infinite where it is
            infeasible or another base of its kind costs less.
        nodes: Of the base of each plan (P,).
        make: How it is made.
        infeasible: Whether it is, with its peaks, by plan (P,).
        contract: Id of its contract; empty where it is owned.
    """

    kind: str
    option: PlanOption
    usd: Floats
    nodes: Floats
    make: MakeBase
    infeasible: Bools
    contract: str

    @property
    def peaks(self) -> Peaks:
        """How the peaks above it are served."""
        return "api" if self.kind.endswith(_SUFFIXES["api"]) else "rented"


def best_bases(case: Case, forecast: Forecast) -> Iterator[Base]:
    """The bases that are the cheapest of their kind for some plan, over all sizes and terms; reserved ones first, by
    term. Infeasible ones come last."""
    bases = sized_bases(case, forecast)
    least, out = np.array([one.usd for one in bases]), np.array([one.infeasible for one in bases])
    for kind in dict.fromkeys(base.kind for base in bases):
        mine = [at for at, base in enumerate(bases) if base.kind == kind]
        best = np.lexsort((least[mine], out[mine]), axis=0)[0]
        for number, at in enumerate(mine):
            if (best == number).any():
                yield replace(bases[at], usd=np.where((best == number) & ~out[at], least[at], np.inf))


def sized_bases(case: Case, forecast: Forecast, contract: str | None = None, share: float | None = None) -> list[Base]:
    """Every base of the size that costs each plan least; infeasible ones come last.

    Args:
        case: of one plan or many.
        forecast: for the case's GPU.
        contract: the id of one, alone; empty for what is owned.
        share: of the nodes; tried in place of a dozen sizes where a demand stays the same, for which its levels do.
    """
    plans, sizes = _pairs(case, share)
    if not plans.size:
        return []
    tried = [
        list(tried_bases(case.among(plans[at]) if case.plans else case, forecast.among(plans[at]), sizes[at], contract))
        for at in np.array_split(np.arange(plans.size), -(-plans.size // _PAIRS))
    ]
    usd = np.concatenate([[one.usd for one in each] for each in tried], axis=-1)  # (bases, Q)
    barred = np.concatenate([[one.infeasible for one in each] for each in tried], axis=-1)
    whose, first = np.unique(plans, return_index=True)
    at_best = np.lexsort((usd, barred, np.broadcast_to(plans, usd.shape)))[:, first]  # the best size of each plan

    def best_of_plans(values: Floats, elsewhere: float) -> Floats:
        found = np.full((len(values), case.demand.peak.size), elsewhere)
        found[:, whose] = np.take_along_axis(values, at_best, axis=-1)
        return found

    least, out = best_of_plans(usd, np.inf), best_of_plans(barred.astype(float), 1.0).astype(bool)
    of_nodes = best_of_plans(np.broadcast_to(sizes, usd.shape), 1.0)
    each = zip(tried[0], least, out, of_nodes, strict=True)
    return [replace(one, usd=costs, nodes=nodes, infeasible=barred) for one, costs, barred, nodes in each]


def _pairs(case: Case, share: float | None) -> tuple[Months, Floats]:
    """Every plan with each size of a base to try that splits no job: the numbers of the plans, and the sizes (Q,)."""
    demand = case.demand
    if (demand.largest_job >= demand.peak).all():
        return np.empty(0, dtype=np.int64), np.empty(0)
    inside = np.arange(demand.months) < demand.lengths[..., None]
    least = np.where(inside, demand.alive.nodes, np.inf).min(axis=-1)
    tops = (step.top.max(axis=-1) for step in demand.alive_shape.steps[:-1])
    levels = np.column_stack([np.atleast_1d(one) for one in (demand.whole_peak, least, *tops)]).tolist()
    bounds = (size for offer in case.offers for size in (offer.nodes, offer.least_nodes) if size is not None)
    offered = np.array([np.floor(of_one(size)) for size in bounds])
    each = [_sizes_to_try(int(peak), highest, few, offered, share) for peak, few, *highest in levels]
    plans, sizes = np.repeat(np.arange(len(each)), [found.size for found in each]), np.concatenate(each)
    if not plans.size:
        return plans, sizes
    splits = (demand.among(plans) if case.plans else demand).can_split(sizes[:, None])
    return plans[splits], sizes[splits]


def tried_bases(case: Case, forecast: Forecast, sizes: Floats, contract: str | None = None) -> Iterator[Base]:
    """Every base on offer at each of some sizes, by how its peaks are served: reserved for every term, then owned.
    sizes: whole nodes (S,), of one plan, or one for each of many plans; contract: see `sized_bases`."""

    def cost(option: Option) -> Floats:
        return expected_usd(after_tax(option, case), case, forecast)

    ways_to_peak: tuple[Peaks, ...] = ("rented",) if case.api is None else ("rented", "api")
    contracts = [one for one in contracts_of(case) if contract in (None, one.id)]
    bases: list[tuple[str, MakeBase, Option, Floats]] = []
    for peaks in ways_to_peak:
        split, suffix = Split(case, sizes[:, None], peaks), _SUFFIXES[peaks]
        of_peaks = cost(split.peaks)  # the same beside every base
        if not bases or case.credits:  # which pay for a base only where no peaks are rented
            made = [(one.id, reserved_base(one.id), one) for one in signed_each(split.base, contracts, in_steps=False)]
            made += [] if contract else [("", owned, owned(split.base))]
            bases = [(*one, cost(one[-1])) for one in made]
        for of_contract, make, base, usd in bases:
            kind, (label, _) = f"{base.action}{suffix}", _words(case, base, _a_base(base.term_months), peaks)
            option = PlanOption(f"hybrid-{kind}", base.action, base.term_months, label)
            barred = split.with_constraints(base).infeasible
            yield Base(kind, option, of_peaks + usd, sizes, make, barred, of_contract)


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


def _sizes_to_try(
    peak_nodes: int, tops: list[float], least_nodes: float, offered: Floats, share: float | None
) -> Floats:
    """The sizes of a base to try for one plan, in whole nodes: the levels of its demand, offers, some between. (S,).

    Args:
        peak_nodes: the most whole nodes it ever wants.
        tops: the highest that each step of its load curve but the last ever reaches, of which the first must stay up.
        least_nodes: the fewest that it wants in a month.
        offered: sizes of offers for exactly or at least as many, in whole nodes.
        share: see `sized_bases`.
    """
    if peak_nodes < 2:
        return np.empty(0)
    whole, begun = (np.array([*tops, least_nodes]) + sign * ROUNDING_TOLERANCE for sign in (1, -1))
    between = _between(peak_nodes, share, stays=least_nodes >= peak_nodes)
    levels = distinct(np.concatenate([between, np.floor(whole), np.ceil(begun), offered]))
    return np.asarray(levels[(levels >= 1) & (levels < peak_nodes)])


def _between(peak_nodes: int, share: float | None, *, stays: bool) -> Floats:
    """Sizes between the levels of a demand. share: see `sized_bases`; stays: whether it is the same in all months.

    While it stays the same, all nodes between two levels work as much, and none costs more than the one before. No size
    between is the best then, but where all of the nodes are worth it, and no peaks are left.
    """
    if share is None or not stays:
        return np.linspace(1, peak_nodes - 1, _COARSE_SIZES).round()
    return np.array([1.0, share * peak_nodes]).round()


def _named(case: Case, best: Base) -> Option:
    """The option of the best base of one plan."""
    nodes, option = int(best.nodes[0]), Split(case, best.nodes[0], best.peaks).with_base(best.make)
    label, command = _words(case, option, f"{nodes} {plural('node', nodes)}", best.peaks)
    return replace(
        option,
        id=best.option.id,
        label=label,
        command=command,
        rents_peaks=True,
        remake=same_share(nodes / case.demand.peak_nodes, best.make, best.peaks),
        usd_of_best_size=usd_of_best_size(best, nodes / case.demand.peak_nodes),
    )


def usd_of_best_size(like: Base, share: float) -> Callable[[Case, Forecast], Floats]:
    """What a base is expected to cost with its peaks in each of many plans, of the best size for each. USD (P). share:
    of the nodes in its own plan."""

    def usd(case: Case, forecast: Forecast) -> Floats:
        bases = (base for base in sized_bases(case, forecast, like.contract, share) if base.peaks == like.peaks)
        found = [np.where(base.infeasible, np.inf, base.usd) for base in bases]
        return found[0] if found else np.full(case.demand.peak.shape, np.inf)

    return usd


def _a_base(term_months: int | None) -> str:
    return "a base" if term_months is None else f"a {term_months}-month base"


def _words(case: Case, base: Option, size: str, peaks: Peaks) -> tuple[str, str]:
    """`reserving 8 nodes, renting peaks` and `reserve 8 nodes, rent peaks`, with the sellers of offers."""
    rented, what = case.offer("on-demand"), size + (f" from {base.seller}" if base.seller else "")
    who = f" from {rented.quote.from_}" if rented is not None and rented.quote.from_ else ""
    noun, verb = ("peaks by API", "API for peaks") if peaks == "api" else (f"renting peaks{who}", f"rent peaks{who}")
    return f"{_GERUNDS[base.action]} {what}, {noun}", f"{base.action} {what}, {verb}"
