"""The options of many plans with the states of their tables, which are made for all plans at once and taken apart."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from advisor.array_types import Floats, Months
from advisor.costing.case import Case
from advisor.costing.option import Option
from advisor.costing.options.all_options import bare_options
from advisor.costing.options.hybrid import Split, same_share
from advisor.costing.options.taxes import after_tax
from advisor.decision.plans.alike import AlikeProfiles
from advisor.decision.plans.hybrids import PlanHybrid
from advisor.decision.plans.priced import PricedPlans
from advisor.values.quick_dataclass import dataclass


@dataclass(frozen=True)
class BuiltOption:
    """One option of some plans, before taxes.

    Attributes:
        place: Where it stands in the menu.
        option: With a table of these plans whose states are kept.
        usd: What it is expected to cost in each plan of the group, USD (P).
        rows: The row in its table of each plan in which it is feasible.
        remake: The option in another case of Q points, given which plan each point is of (Q).
        base: For a base with its peaks rented, which one.
    """

    place: int
    option: Option
    usd: Floats
    rows: Mapping[int, int]
    remake: Callable[[Case, Months], Option | None]
    base: PlanHybrid | None = None

    def of_plan(self, plan: int, case: Case) -> Option | None:
        """The option of one plan, after taxes, as it would be made for it alone; None where it is infeasible."""
        row = self.rows.get(plan)
        if row is None:
            return None
        alone = self.option.of_plan(row, int(case.demand.lengths))
        if self.base is not None:
            of_nodes = float(self.base.nodes[plan]) / case.demand.peak_nodes
            alone = replace(alone, remake=same_share(of_nodes, self.base.make, self.base.peaks))
        return after_tax(alone, case)


@dataclass(frozen=True)
class BuiltOptions:
    """The options of a group of plans.

    Attributes:
        priced: What they are expected to cost.
        options: The options.
    """

    priced: PricedPlans
    options: tuple[BuiltOption, ...]


def built_options(group: AlikeProfiles, priced: PricedPlans, wanted: Sequence[int]) -> BuiltOptions:
    """The options of some plans of a group.

    Args:
        group: The plans.
        priced: What their options are expected to cost.
        wanted: Which plans, by number; at least one.
    """
    plain = len(priced.menu.options) - len(priced.bases)
    bases = (_of_base(group, base, plain + at, wanted) for at, base in enumerate(priced.bases))
    return BuiltOptions(priced, (*_plain(group, priced, wanted), *(base for base in bases if base is not None)))


def _plain(group: AlikeProfiles, priced: PricedPlans, wanted: Sequence[int]) -> Iterator[BuiltOption]:
    """The options that need no search and are feasible in some plan."""
    places = {option.id: place for place, option in enumerate(priced.menu.options)}
    for option in bare_options(_kept(group.case, wanted)):
        usd = priced.menu.usd[place := places[option.id]]
        rows = {plan: row for row, plan in enumerate(wanted) if np.isfinite(usd[plan])}
        make = option.remake
        if rows and make is not None:
            yield BuiltOption(place, option, usd, rows, lambda case, _, make=make: make(case))  # type: ignore[misc]


def _of_base(group: AlikeProfiles, base: PlanHybrid, place: int, wanted: Sequence[int]) -> BuiltOption | None:
    plans = [plan for plan in wanted if np.isfinite(base.usd[plan])]
    if not plans:
        return None

    def remake(case: Case, points: Months) -> Option:
        return Split(case, base.nodes[points, None], base.peaks).with_base(base.make)

    option = replace(remake(_kept(group.case, plans), np.array(plans)), id=base.option.id, rents_peaks=True)
    return BuiltOption(place, option, base.usd, {plan: row for row, plan in enumerate(plans)}, remake, base)


def _kept(case: Case, plans: Sequence[int]) -> Case:
    """Some plans of a case, whose tables keep their states."""
    some = case.among(np.array(plans))
    return replace(some, demand=replace(some.demand, keeps_states=True))
